"""libvirt's own refusals win, word for word, at every guarded call, and nobody learns about anchors from them.

The table has a call for each guard, and the guard refuses it: `test_guarded`
shows that.  Then the same calls are made by somebody who may not, on a
domain that is not there, with flags that do not exist: what the module's
daemon says is what stock libvirt said.
"""
from pathlib import Path

import libvirt
import libvirt_qemu
import pytest

import saveimage
from conftest import DAEMON, only, said_by
from domains import ALL_GIVEN, GPU_A, GPU_B, GPU_C, VF_A, VF_C, domain, hostdev, interface, smmu
from test_attach import emulated
from test_command import HMP, qmp
from test_live import CONFIG, LIVE
from test_metadata import ELEMENT, URI
from test_saved import SAVED, unsound
from test_snapshot import REDEFINE, snapshot

UUIDS = {name: f"11111111-2222-3333-4444-{number:012}" for number, name in enumerate(("g1", "g2", "g3", "g4", "g5"))}
RUNNING = domain("g1", smmu(), interface(VF_A, 3), hostdev(GPU_A, 2), uuid=UUIDS["g1"])
ALONE = domain("g2", smmu(), interface(VF_A, 3), uuid=UUIDS["g2"])              # of a definition, its only anchor
UNSOUND = domain("g3", smmu(**ALL_GIVEN), uuid=UUIDS["g3"])
FILE = "/run/precedence.save"
IMAGE = unsound(SAVED)
NO_FLAG = 1 << 30

# name: (domain, call).  The call gets connection, domain and additional flags.
CALLS = {
    "detachDevice": ("g1", lambda c, d, f: d.detachDevice(interface(VF_A))),
    "detachDeviceFlags live": ("g1", lambda c, d, f: d.detachDeviceFlags(interface(VF_A), LIVE | f)),
    "detachDeviceFlags both": ("g1", lambda c, d, f: d.detachDeviceFlags(interface(VF_A), LIVE | CONFIG | f)),
    "detachDeviceFlags config": ("g2", lambda c, d, f: d.detachDeviceFlags(interface(VF_A), CONFIG | f)),
    "detachDeviceAlias": ("g1", lambda c, d, f: d.detachDeviceAlias("hostdev0", LIVE | f)),
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
    "qemuMonitorCommand": ("g1", lambda c, d, f: libvirt_qemu.qemuMonitorCommand(d, qmp("device_del", id="hostdev0"), f)),
    "qemuMonitorCommand HMP": ("g1", lambda c, d, f: libvirt_qemu.qemuMonitorCommand(d, "device_del hostdev0", HMP | f)),
    "setMetadata": ("g1", lambda c, d, f: d.setMetadata(ELEMENT, "<a/>", "k", URI, LIVE | f)),
}
WITHOUT_FLAGS = {"detachDevice", "attachDevice", "defineXML", "create", "restore"}
SEEN = {}       # what stock libvirt said; the stock run comes first


def scene(daemon, mode):
    """What the calls are about, made by a stock daemon."""
    daemon.start("stock")
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


# Of these the definition, or the command, is judged before libvirt sees the flags.
JUDGED_FIRST = {"createWithFlags", "saveFlags", "saveParams", "saveImageDefineXML", "managedSaveDefineXML", "restoreFlags",
                "restoreFlags with XML", "restoreParams", "revertToSnapshot", "qemuMonitorCommand", "qemuMonitorCommand HMP",
                "setMetadata"}


@pytest.mark.parametrize("name", [n for n in CALLS if n not in WITHOUT_FLAGS and n not in JUDGED_FIRST])
def test_wrong_flags(standing, name):
    said = call(name, standing.conn, NO_FLAG)
    learns_nothing(said)
    compare(name, "flags", said)


@pytest.mark.parametrize("name", ["detachDevice", "detachDeviceFlags live", "detachDeviceFlags both", "detachDeviceAlias", "attachDevice",
                                  "attachDeviceFlags live", "qemuMonitorCommand", "saveFlags", "setMetadata"])
def test_not_running(standing, name):
    """The same on a domain that does not run."""
    said = call(name, standing.conn, dom=standing.get("g2"))
    if name in ("saveFlags", "setMetadata") and not standing.stock:
        return          # a definition, and a name, are refused whoever is asked
    learns_nothing(said)
    compare(name, "not running", said)


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
