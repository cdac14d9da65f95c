"""Questions to the monitor of a running QEMU.  The real QEMU answered them in tests/deep (answers.json); the stand-in is asked the same.

The domain has a vSMMU with CMDQV on bus 1, its anchor hostdev0 on bus 2, hostdev1 on bus 3, and free ports 4 and 5.  HOST is the
address of a device of the host that no domain has, and MINE that of hostdev1.
"""
import json
import threading
import time

import libvirt
import libvirt_qemu

from plain import plain

SECONDS = 60        # until a guest has released a device

WRONG_TYPES = {"a number": 1, "a boolean": True, "null": None, "a list": ["hostdev0"], "an object": {"id": "hostdev0"}}


def ask(command, **arguments):
    return {"execute": command, "arguments": arguments}


def vfio(**more):
    return {"driver": "vfio-pci", "host": "HOST", "id": "new", **more}


IOMMUFD = {"iommufd": "iommufd0"}
SIBLING = vfio(id="hostdev1", bus="pci.3", addr="0x0", **IOMMUFD) | {"host": "MINE"}

# By name.  The order matters: the later ones change the domain.
QUESTIONS = {
    "device_del of the anchor": ask("device_del", id="hostdev0"),
    "device_del of the anchor by its path": ask("device_del", id="/machine/peripheral/hostdev0"),
    "device_del of the anchor by a path in part": ask("device_del", id="peripheral/hostdev0"),
    "device_del of a device that is not there": ask("device_del", id="nothing"),
    "device_del of the vSMMU": ask("device_del", id="iommu0"),
    "device_del of nothing": ask("device_del"),
    "device_del without arguments": {"execute": "device_del"},
    "device_del with one too many": ask("device_del", id="hostdev0", force=True),
    **{f"device_del of {name}": ask("device_del", id=value) for name, value in WRONG_TYPES.items()},
    **{f"device_del with {name} for arguments": {"execute": "device_del", "arguments": value}
       for name, value in {**WRONG_TYPES, "a string": "hostdev0"}.items() if name != "an object"},
    **{f"device_add with {name} for a driver": ask("device_add", driver=value) for name, value in WRONG_TYPES.items()},
    "device_add with a list for a bus": ask("device_add", **vfio(bus=["pci.4"], **IOMMUFD)),
    "device_add without a driver": ask("device_add", id="new"),
    "device_add of a driver that is not there": ask("device_add", driver="nothing", id="new"),
    "device_add of an id that is there": ask("device_add", **vfio(id="hostdev1", bus="pci.4", **IOMMUFD)),
    "device_add on a bus that is not there": ask("device_add", **vfio(bus="pci.99", **IOMMUFD)),
    "device_add in a slot that is taken": ask("device_add", **vfio(bus="pci.3", addr="0x0", **IOMMUFD)),
    "device_add without iommufd": ask("device_add", **vfio(bus="pci.4", addr="0x0")),
    "device_add of an emulated device": ask("device_add", driver="virtio-rng-pci", id="new", bus="pci.4", addr="0x0"),
    "device_add of a vSMMU": ask("device_add", driver="arm-smmuv3", id="new", **{"primary-bus": "pci.6"}),
    "qom-get of cmdqv": ask("qom-get", path="/machine/peripheral/iommu0", property="cmdqv"),
    "qom-get with a number for a path": ask("qom-get", path=1, property="cmdqv"),
    "qom-get of a list": ask("qom-get", path="/machine/peripheral/iommu0", property=["cmdqv"]),
    "qom-list with a number for a path": ask("qom-list", path=1),
    "qom-set without a value": ask("qom-set", path="/machine/peripheral/hostdev0", property="realized"),
    "qom-set of realized to a string": ask("qom-set", path="/machine/peripheral/hostdev0", property="realized", value="off"),
    "object-del of the iommufd in use": ask("object-del", id="iommufd0"),
    "object-del of one that is not there": ask("object-del", id="nothing"),
    "object-del of a number": ask("object-del", id=1),
    "object-del of a list": ask("object-del", id=["iommufd0"]),
    "object-add of one that is there": ask("object-add", **{"qom-type": "iommufd", "id": "iommufd0"}),
    "object-add of a number": ask("object-add", **{"qom-type": "iommufd", "id": 1}),
    "object-add of a list": ask("object-add", **{"qom-type": ["iommufd"], "id": "new"}),
    "HMP device_del of the anchor": ask("human-monitor-command", **{"command-line": "device_del hostdev0"}),
    "HMP device_del of nothing": ask("human-monitor-command", **{"command-line": "device_del nothing"}),
    "HMP with a number": ask("human-monitor-command", **{"command-line": 1}),
    "HMP with a list": ask("human-monitor-command", **{"command-line": ["device_del hostdev0"]}),
    "HMP with nothing": ask("human-monitor-command"),
    "a command with a number for a name": {"execute": 1},
    "a command with a list for a name": {"execute": ["device_del"]},
    "a command without a name": {"arguments": {}},
    "an unknown command": ask("nothing"),
    "device_del out of band": {"exec-oob": "device_del", "arguments": {"id": "hostdev0"}},
    "a list out of band": {"exec-oob": ["device_del"]},
    "migrate to a number": ask("migrate", uri=1),
    "device_del of the sibling": ask("device_del", id="hostdev1"),
    "device_add of the sibling": ask("device_add", **SIBLING),
    "qom-set realized=false of the sibling": ask("qom-set", path="/machine/peripheral/hostdev1", property="realized", value=False),
    "qom-set realized=false of the anchor": ask("qom-set", path="/machine/peripheral/hostdev0", property="realized", value=False),
}
# Until this event the next question waits.
AWAITED = {"device_del of the sibling": "DEVICE_DELETED"}
EVENTS = ("DEVICE_DELETED", "DEVICE_UNPLUG_GUEST_ERROR", "GUEST_PANICKED")


def text_of(question, free, mine):
    return json.dumps(question).replace("HOST", free).replace("MINE", mine)


class Events:
    """The events of a domain's monitor, since the begin."""

    def __init__(self, uri, name):
        self.seen = []
        libvirt.virEventRegisterDefaultImpl()
        threading.Thread(target=self.listen, daemon=True).start()
        self.connection = libvirt.open(uri)
        libvirt_qemu.qemuMonitorEventRegister(self.connection, self.connection.lookupByName(name), None, self.note, None, 0)

    @staticmethod
    def listen():
        while True:
            libvirt.virEventRunDefaultImpl()

    def note(self, _connection, _domain, name, _seconds, _microseconds, details, _opaque):
        if name in EVENTS:
            self.seen.append([name, json.loads(details)])

    def after(self, count, awaited):
        """Those after the first ones; waits for one of this name, else for a moment."""
        end = time.monotonic() + (SECONDS if awaited else 0.5)
        while time.monotonic() < end and (not awaited or awaited not in [name for name, _ in self.seen[count:]]):
            time.sleep(0.1)
        return self.seen[count:]


def send(domain, text):
    try:
        answer = json.loads(libvirt_qemu.qemuMonitorCommand(domain, text, 0))
    except libvirt.libvirtError as e:
        return {"libvirt": e.get_error_message()}
    answer.pop("id", None)
    return json.loads(plain(json.dumps(answer)))


def ask_all(uri, name, free, mine):
    """By question, the answer and the events after it."""
    found, events = {}, Events(uri, name)
    domain = events.connection.lookupByName(name)
    for asked, question in QUESTIONS.items():
        count = len(events.seen)
        answer = send(domain, text_of(question, free, mine))
        found[asked] = {"answer": answer, "events": events.after(count, AWAITED.get(asked))}
    return found
