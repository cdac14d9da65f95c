"""The domain that 'story' and 'hour' watch: two cards behind a vSMMU, of which the first is the anchor and the second its sibling."""
import json
import os
import re
import shlex
import subprocess

import domains
import host
import libvirtd
from host import read, write

NAME = "subject"
BLOCKER = "CMDQV is active: removing the device that established the viommu association would break the guest CMDQV"
LOG = f"/var/log/libvirt/qemu/{NAME}.log"


def virsh(*arguments):
    """Output of virsh, or its error, after "error:"."""
    done = subprocess.run(["virsh", "-c", libvirtd.URI, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
    said = done.stdout.strip() if done.returncode == 0 else "error: " + done.stderr.strip()
    if arguments[0] not in ("dumpxml", "domstate"):
        libvirtd.show(shlex.join(["virsh", *arguments]), said)
    return said


def monitor(command, **arguments):
    return virsh("qemu-monitor-command", NAME, json.dumps({"execute": command, "arguments": arguments}))


def xml_file(name, text):
    path = f"/tmp/{name}.xml"
    write(path, text)
    return path


class Subject:
    def __init__(self):
        first, second, _ = host.cards()
        self.anchor, self.sibling, self.spare = first[:3]
        self.other = second[0]                  # behind another SMMU of the host

    def domain(self, *devices, **driver):
        xml = domains.domain(NAME, domains.smmu(1, **driver), *devices, emulator=domains.QEMU)
        return re.sub(r"<cpu .*</cpu>", "<cpu mode='host-passthrough'/>", xml).replace("type='qemu'>", "type='kvm'>", 1)

    def whole(self):
        return self.domain(domains.hostdev(self.anchor, 2), domains.hostdev(self.sibling, 3))

    def define(self, xml):
        return virsh("define", xml_file("domain", xml))

    def forget(self):
        virsh("destroy", NAME)
        virsh("undefine", NAME)
        if os.path.exists(LOG):
            os.unlink(LOG)

    def cmdqvs(self):
        """SMMUs of the host of which QEMU has a CMDQV."""
        return libvirtd.kernel_gave(read(f"/run/libvirt/qemu/{NAME}.pid"))

    @staticmethod
    def detach_config(address, bus):
        return virsh("detach-device", NAME, xml_file("device", domains.hostdev(address, bus)), "--config")

    @staticmethod
    def anchors():
        return [(row["anchor"], row["source"]) for row in json.loads(libvirtd.run_tool("anchors", "--json", NAME)["out"] or "[]")]

    @staticmethod
    def devices():
        """Aliases of the host's devices in the running domain."""
        return re.findall(r"<alias name='(hostdev\d+)'/>", virsh("dumpxml", NAME))
