"""Every guarded call, on domains without a vSMMU and on such with one.

A row is a call that can be repeated: either it fails, and changes nothing, or
`undo` reverts its changes, outside the time that is taken.
"""
import contextlib
from dataclasses import dataclass
from typing import Callable, Optional

import libvirt
import libvirt_qemu

from domains import GPU_A, GPU_B, OTHER_A, OTHER_B, THIRD, domain, guest, hostdev, smmu
from migration import PERSIST, TUNNEL, Incoming, cookie, way

LIVE, CONFIG, INACTIVE = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG, libvirt.VIR_DOMAIN_XML_INACTIVE
TITLE, ELEMENT = libvirt.VIR_DOMAIN_METADATA_TITLE, libvirt.VIR_DOMAIN_METADATA_ELEMENT
REDEFINE = libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE
AGAIN = libvirt.VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE
STATUS = '{"execute":"query-status"}'
MISSING = "0009:02:00.0"
TRANSIENT = "transient"


def uuid(number):
    return f"00000000-0000-4000-8000-{number:012d}"


PLAIN = domain("plain", hostdev(GPU_A, 10), uuid=uuid(1))
IDLE = domain("idle", hostdev(GPU_B, 10), uuid=uuid(2))
WARNED = domain("guarded", smmu(), hostdev(OTHER_A, 2), hostdev(OTHER_B, 3), uuid=uuid(3))
GUARDED = WARNED.replace("<vcpu>", "<memoryBacking><hugepages/></memoryBacking><vcpu>")
SAVED = domain("saved", uuid=uuid(4))
TRANSIENT_XML = domain(TRANSIENT, uuid=uuid(5))
DISK = domain("disk", "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/tmp/none.qcow2'/>"
              f"<target dev='vda' bus='virtio'/>{guest(10)}</disk>", uuid=uuid(7))
NIC = f"<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/>{guest(10)}</interface>"
# The real QEMU, whose ports QEMU alone knows to be without hot-plug: it refuses every device_del itself.
REAL = domain("real", NIC, emulator="/usr/bin/qemu-system-aarch64", uuid=uuid(6),
              namespaces=" xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'").replace(
                  "</domain>", "<qemu:commandline><qemu:arg value='-global'/><qemu:arg value='pcie-root-port.hotplug=off'/>"
                  "</qemu:commandline></domain>")


@dataclass
class Row:
    """A call, and the limit of its extra time over stock libvirt."""
    name: str
    functions: tuple
    call: Callable
    undo: Optional[Callable] = None
    limit: str = "plain"
    slow: bool = False


def row(name, functions, call, undo=None, **more):
    return Row(name, tuple(functions.split()), call, undo, **more)


def prepare(conn, folder):
    """The domains, on a daemon without the module."""
    for xml in (PLAIN, WARNED):
        conn.defineXML(xml).create()
    conn.defineXML(REAL).createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
    idle = conn.defineXML(IDLE)
    idle.snapshotCreateXML(snapshot(idle.XMLDesc(INACTIVE)), REDEFINE)
    conn.defineXML(DISK).checkpointCreateXML(checkpoint(), AGAIN)
    saved = conn.defineXML(SAVED)
    saved.create()
    saved.saveFlags(f"{folder}/file", None, 0)
    saved.create()
    saved.managedSave()


def snapshot(xml):
    return ("<domainsnapshot><name>s</name><state>shutoff</state><creationTime>1700000000</creationTime>"
            f"<memory snapshot='no'/>{xml}</domainsnapshot>")


def checkpoint():
    return ("<domaincheckpoint><name>c</name><creationTime>1700000000</creationTime>"
            f"<disks><disk name='vda' checkpoint='bitmap' bitmap='c'/></disks>{DISK}</domaincheckpoint>")


