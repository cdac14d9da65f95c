"""Facts that cannot be known, by entrance: each row of docs/unknown.rst happens at each of its entrances."""
import re
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import libvirt
import libvirt_qemu
import pytest

import saveimage
import suites
import words
from conftest import only, said_by
from daemonfiles import PID
from domains import (ALL_GIVEN, EMULATOR, GPU_A, GPU_B, HARMLESS, LAYOUT, NO_COMMAND_LINE, QEMU, arguments, domain, hostdev, smmu, snapshot,
                     with_arguments)
from migration import OFFLINE, PERSIST, Incoming, cookie
from verbs import CONFIG, HMP, INACTIVE, LIVE, REDEFINE, hook, qmp

FORCE = libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_FORCE
UUID = "11111111-2222-3333-4444-555555555555"
VOLUME = NO_COMMAND_LINE["volume without its driver"]
PLACED = VOLUME.replace("</disk>", "<address type='pci' domain='0' bus='10' slot='0' function='0'/></disk>")
ADDRESSED = LAYOUT.replace("model='pcie-expander-bus'><target busNr='252'/>",
                           "model='pcie-expander-bus'><target busNr='252'/><address type='pci' bus='0' slot='0x1e'/>").replace(
    "model='pcie-expander-bus'><target busNr='240'/>",
    "model='pcie-expander-bus'><target busNr='240'/><address type='pci' bus='0' slot='0x1d'/>")
FILE_OF_OPTIONS = arguments("-readconfig", "/etc/hostname")

# The domain of each row.
ROWS = {
    "no command line, invalid by its XML": domain("g1", smmu(**ALL_GIVEN), PLACED, layout=ADDRESSED, uuid=UUID),
    "no command line, own arguments, invalid by its XML": with_arguments(HARMLESS, smmu(**ALL_GIVEN), PLACED, layout=ADDRESSED, uuid=UUID),
    "no command line, valid by its XML, addresses missing": domain("g1", smmu(), hostdev(GPU_A, 2), VOLUME, layout=ADDRESSED, uuid=UUID),
    "no command line, valid by its XML, addresses given": domain("g1", smmu(), hostdev(GPU_A, 2), PLACED, layout=ADDRESSED, uuid=UUID),
    "options that cannot be read": with_arguments(FILE_OF_OPTIONS, uuid=UUID),
    "own arguments, no SMMU": with_arguments(HARMLESS, uuid=UUID),
}
ASKED = Path("/opt/asked/qemu-system-aarch64")
UNSOUND = domain("g1", smmu(**ALL_GIVEN), uuid=UUID, emulator=ASKED)
SOUND = domain("g1", smmu(), hostdev(GPU_A, 2), uuid=UUID, emulator=ASKED)
PLAIN = domain("g1", uuid=UUID, emulator=QEMU)      # which always answers


def table(first):
    """{row: {entrance: verdict}} of the table whose first cell that is."""
    text = Path("/src/docs/unknown.rst").read_text()
    block = text[text.index(f"   * - {first}\n"):].partition("\n\n")[0]
    rows = [re.findall(r"^     - (.*)$|^   \* - (.*)$", row, re.M) for row in re.split(r"(?m)^(?=   \* - )", block) if row.strip()]
    cells = [[a or b for a, b in row] for row in rows]
    return {row[0]: dict(zip(cells[0][1:], row[1:], strict=True)) for row in cells[1:]}


TABLE, BLIND, RUNNING = table("unknown fact"), table("source without an answer"), table("unknown fact about a running domain")


def verdict(said):
    """refused: by the module or its hook; libvirt refuses: it does not get as far; passes: QEMU refuses it, or it succeeds."""
    if not isinstance(said, tuple):
        return "passes"
    if re.search(r"domain 'g1': .*(cmdqv='on' needs|not known|cannot be queried|silently drops cmdqv)", said[2]):
        return "refused"
    asks = r"capabilit|[Uu]nable to find|not executable|emulator|QEMU binary|qmp\.pid|no domain snapshot"
    return "libvirt refuses" if re.search(asks, said[2]) else "passes"


def define(daemon, xml):
    return said_by(daemon.conn.defineXML, xml)


def create(daemon, xml):
    return said_by(daemon.conn.createXML, xml)


def image(daemon, xml):
    """Its definition is exchanged; one that asks for nothing is in it before."""
    saveimage.write("/run/unknown.save", PLAIN)
    return said_by(daemon.conn.saveImageDefineXML, "/run/unknown.save", xml, 0)


def restore(daemon, xml):
    saveimage.write("/run/unknown.save", xml)
    return said_by(daemon.conn.restore, "/run/unknown.save")


