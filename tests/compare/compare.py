"""Compares two results of record.py: the verdict, the definition that is read back, and the machine that QEMU gets.

    compare.py NATIVE LOWERED JUNIT

NATIVE is of a libvirt with CMDQV; on that of LOWERED the module lowers domains.  Prints the differences, and how many domains
have none that is not expected.
"""
import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

# Lowering takes libvirt's controllers out of the guest's tree, under these names, and creates its own.
ASIDE = "ua-cmdqv-pci-"
# Names of objects of QEMU, which the guest does not see.  A host device is given by libvirt as a file, and by lowering as an address.
NAMES = ("id", "netdev", "rng", "fsdev", "chardev", "memdev", "audiodev", "drive", "fd", "host", "iommufd")
BRIDGES = ("pxb-pcie", "pcie-root-port", "x3130-upstream", "xio3130-downstream", "pcie-pci-bridge", "pci-bridge")

# Domains that differ, and why that is so.
DIFFER = {
    "arguments-hostdev-before-its-bus": "lowering writes the port as an argument in key=value form too, before the user's own",
    "no-smmu": "of a definition without a vSMMU libvirt 11.3 keeps no iommufd='yes' (rule libvirt-drops-iommufd)",
}


def placed(device):
    """A device in the guest's tree."""
    if device["driver"] not in BRIDGES:
        parts = {name: value for name, value in device.items() if name not in NAMES}
        return sorted({**parts, "on iommufd": "iommufd" in device}.items())
    # libvirt's own controller has the slot of the expander
    return sorted((name, value) for name, value in device.items() if (device["driver"], name) != ("pxb-pcie", "addr"))


def machine(found):
    tree = [one for one in found.get("machine") or [] if not one.get("id", "").startswith(ASIDE)]
    return {"devices": sorted(map(placed, tree)), "order of host devices": [placed(one) for one in tree if "iommufd" in one]}


def differences(native, lowered):
    """{the part: both}"""
    both = (native, lowered)
    parts = {"accepted": [one["define"] is None or one["define"] for one in both], "definition": [one.get("xml") for one in both]}
    if parts["accepted"] == [True, True]:
        parts["started"] = [one["start"] is None or one["start"] for one in both]
        parts.update({name: [machine(one)[name] for one in both] for name in machine(native)})
    return {name: answers for name, answers in parts.items()
            if answers[0] != answers[1] and not all(isinstance(answer, str) for answer in answers)}


def main(native, lowered, junit):
    results = [json.loads(Path(path).read_text()) for path in (native, lowered)]
    suite, failed = ET.Element("testsuite", name="compare"), 0
    for name in results[0]:
        case = ET.SubElement(suite, "testcase", name=name)
        found = differences(*(result[name] for result in results))
        if bool(found) == (name in DIFFER):
            continue
        failed += 1
        text = json.dumps(found, indent=1) if found else "they are alike now: take it out of DIFFER"
        ET.SubElement(case, "failure", message=", ".join(found) or "alike").text = text
        print(f"{name}: {text}")
    ET.ElementTree(suite).write(junit)
    print(f"{len(results[0]) - failed} passed, {failed} failed, 0 skipped")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
