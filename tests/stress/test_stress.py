"""Many clients at once on one libvirtd, which is killed and restarted meanwhile.

16 clients, each a thread with a connection of its own, make calls on the same
20 domains: detach and attach (live, config, both, by alias), define, dumpxml,
our metadata, start, destroy.  Once on stock libvirt, the control, and once
with the module and the hook.

  * No anchor is lost: QEMU's record shows that it was not asked to remove the
    device that anchors the CMDQV of a running domain, and every running domain
    still has it.  Stock libvirt asks QEMU all the time.
  * Every definition keeps a device that can anchor.  Stock libvirt detaches all.
  * Every error is one that stock libvirt gives too, or one of our sentences.
  * No client waits for ever.

The same once more under ThreadSanitizer: the module is built with it, and its
runtime preloaded into the daemon.  libvirt and GLib are not built so; the
runtime is told not to look at their own accesses.

CMDQV_STRESS_CALLS is the number of calls of each client (250), of which the
control and the run under ThreadSanitizer make a third; CMDQV_STRESS_KILLS how
often the daemon is killed in between (3).
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import libvirt
import pytest

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / folder) for folder in ("e2e", "e2e/helpers")]
import words                                                                # noqa: E402
from conftest import DAEMON, RECORDS, URI, module_path, run, wait_for              # noqa: E402
from domains import EMULATOR, VF_A, VF_B, VF_C, domain, hostdev, interface, smmu    # noqa: E402

LIVE, CONFIG, INACTIVE = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG, libvirt.VIR_DOMAIN_XML_INACTIVE
CALLS = int(os.environ.get("CMDQV_STRESS_CALLS", "250"))
KILLS = int(os.environ.get("CMDQV_STRESS_KILLS", "3"))
CLIENTS = 16
DOMAINS = 20
PATIENCE = 120      # seconds for one call: libvirt itself gives up waiting for a domain after 30
NAMESPACE = "urn:libvirt-cmdqv:anchors:1"
FAKEHOST = Path("/run/fakehost")

# The errors of stock libvirt when many clients work on one domain; the control is held to the same list.
STOCK = (
    # nothing to do, or nothing there
    "Requested operation is not valid: domain is not running", "Requested operation is not valid: domain is already running",
    "device not found: ...", "internal error: no device found with alias ...", "metadata not found: ...",
    "unsupported configuration: non unique alias detected: ua-...",
    "internal error: unable to execute QEMU command 'device_add': Duplicate device ID '...'",
    "internal error: unable to execute QEMU command 'device_del': Device '...' not found",
    # another client was faster, and ended the domain meanwhile
    "operation failed: domain is no longer running", "operation failed: domain is not running",
    "internal error: process exited while connecting to monitor...", "internal error: QEMU unexpectedly closed the monitor...",
    "internal error: End of file from qemu monitor...", "Unable to write to monitor: Broken pipe",
    "internal error: Missing monitor reply object", "Unable to read from monitor: Connection reset by peer",
    "Requested operation is not valid: guest unexpectedly quit during hotplug",
    "internal error: unable to execute QEMU command 'device_del': Device ... is already in the process of unplug",
    # or held it for longer than libvirt waits
    "Timed out during operation: cannot acquire state change lock...",
    "Requested operation is not valid: PCI device ... is in use by driver QEMU, domain ...",
)

# The errors of libvirt for a port that the module closed to hot-plug when it had the anchor on it.
CLOSED = ("operation failed: cannot hot unplug ... device with PCI guest address: ... - not allowed by controller",
          "XML error: The device at PCI address ... requires hotplug capability, but the PCI controller with index='...' doesn't support hotplug")

# The errors for a client that had called, or was about to, when the daemon died.
CUT_OFF = ("End of file while reading data: Input/output error", "internal error: client socket is closed",
           "Cannot recv data: ...", "Cannot write data: Broken pipe", "Failed to connect socket to ...", "Cannot send data...")

LIVE_DETACH = (words.anchor("...", "...", name="...", vsmmu="...", bus="..."), words.untold("...", "...", name="...", vsmmu="...", bus="..."),
               words.untold("...", "...", name="...", vsmmu="...", bus="...").replace("vSMMU '...'", "the vSMMU"))
OURS = (
    *LIVE_DETACH, *(words.noted(sentence, words.lost_already(name="...", element="...")) for sentence in LIVE_DETACH),
    words.last_in_definition("...", name="..."), words.last_in_definition("...", name="...", alias="..."),
    words.needs_hostdev(name="...", hint="..."),
)


def known(message, sentences):
    return any(words.matches(sentence, message) for sentence in sentences)


# -- 20 domains, and a host with enough devices for all of them at once


def more_of_the_host(count):
    """More devices like the first of the fake host: each domain has two of its own."""
    devices = FAKEHOST / "bus/pci/devices"
    addresses = []
    for i in range(count):
        address, group, vfio = f"0009:{0x40 + i:02x}:00.0", 100 + i, 100 + i
        addresses.append(address)
        if (devices / address).exists():
            continue
        shutil.copytree(devices / "0009:01:00.0", devices / address, symlinks=True)
        (devices / address / "iommu_group").unlink()
        (devices / address / "iommu_group").symlink_to(f"/sys/kernel/iommu_groups/{group}")
        (FAKEHOST / f"groups/{group}/devices").mkdir(parents=True)
        (FAKEHOST / f"groups/{group}/devices" / address).symlink_to(f"/sys/bus/pci/devices/{address}")
        shutil.rmtree(devices / address / "vfio-dev")
        (devices / address / f"vfio-dev/vfio{vfio}").mkdir(parents=True)
        Path(f"/dev/vfio/{group}").touch()
        Path(f"/dev/vfio/devices/vfio{vfio}").touch()
    return addresses


class Subject:
    """A domain, and the XMLs that calls on it need."""

    def __init__(self, number, hosts, emulator):
        self.name = f"s{number}"
        self.has_vsmmu = number % 7 != 0
        self.first = (interface([VF_A, VF_B, VF_C][number // 6 - 1], 2, mac=f"52:54:00:00:0c:{number:02x}",
                                more="<alias name='ua-first'/>")
                      if number in (6, 12, 18) else hostdev(hosts[2 * number], 2, alias="ua-first"))
        self.second = hostdev(hosts[2 * number + 1], 3, alias="ua-second")
        self.uuid = f"00000000-0000-4000-8000-{number:012d}"
        vsmmus = [smmu()] if self.has_vsmmu else []
        self.xml, self.turned, self.unsound = (
            domain(self.name, *vsmmus, *devices, uuid=self.uuid, emulator=emulator)
            for devices in ([self.first, self.second], [self.second, self.first], []))


# -- the clients


class World:
    """The state that all clients share."""

    def __init__(self, subjects, calls):
        self.subjects, self.calls = subjects, calls
        self.lock = threading.Lock()
        self.gate, self.starts, self.killing = threading.Condition(), 0, False
        self.done, self.outcomes, self.strange, self.failures = 0, Counter(), Counter(), []
        self.stopped = []

    def note(self, operation, subject, error=None):
        """Counts the outcome of a call."""
        message = error.get_error_message() if error else None
        kind = ("done" if error is None else "stopped by QEMU" if message == words.BLOCKER
                else "cut off" if known(message, CUT_OFF) else "refused by us" if known(message, OURS)
                else "refused by libvirt" if known(message, (*STOCK, *CLOSED)) else "strange")
        with self.lock:
            self.done += 1
            self.outcomes[kind] += 1
            if kind == "strange":
                self.strange[f"{operation}: {error.get_error_code()}: {message}"] += 1
            elif kind == "stopped by QEMU":
                self.stopped.append(subject.name)

    @contextmanager
    def starting(self):
        """A start, during which the daemon is not killed: stock libvirt 12.8.0 never gets over that.  It takes the
        domain up again as one that is starting, and waits for ever for the start to end."""
        with self.gate:
            self.gate.wait_for(lambda: not self.killing)
            self.starts += 1
        try:
            yield
        finally:
            with self.gate:
                self.starts -= 1
                self.gate.notify_all()

    @contextmanager
    def no_starts(self):
        with self.gate:
            self.killing = True
            self.gate.wait_for(lambda: self.starts == 0)
        try:
            yield
        finally:
            with self.gate:
                self.killing = False
                self.gate.notify_all()


def connect():
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return libvirt.open(URI)
        except libvirt.libvirtError:
            assert time.monotonic() < end, "libvirtd does not start again"
            time.sleep(0.1)


class Client:
    """Makes its calls one after the other, drawn from numbers of its own."""

    def __init__(self, number, world):
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.random, self.world = Random(number), world
        self.since, self.busy_with = None, ""
        operations = {
            self.dump: 22, self.metadata: 6, self.detach_first_live: 14, self.detach_first_both: 5, self.detach_first_config: 5,
            self.detach_alias: 5, self.detach_second_live: 9, self.attach_second_live: 9, self.attach_config: 5,
            self.detach_second_config: 4, self.define: 7, self.define_turned: 2, self.define_refused: 3, self.start: 3, self.destroy: 1,
        }
        self.operations, self.weights = list(operations), list(operations.values())

    def run(self):
        try:
            conn = connect()
            for _ in range(self.world.calls):
                operation = self.random.choices(self.operations, self.weights)[0]
                subject = self.random.choice(self.world.subjects)
                self.busy_with, self.since = f"{operation.__name__} {subject.name}", time.monotonic()
                conn = self.call(conn, operation, subject)
                self.since = None
        except Exception as error:  # pylint: disable=broad-except # the test has to hear of it
            self.world.failures.append(f"{self.busy_with}: {error!r}")

    def call(self, conn, operation, subject):
        try:
            operation(conn, subject)
        except libvirt.libvirtError as error:
            self.world.note(operation.__name__, subject, error)
        else:
            self.world.note(operation.__name__, subject)
        return conn if conn.isAlive() else connect()

    @staticmethod
    def get(conn, subject):
        return conn.lookupByName(subject.name)

    def dump(self, conn, subject):
        self.get(conn, subject).XMLDesc(self.random.choice([0, INACTIVE]))

    def metadata(self, conn, subject):
        self.get(conn, subject).metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, NAMESPACE, self.random.choice([0, LIVE, CONFIG]))

    def detach_first_live(self, conn, subject):
        self.get(conn, subject).detachDeviceFlags(subject.first, self.random.choice([LIVE, 0]))

    def detach_first_both(self, conn, subject):
        self.get(conn, subject).detachDeviceFlags(subject.first, LIVE | CONFIG)

    def detach_first_config(self, conn, subject):
        self.get(conn, subject).detachDeviceFlags(subject.first, CONFIG)

    def detach_alias(self, conn, subject):
        self.get(conn, subject).detachDeviceAlias("ua-first", self.random.choice([LIVE, CONFIG]))

    def detach_second_live(self, conn, subject):
        self.get(conn, subject).detachDeviceFlags(subject.second, LIVE)

    def attach_second_live(self, conn, subject):
        self.get(conn, subject).attachDeviceFlags(subject.second, LIVE)

    def attach_config(self, conn, subject):
        self.get(conn, subject).attachDeviceFlags(self.random.choice([subject.first, subject.second]), CONFIG)

    def detach_second_config(self, conn, subject):
        self.get(conn, subject).detachDeviceFlags(subject.second, CONFIG)

    @staticmethod
    def define(conn, subject):
        conn.defineXML(subject.xml)

    @staticmethod
    def define_turned(conn, subject):
        conn.defineXML(subject.turned)

    @staticmethod
    def define_refused(conn, subject):
        conn.defineXML(subject.unsound)

    def start(self, conn, subject):
        with self.world.starting():
            self.get(conn, subject).create()

    def destroy(self, conn, subject):
        self.get(conn, subject).destroy()


# -- the daemon


@dataclass
class Mode:
    """How the daemon runs, and the calls of each client on it."""
    name: str
    calls: int
    kills: int
    libraries: list = field(default_factory=list)
    env: dict = field(default_factory=dict)
    emulator: str = EMULATOR

    def start(self):
        started = run("/lab/daemon", "start", *self.libraries, env=self.env)
        assert started.status == 0, started

    def kill(self):
        """As the kernel does it when memory ends; domains live on."""
        pid = int(Path("/run/libvirtd.pid").read_text())
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not alive(pid), "the daemon still lives", seconds=10)
        self.start()


def alive(pid):
    """Whether a process runs; one that is dead and not waited for has no command line."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False


