"""The same of domains made by chance; CMDQV_ORACLE_DOMAINS is how many."""
import pytest

from conftest import GENERATED


@pytest.mark.parametrize("number", range(GENERATED))
def test_domain(generated, number):
    """libvirt, QEMU and the module agree about a domain made by chance."""
    verdict = generated[number]
    assert not verdict.wrong, f"{verdict.cells()}\n{verdict.case.xml}"


def test_some_of_each(generated):
    """Enough of them run, and enough do not."""
    assert sum(verdict.ours == "accepts" and verdict.qemu == "starts" for verdict in generated) > GENERATED / 8
    assert sum(verdict.ours == "refuses" for verdict in generated) > GENERATED / 4
