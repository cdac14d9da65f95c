"""The anchors, read through libvirt itself."""
import subprocess
import xml.etree.ElementTree as ET
from contextlib import nullcontext

import libvirt
import pytest

import suites
import words
from conftest import assert_unsupported, error_of, only, said_by
from domains import ALL_GIVEN, GPU_A, GPU_B, GPU_C, OTHER_A, VF_A, domain, hostdev, interface, smmu
from verbs import ANCHORS_URI, CONFIG, CURRENT, ELEMENT, LIVE

NONE = (libvirt.VIR_ERR_NO_DOMAIN_METADATA, libvirt.VIR_FROM_DOMAIN, "metadata not found: Requested metadata element is not present")
TWO = [smmu(), smmu(6), hostdev(GPU_A, 2), hostdev(GPU_B, 3), hostdev(OTHER_A, 7)]


def ask(dom, flags=CURRENT, uri=ANCHORS_URI, kind=ELEMENT):
    return said_by(dom.metadata, kind, uri, flags)


def anchors(text):
    """[(vSMMU's attributes, [anchors' attributes])]"""
    root = ET.fromstring(text)
    assert root.tag == f"{{{ANCHORS_URI}}}anchors" and not root.attrib
    return [(dict(v.attrib), [dict(a.attrib) for a in v]) for v in root]


RUNNING = [({"alias": "iommu0", "bus": "pci.1", "cmdqv": "on", "source": "argv"},
            [{"alias": words.behind("hostdev0", GPU_A), "host": GPU_A, "guest": "0000:02:00.0"}]),
           ({"alias": "iommu1", "bus": "pci.6", "cmdqv": "on", "source": "argv"},
            [{"alias": words.behind("hostdev2", OTHER_A), "host": OTHER_A, "guest": "0000:07:00.0"}])]
DEFINED = [({"bus": "pci.1", "cmdqv": "on", "source": "definition"}, [{"host": GPU_A, "guest": "0000:02:00.0"}]),
           ({"bus": "pci.6", "cmdqv": "on", "source": "definition"}, [{"host": OTHER_A, "guest": "0000:07:00.0"}])]


@pytest.mark.parametrize("flags, expected", [(CURRENT, RUNNING), (LIVE, RUNNING), (CONFIG, DEFINED)], ids=["current", "live", "config"])
def test_running(daemon, flags, expected):
    """A client asks for the anchors of a running domain."""
    dom = daemon.run(domain("g1", *TWO))
    with daemon.nothing_changes():
        said = ask(dom, flags)
    if daemon.stock:
        assert said == NONE
    else:
        assert anchors(said) == expected


def test_shut_off(daemon):
    """A client asks for the anchors of a domain that is shut off."""
    dom = daemon.define(domain("g1", *TWO))
    if daemon.stock:
        assert ask(dom) == ask(dom, CONFIG) == NONE
    else:
        assert anchors(ask(dom)) == anchors(ask(dom, CONFIG)) == DEFINED


def test_rights_and_flags_are_libvirts(daemon):
    """Not running, no such flags: stock libvirt's error, word for word."""
    dom = daemon.define(domain("g1", *TWO))
    for flags in (LIVE, LIVE | CONFIG, 1 << 20):
        said = ask(dom, flags)
        assert isinstance(said, tuple) and SEEN.setdefault(flags, said) == said
    undefined = daemon.define(domain("g2"))
    undefined.undefine()
    assert ask(undefined)[0] == libvirt.VIR_ERR_NO_DOMAIN


SEEN = {}       # answers of stock libvirt; the stock run is first


def test_read_only(daemon):
    """A client that may only read asks for the anchors."""
    daemon.run(domain("g1", *TWO))
    conn = libvirt.openReadOnly("qemu:///system")
    dom = conn.lookupByName("g1")
    answer = ask(dom)
    conn.close()
    assert answer == NONE if daemon.stock else anchors(answer) == RUNNING


