"""The module's knowledge must not depend on its having been there from the start."""
import os
import shutil
import signal
from pathlib import Path

import libvirt
import pytest

import words
from conftest import assert_blocked, assert_unsupported, error_of, only, wait_for, wait_until_removed
from domains import GPU_A, GPU_B, domain, hostdev, smmu
from verbs import LIVE, assert_stays, detach

PIDS = Path("/run/libvirt/qemu")
SAID = words.anchor("hostdev0", GPU_A)
PAIR = domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3))


def test_daemon_restarted(daemon):
    """The daemon restarts, and the anchor of a running domain stays."""
    daemon.run(PAIR)
    daemon.restart()
    dom = daemon.get()
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), SAID)
    detach(dom, hostdev(GPU_B))
    wait_until_removed(dom, words.shown("hostdev1", GPU_B))


def test_daemon_killed(daemon):
    """The daemon is killed, and the anchor of a running domain stays."""
    daemon.run(PAIR)
    os.kill(int(daemon.pid), signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{daemon.pid.strip()}").exists(), "the daemon still lives")
    daemon.restart()
    dom = daemon.get()
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), SAID)


def test_plugin_loaded_into_a_daemon_with_a_running_domain(daemon):
    """Refused at the first call."""
    mode = daemon.mode
    daemon.start_unguarded()
    daemon.run(PAIR)
    daemon.start(mode)
    dom = daemon.get()
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), SAID)
    detach(dom, hostdev(GPU_B))
    wait_until_removed(dom, words.shown("hostdev1", GPU_B))


@only("module")
def test_plugin_unloaded(daemon):
    """Nothing of it stays behind: stock libvirt finds its domain as it was."""
    daemon.start_unguarded()
    daemon.run(PAIR)
    daemon.start("stock")
    before = daemon.state()
    daemon.start("module")
    daemon.start("stock")
    assert daemon.state() == before
    assert_blocked(error_of(detach, daemon.get(), hostdev(GPU_A)))


# -- the running QEMU cannot be read


@pytest.fixture
def pair(daemon):
    dom = daemon.run(PAIR)
    pidfile = PIDS / "g1.pid"
    saved = pidfile.read_text()
    yield dom
    if pidfile.is_dir():
        shutil.rmtree(pidfile)
    pidfile.write_text(saved)


def assert_untold(daemon, dom):
    """Both may be the anchor, so neither is detached.  Stock libvirt never reads the file."""
    if daemon.stock:
        assert_blocked(error_of(detach, dom, hostdev(GPU_A)))
        detach(dom, hostdev(GPU_B))
        wait_until_removed(dom, words.shown("hostdev1", GPU_B))
    else:
        for alias, host in (("hostdev0", GPU_A), ("hostdev1", GPU_B)):
            with daemon.nothing_changes():
                assert_unsupported(error_of(detach, dom, hostdev(host)), words.untold(alias, host))


@pytest.mark.parametrize("content", ["1", "999999999", "-1", "", "junk", "0", "18446744073709551617"],
                         ids=["another process", "no process", "negative", "empty", "junk", "zero", "overflow"])
def test_wrong_pid_file(daemon, pair, content):
    """The domain's pid file has another number in it, or none."""
    (PIDS / "g1.pid").write_text(content)
    assert_untold(daemon, pair)


def test_pid_file_of_another_domain(daemon, pair):
    """The domain's pid file has the number of another domain."""
    daemon.run(domain("g2"))
    (PIDS / "g1.pid").write_text((PIDS / "g2.pid").read_text())
    assert_untold(daemon, pair)


def test_pid_file_missing(daemon, pair):
    """The domain has no pid file."""
    (PIDS / "g1.pid").unlink()
    assert_untold(daemon, pair)


def test_pid_file_is_a_folder(daemon, pair):
    """The domain's pid file is a folder."""
    (PIDS / "g1.pid").unlink()
    (PIDS / "g1.pid").mkdir()
    assert_untold(daemon, pair)


def test_others_are_not_held_up(daemon, pair):
    """A device on another root is no candidate, even if the running QEMU cannot be read."""
    pair.attachDeviceFlags(hostdev("0010:01:00.0", 10), LIVE)
    (PIDS / "g1.pid").unlink()
    detach(pair, hostdev("0010:01:00.0"))
    wait_until_removed(pair, "<alias name='hostdev2'/>")


def test_process_that_just_died(daemon):
    """libvirt sees it sooner or later; until then each answer is an error, and the definition keeps all."""
    dom = daemon.run(PAIR)
    os.kill(int((PIDS / "g1.pid").read_text()), signal.SIGKILL)
    error_of(detach, dom, hostdev(GPU_A))
    wait_for(lambda: not dom.isActive(), "the domain is still there")
    assert dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE).count("<hostdev") == 2
