"""An instance with CMDQV through more than one thing at a time: steps of its life with ports, volumes, other devices and faults."""
import os
import signal
from pathlib import Path

import libvirt
import pytest
from nova import objects
from nova.network import model

import words
from conftest import NAME, UUID, port, volume
from domains import GPU_A, GPU_B, OTHER_A, OTHER_B, THIRD, VF_A, VF_B, VF_C
from e2e.conftest import wait_for
from novaverbs import KEPT, NAMES, ON, all_addresses, guest_addresses, machine, passed_through, same

OTHER_MAC, THIRD_MAC = "52:54:00:00:09:02", "52:54:00:00:09:03"


@pytest.fixture
def disks(nova, settings, monkeypatch):
    """The steps that would make images and disks; the layout is on, and the devices of the flavor are as in nova.boot()."""
    settings(ON)

    def boot(*devices, **more):
        instance = nova.boot(*devices, **more)
        nova.without_disks(instance, monkeypatch)
        return instance

    return boot


def spawn(nova, instance):
    nova.compute.driver.spawn(nova.compute.context, instance, instance.image_meta, [], None, {}, instance.get_network_info())


def finish_resize(nova, instance):
    nova.compute.driver.finish_migration(nova.compute.context, objects.Migration(source_compute="lab", dest_compute="lab"), instance, "[]",
                                         instance.get_network_info(), instance.image_meta, True, {})


def revert_resize(nova, instance):
    if nova.domain(instance).isActive():
        nova.compute.driver._destroy(instance)
    nova.compute.driver._undefine_domain(instance)
    nova.compute.driver.finish_revert_migration(nova.compute.context, instance, instance.get_network_info(),
                                                objects.Migration(source_compute="lab", dest_compute="lab"))


def test_shelved_with_ports(nova, daemon, disks, tmp_path):
    """Ports behind their own vSMMU, and a volume: all of it is there again after a shelve, a crash of QEMU and a leftover definition."""
    nova.specs = {"cmdqv:ports": "on"}
    instance = disks(GPU_A, OTHER_A, ports=[port(VF_A), port(VF_B, mac=OTHER_MAC), port(VF_C, mac=THIRD_MAC)])
    nova.attach_volume(instance, volume(tmp_path / "volume"))
    nova.hard_reboot(instance)
    with same(daemon):
        nova.rebuild(instance, undefined=True)
    with same(daemon):
        os.kill(int(Path(f"/run/libvirt/qemu/{NAME}.pid").read_text()), signal.SIGKILL)
        wait_for(lambda: not daemon.get(NAME).isActive(), "the crash")
        nova.hard_reboot(instance)
    with same(daemon):
        daemon.get(NAME).destroy()
        spawn(nova, instance)
    assert machine()[0] == ([] if daemon.stock else [["vfio-pci"], ["vfio-pci"], ["vfio-pci"] * 3])


def test_unshelved_with_other_devices(nova, daemon, disks):
    """It gets devices behind another SMMU of the host, at the same addresses; behind one without CMDQV it is refused, and spawned again at its old place."""
    instance = disks(GPU_A, GPU_B)
    addresses = list(guest_addresses(daemon).values())
    for device, host in zip(instance.pci_devices.objects, (OTHER_A, OTHER_B), strict=True):
        device.address = host
    nova.rebuild(instance, undefined=True)
    assert guest_addresses(daemon) == dict(zip((OTHER_A, OTHER_B), addresses, strict=True))
    instance.pci_devices.objects[:] = instance.pci_devices.objects[:1]
    instance.pci_devices.objects[0].address = THIRD
    if daemon.stock:
        nova.rebuild(instance, undefined=True)
    else:
        assert "[nova-layout]" in nova.compute.refusal(nova.rebuild, instance, True).get_error_message() and daemon.names() == []
        instance.pci_devices.objects[0].address = GPU_A
        spawn(nova, instance)
        assert machine()[0] == [["vfio-pci"]] and list(guest_addresses(daemon).values()) == addresses[:1]


