#!/usr/bin/env python3
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the source with the table of layers (src/layers.txt) and with the rules about names and words, comments of tests and of
meson.build with those about words, and docs/architecture.rst with the table.

CMDQV_TEST_REGENERATE_OUTPUT=1 writes the table of docs/architecture.rst anew, and still fails.
"""
import ast
import collections
import difflib
import io
import os
import re
import sys
import textwrap
import tokenize
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plain_english import COMMENT_WORDS, HARD_WORDS, found_in, without_comments      # noqa: E402
from tap import Tap                                                                 # noqa: E402

Layer = collections.namedtuple("Layer", "folder uses libraries words")

INCLUDE = re.compile(r'^#\s*include "([^"]+)"', re.M)
FUNCTION = re.compile(r"^([^\n]*)\n(cmdqv[A-Z]\w*)\(", re.M)
ANY_FUNCTION = re.compile(r"^(?!typedef|return|else)[a-z][\w *]*\n?\b(\w+)\((?:[^;{}()]|\([^;{}()]*\))*\)\n\{", re.M)
VARIABLE = re.compile(r"^(?!typedef|extern|return)(?:[a-z_][\w ]*|} )[ *]+(?:const )?(\w+)(?:\[[^\]\n]*\])*(?: =|;)", re.M)
TYPE = re.compile(r"^} (cmdqv[A-Z]\w*);|^typedef [^;{]*?\(?\*?\b(cmdqv[A-Z]\w*)\)?(?:\(|;)", re.M)
MACRO = re.compile(r"^\s*#\s*define (CMDQV_\w+)", re.M)
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[0-9]+")
COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/', re.S)
OF_MANY = {"allocation_fault", "scale"}
LARGEST = {"src/qemu": 30}
LARGE = 60

# Names of things in the model, the host and libvirt, and the file that defines each: symbols for one bear its name.
NOUNS = {
    "Alias": "src/conf/topology", "BadValue": "src/conf/topology", "Bus": "src/conf/topology", "Endpoint": "src/conf/topology",
    "None": "src/conf/topology", "Root": "src/conf/topology", "Slot": "src/conf/topology", "Smmu": "src/conf/topology",
    "Switch": "src/conf/topology",
    "Device": "src/conf/device_xml", "Finding": "src/policy/rule", "Findings": "src/policy/rule",
    "Candidates": "src/qemu/anchor", "Property": "src/qemu/argument", "Value": "src/qemu/argument", "Option": "src/qemu/argv_split",
    "SmmuProperty": "src/qemu/emulator_caps", "HostSmmu": "src/host/smmu_inventory", "HostDevice": "src/host/smmu_inventory",
    "MonitorCommand": "src/policy/monitor_commands",
    "Real": "src/daemon/next_call", "Next": "src/daemon/next_call", "Libvirt": "src/daemon/next_call", "Export": "src/daemon/next_call",
    "Tool": "tools/virt_cmdqv", "Exit": "tools/virt_cmdqv", "AnchorRow": "tools/anchor_rows", "DeviceHolder": "tools/device_holders",
}


# Words that are not in names, and the one that is.
OTHER_WORDS = {
    "fence": "gate", "turn": "job", "older": "lowering", "translate": "lower", "translation": "lowering", "mark": "record or comment",
    "asks": "query, probe or request",
}


# Words that no name in a test has, and the advice for each: these, and those that no comment has.
OTHER_NAMES = {
    "fence[sd]?|older|newer|translat\\w*|strangers?|nobodys?|somebodys?":
        "name the libvirt by its version; the words are gate, job and lowering",
    "arrival|hanging": "name the action: attach, migrate, define, wait",
}


def words_of(symbol):
    if not symbol.startswith("cmdqv"):
        return symbol.removeprefix("CMDQV_").lower().split("_")
    return [word.lower() for word in WORD.findall(symbol[5:])]


class Source:
    def __init__(self, top):
        self.top = top
        table = (top / "src" / "layers.txt").read_text().splitlines()
        self.layers = [Layer(*(cell.strip() for cell in line.split("|"))) for line in table if not line.startswith("#")]
        self.text = {}
        for layer in self.layers:
            for path in sorted((top / layer.folder).glob("*.[ch]")):
                self.text[path.relative_to(top)] = without_comments(path.read_text())
        self.functions = {}             # name: files that define one, as (path, static)
        for path, text in self.text.items():
            for before, name in FUNCTION.findall(text):
                if before and not before.endswith((";", "}", "{")):
                    self.functions.setdefault(name, []).append((path, before.startswith("static")))

    def included(self, path):
        """The files of the project that a file includes, as paths from the top of the project."""
        for name in INCLUDE.findall(self.text[path]):
            yield Path("src") / name if "/" in name else path.parent / name


def check_includes(tap, source):
    for layer in source.layers:
        allowed = {f"src/{name}" for name in layer.uses.split()} | {layer.folder}
        wrong = [f"{path}: includes {name}; src/layers.txt lets {layer.folder} include {', '.join(sorted(allowed))}"
                 for path in source.text if str(path.parent) == layer.folder
                 for name in source.included(path) if str(name.parent) not in allowed or name not in source.text]
        tap.point(f"{layer.folder} includes what it may", wrong)
    above, wrong = set(), []
    for layer in source.layers:
        wrong += [f"{layer.folder} uses {name}, which is not above it in src/layers.txt"
                  for name in layer.uses.split() if name not in above]
        above.add(layer.folder.rsplit("/", maxsplit=1)[-1])
    tap.point("each layer uses only those above it in the table", wrong)
    folders = {str(path.parent.relative_to(source.top)) for path in source.top.glob("src/*/*.[ch]")}
    tap.point("each folder of src is a layer", [f"add {name} to src/layers.txt" for name in sorted(folders - {one.folder for one in source.layers})])


def circles(arrows):
    """Groups of nodes that reach each other."""
    reach = {}
    for start in arrows:
        seen, todo = set(), [start]
        while todo:
            for one in arrows.get(todo.pop(), ()):
                if one not in seen:
                    seen.add(one)
                    todo.append(one)
        reach[start] = seen
    found = {frozenset(other for other in reach[one] if one in reach.get(other, ())) for one in reach if one in reach[one]}
    return sorted(sorted(group) for group in found)


def check_circles(tap, source):
    """Neither calls between files nor includes between headers form a circle."""
    arrows, why = {}, {}

    def add(one, other, reason):
        if one != other:
            arrows.setdefault(str(one), set()).add(str(other))
            why.setdefault((str(one), str(other)), reason)

    # a file X_off.c is built instead of others, and has their functions
    homes = {name: [where for where, static in found if not static and not where.stem.endswith("_off")] for name, found in source.functions.items()}
    for path, text in source.text.items():
        for name in re.findall(r"^\s*#\s*define (CMDQV_\w+)\(", text, re.M):
            if path.suffix == ".h" and path.with_suffix(".c") in source.text:
                homes.setdefault(name, []).append(path.with_suffix(".c"))
    for path, text in source.text.items():
        for name in source.included(path):
            if path.suffix == ".h":
                add(path, name, f"includes {name.name}")
        if path.suffix == ".c":
            for name in set(re.findall(r"\b(?:cmdqv[A-Z]|CMDQV_)\w*", text)):
                for where in homes.get(name, ()):
                    add(path, where, f"uses {name}")
    tap.point("no files use each other in a circle",
              [", ".join(f"{one} {why[one, other]} ({other})" for one in group for other in sorted(arrows[one]) if other in group) +
               "; move what both need into a file of its own" for group in circles(arrows)])


def check_names(tap, source):
    stems = {str(path.with_suffix("")) for path in source.text}
    tests = {str(path.with_suffix("").relative_to(source.top)) for kind in ("*.[ch]", "test_*.py") for path in source.top.glob(f"tests/*/{kind}")}
    names = collections.defaultdict(list)
    for stem in sorted(stems | tests):
        names[stem.rsplit("/", maxsplit=1)[-1]].append(stem)
    tap.point("no two files have one name", [" and ".join(found) + ": rename one of them" for found in names.values() if len(found) > 1])
    tested = {path.stem.removesuffix("_test") for path in source.top.glob("tests/unit/*_test.c")} - OF_MANY
    tap.point("tests/unit has the tests of files",
              [f"tests/unit/{one}_test.c: name it as the file that it tests; if it tests many, add {one} to OF_MANY in tests/layers/layerstest.py"
               for one in sorted(tested - {Path(stem).name for stem in stems})])
    built = (source.top / "src/meson.build").read_text() + (source.top / "tools/meson.build").read_text()
    tap.point("each file is built", [f"{path}: add it to {path.parts[0]}/meson.build" for path in source.text
                                     if path.suffix == ".c" and f"{path.name}'" not in built])
    tap.point("names of files are words, without a prefix of the project",
              [f"{stem}: name it as src/conf/domain_xml.c" for stem in sorted(stems)
               if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", Path(stem).name) or re.match(r"cmdqv[a-z]", Path(stem).name)])

    wrong, used = [], set()
    for path, text in source.text.items():
        stem = path.with_suffix("")
        parts = stem.name.replace("_priv", "").split("_")
        if parts[0] == "cmdqv":
            parts = parts[1:]
        # a file of a family may bear the name of the header that the family shares
        prefixes = {"".join(parts)} | {"".join(parts[:n]) for n in range(1, len(parts))
                                       if any((source.top / stem.parent / ("_".join(parts[:n]) + end)).exists() for end in (".h", "_priv.h"))}
        family = {str(stem.parent / "_".join(parts[:n])) for n in range(1, len(parts) + 1)} | {str(stem)}
        nouns = {noun.lower(): noun for noun, home in NOUNS.items() if home in family}
        symbols = [name for before, name in FUNCTION.findall(text) if before and not before.endswith((";", "}", "{"))]
        symbols += [a or b for a, b in TYPE.findall(text)] + MACRO.findall(text) + VARIABLE.findall(text)
        symbols += [name for values in re.findall(r"^typedef enum \{(.*?)^\}", text, re.M | re.S) for name in re.findall(r"^ +(\w+)", values, re.M)]
        # those of libvirt, which the module replaces
        symbols += [name for name in ANY_FUNCTION.findall(text) if not re.match(r"vir[A-Z]|main$", name)]
        for symbol in symbols:
            words = words_of(symbol) if re.match(r"CMDQV_|cmdqv[A-Z]", symbol) else []
            begins = {"".join(words[:n]) for n in range(1, len(words) + 1)}
            if prefixes & begins:
                continue
            used.update(nouns[one] for one in begins & set(nouns))
            if not begins & set(nouns):
                wrong.append(f"{path}: {symbol} must begin with the name of its file ({' or '.join(sorted(prefixes | set(nouns)))}); "
                             "rename it, or move it; for a noun of several files add a row to NOUNS in tests/layers/layerstest.py")
    wrong += [f"tests/layers/layerstest.py: nothing needs {noun}; remove it from NOUNS" for noun in sorted(set(NOUNS) - used)]
    wrong += [f"tests/layers/layerstest.py: NOUNS has {noun} of {home}, which is not there" for noun, home in NOUNS.items() if home not in stems]
    tap.point("symbols bear the names of their files", list(dict.fromkeys(wrong)))


def check_refusals(tap, source):
    """A function that refuses returns an enum with the outcome: a bool of that name reads like the opposite in half of the places that ask it."""
    wrong = [f"{path}: {name} returns bool; return cmdqvAclGateAnswer, or another enum that says what happened"
             for path, text in source.text.items() for before, name in FUNCTION.findall(text)
             if re.search(r"\bbool$", before) and re.search(r"(?:Refuses|(?:Is|Are)Refused|Bypass\w*|Skips?)$", name)]
    tap.point("functions that refuse return no bool", wrong)


def check_alike(tap, source):
    """Functions whose names differ by a letter, or by the order of their words."""
    advice = "the names differ by a letter, or by the order of words; rename one"
    homes = {name: str(found[0][0]) for name, found in source.functions.items()}
    tap.point("no two names of functions are alike",
              [", ".join(f"{homes[name]}: {name}" for name in found) + f": {advice}" for found in alike_of(source.functions)])
    wrong = []
    for path in sorted([*source.top.glob("tests/*/*.c"), *source.top.glob("tests/*/*.py")]):
        # Hmp and Qmp are QEMU's
        names = {name for found in re.findall(r"^(cmdqv\w+)\(|^ *def (\w+)\(", path.read_text(), re.M) for name in found
                 if name and not re.search(r"hmp|qmp", name, re.I)}
        wrong += [f"{path.relative_to(source.top)}: {' and '.join(found)}: {advice}" for found in alike_of(names)]
    tap.point("no two names of functions in a test are alike", wrong)


def alike_of(names):
    names = sorted(names)
    orders, lacking = {}, {}
    for name in names:
        orders.setdefault(tuple(sorted(words_of(name))), []).append(name)
        low = name.lower()
        for n in range(len(low)):
            # one letter is another one, or one more
            lacking.setdefault(f"{low[:n]}?{low[n + 1:]}", []).append(name)
            lacking.setdefault(low[:n] + low[n + 1:], []).append(name)
    alike = {tuple(found) for found in orders.values() if len(found) > 1}
    alike |= {tuple(sorted(set(found))) for how, found in lacking.items() if "?" in how and len(found) > 1}
    alike |= {tuple(sorted((name, other))) for name in names for other in lacking.get(name.lower(), ()) if other != name}
    return sorted(alike)


def comment_texts(text):
    """Each comment without its marks, with the line that it begins in."""
    for found in COMMENT.finditer(text):
        if found[0].startswith("/*"):
            words = re.sub(r"^/\*+|\*/$|\n[ \t]*\*", " ", found[0])
            yield text[:found.start()].count("\n") + 1, " ".join(words.split())


def hash_comments(comments):
    """The texts of comments that begin with a #, given as (line, column, text); those in successive lines and one column are one."""
    begin, last, words = 0, None, []
    for line, column, text in comments:
        if last != (line - 1, column):
            if words:
                yield begin, " ".join(words)
            begin, words = line, []
        last = line, column
        words += text.lstrip("#").split()
    if words:
        yield begin, " ".join(words)


