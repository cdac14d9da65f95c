"""Definitions in snapshots: a client redefines a snapshot, or reverts a domain to one."""
import re
from pathlib import Path

import libvirt
import pytest

import words
from conftest import assert_unsound, error_of, said_by
from domains import ALL_GIVEN, GPU_A, GPU_B, domain, hostdev, inactive, smmu, snapshot
from verbs import INACTIVE, REDEFINE, pinned

CURRENT = REDEFINE | libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT
SOUND = domain("g1", smmu(**ALL_GIVEN), hostdev(GPU_A, 2))


def unsound(xml):
    """The same without the hostdev."""
    return re.sub(r"<hostdev.*</hostdev>", "", xml, flags=re.S)


@pytest.fixture
def dom(daemon):
    return daemon.define(SOUND)


CASES = {
    "domain": lambda xml: snapshot(unsound(xml)),
    "domain of a running one": lambda xml: snapshot(unsound(xml), state="running"),
    "inactive domain": lambda xml: snapshot(xml, inactive(unsound(xml))),
    "domain before a sound inactive one": lambda xml: snapshot(unsound(xml), inactive(xml)),
}


@pytest.mark.parametrize("flags", [REDEFINE, CURRENT], ids=["redefine", "current"])
@pytest.mark.parametrize("name", CASES)
def test_redefine(daemon, dom, name, flags):
    """A client redefines a snapshot whose definition breaks a rule."""
    xml = CASES[name](dom.XMLDesc(INACTIVE))
    if daemon.stock:
        dom.snapshotCreateXML(xml, flags)
        assert dom.snapshotNum() == 1
    else:
        with daemon.nothing_changes():
            assert_unsound(error_of(dom.snapshotCreateXML, xml, flags), words.needs_hostdev())
        assert dom.snapshotNum() == 0


QEMU_NAMESPACE = "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"
OWN_SMMU = (f"<qemu:commandline {QEMU_NAMESPACE}><qemu:arg value='-device'/><qemu:arg value='arm-smmuv3,primary-bus=pci.6,"
            "accel=on,cmdqv=on'/></qemu:commandline></domain>")
