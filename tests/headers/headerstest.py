#!/usr/bin/env python3
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compiles the module with the headers of the oldest libvirt that it is built with.

Those are made of the headers that are here: a newer function or constant, as libvirt's symbol versions and the headers' own
comments say, has another name there.
"""
import argparse
import json
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tap import Tap                                                                 # noqa: E402

OLDEST = (8, 2, 0)
SINCE = re.compile(r"Since: v?(\d+)\.(\d+)\.(\d+)")
NUMBER = re.compile(r"(# *define LIBVIR_VERSION_NUMBER) \d+")


def is_later(version):
    return tuple(int(part) for part in version) > OLDEST


def functions(library):
    """Public functions that are newer, by the version of their symbols."""
    lines = subprocess.run(["nm", "--dynamic", "--with-symbol-versions", library], check=True, stdout=subprocess.PIPE,
                           text=True).stdout
    found = re.findall(r" T (\w+)@@LIBVIRT_(\d+)\.(\d+)\.(\d+)$", lines, re.M)
    return {name for name, *version in found if is_later(version)}


def constants(text):
    """Newer macros, with their comments before them, and values of enumerations, with their comments behind them."""
    found = re.findall(r"(/\*\*(?:(?!\*/).)*\*/)\n# *define (\w+)", text, re.S)
    found += [(comment, name) for name, comment in
              re.findall(r"^ *(VIR_\w+)(?: *= *[^,/\n]+)?,? *(/\*(?:(?!\*/).)*\*/)", text, re.M | re.S)]
    for comment, name in found:
        since = SINCE.search(comment)
        if since and is_later(since.groups()):
            yield name


def make(headers, folder, names):
    """The headers, with another name for each of `names`."""
    later = re.compile(r"\b(" + "|".join(sorted(names)) + r")\b")
    for path in headers.glob("*.h"):
        text = NUMBER.sub(rf"\1 {OLDEST[0] * 1000000 + OLDEST[1] * 1000 + OLDEST[2]}", path.read_text())
        (folder / path.name).write_text(later.sub(r"later_\1", text))


def commands(build, sources):
    """How each file is compiled, without the names of its outputs."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = (Path(entry["directory"]) / entry["file"]).resolve()
        if path.parent in sources:
            words = shlex.split(entry["command"])
            words = [word for word in words if word != "-c" and not word.startswith(("-MF", "-MQ", "-MD", "-o"))]
            yield path, Path(entry["directory"]), [word for word in words if not word.endswith((".o", ".d"))]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--headers", type=Path, required=True)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--sources", type=Path, nargs="+", required=True)
    options = parser.parse_args()
    tap = Tap()
    names = functions(options.library)
    for path in options.headers.glob("*.h"):
        names.update(constants(path.read_text()))
    tap.point("libvirt has newer functions and constants", [name for name in ("virDomainSaveParams", "VIR_DOMAIN_SAVE_PARAM_DXML")
                                                            if name not in names])
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top) / "libvirt"
        folder.mkdir()
        make(options.headers, folder, names)
        for path, directory, words in commands(options.build, [folder.resolve() for folder in options.sources]):
            place = 2 if Path(words[0]).name == "ccache" else 1
            done = subprocess.run([*words[:place], f"-I{top}", *words[place:], "-fsyntax-only", "-Werror"], cwd=directory,
                                  stderr=subprocess.PIPE, text=True, check=False)
            tap.point(f"{path.name} compiles", done.stderr.splitlines() if done.returncode else [])
    tap.end()


if __name__ == "__main__":
    main()