@pytest.mark.parametrize("options", [[], ["--live"], ["--config"], ["--current"]], ids=str)
@pytest.mark.parametrize("read_only", [[], ["-r"]], ids=["read-write", "read-only"])
def test_virsh(daemon, options, read_only):
    """virsh metadata prints the anchors."""
    daemon.run(domain("g1", *TWO))
    done = subprocess.run(["virsh", "-q", *read_only, "-c", "qemu:///system", "metadata", "g1", ANCHORS_URI, *options],
                          capture_output=True, text=True, check=False)
    if daemon.stock:
        assert done.stdout.strip() == ""        # virsh makes nothing of "none there"
    else:
        assert done.returncode == 0 and anchors(done.stdout) == (DEFINED if options == ["--config"] else RUNNING)


def test_other_domains(daemon):
    """Without an SMMUv3 the answer is empty: it tells a client that the plugin is there."""
    plain, off = daemon.run(domain("g1")), daemon.run(domain("g2", smmu(cmdqv="off"), hostdev(GPU_A, 2)))
    if daemon.stock:
        assert ask(plain) == ask(off) == NONE
    else:
        assert anchors(ask(plain)) == []
        (vsmmu, devices), = anchors(ask(off))
        assert (vsmmu["cmdqv"], vsmmu["source"], vsmmu["detail"], devices) == ("off", "inactive", "CMDQV is switched off", [])


@only("module")
def test_hot_plugged(daemon):
    """The answer changes when the first device is hot-plugged."""
    dom = daemon.run(domain("g1", smmu(cmdqv=None, **ALL_GIVEN)))
    (vsmmu, devices), = anchors(ask(dom))
    assert (vsmmu["cmdqv"], vsmmu["source"], devices) == ("auto", "none", [])
    dom.attachDeviceFlags(hostdev(GPU_A, 2), LIVE)
    (vsmmu, devices), = anchors(ask(dom))
    assert (vsmmu["source"], devices) == ("hotplug", [{"alias": "hostdev0", "host": GPU_A, "guest": "0000:02:00.0"}])


@only("module")
def test_unknown(daemon):
    """The module cannot read the process: the answer says unknown, and why."""
    dom = daemon.run(domain("g2", smmu(), interface(VF_A, 3), hostdev(GPU_B, 2)))
    with open("/run/libvirt/qemu/g2.pid", "r+", encoding="ascii") as file:
        pid = file.read()
        file.seek(0)
        file.write("1" * len(pid))
        file.flush()
        (vsmmu, devices), = anchors(ask(dom))
        file.seek(0)
        file.write(pid)
    assert vsmmu["source"] == "unknown" and vsmmu["detail"] and [d["alias"] for d in devices] == [
        words.behind("hostdev0", VF_A), words.behind("hostdev1", GPU_B)]


def test_other_metadata(daemon):
    """Metadata that is not asked for in our name is libvirt's as ever."""
    dom = daemon.run(domain("g1", *TWO, more="<metadata><x:y xmlns:x='urn:x'/></metadata><title>t</title>"))
    assert ask(dom, uri="urn:x") == "<y/>\n" or "y" in ask(dom, uri="urn:x")
    assert ask(dom, uri=ANCHORS_URI + "0") == ask(dom, uri="urn:libvirt-cmdqv") == NONE
    assert ask(dom, kind=libvirt.VIR_DOMAIN_METADATA_TITLE, uri=None) == "t"
    for kind in (libvirt.VIR_DOMAIN_METADATA_TITLE, libvirt.VIR_DOMAIN_METADATA_DESCRIPTION):
        said = ask(dom, kind=kind)
        assert isinstance(said, tuple) and SEEN.setdefault(("kind", kind), said) == said


def test_set(daemon):
    """A client writes metadata in the module's name."""
    dom = daemon.run(domain("g1", *TWO))
    for flags in (CURRENT, LIVE, CONFIG, LIVE | CONFIG):
        if daemon.stock:
            dom.setMetadata(ELEMENT, "<a/>", "k", ANCHORS_URI, flags)
        else:
            with daemon.nothing_changes():
                assert_unsupported(error_of(dom.setMetadata, ELEMENT, "<a/>", "k", ANCHORS_URI, flags), words.metadata_is_ours())
    assert ("<k:a xmlns:k" in dom.XMLDesc(0)) == daemon.stock


