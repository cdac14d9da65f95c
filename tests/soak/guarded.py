"""The domains of these tests, and calls on them that change nothing for good."""
import sys
import time
from pathlib import Path

import libvirt
import libvirt_qemu

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / folder) for folder in ("e2e", "e2e/helpers")]
from conftest import URI, said_by                                           # noqa: E402
from domains import (ALL_GIVEN, GPU_A, GPU_B, OTHER_A, OTHER_B, THIRD, VF_A, domain, hostdev, interface, smmu)   # noqa: E402
from verbs import ANCHORS_URI, CONFIG, ELEMENT, HMP, LIVE, REDEFINE         # noqa: E402


def uuid(number):
    return f"00000000-0000-4000-8000-{number:012d}"


# Name, XML, and the device that anchors it once it runs.
GUARDED = {
    "two": (domain("two", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3), uuid=uuid(1)), hostdev(GPU_A)),
    "net": (domain("net", smmu(), interface(VF_A, 2), uuid=uuid(2)), interface(VF_A)),
    "auto": (domain("auto", smmu(cmdqv=None, **ALL_GIVEN), uuid=uuid(3)), hostdev(OTHER_A)),
}
UNSOUND = domain("two", smmu(**ALL_GIVEN), uuid=uuid(1))
PLAIN = domain("plain", hostdev(THIRD, 10), uuid=uuid(4))
SNAPSHOT = f"<domainsnapshot><name>s</name><state>shutoff</state>{UNSOUND}</domainsnapshot>"


def calls(conn, forks=True):
    """Guarded calls that change nothing for good, most of them refused; `forks`: those as well for which libvirt forks."""
    doms = {name: conn.lookupByName(name) for name in (*GUARDED, "plain")}
    two, plain = doms["two"], doms["plain"]
    anchor, second = hostdev(GPU_A), hostdev(GPU_B)
    made = [lambda dom=doms[name], xml=xml: dom.detachDeviceFlags(xml, LIVE) for name, (_, xml) in GUARDED.items()]
    return made + [
        lambda: two.detachDevice(anchor),
        lambda: two.detachDeviceFlags(anchor, LIVE | CONFIG),
        lambda: two.detachDeviceFlags(anchor, 0),
        lambda: two.detachDeviceAlias("hostdev0", LIVE),
        lambda: doms["net"].detachDeviceFlags(interface(VF_A), CONFIG),
        lambda: two.attachDeviceFlags(hostdev(OTHER_B, 4), LIVE),
        lambda: two.attachDeviceFlags(hostdev(OTHER_B, 4, iommufd="no"), CONFIG),
        lambda: two.updateDeviceFlags(second, CONFIG),
        lambda: conn.defineXML(GUARDED["two"][0]),
        lambda: conn.defineXML(UNSOUND),
        lambda: conn.defineXML("<domain><devices><iommu model='smmuv3'"),
        lambda: conn.defineXMLFlags(PLAIN, 0),
        lambda: conn.createXML(UNSOUND),
        lambda: two.create(),
        lambda: two.snapshotCreateXML(SNAPSHOT, REDEFINE),
        lambda: two.metadata(ELEMENT, ANCHORS_URI, LIVE),
        lambda: two.metadata(ELEMENT, ANCHORS_URI, CONFIG),
        lambda: two.setMetadata(ELEMENT, "<a/>", "a", ANCHORS_URI, LIVE),
        lambda: libvirt_qemu.qemuMonitorCommand(two, '{"execute":"device_del","arguments":{"id":"hostdev0"}}', 0),
        lambda: libvirt_qemu.qemuMonitorCommand(two, "device_del hostdev0", HMP),
        lambda: plain.detachDeviceFlags(hostdev(GPU_A), LIVE),
        lambda: plain.detachDeviceFlags(hostdev(GPU_A), CONFIG),
        lambda: plain.attachDeviceFlags(hostdev(THIRD), LIVE),
    ] + ([lambda: conn.restoreFlags("/nowhere", UNSOUND, 0)] if forks else [])


def connect():
    end = time.monotonic() + 60
    while True:
        try:
            return libvirt.open(URI)
        except libvirt.libvirtError:
            assert time.monotonic() < end, "libvirtd does not start again"
            time.sleep(0.02)


def anchors():
    """The metadata of the module for each domain, and its answer to a detach of the anchor."""
    conn = connect()
    try:
        found = {}
        for name, (_, device) in GUARDED.items():
            dom = conn.lookupByName(name)
            code, _, said = said_by(dom.detachDeviceFlags, device, LIVE)
            found[name] = (dom.metadata(ELEMENT, ANCHORS_URI, LIVE), code, said)
        return found
    finally:
        conn.close()
