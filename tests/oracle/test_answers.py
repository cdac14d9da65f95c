"""The stand-in's monitor answers as that of the real QEMU with an active CMDQV, and sends the same events.

answers.json has those of the real one (tests/deep/run answers); the end of a QEMU whose guest ejects the anchor is in tests/guest."""
import json

import pytest

import judge
import questions
from conftest import DAEMON, leave
from domains import GPU_A, GPU_B, GPU_C, domain, hostdev, smmu
from e2e.conftest import URI

REAL = json.loads((judge.CASES.parent / "oracle/answers.json").read_text())["answers"]


@pytest.fixture(scope="module")
def answers():
    DAEMON.start("stock")
    DAEMON.clean()
    try:
        DAEMON.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
        return questions.ask_all(URI, "g1", GPU_C, GPU_B)
    finally:
        DAEMON.clean()
        leave()


def test_all_were_asked():
    """The real QEMU was asked each question."""
    assert list(REAL) == list(questions.QUESTIONS), "run tests/deep/run answers"


@pytest.mark.parametrize("name", questions.QUESTIONS)
def test_answer(answers, name):
    """The answer, and the events after it."""
    assert answers[name] == REAL[name]
