"""Which device libvirt takes by a device XML, and which device the project takes it to mean.

Both get the same XML: a stock daemon's detach, from a definition or from a
running domain, and `designate`, a small program around the project's matcher.
Libvirt may detach no device that the matcher did not name, and the matcher may
refuse none that libvirt would not have detached.

Two answers of libvirt name no device.  If several match, it refuses; then the
matcher must name all of them, and so the anchor.  It also refuses XML that
it cannot read; then any answer of the matcher is right, as nothing is detached.

CMDQV_DIFFERENTIAL_COUNT is the number of XMLs for each domain (1000),
CMDQV_DIFFERENTIAL_SEED another sequence of them.
"""
import glob
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import libvirt
import pytest

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / folder) for folder in ("e2e", "e2e/helpers")]
from conftest import DAEMON, RECORDS, argv, error_of                       # noqa: E402
from domains import (GPU_A, GPU_B, LAYOUT, OTHER_A, VF_A, VF_B, VF_C,
                     address, domain, guest, hostdev, interface, port, pxb, smmu)   # noqa: E402
from grammar import Target, devices                                        # noqa: E402

LIVE, CONFIG, INACTIVE = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG, libvirt.VIR_DOMAIN_XML_INACTIVE
COUNT = int(os.environ.get("CMDQV_DIFFERENTIAL_COUNT", "1000"))
SEED = int(os.environ.get("CMDQV_DIFFERENTIAL_SEED", "1"))
DESIGNATE = next(iter(glob.glob(os.environ.get("CMDQV_DESIGNATE", "/build/tests/differential/designate"))), None)

NOT_THERE = "device not found: "
AMBIGUOUS = "operation failed: multiple "
NO_HOTPLUG = re.compile(r"cannot hot unplug \S+ device with PCI guest address: (\S+) - not allowed by controller")


IMAGE = "/run/disk.img"


def emulated(kind, bus, mac, more="", model="virtio"):
    where = guest(bus) if isinstance(bus, int) else f"<address type='{bus}'/>"
    return f"<interface type='{kind}'><mac address='{mac}'/>{more}<model type='{model}'/>{where}</interface>"


def disk(name, bus):
    return (f"<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{IMAGE}'/>"
            f"<target dev='{name}' bus='virtio'/>{guest(bus)}</disk>")


ROOTS = LAYOUT + "".join(port(i, 0, 0x10 + i) for i in range(12, 16))

# Definitions only: nothing of this has to start.
DEFINITIONS = {
    "one of each": domain(
        "one", smmu(1), smmu(6), hostdev(GPU_A, 2), interface(VF_A, 7), hostdev(GPU_B, 10, alias="ua-gpu"),
        emulated("user", 11, "52:54:00:00:0e:01"), disk("vda", 12),
        "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dc'/></source>"
        f"{guest(13)}</hostdev>", layout=ROOTS),
    "many interfaces": domain(
        "many", smmu(1), smmu(6), interface(VF_A, 2), interface(VF_B, 3), interface(VF_C, 7, mac="52:54:00:00:0a:0b",
                                                                                   more="<alias name='ua-net'/>"),
        emulated("user", 10, "52:54:00:00:0e:01"), emulated("network", 8, "52:54:00:00:0e:02", "<source network='default'/>"),
        emulated("user", "virtio-mmio", "52:54:00:00:0e:03", "<alias name='ua-mmio'/>"), layout=ROOTS),
    "own aliases": domain(
        "own", smmu(1), smmu(6), hostdev(GPU_A, 2, alias="ua-a"), interface(VF_A, 3, more="<alias name='ua-b'/>"),
        interface(VF_B, 7, more="<alias name='ua-c'/>"), interface(VF_C, 8, mac="52:54:00:00:0a:0b", more="<alias name='ua-d'/>"),
        hostdev(OTHER_A, 10, alias="ua-e"), emulated("user", 11, "52:54:00:00:0e:01", "<alias name='ua-f'/>"),
        layout=ROOTS.replace("index='2' model='pcie-root-port'>", "index='2' model='pcie-root-port'><alias name='ua-port'/>")),
}


def closed(index, slot):
    return port(index, 0, slot).replace("<address", "<target hotplug='off'/><address", 1)


