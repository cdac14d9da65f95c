"""Several clients change one domain at the same moment: the verdict on a call must still hold when libvirt makes it.

libvirt's own lock of a domain is held by a command that a QEMU, which is
stopped meanwhile, does not answer.  So each call is judged, and then waits:
without jobs all are judged by the domain as it was before any of them.
"""
import time

import libvirt
import pytest

import words
from conftest import URI, assert_unsupported, error_of, said_by
from domains import ALL_GIVEN, GPU_A, GPU_B, GPU_C, INSTANCE, domain, hostdev, smmu, snapshot
from verbs import CONFIG, INACTIVE, LIVE, Call, all_stats, held, status, stopped

UUID = "11111111-2222-3333-4444-555555555555"
A, B = hostdev(GPU_A, 2, alias="ua-a"), hostdev(GPU_B, 3, alias="ua-b")
BUSY = "Timed out during operation: cannot acquire state change lock"
NAMES = words.of_instance(UUID)


def guarded(*devices, **more):
    return domain("g1", smmu(**ALL_GIVEN), *devices, uuid=UUID, **more)


def detach(device, flags=CONFIG):
    return lambda dom: dom.detachDeviceFlags(device, flags)


def revert(dom):
    dom.revertToSnapshot(dom.snapshotLookupByName("s1"))


def detach_alias(alias):
    return lambda dom: dom.detachDeviceAlias(alias, CONFIG)


def define(xml):
    return lambda dom: dom.connect().defineXML(xml)


def devices(dom):
    return [alias for alias in ("ua-a", "ua-b") if alias in dom.XMLDesc(INACTIVE)]


def make_both(daemon, dom, first, second):
    """The second is called when the first has been judged, and before it is done."""
    with held(dom):
        first = Call(first)
        assert first.waits()
        second = Call(second)
        second.waits()
    return first.end(), second.end()


@pytest.mark.parametrize("second", [detach(B), detach_alias("ua-b")], ids=["XML", "alias"])
@pytest.mark.parametrize("first", [detach(A), detach_alias("ua-a")], ids=["XML", "alias"])
def test_the_last_two(daemon, first, second):
    """Two clients detach the last two devices at one moment, each by XML or by alias."""
    dom = daemon.run(guarded(A, B))
    one, other = make_both(daemon, dom, first, second)
    assert one == "done"
    if daemon.stock:
        assert other == "done" and devices(dom) == []
    else:
        assert devices(dom) == ["ua-b"]
        assert other.get_error_code() == libvirt.VIR_ERR_OPERATION_UNSUPPORTED
        assert words.matches(words.last_in_definition(GPU_B, alias="ua-b"), other.get_error_message()), other.get_error_message()
        assert len(daemon.refusals()) == 1


def test_one_exchanges_what_another_leaves(daemon):
    """An update that is fine as long as the other device stays."""
    dom = daemon.run(guarded(A, B))
    one, other = make_both(daemon, dom, detach(A), lambda dom: dom.updateDeviceFlags(B.replace("iommufd='yes'", "iommufd='no'"), CONFIG))
    assert one == "done"
    if not daemon.stock:
        assert other != "done" and devices(dom) == ["ua-b"] and "iommufd='yes'" in dom.XMLDesc(INACTIVE)


@pytest.mark.parametrize("before", [guarded(A, B), domain("g1", A, B, uuid=UUID)], ids=["with", "without"])
def test_define_meanwhile(daemon, before):
    """A definition that has one device alone, and a detach of it that was judged by the one before."""
    dom = daemon.run(before)
    one, other = make_both(daemon, dom, detach(B), define(guarded(B)))
    assert (one, other) == ("done", "done")
    assert devices(dom) == ([] if daemon.stock else ["ua-b"]) and "smmuv3" in dom.XMLDesc(INACTIVE)


