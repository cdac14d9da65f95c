"""Saved states carry definitions: written with one, exchanged for another, restored with a third.

A domain with a hostdev cannot be saved, and one with an accelerated SMMU
neither.  So a plain one is, for real, and the definition in the file is edited
(saveimage.py); QEMU then really loads the state into the machine that the
edited definition asks for.
"""
from pathlib import Path

import libvirt
import pytest

import saveimage
import words
from conftest import LOG, argv, asked, assert_refused, assert_unsound, error_of, only, said_by
from domains import domain
from saveimage import SAVED, sound, unsound
from verbs import hook, saved_by_stock

MANAGED = Path("/var/lib/libvirt/qemu/save/g1.save")
SEEN = {}       # answers of stock libvirt; the stock run is first


def spoiled(xml):
    """A definition that libvirt itself accepts: the hostdev is still there, but not on iommufd."""
    return xml.replace("iommufd='yes'", "iommufd='no'")


def without_cmdqv():
    """The domain runs, its definition says cmdqv=on, and it has no CMDQV."""
    options = argv()
    return any('"cmdqv":"on"' in v for v in options) and not any("vfio-pci" in v for v in options)


RESTORES = {
    "virDomainRestore": lambda conn, file, xml: conn.restore(file),
    "virDomainRestoreFlags": lambda conn, file, xml: conn.restoreFlags(file, None, 0),
    "virDomainRestoreFlags, paused": lambda conn, file, xml: conn.restoreFlags(file, None, libvirt.VIR_DOMAIN_SAVE_PAUSED),
    "virDomainRestoreFlags with XML": lambda conn, file, xml: conn.restoreFlags(file, xml, 0),
    "virDomainRestoreParams": lambda conn, file, xml: conn.restoreParams({"file": file}, 0),
    "virDomainRestoreParams with XML": lambda conn, file, xml: conn.restoreParams({"file": file, "dxml": xml}, 0),
}


@pytest.mark.parametrize("name", RESTORES)
def test_restore(daemon, tmp_path, name):
    """A client restores a file with an invalid definition, by each call."""
    file = saved_by_stock(daemon, tmp_path, unsound)
    xml = daemon.conn.saveImageGetXMLDesc(file, 0)
    assert "cmdqv='on'" in xml.replace('"', "'")
    if daemon.stock:
        RESTORES[name](daemon.conn, file, xml)
        assert without_cmdqv()
    else:
        with daemon.nothing_changes():
            assert_unsound(error_of(RESTORES[name], daemon.conn, file, xml), words.needs_hostdev())
        assert daemon.names() == []


@pytest.mark.parametrize("name", [n for n in RESTORES if "XML" in n])
def test_restore_with_another_definition(daemon, tmp_path, name):
    """The definition in the file is valid, the caller's is not."""
    file = saved_by_stock(daemon, tmp_path, sound)
    xml = spoiled(daemon.conn.saveImageGetXMLDesc(file, 0))
    error = error_of(RESTORES[name], daemon.conn, file, xml)
    assert daemon.names() == []
    if daemon.stock:
        assert "without an iommufd backend not allowed" in error.get_error_message()       # only QEMU stops it
    else:
        assert_unsound(error, words.needs_hostdev(hint=words.NO_IOMMUFD))
        assert daemon.state() == {"QEMU was asked": daemon.state()["QEMU was asked"]}


@pytest.mark.parametrize("name", RESTORES)
def test_restore_accepted(daemon, tmp_path, name):
    """A client restores a file with a valid definition, by each call."""
    file = saved_by_stock(daemon, tmp_path, sound)
    RESTORES[name](daemon.conn, file, daemon.conn.saveImageGetXMLDesc(file, 0))
    assert any("vfio-pci" in v for v in argv())


def test_restore_plain(daemon, tmp_path):
    """No vSMMU, nothing edited."""
    file = tmp_path / "g2.save"
    daemon.run(domain("g2")).save(str(file))
    daemon.conn.restore(str(file))
    assert daemon.get("g2").isActive()


