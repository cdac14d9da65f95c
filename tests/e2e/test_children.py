"""The module is for the daemon alone."""
import os
from pathlib import Path

import pytest

from conftest import HOOK, module_path, only
from domains import GPU_A, domain, hostdev, smmu

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
    daemon.restart()
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2)))
    qemu = Path("/run/libvirt/qemu/g1.pid").read_text().strip()
    for environment in (Path(f"/proc/{qemu}/environ").read_text(), spy.read_text()):
        assert preload_of(environment) == [OTHER]
    maps = Path(f"/proc/{qemu}/maps").read_text()
    assert os.path.basename(module_path()) not in maps and OTHER in maps
    daemon_maps = Path(f"/proc/{daemon.pid.strip()}/maps").read_text()
    assert (os.path.basename(module_path()) in daemon_maps) == (not daemon.stock)
    assert dom.isActive()


@only("module")
@pytest.mark.parametrize("separator", [":", " "])
def test_other_entries_survive(daemon, spy, separator, tmp_path):
    """In whatever place and with either separator."""
    extra = tmp_path / "extra.so"
    extra.write_bytes(Path(OTHER).read_bytes())
    if separator == ":":
        daemon.start("module", f"{extra}:{extra}")
    else:
        daemon.start("module", str(extra))
    daemon.run(domain("g1"))
    found = preload_of(spy.read_text())
    assert found[0] == OTHER and str(extra) in found and module_path() not in found
