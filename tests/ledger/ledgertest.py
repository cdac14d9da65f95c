#!/usr/bin/env python3
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the ledger (src/daemon/guarded_calls.h, src/plugin/api_ledger.c) with libvirt, the module and the manual.

CMDQV_TEST_REGENERATE_OUTPUT=1 writes the manual anew, and still fails.
"""
import argparse
import collections
import difflib
import itertools
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tap import Tap                                                                 # noqa: E402

Row = collections.namedtuple("Row", "theme function kind changes words")
Gate = collections.namedtuple("Gate", "function check is_not_qemus")

PLUGIN = Path(__file__).resolve().parents[2] / "src" / "plugin"
KINDS = {"guarded", "harmless", "hook"}
TAKES_DOMAIN = re.compile(r"\bvirDomain(Snapshot|Checkpoint)?Ptr\b")
# Some take a domain as XML or as the name of a file: a function about domains says so in its name.
ABOUT_DOMAINS = re.compile(r"vir(Domain|Connect\w*Domain)")
# The access checks of these functions bear their names.
ACCESS_CHECK = re.compile(r"(Check|Ensure)ACL$")
# A function that is told so whether to change the running domain, its definition or both (libvirt's own words).
TAKES_IMPACT = re.compile(r"virDomain(ModificationImpact|DeviceModifyFlags|MemoryModFlags|VcpuFlags)")
READS_OF_DOMAIN = re.compile(r"virDomain(Get|IOThreadInfo|Snapshot)")
# The functions in the list of the lock of definitions.
LOCKED = re.compile(r"^    (?:X\([^,]+, [^,]+, |FLAGS\(|WHOLE\()(vir\w+),", re.MULTILINE)
# By this one the module sees whether a driver has any (src/daemon/acl_gate.c).
ASKED_WHETHER_IT_CHECKS = "virConnectGetTypeEnsureACL"
# Guarded functions that refuse nothing after the access check: they read.
READS = re.compile(r"vir(?!DomainManagedSave)(Domain|Connect)\w*(GetXMLDesc|GetMetadata|GetCPUModelNames)$")
GUARDED = "src/daemon/guarded_calls.h"
LEDGER = "src/plugin/api_ledger.c"
LOCK = "src/plugin/definition_lock.c"

# No call of a client's: by this one the daemon says at which level it logs errors (src/daemon/quiet_log.c).
NO_CALL = {"virSetErrorLogPriorityFunc"}


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
    path = PLUGIN / row.words.partition(":")[0]
    return path.is_file() and re.search(rf"^(?:{row.function}\(|CMDQV_\w+\(.*\b{row.function},)", path.read_text(), re.MULTILINE)


def place_of(rows, function):
    """By which the rows of a theme are sorted: the file of a guard, or the first function."""
    row = next(r for r in rows if r.function == function)
    return row.words.partition(":")[0] if row.kind == "guarded" else function


def check_rows(tap, rows):
    count = collections.Counter(r.function for r in rows)
    tap.point("no function is there twice", [f"{LEDGER}: {f} is there {n} times" for f, n in sorted(count.items()) if n > 1])

    themes = collections.defaultdict(list)
    for (theme, *_), alike in itertools.groupby(rows, lambda r: (r.theme, r.kind, r.kind != "guarded" and r.changes, r.words)):
        themes[theme].append([r.function for r in alike])
    tap.point("the functions of each row are sorted, and the rows of each theme",
              [f"{theme}: {function} is out of order" for theme, lists in themes.items()
               for one in [*lists, [place_of(rows, functions[0]) for functions in lists]] for function, right in zip(one, sorted(one))
               if function != right])
    tap.point("each row has a kind and words", [f"{LEDGER}: {r.function}: {r.kind!r}, {r.words!r}: give it a kind and words" for r in rows
                                                if r.kind not in KINDS or not r.words])
    tap.point("each guard is in the file that it names",
              [f"{GUARDED}: {r.function} is not defined in 'src/plugin/{r.words.partition(':')[0]}'"
               for r in rows if r.kind == "guarded" and not defines(r)])


def check_api(tap, rows, path):
    known = {r.function for r in rows}
    tap.point(f"{path.name}: every function about domains is in the ledger",
              [f"{LEDGER}: add a row for {f}" for f in sorted(functions_about_domains(path) - known)])


def takes_impact(path):
    """Functions whose flags say that they may change a definition."""
    return {f.get("name") for f in ET.parse(path).getroot().findall("symbols/function")
            if any(TAKES_IMPACT.search(a.get("info") or "") for a in f.findall("arg")) and not READS_OF_DOMAIN.match(f.get("name"))}


def check_definitions(tap, rows, paths):
    """Functions that may change a definition, the ledger, and the lock that they wait for."""
    locked = LOCKED.findall((PLUGIN / "definition_lock.c").read_text())
    changes = {r.function for r in rows if r.changes}
    tap.point("what changes a definition waits for one that is being written",
              [f"{LOCK}: add {f}, which changes a definition by the ledger" for f in sorted(changes - set(locked))] +
              [f"{LEDGER}: {f} is in {LOCK}, and changes no definition by the ledger" for f in sorted(set(locked) - changes)] +
              [f"{LOCK}: {f} is there twice" for f, n in collections.Counter(locked).items() if n > 1])
    for path in paths:
        tap.point(f"{path.name}: what can be told to change a definition is known to",
                  [f"{LEDGER}: {f} can be told to change a definition; say so in its row" for f in sorted(takes_impact(path) - changes)])


def check_gates(tap, gates, driver):
    tap.point("what can be refused has an access check",
              [f"{GUARDED}: {g.function} has {g.check or 'no check'}: one that refuses needs a check, one that reads needs none"
               for g in gates if bool(g.check) == bool(READS.match(g.function))])
    name = "libvirt's QEMU driver calls each access check"
    if not driver:
        tap.skip(name, "libvirt's QEMU driver is not installed here")
        return
    asked = symbols(driver, "--undefined-only")
    tap.point(name,
              [f"{GUARDED}: {g.function}: {g.check} is {'' if g.check in asked else 'not '}called"
               for g in gates if g.check and (g.check in asked) == (g.is_not_qemus == "yes")])


def check_module(tap, rows, gates, module):
    symbols_of_libvirt = {s for s in symbols(module, "--defined-only") if s.startswith("vir")}
    checks = {s for s in symbols_of_libvirt if ACCESS_CHECK.search(s)}
    exported = symbols_of_libvirt - checks - NO_CALL
    guarded = {r.function for r in rows if r.kind == "guarded"}
    tap.point("the module exports what is guarded",
              [f"src/plugin: {f} is guarded, and no file exports it"
               for f in sorted(guarded - exported)])
    changes = {r.function for r in rows if r.changes}
    tap.point("the module exports what changes a definition",
              [f"src/plugin: {f} changes a definition, and no file exports it"
               for f in sorted(changes - exported)])
    tap.point("what the module exports is guarded, or changes a definition",
              [f"{LEDGER}: {f} is exported, but neither guarded nor does it change a definition"
               for f in sorted(exported - guarded - changes)])
    tap.point("the module defines the access checks of what it guards, and no other",
              sorted(f"{GUARDED} or src/daemon/acl_gate.c: {c} is in one of the two alone"
                     for c in checks ^ {g.check for g in gates if g.check} ^ {ASKED_WHETHER_IT_CHECKS}))


def check_daemon(tap, rows, daemon):
    name = "what a daemon asks libvirt for is in the ledger"
    if not daemon:
        tap.skip(name, "no libvirt daemon is installed here")
        return
    asked = {s for s in symbols(daemon, "--undefined-only") if ABOUT_DOMAINS.match(s) and not ACCESS_CHECK.search(s)}
    wrong = sorted(asked - {r.function for r in rows}) or ([] if asked else ["anything"])
    tap.point(name, [f"{LEDGER}: add a row for {f}, which {daemon.name} asks for" for f in wrong])


def check_manual(tap, printed, manual):
    written = manual.read_text() if manual.exists() else ""
    difference = list(difflib.unified_diff(written.splitlines(), printed.splitlines(), str(manual), "print-ledger",
                                           lineterm=""))
    if difference and os.environ.get("CMDQV_TEST_REGENERATE_OUTPUT") == "1":
        manual.write_text(printed)
    tap.point("the manual shows the ledger",
              ["docs/ledger.rst: make it anew with tests/goldens --words", *difference] if difference else [])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--print-ledger", required=True, type=Path, help="the program that prints the ledger")
    parser.add_argument("--manual", required=True, type=Path, help="docs/ledger.rst")
    parser.add_argument("--module", required=True, type=Path, help="libvirt-cmdqv.so")
    parser.add_argument("--daemon", type=Path, help="libvirtd or virtqemud")
    parser.add_argument("api", nargs="+", type=Path, help="libvirt-api.xml, libvirt-qemu-api.xml, libvirt-lxc-api.xml")
    parser.add_argument("--driver", type=Path, help="libvirt_driver_qemu.so")
    args = parser.parse_args()

    rows = [Row(*line.split("\t")) for line in output_of(args.print_ledger, "--rows").splitlines()]
    gates = [Gate(*line.split("\t")) for line in output_of(args.print_ledger, "--gates").splitlines()]
    tap = Tap()
    check_rows(tap, rows)
    for path in args.api:
        check_api(tap, rows, path)
    check_definitions(tap, rows, args.api)
    check_gates(tap, gates, args.driver)
    check_module(tap, rows, gates, args.module)
    check_daemon(tap, rows, args.daemon)
    check_manual(tap, output_of(args.print_ledger), args.manual)
    tap.end()


if __name__ == "__main__":
    sys.exit(main())
