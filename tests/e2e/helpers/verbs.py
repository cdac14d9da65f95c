"""Actions of the tests on domains, in words: the calls with their flags, the outcomes that several files assert, and the
scenes that several files start from.  The parts of a domain are in domains.py, the sentences in words.py.
"""
import json
import os
import signal
import threading
import time
import xml.etree.ElementTree as ET
from contextlib import contextmanager
from pathlib import Path

import libvirt
import libvirt_qemu

import saveimage
import suites
import words
from conftest import HOOK, URI, assert_blocked, assert_unsupported, error_of, run, wait_for
from domains import GPU_A, GPU_B, address, device_form, guest, hostdev
from saveimage import SAVED

LIVE, CONFIG, CURRENT = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG, libvirt.VIR_DOMAIN_AFFECT_CURRENT
INACTIVE, SECURE = libvirt.VIR_DOMAIN_XML_INACTIVE, libvirt.VIR_DOMAIN_XML_SECURE
REDEFINE = libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE
ELEMENT = libvirt.VIR_DOMAIN_METADATA_ELEMENT
HMP = libvirt_qemu.VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP
ANCHORS_URI = "urn:libvirt-cmdqv:anchors:1"
STATUS = '{"execute":"query-status"}'
LONG = 0.5              # seconds: longer than any look at a domain takes


# -- calls


def detach(dom, xml, flags=LIVE):
    return dom.detachDeviceFlags(xml, flags)


def attach(dom, xml, flags=LIVE):
    return dom.attachDeviceFlags(xml, flags)


def qmp(verb, **arguments):
    return json.dumps({"execute": verb, "arguments": arguments})


# Every form of the device XML that libvirt takes for the device of GPU_A.
FORMS = {
    "full": hostdev(GPU_A, 2),
    "source only": device_form(address(GPU_A)),
    "decimal": device_form("<address domain='9' bus='1' slot='0' function='0'/>"),
    "short hex": device_form("<address domain='0x9' bus='0x1' slot='0x0' function='0x0'/>"),
    "long hex": device_form("<address domain='0x0009' bus='0x001' slot='0x0000' function='0x0'/>"),
    "address type": device_form(address(GPU_A, type="pci")),
    "alias": device_form(address(GPU_A), words.shown("hostdev0", GPU_A)),
    "wrong alias": device_form(address(GPU_A), words.shown("hostdev1", GPU_B)),
    "wrong guest address": device_form(address(GPU_A), guest(3)),
    "managed": device_form(address(GPU_A), attributes=" managed='yes'"),
    "iommufd off": hostdev(GPU_A, 2, iommufd="no"),
    "no driver": device_form(address(GPU_A), guest(2)),
    "comment and declaration": "<?xml version='1.0'?><!-- hostdev1 -->" + hostdev(GPU_A),
    "entities": device_form("<address domain='&#48;x9' bus='&#x31;' slot='0' function='0'/>"),
}


# -- scenes


def defined_before(daemon, xml, mode=None):
    """Has a stock daemon define @xml, then starts the daemon that the test is about."""
    mode = mode or daemon.mode
    daemon.start_unguarded()
    daemon.define(xml)
    daemon.start(mode)
    return daemon.get()


def saved_by_stock(daemon, tmp_path, change, mode=None):
    """A file with the state of g1, which does not run then; the definition in it is `change`d."""
    mode, file = mode or daemon.mode, tmp_path / "g1.save"
    daemon.start_unguarded()
    daemon.conn.createXML(SAVED).save(str(file))
    saveimage.edit(file, change)
    daemon.start(mode)
    return str(file)


def hook(operation, xml, name="g1", phase="begin"):
    """The hook by itself, as libvirt runs it."""
    return run(HOOK, name, operation, phase, "-", stdin=xml)


# -- outcomes


def assert_stays(daemon, call, sentence):
    """The call is refused: by QEMU's blocker on stock libvirt, before QEMU is asked with the module."""
    if daemon.stock:
        assert_blocked(error_of(call))
    else:
        with daemon.nothing_changes():
            error = error_of(call)
        assert_unsupported(error, sentence)
        assert not any(w in error.get_error_message() for w in words.TAKEN_FOR_SUCCESS)


def attaches_again(daemon, dom, xml, host):
    """Whether it does: behind a vSMMU that a libvirt without CMDQV does not know, nothing is plugged in."""
    if suites.host() != suites.LOWERED:
        dom.attachDeviceFlags(xml, LIVE)
        return True
    with daemon.nothing_changes():
        assert_unsupported(error_of(dom.attachDeviceFlags, xml, LIVE), words.lowered_attach(host))
    return False


def nothing_stays(daemon):
    """If an offline migration fails, for any reason, libvirt itself keeps the domain in mind, without a definition and not
    running, until the daemon starts again."""
    assert not any(dom.isPersistent() or dom.isActive() for dom in daemon.conn.listAllDomains())
    assert not Path("/etc/libvirt/qemu/g1.xml").exists()
    daemon.restart()
    return daemon.names() == []


def pinned(xml):
    """Indexes of the controllers without hot-plug."""
    return [int(c.get("index")) for c in ET.fromstring(xml).findall("devices/controller")
            if c.find("target") is not None and c.find("target").get("hotplug") == "off"]


# -- several clients at one time


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


def status(dom):
    libvirt_qemu.qemuMonitorCommand(dom, STATUS, 0)


def all_stats(dom):
    dom.connect().domainListGetStats([dom])


@contextmanager
def held(dom, question=None):
    """A command to a stopped QEMU holds the domain; one in the queue, unless another question is asked."""
    with stopped(dom.name()):
        command = Call(question or status, dom.name())
        wait_for(lambda: dom.controlInfo()[0] == libvirt.VIR_DOMAIN_CONTROL_OCCUPIED, "the monitor is not asked")
        yield
    assert command.end() == "done"
