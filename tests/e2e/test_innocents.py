"""Domains without an SMMU, and those of other drivers, get stock libvirt's answer: the same XML, or the same error."""
import html
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import libvirt
import libvirt_qemu
import pytest

import suites
from conftest import LOG, assert_unsound, error_of, only, said_by
from domains import ALL_GIVEN, GPU_A, GPU_B, QEMU_NAMESPACE, domain, hostdev, smmu, snapshot, x86_64
from migration import OFFLINE, PERSIST, Incoming
from verbs import ANCHORS_URI, CONFIG, ELEMENT, LIVE, REDEFINE, qmp

UUID = "<uuid>11111111-2222-3333-4444-555555555555</uuid>"
PLAIN = x86_64("x86").replace("<memory", UUID + "<memory", 1)
ARM = domain("arm", uuid="11111111-2222-3333-4444-555555555556")
SAID = {}       # by stock libvirt, which is first


def encoded(name, text, xml=PLAIN):
    return f"<?xml version='1.0' encoding='{name}'?>".encode() + xml.replace("<vcpu>", f"<title>{text}</title><vcpu>").encode(name)


def arguments(*values, more="", xml=PLAIN):
    text = "<qemu:commandline>" + "".join(f"<qemu:arg value='{v}'/>" for v in values) + more + "</qemu:commandline>"
    return xml.replace("<domain type='qemu'", "<domain type='qemu'" + QEMU_NAMESPACE).replace("</domain>", text + "</domain>")


def doctype(subset, xml=PLAIN):
    return f"<!DOCTYPE domain [{subset}]>" + xml


