"""A libvirt that drops cmdqv, with a QEMU that has it: the module lowers a domain for libvirt and lifts it for the
client, so that a client sees its own text and QEMU gets the devices that were asked for."""
import os
import re
from pathlib import Path

import libvirt
import pytest

import suites
import words
from conftest import argv, assert_unsound, assert_unsupported, devices_of_qemu, error_of, module_path, only, run, wait_until_removed
from domains import (ALL_GIVEN, EMULATOR, GPU_A, GPU_B, OTHER_A, OTHER_B, QEMU_NAMESPACE, VF_A, address, attrs, domain, hostdev,
                     interface, port, smmu, snapshot)
from verbs import CONFIG, INACTIVE, LIVE, REDEFINE, SECURE

RECORD = "urn:libvirt-cmdqv:lowered:1"
OURS = ("ua-cmdqv-", RECORD, "qemu:")

ON_ROOT = ("<controller type='pci' index='0' model='pcie-root'/>" + port(1, 0, 1) + port(2, 0, 2)
           + "<controller type='usb' model='none'/>")
OWN = ("<qemu:commandline><qemu:arg value='-name'/><qemu:arg value='own,debug-threads=on'/><qemu:arg value='-device'/>"
       "<qemu:arg value='pcie-root-port,id=own,chassis=255,bus=pcie.0,addr=0x1e'/></qemu:commandline>"
       "<qemu:override><qemu:device alias='ua-gpu'><qemu:frontend><qemu:property name='x-pci-sub-device-id' type='unsigned' "
       "value='4660'/></qemu:frontend></qemu:device></qemu:override>")

DOMAINS = {
    "one": domain("g1", smmu(), hostdev(GPU_A, 2)),
    "all given": domain("g1", smmu(**ALL_GIVEN), hostdev(GPU_A, 2), hostdev(GPU_B, 3)),
    "two": domain("g1", smmu(1), smmu(6), hostdev(GPU_A, 2), hostdev(OTHER_A, 7), hostdev(GPU_B, 3), hostdev(OTHER_B, 8)),
    "on the root": domain("g1", smmu(0), hostdev(GPU_A, 1), hostdev(GPU_B, 2), layout=ON_ROOT),
    "interface": domain("g1", smmu(), hostdev(GPU_A, 2), interface(VF_A, 3)),
    "one elsewhere": domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(OTHER_A, 10, iommufd=None)),
    "own aliases": domain("g1", smmu(), hostdev(GPU_A, 2, alias="ua-gpu"), hostdev(GPU_B, 3)),
    "aliases that libvirt forgets": domain("g1", smmu(), hostdev(GPU_A, 2, alias="ua-my.gpu"), hostdev(GPU_B, 3, alias="hostdev7")),
    "metadata": domain("g1", smmu(), hostdev(GPU_A, 2), more="<metadata><x:y xmlns:x='urn:x'>z</x:y></metadata>"),
    "virtio IOMMU behind": domain("g1", smmu(), hostdev(GPU_A, 2), "<iommu model='virtio'/>"),
    "not placed": domain("g1", smmu(), hostdev(GPU_A)),
}


def inactive(dom):
    return dom.XMLDesc(INACTIVE)


def on_disk(name="g1"):
    return Path(f"/etc/libvirt/qemu/{name}.xml").read_text()


def lines(xml):
    """Without the record, in which the domain is as it was given; libvirt may have put devices into another order."""
    return sorted(without_record(xml).splitlines())


def without_record(xml):
    return re.sub(r"<cmdqv:lowered.*?</cmdqv:lowered>", "", xml, flags=re.S)


def described(xml):
    """Parts that `virt-cmdqv validate` would judge: SMMUs, and the drivers of the host's devices."""
    return (sorted(re.findall(r"<driver (pciBus=[^>]*)/>", xml)), sorted(re.findall(r"<driver [^>]*iommufd='yes'", xml)))


NATIVE, LOWERED = pytest.mark.about(suites.NATIVE), pytest.mark.about(suites.LOWERED)


@LOWERED
@only("module")
@pytest.mark.parametrize("name", DOMAINS)
def test_define(daemon, name):
    """The shown definition is the one that was asked for; the kept one has only elements that this libvirt knows."""
    dom = daemon.define(DOMAINS[name])
    shown, kept = inactive(dom), on_disk()
    assert described(shown) == described(DOMAINS[name])
    assert not [text for text in OURS if text in shown]
    assert RECORD in kept and "arm-smmuv3,primary-bus=" in kept
    assert not re.search("pciBus|accel='|iommufd='yes'", without_record(kept))


