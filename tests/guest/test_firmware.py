"""The rules about bus numbers agree with the behaviour of a guest's firmware.

tests/firmware/run starts every case that is accepted; here are those that are
about the limits, and those that docs/firmware.rst does not have yet.
"""
import re

import firmware
import pytest

LIMITS = {
    "bus-numbers-to-255": [],
    "bus-numbers-overlap": ["hostdev0", "hostdev1"],
    "bus-numbers-past-255": ["hostdev0", "hostdev1", "pci.3", "pci.4", "pci.5"],
}
TABLE = (firmware.TOP / "docs/firmware.rst").read_text()
NEW = sorted(set(firmware.accepted()) - set(re.findall(r"\* - ``([\w.-]+)``", TABLE)))


@pytest.mark.parametrize("name", LIMITS)
def test_limit(name):
    """A domain has as many bus numbers as it needs, or too few behind one root, or too few up to 255: then the firmware gives up."""
    assert firmware.warned(name) == (name == "bus-numbers-overlap")
    machine = firmware.Machine(firmware.text_of(name))
    assert machine.missing(firmware.boot(machine)) == LIMITS[name]


def test_new_cases():
    """A guest sees each device of each case that is accepted and is not in the table yet."""
    boots = firmware.Boots()
    results = [firmware.Result(name, boots) for name in NEW]
    assert [f"{r.name}: {r.said}" for r in results if not r.good] == []
