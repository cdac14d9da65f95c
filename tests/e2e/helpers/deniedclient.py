"""Run by test_gate.py as another user: so many clients make each call at one time, or all of them, and it prints
libvirt's answers and the time that they took, as JSON.
"""
import json
import sys
import threading
import time
from pathlib import Path

import libvirt
import libvirt_qemu

sys.path.append(str(Path(__file__).resolve().parent.parent))
from conftest import URI, said_by                                                   # noqa: E402
from domains import ALL_GIVEN, GPU_A, GPU_B, GPU_C, VF_A, domain, hostdev, interface, smmu, snapshot # noqa: E402
from guardedcalls import CALLS, RUNNING, UUIDS                                      # noqa: E402
from migration import OFFLINE, ON_SOURCE, PERSIST, Incoming, cookie, way            # noqa: E402
from verbs import ANCHORS_URI, CONFIG, ELEMENT, LIVE, REDEFINE, qmp                 # noqa: E402

BOTH = LIVE | CONFIG
SOUND = domain("g1", smmu(**ALL_GIVEN), hostdev(GPU_A, 2), hostdev(GPU_B, 3), uuid=UUIDS["g1"])
# A user's own emulator, which leaves a file if it is run.
PROBE = Path("/opt/probe/qemu-system-aarch64")
RAN = Path("/run/probed/ran")
PROBED = domain("g5", smmu(**ALL_GIVEN), hostdev(GPU_C, 2), uuid=UUIDS["g5"], emulator=PROBE)
REFERENCE = {"what the module has no part in": ("g4", lambda c, d, f: d.suspend())}
PROBING = {
    "defineXML with an emulator": ("g1", lambda c, d, f: c.defineXML(PROBED)),
    "createXML with an emulator": ("g1", lambda c, d, f: c.createXML(PROBED)),
    "virConnectDomainXMLToNative with an emulator": ("g1", lambda c, d, f: c.domainXMLToNative("qemu-argv", PROBED, 0)),
    "snapshotCreateXML with an emulator": ("g4", lambda c, d, f: d.snapshotCreateXML(snapshot(PROBED), REDEFINE)),
    "checkpointCreateXML with an emulator": ("g4", lambda c, d, f: d.checkpointCreateXML(
        f"<domaincheckpoint><name>c1</name>{PROBED}</domaincheckpoint>", libvirt.VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE)),
}
PREPARE = [f"virDomainMigratePrepare{kind}" for kind in ("2", "3", "3Params", "Tunnel", "Tunnel3", "Tunnel3Params")]


FINISH = ["virDomainMigrateFinish3", "virDomainMigrateFinish3Params"]


def prepare(function, xml):
    with Incoming() as client:
        return client.prepare(function, xml, way(function))


def finish(function):
    with Incoming() as client:
        return client.finish(function, "g1", cookie("g1", UUIDS["g1"], RUNNING), OFFLINE | PERSIST)


def leave(function, xml):
    with Incoming() as client:
        return client.leave(function, "g1", xml, OFFLINE | PERSIST)


# A text with a number at which libvirt ends, at each call that takes one; libvirt reads it before it asks for rights in the first.
FATAL = RUNNING.replace("<vcpu>1</vcpu>", "<vcpu current='1'>4294967295</vcpu>")
IN_CELLS = FATAL.replace("<memory unit='MiB'>64</memory>", "").replace(
    "<os>", "<cpu><numa><cell id='0' cpus='0' memory='64' unit='MiB'/></numa></cpu><os>")
FATAL_DEVICE = "<controller type='pci' index='2147483647' model='pcie-root-port'/>"
FATAL_CALLS = {
    "define": ("g1", lambda c, d, f: c.defineXML(FATAL)),
    "define with flags": ("g1", lambda c, d, f: c.defineXMLFlags(FATAL, 0)),
    "define with validation": ("g1", lambda c, d, f: c.defineXMLFlags(FATAL, libvirt.VIR_DOMAIN_DEFINE_VALIDATE)),
    "define with its memory in cells": ("g1", lambda c, d, f: c.defineXML(IN_CELLS)),
    "create": ("g1", lambda c, d, f: c.createXML(FATAL, 0)),
    **{function: ("g1", lambda c, d, f, function=function: prepare(function, FATAL)) for function in PREPARE},
    **{function: ("g1", lambda c, d, f, function=function: leave(function, FATAL)) for function in ON_SOURCE},
    "native": ("g1", lambda c, d, f: c.domainXMLToNative("qemu-argv", FATAL, 0)),
    "snapshot": ("g4", lambda c, d, f: d.snapshotCreateXML(snapshot(FATAL), 0)),
    "snapshot that is there": ("g4", lambda c, d, f: d.snapshotCreateXML(snapshot(FATAL), REDEFINE)),
    "checkpoint": ("g4", lambda c, d, f: d.checkpointCreateXML(f"<domaincheckpoint><name>c1</name>{FATAL}</domaincheckpoint>",
                                                               libvirt.VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE)),
    "save": ("g1", lambda c, d, f: d.saveFlags("/run/never.save", FATAL, 0)),
    "edit of a saved image": ("g1", lambda c, d, f: c.saveImageDefineXML("/run/precedence.save", FATAL, 0)),
    "edit of a managed save": ("g4", lambda c, d, f: d.managedSaveDefineXML(FATAL, 0)),
    "restore": ("g1", lambda c, d, f: c.restoreFlags("/run/precedence.save", FATAL, 0)),
    **{f"{verb}, {flags}": ("g1", lambda c, d, f, verb=verb, flags=flags: getattr(d, f"{verb}DeviceFlags")(FATAL_DEVICE, flags))
       for verb in ("attach", "detach", "update") for flags in (LIVE, CONFIG)},
}
OF_MANAGED_SAVE = {
    "managedSaveGetXMLDesc": lambda c, d, f: d.managedSaveGetXMLDesc(0),
    "managedSaveDefineXML of what has no SMMU": lambda c, d, f: d.managedSaveDefineXML(domain("g4", uuid=UUIDS["g4"]), 0),
    "start from a managed save": lambda c, d, f: d.create(),
}
DENIED_REVERT = {"revertToSnapshot": ("g1", lambda c, d, f: d.revertToSnapshot(d.snapshotLookupByName("s1"), 0))}

