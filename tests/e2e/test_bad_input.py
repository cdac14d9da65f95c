"""Malformed and forged input: the client gets libvirt's own answer, and the daemon lives."""
import libvirt
import pytest

import words
from conftest import assert_unsound, error_of, said_by
from domains import GPU_A, GPU_B, GPU_C, LAYOUT, VF_A, domain, hostdev, interface, smmu, snapshot
from verbs import CONFIG, LIVE, REDEFINE, assert_stays, detach

GOOD = domain("g1", smmu(), hostdev(GPU_A, 2))

# How two versions of libvirt give the place of an error.
AT = ("at line", "(domain_definition):")

# (code, start of the message) of stock libvirt
DOMAINS = {
    "empty": ("", libvirt.VIR_ERR_XML_DETAIL, AT),
    "cut off": (GOOD[:-20], libvirt.VIR_ERR_XML_DETAIL, AT),
    "cut off in the vSMMU": (GOOD[:GOOD.index("accel=")], libvirt.VIR_ERR_XML_DETAIL, AT),
    "another root": ("<network/>", libvirt.VIR_ERR_XML_ERROR, "XML error: expecting root element of 'domain', not 'network'"),
    "no content": ("<domain type='qemu'/>", None, ""),
    "not UTF-8 as it says": ("<?xml version='1.0' encoding='utf-16'?>" + GOOD, None, ""),
    "undefined entity": (GOOD.replace("<name>g1", "<name>&none;g1"), libvirt.VIR_ERR_XML_DETAIL, AT),
    "bad bus": (GOOD.replace("pciBus='1'", "pciBus='one'"), libvirt.VIR_ERR_XML_ERROR, "XML error: Invalid value for attribute 'pciBus'"),
    "bad cmdqv": (GOOD.replace("cmdqv='on'", "cmdqv='auto'"), libvirt.VIR_ERR_XML_ERROR, "XML error: Invalid value for attribute 'cmdqv'"),
    "bad iommufd": (GOOD.replace("iommufd='yes'", "iommufd='on'"), libvirt.VIR_ERR_XML_ERROR,
                    "XML error: Invalid value for attribute 'iommufd'"),
    "bad index": (GOOD.replace("index='2'", "index='two'"), libvirt.VIR_ERR_XML_ERROR, "XML error: Invalid value for attribute 'index'"),
    "bad guest address": (GOOD.replace("bus='0x02'", "bus='0x102'"), None, ""),
    "several bad values": (GOOD.replace("iommufd='yes'", "iommufd='on'").replace("cmdqv='on'", "oas='45'"), libvirt.VIR_ERR_XML_ERROR,
                           "XML error: Invalid value for attribute 'iommufd'"),
    "bad host address": (GOOD.replace("domain='0x0009'", "domain='0x9999999999'"), None, ""),
}
SEEN = {}       # answers of stock libvirt; the stock run is first


@pytest.mark.parametrize("name", DOMAINS)
def test_domain(daemon, name):
    """Each call raises stock libvirt's error, word for word."""
    xml, code, start = DOMAINS[name]
    for call in (daemon.conn.defineXML, daemon.conn.createXML):
        error = error_of(call, xml)
        said = (error.get_error_code(), error.get_error_domain(), error.get_error_message())
        assert code in (None, said[0]), said
        assert said[2].startswith(start), said
        assert SEEN.setdefault((name, call.__name__), said) == said
    assert daemon.names() == []