def all_calls(conn, folder):
    plain, idle, guarded, saved, real = (conn.lookupByName(name) for name in ("plain", "idle", "guarded", "saved", "real"))
    here, away, more = hostdev(GPU_A), hostdev(MISSING), hostdev(THIRD, 11)
    file, other = f"{folder}/file", f"{folder}/other"
    idle_xml, saved_xml = idle.XMLDesc(INACTIVE), saved.XMLDesc(INACTIVE)
    old = idle.snapshotLookupByName("s")
    disk, arrival = conn.lookupByName("disk"), Incoming(conn.getURI().encode()).open()
    point = disk.checkpointLookupByName("c")
    return [
        row("detach, live, not there", "virDomainDetachDeviceFlags", lambda: plain.detachDeviceFlags(away, LIVE)),
        row("detach, config, not there", "virDomainDetachDeviceFlags", lambda: plain.detachDeviceFlags(away, CONFIG)),
        row("detach, both, not there", "virDomainDetachDeviceFlags", lambda: plain.detachDeviceFlags(away, LIVE | CONFIG)),
        row("detach, current, not there", "virDomainDetachDeviceFlags", lambda: idle.detachDeviceFlags(away, 0)),
        row("detach, config", "virDomainDetachDeviceFlags", lambda: idle.detachDeviceFlags(hostdev(GPU_B), CONFIG),
            lambda: idle.attachDeviceFlags(hostdev(GPU_B, 10), CONFIG)),
        row("detach, live", "virDomainDetachDeviceFlags", lambda: plain.detachDeviceFlags(here, LIVE),
            lambda: plain.attachDeviceFlags(hostdev(GPU_A, 10), LIVE), slow=True),
        row("detach without flags, not there", "virDomainDetachDevice", lambda: plain.detachDevice(away)),
        row("detach by alias, live, not there", "virDomainDetachDeviceAlias", lambda: plain.detachDeviceAlias("hostdev9", LIVE)),
        row("detach by alias, config, not there", "virDomainDetachDeviceAlias", lambda: plain.detachDeviceAlias("ua-9", CONFIG)),
        row("attach, live, there already", "virDomainAttachDeviceFlags", lambda: plain.attachDeviceFlags(here, LIVE)),
        row("attach, config, there already", "virDomainAttachDeviceFlags", lambda: plain.attachDeviceFlags(here, CONFIG)),
        row("attach, config", "virDomainAttachDeviceFlags", lambda: idle.attachDeviceFlags(more, CONFIG),
            lambda: idle.detachDeviceFlags(more, CONFIG)),
        row("attach, live", "virDomainAttachDeviceFlags", lambda: plain.attachDeviceFlags(more, LIVE),
            lambda: plain.detachDeviceFlags(more, LIVE), slow=True),
        row("attach without flags, there already", "virDomainAttachDevice", lambda: plain.attachDevice(here)),
        row("update, live, not there", "virDomainUpdateDeviceFlags", lambda: plain.updateDeviceFlags(away, LIVE)),
        row("update, config, not there", "virDomainUpdateDeviceFlags", lambda: plain.updateDeviceFlags(away, CONFIG)),
        row("define", "virDomainDefineXML", lambda: conn.defineXML(IDLE)),
        row("define with flags", "virDomainDefineXMLFlags",
            lambda: conn.defineXMLFlags(IDLE, libvirt.VIR_DOMAIN_DEFINE_VALIDATE)),
        row("define, malformed", "virDomainDefineXML", lambda: conn.defineXML("<domain>")),
        row("create XML, running already", "virDomainCreateXML virDomainCreateLinux", lambda: conn.createXML(PLAIN)),
        row("create XML with files, running already", "virDomainCreateXMLWithFiles", lambda: conn.createXMLWithFiles(PLAIN, [])),
        row("create XML", "virDomainCreateXML", lambda: conn.createXML(TRANSIENT_XML),
            lambda: conn.lookupByName(TRANSIENT).destroy(), slow=True),
        row("start, running already", "virDomainCreate", plain.create),
        row("start with flags, running already", "virDomainCreateWithFlags", lambda: plain.createWithFlags(0)),
        row("start with files, running already", "virDomainCreateWithFiles", lambda: plain.createWithFiles([])),
        row("start", "virDomainCreateWithFlags", lambda: idle.createWithFlags(0), idle.destroy, slow=True),
        row("save, not running", "virDomainSaveFlags", lambda: idle.saveFlags(other, idle_xml, 0)),
        row("save by parameters, not running", "virDomainSaveParams",
            lambda: idle.saveParams({"file": other, "dxml": idle_xml}, 0)),
        row("exchange XML of a saved state", "virDomainSaveImageDefineXML", lambda: conn.saveImageDefineXML(file, saved_xml, 0)),
        row("exchange XML of a managed save", "virDomainManagedSaveDefineXML", lambda: saved.managedSaveDefineXML(saved_xml, 0)),
        row("restore, no such file", "virDomainRestore", lambda: conn.restore(other)),
        row("restore with flags, no such file", "virDomainRestoreFlags", lambda: conn.restoreFlags(other, None, 0)),
        row("restore by parameters, no such file", "virDomainRestoreParams", lambda: conn.restoreParams({"file": other}, 0)),
        row("restore", "virDomainRestoreFlags", lambda: conn.restoreFlags(file, None, 0), saved.destroy, slow=True),
        row("redefine a snapshot", "virDomainSnapshotCreateXML", lambda: idle.snapshotCreateXML(snapshot(idle_xml), REDEFINE)),
        row("revert to a snapshot", "virDomainRevertToSnapshot", lambda: idle.revertToSnapshot(old)),
        row("get metadata, none there", "virDomainGetMetadata", lambda: plain.metadata(ELEMENT, "urn:x")),
        row("get metadata, title", "virDomainGetMetadata", lambda: plain.metadata(TITLE, None)),
        row("set metadata, live", "virDomainSetMetadata", lambda: plain.setMetadata(TITLE, "t", None, None, LIVE)),
        row("set metadata, config", "virDomainSetMetadata", lambda: plain.setMetadata(ELEMENT, "<x/>", "x", "urn:x", CONFIG)),
        row("monitor command", "virDomainQemuMonitorCommand", lambda: libvirt_qemu.qemuMonitorCommand(plain, STATUS, 0)),
        row("monitor command with files", "virDomainQemuMonitorCommandWithFiles",
            lambda: libvirt_qemu.qemuMonitorCommandWithFiles(plain, STATUS, [], 0)),
        row("dumpxml", "virDomainGetXMLDesc", lambda: plain.XMLDesc(0)),
        row("XML of a saved state", "virDomainSaveImageGetXMLDesc", lambda: conn.saveImageGetXMLDesc(file, 0)),
        row("XML of a managed save", "virDomainManagedSaveGetXMLDesc", lambda: saved.managedSaveGetXMLDesc(0)),
        row("XML of a snapshot", "virDomainSnapshotGetXMLDesc", lambda: old.getXMLDesc(0)),
        row("XML of a checkpoint", "virDomainCheckpointGetXMLDesc", lambda: point.getXMLDesc(0)),
        row("redefine a checkpoint", "virDomainCheckpointCreateXML", lambda: disk.checkpointCreateXML(checkpoint(), AGAIN)),
        row("domxml-to-native", "virConnectDomainXMLToNative", lambda: conn.domainXMLToNative("qemu-argv", idle_xml, 0)),
        row("CPU models", "virConnectGetCPUModelNames", lambda: conn.getCPUModelNames("x86_64", 0)),
        row("migrate to itself", "virDomainMigratePrepare3Params", lambda: real.migrate3(conn, {}, libvirt.VIR_MIGRATE_LIVE),
            slow=True),
        row("migrate to itself through a tunnel", "virDomainMigratePrepareTunnel3Params",
            lambda: real.migrateToURI3(conn.getURI(), {}, TUNNEL), slow=True),
        *(row(f"arrival, running already, {function[len('virDomainMigratePrepare'):]}", function,
              lambda function=function: arrival.prepare(function, PLAIN, way(function)))
          for function in ("virDomainMigratePrepare2", "virDomainMigratePrepare3", "virDomainMigratePrepareTunnel",
                           "virDomainMigratePrepareTunnel3")),
        row("end of a migration, no such domain", "virDomainMigrateFinish3Params",
            lambda: arrival.finish("virDomainMigrateFinish3Params", "none", cookie("none", uuid(8), PLAIN), PERSIST)),
        row("the same, as older clients have it", "virDomainMigrateFinish3",
            lambda: arrival.finish("virDomainMigrateFinish3", "none", cookie("none", uuid(8), PLAIN), PERSIST)),
        row("is it running (not guarded)", "", lambda: real.isActive(), limit="none"),
        row("define with CMDQV, addresses given", "virDomainDefineXML", lambda: conn.defineXML(GUARDED), limit="define"),
        row("the same with a warning to the journal", "virDomainDefineXML", lambda: conn.defineXML(WARNED), limit="define"),
        row("anchor, detach, live", "virDomainDetachDeviceFlags", lambda: guarded.detachDeviceFlags(hostdev(OTHER_A), LIVE),
            limit="refusal"),
        row("QEMU's own refusal of a detach", "", lambda: real.detachDeviceFlags(NIC, LIVE), limit="none"),
    ]


def undone(one):
    if one.undo:
        with contextlib.suppress(libvirt.libvirtError):
            one.undo()