@LOWERED
@only("module")
@pytest.mark.parametrize("name", DOMAINS)
def test_edit(daemon, name):
    """As `virsh edit` does it: the shown definition is defined again, and nothing changes."""
    dom = daemon.define(DOMAINS[name])
    shown, kept = inactive(dom), lines(on_disk())
    again = daemon.define(shown)
    assert inactive(again) == shown and lines(on_disk()) == kept
    again = daemon.define(again.XMLDesc(INACTIVE | SECURE))
    assert inactive(again) == shown and lines(on_disk()) == kept


@LOWERED
@only("module")
@pytest.mark.parametrize("name", DOMAINS)
def test_start(daemon, name):
    """QEMU gets the iommufd object, the SMMUs before every device, and each device in the place that was asked for."""
    dom = daemon.run(DOMAINS[name])
    # QEMU first creates devices whose argument is not JSON
    smmus = [value for value in argv() if value.startswith("arm-smmuv3,")]
    vfio = [value for value in argv() if '"driver":"vfio-pci"' in value]
    assert len(smmus) == DOMAINS[name].count("<iommu model='smmuv3'") and len(vfio) == DOMAINS[name].count("<source>")
    assert all('"iommufd":"iommufd0"' in value for value in vfio) or name == "one elsewhere"
    assert all('"bus":"pci.' in value for value in vfio)
    for flags in (0, SECURE, libvirt.VIR_DOMAIN_XML_UPDATE_CPU):
        shown = dom.XMLDesc(flags)
        assert "cmdqv='on'" in shown and "<alias name='iommu0'/>" in shown and "<alias name='pcie.0'/>" in shown
        assert RECORD not in shown and "qemu:" not in shown and "ua-cmdqv-pci" not in shown
    shown = run("virt-cmdqv", "anchors", "g1")
    assert shown.status == 0 and "argv" in shown.out, shown


@LOWERED
@only("module")
def test_migratable(daemon):
    """The XML for a migration shows cmdqv, and nothing that the module wrote."""
    dom = daemon.run(DOMAINS["one"])
    for flags in (libvirt.VIR_DOMAIN_XML_MIGRATABLE, libvirt.VIR_DOMAIN_XML_MIGRATABLE | SECURE | INACTIVE):
        shown = dom.XMLDesc(flags)
        assert "cmdqv='on'" in shown and not [text for text in (RECORD, "qemu:") if text in shown]


@LOWERED
@only("module")
def test_validate(daemon):
    """Against this libvirt's own schema, which does not have the attributes either."""
    dom = daemon.conn.defineXMLFlags(DOMAINS["two"], libvirt.VIR_DOMAIN_DEFINE_VALIDATE)
    assert described(inactive(dom)) == described(DOMAINS["two"])


@LOWERED
@only("module")
def test_the_anchor_stays(daemon):
    """A client detaches the anchor by its XML and by its alias, and then another device."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    with daemon.nothing_changes():
        error = error_of(dom.detachDeviceFlags, hostdev(GPU_A), LIVE)
    assert_unsupported(error, words.anchor("ua-cmdqv-0009-01-00-0", GPU_A))
    with daemon.nothing_changes():
        error = error_of(dom.detachDeviceAlias, "ua-cmdqv-0009-01-00-0", LIVE)
    assert_unsupported(error, words.anchor("ua-cmdqv-0009-01-00-0", GPU_A))
    dom.detachDeviceFlags(hostdev(GPU_B), LIVE)
    wait_until_removed(dom, address(GPU_B))
    with daemon.nothing_changes():
        error = error_of(dom.attachDeviceFlags, hostdev(GPU_B, 3), LIVE)
    assert_unsupported(error, words.lowered_attach(GPU_B))
    with daemon.nothing_changes():
        error = error_of(dom.attachDeviceFlags, hostdev(GPU_B), LIVE | CONFIG)
    assert_unsupported(error, words.lowered_attach(GPU_B))
    for xml in (interface(VF_A, 3), interface(VF_A)):
        with daemon.nothing_changes():
            assert_unsupported(error_of(dom.attachDeviceFlags, xml, LIVE), words.lowered_attach(VF_A))


@LOWERED
@only("module")
def test_in_the_definition(daemon):
    """A client detaches the last device from the definition in vain, and adds a second one."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    with daemon.nothing_changes():
        error = error_of(dom.detachDeviceFlags, hostdev(GPU_A), CONFIG)
    assert_unsupported(error, words.last_in_definition(GPU_A))
    dom.attachDeviceFlags(hostdev(GPU_B, 3), CONFIG)
    assert inactive(dom).count("iommufd='yes'") == 2 and not [text for text in OURS if text in inactive(dom)]
    dom.create()
    assert sum('"iommufd":"iommufd0"' in value and '"bus":"pci.' in value for value in argv()) == 2
    dom.destroy()
    dom.detachDeviceFlags(hostdev(GPU_A), CONFIG)
    dom.create()
    assert inactive(dom).count("iommufd='yes'") == 1


