"""The reproductions of docs/reports, on stock libvirt and QEMU: each sees the behaviour of its page, here or in the test that is named.

The day that one of them is not seen any more, its page says since which version, and the guard against it here can be removed.
"""
import re
import subprocess
from pathlib import Path

import pytest

from conftest import only, wait_for
from domains import VF_A
from suites import NATIVE

REPORTS, TESTS = Path("/src/docs/reports"), Path("/src/tests")

# Arguments of each.
HERE = {
    "controller-index": [],
    "default-busnr": [],
    "detach-video": [],
    "edit-reason": [],
    "native-interface": [],
    "network-iommufd": [VF_A],
    "perform-inactive": [],
    "prepare-cookie": [],
}
ENDS = {"controller-index", "detach-video", "network-iommufd", "perform-inactive", "prepare-cookie"}

# Things that this lab lacks, in the words of each, and the test that runs it in another root
ELSEWHERE = {
    "eject-anchor": ("this is no arm64 host|give the address|the host has no CMDQV", "deep/inside/story"),
    "qom-set": ("this is no arm64 host|give the address|the host has no CMDQV", "deep/inside/story"),
    "kubevirt-libvirtxml": ("there is no Go|the module cannot be had", "nova/test_clients.py"),
}


def reproduce(name, *given):
    return subprocess.run([REPORTS / name / "reproduce", *given], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=120, check=False)


def test_each_is_here():
    """Each reproduction belongs to a page, and is tried here or by the test that is named."""
    folders = {path.parent.name for path in REPORTS.glob("*/reproduce")}
    assert folders == {*HERE, *ELSEWHERE} == {path.stem for path in REPORTS.glob("*.rst")} - {"index"}
    assert all(name in (TESTS / file).read_text() for name, (_, file) in ELSEWHERE.items())


@only("stock")
@pytest.mark.about(NATIVE)
@pytest.mark.parametrize("name", HERE)
def test_seen(daemon, name):
    """The reproduction sees on stock libvirt and QEMU the behaviour that its page describes."""
    done = reproduce(name, *HERE[name])
    if name in ENDS:
        daemon.start("stock")
        for network in daemon.conn.listAllNetworks():       # which has given no domain a device
            network.destroy()
        wait_for(lambda: "prepare-cookie" not in daemon.names(), "the domain of a refused migration stays")
    assert (done.returncode, done.stdout.splitlines()[-1].partition(":")[0]) == (0, "seen"), done.stdout
    assert ("the daemon ended" in done.stdout) == (name in ENDS)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_says_what_it_lacks(name):
    """A reproduction that cannot be tried here names the thing that it lacks."""
    done = reproduce(name)
    assert done.returncode == 77 and re.search(f"cannot be tried here: ({ELSEWHERE[name][0]})", done.stdout), done.stdout
