"""Several clients at work on one domain at the same moment: what one was told must still hold when libvirt does it.

libvirt's own lock of a domain is held by a command that a QEMU, which is
stopped meanwhile, does not answer.  So whoever comes is judged, and then waits:
without turns all are judged by the domain as it was before any of them.
"""
import os
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import libvirt
import libvirt_qemu
import pytest

import words
from conftest import URI, assert_unsupported, error_of, said_by, wait_for
from domains import ALL_GIVEN, GPU_A, GPU_B, GPU_C, domain, hostdev, smmu
from test_snapshot import snapshot

LIVE, CONFIG, INACTIVE = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG, libvirt.VIR_DOMAIN_XML_INACTIVE
UUID = "11111111-2222-3333-4444-555555555555"
A, B = hostdev(GPU_A, 2, alias="ua-a"), hostdev(GPU_B, 3, alias="ua-b")
STATUS = '{"execute":"query-status"}'
LONG = 0.5              # seconds: longer than any look at a domain takes
BUSY = "Timed out during operation: cannot acquire state change lock"


def guarded(*devices):
    return domain("g1", smmu(**ALL_GIVEN), *devices, uuid=UUID)


class Call:
    """One client's call, on a connection and in a thread of its own."""

    def __init__(self, call, name="g1", open_=libvirt.open):
        self.outcome, self.seconds = None, None
        self.thread = threading.Thread(target=self.make, args=(call, name, open_), daemon=True)
        self.thread.start()

    def make(self, call, name, open_):
        conn = open_(URI)
        dom = conn.lookupByName(name)
        begin = time.monotonic()
        try:
            call(dom)
            self.outcome = "done"
        except libvirt.libvirtError as error:
            self.outcome = error
        self.seconds = time.monotonic() - begin
        conn.close()

    def end(self, seconds=70):
        self.thread.join(seconds)
        assert self.outcome is not None, "the call does not return"
        return self.outcome

    def waits(self):
        """It has looked at the domain, and is not done."""
        self.thread.join(LONG)
        return self.outcome is None


@contextmanager
def stopped(name="g1"):
    """QEMU does nothing, as on a host that is out of memory."""
    pid = int(Path(f"/run/libvirt/qemu/{name}.pid").read_text())
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def held(dom, question=None):
    """A command to a stopped QEMU holds the domain; one in the queue, unless another question is asked."""
    with stopped(dom.name()):
        command = Call(question or status, dom.name())
        wait_for(lambda: dom.controlInfo()[0] == libvirt.VIR_DOMAIN_CONTROL_OCCUPIED, "the monitor is not asked")
        yield
    assert command.end() == "done"


def status(dom):
    libvirt_qemu.qemuMonitorCommand(dom, STATUS, 0)


def stats(dom):
    dom.connect().domainListGetStats([dom])


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
    dom = daemon.run(guarded(A, B))
    one, other = make_both(daemon, dom, first, second)
    assert one == "done"
    if daemon.stock:
        assert other == "done" and devices(dom) == []
        return
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
        return
    assert_unsupported(other.end(), words.last_in_definition(GPU_B, alias="ua-b"))
    assert devices(dom) == ["ua-b"]


def test_who_does_not_wait(daemon):
    """Who works on another domain, or changes what nobody is at work on."""
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
    assert said == BUSY or said.startswith(BUSY + " (held by "), said
    assert (error.get_error_code(), error.get_error_domain()) == (libvirt.VIR_ERR_OPERATION_TIMEOUT, libvirt.VIR_FROM_NONE)


def test_time_out(daemon):
    """As long as libvirt waits for its own lock, and then its own words; who may not, hears that at once."""
    dom = daemon.run(guarded(A, B))
    missing = libvirt.open(URI)
    gone = missing.defineXML(domain("g2"))
    gone.undefine()
    with held(dom):
        begin = time.monotonic()
        calls = [Call(detach(B, LIVE)), Call(lambda dom: dom.attachDeviceFlags(B, LIVE | CONFIG)),
                 Call(lambda dom: dom.attachDevice(B)), Call(status), Call(lambda dom: dom.detachDeviceAlias("ua-b", LIVE))]
        forbidden = Call(detach(B, LIVE), open_=libvirt.openReadOnly)
        assert forbidden.end().get_error_code() == libvirt.VIR_ERR_OPERATION_DENIED and forbidden.seconds < 5
        assert error_of(gone.detachDeviceFlags, B, CONFIG).get_error_code() == libvirt.VIR_ERR_NO_DOMAIN
        assert [call.outcome for call in calls if not call.waits()] == []
        errors = [call.end() for call in calls]
        assert time.monotonic() - begin < 40
    for error in errors:
        assert_busy(error)
    assert devices(dom) == ["ua-a", "ua-b"]
    missing.close()


def test_time_out_once(daemon):
    """Where a question holds the domain, each look at it waits too; the call does not wait for each anew.

    Nor does the next, whose turn comes when the one before it has waited in vain.
    """
    dom = daemon.run(guarded(A, B))
    dom.snapshotCreateXML(snapshot(dom.XMLDesc(INACTIVE)), libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE)
    with held(dom, stats):
        calls = []
        for call in (revert, detach(B, LIVE | CONFIG), revert):
            calls.append(Call(call))
            assert all(call.waits() for call in calls)
        for call in calls:
            assert_busy(call.end())
            assert call.seconds < 40
    assert devices(dom) == ["ua-a", "ua-b"]
