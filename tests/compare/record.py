"""Prints, as JSON, the answer of this root's libvirt with the module on each golden domain, and on some made by chance.

    record.py NUMBER [NAME...]

NUMBER domains are made by chance; with NAMEs, only those domains are recorded.
"""
import json
import random
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "e2e"), str(TESTS / "e2e/helpers"), str(TESTS / "oracle")]

# These imports need the line above.
import libvirt

from e2e.conftest import DAEMON, SETTINGS
from generate import generate
from judge import Case, record, words
from plain import plain

DEVICES = ("iommu", "hostdev", "interface", "controller", "rng", "filesystem", "sound", "video", "watchdog", "input", "shmem", "disk", "channel",
           "console", "memballoon", "panic", "redirdev", "vsock")

ATTRIBUTES = ("pciBus", "accel", "cmdqv", "ats", "ril", "ssidsize", "oas")


def properties(device):
    """Of a -device, in either form; each value as text."""
    if device.startswith("{"):
        parts = json.loads(device)
    else:
        driver, *rest = re.split(r"(?<!,),(?!,)", device)
        parts = {"driver": driver, **dict(part.split("=", 1) for part in rest)}
    as_text = {True: "on", False: "off"}
    return {name: as_text[value] if isinstance(value, bool) else str(value) for name, value in parts.items()}


def attributes(driver):
    """Those of an SMMU that libvirt 12.8 knows; it drops others, which the module keeps as the client wrote them."""
    given = {name: driver.get(name) for name in ATTRIBUTES if driver.get(name)} if driver is not None else {}
    return {name: int(value, 10) if re.fullmatch(r"[ +]*\d+", value) else value for name, value in given.items()}


def kept(domain):
    """The devices of a definition with their places, as a client reads them."""
    found = []
    for device in ET.fromstring(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)).find("devices"):
        place = device.find("address")
        if device.tag == "iommu":
            found.append(["iommu", device.get("model"), attributes(device.find("driver"))])
        elif device.tag in DEVICES and (device.tag == "hostdev" or place is not None):
            source = device.find("source/address")
            found.append([device.tag, device.get("model"), device.get("index"), source is not None and source.attrib,
                          place is not None and dict(sorted(place.attrib.items()))])
    return found


def machine(case):
    """The PCI devices and SMMUs of the command line, in the order in which QEMU creates them: key=value form is first."""
    argv = next((line["start"] for line in record(case) if "start" in line), [])
    given = [argv[i + 1] for i, word in enumerate(argv[:-1]) if word == "-device"]
    devices = [properties(one) for form in (False, True) for one in given if one.startswith("{") == form]
    return [one for one in devices if re.search("pci|smmu|pxb", one["driver"] + one.get("bus", ""))]


def judged(case):
    found = {}
    found["define"] = words(lambda: found.update(domain=DAEMON.conn.defineXML(case.xml)))
    domain = found.pop("domain", None)
    if domain:
        found["xml"] = kept(domain)
        found["start"] = words(domain.createWithFlags, libvirt.VIR_DOMAIN_START_PAUSED)
        if found["start"] is None:
            found["machine"] = machine(case)
        else:
            found["start"] = plain(found["start"])
    DAEMON.clean()
    return found


def main(number, *names):
    cases = [Case.golden(path) for path in sorted((TESTS / "qemuxml2argvdata").glob("*.xml"))]
    cases += [Case(f"generated-{i}", generate(random.Random(i), f"generated-{i}")) for i in range(int(number))]
    SETTINGS.write_text((TESTS / "lab/cmdqv.conf").read_text())
    DAEMON.start("module")
    DAEMON.start_network()
    DAEMON.clean()
    found = {case.name: judged(case) for case in cases if not names or case.name in names}
    DAEMON.stop()
    json.dump(found, sys.stdout, indent=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
