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


def release(clone, *options, status=0):
    """Makes a release in a clone without the tests, which other suites run; returns the output."""
    return said(clone / "packaging/release", "--test", "true", "--no-sign", "--output", BUILD, *options, version_of_upstream(),
                cwd=clone, status=status)


def version_of_upstream():
    return changelog("Version").rpartition("-")[0]


@pytest.fixture(scope="session")
def clone():
    """A repository of the tree, which has no tag."""
    shutil.rmtree(BUILD, ignore_errors=True)
    folder = BUILD / "clone"
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns(".git", "__pycache__", ".pytest_cache"))
    for command in (["init", "-q"], ["config", "user.name", "Tester"], ["config", "user.email", "tester@example.org"], ["add", "-A"],
                    ["commit", "-q", "-m", "the tree"]):
        said("git", *command, cwd=folder)
    return folder


@pytest.fixture(scope="session")
def upstream(clone):
    """The tarball of a release, unpacked too."""
    release(clone, "--check", "true")
    tarball = BUILD / f"{changelog('Source')}-{version_of_upstream()}.tar.xz"
    said("tar", "-C", BUILD, "-xJf", tarball)
    return tarball


@pytest.fixture(scope="session")
def debs(upstream):
    """{package: file} and, by the name "changes", all that would be uploaded; the unit suite runs elsewhere."""
    source, version = changelog("Source"), version_of_upstream()
    tree = BUILD / f"{source}-{version}"
    upstream.with_name(f"{source}_{version}.orig.tar.xz").symlink_to(upstream.name)
    shutil.copytree(SOURCE / "debian", tree / "debian")
    said("dpkg-buildpackage", "-us", "-uc", cwd=tree, env={"DEB_BUILD_OPTIONS": "nocheck"})
    built = {path.name.partition("_")[0]: path for path in BUILD.glob("*.deb") if "-dbgsym_" not in path.name}
    return {**built, "changes": next(BUILD.glob("*.changes"))}
