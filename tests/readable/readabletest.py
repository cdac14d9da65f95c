#!/usr/bin/env python3
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether each test under tests can be read alone: it takes nothing from another test, its docstring says the scenario, and it has
the outcomes with stock libvirt and with the module side by side."""
import ast
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tap import Tap                                                                 # noqa: E402

# The file in which a folder keeps the code that its tests share.
SHARED = {"nova": "tests/nova/novaverbs.py", "soak": "tests/soak/guarded.py"}


def imported(tree):
    """The modules that a file imports, with the lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)


def check_imports(tap, trees):
    wrong = [f"{path}:{line}: imports {module}; move what it takes to {SHARED.get(path.parent.name, 'tests/e2e/helpers/verbs.py')}"
             for path, tree in trees.items() for line, module in imported(tree) if module.rpartition(".")[2].startswith("test_")]
    tap.point("no file takes anything from a test", wrong)


def tests(trees):
    for path, tree in trees.items():
        if path.name.startswith("test_"):
            yield from ((path, node) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


def check_docstrings(tap, trees):
    wrong = [f"{path}:{test.lineno}: {test.name} has no docstring; say in one line who does what in it"
             for path, test in tests(trees) if not ast.get_docstring(test)]
    tap.point("each test says its scenario", wrong)


def looks_at_stock(node):
    return isinstance(node, ast.If) and any(isinstance(one, ast.Attribute) and one.attr == "stock" for one in ast.walk(node.test))


def compares_with_stock(node):
    return isinstance(node, ast.Assert) and any(isinstance(one, ast.Attribute) and one.attr == "stock" for one in ast.walk(node))


def check_sides(tap, trees):
    wrong = [f"{path}:{node.lineno}: {test.name} returns where it looks at stock libvirt; write 'if daemon.stock: ... else: ...', "
             "both outcomes side by side" for path, test in tests(trees) for node in ast.walk(test)
             if looks_at_stock(node) and any(isinstance(one, (ast.Return, ast.Continue)) for one in ast.walk(node))]
    wrong += [f"{path}:{node.lineno}: {test.name} does more after the outcomes; end with 'if daemon.stock: ... else: ...'"
              for path, test in tests(trees) for block in ast.walk(test) if isinstance(block, (ast.FunctionDef, ast.With, ast.For))
              for node in block.body[:-1] if isinstance(node, ast.If) and ast.unparse(node.test) in ("daemon.stock", "not daemon.stock")]
    wrong += [f"{path}:{block[n].lineno}: {test.name} does more after it has compared with stock libvirt; compare at its end"
              for path, test in tests(trees) for block in [test.body] for n in range(len(block) - 1)
              if compares_with_stock(block[n]) and not all(compares_with_stock(one) or looks_at_stock(one) for one in block[n + 1:])]
    tap.point("each test says both outcomes side by side", wrong)


def main():
    top = Path(sys.argv[1])
    trees = {path.relative_to(top): ast.parse(path.read_text()) for path in sorted(top.glob("tests/**/*.py"))}
    tap = Tap()
    tap.point("there are tests", [] if any(tests(trees)) else [f"{top}/tests has no test_*.py"])
    check_imports(tap, trees)
    check_docstrings(tap, trees)
    check_sides(tap, trees)
    tap.end()


if __name__ == "__main__":
    sys.exit(main())
