"""libvirt's own refusals win, word for word, at every guarded call, and nobody learns about anchors from them.

The table has a call for each guard, and the guard refuses it: `test_guarded`
shows that.  Then the same calls are made by somebody who may not, on a
domain that is not there, with flags that do not exist: what the module's
daemon says is what stock libvirt said.
"""
import os
import shutil
from pathlib import Path

import libvirt
import libvirt_qemu
import pytest

import saveimage
import words
from conftest import DAEMON, JOURNAL, only, run, said_by
from domains import ALL_GIVEN, GPU_A, GPU_B, GPU_C, VF_A, VF_C, domain, hostdev, interface, smmu
from test_attach import emulated
from test_command import HMP, qmp
from test_live import CONFIG, LIVE
from test_metadata import ELEMENT, URI
from test_saved import SAVED, UUID as SAVED_UUID, unsound
from test_snapshot import REDEFINE, snapshot

UUIDS = {name: f"11111111-2222-3333-4444-{number:012}" for number, name in enumerate(("g1", "g2", "g3", "g4", "g5"))}
RUNNING = domain("g1", smmu(), interface(VF_A, 3), hostdev(GPU_A, 2), uuid=UUIDS["g1"])
ALONE = domain("g2", smmu(), interface(VF_A, 3), uuid=UUIDS["g2"])              # of a definition, its only anchor
UNSOUND = domain("g3", smmu(**ALL_GIVEN), uuid=UUIDS["g3"])
FILE = "/run/precedence.save"
IMAGE = unsound(SAVED)
MANAGED = Path("/var/lib/libvirt/qemu/save/g4.save")
ANCHOR = words.behind("hostdev0", VF_A)
NO_FLAG = 1 << 30

# name: (domain, call).  The call gets connection, domain and additional flags.
CALLS = {
    "detachDevice": ("g1", lambda c, d, f: d.detachDevice(interface(VF_A))),
    "detachDeviceFlags live": ("g1", lambda c, d, f: d.detachDeviceFlags(interface(VF_A), LIVE | f)),
    "detachDeviceFlags both": ("g1", lambda c, d, f: d.detachDeviceFlags(interface(VF_A), LIVE | CONFIG | f)),
    "detachDeviceFlags config": ("g2", lambda c, d, f: d.detachDeviceFlags(interface(VF_A), CONFIG | f)),
    "detachDeviceAlias": ("g1", lambda c, d, f: d.detachDeviceAlias(ANCHOR, LIVE | f)),
    "attachDevice": ("g1", lambda c, d, f: d.attachDevice(emulated(4))),
    "attachDeviceFlags live": ("g1", lambda c, d, f: d.attachDeviceFlags(emulated(4), LIVE | f)),
    "attachDeviceFlags config": ("g4", lambda c, d, f: d.attachDeviceFlags(smmu(), CONFIG | f)),
    "updateDeviceFlags": ("g2", lambda c, d, f: d.updateDeviceFlags(interface(VF_A, 3, iommufd="no"), CONFIG | f)),
    "defineXML": (None, lambda c, d, f: c.defineXML(UNSOUND)),
    "defineXMLFlags": (None, lambda c, d, f: c.defineXMLFlags(UNSOUND, f)),
    "createXML": (None, lambda c, d, f: c.createXML(UNSOUND, f)),
    "create": ("g3", lambda c, d, f: d.create()),
    "createWithFlags": ("g3", lambda c, d, f: d.createWithFlags(f)),
    "saveFlags": ("g1", lambda c, d, f: d.saveFlags("/run/never.save", IMAGE, f)),
    "saveParams": ("g1", lambda c, d, f: d.saveParams({"file": "/run/never.save", "dxml": IMAGE}, f)),
    "saveImageDefineXML": (None, lambda c, d, f: c.saveImageDefineXML(FILE, IMAGE, f)),
    "managedSaveDefineXML": ("g4", lambda c, d, f: d.managedSaveDefineXML(IMAGE, f)),
    "restore": (None, lambda c, d, f: c.restore(FILE)),
    "restoreFlags": (None, lambda c, d, f: c.restoreFlags(FILE, None, f)),
    "restoreFlags with XML": (None, lambda c, d, f: c.restoreFlags(FILE, IMAGE, f)),
    "restoreParams": (None, lambda c, d, f: c.restoreParams({"file": FILE}, f)),
    "snapshotCreateXML": ("g4", lambda c, d, f: d.snapshotCreateXML(
        snapshot(domain("g4", smmu(**ALL_GIVEN), uuid=UUIDS["g4"])), REDEFINE | f)),
    "revertToSnapshot": ("g4", lambda c, d, f: d.revertToSnapshot(d.snapshotLookupByName("s1"), f)),
    "qemuMonitorCommand": ("g1", lambda c, d, f: libvirt_qemu.qemuMonitorCommand(d, qmp("device_del", id=ANCHOR), f)),
    "qemuMonitorCommand HMP": ("g1", lambda c, d, f: libvirt_qemu.qemuMonitorCommand(d, f"device_del {ANCHOR}", HMP | f)),
    "qemuMonitorCommandWithFiles": ("g1", lambda c, d, f: libvirt_qemu.qemuMonitorCommandWithFiles(
        d, qmp("device_del", id=ANCHOR), [], f)),
    "setMetadata": ("g1", lambda c, d, f: d.setMetadata(ELEMENT, "<a/>", "k", URI, LIVE | f)),
}
WITHOUT_FLAGS = {"detachDevice", "attachDevice", "defineXML", "create", "restore"}
SEEN = {}       # what stock libvirt said; the stock run comes first


