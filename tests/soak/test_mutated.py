"""Texts made by chance at each entrance of the module, in a libvirtd with the module under AddressSanitizer.

A client may write any text: none ends the daemon or stops it, and AddressSanitizer reports nothing.
Each text has something of an SMMUv3 in it; at others stock libvirt itself may end.  The emulator that the domains
name is not there, so that none starts: a fork of the daemon does not return under AddressSanitizer.  The content
of a managed save is not among these texts: only root can write that file, and libvirt ends at it as at a definition
in /etc/libvirt/qemu.

CMDQV_SOAK_TEXTS is the number of texts for each entrance (300), a tenth of it if libvirt reads its schema each time.
CMDQV_SOAK_SEED is the number that they are made by (1).  The text at which the daemon ended is in /run/mutated.xml.
"""
import glob
import itertools
import os
import signal
from pathlib import Path
from random import Random

import libvirt
import libvirt_qemu
import pytest

import asan
from mutate import TESTS, Mutator, seeds                            # finds tests/e2e for the next ones
import saveimage
from conftest import DAEMON, said_by
from domains import ALL_GIVEN, EMULATOR, GPU_A, GPU_B, VF_A, domain, emulated, hostdev, inactive, interface, port, smmu, snapshot
from migration import OFFLINE, PERSIST, Incoming, cookie
from verbs import ANCHORS_URI, CONFIG, ELEMENT, HMP, LIVE, REDEFINE, qmp

COUNT = int(os.environ.get("CMDQV_SOAK_TEXTS", "300"))
SEED = int(os.environ.get("CMDQV_SOAK_SEED", "1"))
PATIENCE = 30       # seconds for one call
LAST = Path("/run/mutated.xml")
IMAGE, MUTATED = "/run/sound.save", "/run/mutated.save"
NAME, UUID = "m1", "00000000-0000-4000-8000-0000000000f1"
SOUND = domain(NAME, smmu(**ALL_GIVEN), hostdev(GPU_A, 2), hostdev(GPU_B, 3), uuid=UUID)
RUNNING = domain("r1", smmu(**ALL_GIVEN), hostdev(GPU_A, 2), hostdev(GPU_B, 3), uuid="00000000-0000-4000-8000-0000000000f2")
PLAIN = domain(NAME, uuid=UUID)
NUMBERS = itertools.count(1)


# -- the texts that are made by chance


def of_domains(random):
    return Mutator(seeds(NAME, UUID), random).make


def of_devices(random):
    made = Mutator([hostdev(GPU_A, 2), hostdev(GPU_B), interface(VF_A, 3), smmu(), emulated(4), port(12, 1, 4), hostdev(GPU_A, 2, alias="ua-a"),
                    *(file.read_text() for file in sorted((TESTS / "fuzz/corpus/device-xml").iterdir()))], random)
    return lambda: made.make("")


def of_metadata(random):
    made = Mutator(["<a/>", "<a xmlns:p='urn:libvirt-cmdqv:lowered:1'><p:lowered><p:iommu bus='1'/></p:lowered></a>",
                    "<p:anchors xmlns:p='urn:libvirt-cmdqv:anchors:1'><p:anchor/></p:anchors>"], random)
    return lambda: made.make("")


def of_commands(random):
    made = Mutator([qmp("device_del", id="hostdev0"), qmp("qom-set", path="/machine/peripheral/hostdev0", property="realized", value=False),
                    qmp("human-monitor-command", **{"command-line": "device_del hostdev0"}), qmp("object-del", id="iommufd0"),
                    "device_del hostdev0", "qom-set /machine/peripheral/hostdev0 realized off", "device_del \"hostdev0\""], random)
    return lambda: made.make("hostdev0" if random.random() < 0.9 else "")


# -- the entrances; each gets the connection and a text


def taken_back(dom):
    """The same definition for the next text."""
    if not isinstance(dom, tuple):
        dom.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_NVRAM | libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE)


def define(conn, text):
    taken_back(said_by(conn.defineXML, text))


def define_validated(conn, text):
    taken_back(said_by(conn.defineXMLFlags, text, libvirt.VIR_DOMAIN_DEFINE_VALIDATE))


