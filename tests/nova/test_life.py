"""An instance with CMDQV, day after day: the steps of a tenant and an operator, each by Nova's own code.

Both halves of the domain, the machine that QEMU runs and the addresses that the guest knows are as after the boot, with the module
as without it.
"""
import contextlib
import types

import libvirt
import pytest
from nova import objects
from nova.network import model
from nova.virt.libvirt import blockinfo
from nova.virt.libvirt import config as vconfig

from conftest import NAME, conf, port, volume
from domains import GPU_A, GPU_B, OTHER_A, VF_A
from e2e.conftest import argv
from novaverbs import ON, machine, passed_through, places

BEHIND = [["vfio-pci", "vfio-pci"]]


@pytest.fixture
def booted(nova, daemon, settings):
    """An instance with two GPUs, whose flavor asks for CMDQV; QEMU's arguments and the addresses must stay."""
    settings(ON)
    instance = nova.boot(GPU_A, GPU_B)
    assert machine()[0] == ([] if daemon.stock else BEHIND)
    with same(daemon):
        yield instance


@contextlib.contextmanager
def same(daemon):
    before, addresses = argv(NAME), places(daemon.get(NAME))
    yield
    assert argv(NAME) == before and places(daemon.get(NAME)) == addresses and daemon.get(NAME).isPersistent()


def test_pause(nova, booted):
    """Paused and resumed."""
    nova.compute.driver.pause(booted)
    assert nova.compute.driver.get_info(booted).state == libvirt.VIR_DOMAIN_PAUSED
    nova.compute.driver.unpause(booted)
    assert nova.compute.driver.get_info(booted).state == libvirt.VIR_DOMAIN_RUNNING


def test_off_and_on(nova, booted):
    """Powered off, and on again, which is a hard reboot."""
    nova.compute.driver.power_off(booted)
    assert nova.compute.driver.get_info(booted).state != libvirt.VIR_DOMAIN_RUNNING
    nova.hard_reboot(booted)


def test_host_boot(nova, daemon, booted):
    """The host was off: Nova starts the instance that ran."""
    daemon.get(NAME).destroy()
    nova.compute.driver._get_guest_xml = lambda *_, **__: nova.xml(booted)
    nova.compute.driver.resume_state_on_host_boot(nova.compute.context, booted, booted.get_network_info(), objects.ShareMappingList())


@pytest.mark.parametrize("running", [True, False], ids=["running", "off"])
@pytest.mark.parametrize("kind", [model.VNIC_TYPE_DIRECT, model.VNIC_TYPE_DIRECT_PHYSICAL])
def test_port(nova, daemon, booted, running, kind):
    """A port is attached and detached, and attached over a hard reboot: the GPUs keep their addresses."""
    driver, vif = nova.compute.driver, port(VF_A, kind=kind)
    if not running:
        driver.power_off(booted)
    driver.attach_interface(nova.compute.context, booted, booted.image_meta, vif)
    assert passed_through(daemon.get(NAME)) == (3, 3)
    driver.detach_interface(nova.compute.context, booted, vif)
    assert passed_through(daemon.get(NAME)) == (2, 2)
    nova.hard_reboot(booted)


@pytest.mark.parametrize("count", [0, 8], ids=["default", "num_pcie_ports"])
@pytest.mark.parametrize("what", ["volume", "direct", "direct-physical"])
def test_stays_attached(nova, daemon, settings, tmp_path, monkeypatch, what, count):
    """A volume or port is attached to a running instance, which is then rebooted hard with it: the GPUs keep their addresses."""
    settings(ON)
    monkeypatch.setattr(nova.compute.driver, "_guest_needs_pcie", lambda *_: count > 0)
    conf.CONF.set_override("num_pcie_ports", count, group="libvirt")
    try:
        instance = nova.boot(GPU_A, OTHER_A)
        before, gpus = machine()[0], places(daemon.get(NAME))
        if what == "volume":
            nova.attach_volume(instance, volume(tmp_path / "volume"))
        else:
            vif = port(VF_A, kind=what)
            nova.attach(instance, vif)
            instance.info_cache.network_info = model.NetworkInfo([vif])
            assert passed_through(daemon.get(NAME)) == (3, 3)
        assert machine()[0] == before
        nova.hard_reboot(instance)
    finally:
        conf.CONF.clear_override("num_pcie_ports", group="libvirt")
    if daemon.stock:
        assert machine()[0] == []
    else:
        assert set(gpus) <= set(places(daemon.get(NAME)))
        # a port of this kind is a device as those of the flavor, for Nova's definition
        assert machine()[0] == ([["vfio-pci", "vfio-pci"], ["vfio-pci"]] if what == "direct-physical" else before)


