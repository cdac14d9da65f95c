"""Neutron deletes a port of an instance: Nova detaches it, whatever another thread of Nova's does with the instance at that moment."""
import types

import libvirt
import pytest
from nova.compute import manager
from nova.network import model, neutron
from nova.virt.libvirt import guest as libvirt_guest

from conftest import NAME, port
from domains import GPU_A, VF_A
from novaverbs import KEPT, ON, all_addresses, guest_addresses, machine, passed_through


@pytest.fixture
def deleted(nova, monkeypatch):
    """The event of Neutron, by a thread with its own copy of the instance; its error, if it has one."""
    monkeypatch.setattr(neutron, "update_instance_cache_with_nw_info", lambda *_, **__: None)
    compute = types.SimpleNamespace(driver=nova.compute.driver, network_api=None)

    def event(instance, vif):
        try:
            manager.ComputeManager._process_instance_vif_deleted_event(compute, nova.compute.context, instance.obj_clone(), vif["id"])
        except libvirt.libvirtError as error:
            return error.get_error_message()
        return None

    return event


def before(event, call):
    return lambda *args, **more: (event(), call(*args, **more))[1]


def after(event, call):
    return lambda *args, **more: (call(*args, **more), event())[0]


# The moment, in a hard reboot; the number of devices then, and whether the event is refused because the port is an anchor.
MOMENTS = {
    "before it is destroyed": (lambda nova: (nova.compute.driver, "_destroy", before), 2, True),
    "while it has no definition": (lambda nova: (nova, "xml", before), 2, False),
    "before it is started": (lambda _: (libvirt_guest.Guest, "launch", before), 1, False),
    "after it is started": (lambda _: (libvirt_guest.Guest, "launch", after), 2, True),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_deleted_in_a_hard_reboot(nova, daemon, settings, monkeypatch, deleted, moment):
    """The instance runs with its GPU at the same address, and both halves agree; the next hard reboot is without the port."""
    settings(ON)
    nova.specs = {"cmdqv:ports": "on"}
    vif, errors = port(VF_A), []
    instance = nova.boot(GPU_A, ports=[vif])
    gpu, (where, count, refused) = guest_addresses(daemon)[GPU_A], MOMENTS[moment]
    owner, name, order = where(nova)
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, order(lambda: errors.append(deleted(instance, vif)), getattr(owner, name)))
        nova.hard_reboot(instance)
    running = passed_through(daemon.get(NAME)), bool(all_addresses(daemon)), guest_addresses(daemon)[GPU_A]
    instance.info_cache.network_info = model.NetworkInfo([])
    nova.hard_reboot(instance)
    assert passed_through(daemon.get(NAME)) == (1, 1)
    if daemon.stock:
        assert errors == [None]
    else:
        assert running == ((count, count), True, gpu) and machine()[0] == [["vfio-pci"]]
        assert guest_addresses(daemon) == {GPU_A: gpu}
        assert errors[0].endswith(KEPT) if refused else errors == [None]