def test_revert_meanwhile(daemon):
    """The same by a snapshot.  The domain that runs has to end for it, which takes as long as QEMU is stopped."""
    dom = daemon.define(guarded(B))
    dom.snapshotCreateXML(snapshot(dom.XMLDesc(INACTIVE)), libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE)
    dom = daemon.run(guarded(A, B))
    with stopped():
        reverting = Call(revert)
        assert reverting.waits()
        other = Call(detach(B))
        assert other.waits()
    assert reverting.end() == "done" and not dom.isActive()
    if daemon.stock:
        assert other.end() == "done" and devices(dom) == []
    else:
        assert_unsupported(other.end(), words.last_in_definition(GPU_B, alias="ua-b"))
        assert devices(dom) == ["ua-b"]


def test_calls_that_do_not_wait(daemon):
    """A client changes another domain, or a definition that no other call is changing."""
    dom = daemon.run(guarded(A, B))
    other = daemon.define(domain("g2", smmu(), hostdev(GPU_C, 2), uuid="22222222-2222-3333-4444-555555555555"))
    with held(dom):
        running = Call(detach(B, LIVE))
        assert running.waits()
        begin = time.monotonic()
        daemon.define(guarded(A, B))
        dom.info()
        said_by(other.detachDeviceFlags, hostdev(GPU_C), CONFIG)
        assert said_by(daemon.conn.createXML, guarded(A, B))[0] == libvirt.VIR_ERR_OPERATION_INVALID
        daemon.define(domain("g2", smmu(), hostdev(GPU_C, 3), uuid="22222222-2222-3333-4444-555555555555"))
        assert time.monotonic() - begin < 5
    assert running.end() == "done"


def assert_busy(error):
    """In libvirt's own words."""
    said = error.get_error_message()
    assert said in (BUSY, BUSY + NAMES) or said.startswith(BUSY + " (held by "), said
    assert (error.get_error_code(), error.get_error_domain()) == (libvirt.VIR_ERR_OPERATION_TIMEOUT, libvirt.VIR_FROM_NONE)


def test_time_out(daemon):
    """A call waits as long as libvirt waits for its own lock, and fails with its words; without the right it fails at once.

    The module's refusals name an instance of Nova, though they do not wait for the domain again.
    """
    dom = daemon.run(guarded(A, B, more=INSTANCE))
    missing = libvirt.open(URI)
    undefined = missing.defineXML(domain("g2"))
    undefined.undefine()
    with held(dom):
        begin = time.monotonic()
        calls = [Call(detach(B, LIVE)), Call(lambda dom: dom.attachDeviceFlags(B, LIVE | CONFIG)),
                 Call(lambda dom: dom.attachDevice(B)), Call(status), Call(lambda dom: dom.detachDeviceAlias("ua-b", LIVE))]
        forbidden = Call(detach(B, LIVE), open_=libvirt.openReadOnly)
        assert forbidden.end().get_error_code() == libvirt.VIR_ERR_OPERATION_DENIED and forbidden.seconds < 5
        assert error_of(undefined.detachDeviceFlags, B, CONFIG).get_error_code() == libvirt.VIR_ERR_NO_DOMAIN
        assert [call.outcome for call in calls if not call.waits()] == []
        errors = [call.end() for call in calls]
        assert time.monotonic() - begin < 40
    for error in errors:
        assert_busy(error)
    assert devices(dom) == ["ua-a", "ua-b"]
    missing.close()
    named = [error for error in errors if error.get_error_message().endswith(NAMES)]
    if daemon.stock:
        assert named == []
    else:
        refusals = daemon.refusals()
        assert named and len(named) == len(refusals)
        assert all(entry["MESSAGE"].endswith(NAMES) and entry["CMDQV_INSTANCE"] == "training" for entry in refusals)


def test_time_out_once(daemon):
    """If a query holds the domain, each look at it waits too; the call does not wait for each anew.

    Nor does the next call, which gets the job when the one before it has timed out.
    """
    dom = daemon.run(guarded(A, B))
    dom.snapshotCreateXML(snapshot(dom.XMLDesc(INACTIVE)), libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE)
    with held(dom, all_stats):
        calls = []
        for call in (revert, detach(B, LIVE | CONFIG), revert):
            calls.append(Call(call))
            assert all(call.waits() for call in calls)
        for call in calls:
            assert_busy(call.end())
            assert call.seconds < 40
    assert devices(dom) == ["ua-a", "ua-b"]
