#!/usr/bin/env python3
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Presses the tab key in a real bash behind the beginnings of virt-cmdqv commands."""
import argparse
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tap import Tap                                                                 # noqa: E402

VIRSH = """#!/bin/sh
[ "$*" = "-q -c qemu:///system list --all --name" ] && exec printf '%s\\n' gpus 'with blank'
[ "$*" = "-q list --all --name" ] && exec printf '%s\\n' plain
"""

# What bash prints with "complete -F", asked for one line that is typed so far.
ASK = r"""
. "$1"
COMP_LINE=$2 COMP_POINT=${#2} COMPREPLY=()
[ "$(complete -p virt-cmdqv)" = 'complete -F _virt_cmdqv virt-cmdqv' ] || exit 1
_virt_cmdqv virt-cmdqv
printf '%s\n' "${COMPREPLY[@]}"
"""


# what is on the machine that tests this, one without PCI included
DEVICES = sorted(os.listdir("/sys/bus/pci/devices")) if os.path.isdir("/sys/bus/pci/devices") else []


def said(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def options_in(text):
    """Every option that a help text has a line for, and the help itself."""
    lines = re.findall(r"^  (-.*?)(?:\s{2,}.*)?$", text, re.MULTILINE)
    return {re.split("[= ]", option)[0] for line in lines for option in line.split(", ")} | {"-h", "--help"}


def commands_in(text):
    return re.findall(r"^  (\w\S*) ", text.partition("\nCommands:\n")[2], re.MULTILINE)


class Bash:
    def __init__(self, script):
        self.script = script

    def complete(self, line):
        out = said("bash", "--norc", "-c", ASK, "bash", self.script, line)
        return [word for word in out.splitlines() if word]

    def type(self, keys):
        """What readline makes of the keys, in a bash that somebody sits at."""
        pid, fd = pty.fork()
        if pid == 0:
            os.environ.update(PS1="ready>", TERM="dumb", INPUTRC="/dev/null")
            os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
        try:
            os.write(fd, f". {self.script}\n".encode())
            self.read_until(fd, rb"ready>.*ready>")
            os.write(fd, keys.encode())
            seen = self.read_until(fd, None)
            return re.sub(r"[\a\r]", "", seen.decode()).split("\n")[-1]
        finally:
            os.close(fd)
            os.waitpid(pid, 0)

    @staticmethod
    def read_until(fd, pattern, quiet=1.0, limit=20):
        """Until the pattern has come, or without one until nothing more comes."""
        seen, end = b"", time.monotonic() + limit
        while time.monotonic() < end:
            ready = select.select([fd], [], [], quiet)[0]
            if ready:
                seen += os.read(fd, 4096)
            if re.search(pattern, seen, re.DOTALL) if pattern else seen and not ready:
                break
        return seen


def check_tool(tap, bash, tool):
    """Nothing that the tool's help names may be missing, in whatever command."""
    general = said(tool, "--help")
    commands = commands_in(general)
    tap.same("there are commands", len(commands) >= 4, True)
    tap.same("commands", bash.complete("virt-cmdqv "), commands)
    tap.same("options of the tool", set(bash.complete("virt-cmdqv -")), options_in(general))
    for command in commands:
        tap.same(f"options of {command}", set(bash.complete(f"virt-cmdqv {command} -")), options_in(said(tool, command, "--help")))


def check_values(tap, bash, tool):
    rules = [line.split()[0] for line in said(tool, "rules").splitlines()]
    for line, expected in [
        ("virt-cmdqv anc", ["anchors"]),
        ("virt-cmdqv nosuch", []),
        ("virt-cmdqv nosuch -", ["-h", "--help"]),
        ("virt-cmdqv explain ", rules),
        ("virt-cmdqv explain cmdqv-needs-a", [r for r in rules if r.startswith("cmdqv-needs-a")]),
        ("virt-cmdqv anchors ", ["plain"]),
        ("virt-cmdqv -c qemu:///system anchors g", ["gpus"]),
        ("virt-cmdqv --connect=qemu:///system anchors --json ", ["gpus", r"with\ blank"]),
        ("virt-cmdqv -c qemu:///system validate --domain g", ["gpus"]),
        ("virt-cmdqv -c qemu:///system validate --domain=g", ["gpus"]),
        ("virt-cmdqv -c qemu:///system validate -d ", ["gpus", r"with\ blank"]),
        ("virt-cmdqv -c qemu:///sy", ["///system"]),
        ("virt-cmdqv --connect=qemu:///se", ["///session"]),
        ("virt-cmdqv rules ", []),
        ("virt-cmdqv layout --shape ", ["libvirt", "kubevirt", "nova"]),
        ("virt-cmdqv layout --shape=n", ["nova"]),
        ("virt-cmdqv argv --emulator tw", ["two words.xml"]),
        ("virt-cmdqv layout --hostdev 0009:01:00.0 ", DEVICES),
        ("virt-cmdqv layout ", DEVICES),
        ("virt-cmdqv validate one", ["one.xml"]),
        ("virt-cmdqv validate one.xml t", ["two words.xml"]),
        ("virt-cmdqv --config one", ["one.xml"]),
        ("virt-cmdqv --config one.xml rules --j", ["--json"]),
    ]:
        tap.same(line, bash.complete(line), expected)


def check_keys(tap, bash):
    for keys, expected in [
        ("virt-cmdqv anc\t", "virt-cmdqv anchors "),
        ("virt-cmdqv -c qemu:///system validate --dom\t", "virt-cmdqv -c qemu:///system validate --domain "),
        ("virt-cmdqv -c qemu:///sy\t", "virt-cmdqv -c qemu:///system "),
        ("virt-cmdqv -c qemu:///system anchors w\t", "virt-cmdqv -c qemu:///system anchors with\\ blank "),
        ("virt-cmdqv validate two\t", "virt-cmdqv validate two\\ words.xml "),
    ]:
        tap.same(f"typed: {keys.strip()}", bash.type(keys).removeprefix("ready>"), expected)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool", type=Path)
    parser.add_argument("script", type=Path)
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        virsh = Path(folder, "bin", "virsh")
        virsh.parent.mkdir()
        virsh.write_text(VIRSH)
        virsh.chmod(0o755)
        virsh.with_name("virt-cmdqv").symlink_to(args.tool.resolve())
        for name in ("one.xml", "two words.xml"):
            Path(folder, name).touch()
        os.environ.update(PATH=f"{virsh.parent}:{os.environ['PATH']}")
        script = args.script.resolve()
        os.chdir(folder)
        tap, bash = Tap(), Bash(script)
        check_tool(tap, bash, "virt-cmdqv")
        check_values(tap, bash, "virt-cmdqv")
        check_keys(tap, bash)
        tap.end()


if __name__ == "__main__":
    sys.exit(main())