@LOWERED
@only("module")
def test_an_smmu_is_added_to_a_definition(daemon):
    """A client adds a vSMMU to a definition, then a device behind it, and the domain starts."""
    dom = daemon.define(domain("g1", more=""))
    dom.attachDeviceFlags(smmu(cmdqv="off", **ALL_GIVEN), CONFIG)
    assert "cmdqv='off'" in inactive(dom) and RECORD in on_disk()
    dom.attachDeviceFlags(hostdev(GPU_A, 2), CONFIG)
    dom.create()
    assert sum('"iommufd":"iommufd0","bus":"pci.2"' in value for value in argv()) == 1


@LOWERED
@only("module")
def test_own_arguments_survive(daemon):
    """A domain has QEMU arguments and overrides of its own, and keeps them."""
    xml = domain("g1", smmu(), hostdev(GPU_A, 2, alias="ua-gpu"), hostdev(GPU_B, 3), namespaces=QEMU_NAMESPACE)
    dom = daemon.define(xml.replace("</domain>", OWN + "</domain>"))
    shown = inactive(dom)
    assert "own,debug-threads=on" in shown and "x-pci-sub-device-id" in shown and "arm-smmuv3" not in shown
    assert re.findall(r"<qemu:property name='(.*?)'", shown) == ["x-pci-sub-device-id"]
    assert inactive(daemon.define(shown)) == shown
    dom.create()
    assert any('"x-pci-sub-device-id":4660' in value and '"bus":"pci.2"' in value for value in argv())


@LOWERED
@only("module")
@pytest.mark.parametrize("override", ["", "<qemu:device alias='ua-a'><qemu:frontend/></qemu:device>"], ids=["empty", "frontend"])
def test_empty_override(daemon, override):
    """An override without a property: lowered, shown and defined again as if it were not there."""
    text = domain("g1", smmu(), hostdev(GPU_A, 2, alias="ua-a"), more=f"<qemu:override>{override}</qemu:override>", namespaces=QEMU_NAMESPACE)
    shown = inactive(daemon.define(text))
    assert "pciBus='1'" in shown and not [part for part in OURS if part in shown]
    assert inactive(daemon.define(shown)) == shown
    daemon.get().create()


@LOWERED
@only("module")
def test_rules_hold(daemon):
    """As on a libvirt that knows cmdqv: a domain that is refused there is refused here, and nothing is defined."""
    assert_unsound(error_of(daemon.define, domain("g1", smmu())), words.needs_hostdev())
    assert_unsound(error_of(daemon.define, domain("g1", smmu(2), hostdev(GPU_A, 2))), words.not_a_root())
    assert_unsound(error_of(daemon.define, domain("g1", smmu(), smmu(), hostdev(GPU_A, 2))), words.shared_bus())
    for devices in ((smmu(alias="ua-a"), hostdev(GPU_A, 2, alias="ua-a")), (smmu(alias="ua-a"), smmu(6, alias="ua-a"), hostdev(GPU_A, 2))):
        assert_unsound(error_of(daemon.define, domain("g1", *devices, hostdev(OTHER_A, 7))),
                       words.of_domain("...two devices have the alias 'ua-a'; give one of them another..."))
    emulated = "<interface type='user'><model type='virtio'/></interface>"
    error = error_of(daemon.define, domain("g1", smmu(), hostdev(GPU_A, 2), emulated))
    assert "emulated device cannot be behind an accelerated SMMU" in error.get_error_message()
    assert daemon.names() == []


