#!/usr/bin/python3
"""The devices that a guest's firmware finds on the PCI buses of a domain.

  firmware.py TABLE [NAME...]

Starts each case of tests/qemuxml2argvdata that is accepted, or those named, and
each domain of docs/examples, on the real QEMU without acceleration, until its
firmware (edk2) has numbered the buses and looked for something to boot.  Then
QEMU says which devices can be reached.  Writes the result to TABLE, prints a
line for each case, and exits with 0 only if each device is seen.

The machine is that of NAME.args: its PCI controllers, its SMMUs and its
devices.  Not as there: a hostdev is a pci-testdev in its place, an SMMU is not
accelerated, as QEMU takes only vfio-pci behind one that is, and the memory is
small.  A case with a warning of its bus numbers (NAME.warn) is expected to have
devices that are not seen.
"""
import concurrent.futures
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
CASES = TOP / "tests/qemuxml2argvdata"
EXAMPLES = TOP / "docs/examples"
QEMU = "/usr/bin/qemu-system-aarch64"
FIRMWARE = "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"
# The message of the firmware when it has looked for something to boot, on any device.
ENDED = b"BdsDxe:"
LIMIT = 240
KEPT = ("-machine", "-cpu", "-global", "-netdev", "-object", "-device")
OBJECTS_LEFT_OUT = ("iommufd", "secret", "monitor-qmp", "memory-backend-ram", "memory-backend-file")
# The message of the rule root-wants-bus-numbers for a case that breaks it.
WARNS = "the guest does not see the devices on the last of these buses"


class Unfit(Exception):
    """Why a domain cannot be started so."""


def command_line(text):
    """Options with their values, as of libvirt's command line."""
    words = shlex.split(text.replace("\\\n", " "))
    while words and re.match(r"[A-Z_]+=", words[0]):
        words.pop(0)
    if not words or not words[0].endswith("qemu-system-aarch64"):
        raise Unfit("another machine than Arm's: no SMMU")
    if "pflash0" not in text and "-bios" not in words:
        raise Unfit("no firmware")
    pairs, rest = [], words[1:]
    while rest:
        option = rest.pop(0)
        pairs.append((option, rest.pop(0) if rest and not rest[0].startswith("-") else None))
    return pairs


def properties(value):
    """Those of a -device or -object, in either form."""
    if value.startswith("{"):
        return json.loads(value)
    kind, *others = value.split(",")
    return {"driver": kind, **dict(pair.split("=", 1) for pair in others)}


def in_place_of(device):
    """The device that is started in place of this one."""
    if device["driver"].startswith("vfio-pci"):
        return {"driver": "pci-testdev", **{k: device[k] for k in ("id", "bus", "addr", "multifunction") if k in device}}
    if device["driver"] == "arm-smmuv3":
        return {k: device[k] for k in ("driver", "id", "primary-bus") if k in device}
    return device


class Machine:
    """One domain: the arguments of QEMU, and the devices behind a vSMMU."""

    def __init__(self, text):
        self.arguments = ["-m", "512", "-nodefaults", "-no-user-config", "-display", "none", "-accel", "tcg", "-bios", FIRMWARE]
        self.devices, self.smmus = [], set()
        for option, value in command_line(text):
            if option in KEPT:
                self.add(option, value)
        self.above = {d["id"]: d.get("bus", "pcie.0") for d in self.devices if "id" in d}
        on_pci = [d for d in self.devices if d["driver"] != "arm-smmuv3" and "id" in d and self.is_pci(d)]
        self.behind = sorted(d["id"] for d in on_pci if self.root_above(d["id"]) in self.smmus and d["driver"] != "pxb-pcie")
        self.elsewhere = sorted({d["id"] for d in on_pci} - set(self.behind))

    def add(self, option, value):
        if option == "-machine":
            value = re.sub(r",(memory-backend|pflash\d)=[^,]*", "", value)
        elif option == "-object" and properties(value).get("qom-type") in OBJECTS_LEFT_OUT:
            return
        elif option == "-device":
            device = in_place_of(properties(value))
            self.devices.append(device)
            if "primary-bus" in device:
                self.smmus.add(device["primary-bus"])
            value = json.dumps(device)
        self.arguments += [option, value]

    def is_pci(self, device):
        return device["driver"] == "pxb-pcie" or device.get("bus", "pcie.0") == "pcie.0" or device["bus"] in self.above

    def root_above(self, name):
        """The bus of an expander is one of its own, not of the bus that the expander is on."""
        drivers = {d["id"]: d["driver"] for d in self.devices if "id" in d}
        while name in self.above and drivers[name] != "pxb-pcie":
            name = self.above[name]
        return name

    def missing(self, seen):
        return sorted(set(self.behind + self.elsewhere) - seen)

    def key(self):
        return json.dumps(self.arguments)


class Guest:
    """A machine that runs."""

    def __init__(self, machine, folder):
        self.console = Path(folder, "console")
        self.errors = Path(folder, "errors")
        self.socket, theirs = socket.socketpair()
        with self.errors.open("wb") as errors, theirs:
            self.process = subprocess.Popen(
                [QEMU, *machine.arguments, "-serial", f"file:{self.console}", "-chardev", f"socket,id=qmp,fd={theirs.fileno()}",
                 "-object", "monitor-qmp,id=monitor,chardev=qmp"],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, pass_fds=[theirs.fileno()])
        self.qmp = self.socket.makefile("rw")
        self.qmp.readline()
        self.ask("qmp_capabilities")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.socket.close()

    def ask(self, command):
        self.qmp.write(json.dumps({"execute": command}) + "\n")
        self.qmp.flush()
        for line in self.qmp:
            answer = json.loads(line)
            if "return" in answer or "error" in answer:
                return answer["return"]
        raise Unfit(f"QEMU ended: {self.errors.read_text()}")

    def wait(self):
        end = time.monotonic() + LIMIT
        while ENDED not in (self.console.read_bytes() if self.console.exists() else b""):
            if self.process.poll() is not None or time.monotonic() > end:
                raise Unfit(f"the firmware did not come to its end: {self.errors.read_text()}")
            time.sleep(0.1)


