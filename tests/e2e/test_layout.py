"""virt-cmdqv layout: the real libvirtd takes the domain that it writes, and starts it."""
import json
import os
import pty
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import libvirt
import pytest

import suites
import words
from conftest import URI, assert_unsupported, devices_of_qemu, error_of, run
from domains import ALL_GIVEN, GPU_A, GPU_B, GPU_C, OTHER_A, THIRD, VF_A, domain, hostdev, interface, port, smmu
from verbs import LIVE

ROOT = "<controller type='pci' index='0' model='pcie-root'/><controller type='usb' model='none'/>"
# The tool leaves out elements that this libvirt does not know (test_without_cmdqv.py).
LOWERED = suites.host() == suites.LOWERED
NET = "<interface type='user'><mac address='52:54:00:00:00:0{}'/><model type='virtio'/></interface>"


def bare(*devices, **more):
    return domain("g1", *devices, layout=ROOT, **more)


def layout(*args, stdin=None):
    return run("virt-cmdqv", "-c", URI, "layout", *args, stdin=stdin)


def laid(xml, *args):
    done = layout("--from", "-", *args, stdin=xml)
    assert done.status == 0, done
    return done.out


def started(daemon):
    """[(bus of the vSMMU, its properties, host addresses behind it in QEMU's order)] of the running domain, and the root of each other device."""
    root = ET.fromstring(daemon.get().XMLDesc(0))
    hosts = {h.find("alias").get("name"): ":".join(h.find("source/address").get(k)[2:] for k in ("domain", "bus", "slot")) + "." +
             h.find("source/address").get("function")[2:] for h in root.findall("devices/*") if h.find("source/address") is not None}
    devices = devices_of_qemu()
    parent = {d["id"]: d.get("bus") for d in devices if d["driver"] in ("pcie-root-port", "pxb-pcie")}
    behind, stray = {}, []
    smmus = [d for d in devices if d["driver"] == "arm-smmuv3"]
    for device in devices:
        bus = device.get("bus")
        if device["driver"] in ("pcie-root-port", "pxb-pcie", "arm-smmuv3") or bus is None:
            continue
        top = parent.get(bus, bus)
        if device["driver"] == "vfio-pci":
            behind.setdefault(top, []).append(hosts[device["id"]])
        else:
            stray.append(top)
    return [(s["primary-bus"], s, behind.get(s["primary-bus"], [])) for s in smmus], stray


def command_line():
    pid = Path("/run/libvirt/qemu/g1.pid").read_text().strip()
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")


def anchors():
    return [(row["host"], row["source"]) for row in json.loads(run("virt-cmdqv", "anchors", "--json").out)]


def pinned(xml):
    return re.findall(r"<target[^>]*hotplug=.off.", xml)


def test_one_for_each_host_smmu(daemon):
    """Three devices behind two SMMUs of the host get two vSMMUs, and the domain starts."""
    daemon.run(laid(bare(), "--hostdev", GPU_B, OTHER_A, GPU_A))
    vsmmus, stray = started(daemon)
    assert [hosts for _, _, hosts in vsmmus] == [[GPU_B, GPU_A], [OTHER_A]] and not stray
    assert anchors() == [(GPU_B, "argv"), (OTHER_A, "argv")]
    assert len(pinned(daemon.get().XMLDesc(2))) == 2


def test_spare_ports(daemon):
    """One is free behind the vSMMU, and libvirt places devices elsewhere: those of the definition, and those attached later."""
    dom = daemon.run(laid(bare(NET.format(1), NET.format(2)), "--hostdev", GPU_A, "--spare-ports", "1"))
    vsmmus, stray = started(daemon)
    top = vsmmus[0][0]
    assert len(stray) == 2 and top not in stray
    dom.attachDeviceFlags(NET.format(3), LIVE)
    free = {c.get("index"): c for c in ET.fromstring(dom.XMLDesc(0)).findall("devices/controller[@model='pcie-root-port']")}
    used = {a.get("bus") for a in ET.fromstring(dom.XMLDesc(0)).findall("devices/*/address[@type='pci']")}
    spare = [int(i) for i, c in free.items()
             if f"pci.{int(c.find('address').get('bus'), 16)}" == top and f"0x{int(i):02x}" not in used]
    assert len(spare) == 1
    if LOWERED:
        assert_unsupported(error_of(dom.attachDeviceFlags, hostdev(GPU_B, spare[0]), LIVE), words.lowered_attach(GPU_B, bus=top))
        return
    dom.attachDeviceFlags(hostdev(GPU_B, spare[0]), LIVE)
    assert f"bus='0x{spare[0]:02x}'" in dom.XMLDesc(0)


