"""The effects of commands in QEMU's own monitor, and the commands that the project lets a client send.

The tables of commands are compared with those of the real QEMU: names with its
help and query-commands, types of arguments with its binary, both ways.

Then the real monitor is given commands of every spelling (monitorgrammar.py),
in HMP and in QMP, for a QEMU with a device `hostdev0` on a root port behind a
vSMMU.  After each it is seen whether all of that is still there, whether QEMU
has closed a file, and whether it has another monitor.  The project is asked
about the same command: it must have refused each that did any of this.

CMDQV_DIFFERENTIAL_MONITOR is the number of commands of each kind (400),
CMDQV_DIFFERENTIAL_SEED another sequence of them.
"""
import glob
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from monitorgrammar import Grammar                                         # noqa: E402

QEMU = "/usr/bin/qemu-system-aarch64"
COUNT = int(os.environ.get("CMDQV_DIFFERENTIAL_MONITOR", "400"))
SEED = int(os.environ.get("CMDQV_DIFFERENTIAL_SEED", "1"))
JUDGE = next(iter(glob.glob(os.environ.get("CMDQV_MONITORJUDGE", "/build/tests/differential/monitorjudge"))), None)
MACHINE = ["-machine", "virt", "-accel", "qtest", "-S", "-nodefaults", "-display", "none"]
DEVICES = ["-device", "pxb-pcie,id=pci.1,bus=pcie.0,bus_nr=128", "-device", "arm-smmuv3,id=iommu0,primary-bus=pci.1{}",
           "-device", "pcie-root-port,id=pci.2,chassis=2,bus=pci.1", "-device", "pcie-root-port,id=pci.3,chassis=3,bus=pcie.0",
           "-object", "iommufd,id=iommufd0"]
ANCHORED = [part.format(",accel=on,cmdqv=on") for part in DEVICES] + \
    ["-device", "vfio-pci,id=hostdev0,host=0009:01:00.0,bus=pci.2,iommufd=iommufd0",
     "-device", "vfio-pci,id=hostdev1,host=0009:02:00.0,bus=pci.3,iommufd=iommufd1"]
NAMED = {"hostdev0": "pci.2", "hostdev1": "pci.3"}
ENDED = "QEMU ended"      # as after quit: nothing of the domain is left, and the module does not claim to prevent that
OURS = ("hostdev0", "pci.1", "pci.2", "iommu0")



