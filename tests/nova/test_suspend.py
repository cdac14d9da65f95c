"""Nova suspends an instance: it detaches PCI devices and ports, and saves the rest.

Its `_detach_pci_devices` asks for the running domain only, so that QEMU's
blocker leaves no split state there; ports go the way of `detach_interface`.
"""
import pytest

import words
from conftest import CONFIG, LIVE, NAME, port
from domains import GPU_A, GPU_C, VF_A, hostdev, interface, smmu
from e2e.conftest import argv, assert_blocked, assert_unsupported
from test_detach import passed_through, refused_or_split


def assert_still_runs(daemon):
    dom = daemon.get(NAME)
    assert dom.isActive() and not dom.hasManagedSaveImage(0)


@pytest.mark.parametrize("way", ["_detach_pci_devices", "suspend"])
def test_anchor_stays(compute, daemon, way):
    instance = compute.boot(smmu(), hostdev(GPU_A, 2), hostdev(GPU_C, 3), devices=[GPU_A, GPU_C])
    before = argv(NAME)

    def call():
        if way == "suspend":
            compute.suspend(instance)
        else:
            compute.driver._detach_pci_devices(compute.driver._host.get_guest(instance), instance.get_pci_devices())

    if daemon.stock:
        assert_blocked(compute.refusal(call))
    else:
        with daemon.nothing_changes():
            assert_unsupported(compute.refusal(call), words.anchor("hostdev0", GPU_A, name=NAME))
        assert compute.seconds < 2
    assert compute.asked == [LIVE]
    assert_still_runs(daemon)
    compute.hard_reboot(instance)
    assert passed_through(daemon.get(NAME)) == (2, 2) and argv(NAME) == before


def test_other_device_goes_first(compute, daemon):
    """Nova goes through them in its own order and puts nothing back: that is so with and without the module."""
    instance = compute.boot(smmu(), hostdev(GPU_A, 2), hostdev(GPU_C, 3), devices=[GPU_C, GPU_A])
    error = compute.refusal(compute.suspend, instance)
    if daemon.stock:
        assert_blocked(error)
    else:
        assert_unsupported(error, words.anchor("hostdev0", GPU_A, name=NAME))
    assert compute.asked == [LIVE, LIVE]
    assert passed_through(daemon.get(NAME)) == (1, 2)
    assert_still_runs(daemon)
    compute.hard_reboot(instance)
    assert passed_through(daemon.get(NAME)) == (2, 2)


def test_anchor_that_is_a_port_stays(compute, daemon):
    instance = compute.boot(smmu(), interface(VF_A, 3), hostdev(GPU_A, 2), ports=[port(VF_A)])
    refused_or_split(compute, daemon, VF_A, compute.suspend, instance)
    assert compute.asked[0] == CONFIG
    assert_still_runs(daemon)


def test_anchor_without_cmdqv_goes(compute, daemon):
    """No CMDQV, no anchor: suspend detaches all of them, and libvirt saves what is left."""
    instance = compute.boot(smmu(cmdqv="off"), hostdev(GPU_A, 2), hostdev(GPU_C, 3), devices=[GPU_A, GPU_C])
    compute.driver._detach_pci_devices(compute.driver._host.get_guest(instance), instance.get_pci_devices())
    assert compute.asked == [LIVE, LIVE]
    assert passed_through(daemon.get(NAME)) == (0, 2)
