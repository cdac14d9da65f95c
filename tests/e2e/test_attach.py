"""Plugging something in behind an accelerated vSMMU: devices that the host and QEMU can take there, and nothing else."""
import re

import libvirt
import pytest

import words
from conftest import argv, asked, assert_unsupported, error_of, said_by, wait_until_removed
from domains import (ALL_GIVEN, GPU_A, GPU_B, GPU_C, OTHER_A, OTHER_B, THIRD, VF_A, domain, emulated, guest, hostdev, interface,
                     on_network, smmu)
from verbs import CONFIG, CURRENT, INACTIVE, LIVE, attach, detach

HERE, THERE, ELSEWHERE = "smmu3.0x0000000016000000", "smmu3.0x0000000012000000", "smmu3.0x0000000005000000"
QEMU_SAYS = {words.QEMU_EMULATED, words.QEMU_NO_IOMMUFD}


@pytest.fixture
def anchored(daemon):
    daemon.start_network()
    return daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2)))


# name: (device, outcome on stock libvirt, sentence of the module).  The outcome is QEMU's error, or None if QEMU takes it.
REFUSED = {
    "emulated": (emulated(3), words.QEMU_EMULATED, words.emulated_behind()),
    "emulated, placed by libvirt": (emulated(), words.QEMU_EMULATED, words.emulated_behind()),
    "emulated, no model": (emulated(more=""), words.QEMU_EMULATED, words.emulated_behind()),
    "emulated, empty address": (emulated(more="<address type='pci'/>"), words.QEMU_EMULATED, words.emulated_behind()),
    "emulated, address of zeros": (emulated(more="<address type='pci' domain='0' bus='0' slot='0' function='0'/>"),
                                   words.QEMU_EMULATED, words.emulated_behind()),
    "emulated, decimal bus": (emulated(more="<address type='pci' bus='3' slot='0'/>"),
                              words.QEMU_EMULATED, words.emulated_behind()),
    "rng": ("<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
            words.QEMU_EMULATED, words.emulated_behind("rng")),
    "SCSI controller": ("<controller type='scsi' model='virtio-scsi'/>",
                        words.QEMU_EMULATED, words.emulated_behind("controller")),
    "input": ("<input type='keyboard' bus='virtio'/>", words.QEMU_EMULATED, words.emulated_behind("input")),
    "not on iommufd": (hostdev(GPU_B, 3, iommufd=None), words.QEMU_NO_IOMMUFD, words.attach_needs_iommufd(GPU_B)),
    "iommufd off": (hostdev(GPU_B, 3, iommufd="no"), words.QEMU_NO_IOMMUFD, words.attach_needs_iommufd(GPU_B)),
    "not on iommufd, placed by libvirt": (hostdev(GPU_B, iommufd=None), words.QEMU_NO_IOMMUFD,
                                          words.attach_needs_iommufd(GPU_B)),
    "interface not on iommufd": (interface(VF_A, 3, iommufd=None), words.QEMU_NO_IOMMUFD, words.attach_needs_iommufd(VF_A)),
    "on a network": (on_network(3), words.QEMU_NO_IOMMUFD, words.attach_on_a_network()),
    "on a network, placed by libvirt": (on_network(), words.QEMU_NO_IOMMUFD, words.attach_on_a_network()),
    "other host SMMU": (hostdev(OTHER_A, 3), None, words.other_host_smmu(OTHER_A, THERE, "hostdev0", GPU_A, HERE)),
    "other host SMMU, placed by libvirt": (hostdev(OTHER_A), None,
                                           words.other_host_smmu(OTHER_A, THERE, "hostdev0", GPU_A, HERE)),
    "host SMMU without CMDQV": (hostdev(THIRD, 3), None, words.other_host_smmu(THIRD, ELSEWHERE, "hostdev0", GPU_A, HERE)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(daemon, anchored, name):
    """A client attaches a device that cannot be behind the vSMMU to the running domain, with each set of flags."""
    xml, qemu_says, sentence = REFUSED[name]
    if daemon.stock:
        said = said_by(attach, anchored, xml)
        assert said == ((libvirt.VIR_ERR_INTERNAL_ERROR, libvirt.VIR_FROM_QEMU, qemu_says) if qemu_says else 0)
        verb, arguments = [a for a in asked() if a[0] == "device_add"][-1]
        assert arguments["bus"] == "pci.3", "stock libvirt does not place it behind the vSMMU"
    else:
        calls = [lambda: attach(anchored, xml), lambda: attach(anchored, xml, CURRENT), lambda: attach(anchored, xml, LIVE | CONFIG),
                 lambda: anchored.attachDevice(xml)]
        for call in calls:
            with daemon.nothing_changes():
                assert_unsupported(error_of(call), sentence)


DISK = "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{}'/><target {}/>{}</disk>"
SCSI = words.emulated_behind("controller", added_for="disk")
# name: (target, address, refusal)
DISKS = {
    "virtio": ("dev='vda' bus='virtio'", "", words.emulated_behind("disk")),
    "SCSI": ("dev='sda' bus='scsi'", "", SCSI),
    "SCSI by its name": ("dev='sdb'", "", SCSI),
    "SCSI by its address": ("dev='sda' bus='scsi'", "<address type='drive' controller='1' bus='0' target='0' unit='0'/>", SCSI),
}


@pytest.fixture
def disk(tmp_path):
    """Device XML of a disk, each with an image of its own."""
    def make(target, address=""):
        image = tmp_path / f"{len(list(tmp_path.iterdir()))}.img"
        image.write_bytes(bytes(1 << 20))
        return DISK.format(image, target, address)
    return make


@pytest.mark.parametrize("name", DISKS)
def test_disk(daemon, anchored, disk, name):
    """For one on SCSI libvirt plugs in a controller."""
    target, address, sentence = DISKS[name]
    xml = disk(target, address)
    if daemon.stock:
        assert error_of(attach, anchored, xml).get_error_message() == words.QEMU_EMULATED
    else:
        for flags in (LIVE, LIVE | CONFIG):
            with daemon.nothing_changes():
                assert_unsupported(error_of(attach, anchored, xml, flags), sentence)


def test_scsi_disk_with_a_controller(daemon, anchored, disk):
    """As the refusal advises; only those up to the disk's own count."""
    attach(anchored, f"<controller type='scsi' index='0' model='virtio-scsi'>{guest(10)}<alias name='ua-scsi'/></controller>")
    attach(anchored, disk("dev='sda' bus='scsi'"))
    attach(anchored, disk("dev='sdg' bus='scsi'"))
    if not daemon.stock:
        assert daemon.refusals() == []
        with daemon.nothing_changes():
            assert_unsupported(error_of(attach, anchored, disk("dev='sdh' bus='scsi'")), SCSI)


ACCEPTED = {
    "sound neighbour": (hostdev(GPU_B, 3), "pci.3"),
    "sound neighbour, placed by libvirt": (hostdev(GPU_B), "pci.3"),
    "interface": (interface(VF_A, 4), "pci.4"),
    "interface, placed by libvirt": (interface(VF_A), "pci.3"),
    "emulated elsewhere": (emulated(10), "pci.10"),
    "emulated elsewhere, bus alone": (emulated(more="<address type='pci' bus='0x0a'/>"), "pci.10"),
    "not on iommufd, elsewhere": (hostdev(GPU_B, 10, iommufd=None), "pci.10"),
    "on a network, elsewhere": (on_network(10), "pci.10"),
    "other host SMMU, elsewhere": (hostdev(OTHER_A, 7), "pci.7"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(daemon, anchored, name):
    """The very same in both: the neighbour of each that is refused."""
    xml, bus = ACCEPTED[name]
    attach(anchored, xml)
    assert [a["bus"] for verb, a in asked() if verb == "device_add"] == [bus]
    if not daemon.stock:
        assert daemon.refusals() == []


def test_not_accelerated(daemon):
    """Behind a vSMMU without acceleration emulated devices are at home."""
    dom = daemon.run(domain("g1", smmu(accel=None, cmdqv=None)))
    attach(dom, emulated(3))
    assert "52:54:00:00:ee:01" in dom.XMLDesc(0)


def test_accelerated_without_cmdqv(daemon):
    """QEMU does not take it there either, for any value of cmdqv."""
    dom = daemon.run(domain("g1", smmu(cmdqv="off", **ALL_GIVEN)))
    if daemon.stock:
        assert error_of(attach, dom, emulated(3)).get_error_message() == words.QEMU_EMULATED
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(attach, dom, emulated(3)), words.emulated_behind())


def test_second_vsmmu(daemon):
    """Each vSMMU has the host SMMU of its own anchor."""
    dom = daemon.run(domain("g1", smmu(), smmu(6), hostdev(GPU_A, 2), hostdev(OTHER_A, 7)))
    attach(dom, hostdev(OTHER_B, 8))
    if daemon.stock:
        attach(dom, hostdev(GPU_B, 3))
        detach(dom, hostdev(OTHER_B))
        wait_until_removed(dom, "<alias name='hostdev2'/>")
        attach(dom, hostdev(GPU_C, 8))
    else:
        detach(dom, hostdev(OTHER_B))
        wait_until_removed(dom, "<alias name='hostdev2'/>")
        with daemon.nothing_changes():
            assert_unsupported(error_of(attach, dom, hostdev(GPU_C, 8)),
                               words.other_host_smmu(GPU_C, HERE, "hostdev1", OTHER_A, THERE, vsmmu="iommu1", bus="pci.6"))
        attach(dom, hostdev(GPU_B, 3))


def test_virsh(daemon, anchored, tmp_path):
    """virsh attaches an emulated NIC behind the vSMMU, with each option that includes the running domain."""
    xml = tmp_path / "device.xml"
    xml.write_text(emulated(3))
    for command in (("attach-device", "g1", xml, "--live"), ("attach-device", "g1", xml), ("attach-device", "g1", xml, "--persistent")):
        if daemon.stock:
            done = daemon.virsh(*command)
            assert done.status == 1 and words.QEMU_EMULATED in done.err
        else:
            with daemon.nothing_changes():
                done = daemon.virsh(*command)
            assert done.status == 1 and words.matches("error: " + words.emulated_behind(), done.err.strip().split("\n")[-1])


# -- cmdqv=on that was started without an anchor: KubeVirt's shape, on stock libvirt


@pytest.fixture
def without_anchor(daemon):
    mode = daemon.mode
    daemon.start_unguarded()
    daemon.run(domain("g1", smmu(**ALL_GIVEN)))
    daemon.start(mode)
    return daemon.get()


@pytest.mark.parametrize("device", [hostdev(GPU_A, 2), hostdev(GPU_A), interface(VF_A, 3)],
                         ids=["hostdev", "placed by libvirt", "interface"])
def test_without_anchor(daemon, without_anchor, device):
    """Its guest booted without CMDQV, and a device that is attached now would get QEMU's blocker all the same."""
    host = VF_A if "<interface" in device else GPU_A
    if daemon.stock:
        attach(without_anchor, device)
        assert error_of(detach, without_anchor, device).get_error_message() == words.BLOCKER
    else:
        for flags in (LIVE, LIVE | CONFIG):
            with daemon.nothing_changes():
                assert_unsupported(error_of(attach, without_anchor, device, flags), words.attach_without_anchor(host))
        without_anchor.attachDeviceFlags(device, CONFIG)        # as the refusal advises


def test_without_anchor_elsewhere(daemon, without_anchor):
    """While the vSMMU has no anchor, a client attaches a device on another root."""
    attach(without_anchor, hostdev(GPU_A, 10))
    assert "hostdev0" in without_anchor.XMLDesc(0)


def test_cmdqv_left_to_qemu_without_anchor(daemon):
    """There the first device to be attached is the anchor, and its guest never was promised anything."""
    dom = daemon.run(domain("g1", smmu(cmdqv=None, **ALL_GIVEN)))
    attach(dom, hostdev(GPU_A, 2))
    assert not [v for v in argv() if "vfio-pci" in v] and "hostdev0" in dom.XMLDesc(0)


# -- into the definition


def test_config_second_smmu_on_the_bus(daemon):
    """libvirt itself refuses that, but only for an SMMU that is attached alone."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    with daemon.nothing_changes():
        error = error_of(attach, dom, smmu(), CONFIG)
    if daemon.stock:
        assert error.get_error_code() == libvirt.VIR_ERR_OPERATION_INVALID
    else:
        assert_unsupported(error, words.definition_would_be("attach", words.shared_bus()))


def test_config_second_smmu(daemon):
    """A valid one too: libvirt attaches none to a definition that has one."""
    dom = daemon.define(domain("g1", smmu(cmdqv="off", **ALL_GIVEN), hostdev(GPU_A, 2)))
    second = smmu(6, cmdqv="off", **ALL_GIVEN)
    with daemon.nothing_changes():
        said = said_by(attach, dom, second, CONFIG)
    assert said == (libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_FROM_QEMU,
                    "Requested operation is not valid: domain already has an iommu device")


@pytest.mark.parametrize("flags", [CONFIG, CURRENT], ids=["config", "current"])
def test_config_accepted(daemon, flags):
    """A client adds a second device behind the vSMMU, and a NIC elsewhere, to the definition."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    attach(dom, hostdev(GPU_B, 3), flags)
    attach(dom, emulated(10), flags)
    assert dom.XMLDesc(INACTIVE).count("<hostdev") == 2


def test_config_without_iommufd(daemon):
    """A client adds a device that lacks iommufd to a definition: the refusal names the device, and no line of a text that the client does not have."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    if daemon.stock:
        attach(dom, hostdev(GPU_B, 3, iommufd=None), CONFIG)
    else:
        with daemon.nothing_changes():
            error = error_of(attach, dom, hostdev(GPU_B, 3, iommufd=None), CONFIG)
        assert error.get_error_message().endswith(
            f"which would then be refused: <hostdev> (host {GPU_B}): a device behind an accelerated SMMU must be on iommufd, and this "
            "one, on bus 'pci.3', is not; add iommufd='yes' to its <driver> [accel-endpoint-iommufd]")
        assert error.get_error_code() == libvirt.VIR_ERR_OPERATION_UNSUPPORTED


def test_config_smmu_without_anchor(daemon):
    """A client adds a vSMMU to a definition without a device that could anchor it."""
    dom = daemon.define(domain("g1"))
    if daemon.stock:
        attach(dom, smmu(), CONFIG)
        assert "cmdqv='on'" in dom.XMLDesc(INACTIVE)
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(attach, dom, smmu(), CONFIG), words.definition_would_be("attach", words.needs_hostdev()))


def test_config_smmu_with_anchor(daemon):
    """A client adds a vSMMU to a definition with a device that anchors it."""
    dom = daemon.define(domain("g1", hostdev(GPU_A, 2)))
    attach(dom, smmu(), CONFIG)
    assert re.search(r"<iommu model='smmuv3'>\s*<driver pciBus='1' accel='on' cmdqv='on'/>", dom.XMLDesc(INACTIVE))