def restore_with(daemon, xml):
    saveimage.write("/run/unknown.save", PLAIN)
    return said_by(daemon.conn.restoreFlags, "/run/unknown.save", xml, 0)


def taken(daemon, xml, name="s1"):
    """A snapshot of a domain that has nothing to do with it otherwise."""
    dom = daemon.define(PLAIN)
    return said_by(dom.snapshotCreateXML, snapshot(xml, name=name), REDEFINE)


def migrate(daemon, xml, received=None):
    assert daemon.names() == []
    with Incoming() as client:
        said = client.prepare("virDomainMigratePrepare3Params", xml, OFFLINE | PERSIST)
        if said is None and received:
            said = client.finish("virDomainMigrateFinish3Params", "g1", cookie("g1", UUID, received), OFFLINE | PERSIST)
    daemon.restart()        # a domain that does not stay is in libvirt's mind until then
    return said


def migrate_definition(daemon, xml):
    """A client migrates the definition that the domain is to have when it has stopped."""
    return migrate(daemon, PLAIN, xml)


ENTRANCES = {"define": define, "create": create, "image": image, "restore": restore, "restore with XML": restore_with, "snapshot": taken,
             "migration": migrate, "cookie": migrate_definition}
# These are about a definition that libvirt has taken: stock libvirt here, before the module is there.
TAKEN = ("start", "hook", "revert")


def at_each(daemon, xml):
    """{entrance: verdict} of those that are given a text."""
    found = {}
    for entrance, enter in ENTRANCES.items():
        found[entrance] = verdict(enter(daemon, xml))
        daemon.clean()
    return found


def at_taken(daemon, xml, unanswering):
    """The same of those that are given a definition that libvirt has taken."""
    daemon.start_unguarded()
    dom = daemon.define(xml)
    xml = dom.XMLDesc(INACTIVE)
    dom.snapshotCreateXML(snapshot(xml), REDEFINE)
    daemon.start("module")
    with unanswering(daemon):
        dom = daemon.get()
        found = {"start": verdict(said_by(dom.create)), "hook": "refused" if hook("prepare", xml).status else "passes"}
        if dom.isActive():
            dom.destroy()
        found["revert"] = verdict(said_by(lambda: dom.revertToSnapshot(dom.snapshotLookupByName("s1"), FORCE)))
        return found


@contextmanager
def nothing(_):
    yield


def expected(row, xml):
    """The verdicts of the page; a libvirt that drops cmdqv is given nothing with it by migration."""
    if suites.host() != suites.LOWERED or "cmdqv" not in xml:
        return row
    return {**row, "migration": "refused", "cookie": "refused"}


def test_every_row():
    """The tables have a row for each case here, and the other way round."""
    assert set(TABLE) == set(ROWS)
    assert set(BLIND) == set(UNANSWERING)
    assert set(RUNNING) == set(LOST)
    for row in [*TABLE.values(), *BLIND.values()]:
        assert set(row) == set(ENTRANCES) | set(TAKEN)


@only("module")
@pytest.mark.parametrize("row", ROWS)
def test_text(daemon, row):
    """A client gives the domain of the row to each entrance that takes a text."""
    wanted = {entrance: "passes" if verdict == "never so" else verdict for entrance, verdict in expected(TABLE[row], ROWS[row]).items()
              if entrance in ENTRANCES}
    assert at_each(daemon, ROWS[row]) == wanted


@only("module")
@pytest.mark.parametrize("row", [row for row in ROWS if TABLE[row]["start"] != "never so"])
def test_what_libvirt_has_taken(daemon, row):
    """Stock libvirt defines the domain; then the module judges it."""
    assert at_taken(daemon, ROWS[row], nothing) == {entrance: TABLE[row][entrance] for entrance in TAKEN}


# -- sources that do not answer, about a definition that is invalid with any answer


def put_emulator(script, mode):
    """In another second than the one before: libvirt keeps its answers about a program whose ctime, in seconds, is the same."""
    ASKED.parent.mkdir(exist_ok=True)
    while ASKED.exists() and int(time.time()) <= int(ASKED.stat().st_ctime):
        time.sleep(0.05)
    ASKED.write_text(script)
    ASKED.chmod(mode)


def answering():
    """An emulator that is only there to be asked."""
    put_emulator(f'#!/bin/sh\nexec {EMULATOR} "$@"\n', 0o755)


@contextmanager
def host_tree(daemon):
    """Of the host nothing is seen, not even by the daemon, which sees it first when it starts."""
    folders = ("/sys/class/iommu", "/sys/bus/pci/devices", "/sys/firmware/acpi")
    seen = [folder for folder in folders if Path(folder).exists()]
    daemon.stop()
    for folder in seen:
        subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
    try:
        daemon.start("module")
        yield
    finally:
        daemon.stop()
        for folder in seen:
            subprocess.run(["umount", folder], check=True)
        daemon.start("module")


