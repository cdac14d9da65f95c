"""The cost of the module in libvirtd, call by call: paired.py [ROUNDS [CALLS]], inside a lab root.

Two daemons run side by side (twins.py), one with the module and one without,
and each call is made on both in turn, as a client sees it, through libvirt's
RPC: other work of the machine affects both.  In every other round the twins
change roles, and in every other pair the order, so that differences of the twins
or of the places in the pair cancel out.  The table shows the median over
all calls, and the median difference within a pair, averaged over roles and
orders: each of the four has a median of its own, for of all together, in two
heaps, it would lie anywhere between.  Rows that are over their limit then are
measured for as many rounds again, and all pairs count.

  * For a domain without a vSMMU a guarded call may cost 3 % or 20 us more,
    the larger of the two.  isActive is not guarded: its row shows the noise.
  * The define of a domain with CMDQV whose addresses are given may cost 10 % more.
  * The refused detach of an anchor may take as long as QEMU's own refusal
    of a detach that libvirt requests from the real QEMU.

Every function that the ledger calls guarded has to have a row.
"""
import gc
import itertools
import statistics
import subprocess
import sys
from pathlib import Path

from twins import Twin, clock, quiet        # also finds the modules of tests/e2e
from calls import all_calls, prepare, undone

SHARE, LEAST, DEFINE_SHARE = 0.03, 20, 0.10
SLOW = 10           # calls that start something, or wait: so many times fewer
LEDGER = "/build/tests/ledger/print-ledger"
QEMU_REFUSES = "QEMU's own refusal of a detach"


class Taken:
    """The pairs of one row, by the roles of the twins and by the twin that was called first."""

    def __init__(self):
        self.pairs = {}

    def add(self, role, first, stock, module):
        self.pairs.setdefault((role, first), []).append((stock, module))

    def medians(self):
        return map(statistics.median, zip(*itertools.chain.from_iterable(self.pairs.values())))

    def more(self):
        """The time that the module adds, which is the median difference within a pair."""
        return statistics.mean(statistics.median(module - stock for stock, module in pairs) for pairs in self.pairs.values())


def measure(taken, role, stock, module, count):
    """Each row of two daemons that has a place in `taken`, in turn."""
    for without, with_it in zip(stock, module):
        if without.name not in taken:
            continue
        times = max(count // SLOW, 2) if without.slow else count
        for i in range(-max(times // 20, 1), times):        # the first calls read the configuration and fill caches
            order = (without, with_it) if i % 2 else (with_it, without)
            found = {}
            for one in order:
                found[one is with_it] = clock(one.call)
                undone(one)
            if i >= 0:
                taken[without.name].add(role, i % 2, found[False], found[True])


def limits(row, stock, refusal):
    """How many microseconds the module may add; None if it has no limit."""
    return {"plain": max(SHARE * stock, LEAST), "define": DEFINE_SHARE * stock, "refusal": refusal - stock, "none": None}[row.limit]


def verdicts(table, taken):
    """Each row with its limit, None if it has none, and whether it is over."""
    refusal, _ = taken[QEMU_REFUSES].medians()
    for row in table:
        stock, _ = taken[row.name].medians()
        limit = limits(row, stock, refusal)
        yield row, limit, limit is not None and taken[row.name].more() > limit


def names_over(table, taken):
    return [row.name for row, _, over in verdicts(table, taken) if over]


def report(table, taken):
    """Prints a table."""
    print(f"{'call':<44}{'stock':>9}{'module':>9}{'more':>8}{'%':>8}{'limit':>8}")
    for row, limit, over in verdicts(table, taken):
        stock, module = taken[row.name].medians()
        more = taken[row.name].more()
        verdict = "" if limit is None else f"{limit:>8.0f}  {'OVER' if over else 'ok'}"
        print(f"{row.name:<44}{stock:>9.0f}{module:>9.0f}{more:>8.1f}{100 * more / stock:>8.1f}{verdict}")


def guarded():
    """The functions that the ledger calls guarded."""
    printed = subprocess.run([LEDGER, "--rows"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return {line.split("\t")[1] for line in printed.splitlines() if line.split("\t")[2] == "guarded"}


def play(twins, folders, number, count, taken):
    """One round; returns its rows.  In the first, every row gets a place."""
    role = number % 2
    tables = [all_calls(twin.start(i == role), own) for i, (twin, own) in enumerate(zip(twins, folders))]
    if not taken:
        taken.update((row.name, Taken()) for row in tables[0])
    measure(taken, role, tables[1 - role], tables[role], count)
    return tables[0]


def paired(rounds, count, folder):
    """Returns the rows, their times, and the names of those that were measured for longer."""
    twins = [Twin("a"), Twin("b")]
    folders = [f"{folder}/{name}" for name in "ab"]
    for twin, own in zip(twins, folders):
        Path(own).mkdir(parents=True)
        prepare(twin.start(False), own)
    gc.disable()
    table, taken, again = [], {}, []
    for number in range(2 * rounds):
        if number == rounds:
            again = names_over(table, taken)
        if number < rounds or again:
            table = play(twins, folders, number, count, {name: taken[name] for name in again} if again else taken)
        gc.collect()
    for twin in twins:
        twin.end()
    return table, taken, again


def main():
    rounds, count = (int(value) for value in (*sys.argv[1:], *("4", "200")[len(sys.argv) - 1:]))
    table, taken, again = paired(rounds, count, "/var/tmp/paired")
    missing = guarded() - {name for row in table for name in row.functions}
    over = names_over(table, taken)
    print(f"{rounds} rounds of {count} pairs, of slow calls {max(count // SLOW, 2)}; microseconds; load {quiet():.1f}\n")
    report(table, taken)
    if again:
        print(f"\n{2 * rounds} rounds, since they were over the limit at first:", ", ".join(again))
    if missing:
        print("\nguarded, and not in the table:", ", ".join(sorted(missing)))
    if over:
        print("\nover the limit:", ", ".join(over))
    return 1 if missing or over else 0


if __name__ == "__main__":
    sys.exit(main())
