"""Numbers and devices at which libvirt itself ends, or works for hours, in a text with an SMMUv3: refused before it reads them."""
from pathlib import Path

import libvirt
import pytest

import saveimage
import words
from conftest import DAEMON, assert_unsound, assert_unsupported, error_of, only, run, wait_for
from domains import GPU_A, VF_A, VF_B, domain, hostdev, inactive, interface, smmu, snapshot
from migration import OFFLINE, ON_SOURCE, PERSIST, TUNNEL, Incoming, cookie
from saveimage import sound
from verbs import CONFIG, LIVE, REDEFINE, nothing_stays, saved_by_stock

UUID = "00000000-0000-4000-8000-00000000000f"
SOUND = domain("g1", smmu(), hostdev(GPU_A, 2), uuid=UUID)
PLAIN = domain("g1", uuid=UUID)
# A domain with an SMMUv3, and with nothing that libvirt 11.3 would drop.
PLAIN_SMMU = domain("g1", smmu(bus=None, accel=None, cmdqv=None), uuid=UUID)
IMAGE = "/run/fatal.save"
MANAGED = "/var/lib/libvirt/qemu/save/g1.save"
UNSOUND = words.UNSOUND
IN_SNAPSHOT = f"{UNSOUND}snapshot XML: "
MOST = "2147483647"


def device(xml):
    return SOUND.replace("</devices>", xml + "</devices>")


def top(xml):
    return SOUND.replace("<vcpu>1</vcpu>", xml)


def disk(dev, bus, more=""):
    return f"<disk type='file' device='disk'><source file='/x'/><target dev='{dev}' bus='{bus}'/>{more}</disk>"


DRIVE = f"<address type='drive' controller='{MOST}' bus='0' target='0' unit='0'/>"
DEVICES = {
    "PCI controller": f"<controller type='pci' index='{MOST}' model='pcie-root-port'/>",
    "USB controller": f"<controller type='usb' index='{MOST}' model='qemu-xhci'/>",
    "controller of another type": f"<controller type='virtio-serial' index='{MOST}'/>",
    "controller without a type": f"<controller index='{MOST}'/>",
    "address of a disk": disk("sda", "scsi", DRIVE),
    "address of a SCSI hostdev": "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host0'/>"
                                 f"<address bus='0' target='0' unit='0'/></source>{DRIVE}</hostdev>",
    "name of a disk": disk("sdzzzzzz", "scsi"),
    "address of a SCSI hostdev, of another type": "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host0'/>"
                                                  "<address bus='0' target='0' unit='0'/></source>"
                                                  f"<address type='virtio-serial' controller='{MOST}' bus='0' port='1'/></hostdev>",
    "name of an NVMe disk, its controller": disk(f"nvme{MOST}n1", "nvme"),
    "name of an NVMe disk of another bus": disk(f"nvme0n{MOST}", "sata"),
    "name of a disk of another prefix": disk("vdzzzzzz", "sata"),
}
TEXTS = {name: device(xml) for name, xml in DEVICES.items()} | {
    "USB controller": SOUND.replace("<controller type='usb' model='none'/>", DEVICES["USB controller"]),
    "I/O threads": top(f"<vcpu>1</vcpu><iothreads>\n {MOST}</iothreads>"),
    "I/O threads in CDATA": top(f"<vcpu>1</vcpu><iothreads><![CDATA[{MOST}]]></iothreads>"),
    "CPUs": top("<vcpu current='1'>4294967295</vcpu>"),
    "I/O threads, negative": top("<vcpu>1</vcpu><iothreads>-1</iothreads>"),
    "CPUs, negative": top("<vcpu current='1'>\n-1</vcpu>"),
    "level of a cache": top(f"<vcpu>1</vcpu><cputune><cachetune vcpus='0'><cache id='0' level='{MOST}' type='both' size='1' unit='MiB'/>"
                            "</cachetune></cputune>"),
    "number of a cache": top(f"<vcpu>1</vcpu><cputune><cachetune vcpus='0'><cache id='{MOST}' level='3' type='both' size='1' unit='MiB'/>"
                             "</cachetune></cputune>"),
    "number of a node": top(f"<vcpu>1</vcpu><cputune><memorytune vcpus='0'><node id='{MOST}' bandwidth='50'/></memorytune></cputune>"),
    "spelled otherwise": device("<controller model='pcie-root-port' index='&#43;2147483647' type='&#112;ci'/>"),
}


