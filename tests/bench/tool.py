"""The time that virt-cmdqv takes: tool.py, inside a lab root.

Whole processes, from their start to their end, as a shell or a pipeline sees
them.  `anchors` is given a thousand running domains: libvirt's test driver has
the domains, and a process for each, which only waits, has the command line that
libvirt builds for such a domain (standin.c).  The tool takes the test driver for
the system's daemon, whose pid files it then reads (testdriver.c).
"""
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOOL = "/usr/bin/virt-cmdqv"
STATE = Path("/run/libvirt/qemu")
DOMAINS = 1000


def clock(command, times, status=0):
    """Milliseconds of a process, and its last output."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter_ns()
        done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        taken.append((time.perf_counter_ns() - begin) / 1e6)
        assert done.returncode == status, done.stdout[-2000:]
    return statistics.median(taken), done.stdout


def report(name, measured, limit=None):
    over = limit is not None and measured > limit
    said = "" if limit is None else f"   limit {limit} ms   {'OVER' if over else 'ok'}"
    print(f"{name:<62}{measured:>9.1f} ms{said}")
    return over


def validate():
    domain = HERE / "twenty-devices.xml"
    files = [Path(f"/var/tmp/bench-validate/{i}.xml") for i in range(DOMAINS)]
    files[0].parent.mkdir(exist_ok=True)
    for file in files:
        file.write_text(domain.read_text())
    one, _ = clock([TOOL, "validate", domain], 50)
    many, _ = clock([TOOL, "validate", *files], 5)
    return [report("virt-cmdqv --version", clock([TOOL, "--version"], 50)[0]),
            report("virt-cmdqv validate, a domain of 20 devices", one, 15),
            report(f"virt-cmdqv validate, {DOMAINS} such files in one call", many, 2000)]


def uuid(number):
    return f"00000000-0000-4000-8000-{number:012d}"


def running(number):
    """A domain of the test driver."""
    return (f"<domain type='test'><name>d{number}</name><uuid>{uuid(number)}</uuid><memory>65536</memory>"
            "<os><type arch='aarch64' machine='virt'>hvm</type></os><devices>"
            "<controller type='pci' index='0' model='pcie-root'/>"
            "<controller type='pci' index='1' model='pcie-expander-bus'><target busNr='252'/><alias name='pci.1'/></controller>"
            "<controller type='pci' index='2' model='pcie-root-port'><alias name='pci.2'/>"
            "<address type='pci' domain='0' bus='1' slot='0' function='0'/></controller>"
            "<iommu model='smmuv3'><driver pciBus='1' accel='on' cmdqv='on'/><alias name='iommu0'/></iommu>"
            "<hostdev mode='subsystem' type='pci' managed='no'><driver iommufd='yes'/><source><address domain='9' bus='1' slot='0' "
            "function='0'/></source><alias name='ua-gpu'/><address type='pci' domain='0' bus='2' slot='0' function='0'/></hostdev>"
            "</devices></domain>")


def command_line(number):
    devices = ({"driver": "pxb-pcie", "bus_nr": 252, "id": "pci.1", "bus": "pcie.0"},
               {"driver": "pcie-root-port", "id": "pci.2", "bus": "pci.1", "addr": "0x0"},
               {"driver": "arm-smmuv3", "primary-bus": "pci.1", "id": "iommu0", "accel": True, "cmdqv": "on"},
               {"driver": "vfio-pci", "id": "ua-gpu", "iommufd": "iommufd0", "fd": "19", "bus": "pci.2", "addr": "0x0"})
    return ["qemu-system-aarch64", "-name", f"guest=d{number}", "-machine", "virt,usb=off", "-uuid", uuid(number),
            *(word for device in devices for word in ("-device", json.dumps(device)))]


def anchors():
    standin, driver, node = Path("/var/tmp/bench-standin"), Path("/var/tmp/bench-testdriver.so"), Path("/var/tmp/bench-node.xml")
    uri = f"test://{node}"
    subprocess.run(["gcc", "-O2", "-static", "-o", standin, HERE / "standin.c"], check=True)
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", f'-DBENCH_URI="{uri}"', "-o", driver, HERE / "testdriver.c"], check=True)
    node.write_text(f"<node>{''.join(running(i) for i in range(DOMAINS))}</node>")
    STATE.mkdir(parents=True, exist_ok=True)
    pids = [os.posix_spawn(standin, command_line(i), {}) for i in range(DOMAINS)]
    try:
        for number, pid in enumerate(pids):
            (STATE / f"d{number}.pid").write_text(f"{pid}\n")
        listed, _ = clock(["virsh", "-q", "-c", uri, "list"], 5)
        taken, printed = clock(["env", f"LD_PRELOAD={driver}", TOOL, "-c", "qemu:///system", "anchors", "--json"], 5)
    finally:
        for number, pid in enumerate(pids):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            (STATE / f"d{number}.pid").unlink()
    rows = json.loads(printed)
    assert len(rows) == DOMAINS and all(row["anchor"] == "ua-gpu" and row["source"] == "argv" for row in rows), rows[:3]
    report(f"virsh list, {DOMAINS} running domains (libvirt's part)", listed)
    return [report(f"virt-cmdqv anchors, {DOMAINS} running domains", taken)]


if __name__ == "__main__":
    sys.exit(1 if any([*validate(), *anchors()]) else 0)
