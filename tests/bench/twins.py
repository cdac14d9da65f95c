"""Two libvirtd side by side in one lab root, so that a call can be made on both in turn.

Each has a mount namespace of its own with /run, /etc/libvirt, /var/lib/libvirt
and /var/cache/libvirt of its own; all else is shared.  Either can run with the
module or without, and its domains outlive the change.
"""
import os
import subprocess
import sys
import time
from pathlib import Path

import libvirt

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / folder) for folder in ("e2e", "e2e/helpers")]
from conftest import module_path                                            # noqa: E402

FOLDERS = ("run", "etc/libvirt", "var/lib/libvirt", "var/cache/libvirt")


class Twin:
    """One of the two."""

    def __init__(self, name):
        self.top, self.conn = Path("/twins") / name, None
        for folder in FOLDERS:
            (self.top / folder).mkdir(parents=True)
            if folder != "run":
                subprocess.run(["cp", "-a", f"/{folder}/.", self.top / folder], check=True)
        for folder in ("libvirt", "lock", "qemu-standin", "fakehost"):
            (self.top / "run" / folder).mkdir()
        hooks = self.top / "etc/libvirt/hooks/qemu.d"
        for hook in hooks.glob("*"):
            hook.unlink()

    def inside(self, *command):
        """Runs a command with the twin's folders in place of the host's."""
        mounts = "".join(f"mount --bind {self.top / folder} /{folder}\n" for folder in FOLDERS)
        script = f"set -e\nmount --rbind /run/fakehost {self.top / 'run/fakehost'}\n{mounts}" + 'exec "$@"'
        done = subprocess.run(["unshare", "-m", "--propagation", "private", "bash", "-c", script, "-", *map(str, command)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def start(self, with_module):
        """Ends a running daemon and starts one; clients have to connect anew."""
        self.disconnect()
        self.inside("/lab/daemon", "start", *([module_path()] if with_module else []))
        self.conn = libvirt.open(f"qemu+unix:///system?socket={self.top}/run/libvirt/libvirt-sock")
        return self.conn

    def disconnect(self):
        if self.conn:
            self.conn.close()
        self.conn = None

    def end(self):
        """The daemon and every domain."""
        for dom in self.conn.listAllDomains() if self.conn else []:
            if dom.isActive():
                dom.destroy()
        self.disconnect()
        self.inside("/lab/daemon", "stop")


def clock(call):
    """Microseconds that a call takes; it may fail, as many do here on purpose."""
    begin = time.perf_counter_ns()
    try:
        call()
    except libvirt.libvirtError:
        pass
    return (time.perf_counter_ns() - begin) / 1000


def quiet():
    """How many processors are busy with other work, a minute's average."""
    return os.getloadavg()[0]
