"""Examples of docs/kubevirt.rst: the sidecar's script, and the daemon as virt-launcher starts it.

No systemd and no journal, user 107, virt-launcher's environment and folders, and the script of the image that starts the
daemon.  Debian has no virtqemud: its libvirtd is there under that name (tests/modular has a real one).
"""
import os
import re
import resource
import shutil
import subprocess
from pathlib import Path

import libvirt
import pytest

import words
from conftest import JOURNAL, RECORDS, error_of, module_path, only, run, wait_for
from daemonfiles import OWN_SOCKET, PROGRAM
from domains import GPU_A, GPU_B, domain, hostdev, smmu
from verbs import LIVE, detach

PACKAGING = Path("/src/packaging/kubevirt")
REAL, WRAPPER = Path("/usr/libexec/libvirt-cmdqv/virtqemud"), Path("/usr/sbin/virtqemud")
PRIVATE, RUN, USER = Path("/run/kubevirt-private"), Path("/run"), 107
URI = f"qemu+unix:///session?socket=/run/libvirt/{OWN_SOCKET}"
LITTLE = 64 * 1024         # bytes that may be locked before virt-handler has been there
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(PRIVATE), "XDG_RUNTIME_DIR": str(RUN),
               "XDG_CACHE_HOME": str(PRIVATE), "XDG_CONFIG_HOME": str(PRIVATE)}


# -- the sidecar

def hook(*arguments):
    return run(PACKAGING / "onDefineDomain", *arguments)


@only("module")
@pytest.mark.parametrize("form", ["--domain XML", "--domain=XML"])
def test_sidecar_prints_a_valid_domain(daemon, form):
    """The sidecar gets a valid domain and prints it unchanged."""
    xml = domain("g1", smmu(), hostdev(GPU_A, 2)) + "\n"
    done = hook("--vmi", "{}", *(["--domain", xml] if " " in form else [f"--domain={xml}"]))
    assert (done.status, done.out, done.err) == (0, xml, "")


@only("module")
def test_sidecar_leaves_others_alone(daemon):
    """The sidecar gets a domain without an SMMU and prints it unchanged."""
    xml = "<domain type='kvm'><name>plain</name></domain>"
    done = hook("--vmi", "{}", "--domain", xml)
    assert (done.status, done.out) == (0, xml)


@only("module")
def test_sidecar_refuses(daemon):
    """The sidecar gets a domain that breaks a rule, prints nothing and fails."""
    done = hook("--vmi", "{}", "--domain", domain("g1", smmu(ats="on", ril="off", ssidsize="20", oas="48")))
    assert (done.status, done.out) == (1, "")
    assert "[cmdqv-needs-anchor]" in done.err


@only("module")
@pytest.mark.parametrize("arguments", [[], ["--vmi", "{}"], ["--domain"], ["--domain", ""], ["--domain", "<domain"]])
def test_sidecar_refuses_what_it_cannot_read(daemon, arguments):
    """The sidecar gets no domain that can be read, prints nothing and fails."""
    done = hook(*arguments)
    assert (done.status, done.out) == (1, "") and done.err


# -- the launcher

