"""A call for each guard, which refuses it, and the domains that the calls are about.

  g1  runs, with two devices that could anchor; the interface does
  g2  is defined, with one
  g3  breaks a rule, and was defined before the module was installed
  g4  has no vSMMU, but a snapshot and a managed save that break a rule
"""
import re
import shutil
from pathlib import Path

import libvirt_qemu

import saveimage
import words
from conftest import said_by
from domains import ALL_GIVEN, GPU_A, GPU_B, VF_A, domain, emulated, hostdev, interface, smmu, snapshot
from saveimage import SAVED, unsound
from verbs import ANCHORS_URI, CONFIG, ELEMENT, HMP, LIVE, REDEFINE, qmp

UUIDS = {name: f"11111111-2222-3333-4444-{number:012}" for number, name in enumerate(("g1", "g2", "g3", "g4", "g5"))}
RUNNING = domain("g1", smmu(), interface(VF_A, 3), hostdev(GPU_A, 2), uuid=UUIDS["g1"])
ALONE = domain("g2", smmu(), interface(VF_A, 3), uuid=UUIDS["g2"])              # of a definition, its only anchor
UNSOUND = domain("g3", smmu(**ALL_GIVEN), uuid=UUIDS["g3"])
FILE = "/run/precedence.save"
IMAGE = unsound(SAVED)
MANAGED = Path("/var/lib/libvirt/qemu/save/g4.save")
ANCHOR = words.behind("hostdev0", VF_A)

# {function: its access check}, of those that the module may refuse, as in the module's own table.
CHECKS = {function: check or function for function, check in
          re.findall(r"^    (?:OWN|OF)\((vir\w+), (?:(vir\w+), )?\w+\)", Path("/src/src/daemon/guarded_calls.h").read_text(), re.M)}
# libvirt's old name of virDomainCreateXML, which no client can call.
INTERNAL = {"virDomainCreateLinux"}

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
    "setMetadata": ("g1", lambda c, d, f: d.setMetadata(ELEMENT, "<a/>", "k", ANCHORS_URI, LIVE | f)),
}


def scene(daemon, mode):
    """Domains, snapshots and images that the calls are about, made by a stock daemon."""
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


def function_of(name):
    """libvirt's name of the function that a call is of: it is the first word, as in the binding or in full."""
    word = name.partition(" ")[0].removesuffix(",")
    return word if word.startswith("vir") else f"virDomain{word[0].upper()}{word[1:]}"


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