def test_rebuilt_with_other_volumes(nova, daemon, disks, tmp_path):
    """The instance is rebuilt with many volumes, with none, and one is attached each time: the GPUs stay."""
    instance = disks(GPU_A, OTHER_A)
    gpus = guest_addresses(daemon)
    for count in (9, 0):
        nova.disks = {f"vd{letter}": volume(tmp_path / letter) for letter in "bcdefghij"[:count]}
        nova.rebuild(instance)
        nova.attach_volume(instance, volume(tmp_path / "more"), "vdx")
        assert len(passed_through(daemon.get(NAME))) == 2 and all_addresses(daemon)["disk", "vdx"]
        assert guest_addresses(daemon) == gpus or daemon.stock


def test_resized_to_a_flavor_with_cmdqv(nova, daemon, disks):
    """From a flavor that does not ask for CMDQV, to one that does, and reverted."""
    instance = disks(GPU_A, mode=None)
    with same(daemon):
        nova.compute.driver.power_off(instance)
        instance.flavor.extra_specs["cmdqv:mode"] = "on"
        finish_resize(nova, instance)
        with_cmdqv = machine()[0]
        del instance.flavor.extra_specs["cmdqv:mode"]
        revert_resize(nova, instance)
    assert machine()[0] == [] and with_cmdqv == ([] if daemon.stock else [["vfio-pci"]])


def test_reverted_after_a_failure(nova, daemon, disks):
    """The new flavor cannot be laid out: the resize fails, and the instance is reverted, as before."""
    instance, error = disks(GPU_A, OTHER_A), None
    with same(daemon):
        nova.compute.driver.power_off(instance)
        instance.flavor.extra_specs["cmdqv:mode"] = "maybe"
        try:
            finish_resize(nova, instance)
        except libvirt.libvirtError as raised:
            error = raised
        instance.flavor.extra_specs["cmdqv:mode"] = "on"
        revert_resize(nova, instance)
    if daemon.stock:
        assert error is None
    else:
        assert error.get_error_message().endswith(f"[nova-layout]{NAMES}") and machine()[0] == [["vfio-pci"], ["vfio-pci"]]


def test_paused(nova, daemon, disks, tmp_path):
    """A volume is swapped, and the anchor detached, while the instance is paused."""
    nova.specs = {"cmdqv:ports": "on"}
    vif = port(VF_A)
    instance = disks(GPU_A, ports=[vif])
    nova.compute.driver.pause(instance)
    with same(daemon):
        nova.swap_volume(instance, volume(tmp_path / "old"), volume(tmp_path / "new"))
    if daemon.stock:
        nova.detach(instance, vif)
    else:
        with daemon.nothing_changes():
            assert nova.compute.refusal(nova.detach, instance, vif).get_error_message().endswith(KEPT)
        nova.compute.driver.unpause(instance)
        assert nova.state(instance) == libvirt.VIR_DOMAIN_RUNNING


def test_rescued_without_its_port(nova, daemon, disks):
    """A port is detached while the instance is rescued: Nova takes back the definition from before, and defines it anew at a reboot."""
    vif = port(VF_A)
    instance = disks(GPU_A, OTHER_A, ports=[vif])
    gpus = {host: address for host, address in guest_addresses(daemon).items() if host != VF_A}
    nova.compute.driver.rescue(nova.compute.context, instance, instance.get_network_info(), instance.image_meta, None, None,
                               objects.ShareMappingList())
    nova.detach(instance, vif)
    instance.info_cache.network_info = model.NetworkInfo([])
    nova.compute.driver.unrescue(nova.compute.context, instance)
    assert passed_through(daemon.get(NAME)) == (3, 3)
    nova.hard_reboot(instance)
    if daemon.stock:
        assert passed_through(daemon.get(NAME)) == (2, 2)
    else:
        assert guest_addresses(daemon) == gpus and machine()[0] == [["vfio-pci"], ["vfio-pci"]]