class Monitor:
    """The real QEMU, and a QMP connection of our own beside the one that is tested."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory()
        self.process = None
        self.started = 0
        self.start()

    def start(self):
        self.started += 1
        paths = [os.path.join(self.directory.name, name) for name in ("tried", "own")]
        for path in paths:
            if os.path.exists(path):
                os.unlink(path)
        options = [part for path in paths for part in ("-qmp", f"unix:{path},server=on,wait=off")]
        self.process = subprocess.Popen([QEMU, *MACHINE, *options, *(part.format("") for part in DEVICES),
                                         "-chardev", "null,id=c0"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL)
        self.tried, self.own = (self.connect(path) for path in paths)
        self.serial = 0
        for name in NAMED:
            self.add(name)
        self.spare = None
        self.descriptor()
        self.files = self.open_files()
        self.monitors = self.objects()

    def connect(self, path):
        for _ in range(200):
            try:
                wire = socket.socket(socket.AF_UNIX)
                wire.connect(path)
                break
            except OSError:
                wire.close()
                signal.sigtimedwait([], 0.02)
        wire.settimeout(20)
        stream = wire.makefile("rwb")
        stream.readline()
        stream.write(b'{"execute":"qmp_capabilities"}\n')
        stream.flush()
        stream.readline()
        return stream

    def ask(self, command, **arguments):
        self.own.write(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        self.own.flush()
        while True:
            answer = json.loads(self.own.readline())
            if "event" not in answer:
                return answer

    def add(self, name):
        answer = self.ask("device_add", driver="pci-testdev", id=name, bus=NAMED[name])
        assert "return" in answer, answer

    def open_files(self):
        where = f"/proc/{self.process.pid}/fd"
        return {name: os.readlink(f"{where}/{name}") for name in os.listdir(where)}

    def descriptor(self):
        """A file that QEMU needs for nothing else: the anchor's iommufd, as it were."""
        if self.spare is None:
            before = set(self.open_files())
            self.ask("chardev-add", id="c1", backend={"type": "file", "data": {"out": "/dev/zero"}})
            self.spare = max(set(self.open_files()) - before, key=int)
        return self.spare

    def objects(self):
        return {entry["name"] for entry in self.ask("qom-list", path="/objects")["return"] if "monitor" in entry["type"]}

    def send(self, text):
        """Sends any text; an invalid byte makes QEMU begin anew, and the answer to our own id is the last that belongs to it."""
        self.serial += 1
        ident = f"sync-{self.serial}"
        self.tried.write(text.encode("utf-8", "surrogateescape") + b'\xff\n{"execute":"query-name","id":"%s"}\n' % ident.encode())
        self.tried.flush()
        while True:
            line = self.tried.readline()
            if not line:
                return
            if json.loads(line).get("id") == ident:
                return

    def harm(self):
        """Repairs the damage, and returns it; None if there is none."""
        try:
            found = self.missing()
            if (found or self.lacks("hostdev1")) and (not self.repair() or self.missing() or self.lacks("hostdev1")):
                self.restart()
        except (OSError, ValueError):
            self.restart()
            return ENDED
        return found

    def lacks(self, name):
        return self.ask("qom-get", path=f"/machine/peripheral/{name}", property="realized").get("return") is not True

    def repair(self):
        """A removed device is the most frequent; the rest is mended by another QEMU."""
        for name in NAMED:
            if self.lacks(name) and "error" in self.ask("device_add", driver="pci-testdev", id=name, bus=NAMED[name]):
                return "error" not in self.ask("qom-set", path=f"/machine/peripheral/{name}", property="realized", value=True)
        return True

    def restart(self):
        self.stop()
        self.start()

    def missing(self):
        for name in OURS:
            if self.lacks(name):
                return name
        if self.lacks("pci.2/pci.2"):
            return "the bus of pci.2"
        if "error" in self.ask("qom-list", path="/objects/iommufd0"):
            return "iommufd0"
        if self.objects() - self.monitors:
            return "another monitor"
        now = self.open_files()
        if now.get(self.spare) != self.files[self.spare]:
            return "a file"
        return None

    def stop(self):
        self.process.kill()
        self.process.wait()


class Judge:
    def __init__(self):
        self.process = subprocess.Popen([JUDGE, *ANCHORED], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, kind, text):
        self.process.stdin.write(kind.encode() + text.encode("utf-8", "surrogateescape") + b"\0")
        self.process.stdin.flush()
        return self.process.stdout.readline().decode("utf-8", "replace").rstrip("\n")


@pytest.fixture(scope="module")
def monitor():
    there = Monitor()
    yield there
    there.stop()


@pytest.fixture(scope="module")
def tables():
    rows = [line.split("\t") for line in subprocess.run([JUDGE, "--table"], capture_output=True, check=True,
                                                        text=True).stdout.splitlines()]
    return {kind: {name: (types, effect) for which, name, types, effect in rows if which == kind}
            for kind in ("hmp", "info", "qmp", "object")}


def hmp(monitor, line):
    return monitor.ask("human-monitor-command", **{"command-line": line})["return"].replace("\r", "")


def commands_of_the_binary(helped, prefix):
    """Names and types of arguments: four texts in a row, of which the help shows the first, the third and the fourth."""
    image = Path(QEMU).read_bytes()
    offset, = struct.unpack_from("<Q", image, 0x28)
    number, = struct.unpack_from("<H", image, 0x3c)
    sections = [struct.unpack_from("<IIQQQQIIQQ", image, offset + 64 * i) for i in range(number)]
    pointers = {}
    for section in sections:
        if section[1] == 4:     # SHT_RELA; 8 is R_X86_64_RELATIVE, 1027 R_AARCH64_RELATIVE
            for where, info, addend in struct.iter_unpack("<QQq", image[section[4]:section[4] + section[5]]):
                if info & 0xffffffff in (8, 1027):
                    pointers[where] = addend
    data = [s for s in sections if s[1] == 1 and s[2] & 2 and not s[2] & 1]

    def text(address):
        for section in data:
            if section[3] <= address < section[3] + section[5]:
                begin = address - section[3] + section[4]
                return image[begin:image.index(b"\0", begin)].decode("utf-8", "replace")
        return None

    found = {}
    for where in pointers:
        slots = [pointers.get(where + 8 * i) for i in range(4)]
        if None in slots or (shown := text(slots[3])) is None:
            continue
        name, types, parameters = map(text, slots[:3])
        if name and f"\n{prefix}{name} {parameters} -- {shown}\n" in f"\n{helped}":
            found[name] = types
    return found


