"""Nova takes a device out of a running instance: definition first, domain second.

On stock libvirt QEMU's blocker stops the second half only, so an anchor is not in
the definition any more and still in the domain.  With the module it is in both.
"""
import pytest
from nova.network import model

import words
from conftest import CONFIG, LIVE, NAME, port
from domains import ALL_GIVEN, GPU_A, GPU_C, VF_A, VF_B, hostdev, interface, smmu
from e2e.conftest import argv, assert_blocked, assert_unsupported
from novaverbs import NAMES, passed_through, refused_or_split, stays_in_definition

OTHER_MAC = "52:54:00:00:09:02"

# The anchor: its address, the port Nova has for it, and the devices of the domain.
ANCHORS = {
    "hostdev": (GPU_A, port(GPU_A, kind=model.VNIC_TYPE_DIRECT_PHYSICAL), [hostdev(GPU_A, 2), hostdev(GPU_C, 3)]),
    "interface": (VF_A, port(VF_A), [interface(VF_A, 3), hostdev(GPU_A, 2)]),
    "interface of two": (VF_A, port(VF_A), [interface(VF_A, 3), interface(VF_B, 2, mac=OTHER_MAC)]),
}
ANCHOR = pytest.mark.parametrize("anchor", ANCHORS)
WAY = pytest.mark.parametrize("way", ["detach", "detach_interface"])


@WAY
@ANCHOR
def test_anchor_stays(compute, daemon, anchor, way):
    """Nova detaches the anchor of a running instance."""
    host, vif, devices = ANCHORS[anchor]
    instance = compute.boot(smmu(), *devices, ports=[vif])
    refused_or_split(compute, daemon, host, getattr(compute, way), instance, vif)


def test_anchor_stays_when_asked_again(compute, daemon):
    """On stock libvirt the second attempt finds it in the running domain alone."""
    host, vif, devices = ANCHORS["hostdev"]
    instance = compute.boot(smmu(), *devices)
    for attempt in range(3):
        compute.asked.clear()
        error = compute.refusal(compute.detach, instance, vif)
        if daemon.stock:
            assert_blocked(error)
            assert compute.asked == [LIVE] if attempt else [CONFIG, LIVE]
        else:
            assert_unsupported(error, stays_in_definition(host))
            assert compute.asked == [CONFIG]
    assert passed_through(daemon.get(NAME)) == ((2, 1) if daemon.stock else (2, 2))


OTHERS = {
    "hostdev": (port(GPU_C, kind=model.VNIC_TYPE_DIRECT_PHYSICAL), [hostdev(GPU_A, 2), hostdev(GPU_C, 3)]),
    "hostdev beside an interface": (port(GPU_A, kind=model.VNIC_TYPE_DIRECT_PHYSICAL), [interface(VF_A, 3), hostdev(GPU_A, 2)]),
    "interface": (port(VF_B, mac=OTHER_MAC), [interface(VF_A, 3), interface(VF_B, 2, mac=OTHER_MAC)]),
}


@WAY
@pytest.mark.parametrize("other", OTHERS)
def test_other_device_is_detached(compute, daemon, other, way):
    """Nova detaches another device of a running instance."""
    vif, devices = OTHERS[other]
    instance = compute.boot(smmu(), *devices, ports=[vif])
    getattr(compute, way)(instance, vif)
    assert compute.asked == [CONFIG, LIVE]
    assert passed_through(daemon.get(NAME)) == (1, 1)


def test_other_device_is_detached_from_a_stopped_instance(compute, daemon):
    """Then the definition is all there is, and one device behind the vSMMU is enough."""
    _, vif, devices = ANCHORS["hostdev"]
    instance = compute.boot(smmu(), *devices)
    daemon.get(NAME).destroy()
    compute.detach(instance, vif)
    assert compute.asked == [CONFIG]
    last = port(GPU_C, kind=model.VNIC_TYPE_DIRECT_PHYSICAL)
    if daemon.stock:
        compute.detach(instance, last)
        assert "<hostdev" not in daemon.get(NAME).XMLDesc(0)
    else:
        with daemon.nothing_changes():
            error = compute.refusal(compute.detach, instance, last)
        assert_unsupported(error, words.last_in_definition(GPU_C, name=NAME) + NAMES)


# -- and a hard reboot after it


def behind():
    """The arguments of the running QEMU: how many passed-through devices, and whether CMDQV is on."""
    devices = argv(NAME)
    return sum('"driver":"vfio-pci"' in d for d in devices), any('"cmdqv":"on"' in d for d in devices)


@ANCHOR
def test_hard_reboot_of_two(compute, daemon, anchor):
    """Nova detaches the anchor of two devices, and reboots the instance hard."""
    host, vif, devices = ANCHORS[anchor]
    instance = compute.boot(smmu(), *devices)
    before = argv(NAME)
    refused_or_split(compute, daemon, host, compute.detach, instance, vif)
    compute.hard_reboot(instance)
    dom = daemon.get(NAME)
    if daemon.stock:
        assert passed_through(dom) == (1, 1) and behind() == (1, True)
    else:
        assert passed_through(dom) == (2, 2) and argv(NAME) == before
        compute.asked.clear()
        refused_or_split(compute, daemon, host, compute.detach, instance, vif)


@pytest.mark.parametrize("given", [{}, ALL_GIVEN], ids=["left to QEMU", "all given"])
def test_hard_reboot_of_one(compute, daemon, given):
    """The only device: afterwards cmdqv='on' has nothing to anchor it."""
    vif = port(GPU_A, kind=model.VNIC_TYPE_DIRECT_PHYSICAL)
    instance = compute.boot(smmu(**given), hostdev(GPU_A, 2))
    if daemon.stock:
        assert_blocked(compute.refusal(compute.detach, instance, vif))
        assert passed_through(daemon.get(NAME)) == (1, 0)
        if given:                           # the guest runs again, without its command queues, and without a word
            compute.hard_reboot(instance)
            assert passed_through(daemon.get(NAME)) == (0, 0) and behind() == (0, True)
        else:
            error = compute.refusal(compute.hard_reboot, instance)
            assert words.occurs(words.QEMU_AUTO, error.get_error_message()), error
            assert daemon.names() == []     # and Nova cleans up: the instance is not on the host any more
    else:
        with daemon.nothing_changes():
            assert_unsupported(compute.refusal(compute.detach, instance, vif), stays_in_definition(GPU_A))
        compute.hard_reboot(instance)
        assert passed_through(daemon.get(NAME)) == (1, 1) and behind() == (1, True)
