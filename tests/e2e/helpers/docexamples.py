"""The examples of the documentation, and the host on which they run.

The names that they use (gpus, gpus.xml, g1) are those of domains that are there meanwhile.
"""
import re
import subprocess
from pathlib import Path

import docutils.core
import docutils.nodes

import words
from domains import GPU_A, GPU_B, domain, hostdev, smmu

DOCS = Path("/src/docs")


def _examples():
    """(page, command, lines that the page shows of its output): lines of literal blocks that begin with a prompt."""
    for page in sorted(DOCS.glob("*.rst")):
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


EXAMPLES = list(_examples())


def prepare(daemon, folder):
    """Makes the host of the examples, with a domain g1 that has no devices of the host yet; they run in the folder."""
    xml = domain("gpus", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3), uuid="00000000-0000-4000-8000-000000000009")
    daemon.run(xml)
    (folder / "gpus.xml").write_text(xml)
    daemon.define(domain("g1", layout=""))
    for name, text in (("dot", "cat >/dev/null"), ("ssh", 'shift\nexec "$@"')):
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)


def run_example(command, shown, folder):
    """Runs a command of a page, which must succeed and print the lines that the page shows."""
    if command.endswith("--apply"):         # asks, and the test cannot answer
        command += " --yes"
    command = command.replace("/dev/stdin", "/proc/self/fd/0")      # no udev makes that link in a lab
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=folder, capture_output=True, text=True, check=False,
                          env={"PATH": f"/usr/sbin:/usr/bin:/sbin:/bin:{folder}", "LC_ALL": "C.UTF-8",
                               "LIBVIRT_DEFAULT_URI": "qemu:///system"})
    assert done.returncode == 0, done
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    for line in shown:
        line = line.replace("hostdev0", words.behind("hostdev0", GPU_A))
        assert " ".join(line.split()) in lines or set(line.strip()) == {"-"}, done.stdout
