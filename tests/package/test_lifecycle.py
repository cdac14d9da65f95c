"""Install, upgrade, remove and purge under a running guest.

One guest runs through all of it.  Each test continues from the end of the one
before it, in their order in this file.
"""
import filecmp
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import libvirt
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

import words
from conftest import BUILD, MODULE, PLUGIN, SOURCE, environment, said
from domains import GPU_A, GPU_B, VF_C, domain, hostdev, smmu

URI = "urn:libvirt-cmdqv:anchors:1"
CONFIG, LIVE = libvirt.VIR_DOMAIN_AFFECT_CONFIG, libvirt.VIR_DOMAIN_AFFECT_LIVE
NAMES = (PLUGIN, "virt-cmdqv", "libvirt-cmdqv-doc")
METRICS = Path("/var/lib/prometheus/node-exporter/libvirt-cmdqv.prom")
RESTART = "systemctl try-restart libvirtd.service virtqemud.service"
# Paths that change by themselves: other filesystems, the package manager's own books, and files that daemons write while they run.
VOLATILE = ("/proc", "/sys", "/dev", "/run", "/tmp", "/var/tmp", "/src", "/root", "/lab", "/var/cache", "/var/log", "/var/lib/dpkg",
            "/var/lib/apt", "/var/lib/libvirt", "/etc/libvirt/qemu", "/etc/ld.so.cache")

libvirt.registerErrorHandler(lambda *_: None, None)


def everything():
    """Every file and folder of the root, but for those that change by themselves."""
    found = set()
    for folder, folders, files in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in VOLATILE and name != "__pycache__"]
        found.update(os.path.join(folder, name) for name in [*folders, *files])
    return found


class Host:
    """The daemon as systemd would start it, and the guest."""

    def __init__(self):
        self.files = set()
        self.conn = None

    def restart(self, service="libvirtd"):
        """Restarts the daemon as `systemctl restart` does, as to the environment."""
        self.conn = None
        said("/lab/daemon", "start", *environment(service).get("LD_PRELOAD", "").split())
        self.conn = libvirt.open("qemu:///system")

    @property
    def daemon(self):
        return Path("/run/libvirtd.pid").read_text().strip()

    @property
    def guest(self):
        return Path("/run/libvirt/qemu/g1.pid").read_text().strip()

    @property
    def domain(self):
        return self.conn.lookupByName("g1")

    def has_module(self):
        return "libvirt-cmdqv.so" in Path(f"/proc/{self.daemon}/maps").read_text()

    def metadata(self):
        return self.attempt(self.domain.metadata, libvirt.VIR_DOMAIN_METADATA_ELEMENT, URI)

    @staticmethod
    def attempt(call, *arguments):
        try:
            return call(*arguments)
        except libvirt.libvirtError as error:
            return error.get_error_message()

    def check_stock(self):
        """Stock libvirt: no policy.  Each device that is detached here is put back."""
        assert not self.has_module() and self.domain.isActive()
        assert "metadata not found" in self.metadata()
        assert self.attempt(self.domain.detachDeviceFlags, hostdev(GPU_A, 2), LIVE) == words.BLOCKER
        before = self.domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
        self.domain.detachDeviceFlags(hostdev(GPU_A, 2), CONFIG)
        self.domain.detachDeviceFlags(hostdev(GPU_B, 3), CONFIG)
        self.conn.defineXML(before)
        self.conn.defineXML(domain("unsound", smmu())).undefine()

    def check_guarded(self):
        assert self.has_module()
        anchors = ET.fromstring(self.metadata()).findall(f"{{{URI}}}vsmmu/{{{URI}}}anchor")
        assert [anchor.get("host") for anchor in anchors] == [GPU_A]
        assert words.matches(words.anchor("hostdev0", GPU_A), self.attempt(self.domain.detachDeviceFlags, hostdev(GPU_A, 2), LIVE))
        assert "cmdqv='on' needs" in self.attempt(self.conn.defineXML, domain("unsound", smmu()))


