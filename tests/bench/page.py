"""Runs the benchmarks and writes their output: page.py PAGE.rst PREFIX..., inside a lab root.

PREFIX, if given, is put before each command, for instance to give it priority over other work.
"""
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
BENCH = "/build/tests/bench/decision_bench"
PARTS = (
    ("Each guarded call, with the module and without",
     "Two libvirtd of the same build run side by side in a lab root, one with the module, and each call is made on both in turn, "
     "as a client sees it, through libvirt's RPC. In every other round they change roles, in every other pair the order. ``stock`` "
     "and ``module`` are medians; ``more`` is the median difference within a pair, averaged over roles and orders. A call "
     "with 'not there' or 'refused' in its name fails at its end, so that little but the call itself is measured; calls that start or stop "
     "something are made fewer times. Rows that are over their limit are measured for as many rounds again, and all pairs count. "
     "The limits: 3 % or 20 us, the larger of the two; 10 % for a define with CMDQV; and a refused detach may not take longer than a "
     "refusal by the real QEMU.",
     ["python3", "-B", HERE / "paired.py"]),
    ("From a mistake to its message", "A domain with ``cmdqv='on'`` and no device to anchor it; median of several.",
     ["python3", "-B", HERE / "mistake.py"]),
    ("The tool", "Whole processes, median of several. For ``anchors``, libvirt's test driver has a thousand running domains, and a "
     "process for each has the command line that libvirt builds for such a domain.", ["python3", "-B", HERE / "tool.py"]),
    ("A decision, and how it grows",
     "The module's own work without libvirt, processor time, best of 25 rounds, beside a bare parse of the same text by libxml2.",
     [BENCH, HERE / "twenty-devices.xml"]),
)
HEAD = """==========
Benchmarks
==========

Printed by ``tests/bench/run``, {when}, with {what}. {where}
The programs themselves say in their first lines how they measure.
"""


def output_of(*command):
    return subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, text=True, check=False).stdout.strip()


def machine():
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "unknown processor")
    return f"The machine: {output_of('nproc')} processors ({model}), Linux {output_of('uname', '-r').split('-')[0]}, a virtual machine."


def main():
    page, prefix = Path(sys.argv[1]), sys.argv[2:]
    text = HEAD.format(when=datetime.now(timezone.utc).strftime("%Y-%m-%d"),
                       what=output_of("libvirtd", "--version").replace("libvirtd (libvirt)", "libvirt"), where=machine())
    failed = 0
    for title, how, command in PARTS:
        print(f"== {title}\n", flush=True)
        done = subprocess.run([*prefix, *(str(c) for c in command)], stdout=subprocess.PIPE, text=True, check=False)
        failed += done.returncode != 0
        print(done.stdout, flush=True)
        body = "\n".join(f"  {line}".rstrip() for line in done.stdout.splitlines())
        text += f"\n{title}\n{'=' * len(title)}\n\n{how}\n\n::\n\n{body}\n"
    page.write_text(text)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
