#!/usr/bin/env python3
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares what is written with what is there: the tool, the configuration, messages, files, versions and functions.

What of it takes a libvirt is in tests/e2e/test_docs.py.
"""
import argparse
import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import docutils.core

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tap import Tap                                                                 # noqa: E402

TOP = Path(__file__).resolve().parents[2]
DOCS = TOP / "docs"
PAGES = [*sorted(DOCS.glob("*.rst")), TOP / "NEWS.rst"]
MARKDOWN = sorted(TOP.glob("*.md"))
OURS = {"virt-cmdqv(1)", "cmdqv.conf(5)", "libvirt-cmdqv(7)", "libvirt-cmdqv-rules(7)"}
OPTION = re.compile(r"(?<![\w-])(--[a-z][\w-]*|-[a-zA-Z](?![\w-]))")

# There is no network to look further.
ADDRESS = re.compile(r"https://libvirt\.org/[\w./#-]+\w|http://openstack\.org/xmlns/")

# A string in C, and several that stand one behind the other.
STRING = r'"(?:[^"\\]|\\.)*"'
STRINGS = rf"{STRING}(?:\s*(?:[A-Z_]+\s*)?{STRING})*"
# Where words for an operator or a client are made; what a rule says is in the manual of the rules.
WORDS = re.compile(rf"(?:message = g_strdup_printf|cmdqvLogFailure|anchor->detail = g_strdup(?:_printf)?|"
                   rf"g_(?:set|prefix)_error(?:_literal)?)\(\s*(?:error, CMDQV_ERROR, CMDQV_ERROR_\w+,\s*|error,\s*)?({STRINGS})")
CONVERSION = re.compile(r"%(?:-?\d*|\.\d+)[a-z]+|%(?= |$)")
# src/conf and src/qemu also make words for virt-cmdqv alone, and for rules: those files are not looked at.
SOURCES = ["src/plugin/*.c", "src/daemon/*.c", "src/qemu/anchor.c", "src/policy/attach_policy.c", "src/layout/layout*.c", "src/policy/start_check.c",
           "src/lowering/l*.c", "src/lowering/record.c", "src/lowering/fill_addresses.c", "src/policy/monitor_policy.c", "src/layout/nova_request.c", "src/policy/detach_policy.c",
           "src/qemu/process.c", "src/policy/settings.c", "src/qemu/emulator_probe.c", "src/qemu/argv_write.c",
           "src/conf/domain_edit.c", "src/conf/xml*.c", "src/util/file.c", "src/util/run_program.c"]
# Those that are made in another way: by the hook, and for the journal.
ELSEWHERE = {"libvirt-cmdqv: domain '...': ...", "refused ... (domain ..., uuid ..., rule ..., client ...): ..."}


def said(*command):
    return subprocess.run([str(c) for c in command], check=True, stdout=subprocess.PIPE, text=True).stdout


def literals(text):
    return re.findall(r"``(.+?)``", text, re.DOTALL)


def parse(path, problems=None):
    """The page as docutils sees it, with the least of its complaints."""
    return docutils.core.publish_doctree(path.read_text(), source_path=str(path), settings_overrides={
        "report_level": 1, "halt_level": 5, "warning_stream": problems or io.StringIO()})


def check_pages(tap):
    for path in PAGES:
        problems = io.StringIO()
        parse(path, problems)
        tap.point(f"{path.name} is without a complaint of docutils", problems.getvalue().splitlines())
    built = (DOCS / "meson.build").read_text()
    tap.point("every page of docs/ is built", [path.name for path in PAGES if path.parent == DOCS
                                               and f"'{path.stem}'" not in built and f"'{path.name}'" not in built])


def check_versions(tap):
    version = re.search(r"version: '([\d.]+)'", (TOP / "meson.build").read_text()).group(1)
    for path, pattern in [("debian/changelog", r"\((.+?)-"), ("packaging/libvirt-cmdqv.spec", r"Version:\s*(\S+)"),
                          ("packaging/libvirt-cmdqv.spec", r"%changelog\n\*.* - ([\d.]+)-"), ("NEWS.rst", r"^(\d[\d.]*)$")]:
        tap.same(f"version in {path}", re.search(pattern, (TOP / path).read_text(), re.MULTILINE).group(1), version)


def sections(text):
    """{heading: text} of those with the given underline."""
    parts = re.split(r"^(.+)\n-{3,}$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def written_options(text):
    return {option for literal in literals(text) for option in OPTION.findall(literal)}


def check_manual(tap, tool):
    manual = (DOCS / "virt-cmdqv.rst").read_text()
    general = said(tool, "--help")
    commands = re.findall(r"^  (\w\S*) ", general.partition("\nCommands:\n")[2], re.MULTILINE)
    described = sections(manual.partition("\nCOMMANDS\n")[2].partition("\nEXIT STATUS\n")[0])
    tap.same("commands of the manual and of --help", sorted(described), sorted(commands))
    options = written_options(manual.partition("\nOPTIONS\n")[2].partition("\nCOMMANDS\n")[0])
    known = set(OPTION.findall(re.sub(r"  +[A-Z].*", "", general.partition("\nOptions:\n")[2].partition("\nCommands:")[0])))
    tap.same("options of the manual and of --help", sorted(options), sorted(known))
    for command in commands:
        given = set(OPTION.findall(re.sub(r"  +[A-Z].*", "", said(tool, command, "--help").partition("\nOptions:\n")[2])))
        text = described.get(command, "")
        tap.point(f"{command}: each option of --help is in the manual", sorted(given - written_options(text)))
        tap.point(f"{command}: each option in the manual is one of --help, or of another program or the tool itself",
                  sorted(written_options(text.partition("::\n")[0]) - given - known - {"--validate"}))


def check_configuration(tap, tool):
    manual = (DOCS / "cmdqv.conf.rst").read_text()
    sample = (DOCS / "cmdqv.conf").read_text()
    written = dict(re.findall(r"^``(\w+)`` = (.+)$", manual, re.MULTILINE))
    sampled = re.findall(r"^#(\w+) ?=", sample, re.MULTILINE)
    source = re.findall(r'strcmp\(key, "(\w+)"\)', (TOP / "src/policy/settings.c").read_text())
    rules = [line.split()[0] for line in said(tool, "rules").splitlines()]
    tap.same("keys of the manual and of cmdqv.conf", sorted(written), sorted(set(sampled) - set(rules)))
    tap.point("each key that is read is in the manual", sorted(set(source) - set(written)) or ([] if source else ["no key in the source"]))

    def accepts(text):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(text)
            file.flush()
            done = subprocess.run([tool, "--config", file.name, "rules"], capture_output=True, text=True, check=False)
            return done.stderr.splitlines()

    tap.point("cmdqv.conf is accepted", accepts(sample))
    tap.point("cmdqv.conf is accepted with each default in it", accepts(re.sub(r"^#(\w[\w-]* ?=)", r"\1", sample, flags=re.MULTILINE)))
    for key, values in written.items():
        for value in literals(values) or ["x"]:
            tap.point(f"{key} = {value} is accepted", accepts(f"[policy]\n{key} = {value}\n"))


def covers(written, words):
    """Whether the manual's sentence is about these words: "..." stands there for values, and at its end for any rest."""
    parts = [re.escape(part) for part in re.split(r"\W*\.\.\.\W*", written)]
    values = r"\W*(?:\.\.\.\W*)+"
    ending = ".*" if re.search(r"\.\.\.\W*$", written) else r"\W*"
    return re.fullmatch(values.join(parts[:-1] if ending == ".*" else parts) + ending, CONVERSION.sub("...", words)) is not None


