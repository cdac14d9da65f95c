"""cmdqv.conf: the config half of detaching a running domain's anchor, and files that are not as they should be."""
import libvirt
import pytest

import words
from conftest import LAB_SETTINGS, SETTINGS, assert_unsound, assert_unsupported, error_of, only
from domains import GPU_A, GPU_B, GPU_C, NOVA, VF_A, domain, hostdev, interface, smmu
from verbs import CONFIG, CURRENT, INACTIVE, LIVE, detach

OTHER = "<metadata><m:vm xmlns:m='http://example.org/manager/2.0'/></metadata>"
KUBEVIRT = "<metadata><kubevirt xmlns='http://kubevirt.io'><uid/></kubevirt></metadata>"
PAIR = [smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)]
KEPT = words.kept_for_running("hostdev0", GPU_A)
USER = "<interface type='user'><mac address='52:54:00:00:09:01'/></interface>"


def assert_config_half(daemon, dom, refused):
    """The anchor, out of the definition only; its brother would still be there to anchor the next start."""
    if refused and not daemon.stock:
        with daemon.nothing_changes():
            assert_unsupported(error_of(detach, dom, hostdev(GPU_A), CONFIG), KEPT)
    else:
        detach(dom, hostdev(GPU_A), CONFIG)
        assert dom.XMLDesc(INACTIVE).count("<hostdev") == 1 and dom.XMLDesc(0).count("<hostdev") == 2


@pytest.mark.parametrize("metadata, refused", [("", False), (NOVA, True), (OTHER, False), (KUBEVIRT, False)],
                         ids=["nobody's", "Nova's", "another's", "KubeVirt's"])
def test_auto(daemon, metadata, refused):
    """Nova detaches from the definition first and from the running domain second; on stock libvirt the two then differ."""
    assert_config_half(daemon, daemon.run(domain("g1", *PAIR, more=metadata)), refused)


@pytest.mark.parametrize("setting, metadata, refused", [
    ("auto", NOVA, True), ("auto", "", False), ("allow", NOVA, False), ("allow", "", False), ("refuse", NOVA, True),
    ("refuse", "", True)])
def test_config_detach(daemon, settings, setting, metadata, refused):
    """config_detach is set, and a client detaches the anchor from the definition of a running domain."""
    settings(f"[policy]\nconfig_detach = {setting}\n")
    assert_config_half(daemon, daemon.run(domain("g1", *PAIR, more=metadata)), refused)


@pytest.mark.parametrize("managers, metadata, refused", [
    ("http://example.org/manager/", OTHER, True), ("http://example.org/manager/2.0", OTHER, True),
    ("http://example.org/manager/;http://kubevirt.io", KUBEVIRT, True), (" http://example.org/ ; ", OTHER, True),
    ("http://example.com/", OTHER, False), ("http://example.org/manager/", NOVA, True), ("", NOVA, True), ("", OTHER, False)])
def test_managers(daemon, settings, managers, metadata, refused):
    """managers names the metadata of a management layer, and a client detaches the anchor from the definition."""
    settings(f"# more managers\n[policy]\nmanagers = {managers}\n")
    assert_config_half(daemon, daemon.run(domain("g1", *PAIR, more=metadata)), refused)


def test_metadata_set_later(daemon):
    """The definition is looked at as it is now."""
    dom = daemon.run(domain("g1", *PAIR))
    dom.setMetadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, "<instance/>", "nova", "http://openstack.org/xmlns/libvirt/nova/1.1",
                    LIVE | CONFIG)
    assert_config_half(daemon, dom, True)


def test_others_of_a_managers_domain(daemon):
    """Only the running domain's anchor is kept, and only while it runs."""
    dom = daemon.run(domain("g1", *PAIR, more=NOVA))
    detach(dom, hostdev(GPU_B), CONFIG)
    dom.attachDeviceFlags(hostdev(GPU_B, 3), CONFIG)
    dom.destroy()
    detach(dom, hostdev(GPU_A), CURRENT)
    assert dom.XMLDesc(INACTIVE).count("<hostdev") == 1


