"""What the module costs in libvirtd: bench.py [ROUNDS [CALLS]], inside a lab root.

The same daemon is started by turns without and with the module, in the order
ABBA, so that what changes slowly on the machine falls on both.  In each turn
each call is made CALLS times in a row, as a client sees it, through libvirt's
RPC.  A turn's value is its median; the table shows the median over the turns,
and the median of the differences between the two turns of a pair.

  * For a domain without a vSMMU a guarded call may cost 3 % or 20 us more,
    whichever is more.  dumpxml is not guarded; its row shows the noise.
  * The refused detach of an anchor may cost no more than QEMU's own refusal on
    stock libvirt.  Here the stand-in for QEMU pronounces that one
    (tests/lab/qemu-standin); the last row shows what a real QEMU takes for
    refusing a device_del, without what libvirt does to get there.
"""
import statistics
import sys
import time
from pathlib import Path

import libvirt
import libvirt_qemu

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from conftest import DAEMON                                                 # noqa: E402
from domains import GPU_A, GPU_B, OTHER_A, OTHER_B, domain, hostdev, smmu, x86_64   # noqa: E402

LIVE, CONFIG = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG
PLAIN = domain("plain", hostdev(GPU_A, 10), uuid="00000000-0000-4000-8000-000000000001")
IDLE = domain("idle", hostdev(GPU_B, 10), uuid="00000000-0000-4000-8000-000000000002")
GUARDED = domain("g1", smmu(), hostdev(OTHER_A, 2), hostdev(OTHER_B, 3), uuid="00000000-0000-4000-8000-000000000003")
X86 = x86_64("x86").replace("<name>", "<uuid>00000000-0000-4000-8000-000000000004</uuid><name>")
MISSING = "0009:02:00.0"
SHARE, LEAST = 0.03, 20


def calls(conn):
    """Name, what may be dearer than on stock libvirt (None: nothing is asked), and the call."""
    plain, idle, guarded, x86 = (conn.lookupByName(name) for name in ("plain", "idle", "g1", "x86"))
    here, away = hostdev(GPU_A), hostdev(MISSING)
    return [
        ("detach, live, not there", SHARE, lambda: plain.detachDeviceFlags(away, LIVE)),
        ("detach, config, not there", SHARE, lambda: plain.detachDeviceFlags(away, CONFIG)),
        ("detach, both, not there", SHARE, lambda: plain.detachDeviceFlags(away, LIVE | CONFIG)),
        ("detach, current, not there", SHARE, lambda: idle.detachDeviceFlags(away, 0)),
        ("detach without flags, not there", SHARE, lambda: plain.detachDevice(away)),
        ("detach by alias, not there", SHARE, lambda: plain.detachDeviceAlias("hostdev9", LIVE)),
        ("attach, live, there already", SHARE, lambda: plain.attachDeviceFlags(here, LIVE)),
        ("attach, config, there already", SHARE, lambda: plain.attachDeviceFlags(here, CONFIG)),
        ("update, config, not there", SHARE, lambda: plain.updateDeviceFlags(away, CONFIG)),
        ("define", SHARE, lambda: conn.defineXML(IDLE)),
        ("define, malformed", SHARE, lambda: conn.defineXML("<domain>")),
        ("create XML, running already", SHARE, lambda: conn.createXML(PLAIN)),
        ("start, running already", SHARE, plain.create),
        ("get metadata, none there", SHARE, lambda: plain.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, "urn:x")),
        ("get metadata, title", SHARE, lambda: plain.metadata(libvirt.VIR_DOMAIN_METADATA_TITLE, None)),
        ("set metadata, live", SHARE, lambda: plain.setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, "t", None, None, LIVE)),
        ("monitor command, query-status", SHARE, lambda: libvirt_qemu.qemuMonitorCommand(plain, '{"execute":"query-status"}', 0)),
        ("dumpxml (not guarded)", None, lambda: plain.XMLDesc(0)),
        ("detach of an anchor, live", 0, lambda: guarded.detachDeviceFlags(hostdev(OTHER_A), LIVE)),
        ("real QEMU: device_del refused", None,
         lambda: libvirt_qemu.qemuMonitorCommand(x86, '{"execute":"device_del","arguments":{"id":"nobody"}}', 0)),
    ]


def clock(call, count):
    """Median of the call in microseconds; it may fail, as most do here."""
    taken = []
    for _ in range(count):
        begin = time.perf_counter_ns()
        try:
            call()
        except libvirt.libvirtError:
            pass
        taken.append(time.perf_counter_ns() - begin)
    return statistics.median(taken) / 1000


def turn(mode, count):
    """One daemon: the median of each call."""
    DAEMON.start(mode)
    taken = {}
    for name, _, call in calls(DAEMON.conn):
        clock(call, max(count // 10, 1))        # the first calls read the configuration and fill caches
        taken[name] = clock(call, count)
    return taken


def verdict(share, stock, more):
    if share is None:
        return ""
    limit = max(share * stock, LEAST) if share else 0
    return "ok" if more <= limit else f"over by {more - limit:.0f} us"


def main():
    rounds, count = (int(value) for value in (*sys.argv[1:], *("10", "300")[len(sys.argv) - 1:]))
    DAEMON.start("stock")
    DAEMON.clean()
    for xml in (PLAIN, GUARDED, X86):
        DAEMON.run(xml)
    DAEMON.define(IDLE)
    rows = [(name, share) for name, share, _ in calls(DAEMON.conn)]
    pairs = []
    for i in range(rounds):
        order = ("stock", "bare") if i % 2 == 0 else ("bare", "stock")
        taken = {mode: turn(mode, count) for mode in order}
        pairs.append((taken["stock"], taken["bare"]))
    over = 0
    print(f"{rounds} pairs of turns, {count} calls in each; microseconds\n")
    print(f"{'call':<34}{'stock':>9}{'module':>9}{'more':>8}{'%':>8}")
    for name, share in rows:
        stock, module = (statistics.median(pair[i][name] for pair in pairs) for i in (0, 1))
        more = statistics.median(with_it[name] - without[name] for without, with_it in pairs)
        said = verdict(share, stock, more)
        over += said.startswith("over")
        print(f"{name:<34}{stock:>9.0f}{module:>9.0f}{more:>8.0f}{100 * more / stock:>8.1f}  {said}".rstrip())
    DAEMON.clean()
    DAEMON.stop()
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
