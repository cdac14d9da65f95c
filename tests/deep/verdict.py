"""The conclusions from the findings of each judge on one case."""
import collections
import json
import os
import re
import xml.etree.ElementTree as ET

# The words of libvirt and QEMU if this machine lacks something.
LACKS = (
    (r"IOMMUFD is not supported", "needs iommufd"),
    (r"mediated device .* not found", "needs a mediated device"),
    (r"hugetlbfs", "needs huge pages"),
    (r"/dev/vhost-scsi|config/target/vhost", "needs a SCSI target of the host"),
    (r"Cannot check QEMU binary", "not an arm64 domain"),
    (r"AAVMF_VARS\S*: No such file", "needs firmware that is not there"),
)
# QEMU starts a domain that breaks this rule, and the guest does not boot (tests/guest/test_firmware.py): here no guest is started.
OF_FIRMWARE = {"last-root-needs-bus-numbers"}
CMDQV_NAMES = ("cmdqv", "tegra241-cmdqv")
BLOCKER = "CMDQV is active"
CONVENTIONAL = ("pcie-pci-bridge", "pci-bridge")
BRIDGES = ("pcie-root-port", "pxb-pcie", "x3130-upstream", "xio3130-downstream", *CONVENTIONAL)

Smmu = collections.namedtuple("Smmu", "id wants_cmdqv blocked stale")


def properties(device):
    if device.startswith("{"):
        return json.loads(device)
    driver, *rest = device.split(",")
    return {"driver": driver, **dict(p.split("=", 1) for p in rest if "=" in p)}


class Machine:
    """A running domain, from the command line of its QEMU and the answers of its monitor."""

    def __init__(self, look):
        self.cmdqvs = look["cmdqv"]
        self.answers = look["device_del"]
        self.devices = [properties(d) for d in look["devices"]]
        self.parents = {d["id"]: None if d["driver"] == "pxb-pcie" else d.get("bus", "pcie.0")
                        for d in self.devices if d["driver"] in BRIDGES}
        self.conventional = {d["id"] for d in self.devices if d["driver"] in CONVENTIONAL}
        self.smmus = [self.smmu(d) for d in self.devices if d["driver"] == "arm-smmuv3"]

    def buses_above(self, device):
        bus, above = device.get("bus", "pcie.0"), []
        while bus:
            above.append(bus)
            bus = self.parents.get(bus)
        return above

    def smmu(self, device):
        behind = [d for d in self.devices if d["driver"] not in (*BRIDGES, "arm-smmuv3") and "id" in d and
                  self.buses_above(d)[-1] == device["primary-bus"]]
        blocked = [d["id"] for d in behind if BLOCKER in (self.answers.get(d["id"]) or "")]
        emulated = [d["id"] for d in behind if not d["driver"].startswith("vfio-pci") and self.conventional & set(self.buses_above(d))]
        wants = device.get("accel") in (True, "on") and device.get("cmdqv") == "on"
        return Smmu(device.get("id", "the SMMU"), wants, blocked, emulated if blocked else [])

    @property
    def blocked(self):
        return sorted(i for smmu in self.smmus for i in smmu.blocked)