# An index of a PCI controller is invalid before it is one that ends libvirt.
INDEX = "<controller> in line ...: index='...' is not a decimal number from 0 to 255; write one"


def sentence(name):
    return words.FATAL_DISK if "name of" in name else words.FATAL


def assert_number(error, start, name):
    """Refused for the number: as one that ends libvirt, or as an invalid index."""
    said = [start + one + end for one in (sentence(name), INDEX) for end in ("", " [bad-value]")]
    assert_unsound(error, next((one for one in said if words.matches(one, error.get_error_message())), said[0]))


def test_stock_ends():
    """The control: one is enough, and it takes the daemon with it."""
    DAEMON.start("stock")
    error_of(DAEMON.conn.defineXML, TEXTS["PCI controller"])
    assert not DAEMON.alive()
    DAEMON.start("stock")
    DAEMON.clean()


@only("module")
@pytest.mark.parametrize("name", TEXTS)
def test_domain(daemon, name):
    """Define, create, the command line: the same at each, and nothing is there afterwards."""
    xml = TEXTS[name]
    for call in (daemon.conn.defineXML, daemon.conn.createXML):
        assert_unsound(error_of(call, xml), UNSOUND + sentence(name))
    assert_unsound(error_of(daemon.conn.domainXMLToNative, "qemu-argv", xml), UNSOUND + sentence(name))
    assert daemon.names() == []
    assert daemon.alive()


@only("module")
@pytest.mark.parametrize("name", TEXTS)
def test_other_entrances(daemon, name):
    """A snapshot and a migration: the domain that is there stays as it is."""
    xml = TEXTS[name]
    dom = daemon.define(SOUND)
    with daemon.nothing_changes():
        assert_number(error_of(dom.snapshotCreateXML, snapshot(xml), REDEFINE), IN_SNAPSHOT, name)
        assert_number(error_of(dom.snapshotCreateXML, snapshot(SOUND, inactive(xml)), REDEFINE), IN_SNAPSHOT, name)
    for kind in ("2", "3", "3Params", "Tunnel", "Tunnel3", "Tunnel3Params"):
        with Incoming() as client:
            flags = libvirt.VIR_MIGRATE_LIVE | (libvirt.VIR_MIGRATE_TUNNELLED if "Tunnel" in kind else 0)
            code, of, message = client.prepare(f"virDomainMigratePrepare{kind}", xml, flags)
        assert words.matches(UNSOUND + sentence(name), message)
        assert (code, of) == (libvirt.VIR_ERR_CONFIG_UNSUPPORTED, libvirt.VIR_FROM_QEMU)
    assert dom.snapshotNum() == 0
    assert daemon.alive()


@only("module")
def test_save_image(daemon, tmp_path):
    """Neither put into a file, nor restored with."""
    file = saved_by_stock(daemon, tmp_path, sound)
    before = Path(file).read_bytes()
    for name in ("PCI controller", "CPUs", "name of a disk"):
        xml = TEXTS[name]
        for call in (daemon.conn.saveImageDefineXML, daemon.conn.restoreFlags):
            assert_number(error_of(call, file, xml), f"{UNSOUND}domain 'g1': ", name)
    assert Path(file).read_bytes() == before
    assert daemon.names() == []
    assert daemon.alive()


IN_IMAGE = f"{UNSOUND}the definition in the save image '...' has a number that libvirt crashes or hangs with, or cannot be read; correct it there"


def test_stock_ends_at_an_image():
    """The control: a client of stock libvirt names a file with such a definition, and that is enough."""
    DAEMON.start("stock")
    saveimage.write(IMAGE, TEXTS["PCI controller"])
    error_of(DAEMON.conn.restore, IMAGE)
    assert not DAEMON.alive()
    DAEMON.start("stock")
    DAEMON.clean()


