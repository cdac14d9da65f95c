"""An instance is deleted while another thread of Nova's is at work on it.

The deletion always succeeds, and the other call ends with an error of libvirt or Nova about an instance that is not there any more,
or, before that, with the module's refusal.
"""
import threading
import time

import libvirt
import pytest
from nova import exception

from conftest import NAME, conf, port, volume
from domains import GPU_A, VF_A, VF_B
from novaverbs import ON

OTHER_MAC = "52:54:00:00:09:02"

CALLS = {
    "detach the anchor": lambda nova, instance, _: nova.detach(instance, port(VF_A)),
    "attach and detach a port": lambda nova, instance, _: (nova.attach(instance, port(VF_B, mac=OTHER_MAC)),
                                                           nova.detach(instance, port(VF_B, mac=OTHER_MAC))),
    "attach and detach a volume": lambda nova, instance, disk: (nova.attach_volume(instance, disk), nova.detach_volume(instance, disk)),
    "suspend": lambda nova, instance, _: nova.compute.driver.suspend(nova.compute.context, instance),
}
# The last one: libvirt cannot write to the monitor of a QEMU that has ended.
GONE = {libvirt.VIR_ERR_NO_DOMAIN, libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_ERR_OPERATION_FAILED, libvirt.VIR_ERR_INTERNAL_ERROR,
        libvirt.VIR_ERR_DEVICE_MISSING, libvirt.VIR_ERR_SYSTEM_ERROR}


@pytest.fixture
def impatient():
    """Nova waits for the guest one second, not twenty."""
    for option in ("device_detach_attempts", "device_detach_timeout"):
        conf.CONF.set_override(option, 1, group="libvirt")
    yield
    for option in ("device_detach_attempts", "device_detach_timeout"):
        conf.CONF.clear_override(option, group="libvirt")


@pytest.mark.parametrize("call", CALLS)
def test_deleted_meanwhile(nova, daemon, settings, impatient, tmp_path, call):
    """The other thread makes its call again and again until the instance is deleted."""
    settings(ON)
    nova.specs = {"cmdqv:ports": "on"}
    instance, disk = nova.boot(GPU_A, ports=[port(VF_A)]), volume(tmp_path / "volume")
    errors, ended = [], threading.Event()

    def work():
        while not ended.is_set():
            try:
                CALLS[call](nova, instance, disk)
            except (libvirt.libvirtError, exception.NovaException) as error:
                errors.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    time.sleep(0.3)
    nova.compute.driver._destroy(instance)
    nova.compute.driver._undefine_domain(instance)
    ended.set()
    thread.join(30)
    assert not thread.is_alive() and daemon.alive() and daemon.names() == []
    codes = {error.get_error_code() for error in errors if isinstance(error, libvirt.libvirtError)}
    refused = [error for error in errors if "[keep-anchor]" in str(error)]
    if daemon.stock:
        assert codes <= GONE
    else:
        assert codes <= GONE | {libvirt.VIR_ERR_OPERATION_UNSUPPORTED}
        assert bool(refused) == (call in ("detach the anchor", "suspend"))
        assert all(f"domain '{NAME}'" in str(error) for error in refused)
