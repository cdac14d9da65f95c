"""An instance with CMDQV, day after day: the steps of a tenant and an operator, each by Nova's own code.

Both halves of the domain, the machine that QEMU runs and the addresses that the guest knows are as after the boot, with the module
as without it.
"""
import contextlib

import libvirt
import pytest
from nova import objects
from nova.network import model
from nova.virt.libvirt import config as vconfig

from conftest import NAME, port
from domains import GPU_A, GPU_B, VF_A
from e2e.conftest import argv
from novaverbs import ON, machine, passed_through, places

BEHIND = [["vfio-pci", "vfio-pci"]]


@pytest.fixture
def booted(nova, daemon, settings, monkeypatch):
    """An instance with two GPUs, whose flavor asks for CMDQV; QEMU's arguments and the addresses must stay."""
    monkeypatch.setattr(objects.Instance, "save", lambda *_, **__: None)        # there is no database
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
