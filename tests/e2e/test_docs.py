"""What the documentation shows: every command in it is run, or it is said here why not.

The names that it uses (gpus, gpus.xml) are those of a domain that is there while it is.
"""
import re
import subprocess
from pathlib import Path

import docutils.core
import docutils.nodes
import pytest

import words
from conftest import URI, only
from domains import GPU_A, GPU_B, domain, hostdev, smmu

DOCS = Path("/src/docs")
PAGES = sorted(DOCS.glob("*.rst"))
LIBVIRT = [*Path("/usr/lib").glob("*/libvirt.so.0"), *Path("/usr/lib").glob("*/libvirt/connection-driver/libvirt_driver_qemu.so")]

# Beginnings of commands that a lab has no use for, and why.
ELSEWHERE = {
    "systemctl": "no systemd runs in a lab; tests/package starts the daemon with what it would start it with",
    "journalctl": "no journald runs in a lab; test_log.py reads the entries and their fields",
    "semodule": "Debian's kernel comes without SELinux's policy",
    "dpkg-buildpackage": "tests/package",
    "apt install": "tests/package",
    "rpmbuild": "tests/package builds with the spec file",
    "meson": "every suite does it",
    "virt-cmdqv -c qemu+ssh://": "there is one host",
}


def examples():
    """(page, command, what is shown of its output): lines of literal blocks that begin with a prompt."""
    for page in PAGES:
        tree = docutils.core.publish_doctree(page.read_text(), settings_overrides={"report_level": 5})
        for block in tree.findall(docutils.nodes.literal_block):
            command, shown = None, []
            for line in [*block.astext().splitlines(), "$ "]:
                if re.match(r"[#$] ", line) and not line.startswith("#!"):
                    if command:
                        yield page.name, command, shown
                    command, shown = line[2:], []
                elif command:
                    shown.append(line)


EXAMPLES = list(examples())
HERE = [e for e in EXAMPLES if not e[1].startswith(tuple(ELSEWHERE))]


@pytest.fixture
def gpus(daemon, tmp_path):
    """The host of the examples, with a domain g1 that has no devices of the host yet; the folder is where they are run."""
    xml = domain("gpus", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3), uuid="00000000-0000-4000-8000-000000000009")
    daemon.run(xml)
    (tmp_path / "gpus.xml").write_text(xml)
    daemon.define(domain("g1", layout=""))
    (tmp_path / "dot").write_text("#!/bin/sh\ncat >/dev/null\n")
    (tmp_path / "dot").chmod(0o755)
    return tmp_path


def test_there_are_examples():
    assert len(HERE) >= 8
    unused = [start for start in ELSEWHERE if not any(command.startswith(start) for _, command, _ in EXAMPLES)]
    assert not unused


@only("module")
@pytest.mark.parametrize("page, command, shown", HERE, ids=[f"{page}: {command}" for page, command, _ in HERE])
def test_example(daemon, gpus, page, command, shown):
    if command.endswith("--apply"):         # asks, and nobody sits here
        command += " --yes"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=gpus, capture_output=True, text=True, check=False,
                          env={"PATH": f"/usr/sbin:/usr/bin:/sbin:/bin:{gpus}", "LC_ALL": "C.UTF-8", "LIBVIRT_DEFAULT_URI": URI})
    assert done.returncode == 0, done
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    for line in shown:
        line = line.replace("hostdev0", words.behind("hostdev0", GPU_A))
        assert " ".join(line.split()) in lines or set(line.strip()) == {"-"}, done.stdout


def test_functions_of_libvirt():
    """Those that docs/upstream.rst maps to are in this libvirt, which names a function where it reports an error."""
    named = set(re.findall(r"``(\w+)\(\)``", (DOCS / "upstream.rst").read_text()))
    binaries = b"".join(path.read_bytes() for path in LIBVIRT)
    assert len(named) > 10
    assert sorted(name for name in named if f"\0{name}\0".encode() not in binaries) == []