def test_virsh_restore(daemon, tmp_path):
    """virsh restores a file with an invalid definition."""
    file = saved_by_stock(daemon, tmp_path, unsound)
    done = daemon.virsh("restore", file)
    if daemon.stock:
        assert done.status == 0 and without_cmdqv()
    else:
        assert done.status == 1 and words.occurs(words.needs_hostdev(), done.err)
        assert daemon.names() == []


@pytest.mark.parametrize("name", RESTORES)
def test_restore_what_is_no_image(daemon, tmp_path, name):
    """libvirt's own words, in both."""
    junk = tmp_path / "junk"
    junk.write_text("smmuv3 cmdqv='on'")
    for file in (str(junk), "/nonexistent/file"):
        said = said_by(RESTORES[name], daemon.conn, file, SAVED)
        key = name, file.startswith("/non")
        assert isinstance(said, tuple)
        said = said[0], said[1], said[2].replace(str(tmp_path), "")
        assert SEEN.setdefault(key, said) == said


# -- the hook alone: nothing of ours is in the daemon


@only("module")     # test_restore is the control
@pytest.mark.parametrize("name", RESTORES)
def test_hook_refuses_a_restore(daemon, tmp_path, name):
    """The hook alone refuses to restore an invalid definition."""
    file = saved_by_stock(daemon, tmp_path, unsound, mode="hook")
    with daemon.nothing_changes():
        error = error_of(RESTORES[name], daemon.conn, file, daemon.conn.saveImageGetXMLDesc(file, 0))
    assert_refused(error, libvirt.VIR_ERR_HOOK_SCRIPT_FAILED, words.by_hook(words.needs_hostdev(), "restore"),
                   libvirt.VIR_FROM_HOOK)
    assert daemon.names() == []


@only("module")     # the same
@pytest.mark.parametrize("name", RESTORES)
def test_hook_accepts_a_restore(daemon, tmp_path, name):
    """The hook alone passes a valid definition."""
    file = saved_by_stock(daemon, tmp_path, sound, mode="hook")
    RESTORES[name](daemon.conn, file, daemon.conn.saveImageGetXMLDesc(file, 0))
    assert any("vfio-pci" in v for v in argv())


@only("module")
@pytest.mark.parametrize("operation", ["migrate", "restore"])
def test_hook_as_libvirt_calls_it(daemon, operation):
    """No public function gets a migrated definition at all; the output of the hook would replace it."""
    refused = hook(operation, unsound(SAVED))
    assert (refused.status, refused.out) == (1, "")
    assert words.matches(words.hook_line(words.needs_hostdev()), refused.err.rstrip("\n"))
    for xml in (SAVED, sound(SAVED)):
        done = hook(operation, xml)
        assert (done.status, done.out, done.err) == (0, "", "")


# -- a managed save: it is the start that restores


def managed_save(daemon, change):
    mode = daemon.mode
    daemon.start_unguarded()
    daemon.run(SAVED).managedSave(0)
    saveimage.edit(MANAGED, change)
    daemon.start(mode)
    return daemon.get()


def test_start_from_a_managed_save(daemon):
    """A client starts a domain whose managed save breaks a rule."""
    dom = managed_save(daemon, unsound)
    if daemon.stock:
        dom.create()
        assert without_cmdqv()
    else:
        for start in (dom.create, lambda: dom.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)):
            with daemon.nothing_changes():
                assert_unsound(error_of(start), words.needs_hostdev())
        done = daemon.virsh("start", "g1")
        assert done.status == 1 and words.occurs(words.needs_hostdev(), done.err)
        assert not dom.isActive() and dom.hasManagedSaveImage(0)


@only("module")     # the one above is the control
def test_hook_refuses_a_managed_save(daemon):
    """The hook alone refuses to start it."""
    dom = managed_save(daemon, unsound)
    daemon.start("hook")
    dom = daemon.get()
    with daemon.nothing_changes():
        error = error_of(dom.create)
    assert_refused(error, libvirt.VIR_ERR_HOOK_SCRIPT_FAILED, words.by_hook(words.needs_hostdev(), "restore"), libvirt.VIR_FROM_HOOK)
    assert not dom.isActive() and dom.hasManagedSaveImage(0)