def test_virsh_set(daemon):
    """virsh metadata writes in the module's name."""
    daemon.define(domain("g1", *TWO))
    done = daemon.virsh("metadata", "g1", ANCHORS_URI, "--key", "k", "--set", "<a/>")
    if daemon.stock:
        assert done.status == 0
    else:
        assert done.status == 1 and words.occurs(words.metadata_is_ours(), done.err)


def test_set_of_others(daemon):
    """A client writes metadata of its own, and a title that names the module."""
    dom = daemon.run(domain("g1", *TWO))
    dom.setMetadata(ELEMENT, "<a/>", "k", "urn:x", LIVE | CONFIG)
    dom.setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, ANCHORS_URI, None, None, CONFIG)
    assert "a" in ask(dom, uri="urn:x")


@only("module")
def test_nothing_is_stored(daemon):
    """Asked a hundred times, and after a restart of a daemon without us: nothing of it in the domain."""
    dom = daemon.run(domain("g1", *TWO))
    before = daemon.state()
    for _ in range(100):
        ask(dom)
    assert daemon.state() == before
    daemon.start("stock")
    after = daemon.state()
    assert ask(daemon.get()) == NONE and not any(ANCHORS_URI in str(text) for text in after["g1"].values())
    assert after["g1"]["on disk"] == before["g1"]["on disk"]
    assert after == before or suites.host() == suites.LOWERED      # whose stock daemon shows the lowered definition


def test_stored_before_the_module(daemon):
    """A client used the name on stock libvirt: it is never taken for the module's answer, and can be removed."""
    mode = daemon.mode
    daemon.start("stock")
    daemon.define(domain("g1")).setMetadata(ELEMENT, "<a/>", "k", ANCHORS_URI, CONFIG)
    daemon.start(mode)
    dom = daemon.get()
    answer = ask(dom)
    dom.setMetadata(ELEMENT, None, None, ANCHORS_URI, CONFIG)
    assert "urn:libvirt-cmdqv" not in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    assert ("a xmlns" in answer or "<a/>" in answer) == daemon.stock


FORGED = f"<c:anchors xmlns:c='{ANCHORS_URI}'/>"


def test_forged(daemon):
    """An element in the module's namespace that a client got into the domain."""
    dom = daemon.run(domain("g1", *TWO))
    true = ask(dom)
    daemon.define(dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE).replace("<memory ", f"<metadata>{FORGED}</metadata><memory ", 1))
    assert ANCHORS_URI in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    for flags in (0, LIVE, CONFIG):
        said = ask(dom, flags)
        if daemon.stock:
            assert GPU_A not in str(said)
        else:
            assert GPU_A in said and (flags == CONFIG or said == true)


RECORD = "urn:libvirt-cmdqv:lowered:1"
SPELLED = {
    "bare": (f"<p:lowered xmlns:p='{RECORD}'/>", RECORD),
    "another element": (f"<p:x xmlns:p='{RECORD}'/>", RECORD),
    "the answer's": (FORGED, ANCHORS_URI),
    "of another version": ("<p:x xmlns:p='urn:libvirt-cmdqv:lowered:2'/>", "urn:libvirt-cmdqv:lowered:2"),
    "wrapped": (f"<a><b><p:lowered xmlns:p='{RECORD}'/></b></a>", RECORD),
    "declared further out": (f"<a xmlns:p='{RECORD}'><b/><c><p:lowered/></c></a>", RECORD),
    "by default": (f"<a><lowered xmlns='{RECORD}'/></a>", RECORD),
    "the root by default": (f"<lowered xmlns='{RECORD}'/>", RECORD),
    "an attribute": (f"<a xmlns:p='{RECORD}'><b p:c='1'/></a>", RECORD),
    "character references": ("<a><p:lowered xmlns:p='&#117;rn:libvirt-&#x63;mdqv:lowered:1'/></a>", RECORD),
    "behind text": (f"<a>text<!-- c --><p:lowered xmlns:p='{RECORD}'/></a>", RECORD),
    "with a declaration": (f"<?xml version='1.0' encoding='UTF-8'?><a><p:lowered xmlns:p='{RECORD}'/></a>", RECORD),
}


