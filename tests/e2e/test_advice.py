"""The advice of each rule for definitions ends the matter in one step: a case that breaks the rule, changed as the message says, is accepted.

test_call_advice.py has the rules about calls.
"""
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from conftest import RULES, URI, error_of, only, run
from domains import on_standin
from suites import NATIVE

CASES = Path("/src/tests/qemuxml2argvdata")


class Advice(NamedTuple):
    """One alternative that the message of a rule offers."""
    case: str                   # of CASES
    words: str                  # the part of the message
    change: object              # the text of the case that this changes, and the text in its place; or a function of the whole text
    broken: dict = {}           # of a case that is accepted, a change that breaks the rule
    leads_to: str = None        # another rule that is broken then, and has its own advice


EXPANDER = """<controller type='pci' index='9' model='pcie-expander-bus'>
      <target busNr='200'/>
    </controller>
    <controller type='pci' index='10' model='pcie-root-port'>
      <address type='pci' bus='9' slot='0'/>
    </controller>
    """
IOMMU = "<iommu model='smmuv3'>\n      <driver pciBus='1' accel='on' cmdqv='on'/>\n    </iommu>\n"
ON_PORT = "<address type='pci' domain='0x0000' bus='0x03' slot='0x00' function='0x0'/>"
ELSEWHERE = "<address type='pci' domain='0x0000' bus='0x00' slot='0x1e' function='0x0'/>"
SECOND = """<hostdev mode='subsystem' type='pci' managed='no'>
      <driver name='vfio' iommufd='yes'/>
      <source>
        <address domain='0x0009' bus='0x02' slot='0x00' function='0x0'/>
      </source>
      <address type='pci' domain='0x0000' bus='0x03' slot='0x00' function='0x0'/>
    </hostdev>
    """
END = "<controller type='usb' model='none'/>"
DRIVER = "<driver pciBus='1' accel='on' cmdqv='on'/>"
CARD = "<interface type='user'><model type='virtio'/><address type='pci' bus='10' slot='0'/></interface>"
DISK = "<disk type='volume'><source pool='none' volume='none'/><target dev='vda' bus='virtio'/>{}</disk>"
QEMU = {"<domain type='qemu'>": "<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"}


def arguments(*values):
    return "<qemu:commandline>" + "".join(f"<qemu:arg value='{value}'/>" for value in values) + "</qemu:commandline></domain>"


def laid_out(xml):
    done = run("virt-cmdqv", "layout", "--from", "-", stdin=xml)
    assert done.status == 0, done
    return done.out