class Verdict:
    """One case: the verdict of each judge, and whether they agree."""

    def __init__(self, name, found, cases):
        self.name, self.cases = name, cases
        self.stock, self.tool, self.module = (found.get(j) for j in ("stock", "tool", "module"))
        self.wrong = []
        self.not_judged = self.breaks = self.machine = None     # breaks: why it should be refused
        self.libvirt = self.qemu = self.ours = "?"
        if not (self.stock and self.tool and self.module):
            self.wrong.append(found.get("trouble") or "not each judge was asked")
            return
        self.read_stock()
        self.read_ours()
        self.compare()
        if self.machine:
            self.compare_anchors()

    def wants_cmdqv(self):
        drivers = ET.fromstring(self.stock["xml"]).iterfind(".//iommu/driver")
        return any(d.get(n) in ("on", "yes") for d in drivers for n in CMDQV_NAMES)

    def dropped(self):
        """Attributes of the SMMUs that libvirt did not keep."""
        def names(xml):
            smmus = ET.fromstring(xml).findall(".//iommu")
            return collections.Counter(n for smmu in smmus for element in (smmu, *smmu.iterfind("driver")) for n in element.attrib)
        return sorted(names(self.stock["xml"]) - names(self.stock["defined"]))

    def read_stock(self):
        define, start = self.stock["define"], self.stock["start"]
        self.libvirt = f"refuses: {define}" if define else "accepts"
        if define:
            self.qemu, self.breaks = "", "libvirt refuses it"
        elif start:
            self.read_failed_start(start)
        elif self.stock.get("look"):
            self.machine = Machine(self.stock["look"])
            self.read_running()
        else:
            self.qemu = f"starts; not looked at: {self.stock.get('look_failed')}"
            self.wrong.append(self.qemu)
        self.not_judged = next((why for pattern, why in LACKS if re.search(pattern, define or start or "")), None)
        if self.not_judged:
            self.breaks = None

    def read_failed_start(self, words):
        # The last line that is no warning: those before it may be of other devices.
        said = [line for line in re.findall(r"qemu-system-aarch64: (?:-device \{.*?\}: |-device \S+: )?(.*)", words)
                if not line.startswith(("warning:", "info:"))]
        self.breaks = "QEMU refuses it" if said else "libvirt does not start it"
        self.qemu = f"refuses: {said[-1]}" if said else f"libvirt does not start it: {words}"

    def read_running(self):
        active = [smmu for smmu in self.machine.smmus if smmu.blocked]
        lost = [smmu.id for smmu in self.machine.smmus if smmu.wants_cmdqv and not smmu.blocked]
        stale = [i for smmu in self.machine.smmus for i in smmu.stale]
        failed = sorted({line for line in self.stock.get("printed", []) if re.search("error|[Ff]ailed", line) and "warning:" not in line})
        self.qemu = "starts"
        if active:
            self.qemu += f", CMDQV active: {', '.join(f'{smmu.id} by {smmu.blocked[0]}' for smmu in active)}"
        if lost or self.wants_cmdqv() and not active:
            self.breaks = f"it starts without CMDQV{' of ' + ', '.join(lost) if lost and active else ''}"
            self.qemu += f"; without the CMDQV that was asked for {' '.join(lost)}".rstrip()
        elif self.dropped():
            self.breaks = f"libvirt drops {', '.join(self.dropped())}"
            self.qemu += f", without {', '.join(self.dropped())}"
        elif stale:
            self.breaks = f"the mappings of {', '.join(stale)} become stale"
            self.qemu += f"; the emulated {', '.join(stale)} gets none of the invalidations of the guest"
        if failed:
            self.breaks = self.breaks or "a device does not work"
            self.qemu += "; prints " + " / ".join(failed)
        if len(self.machine.cmdqvs) != len(active):
            self.wrong.append(f"the kernel gave {len(self.machine.cmdqvs)} CMDQVs, and QEMU blocks for {len(active)}")

    def read_ours(self):
        self.tool_refuses = self.tool["status"] == 1
        if self.tool["status"] not in (0, 1):
            self.wrong.append(f"virt-cmdqv validate: {self.tool['words']}")
        self.module_refuses = self.module["define"] is not None and self.module["define"] != self.stock["define"]
        self.start_refused = self.module["start"] if self.stock["started"] and not self.module["define"] else None
        self.warns = os.path.exists(f"{self.cases}/{self.name}.warn")
        self.ours = "refuses" if self.tool_refuses else "warns" if self.warns else "accepts"
        if self.module_refuses != self.tool_refuses and not self.stock["define"]:
            self.ours = f"{self.ours}; in the daemon {'refuses' if self.module_refuses else 'accepts'}"

    def compare(self):
        if self.module_refuses and not self.tool_refuses:
            self.wrong.append(f"only the module refuses it: {self.module['define']}")
        if self.tool_refuses and not self.module_refuses and not self.stock["define"]:
            self.wrong.append("only virt-cmdqv validate refuses it")
        if self.start_refused:
            self.wrong.append(f"its start is refused: {self.start_refused}")
        if self.stock["define"] and not self.module["define"]:
            self.wrong.append("the module lets pass what libvirt refuses")
        if os.path.exists(f"{self.cases}/{self.name}.err") != self.tool_refuses:
            self.wrong.append(f"{self.name}.err {'is not there' if self.tool_refuses else 'is there'}: {self.tool['words']}")
        if self.not_judged:
            return
        refuses = self.tool_refuses or self.module_refuses
        if self.breaks and not refuses and not self.stock["define"] and not self.warns:
            self.wrong.append(f"{self.breaks}, and we accept it")
        if not self.breaks and self.tool_refuses and set(re.findall(r"(?m)^refused: .*\[(\S+)\]$", self.tool["words"])) == OF_FIRMWARE:
            self.not_judged = "the guest's firmware gives up PCI, after the start"
        elif not self.breaks and refuses:
            self.wrong.append(f"QEMU starts it, and we refuse it: {self.tool['words']}")

    def compare_anchors(self):
        """The devices on which QEMU has its blocker are those that we call anchors, and whose unplug we refuse.  If we do not know the
        anchor, we keep all that may be it."""
        blocked, anchors = self.machine.blocked, self.stock["look"]["anchors"]
        if anchors["status"] != 0:
            self.wrong.append(f"virt-cmdqv anchors: {anchors['err']}")
            return
        rows = [row for row in json.loads(anchors["out"]) if row["anchor"]]
        shown = sorted(row["anchor"] for row in rows if row["source"] != "unknown")
        kept = sorted({*blocked, *(row["anchor"] for row in rows if row["source"] == "unknown")})
        if blocked != shown:
            self.wrong.append(f"QEMU blocks {blocked}, virt-cmdqv anchors shows {shown}")
        look = self.module.get("look")
        if not look:
            return
        refused = sorted(i for i, words in look["device_del"].items() if (words or "").startswith("libvirt: "))
        if refused != kept:
            self.wrong.append(f"QEMU blocks {blocked}, the module refuses to unplug {refused}")

    @property
    def agreement(self):
        if self.wrong:
            return "NO: " + "; ".join(self.wrong)
        return f"not judged: {self.not_judged}" if self.not_judged else "yes"