def emulators():
    """Every process that runs as a domain's emulator, known to libvirt or not."""
    for cmdline in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            args = cmdline.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"-uuid" in args and any(a.endswith(b"qemu-standin") for a in args[:3]):
            yield int(cmdline.parent.name)


def end_domains():
    """All emulators, for a daemon that is killed while it starts a domain leaves one behind that it does not know."""
    for pid in emulators():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    wait_for(lambda: not DAEMON.conn.listDomainsID(), "domains live on", seconds=30)
    DAEMON.clean()


@contextmanager
def running(mode):
    DAEMON.start("stock" if mode.name == "stock" else "module")
    end_domains()
    DAEMON.stop()
    mode.start()
    DAEMON.connect()
    yield
    DAEMON.restart()
    end_domains()
    DAEMON.stop()


# -- the conditions that have to hold


def first_device(argv):
    """The id of the device that anchors, if any does: the first passed-through one; libvirt gives them all in JSON."""
    devices = [json.loads(v) for a, v in zip(argv, argv[1:]) if a == "-device" and v.startswith("{")]
    if not any(d["driver"] == "arm-smmuv3" for d in devices):
        return None
    return next((d["id"] for d in devices if d["driver"] == "vfio-pci"), None)


def asked_for_anchor(subject):
    """How often QEMU was asked to remove the anchor that it had at the time; and the last run's anchor."""
    asked, anchor = 0, None
    record = RECORDS / f"{subject.name}.log"
    for line in record.read_text().splitlines() if record.exists() else []:
        what = json.loads(line)
        if "start" in what:
            anchor = first_device(what["start"])
        elif what.get("execute") == "device_del" and anchor and what["arguments"]["id"] == anchor:
            asked += 1
    return asked, anchor