ADVICE = {
    "bad-value": [Advice("bad-address", "write one", {"bus='0x102' slot='first'": "bus='0x02' slot='0x00'"}),
                  Advice("bad-index", "write one", {"index='one'": "index='1'"})],
    "cmdqv-needs-accel": [Advice("cmdqv-without-accel", "set accel='on' in the same <driver>", {"pciBus='1' ": "pciBus='1' accel='on' "})],
    "accel-needs-bus": [Advice("cmdqv-without-pcibus", "add pciBus='N' with the index of a pcie-root or pcie-expander-bus controller",
                               {"<driver accel": "<driver pciBus='1' accel"})],
    "smmu-needs-root": [Advice("pcibus-root-port", "write pciBus='1', the index of the root above it", {"pciBus='2'": "pciBus='1'"}),
                        Advice("pcibus-nothing", "give pciBus the index of a pcie-root or pcie-expander-bus controller",
                               {"pciBus='9'": "pciBus='1'"})],
    "smmu-needs-own-root": [
        Advice("two-smmus-one-bus", "remove this one", {IOMMU + "    " + IOMMU: IOMMU}),
        Advice("two-smmus-one-bus-plain", "give it a pcie-expander-bus of its own", {"<driver pciBus='1'/>": "<driver pciBus='9'/>",
                                                                                     END: EXPANDER + END})],
    "smmu-mixed-scope": [
        Advice("machine-wide-and-cmdqv", "give this one a pciBus too", {"<iommu model='smmuv3'/>":
                                                                       "<iommu model='smmuv3'><driver pciBus='0'/></iommu>"}),
        Advice("machine-wide-and-cmdqv", "remove it", {"<iommu model='smmuv3'/>": ""}),
        Advice("virtio-iommu-before", "remove one of them", {"<iommu model='virtio'/>": ""})],
    "unknown-attribute": [
        Advice("attribute-tegra241-cmdqv", "remove it", {" tegra241-cmdqv='on'": ""}),
        Advice("attribute-on-iommu", "write it as an attribute of <driver>, as libvirt spells it", {"' cmdqv='on'>": "'>", "accel='on'/>":
                                                                                   "accel='on' cmdqv='on'/>"})],
    "attribute-is-dropped": [
        Advice("attribute-pasid", "remove it", {" pasid='on'": ""}),
        Advice("attribute-ssidsize-in-capitals", "write it as an attribute of <driver>, as libvirt spells it", {"ssidSize": "ssidsize"})],
    "cmdqv-needs-anchor": [
        Advice("hostdev-not-iommufd", "add iommufd='yes' to the <hostdev> in line 33, on its <driver>", {"'vfio'/>": "'vfio' iommufd='yes'/>"}),
        Advice("hostdev-not-iommufd", "remove this SMMU", {IOMMU: ""}),
        Advice("hostdev-other-root", "place one there", {"bus='0x04'": "bus='0x02'"}),
        Advice("hostdev-other-root", "remove this SMMU", {IOMMU: ""})],
    "accel-auto-needs-anchor": [
        Advice("accel-no-hostdev", "place one there", {END: SECOND + END}),
        Advice("accel-no-hostdev", "set all of ats, ril, ssidsize and oas", {"cmdqv='off'":
                                                                            "cmdqv='off' ats='off' ril='on' ssidsize='0' oas='44'"})],
    "accel-endpoint-emulated": [
        Advice("rng-behind", "give it an <address> on another PCIe root", {ON_PORT: ELSEWHERE}),
        Advice("placed-video-behind", "add it to <devices> with an <address> on another PCIe root",
               {"<graphics": f"<video><model type='virtio'/>{ELSEWHERE}</video><graphics"}),
        Advice("pcie-root", "replace it by an XML element with an <address> on another PCIe root",
               {arguments("-nic", "user"): "</domain>", END: EXPANDER + CARD + END}, broken={**QEMU, "</domain>": arguments("-nic", "user")})],
    "accel-endpoint-iommufd": [
        Advice("second-hostdev-not-iommufd", "add iommufd='yes' to its <driver>", {"'vfio'/>": "'vfio' iommufd='yes'/>"}),
        Advice("mdev-and-hostdev", "give it an <address> on another PCIe root", {ON_PORT.replace("x03", "x02"): ELSEWHERE}),
        Advice("network-unplaced", "give it an <address> on another PCIe root", {"<source network='vfs'/>":
                                                                               "<source network='vfs'/>" + ELSEWHERE},
               leads_to="accel-endpoint-emulated"),         # libvirt places the next device on the port that is free now
        Advice("network-unplaced", "change it to an <interface type='hostdev'> with <driver name='vfio' iommufd='yes'/>",
               {"<interface type='network'>": "<interface type='hostdev'><driver name='vfio' iommufd='yes'/>", "<source network='vfs'/>":
                "<source><address type='pci' domain='0x0009' bus='0x03' slot='0x00' function='0x1'/></source>"})],
    "accel-endpoint-bridge": [Advice("pcie-to-pci-bridge", "move it to a PCIe port", {
        "bus='0x04' slot='0x01'": "bus='0x0a' slot='0x00'", END: "<controller type='pci' index='10' model='pcie-root-port'>"
        "<address type='pci' bus='1' slot='2'/></controller>" + END, "busNr='252'": "busNr='240'"})],
    "plain-smmu-vfio": [
        Advice("plain-smmu-hostdev", "add accel='on' to the <driver> of the <iommu> and iommufd='yes' to that of the device",
               {"pciBus='1'": "pciBus='1' accel='on'", "'vfio'/>": "'vfio' iommufd='yes'/>"}),
        Advice("plain-smmu-hostdev", "give the device an <address> on another PCIe root", {ON_PORT.replace("x03", "x02"): ELSEWHERE}),
        Advice("machine-wide-hostdev", "remove the <iommu>", {"<iommu model='smmuv3'/>": ""}),
        Advice("machine-wide-hostdev", "run 'virt-cmdqv layout', which puts the device behind an accelerated one", laid_out),
        Advice("plain-smmu-mdev", "give it an <address> on another PCIe root", {"<address type='pci' bus='1'/>":
                                                                              "<address type='pci' bus='10'/>", END: EXPANDER + END})],
    "smmu-property-range": [Advice("ssidsize-too-large", "write one", {"'21'": "'20'"}),
                            Advice("ssidsize-too-large", "leave it out", {" ssidsize='21'": ""})],
    "smmu-property-needs-accel": [
        Advice("ats-without-accel", "set accel='on' in the same <driver>", {"ats": "accel='on' ats"}, leads_to="accel-auto-needs-anchor"),
        Advice("ats-without-accel", "remove ats", {" ats='on'": ""})],
    "accel-needs-acpi": [Advice("acpi-absent", "add <acpi/> to <features>", {"<features>": "<features><acpi/>"})],
    "accel-needs-firmware": [
        Advice("loader-of-no-file", "add firmware='efi' to <os>", {"<os>": "<os firmware='efi'>"}),
        Advice("loader-of-no-file", "a <loader>", {"<loader secure='no'/>": "<loader readonly='yes' type='pflash' stateless='yes'>"
                                                   "/usr/share/AAVMF/AAVMF_CODE.fd</loader>"})],
    "queues-want-hugepages": [Advice("hugepages-absent", "add <memoryBacking><hugepages/></memoryBacking>",
                                     {"<vcpu": "<memoryBacking><hugepages/></memoryBacking><vcpu"})],
    "smmu-bus-bypassed": [Advice("arguments-bypass-iommu", "remove bypass_iommu",
                                 {"<qemu:property name='bypass_iommu' type='bool' value='true'/>": ""})],
    "accel-stage-one": [Advice("arguments-stage-nested", "write stage=1", {"'nested'": "'1'"}),
                        Advice("arguments-stage-nested", "remove it", {"<qemu:property name='stage' type='string' value='nested'/>": ""})],
    "accel-one-iommufd": [Advice("arguments-two-iommufds", "put both on one object", {"value='second'": "value='iommufd0'"})],
    "accel-not-migratable": [Advice("arguments-only-migratable", "remove -only-migratable", {"<qemu:arg value='-only-migratable'/>": ""})],
    "bus-created-first": [Advice("arguments-hostdev-before-its-bus", "replace the <qemu:arg> by an XML element", {
        END: SECOND + END, "<qemu:arg value='-device'/>": "",
        "<qemu:arg value='vfio-pci,host=0009:02:00.0,iommufd=iommufd0,bus=pci.3'/>": ""})],
    "arguments-can-be-read": [Advice("one-vsmmu", "write them as arguments", {"'-readconfig'": "'-boot'", "'/etc/options'": "'menu=off'"},
                                     broken={**QEMU, "</domain>": arguments("-readconfig", "/etc/options")})],
    "arguments-open-no-monitor": [Advice("one-vsmmu", "remove '-qmp', and use 'virsh qemu-monitor-command'", {arguments("-qmp", "null"): "</domain>"},
                                         broken={**QEMU, "</domain>": arguments("-qmp", "null")})],
    "arguments-need-own-ids": [Advice("one-vsmmu", "write another id there", {"id=iommufd0": "id=iommufd1"},
                                      broken={**QEMU, "</domain>": arguments("-object", "iommufd,id=iommufd0")})],
    "places-can-be-told": [Advice("one-vsmmu", "give each of them an <address>", {"bus='virtio'/>": "bus='virtio'/>" + ELSEWHERE},
                                  broken={END: DISK.format("") + END})],
    "one-host-smmu": [Advice("host-two-smmus-behind-one", "give each host SMMU a vSMMU of its own", {
        ON_PORT: ON_PORT.replace("0x03", "0x0a"), END: EXPANDER + IOMMU.replace("'1'", "'9'") + END})],
    "host-smmu-spread": [Advice("host-smmu-behind-two", "put the devices of one host SMMU behind one vSMMU", {
        IOMMU.replace("pciBus='1'", "pciBus='3'"): "", ON_PORT.replace("x03", "x04"): ON_PORT.replace("x03", "x0a"),
        END: "<controller type='pci' index='10' model='pcie-root-port'><address type='pci' bus='1' slot='1'/></controller>" + END})],
    "host-has-cmdqv": [Advice("host-smmu-without-cmdqv", "remove cmdqv='on' from the <iommu>", {" cmdqv='on'": ""})],
    "network-of-hostdevs": [
        Advice("network-beside-plain-smmu", "remove that and give each hostdev <driver iommufd='yes'/>", {"<iommufd enabled='yes'/>": ""},
               broken={"<devices>": "<iommufd enabled='yes'/><devices>"}),
        Advice("network-beside-plain-smmu", "change this to an <interface type='hostdev'>",
               {"<interface type='network'>": "<interface type='hostdev'>", "<source network='vfs'/>":
                "<source><address type='pci' domain='0x0009' bus='0x03' slot='0x00' function='0x1'/></source>"},
               broken={"<devices>": "<iommufd enabled='yes'/><devices>"})],
    "root-needs-own-bus-number": [
        Advice("bus-numbers-overlap", "write <target busNr='249'/> in it", {"busNr='252'/>\n      <address type='pci' domain='0x0000' bus='0x00' slot='0x14'":
               "busNr='249'/>\n      <address type='pci' domain='0x0000' bus='0x00' slot='0x14'"}, broken={"busNr='250'": "busNr='252'"})],
    "last-root-needs-bus-numbers": [Advice("bus-numbers-past-255", "write <target busNr='251'/> in it, or a lower number",
                                           {"busNr='252'": "busNr='251'"})],
    "root-wants-bus-numbers": [Advice("bus-numbers-overlap", "write <target busNr='249'/> in it, or a lower number",
                                      {"busNr='250'": "busNr='249'"})],
}

