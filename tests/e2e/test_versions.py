"""Each version of libvirt and QEMU: a domain without a vSMMU is the same with the module as without; one with cmdqv is refused if
libvirt would drop that and the module cannot lower it."""
import re

import libvirt
import pytest

import words
from conftest import argv, assert_unsound, assert_unsupported, error_of, only, run, said_by, wait_until_removed
from domains import ALL_GIVEN, GPU_A, GPU_B, VF_A, domain, hostdev, interface, smmu, snapshot
from verbs import CONFIG, CURRENT, INACTIVE, LIVE, REDEFINE, saved_by_stock

UUID = "11111111-2222-3333-4444-555555555555"
PLAIN = domain("g1", hostdev(GPU_A, 10, iommufd=None), interface(VF_A, 11, iommufd=None), uuid=UUID, more="<title>t</title>")
CMDQV = domain("g1", smmu(), hostdev(GPU_A, 2), uuid=UUID)
SEEN = {}       # answers of stock libvirt; the stock run is first


def plug(daemon):
    dom = daemon.run(PLAIN)
    dom.attachDeviceFlags(hostdev(GPU_B, 2, iommufd=None), LIVE | CONFIG)
    dom.detachDeviceFlags(hostdev(GPU_A), LIVE | CONFIG)
    wait_until_removed(dom, "<alias name='hostdev1'/>")
    dom.detachDeviceFlags(interface(VF_A), CONFIG)
    return dom


def metadata(daemon):
    dom = daemon.run(PLAIN)
    dom.setMetadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, "<a b='c'/>", "k", "urn:x", LIVE | CONFIG)
    dom.setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, "new", None, None, CURRENT)
    return dom


def save(daemon):
    """A hostdev cannot be saved."""
    dom = daemon.run(domain("g1", uuid=UUID))
    dom.managedSave(0)
    dom.create()
    return dom


def snapshots(daemon):
    """Redefines one without a revert, for which libvirt 9.0 needs qemu-img."""
    dom = daemon.define(PLAIN)
    made = dom.snapshotCreateXML(snapshot(dom.XMLDesc(INACTIVE)), REDEFINE)
    seen = SEEN.setdefault("snapshot", made.getXMLDesc())
    assert made.getXMLDesc() == seen and dom.snapshotListNames() == ["s1"]
    return dom


def rename(daemon):
    dom = daemon.define(PLAIN)
    dom.rename("g2")
    dom.rename("g1")
    return dom


def update(daemon):
    dom = daemon.run(PLAIN)
    dom.updateDeviceFlags(interface(VF_A, 11, iommufd=None, more="<link state='down'/>"), CONFIG)
    return dom


AS_STOCK = {
    "define": lambda d: d.define(PLAIN),
    "define, valid": lambda d: d.conn.defineXMLFlags(domain("g1", hostdev(GPU_A, 10, iommufd=None), uuid=UUID),
                                                     libvirt.VIR_DOMAIN_DEFINE_VALIDATE),
    "start": lambda d: d.run(PLAIN),
    "create": lambda d: d.conn.createXML(PLAIN),
    "plug": plug,
    "update": update,
    "metadata": metadata,
    "managed save": save,
    "snapshots": snapshots,
    "rename": rename,
}


def shown(dom):
    """Every form in which a client can have the domain, but for the parts that are new at each start."""
    flags = [0, INACTIVE, libvirt.VIR_DOMAIN_XML_SECURE, libvirt.VIR_DOMAIN_XML_MIGRATABLE, libvirt.VIR_DOMAIN_XML_UPDATE_CPU]
    text = "\n".join(dom.XMLDesc(flag) for flag in flags)
    return re.sub(r" id='\d+'|/domain-\d+-g1/|<label>.*?</label>|<(target|backend) dev='vnet\d+'/>", "", text)


@pytest.mark.parametrize("name", AS_STOCK)
def test_without_a_vsmmu(daemon, name):
    """The same XML, the same command line, and nothing in the journal."""
    dom = AS_STOCK[name](daemon)
    seen = shown(dom), argv() if dom.isActive() else None
    assert SEEN.setdefault(name, seen) == seen
    assert daemon.stock or daemon.refusals() == []


def with_saved(daemon, tmp_path, call):
    """The result of `call` with a saved domain; to save it takes another daemon."""
    file = saved_by_stock(daemon, tmp_path, lambda xml: xml)
    return call(daemon.conn, file)


