"""The lab's host (fakehost.sh, hostmock.c) has the facts of the emulated arm64 host (tests/deep/run answers)."""
import json
import subprocess
import sys
from pathlib import Path

import pytest

import judge
from domains import GPU_A, VF_A

PHYSICAL = "0009:03:00.0"
HOSTFACTS = Path(__file__).resolve().parent / "hostfacts.py"
REAL = json.loads((judge.CASES.parent / "oracle/answers.json").read_text())["host"]


@pytest.fixture(scope="module")
def facts():
    done = subprocess.run([sys.executable, "-B", HOSTFACTS, GPU_A, PHYSICAL, VF_A], capture_output=True, text=True, check=True,
                          env={"LD_PRELOAD": "/lab/hostmock.so"})
    return json.loads(done.stdout)


@pytest.mark.parametrize("of", REAL)
def test_host(facts, of):
    """Files, links and ioctls, as libvirt and the module read them."""
    assert facts[of] == REAL[of]
