"""Files of the daemon that runs the QEMU driver: libvirtd, or virtqemud if this libvirt has a daemon for each driver."""
import os
from pathlib import Path

MODULAR = not Path("/usr/sbin/libvirtd").exists()
PROGRAM = Path("/usr/sbin") / ("virtqemud" if MODULAR else "libvirtd")
CONF = Path(f"/etc/libvirt/{PROGRAM.name}.conf")
LOG = Path(f"/run/{PROGRAM.name}.log")
PID = Path(f"/run/{PROGRAM.name}.pid")
OWN_SOCKET = "virtqemud-sock" if MODULAR else "libvirt-sock"        # its name in any folder
STARTER = Path(os.environ.get("CMDQV_STARTER", "")).name            # in tests/modular
ON_DEMAND = STARTER == "activate"                                   # the daemon starts for its first client
PROXY = STARTER == "proxied"                                        # clients use virtproxyd's socket
SOCKET = f"/run/libvirt/{'libvirt-sock' if PROXY else OWN_SOCKET}"   # of the daemon that clients reach, which may be virtproxyd
