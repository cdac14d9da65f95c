"""Texts that clients can write decide nothing: forged records, our aliases, metadata, and XML that says nothing of an SMMU in argv."""
import json
import os
from pathlib import Path

import libvirt_qemu
import pytest

import suites
import words
from conftest import argv, assert_blocked, assert_unsound, assert_unsupported, error_of, only
from domains import (ALL_GIVEN, EMULATOR, GPU_A, GPU_B, GPU_C, QEMU_NAMESPACE, arguments, attrs, domain, hostdev, smmu, snapshot,
                     with_arguments)
from migration import UNSUPPORTED, UUID, cookie, migrate_offline
from verbs import CONFIG, INACTIVE, LIVE, REDEFINE, nothing_stays, saved_by_stock

RECORD = "urn:libvirt-cmdqv:lowered:1"
NATIVE, LOWERED = pytest.mark.about(suites.NATIVE), pytest.mark.about(suites.LOWERED)

LONE_SMMU = ('{"driver":"arm-smmuv3","id":"s","primary-bus":"pci.1","accel":"on","cmdqv":"on","ats":"on","ril":"off",'
             '"ssidsize":"20","oas":"48"}').replace('"', "&quot;")

# A vSMMU of its own, and ports behind it, that QEMU creates before libvirt's devices.
OWN_SMMU = "arm-smmuv3,primary-bus=own,id=s,accel=on,cmdqv=on,ats=on,ril=off,ssidsize=20,oas=48"
OWN = ("-device", "pxb-pcie,id=own,bus_nr=128,bus=pcie.0,addr=0x1d", "-device", "pcie-root-port,id=own2,bus=own,chassis=102,addr=0",
       "-device", "pcie-root-port,id=own3,bus=own,chassis=103,addr=1", "-device", "pcie-root-port,id=own4,bus=own,chassis=104,addr=2",
       "-device", OWN_SMMU)


def record(rows="", **values):
    return f"<p:lowered xmlns:p='{RECORD}'{attrs(**values)}>{rows}</p:lowered>"


def metadata(*elements):
    return f"<metadata>{''.join(elements)}</metadata>"


HIDES_ALL = record("<p:smmu id='s'/><p:smmu id='iommu0'/><p:bus index='1' id='pci.1'/><p:device alias='hostdev0'/><p:device alias='ua-gpu'/>",
                   arguments="9", iommufd="x")


def hidden(forged=HIDES_ALL):
    """An SMMU in arguments that nothing anchors, and a record that says they are not there."""
    return with_arguments(metadata(forged) + arguments("-device", LONE_SMMU))


def moved(**devices):
    """Overrides that put devices onto other buses than libvirt knows of."""
    return "<qemu:override>" + "".join(
        f"<qemu:device alias='{alias.replace('_', '-')}'><qemu:frontend><qemu:property name='bus' type='string' value='{bus}'/>"
        "</qemu:frontend></qemu:device>" for alias, bus in devices.items()) + "</qemu:override>"


# Domains that stock defines, and nothing anchors the CMDQV that they ask for.
FORGED = {
    "arguments": (hidden(), words.HIDDEN_SMMU),
    "arguments, by a record of all": (hidden(record("<p:smmu id='s'/>")), words.HIDDEN_SMMU),
    "arguments, by the second record": (hidden(record() + HIDES_ALL), words.HIDDEN_SMMU),
    "arguments, by a prefix that another namespace has": (
        hidden(HIDES_ALL.replace("<p:lowered", "<q:y xmlns:q='urn:q'/><p:lowered")), words.HIDDEN_SMMU),
    "an override": (with_arguments(metadata(HIDES_ALL) + moved(ua_gpu="pci.10"), smmu(**ALL_GIVEN), hostdev(GPU_A, 2, alias="ua-gpu")),
                    words.of_domain("<iommu> in line ...: cmdqv='on' needs a cold-plugged PCI hostdev...it is on bus 'pci.10', not behind this SMMU...")),
}


CLAIMS = record("<p:smmu id='iommu0'>" + smmu(**ALL_GIVEN) + "</p:smmu>")


@pytest.mark.parametrize("namespace", [RECORD, RECORD.replace(":1", "&#58;1"), RECORD.replace("urn", "&#x75;rn")], ids=["plain", "decimal", "hexadecimal"])
def test_a_record_claims_what_would_be_refused(daemon, namespace):
    """A client defines a domain whose record claims an SMMU that its XML does not have: judged as if it had it, and refused."""
    xml = with_arguments(metadata(CLAIMS.replace(RECORD, namespace)))
    if daemon.stock:
        daemon.define(xml)
    else:
        with daemon.nothing_changes():
            for call in (daemon.conn.defineXML, daemon.conn.createXML):
                assert_unsound(error_of(call, xml), words.needs_hostdev())
        assert daemon.names() == []


@pytest.mark.parametrize("name", FORGED)
def test_forged_record_hides_nothing(daemon, name):
    """A client defines a domain with a record that says that its SMMU is the module's."""
    xml, sentence = FORGED[name]
    if daemon.stock:
        daemon.define(xml)
    else:
        with daemon.nothing_changes():
            for call in (daemon.conn.defineXML, daemon.conn.createXML):
                assert_unsound(error_of(call, xml), sentence)
        assert daemon.names() == []


