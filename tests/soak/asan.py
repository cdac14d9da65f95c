"""libvirtd with the module under AddressSanitizer.

The module is built with it, and its runtime is preloaded into the daemon.  libvirt and GLib are not built so, but
every allocation in the process is seen.  A fork of the daemon does not return then, so calls for which libvirt
forks are left out.
"""
import os
import re
import subprocess
from pathlib import Path

import guarded      # noqa: F401, finds tests/e2e
from conftest import DAEMON, module_path, run

LOG = Path("/run/asan")


def build(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def libraries():
    """The libraries to preload: the runtime, one that makes an error on purpose, and the module."""
    if not Path("/build-asan/build.ninja").exists():
        build("meson", "setup", "/build-asan", "/src", "--prefix=/usr", "--sysconfdir=/etc", "-Db_sanitize=address", "-Dtests=false",
              "-Ddocs=disabled", "-Db_lundef=false")
    build("meson", "compile", "-C", "/build-asan")
    overrun = LOG.with_name("overrun.so")
    build("gcc", "-g", "-O0", "-fsanitize=address", "-fsanitize-recover=address", "-shared", "-fPIC", "-o", overrun,
          Path(__file__).with_name("overrun.c"), "-lvirt")
    runtime = run("gcc", "-print-file-name=libasan.so").out.strip()
    return [os.path.realpath(runtime), str(overrun), f"/build-asan/src/{Path(module_path()).name}"]


def start(preloaded, leaks=True):
    """The owner of a leak is known only by a whole stack, which is slow."""
    options = (f"log_path={LOG}:verify_asan_link_order=0:halt_on_error=0:detect_leaks={int(leaks)}:fast_unwind_on_malloc={int(not leaks)}:"
               f"malloc_context_size={40 if leaks else 10}:exitcode=0:detect_odr_violation=0")
    started = run("/lab/daemon", "start", *preloaded, env={"ASAN_OPTIONS": options})
    assert started.status == 0, started
    DAEMON.connect()


def forget():
    for old in LOG.parent.glob("asan.*"):
        old.unlink()


def reports():
    return [report for log in LOG.parent.glob("asan.*") for report in log.read_text().split("\n\n")]


def is_ours(report, each=1):
    """Whether the module did it.  Memory that is leaked below a call into libvirt is libvirt's, unless each call leaks it again."""
    frames = re.findall(r"^ *#\d+ \S+ (.*)$", report, re.M)
    first = next((i for i, frame in enumerate(frames) if "cmdqv" in frame), None)
    if first is None or "overrun.c" in report:
        return False
    objects = re.search(r" leak of \d+ byte\(s\) in (\d+) object", report)
    below = any("/libvirt.so" in frame for frame in frames[:first])
    return not (objects and below and int(objects[1]) < each)