FORGED = "<metadata><c:lowered xmlns:c='urn:libvirt-cmdqv:lowered:1'/></metadata>"
QEMU_NAMESPACE = "http://libvirt.org/schemas/domain/qemu/1.0"
FORGED_UUID = "00000000-0000-4000-8000-00000000000f"
PLAIN = domain("g1", uuid=FORGED_UUID).replace("<domain ", f"<domain xmlns:qemu='{QEMU_NAMESPACE}' ", 1).replace("<devices>", FORGED + "<devices>", 1)
OF_QEMU = {
    "deeper": PLAIN.replace("<devices>", "<devices><qemu:arg value='1'/>"),
    "deepest": PLAIN.replace("<devices>", "<devices><a><b><c><qemu:d/></c></b></a>"),
    "an attribute": PLAIN.replace("<devices>", "<devices><a qemu:b='1'/>"),
    "the root's attribute": PLAIN.replace("<domain ", "<domain qemu:a='1' ", 1),
    "in metadata": PLAIN.replace("<metadata>", "<metadata><qemu:x/>"),
    "another prefix": PLAIN.replace("xmlns:qemu=", "xmlns:x=").replace("<devices>", "<devices><x:arg/>"),
    "two prefixes": PLAIN.replace("xmlns:qemu=", f"xmlns:x='{QEMU_NAMESPACE}' xmlns:qemu=").replace("<devices>", "<devices><x:arg/><qemu:arg/>"),
    "a default namespace": PLAIN.replace("<devices>", f"<devices><a xmlns='{QEMU_NAMESPACE}'><b><qemu:c/></b></a>"),
}


@pytest.mark.parametrize("name", OF_QEMU)
def test_forged_record(daemon, name):
    """A record that the module did not write, and names of QEMU's namespace in places that libvirt does not read: at each entrance as stock."""
    xml = OF_QEMU[name]
    dom = daemon.define(domain("g1", uuid=FORGED_UUID))
    for number, call in enumerate((
            lambda: daemon.conn.domainXMLToNative("qemu-argv", xml, 0) is None,
            lambda: daemon.define(xml) is None,
            lambda: dom.snapshotCreateXML(snapshot(xml), REDEFINE) is None,
            lambda: daemon.conn.createXML(xml, libvirt.VIR_DOMAIN_START_PAUSED) is None)):
        said = said_by(call)
        for text in ("\ufffd", "urn:libvirt-cmdqv"):
            assert text not in str(said)
        assert SEEN.setdefault(("forged", name, number), said) == said
    assert daemon.alive()


def test_bad_mac_of_a_hostdev(daemon):
    """Asked about such an interface, libvirt may end: it is refused in our words, and with libvirt's code."""
    xml = domain("g1", smmu(), interface(VF_A, 2, mac="52:54:00:00:09"))
    errors = [error_of(call, xml) for call in (daemon.conn.defineXML, daemon.conn.createXML)]
    assert daemon.names() == []
    for error in errors:
        assert error.get_error_code() == libvirt.VIR_ERR_XML_ERROR
        assert "52:54:00:00:09'" in error.get_error_message()
        assert ("is not a MAC address; write one such as" in error.get_error_message()) == (not daemon.stock)


DEVICES = {
    "empty": "",
    "cut off": "<hostdev",
    "unknown element": "<foo/>",
    "no source": "<hostdev mode='subsystem' type='pci'/>",
    "no such device": hostdev(GPU_C),
    "two roots": hostdev(GPU_B) + hostdev(GPU_B),
    "domain": GOOD,
    "no number": hostdev(GPU_A).replace("0x0009", "nine"),
}


