#!/usr/bin/env python3
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the manual with its subjects: the tool, the configuration, messages, files, versions and functions.

tests/e2e/test_docs.py compares the parts that need a libvirt.
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
from plain_english import HEADING_WORDS, PAGE_WORDS, found_in, sentences            # noqa: E402
from tap import Tap                                                                 # noqa: E402

TOP = Path(__file__).resolve().parents[2]
DOCS = TOP / "docs"
# The tarball of a release has no debian/, and nothing to compare there.
IS_CLONE = (TOP / "debian").exists()
REPORTS = sorted(DOCS.glob("reports/*.rst"))
PAGES = [*sorted(DOCS.glob("*.rst")), *REPORTS, TOP / "NEWS.rst"]
MARKDOWN = sorted(TOP.glob("*.md"))
OURS = {"virt-cmdqv(1)", "cmdqv.conf(5)", "libvirt-cmdqv(7)", "libvirt-cmdqv-rules(7)"}
OPTION = re.compile(r"(?<![\w-])(--[a-z][\w-]*|-[a-zA-Z](?![\w-]))")

# There is no network to look further.
ADDRESS = re.compile(r"https://libvirt\.org/[\w./#-]+\w|http://openstack\.org/xmlns/|https://github\.com/cockpit-project/cockpit|https://github\.com/[\w-]+/[\w-]+/(?:pull|issues)/\d+")

# A string in C, and several in a row.
STRING = r'"(?:[^"\\]|\\.)*"'
STRINGS = rf"{STRING}(?:\s*(?:[A-Z_]+\s*)?{STRING})*"
# The calls and assignments that make words for an operator or a client; the manual of the rules has the words of a rule.
WORDS = re.compile(rf"(?:message = g_strdup_printf|cmdqvVerdictNew\(g_strdup_printf|cmdqvLogFailure|anchor->detail = g_strdup(?:_printf)?|"
                   rf"cmdqvNovaLayoutWarn|cmdqvErrorSet|g_prefix_error(?:_literal)?)\(\s*(?:error, CMDQV_ERROR_\w+,\s*|error,\s*|xml,\s*)?({STRINGS})")
# Their words are after those of a refusal.
NOTES = re.compile(rf"cmdqvVerdictNote\([\w>-]+,\s*({STRINGS})")
CONVERSION = re.compile(r"%(?:-?\d*|\.\d+)[a-z]+|%(?= |$)")
# Other folders also make words for virt-cmdqv alone, and for rules: those files are not looked at.
SOURCES = ["src/plugin/*.c", "src/daemon/*.c", "src/policy/anchor_ports.c", "src/qemu/anchor.c", "src/policy/attach_policy.c",
           "src/layout/layout*.c", "src/policy/start_check.c", "src/lowering/lower*.c", "src/lowering/record.c",
           "src/policy/monitor_policy.c", "src/layout/nova_*.c", "src/policy/detach_policy.c", "src/qemu/process.c",
           "src/policy/settings.c", "src/qemu/emulator_probe.c", "src/qemu/argv_write.c", "src/conf/domain_edit.c",
           "src/conf/fatal_values.c", "src/conf/xml_*.c", "src/util/file.c", "src/util/run_program.c"]
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
    for folder in (DOCS, DOCS / "reports"):
        built = (folder / "meson.build").read_text()
        tap.point(f"every page of {folder.name}/ is built",
                  [f"{path.relative_to(TOP)}: add it to {path.relative_to(TOP).parent}/meson.build" for path in PAGES
                   if path.parent == folder and f"'{path.stem}'" not in built and f"'{path.name}'" not in built])


