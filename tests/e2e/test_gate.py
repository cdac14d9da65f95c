"""Rights first: a client without the right to a call never waits, and only calls with known access checks are made to be refused.

While QEMU of one domain does not answer, its job and libvirt's lock of it are
taken.  A client that polkit denies everything is refused at once all the same,
and another domain's change takes as long as ever.
"""
import json
import operator
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import libvirt
import libvirt_qemu
import pytest

import accesscontrol
import saveimage
from conftest import DAEMON, LOG, error_of, module_path, only, said_by
from daemonfiles import SOCKET
from deniedclient import BOTH, DENIED_CALLS, DENIED_REVERT, FAMILIES, FATAL, OF_A_FATAL_NUMBER, OF_MANAGED_SAVE, PROBE, PROBED, PROBING, RAN, REFERENCE, SOUND
from domains import EMULATOR, GPU_A, GPU_B, GPU_C, VF_A, domain, hostdev, interface, smmu, snapshot
from guardedcalls import ALONE, CALLS, CHECKS, INTERNAL, MANAGED, RUNNING, UNSOUND, UUIDS, call, function_of, scene
from verbs import CONFIG, LIVE, REDEFINE, Call, all_stats, held, qmp

PLAIN = domain("g4", hostdev(GPU_B, 10), uuid=UUIDS["g4"])


def clients(user, names, count=1, order="each"):
    """So many of them, which make each of these calls at the same time, or all of them together."""
    return subprocess.Popen(["setpriv", f"--reuid={user}", "--regid=nogroup", "--clear-groups", "python3", "-B", "deniedclient.py", str(count),
                             order, *names], cwd=Path(__file__).parent / "helpers", stdout=subprocess.PIPE, text=True)


def answers(asking):
    """{name: (the answers, the seconds from the first client's call to the last one's end)}"""
    out, _ = asking.communicate(timeout=300)
    assert asking.returncode == 0
    return json.loads(out)


def codes(said):
    """{name: the codes of the errors}; "done" for an answer that was none."""
    return {name: {words[0] if isinstance(words, list) else "done" for words in answers} for name, (answers, _) in said.items()}


@pytest.fixture(scope="module")
def _polkit():
    with accesscontrol.polkit():
        yield


@pytest.fixture
def standing(_mode, _polkit):
    scene(DAEMON, _mode)
    dom = DAEMON.get()
    dom.snapshotCreateXML(snapshot(dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)), REDEFINE)
    yield DAEMON
    DAEMON.clean()


def test_each_is_denied():
    """Each function that the module can refuse, by its own table, is among the calls below."""
    assert set(CHECKS) - INTERNAL - {function_of(name) for name in DENIED_CALLS} == set()


def change(dom):
    """Another domain's change, and back; the seconds that the longer one takes."""
    times = []
    for call in (dom.attachDeviceFlags, dom.detachDeviceFlags):
        begin = time.monotonic()
        call(CONTROLLER, CONFIG)
        times.append(time.monotonic() - begin)
    return max(times)


@contextmanager
def holding(dom):
    """Another client has the domain's turn, and waits for a QEMU that is stopped."""
    with held(dom, all_stats):
        holder = Call(lambda d: d.detachDeviceFlags(hostdev(GPU_A), BOTH))
        assert holder.waits()
        yield
    holder.end()


CONTROLLER = "<controller type='scsi' index='1' model='virtio-scsi'/>"
TAKES = {}      # how long another domain's change takes on stock libvirt; the stock run is first
DENIED = {libvirt.VIR_ERR_ACCESS_DENIED}


def test_denied_while_qemu_does_not_answer(standing):
    """While a client holds g1, twenty clients at a time without the right are refused at once, and g4 is changed as on stock."""
    dom, other = standing.get(), standing.get("g4")
    names = set(DENIED_CALLS) - set(DENIED_REVERT) - set(PROBING) - (OF_A_FATAL_NUMBER if standing.stock else set())
    takes, said = [change(other)], {}
    with holding(dom):
        asking = clients("nobody", FAMILIES, 20)
        while asking.poll() is None:
            takes.append(change(other))
        said.update(answers(asking))
    with holding(dom):      # anew, for libvirt lets a client wait for half a minute
        said.update(answers(clients("nobody", names - FAMILIES)))
        said.update(answers(clients("proxy", DENIED_REVERT)))
    assert codes(said) == dict.fromkeys(names | set(DENIED_REVERT), DENIED)
    # a second, or more on a host on which polkit itself takes longer
    enough = max(1, *(3 * said[name][1] for name in REFERENCE))
    assert {name: seconds for name, (_, seconds) in said.items() if seconds > enough} == {}
    assert max(takes) < max(1, 2 * TAKES.setdefault("other", max(takes)))
    assert standing.alive()