def with_devices(nova, monkeypatch, *devices):
    """Other devices in Nova's definition."""
    xml_of = nova.xml
    monkeypatch.setattr(nova, "xml", lambda instance: xml_of(instance).replace("</devices>", f"{''.join(devices)}</devices>"))


CONFIG_DRIVE = ("<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='{}'/><target dev='sda' bus='scsi'/><readonly/>"
                "</disk><controller type='scsi' index='0' model='virtio-scsi'/>")
MDEV = f"<hostdev mode='subsystem' type='mdev' managed='no' model='vfio-pci'><source><address uuid='{UUID}'/></source></hostdev>"
NICS = "".join(f"<interface type='ethernet'><mac address='52:54:00:01:00:{n:02x}'/><model type='virtio'/></interface>" for n in range(20))


def test_config_drive(nova, daemon, disks, monkeypatch, tmp_path):
    """A configuration drive, and a volume: the GPUs stay, and on stock libvirt they move."""
    (tmp_path / "disk.config").write_bytes(bytes(1 << 20))
    with_devices(nova, monkeypatch, CONFIG_DRIVE.format(tmp_path / "disk.config"))
    instance = disks(GPU_A, OTHER_A)
    gpus = guest_addresses(daemon)
    nova.attach_volume(instance, volume(tmp_path / "volume"))
    nova.hard_reboot(instance)
    assert (guest_addresses(daemon) == gpus) != daemon.stock


@pytest.mark.parametrize("others", [MDEV, NICS], ids=["mediated device", "twenty interfaces"])
def test_beside_other_devices(nova, daemon, settings, monkeypatch, others):
    """A mediated device (vGPU), or many interfaces, beside the GPUs: only the GPUs are behind a vSMMU."""
    settings(ON)
    plain = daemon.define(nova.xml(nova.instance([GPU_A, OTHER_A])))
    gpus = guest_addresses(daemon)
    plain.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_NVRAM)
    with_devices(nova, monkeypatch, others)
    xml = daemon.define(nova.xml(nova.instance([GPU_A, OTHER_A]))).XMLDesc(2)
    if daemon.stock:
        assert "<iommu" not in xml
    else:
        assert guest_addresses(daemon) == gpus and xml.count("iommufd='yes'") == 2


VIOMMU = {"smmuv3": "libvirt places behind it are not known: ...; libvirt's reason: unsupported configuration: The 'ioapic' feature is not supported...",
          "virtio": "<iommu> in line ...: QEMU does not start with this SMMU and the <iommu model='virtio'> in line ...; remove one of them..."}


@pytest.mark.parametrize("kind", VIOMMU)
def test_viommu(nova, daemon, settings, kind):
    """The flavor asks Nova for an IOMMU, too: libvirt itself refuses that for arm64, and the module says why."""
    settings(ON)
    nova.specs = {"hw:viommu_model": kind}
    message = nova.compute.refusal(daemon.define, nova.xml(nova.instance([GPU_A]))).get_error_message()
    if daemon.stock:
        assert "The 'ioapic' feature is not supported" in message
    else:
        assert words.occurs(VIOMMU[kind], message) and message.endswith(NAMES)


@pytest.mark.parametrize("mode, ports, outcome", [
    (" on ", None, True), (None, "on", False), ("ON", None, None), ("", None, None), ("on", "maybe", None)])
def test_values(nova, daemon, settings, mode, ports, outcome):
    """Values of the extra specs: whether there is a vSMMU, or the definition is refused (None)."""
    settings(ON)
    nova.specs = {name: value for name, value in (("cmdqv:mode", mode), ("cmdqv:ports", ports)) if value is not None}
    xml = nova.xml(nova.instance([GPU_A], mode=None))
    if daemon.stock:
        assert "pciBus" not in daemon.define(xml).XMLDesc(2)
    elif outcome is None:
        assert "and not 'on' or 'off'" in nova.compute.refusal(daemon.define, xml).get_error_message()
    else:
        assert ("pciBus" in daemon.define(xml).XMLDesc(2)) == outcome