# Running: each passed-through device anchors an SMMU of its own, so that QEMU detaches none of them,
# and each device that QEMU would detach is on a port for which libvirt does not even ask QEMU.
ANCHORS = [
    (1, hostdev(GPU_A, 11)), (2, hostdev(GPU_B, 12, alias="ua-gpu")), (3, interface(VF_A, 13)),
    (4, interface(VF_B, 14, mac="52:54:00:00:0a:0b", more="<alias name='ua-net'/>")), (5, interface(VF_C, 15)), (6, hostdev(OTHER_A, 16)),
]
RUNNING = domain(
    "g1", *(smmu(index) for index, _ in ANCHORS), *(device for _, device in ANCHORS), emulated("user", 20, "52:54:00:00:0e:01"),
    disk("vda", 21),
    layout="<controller type='pci' index='0' model='pcie-root'/>" + "".join(pxb(i, 255 - 8 * i) for i in range(1, 7))
    + "".join(port(10 + i, i, 0) for i in range(1, 7)) + closed(20, 0x10) + closed(21, 0x11)
    + "<controller type='usb' model='none'/>")


# -- the devices of a domain


def guest_of(device):
    """Guest address as dddd:bb:ss.f; empty for a device without one."""
    where = device.find("./address[@type='pci']")
    return "" if where is None else address_text(where)


def address_text(where):
    return "{:04x}:{:02x}:{:02x}.{:x}".format(*(int(where.get(part, "0"), 0) for part in ("domain", "bus", "slot", "function")))


def targets_of(xml):
    """The devices that XMLs can aim at."""
    found = []
    for device in ET.fromstring(xml).find("devices"):
        if device.tag not in ("hostdev", "interface", "disk"):
            continue
        host, mac, alias = device.find("./source/address[@bus]"), device.find("mac"), device.find("alias")
        found.append(Target(host="" if host is None else address_text(host), guest=guest_of(device),
                            mac="" if mac is None else mac.get("address"), alias="" if alias is None else alias.get("name")))
    return found


def inventory(xml):
    """Everything but controllers, which libvirt makes again if they are needed."""
    return Counter((d.tag, guest_of(d), ET.tostring(d).strip()) for d in ET.fromstring(xml).find("devices") if d.tag != "controller")


def unanchored(xml, without=""):
    """Buses of the CMDQV vSMMUs without a device behind them, once the device at that guest address is detached."""
    found = ET.fromstring(xml).find("devices")
    above = {c.get("index"): guest_of(c) for c in found.iter("controller") if c.get("type") == "pci"}

    def root(bus):
        while above.get(str(bus)) and int(above[str(bus)].split(":")[1], 16) != 0:
            bus = int(above[str(bus)].split(":")[1], 16)
        # an expander sits on the root and is one itself
        return bus if found.find(f"./controller[@index='{bus}'][@model='pcie-expander-bus']") is not None else 0

    held = set()
    for device in found:
        where = guest_of(device)
        if device.find("./driver[@iommufd='yes']") is None:
            continue                        # as of any interface on a network: libvirt knows no iommufd for the devices of a network
        if where and where != without:
            held.add(root(int(where.split(":")[1], 16)))
    return {d.get("pciBus") for d in found.iterfind("./iommu/driver[@cmdqv='on']") if int(d.get("pciBus")) not in held}


# -- the answers of the matcher and of libvirt


class Answer:
    """Of the matcher."""

    def __init__(self, line):
        self.read, designated, self.first, self.rule = line.split("\t")
        self.designated = designated.split(",") if designated else []

    def __repr__(self):
        return f"{self.read} {self.designated} rule {self.rule}"