@only("module")
@pytest.mark.parametrize("name", TEXTS)
def test_definition_of_an_image(daemon, name):
    """A client names a file whose own definition has such a number, at each call that reads one."""
    saveimage.write(IMAGE, TEXTS[name])
    before = Path(IMAGE).read_bytes()
    for call in (daemon.conn.restore, lambda file: daemon.conn.restoreFlags(file, SOUND, 0),
                 lambda file: daemon.conn.restoreParams({"file": file}, 0), daemon.conn.saveImageGetXMLDesc,
                 lambda file: daemon.conn.saveImageDefineXML(file, SOUND, 0)):
        assert_unsound(error_of(call, IMAGE), IN_IMAGE)
    assert Path(IMAGE).read_bytes() == before
    assert daemon.names() == []
    assert daemon.alive()


@only("module")
@pytest.mark.parametrize("name", TEXTS)
def test_managed_save(daemon, name):
    """The same for a managed save, at each call that reads one: its domain stays as it is."""
    dom = daemon.define(PLAIN)
    saveimage.write(MANAGED, TEXTS[name])
    daemon.restart()
    dom = daemon.get()
    with daemon.nothing_changes():
        for call in (dom.create, dom.createWithFlags, dom.managedSaveGetXMLDesc, lambda: dom.managedSaveDefineXML(PLAIN),
                     lambda: dom.managedSaveDefineXML(SOUND)):
            assert_unsound(error_of(call), IN_IMAGE.replace("save image", "managed save of domain"))
    assert dom.hasManagedSaveImage() and daemon.alive()
    dom.managedSaveRemove()


@only("module")
@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("kind", ["3", "3Params"])
def test_cookie(daemon, name, kind):
    """A migration's cookie has such a persistent definition: the migration fails."""
    with Incoming() as client:
        flags = OFFLINE | PERSIST
        assert client.prepare(f"virDomainMigratePrepare{kind}", PLAIN, flags) is None
        code, of, message = client.finish(f"virDomainMigrateFinish{kind}", "g1", cookie("g1", UUID, TEXTS[name]), flags)
    assert any(words.matches(f"{UNSOUND}domain 'g1': {one} [bad-value]", message) for one in (sentence(name), INDEX)), message
    assert (code, of) == (libvirt.VIR_ERR_CONFIG_UNSUPPORTED, libvirt.VIR_FROM_QEMU)
    assert daemon.alive() and nothing_stays(daemon)


def test_stock_ends_on_the_source():
    """The control: a client of stock libvirt names such a definition for the destination, and that is enough."""
    DAEMON.start("stock")
    DAEMON.define(PLAIN)
    with Incoming() as client:
        client.leave("virDomainMigrateBegin3Params", "g1", TEXTS["PCI controller"], OFFLINE | PERSIST)
    wait_for(lambda: not DAEMON.alive(), "the daemon lives")
    DAEMON.start("stock")
    DAEMON.clean()


@only("module")
@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("function", ON_SOURCE)
def test_source_of_a_migration(daemon, function, name):
    """A client gives the source host such a definition for the destination, or to stay there: the domain stays as it is."""
    daemon.define(PLAIN)
    with daemon.nothing_changes():
        for parameter in ["destination_xml"] + ["persistent_xml"] * function.endswith("Params"):
            with Incoming() as client:
                code, of, message = client.leave(function, "g1", TEXTS[name], OFFLINE | PERSIST, parameter)
            assert words.matches(UNSOUND + sentence(name), message)
            assert (code, of) == (libvirt.VIR_ERR_CONFIG_UNSUPPORTED, libvirt.VIR_FROM_QEMU)
    assert daemon.alive()


@only("module")
@pytest.mark.parametrize("received", [None, b""], ids=["none", "empty"])
@pytest.mark.parametrize("kind", ["2", "3", "3Params", "Tunnel", "Tunnel3", "Tunnel3Params"])
def test_no_cookie(daemon, kind, received):
    """A client prepares the migration of a running domain, without the cookie of its source."""
    with Incoming() as client:
        flags = TUNNEL if "Tunnel" in kind else libvirt.VIR_MIGRATE_LIVE
        code, of, message = client.prepare(f"virDomainMigratePrepare{kind}", PLAIN_SMMU, flags, None if "Tunnel" in kind else "tcp:127.0.0.1:49200",
                                           received)
    assert message == UNSOUND + words.FATAL_WITHOUT_COOKIE
    assert (code, of) == (libvirt.VIR_ERR_CONFIG_UNSUPPORTED, libvirt.VIR_FROM_QEMU)
    assert daemon.alive() and daemon.names() == []


