"""The place for a device that is plugged in without an address: libvirt chooses it, and the module knows it.

The first run, on stock libvirt, shows the place of a device.  With the module
the same device is refused if that is behind the vSMMU, and put in the very same
place if it is not.  A libvirt that does not know the vSMMU shows it of the
domain without.
"""
import random
import re

import libvirt
import pytest

import suites
import words
from conftest import asked, said_by, wait_until_removed
from domains import (ALL_GIVEN, GPU_A, GPU_B, GPU_C, NO_USB, OTHER_A, OTHER_B, ROOT, VF_A, VF_B, VF_C, VIRTIO, address,
                     controller, domain, downstream, guest, hostdev, port, pxb, smmu, upstream)
from verbs import LIVE, detach

LOWERED = suites.host() == suites.LOWERED
E1000 = "<interface type='user'><mac address='52:54:00:00:ee:02'/><model type='e1000'/></interface>"
TRANSITIONAL = "<rng model='virtio-transitional'><backend model='random'>/dev/urandom</backend></rng>"


def bridge(index, bus):
    return controller("pcie-to-pci-bridge", index, bus)


def rng(bus):
    return f"<rng model='virtio'><backend model='random'>/dev/urandom</backend>{guest(bus)}</rng>"


def function(host, bus, number, multifunction=None):
    place = address(f"0000:{bus:02x}:00.{number}", type="pci", multifunction=multifunction)
    return hostdev(host).replace("</hostdev>", place + "</hostdev>")


# name: (index of the vSMMU's bus, controllers, devices)
LAYOUTS = {
    "vSMMU first": (1, [pxb(1, 252), port(2, 1), port(3, 1, 1), port(4, 0, 16)], [hostdev(GPU_A, 2)]),
    "vSMMU last": (3, [port(1, 0, 16), port(2, 0, 17), pxb(3, 252), port(4, 3), port(5, 3, 1)], [hostdev(GPU_A, 4)]),
    "taken in turn": (1, [pxb(1, 252), port(2, 1), port(3, 0, 16), port(4, 1, 1), port(5, 0, 17)], [hostdev(GPU_A, 4)]),
    "taken in turn, first taken": (1, [pxb(1, 252), port(2, 1), port(3, 0, 16), port(4, 1, 1), port(5, 0, 17)],
                                   [hostdev(GPU_A, 4), hostdev(GPU_B, 2)]),
    "indexes fall": (1, [port(9, 0, 18), port(8, 0, 17), port(7, 1, 5), port(6, 1, 4), port(5, 0, 16), port(4, 1, 2),
                         port(3, 1, 1), port(2, 1), pxb(1, 240)], [hostdev(GPU_A, 2), hostdev(GPU_B, 3), hostdev(GPU_C, 4)]),
    "a gap in the indexes": (1, [pxb(1, 252), port(2, 1), port(5, 1, 1), port(7, 0, 16)], [hostdev(GPU_A, 2)]),
    "no hot-plug behind": (1, [pxb(1, 252), port(2, 1), port(3, 1, 1, hotplug="off"), port(4, 0, 16)], [hostdev(GPU_A, 2)]),
    "no hot-plug elsewhere": (2, [port(1, 0, 16, hotplug="off"), pxb(2, 252), port(3, 2), port(4, 2, 1), port(5, 0, 17)],
                              [hostdev(GPU_A, 3)]),
    "hot-plug said to be on": (2, [port(1, 0, 16, hotplug="on"), pxb(2, 252), port(3, 2), port(4, 2, 1)], [hostdev(GPU_A, 3)]),
    "no hot-plug anywhere": (1, [pxb(1, 252), port(2, 1), port(3, 1, 1, hotplug="off"), port(4, 0, 16, hotplug="off")],
                             [hostdev(GPU_A, 2)]),
    "no place left": (1, [pxb(1, 252), port(2, 1), port(3, 0, 16)], [hostdev(GPU_A, 2), rng(3)]),
    "emulated device in the way": (2, [port(1, 0, 16), pxb(2, 252), port(3, 2), port(4, 2, 1)], [hostdev(GPU_A, 3), rng(1)]),
    "switch elsewhere": (6, [port(1, 0, 16), upstream(2, 1), downstream(3, 2), downstream(4, 2, 1), pxb(6, 252), port(7, 6),
                             port(8, 6, 1), port(5, 0, 17)], [hostdev(GPU_A, 7)]),
    "full switch elsewhere": (4, [port(1, 0, 16), upstream(2, 1), downstream(3, 2), pxb(4, 252), port(5, 4), port(6, 4, 1)],
                              [hostdev(GPU_A, 5), rng(3)]),
    "switch behind": (1, [pxb(1, 248), port(2, 1), upstream(3, 2), downstream(4, 3), downstream(5, 3, 1), port(6, 0, 16)],
                      [hostdev(GPU_A, 4)]),
    "switch behind, ports closed": (1, [pxb(1, 248), port(2, 1), upstream(3, 2), downstream(4, 3),
                                        downstream(5, 3, 1, hotplug="off"), port(6, 0, 16)], [hostdev(GPU_A, 4)]),
    "bridge elsewhere": (3, [port(1, 0, 16), bridge(2, 1), pxb(3, 252), port(4, 3), port(5, 3, 1)], [hostdev(GPU_A, 4)]),
    "bridge elsewhere, port behind it": (3, [port(1, 0, 16), bridge(2, 1), pxb(3, 252), port(4, 3), port(5, 0, 17)],
                                         [hostdev(GPU_A, 4)]),
    "bridge behind": (1, [pxb(1, 252), port(2, 1), port(3, 1, 1), bridge(4, 3), port(5, 0, 16)], [hostdev(GPU_A, 2)]),
    "bridges on both": (1, [pxb(1, 252), port(2, 1), port(3, 1, 1), bridge(6, 3), port(4, 0, 16), bridge(5, 4)],
                        [hostdev(GPU_A, 2)]),
    "ports as functions": (1, [pxb(1, 252), port(2, 1, 0, multifunction="on"), port(3, 1, 0, function=1),
                               port(4, 1, 0, function=2), port(5, 0, 16, multifunction="on"), port(6, 0, 16, function=1)],
                           [hostdev(GPU_A, 2)]),
    "ports as functions, elsewhere first": (3, [port(1, 0, 16, multifunction="on"), port(2, 0, 16, function=1), pxb(3, 252),
                                                port(4, 3, 0, multifunction="on"), port(5, 3, 0, function=1)],
                                            [hostdev(GPU_A, 4), rng(1)]),
    "devices as functions": (2, [port(1, 0, 16), pxb(2, 252), port(3, 2), port(4, 2, 1)],
                             [function(GPU_A, 3, 0, "on"), function(GPU_B, 3, 1), rng(1)]),
    "function 1 alone": (2, [port(1, 0, 16), pxb(2, 252), port(3, 2), port(4, 2, 1)], [hostdev(GPU_A, 3), function(VF_A, 1, 1)]),
    "two vSMMUs' roots": (1, [pxb(1, 252), port(2, 1), pxb(3, 240), port(4, 3), port(5, 1, 1)], [hostdev(GPU_A, 2)]),
    "on pcie.0 itself": (0, [port(1, 0, 16), pxb(2, 252), port(3, 2), port(4, 0, 17)], [hostdev(GPU_A, 1)]),
    "on pcie.0 itself, pxb last": (0, [port(1, 0, 16), port(2, 0, 17), pxb(3, 252), port(4, 3)], [hostdev(GPU_A, 1)]),
}


