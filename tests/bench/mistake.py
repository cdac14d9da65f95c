"""How long it takes from a mistake to its message: mistake.py, inside a lab root.

The mistake is a domain with cmdqv='on' and no device to anchor it.  Stock
libvirt defines it, and reports the mistake when it is started; with the module
the define reports it.
"""
import statistics
import sys
from pathlib import Path

import libvirt

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / folder) for folder in ("e2e", "e2e/helpers")]
from twins import clock                                                     # noqa: E402
from conftest import DAEMON, said_by                                        # noqa: E402
from domains import domain, smmu                                            # noqa: E402

MISTAKE = domain("mistake", smmu(), uuid="00000000-0000-4000-8000-000000000001")


def stock():
    DAEMON.conn.defineXML(MISTAKE).create()


def main():
    taken = {}
    for mode, call, times in (("stock", stock, 9), ("bare", lambda: DAEMON.conn.defineXML(MISTAKE), 100)):
        DAEMON.start(mode)
        DAEMON.clean()
        taken[mode] = statistics.median(clock(call) for _ in range(times)) / 1000, said_by(call)
        DAEMON.clean()
    DAEMON.stop()
    for name, mode in (("stock libvirt, define and start", "stock"), ("with the module, define", "bare")):
        milliseconds, (_, _, message) = taken[mode]
        print(f"{name:<40}{milliseconds:>9.1f} ms")
        print(f"    {message[:110].strip()}{'...' if len(message) > 110 else ''}")
    return 0 if taken["bare"][0] < taken["stock"][0] else 1


if __name__ == "__main__":
    libvirt.registerErrorHandler(lambda *_: None, None)
    sys.exit(main())