def test_volume_over_a_reboot(nova, booted, tmp_path):
    """A volume is attached, the instance is rebooted hard without it, as Nova writes its definition anew."""
    disk = vconfig.LibvirtConfigGuestDisk()
    (tmp_path / "volume").write_bytes(bytes(1 << 20))
    disk.source_type, disk.source_path, disk.driver_format = "file", str(tmp_path / "volume"), "raw"
    disk.target_dev, disk.target_bus = "vdb", "virtio"
    nova.compute.driver._host.get_guest(booted).attach_device(disk, persistent=True, live=True)
    nova.hard_reboot(booted)


def test_deleted(nova, daemon, settings):
    """An instance is deleted: nothing of it stays."""
    settings(ON)
    instance = nova.boot(GPU_A, GPU_B)
    nova.compute.driver._destroy(instance)
    nova.compute.driver._undefine_domain(instance)
    assert daemon.names() == []


# -- steps that make images or copy disks; here there are none, and the rest of each step is Nova's


@pytest.fixture
def diskless(nova, booted, monkeypatch):
    """Nova makes no images, disks and configuration drives for the instance."""
    driver = nova.compute.driver
    for name in ("_create_configdrive", "_ensure_console_log_for_instance", "_cleanup", "_finish_migration_vtpm",
                 "_finish_revert_migration_vtpm", "_register_undefined_instance_details"):
        monkeypatch.setattr(driver, name, lambda *_, **__: None)
    monkeypatch.setattr(driver, "_create_image", lambda *_, **__: (False, []))
    monkeypatch.setattr(driver.image_backend, "by_name", lambda *_, **__: types.SimpleNamespace(exists=lambda: False))
    monkeypatch.setattr(blockinfo, "get_disk_info", lambda *_, **__: {"disk_bus": "virtio", "cdrom_bus": "scsi", "mapping": {}})
    monkeypatch.setattr(driver, "_get_guest_xml", lambda *_, **__: nova.xml(booted))
    return driver


def test_soft_reboot(nova, diskless, booted):
    """The guest does not answer, so Nova reboots it hard."""
    conf.CONF.set_override("wait_soft_reboot_seconds", 1, group="libvirt")
    try:
        diskless.reboot(nova.compute.context, booted, booted.get_network_info(), "SOFT", share_info=objects.ShareMappingList())
    finally:
        conf.CONF.clear_override("wait_soft_reboot_seconds", group="libvirt")


def test_rescue(nova, daemon, diskless, booted):
    """Rescued and back: the definition is then that of the running domain before the rescue."""
    diskless.rescue(nova.compute.context, booted, booted.get_network_info(), booted.image_meta, None, None, objects.ShareMappingList())
    assert passed_through(daemon.get(NAME)) == (2, 2)
    diskless.unrescue(nova.compute.context, booted)
    assert passed_through(daemon.get(NAME)) == (2, 2)


@pytest.mark.parametrize("undefined", [False, True], ids=["rebuild", "shelve or evacuate"])
def test_made_anew(nova, diskless, booted, undefined):
    """The domain is destroyed, by a shelve also undefined, and Nova spawns the instance again."""
    diskless._destroy(booted)
    if undefined:
        diskless._undefine_domain(booted)
    diskless.spawn(nova.compute.context, booted, booted.image_meta, [], None, {}, booted.get_network_info())


def test_resize_and_revert(nova, daemon, diskless, booted):
    """Resized to a flavor with more memory, and reverted: then all is as before."""
    memory = booted.flavor.memory_mb
    diskless.power_off(booted)
    booted.flavor.memory_mb = 2 * memory
    migration = objects.Migration(source_compute="lab", dest_compute="lab")
    diskless.finish_migration(nova.compute.context, migration, booted, "[]", booted.get_network_info(), booted.image_meta, True, {})
    assert passed_through(daemon.get(NAME)) == (2, 2)
    diskless._destroy(booted)
    diskless._undefine_domain(booted)
    booted.flavor.memory_mb = memory
    diskless.finish_revert_migration(nova.compute.context, booted, booted.get_network_info(), migration)


def test_swap_volume(nova, daemon, booted, tmp_path):
    """A volume is swapped for another one: Nova undefines the domain meanwhile, and defines it again from the running one."""
    old, new = volume(tmp_path / "old"), volume(tmp_path / "new")
    nova.attach_volume(booted, old)
    nova.compute.driver.swap_volume(nova.compute.context, old, new, booted, "/dev/vdb", 0)
    assert str(tmp_path / "new") in daemon.get(NAME).XMLDesc(0) and str(tmp_path / "new") in daemon.get(NAME).XMLDesc(2)
    nova.detach_volume(booted, new)
