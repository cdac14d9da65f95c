"""The host is shut down and boots with an instance on it: libvirt's own script for guests, the daemon's autostart, and Nova after both.

tests/nova/test_life.py has Nova's resume_state_on_host_boot of an instance that does not run.
"""
import subprocess
from pathlib import Path

import pytest
from nova import objects

from conftest import NAME
from domains import GPU_A, GPU_B, domain
from novaverbs import ON, guest_addresses, machine, passed_through

SCRIPT = "/usr/lib/libvirt/libvirt-guests.sh"
CONFIGURED = Path("/etc/default/libvirt-guests")
LIST = Path("/var/lib/libvirt/libvirt-guests")


@pytest.fixture
def guests():
    """The script of libvirt-guests.service, as systemd runs it at a shutdown and at a boot."""
    before = CONFIGURED.read_text()
    CONFIGURED.write_text("URIS=qemu:///system\nON_BOOT=start\nON_SHUTDOWN=suspend\n")
    Path("/var/lock").mkdir(exist_ok=True)
    yield lambda verb: subprocess.run([SCRIPT, verb], capture_output=True, text=True, timeout=60, check=False)
    CONFIGURED.write_text(before)
    LIST.unlink(missing_ok=True)


def test_suspended_at_shutdown(nova, daemon, settings, guests):
    """libvirt-guests saves each guest: QEMU refuses that for an instance with an anchor, which runs on until the host ends it; another
    guest is saved all the same. At the boot both are started, the instance with the same machine. Without a vSMMU both are saved."""
    settings(ON)
    nova.boot(GPU_A, GPU_B)
    plain, instance = daemon.run(domain("plain")), daemon.get(NAME)
    before = machine(), guest_addresses(daemon)
    stopped = guests("stop")
    assert plain.hasManagedSaveImage(0) and not plain.isActive()
    running = bool(instance.isActive()), passed_through(instance)
    if running[0]:
        instance.destroy()
    started = guests("start")
    assert started.returncode == 0 and plain.isActive() and instance.isActive() and passed_through(instance) == (2, 2), started
    if daemon.stock:
        assert stopped.returncode == 0 and not running[0]
    else:
        assert stopped.returncode == 1 and running == (True, (2, 2)), stopped
        assert "Migration not supported with SMMUv3 accelerator mode enabled" in stopped.stderr and (machine(), guest_addresses(daemon)) == before


def test_autostart(nova, daemon, settings):
    """An operator has set autostart: the daemon starts the instance at the boot of the host, before Nova, with the same machine."""
    settings(ON)
    instance = nova.boot(GPU_A, GPU_B)
    before = machine(), guest_addresses(daemon)
    daemon.get(NAME).setAutostart(1)
    daemon.get(NAME).destroy()
    daemon.boot()
    assert daemon.get(NAME).isActive() and (machine(), guest_addresses(daemon)) == before
    nova.compute.driver._get_guest_xml = lambda *_, **__: nova.xml(instance)
    nova.compute.driver.resume_state_on_host_boot(nova.compute.context, instance, instance.get_network_info(), objects.ShareMappingList())
    assert daemon.get(NAME).isActive() and (machine(), guest_addresses(daemon)) == before