def random_layout(seed):
    """Ports on three roots, numbered and written in any order, some closed, some taken."""
    choose = random.Random(seed)
    indexes = list(range(3, 11))
    choose.shuffle(indexes)
    free_slots = {0: 16, 1: 0, 2: 0}
    ports, behind = [], []
    for index in indexes:
        root = choose.choice((0, 1, 1, 2))
        if index == indexes[0]:
            root = 1                        # for the anchor
        closed = "off" if index != indexes[0] and choose.random() < 0.3 else None
        ports.append(port(index, root, free_slots[root], hotplug=closed))
        free_slots[root] += 1
        if root == 1:
            behind.append(index)
    taken = choose.sample(indexes[1:], choose.randrange(5))
    hosts = iter((GPU_B, GPU_C, VF_A, VF_B, VF_C))
    devices = [hostdev(GPU_A, indexes[0])] + [hostdev(next(hosts), bus) if bus in behind else rng(bus) for bus in taken]
    choose.shuffle(devices)
    controllers = [pxb(1, 240), pxb(2, 224), *ports]
    choose.shuffle(controllers)
    return 1, controllers, devices


LAYOUTS |= {f"random {seed}": random_layout(seed) for seed in range(4 if LOWERED else 16)}
PLACED = {}     # places and answers of stock libvirt; the stock run is first


def vsmmu(daemon, bus, **driver):
    """As far as the daemon knows such a thing, by itself or by the module."""
    return "" if daemon.stock and LOWERED else smmu(bus, **driver)


def behind(dom, root):
    """Names of the buses in the tree of a root, by the live XML."""
    parents = {}
    for text in re.findall(r"<controller type='pci'.*?</controller>|<controller type='pci'[^>]*/>", dom.XMLDesc(0), re.S):
        parent = re.search(r"<address type='pci'.*? bus='0x(\w+)'", text)
        index = int(re.search(r" index='(\d+)'", text)[1])
        parents[index] = int(parent[1], 16) if parent and "expander" not in text else None
    found = {root}
    while more := {index for index, parent in parents.items() if parent in found} - found:
        found |= more
    return {f"pci.{index}" if index else "pcie.0" for index in found}


