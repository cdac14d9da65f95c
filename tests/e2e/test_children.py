"""The module is for the daemon alone."""
import os
import re
import subprocess
from pathlib import Path

import pytest

from conftest import HOOK, JOURNAL, error_of, module_path, only, run, wait_for
from daemonfiles import PROGRAM
from domains import GPU_A, GPU_B, domain, hostdev, smmu
from verbs import detach

OTHER = "/lab/hostmock.so"


def preload_of(environment):
    values = [e.split("=", 1)[1] for e in environment.split("\0") if e.startswith("LD_PRELOAD=")]
    return values[0].replace(":", " ").split() if values else []


@pytest.fixture
def spy():
    """A hook script that keeps its environment."""
    path, seen = HOOK.parent / "99-spy", Path("/run/spied")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\ncat /proc/self/environ >{seen}\n")
    path.chmod(0o755)
    yield seen
    path.unlink()


def test_children(daemon, spy):
    """QEMU and the hook inherit the other preloaded library, but not the module."""
    daemon.restart()
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2)))
    qemu = Path("/run/libvirt/qemu/g1.pid").read_text().strip()
    for environment in (Path(f"/proc/{qemu}/environ").read_text(), spy.read_text()):
        assert preload_of(environment) == [OTHER]
    maps = Path(f"/proc/{qemu}/maps").read_text()
    assert os.path.basename(module_path()) not in maps and OTHER in maps
    daemon_maps = Path(f"/proc/{daemon.pid.strip()}/maps").read_text()
    assert dom.isActive()
    assert (os.path.basename(module_path()) in daemon_maps) == (not daemon.stock)


@only("module")
@pytest.mark.parametrize("separator", [":", " "])
def test_other_entries_survive(daemon, spy, separator, tmp_path):
    """In any place and with either separator."""
    extra = tmp_path / "extra.so"
    extra.write_bytes(Path(OTHER).read_bytes())
    if separator == ":":
        daemon.start("module", f"{extra}:{extra}")
    else:
        daemon.start("module", str(extra))
    daemon.run(domain("g1"))
    found = preload_of(spy.read_text())
    assert found[0] == OTHER and str(extra) in found and module_path() not in found


# As libvirt writes a line: time, thread, level, place, text.
LINE = re.compile(r"\d{4}-\d\d-\d\d [\d:]{8}\.\d{3}\+0000: \d+: warning : libvirt-cmdqv:0 : refused virDomainDetachDeviceFlags \(.*")
STARTERS = {
    "env": ["env", "FOO=bar"],
    "setpriv": ["setpriv", "--clear-groups"],
    "start-stop-daemon": ["start-stop-daemon", "--start", "--exec", str(PROGRAM), "--"],
    "one after the other": ["nice", "setpriv", "--clear-groups", "sh", "-c", 'exec env "$@"', "sh"],
}


@only("module")
@pytest.mark.parametrize("starter", STARTERS)
def test_started_by(daemon, spy, starter, tmp_path):
    """The variable reaches the daemon, and not its children; without a journal, lines are as libvirt's."""
    daemon.stop()
    JOURNAL.unlink(missing_ok=True)
    command, log = STARTERS[starter], tmp_path / "stderr"
    with log.open("w") as file, subprocess.Popen(
            [*command, *([] if "--exec" in command else [PROGRAM])], stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            env={**os.environ, "LD_PRELOAD": f"{OTHER} {module_path()}"}, start_new_session=True) as process:
        wait_for(lambda: run("virsh", "-q", "-c", "qemu:///system", "list").status == 0, "the daemon does not answer", 10)
        daemon.connect()
        dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
        qemu = Path("/run/libvirt/qemu/g1.pid").read_text().strip()
        assert preload_of(spy.read_text()) == preload_of(Path(f"/proc/{qemu}/environ").read_text()) == [OTHER]
        error_of(detach, dom, hostdev(GPU_A))
        assert [line for line in log.read_text().splitlines() if LINE.fullmatch(line)], log.read_text()
        daemon.clean()
        daemon.stop()
        assert process.wait(10) == 0
    daemon.start("module")