def check_messages(tap):
    manual = (DOCS / "operations.rst").read_text().partition("\nMessages\n")[2].partition("\nFrom libvirt and QEMU\n")[0]
    written = [literal for line in re.findall(r"^(``.*``)\n  ", manual, re.MULTILINE) for literal in literals(line)]
    spoken = {}
    for pattern in SOURCES:
        for path in sorted(TOP.glob(pattern)):
            for strings in WORDS.findall(path.read_text()):
                strings = re.sub(r'%?"\s*[A-Z_]+\s*"', "%s", strings)      # a macro in between
                words = "".join(part[1:-1] for part in re.findall(STRING, strings)).replace('\\"', '"')
                if re.search(r"[a-z]{3}", CONVERSION.sub("", words)):
                    spoken[words] = path.name
    tap.point("there are messages", [] if len(spoken) > 20 and len(written) > 20 else [f"{len(spoken)} in the source, {len(written)} written"])
    tap.point("docs/operations.rst explains each message", [f"{name}: {words!r}" for words, name in spoken.items()
                                                            if not any(covers(sentence, words) for sentence in written)])
    tap.point("docs/operations.rst explains no other", [sentence for sentence in written if sentence not in ELSEWHERE
                                                        and not any(covers(sentence, words) for words in spoken)])


