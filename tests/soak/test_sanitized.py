"""The module under AddressSanitizer and LeakSanitizer, inside libvirtd.

Each guarded call of guarded.py is made some hundred times; at its end the
daemon is asked which memory no pointer is left to.  Memory that libvirt
itself leaves behind is not the module's.
"""
from collections import Counter

import libvirt

import asan
from guarded import GUARDED, PLAIN, anchors, calls      # finds tests/e2e for the next one
from conftest import DAEMON

ROUNDS = 30


def test_module(capsys):
    """Each guarded call is made some times, and AddressSanitizer reports nothing of the module."""
    preloaded = asan.libraries()
    asan.forget()
    DAEMON.start("stock")
    DAEMON.clean()
    for xml, _ in GUARDED.values():
        DAEMON.run(xml)
    DAEMON.run(PLAIN)
    DAEMON.stop()
    asan.start(preloaded)
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
    reports = asan.reports()
    seen = [report for report in reports if "overrun.c" in report]
    found = [report for report in reports if asan.is_ours(report, ROUNDS)]
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