def test_forged_record_in_a_snapshot(daemon):
    """A client redefines a snapshot whose domain has such a record."""
    dom = daemon.define(domain("g1", smmu(**ALL_GIVEN), hostdev(GPU_A, 2)))
    xml = hidden().replace("<name>", f"<uuid>{dom.UUIDString()}</uuid><name>", 1)
    if daemon.stock:
        dom.snapshotCreateXML(snapshot(xml), REDEFINE)
    else:
        with daemon.nothing_changes():
            assert_unsound(error_of(dom.snapshotCreateXML, snapshot(xml), REDEFINE), words.HIDDEN_SMMU)
        assert dom.snapshotNum() == 0


@NATIVE
def test_forged_record_in_a_saved_image(daemon, tmp_path):
    """A client restores a saved image whose domain has such a record."""
    def forge(xml):
        text = metadata(record("<p:smmu id='s'/>")) + arguments("-device", LONE_SMMU).replace("<qemu:commandline>", f"<qemu:commandline{QEMU_NAMESPACE}>")
        return xml.replace("</domain>", text + "</domain>").replace("<iommu model='smmuv3'>", "<!-- ").replace("</iommu>", " -->")

    file = saved_by_stock(daemon, tmp_path, forge)
    if daemon.stock:
        daemon.conn.restore(file)
    else:
        with daemon.nothing_changes():
            assert_unsound(error_of(daemon.conn.restore, file), words.HIDDEN_SMMU)
        assert daemon.names() == []


@NATIVE
def test_forged_record_in_a_migration(daemon):
    """A client migrates a definition that has such a record."""
    said = migrate_offline("3Params", cookie("g1", UUID, hidden().replace("<name>", f"<uuid>{UUID}</uuid><name>", 1)))
    if daemon.stock:
        assert said is None
    else:
        assert said[:2] == UNSUPPORTED and words.matches(words.HIDDEN_SMMU, said[2])
        assert nothing_stays(daemon)


def cdesc(dom, flags=INACTIVE):
    return dom.XMLDesc(flags).replace('"', "'")


