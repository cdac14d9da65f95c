"""The verdicts of stock libvirt, QEMU (or its stand-in) and this project on a golden case."""
import collections
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import libvirt

from domains import on_standin
from plain import of_qemu, of_start, plain

CASES = Path("/src/tests/qemuxml2argvdata")
STANDIN_CONF = Path("/run/qemu-standin/conf")
CMDQV_NAMES = ("cmdqv", "tegra241-cmdqv")
ABOUT_KVM = re.compile("needs-kvm|without-kvm")
# Attributes of an SMMU, in any spelling, without which the domain has another one. A loss of others is no reason to refuse it.
VITAL = re.compile("cmd-?q|accel|pci", re.IGNORECASE)

# The messages if the lab lacks something.
LACKS = (
    (r"hugetlbfs", "needs huge pages"),
    (r"mediated device", "needs a mediated device"),
    (r"vhost-scsi|target/vhost", "needs a SCSI target of the host"),
    (r"vhost-vsock", "needs a vsock device of the host"),
    (r"qemu-system-x86_64: .*error bind device", "needs a device of the host"),
)

TITLE = """\
=============================
Verdicts of libvirt and a lab
=============================

.. Written by tests/oracle/update; do not edit.

The verdicts of stock libvirt, QEMU and the module on the domains in *tests/qemuxml2argvdata*, in a lab
(*tests/lab/lab*). libvirt is that of Debian forky. The emulator is *tests/lab/qemu-standin*: it starts the real QEMU, and
gives the recorded answers of a real one if these need the hardware. Each case is defined and started on stock libvirt, and
on a libvirt with the module.
``docs/deep.rst`` has the verdicts of a real QEMU with an active CMDQV.

Some refusals of QEMU are not here, because no domain XML causes them: hot-plug of an SMMU, migration,
and those that depend on the host (nesting, ATS, the sizes of its SMMU).

{summary}

.. list-table::
   :header-rows: 1
   :widths: 22 22 30 10 16

   * - case
     - stock libvirt
     - QEMU
     - ours
     - agreement
"""


class Case:
    """A domain for this lab: QEMU's stand-in takes the place of an arm64 QEMU."""

    def __init__(self, name, xml, expected=None):
        self.name, self.xml = name, on_standin(xml)
        self.expected = expected                # whether it is to be refused, None if unknown
        self.about_kvm = ABOUT_KVM.search(name) is not None
        self.stock = self.module = None

    @classmethod
    def golden(cls, path):
        return cls(path.stem, path.read_text(), path.with_suffix(".err").exists())

    def attributes(self, xml):
        """Of the SMMUs: the attributes that are asked for, or kept."""
        names = collections.Counter()
        for iommu in ET.fromstring(xml).iterfind(".//iommu"):
            names.update(iommu.keys())
            for driver in iommu.iterfind("driver"):
                names.update(driver.keys())
        return names

    def asked(self):
        """How many vSMMUs ask for CMDQV."""
        found = (e for i in ET.fromstring(self.xml).iterfind(".//iommu") for e in (i, *i.iterfind("driver")))
        return sum(any(e.get(n) in ("on", "yes") for n in CMDQV_NAMES) for e in found)

    def iommus(self):
        return len(ET.fromstring(self.xml).findall(".//iommu"))


def words(call, *args):
    try:
        call(*args)
        return None
    except libvirt.libvirtError as error:
        return error.get_error_message()


def judge(daemon, case):
    """Defines and starts it, and takes it away again."""
    found = {"define": None, "start": None, "lost": None, "dropped": [], "blocked": [], "printed": []}
    said = words(lambda: found.update(domain=daemon.conn.defineXML(case.xml)))
    if said:
        return {**found, "define": said}
    domain = found.pop("domain")
    dropped = case.attributes(case.xml) - case.attributes(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))
    found["start"] = words(domain.createWithFlags, libvirt.VIR_DOMAIN_START_PAUSED)
    if found["start"] is None:
        found["lost"] = lost(case, [name for name in dropped if VITAL.search(name)])
        found["dropped"] = sorted(dropped)
        found.update(running(case))
    elif any("aborted" in line for line in record(case)):
        found["start"] = f"qemu-system-aarch64: {of_qemu(found['start'])[0]}"
    daemon.clean()
    return found


def record(case):
    path = STANDIN_CONF.with_name(f"{case.name}.log")
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def running(case):
    """The devices that the stand-in does not unplug, and the lines that it has printed."""
    state = next((line for line in record(case) if "anchors" in line), {"anchors": {}, "broken": []})
    return {"blocked": sorted(state["anchors"].values()), "printed": state["broken"]}


def as_recorded(stock):
    """The same as tests/deep/table records of the real QEMU."""
    return {"define": stock["define"] and plain(stock["define"]), "starts": stock["define"] is None and stock["start"] is None,
            "says": of_start(stock["start"], stock["printed"]) if not stock["define"] else [], "blocked": stock["blocked"]}


def runs_out(devices):
    """Whether the buses behind the last root need more numbers than there are up to 255 (seen with edk2: it gives up PCI)."""
    numbers = {d["id"]: d["bus_nr"] for d in devices if d["driver"] == "pxb-pcie"}
    above = {d["id"]: d.get("bus", "pcie.0") for d in devices
             if re.search("root-port|upstream|downstream|x3130|pci-bridge", d["driver"])}
    last = max(numbers, key=numbers.get, default=None)
    behind = {last}
    while more := {bus for bus, parent in above.items() if parent in behind} - behind:
        behind |= more
    return last is not None and numbers[last] + len(behind) > 256