@pytest.fixture(scope="module")
def host(debs):
    assert not any("cmdqv" in name for name in everything()), "something of the project is here already"
    host = Host()
    host.restart()
    host.conn.defineXML(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3))).create()
    host.pid, host.files = host.guest, everything()
    yield host
    host.domain.destroy()
    host.domain.undefine()
    host.conn = None
    said("/lab/daemon", "stop")


@pytest.fixture(autouse=True)
def the_guest_runs_on(host):
    yield
    assert host.guest == host.pid and Path(f"/proc/{host.pid}").exists() and host.domain.isActive()


@pytest.fixture
def not_restarted(host):
    before = host.daemon
    yield
    assert host.daemon == before and Path(f"/proc/{before}").exists()


def test_before(host):
    """The host runs a guest on stock libvirt."""
    host.check_stock()


def test_install_restarts_nothing(host, debs, not_restarted):
    """The packages are installed: no daemon restarts, and the output names the services to restart."""
    out = said("apt-get", "install", "-y", "--no-install-recommends", *(debs[name] for name in NAMES))
    assert RESTART in out and "no daemon was restarted" in out
    host.check_stock()


def test_drop_ins_are_valid(host):
    """As systemd reads them, beside those that other packages have for the unit; of virtqemud's, here without its unit."""
    assert environment("libvirtd") == {**environment("libvirtd"), "LD_PRELOAD": MODULE}
    assert "SECRETS_ENCRYPTION_KEY" in environment("libvirtd") or not Path(
        "/usr/lib/systemd/system/libvirtd.service.d/10-secret.conf").exists()
    stub = Path("/run/systemd/system/virtqemud.service")
    stub.parent.mkdir(parents=True, exist_ok=True)
    stub.write_text("[Service]\nExecStart=/usr/sbin/libvirtd\n")
    try:
        assert environment("virtqemud") == {"LD_PRELOAD": MODULE}
        for service in ("libvirtd", "virtqemud"):
            out = said("systemd-analyze", "verify", "--man=no", f"{service}.service", status=None)
            assert "50-cmdqv" not in out, out
    finally:
        stub.unlink()


def test_in_use_after_a_restart(host):
    """The daemon restarts, and the module guards the guest."""
    shutil.copy(SOURCE / "tests/lab/cmdqv.conf", "/etc/libvirt/cmdqv.conf")     # the lab's QEMU runs without KVM
    host.restart()
    host.check_guarded()


def test_tool_is_there(host):
    """The tool lists the anchor."""
    assert GPU_A in said("virt-cmdqv", "-c", "qemu:///system", "anchors", "g1")


def test_metrics(host, tmp_path):
    """The service writes a file that both formats allow, as their own parsers say, and the timer is not on until the operator enables it."""
    assert "virt-cmdqv" not in said("systemd-analyze", "verify", "--man=no", "virt-cmdqv-metrics.timer", status=None)
    assert not list(Path("/etc/systemd/system").glob("*/virt-cmdqv-metrics.timer"))
    unit = Path("/usr/lib/systemd/system/virt-cmdqv-metrics.service").read_text()
    command = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)[1].replace("/var/lib/prometheus/node-exporter", str(tmp_path))
    said(*command.split())
    (file,) = tmp_path.iterdir()
    assert file.name == "libvirt-cmdqv.prom" and file.stat().st_mode & 0o777 == 0o644
    assert said("promtool", "check", "metrics", stdin=file.open()) == ""
    samples = {sample.name: sample for family in text_string_to_metric_families(file.read_text()) for sample in family.samples}
    assert samples["libvirt_cmdqv_anchor"].labels["host"] == GPU_A
    assert all(samples[f"libvirt_cmdqv_{name}"].value == 1 for name in ("daemon_up", "module_loaded", "hook_works", "anchor", "definition_valid"))
    assert samples["libvirt_cmdqv_refusals_since_start"].value >= 2