# Advice that is about the host or its libvirt, and not about the text of a domain.
OF_HOST = {
    "accel-needs-kvm": "no KVM for arm64 is here; test_start.py has the rule",
    "libvirt-drops-cmdqv": "another libvirt",
    "libvirt-drops-iommufd": "another libvirt",
    "libvirt-drops-nodeset": "another libvirt",
    "libvirt-hides-devices": "settings of libvirt: test_without_cmdqv.py sets them",
    "libvirt-bars-devices": "settings and files of the host: test_without_cmdqv.py changes them",
}


def changed(xml, change):
    if callable(change):
        return change(xml)
    for old, new in change.items():
        assert old in xml, f"the case has no {old!r}"
        xml = xml.replace(old, new)
    return xml


def validate(path, xml):
    path.write_text(xml)
    return run("virt-cmdqv", "-c", URI, "validate", path).out


def test_each_rule():
    """Each rule that a definition can break has its advice here, or the reason why no change of the definition follows it."""
    can_break = {name for name, level in RULES.items() if level != "always"}
    assert can_break == {*ADVICE, *OF_HOST} and not ADVICE.keys() & OF_HOST.keys()


@only("module")
@pytest.mark.about(NATIVE)
@pytest.mark.parametrize("rule, advice", [pytest.param(rule, one, id=f"{rule}: {one.words}") for rule, all_of in ADVICE.items() for one in all_of])
def test_advice(daemon, tmp_path, rule, advice):
    """A case breaks the rule, and the message gives the advice; the case that follows it breaks no rule, and libvirt defines it."""
    daemon.start_network()
    before = changed(on_standin((CASES / f"{advice.case}.xml").read_text()), advice.broken)
    after = changed(before, advice.change)
    said = [line for line in validate(tmp_path / "before.xml", before).splitlines() if line.endswith(f"[{rule}]")]
    assert said and all(advice.words in line.rpartition("; ")[2] for line in said), said
    for line in said:
        rest = line.rpartition("; ")[2].rpartition(" [")[0]
        for one in ADVICE[rule]:
            rest = rest.replace(one.words, "")
        assert re.fullmatch(r"(?:[, ]|or|\(.*\))*", rest), f"no case follows this part of the advice: {rest}"
    if ": refused: " in said[0]:
        error_of(daemon.define, before)         # of some faults libvirt says it first, in its own words
    left = re.findall(r"(?:refused|warning): .*\[([a-z-]+)\]$", validate(tmp_path / "after.xml", after), re.MULTILINE)
    assert [one for one in left if one != "queues-want-hugepages" or one == rule] == [one for one in [advice.leads_to] if one]
    if not advice.leads_to:
        daemon.define(after)