EMULATED = "<interface type='user'><mac address='52:54:00:00:ee:01'/><model type='virtio'/></interface></devices>"
# Faults that only the command line shows.  name: (the definition, changed to break a rule; the words about it)
UNSEEN = {
    "arguments of its own": (lambda xml: xml.replace("</domain>", OWN_SMMU), "cmdqv='on' needs a cold-plugged PCI hostdev"),
    "no address": (lambda xml: xml.replace("</devices>", EMULATED), "an emulated device cannot be behind an accelerated SMMU"),
    "no address in the inactive one": (lambda xml: xml + inactive(xml.replace("</devices>", EMULATED)),
                                       "an emulated device cannot be behind an accelerated SMMU"),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_unseen(daemon, dom, name):
    """Redefined with the module, and while it was away."""
    make, said = UNSEEN[name]
    xml = snapshot(make(dom.XMLDesc(INACTIVE)))
    if daemon.stock:
        dom.snapshotCreateXML(xml, REDEFINE)
        dom.revertToSnapshot(dom.snapshotLookupByName("s1"))
    else:
        with daemon.nothing_changes():
            error = error_of(dom.snapshotCreateXML, xml, REDEFINE)
        assert error.get_error_code() == libvirt.VIR_ERR_CONFIG_UNSUPPORTED and said in error.get_error_message()
        assert dom.snapshotNum() == 0
        dom.undefine()
        daemon.start_unguarded()
        daemon.define(SOUND.replace("</name>", f"</name><uuid>{dom.UUIDString()}</uuid>")).snapshotCreateXML(xml, REDEFINE)
        daemon.start("module")
        dom = daemon.get()
        with daemon.nothing_changes():
            error = error_of(dom.revertToSnapshot, dom.snapshotLookupByName("s1"))
        assert error.get_error_code() == libvirt.VIR_ERR_CONFIG_UNSUPPORTED and said in error.get_error_message()


def test_virsh(daemon, dom, tmp_path):
    """virsh redefines a snapshot whose definition breaks a rule."""
    file = tmp_path / "snapshot.xml"
    file.write_text(snapshot(unsound(dom.XMLDesc(INACTIVE))))
    done = daemon.virsh("snapshot-create", "g1", file, "--redefine")
    if daemon.stock:
        assert done.status == 0
    else:
        assert done.status == 1 and words.matches("error: " + words.needs_hostdev(), done.err.strip().split("\n")[-1])


@pytest.mark.parametrize("name", ["domain", "inactive domain"])
def test_revert(daemon, name):
    """Redefined while the module was away."""
    mode = daemon.mode
    daemon.start_unguarded()
    dom = daemon.define(SOUND)
    dom.snapshotCreateXML(CASES[name](dom.XMLDesc(INACTIVE)), REDEFINE)
    daemon.start(mode)
    dom = daemon.get()
    snap = dom.snapshotLookupByName("s1")
    if daemon.stock:
        dom.revertToSnapshot(snap)
        assert "<hostdev" not in dom.XMLDesc(INACTIVE)
    else:
        with daemon.nothing_changes():
            for flags in (0, libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING, libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED,
                          libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_FORCE):
                assert_unsound(error_of(dom.revertToSnapshot, snap, flags), words.needs_hostdev())
            done = daemon.virsh("snapshot-revert", "g1", "s1")
            assert done.status == 1 and words.occurs(words.needs_hostdev(), done.err)


def test_revert_that_starts(daemon):
    """On stock libvirt the guest starts without CMDQV, and without a word."""
    mode = daemon.mode
    daemon.start_unguarded()
    dom = daemon.define(SOUND)
    dom.snapshotCreateXML(CASES["domain"](dom.XMLDesc(INACTIVE)), REDEFINE)
    daemon.start(mode)
    dom = daemon.get()
    snap = dom.snapshotLookupByName("s1")
    if daemon.stock:
        dom.revertToSnapshot(snap, libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING)
        assert dom.isActive() and "<hostdev" not in dom.XMLDesc(0)
    else:
        with daemon.nothing_changes():
            assert_unsound(error_of(dom.revertToSnapshot, snap, libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING), words.needs_hostdev())
        assert not dom.isActive()


def test_accepted(daemon, dom):
    """A client redefines a snapshot with a valid definition, and reverts to it."""
    xml = dom.XMLDesc(INACTIVE)
    with_two = xml.replace("</devices>", hostdev(GPU_B, 3) + "</devices>")
    dom.snapshotCreateXML(snapshot(with_two), REDEFINE)
    dom.revertToSnapshot(dom.snapshotLookupByName("s1"))
    assert dom.XMLDesc(INACTIVE).count("<hostdev") == 2


# name: (the snapshot of a definition with two devices, ports closed after the revert)
REVERTS = {
    "domain": (lambda other, same: snapshot(other), [3]),
    "inactive domain": (lambda other, same: snapshot(same, inactive(other)), [3]),
    "no vSMMU": (lambda other, same: snapshot(re.sub(r"<iommu.*</iommu>", "", other, flags=re.S)), []),
}


@pytest.mark.parametrize("name", REVERTS)
def test_port_of_the_anchor_that_was(daemon, dom, name):
    """A definition that a revert puts in place has its ports closed as a defined one has."""
    make, after = REVERTS[name]
    other = domain("g1", smmu(**ALL_GIVEN), hostdev(GPU_B, 3), uuid=dom.UUIDString())
    same = domain("g1", smmu(**ALL_GIVEN), hostdev(GPU_A, 2), uuid=dom.UUIDString())
    before = pinned(dom.XMLDesc(INACTIVE))
    dom.snapshotCreateXML(make(other, same), REDEFINE)
    dom.revertToSnapshot(dom.snapshotLookupByName("s1"))
    reverted = dom.XMLDesc(INACTIVE)
    assert reverted.count("<hostdev") == 1
    assert pinned(Path("/etc/libvirt/qemu/g1.xml").read_text()) == pinned(reverted)
    assert (before, pinned(reverted)) == (([], []) if daemon.stock else ([2], after))


def test_revert_of_a_transient_domain(daemon):
    """A domain without a definition gets none."""
    dom = daemon.conn.createXML(domain("g1", smmu(**ALL_GIVEN), hostdev(GPU_A, 2), uuid="11111111-2222-3333-4444-555555555555"))
    dom.snapshotCreateXML(snapshot(dom.XMLDesc(0), state="running"), REDEFINE)
    said = said_by(dom.revertToSnapshot, dom.snapshotLookupByName("s1"))
    assert SEEN.setdefault("transient", said) == said
    assert not Path("/etc/libvirt/qemu/g1.xml").exists()
    daemon.restart()        # a libvirt without CMDQV keeps in mind such a domain that it could not start again


def test_what_is_no_snapshot(daemon, dom):
    """libvirt's own words, in both."""
    for text in ("", "<domainsnapshot", "<domain/>", "<domainsnapshot><name>smmuv3</name></domainsnapshot>", snapshot()):
        error = error_of(dom.snapshotCreateXML, text, REDEFINE)
        said = error.get_error_code(), error.get_error_message()
        assert SEEN.setdefault(text, said) == said


SEEN = {}       # answers of stock libvirt; the stock run is first
