#!/usr/bin/env python3
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the ledger (src/plugin/api_ledger.c) with libvirt, the module and the manual.

VIR_TEST_REGENERATE_OUTPUT=1 writes the manual anew, and still fails.
"""
import argparse
import collections
import difflib
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tap import Tap                                                                 # noqa: E402

Row = collections.namedtuple("Row", "theme function kind words")

PLUGIN = Path(__file__).resolve().parents[2] / "src" / "plugin"
KINDS = {"guarded", "harmless", "hook"}
TAKES_DOMAIN = re.compile(r"\bvirDomain(Snapshot|Checkpoint)?Ptr\b")
# Some take a domain as XML or as the name of a file: what is about domains says so in its name.
ABOUT_DOMAINS = re.compile(r"vir(Domain|Connect\w*Domain)")
# The access checks of these functions bear their names.
ACCESS_CHECK = re.compile(r"(Check|Ensure)ACL$")
# By this one the module sees whether a driver has any (src/daemon/acl_gate.c).
ASKED_WHETHER_IT_CHECKS = "virConnectGetType"


def output_of(*command):
    return subprocess.run([str(c) for c in command], check=True, stdout=subprocess.PIPE, text=True).stdout


def symbols(path, which):
    lines = output_of("nm", "--dynamic", which, "--format=posix", path).splitlines()
    return {line.split()[0].split("@")[0] for line in lines if line.strip()}


def functions_about_domains(path):
    functions = ET.parse(path).getroot().findall("symbols/function")
    assert functions, f"{path} describes no function"
    return {f.get("name") for f in functions
            if ABOUT_DOMAINS.match(f.get("name")) or any(TAKES_DOMAIN.search(a.get("type")) for a in f.findall("arg"))}


def defines(row):
    """Whether a guard is in the file that its words begin with."""
    path = PLUGIN.parent / row.words.partition(":")[0]
    return path.is_file() and f"\n{row.function}(" in path.read_text()


def check_rows(tap, rows):
    count = collections.Counter(r.function for r in rows)
    tap.point("no function is there twice", [f"{f} is there {n} times" for f, n in sorted(count.items()) if n > 1])

    themes = collections.defaultdict(list)
    for row in rows:
        themes[row.theme].append(row.function)
    tap.point("each theme is sorted", [f"{theme}: {function} is out of order" for theme, functions in themes.items()
                                       for function, right in zip(functions, sorted(functions)) if function != right])
    tap.point("each row has a kind and words", [f"{r.function}: {r.kind!r}, {r.words!r}" for r in rows
                                                if r.kind not in KINDS or not r.words])
    tap.point("each guard is in the file that it names", [f"{r.function}: not defined in '{r.words.partition(':')[0]}'"
                                                          for r in rows if r.kind == "guarded" and not defines(r)])


def check_api(tap, rows, path):
    known = {r.function for r in rows}
    tap.point(f"{path.name}: every function about domains is in the ledger",
              [f"{f} is not in src/plugin/api_ledger.c" for f in sorted(functions_about_domains(path) - known)])


def check_module(tap, rows, module):
    symbols_of_libvirt = {s for s in symbols(module, "--defined-only") if s.startswith("vir")}
    checks = {s for s in symbols_of_libvirt if ACCESS_CHECK.search(s)}
    exported = symbols_of_libvirt - checks
    guarded = {r.function for r in rows if r.kind == "guarded"}
    tap.point("the module exports what is guarded", [f"{f} is guarded, but not exported" for f in sorted(guarded - exported)])
    tap.point("what the module exports is guarded", [f"{f} is exported, but not guarded" for f in sorted(exported - guarded)])
    tap.point("the module stands behind access checks of what is guarded",
              [f"{c} is exported, and its function is not guarded" for c in sorted(checks)
               if ACCESS_CHECK.sub("", c) not in guarded | {ASKED_WHETHER_IT_CHECKS}])


def check_daemon(tap, rows, daemon):
    name = "what a daemon asks libvirt for is in the ledger"
    if not daemon:
        tap.skip(name, "no libvirt daemon is installed here")
        return
    asked = {s for s in symbols(daemon, "--undefined-only") if ABOUT_DOMAINS.match(s) and not ACCESS_CHECK.search(s)}
    wrong = sorted(asked - {r.function for r in rows}) or ([] if asked else ["it asks for nothing"])
    tap.point(name, [f"{daemon.name}: {f}" for f in wrong])


def check_manual(tap, printed, manual):
    written = manual.read_text() if manual.exists() else ""
    difference = list(difflib.unified_diff(written.splitlines(), printed.splitlines(), str(manual), "print-ledger",
                                           lineterm=""))
    if difference and os.environ.get("VIR_TEST_REGENERATE_OUTPUT") == "1":
        manual.write_text(printed)
    tap.point("the manual shows the ledger", difference)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--print-ledger", required=True, type=Path, help="the program that prints the ledger")
    parser.add_argument("--manual", required=True, type=Path, help="docs/ledger.rst")
    parser.add_argument("--module", required=True, type=Path, help="libvirt-cmdqv.so")
    parser.add_argument("--daemon", type=Path, help="libvirtd or virtqemud")
    parser.add_argument("api", nargs="+", type=Path, help="libvirt-api.xml, libvirt-qemu-api.xml, libvirt-lxc-api.xml")
    args = parser.parse_args()

    rows = [Row(*line.split("\t")) for line in output_of(args.print_ledger, "--rows").splitlines()]
    tap = Tap()
    check_rows(tap, rows)
    for path in args.api:
        check_api(tap, rows, path)
    check_module(tap, rows, args.module)
    check_daemon(tap, rows, args.daemon)
    check_manual(tap, output_of(args.print_ledger), args.manual)
    tap.end()


if __name__ == "__main__":
    sys.exit(main())
