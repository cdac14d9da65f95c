"""libvirt's own refusals win, word for word, at every guarded call, and tell nothing about anchors.

The table has a call for each guard, and the guard refuses it: `test_guarded`
shows that.  Then the same calls are made by a client without the right, on a
domain that is not there, with flags that do not exist: the module's
daemon gives the answer of stock libvirt.
"""
from pathlib import Path

import libvirt
import pytest

from conftest import DAEMON, only, run, said_by
from daemonfiles import SOCKET
from domains import ALL_GIVEN, GPU_B, GPU_C, VF_C, domain, hostdev, interface, smmu, snapshot
from guardedcalls import CALLS, FILE, IMAGE, RUNNING, UNSOUND, UUIDS, call, learns_nothing, scene
from saveimage import SAVED_UUID
from verbs import ANCHORS_URI, CONFIG, ELEMENT, LIVE, REDEFINE

NO_FLAG = 1 << 30

WITHOUT_FLAGS = {"detachDevice", "attachDevice", "defineXML", "create", "restore"}
SEEN = {}       # answers of stock libvirt; the stock run is first


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


@only("module")     # the control of each is with the tests of its guard
@pytest.mark.parametrize("name", CALLS)
def test_guarded(standing, name):
    """The module refuses each call of the table."""
    code, domain_of_error, said = call(name, standing.conn)
    assert code in (libvirt.VIR_ERR_OPERATION_UNSUPPORTED, libvirt.VIR_ERR_CONFIG_UNSUPPORTED)
    assert domain_of_error == libvirt.VIR_FROM_QEMU and any(word in said for word in ("anchor", "accelerated")), said


def rules(code):
    """Those for definitions, and those for devices, whose level cannot be set; a change may break one for definitions too."""
    lines = [line.split() for line in run("virt-cmdqv", "rules").out.splitlines()]
    if code == libvirt.VIR_ERR_CONFIG_UNSUPPORTED:
        return {rule for rule, level, *_ in lines if level != "always"}
    return {rule for rule, level, *_ in lines if level == "always"} & {"keep-anchor", "keep-candidate", "attach-emulated"} | {
        "cmdqv-needs-anchor"}


@only("module")
@pytest.mark.parametrize("name", CALLS)
def test_logged(standing, name):
    """Each refusal is in the log once, and says of which domain, at which vSMMU and by which rule."""
    who = CALLS[name][0] or ("g1" if "estore" in name or "Image" in name else "g3")
    standing.forget()
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
    """A client with a read-only connection makes each guarded call."""
    conn = libvirt.openReadOnly("qemu:///system")
    said = call(name, conn)
    conn.close()
    learns_nothing(said)
    compare(name, "read-only", said)


@pytest.mark.parametrize("name", CALLS)
def test_read_only_past_the_client(standing, name):
    """The client library refuses by itself; one that does not leaves it to the daemon."""
    conn = libvirt.open(f"qemu+unix:///system?socket={SOCKET}-ro")
    said = call(name, conn)
    conn.close()
    learns_nothing(said)
    assert said[0] == libvirt.VIR_ERR_OPERATION_DENIED
    compare(name, "read-only daemon", said)


@pytest.mark.parametrize("name", [n for n, (who, _) in CALLS.items() if who])
def test_missing_domain(standing, name):
    """A client looks up a domain, which is undefined before the call."""
    xml = domain("gone", uuid="11111111-2222-3333-4444-999999999999")
    dom = standing.define(xml)
    dom.undefine()
    said = call(name, standing.conn, dom=dom)
    learns_nothing(said)
    compare(name, "missing", said)


@pytest.mark.parametrize("name", [n for n in CALLS if n not in WITHOUT_FLAGS])
def test_wrong_flags(standing, name):
    """A client makes each guarded call with a flag that does not exist."""
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
    "setMetadata, no key": lambda c: c.lookupByName("g1").setMetadata(ELEMENT, "<a/>", None, ANCHORS_URI, LIVE),
    "setMetadata, no XML": lambda c: c.lookupByName("g1").setMetadata(ELEMENT, "<a", "k", ANCHORS_URI, LIVE),
    "defineXML, no memory": lambda c: c.defineXML(UNSOUND.replace("<memory unit='MiB'>64</memory>", "")),
    "createWithFiles, which QEMU's driver has not": lambda c: c.lookupByName("g3").createWithFiles([], 0),
    "createXMLWithFiles, which it has not either": lambda c: c.createXMLWithFiles(UNSOUND, [], 0),
    "createXML, of a running domain": lambda c: c.createXML(RUNNING),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments(standing, name):
    """A client makes guarded calls with arguments that contradict each other."""
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
    """A client detaches a device that the domain does not have."""
    said = said_by(standing.get().detachDeviceFlags, xml, flags)
    learns_nothing(said)
    compare(xml, ("missing device", flags), said)