def together(standing):
    """The seconds that twenty clients without the right take for a call of each kind, all at one moment, and another domain's change meanwhile."""
    dom, other = standing.get(), standing.get("g4")
    takes = [change(other)]
    with holding(dom):
        asking = clients("nobody", FAMILIES, 20, "together")
        while asking.poll() is None:
            takes.append(change(other))
        said = answers(asking)
    assert codes(said) == dict.fromkeys(FAMILIES, DENIED)
    return max(seconds for _, seconds in said.values()), max(takes)


def test_all_denied_together(standing):
    """While a client holds g1, all of them take as long as on stock: the best of three times, as the host has other work too."""
    best = together(standing)
    allowed = TAKES.setdefault("together", [max(1, 2 * seconds) for seconds in best])
    for _ in range(2):
        if any(map(operator.gt, best, allowed)):
            best = tuple(map(min, best, together(standing)))
    assert not any(map(operator.gt, best, allowed)), (best, allowed)
    assert standing.alive()


def test_denied_has_nothing_run(standing):
    """A client without the right names an emulator: the module queries none before libvirt has granted the call."""
    PROBE.parent.mkdir(exist_ok=True)
    RAN.parent.mkdir(exist_ok=True)
    RAN.parent.chmod(0o777)
    RAN.unlink(missing_ok=True)
    PROBE.write_text(f'#!/bin/sh\ntouch {RAN}\nexec {EMULATOR} "$@"\n')
    PROBE.chmod(0o755)
    assert codes(answers(clients("nobody", PROBING))) == dict.fromkeys(PROBING, DENIED)
    assert not RAN.exists()
    standing.conn.domainXMLToNative("qemu-argv", PROBED, 0)
    assert RAN.exists()


def test_denied_of_a_fatal_managed_save(standing):
    """The managed save of a domain has a number at which libvirt ends: a client without the right is denied like any other."""
    saveimage.write(MANAGED, FATAL)
    assert codes(answers(clients("nobody", OF_MANAGED_SAVE))) == dict.fromkeys(OF_MANAGED_SAVE, DENIED)
    assert standing.alive()


def test_a_time_out_is_not_asked_again(daemon):
    """A question that has waited for as long as libvirt waits is over."""
    dom = daemon.run(SOUND)
    with held(dom, all_stats):
        asked = Call(lambda d: d.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, "urn:libvirt-cmdqv:anchors:1", LIVE))
        asked.end()     # an answer that libvirt itself does not give then, or gives after the wait, is the same to us
        assert asked.seconds < 40


# -- the log

# QEMU's driver looks at the rest of these calls only when it has asked for rights, so that is asked a second time.
ASKED_TWICE = {"snapshotCreateXML", "revertToSnapshot", "setMetadata"}


def errors():
    return [line for line in LOG.read_text(errors="replace").splitlines() if " error : " in line]


@only("module")     # stock libvirt does each of them
def test_one_line_in_the_log(_mode):
    """A refused call leaves one line in the daemon's log."""
    scene(DAEMON, _mode)
    call("defineXML", DAEMON.conn)      # the first definition of a daemon's life asks libvirt whether it keeps cmdqv
    try:
        for name in CALLS:
            before = len(errors())
            _, _, words = call(name, DAEMON.conn)
            new = errors()[before:]
            if name in ASKED_TWICE:
                assert len(new) <= 2, (name, new)
            else:
                assert len(new) == 1 and new[0].endswith(words), (name, new)
    finally:
        DAEMON.clean()


def test_what_passes_leaves_nothing_in_the_log(daemon):
    """Calls that pass leave no error in the daemon's log."""
    dom = daemon.run(SOUND)
    before = errors()
    dom.detachDeviceFlags(hostdev(GPU_B), CONFIG)
    dom.attachDeviceFlags(hostdev(GPU_B, 3), CONFIG)
    libvirt_qemu.qemuMonitorCommand(dom, qmp("query-status"), 0)
    daemon.define(SOUND)
    dom.destroy()
    dom.create()
    assert errors() == before


# -- checks that are not in the place that the module expects

DRIVERS = Path(module_path()).parent / "libvirt" / "connection-driver"
UNKNOWN = "the access check of this libvirt for it is not known"
RENAMED = sorted(set(CHECKS.values()))