# Every call that has a definition.
WAYS = {
    "defineXML": lambda d, p: d.conn.defineXML(CMDQV),
    "defineXMLFlags": lambda d, p: d.conn.defineXMLFlags(CMDQV, 0),
    "createXML": lambda d, p: d.conn.createXML(CMDQV),
    "createXML, paused": lambda d, p: d.conn.createXML(CMDQV, libvirt.VIR_DOMAIN_START_PAUSED),
    "cmdqv left to QEMU": lambda d, p: d.conn.defineXML(domain("g1", smmu(cmdqv=None), hostdev(GPU_A, 2))),
    "all given": lambda d, p: d.conn.defineXML(domain("g1", smmu(**ALL_GIVEN), hostdev(GPU_A, 2))),
    "snapshot": lambda d, p: d.define(PLAIN).snapshotCreateXML(snapshot(CMDQV), REDEFINE),
    "restoreFlags": lambda d, p: with_saved(d, p, lambda conn, file: conn.restoreFlags(file, CMDQV, 0)),
    "saveImageDefineXML": lambda d, p: with_saved(d, p, lambda conn, file: conn.saveImageDefineXML(file, CMDQV, 0)),
}


@pytest.mark.parametrize("name", WAYS)
def test_refused(daemon, tmp_path, name):
    """Stock libvirt takes it, or says something else, and drops the attributes that were asked for without a word."""
    if daemon.stock:
        said_by(WAYS[name], daemon, tmp_path)
        for dom in daemon.conn.listAllDomains():
            assert not re.search("accel=|cmdqv=", dom.XMLDesc(INACTIVE))
    else:
        error = error_of(WAYS[name], daemon, tmp_path)
        said = error.get_error_message()
        assert (error.get_error_code(), error.get_error_domain()) == (libvirt.VIR_ERR_CONFIG_UNSUPPORTED, libvirt.VIR_FROM_QEMU), said
        assert words.matches(words.dropped_cmdqv(), said)
        for dom in daemon.conn.listAllDomains():
            assert not dom.isActive() and "<iommu" not in dom.XMLDesc(INACTIVE)


def test_attach_is_refused(daemon):
    """Into a definition whose iommufd, too, libvirt has dropped."""
    dom = daemon.define(domain("g1", hostdev(GPU_A, 2), uuid=UUID))
    if daemon.stock:
        said_by(dom.attachDeviceFlags, smmu(), CONFIG)
        assert not re.search("accel=|cmdqv=", dom.XMLDesc(INACTIVE))
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(dom.attachDeviceFlags, smmu(), CONFIG), words.definition_would_be("attach", "..."))


@only("module")
@pytest.mark.parametrize("emulator", ["/lab/qemu-standin", "/usr/bin/qemu-system-aarch64"])
def test_validate(daemon, tmp_path, emulator):
    """The tool gives the answer that the daemon would, and does not say that the module makes up for it."""
    file = tmp_path / "g1.xml"
    file.write_text(domain("g1", smmu(), hostdev(GPU_A, 2), emulator=emulator))
    done = run("virt-cmdqv", "-c", "qemu:///system", "validate", file)
    assert done.status == 1 and "silently drops cmdqv" in done.out and "[libvirt-drops-cmdqv]" in done.out, done
    assert words.matches(words.dropped_cmdqv().replace("/lab/qemu-standin", emulator),
                         error_of(daemon.define, file.read_text()).get_error_message())


@only("module")
def test_virsh_is_refused(daemon, tmp_path):
    """virsh defines a domain with cmdqv on a host that has none."""
    file = tmp_path / "g1.xml"
    file.write_text(CMDQV)
    done = daemon.virsh("define", file)
    assert done.status == 1 and words.occurs(words.dropped_cmdqv(), done.err) and daemon.names() == []


def test_define_with_validation(daemon):
    """A client asks for validation: libvirt's schema does not have the attributes; the module says that libvirt would drop them."""
    error = error_of(daemon.conn.defineXMLFlags, CMDQV, libvirt.VIR_DOMAIN_DEFINE_VALIDATE)
    if daemon.stock:
        assert error.get_error_code() == libvirt.VIR_ERR_XML_INVALID_SCHEMA
    else:
        assert_unsound(error, words.dropped_cmdqv())


def test_define_with_validation_without_a_vsmmu(daemon):
    """The refusal by libvirt's schema is the same."""
    said = said_by(daemon.conn.defineXMLFlags, PLAIN.replace("<title>", "<titel/><title>"), libvirt.VIR_DOMAIN_DEFINE_VALIDATE)
    assert said[0] == libvirt.VIR_ERR_XML_INVALID_SCHEMA and SEEN.setdefault("schema", said) == said


@only("module")
def test_doctor(daemon):
    """Doctor names the versions of libvirt and QEMU, and those that are needed."""
    done = run("virt-cmdqv", "doctor")
    assert done.status == 1
    for part in ("WARN (libvirt 9.0.0 has none; the module lowers domains for it if the emulator has cmdqv)", "FAIL (QEMU 7.2 has none; 11.1 or newer is needed)"):
        assert part in done.out
