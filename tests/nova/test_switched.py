"""nova_layout is switched on or off under an instance: until Nova defines it anew for a start, its machine and definition stay.

tests/nova/test_nova_layout.py has the same for a definition that Nova writes again while the instance runs.
"""
import pytest
from nova import objects

from conftest import NAME, port
from domains import GPU_A, VF_A
from novaverbs import KEPT, ON, guest_addresses, machine, passed_through

OFF = ""


def resume(nova, instance):
    nova.compute.driver.resume(nova.compute.context, instance, instance.get_network_info(), None, objects.ShareMappingList())


def test_resumed(nova, daemon, settings):
    """Switched on while an instance is suspended, which Nova defines again before it resumes it: the definition is not arranged anew
    for a guest that has the old machine. A hard reboot gives it the vSMMU."""
    settings(OFF)
    instance = nova.boot(GPU_A)
    before = guest_addresses(daemon)
    nova.compute.driver.suspend(nova.compute.context, instance)
    settings(ON)
    resume(nova, instance)
    assert passed_through(daemon.get(NAME)) == (1, 1) and guest_addresses(daemon) == before and machine()[0] == []
    nova.hard_reboot(instance)
    assert machine()[0] == ([] if daemon.stock else [["vfio-pci"]])


def test_suspended_with_an_anchor(nova, daemon, settings):
    """Switched off under a running instance: it has its anchor, which stays, until the next hard reboot."""
    settings(ON)
    instance = nova.boot(GPU_A)
    settings(OFF)
    if daemon.stock:
        nova.compute.driver.suspend(nova.compute.context, instance)
    else:
        with daemon.nothing_changes():
            error = nova.compute.refusal(nova.compute.driver.suspend, nova.compute.context, instance)
        assert error.get_error_message().endswith(KEPT)


def test_rebooted_without(nova, daemon, settings):
    """Switched off, and rebooted hard: the instance lives as any other."""
    settings(ON)
    instance = nova.boot(GPU_A)
    settings(OFF)
    nova.hard_reboot(instance)
    nova.compute.driver.suspend(nova.compute.context, instance)
    resume(nova, instance)
    assert machine()[0] == [] and passed_through(daemon.get(NAME)) == (1, 1)


@pytest.mark.parametrize("mode", [ON, OFF], ids=["on", "off"])
def test_last_port(nova, daemon, settings, mode):
    """The last port of a stopped instance is detached with its vSMMU, also if the layout has been switched off meanwhile."""
    settings(ON)
    nova.specs = {"cmdqv:ports": "on"}
    vif = port(VF_A)
    instance = nova.boot(ports=[vif])
    nova.compute.driver.power_off(instance)
    settings(mode)
    nova.detach(instance, vif)
    xml = daemon.get(NAME).XMLDesc(2)
    assert passed_through(daemon.get(NAME)) == (0, 0) and "<iommu" not in xml and "pcie-expander-bus" not in xml
