"""Invalid domains that were defined before the module was installed."""
import re

import libvirt
import pytest

import words
from conftest import LOG, SETTINGS, assert_refused, assert_unsound, error_of, only
from domains import ALL_GIVEN, GPU_A, domain, hostdev, smmu
from verbs import defined_before, hook

UNSOUND = domain("g1", smmu(**ALL_GIVEN))       # QEMU starts it, without CMDQV
SOUND = domain("g2", smmu(), hostdev(GPU_A, 2))


def test_start(daemon, tmp_path):
    """A client starts an invalid domain, by each call; then the hook alone is there."""
    dom = defined_before(daemon, UNSOUND)
    if daemon.stock:
        dom.create()
        assert dom.isActive()
    else:
        with daemon.nothing_changes():
            assert_unsound(error_of(dom.create), words.needs_hostdev())
            assert_unsound(error_of(dom.createWithFlags, 0), words.needs_hostdev())
            assert_unsound(error_of(dom.createWithFlags, libvirt.VIR_DOMAIN_START_PAUSED), words.needs_hostdev())
            error_of(dom.createWithFiles, [])       # which the QEMU driver does not have anyway
            done = daemon.virsh("start", "g1")
            assert done.status == 1 and words.occurs(words.needs_hostdev(), done.err)
            (tmp_path / "g3.xml").write_text(domain("g3", smmu(**ALL_GIVEN)))
            done = daemon.virsh("create", tmp_path / "g3.xml")
            assert done.status == 1 and words.occurs(words.needs_hostdev("g3"), done.err)
        assert not dom.isActive()


def test_start_that_qemu_would_refuse_too(daemon):
    """A client starts an invalid domain that QEMU would refuse: the module is first, and QEMU is not run."""
    dom = defined_before(daemon, domain("g1", smmu()))
    with_qemu = error_of(dom.create)
    if daemon.stock:
        assert words.matches(words.QEMU_AUTO, with_qemu.get_error_message())
    else:
        assert_unsound(with_qemu, words.needs_hostdev())
        assert "QEMU was asked" not in daemon.state() or not daemon.state()["QEMU was asked"]


def test_autostart(daemon):
    """Not through any public function: the hook's work."""
    mode = daemon.mode
    dom = defined_before(daemon, UNSOUND)
    dom.setAutostart(1)
    daemon.define(SOUND).setAutostart(1)
    daemon.boot(mode)
    assert daemon.get("g2").isActive()
    dom = daemon.get("g1")
    if daemon.stock:
        assert dom.isActive()
    else:
        assert not dom.isActive()
        assert words.occurs(words.hook_line(words.needs_hostdev()), LOG.read_text(errors="replace"))
        assert daemon.names() == ["g1", "g2"]


@only("module")     # test_start is the control
def test_hook_alone(daemon):
    """Without the module, the hook refuses each start."""
    daemon.start_unguarded()
    daemon.define(SOUND)
    dom = defined_before(daemon, UNSOUND, mode="hook")
    with daemon.nothing_changes():
        error = error_of(dom.create)
        assert_refused(error, libvirt.VIR_ERR_HOOK_SCRIPT_FAILED, words.by_hook(words.needs_hostdev()), libvirt.VIR_FROM_HOOK)
    daemon.get("g2").create()


@only("module")
def test_hook_by_itself(daemon):
    """As libvirt calls it: the domain's XML on standard input."""
    refused = hook("prepare", UNSOUND)
    assert (refused.status, refused.out) == (1, "")
    assert re.fullmatch(r"[^\n]+\n", refused.err)
    assert words.matches(words.hook_line(words.needs_hostdev()), refused.err.rstrip("\n"))
    for xml in (SOUND, domain("g1")):
        done = hook("prepare", xml)
        assert (done.status, done.out, done.err) == (0, "", "")
    assert hook("start", UNSOUND).err == refused.err
    for operation, phase in (("started", "begin"), ("stopped", "end"), ("release", "end"), ("reconnect", "begin")):
        assert hook(operation, UNSOUND, phase=phase).status == 0, operation


@only("module")
def test_hook_keeps_to_the_levels(daemon, settings):
    """A rule that is off is off at the start too, by the hook and by a client."""
    settings("[rules]\ncmdqv-needs-anchor = off\n")
    assert hook("prepare", UNSOUND).status == 0
    daemon.run(UNSOUND)
    daemon.get().destroy()
    settings("[rules]\ncmdqv-needs-anchor = warning\n")
    daemon.get().create()
    SETTINGS.write_text("")
    refused = hook("prepare", SOUND, name="g2")
    assert refused.status == 1 and words.matches(words.hook_line(words.needs_kvm("g2")), refused.err.rstrip("\n"))


@only("module")
@pytest.mark.parametrize("text", ["", "<domain", "<network/>", "\0\1\2", "<domain type='qemu'><name>g1</name></domain>"])
def test_hook_on_what_is_not_ours(daemon, text):
    """libvirt wrote the XML itself; a text that cannot be read there is not for us to judge, and nothing breaks."""
    done = hook("prepare", text)
    assert done.status in (0, 1) and done.err.count("\n") <= 1
