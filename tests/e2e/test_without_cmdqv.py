"""The module says when a domain is defined which files a libvirt without CMDQV does not let QEMU open, and the setting to change;
and the tool's words about such a libvirt."""
import os
import re
from pathlib import Path

import libvirt
import pytest

import words
from conftest import assert_unsound, error_of, only, run
from domains import ALL_GIVEN, GPU_A, GPU_B, domain, hostdev, smmu
from migration import OFFLINE, PERSIST, Incoming, cookie, way
from verbs import nothing_stays

UUID = "11111111-2222-3333-4444-555555555555"
QEMU_CONF = Path("/etc/libvirt/qemu.conf")
XML = domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3))
PLAIN = domain("g1", hostdev(GPU_A, 10, iommufd=None))
FILES = ("/dev/iommu", "/dev/vfio/devices/vfio0", "/dev/vfio/devices/vfio1")
SETTING = "add the missing files to cgroup_device_acl in /etc/libvirt/qemu.conf, beside the files of its default, and restart the daemon"
DROPS = "silently drops cmdqv"


def hides(*files):
    return ("<iommu> in line ...: this libvirt gives QEMU a private /dev without "
            + ", ".join(f"'{file}'" for file in files) + "; " + SETTING)


@pytest.fixture
def qemu_conf(daemon):
    """Writes qemu.conf anew, without the lines about /dev that the lab needs, and starts the daemon again.

    A domain is only defined then: in a lab, a /dev of its own cannot be made."""
    before = QEMU_CONF.read_text()

    def write(*lines):
        kept = [line for line in before.splitlines() if not line.startswith(("namespaces", "user", "group"))]
        QEMU_CONF.write_text("\n".join([*kept, *lines]) + "\n")
        daemon.restart()

    yield write
    QEMU_CONF.write_text(before)
    for file in FILES:
        os.chmod(file, 0o644)
    daemon.restart()


def acl(*files):
    return "cgroup_device_acl = [\n" + "".join(f'    "{file}",\n' for file in ("/dev/null", *files)) + "]"


@only("module")
def test_own_dev(daemon, qemu_conf):
    """libvirt's default."""
    qemu_conf("user = 'root'")
    with daemon.nothing_changes():
        error = error_of(daemon.define, XML)
    assert_unsound(error, f"unsupported configuration: domain 'g1': {hides(*FILES)} [libvirt-hides-devices]")
    with daemon.nothing_changes():
        error = error_of(daemon.conn.createXML, XML)
    assert_unsound(error, f"unsupported configuration: domain 'g1': {hides(*FILES)} [libvirt-hides-devices]")
    daemon.define(PLAIN)


@only("module")
def test_listed(daemon, qemu_conf):
    """qemu.conf lists some of the files, and then all of them."""
    qemu_conf("user = 'root'", "namespaces = [ 'mount' ]", acl(FILES[0], FILES[2]))
    assert_unsound(error_of(daemon.define, XML), f"unsupported configuration: domain 'g1': {hides(FILES[1])} [libvirt-hides-devices]")
    qemu_conf("user = 'root'", acl(*FILES))
    daemon.define(XML)


@only("module")
def test_start_from_a_definition(daemon, qemu_conf):
    """One that was defined before the file was changed."""
    dom = daemon.define(XML)
    qemu_conf("user = 'root'", "namespaces = [ 'mount' ]")
    dom = daemon.get()
    with daemon.nothing_changes():
        error = error_of(dom.create)
    assert_unsound(error, f"unsupported configuration: domain 'g1': {hides(*FILES)} [libvirt-hides-devices]")


@only("module")
def test_owner(daemon, qemu_conf):
    """May change until the start, so it is only said."""
    for file in FILES:
        os.chmod(file, 0o600)
    qemu_conf("user = 'libvirt-qemu'", "group = 'libvirt-qemu'", "namespaces = []")
    daemon.define(XML)
    said = [entry["MESSAGE"] for entry in daemon.journal() if "[libvirt-bars-devices]" in entry["MESSAGE"]]
    assert len(said) == 1 and words.matches(
        "domain 'g1': <iommu> in line ...: QEMU's user may not read and write " + ", ".join(f"'{file}'" for file in FILES)
        + ", and this libvirt does not change the owner; set GROUP and MODE in a rule in /etc/udev/rules.d, or user and group in "
        "/etc/libvirt/qemu.conf [libvirt-bars-devices]", said[0])


DROPS_IOMMUFD = ("this libvirt (...) silently drops iommufd in a domain without a vSMMU, so QEMU uses VFIO's older interface for the "
                 "device; use libvirt 12.1.0 or newer, or remove iommufd [libvirt-drops-iommufd]")