def test_hook_refuses_a_start_without_a_client(host, tmp_path):
    """libvirt runs the script, and that the program: a definition that was there before the package."""
    Path("/etc/libvirt/qemu/unsound.xml").write_text(domain("unsound", smmu(cmdqv="on", ats="on", ril="off", ssidsize="20", oas="48"),
                                                            uuid="00000000-0000-4000-8000-00000000c0de"))
    host.restart()
    out = subprocess.run(["/etc/libvirt/hooks/qemu.d/50-cmdqv", "unsound", "prepare", "begin", "-"], text=True, capture_output=True,
                         input=Path("/etc/libvirt/qemu/unsound.xml").read_text(), check=False)
    assert out.returncode == 1 and "cmdqv='on' needs" in out.stderr
    assert "cmdqv='on' needs" in host.attempt(host.conn.lookupByName("unsound").create)
    host.conn.lookupByName("unsound").undefine()


def test_upgrade_restarts_nothing(host, debs, not_restarted):
    """The daemon keeps the module that it has, and the operator's configuration stays."""
    newer = BUILD / "newer"
    said("dpkg-deb", "-R", debs[PLUGIN], newer)
    control = newer / "DEBIAN" / "control"
    control.write_text(control.read_text().replace("Version: ", "Version: 9:"))
    said("dpkg-deb", "-b", newer, BUILD / "newer.deb")
    out = said("apt-get", "install", "-y", "--no-install-recommends", BUILD / "newer.deb")
    assert RESTART in out and "no daemon was restarted" in out
    assert filecmp.cmp(SOURCE / "tests/lab/cmdqv.conf", "/etc/libvirt/cmdqv.conf", shallow=False)
    assert f"{MODULE} (deleted)" in Path(f"/proc/{host.daemon}/maps").read_text()
    host.check_guarded()


def test_after_the_upgrade(host):
    """The daemon restarts after the upgrade, and runs the new module."""
    host.restart()
    assert f"{MODULE} (deleted)" not in Path(f"/proc/{host.daemon}/maps").read_text()
    host.check_guarded()


def test_remove_restarts_nothing(host, not_restarted):
    """The plugin is removed: the running daemon still guards the guest."""
    out = said("apt-get", "remove", "-y", PLUGIN)
    assert RESTART in out and "no daemon was restarted" in out
    assert not Path(MODULE).exists() and "LD_PRELOAD" not in environment("libvirtd")
    host.check_guarded()


def test_out_of_use_after_a_restart(host):
    """The configuration that dpkg leaves has no effect: libvirt still runs the hook, which says nothing."""
    host.restart()
    host.check_stock()
    assert Path("/etc/libvirt/hooks/qemu.d/50-cmdqv").exists()
    other = host.conn.createXML(domain("g2", smmu(ats="on", ril="off", ssidsize="20", oas="48"), hostdev(VF_C, 10)))
    other.destroy()


def test_a_missing_module_is_only_warned_of(host):
    """A drop-in of the operator's own that names it still: the daemon starts."""
    said("/lab/daemon", "start", MODULE)
    host.conn = libvirt.open("qemu:///system")
    host.check_stock()
    assert f"object '{MODULE}' from LD_PRELOAD cannot be preloaded" in Path("/run/libvirtd.out").read_text() + Path(
        "/run/journal.log").read_text()


def test_purge_leaves_nothing(host, not_restarted):
    """The packages are purged, and the host has the files that it had before: node_exporter gets no metrics of before either."""
    METRICS.parent.mkdir(parents=True)
    said("virt-cmdqv", "-c", "qemu:///system", "metrics", "--output", METRICS)
    said("apt-get", "purge", "-y", *NAMES)
    METRICS.parent.rmdir()
    METRICS.parent.parent.rmdir()
    left = everything()
    assert (left - host.files, host.files - left) == (set(), set())


def test_after_the_purge(host):
    """The daemon restarts after the purge, and is stock libvirt."""
    host.restart()
    host.check_stock()