def ask_matcher(state, kind, domain_xml, tmp_path, xmls):
    assert DESIGNATE, "the matcher is not built: meson compile -C /build"
    file = tmp_path / "domain.xml"
    file.write_text(domain_xml)
    done = subprocess.run([DESIGNATE, state, kind, file], input="".join(x + "\0" for x in xmls).encode(), capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    answers = [Answer(line) for line in done.stdout.decode().splitlines()]
    assert len(answers) == len(xmls)
    return answers


def outcome(conn, error, xml):
    """Why libvirt took nothing."""
    text = error.get_error_message()
    assert conn.isAlive(), f"libvirtd ended at {xml!r}: {text}"
    if text.startswith(NOT_THERE):
        return "not there"
    return "ambiguous" if text.startswith(AMBIGUOUS) else "unreadable"


class Definition:
    """A domain that loses devices and gets them back."""

    def __init__(self, conn, xml):
        self.conn = conn
        self.dom = conn.defineXML(xml)
        self.xml = self.dom.XMLDesc(INACTIVE)
        self.inventory = inventory(self.xml)

    def detach(self, what, call=libvirt.virDomain.detachDeviceFlags):
        """The outcome, the devices that are missing now, and the XML that is left."""
        try:
            call(self.dom, what, CONFIG)
        except libvirt.libvirtError as error:
            return outcome(self.conn, error, what), [], error.get_error_message()
        left = self.dom.XMLDesc(INACTIVE)
        self.conn.defineXML(self.xml)
        return "taken", [(tag, where) for tag, where, _ in (self.inventory - inventory(left)).elements()], left


def interfaces_alone(conn, xml):
    """The domain once for each of its interfaces, with no other in it: an XML that detaches this one matches it."""
    alone = {}
    for keep in [guest_of(d) for d in ET.fromstring(xml).iter("interface")]:
        root = ET.fromstring(xml)
        root.find("name").text += f"-{len(alone)}"
        root.remove(root.find("uuid"))
        for device in root.findall("./devices/interface"):
            if guest_of(device) != keep:
                root.find("devices").remove(device)
        alone[keep] = Definition(conn, ET.tostring(root, encoding="unicode"))
    return alone


# -- the comparison


@pytest.fixture(scope="module")
def conn():
    DAEMON.start("stock")
    DAEMON.clean()
    Path(IMAGE).write_bytes(bytes(1 << 20))
    yield DAEMON.conn
    DAEMON.clean()
    DAEMON.stop()


def check_config(definition, alone, xml, answer):
    """The outcome, and the difference: None if there is none."""
    how, missing, left = definition.detach(xml)
    if answer.read == "forbidden":          # the module refuses such a call
        return how, None if any(sign in xml for sign in ("<!DOCTYPE", "encoding=")) else "forbidden"
    if how == "unreadable":
        return how, None
    if how == "not there":
        return how, None if not answer.designated and answer.rule == "-" else "not there"
    if how == "ambiguous":
        matching = sorted(where for where, lone in alone.items() if lone.detach(xml)[0] == "taken")
        # a device without address on PCI is no endpoint of ours
        return how, None if sorted(answer.designated) == [w for w in matching if w] else f"matching: {matching}"
    if not missing and answer.first in alone and "hostdev" in xml:
        # an interface's hostdev: detached from the definition that would start, not from the one that is shown (see the test below)
        how, missing, lost = "taken from an interface", [("", answer.first)], unanchored(definition.xml, without=answer.first)
    else:
        lost = unanchored(left)
    # a device that is no hostdev or interface is none of the matcher's business, one that is not on PCI none of its endpoints
    missing = [where for tag, where in missing if where and tag in ("hostdev", "interface", "")]
    refuse = bool(lost - unanchored(definition.xml))
    if [w for w in [answer.first] if w] != missing:
        return how, f"lost: {missing}"
    return how, None if refuse == (answer.rule != "-") else f"anchors nothing then: {lost}"


def report(capsys, name, count, outcomes, differences):
    with capsys.disabled():
        print(f"\n  {name}: {count} different XMLs: " + ", ".join(f"{n} {how}" for how, n in sorted(outcomes.items()))
              + f"; {len(differences)} differences")
    assert not differences, "\n".join(f"{what}: {answer}\n    {xml!r}" for what, answer, xml in differences[:40])


@pytest.mark.parametrize("name", DEFINITIONS)
def test_config(conn, tmp_path, capsys, name):
    """Of a definition, libvirt takes the device that the matcher says, for device XMLs made by chance."""
    definition = Definition(conn, DEFINITIONS[name])
    alone = interfaces_alone(conn, definition.xml)
    xmls = devices(f"{SEED} {name}", targets_of(definition.xml), COUNT)
    outcomes, differences = Counter(), []
    for xml, answer in zip(xmls, ask_matcher("config", "xml", definition.xml, tmp_path, xmls)):
        how, what = check_config(definition, alone, xml, answer)
        outcomes[how] += 1
        if what:
            differences.append((what, answer, xml))
    report(capsys, f"config, {name}", len(xmls), outcomes, differences)
    assert outcomes["taken"] > len(xmls) // 10 and outcomes["not there"] > len(xmls) // 50
    DAEMON.clean()


ALIASES = ("", "hostdev", "hostdev9", "HOSTDEV0", " hostdev0", "hostdev0 ", "ua-", "ua-gpu0", "ua-A", "net", "hostdev0\n", "ua-gpu&#48;",
           "/machine/peripheral/hostdev0")


def test_config_alias(conn, tmp_path):
    """In a definition: those that a user gave."""
    definition = Definition(conn, DEFINITIONS["own aliases"])
    given = [target.alias for target in targets_of(definition.xml)]
    asks = [*given, "ua-port", "pci.2", "hostdev0", "iommu0", *ALIASES]
    for alias, answer in zip(asks, ask_matcher("config", "alias", definition.xml, tmp_path, asks)):
        how, missing, left = definition.detach(alias, libvirt.virDomain.detachDeviceAlias)
        assert [where for _, where in missing] == answer.designated, alias
        assert (how == "taken") == (alias in [*given, "ua-port"]), alias
        assert (answer.rule != "-") == (how == "taken" and bool(unanchored(left))), alias
    DAEMON.clean()


def test_hostdev_names_an_interface(conn):
    """Stock libvirt: the definition shows it still and would start without it."""
    dom = conn.defineXML(domain("g1", smmu(cmdqv="off"), hostdev(GPU_A, 2), interface(VF_A, 3)))
    dom.detachDeviceFlags(hostdev(VF_A), CONFIG)
    assert "<interface" in dom.XMLDesc(INACTIVE)
    dom.create()
    assert ['"bus":"pci.2"' in v for v in argv() if "vfio-pci" in v] == [True]
    DAEMON.clean()


class Running:
    """A domain from which QEMU detaches nothing; its record has the devices that QEMU was asked to detach."""

    def __init__(self, conn):
        self.dom = conn.defineXML(RUNNING)
        self.dom.create()
        self.xml = self.dom.XMLDesc(0)
        self.record = (RECORDS / "g1.log").open(encoding="utf-8")
        self.asked()
        self.where = {d.find("alias").get("name"): guest_of(d) for d in ET.fromstring(self.xml).find("devices")
                      if d.find("alias") is not None}

    def asked(self):
        return [what["arguments"]["id"] for what in map(json.loads, self.record) if what.get("execute") == "device_del"]

    def detach(self, call, what):
        """The outcome, and the devices that libvirt asked QEMU to detach or stopped at."""
        error = error_of(call, what)
        asked = self.asked()
        if asked:
            return "asked for", [self.where[ident] for ident in asked]
        closed_port = NO_HOTPLUG.search(error.get_error_message())
        if closed_port:
            return "found", [closed_port[1]]
        return outcome(DAEMON.conn, error, what), []


@pytest.fixture
def running(conn):
    domain_ = Running(conn)
    yield domain_
    domain_.record.close()
    assert domain_.dom.XMLDesc(0) == domain_.xml, "something was lost"
    DAEMON.clean()


def check_live(how, found, xml, answer, anchors):
    if answer.read == "forbidden":
        return None if any(sign in xml for sign in ("<!DOCTYPE", "encoding=")) else "forbidden"
    if how == "unreadable":
        return None
    if (answer.rule != "-") != bool(anchors.intersection(answer.designated)):
        return "the policy and the matcher"
    if how == "ambiguous":
        return None if len(answer.designated) > 1 and answer.rule != "-" else "ambiguous"
    return None if answer.designated == found else f"found: {found}"


def check_both(how, found, xml, answer, anchors):
    """If libvirt detaches from the definition first and stops there, it did not look at the running domain."""
    return check_live(how, found, xml, answer, anchors) if found else None


def compare_live(running, tmp_path, kind, asks, call, check=check_live):
    anchors = {running.where[alias] for alias in running.where if alias in ("ua-gpu", "ua-net") or alias.startswith("hostdev")}
    assert len(anchors) == len(ANCHORS)
    endpoints = {where for alias, where in running.where.items() if re.match("hostdev|net|virtio-disk|ua-", alias)}
    outcomes, differences = Counter(), []
    for ask, answer in zip(asks, ask_matcher("live", kind, running.xml, tmp_path, asks)):
        how, found = running.detach(call, ask)
        # a disk is no hostdev and no interface; any device can have the alias
        found = [where for where in found if where in endpoints and (kind == "alias" or not ask.lstrip().startswith("<disk"))]
        outcomes[how] += 1
        what = check(how, found, ask, answer, anchors)
        if what:
            differences.append((f"{how}, {what}", answer, ask))
    return outcomes, differences


# The three ways to detach from the running domain, and for each the part of the XMLs that it gets.
LIVE_CALLS = {
    "live": (2, lambda dom, xml: dom.detachDeviceFlags(xml, LIVE), check_live),
    "without flags": (4, lambda dom, xml: dom.detachDevice(xml), check_live),
    "live and config": (4, lambda dom, xml: dom.detachDeviceFlags(xml, LIVE | CONFIG), check_both),
}


@pytest.mark.parametrize("name", LIVE_CALLS)
def test_live(running, tmp_path, capsys, name):
    """Of a running domain, libvirt takes the device that the matcher says, for device XMLs made by chance."""
    part, call, check = LIVE_CALLS[name]
    xmls = devices(f"{SEED} {name}", targets_of(running.xml), COUNT // part)
    outcomes, differences = compare_live(running, tmp_path, "xml", xmls, lambda xml: call(running.dom, xml), check)
    report(capsys, name, len(xmls), outcomes, differences)
    assert outcomes["asked for"] > len(xmls) // 20


def test_live_alias(running, tmp_path, capsys):
    """Every alias of the domain, controllers and the disk too."""
    asks = [*running.where, *ALIASES]
    outcomes, differences = compare_live(running, tmp_path, "alias", asks, lambda alias: running.dom.detachDeviceAlias(alias, LIVE))
    report(capsys, "alias", len(asks), outcomes, differences)
    assert outcomes["asked for"] == len(ANCHORS)