TITLED = PLAIN.replace("<vcpu>", "<title>&t;</title><vcpu>")
TEXTS = {
    "plain": PLAIN,
    "Arm": ARM,
    "GBK": encoded("gbk", "虚拟机"),
    "Shift_JIS": encoded("shift_jis", "仮想マシン"),
    "EUC-KR": encoded("euc-kr", "가상"),
    "EUC-JP": encoded("euc-jp", "仮想"),
    "Big5": encoded("big5", "虛擬"),
    "KOI8-R": encoded("koi8-r", "машина"),
    "ISO-8859-1": encoded("iso-8859-1", "Müller"),
    "ISO-8859-15": encoded("iso-8859-15", "€"),
    "windows-1251": encoded("windows-1251", "машина"),
    "US-ASCII": encoded("us-ascii", "plain"),
    "UTF-7": encoded("utf-7", "Müller"),
    "UTF-8": encoded("utf-8", "Müller"),
    "utf-8 in small letters, with a mark": b"\xef\xbb\xbf" + encoded("utf-8", "Müller"),
    "not UTF-16 as it says": b"<?xml version='1.0' encoding='utf-16'?>" + PLAIN.encode(),
    "UTF-16 without a mark": PLAIN.encode("utf-16-be"),
    "unknown encoding": b"<?xml version='1.0' encoding='x-none'?>" + PLAIN.encode(),
    "bytes that are no UTF-8": PLAIN.replace("<vcpu>", "<title>@</title><vcpu>").encode().replace(b"@", b"\xff"),
    "an entity": doctype("<!ENTITY t 'web'>", TITLED),
    "an entity in an attribute": doctype("<!ENTITY t 'q35'>", PLAIN.replace("'q35'", "'&t;'")),
    "an entity in another": doctype("<!ENTITY s 'web'><!ENTITY t '&s;1'>", TITLED),
    "an entity with an element": doctype("<!ENTITY t '<b>web</b>'>", TITLED),
    "an entity that is not declared": TITLED,
    "an entity of itself": doctype("<!ENTITY t '&t;'>", TITLED),
    "an external entity": doctype("<!ENTITY t SYSTEM 'file:///etc/hostname'>", TITLED),
    "a parameter entity": doctype("<!ENTITY % p '<!ENTITY t \"web\">'> %p;", TITLED),
    "a default of an attribute": doctype("<!ATTLIST os firmware CDATA #IMPLIED><!ATTLIST type machine CDATA 'q35'>",
                                         PLAIN.replace(" machine='q35'", "")),
    "an empty subset": doctype(""),
    "an external subset": "<!DOCTYPE domain SYSTEM 'http://127.0.0.1/x.dtd'>" + PLAIN,
    "many entities": doctype("<!ENTITY a 'ha'>" + "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefght")), TITLED),
    "deep": PLAIN.replace("</domain>", "<metadata>" + "<a xmlns='u:x'>" * 240 + "</a>" * 240 + "</metadata></domain>"),
    "too deep": PLAIN.replace("</domain>", "<metadata>" + "<a xmlns='u:x'>" * 3000 + "</a>" * 3000 + "</metadata></domain>"),
    "SMMU in words": PLAIN.replace("<vcpu>", "<title>no smmuv3 &#38; no accel</title><vcpu>"),
    "an SMMU that is a comment": PLAIN.replace("<vcpu>", "<!-- <iommu model='smmuv3'/> --><vcpu>"),
    "Intel's IOMMU": PLAIN.replace("</devices>", "<iommu model='intel'/></devices>").replace("<devices>", "<features><ioapic driver='qemu'/></features><devices>"),
    "virtiofs": PLAIN.replace("<vcpu>", "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking><vcpu>").replace(
        "</devices>", "<filesystem type='mount'><driver type='virtiofs'/><source dir='/srv'/><target dir='share'/></filesystem></devices>"),
    "virtiofs, Arm": ARM.replace("<vcpu>", "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking><vcpu>").replace(
        "</devices>", "<filesystem type='mount'><driver type='virtiofs'/><source dir='/srv'/><target dir='share'/></filesystem></devices>"),
    "argument": arguments("-fw_cfg", "name=opt/org.example/note,string=text"),
    "argument, Arm": arguments("-fw_cfg", "name=opt/org.example/note,string=text", xml=ARM),
    "argument in JSON": arguments("-device", '{"driver":"virtio-rng-pci","id":"own"}'),
    "escape in JSON": arguments("-device", '{"driver":"virtio-rng-\\u0070ci"}'),
    "file of options": arguments("-readconfig", "/etc/hostname"),
    "second monitor": arguments("-qmp", "unix:/run/own.sock,server=on,wait=off"),
    "variable": arguments(more="<qemu:env name='QEMU_AUDIO_DRV' value='none'/>"),
    "variable with a path": arguments(more="<qemu:env name='NEW' value='/tmp/x'/>", xml=ARM),
    "variable with code": arguments(more="<qemu:env name='LD_PRELOAD' value='/lib/none.so'/>"),
    "bad value and argument": arguments("-s", xml=PLAIN.replace("<vcpu>1", "<vcpu>one")),
    "bad index and argument": arguments("-s", xml=PLAIN.replace("<controller type='usb'", "<controller type='pci' index='two' model='pcie-root'/><controller type='usb'")),
    "lxc": "<domain type='lxc'><name>c</name><memory>1024</memory><os><type>exe</type><init>/bin/sh</init></os></domain>",
    "hvf": PLAIN.replace("type='qemu'", "type='hvf'"),
    "vz": PLAIN.replace("type='qemu'", "type='vz'"),
    "bhyve": PLAIN.replace("type='qemu'", "type='bhyve'"),
    "no type": PLAIN.replace("<domain type='qemu'>", "<domain>"),
    "empty": "",
    "no XML": "hello",
    "another root": "<network/>",
}


def virsh(daemon, tmp_path, text, *command):
    """Bytes as they are, which the binding does not take."""
    file = tmp_path / "x.xml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = subprocess.run(["virsh", "-q", "-c", "qemu:///system", *command, file], capture_output=True, timeout=60, check=False)
    return done.returncode, re.sub(rb"/\S*x\.xml", b"FILE", done.stderr)


def outcome(daemon, tmp_path, text):
    said = virsh(daemon, tmp_path, text, "define")
    seen = {dom.name(): dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE) for dom in daemon.conn.listAllDomains()}
    return said, seen


