"""Nova takes a device out of a running instance: definition first, domain second.

On stock libvirt QEMU's blocker stops the second half only, so an anchor is gone
from the definition and still in the domain.  With the module it is in both.
"""
import pytest
from nova.network import model

import words
from conftest import CONFIG, LIVE, NAME, port
from domains import ALL_GIVEN, GPU_A, GPU_C, VF_A, VF_B, hostdev, interface, smmu
from e2e.conftest import argv, assert_blocked, assert_unsupported

OTHER_MAC = "52:54:00:00:09:02"
VSMMU = "vSMMU 'iommu0' on bus 'pci.1'"

# What anchors: its address, the port Nova has for it, and the devices of the domain.
ANCHORS = {
    "hostdev": (GPU_A, port(GPU_A, kind=model.VNIC_TYPE_DIRECT_PHYSICAL), [hostdev(GPU_A, 2), hostdev(GPU_C, 3)]),
    "interface": (VF_A, port(VF_A), [interface(VF_A, 3), hostdev(GPU_A, 2)]),
    "interface of two": (VF_A, port(VF_A), [interface(VF_A, 3), interface(VF_B, 2, mac=OTHER_MAC)]),
}
ANCHOR = pytest.mark.parametrize("anchor", ANCHORS)
WAY = pytest.mark.parametrize("way", ["detach", "detach_interface"])


def stays_in_definition(host):
    return (f"{words.UNSUPPORTED}cannot detach device 'hostdev0' (host {host}) from the definition of domain '{NAME}': "
            f"in the running domain it anchors the CMDQV of {VSMMU} and has to stay; shut the domain down to remove it")


def passed_through(dom):
    """How many devices the running domain and its definition have."""
    return tuple(len([x for x in xml.split("\n") if "<hostdev" in x or "<interface" in x])
                 for xml in (dom.XMLDesc(0), dom.XMLDesc(2)))


def refused_or_split(compute, daemon, host, call, *args):
    """What the call does to the anchor of an instance with two devices."""
    if daemon.stock:
        assert_blocked(compute.refusal(call, *args))
        assert compute.asked == [CONFIG, LIVE]
        assert passed_through(daemon.get(NAME)) == (2, 1)
        return
    with daemon.nothing_changes():
        error = compute.refusal(call, *args)
    assert_unsupported(error, stays_in_definition(host))
    assert not any(w in error.get_error_message() for w in words.TAKEN_FOR_SUCCESS)
    assert compute.asked == [CONFIG]
    assert compute.seconds < 2


@WAY
@ANCHOR
def test_anchor_stays(compute, daemon, anchor, way):
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
def test_other_device_goes(compute, daemon, other, way):
    vif, devices = OTHERS[other]
    instance = compute.boot(smmu(), *devices, ports=[vif])
    getattr(compute, way)(instance, vif)
    assert compute.asked == [CONFIG, LIVE]
    assert passed_through(daemon.get(NAME)) == (1, 1)


def test_other_device_goes_from_a_stopped_instance(compute, daemon):
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
        return
    with daemon.nothing_changes():
        error = compute.refusal(compute.detach, instance, last)
    assert_unsupported(error, words.last_in_definition(GPU_C, name=NAME))


# -- and a hard reboot after it


def behind():
    """What the running QEMU was given: how many passed-through devices, and whether it was asked for CMDQV."""
    devices = argv(NAME)
    return sum('"driver":"vfio-pci"' in d for d in devices), any('"cmdqv":"on"' in d for d in devices)


@ANCHOR
def test_hard_reboot_of_two(compute, daemon, anchor):
    host, vif, devices = ANCHORS[anchor]
    instance = compute.boot(smmu(), *devices)
    before = argv(NAME)
    refused_or_split(compute, daemon, host, compute.detach, instance, vif)
    compute.hard_reboot(instance)
    dom = daemon.get(NAME)
    if daemon.stock:
        assert passed_through(dom) == (1, 1) and behind() == (1, True)
        return
    assert passed_through(dom) == (2, 2) and argv(NAME) == before
    compute.asked.clear()
    refused_or_split(compute, daemon, host, compute.detach, instance, vif)


@pytest.mark.parametrize("given", [{}, ALL_GIVEN], ids=["left to QEMU", "all given"])
def test_hard_reboot_of_one(compute, daemon, given):
    """The only device: afterwards cmdqv='on' has nothing to anchor it."""
    vif = port(GPU_A, kind=model.VNIC_TYPE_DIRECT_PHYSICAL)
    instance = compute.boot(smmu(**given), hostdev(GPU_A, 2))
    if not daemon.stock:
        with daemon.nothing_changes():
            assert_unsupported(compute.refusal(compute.detach, instance, vif), stays_in_definition(GPU_A))
        compute.hard_reboot(instance)
        assert passed_through(daemon.get(NAME)) == (1, 1) and behind() == (1, True)
        return
    assert_blocked(compute.refusal(compute.detach, instance, vif))
    assert passed_through(daemon.get(NAME)) == (1, 0)
    if given:                           # the guest is back, without its command queues, and nobody said so
        compute.hard_reboot(instance)
        assert passed_through(daemon.get(NAME)) == (0, 0) and behind() == (0, True)
        return
    error = compute.refusal(compute.hard_reboot, instance)
    assert words.occurs(words.QEMU_AUTO, error.get_error_message()), error
    assert daemon.names() == []         # and Nova cleans up: the instance is gone from the host