def emulator(script, mode=0o755):
    """The emulator of the domain is another one from now on, and libvirt has to ask it anew."""
    @contextmanager
    def replaced(daemon):
        daemon.stop()
        put_emulator(script, mode)
        try:
            daemon.start("module")
            yield
        finally:
            daemon.stop()
            answering()
            daemon.start("module")
    return replaced


UNANSWERING = {
    "the host's files": host_tree,
    "an emulator that cannot be run": emulator("", 0o644),
    "an emulator that prints nothing": emulator("#!/bin/sh\nexit 0\n"),
    "an emulator that fails": emulator("#!/bin/sh\nexit 1\n"),
    "an emulator that hangs": emulator("#!/bin/sh\nsleep 0.5\nexit 1\n"),
}


@only("module")
@pytest.mark.parametrize("row", UNANSWERING)
def test_unanswering(daemon, row):
    """The source that the row names does not answer, and a client gives an invalid definition to each entrance."""
    answering()
    with UNANSWERING[row](daemon):
        found = at_each(daemon, UNSOUND)
    found |= at_taken(daemon, UNSOUND, UNANSWERING[row])
    assert found == expected(BLIND[row], UNSOUND)


RUNS = Path("/opt/asked/runs")
ONCE = {"define": define, "create": create, "native": lambda daemon, xml: said_by(daemon.conn.domainXMLToNative, "qemu-argv", xml, 0)}


@pytest.mark.parametrize("asks", ONCE)
def test_slow_emulator_is_not_awaited_again(daemon, asks):
    """libvirt waits for an emulator as long as it takes. The plugin does not wait again: it is run as often as by stock libvirt."""
    for number, xml in enumerate((UNSOUND, SOUND)):
        RUNS.unlink(missing_ok=True)
        put_emulator(f"#!/bin/sh\n# {asks} {number}\necho $* >>{RUNS}\nsleep 0.2\nexit 1\n", 0o755)
        assert isinstance(ONCE[asks](daemon, xml), tuple)
        runs = RUNS.read_text().splitlines()
        # if a domain is lowered for it, the plugin asks it as well, and waits for some seconds at most
        assert len([run for run in runs if "qmp unix:" in run]) <= (1 if suites.host() == suites.NATIVE else 3), runs
        assert len([run for run in runs if "qmp unix:" not in run]) <= (0 if suites.host() == suites.NATIVE else 2), runs
    assert daemon.names() == []


# -- a running domain


@contextmanager
def pid_file(text=None):
    file = Path("/run/libvirt/qemu/g1.pid")
    kept = file.read_text()
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    try:
        yield
    finally:
        file.write_text(kept)


LOST = {
    "its pid file": pid_file,
    "the process that its pid file names": lambda: pid_file("999999"),
    "the command line of that process": lambda: pid_file("2"),
    "that it is the domain's": lambda: pid_file(PID.read_text()),
    "the content of its pid file": lambda: pid_file("many\n"),
}
MAY_ANCHOR = {"first": (GPU_A, 2, "hostdev0"), "second": (GPU_B, 3, "hostdev1")}
CHANGES = {
    "detach": lambda dom, host, bus, alias: dom.detachDeviceFlags(hostdev(host, bus), LIVE),
    "detach of both": lambda dom, host, bus, alias: dom.detachDeviceFlags(hostdev(host, bus), LIVE | CONFIG),
    "detach by alias": lambda dom, host, bus, alias: dom.detachDeviceAlias(words.behind(alias, host), LIVE),
    "QMP": lambda dom, host, bus, alias: libvirt_qemu.qemuMonitorCommand(dom, qmp("device_del", id=words.behind(alias, host)), 0),
    "HMP": lambda dom, host, bus, alias: libvirt_qemu.qemuMonitorCommand(dom, f"device_del {words.behind(alias, host)}", HMP),
}


@only("module")
@pytest.mark.parametrize("row", LOST)
def test_running(daemon, row):
    """The fact that the row names is lost of a running domain, and each device that may be the anchor is detached in each way."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3), uuid=UUID))
    found = {}
    with daemon.nothing_changes(), LOST[row]():
        for name, change in CHANGES.items():
            said = [said_by(change, dom, *device) for device in MAY_ANCHOR.values()]
            told = all(isinstance(one, tuple) and one[0] == libvirt.VIR_ERR_OPERATION_UNSUPPORTED and "is not known" in one[2]
                       for one in said)
            found[name] = "refused" if told else said
    assert found == RUNNING[row]