def prose(path):
    """(line, whether it is a heading, text) of each paragraph, heading, term and cell of a page, without quoted parts."""
    if path.suffix == ".md":
        text = re.sub(r"(?m)^(?: {4}|#!).*$|```.*?```|`[^`]*`|\]\([^)]*\)", lambda found: "\n" * found[0].count("\n"), path.read_text(), flags=re.S)
        for found in re.finditer(r"#.*|(?:(?!#).+\n?)+", text):
            yield text[:found.start()].count("\n") + 1, found[0].startswith("#"), " ".join(found[0].lstrip("# ").split())
        return
    if not path.name.endswith(".rst"):
        yield from ((line, False, words) for line, words in enumerate(path.read_text().splitlines(), 1))
        return
    quoted = (docutils.nodes.literal, docutils.nodes.literal_block, docutils.nodes.emphasis, docutils.nodes.reference)
    for node in parse(path).findall(lambda one: isinstance(one, (docutils.nodes.paragraph, docutils.nodes.title, docutils.nodes.subtitle,
                                                                docutils.nodes.term))):
        words = "".join(one.astext() for one in node.findall(docutils.nodes.Text)
                        if not any(isinstance(above, quoted) for above in parents(one, node)))
        yield node.line or 0, isinstance(node, (docutils.nodes.title, docutils.nodes.subtitle)), " ".join(words.split())


def parents(node, top):
    while node is not top:
        node = node.parent
        yield node


def check_words(tap):
    """Pages, messages and help have no word of tests/plain_english.py, and headings are nouns or tasks."""
    others = [path for path in (DOCS / "cmdqv.conf", TOP / "packaging/libvirt-cmdqv.spec", TOP / "debian/control") if path.exists()]
    for path in [*PAGES, *MARKDOWN, *others]:
        wrong = [f"{path.relative_to(TOP)}:{line}: '{word}': {advice}" for line, _, words in prose(path)
                 for word, advice in found_in(words, PAGE_WORDS)]
        wrong += [f"{path.relative_to(TOP)}:{line}: '{word}': {advice}" for line, heads, words in prose(path) if heads
                  for word, advice in found_in(words.partition(" ")[0], HEADING_WORDS)]
        tap.point(f"{path.name} is in plain English", wrong)
    sources = sorted([*TOP.glob("src/*/*.[ch]"), *TOP.glob("tools/*.[ch]"), DOCS / "print-rules.c", *TOP.glob("tests/ledger/*.c")])
    tap.point("messages, help and rules are in plain English",
              [f"{path.relative_to(TOP)}:{line}: '{word}': {advice}" for path in sources for line, words in sentences(path.read_text())
               for word, advice in found_in(words, PAGE_WORDS)])


def check_versions(tap):
    version = re.search(r"version: '([\d.]+)'", (TOP / "meson.build").read_text()).group(1)
    for path, pattern in [("debian/changelog", r"\((.+?)-"), ("packaging/libvirt-cmdqv.spec", r"Version:\s*(\S+)"),
                          ("packaging/libvirt-cmdqv.spec", r"%changelog\n\*.* - ([\d.]+)-"), ("NEWS.rst", r"^(\d[\d.]*)$")]:
        if path.startswith("debian/") and not IS_CLONE:
            continue
        tap.same(f"version in {path}", re.search(pattern, (TOP / path).read_text(), re.MULTILINE).group(1), version)


def check_addresses(tap):
    """One file has the addresses of the project for all packages."""
    given = dict(re.split(r"\s+", line, maxsplit=1) for line in (TOP / "packaging/addresses").read_text().splitlines()
                 if not line.startswith("#"))
    for path, pattern, name in [("debian/control", r"^Maintainer: (.*)$", "maintainer"), ("debian/control", r"^Homepage: (.*)$", "homepage"),
                                ("debian/control", r"^Vcs-Git: (.*)$", "repository"), ("debian/control", r"^Vcs-Browser: (.*)$", "browse"),
                                ("debian/upstream/metadata", r"^Repository: (.*)$", "repository"),
                                ("debian/upstream/metadata", r"^Repository-Browse: (.*)$", "browse"),
                                ("debian/upstream/metadata", r"^Bug-Database: (.*)$", "bugs"),
                                ("debian/watch", r"^Source: (.*)$", "releases"), ("debian/changelog", r"^ -- (.*>)  ", "maintainer"),
                                ("debian/libvirt-daemon-plugin-cmdqv.NEWS", r"^ -- (.*>)  ", "maintainer"),
                                ("packaging/libvirt-cmdqv.spec", r"^URL:\s*(.*)$", "homepage"),
                                ("packaging/libvirt-cmdqv.spec", r"^\* \w+ \w+ \d+ \d+ (.*) - ", "maintainer")]:
        if path.startswith("debian/") and not IS_CLONE:
            continue
        tap.same(f"{name} in {path}", re.search(pattern, (TOP / path).read_text(), re.MULTILINE).group(1), given[name])