def plug(dom, xml):
    """(bus that QEMU was told, libvirt's answer)"""
    before = len(asked())
    said = said_by(dom.attachDeviceFlags, xml, LIVE)
    told = [a.get("bus") for verb, a in asked()[before:] if verb == "device_add"]
    return (told or [None])[-1], said


def check(daemon, dom, key, xml, root, sentence):
    """Plugs in @xml and checks the outcome; True if it is in the domain now."""
    before = daemon.state()
    bus, said = plug(dom, xml)
    if daemon.stock:
        PLACED[key] = bus, said
        if bus and bus in behind(dom, root) and "<hostdev" not in xml:
            # QEMU itself attaches an emulated device behind a conventional bridge, and its DMA fails later
            if LOWERED or key[0] == "bridge behind" and said == 0:
                detach(dom, xml)
                wait_until_removed(dom, re.search("52:54:[0-9a-f:]*|virtio-transitional", xml)[0])
            else:
                assert said[2] == words.QEMU_EMULATED
    elif PLACED[key][0] in behind(dom, root):
        assert bus is None and isinstance(said, tuple), f"stock libvirt puts it on {PLACED[key][0]}; {said}"
        assert said[:2] == (libvirt.VIR_ERR_OPERATION_UNSUPPORTED, libvirt.VIR_FROM_QEMU)
        assert words.matches(sentence, said[2]), said
        assert daemon.state() == before
    else:
        assert (bus, said) == PLACED[key]
    return said == 0


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout(daemon, name):
    """A client attaches devices without an address to each layout of buses."""
    root, controllers, devices = LAYOUTS[name]
    dom = daemon.run(domain("g1", vsmmu(daemon, root, **ALL_GIVEN), *devices, layout=ROOT + "".join(controllers) + NO_USB))
    bus = f"pci.{root}" if root else "pcie.0"
    if check(daemon, dom, (name, "hostdev"), hostdev(OTHER_A), root, words.other_host_smmu(
            OTHER_A, "...", "...", "...", "...", bus=bus)):
        detach(dom, hostdev(OTHER_A))
        wait_until_removed(dom, "domain='0x0010'")
    for device, element in ((E1000, "interface"), (TRANSITIONAL, "rng")):
        check(daemon, dom, (name, device), device, root, words.emulated_behind(element, bus=bus))
    check(daemon, dom, (name, "virtio"), VIRTIO, root, words.emulated_behind(bus=bus))


def test_order_of_two(daemon):
    """One takes the last place elsewhere, so that the next would land behind the vSMMU."""
    layout = ROOT + port(1, 0, 16) + pxb(2, 252) + port(3, 2) + port(4, 2, 1) + NO_USB
    dom = daemon.run(domain("g1", vsmmu(daemon, 2), hostdev(GPU_A, 3), layout=layout))
    assert plug(dom, hostdev(OTHER_A)) == ("pci.1", 0)
    if daemon.stock:
        assert plug(dom, hostdev(OTHER_B)) == ("pci.4", 0)
    else:
        with daemon.nothing_changes():
            bus, said = plug(dom, hostdev(OTHER_B))
        assert bus is None and words.matches(words.other_host_smmu(OTHER_B, "...", "hostdev0", GPU_A, "...", bus="pci.2"), said[2])
        detach(dom, hostdev(OTHER_A))
        wait_until_removed(dom, "domain='0x0010'")
        assert plug(dom, hostdev(OTHER_B)) == ("pci.1", 0)


@pytest.mark.parametrize("place, sentence", [
    ("bus='0x02' slot='0x00'", "XML error: Attempted double use of PCI Address 0000:02:00.0"),
    ("bus='0x03' slot='0x01'", "XML error: Invalid PCI address 0000:03:01.0. slot must be <= 0"),
    ("bus='0x01' slot='0x05'", "XML error: The device at PCI address 0000:01:05.0 requires hotplug capability, but the PCI "
                               "controller with index='1' doesn't support hotplug"),
    ("bus='0x0c' slot='0x00'", "XML error: Invalid PCI address 0000:0c:00.0. Only PCI buses up to 11 are available"),
])
def test_address_that_libvirt_refuses(daemon, place, sentence):
    """Nothing is attached in both; the module itself refuses each address in the vSMMU's tree."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2)))
    xml = VIRTIO.replace("</interface>", f"<address type='pci' {place}/></interface>")
    with daemon.nothing_changes():
        code, _, said = said_by(dom.attachDeviceFlags, xml, LIVE)
    if daemon.stock or "0x0c" in place:
        assert (code, said) == (libvirt.VIR_ERR_XML_ERROR, sentence)
    else:
        assert words.matches(words.emulated_behind(), said)