def check_links(tap):
    """Files, folders, manual pages and addresses that the documentation names."""
    tree = re.compile(r"(?<![\w/.])((?:docs|src|tests|tools|packaging|debian)/[\w./*-]*[\w*])(?![\w/]*\()")
    theirs = {f"src/{name}" for name in ("conf/domain_validate.c", "qemu/qemu_validate.c", "qemu/qemu_process.c", "qemu/qemu_postparse.c",
                                         "qemu/qemu_command.c", "qemu/qemu_domain.c", "qemu/qemu_hotplug.c", "qemu/qemu_driver.c")} | {
        "tests/qemuxmlconfdata", "tools/virt-host-validate-qemu.c"}
    for path in [*PAGES, *MARKDOWN]:
        text = path.read_text()
        allowed = theirs if path.name == "upstream.rst" else set()
        wrong = [name for name in tree.findall(text) if name not in allowed and not any(TOP.glob(name)) and not any(TOP.glob(f"{name}.c"))]
        pages = set(re.findall(r"``([\w.-]+\(\d\))``", text))
        wrong += sorted(page for page in pages if page.startswith(("virt-cmdqv", "cmdqv", "libvirt-cmdqv")) and page not in OURS)
        wrong += [address for address in re.findall(r"https?://\S*", text) if not ADDRESS.match(address)]
        wrong += [f"{text.count(chr(9))} tabs"] if "\t" in text else []
        tap.point(f"what {path.name} names is there", wrong)
    for page in OURS:
        name = page.partition("(")[0]
        source = DOCS / (f"{name}.rst" if name != "libvirt-cmdqv-rules" else "print-rules.c")
        seen = set(re.findall(r"``([\w.-]+\(\d\))``", source.read_text().rpartition("SEE ALSO")[2]))
        tap.same(f"{page} refers to the other pages", sorted(OURS - seen), [page])


def check_suites(tap):
    """Each suite is in the README, and each that a page names is one."""
    script = (TOP / "tests/run").read_text()
    suites = re.search(r"^all=\((.*)\)$", script, re.MULTILINE).group(1).split()
    table = re.findall(r"^\| ([\w-]+) \|", (TOP / "README.md").read_text(), re.MULTILINE)
    tap.same("suites of the README and of tests/run", sorted(set(table) - {"suite"}), sorted(suites))
    for path in [*PAGES, *MARKDOWN]:
        named = re.findall(r"(?:^ +|``)(?:\w+=\S+ )?tests/run ([a-z]\S*?)(?:``|\s|$)", path.read_text(), re.MULTILINE)
        tap.point(f"the suites that {path.name} names", sorted(set(named) - set(suites)))


def prototypes():
    """(header, name, names of its parameters) of every function that several files use."""
    for path in sorted(TOP.glob("src/*/*.h")):
        text = re.sub(r"/\*(?:.|\n)*?\*/|^#(?:.*\\\n)*.*", "", path.read_text(), flags=re.MULTILINE)
        for name, given in re.findall(r"^(?!typedef|static|G_)[a-z][\w *]*?\b(cmdqv\w+)\(([^;{}]*?)\)[^;{}()]*(?:\([\d, ]*\))?;", text,
                                      re.MULTILINE):
            yield path.name, name, [re.search(r"(\w+|\.\.\.)(?:\[\w*\])?$", one.strip()).group(1) for one in given.split(",")
                                    if given != "void"]


def check_comments(tap):
    """Each such function has a comment where it is, which names its parameters."""
    source = "".join(path.read_text() for path in sorted(TOP.glob("src/*/*.[ch]")))
    comments = {name: re.findall(r"^ \* @([\w.]+):", text, re.MULTILINE)
                for name, text in re.findall(r"^/\*\*\n \* (cmdqv\w+):\n((?: \*.*\n)*?) \*/$", source, re.MULTILINE)}
    found = list(prototypes())
    tap.point("there are functions", [] if len(found) > 200 else [f"{len(found)}"])
    tap.point("each function of a header has a comment", [f"{header}: {name}" for header, name, _ in found if name not in comments])
    tap.point("the comment names the parameters", [f"{header}: {name}: {comments[name]} and {given}" for header, name, given in found
                                                   if name in comments and comments[name] != given])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool", type=Path, help="virt-cmdqv")
    args = parser.parse_args()

    tap = Tap()
    check_pages(tap)
    check_versions(tap)
    check_manual(tap, args.tool)
    check_configuration(tap, args.tool)
    check_messages(tap)
    check_links(tap)
    check_suites(tap)
    check_comments(tap)
    tap.end()


if __name__ == "__main__":
    sys.exit(main())