# Calls of a client without the right to any of them; another client holds g1 meanwhile.
DENIED_CALLS = {
    **{name: (who or "g1", do) for name, (who, do) in CALLS.items() if name != "revertToSnapshot"},
    "detach config of the held one": ("g1", lambda c, d, f: d.detachDeviceFlags(hostdev(GPU_A), CONFIG)),
    "detach current of the held one": ("g1", lambda c, d, f: d.detachDeviceFlags(hostdev(GPU_A), 0)),
    "attach both to the held one": ("g1", lambda c, d, f: d.attachDeviceFlags(hostdev(GPU_C, 4), BOTH)),
    "update the held one": ("g1", lambda c, d, f: d.updateDeviceFlags(interface(VF_A, 3), CONFIG)),
    "define the held one": ("g1", lambda c, d, f: c.defineXML(RUNNING)),
    "create the held one": ("g1", lambda c, d, f: c.createXML(RUNNING)),
    "start the held one": ("g1", lambda c, d, f: d.create()),
    "snapshot of the held one": ("g1", lambda c, d, f: d.snapshotCreateXML(snapshot(RUNNING), REDEFINE)),
    "metadata of the held one": ("g1", lambda c, d, f: d.metadata(ELEMENT, ANCHORS_URI, LIVE)),
    **{name: ("g4", do) for name, do in OF_MANAGED_SAVE.items()},
    "what the monitor of the held one would take": ("g1", lambda c, d, f: libvirt_qemu.qemuMonitorCommand(d, qmp("query-status"), 0)),
    **{function: ("g1", lambda c, d, f, function=function: prepare(function, RUNNING)) for function in PREPARE},
    **{function: ("g1", lambda c, d, f, function=function: finish(function)) for function in FINISH},
    **{function: ("g1", lambda c, d, f, function=function: leave(function, RUNNING)) for function in ON_SOURCE},
    **REFERENCE, **PROBING, **DENIED_REVERT,
}
OF_A_FATAL_NUMBER = {f"a fatal number: {name}" for name in FATAL_CALLS}
# One or two of each kind.
FAMILIES = {"detachDevice", "detachDeviceAlias", "attachDeviceFlags live", "attachDeviceFlags config", "detach config of the held one",
            "update the held one", "qemuMonitorCommand", "start the held one", "define the held one", "create the held one", "restore",
            "snapshotCreateXML", "setMetadata", "metadata of the held one", "virDomainMigratePrepare3Params", "virDomainMigratePrepareTunnel3",
            "virDomainMigrateBegin3Params",
            *REFERENCE}
DENIED_CALLS.update({f"a fatal number: {name}": call for name, call in FATAL_CALLS.items()})


def make(conn, dom, name, start, said):
    start.wait()
    begin = time.monotonic()
    answer = said_by(DENIED_CALLS[name][1], conn, dom, 0)
    said.append((name, answer, begin, time.monotonic()))


def client(names, start, said, together):
    """One call after the other, or each in a thread of its own."""
    conn = libvirt.open(URI)
    doms = {who: conn.lookupByName(who) for who in {DENIED_CALLS[name][0] for name in names}}
    calls = [threading.Thread(target=make, args=(conn, doms[DENIED_CALLS[name][0]], name, start, said)) for name in names]
    for call in calls:
        call.start()
        if not together:
            call.join()
    for call in calls:
        call.join()


def seconds(said):
    return max(end for *_, end in said) - min(begin for *_, begin, _ in said)


def main():
    count, together, names = int(sys.argv[1]), sys.argv[2] == "together", sys.argv[3:]
    said, start = [], threading.Barrier(count * (len(names) if together else 1), timeout=100)
    clients = [threading.Thread(target=client, args=(names, start, said, together)) for _ in range(count)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    answers = {}
    for name in names:
        mine = [one for one in said if one[0] == name]
        assert len(mine) == count, f"{name}: {len(mine)} of {count} clients"
        answers[name] = [one[1] for one in mine], seconds(said if together else mine)
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
