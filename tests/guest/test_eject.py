"""The devices that a guest can eject by powering off slots, and those that it cannot.

Neither libvirt nor QEMU's blocker is asked: the guest writes to its port, and
QEMU unplugs the devices below.  If the anchor is one of them, QEMU aborts
(answers.json of tests/oracle, and the stand-in too).  A port with <target hotplug='off'/> has no slot to
power off; the module gives one to every port above an anchor.

One domain, booted once on stock libvirt and once with the module:

    pxb 1, vSMMU    2  root port                           GPU_A   anchor
                    3  root port                           GPU_C
    pxb 4, vSMMU    5  root port > 6 upstream > 7 down     OTHER_A anchor
                                              > 8 down     OTHER_B
    no vSMMU        9  root port > 10 upstream > 11 down   VF_A    only the lower port has hotplug='off'
                    12 root port > 13 upstream > 14 down   VF_B    only the upper one
                    15 root port                           VF_C    has it
"""
import json
import re
import shlex
import signal
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import libvirt
import pytest

from conftest import KERNEL
from domains import GPU_A, GPU_C, OTHER_A, OTHER_B, VF_A, VF_B, VF_C, address, domain, hostdev, pxb, smmu
from e2e.conftest import RECORDS, URI, run, wait_for
from plain import plain

LOG = Path("/var/log/libvirt/qemu/g1.log")
CONSOLE, EVENTS = Path("/run/guest-console"), Path("/run/guest-events")
ANCHORS = {GPU_A, OTHER_A}
ALL = {GPU_A, GPU_C, OTHER_A, OTHER_B, VF_A, VF_B, VF_C}
PORTS = {2, 3, 5, 7, 8, 9, 11, 12, 14, 15}
ABOVE_ANCHORS = {2, 5, 7}
STAY = {VF_C, *ANCHORS}
GIVEN = {11, 12, 15}
# The slots of these ports, by the guest's addresses: the guest powers them off after all others.
LAST = "0000:fd:00,0000:f1:00,0000:f3:00"
REAL = json.loads((Path(__file__).resolve().parent.parent / "oracle/answers.json").read_text())["ejected"]


def controller(index, model, bus, slot, hotplug=None):
    target = f"<target hotplug='{hotplug}'/>" if hotplug else ""
    return (f"<controller type='pci' index='{index}' model='{model}'>{target}"
            f"{address(f'0000:{bus:02x}:{slot:02x}.0', type='pci')}</controller>")


def root_port(index, bus, slot, **more):
    return controller(index, "pcie-root-port", bus, slot, **more)


def switch(upstream, above, *downstream):
    """Below a port: the upstream port, and (index, hotplug) for each downstream port."""
    return controller(upstream, "pcie-switch-upstream-port", above, 0) + "".join(
        controller(index, "pcie-switch-downstream-port", upstream, slot, hotplug)
        for slot, (index, hotplug) in enumerate(downstream))


# No index is left out: libvirt would make a port of it.
LAYOUT = (
    "<controller type='pci' index='0' model='pcie-root'/>"
    + pxb(1, 252) + root_port(2, 1, 0) + root_port(3, 1, 1)
    + pxb(4, 240) + root_port(5, 4, 0) + switch(6, 5, (7, None), (8, None))
    + root_port(9, 0, 0x10) + switch(10, 9, (11, "off"))
    + root_port(12, 0, 0x11, hotplug="off") + switch(13, 12, (14, None))
    + root_port(15, 0, 0x12, hotplug="off")
    + "<controller type='usb' model='none'/>"
)


def guest_xml(initrd):
    xml = domain(
        "g1", smmu(1), smmu(4), hostdev(GPU_A, 2), hostdev(GPU_C, 3), hostdev(OTHER_A, 7), hostdev(OTHER_B, 8),
        hostdev(VF_A, 11), hostdev(VF_B, 14), hostdev(VF_C, 15),
        f"<serial type='file'><source path='{CONSOLE}'/></serial>", layout=LAYOUT)
    boot = f"<kernel>{KERNEL}</kernel><initrd>{initrd}</initrd><cmdline>console=ttyAMA0 quiet panic=-1 last={LAST}</cmdline></os>"
    return xml.replace("64</memory>", "256</memory>").replace("</os>", boot)


def pinned(xml):
    """Indexes of the PCI controllers with <target hotplug='off'/>."""
    return {int(c.get("index")) for c in ET.fromstring(xml).iter("controller")
            if c.find("target") is not None and c.find("target").get("hotplug") == "off"}


def hosts(xml):
    """Alias by host address, of the devices that are passed through."""
    found = {}
    for device in ET.fromstring(xml).iter("hostdev"):
        a = {k: int(v, 0) for k, v in device.find("source/address").attrib.items()}
        found[f"{a['domain']:04x}:{a['bus']:02x}:{a['slot']:02x}.{a['function']:x}"] = device.find("alias").get("name")
    return found


