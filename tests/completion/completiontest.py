#!/usr/bin/env python3
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Presses the tab key in a real bash, zsh or fish behind the beginnings of virt-cmdqv commands.

The unit suite has bash; tests/package has all three, with the files that the package installs.
"""
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

# the devices of the machine that runs this test, one without PCI included
DEVICES = sorted(os.listdir("/sys/bus/pci/devices")) if os.path.isdir("/sys/bus/pci/devices") else []


def said(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def options_in(text):
    """Every option that a help text has a line for, and the help itself."""
    lines = re.findall(r"^  (-.*?)(?:\s{2,}.*)?$", text, re.MULTILINE)
    return {re.split("[= ]", option)[0] for line in lines for option in line.split(", ")} | {"-h", "--help"}


def commands_in(text):
    return re.findall(r"^  (\w\S*) ", text.partition("\nCommands:\n")[2], re.MULTILINE)


class Shell:
    """A shell, with the words that it offers for a line that is typed so far."""

    def __init__(self, script):
        self.script = script

    def words(self, line):
        raise NotImplementedError

    def complete(self, line):
        """In the order of letters, and without the parts that the shell keeps of the word or adds to it."""
        return sorted(re.sub(r"^--[\w-]+=", "", word) for word in self.words(line) if word)

    @staticmethod
    def read_until(fd, pattern, quiet=1.0, limit=20):
        """Until the pattern is there, or without one until nothing more is written for a while."""
        seen, end = b"", time.monotonic() + limit
        while time.monotonic() < end:
            ready = select.select([fd], [], [], quiet)[0]
            if ready:
                seen += os.read(fd, 4096)
            if re.search(pattern, seen, re.DOTALL) if pattern else not ready:
                break
        return seen


class Bash(Shell):
    # the words that bash prints with "complete -F"
    ASK = r"""
    . "$1"
    COMP_LINE=$2 COMP_POINT=${#2} COMPREPLY=()
    [ "$(complete -p virt-cmdqv)" = 'complete -F _virt_cmdqv virt-cmdqv' ] || exit 1
    _virt_cmdqv virt-cmdqv
    printf '%s\n' "${COMPREPLY[@]}"
    """

    def words(self, line):
        # bash divides at ':' and '='
        kept = re.match(r".*[:=]|", line.rpartition(" ")[2])[0]
        return [kept + word.replace("\\ ", " ") for word in said("bash", "--norc", "-c", self.ASK, "bash", self.script, line).splitlines()]

    def type(self, keys, expected):
        """The line that readline makes of the keys, in an interactive bash: the expected one, or that after the time limit."""
        pid, fd = pty.fork()
        if pid == 0:
            os.environ.update(PS1="ready>", TERM="dumb", INPUTRC="/dev/null")
            os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
        try:
            os.write(fd, f". {self.script}\n".encode())
            self.read_until(fd, rb"ready>.*ready>")
            os.write(fd, keys.encode())
            seen = self.read_until(fd, re.escape(expected.encode()))
            seen += self.read_until(fd, None)
            return re.sub(r"[\a\r]", "", seen.decode()).split("\n")[-1]
        finally:
            os.close(fd)
            os.waitpid(pid, 0)


class Zsh(Shell):
    # each word that a completion adds is written to a file, and none is shown
    SETUP = r"""
    PROMPT='' RPROMPT='' fpath=({folder} $fpath)
    autoload -Uz compinit && compinit -u -D
    unsetopt zle_bracketed_paste 2>/dev/null
    zstyle ':completion:*' completer _complete
    zmodload zsh/zutil
    compadd() {{
        local -a hits
        [[ ${{@[1,(i)(-|--)]}} != *-(O|A|D)\ * ]] || {{ builtin compadd "$@"; return }}
        builtin compadd -A hits "$@"
        print -rl -- $hits >>{out}
        builtin compadd "$@"
    }}
    ask() {{ _main_complete; compstate[insert]='' compstate[list]=''; print -r end >>{out} }}
    zle -C ask complete-word ask
    ready() {{ zle ask; BUFFER='' }}
    zle -N ready
    bindkey '^X' ready
    print ready >{out}
    """

    def __init__(self, script):
        super().__init__(script)
        self.folder = Path(tempfile.mkdtemp(dir=".", prefix=".zsh"))
        # zsh takes the name of the file for that of the function
        (self.folder / "_virt-cmdqv").symlink_to(script)
        self.out = self.folder.resolve() / "out"
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="dumb")
            os.execvp("zsh", ["zsh", "-f", "-i"])
        (self.folder / "setup").write_text(self.SETUP.format(folder=self.folder.resolve(), out=self.out))
        os.write(self.fd, f". {self.folder.resolve()}/setup\n".encode())
        self.wait("ready\n")

    def wait(self, word):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            self.drain()
            if self.out.exists() and self.out.read_text().endswith(word):
                return self.out.read_text().splitlines()[:-1]
        raise TimeoutError(self.out.read_text() if self.out.exists() else "zsh is not ready")

    def drain(self):
        """The terminal must not fill up."""
        if select.select([self.fd], [], [], 0.01)[0]:
            os.read(self.fd, 65536)

    def words(self, line):
        self.out.write_text("")
        os.write(self.fd, f"{line}\x18".encode())
        return {word.replace("\\ ", " ") for word in self.wait("end\n")}


class Fish(Shell):
    ASK = "while read -l line; complete -C $line; echo end; end"

    def __init__(self, script):
        super().__init__(script)
        # pylint: disable-next=consider-using-with
        self.fish = subprocess.Popen(["fish", "--no-config", "-c", f"source {script}; {self.ASK}"], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, text=True)

    def words(self, line):
        print(line, file=self.fish.stdin, flush=True)
        found = [word.partition("\t")[0].replace("\\ ", " ") for word in iter(self.fish.stdout.readline, "end\n")]
        # it offers words that are only alike if none begins so
        return [word.rstrip("\n") for word in found if word.startswith(line.rpartition(" ")[2])]


SHELLS = {"bash": Bash, "zsh": Zsh, "fish": Fish}


def check_tool(tap, shell, tool):
    """Nothing that the tool's help names may be missing, in any command."""
    general = said(tool, "--help")
    commands = commands_in(general)
    valued = {option for line in re.findall(r"^  (-.*?)=", general, re.MULTILINE) for option in line.split(", ")}
    tap.same("there are commands", len(commands) >= 4, True)
    tap.same("commands", shell.complete("virt-cmdqv "), sorted(commands))
    tap.same("options of the tool", set(shell.complete("virt-cmdqv -")), options_in(general))
    for command in commands:
        tap.same(f"options of {command}, and those of the tool that may follow it", set(shell.complete(f"virt-cmdqv {command} -")),
                 options_in(said(tool, command, "--help")) | valued)


def check_values(tap, shell, tool):
    rules = [line.split()[0] for line in said(tool, "rules").splitlines()]
    for line, expected in [
        ("virt-cmdqv anc", ["anchors"]),
        ("virt-cmdqv nosuch", []),
        ("virt-cmdqv explain ", rules),
        ("virt-cmdqv explain cmdqv-needs-a", [r for r in rules if r.startswith("cmdqv-needs-a")]),
        ("virt-cmdqv help anc", ["anchors"]),
        ("virt-cmdqv anchors ", ["plain"]),
        ("virt-cmdqv -c qemu:///system anchors g", ["gpus"]),
        ("virt-cmdqv anchors -c qemu:///system g", ["gpus"]),
        ("virt-cmdqv --connect=qemu:///system anchors --json ", ["gpus", "with blank"]),
        ("virt-cmdqv -c qemu:///system validate --domain g", ["gpus"]),
        ("virt-cmdqv -c qemu:///system validate --domain=g", ["gpus"]),
        ("virt-cmdqv -c qemu:///system validate -d ", ["gpus", "with blank"]),
        ("virt-cmdqv -c qemu:///sy", ["qemu:///system"]),
        ("virt-cmdqv anchors -c qemu:///sy", ["qemu:///system"]),
        ("virt-cmdqv --connect=qemu:///se", ["qemu:///session"]),
        ("virt-cmdqv rules ", []),
        ("virt-cmdqv layout --shape ", ["libvirt", "kubevirt", "nova"]),
        ("virt-cmdqv layout --shape=n", ["nova"]),
        ("virt-cmdqv host --shape ", ["nova"]),
        ("virt-cmdqv argv --emulator tw", ["two words.xml"]),
        ("virt-cmdqv layout --hostdev 0009:01:00.0 ", DEVICES),
        ("virt-cmdqv layout ", DEVICES),
        ("virt-cmdqv validate one", ["one.xml"]),
        ("virt-cmdqv validate one.xml t", ["two words.xml"]),
        ("virt-cmdqv --config one", ["one.xml"]),
        ("virt-cmdqv --config one.xml rules --js", ["--json"]),
    ]:
        tap.same(line, shell.complete(line), sorted(expected))


def check_keys(tap, bash):
    for keys, expected in [
        ("virt-cmdqv anc\t", "virt-cmdqv anchors "),
        ("virt-cmdqv -c qemu:///system validate --dom\t", "virt-cmdqv -c qemu:///system validate --domain "),
        ("virt-cmdqv -c qemu:///sy\t", "virt-cmdqv -c qemu:///system "),
        ("virt-cmdqv -c qemu:///system anchors w\t", "virt-cmdqv -c qemu:///system anchors with\\ blank "),
        ("virt-cmdqv validate two\t", "virt-cmdqv validate two\\ words.xml "),
    ]:
        tap.same(f"typed: {keys.strip()}", bash.type(keys, expected).removeprefix("ready>"), expected)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool", type=Path)
    parser.add_argument("script", type=Path)
    parser.add_argument("--shell", choices=SHELLS, default="bash")
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
        tap, shell = Tap(), SHELLS[args.shell](script)
        check_tool(tap, shell, "virt-cmdqv")
        check_values(tap, shell, "virt-cmdqv")
        if args.shell == "bash":
            check_keys(tap, shell)
        tap.end()


if __name__ == "__main__":
    sys.exit(main())
