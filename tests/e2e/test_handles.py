"""A client's handle: libvirt finds the domain by the UUID in it, and the client itself writes the name beside it.

No name may lead the module to another file or process than those of the
domain: to a pid file of the client's own, or to another domain.
"""
import ctypes
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import libvirt
import pytest

import words
from conftest import DAEMON, only, said_by
from domains import EMULATOR, GPU_A, GPU_B, domain, hostdev, smmu
from guardedcalls import CALLS, UUIDS, call, scene
from migration import LIBRARY, Incoming
from verbs import ANCHORS_URI, CONFIG, ELEMENT, HMP, LIVE, qmp

UUID = "00000000-0000-4000-8000-0000000000f0"
PAIR = domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3), uuid=UUID)
PLAIN = domain("g1", uuid=UUID)
CONTROLLER = "<controller type='scsi' index='1' model='virtio-scsi'><address type='pci' bus='10'/></controller>"
OWN = Path("/tmp/handle")
UNREALIZE = qmp("qom-set", path="/machine/peripheral/" + words.behind("hostdev0", GPU_A), property="realized", value=False)
# The client's own files, another domain, none, and a text that is no name.
NAMES = ["../../.." + str(OWN), "../../../.." + str(OWN), "g2", "no-such", "g1/../g2", "a\nb"]

MONITOR = ctypes.CDLL("libvirt-qemu.so.0")
LIBRARY.virGetDomain.restype = LIBRARY.virGetDomainSnapshot.restype = ctypes.c_void_p
CAPSULE, POINTER = ctypes.pythonapi.PyCapsule_New, ctypes.pythonapi.PyCapsule_GetPointer
CAPSULE.restype, CAPSULE.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
POINTER.restype, POINTER.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


def monitor(dom, text, flags):
    answer = ctypes.c_char_p()
    return MONITOR.virDomainQemuMonitorCommand(dom, text.encode(), ctypes.byref(answer), flags)


LIVE_CALLS = {
    "unrealize": (lambda dom: monitor(dom, UNREALIZE, 0), words.monitor("qom-set", "/machine/peripheral/" + words.behind("hostdev0", GPU_A), "hostdev0", GPU_A)),
    "unrealize, HMP": (lambda dom: monitor(dom, f"qom-set {words.behind('hostdev0', GPU_A)} realized off", HMP),
                       words.monitor("qom-set", words.behind("hostdev0", GPU_A), "hostdev0", GPU_A)),
    "detach": (lambda dom: LIBRARY.virDomainDetachDeviceFlags(dom, hostdev(GPU_A).encode(), LIVE), words.anchor("hostdev0", GPU_A)),
    "detach without flags": (lambda dom: LIBRARY.virDomainDetachDevice(dom, hostdev(GPU_A).encode()), words.anchor("hostdev0", GPU_A)),
    "detach by alias": (lambda dom: LIBRARY.virDomainDetachDeviceAlias(dom, words.behind("hostdev0", GPU_A).encode(), LIVE),
                        words.anchor("hostdev0", GPU_A)),
}


class Handle(libvirt.virDomain):
    """The binding's handle of a domain, with a name of the client's."""

    def __init__(self, conn, name, uuid):
        self.raw = ctypes.c_void_p(LIBRARY.virGetDomain(ctypes.c_void_p(POINTER(conn._o, b"virConnectPtr")), name.encode(),
                                                        bytes.fromhex(uuid.replace("-", "")), -1))
        super().__init__(conn, _obj=CAPSULE(self.raw, b"virDomainPtr", None))

    def snapshotLookupByName(self, name, flags=0):
        """libvirt's own function would give one with the right name."""
        raw = LIBRARY.virGetDomainSnapshot(self.raw, name.encode())
        return libvirt.virDomainSnapshot(self, _obj=CAPSULE(raw, b"virDomainSnapshotPtr", None))


def by(name, call):
    """Makes the call with a handle of that name; the error's words, or None."""
    with Incoming() as client:
        raw = bytes.fromhex(UUID.replace("-", ""))
        dom = ctypes.c_void_p(LIBRARY.virGetDomain(client.conn, name.encode(), raw, -1))
        said = client.said(call(dom) == 0)
        LIBRARY.virDomainFree(dom)
    return said