@pytest.mark.parametrize("name", TEXTS)
def test_define(daemon, tmp_path, name):
    """A client defines a text without an SMMU, in each encoding and with each trick of XML."""
    now = outcome(daemon, tmp_path, TEXTS[name])
    assert SAID.setdefault(name, now) == now


FIXTURES = sorted(p for d in ("qemuxml2argvdata", "layoutdata") for p in Path("/src/tests", d).glob("*.xml") if b"smmuv3" not in p.read_bytes())


@pytest.mark.parametrize("file", FIXTURES, ids=lambda p: p.stem)
def test_define_fixture(daemon, tmp_path, file):
    """A client defines each golden domain that has no SMMUv3."""
    now = outcome(daemon, tmp_path, re.sub(rb"<domain ", b"<domain ", file.read_bytes()))
    seen = {key: re.sub(r"<uuid>.*?</uuid>|<mac address=.*?/>", "", xml) for key, xml in now[1].items()}
    assert SAID.setdefault(file, (now[0], seen)) == (now[0], seen)


def errors_in_the_log():
    return [line.partition(" : ")[2] or line for line in LOG.read_text(errors="replace").splitlines() if re.search(r"\d+: error : ", line)]


# Examples of libvirt's own manual of a domain (Debian's libvirt-doc), each put into a plain domain.
MANUAL = Path("/usr/share/doc/libvirt-doc")
SHOWN = re.compile(r"<pre[^>]*>(.*?)</pre>", re.S)


def shown():
    """The elements of each example that is XML: of a whole domain, of <devices>, or some of its top level."""
    for text in SHOWN.findall((MANUAL / "html/formatdomain.html").read_text()):
        text = re.sub(r"(?m)^\s*\.\.\.\s*$", "", html.unescape(re.sub(r"<[^>]*>", "", text)))
        try:
            yield ET.fromstring(f"<example xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>{text}</example>")
        except ET.ParseError:
            continue


def with_example(xml, example):
    """The domain, with the elements of an example instead of its own."""
    if example.find("domain") is not None:
        return ET.tostring(example.find("domain"), encoding="unicode")
    root = ET.fromstring(xml)
    for element in example:
        old = root.find(element.tag)
        if element.tag == "devices":
            root.find("devices").extend(element)
        else:
            if old is not None:
                root.remove(old)
            root.append(element)
    return ET.tostring(root, encoding="unicode")


def difference(was, now):
    return sorted(set(str(was).splitlines()) ^ set(str(now).splitlines()))


def test_define_what_the_manual_shows(daemon):
    """A client defines each example of libvirt's manual, as x86_64 and as Arm."""
    texts = [with_example(xml, example) for example in shown() for xml in (PLAIN, ARM)]
    texts += [file.read_text() for file in sorted((MANUAL / "examples/xml/test").glob("testdom*.xml"))]
    texts = [text for text in texts if "smmuv3" not in text]
    assert len(texts) > 300
    now, lines = [], len(errors_in_the_log())
    for text in texts:
        said = said_by(daemon.conn.defineXML, text)
        now.append(said if isinstance(said, tuple) else re.sub(r"<uuid>.*?</uuid>|<mac address=.*?/>| interfaceid='.*?'", "", said.XMLDesc(0)))
        daemon.clean()
    assert sum(not isinstance(one, tuple) for one in now) > 50      # many of them are defined
    now.append(errors_in_the_log()[lines:])
    texts.append("what is in the log")
    before = SAID.setdefault("the manual", now)
    assert {text: difference(was, one) for text, was, one in zip(texts, before, now, strict=True) if was != one} == {}


# -- other drivers in the same daemon

OTHERS = {"test": "test+unix:///default", "lxc": "lxc:///system"}
OF_OTHERS = {
    "without an SMMU": ARM,
    "with an unsound one": domain("arm", smmu(**ALL_GIVEN), uuid="11111111-2222-3333-4444-555555555556"),
    "with a sound one": domain("arm", smmu(), hostdev(GPU_A, 2), uuid="11111111-2222-3333-4444-555555555556"),
}