def scene(daemon, mode):
    """What the calls are about, made by a stock daemon."""
    daemon.start_unguarded()
    daemon.clean()
    Path(FILE).unlink(missing_ok=True)
    daemon.conn.createXML(SAVED).save(FILE)
    saveimage.edit(FILE, unsound)
    daemon.run(RUNNING)
    daemon.define(ALONE)
    daemon.define(UNSOUND)
    plain = daemon.define(domain("g4", hostdev(GPU_B, 10), uuid=UUIDS["g4"]))
    bad = domain("g4", smmu(**ALL_GIVEN), uuid=UUIDS["g4"])
    plain.snapshotCreateXML(snapshot(bad), REDEFINE)
    shutil.copy(FILE, MANAGED)
    daemon.start(mode)


@pytest.fixture(scope="module")
def _scene(_mode):
    """Nothing here changes anything, so one scene does for all tests of a mode."""
    scene(DAEMON, _mode)
    yield
    DAEMON.clean()


@pytest.fixture
def standing(_mode, _scene):
    before = DAEMON.state()
    yield DAEMON
    assert DAEMON.alive() and DAEMON.state() == before


def call(name, conn, flags=0, dom=None):
    who, do = CALLS[name]
    if who and dom is None:
        dom = said_by(conn.lookupByName, who)
        if isinstance(dom, tuple):
            return dom
    said = said_by(do, conn, dom, flags)
    return said if isinstance(said, tuple) else "taken"


def learns_nothing(said):
    assert isinstance(said, tuple), said
    assert not any(word in said[2] for word in ("anchor", "CMDQV", "cmdqv", "vSMMU", "accelerated"))


@only("module")     # the control of each is with the tests of its guard
@pytest.mark.parametrize("name", CALLS)
def test_guarded(standing, name):
    code, domain_of_error, said = call(name, standing.conn)
    assert code in (libvirt.VIR_ERR_OPERATION_UNSUPPORTED, libvirt.VIR_ERR_CONFIG_UNSUPPORTED)
    assert domain_of_error == libvirt.VIR_FROM_QEMU and any(word in said for word in ("anchor", "accelerated")), said


def rules(code):
    """Those for definitions are virt-cmdqv's, those for devices the module's own."""
    if code == libvirt.VIR_ERR_CONFIG_UNSUPPORTED:
        return {line.split()[0] for line in run("virt-cmdqv", "rules").out.splitlines()}
    return {"keep-anchor", "keep-candidate", "attach-emulated", "cmdqv-needs-anchor"}


