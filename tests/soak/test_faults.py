"""Files that fail: if the module cannot look at, open or read one, it allows no detach for that.

faults.c lets the first, then the second, and so on, of all that the module asks
of the kernel fail, until a call asks for no more.  QEMU's own blocker is off
(tests/lab/qemu-standin) and the ports are open to hot-plug, as the domains were
started without the module: a wrong allowance shows.
"""
import mmap
import struct
import subprocess
import sys
from pathlib import Path

import libvirt
import libvirt_qemu
import pytest

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / folder) for folder in ("e2e", "e2e/helpers")]
from conftest import DAEMON, RECORDS                                        # noqa: E402
from domains import ALL_GIVEN, GPU_A, OTHER_A, VF_A, domain, guest, hostdev, interface, smmu               # noqa: E402

LIVE, CONFIG = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG
SHIM, CONTROL = Path("/run/faults.so"), Path("/run/faults")
NUMBERS = struct.Struct("ii")
ANCHOR = hostdev(GPU_A, 2)
GUARDED = domain("g1", smmu(), ANCHOR)
WITH_INTERFACE = domain("g2", smmu(), interface(VF_A, 2))
UNSOUND = domain("g1", smmu(**ALL_GIVEN))
EMULATED = f"<interface type='user'><model type='virtio'/>{guest(3)}</interface>"
DELETE = '{"execute":"device_del","arguments":{"id":"hostdev0"}}'

# Calls that are refused when nothing fails.
CALLS = {
    "detach, live": lambda conn: conn.lookupByName("g1").detachDeviceFlags(ANCHOR, LIVE),
    "detach, config": lambda conn: conn.lookupByName("g1").detachDeviceFlags(ANCHOR, CONFIG),
    "detach, both": lambda conn: conn.lookupByName("g1").detachDeviceFlags(ANCHOR, LIVE | CONFIG),
    "detach, current": lambda conn: conn.lookupByName("g1").detachDeviceFlags(ANCHOR, 0),
    "detach without flags": lambda conn: conn.lookupByName("g1").detachDevice(ANCHOR),
    "detach by alias": lambda conn: conn.lookupByName("g1").detachDeviceAlias("hostdev0", LIVE),
    "detach of an interface": lambda conn: conn.lookupByName("g2").detachDeviceFlags(interface(VF_A), LIVE),
    "attach, config": lambda conn: conn.lookupByName("g1").attachDeviceFlags(EMULATED, CONFIG),
    "attach, live": lambda conn: conn.lookupByName("g1").attachDeviceFlags(hostdev(OTHER_A, 3, iommufd="no"), LIVE),
    "define": lambda conn: conn.defineXML(UNSOUND),
    "create": lambda conn: conn.createXML(UNSOUND.replace("g1", "g3")),
    "monitor": lambda conn: libvirt_qemu.qemuMonitorCommand(conn.lookupByName("g1"), DELETE, 0),
    "monitor, HMP": lambda conn: libvirt_qemu.qemuMonitorCommand(conn.lookupByName("g1"), "device_del hostdev0",
                                                                 libvirt_qemu.VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP),
}


class Faults:
    """The shim's two numbers."""

    def __init__(self):
        CONTROL.write_bytes(NUMBERS.pack(0, 0))
        with open(CONTROL, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), NUMBERS.size)

    def arm(self, number):
        """The so-manyth fails; 0: none."""
        self.map[:] = NUMBERS.pack(number, 0)

    def counted(self):
        return NUMBERS.unpack(self.map[:])[1]


@pytest.fixture(scope="module")
def shim():
    subprocess.run(["gcc", "-g", "-O1", "-shared", "-fPIC", "-o", SHIM, Path(__file__).with_name("faults.c"), "-ldl"], check=True)
    yield Faults()
    (RECORDS / "conf").unlink(missing_ok=True)


@pytest.fixture
def faults(shim):
    shim.arm(0)
    DAEMON.start("stock")
    DAEMON.clean()
    (RECORDS / "conf").write_text("blocker=no\n")
    for xml in (GUARDED, WITH_INTERFACE):
        DAEMON.run(xml)
    DAEMON.start("module", str(SHIM))
    yield shim
    shim.arm(0)
    DAEMON.clean()
    DAEMON.stop()


def refused(call):
    """The message of the refusal; the call must not have been done."""
    try:
        call(DAEMON.conn)
    except libvirt.libvirtError as error:
        return error.get_error_message()
    return pytest.fail("it was allowed")


def each_fault(faults, call, prepare=lambda: None):
    """Lets one after the other fail; returns how many there were."""
    number = 0
    while True:
        number += 1
        prepare()
        faults.arm(number)
        with DAEMON.nothing_changes():
            said = refused(call)
        counted = faults.counted()
        faults.arm(0)
        assert DAEMON.alive(), said
        if counted < number:
            return number - 1


@pytest.mark.parametrize("name", CALLS)
def test_each_fault(faults, name, capsys):
    """Each file operation of the module fails in turn, and the call is refused all the same."""
    with DAEMON.nothing_changes():
        assert refused(CALLS[name])
    number = each_fault(faults, CALLS[name])
    with capsys.disabled():
        print(f"\n  {name}: {number} places that can fail", end="")


def test_each_fault_in_a_new_daemon(faults, capsys):
    """The first call reads the configuration, looks at the host, and remembers nothing."""
    number = each_fault(faults, CALLS["detach, live"], prepare=lambda: DAEMON.start("module", str(SHIM)))
    with capsys.disabled():
        print(f"\n  the first call of a daemon: {number} places that can fail", end="")
    assert number > 8


def test_it_would_show(faults):
    """Without the module the same call detaches the device."""
    DAEMON.start("stock")
    DAEMON.get().detachDeviceFlags(ANCHOR, LIVE)
