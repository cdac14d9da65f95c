"""The distributions' packages, built and tried in a lab root with the programs that build and check packages.

The root is one that nothing of this project was installed in: the project's files
there are of the packages, and must be removed with them.  There is no systemd in
it that runs.  systemd-analyze is asked how systemd would read units and drop-ins, and the
daemon is started with their environment.
"""
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "e2e"), str(TESTS / "e2e/helpers")]

# These imports need the line above.
import pytest

SOURCE = TESTS.parent
BUILD = Path("/var/tmp/package")
MULTIARCH = subprocess.run(["gcc", "-print-multiarch"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
MODULE = f"/usr/lib/{MULTIARCH}/libvirt-cmdqv.so"
PLUGIN = "libvirt-daemon-plugin-cmdqv"


def said(*command, status=0, **more):
    """The output of a command, errors too; it must end as said."""
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", **more.pop("env", {})}, **more)
    assert status is None or done.returncode == status, done.stdout
    return done.stdout


def changelog(field):
    return said("dpkg-parsechangelog", "-l", SOURCE / "debian" / "changelog", "-S", field).strip()


def environment(service):
    """The variables that the unit and its drop-ins put into the environment, the last of each name counting."""
    text = said("systemd-analyze", "cat-config", f"systemd/system/{service}.service")
    found = {}
    for line in text.splitlines():
        if line.startswith("Environment="):
            found.update(pair.split("=", 1) for pair in shlex.split(line.partition("=")[2]))
    return found


@pytest.fixture(scope="session")
def upstream():
    """A release's tarball: the files of the tree, without debian/."""
    name = f"{changelog('Source')}-{changelog('Version').rpartition('-')[0]}"
    tree = BUILD / name
    shutil.rmtree(BUILD, ignore_errors=True)
    shutil.copytree(SOURCE, tree, ignore=shutil.ignore_patterns("debian", "__pycache__", ".pytest_cache"))
    tarball = BUILD / f"{name}.tar.xz"
    said("tar", "-C", BUILD, "-cJf", tarball, name)
    return tarball


@pytest.fixture(scope="session")
def debs(upstream):
    """{package: file} and, by the name "changes", all that would be uploaded; the unit suite runs elsewhere."""
    source, version = changelog("Source"), changelog("Version")
    tree = BUILD / f"{source}-{version.rpartition('-')[0]}"
    upstream.with_name(f"{source}_{version.rpartition('-')[0]}.orig.tar.xz").symlink_to(upstream.name)
    shutil.copytree(SOURCE / "debian", tree / "debian")
    said("dpkg-buildpackage", "-us", "-uc", cwd=tree, env={"DEB_BUILD_OPTIONS": "nocheck"})
    built = {path.name.partition("_")[0]: path for path in BUILD.glob("*.deb") if "-dbgsym_" not in path.name}
    return {**built, "changes": next(BUILD.glob("*.changes"))}
