"""An instance with CMDQV, day after day: the steps of a tenant and an operator, each by Nova's own code.

Both halves of the domain, the machine that QEMU runs and the addresses that the guest knows are as after the boot, with the module
as without it.
"""
import functools

import pytest
from nova.network import model
from nova.virt.libvirt import config as vconfig

from conftest import NAME, conf, port, volume
from domains import GPU_A, GPU_B, OTHER_A, VF_A
from e2e.conftest import RECORDS, argv
from novaverbs import ON, Nova, guest_addresses, machine, passed_through, same

BEHIND = [["vfio-pci", "vfio-pci"]]


@pytest.fixture
def booted(nova, daemon, settings):
    """An instance with two GPUs, whose flavor asks for CMDQV; QEMU's arguments and the addresses must stay."""
    settings(ON)
    instance = nova.boot(GPU_A, GPU_B)
    assert machine()[0] == ([] if daemon.stock else BEHIND)
    with same(daemon):
        yield instance


@pytest.mark.parametrize("changed", [False, True], ids=["same settings", "switched on"])
def test_obeyed_soft_reboot(nova, daemon, settings, changed):
    """The guest shuts down, and Nova starts it from its definition: the machine is the same, also if the layout was switched on meanwhile."""
    settings("" if changed else ON)
    (RECORDS / "conf").write_text("powerdown=obeyed\n")
    instance = nova.boot(GPU_A, GPU_B)
    settings(ON)
    first, running = daemon.get(NAME).ID(), argv(NAME)
    with same(daemon):
        assert nova.compute.driver._soft_reboot(instance)
    assert daemon.get(NAME).ID() > first and machine()[0] == ([] if daemon.stock or changed else BEHIND) and argv(NAME) == running


STEPS = {
    "pause": Nova.pause_and_resume,
    "power off": Nova.power_off_and_on,
    "host boot": Nova.boot_the_host,
    "soft reboot": Nova.reboot_softly,
    "rescue": Nova.rescue_and_back,
    "rebuild": Nova.rebuild,
    "shelve or evacuate": functools.partial(Nova.rebuild, undefined=True),
    "resize and revert": Nova.resize_and_revert,
}


@pytest.mark.parametrize("step", STEPS)
def test_step(nova, booted, monkeypatch, step):
    """A step of a tenant or an operator, after which all is as before."""
    nova.without_disks(booted, monkeypatch)
    STEPS[step](nova, booted)


# Devices, num_pcie_ports, and the devices behind each vSMMU.
KINDS = {
    "two SMMUs, 8 ports": ([GPU_A, OTHER_A], 8, [["vfio-pci"], ["vfio-pci"]]),
    "a GPU and a function, 28 ports": ([VF_A, GPU_A], 28, [["vfio-pci", "vfio-pci"]]),
    "a function, 0 ports": ([VF_A], 0, [["vfio-pci"]]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_steps_of_a_kind(nova, daemon, settings, monkeypatch, tmp_path, kind):
    """Other kinds of instances, with as many ports as Nova's option num_pcie_ports says: all steps, one after the other."""
    settings(ON)
    devices, count, behind = KINDS[kind]
    monkeypatch.setattr(nova.compute.driver, "_guest_needs_pcie", lambda *_: count > 0)     # as on a host that is arm64 itself
    conf.CONF.set_override("num_pcie_ports", count, group="libvirt")
    try:
        instance = nova.boot(*devices)
        nova.without_disks(instance, monkeypatch)
        for step in STEPS.values():
            with same(daemon):
                step(nova, instance)
        with same(daemon):
            nova.swap_volume(instance, volume(tmp_path / "old"), volume(tmp_path / "new"))
    finally:
        conf.CONF.clear_override("num_pcie_ports", group="libvirt")
    assert machine()[0] == ([] if daemon.stock else behind)


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
        before, gpus = machine()[0], guest_addresses(daemon)
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
        assert gpus.items() <= guest_addresses(daemon).items()
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


def test_swap_volume(nova, booted, tmp_path):
    """A volume is attached, swapped for another one, and that is detached."""
    nova.swap_volume(booted, volume(tmp_path / "old"), volume(tmp_path / "new"))