@contextmanager
def process_of_the_client():
    """A process that has the domain's UUID in its command line, and no SMMU, and the client's own files about it."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)", "-uuid", UUID])
    OWN.with_suffix(".pid").write_text(str(process.pid))
    OWN.with_suffix(".xml").write_text(PLAIN)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def assert_refused(said, sentence):
    code, of, message = said
    assert words.matches(sentence, message), message
    assert (code, of) == (libvirt.VIR_ERR_OPERATION_UNSUPPORTED, libvirt.VIR_FROM_QEMU)


def test_stock_finds_the_domain():
    """The control: stock libvirt makes the call on the domain of the UUID, whatever name is beside it."""
    DAEMON.start_unguarded()
    DAEMON.run(PAIR)
    for name in NAMES:
        assert by(name, LIVE_CALLS["unrealize"][0]) is None, name
    DAEMON.start("stock")
    DAEMON.clean()


@only("module")
@pytest.mark.parametrize("name", LIVE_CALLS)
def test_running(daemon, name):
    """A client takes the anchor from a running domain by handles with other names."""
    daemon.run(PAIR)
    daemon.run(domain("g2"))
    call, sentence = LIVE_CALLS[name]
    with process_of_the_client(), daemon.nothing_changes():
        for other in NAMES:
            assert_refused(by(other, call), sentence)
    assert {(entry["CMDQV_DOMAIN"], entry["CMDQV_UUID"]) for entry in daemon.refusals()} == {("g1", UUID)}


@only("module")
@pytest.mark.parametrize("name", NAMES)
def test_definition(daemon, name):
    """The same of a definition, which had no SMMUv3 when such a handle was first used."""
    dom = daemon.define(PLAIN)
    daemon.define(domain("g2"))
    with process_of_the_client():
        assert by(name, lambda d: LIBRARY.virDomainAttachDeviceFlags(d, CONTROLLER.encode(), CONFIG)) is None
        assert by(name, lambda d: LIBRARY.virDomainDetachDeviceFlags(d, CONTROLLER.encode(), CONFIG)) is None
        daemon.define(PAIR.replace(hostdev(GPU_B, 3), ""))
        with daemon.nothing_changes():
            for flags in (0, CONFIG):
                assert_refused(by(name, lambda d, flags=flags: LIBRARY.virDomainDetachDeviceFlags(d, hostdev(GPU_A).encode(), flags)),
                               words.last_in_definition(GPU_A))
    assert dom.UUIDString() == UUID


@only("module")
def test_running_before(daemon):
    """The same of a running domain that had no SMMUv3 when such a handle was first used."""
    dom = daemon.run(PLAIN)
    with process_of_the_client():
        assert by(NAMES[0], lambda d: monitor(d, qmp("query-status"), 0)) is None
        dom.destroy()
        daemon.define(PAIR)
        dom.create()
        with daemon.nothing_changes():
            assert_refused(by(NAMES[0], LIVE_CALLS["unrealize"][0]), LIVE_CALLS["unrealize"][1])


@contextmanager
def emulator_with(*arguments):
    """An emulator that a client may name: QEMU with arguments before those from libvirt."""
    script = Path("/usr/bin/qemu-system-aarch64-own")
    script.write_text("#!/bin/sh\ncase $* in *-uuid*) exec %s %s \"$@\";; esac\nexec %s \"$@\"\n" % (EMULATOR, " ".join(arguments), EMULATOR))
    script.chmod(0o755)
    try:
        yield script
    finally:
        script.unlink()


@only("module")
@pytest.mark.parametrize("name", LIVE_CALLS)
def test_process_of_another_domain(daemon, name):
    """A client uses the name of another domain, whose QEMU has no SMMU and first of all the UUID of the domain with the anchor."""
    call, sentence = LIVE_CALLS[name]
    daemon.run(PAIR)
    with emulator_with("-uuid", UUID) as emulator:
        daemon.run(domain("g2", emulator=emulator))
        assert f"-uuid\0{UUID}\0" in Path(f"/proc/{Path('/run/libvirt/qemu/g2.pid').read_text()}/cmdline").read_text()
        with daemon.nothing_changes():
            assert_refused(by("g2", call), sentence)
        daemon.clean()


@only("module")
def test_every_call(daemon):
    """Each call that the module refuses is refused in the same words by a handle with another name, and the journal has the right one."""
    scene(daemon, "module")
    before, expected = daemon.state(), []
    daemon.forget()
    for name, (who, _) in CALLS.items():
        if who:
            said = [call(name, daemon.conn, dom=Handle(daemon.conn, other, UUIDS[who]))
                    for other in (who, NAMES[0], "g3" if who == "g1" else "g1", NAMES[-1])]
            assert isinstance(said[0], tuple) and len(set(said)) == 1, (name, said)
            expected += [(who, UUIDS[who])] * len(said)
    assert [(entry["CMDQV_DOMAIN"], entry["CMDQV_UUID"]) for entry in daemon.refusals()] == expected
    assert daemon.state() == before


@only("module")
def test_anchors(daemon):
    """A client reads the anchors of a domain by a handle with another name."""
    daemon.run(PAIR)
    daemon.run(domain("g2"))
    with process_of_the_client():
        seen = {said_by(Handle(daemon.conn, name, UUID).metadata, ELEMENT, ANCHORS_URI, flags)
                for name in ["g1", *NAMES] for flags in (0, LIVE)}
    assert len(seen) == 1 and "source='argv'" in str(seen), seen
