"""No case that we refuse and QEMU would run with CMDQV; none that we accept and that fails."""
import json

import pytest

import judge
from conftest import TABLE

# The words of libvirt and the real QEMU, with an active CMDQV, on each case (tests/deep/run --update).
REAL = json.loads((judge.CASES.parent / "oracle/cases.json").read_text())


@pytest.mark.parametrize("name", sorted(p.stem for p in judge.CASES.glob("*.xml")))
def test_case(verdicts, name):
    """libvirt, QEMU and the module agree about a golden case."""
    assert not verdicts[name].wrong, verdicts[name].cells()


def test_table_is_up_to_date(verdicts):
    """docs/oracle.rst has the verdict on each case."""
    current = TABLE.read_text() == judge.as_rst(verdicts.values())
    assert current, "docs/oracle.rst is not up to date: make it anew with tests/goldens, or with tests/oracle/update alone"
# Cases that need a part of a host that the lab lacks, or (placed-nvme) that the emulated arm64 host lacks.
NOT_COMPARED = {"hugepages", "mdev-and-hostdev", "mdev-elsewhere", "mdev-only", "plain-smmu-mdev", "vhost-scsi-behind", "vhost-scsi-elsewhere",
                "placed-two-behind", "placed-nvme-controller-behind"}


@pytest.mark.parametrize("name", sorted(REAL.keys() - NOT_COMPARED))
def test_real(verdicts, name):
    """The stand-in, and libvirt above it, say of a case the same as the real QEMU."""
    assert judge.as_recorded(verdicts[name].case.stock) == REAL[name]


def test_not_compared(verdicts):
    """The lab lacks a part that the others need."""
    assert {v.case.name for v in verdicts.values() if v.lack and v.case.name in REAL} == NOT_COMPARED - {"placed-nvme-controller-behind"}


def test_real_cases():
    """Each case was judged by the real QEMU, but for those that no arm64 host can run."""
    cases = {p.stem for p in judge.CASES.glob("*.xml")}
    assert cases - REAL.keys() == {"x86-q35"}, "run tests/deep/run --update"