def test_kubevirt(daemon):
    """The layout for KubeVirt gives each vSMMU all its properties, and the domain starts."""
    daemon.run(laid(bare(), "--shape", "kubevirt", "--hostdev", GPU_A, OTHER_A))
    vsmmus, _ = started(daemon)
    assert [hosts for _, _, hosts in vsmmus] == [[GPU_A], [OTHER_A]]
    for _, smmu_, _ in vsmmus:
        assert smmu_["id"].startswith("ua-") and smmu_["cmdqv"] == "on"
        assert (smmu_["ats"], smmu_["ril"], smmu_["ssidsize"], smmu_["oas"]) == ("on", "off", "20", "48")
    assert anchors() == [(GPU_A, "argv"), (OTHER_A, "argv")]


def test_nova(daemon):
    """Devices of the host without a guest address, and an SMMUv3 of the machine, as Nova writes them: GPUs are laid out, the port stays."""
    devices = [hostdev(GPU_B, iommufd=None), hostdev(GPU_A, iommufd=None), hostdev(THIRD, iommufd=None), interface(VF_A, iommufd=None), NET.format(1),
               "<iommu model='smmuv3'/>"]
    daemon.run(laid(bare(*devices), "--shape", "nova"))
    vsmmus, stray = started(daemon)
    assert [hosts for _, _, hosts in vsmmus] == [[GPU_B, GPU_A]] and vsmmus[0][0] not in stray
    assert THIRD in str(re.findall(r"0000.*c1", daemon.get().XMLDesc(0))) or "bus='0xc1'" in daemon.get().XMLDesc(0)
    assert anchors() == [(GPU_B, "argv")] and "<interface type='hostdev'" in daemon.get().XMLDesc(0)


def test_numa(daemon):
    """The cells of the guest that have those numbers, for the lab's second SMMU is on node 1."""
    cells = "<cell id='0' cpus='0' memory='32' unit='MiB'/><cell id='1' cpus='1' memory='32' unit='MiB'/>"
    xml = bare().replace("<vcpu>1</vcpu>", "<vcpu>2</vcpu>").replace(
        "<model>cortex-a57</model>", f"<model>cortex-a57</model><numa>{cells}</numa>")
    daemon.run(laid(xml, "--hostdev", GPU_A, OTHER_A))
    assert re.findall(r"<node>(\d)</node>", daemon.get().XMLDesc(2)) == ["0", "1"]
    assert re.findall(r"<acpi nodeset='([\d-]*)'/>", daemon.get().XMLDesc(2)) == ([] if LOWERED else ["2-9", "10-17"])
    initiators = [json.loads(value) for value in command_line() if "acpi-generic-initiator" in value]
    if LOWERED:
        assert not initiators
        return
    assert [one["node"] for one in initiators] == [*range(2, 18)]
    assert len({one["pci-dev"] for one in initiators[:8]}) == 1 == len({one["pci-dev"] for one in initiators[8:]})


def test_domain_is_printed(daemon):
    """Its devices, wherever they were; nothing changes before it is applied."""
    daemon.define(bare(port(1, 0, 1), port(2, 0, 2), hostdev(GPU_A, 1), hostdev(THIRD, 2)))
    with daemon.nothing_changes():
        done = layout("--domain", "g1")
    assert done.status == 0, done
    daemon.get().undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_NVRAM)
    daemon.run(done.out)
    assert [hosts for _, _, hosts in started(daemon)[0]] == [[GPU_A]]


def test_apply(daemon):
    """The tool lays out a definition, shows the difference, and keeps all else; a second time it changes nothing."""
    dom = daemon.define(bare(port(1, 0, 1), hostdev(GPU_A, 1), more="<title>kept</title>"))
    done = layout("--domain", "g1", "--hostdev", GPU_B, "--apply", "--yes")
    assert done.status == 0, done
    assert done.out.startswith("--- before\n+++ after\n@@") and done.out.endswith("The definition of domain 'g1' has the layout.\n")
    assert not [line for line in done.out.splitlines() if "<title>" in line and line[0] in "+-"]
    assert "<title>kept</title>" in dom.XMLDesc(2)
    dom.create()
    assert [hosts for _, _, hosts in started(daemon)[0]] == [[GPU_B, GPU_A]]
    assert anchors() == [(GPU_B, "argv")]
    again = layout("--domain", "g1", "--apply", "--yes")
    assert (again.status, again.out) == (0, "The definition of domain 'g1' has the layout already.\n")
    running = layout("--domain", "g1", "--hostdev", OTHER_A, "--apply", "--yes")
    assert running.status == 0 and running.out.endswith("has the layout, for its next start.\n")


