"""Nova suspends an instance: it detaches PCI devices and ports, and saves the rest.

Its `_detach_pci_devices` asks for the running domain only, so that QEMU's
blocker leaves no split state there; it detaches ports by `detach_interface`.
"""
import pytest
from nova.network import model

import words
from conftest import CONFIG, LIVE, NAME, port
from domains import GPU_A, GPU_C, VF_A, hostdev, interface, smmu
from e2e.conftest import argv, assert_blocked, assert_unsupported
from novaverbs import kept, passed_through, refused_or_split


def assert_still_runs(daemon):
    dom = daemon.get(NAME)
    assert dom.isActive() and not dom.hasManagedSaveImage(0)


@pytest.mark.parametrize("way", ["_detach_pci_devices", "suspend"])
def test_anchor_stays(compute, daemon, way):
    """Nova suspends an instance whose first device is the anchor."""
    instance = compute.boot(smmu(), hostdev(GPU_A, 2), hostdev(GPU_C, 3), devices=[GPU_A, GPU_C])
    before = argv(NAME)

    def call():
        if way == "suspend":
            compute.suspend(instance)
        else:
            compute.driver._detach_pci_devices(compute.driver._host.get_guest(instance), instance.get_pci_devices())

    seen = daemon.state()
    error, seconds, changed = compute.refusal(call), compute.seconds, daemon.state() != seen
    assert compute.asked == [LIVE]
    assert_still_runs(daemon)
    compute.hard_reboot(instance)
    assert passed_through(daemon.get(NAME)) == (2, 2) and argv(NAME) == before
    if daemon.stock:
        assert_blocked(error)
    else:
        assert_unsupported(error, kept(words.anchor("hostdev0", GPU_A, name=NAME)))
        assert not changed and seconds < 2


@pytest.mark.parametrize("ports", [[], [port(VF_A)]], ids=["devices", "a port too"])
def test_anchor_is_not_the_first(compute, daemon, ports):
    """Nova would detach another device before the anchor, and never attach it again: it keeps all of them."""
    first = (interface(VF_A, 3),) if ports else (hostdev(GPU_A, 3),)
    instance = compute.boot(smmu(), *first, hostdev(GPU_C, 2), devices=[GPU_C] if ports else [GPU_C, GPU_A], ports=ports)
    before = daemon.state()
    error = compute.refusal(compute.suspend, instance)
    changed = daemon.state() != before
    assert_still_runs(daemon)
    if daemon.stock:
        assert changed and passed_through(daemon.get(NAME))[0] == 1
    else:
        stays = ("hostdev0", VF_A if ports else GPU_A)
        assert_unsupported(error, kept(words.one_of_all("hostdev1", GPU_C, *stays, name=NAME)))
        assert not changed and compute.asked == [LIVE]
        # Nova detaches a device for good from the definition first, and may detach this one
        compute.detach(instance, port(GPU_C, kind=model.VNIC_TYPE_DIRECT_PHYSICAL))
        assert passed_through(daemon.get(NAME))[0] == 1


def test_anchor_that_is_a_port_stays(compute, daemon):
    """Nova suspends an instance whose anchor is a port."""
    instance = compute.boot(smmu(), interface(VF_A, 3), hostdev(GPU_A, 2), ports=[port(VF_A)])
    refused_or_split(compute, daemon, VF_A, compute.suspend, instance)
    assert compute.asked[0] == CONFIG
    assert_still_runs(daemon)


def test_anchor_without_cmdqv_is_detached(compute, daemon):
    """No CMDQV, no anchor: suspend detaches all of them, and libvirt saves the rest."""
    instance = compute.boot(smmu(cmdqv="off"), hostdev(GPU_A, 2), hostdev(GPU_C, 3), devices=[GPU_A, GPU_C])
    compute.driver._detach_pci_devices(compute.driver._host.get_guest(instance), instance.get_pci_devices())
    assert compute.asked == [LIVE, LIVE]
    assert passed_through(daemon.get(NAME)) == (0, 2)
