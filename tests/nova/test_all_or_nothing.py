"""Steps of Nova that detach all devices of an instance: with an anchor they are refused before the first device has left.

Each kind of instance that the module lays out is suspended. A stopped one has no such step.
"""
import pytest
from nova.compute import power_state

from conftest import NAME, port
from domains import GPU_A, GPU_B, OTHER_A, VF_A
from e2e.conftest import argv
from novaverbs import KEPT, ON, guest_addresses, passed_through

# Devices of the flavor, and ports.
INSTANCES = {
    "a GPU": ([GPU_A], []),
    "two GPUs behind two SMMUs": ([GPU_A, OTHER_A], []),
    "a GPU and a function": ([VF_A, GPU_A], []),
    "a GPU and a port": ([GPU_A], [port(VF_A)]),
    "two GPUs and a port": ([GPU_A, GPU_B], [port(VF_A)]),
    "a function": ([VF_A], []),
}


def suspend(compute, instance):
    compute.driver.suspend(compute.context, instance)


def cold_snapshot(compute, instance):
    compute.driver._suspend_guest_for_snapshot(compute.context, False, power_state.RUNNING, instance)


# A cold snapshot suspends the instance first.
@pytest.mark.parametrize("kind, step", [*((kind, suspend) for kind in INSTANCES), ("a GPU and a port", cold_snapshot)])
def test_running(nova, daemon, settings, kind, step):
    """Nova takes the step: nothing changes, and the words are for a tenant; without the module all devices leave."""
    settings(ON)
    devices, ports = INSTANCES[kind]
    instance = nova.boot(*devices, ports=ports)
    count = len(devices) + len(ports)
    if daemon.stock:
        step(nova.compute, instance)
        assert daemon.get(NAME).hasManagedSaveImage(0)
    else:
        before, addresses = argv(NAME), guest_addresses(daemon)
        with daemon.nothing_changes():
            error = nova.compute.refusal(step, nova.compute, instance)
        assert error.get_error_message().endswith(KEPT) and daemon.get(NAME).isActive()
        assert passed_through(daemon.get(NAME)) == (count, count) and guest_addresses(daemon) == addresses
        nova.hard_reboot(instance)
        assert argv(NAME) == before


@pytest.mark.parametrize("kind", ["two GPUs behind two SMMUs", "a GPU and a port"])
def test_stopped(nova, daemon, settings, kind):
    """The instance is stopped: a cold snapshot needs no step of this kind, and it starts as it was."""
    settings(ON)
    devices, ports = INSTANCES[kind]
    instance = nova.boot(*devices, ports=ports)
    before = argv(NAME)
    nova.compute.driver.power_off(instance)
    nova.compute.driver._suspend_guest_for_snapshot(nova.compute.context, False, power_state.SHUTDOWN, instance)
    nova.hard_reboot(instance)
    assert argv(NAME) == before