def test_passwords_stay(daemon):
    """They are not shown, and not lost."""
    graphics = "<graphics type='vnc' port='-1' autoport='yes' passwd='secret'/>"
    dom = daemon.define(bare(port(1, 0, 1), hostdev(GPU_A, 1), graphics))
    done = layout("--domain", "g1", "--apply", "--yes")
    assert done.status == 0 and "secret" not in done.out + done.err
    assert "passwd='secret'" in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_SECURE | 2)


@pytest.mark.parametrize("answer, applied", [("y\n", True), ("Yes\n", True), ("n\n", False), ("\n", False), ("yes please\n", False)])
def test_asked(daemon, answer, applied):
    """The tool asks before it changes the definition, and takes only yes for yes."""
    daemon.define(bare(port(1, 0, 1), hostdev(GPU_A, 1)))
    before = daemon.state()
    ours, theirs = pty.openpty()
    with subprocess.Popen(["virt-cmdqv", "-c", URI, "layout", "--domain", "g1", "--apply"], stdin=theirs, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as tool:
        os.write(ours, answer.encode())
        out, err = tool.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert "Make this the definition of domain 'g1'? [y/N]" in err and "+++ after" in out
    assert tool.returncode == (0 if applied else 2)
    assert (daemon.state() == before) == (not applied)
    assert applied or "stays as it is" in err


def test_not_without_being_asked(daemon):
    """Without a terminal and without --yes, the tool changes nothing."""
    daemon.define(bare(port(1, 0, 1), hostdev(GPU_A, 1)))
    with daemon.nothing_changes():
        done = layout("--domain", "g1", "--apply")
    assert done.status == 2 and "add --yes" in done.err


@pytest.mark.parametrize("hostdevs", [(), ("--hostdev", GPU_B)], ids=["its own", "another"])
def test_transient(daemon, hostdevs):
    """It has no definition, and does not get one."""
    daemon.conn.createXML(bare(port(1, 0, 1), hostdev(GPU_A, 1)))
    with daemon.nothing_changes():
        done = layout("--domain", "g1", *hostdevs, "--apply", "--yes")
        printed = layout("--domain", "g1", *hostdevs)
    assert (done.status, done.out) == (2, "") and "domain 'g1' is transient" in done.err
    assert printed.status == 0 and "cmdqv='on'" in printed.out
    assert not daemon.get().isPersistent()


def test_bus_that_is_no_number(daemon):
    """The <iommu> of the domain has a bus that is no number: the tool refuses the domain, and does not take another bus for it."""
    done = layout("--from", "-", stdin=bare(smmu("0x01"), port(1, 0, 1), hostdev(GPU_A, 1)))
    assert (done.status, done.out) == (1, "") and "pciBus='0x01' is no decimal number" in done.err and "[smmu-needs-root]" in done.err


def test_address_space(daemon):
    """Two GPUs of Grace take more than QEMU has for BARs by itself, and the BARs of a network card fit."""
    daemon.run(laid(bare(), "--hostdev", GPU_A, OTHER_A))
    assert ("<pcihole64 unit='KiB'>2147483648</pcihole64>" in daemon.get().XMLDesc(2)) == (not LOWERED)
    assert any("highmem-mmio-size=2147483648K" in value for value in command_line()) == (not LOWERED)
    assert "pcihole64" not in laid(bare(), "--hostdev", VF_A)


def test_what_cannot_be(daemon):
    """The tool refuses a device without CMDQV, one that is not there, and a domain that would be invalid."""
    for args, words in (((THIRD,), "which has no CMDQV"), (("0007:00:00.0",), "no such PCI device behind an SMMUv3")):
        done = layout("--hostdev", *args)
        assert done.status == 2 and words in done.err and not done.out
    daemon.define(bare(port(1, 0, 1), hostdev(GPU_A, 1), features="<gic version='3'/>").replace("<loader", "<loader"))
    with daemon.nothing_changes():
        done = layout("--domain", "g1", "--hostdev", GPU_C, "--apply", "--yes")
    assert done.status == 1 and "[accel-needs-acpi]" in done.err and not done.out


def test_a_vsmmu_that_is_there_is_used(daemon):
    """A device is added behind the vSMMU that the domain has."""
    xml = domain("g1", smmu(**ALL_GIVEN), hostdev(GPU_A, 2))
    daemon.run(laid(xml, "--hostdev", GPU_B))
    assert [hosts for _, _, hosts in started(daemon)[0]] == [[GPU_A, GPU_B]]