GUARDED = {
    "detach": ("g1", lambda c, d: d.detachDeviceFlags(hostdev(GPU_A), LIVE)),
    "detach, which is sound": ("g1", lambda c, d: d.detachDeviceFlags(hostdev(GPU_A), BOTH)),
    "detach without flags": ("g1", lambda c, d: d.detachDevice(interface(VF_A))),
    "detach, current": ("g2", lambda c, d: d.detachDeviceFlags(interface(VF_A), 0)),
    "alias": ("g1", lambda c, d: d.detachDeviceAlias("hostdev0", LIVE)),
    "attach": ("g1", lambda c, d: d.attachDeviceFlags(hostdev(GPU_C, 4), CONFIG)),
    "attach an SMMU": ("g4", lambda c, d: d.attachDeviceFlags(smmu(), CONFIG)),
    "update": ("g2", lambda c, d: d.updateDeviceFlags(interface(VF_A, 3), CONFIG)),
    "monitor": ("g1", lambda c, d: libvirt_qemu.qemuMonitorCommand(d, qmp("device_del", id="hostdev1"), 0)),
    "monitor, which is sound": ("g1", lambda c, d: libvirt_qemu.qemuMonitorCommand(d, qmp("query-status"), 0)),
    "define": (None, lambda c, d: c.defineXML(UNSOUND)),
    "define, which is sound": (None, lambda c, d: c.defineXML(RUNNING)),
    "define with flags": (None, lambda c, d: c.defineXMLFlags(ALONE, 0)),
    "create": (None, lambda c, d: c.createXML(UNSOUND)),
    "start": ("g3", lambda c, d: d.create()),
    "start, which is sound": ("g2", lambda c, d: d.create()),
    "restore": (None, lambda c, d: c.restore("/run/precedence.save")),
    "edit of a saved image": (None, lambda c, d: c.saveImageDefineXML("/run/precedence.save", UNSOUND)),
    "save": ("g1", lambda c, d: d.saveFlags("/run/never.save", RUNNING, 0)),
    "snapshot": ("g4", lambda c, d: d.snapshotCreateXML(snapshot(UNSOUND), REDEFINE)),
    "revert": ("g4", lambda c, d: d.revertToSnapshot(d.snapshotLookupByName("s1"))),
}


def stub(suffix):
    library = Path(f"/run/checks-{suffix}.so")
    Path("/run/checks.h").write_text("".join(f"CHECK({name})\n" for name in RENAMED))
    subprocess.run(["gcc", "-shared", "-fPIC", "-I/run", f"-DSUFFIX={suffix}", "-o", library, "/src/tests/lab/renamecheck.c"], check=True)
    return library


@pytest.fixture(params=["renamed", "replaced"])
def strange(request, _mode):
    """A libvirt whose checks have other names, or are taken by another library."""
    scene(DAEMON, _mode)
    if request.param == "replaced":
        DAEMON.start(_mode, stub("ACL"))
    else:
        folder = Path("/run/drivers")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(DRIVERS, folder)
        driver = folder / "libvirt_driver_qemu.so"
        text = driver.read_bytes()
        for name in RENAMED:
            assert f"\0{name}EnsureACL\0".encode() in text
            text = text.replace(f"\0{name}EnsureACL\0".encode(), f"\0{name}EnsureACX\0".encode())
        driver.write_bytes(text)
        os.environ["LIBVIRT_DRIVER_DIR"] = str(folder)
        DAEMON.start(_mode, stub("ACX"))
    yield DAEMON
    os.environ.pop("LIBVIRT_DRIVER_DIR", None)
    DAEMON.restart()
    DAEMON.clean()


def make(daemon, name):
    who, do = GUARDED[name]
    return said_by(do, daemon.conn, daemon.get(who) if who else None)


def test_strange_check(strange):
    """A client makes each guarded call on a libvirt whose access checks have other names."""
    if strange.stock:       # no check is called, and everything is done
        assert make(strange, "detach") == 0 and make(strange, "attach") == 0
    else:
        wrong = {}
        for name in GUARDED:
            with strange.nothing_changes():
                said = make(strange, name)
                if not isinstance(said, tuple) or said[0] != libvirt.VIR_ERR_OPERATION_UNSUPPORTED or UNKNOWN not in said[2]:
                    wrong[name] = said
        assert wrong == {}


def test_strange_check_read_only(strange):
    """A read-only client: libvirt refuses the call before any access check."""
    conn = libvirt.open(f"qemu+unix:///system?socket={SOCKET}-ro")
    error = error_of(conn.lookupByName("g1").detachDeviceFlags, hostdev(GPU_A), LIVE)
    conn.close()
    assert error.get_error_code() == libvirt.VIR_ERR_OPERATION_DENIED
    assert error.get_error_domain() == libvirt.VIR_FROM_DOMAIN
    assert error.get_error_message() == "operation forbidden: read only access prevents virDomainDetachDeviceFlags"


def test_strange_check_without_smmu(strange):
    """A domain without an SMMUv3 is not concerned."""
    plain = strange.define(domain("g6", uuid="66666666-2222-3333-4444-555555555555"))
    controller = "<controller type='scsi' index='1' model='virtio-scsi'/>"
    plain.attachDeviceFlags(controller, CONFIG)
    plain.detachDeviceFlags(controller, CONFIG)
    plain.create()
    libvirt_qemu.qemuMonitorCommand(plain, qmp("query-status"), 0)
    plain.destroy()
    plain.undefine()