@LOWERED
@only("module")
def test_interface_into_a_definition(daemon):
    """The definition is lowered anew, and then libvirt has QEMU create interfaces first."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    dom.attachDeviceFlags(interface(VF_A, 3), CONFIG)
    dom.create()
    assert ['"bus":"pci.3"' in value for value in argv() if "vfio-pci" in value] == [True, False]
    with daemon.nothing_changes():
        error = error_of(dom.detachDeviceFlags, interface(VF_A), LIVE)
    assert_unsupported(error, words.anchor("hostdev0", VF_A))


def controller(model, **target):
    return (f"<controller type='pci' index='12' model='{model}'><model name='{model}'/><target{attrs(**target)}/>"
            f"{address('0000:01:05.0', type='pci')}</controller>")


def places():
    """Devices of the running QEMU, and the bus of each."""
    return {device["id"]: device["bus"] for device in devices_of_qemu() if "bus" in device}


def test_a_port_is_removed_from_the_definition(daemon):
    """libvirt fills the gap with a port of the root."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    dom.detachDeviceFlags("<controller type='pci' index='4' model='pcie-root-port'/>", CONFIG)
    shown = inactive(dom)
    dom.create()
    assert [places()[bus] for bus in ("pci.2", "pci.3", "pci.4", "pci.5")] == ["pci.1", "pci.1", "pcie.0", "pci.1"]
    assert inactive(daemon.define(shown)) == shown and inactive(dom) == shown


def test_a_port_is_added_to_the_definition(daemon):
    """A client adds a root port to the definition, then a device on it, and the domain starts."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    dom.attachDeviceFlags(controller("pcie-root-port", chassis="12", port="0x28"), CONFIG)
    dom.attachDeviceFlags(hostdev(GPU_B, 12), CONFIG)
    dom.create()
    assert places()["pci.12"] == "pci.1"
    assert [device["bus"] for device in devices_of_qemu() if device["driver"] == "vfio-pci"] == ["pci.2", "pci.12"]


def test_live_xml_is_defined(daemon):
    """Its aliases are libvirt's, and of that run."""
    dom = daemon.run(domain("g1", smmu(1), smmu(6), hostdev(GPU_A, 2), hostdev(OTHER_A, 7)))
    live = dom.XMLDesc(0)
    assert live.count("<alias name='iommu") == 2
    dom = daemon.define(live.replace("<alias name='iommu1'/>", "<alias name='iommu0'/>"))
    assert not re.search("<alias name='(?!ua-)", inactive(dom))
    dom.destroy()
    dom.create()
    assert re.findall("<alias name='(iommu.)'/>", dom.XMLDesc(0)) == ["iommu0", "iommu1"]


@LOWERED
@only("module")
def test_transient(daemon):
    """The anchor of a domain without a definition stays."""
    dom = daemon.conn.createXML(domain("g1", smmu(), hostdev(GPU_A, 2)))
    assert_unsupported(error_of(dom.detachDevice, hostdev(GPU_A)), words.anchor("ua-cmdqv-0009-01-00-0", GPU_A))


@LOWERED
@only("module")
def test_to_native(daemon):
    """domxml-to-native shows the command line with the vSMMU."""
    native = daemon.conn.domainXMLToNative("qemu-argv", DOMAINS["one"], 0)
    assert "arm-smmuv3,primary-bus=pci.1" in native and '"bus":"pci.2"' in native


@LOWERED
@only("module")
def test_without_the_plugin(daemon):
    """A lowered definition is complete by itself: it starts on stock libvirt; and the one that stock libvirt shows can be defined again."""
    daemon.define(DOMAINS["two"])
    shown = inactive(daemon.get())
    daemon.restart("stock")
    dom = daemon.get()
    raw = inactive(dom)
    assert RECORD in raw
    dom.create()
    assert sum(value.startswith("arm-smmuv3,") for value in argv()) == 2
    dom.destroy()
    daemon.restart("module")
    assert inactive(daemon.get()) == shown
    assert inactive(daemon.define(raw)) == shown and on_disk().count("<cmdqv:lowered ") == 1


@LOWERED
@only("module")
def test_metadata_is_not_written_past_it(daemon):
    """A client writes the module's own record, and is refused."""
    dom = daemon.define(DOMAINS["one"])
    with daemon.nothing_changes():
        error = error_of(dom.setMetadata, libvirt.VIR_DOMAIN_METADATA_ELEMENT, "<lowered/>", "x", RECORD, CONFIG)
    assert_unsupported(error, words.metadata_is_ours(uri=RECORD))


@LOWERED
@only("module")
def test_metadata_is_not_shown(daemon):
    """A client asks for the module's own record, and there is none; its own metadata is there."""
    dom = daemon.define(DOMAINS["metadata"])
    error = error_of(dom.metadata, libvirt.VIR_DOMAIN_METADATA_ELEMENT, RECORD)
    assert error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN_METADATA
    assert dom.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, "urn:x").startswith("<y")