def stale(devices):
    """Emulated devices on conventional PCI behind an accelerated SMMU: QEMU starts them, and they get none of the guest's invalidations."""
    buses = {d["id"]: d for d in devices if re.search("pxb|root-port|upstream|downstream|x3130|pci-bridge", d["driver"])}
    accelerated = {d["primary-bus"] for d in devices if d["driver"] == "arm-smmuv3" and d.get("accel")}

    def above(name):
        """The names of the buses from this one up to its root."""
        bus = buses.get(name)
        return [name, *(above(bus.get("bus", "pcie.0")) if bus and bus["driver"] != "pxb-pcie" else [])]

    def is_stale(device):
        names = above(device["bus"])
        return any("pci-bridge" in buses[n]["driver"] for n in names if n in buses) and names[-1] in accelerated

    return [d["id"] for d in devices
            if {"id", "bus"} <= d.keys() and d["id"] not in buses and not d["driver"].startswith("vfio-pci") and is_stale(d)]


def lost(case, dropped):
    """The part that a started domain asks for and does not have."""
    state = next((line for line in record(case) if "anchors" in line), {"anchors": {}, "broken": []})
    if state["broken"]:
        return f"a device does not work: {plain(state['broken'][0])}"
    if dropped:
        return f"without {', '.join(sorted(dropped))}"
    argv = next((line["start"] for line in record(case) if "start" in line), [])
    devices = [json.loads(value) for value in argv if value.startswith('{"driver":')]
    asking = {d["id"] for d in devices if d["driver"] == "arm-smmuv3" and d.get("cmdqv") == "on"}
    if case.asked() > len(asking & state["anchors"].keys()):
        return "without CMDQV"
    if any(d["driver"] == "arm-smmuv3" and d.get("accel") for d in devices) and runs_out(devices):
        return "without a boot: bus numbers run out"
    if stale(devices):
        return f"the mappings of {', '.join(stale(devices))} become stale"
    created = sum(d["driver"] in ("arm-smmuv3", "virtio-iommu") for d in devices) + sum("iommu=" in value for value in argv)
    return "without an IOMMU" if case.iommus() > created else None


class Verdict:
    """A line of the table."""

    def __init__(self, case):
        self.case, stock, module = case, case.stock, case.module
        said = stock["define"] or stock["start"] or ""
        lack = next((why for pattern, why in LACKS if re.search(pattern, said)), None)
        qemu = re.search(r"qemu-system-aarch64: (?:-device \{.*?\}: |-device \S+: )?([^\n]*)", stock["start"] or "")
        self.libvirt = f"refuses: {stock['define']}" if stock["define"] else "accepts"
        if stock["define"]:
            self.qemu = "-"
        elif stock["start"]:
            self.qemu = f"refuses: {qemu[1]}" if qemu else lack or f"not started: {stock['start']}"
        else:
            self.qemu = ", ".join(filter(None, ["starts", stock["lost"] or stock["dropped"] and f"without {', '.join(stock['dropped'])}"]))
        self.refused = module["define"] is not None and module["define"] != stock["define"]
        self.ours = "refuses" if self.refused or (case.expected and stock["define"]) else "accepts"
        self.wrong = self.contradictions(lack)
        self.agreement = f"NO: {'; '.join(self.wrong)}" if self.wrong else f"not judged: {lack}" if lack else "yes"
        self.lack = lack

    def contradictions(self, lack):
        case, stock, module, wrong = self.case, self.case.stock, self.case.module, []
        if not stock["define"] and case.expected not in (None, self.refused):
            wrong.append(f"{case.name}.err {'is there' if case.expected else 'is not there'}")
        if lack:
            return wrong
        breaks = stock["define"] or stock["start"] or stock["lost"]
        if self.refused and not breaks and not stock["dropped"]:
            wrong.append("QEMU runs it as it asks, and we refuse it")
        if not self.refused and not stock["define"] and breaks:
            wrong.append("it fails, and we accept it")
        if not self.refused and not stock["define"] and (module["start"] or module["lost"]):
            wrong.append(f"accepted, and then: {module['start'] or module['lost']}")
        return wrong

    def cells(self):
        return self.case.name, self.libvirt, self.qemu, self.ours, self.agreement


def summary(verdicts):
    wrong = sum(bool(v.wrong) for v in verdicts)
    aside = sum(not v.wrong and v.lack is not None for v in verdicts)
    return f"{len(verdicts)} cases: {len(verdicts) - wrong - aside} agree, {wrong} do not, {aside} were not judged."


def as_rst(verdicts):
    def in_table(text):
        return re.sub(r"([\\`*|_])", r"\\\1", text) if text != "-" else "\\-"

    lines = [TITLE.format(summary=summary(verdicts)).rstrip("\n")]
    for verdict in verdicts:
        name, *rest = verdict.cells()
        lines += [f"   {'*' if i == 0 else ' '} - {c}" for i, c in enumerate([f"``{name}``", *map(in_table, rest)])]
    return "\n".join(lines) + "\n"