@only("module")
@pytest.mark.parametrize("name", DEVICES)
@pytest.mark.parametrize("flags", [LIVE, CONFIG, LIVE | CONFIG], ids=["live", "config", "both"])
def test_device(daemon, name, flags):
    """A client gives attach, update and detach a device with a number that would end the daemon."""
    dom = daemon.run(SOUND)
    with daemon.nothing_changes():
        for call in (dom.attachDeviceFlags, dom.updateDeviceFlags, dom.detachDeviceFlags):
            assert_unsupported(error_of(call, DEVICES[name], flags),
                               f"{words.UNSUPPORTED}cannot ... domain 'g1': the device XML is not accepted: {sentence(name)}")
    assert daemon.alive()


@only("module")
@pytest.mark.parametrize("more", [interface(VF_A, 2), interface(VF_A, 2) + interface(VF_B, 3, mac="52:54:00:00:09:02"),
                                  "</devices><devices>" + interface(VF_A, 2)], ids=["one", "two", "in a second <devices>"])
def test_question(daemon, more):
    """A client asks for the command line of a domain with such interfaces; the domain itself is valid."""
    xml = domain("g1", smmu(), more)
    for _ in range(5):
        assert_unsound(error_of(daemon.conn.domainXMLToNative, "qemu-argv", xml), UNSOUND + words.FATAL_QUESTION)
    assert daemon.alive()
    entity = "<!DOCTYPE domain [<!ENTITY h 'hostdev'>]>" + xml.replace("<interface type='hostdev'", "<interface type='&h;'")
    assert "&h;" in entity and error_of(daemon.conn.domainXMLToNative, "qemu-argv", entity).get_error_domain() == libvirt.VIR_FROM_QEMU
    assert daemon.alive()
    assert daemon.define(xml).XMLDesc().count("<interface") == more.count("<interface")


@only("module")
@pytest.mark.parametrize("flags", [LIVE, CONFIG, LIVE | CONFIG], ids=["live", "config", "both"])
@pytest.mark.parametrize("text", ["<video/>", "<video><model type='virtio'/></video>", "<x:video xmlns:x='u:x'/>", "<!-- --><video><address type='pci'/></video>"])
def test_video(daemon, text, flags):
    """A client attaches, updates or detaches a <video>, and the domain has none."""
    dom = daemon.run(SOUND)
    with daemon.nothing_changes():
        for call in (dom.attachDeviceFlags, dom.updateDeviceFlags, dom.detachDeviceFlags):
            assert_unsupported(error_of(call, text, flags),
                               f"{words.UNSUPPORTED}cannot ... domain 'g1': the device XML is not accepted: {words.FATAL_VIDEO}")
    assert daemon.alive()


def test_tool(daemon, tmp_path):
    """It names the fault, and does not ask; a connection that is lost is trouble, and not a valid definition."""
    file = tmp_path / "g1.xml"
    for name in TEXTS:
        file.write_text(TEXTS[name])
        done = run("virt-cmdqv", "-c", "qemu:///system", "validate", file)
        assert done.status == 1 and "[bad-value]" in done.out and "valid\n" not in done.out
    assert daemon.alive()
    file.write_text(SOUND.replace("index='11'", "index='256'"))
    done = run("virt-cmdqv", "-c", "qemu:///system", "validate", file)
    assert done.status == 1 and "index='256' is not a decimal number from 0 to 255; write one [bad-value]" in done.out


ON_PORT = "<address type='pci' bus='{}'/>"


def test_innocents(daemon):
    """Large numbers that libvirt bears."""
    dom = daemon.define(device(f"<controller type='scsi' index='100000' model='virtio-scsi'>{ON_PORT.format(10)}</controller>" +
                               disk("vdstore", "virtio", ON_PORT.format(11)))
                        .replace("<vcpu>1</vcpu>", "<vcpu>1</vcpu><iothreads>5000</iothreads>"))
    assert "vdstore" in dom.XMLDesc()
