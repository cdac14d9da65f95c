"""Debian's packages, built, checked and tried on each release that they are for: tests/run package-ROOT runs this file alone."""
from pathlib import Path

import pytest

from conftest import BUILD, MODULE, SOURCE, said

NAMES = ("libvirt-daemon-plugin-cmdqv", "virt-cmdqv", "libvirt-cmdqv-doc")


def test_lintian(debs):
    """lintian finds nothing wrong."""
    # A lintian before forky's does not know version 5 of debian/watch.
    unknown = [] if "forky" in Path("/etc/os-release").read_text() else ["--suppress-tags", "missing-debian-watch-file-standard"]
    print(said("lintian", "--fail-on", "warning", "--display-info", "--tag-display-limit", "0", *unknown, debs["changes"]))


@pytest.fixture
def installed(debs):
    """The packages, with a daemon that has loaded the module as after its restart."""
    said("apt-get", "install", "-y", "--no-install-recommends", *(debs[name] for name in NAMES))
    said("/lab/daemon", "start", MODULE)
    yield
    said("/lab/daemon", "stop")
    said("apt-get", "purge", "-y", *NAMES)


def test_autopkgtest(installed):
    """autopkgtest runs each test of debian/tests on this machine, with the packages that are installed, and all of them pass."""
    out = BUILD / "autopkgtest"
    # It would run the test of the daemon in a container only, and a lab is one.
    print(said("autopkgtest", "--no-built-binaries", "--ignore-restrictions=isolation-container", f"--output-dir={out}", f"{SOURCE}/",
               "--", "null"))
    results = dict(line.split(maxsplit=1) for line in (out / "summary").read_text().splitlines() if line.split()[0] in ("tool", "daemon"))
    assert {name: result.split()[0] for name, result in results.items()} == {"tool": "PASS", "daemon": "PASS"}
