"""libvirt's own refusals win, word for word, at every guarded call, and nobody learns about anchors from them.

The table has a call for each guard, and the guard refuses it: `test_guarded`
shows that.  Then the same calls are made by somebody who may not, on a
domain that is not there, with flags that do not exist: what the module's
daemon says is what stock libvirt said.
"""
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import libvirt
import libvirt_qemu
import pytest

import saveimage
from conftest import said_by, wait_for
from domains import ALL_GIVEN, GPU_A, GPU_B, VF_A, domain, hostdev, interface, smmu
from test_attach import emulated
from test_command import HMP, qmp
from test_live import CONFIG, LIVE
from test_metadata import ELEMENT, URI
from test_saved import SAVED, unsound
from test_snapshot import REDEFINE, snapshot

UUIDS = {name: f"11111111-2222-3333-4444-{number:012}" for number, name in enumerate(("g1", "g2", "g3", "g4"))}
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
def _scenes():
    """The mode in which the scene stands now."""
    return {}


@pytest.fixture
def standing(daemon, _scenes):
    """Nothing here changes anything, so one scene does for all tests of a mode."""
    mode = daemon.mode
    if _scenes.get("mode") != (mode, daemon.pid) or "g4" not in daemon.names():
        scene(daemon, mode)
        _scenes["mode"] = (mode, daemon.pid)
    daemon.clean, clean = (lambda: None), daemon.clean
    yield daemon
    daemon.clean = clean


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


@pytest.mark.parametrize("name", [n for n in CALLS if n != "managedSaveDefineXML"])
def test_guarded(daemon, name):
    """Who may do it is refused by the module, and not by stock libvirt in these words."""
    mode = daemon.mode
    scene(daemon, mode)
    said = call(name, daemon.conn)
    ours = (libvirt.VIR_ERR_OPERATION_UNSUPPORTED, libvirt.VIR_ERR_CONFIG_UNSUPPORTED)
    words = ("anchor", "accelerated")
    if daemon.stock:
        assert said == "taken" or not (said[0] in ours and any(w in said[2] for w in words)), said
    else:
        assert said[0] in ours and said[1] == libvirt.VIR_FROM_QEMU and any(w in said[2] for w in words), said


def compare(name, how, said):
    assert SEEN.setdefault((how, name), said) == said


@pytest.mark.parametrize("name", CALLS)
def test_read_only(standing, name):
    conn = libvirt.openReadOnly("qemu:///system")
    before = standing.state()
    said = call(name, conn)
    conn.close()
    learns_nothing(said)
    compare(name, "read-only", said)
    assert standing.state() == before


@pytest.mark.parametrize("name", CALLS)
def test_read_only_past_the_client(standing, name):
    """The client library refuses by itself; one that does not leaves it to the daemon."""
    conn = libvirt.open("qemu+unix:///system?socket=/run/libvirt/libvirt-sock-ro")
    before = standing.state()
    said = call(name, conn)
    conn.close()
    learns_nothing(said)
    assert said[0] == libvirt.VIR_ERR_OPERATION_DENIED
    compare(name, "read-only daemon", said)
    assert standing.state() == before


@pytest.mark.parametrize("name", [n for n, (who, _) in CALLS.items() if who])
def test_missing_domain(standing, name):
    """Gone between look-up and call."""
    who = CALLS[name][0]
    xml = domain("gone", uuid="11111111-2222-3333-4444-999999999999")
    dom = standing.define(xml)
    dom.undefine()
    said = call(name, standing.conn, dom=dom)
    assert who
    learns_nothing(said)
    compare(name, "missing", said)


@pytest.mark.parametrize("name", [n for n in CALLS if n not in WITHOUT_FLAGS])
def test_wrong_flags(standing, name):
    before = standing.state()
    said = call(name, standing.conn, NO_FLAG)
    learns_nothing(said)
    compare(name, "flags", said)
    assert standing.state() == before


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
def test_transient(daemon, verb, flags):
    """A transient domain has no definition to change."""
    dom = daemon.conn.createXML(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3), uuid=UUIDS["g1"]))
    said = said_by(getattr(dom, verb), hostdev(GPU_B, 3), flags)
    learns_nothing(said)
    compare(verb, ("transient", flags), said)


@pytest.mark.parametrize("xml", [hostdev("0009:02:00.0"), interface("0009:03:00.3", mac="52:54:00:ff:ff:ff"),
                                 "<hostdev mode='subsystem' type='usb'><source><address bus='1' device='2'/></source></hostdev>",
                                 "<controller type='pci' index='77' model='pcie-root-port'/>"],
                         ids=["hostdev", "interface", "usb", "controller"])
@pytest.mark.parametrize("flags", [LIVE, CONFIG, LIVE | CONFIG], ids=["live", "config", "both"])
def test_missing_device(standing, xml, flags):
    said = said_by(standing.get().detachDeviceFlags, xml, flags)
    learns_nothing(said)
    compare(xml, ("missing device", flags), said)


