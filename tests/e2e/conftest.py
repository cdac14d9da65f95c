"""The real libvirtd of a lab root (tests/lab), with and without the plugin.

Every test that asks for the `daemon` fixture runs twice: on stock libvirt, the
control, and with the module preloaded and the hook installed.  If only one
of the two does a thing, the test says the outcome of both: a test that passed
in both unasked would prove nothing about the plugin.  `@only("module")` is for
tests that have no counterpart in the other mode.
"""
import collections
import gc
import glob
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import libvirt
import pytest

sys.path.append(str(Path(__file__).resolve().parent / "helpers"))
import daemonfiles                                                                  # noqa: E402
import suites                                                                       # noqa: E402
import words                                                                        # noqa: E402

pytest.register_assert_rewrite("accesscontrol", "guardedcalls", "verbs")

URI = "qemu:///system"
HOOK = Path("/etc/libvirt/hooks/qemu.d/50-cmdqv")
LOG = daemonfiles.LOG
JOURNAL = Path("/run/journal.log")
SETTINGS = Path("/etc/libvirt/cmdqv.conf")
LAB_SETTINGS = Path("/src/tests/lab/cmdqv.conf").read_text()       # settings that 'lab install' put there
# identifier: level
RULES = dict(line.split()[:2] for line in
             subprocess.run(["virt-cmdqv", "rules"], capture_output=True, text=True, check=True).stdout.splitlines())
EVERY_RULE_OFF = "[policy]\nanchor_port = ignore\n[rules]\n" + "".join(f"{name} = off\n" for name, level in RULES.items() if level != "always")
RECORDS = Path("/run/qemu-standin")
AUTOSTARTED = Path("/run/libvirt/qemu/autostarted")

libvirt.registerErrorHandler(lambda *_: None, None)


def module_path():
    found = next(iter(glob.glob("/usr/lib/*/libvirt-cmdqv.so")), None)
    assert found, "the module is not installed in this root"
    return found


class Result:
    """Output of a command, and its exit status."""

    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __repr__(self):
        return f"<status {self.status}, out {self.out!r}, err {self.err!r}>"


def run(*command, stdin=None, env=None):
    return Result(subprocess.run([str(c) for c in command], input=stdin, capture_output=True, text=True, timeout=60,
                                 env={**os.environ, **(env or {})}))