@pytest.mark.parametrize("flags", [LIVE, CONFIG, LIVE | CONFIG], ids=["live", "config", "both"])
@pytest.mark.parametrize("name", SPELLED)
def test_set_ours_by_another_name(daemon, name, flags):
    """For any URI that the client gives with it."""
    text, uri = SPELLED[name]
    dom = daemon.run(domain("g1", *TWO))
    if daemon.stock:
        dom.setMetadata(ELEMENT, text, "k", "urn:other", flags)
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(dom.setMetadata, ELEMENT, text, "k", "urn:other", flags), words.metadata_is_ours(uri=uri))


ENTITY = f"<!DOCTYPE a [<!ENTITY e '{RECORD}'>]><a><p:lowered xmlns:p='&e;'/></a>"


@only("module")
def test_set_ours_by_an_entity(daemon):
    """A client writes the module's record under another name, spelled with an entity."""
    dom = daemon.run(domain("g1", *TWO))
    with daemon.nothing_changes():
        assert_unsupported(error_of(dom.setMetadata, ELEMENT, ENTITY, "k", "urn:other", CONFIG), words.metadata_is_ours(uri=RECORD))


EBCDIC = {name: f"{declaration}<a><p:lowered xmlns:p='{RECORD}'/></a>".encode("cp037")
          for name, declaration in {"named": "<?xml version='1.0' encoding='IBM037'?>", "detected": "<?xml version='1.0'?>"}.items()}


READ = {}       # whether stock libvirt reads it: with libxml2 before 2.14 it does not


@pytest.mark.parametrize("name", EBCDIC)
def test_set_ours_in_other_bytes(daemon, name):
    """A client writes the module's record in an encoding in which no letter has its byte of ASCII."""
    daemon.define(domain("g1", *TWO))
    with daemon.nothing_changes() if not daemon.stock else nullcontext():
        done = subprocess.run(["virsh", "-q", "-c", "qemu:///system", "metadata", "g1", "urn:other", "--key", "k", "--config",
                               "--set", EBCDIC[name]], capture_output=True, text=True, errors="replace", check=False)
    if daemon.stock:
        READ[name] = done.returncode == 0
    else:
        refused = words.occurs(words.metadata_is_ours(uri=RECORD), done.stderr) or (not READ.get(name) and "Start tag expected" in done.stderr)
        assert done.returncode == 1 and refused, done.stderr


INNOCENT = ["<a/>", "<a>&amp;</a>", f"<a>{RECORD}</a>", f"<a b='{RECORD}'/>", "<a xmlns:p='urn:libvirt-cmdqv'><p:b/></a>", "<a>"]


@pytest.mark.parametrize("text", INNOCENT)
def test_set_others(daemon, text):
    """A client writes metadata that only resembles the module's."""
    dom = daemon.run(domain("g1", *TWO))
    if text == "<a>":
        assert error_of(dom.setMetadata, ELEMENT, text, "k", "urn:other", CONFIG).get_error_code() == libvirt.VIR_ERR_XML_DETAIL
        return
    dom.setMetadata(ELEMENT, text, "k", "urn:other", LIVE | CONFIG)
    assert "<a" in dom.metadata(ELEMENT, "urn:other", CONFIG)


@only("module")
def test_schema(daemon, tmp_path):
    """docs/anchors.rng, on everything that was seen here."""
    doms = [daemon.run(domain("g1", *TWO)), daemon.define(domain("g2")), daemon.define(domain("g3", smmu(cmdqv="off"), hostdev(GPU_C, 2)))]
    for number, dom in enumerate(doms):
        file = tmp_path / f"{number}.xml"
        file.write_text(ask(dom))
        done = subprocess.run(["xmllint", "--noout", "--relaxng", "/src/docs/anchors.rng", file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
