"""The module under AddressSanitizer and LeakSanitizer, inside libvirtd.

The module is built with them, and their runtime is preloaded into the daemon.
libvirt and GLib are not built so, but every allocation in the process is seen.
Each guarded call of guarded.py is made some hundred times; at its end the
daemon is asked which memory no pointer is left to.  What libvirt itself leaves
behind is not the module's.  A fork of the daemon does not return under
AddressSanitizer, so what libvirt forks for is left out.
"""
import os
import re
import subprocess
from collections import Counter
from pathlib import Path

import libvirt
import pytest

from guarded import GUARDED, PLAIN, anchors, calls      # finds tests/e2e for the next one
from conftest import DAEMON, module_path, run

LOG = Path("/run/asan")
ROUNDS = 30


def build(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def sanitized():
    """The libraries to preload."""
    if not Path("/build-asan/build.ninja").exists():
        build("meson", "setup", "/build-asan", "/src", "--prefix=/usr", "--sysconfdir=/etc", "-Db_sanitize=address", "-Dtests=false",
              "-Ddocs=disabled", "-Db_lundef=false")
    build("meson", "compile", "-C", "/build-asan")
    overrun = LOG.with_name("overrun.so")
    build("gcc", "-g", "-O0", "-fsanitize=address", "-fsanitize-recover=address", "-shared", "-fPIC", "-o", overrun,
          Path(__file__).with_name("overrun.c"), "-lvirt")
    runtime = run("gcc", "-print-file-name=libasan.so").out.strip()
    return [os.path.realpath(runtime), str(overrun), f"/build-asan/src/{Path(module_path()).name}"]


def is_ours(report):
    """Whether the module did it.  What is leaked below a call into libvirt is libvirt's, unless each call leaks it again."""
    frames = re.findall(r"^ *#\d+ \S+ (.*)$", report, re.M)
    first = next((i for i, frame in enumerate(frames) if "cmdqv" in frame), None)
    if first is None or "overrun.c" in report:
        return False
    objects = re.search(r" leak of \d+ byte\(s\) in (\d+) object", report)
    below = any("/libvirt.so" in frame for frame in frames[:first])
    return not (objects and below and int(objects[1]) < ROUNDS)


def test_module(sanitized, capsys):
    """Each guarded call is made some times, and AddressSanitizer reports nothing of the module."""
    for old in LOG.parent.glob("asan.*"):
        old.unlink()
    DAEMON.start("stock")
    DAEMON.clean()
    for xml, _ in GUARDED.values():
        DAEMON.run(xml)
    DAEMON.run(PLAIN)
    DAEMON.stop()
    options = (f"log_path={LOG}:verify_asan_link_order=0:halt_on_error=0:detect_leaks=1:fast_unwind_on_malloc=0:"
               "malloc_context_size=40:exitcode=0:detect_odr_violation=0")
    started = run("/lab/daemon", "start", *sanitized, env={"ASAN_OPTIONS": options})
    assert started.status == 0, started
    DAEMON.connect()
    outcomes = Counter()
    for _ in range(ROUNDS):
        for call in calls(DAEMON.conn, forks=False):
            try:
                call()
                outcomes["done"] += 1
            except libvirt.libvirtError:
                outcomes["refused"] += 1
    assert anchors()["two"][1] == libvirt.VIR_ERR_OPERATION_UNSUPPORTED
    DAEMON.stop()
    reports = [report for log in LOG.parent.glob("asan.*") for report in log.read_text().split("\n\n")]
    seen = [report for report in reports if "overrun.c" in report]
    found = [report for report in reports if is_ours(report)]
    leaks = sum("leak of" in report for report in reports)
    with capsys.disabled():
        print(f"\n  {outcomes['done']} calls done and {outcomes['refused']} refused under AddressSanitizer; "
              f"{len(found)} reports of the module, {leaks} leaks of others")
    DAEMON.start("stock")
    DAEMON.clean()
    DAEMON.stop()
    assert seen, "AddressSanitizer did not look"
    assert leaks, "LeakSanitizer did not look: libvirtd never frees all"
    assert not found, "\n".join(found[:10])