class Daemon:
    """libvirtd, or virtqemud, in one of the modes, and the tests' actions on it."""

    def __init__(self):
        self.mode, self.conn, self.pid, self.unguarded = None, None, None, False

    # -- the daemon itself

    @property
    def stock(self):
        return self.mode == "stock"

    def start(self, mode, *libraries):
        """stock: neither module nor hook.  module: both.  hook: the hook only.  bare: the module only."""
        self.stop()
        if self.unguarded:
            SETTINGS.write_text(LAB_SETTINGS)
            self.unguarded = False
        self.install_hook(mode in ("module", "hook"))
        LOG.unlink(missing_ok=True)
        JOURNAL.unlink(missing_ok=True)
        preload = [*libraries, module_path()] if mode in ("module", "bare") else libraries
        started = run("/lab/daemon", "start", *preload)
        assert started.status == 0, started
        self.mode = mode
        self.connect()
        return self

    def start_unguarded(self):
        """For domains that were defined or started before the module was installed.  A libvirt without CMDQV would drop the
        attributes that the test is about: there the module runs with every rule off, and only lowers."""
        if suites.host() != suites.LOWERED:
            return self.start("stock")
        self.stop()
        self.unguarded = False
        SETTINGS.write_text(EVERY_RULE_OFF)
        self.start("module")
        self.unguarded = True
        return self

    def install_hook(self, wanted):
        aside = Path("/run/50-cmdqv.aside")
        if wanted:
            if aside.exists():
                subprocess.run(["mv", aside, HOOK], check=True)
            assert HOOK.exists(), "the hook is not installed in this root"
        elif HOOK.exists():
            subprocess.run(["mv", HOOK, aside], check=True)

    def stop(self):
        self.disconnect()
        stopped = run("/lab/daemon", "stop")
        assert stopped.status == 0, stopped

    def restart(self, mode=None):
        return self.start(mode or self.mode)

    def boot(self, mode=None):
        """A restart as after the host's: the daemon starts each domain with autostart."""
        self.stop()
        AUTOSTARTED.unlink(missing_ok=True)
        return self.start(mode or self.mode)

    def connect(self):
        self.conn = libvirt.open(URI)
        self.pid = daemonfiles.PID.read_text()

    def disconnect(self):
        if self.conn:
            try:
                self.conn.close()
            except libvirt.libvirtError:
                pass
        self.conn = None
        gc.collect()

    def alive(self):
        return (self.pid is not None and read(daemonfiles.PID) == self.pid
                and Path(f"/proc/{self.pid.strip()}").exists() and self.conn.isAlive())

    def journal(self):
        """Entries that the daemon sent to systemd's journal in this test, oldest first."""
        mark = f"E2E_MARK={time.monotonic_ns()}"        # behind all that was sent before it
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
            journal.sendto(f"{mark}\n".encode(), "/run/systemd/journal/socket")
        wait_for(lambda: mark.partition("=")[2] in JOURNAL.read_text(), "the journal does not read")
        entries = [json.loads(line) for line in JOURNAL.read_text().splitlines()]
        return [entry for entry in entries if "E2E_MARK" not in entry]

    def refusals(self):
        return [entry for entry in self.journal() if "CMDQV_CALL" in entry]

    def forget(self):
        """Empties the journal."""
        self.journal()      # now all that has been sent is written, and nothing is written after this
        os.truncate(JOURNAL, 0)

    # -- domains

    def names(self):
        return sorted(d.name() for d in self.conn.listAllDomains())

    def get(self, name="g1"):
        return self.conn.lookupByName(name)

    def define(self, xml):
        return self.conn.defineXML(xml)

    def run(self, xml):
        """Defines and starts."""
        dom = self.conn.defineXML(xml)
        dom.create()
        return dom

    def clean(self):
        for dom in self.conn.listAllDomains():
            persistent = dom.isPersistent()
            if dom.isActive():
                destroy(dom)
            if persistent:
                dom.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_NVRAM | libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE |
                                  libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA)
        for record in RECORDS.iterdir():
            record.unlink()
        if JOURNAL.exists():
            self.forget()

    def virsh(self, *args, stdin=None):
        return run("virsh", "-q", "-c", URI, *args, stdin=stdin)

    def start_network(self):
        """Creates the network of hostdevs 'vfs', unless it is there; it outlives the daemon, as domains do."""
        if not self.conn.listAllNetworks():
            self.conn.networkCreateXML(Path("/src/tests/lab/vfs.xml").read_text())

    # -- proof that nothing changed

    def state(self):
        """All that a refused call must leave as it was."""
        seen = {}
        for dom in self.conn.listAllDomains():
            name = dom.name()
            seen[name] = {
                "live": dom.XMLDesc(0) if dom.isActive() else None,
                "inactive": dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE),
                "on disk": read(f"/etc/libvirt/qemu/{name}.xml"),
                "QEMU": read(f"/run/libvirt/qemu/{name}.pid"),
            }
        seen["QEMU was asked"] = {r.name: r.read_text() for r in RECORDS.glob("*.log")}
        return seen

    @contextmanager
    def nothing_changes(self):
        before = self.state()
        yield
        assert self.state() == before


def destroy(dom):
    """libvirt kills first and asks for its job second: while it is still reconnecting, the domain it killed is then
    "not running"."""
    try:
        dom.destroy()
    except libvirt.libvirtError as error:
        assert error.get_error_code() in (libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_ERR_NO_DOMAIN), error


def read(path):
    try:
        return Path(path).read_text()
    except (FileNotFoundError, IsADirectoryError):
        return None


def argv(name="g1"):
    """The -device values of the running QEMU, in order."""
    pid = Path(f"/run/libvirt/qemu/{name}.pid").read_text().strip()
    args = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return [v for a, v in zip(args, args[1:]) if a == "-device"]


def devices_of_qemu(name="g1"):
    """The same, read; without the controllers that lowering adds, which nothing is on."""
    read_one = [json.loads(v) if v.startswith("{") else
                dict([("driver", v.partition(",")[0]), *(pair.split("=", 1) for pair in v.split(",")[1:])]) for v in argv(name)]
    return [d for d in read_one if not d.get("id", "").startswith("ua-cmdqv-pci-")]


def error_of(call, *args):
    """The error that a call raises; it must raise one."""
    with pytest.raises(libvirt.libvirtError) as caught:
        call(*args)
    return caught.value


def assert_refused(error, code, sentence, domain=libvirt.VIR_FROM_QEMU):
    """Code, error domain and words, all three exactly."""
    assert words.matches(sentence, error.get_error_message()), error.get_error_message()
    assert (error.get_error_code(), error.get_error_domain()) == (code, domain)


def assert_blocked(error):
    """QEMU's own blocker, as stock libvirt reports it."""
    assert error.get_error_message() == words.BLOCKER
    assert (error.get_error_code(), error.get_error_domain()) == (libvirt.VIR_ERR_INTERNAL_ERROR, libvirt.VIR_FROM_QEMU)


def said_by(call, *args):
    """Code, error domain and words of the error that a call raises; its result if it raises none."""
    try:
        return call(*args)
    except libvirt.libvirtError as error:
        return error.get_error_code(), error.get_error_domain(), error.get_error_message()


def assert_unsupported(error, sentence):
    assert_refused(error, libvirt.VIR_ERR_OPERATION_UNSUPPORTED, sentence)