def without_hotplug(argv):
    """Ports that a command line gives hotplug=off."""
    words = shlex.split(argv)
    devices = [json.loads(v) for a, v in zip(words, words[1:]) if a == "-device"]
    return {d["id"] for d in devices if d.get("hotplug") is False}


def console():
    return CONSOLE.read_text(errors="replace") if CONSOLE.exists() else ""


class Run:
    """One boot of the domain, from its definition until the guest has tried all it can."""

    def __init__(self, daemon, initrd):
        self.stock = daemon.stock
        conf = RECORDS / "conf"
        conf.write_text("accel=tcg\n")
        CONSOLE.unlink(missing_ok=True)
        LOG.unlink(missing_ok=True)
        try:
            dom = daemon.define(guest_xml(initrd))
            self.definition = dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
            self.argv = daemon.conn.domainXMLToNative("qemu-argv", self.definition)
            with EVENTS.open("w") as out, subprocess.Popen(
                    ["virsh", "-q", "-c", URI, "qemu-monitor-event", "g1", "--event", "DEVICE_DELETED", "--loop"],
                    stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT) as events:
                dom.create()
                self.before = hosts(dom.XMLDesc(0))
                self.refusal = self.detach(dom, self.before[GPU_A])
                wait_for(lambda: "GUEST devices after:" in console(), "the guest did not power off its slots", 240)
                self.after = hosts(dom.XMLDesc(0))
                wait_for(lambda: "GUEST done:" in console() or not dom.isActive(), "the guest did not end", 60)
                self.state = run("virsh", "-c", URI, "domstate", "g1", "--reason").out.strip()
                events.send_signal(signal.SIGINT)
            self.text = console()
            self.deleted = set(re.findall(r'DEVICE_DELETED.*"device":"([^"]+)"', EVENTS.read_text()))
        finally:
            conf.unlink()

    @staticmethod
    def detach(dom, alias):
        with pytest.raises(libvirt.libvirtError) as caught:
            dom.detachDeviceAlias(alias, libvirt.VIR_DOMAIN_AFFECT_LIVE)
        return caught.value.get_error_message()

    def said(self, what):
        """The line of the guest with this name, as a list of words."""
        return re.search(rf"GUEST {what}:(.*)", self.text)[1].split()


@pytest.fixture
def guest(daemon, initrd):
    """The same boot for all tests of a mode."""
    if daemon.mode not in RUNS:
        RUNS[daemon.mode] = Run(daemon, initrd)
    return RUNS[daemon.mode]


RUNS = {}


def test_definition(guest):
    """The module, and only it, closes every port above an anchor."""
    assert pinned(guest.definition) == (GIVEN if guest.stock else GIVEN | ABOVE_ANCHORS)


def test_command_line(guest):
    """hotplug='off' reaches QEMU for root ports and switch ports alike."""
    assert without_hotplug(guest.argv) == {f"pci.{i}" for i in pinned(guest.definition)}


def test_no_client_could(guest):
    """Libvirt's clients are refused in both modes; the guest needs no client."""
    assert ("CMDQV is active" if guest.stock else "anchors the CMDQV") in guest.refusal


def test_guest_saw_all(guest):
    """The guest sees every device of the domain."""
    assert len(guest.said("devices before")) == len(ALL) == len(guest.before)


def test_guest_found_a_slot_in_every_open_port(guest):
    """The guest finds a slot that it can power off in every port but those of the anchors."""
    assert len(guest.said("slots")) == len(PORTS - pinned(guest.definition))


@pytest.mark.parametrize("host", sorted(ANCHORS))
def test_anchor(guest, host):
    """It is there after the guest has powered off every other slot."""
    assert guest.before[host] not in guest.deleted and host in guest.after


def test_end(guest):
    """The guest ejects an anchor through its own port, or through the one above its switch, and QEMU aborts; not if all of them are pinned."""
    printed = [plain(line) for line in LOG.read_text().splitlines() if line.startswith(("ERROR:", "Bail"))]
    assert (guest.state, sorted(set(printed))) == ((REAL["state"], REAL["prints"]) if guest.stock else ("running (booted)", []))


@pytest.mark.parametrize("host", [GPU_C, OTHER_B])
def test_other_behind_the_vsmmu_is_detached(guest, host):
    """The guest ejects a device behind the vSMMU that does not anchor."""
    assert guest.before[host] in guest.deleted and host not in guest.after


@pytest.mark.parametrize("host, open_port", [(VF_A, "pci.9"), (VF_B, "pci.14")])
def test_one_of_two_is_not_enough(guest, host, open_port):
    """The upper port ejects the whole switch, the lower one its device."""
    assert open_port not in without_hotplug(guest.argv)
    assert guest.before[host] in guest.deleted and host not in guest.after


def test_pinned_stays(guest):
    """The guest does not eject the anchor."""
    assert guest.before[VF_C] not in guest.deleted and VF_C in guest.after


def test_all_agree(guest):
    """Guest, QEMU and libvirt."""
    assert set(guest.after) == STAY
    assert len(guest.said("devices after")) == len(STAY)
    assert {guest.before[h] for h in ALL - STAY} == guest.deleted & set(guest.before.values())