def watch(world, clients, mode):
    """Until all have done; kills the daemon in between."""
    total = world.calls * len(clients)
    marks = [total * (i + 1) // (mode.kills + 1) for i in range(mode.kills)]
    while any(client.thread.is_alive() for client in clients):
        time.sleep(0.05)
        if marks and world.done >= marks[0]:
            marks.pop(0)
            with world.no_starts():
                mode.kill()
        now = time.monotonic()
        stuck = [c.busy_with for c in clients if c.since and now - c.since > PATIENCE]
        assert not stuck, f"no answer in {PATIENCE} s: {stuck}"
    assert not marks, "the daemon was killed less often than it should"


@dataclass
class Seen:
    """The findings when all clients were done."""
    asked: int = 0          # how often QEMU was asked for an anchor
    missing: list = field(default_factory=list)     # domains that run without it
    empty: list = field(default_factory=list)       # definitions without a device that could anchor


def look(world):
    seen = Seen()
    for subject in (s for s in world.subjects if s.has_vsmmu):
        asked, anchor = asked_for_anchor(subject)
        dom = DAEMON.get(subject.name)
        seen.asked += asked
        if dom.isActive() and anchor and f"<alias name='{anchor}'/>" not in dom.XMLDesc(0):
            seen.missing.append(subject.name)
        if "<source>" not in dom.XMLDesc(INACTIVE):
            seen.empty.append(subject.name)
    return seen


def stress(mode, capsys):
    """All clients on all domains; returns the world and the findings."""
    hosts = more_of_the_host(2 * DOMAINS)
    world = World([Subject(i, hosts, mode.emulator) for i in range(DOMAINS)], mode.calls)
    for number, subject in enumerate(world.subjects):
        dom = DAEMON.define(subject.xml)
        if number % 2:
            dom.create()
    DAEMON.disconnect()
    clients = [Client(i, world) for i in range(CLIENTS)]
    begin = time.monotonic()
    for client in clients:
        client.thread.start()
    watch(world, clients, mode)
    seconds = time.monotonic() - begin
    DAEMON.connect()
    seen = look(world)
    with capsys.disabled():
        print(f"\n  {mode.name}: {world.done} calls of {CLIENTS} clients in {seconds:.0f} s, daemon killed {mode.kills} times: "
              + ", ".join(f"{n} {what}" for what, n in sorted(world.outcomes.items()))
              + f"; QEMU asked {seen.asked} times for an anchor, {len(seen.empty)} definitions without any")
    assert not world.failures
    assert world.done == world.calls * CLIENTS
    assert not world.strange, "\n".join(f"{n} {what}" for what, n in world.strange.most_common())
    assert not seen.missing, "anchors lost"
    return world, seen


def test_stock(capsys):
    """Many clients work on stock libvirt: QEMU is asked to remove anchors."""
    mode = Mode("stock", max(CALLS // 3, 10), KILLS)
    with running(mode):
        world, seen = stress(mode, capsys)
    assert seen.asked > 0 and world.outcomes["stopped by QEMU"] > 0 and not world.outcomes["refused by us"]


def assert_defended(world, seen):
    assert not world.stopped and seen.asked == 0, f"QEMU was asked for an anchor: {world.stopped}"
    assert not seen.empty and world.outcomes["refused by us"] > 0


def test_module(capsys):
    """Many clients work on libvirt with the module: QEMU is never asked to remove an anchor."""
    mode = Mode("module", CALLS, KILLS, [module_path()])
    with running(mode):
        assert_defended(*stress(mode, capsys))


# -- ThreadSanitizer

TSAN_LOG = Path("/run/tsan")


def build(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def sanitized():
    """The libraries to preload: ThreadSanitizer's runtime, a race for it to find, and the module."""
    if not Path("/build-tsan/build.ninja").exists():
        build("meson", "setup", "/build-tsan", "/src", "--prefix=/usr", "--sysconfdir=/etc", "-Db_sanitize=thread", "-Dtests=false",
              "-Ddocs=disabled")
    build("meson", "compile", "-C", "/build-tsan")
    racy = TSAN_LOG.with_name("racy.so")
    build("gcc", "-g", "-fsanitize=thread", "-shared", "-fPIC", "-o", racy, Path(__file__).with_name("racy.c"), "-lvirt")
    runtime = run("gcc", "-print-file-name=libtsan.so").out.strip()
    return [os.path.realpath(runtime), str(racy), "/build-tsan/src/libvirt-cmdqv.so"]


def emulator_without_preload():
    """libvirt hands LD_PRELOAD on; a program that is not built with ThreadSanitizer shall run without."""
    wrapper = Path("/run/emulator")
    wrapper.write_text(f'#!/bin/sh\nunset LD_PRELOAD TSAN_OPTIONS\nexec {EMULATOR} "$@"\n')
    wrapper.chmod(0o755)
    return str(wrapper)


def test_thread_sanitizer(sanitized, capsys):
    """Many clients work on the module under ThreadSanitizer, which reports nothing of it."""
    for old in TSAN_LOG.parent.glob("tsan.*"):
        old.unlink()
    options = f"log_path={TSAN_LOG} ignore_noninstrumented_modules=1 die_after_fork=0 exitcode=0"
    mode = Mode("ThreadSanitizer", max(CALLS // 3, 10), 0, sanitized, {"TSAN_OPTIONS": options}, emulator_without_preload())
    with running(mode):
        assert_defended(*stress(mode, capsys))
    reports = [report for log in TSAN_LOG.parent.glob("tsan.*") for report in log.read_text().split("WARNING: ")[1:]]
    found = [report for report in reports if "racy.c" not in report]
    assert len(found) < len(reports), "ThreadSanitizer did not look"
    assert not found, "\n".join(found[:10])