def test_both_halves(daemon):
    """LIVE and CONFIG together: the refusal is about the live half."""
    dom = daemon.run(domain("g1", *PAIR, more=NOVA))
    if daemon.stock:
        assert error_of(detach, dom, hostdev(GPU_A), LIVE | CONFIG).get_error_message() == words.BLOCKER
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(detach, dom, hostdev(GPU_A), LIVE | CONFIG), words.anchor("hostdev0", GPU_A))


def test_interface(daemon):
    """In any form in which the anchor is asked for, first out of the definition, as Nova does."""
    dom = daemon.run(domain("g1", smmu(), interface(VF_A, 3), hostdev(GPU_A, 2), more=NOVA))
    if daemon.stock:
        detach(dom, interface(VF_A), CONFIG)
        assert error_of(detach, dom, interface(VF_A), LIVE).get_error_message() == words.BLOCKER
        assert "<interface" in dom.XMLDesc(0) and "<interface" not in dom.XMLDesc(INACTIVE)     # split
    else:
        with daemon.nothing_changes():
            for xml in (interface(VF_A), interface(VF_A, 3), hostdev(VF_A), USER):
                assert_unsupported(error_of(detach, dom, xml, CONFIG), words.kept_for_running("hostdev0", VF_A))


def test_alias(daemon):
    """A client detaches the anchor of an instance of Nova from the definition, by its alias."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2, alias="ua-a"), hostdev(GPU_B, 3, alias="ua-b"), more=NOVA))
    if daemon.stock:
        dom.detachDeviceAlias("ua-a", CONFIG)
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(dom.detachDeviceAlias, "ua-a", CONFIG), words.kept_for_running("ua-a", GPU_A))
        dom.detachDeviceAlias("ua-b", CONFIG)


# -- files that are not as they should be: (text, the log's words on it)

LOGGED = "; the defaults are used instead"
BAD = {
    "unknown key": ("[policy]\n# a comment\nconfig_attach = refuse\n", f"{SETTINGS}:3: there is no setting 'config_attach' in [policy]"),
    "unknown key beside a known one": ("[policy]\nconfig_detach = refuse\n\nanchor_prot = pin\n",
                                       f"{SETTINGS}:4: there is no setting 'anchor_prot' in [policy]"),
    "key twice": ("[policy]\nconfig_detach = refuse\n[rules]\n[policy]\nconfig_detach = allow\n",
                  f"{SETTINGS}:5: 'config_detach' is in line 2 already; remove one of the two"),
    "rule twice": ("[rules]\naccel-needs-kvm = off\naccel-needs-kvm = warning\n",
                   f"{SETTINGS}:3: 'accel-needs-kvm' is in line 2 already; remove one of the two"),
    "unknown group": ("[policy]\nconfig_detach = refuse\n[polcy]\nx = y\n", f"{SETTINGS}:3: there is no group [polcy]"),
    "unknown value": ("[policy]\nconfig_detach = maybe\n",
                      f"{SETTINGS}:2: config_detach = maybe: it must be one of 'auto', 'allow', 'refuse'"),
    "value in capitals": ("[policy]\nconfig_detach=REFUSE\n",
                          f"{SETTINGS}:2: config_detach = REFUSE: it must be one of 'auto', 'allow', 'refuse'"),
    "no value": ("[policy]\nanchor_port =\n", f"{SETTINGS}:2: anchor_port = : it must be one of 'pin', 'warn', 'ignore'"),
    "no group": ("config_detach = refuse\n", f"{SETTINGS}:1: ..."),
    "no key file": ("<config_detach>refuse</config_detach>\n", f"{SETTINGS}:1: ..."),
    "not UTF-8": ("[policy]\nmanagers = \udcff\n", f"{SETTINGS}:2: ..."),
}


@only("module")
@pytest.mark.parametrize("name", BAD)
def test_bad_file(daemon, settings, name):
    """The defaults hold, for the rules too, and the log names file and line, once."""
    text, sentence = BAD[name]
    daemon.run(domain("g1", *PAIR))
    daemon.run(domain("g2", smmu(), hostdev(GPU_C, 2), hostdev(VF_A, 3), more=NOVA))
    SETTINGS.write_bytes((text + LAB_SETTINGS).encode(errors="surrogateescape"))
    daemon.restart()
    try:
        assert_config_half(daemon, daemon.get(), False)
        with daemon.nothing_changes():
            assert_unsupported(error_of(detach, daemon.get("g2"), hostdev(GPU_C), CONFIG),
                               words.kept_for_running("hostdev0", GPU_C, name="g2"))
            assert_unsound(error_of(daemon.define, domain("g3", *PAIR)), words.needs_kvm("g3"))
        said = [e["MESSAGE"] for e in daemon.journal() if str(SETTINGS) in e.get("MESSAGE", "")]
        assert len(said) == 1 and words.matches(sentence + LOGGED, said[0]), said
    finally:
        SETTINGS.write_text(LAB_SETTINGS)
        daemon.restart()


@only("module")
@pytest.mark.parametrize("text", ["", "\n\n# nothing\n", "[policy]\n", None], ids=["empty", "comments", "empty group", "none"])
def test_nothing_set(daemon, settings, text):
    """cmdqv.conf is empty or missing: the defaults hold."""
    daemon.run(domain("g1", *PAIR, more=NOVA))
    if text is None:
        SETTINGS.unlink()
    else:
        SETTINGS.write_text(text)
    daemon.restart()
    assert_config_half(daemon, daemon.get(), True)
    assert not [e for e in daemon.journal() if str(SETTINGS) in e.get("MESSAGE", "")]


@only("module")
def test_unreadable(daemon, settings):
    """cmdqv.conf is a folder: the defaults hold, and the journal says so."""
    daemon.run(domain("g1", *PAIR, more=NOVA))
    SETTINGS.unlink()
    SETTINGS.mkdir()
    try:
        daemon.restart()
        assert_config_half(daemon, daemon.get(), True)
        assert [e for e in daemon.journal() if words.occurs(f"{SETTINGS}...{LOGGED}", e.get("MESSAGE", ""))]
    finally:
        SETTINGS.rmdir()


@only("module")
def test_dangling_link(daemon, settings):
    """The settings are a broken link, not absent: the module says that it cannot open them."""
    daemon.run(domain("g1", *PAIR, more=NOVA))
    SETTINGS.unlink()
    SETTINGS.symlink_to("/nonexistent/cmdqv.conf")
    try:
        daemon.restart()
        assert_config_half(daemon, daemon.get(), True)
        said, = [e["MESSAGE"] for e in daemon.journal() if str(SETTINGS) in e.get("MESSAGE", "")]
        assert said == f"cannot open '{SETTINGS}': No such file or directory{LOGGED}"
    finally:
        SETTINGS.unlink()


@only("module")
def test_hook_says_so_too(daemon, settings):
    """And lets the domain start that keeps the rules as they are by default."""
    dom = daemon.define(domain("g1", smmu(accel=None, cmdqv=None)))
    SETTINGS.write_text("[policy]\nanchor_prot = pin\n")
    daemon.start("hook")
    dom = daemon.get()
    dom.create()
    said = {e["MESSAGE"] for e in daemon.journal() if str(SETTINGS) in e.get("MESSAGE", "")}
    assert said == {f"{SETTINGS}:2: there is no setting 'anchor_prot' in [policy]{LOGGED}"}
    assert dom.isActive()


@only("module")
def test_read_once(daemon, settings):
    """A change counts after a restart of the daemon, as the manual says."""
    settings("[policy]\nconfig_detach = refuse\n")
    dom = daemon.run(domain("g1", *PAIR))
    assert_config_half(daemon, dom, True)
    SETTINGS.write_text("[policy]\nconfig_detach = allow\n" + LAB_SETTINGS)
    assert_config_half(daemon, dom, True)
    daemon.restart()
    assert_config_half(daemon, daemon.get(), False)