@pytest.mark.parametrize("name", DEVICES)
def test_device(daemon, name):
    """A client detaches by a text that is no device XML."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    with daemon.nothing_changes():
        error = error_of(detach, dom, DEVICES[name])
    said = (error.get_error_code(), error.get_error_domain(), error.get_error_message())
    assert SEEN.setdefault(("device", name), said) == said


FLAGS_ARE_READ_IN = "qemuDomainDetachDevice" + ("Flags" if libvirt.getVersion() >= 12_000_000 else "LiveAndConfig")


def test_unknown_flags(daemon):
    """A client detaches with flags that libvirt does not know."""
    dom = daemon.run(GOOD)
    for flags in (4, 8, LIVE | 1 << 30):
        error = error_of(detach, dom, hostdev(GPU_A), flags)
        assert error.get_error_message() == f"unsupported flags (0x{flags & ~3:x}) in function {FLAGS_ARE_READ_IN}"


def test_unknown_alias(daemon):
    """A client detaches an alias that no device has."""
    dom = daemon.run(GOOD)
    error = error_of(dom.detachDeviceAlias, "hostdev9", LIVE)
    assert error.get_error_message() == "internal error: no device found with alias hostdev9"


def test_read_only_connection(daemon):
    """Denied as ever, and nothing learnt about anchors."""
    daemon.run(GOOD)
    readonly = libvirt.openReadOnly("qemu:///system")
    dom = readonly.lookupByName("g1")
    for call in (lambda: dom.detachDeviceFlags(hostdev(GPU_A), LIVE), lambda: dom.detachDevice(hostdev(GPU_A)),
                 lambda: dom.detachDeviceAlias("hostdev0", LIVE), lambda: readonly.defineXML(domain("g2", smmu())),
                 lambda: readonly.createXML(domain("g2", smmu()))):
        error = error_of(call)
        assert error.get_error_code() == libvirt.VIR_ERR_OPERATION_DENIED
        assert "anchor" not in error.get_error_message() and "cmdqv" not in error.get_error_message()
    readonly.close()


def test_undefined_domain(daemon):
    """A client uses the handle of a domain that has been undefined."""
    dom = daemon.define(GOOD)
    dom.undefine()
    for call in (lambda: detach(dom, hostdev(GPU_A)), dom.create):
        assert error_of(call).get_error_code() == libvirt.VIR_ERR_NO_DOMAIN


def test_ten_thousand_devices(daemon):
    """libvirt accepts such a definition; the module says all the same if it breaks a rule."""
    many = "".join(f"<audio id='{i}' type='none'/>" for i in range(1, 10_001))
    dom = daemon.define(domain("g1", smmu(), many, hostdev(GPU_A, 2)))
    assert dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE).count("<audio") == 10_000
    dom.undefine()
    unsound = domain("g1", smmu(), many)
    if daemon.stock:
        daemon.define(unsound)
    else:
        assert_unsound(error_of(daemon.define, unsound), words.needs_hostdev())


def test_names_that_hurt(daemon):
    """Quotes, percent signs and markup in a name reach the message as they are."""
    name = "a%s%n'\"<&>é"
    escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if daemon.stock:
        daemon.define(domain(escaped, smmu()))
        assert daemon.names() == [name]
    else:
        assert_unsound(error_of(daemon.define, domain(escaped, smmu())), words.needs_hostdev(name))


def test_running_domain_with_a_name_that_hurts(daemon):
    """A domain whose name needs quotes in files and in XML keeps its anchor."""
    name = "a b%s'\"é"          # libvirt escapes quotes in the pid file's name, as in XML
    dom = daemon.run(domain(name, smmu(), hostdev(GPU_A, 2)))
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), words.anchor("hostdev0", GPU_A, name=name))


def test_layout_without_vsmmu_is_untouched(daemon):
    """An odd shape of any kind: not ours to judge."""
    dom = daemon.define(domain("g1", hostdev(GPU_A), layout=LAYOUT, more="<metadata><x xmlns='u:x' cmdqv='on'>iommu smmuv3 accel</x></metadata>"))
    assert "<x xmlns=\"u:x\" cmdqv=\"on\">" in dom.XMLDesc(0)


ENCODINGS = ["UTF-8", "us-ascii", "ISO-8859-1", "UTF-16", "UTF-16LE", "UTF-32", "UTF-7", "EBCDIC-US", "x-unknown"]


@pytest.mark.parametrize("flags", [LIVE, CONFIG, LIVE | CONFIG], ids=["live", "config", "both"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_declared_encoding(daemon, encoding, flags):
    """A client detaches the anchor by a text that declares an encoding, which libvirt ignores or obeys by its libxml2."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2)))
    text = f"<?xml version='1.0' encoding='{encoding}'?>" + hostdev(GPU_A, 2)
    if daemon.stock:
        failed = said_by(dom.detachDeviceFlags, text, flags)
        assert failed or not flags & LIVE
    else:
        with daemon.nothing_changes():
            error = error_of(dom.detachDeviceFlags, text, flags)
        assert error.get_error_code() in (libvirt.VIR_ERR_OPERATION_UNSUPPORTED, libvirt.VIR_ERR_CONFIG_UNSUPPORTED,
                                          libvirt.VIR_ERR_XML_DETAIL, libvirt.VIR_ERR_XML_ERROR, libvirt.VIR_ERR_OPERATION_FAILED), error