def reached(devices, found):
    """Adds the ids of the devices that the firmware has numbered, and that have memory."""
    for device in devices:
        found.add(device["qdev_id"])
        bridge = device.get("pci_bridge")
        if not bridge:
            continue
        window = bridge["bus"]["memory_range"]
        if window["base"] < window["limit"]:
            reached(bridge.get("devices", []), found)
    return found


def boot(machine):
    """The ids of the devices that the guest sees."""
    with tempfile.TemporaryDirectory() as folder, Guest(machine, folder) as guest:
        guest.wait()
        found = set()
        for bus in guest.ask("query-pci"):
            reached(bus["devices"], found)
    return found


def accepted():
    """Names of the cases that keep all rules, or break one that only warns."""
    return sorted(p.stem for p in CASES.glob("*.xml") if not p.with_suffix(".err").exists())


def warned(name):
    path = CASES / f"{name}.warn"
    return path.exists() and WARNS in path.read_text()


class Result:
    """The result for one domain."""

    def __init__(self, name, boots):
        self.name = name
        self.behind = self.elsewhere = "\\-"
        try:
            machine = Machine(text_of(name))
        except Unfit as e:
            self.said, self.good = f"not started: {e}", True
            return
        try:
            seen = boots.seen(machine)
        except Unfit as e:
            self.said, self.good = str(e), False
            return
        missing = machine.missing(seen)
        self.behind, self.elsewhere = (f"{len(set(ids) & seen)} of {len(ids)}" for ids in (machine.behind, machine.elsewhere))
        self.said = f"not seen: {', '.join(missing)}" if missing else "all seen"
        self.good = bool(missing) == warned(name)
        if missing and self.good:
            self.said += " (and a rule warns of it)"

    def row(self):
        return "\n".join([f"   * - ``{self.name}``", f"     - {self.behind}", f"     - {self.elsewhere}", f"     - {self.said}"])


class Boots:
    """Each machine is started once: many cases differ in parts that the firmware does not see."""

    def __init__(self):
        self.futures, self.lock = {}, threading.Lock()
        self.pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())

    def seen(self, machine):
        with self.lock:
            if machine.key() not in self.futures:
                self.futures[machine.key()] = self.pool.submit(boot, machine)
        return self.futures[machine.key()].result()


# The parts of an example that depend on the host, and its firmware, which a lab's libvirt does not find by itself.
FOR_ANY_HOST = (("type='kvm'", "type='qemu'"), ("<cpu mode='host-passthrough'/>", "<cpu mode='custom'><model>cortex-a57</model></cpu>"), ("<hugepages/>", ""), (" firmware='efi'", ""),
                ("</type>", "</type><loader readonly='yes' type='pflash' stateless='yes'>/usr/share/AAVMF/AAVMF_CODE.fd</loader>"))


def text_of(name):
    """The command line of a case, or the one that the running libvirt makes of an example."""
    if name.endswith(".xml"):
        text = (EXAMPLES / name).read_text()
        for before, after in FOR_ANY_HOST:
            text = text.replace(before, after)
        return subprocess.run(["virsh", "-q", "domxml-to-native", "qemu-argv", "--xml", "/proc/self/fd/0"], input=text,
                              check=True, capture_output=True, text=True).stdout
    path = CASES / f"{name}.args"
    if not path.exists():
        raise Unfit("libvirt makes no command line of it")
    return path.read_text()


INTRODUCTION = """\
==================================
PCI devices for a guest's firmware
==================================

.. Written by tests/firmware/run --update; do not edit.

The domains in *tests/qemuxml2argvdata* that are accepted, and those in *docs/examples*. Each runs on {version} until its
firmware (edk2) has numbered the PCI buses. A pci-testdev replaces each host device, and the SMMUs are not accelerated. The
guest sees a device if its bus has a number and the ports above it have memory for it. Ports count as devices.

{count} domains, {machines} different machines. {good} domains have the expected result: the guest sees each device, or a rule warns that
it does not, or the domain cannot be started in this way (the table has the reason).

.. list-table::
   :header-rows: 1
   :widths: 30 15 15 40

   * - domain
     - behind a vSMMU
     - elsewhere
     - result
"""


def main():
    table, names = sys.argv[1], sys.argv[2:] or accepted() + sorted(p.name for p in EXAMPLES.glob("*.xml"))
    boots, results = Boots(), []
    with concurrent.futures.ThreadPoolExecutor(2 * os.cpu_count()) as pool:
        for r in pool.map(lambda name: Result(name, boots), names):
            print(f"{r.name:44} {r.behind:8} {r.elsewhere:8} {r.said}", flush=True)
            results.append(r)
    good = sum(r.good for r in results)
    version = subprocess.run([QEMU, "--version"], check=True, capture_output=True, text=True).stdout.split(" (")[0].replace("emulator version ", "")
    with open(table, "w", encoding="utf-8") as f:
        f.write(INTRODUCTION.format(version=version, count=len(results), machines=len(boots.futures), good=good))
        f.writelines(r.row() + "\n" for r in results)
    print(f"{good} passed, {len(results) - good} failed, 0 skipped")
    return 0 if good == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
