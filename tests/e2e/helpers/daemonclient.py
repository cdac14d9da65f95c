"""Run by test_daemons.py as the user that owns the daemon: starts domains with anchors there, and prints libvirt's answers as JSON."""
import json
import sys
import threading
from pathlib import Path

import libvirt

sys.path.append(str(Path(__file__).resolve().parent.parent))
from conftest import said_by                                                        # noqa: E402
from domains import ALL_GIVEN, GPU_A, GPU_B, OTHER_A, OTHER_B, domain, hostdev, smmu # noqa: E402

NAMESPACE = " xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"
ANCHORS = "urn:libvirt-cmdqv:anchors:1"
LIVE, CONFIG = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG


def written_by_hand(name):
    """Its SMMU is in arguments of its own alone."""
    more = ("<qemu:commandline><qemu:arg value='-device'/><qemu:arg value='arm-smmuv3,primary-bus=pcie.0,id=mine,accel=on,cmdqv=on,"
            "ats=on,ril=off,ssidsize=20,oas=48'/></qemu:commandline>")
    return domain(name, hostdev(OTHER_A, 10), hostdev(OTHER_B, 11), namespaces=NAMESPACE).replace("</domain>", more + "</domain>")


def serve():
    """The driver of a program of its own needs its events."""
    libvirt.virEventRegisterDefaultImpl()

    def loop():
        while True:
            libvirt.virEventRunDefaultImpl()
    threading.Thread(target=loop, daemon=True).start()


def main(uri):
    if uri.startswith("qemu:///embed"):
        serve()
    conn = libvirt.open(uri)
    found = {"uri": conn.getURI()}
    started = conn.defineXML(domain("g1", smmu(**ALL_GIVEN), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    hand = conn.defineXML(written_by_hand("g2"))
    try:
        for dom in (started, hand):
            dom.create()
        found["anchors"] = said_by(started.metadata, libvirt.VIR_DOMAIN_METADATA_ELEMENT, ANCHORS, LIVE)
        found["anchor"] = said_by(started.detachDeviceFlags, hostdev(GPU_A, 2), LIVE)
        found["both"] = said_by(started.detachDeviceFlags, hostdev(GPU_A, 2), LIVE | CONFIG)
        found["sibling"] = said_by(started.detachDeviceFlags, hostdev(GPU_B, 3), LIVE)
        found["anchor by hand"] = said_by(hand.detachDeviceFlags, hostdev(OTHER_A, 10), LIVE)
        found["sibling by hand"] = said_by(hand.detachDeviceFlags, hostdev(OTHER_B, 11), LIVE)
        started.detachDeviceFlags(hostdev(GPU_B, 3), CONFIG)
        found["last"] = said_by(started.detachDeviceFlags, hostdev(GPU_A, 2), CONFIG)
    finally:
        for dom in (started, hand):
            if dom.isActive():
                dom.destroy()
            dom.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_NVRAM)
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
