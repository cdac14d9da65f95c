"""Symbols that the module needs of libvirt's libraries, looked up in those of this root; tests/newer/run does the same for a new release."""
import shutil
import sys
from pathlib import Path

from conftest import module_path

sys.path.insert(0, "/src/tests/newer")
# The next import needs the line above.
from check import missing                                                           # noqa: E402

MODULE = Path(module_path())
LIBVIRT = next(Path("/usr/lib").glob("*/libvirt.so.0"))
DRIVER = next(Path("/usr/lib").glob("*/libvirt/connection-driver/libvirt_driver_qemu.so"))


def test_all_is_there():
    """libvirt has each function that the module needs, and its driver calls each access check."""
    assert list(missing(MODULE, LIBVIRT, DRIVER)) == []


def test_a_check_that_the_driver_does_not_call_is_reported():
    """The driver calls no access check: each is told."""
    found = list(missing(MODULE, LIBVIRT, LIBVIRT))
    assert any(line.startswith("virDomainDetachDeviceFlagsEnsureACL: libvirt.so.0 does not call it") for line in found)


def test_a_function_that_libvirt_lacks_is_reported(tmp_path):
    """libvirt lacks a function that the module asks for: it is told."""
    other = tmp_path / "other.so"
    shutil.copy(MODULE, other)
    found = list(missing(MODULE, other, DRIVER))        # the module itself in libvirt's place: it has only the functions that it replaces
    assert any(line.startswith("virReportErrorHelper: the module asks for it, and other.so has no such function") for line in found)