def test_forged_record_beside_an_anchor(daemon):
    """Nothing of it is believed: the elements that it names are shown, and its anchor stays."""
    own = arguments("-object", "rng-builtin,id=x")
    dom = daemon.run(with_arguments(metadata(HIDES_ALL) + own, smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    assert "rng-builtin,id=x" in cdesc(dom) and "rng-builtin,id=x" in cdesc(dom, 0)
    if daemon.stock:
        assert_blocked(error_of(dom.detachDeviceFlags, hostdev(GPU_A), LIVE))
        for gpu in (GPU_A, GPU_B):
            dom.detachDeviceFlags(hostdev(gpu), CONFIG)
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(dom.detachDeviceFlags, hostdev(GPU_A), LIVE), words.anchor("hostdev0", GPU_A))
            assert_unsupported(error_of(device_del, dom, words.behind("hostdev0", GPU_A)),
                               words.monitor("device_del", words.behind("hostdev0", GPU_A), "hostdev0", GPU_A))
        dom.detachDeviceFlags(hostdev(GPU_B), CONFIG)
        with daemon.nothing_changes():
            assert_unsupported(error_of(dom.detachDeviceFlags, hostdev(GPU_A), CONFIG), words.last_in_definition(GPU_A))
            error_of(dom.updateDeviceFlags, hostdev(GPU_A, 2, iommufd="no"), CONFIG)
        assert "rng-builtin,id=x" in cdesc(dom)


def device_del(dom, alias):
    return libvirt_qemu.qemuMonitorCommand(dom, json.dumps({"execute": "device_del", "arguments": {"id": alias}}), 0)


ALIASES = ["ua-cmdqv-gpu", "ua-cmdqv-0009-02-00-0", pytest.param("ua-cmdqv-pci-2", marks=NATIVE), pytest.param("ua-cmdqv-pci-9", marks=NATIVE)]


@pytest.mark.parametrize("alias", ALIASES)
def test_alias_like_ours(daemon, alias):
    """It is a name like any other: the anchor stays, another may be detached, and on a libvirt with cmdqv a third attached."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2, alias=alias), hostdev(GPU_B, 3)))
    # a libvirt without CMDQV gets ours in its place
    alias = alias if suites.host() == suites.NATIVE else words.behind("hostdev0", GPU_A)
    dom.detachDeviceFlags(hostdev(GPU_B), LIVE)
    if suites.host() == suites.NATIVE:
        dom.attachDeviceFlags(hostdev(GPU_C, 4), LIVE)
    if daemon.stock:
        assert_blocked(error_of(dom.detachDeviceAlias, alias, LIVE))
    else:
        with daemon.nothing_changes():
            for call, what in ((dom.detachDeviceAlias, alias), (dom.detachDeviceFlags, hostdev(GPU_A))):
                assert_unsupported(error_of(call, what, LIVE), words.anchor(alias, GPU_A))
            assert_unsupported(error_of(device_del, dom, alias), words.monitor("device_del", alias, alias, GPU_A))


@NATIVE
def test_controllers_with_aliases_like_ours(daemon):
    """A domain that the module has not lowered, although its controllers have aliases like ours."""
    xml = domain("g1", smmu(), hostdev(GPU_A, 2))
    for index in (1, 2, 3, 10):
        begin = xml.index(f"<controller type='pci' index='{index}'")
        end = xml.index("</controller>", begin)
        xml = f"{xml[:end]}<alias name='ua-cmdqv-pci-{index}'/>{xml[end:]}"
    dom = daemon.run(xml)
    dom.attachDeviceFlags(hostdev(GPU_B, 3), LIVE)
    if daemon.stock:
        assert_blocked(error_of(dom.detachDeviceFlags, hostdev(GPU_A), LIVE))
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(dom.detachDeviceFlags, hostdev(GPU_A), LIVE), words.anchor("hostdev0", GPU_A, bus="ua-cmdqv-pci-1"))


def stays(daemon, dom, alias):
    """GPU_A anchors the SMMU that libvirt does not know, and no call takes it away."""
    if daemon.stock:
        assert_blocked(error_of(dom.detachDeviceFlags, hostdev(GPU_A), LIVE))
        return
    behind = {"vsmmu": "s", "bus": "own"}
    with daemon.nothing_changes():
        for call, what in ((dom.detachDeviceFlags, hostdev(GPU_A)), (dom.detachDeviceAlias, alias)):
            assert_unsupported(error_of(call, what, LIVE), words.anchor(alias, GPU_A, **behind))
        for text in (f"device_del {alias}", f"qom-set {alias} realized off", "qom-set own realized off", "device_del s"):
            error = error_of(libvirt_qemu.qemuMonitorCommand, dom, text, libvirt_qemu.VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP)
            assert_unsupported(error, words.monitor(*text.split()[:2], alias, GPU_A, **behind))
        error_of(dom.updateDeviceFlags, hostdev(GPU_A, 2, iommufd="no"), LIVE)


@NATIVE
@pytest.mark.parametrize("forged", ["", metadata(HIDES_ALL)], ids=["plain", "forged"])
def test_smmu_in_arguments(daemon, forged):
    """A vSMMU that libvirt does not know, and the metadata that is written beside it."""
    more = forged + arguments(*OWN) + moved(ua_a="own2", ua_b="own3")
    dom = daemon.run(with_arguments(more, hostdev(GPU_A, 2, alias="ua-a"), hostdev(GPU_B, 3, alias="ua-b")))
    assert OWN_SMMU in cdesc(dom, 0) and OWN_SMMU in argv()
    stays(daemon, dom, "ua-a")
    dom.detachDeviceFlags(hostdev(GPU_B), LIVE)


WRAPPER = f"""#!/usr/bin/python3
import os
import sys
given = sys.argv[1:]
if any("guest=g1" in text for text in given):
    given = [text.replace('"bus":"pci.2"', '"bus":"own2"').replace('"bus":"pci.3"', '"bus":"own3"') for text in given] + list({OWN})
os.execv("{EMULATOR}", ["{EMULATOR}"] + given)
"""


@pytest.fixture
def wrapper():
    """An emulator that gives QEMU more than libvirt knows of."""
    path = Path("/lab/qemu-wrapper")
    path.write_text(WRAPPER)
    path.chmod(0o755)
    yield str(path)
    os.unlink(path)


@NATIVE
@pytest.mark.parametrize("forged", ["", metadata(HIDES_ALL)], ids=["plain", "forged"])
def test_smmu_in_argv_alone(daemon, wrapper, forged):
    """No XML says anything of it, and the process has it."""
    dom = daemon.run(domain("g1", hostdev(GPU_A, 2), hostdev(GPU_B, 3), more=forged, emulator=wrapper))
    assert "arm-smmuv3" not in cdesc(dom, 0) and OWN_SMMU in argv()
    stays(daemon, dom, "hostdev0")
    daemon.restart()
    dom = daemon.get()
    stays(daemon, dom, "hostdev0")
    dom.detachDeviceFlags(hostdev(GPU_B), LIVE)


@LOWERED
@only("module")
@pytest.mark.parametrize("change", [(",cmdqv=on", ""), ("name='bus' type='string' value='pci.2'", "name='bus' type='string' value='pcie.0'")],
                         ids=["argument", "override"])
def test_a_lowered_definition_that_was_changed(daemon, change):
    """An editor has changed libvirt's own file: its new text is shown, and nothing in it is believed."""
    daemon.define(domain("g1", smmu(**ALL_GIVEN), hostdev(GPU_A, 2)))
    daemon.stop()
    file = Path("/etc/libvirt/qemu/g1.xml")
    text = file.read_text()
    old, new = change
    assert old in text
    file.write_text(text.replace(old, new))
    daemon.start(daemon.mode)
    shown = cdesc(daemon.get())
    assert RECORD in shown and "<qemu:arg value='arm-smmuv3" in shown
    daemon.get().undefine()
