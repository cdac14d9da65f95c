"""Every golden case on the real libvirtd of a lab root: stock first, then with the module."""
import os
import random
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "e2e"), str(TESTS / "e2e/helpers")]

# These imports need the lines above.
import pytest

from e2e.conftest import DAEMON, SETTINGS

import judge
from generate import generate

TABLE = Path("/src/docs/oracle.rst")
VERDICTS = []
GENERATED = int(os.environ.get("CMDQV_ORACLE_DOMAINS", "100"))
LAB_SETTINGS = (TESTS / "lab/cmdqv.conf").read_text()


def each(mode, key, cases, settings=LAB_SETTINGS, standin=""):
    """A daemon in this mode judges them."""
    SETTINGS.write_text(settings)
    judge.STANDIN_CONF.write_text(standin)
    DAEMON.start(mode)
    DAEMON.start_network()
    DAEMON.clean()
    for case in cases:
        judge.STANDIN_CONF.write_text(standin)      # cleaning takes it away
        setattr(case, key, judge.judge(DAEMON, case))


def leave():
    SETTINGS.write_text(LAB_SETTINGS)
    judge.STANDIN_CONF.unlink(missing_ok=True)
    DAEMON.stop()


@pytest.fixture(scope="session")
def generated():
    """By number, each from a seed of its own, so that one that fails can be made again."""
    cases = [judge.Case(f"generated-{number}", generate(random.Random(number), f"generated-{number}")) for number in range(GENERATED)]
    try:
        each("stock", "stock", cases)
        each("module", "module", cases)
    finally:
        leave()
    return [judge.Verdict(case) for case in cases]


@pytest.fixture(scope="session")
def verdicts():
    cases = [judge.Case.golden(p) for p in sorted(judge.CASES.glob("*.xml"))]
    about_kvm = [c for c in cases if c.about_kvm]
    others = [c for c in cases if not c.about_kvm]
    try:
        each("stock", "stock", others)
        each("stock", "stock", about_kvm, standin="kvm=required\n")
        each("module", "module", others)
        each("module", "module", about_kvm, settings="", standin="kvm=required\n")
    finally:
        leave()
    VERDICTS[:] = [judge.Verdict(c) for c in cases]
    return {v.case.name: v for v in VERDICTS}


def pytest_terminal_summary(terminalreporter):
    if not VERDICTS:
        return
    terminalreporter.section("case | stock libvirt | QEMU | ours | agreement")
    for verdict in VERDICTS:
        terminalreporter.write_line(" | ".join(verdict.cells()))
    terminalreporter.write_line(judge.summary(VERDICTS))
    if os.environ.get("CMDQV_ORACLE_TABLE"):
        Path(os.environ["CMDQV_ORACLE_TABLE"]).write_text(judge.as_rst(VERDICTS))
