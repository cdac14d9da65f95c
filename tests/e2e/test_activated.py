"""virtqemud that its first client starts, and that ends some seconds after its last one (tests/modular)."""
import time
from contextlib import contextmanager
from pathlib import Path

import words
from conftest import assert_unsound, assert_unsupported, error_of, module_path, only, run, wait_for
from daemonfiles import PID
from domains import ALL_GIVEN, GPU_A, GPU_B, domain, hostdev, smmu
from verbs import LIVE, detach

LONG = 5        # seconds, in which a daemon of tests/modular/activate ends if it may


def ended(pid):
    return not PID.exists() and not Path(f"/proc/{pid.strip()}").exists()


@contextmanager
def another_daemon(daemon):
    """The last client closes its connection, the daemon ends, and the next client connects."""
    before = daemon.pid
    daemon.disconnect()
    wait_for(lambda: ended(before), "the daemon does not end without a client", 20)
    yield
    daemon.connect()
    assert daemon.pid != before


def test_ends_without_a_client(daemon):
    """The module keeps no daemon running."""
    with another_daemon(daemon):
        pass
    assert daemon.names() == []


@only("module")
def test_started_by_the_first_client(daemon, tmp_path):
    """The call that starts the daemon is guarded."""
    unsound, file = domain("g1", smmu(**ALL_GIVEN)), tmp_path / "g1.xml"
    file.write_text(unsound)
    with another_daemon(daemon):
        said = run("virsh", "-q", "-c", "qemu:///system", "define", file)
    assert said.status == 1 and words.occurs(words.needs_hostdev(), said.err), said
    with another_daemon(daemon):
        pass
    assert_unsound(error_of(daemon.define, unsound), words.needs_hostdev())
    assert module_path() in Path(f"/proc/{daemon.pid.strip()}/maps").read_text()


@only("module")
def test_stays_for_a_running_domain(daemon):
    """A domain runs and no client is connected: the daemon stays, and the anchor stays."""
    daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    before = daemon.pid
    daemon.disconnect()
    time.sleep(LONG)
    daemon.connect()
    assert daemon.pid == before
    assert_unsupported(error_of(detach, daemon.get(), hostdev(GPU_A), LIVE), words.anchor("hostdev0", GPU_A))


@only("module")
def test_anchor_of_a_daemon_before(daemon):
    """The daemon is killed while a domain runs; the next client is refused as if it had not been."""
    daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    before = daemon.pid
    run("kill", "-9", before.strip())
    daemon.disconnect()
    wait_for(lambda: not Path(f"/proc/{before.strip()}").exists(), "it is not killed")
    daemon.connect()
    assert daemon.pid != before
    assert_unsupported(error_of(detach, daemon.get(), hostdev(GPU_A), LIVE), words.anchor("hostdev0", GPU_A))
    detach(daemon.get(), hostdev(GPU_B), LIVE)


def test_doctor(daemon):
    """The tool starts the daemon, and it is asked."""
    with another_daemon(daemon):
        done = run("virt-cmdqv", "doctor")
    (line,) = [one for one in done.out.splitlines() if "for the module in the daemon" in one]
    assert line[79:83] == ("FAIL" if daemon.stock else "PASS")