def sections(text):
    """{heading: text} of those with the given underline."""
    parts = re.split(r"^(.+)\n-{3,}$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def written_options(text):
    return {option for literal in literals(text) for option in OPTION.findall(literal)}


def differences(page, written, program, known, what):
    """Entries that a page and a program do not both have, and the place to add each."""
    return [f"{page}: add the {what} '{one}', which {program} has" for one in sorted(set(known) - set(written))] + [
        f"{page}: remove the {what} '{one}', or add it to {program}" for one in sorted(set(written) - set(known))]


def check_manual(tap, tool):
    manual = (DOCS / "virt-cmdqv.rst").read_text()
    general = said(tool, "--help")
    commands = re.findall(r"^  (\w\S*) ", general.partition("\nCommands:\n")[2], re.MULTILINE)
    described = sections(manual.partition("\nCOMMANDS\n")[2].partition("\nEXIT STATUS\n")[0])
    page = "docs/virt-cmdqv.rst"
    tap.point("commands of the manual and of --help", differences(page, described, "--help", commands, "command"))
    options = written_options(manual.partition("\nOPTIONS\n")[2].partition("\nCOMMANDS\n")[0])
    known = set(OPTION.findall(re.sub(r"  +[A-Z].*", "", general.partition("\nOptions:\n")[2].partition("\nCommands:")[0])))
    tap.point("options of the manual and of --help", differences(page, options, "--help", known, "option"))
    for command in commands:
        given = set(OPTION.findall(re.sub(r"  +[A-Z].*", "", said(tool, command, "--help").partition("\nOptions:\n")[2])))
        text = described.get(command, "")
        tap.point(f"{command}: each option of --help is in the manual",
                  [f"{page}: add {option} to '{command}', whose --help has it" for option in sorted(given - written_options(text))])
        tap.point(f"{command}: each option in the manual is one of --help, or of another program or the tool itself",
                  [f"{page}: '{command}' has no {option}; remove it, or add it to the --help of '{command}'" for option in
                   sorted(written_options(text.partition("::\n")[0]) - given - known - {"--validate"})])


def check_configuration(tap, tool):
    manual = (DOCS / "cmdqv.conf.rst").read_text()
    sample = (DOCS / "cmdqv.conf").read_text()
    written = dict(re.findall(r"^``(\w+)`` = (.+)$", manual, re.MULTILINE))
    sampled = re.findall(r"^#(\w+) ?=", sample, re.MULTILINE)
    source = re.findall(r'strcmp\(key, "(\w+)"\)', (TOP / "src/policy/settings.c").read_text())
    rules = [line.split()[0] for line in said(tool, "rules").splitlines()]
    tap.point("keys of the manual and of cmdqv.conf",
              differences("docs/cmdqv.conf", set(sampled) - set(rules), "docs/cmdqv.conf.rst", written, "key"))
    tap.point("each key that is read is in the manual",
              [f"docs/cmdqv.conf.rst: add the key '{key}', which src/policy/settings.c reads" for key in sorted(set(source) - set(written))] or (
                  [] if source else ["no key in the source"]))

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
    """Whether the manual's sentence is about these words: "..." in it is for values, and after three words at its end for any rest."""
    parts = [re.escape(part) for part in re.split(r"\W*\.\.\.\W*", written)]
    values = r"\W*(?:\.\.\.\W*)+"
    ending = ".*" if re.search(r"\.\.\.\W*$", written) and len(re.findall(r"[A-Za-z]{3,}", written)) >= 3 else r"\W*"
    return re.fullmatch(values.join(parts[:-1] if ending == ".*" else parts) + ending, CONVERSION.sub("...", words)) is not None


def check_messages(tap):
    manual = (DOCS / "operations.rst").read_text().partition("\nMessages\n")[2].partition("\nFrom libvirt and QEMU\n")[0]
    written = [literal for line in re.findall(r"^(``.*``)\n  ", manual, re.MULTILINE) for literal in literals(line)]
    spoken = {}
    for pattern in SOURCES:
        for path in sorted(TOP.glob(pattern)):
            text = path.read_text()
            for strings in WORDS.findall(text) + [f'"%s; "{note}' for note in NOTES.findall(text)]:
                strings = re.sub(r'%?"\s*[A-Z_]+\s*"', "%s", strings)      # a macro in between
                words = "".join(part[1:-1] for part in re.findall(STRING, strings)).replace('\\"', '"')
                if re.search(r"[a-z]{3}", CONVERSION.sub("", words)):
                    spoken[words] = path.relative_to(TOP)
    tap.point("there are messages", [] if len(spoken) > 20 and len(written) > 20 else [f"{len(spoken)} in the source, {len(written)} written"])
    tap.point("docs/operations.rst explains each message",
              [f"docs/operations.rst: explain {words!r} of {name} under Messages, with '...' for each value"
               for words, name in spoken.items() if not any(covers(sentence, words) for sentence in written)])
    for heading, text in sections(manual).items():
        terms = [re.sub(r"[^a-z ]", "", term.lower()).split() for term in re.findall(r"^(``.*``)\n  ", text, re.MULTILINE)]
        tap.point(f"docs/operations.rst, {heading}: messages are in alphabetical order",
                  [f"docs/operations.rst: move '{' '.join(one)}' before '{' '.join(before)}'" for before, one in zip(terms, terms[1:]) if one < before])
    tap.point("docs/operations.rst explains no other",
              [f"docs/operations.rst: no file says {sentence!r}; remove it" for sentence in written if sentence not in ELSEWHERE
               and not any(covers(sentence, words) for words in spoken)])


def check_links(tap):
    """Files, folders, manual pages and addresses that the documentation names."""
    tree = re.compile(r"(?<![\w/.])((?:docs|src|tests|tools|packaging|debian)/[\w./*-]*[\w*])(?![\w/]*\()")
    theirs = {f"src/{name}" for name in ("conf/domain_validate.c", "qemu/qemu_validate.c", "qemu/qemu_process.c", "qemu/qemu_postparse.c",
                                         "qemu/qemu_command.c", "qemu/qemu_domain.c", "qemu/qemu_hotplug.c", "qemu/qemu_driver.c",
                                         "qemu/qemu_domain_address.c", "qemu/qemu_migration.c")} | {
        "tests/qemuxmlconfdata", "tests/qemuhotplugtest.c", "tools/virt-host-validate-qemu.c"}
    for path in [*PAGES, *MARKDOWN]:
        text = path.read_text()
        allowed = theirs if path.name == "upstream.rst" or path in REPORTS else set()
        wrong = [f"{name} is not there" for name in tree.findall(text)
                 if name not in allowed and (IS_CLONE or not name.startswith("debian/")) and not any(TOP.glob(name)) and not any(TOP.glob(f"{name}.c"))]
        pages = set(re.findall(r"``([\w.-]+\(\d\))``", text))
        wrong += [f"{page} is no manual page of ours" for page in sorted(pages)
                  if page.startswith(("virt-cmdqv", "cmdqv", "libvirt-cmdqv")) and page not in OURS]
        wrong += [f"{address} is of no form in ADDRESS of tests/docs/docstest.py" for address in re.findall(r"https?://\S*", text)
                  if not ADDRESS.match(address)]
        wrong += ["write blanks for tabs"] if "\t" in text else []
        tap.point(f"what {path.name} names is there", [f"{path.relative_to(TOP)}: {one}" for one in wrong])
    for page in OURS:
        name = page.partition("(")[0]
        source = DOCS / (f"{name}.rst" if name != "libvirt-cmdqv-rules" else "print-rules.c")
        seen = set(re.findall(r"``([\w.-]+\(\d\))``", source.read_text().rpartition("SEE ALSO")[2]))
        tap.same(f"{page} refers to the other pages", sorted(OURS - seen), [page])


def check_html(tap, folder):
    """Each page is in the index, and each link of an HTML page leads to an existing page and anchor."""
    index = (DOCS / "index.rst").read_text()
    names = [path.relative_to(TOP).as_posix() for path in PAGES if path.parent != TOP and path.name != "index.rst"]
    manuals = {f"docs/{page.partition('(')[0]}.rst": page for page in OURS}
    tap.point("docs/index.rst names each page", [f"docs/index.rst: add ``{manuals.get(name, name)}``" for name in names
                                                 if f"``{manuals.get(name, name)}``" not in index])
    pages = sorted(folder.rglob("*.html"))
    anchors = {path: set(re.findall(r' id="([^"]+)"', path.read_text())) for path in pages}
    wrong = []
    for path in pages:
        for link in re.findall(r'href="([^":]+)"', path.read_text()):
            page, _, anchor = link.partition("#")
            target = (path.parent / page).resolve() if page else path
            if target not in anchors or (anchor and anchor not in anchors[target]):
                wrong.append(f"{path.name}: there is no {link}")
    tap.point("links of HTML pages", wrong if len(pages) > 20 else [f"there are only {len(pages)} pages in {folder}"])


def check_suites(tap):
    """Each suite is in CONTRIBUTING.md, and each that a page names is one."""
    script = (TOP / "tests/run").read_text()
    suites = " ".join(re.findall(r"^(?:all|alone)=\((.*?)\)$", script, re.MULTILINE | re.DOTALL)).split()
    table = re.findall(r"^\| ([\w-]+) \|", (TOP / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    tap.point("suites of CONTRIBUTING.md and of tests/run",
              differences("CONTRIBUTING.md", set(table) - {"suite"}, "tests/run", suites, "suite"))
    for path in [*PAGES, *MARKDOWN]:
        named = re.findall(r"(?:^ +|``)(?:\w+=\S+ )?tests/run ([a-z]\S*?)(?:``|\s|$)", path.read_text(), re.MULTILINE)
        tap.point(f"the suites that {path.name} names",
                  [f"{path.relative_to(TOP)}: tests/run has no suite '{one}'" for one in sorted(set(named) - set(suites))])


def prototypes():
    """(header, name, names of its parameters) of every function that several files use."""
    for path in sorted(TOP.glob("src/*/*.h")):
        text = re.sub(r"/\*(?:.|\n)*?\*/|^#(?:.*\\\n)*.*", "", path.read_text(), flags=re.MULTILINE)
        for name, given in re.findall(r"^(?!typedef|static|G_)[a-z][\w *]*?\b(cmdqv\w+)\(([^;{}]*?)\)[^;{}()]*(?:\([\d, ]*\))?;", text,
                                      re.MULTILINE):
            yield path.name, name, [re.search(r"(\w+|\.\.\.)(?:\[\w*\])?$", one.strip()).group(1) for one in given.split(",")
                                    if given != "void"]


def check_picture(tap):
    current = (DOCS / "anchor.svg").read_text() == said(sys.executable, DOCS / "draw-anchor.py")
    tap.point("docs/anchor.svg is what docs/draw-anchor.py draws", [] if current else ["run docs/draw-anchor.py >docs/anchor.svg"])


def check_comments(tap):
    """Each function of a header has a comment at its definition, which names its parameters."""
    source = "".join(path.read_text() for path in sorted(TOP.glob("src/*/*.[ch]")))
    comments = {name: re.findall(r"^ \* @([\w.]+):", text, re.MULTILINE)
                for name, text in re.findall(r"^/\*\*\n \* (cmdqv\w+):\n((?: \*.*\n)*?) \*/$", source, re.MULTILINE)}
    found = list(prototypes())
    tap.point("there are functions", [] if len(found) > 200 else [f"{len(found)}"])
    tap.point("each function of a header has a comment",
              [f"{header} has {name}(): write a comment (/**, its name, its parameters) over it in the .c" for header, name, _ in found
               if name not in comments])
    tap.point("the comment names the parameters",
              [f"{header} has {name}({', '.join(given)}): its comment names {', '.join(comments[name]) or 'none'}"
               for header, name, given in found if name in comments and comments[name] != given])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool", type=Path, help="virt-cmdqv")
    parser.add_argument("html", type=Path, nargs="?", help="the folder of the HTML pages; without it they are not looked at")
    args = parser.parse_args()

    tap = Tap()
    check_pages(tap)
    check_words(tap)
    check_versions(tap)
    check_addresses(tap)
    check_manual(tap, args.tool)
    check_configuration(tap, args.tool)
    check_messages(tap)
    check_links(tap)
    if args.html:
        check_html(tap, args.html.resolve())
    check_suites(tap)
    check_picture(tap)
    check_comments(tap)
    tap.end()


if __name__ == "__main__":
    sys.exit(main())
