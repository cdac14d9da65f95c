"""One libvirtd with the module and the hook, for a long time.

  * It does not grow: CMDQV_SOAK_CALLS (100,000) mixed guarded calls, most of them
    refused; after a tenth of them, to warm up, its resident memory may grow by
    256 KiB, and its descriptors not at all.  That is with one client, and one
    heap (MALLOC_ARENA_MAX).
  * Nor with several clients: four of them make as many calls, with a heap for each
    thread as glibc gives them, and the same on stock libvirt as the control.
    glibc lets each thread keep freed memory, up to some hundred KiB, which
    grows to megabytes before it is flat, and hides lost memory; so it is told
    not to (tcache_count), and heap.c reports the memory in use.
  * It can be killed at any moment: CMDQV_SOAK_KILLS (200) times SIGKILL under
    load, and each time every anchor is known again, the hot-plugged one too.
"""
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import libvirt
import pytest

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / folder) for folder in ("e2e", "e2e/helpers")]
from conftest import DAEMON, URI, wait_for                                  # noqa: E402
from domains import OTHER_A, hostdev                                        # noqa: E402
from guarded import GUARDED, PLAIN, anchors, calls, connect                 # noqa: E402
from verbs import LIVE                                                      # noqa: E402

CALLS = int(os.environ.get("CMDQV_SOAK_CALLS", "100000"))
KILLS = int(os.environ.get("CMDQV_SOAK_KILLS", "200"))
CLIENTS, GROWTH = 4, 256
WARM = max(CALLS // 10, 5000)          # each heap and thread of the daemon has seen each call by then


def prepare():
    DAEMON.start("module")
    DAEMON.clean()
    for xml, _ in GUARDED.values():
        DAEMON.run(xml)
    DAEMON.get("auto").attachDeviceFlags(hostdev(OTHER_A, 2), LIVE)     # the first behind its vSMMU
    DAEMON.run(PLAIN)


def tidy():
    DAEMON.start("module")
    DAEMON.clean()
    DAEMON.stop()


@pytest.fixture
def daemon(monkeypatch):
    monkeypatch.setenv("MALLOC_ARENA_MAX", "1")
    prepare()
    yield DAEMON
    monkeypatch.undo()
    tidy()


class Client(threading.Thread):
    """Makes calls drawn from numbers of its own, until it is told to stop or has made them all."""

    def __init__(self, seed, count=None):
        super().__init__(daemon=True)
        self.random, self.count, self.made, self.ended, self.outcomes, self.failure = random.Random(seed), count, 0, False, Counter(), None

    def run(self):
        try:
            while not self.ended and self.made != self.count:
                self.talk(connect())
        except Exception as error:  # pylint: disable=broad-except # the test has to hear of it
            self.failure = error

    def talk(self, conn):
        """Until the connection breaks."""
        try:
            mine = calls(conn)
        except libvirt.libvirtError:
            return
        while not self.ended and self.made != self.count and conn.isAlive():
            try:
                self.random.choice(mine)()
                self.outcomes["done"] += 1
            except libvirt.libvirtError as error:
                ours = error.get_error_code() in (libvirt.VIR_ERR_OPERATION_UNSUPPORTED, libvirt.VIR_ERR_CONFIG_UNSUPPORTED)
                self.outcomes["refused" if ours else "libvirt's own error"] += 1
            self.made += 1


def run_clients(count, seed, number=1):
    clients = [Client(f"{seed} {i}", count // number) for i in range(number)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
        assert client.failure is None, client.failure
    return sum((client.outcomes for client in clients), Counter())


def size():
    """Resident KiB, and descriptors, of the daemon when its clients have disconnected."""
    pid = int(DAEMON.pid)
    wait_for(lambda: len(os.listdir(f"/proc/{pid}/fd")) <= size.least, "descriptors stay open", 10)
    rss = next(int(line.split()[1]) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return rss, len(os.listdir(f"/proc/{pid}/fd"))


def test_does_not_grow(daemon, capsys):
    """One client makes many guarded calls, and the daemon does not grow."""
    size.least = len(os.listdir(f"/proc/{int(DAEMON.pid)}/fd"))
    run_clients(WARM, "warm-up")
    before, begin = size(), time.monotonic()
    outcomes = run_clients(CALLS, "soak")
    after, seconds = size(), time.monotonic() - begin
    with capsys.disabled():
        print(f"\n  {sum(outcomes.values())} calls in {seconds:.0f} s ("
              + ", ".join(f"{n} {what}" for what, n in sorted(outcomes.items()))
              + f"): resident {before[0]} KiB at the start, {after[0]} KiB at the end; descriptors {before[1]} and {after[1]}")
    assert sum(outcomes.values()) == CALLS and outcomes["refused"] > CALLS / 4
    assert daemon.alive()
    assert after[1] == before[1]
    assert after[0] - before[0] < GROWTH


HEAP = Path("/run/heap.so")


@pytest.fixture(scope="module")
def heap():
    subprocess.run(["gcc", "-g", "-O1", "-shared", "-fPIC", "-o", HEAP, Path(__file__).with_name("heap.c"), "-ldl"], check=True)
    return str(HEAP)


def in_use():
    """KiB that the daemon has asked for and not given back."""
    conn = libvirt.open(URI)
    conn.getLibVersion()
    conn.close()
    return sum(int(number) for number in Path("/run/heap").read_text().split()) // 1024


def growth(mode, heap):
    """Of a daemon with several clients: resident KiB, KiB in use, and descriptors, each before and after; and the outcomes of the calls."""
    DAEMON.start(mode, heap)
    size.least = len(os.listdir(f"/proc/{int(DAEMON.pid)}/fd")) + 1
    run_clients(WARM, "warm-up", CLIENTS)
    before = (*size(), in_use())
    outcomes = run_clients(CALLS, "soak", CLIENTS)
    after = (*size(), in_use())
    assert DAEMON.alive()
    return before, after, outcomes


def test_does_not_grow_with_several_clients(heap, monkeypatch, capsys):
    """Several clients make many guarded calls, and the daemon grows no more than stock libvirt."""
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0")
    prepare()
    found = {mode: growth(mode, heap) for mode in ("module", "stock")}
    monkeypatch.undo()
    tidy()
    with capsys.disabled():
        for mode, (before, after, outcomes) in found.items():
            print(f"\n  {mode}: {sum(outcomes.values())} calls of {CLIENTS} clients ("
                  + ", ".join(f"{n} {what}" for what, n in sorted(outcomes.items()))
                  + f"): resident {before[0]} KiB at the start, {after[0]} KiB at the end; in use {before[2]} and {after[2]} KiB; "
                  f"descriptors {before[1]} and {after[1]}", end="")
        print()
    before, after, outcomes = found["module"]
    assert outcomes["refused"] > CALLS / 4
    assert after[2] - before[2] < GROWTH
    # scattering differs from run to run; growth that stock libvirt does not have is ours
    control = found["stock"][1][0] - found["stock"][0][0]
    assert after[0] - before[0] < GROWTH + max(control, 0)
    assert after[1] <= before[1]


def is_removed(pid):
    """Also if its parent has not waited for it yet."""
    try:
        return not Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_can_be_killed(daemon, capsys):
    """The daemon is killed under load again and again, and knows every anchor afterwards."""
    known = anchors()
    for name, (_, code, said) in known.items():
        assert code == libvirt.VIR_ERR_OPERATION_UNSUPPORTED and "anchors the CMDQV" in said, (name, said)
    clients = [Client(f"kill {i}") for i in range(CLIENTS)]
    for client in clients:
        client.start()
    moments, begin = random.Random(1), time.monotonic()
    for number in range(KILLS):
        time.sleep(moments.uniform(0, 0.5))
        pid = int(Path("/run/libvirtd.pid").read_text())
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: is_removed(pid), "it lives", 10)
        DAEMON.disconnect()
        DAEMON.start("module")
        assert anchors() == known, f"after kill {number + 1}"
    for client in clients:
        client.ended = True
    for client in clients:
        client.join(60)
        assert not client.is_alive() and client.failure is None, client.failure
    outcomes = sum((client.outcomes for client in clients), Counter())
    with capsys.disabled():
        print(f"\n  {KILLS} kills in {time.monotonic() - begin:.0f} s, during {sum(outcomes.values())} calls; "
              f"{len(known)} anchors known after each")
    assert outcomes["refused"] > KILLS