def test_autostart_from_a_managed_save(daemon):
    """The host boots, and the daemon starts a domain whose managed save breaks a rule."""
    mode = daemon.mode
    managed_save(daemon, unsound).setAutostart(1)
    daemon.boot(mode)
    dom = daemon.get()
    if daemon.stock:
        assert dom.isActive() and without_cmdqv()
    else:
        assert not dom.isActive()
        assert words.occurs(words.hook_line(words.needs_hostdev()), LOG.read_text(errors="replace"))


def test_start_of_a_managed_save_accepted(daemon):
    """A client starts a domain whose managed save is valid."""
    managed_save(daemon, sound).create()
    assert any("vfio-pci" in v for v in argv())


# -- exchanging the definition


def test_save_image_define(daemon, tmp_path):
    """A client exchanges the definition in a saved file: for a valid one, and for an invalid one."""
    file = saved_by_stock(daemon, tmp_path, sound)
    good = daemon.conn.saveImageGetXMLDesc(file, 0)
    daemon.conn.saveImageDefineXML(file, good, 0)
    bad = spoiled(good)
    if daemon.stock:
        daemon.conn.saveImageDefineXML(file, bad, 0)
        assert "iommufd='no'" in daemon.conn.saveImageGetXMLDesc(file, 0)
    else:
        before = Path(file).read_bytes()
        for flags in (0, libvirt.VIR_DOMAIN_SAVE_RUNNING, libvirt.VIR_DOMAIN_SAVE_PAUSED):
            assert_unsound(error_of(daemon.conn.saveImageDefineXML, file, bad, flags), words.needs_hostdev(hint=words.NO_IOMMUFD))
        changed = tmp_path / "changed.xml"
        changed.write_text(bad)
        done = daemon.virsh("save-image-define", file, changed)
        assert done.status == 1 and words.occurs(words.needs_hostdev(hint=words.NO_IOMMUFD), done.err)
        assert Path(file).read_bytes() == before


def test_managed_save_define(daemon, tmp_path):
    """A client exchanges the definition in a managed save: for a valid one, and for an invalid one."""
    dom = managed_save(daemon, sound)
    good = dom.managedSaveGetXMLDesc(0)
    dom.managedSaveDefineXML(good, 0)
    bad = spoiled(good)
    if daemon.stock:
        dom.managedSaveDefineXML(bad, 0)
        assert "iommufd='no'" in dom.managedSaveGetXMLDesc(0)
    else:
        before = MANAGED.read_bytes()
        with daemon.nothing_changes():
            assert_unsound(error_of(dom.managedSaveDefineXML, bad, 0), words.needs_hostdev(hint=words.NO_IOMMUFD))
            changed = tmp_path / "changed.xml"
            changed.write_text(bad)
            done = daemon.virsh("managedsave-define", "g1", changed)
            assert done.status == 1 and words.occurs(words.needs_hostdev(hint=words.NO_IOMMUFD), done.err)
        assert MANAGED.read_bytes() == before


# -- saving with a definition of one's own


SAVES = {
    "virDomainSaveFlags": lambda dom, file, xml: dom.saveFlags(file, xml, 0),
    "virDomainSaveParams": lambda dom, file, xml: dom.saveParams({"file": file, "dxml": xml}, 0),
}


@pytest.mark.parametrize("name", SAVES)
def test_save(daemon, tmp_path, name):
    """libvirt's rule about changes forbids it too, but only once it has stopped the guest."""
    dom = daemon.run(SAVED)
    file = tmp_path / "g1.save"
    migratable = dom.XMLDesc(libvirt.VIR_DOMAIN_XML_MIGRATABLE)
    if daemon.stock:
        error = error_of(SAVES[name], dom, str(file), unsound(migratable))
        assert error.get_error_message() == words.STOCK_ACCEL_CHANGED
        assert [verb for verb, _ in asked()][-2:] == ["stop", "cont"]
    else:
        with daemon.nothing_changes():
            assert_unsound(error_of(SAVES[name], dom, str(file), unsound(migratable)), words.needs_hostdev())
        assert not file.exists()
        SAVES[name](dom, str(file), migratable)
        assert file.exists()
