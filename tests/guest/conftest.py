"""A guest that runs: Debian's arm64 kernel in the real QEMU, started by the
real libvirtd of a lab root.

Real: the kernel with its PCI hot-plug driver (pciehp), the `virt` machine with
its expander buses, ports and switches in QEMU's TCG, the command line that
libvirt writes for them, and QEMU's DEVICE_DELETED events.  Not real: the
devices in the slots, which are pci-testdev (tests/lab/qemu-standin).

/guest in the root has the kernel and busybox (tests/lab/mkroot); ./init is all
that runs in the guest.  The fixtures are those of tests/e2e.
"""
import gzip
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "e2e"), str(HERE.parent / "e2e/helpers"), str(HERE.parent / "firmware"), str(HERE.parent / "oracle")]

# These imports need the line above.
import pytest

pytest_plugins = ["e2e.conftest"]

KERNEL, BUSYBOX = Path("/guest/vmlinuz"), Path("/guest/busybox")


def cpio(files):
    """An archive in the one format that the kernel unpacks (newc); files are (name, mode, content, device)."""
    out = b""
    for number, (name, mode, content, device) in enumerate([*files, ("TRAILER!!!", 0, b"", (0, 0))], 1):
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(name) + 1, 0)
        header = b"070701" + b"".join(b"%08X" % f for f in fields) + name.encode() + b"\0"
        out += header + b"\0" * (-len(header) % 4) + content + b"\0" * (-len(content) % 4)
    return out


@pytest.fixture(scope="session")
def initrd():
    files = [(name, 0o40755, b"", (0, 0)) for name in ("bin", "dev", "proc", "sys")]
    files += [("dev/console", 0o20600, b"", (5, 1)),
              ("bin/busybox", 0o100755, BUSYBOX.read_bytes(), (0, 0)),
              ("init", 0o100755, (HERE / "init").read_bytes(), (0, 0))]
    path = Path("/run/guest-initrd")
    path.write_bytes(gzip.compress(cpio(files), 1))
    return path