def create(conn, text):
    said_by(conn.createXML, text, libvirt.VIR_DOMAIN_START_PAUSED)


def native(conn, text):
    said_by(conn.domainXMLToNative, "qemu-argv", text, 0)


def redefined(conn, xml):
    """A snapshot of the domain that is there."""
    dom = conn.lookupByName(NAME)
    taken = said_by(dom.snapshotCreateXML, xml, REDEFINE)
    if not isinstance(taken, tuple):
        said_by(taken.getXMLDesc, 0)
        taken.delete(libvirt.VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY)


def of_snapshot(conn, text):
    redefined(conn, snapshot(text))


def inactive_of_snapshot(conn, text):
    redefined(conn, snapshot(SOUND, inactive(text)))


def revert(conn, text):
    """To a snapshot that stock libvirt would take."""
    dom = conn.lookupByName(NAME)
    taken = said_by(dom.snapshotCreateXML, snapshot(text), REDEFINE)
    if not isinstance(taken, tuple):
        said_by(dom.revertToSnapshot, taken)
        taken.delete(libvirt.VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY)
        conn.defineXML(SOUND)


def checkpoint(conn, text):
    taken = said_by(conn.lookupByName(NAME).checkpointCreateXML, f"<domaincheckpoint><name>c1</name>{text}</domaincheckpoint>",
                    libvirt.VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE)
    if not isinstance(taken, tuple):
        taken.delete(libvirt.VIR_DOMAIN_CHECKPOINT_DELETE_METADATA_ONLY)


def into_image(conn, text):
    said_by(conn.saveImageDefineXML, IMAGE, text, 0)


def into_managed_save(conn, text):
    said_by(conn.lookupByName(NAME).managedSaveDefineXML, text, 0)


def of_image(conn, text):
    saveimage.write(MUTATED, text)
    said_by(conn.saveImageGetXMLDesc, MUTATED, 0)
    said_by(conn.restore, MUTATED)


def restore_with(conn, text):
    said_by(conn.restoreFlags, IMAGE, text, 0)


def named_anew(text):
    """libvirt keeps the domain of a migration that fails in memory: so each text is about another one."""
    number = next(NUMBERS)
    name, uuid = f"{NAME}-{number}", f"00000000-0000-4000-8000-{number:012}"
    return name, uuid, text.replace(f"<name>{NAME}<", f"<name>{name}<").replace(UUID, uuid)


def incoming(_conn, text):
    name, _, text = named_anew(text)
    with Incoming() as client:
        if client.prepare("virDomainMigratePrepare3Params", text, OFFLINE | PERSIST) is None:
            client.finish("virDomainMigrateFinish3Params", name, cookie(name, UUID), OFFLINE | PERSIST, cancelled=1)


def in_cookie(conn, text):
    name, uuid, text = named_anew(text)
    plain = PLAIN.replace(f">{NAME}<", f">{name}<").replace(UUID, uuid)
    with Incoming() as client:
        assert client.prepare("virDomainMigratePrepare3Params", plain, OFFLINE | PERSIST) is None
        client.finish("virDomainMigrateFinish3Params", name, cookie(name, uuid, text), OFFLINE | PERSIST)
    dom = said_by(conn.lookupByName, name)
    if not isinstance(dom, tuple) and dom.isPersistent():
        dom.undefine()


CLIENTS = {}


def outgoing(conn, text):
    """The first of the two calls: at the second one stock libvirt ends for a domain that does not run, with any XML.
    libvirt's client leaks a connection at each, so that one has to do."""
    if conn not in CLIENTS:
        CLIENTS[conn] = Incoming().open()
    CLIENTS[conn].leave("virDomainMigrateBegin3Params", NAME, text, OFFLINE | PERSIST)


def device(verb, name, flags):
    def change(conn, text):
        dom = conn.lookupByName(name)
        if not isinstance(said_by(getattr(dom, f"{verb}DeviceFlags"), text, flags), tuple) and flags == CONFIG:
            conn.defineXML(SOUND)
    return change


def alias(conn, text):
    said_by(conn.lookupByName("r1").detachDeviceAlias, text, LIVE)