@only("module")
def test_iommufd_without_a_vsmmu(daemon, tmp_path):
    """Dropped, as without the module, but not in silence: by its device, for all of the domain, and attached later."""
    each = domain("g1", hostdev(GPU_A, 10), uuid=UUID)
    whole = domain("g1", hostdev(GPU_A, 10, iommufd=None), uuid=UUID, more="<iommufd enabled='yes'/>")
    plain = domain("g1", uuid=UUID)

    def said():
        return [entry["MESSAGE"] for entry in daemon.journal() if "[libvirt-drops-iommufd]" in entry["MESSAGE"]]

    for count, xml in enumerate((each, whole), 1):
        daemon.define(xml)
        assert len(said()) == count and words.matches(f"domain 'g1': <hostdev> in line ...: {DROPS_IOMMUFD}", said()[-1])
    dom = daemon.define(PLAIN.replace("<name>g1</name>", f"<name>g1</name><uuid>{UUID}</uuid>"))
    dom = daemon.define(plain)
    assert len(said()) == 2
    dom.attachDeviceFlags(hostdev(GPU_A, 10), libvirt.VIR_DOMAIN_AFFECT_CONFIG)
    assert len(said()) == 3 and words.matches(f"domain 'g1': <hostdev> in line ...: {DROPS_IOMMUFD}", said()[-1])
    daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2), uuid=UUID)).attachDeviceFlags(hostdev(GPU_B, 3), 0)
    assert len(said()) == 3
    file = tmp_path / "g1.xml"
    for xml in (each, whole):
        file.write_text(xml)
        done = run("virt-cmdqv", "-c", "qemu:///system", "validate", file)
        assert done.status == 0 and words.matches(f"...{file}: warning: <hostdev> in line ...: {DROPS_IOMMUFD}\n...", done.out), done
    file.write_text(plain)
    assert run("virt-cmdqv", "-c", "qemu:///system", "validate", file).out == f"{file}: valid\n"


@only("module")
def test_nodeset(daemon, tmp_path):
    """Dropped, as without the module, but not in silence."""
    xml = domain("g1", smmu(), hostdev(GPU_A, 2).replace("</hostdev>", "<acpi nodeset='0'/></hostdev>"), uuid=UUID)
    drops = ("<hostdev> in line ...: this libvirt (...) silently drops the nodeset of its <acpi>, so the device has no NUMA node of "
             "its own in the guest; use libvirt 11.8.0 or newer, or remove nodeset [libvirt-drops-nodeset]")
    assert "nodeset" not in daemon.define(xml).XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    said = [entry["MESSAGE"] for entry in daemon.journal() if "[libvirt-drops-nodeset]" in entry["MESSAGE"]]
    assert len(said) == 1 and words.matches(f"domain 'g1': {drops}", said[0])
    file = tmp_path / "g1.xml"
    file.write_text(xml)
    done = run("virt-cmdqv", "-c", "qemu:///system", "validate", file)
    assert done.status == 0 and words.matches(f"...{file}: warning: {drops}\n...", done.out), done


@only("module")
def test_level(daemon, qemu_conf, settings):
    """The rule is a warning, and the definition passes."""
    qemu_conf("user = 'root'")
    settings("[rules]\nlibvirt-hides-devices = warning\n")
    daemon.define(XML)


@only("module")
def test_validate(daemon, tmp_path):
    """With the module, the tool does not hold against libvirt the lacks that the module makes up for; without, it does."""
    file = tmp_path / "g1.xml"
    file.write_text(XML)
    validate = ("virt-cmdqv", "-c", "qemu:///system", "validate")
    done = run(*validate, file)
    assert done.status == 0 and "libvirt" not in done.out and f"{file}: valid\n" in done.out, done
    assert '"unchecked" : []' in run(*validate, "--json", file).out
    daemon.restart("stock")
    done = run(*validate, file)
    assert done.status == 1 and "silently drops cmdqv" in done.out and "[libvirt-drops-cmdqv]" in done.out
    daemon.restart("module")


@only("module")
def test_validate_own_dev(daemon, qemu_conf, tmp_path):
    """virt-cmdqv validate names the files that QEMU may not open."""
    qemu_conf("user = 'root'")
    file = tmp_path / "g1.xml"
    file.write_text(XML)
    done = run("virt-cmdqv", "-c", "qemu:///system", "validate", file)
    assert done.status == 1 and words.matches(f"...{file}: refused: {hides(*FILES)} [libvirt-hides-devices]\n", done.out), done


@only("module")
def test_doctor(daemon, qemu_conf):
    """virt-cmdqv doctor finds a definition whose files QEMU may not open."""
    daemon.define(XML)
    done = run("virt-cmdqv", "-c", "qemu:///system", "doctor")
    assert "the definition of domain 'g1'" in done.out and not re.search(r"\[libvirt-(drops|hides|bars)", done.out)
    qemu_conf("user = 'root'")
    done = run("virt-cmdqv", "-c", "qemu:///system", "doctor")
    assert done.status == 1 and words.matches(f"...: FAIL ({hides(*FILES)} [libvirt-hides-devices])...", done.out), done