# -- somebody whom polkit denies it


RULES = Path("/etc/polkit-1/rules.d/10-libvirt-cmdqv-test.rules")
CONF = Path("/etc/libvirt/libvirtd.conf")
HERE = Path(__file__).parent


def polkit_rules(user, granted):
    """polkit's answer to libvirt's questions about that user: yes for what is granted, no for the rest."""
    actions = ", ".join(f'"org.libvirt.api.{action}"' for action in granted)
    return (f'polkit.addRule(function(action, subject) {{\n'
            f'  if (subject.user != "{user}" || action.id.indexOf("org.libvirt.api.") != 0) return;\n'
            f'  return [{actions}].indexOf(action.id) >= 0 ? polkit.Result.YES : polkit.Result.NO;\n}});\n')


@pytest.fixture(scope="module")
def polkit():
    """The system bus and polkitd, and libvirtd asking it."""
    if not Path("/usr/lib/polkit-1/polkitd").exists() or not Path("/usr/bin/dbus-daemon").exists():
        pytest.skip("polkit is not in this root")
    Path("/run/dbus").mkdir(exist_ok=True)
    Path("/run/dbus/pid").unlink(missing_ok=True)
    bus = subprocess.Popen(["dbus-daemon", "--system", "--nofork", "--nopidfile"])
    wait_for(lambda: Path("/run/dbus/system_bus_socket").exists(), "no system bus")
    RULES.parent.mkdir(parents=True, exist_ok=True)
    RULES.write_text("")
    with open("/run/polkitd.log", "w", encoding="utf-8") as log:
        polkitd = subprocess.Popen(["/usr/lib/polkit-1/polkitd", "--no-debug"], stdout=log, stderr=log)
    wait_for(lambda: subprocess.run(["busctl", "--system", "status", "org.freedesktop.PolicyKit1"], capture_output=True,
                                    check=False).returncode == 0 if Path("/usr/bin/busctl").exists() else time.sleep(1) is None,
             "no polkitd")
    before = CONF.read_text()
    CONF.write_text(before + 'access_drivers = [ "polkit" ]\nunix_sock_rw_perms = "0777"\n')
    yield polkitd
    CONF.write_text(before)
    RULES.unlink()
    polkitd.kill()
    bus.kill()


def as_nobody():
    """{call: what libvirt says}, by a process of nobody's."""
    program = ("import json, os, sys; sys.path.insert(0, sys.argv[1]); os.setgid(65534); os.setuid(65534)\n"
               "import libvirt, test_precedence as t\n"
               "conn = libvirt.open('qemu:///system')\n"
               "print(json.dumps({name: t.call(name, conn) for name in t.CALLS}))\n")
    done = subprocess.run([sys.executable, "-B", "-c", program, str(HERE)], capture_output=True, text=True, timeout=120,
                          check=False, env={**os.environ, "HOME": "/nonexistent"})
    assert done.returncode == 0, done
    return json.loads(done.stdout)


READS = ["connect.getattr", "connect.read", "connect.search-domains", "domain.getattr", "domain.read"]
GRANTED = {
    "sees nothing": ["connect.getattr", "connect.search-domains"],
    "looks up": ["connect.getattr", "connect.search-domains", "domain.getattr"],
    "reads": READS,
    "reads secrets": [*READS, "domain.read-secure"],
    "starts": [*READS, "domain.start"],
    "defines": [*READS, "domain.save", "connect.write"],
    "changes what runs": [*READS, "domain.write"],
    "changes without reading": ["connect.getattr", "connect.search-domains", "domain.getattr", "domain.write", "domain.save"],
}
MAY_CHANGE = {"changes what runs", "changes without reading", "starts", "defines"}


@pytest.mark.parametrize("granted", GRANTED)
def test_polkit(polkit, daemon, granted):
    """Whatever stock libvirt denies is denied in the same words; and what it does not deny is no way past a guard."""
    RULES.write_text(polkit_rules("nobody", GRANTED[granted]))
    time.sleep(1.5)             # polkitd watches the folder
    scene(daemon, daemon.mode)
    before = daemon.state()
    said = as_nobody()
    denied = {n: s for n, s in said.items() if isinstance(s, list) and s[0] in (libvirt.VIR_ERR_ACCESS_DENIED, libvirt.VIR_ERR_NO_DOMAIN)}
    if daemon.stock:
        SEEN[granted] = denied
        assert len(denied) >= 9, said
        if granted not in MAY_CHANGE:
            assert set(denied) == set(CALLS), {n: s for n, s in said.items() if n not in denied}
        return
    assert {n: said[n] for n in SEEN[granted]} == SEEN[granted]
    taken = [n for n in said if n not in denied and said[n] == "taken"]
    assert taken == [], "what only a guard stood against went through"
    assert daemon.state() == before