@only("module")
@pytest.mark.parametrize("name", CALLS)
def test_logged(standing, name):
    """Each refusal is in the log once, and says of which domain, at which vSMMU and by which rule."""
    who = CALLS[name][0] or ("g1" if "estore" in name or "Image" in name else "g3")
    os.truncate(JOURNAL, 0)
    code, _, said = call(name, standing.conn)
    entry, = standing.refusals()
    assert entry["MESSAGE"].startswith("refused virDomain") and said.endswith(entry["MESSAGE"].partition("): ")[2])
    assert entry["CMDQV_CALL"].lower().endswith(name.split()[0].lower()) and entry["CMDQV_CLIENT"] == "user root"
    assert entry["CMDQV_DOMAIN"] == who
    assert entry["CMDQV_UUID"] == (UUIDS[who] if CALLS[name][0] or who == "g3" else SAVED_UUID)
    if name == "setMetadata":       # it is the name that is refused
        assert (entry["CMDQV_VSMMU"], entry["CMDQV_RULE"]) == ("", "")
    else:
        assert "vSMMU" in entry["CMDQV_VSMMU"] and entry["CMDQV_RULE"] in rules(code)


def compare(name, how, said):
    assert SEEN.setdefault((how, name), said) == said


@pytest.mark.parametrize("name", CALLS)
def test_read_only(standing, name):
    conn = libvirt.openReadOnly("qemu:///system")
    said = call(name, conn)
    conn.close()
    learns_nothing(said)
    compare(name, "read-only", said)


@pytest.mark.parametrize("name", CALLS)
def test_read_only_past_the_client(standing, name):
    """The client library refuses by itself; one that does not leaves it to the daemon."""
    conn = libvirt.open("qemu+unix:///system?socket=/run/libvirt/libvirt-sock-ro")
    said = call(name, conn)
    conn.close()
    learns_nothing(said)
    assert said[0] == libvirt.VIR_ERR_OPERATION_DENIED
    compare(name, "read-only daemon", said)


@pytest.mark.parametrize("name", [n for n, (who, _) in CALLS.items() if who])
def test_missing_domain(standing, name):
    """Gone between look-up and call."""
    xml = domain("gone", uuid="11111111-2222-3333-4444-999999999999")
    dom = standing.define(xml)
    dom.undefine()
    said = call(name, standing.conn, dom=dom)
    learns_nothing(said)
    compare(name, "missing", said)


@pytest.mark.parametrize("name", [n for n in CALLS if n not in WITHOUT_FLAGS])
def test_wrong_flags(standing, name):
    said = call(name, standing.conn, NO_FLAG)
    learns_nothing(said)
    compare(name, "flags", said)


@pytest.mark.parametrize("name", ["detachDevice", "detachDeviceFlags live", "detachDeviceFlags both", "detachDeviceAlias", "attachDevice",
                                  "attachDeviceFlags live", "qemuMonitorCommand", "saveFlags", "saveParams", "setMetadata"])
def test_not_running(standing, name):
    """The same on a domain that does not run."""
    said = call(name, standing.conn, dom=standing.get("g2"))
    learns_nothing(said)
    compare(name, "not running", said)