def python_texts(text):
    """Each comment of Python, and each docstring."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    yield from hash_comments((*one.start, one.string) for one in tokens if one.type == tokenize.COMMENT)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(node):
            yield node.body[0].lineno, " ".join(ast.get_docstring(node).split())


def script_texts(text):
    """Each comment of a shell script or of meson.build."""
    found = ((number, re.search(r"(?:^|\s)(#.*)", line)) for number, line in enumerate(text.splitlines(), 1))
    yield from hash_comments((number, one.start(1), one[1]) for number, one in found if one)


def texts_of(path):
    """The comments of a file, by its kind; none of a file that is no program."""
    text = path.read_bytes().decode(errors="replace")
    if path.suffix in (".c", ".h"):
        return comment_texts(text)
    if path.suffix == ".py" or re.match(r"#!.*\bpython3", text):
        return python_texts(text)
    if path.suffix == ".sh" or path.name == "meson.build" or re.match(r"#!.*\b(?:ba|busybox )?sh\b", text):
        return script_texts(text)
    return ()


def names_of(path):
    """(line, name in words) of each function and class that a file defines, and of the file itself."""
    yield 1, re.sub(r"[_.-]+", " ", path.name)
    text = path.read_bytes().decode(errors="replace")
    if path.suffix == ".py" or re.match(r"#!.*\bpython3", text):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
                yield node.lineno, re.sub(r"_+|(?<=[a-z])(?=[A-Z])", " ", node.name)
    elif path.suffix in (".c", ".h"):
        for found in re.finditer(r"^(?!typedef|#)[a-z][^\n;{}()=]*?[\s*](\w+)\([^;{}]*\)\s*\n\{", text, re.M):
            yield text[:found.start(1)].count("\n") + 1, " ".join(WORD.findall(found[1].removeprefix("cmdqv")))


def messages_of(path):
    """(line, text) of each message with which a test fails."""
    for node in ast.walk(ast.parse(path.read_text())):
        said = [node.msg] if isinstance(node, ast.Assert) and node.msg else []
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in ("wait_for", "fail", "skip"):
            said = node.args[1:] or node.args
        yield from ((one.lineno, one.value) for part in said for one in ast.walk(part)
                    if isinstance(one, ast.Constant) and isinstance(one.value, str))


def hard_words(top, paths, patterns):
    return [f"{path.relative_to(top)}:{line}: '{word}': {advice}" for path in paths for line, words in texts_of(path)
            for word, advice in found_in(words, patterns)]


def check_words(tap, source):
    """Comments name their subject, and names have one word for one thing."""
    tap.point("comments are plain English", hard_words(source.top, [source.top / path for path in source.text], COMMENT_WORDS))
    paths = sorted(path for path in source.top.glob("tests/**/*") if path.is_file() and "__pycache__" not in path.parts)
    tap.point("comments of tests are plain English", hard_words(source.top, paths, COMMENT_WORDS))
    advices = {**HARD_WORDS, **OTHER_NAMES}
    tap.point("names in tests are plain English",
              [f"{path.relative_to(source.top)}:{line}: '{name}' has '{found[0]}': {advice}"
               for path in paths for line, name in names_of(path) for pattern, advice in advices.items() if "sound" not in pattern
               for found in re.finditer(rf"\b(?:{pattern})\b", re.sub("(?i)stand in", "stand-in", name), re.I)])
    tap.point("messages of tests are plain English",
              [f"{path.relative_to(source.top)}:{line}: '{found[0]}': {advice}" for path in paths if path.suffix == ".py"
               for line, text in messages_of(path) for pattern, advice in advices.items() if "sound" not in pattern
               for found in re.finditer(rf"\b(?:{pattern})\b", text)])
    builds = [source.top / "meson.build", *sorted(path for folder in ("docs", "packaging", "src", "tools")
                                                  for path in (source.top / folder).glob("**/meson.build"))]
    tap.point("comments of meson.build are plain English", hard_words(source.top, builds, COMMENT_WORDS))
    wrong = []
    for path, text in source.text.items():
        for symbol in sorted(set(re.findall(r"\b(?:cmdqv[A-Z]|CMDQV_)\w*", text))):
            wrong += [f"{path}: {symbol}: {OTHER_WORDS[word]} is the word" for word in words_of(symbol) if word in OTHER_WORDS]
    tap.point("names have one word for one thing", wrong)


def check_errors(tap, source):
    """docs/errors.rst has each code of an error that the project sets or raises, and no error of a library has its own domain."""
    foreign = re.compile(r"\b((?:g_(?!set_|propagate_|prefix_|error_|clear_)|json_)\w+)\((?:[^;{}()]|\([^;{}()]*\))*\berror\)")
    tap.point("errors of libraries get a code of the project",
              [f"{path}: {found[1]}() sets another domain than CMDQV_ERROR; give it an error of its own, and set @error from that"
               for path, text in source.text.items() if path.parts[0] == "src" for found in foreign.finditer(text)])
    page = (source.top / "docs" / "errors.rst").read_text()
    codes = set()
    for text in source.text.values():
        codes |= set(re.findall(r"\bcmdqvErrorSet\((?:\w|->)+, (CMDQV_ERROR_\w+)", text))
        for line in text.splitlines():
            if re.search(r"cmdqvRaiseError\w*\(|code = |_CODE VIR_ERR", line):
                codes |= set(re.findall(r"\bVIR_ERR_\w+", line))
    tap.point("docs/errors.rst has each code of an error",
              [f"add {code} to docs/errors.rst" for code in sorted(codes - {"VIR_ERR_OK"}) if f"``{code}``" not in page])


def positional_rows(path, text):
    """Rows of tables of structs, and macros that are such rows, that do not name their fields; those of numbers and strings have none."""
    for table in re.finditer(r"\b(\w+)\[\w*\] = \{((?: \{|\n).*?)\};", text, re.M | re.S):
        if re.search(r"\*\s*(?:const )?\w+\[\w*\](?:\[\w*\])+ = $", text[:table.start(2) - 1]):
            continue
        for row in re.finditer(r"(?:^\s*(?:\[\w+\] = )?|\A |\{ )\{ *(?![.\s\[{])", table[2], re.M):
            yield text[:table.start(2) + row.end()].count("\n") + 1
    for row in re.finditer(r"^#define .*\) \{ (?![.\\]).*\}.*", text, re.M):
        yield text[:row.start()].count("\n") + 1


def check_tables(tap, source):
    """Each row of a table names its fields, so that one can read it alone."""
    tests = {path.relative_to(source.top): without_comments(path.read_text()) for path in sorted(source.top.glob("tests/**/*.[ch]"))}
    for what, texts in (("tables", source.text), ("tables in tests", tests)):
        tap.point(f"rows of {what} name their fields",
                  [f"{path}:{line}: name the fields: {{ .field = value }}" for path, text in texts.items() for line in positional_rows(path, text)])


def check_chains(tap, source):
    """Three declarations, each of which needs the one before: g_autofree char *c = b ? f(b) : NULL."""
    wrong = []
    for path, text in source.text.items():
        chain, last = 0, None
        for number, line in enumerate(text.splitlines(), 1):
            found = re.match(r"    [\w(*) ]*?(\w+) = (\w+)\b[^;?]*\?", line)
            chain = (chain + 1 if chain and found[2] == last else 1) if found else 0
            last = found and found[1]
            if chain == 3:
                wrong.append(f"{path}:{number}: return early instead, or continue: if (!...)")
    tap.point("no declarations depend on each other in a chain", wrong)


def check_sizes(tap, source):
    wrong = []
    for layer in source.layers:
        most = LARGEST.get(layer.folder, LARGE)
        count = sum(str(path.parent) == layer.folder for path in source.text)
        if count > most:
            wrong.append(f"{layer.folder} has {count} files; {most} are the most: make a layer of some")
    for folder in sorted(path for path in source.top.glob("tests/*") if path.is_dir() and not path.name.endswith("data")):
        count = sum(path.name != "__pycache__" for path in folder.iterdir())
        if count > LARGE:
            wrong.append(f"{folder.relative_to(source.top)} has {count} files; {LARGE} are the most: make a folder of some")
    tap.point("no folder is too large", wrong)


def printed(layers):
    rows = [("folder", "content", "may include"), *((one.folder, one.words, ", ".join(one.uses.split() + [one.libraries])) for one in layers)]
    widths = (14, 58, 40)
    rule = "  ".join("=" * width for width in widths)
    lines = [rule]
    for number, row in enumerate(rows):
        cells = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths)]
        for n in range(max(map(len, cells))):
            lines.append("  ".join((cell[n] if n < len(cell) else "").ljust(width) for cell, width in zip(cells, widths)).rstrip())
        if number == 0:
            lines.append(rule)
    return "\n".join([*lines, rule]) + "\n"


def check_manual(tap, source):
    page = source.top / "docs" / "architecture.rst"
    text = page.read_text()
    begin, end = ".. Printed from src/layers.txt; do not edit.\n\n", "\n.. End of what is printed.\n"
    before, _, rest = text.partition(begin)
    written, _, after = rest.partition(end)
    right = printed(source.layers)
    difference = list(difflib.unified_diff(written.splitlines(), right.splitlines(), str(page), "src/layers.txt", lineterm=""))
    if difference and os.environ.get("CMDQV_TEST_REGENERATE_OUTPUT") == "1":
        page.write_text(before + begin + right + end + after)
    tap.point("docs/architecture.rst shows the layers",
              ["docs/architecture.rst: make it anew with tests/goldens --words", *difference] if difference else [])


def main():
    source = Source(Path(sys.argv[1]))
    tap = Tap()
    check_includes(tap, source)
    check_circles(tap, source)
    check_names(tap, source)
    check_alike(tap, source)
    check_refusals(tap, source)
    check_words(tap, source)
    check_errors(tap, source)
    check_tables(tap, source)
    check_chains(tap, source)
    check_sizes(tap, source)
    check_manual(tap, source)
    tap.end()


if __name__ == "__main__":
    sys.exit(main())
