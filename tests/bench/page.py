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
     "Two libvirtd of the same build run side by side in a lab root, one of them with the module. A client makes each call on both, through "
     "libvirt's RPC: a *pair*. The daemons change roles in each round, and the order changes in each pair. ``stock`` and ``module`` are "
     "medians; ``more`` is the median difference within a pair, the mean over roles and orders. A call with a reason in its name, such "
     "as 'not there' or 'running already', fails at its end, so that the time is that of the call itself. Calls that start or stop something are made fewer times. A row that "
     "is over its limit is measured for as many rounds again, and all pairs count. ``limit`` is for ``more``: 3 % or 20 us, the larger of "
     "the two; 10 % for a define with CMDQV. The refused detach of an anchor may take as long as a refusal by the real QEMU.",
     ["python3", "-B", HERE / "paired.py"]),
    ("From a mistake to its message",
     "The time until the client gets the error, for a domain with ``cmdqv='on'`` and no device to anchor it. The times are medians.",
     ["python3", "-B", HERE / "mistake.py"]),
    ("The tool",
     "The time of a process from its start to its end, as a median. For ``anchors``, libvirt's test driver has a thousand running domains, and "
     "for each there is a process with the command line that libvirt builds for it.", ["python3", "-B", HERE / "tool.py"]),
    ("A decision, by the size of the domain",
     "The processor time of the module's own work, without libvirt, compared with a parse of the same text by libxml2. Each number is the "
     "best of 25 rounds. The second table has the times from the text to the verdict for domains of several sizes. An aim is no limit: a slow "
     "machine is no failure.",
     [BENCH, HERE / "twenty-devices.xml"]),
)
HEAD = """==========
Benchmarks
==========

Printed by ``tests/bench/run``, {when}, with {what}. {where}
The first lines of each program in *tests/bench* describe the measurement.
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