UUID = "11111111-2222-3333-4444-555555555555"
DISK = ("<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/run/g1.qcow2'/>"
        "<target dev='vda' bus='virtio'/><address type='pci' bus='10'/></disk>")


def body(xml):
    """The domain as it is in the text around it."""
    return re.search(r"<domain .*</domain>", xml, re.S)[0]


@LOWERED
@only("module")
def test_checkpoint(daemon):
    """A client redefines a checkpoint with a domain in it, and dumps it with the same domain."""
    xml = domain("g1", smmu(), hostdev(GPU_A, 2), DISK, uuid=UUID)
    dom = daemon.define(xml)
    made = dom.checkpointCreateXML(
        "<domaincheckpoint><name>c1</name><creationTime>1700000000</creationTime><disks><disk name='vda' checkpoint='bitmap' "
        f"bitmap='c1'/></disks>{body(inactive(dom))}</domaincheckpoint>", libvirt.VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE)
    shown = made.getXMLDesc()
    assert described(shown) == described(xml) and not [text for text in OURS if text in shown]
    assert RECORD in Path("/var/lib/libvirt/qemu/checkpoint/g1/c1.xml").read_text()
    made.delete(libvirt.VIR_DOMAIN_CHECKPOINT_DELETE_METADATA_ONLY)


@LOWERED
@only("module")
def test_snapshot(daemon):
    """As upstream would write it, and as it is shown; a revert defines the domain in it."""
    xml = domain("g1", smmu(), hostdev(GPU_A, 2), uuid=UUID)
    dom = daemon.define(domain("g1", uuid=UUID))
    made = dom.snapshotCreateXML(snapshot(xml), REDEFINE)
    shown = made.getXMLDesc()
    assert described(shown) == described(xml) and not [text for text in OURS if text in shown]
    again = dom.snapshotCreateXML(shown, REDEFINE)
    assert again.getXMLDesc() == shown and "arm-smmuv3" in Path("/var/lib/libvirt/qemu/snapshot/g1/s1.xml").read_text()
    again.delete(libvirt.VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY)


@LOWERED
@only("module")
def test_without_override(daemon, tmp_path):
    """A libvirt that is older still cannot be got past."""
    source, library = tmp_path / "version.c", tmp_path / "version.so"
    source.write_text("int virGetVersion(unsigned long *v, const char *t, unsigned long *tv)\n"
                      "{ (void)t; (void)tv; *v = 8000000; return 0; }\n")
    assert run("gcc", "-shared", "-fPIC", "-o", library, source).status == 0
    daemon.stop()
    assert run("/lab/daemon", "start", module_path(), library).status == 0
    daemon.mode = "old"
    daemon.connect()
    with daemon.nothing_changes():
        error = error_of(daemon.define, DOMAINS["one"])
    assert_unsound(error, "unsupported configuration: domain 'g1': libvirt 8.0.0 silently drops cmdqv, and has no <qemu:override> for "
                   "the module to use; use libvirt 12.7.0 or newer, or 8.2.0 with QEMU 11.1")


def fake_emulator(tmp_path, replies):
    """A QEMU that describes itself by the given replies."""
    path = Path("/lab/qemu-fake")
    path.write_text("#!/bin/sh\ncase \"$*\" in *stdio*) cat <<'E'\n" + replies + "E\nexit;; esac\n"
                    f"exec {EMULATOR} \"$@\"\n")
    path.chmod(0o755)
    return path


@LOWERED
@only("module")
def test_an_emulator_without_it(daemon, tmp_path):
    """The domain's emulator has no cmdqv: the definition is refused with the version that has."""
    missing_device = '{"id":"arm-smmuv3","error":{"class":"DeviceNotFound","desc":"x"}}\n'
    others = '{"id":"vfio-pci","return":[{"name":"iommufd","type":"link"}]}\n{"id":"vfio-pci-nohotplug","return":[]}\n'
    path = fake_emulator(tmp_path, missing_device + others)
    error = error_of(daemon.define, domain("g1", smmu(), hostdev(GPU_A, 2), emulator=path))
    assert_unsound(error, "unsupported configuration: domain 'g1': ...QEMU 11.1, or newer...")
    os.unlink(path)
    assert daemon.names() == []