@only("module")
def test_layout(daemon):
    """It refuses a hole for BARs, and drops the numbers of cells; without a connection the tool prints both."""
    cells = XML.replace("</model>", "</model><numa><cell id='0' cpus='0' memory='64' unit='MiB'/></numa>")
    for asked in ((), ("-c", "qemu:///system")):
        done = run("virt-cmdqv", *asked, "layout", "--from", "-", stdin=cells)
        assert done.status == 0, done
        assert ("pcihole64" in done.out, "nodeset=" in done.out) == ((False, False) if asked else (True, True))


# -- migration from another host

PREPARES = ["virDomainMigratePrepare2", "virDomainMigratePrepare3", "virDomainMigratePrepare3Params",
            "virDomainMigratePrepareTunnel", "virDomainMigratePrepareTunnel3", "virDomainMigratePrepareTunnel3Params"]


def prepare(xml, function="virDomainMigratePrepare3Params"):
    with Incoming() as client:
        return client.prepare(function, xml, way(function))


DROPPED = ("unsupported configuration: domain 'g1': libvirt ... silently drops cmdqv, and the module cannot add it to a domain that is "
           "migrated; define the domain on this host instead")


@only("module")
@pytest.mark.parametrize("function", PREPARES)
@pytest.mark.parametrize("devices", [(smmu(), hostdev(GPU_A, 2)), (smmu(cmdqv="off", **ALL_GIVEN),)], ids=["anchored", "unanchored"])
def test_migrated_from_a_libvirt_with_cmdqv(daemon, devices, function):
    """A libvirt with CMDQV sends a domain with cmdqv as it is, by each function."""
    with daemon.nothing_changes():
        said = prepare(domain("g1", *devices, uuid=UUID), function)
    assert words.matches(DROPPED, said[2])
    assert [entry["CMDQV_CALL"] for entry in daemon.refusals()] == [function]


@only("module")
@pytest.mark.parametrize("kind", ["3", "3Params"])
def test_definition_migrated_from_a_libvirt_with_cmdqv(daemon, kind):
    """A client migrates the definition that the domain is to have after it has stopped."""
    received = cookie("g1", UUID, domain("g1", smmu(), hostdev(GPU_A, 2), uuid=UUID))
    with Incoming() as client:
        assert client.prepare(f"virDomainMigratePrepare{kind}", domain("g1", uuid=UUID), OFFLINE | PERSIST) is None
        said = client.finish(f"virDomainMigrateFinish{kind}", "g1", received, OFFLINE | PERSIST)
    assert words.matches(DROPPED, said[2])
    assert nothing_stays(daemon)


@only("module")
def test_lowered_definition_migrated(daemon):
    """Another host of this version sends a lowered definition, which is then as the user wrote it."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2), uuid=UUID))
    as_written, lowered = dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), Path("/etc/libvirt/qemu/g1.xml").read_text()
    dom.undefine()
    with Incoming() as client:
        assert client.prepare("virDomainMigratePrepare3Params", domain("g1", uuid=UUID), OFFLINE | PERSIST) is None
        assert client.finish("virDomainMigrateFinish3Params", "g1", cookie("g1", UUID, lowered[lowered.index("<domain"):]),
                             OFFLINE | PERSIST) is None
    assert daemon.get().XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE) == as_written
    daemon.get().create()


@only("module")
def test_lowered_definition_migrated_without_its_anchor(daemon):
    """A client migrates a lowered definition that has lost its anchor."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2), uuid=UUID))
    lowered = Path("/etc/libvirt/qemu/g1.xml").read_text()
    dom.undefine()
    broken = re.sub(r"<hostdev.*</hostdev>", "", lowered[lowered.index("<domain"):], flags=re.S)
    with Incoming() as client:
        assert client.prepare("virDomainMigratePrepare3Params", domain("g1", uuid=UUID), OFFLINE | PERSIST) is None
        said = client.finish("virDomainMigrateFinish3Params", "g1", cookie("g1", UUID, broken), OFFLINE | PERSIST)
    assert words.matches(words.needs_hostdev(), said[2])
    assert nothing_stays(daemon)


@only("module")
def test_lowered_domain_migrated(daemon):
    """Or without a vSMMU."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2), uuid=UUID))
    lowered = Path("/etc/libvirt/qemu/g1.xml").read_text()
    dom.undefine()
    for xml in (lowered, domain("g1", uuid=UUID)):
        assert prepare(xml) is None
        daemon.restart()        # which forgets the migration that was not finished