def metadata(conn, text):
    dom, key = conn.lookupByName(NAME), text[:9]
    for uri in (ANCHORS_URI, "urn:x", text[:40]):
        said_by(dom.setMetadata, ELEMENT, text, key, uri, CONFIG)
        said_by(dom.metadata, ELEMENT, uri, CONFIG)


def monitor(conn, text):
    dom = conn.lookupByName("r1")
    said_by(libvirt_qemu.qemuMonitorCommand, dom, text, 0)
    said_by(libvirt_qemu.qemuMonitorCommand, dom, text, HMP)


ENTRANCES = {
    "define": (define, of_domains), "define with validation": (define_validated, of_domains), "create": (create, of_domains),
    "native": (native, of_domains), "snapshot": (of_snapshot, of_domains), "snapshot, inactive": (inactive_of_snapshot, of_domains),
    "revert": (revert, of_domains), "checkpoint": (checkpoint, of_domains), "edit of a saved image": (into_image, of_domains),
    "edit of a managed save": (into_managed_save, of_domains), "saved image": (of_image, of_domains), "restore with XML": (restore_with, of_domains),
    "migration": (incoming, of_domains), "cookie of a migration": (in_cookie, of_domains), "source of a migration": (outgoing, of_domains),
    **{f"{verb} of a definition": (device(verb, NAME, CONFIG), of_devices) for verb in ("attach", "update", "detach")},
    **{f"{verb}, running": (device(verb, "r1", LIVE), of_devices) for verb in ("update", "detach")},
    "alias": (alias, of_devices), "metadata": (metadata, of_metadata), "monitor": (monitor, of_commands),
}


SLOW = {"define with validation", "checkpoint"}


@pytest.fixture(scope="module")
def preloaded():
    libraries = asan.libraries()
    DAEMON.start("stock")
    DAEMON.clean()
    for emulator in glob.glob("/usr/bin/qemu-system-*") + [EMULATOR]:      # libvirt forks to query one that it does not know
        said_by(DAEMON.conn.getDomainCapabilities, emulator)
    saveimage.write(IMAGE, PLAIN)
    yield libraries
    DAEMON.start("stock")
    DAEMON.clean()
    DAEMON.stop()


@pytest.fixture
def sanitized(preloaded):
    """A new daemon for each entrance, with a domain that is defined and one that runs."""
    asan.forget()
    DAEMON.start("stock")
    DAEMON.clean()
    DAEMON.run(RUNNING)
    DAEMON.define(SOUND)
    saveimage.write(f"/var/lib/libvirt/qemu/save/{NAME}.save", PLAIN)
    DAEMON.stop()
    asan.start(preloaded, leaks=False)
    yield DAEMON


def late(*_):
    raise TimeoutError(f"no answer in {PATIENCE} s")


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_mutated(sanitized, entrance, capsys):
    """A client gives this entrance so many texts; the daemon lives, and AddressSanitizer reports nothing of the module."""
    enter, maker = ENTRANCES[entrance]
    make, alive = maker(Random(f"{SEED} {entrance}")), True
    signal.signal(signal.SIGALRM, late)
    count = COUNT // 10 if entrance in SLOW else COUNT
    for number in range(count):
        text = make()
        LAST.write_text(text)
        signal.alarm(PATIENCE)
        try:
            enter(sanitized.conn, text)
            alive = sanitized.conn.isAlive() and sanitized.conn.getLibVersion()
        except (libvirt.libvirtError, AssertionError):
            alive = sanitized.conn.isAlive()
            if alive:
                raise
        except SystemError as error:        # libvirt quotes half a character of a text that is no XML
            assert isinstance(error.__cause__, UnicodeDecodeError), error
        finally:
            signal.alarm(0)
        assert alive, f"the daemon ended at text {number}, which is in {LAST}:\n" + "\n".join(asan.reports()[-3:])
    sanitized.stop()
    found = [report for report in asan.reports() if asan.is_ours(report)]
    with capsys.disabled():
        print(f"\n  {entrance}: {count} texts, {len(found)} reports of the module")
    assert not found, "\n".join(found[:10])