class Launcher:
    def __init__(self, log):
        self.log, self.process, self.conn = log, None, None
        self.limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]

    def start(self, module):
        preload = f"/lab/hostmock.so{' ' + module_path() if module else ''}"
        script = (PACKAGING / "virtqemud").read_text()
        assert script.count("/usr/lib64/libvirt-cmdqv.so") == 1
        WRAPPER.write_text(script.replace("/usr/lib64/libvirt-cmdqv.so", f"'{preload}'"))
        WRAPPER.chmod(0o755)
        conf = PRIVATE / "virtqemud.conf"
        conf.write_text('auth_unix_rw = "none"\n')
        (PRIVATE / "libvirt").mkdir(exist_ok=True)
        (PRIVATE / "libvirt/qemu.conf").write_text('security_driver = "none"\nstdio_handler = "file"\n')
        for path in PRIVATE.rglob("*"):
            os.chown(path, USER, USER)
        with self.log.open("w") as file:
            self.process = subprocess.Popen(
                ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", str(WRAPPER), "-f", str(conf)],
                env=ENVIRONMENT, cwd="/", stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_MEMLOCK, (LITTLE, self.limit)))
        wait_for(lambda: run("virsh", "-q", "-c", URI, "list").status == 0, "virtqemud does not answer", 30)
        self.conn = libvirt.open(URI)

    def stop(self):
        for dom in self.conn.listAllDomains() if self.conn else []:
            if dom.isActive():
                dom.destroy()
            if dom.isPersistent():
                dom.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_NVRAM)
        self.conn = None
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def launcher(daemon, tmp_path):
    """In the daemon's place, with its folders given to user 107."""
    daemon.stop()
    JOURNAL.unlink(missing_ok=True)
    REAL.parent.mkdir(parents=True, exist_ok=True)
    moved = PROGRAM.with_suffix(".aside")
    PROGRAM.rename(moved)
    shutil.copy(moved, REAL)
    PRIVATE.mkdir(exist_ok=True)
    accounts = {path: path.read_text() for path in (Path("/etc/passwd"), Path("/etc/group"))}
    # libvirt 11.3 crashes at its start if its group has no name.
    for path, line in zip(accounts, (f"qemu:x:{USER}:{USER}::{PRIVATE}:/usr/sbin/nologin", f"qemu:x:{USER}:")):
        path.write_text(f"{accounts[path]}{line}\n")
    aside = Path("/run/libvirt.aside")
    Path("/run/libvirt").rename(aside)
    Path("/run/libvirt").mkdir()
    lent = [RECORDS, Path("/run/fakehost/dev/iommu"), *(path for path in Path("/run/fakehost/dev/vfio").rglob("*") if path.is_file())]
    for path in (PRIVATE, Path("/run/libvirt"), *lent):
        os.chown(path, USER, USER)
    started = Launcher(tmp_path / "stderr")
    try:
        started.start(not daemon.stock)
        yield started
        started.stop()
    finally:
        if started.process and started.process.poll() is None:
            started.process.kill()
            started.process.wait()
            print(started.log.read_text())
        for path in lent:
            os.chown(path, 0, 0)
        for path in (PRIVATE, Path("/run/libvirt")):
            shutil.rmtree(path)
        aside.rename("/run/libvirt")
        for path, text in accounts.items():
            path.write_text(text)
        WRAPPER.unlink()
        moved.rename(PROGRAM)
        shutil.rmtree(REAL.parent)
        daemon.start(daemon.mode)


def locked(pid):
    """Bytes that a process may lock."""
    return int(re.search(r"Max locked memory +(\d+)", Path(f"/proc/{pid}/limits").read_text())[1])


def scene(launcher):
    dom = launcher.conn.defineXML(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    dom.create()
    return dom


def test_launcher(launcher, daemon):
    """The main scenarios: the anchor may not be detached, another device may; an invalid definition is refused."""
    dom = scene(launcher)
    error = error_of(detach, dom, hostdev(GPU_A))
    assert GPU_A in str(dom.XMLDesc(0)).replace("'0x0009'", GPU_A)
    detach(dom, hostdev(GPU_B), LIVE)
    unsound = domain("g2", smmu(ats="on", ril="off", ssidsize="20", oas="48"))
    if daemon.stock:
        assert error.get_error_message() == words.BLOCKER
        launcher.conn.defineXML(unsound)
    else:
        assert error.get_error_code() == libvirt.VIR_ERR_OPERATION_UNSUPPORTED
        lines = [line for line in launcher.log.read_text().splitlines() if "refused virDomainDetachDeviceFlags" in line]
        assert len(lines) == 1 and re.match(r"[\d-]{10} [\d:.]{12}\+0000: \d+: warning : libvirt-cmdqv:0 : refused ", lines[0])
        assert error_of(launcher.conn.defineXML, unsound).get_error_code() == libvirt.VIR_ERR_CONFIG_UNSUPPORTED


def test_launcher_keeps_its_name(launcher, daemon):
    """virt-handler looks for a process named virtqemud, and raises its limit of locked memory; so must we find it."""
    found = [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/comm") if path.read_text().strip() == "virtqemud"]
    assert found == [launcher.process.pid]
    assert locked(found[0]) == LITTLE
    raised = run("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "prlimit", f"--pid={found[0]}",
                 f"--memlock={launcher.limit}:{launcher.limit}")
    assert raised.status == 0, raised
    dom = scene(launcher)
    qemu = (Path("/run/libvirt/qemu/run") / "g1.pid").read_text().strip()
    assert locked(qemu) == launcher.limit
    assert Path(f"/proc/{qemu}").stat().st_uid == USER
    assert os.path.basename(module_path()) not in Path(f"/proc/{qemu}/environ").read_text()
    assert dom.isActive()
    assert (os.path.basename(module_path()) in Path(f"/proc/{found[0]}/maps").read_text()) == (not daemon.stock)
