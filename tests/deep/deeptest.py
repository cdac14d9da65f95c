#!/usr/bin/env python3
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The parts of tests/deep that need no emulated machine: the conclusions from the judges' findings, the places of the kernel's
source that are looked for, and the devices that a case gets."""
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "inside"), str(HERE.parent)]
from case import Case, TooFewDevices                                                # noqa: E402
from tap import Tap                                                                 # noqa: E402
from verdict import BLOCKER, Verdict                                                # noqa: E402

CASES = HERE.parent / "qemuxml2argvdata"
BEHIND = [{"driver": "pxb-pcie", "id": "pci.1", "bus": "pcie.0"}, {"driver": "pcie-root-port", "id": "pci.2", "bus": "pci.1"},
          {"driver": "arm-smmuv3", "primary-bus": "pci.1", "id": "iommu0", "accel": True, "cmdqv": "on"},
          {"driver": "vfio-pci", "id": "hostdev0", "bus": "pci.2"}, {"driver": "vfio-pci", "id": "hostdev1", "bus": "pcie.0"}]
ON_BRIDGE = [{"driver": "pcie-root-port", "id": "pci.3", "bus": "pci.1"}, {"driver": "pcie-pci-bridge", "id": "pci.4", "bus": "pci.3"},
             {"driver": "e1000", "id": "net0", "bus": "pci.4"}]
QEMU_REFUSES = "internal error: process exited: 2026-11-29T08:00:00Z qemu-system-aarch64: warning: slow\nqemu-system-aarch64: no CMDQV"


def look(answers, shown, source="argv", cmdqvs=("smmu3.0",), more=(), setting="on"):
    """A running domain, in which device_del of each device is answered so."""
    devices = [{**d, "cmdqv": setting} if "cmdqv" in d else d for d in (*BEHIND, *more)]
    return {"cmdqv": list(cmdqvs), "devices": [json.dumps(d) for d in devices], "device_del": answers,
            "anchors": {"status": 0, "err": "", "out": json.dumps([{"anchor": shown, "source": source}])}}


ANCHORED = {"hostdev0": BLOCKER, "hostdev1": None}
KEPT = {"hostdev0": "libvirt: it anchors the CMDQV", "hostdev1": None}
LOST = {"hostdev0": None, "hostdev1": None}
MAY_BE_KEPT = {"hostdev0": "libvirt: it may be the anchor", "hostdev1": None}


def found(name, define=None, start=None, stock=None, refuses=False, words="", module=None, module_define=None, dropped=None):
    xml = (CASES / f"{name}.xml").read_text()
    return {"stock": {"xml": xml, "defined": re.sub(f" {dropped}='[^']*'", "", xml), "define": define, "start": start,
                      "started": stock is not None, "look": stock},
            "tool": {"status": int(refuses), "words": words},
            "module": {"define": module_define or ("ours" if refuses else define), "start": None, "look": module}}


# Name of the case, findings, and the begin of the conclusion.
CONCLUSIONS = {
    "it runs, and all name the same anchor": (
        "one-vsmmu", found("one-vsmmu", stock=look(ANCHORED, "hostdev0"), module=look(KEPT, "hostdev0")), "yes"),
    "another anchor is shown": ("one-vsmmu", found("one-vsmmu", stock=look(ANCHORED, "hostdev1"), module=look(KEPT, "hostdev1")), "NO: QEMU blocks"),
    "no anchor is shown": ("one-vsmmu", found("one-vsmmu", stock=look(ANCHORED, None), module=look(KEPT, None)), "NO: QEMU blocks"),
    "the module lets it pass to QEMU": ("one-vsmmu", found("one-vsmmu", stock=look(ANCHORED, "hostdev0"), module=look(ANCHORED, "hostdev0")),
                                        "NO: QEMU blocks"),
    "a device that may be the anchor is kept": (
        "cmdqv-absent", found("cmdqv-absent", stock=look(LOST, "hostdev0", "unknown", (), setting="auto"),
                              module=look(MAY_BE_KEPT, "hostdev0", "unknown", (), setting="auto")), "yes"),
    "one that may be the anchor is not kept": (
        "cmdqv-absent", found("cmdqv-absent", stock=look(LOST, "hostdev0", "unknown", (), setting="auto"),
                              module=look(LOST, "hostdev0", "unknown", (), setting="auto")), "NO: QEMU blocks"),
    "it runs without CMDQV": ("one-vsmmu", found("one-vsmmu", stock=look(LOST, None, cmdqvs=()), module=look(LOST, None, cmdqvs=())),
                              "NO: it starts without CMDQV"),
    "the kernel gave one that QEMU does not keep": ("one-vsmmu", found("one-vsmmu", stock=look(LOST, None), module=look(LOST, None)),
                                                    "NO: the kernel gave 1 CMDQVs"),
    "QEMU refuses, we accept": ("one-vsmmu", found("one-vsmmu", start=QEMU_REFUSES), "NO: QEMU refuses it, and we accept it"),
    "QEMU refuses, we too": ("no-hostdev", found("no-hostdev", start=QEMU_REFUSES, refuses=True), "yes"),
    "QEMU starts it, we refuse": ("no-hostdev", found("no-hostdev", stock=look(ANCHORED, "hostdev0"), refuses=True), "NO: QEMU starts it"),
    "the guest's firmware decides": (
        "bus-numbers-past-255", found("bus-numbers-past-255", stock=look(ANCHORED, "hostdev0"), refuses=True,
                                      words="warning: w [a-rule]\nrefused: 256 [last-root-needs-bus-numbers]"), "not judged: the guest's firmware"),
    "the firmware, and more": (
        "bus-numbers-past-255", found("bus-numbers-past-255", stock=look(ANCHORED, "hostdev0"), refuses=True,
                                      words="refused: 256 [last-root-needs-bus-numbers]\nrefused: x [no-hostdev]"), "NO: QEMU starts it"),
    "libvirt drops an attribute of <iommu>": (
        "attribute-on-iommu", found("attribute-on-iommu", stock=look(ANCHORED, "hostdev0"), refuses=True, dropped="cmdqv"), "yes"),
    "libvirt drops one of <driver>": (
        "attribute-tegra241-cmdqv", found("attribute-tegra241-cmdqv", stock=look(ANCHORED, "hostdev0"), refuses=True,
                                           dropped="tegra241-cmdqv"), "yes"),
    "it drops none, and we refuse": ("attribute-on-iommu", found("attribute-on-iommu", stock=look(ANCHORED, "hostdev0"), refuses=True),
                                     "NO: QEMU starts it"),
    "an emulated device on a bridge": ("bridge-emulated", found("bridge-emulated", stock=look(ANCHORED, "hostdev0", more=ON_BRIDGE), refuses=True),
                                       "yes"),
    "the module accepts what libvirt refuses": ("no-smmu", {**found("no-smmu", define="no"), "module": {"define": None, "start": None}},
                                                "NO: the module lets pass"),
    "only the module refuses": ("one-vsmmu", found("one-vsmmu", start=QEMU_REFUSES, module_define="ours"), "NO: only the module refuses it"),
    "the machine lacks something": ("no-smmu", found("no-smmu", define="unsupported configuration: IOMMUFD is not supported by host kernel"),
                                    "not judged: needs iommufd"),
    "a judge is missing": ("one-vsmmu", {"stock": None, "trouble": "it has more host devices"}, "NO: it has more host devices"),
}


def check_conclusions(tap):
    for name, (case, one, expected) in CONCLUSIONS.items():
        got = Verdict(case, one, CASES).agreement
        tap.point(f"conclusion: {name}", [] if got.startswith(expected) else [f"expected '{expected}...', got '{got}'"])


def pretend(source):
    done = subprocess.run([sys.executable, "-B", HERE / "kernel/pretend", source], capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else "changed"


def heads():
    return [line[3:].split(" ", 2) for line in (HERE / "kernel/changes").read_text().splitlines() if line.startswith("@@ ")]


def write_source(top, lines):
    folder = Path(top) / "drivers/iommu/arm/arm-smmu-v3"
    folder.mkdir(parents=True, exist_ok=True)
    for name in {name for name, _, _ in lines}:
        (folder / name).write_text("".join(f"\t{line}\n" for its, _, line in lines if its == name))
    return folder


def check_pretend(tap):
    """Each place must be there, once."""
    with tempfile.TemporaryDirectory() as top:
        write_source(top, heads())
        tap.same("pretend: it changes a source that has each place", pretend(top), "changed")
        tap.same("pretend: it does not change it twice", pretend(top), "pretend: this source is changed already")
        for i, (_, _, line) in enumerate(heads()):
            write_source(top, heads()[:i] + heads()[i + 1:])
            lacking = pretend(top)
            write_source(top, heads() + heads()[i:i + 1])
            tap.point(f"pretend: '{line}' must be there once",
                      [got for got, count in ((lacking, 0), (pretend(top), 2)) if f"has the line '{line}' {count} times" not in got])


def fits(case, cards, functions):
    try:
        case.for_machine(cards, functions)
    except TooFewDevices:
        return False
    return True


def check_cases(tap):
    """The machine (tests/deep/machine) has devices for each case."""
    cards = [[f"0000:{first + i:02x}:00.0" for i in range(count)] for first, count in ((0x01, 8), (0x41, 6), (0x81, 2))]
    functions = [f"0000:09:10.{i}" for i in range(4)]
    wrong = [path.stem for path in sorted(CASES.glob("*.xml")) if not fits(Case(str(path)), cards, functions)]
    tap.point("the machine has the devices of each case", wrong)


def main():
    tap = Tap()
    check_conclusions(tap)
    check_pretend(tap)
    check_cases(tap)
    tap.end()


if __name__ == "__main__":
    sys.exit(main())