@pytest.mark.parametrize("kind, about, prefix", [("hmp", "help", ""), ("info", "help info", "info ")])
def test_table_of_hmp(monitor, tables, kind, about, prefix):
    """Each command that the real help shows, with the arguments that it takes, and no other."""
    helped = hmp(monitor, about)
    named = {line.split(" ")[len(prefix.split())] for line in helped.splitlines() if re.match(rf"{prefix}[a-z?]\S* .*-- |drive_add ", line)}
    real = commands_of_the_binary(helped, prefix)
    assert named <= set(real), "the binary's table was not understood"
    assert {name: types for name, (types, _) in tables[kind].items()} == real


def test_table_of_qmp(monitor, tables):
    """The table has each command that QEMU's monitor has, and no other."""
    assert set(tables["qmp"]) == {command["name"] for command in monitor.ask("query-commands")["return"]}


def test_table_of_objects(monitor, tables):
    """The table has each type of object that a client can create in QEMU, and no other."""
    assert set(tables["object"]) == {t["name"] for t in monitor.ask("qom-list-types", implements="user-creatable")["return"]}


def test_transaction_is_about_disks(monitor):
    """It is the only command that has others inside, but for human-monitor-command."""
    schema = {entry["name"]: entry for entry in monitor.ask("query-qmp-schema")["return"]}
    actions = next(m["type"] for m in schema[schema["transaction"]["arg-type"]]["members"] if m["name"] == "actions")
    kinds = {variant["case"] for variant in schema[schema[actions]["element-type"]]["variants"]}
    assert all(kind == "abort" or kind.startswith(("block", "drive-backup")) for kind in kinds)


def test_acting_properties(monitor):
    """No other property of the objects that an anchor needs, set to anything, changes them."""
    refused = {"realized", "fd", "hotplug-handler"}
    paths = [f"/machine/peripheral/{name}" for name in OURS] + ["/machine/peripheral/pci.2/pci.2", "/objects/iommufd0"]
    tried = 0
    for path in paths:
        for entry in monitor.ask("qom-list", path=path)["return"]:
            if entry["name"] in refused:
                continue
            for value in (False, True, "", "x", 0, 1, None, "/machine", [], {}):
                tried += 1
                monitor.ask("qom-set", path=path, property=entry["name"], value=value)
            assert monitor.harm() is None, (path, entry)
    assert tried > 1000


@pytest.mark.parametrize("kind", ["H", "Q"], ids=["HMP", "QMP"])
def test_spellings(monitor, kind):
    """Of commands made by chance, those that the project passes remove no anchor from QEMU."""
    judge = Judge()
    grammar = Grammar(SEED, monitor.descriptor())
    done, innocents = Counter(), Counter()
    for _ in range(COUNT):
        text = grammar.line() if kind == "H" else grammar.command()
        if "\0" in text:
            continue
        verdict = judge.ask(kind, text)
        sent = json.dumps({"execute": "human-monitor-command", "arguments": {"command-line": text}}) if kind == "H" else text
        monitor.send(sent)
        harm = monitor.harm()
        grammar.descriptor = monitor.descriptor()
        did = harm if harm == ENDED else "acted" if harm else "did nothing"
        done[did, "passed" if verdict == "-" else "refused"] += 1
        assert did != "acted" or verdict != "-", f"{harm}: {text!r} (seed {SEED})"
        if not harm and verdict != "-":
            innocents[re.sub(r"^.*?: |'[^']*'|, (?:so whether|and the guest).*", "", verdict)[:60]] += 1
    print(done, f"{monitor.started} QEMUs", *innocents.most_common(), sep="\n")
    assert done["acted", "refused"] > COUNT / 40
    assert done["did nothing", "passed"] > COUNT / 10