def of_driver(driver, xml):
    xml = xml.replace("<domain type='qemu'", f"<domain type='{driver}'")
    if driver == "lxc":
        xml = re.sub("<emulator>.*?</emulator>", "", re.sub("<os>.*?</os>", "<os><type>exe</type><init>/bin/sh</init></os>", xml, flags=re.S))
    return xml


def life(conn, xml):
    """Answers at each step of the domain's life, and the domain's XML then."""
    dom = said_by(conn.defineXML, xml)
    yield dom if isinstance(dom, tuple) else dom.XMLDesc(0)
    if isinstance(dom, tuple):
        return
    for flags in (CONFIG, LIVE, 0):
        for call in (dom.attachDeviceFlags, dom.updateDeviceFlags, dom.detachDeviceFlags):
            yield said_by(call, hostdev(GPU_B, 3), flags), said_by(call, hostdev(GPU_A, 2), flags)
    yield said_by(dom.attachDevice, smmu()), said_by(dom.detachDeviceAlias, "hostdev0", 0)
    yield said_by(dom.setMetadata, ELEMENT, "<a/>", "k", ANCHORS_URI, CONFIG), said_by(dom.metadata, ELEMENT, ANCHORS_URI, CONFIG)
    yield said_by(lambda: bool(dom.snapshotCreateXML(snapshot(xml, name="s1"), REDEFINE))), said_by(lambda: dom.snapshotNum())
    yield said_by(lambda: dom.revertToSnapshot(dom.snapshotLookupByName("s1"))), said_by(conn.domainXMLToNative, "qemu-argv", xml, 0)
    yield said_by(dom.create), said_by(dom.isActive), said_by(libvirt_qemu.qemuMonitorCommand, dom, qmp("query-status"), 0)
    yield said_by(dom.save, "/run/other.save"), said_by(conn.restore, "/run/other.save"), said_by(dom.managedSaveDefineXML, xml)
    yield dom.XMLDesc(0)


def lives_as_on_stock(daemon, driver, name):
    conn, lines = libvirt.open(OTHERS[driver]), len(errors_in_the_log())
    try:
        now = [str(step) for step in life(conn, of_driver(driver, OF_OTHERS[name]))]
    finally:
        for dom in conn.listAllDomains():
            if dom.name() == "arm":
                said_by(dom.destroy)
                said_by(dom.undefine)
        conn.close()
    now.append(errors_in_the_log()[lines:])
    assert len(now) > 10 and SAID.setdefault((driver, name), now) == now
    assert daemon.names() == []


@pytest.mark.parametrize("name", OF_OTHERS)
def test_test_driver(daemon, name):
    """QEMU's rules are about QEMU's domains: a client has one in libvirt's test driver, through the same daemon."""
    lives_as_on_stock(daemon, "test", name)


@pytest.mark.parametrize("name", OF_OTHERS)
def test_container(daemon, name):
    """The same in the driver of containers."""
    lives_as_on_stock(daemon, "lxc", name)


WITH = domain("g1", smmu())
BOUNDED = {
    "encoding": (encoded("gbk", "虚拟机", WITH), "the XML is in the encoding 'gbk', which is not accepted; write it in UTF-8"),
    "encoding of the letters": (b"<?xml version='1.0' encoding='utf-7'?>" + WITH.replace("smmuv3", "+AHMAbQBtAHUAdgAz-").encode(),
                                "the XML is in the encoding 'utf-7', which is not accepted; write it in UTF-8"),
    "entity": (doctype("<!ENTITY t 'v3'>", WITH.replace("smmuv3", "smmu&t;")).encode(),
               "the XML has a DOCTYPE with declarations of its own, which is not accepted; remove it"),
    "default of an attribute": (doctype("<!ATTLIST iommu model CDATA 'smmuv3'>", WITH.replace(" model='smmuv3'", "")).encode(),
                                "the XML has a DOCTYPE with declarations of its own, which is not accepted; remove it"),
}


