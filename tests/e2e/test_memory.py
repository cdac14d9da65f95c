"""The module remembers which domains have no SMMUv3: until that changes, by any call."""
import os
import signal
from pathlib import Path

import libvirt
import pytest

import words
from conftest import URI, assert_blocked, assert_unsupported, error_of, said_by, wait_for, wait_until_removed
from domains import ALL_GIVEN, GPU_A, GPU_B, OTHER_A, domain, hostdev, smmu, snapshot
from verbs import CONFIG, INACTIVE, LIVE, assert_stays

FILE = Path("/etc/libvirt/qemu/g1.xml")
UUID = "11111111-2222-3333-4444-555555555555"
ANCHOR, OTHER = hostdev(GPU_A, 2), hostdev(GPU_B, 3)
GUARDED = domain("g1", smmu(**ALL_GIVEN), ANCHOR, uuid=UUID)
PLAIN = domain("g1", ANCHOR, uuid=UUID)
IOMMU = smmu(**ALL_GIVEN)


def remembered(dom, flags):
    """Several calls on it while it has no SMMUv3."""
    for _ in range(3):
        assert said_by(dom.detachDeviceFlags, hostdev(GPU_B), flags)[0] == libvirt.VIR_ERR_DEVICE_MISSING


def define(daemon, dom):
    return daemon.define(GUARDED)


def undefine_and_define(daemon, dom):
    dom.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA)
    return daemon.define(GUARDED)


def attach(daemon, dom):
    dom.attachDeviceFlags(IOMMU, CONFIG)
    return dom


def change_and_define(daemon, dom):
    """The definition that libvirt wrote for a change of ours is remembered too."""
    dom.attachDeviceFlags(hostdev(OTHER_A, 10), CONFIG)
    dom.detachDeviceFlags(hostdev(OTHER_A), CONFIG)
    remembered(dom, CONFIG)
    return daemon.define(GUARDED)


def change_with_it(daemon, dom):
    """The first change attaches the SMMUv3, the second leaves it there."""
    dom.attachDeviceFlags(IOMMU, CONFIG)
    dom.attachDeviceFlags(hostdev(OTHER_A, 10), CONFIG)
    return dom


def revert(daemon, dom):
    dom.revertToSnapshot(dom.snapshotLookupByName("s1"))
    return dom


def edit_and_reload(daemon, dom, calls_meanwhile=False):
    """An edit that an administrator should not make, and that the daemon's SIGHUP then takes over."""
    plain = dom.XMLDesc(INACTIVE)
    daemon.define(GUARDED)
    guarded = FILE.read_text()
    daemon.define(plain)
    remembered(dom, CONFIG)
    FILE.write_text(guarded)
    if calls_meanwhile:
        remembered(dom, CONFIG)
    os.kill(int(daemon.pid), signal.SIGHUP)
    wait_for(lambda: "smmuv3" in dom.XMLDesc(INACTIVE), "the file is not read again")
    return dom


def edit_call_and_reload(daemon, dom):
    """libvirt's definition between the two is not yet that of the file."""
    return edit_and_reload(daemon, dom, calls_meanwhile=True)


@pytest.mark.parametrize("change", [define, undefine_and_define, attach, change_and_define, change_with_it, revert,
                                    edit_and_reload, edit_call_and_reload])
def test_definition(daemon, change):
    """A domain without an SMMU gets one, by each way to change a definition."""
    dom = daemon.define(GUARDED)
    dom.snapshotCreateXML(snapshot(dom.XMLDesc(INACTIVE)), libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE)
    dom = daemon.define(PLAIN)
    remembered(dom, CONFIG)
    dom = change(daemon, dom)
    assert "smmuv3" in dom.XMLDesc(INACTIVE)
    if daemon.stock:
        dom.detachDeviceFlags(ANCHOR, CONFIG)
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(dom.detachDeviceFlags, ANCHOR, CONFIG), words.last_in_definition(GPU_A))


def test_running(daemon):
    """The next run of the same domain has one."""
    dom = daemon.run(PLAIN)
    remembered(dom, LIVE)
    dom.destroy()
    dom = daemon.run(GUARDED)
    error = error_of(dom.detachDeviceFlags, ANCHOR, LIVE)
    if daemon.stock:
        assert_blocked(error)
    else:
        assert_unsupported(error, words.anchor("hostdev0", GPU_A))


def test_both_halves(daemon):
    """The running domain has none yet, its definition has one."""
    dom = daemon.run(PLAIN)
    remembered(dom, LIVE)
    remembered(dom, LIVE | CONFIG)
    dom = daemon.define(GUARDED)
    if daemon.stock:
        dom.detachDeviceFlags(ANCHOR, LIVE | CONFIG)
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(dom.detachDeviceFlags, ANCHOR, LIVE | CONFIG), words.last_in_definition(GPU_A))
        dom.detachDeviceFlags(ANCHOR, LIVE)


def test_another_domain_of_that_name(daemon):
    """A domain without an SMMU is undefined, and one with an SMMU takes its name."""
    dom = daemon.define(domain("g1", ANCHOR))
    remembered(dom, CONFIG)
    dom.undefine()
    dom = daemon.define(GUARDED)
    if daemon.stock:
        dom.detachDeviceFlags(ANCHOR, CONFIG)
    else:
        assert_unsupported(error_of(dom.detachDeviceFlags, ANCHOR, CONFIG), words.last_in_definition(GPU_A))


def test_handle_of_another_name(daemon):
    """A client's handle keeps the name by which it found the domain, which may since be another's."""
    old = daemon.define(domain("old", ANCHOR, uuid=UUID))
    handle = libvirt.open(URI).lookupByName("old")
    old.rename("g1")
    daemon.define(domain("old", uuid="22222222-2222-3333-4444-555555555555"))
    for _ in range(3):
        assert said_by(handle.detachDeviceFlags, hostdev(GPU_B), CONFIG)[0] == libvirt.VIR_ERR_DEVICE_MISSING
    handle.attachDeviceFlags(hostdev(GPU_B, 3), CONFIG)
    daemon.define(GUARDED)
    if daemon.stock:
        handle.detachDeviceFlags(ANCHOR, CONFIG)
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(handle.detachDeviceFlags, ANCHOR, CONFIG), words.last_in_definition(GPU_A, name="g1"))


def test_handle_of_another_name_running(daemon):
    """A client's handle has the old name of a domain that was renamed."""
    old = daemon.define(domain("old", smmu(), ANCHOR, OTHER, uuid=UUID))
    handle = libvirt.open(URI).lookupByName("old")
    old.rename("g1")
    dom = daemon.get()
    dom.create()
    assert_stays(daemon, lambda: handle.detachDeviceFlags(ANCHOR, LIVE), words.anchor("hostdev0", GPU_A, name="g1"))
    handle.detachDeviceFlags(OTHER, LIVE)
    wait_until_removed(dom, "<alias name='hostdev1'/>")