BOTH = libvirt.VIR_DOMAIN_SAVE_RUNNING | libvirt.VIR_DOMAIN_SAVE_PAUSED
WRONG = {
    "saveFlags, both states": lambda c: c.lookupByName("g1").saveFlags("/run/never.save", IMAGE, BOTH),
    "saveFlags, no file": lambda c: c.lookupByName("g1").saveFlags(None, IMAGE, 0),
    "saveParams, both states": lambda c: c.lookupByName("g1").saveParams({"file": "/run/never.save", "dxml": IMAGE}, BOTH),
    "saveParams, unknown name": lambda c: c.lookupByName("g1").saveParams({"file": "/run/never.save", "dxml": IMAGE, "x": "y"}, 0),
    "saveImageDefineXML, both states": lambda c: c.saveImageDefineXML(FILE, IMAGE, BOTH),
    "saveImageDefineXML, no such file": lambda c: c.saveImageDefineXML("/run/nothing.save", IMAGE, 0),
    "saveImageDefineXML, no image": lambda c: c.saveImageDefineXML("/etc/passwd", IMAGE, 0),
    "managedSaveDefineXML, both states": lambda c: c.lookupByName("g4").managedSaveDefineXML(IMAGE, BOTH),
    "managedSaveDefineXML, no image": lambda c: c.lookupByName("g2").managedSaveDefineXML(IMAGE, 0),
    "restoreFlags, both states": lambda c: c.restoreFlags(FILE, IMAGE, BOTH),
    "restoreFlags, no such file": lambda c: c.restoreFlags("/run/nothing.save", IMAGE, 0),
    "restoreFlags, no image": lambda c: c.restoreFlags("/etc/passwd", IMAGE, 0),
    "restoreParams, both states": lambda c: c.restoreParams({"file": FILE, "dxml": IMAGE}, BOTH),
    "restoreParams, unknown name": lambda c: c.restoreParams({"file": FILE, "x": "y"}, 0),
    "restoreParams, no file": lambda c: c.restoreParams({"dxml": IMAGE}, 0),
    "revertToSnapshot, both states": lambda c: c.lookupByName("g4").revertToSnapshot(
        c.lookupByName("g4").snapshotLookupByName("s1"),
        libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING | libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED),
    "snapshotCreateXML, redefined and atomic": lambda c: c.lookupByName("g4").snapshotCreateXML(
        snapshot(domain("g4", smmu(**ALL_GIVEN), uuid=UUIDS["g4"])), REDEFINE | libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA),
    "setMetadata, no key": lambda c: c.lookupByName("g1").setMetadata(ELEMENT, "<a/>", None, URI, LIVE),
    "setMetadata, no XML": lambda c: c.lookupByName("g1").setMetadata(ELEMENT, "<a", "k", URI, LIVE),
    "defineXML, no memory": lambda c: c.defineXML(UNSOUND.replace("<memory unit='MiB'>64</memory>", "")),
    "createWithFiles, which QEMU's driver has not": lambda c: c.lookupByName("g3").createWithFiles([], 0),
    "createXMLWithFiles, which it has not either": lambda c: c.createXMLWithFiles(UNSOUND, [], 0),
    "createXML, of a running domain": lambda c: c.createXML(RUNNING),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments(standing, name):
    said = said_by(WRONG[name], standing.conn)
    learns_nothing(said)
    compare(name, "arguments", said)


@pytest.mark.parametrize("flags", [CONFIG, LIVE | CONFIG], ids=["config", "both"])
@pytest.mark.parametrize("verb", ["detachDeviceFlags", "attachDeviceFlags", "updateDeviceFlags"])
def test_transient(standing, verb, flags):
    """A transient domain has no definition to change."""
    dom = standing.conn.createXML(domain("g5", smmu(), hostdev(GPU_C, 2), hostdev(GPU_B, 3), uuid=UUIDS["g5"]))
    said = said_by(getattr(dom, verb), hostdev(GPU_B, 3), flags)
    dom.destroy()
    Path("/run/qemu-standin/g5.log").unlink()
    learns_nothing(said)
    compare(verb, ("transient", flags), said)


@pytest.mark.parametrize("xml", [hostdev(GPU_C), interface(VF_C, mac="52:54:00:ff:ff:ff"),
                                 "<hostdev mode='subsystem' type='usb'><source><address bus='1' device='2'/></source></hostdev>",
                                 "<controller type='pci' index='77' model='pcie-root-port'/>"],
                         ids=["hostdev", "interface", "usb", "controller"])
@pytest.mark.parametrize("flags", [LIVE, CONFIG, LIVE | CONFIG], ids=["live", "config", "both"])
def test_missing_device(standing, xml, flags):
    said = said_by(standing.get().detachDeviceFlags, xml, flags)
    learns_nothing(said)
    compare(xml, ("missing device", flags), said)
