"""No case that we refuse and QEMU would run with CMDQV; none that we accept and that fails."""
import pytest

import judge
from conftest import TABLE


@pytest.mark.parametrize("name", sorted(p.stem for p in judge.CASES.glob("*.xml")))
def test_case(verdicts, name):
    """libvirt, QEMU and the module agree about a golden case."""
    assert not verdicts[name].wrong, verdicts[name].cells()


def test_table_is_up_to_date(verdicts):
    """docs/oracle.rst has the verdict on each case."""
    current = TABLE.read_text() == judge.as_rst(verdicts.values())
    assert current, "docs/oracle.rst is not up to date: make it anew with tests/goldens, or with tests/oracle/update alone"