# The file of a downstream QEMU's replies, and the properties that this QEMU gets.
DOWNSTREAM = {
    "downstream-boolean": "accel=on,ats=on,ril=off,pasid=on,oas=48,cmdqv=on",
    "downstream-ssidsize": "accel=on,ats=on,ril=off,ssidsize=20,oas=48,cmdqv=on",
    "downstream-tegra241": "accel=on,ats=on,ril=off,pasid=on,oas=48,tegra241-cmdqv=on",
}


@LOWERED
@only("module")
@pytest.mark.parametrize("name", DOWNSTREAM)
def test_downstream(daemon, tmp_path, name):
    """The emulator is asked for its properties, and gets them in its own spelling, from the module and from the tool."""
    path = fake_emulator(tmp_path, Path(f"/src/tests/qemutargetdata/{name}.qmp").read_text())
    xml = domain("g1", smmu(**ALL_GIVEN), hostdev(GPU_A, 2), hostdev(GPU_B, 3), emulator=path)
    dom = daemon.define(xml)
    assert described(inactive(dom)) == described(xml)
    dom.create()
    told = f"arm-smmuv3,primary-bus=pci.1,id=iommu0,{DOWNSTREAM[name]}"
    assert [value for value in argv() if value.startswith("arm-smmuv3")] == [told]
    error = error_of(dom.detachDeviceFlags, hostdev(GPU_A), LIVE)
    assert_unsupported(error, words.anchor("ua-cmdqv-0009-01-00-0", GPU_A))
    file = tmp_path / "g1.xml"
    file.write_text(xml)
    assert told in run("virt-cmdqv", "argv", "--keyval", file).out.splitlines()
    dom.destroy()
    os.unlink(path)


# -- the upgrade: a definition that a libvirt without CMDQV wrote, found by one that keeps cmdqv

WRITTEN = (Path(__file__).parent / "helpers/lowered-by-11.3.xml").read_text()


@pytest.fixture
def found(daemon):
    """The domain's file, put there as that of the host before the upgrade."""
    daemon.stop()
    file = Path("/etc/libvirt/qemu/g1.xml")
    file.write_text(WRITTEN)
    daemon.start(daemon.mode)
    yield daemon.get()
    if file.exists():
        daemon.get().undefine() if not daemon.get().isActive() else None


@NATIVE
def test_upgrade_is_shown_as_meant(daemon, found):
    """libvirt 12.8 finds a definition that was lowered by 11.3, and shows it as the user wrote it."""
    if daemon.stock:
        assert RECORD in inactive(found)
    else:
        meant = domain("g1", smmu(1), smmu(6), hostdev(GPU_A, 2), hostdev(OTHER_A, 7), hostdev(GPU_B, 3))
        assert described(inactive(found)) == described(meant)
        assert not [text for text in OURS if text in inactive(found)] and RECORD in on_disk()


@NATIVE
def test_upgrade_runs_unchanged(daemon, found):
    """With the plugin and, the plugin removed, without it."""
    found.create()
    assert sum(value.startswith("arm-smmuv3,") for value in argv()) == 2 and RECORD in on_disk()
    if daemon.stock:
        error = error_of(found.detachDeviceFlags, hostdev(GPU_A), LIVE)     # its port is closed
        assert error.get_error_message().endswith("0000:02:00.0 - not allowed by controller")
    else:
        with daemon.nothing_changes():
            error = error_of(found.detachDeviceFlags, hostdev(GPU_A), LIVE)
        assert_unsupported(error, words.anchor("ua-cmdqv-0009-01-00-0", GPU_A))
        with daemon.nothing_changes():
            error = error_of(found.attachDeviceFlags, hostdev(OTHER_B, 8), LIVE)
        assert_unsupported(error, words.lowered_attach(OTHER_B, vsmmu="iommu1", bus="pci.6"))
        found.detachDeviceFlags(hostdev(GPU_B), LIVE)


@NATIVE
def test_upgrade_is_native_when_defined(daemon, found):
    """libvirt 12.8 gets such a definition back from a client, and writes it as its own."""
    if daemon.stock:
        assert RECORD in inactive(daemon.define(inactive(found)))
    else:
        shown = inactive(found)
        dom = daemon.define(shown)
        assert RECORD not in on_disk() and on_disk().count("cmdqv='on'") == 2 and inactive(dom).count("cmdqv='on'") == 2
        dom.create()
        assert sum('"driver":"arm-smmuv3"' in value for value in argv()) == 2
        assert daemon.define(WRITTEN) and RECORD not in on_disk()