def assert_unsound(error, sentence):
    assert_refused(error, libvirt.VIR_ERR_CONFIG_UNSUPPORTED, sentence)


def wait_for(condition, what, seconds=5):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"in {seconds} s: {what}"
        time.sleep(0.02)


def asked(name="g1"):
    """The commands that can change something which QEMU got from libvirt, oldest first."""
    lines = [json.loads(line) for line in (RECORDS / f"{name}.log").read_text().splitlines()]
    return [(line["execute"], line["arguments"]) for line in lines if "execute" in line]


def wait_until_removed(dom, text):
    """Waits until a detached device has left the live XML."""
    wait_for(lambda: text not in dom.XMLDesc(0), f"{text} was not removed")


# The binding reads libvirt's last error after a call has failed.  An object of a daemon that has been killed, collected just
# then, puts its own in its place ("Cannot write data: Broken pipe"), so that is done when the connection is closed.
gc.disable()

DAEMON = Daemon()


def only(mode):
    return pytest.mark.only(mode)


def pytest_configure(config):
    config.addinivalue_line("markers", "only(mode): runs in this mode alone")
    config.addinivalue_line("markers", "about(host): is about this host of suites.py alone")


def pytest_generate_tests(metafunc):
    """Session-wide, so that pytest runs all of one mode before the other."""
    if "_mode" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("only")
        modes = mark.args if mark else ["stock", "module"]
        file, name = metafunc.definition.path.name, metafunc.definition.name
        if list(modes) == ["stock"] and suites.why_not(file, name, "stock") == suites.NO_CONTROL:
            modes = ["module"]          # a test that works in both modes runs in the one that works here
        metafunc.parametrize("_mode", modes, indirect=True, scope="session")


FOLDER = Path(__file__).parent
NOT_HERE = collections.Counter()        # why tests do not run here: how many


def case_of(item):
    """A test's name without the mode, and the mode."""
    if "_mode" not in getattr(item, "fixturenames", ()):
        return item.name, None
    mode = item.callspec.params["_mode"]
    ident = item.callspec.id.removeprefix(mode).removesuffix(mode).strip("-")
    return f"{item.originalname}[{ident}]" if ident else item.originalname, mode


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Leaves out the tests that suites.py excludes, and no others; runs the tests on stock libvirt first."""
    names, kept, left_out = collections.defaultdict(list), [], []
    for item in items:
        name, mode = case_of(item)
        about = item.get_closest_marker("about")
        why = suites.why_not(item.path.name, name, mode, about.args[0] if about else None) if item.path.parent == FOLDER else None
        names[item.path].append(name)
        (left_out if why else kept).append(item)
        NOT_HERE.update([why] if why else [])
    items[:] = sorted(kept, key=lambda item: case_of(item)[1] != "stock")
    config.hook.pytest_deselected(items=left_out)
    if not any("::" in argument for argument in config.args):
        wrong = [line for path, own in names.items() if path.parent == FOLDER for line in suites.unknown(path.name, own)]
        if wrong:
            raise pytest.UsageError("suites.py names tests that do not exist: " + ", ".join(wrong))


RAN = set()         # files of which a test ran


def pytest_runtest_logreport(report):
    if report.when == "call" and not report.skipped:
        RAN.add(report.fspath.rpartition("/")[2])


def pytest_sessionfinish(session):
    """A run of the whole folder has to run something of each file that is expected here."""
    config = session.config
    if config.rootpath != FOLDER or config.args_source == config.ArgsSource.ARGS or config.option.keyword or config.option.collectonly:
        return
    idle = sorted(suites.expected() - RAN)
    if idle:
        config.get_terminal_writer().line(f"\nnothing ran of {', '.join(idle)}: say in suites.py why it does not run on this host", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    for why, count in NOT_HERE.items():
        terminalreporter.write_line(f"{count} not on this host ({suites.host()}): {why}")


@pytest.fixture(scope="session")
def _mode(request):
    DAEMON.start(request.param)
    DAEMON.clean()
    yield request.param
    DAEMON.stop()


@pytest.fixture
def daemon(_mode):
    if DAEMON.mode != _mode or DAEMON.conn is None:     # a test before changed or ended it
        DAEMON.start(_mode)
    yield DAEMON
    if DAEMON.conn is None:
        DAEMON.start(_mode)
    assert DAEMON.alive(), f"{daemonfiles.PROGRAM.name} ended in this test; its log:\n" + (read(LOG) or "")[-3000:]
    DAEMON.clean()


@pytest.fixture
def settings(daemon):
    """Writes cmdqv.conf, the settings that the lab needs below it, and starts the daemon again."""
    def write(text):
        SETTINGS.write_text(text + LAB_SETTINGS)
        daemon.restart()

    yield write
    SETTINGS.write_text(LAB_SETTINGS)
    daemon.restart()