@pytest.mark.parametrize("name", BOUNDED)
def test_with_an_smmu(daemon, tmp_path, name):
    """There our bounds count, and the refusal is one clear error."""
    text, sentence = BOUNDED[name]
    status, err = virsh(daemon, tmp_path, text, "define")
    if daemon.stock:
        # libxml2 2.9 does not read the encoding that a text declares, and libvirt then refuses the text that it sees
        assert status == (1 if name.startswith("encoding") and suites.takes_any_encoding() else 0), err
    else:
        refusal = err.decode(errors="replace").split("\n")[1]
        if name.startswith("encoding") and suites.takes_any_encoding():
            assert status == 1 and ("Input is not proper UTF-8" in refusal or "Invalid value for attribute 'model'" in refusal)
        else:
            assert status == 1 and refusal == f"error: unsupported configuration: domain XML: {sentence}"
        assert daemon.names() == []


# -- the daemon's log

def typical_calls(daemon):
    """Everyday calls of clients and the tool; definitions that the module alone refuses are last."""
    daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2)))
    said_by(daemon.define, PLAIN)
    for command in (["anchors"], ["host"], ["doctor"], ["validate", "-d", "g1"], ["validate", "-d", "x86"]):
        subprocess.run(["virt-cmdqv", "-c", "qemu:///system", *command], capture_output=True, timeout=60, check=False)
    said_by(daemon.define, domain("g2", smmu(), hostdev(GPU_A), "<disk type='volume'><source pool='none' volume='none'/>"
                                  "<target dev='vda' bus='virtio'/></disk>"))
    said_by(daemon.define, domain("g3", smmu(None)))


def test_log(daemon):
    """No line of level error that stock libvirt would not write, but for refusals."""
    daemon.restart()
    before = len(errors_in_the_log())
    typical_calls(daemon)
    lines = errors_in_the_log()[before:]
    if daemon.stock:
        assert all("libvirt-cmdqv" in line or "equested metadata" in line for line in lines), lines
    else:
        assert [line for line in lines if "unsupported configuration: domain 'g" not in line] == []


WITH_DOCTYPE = doctype("<!ENTITY t 'x'>", WITH)
NO_VALUE = WITH.replace("<vcpu>1", "<vcpu>-1")


def prepared(xml):
    with Incoming() as client:
        return client.prepare("virDomainMigratePrepare3Params", xml, OFFLINE | PERSIST)


REFUSED = {
    "define": lambda daemon, xml: said_by(daemon.define, xml),
    "create": lambda daemon, xml: said_by(daemon.conn.createXML, xml),
    "native": lambda daemon, xml: said_by(daemon.conn.domainXMLToNative, "qemu-argv", xml),
    "snapshot": lambda daemon, xml: said_by(daemon.get("plain").snapshotCreateXML, snapshot(xml), REDEFINE),
    "migration": lambda daemon, xml: prepared(xml),
}


@only("module")
@pytest.mark.parametrize("xml", [WITH, WITH_DOCTYPE, NO_VALUE], ids=["invalid", "DOCTYPE", "fatal"])
@pytest.mark.parametrize("call", REFUSED)
def test_log_of_a_refusal(daemon, call, xml):
    """A refused call leaves the line of its own error, and none about a text that the module passed to libvirt instead."""
    daemon.define(domain("plain", uuid="11111111-2222-3333-4444-555555555557"))
    before = len(errors_in_the_log())
    if xml != WITH or call not in ("native", "migration"):      # which accept it
        assert isinstance(REFUSED[call](daemon, xml), tuple)
    lines = errors_in_the_log()[before:]
    assert [line for line in lines if "libvirt-cmdqv-access-check" in line or "must not be NULL" in line] == []


def test_refused_where_stock_is_not(daemon):
    """The control: such a definition is refused only for its SMMU."""
    if not daemon.stock:
        assert_unsound(error_of(daemon.define, WITH), "...cmdqv='on' needs...")
