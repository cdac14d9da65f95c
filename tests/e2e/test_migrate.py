"""Definitions in a migration: the hook judges the domain's own, and the module the one in the cookie."""
import subprocess
from pathlib import Path

import libvirt
import pytest

import words
from conftest import only, run, wait_for
from domains import GPU_A, QEMU, domain, hostdev, smmu
from migration import CANCELLED, OFFLINE, PERSIST, PLAIN, UNSUPPORTED, UUID, Incoming, cookie, migrate_offline
from verbs import nothing_stays, pinned

SOUND = domain("g1", smmu(), hostdev(GPU_A, 2), uuid=UUID)
UNSOUND = domain("g1", smmu(), uuid=UUID)
KINDS = ["3", "3Params"]


def definition(daemon):
    return daemon.get().XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)


@pytest.mark.parametrize("kind", KINDS)
def test_refused(daemon, kind):
    """A client migrates with a definition in the cookie that breaks a rule."""
    said = migrate_offline(kind, cookie("g1", UUID, UNSOUND))
    if daemon.stock:
        assert said is None and "cmdqv='on'" in definition(daemon)
    else:
        assert said[:2] == UNSUPPORTED and words.matches(words.needs_hostdev(), said[2])
        assert [entry["CMDQV_CALL"] for entry in daemon.refusals()] == [f"virDomainMigrateFinish{kind}"]
        assert nothing_stays(daemon)
        assert migrate_offline(kind, cookie("g1", UUID, PLAIN)) is None
        assert "smmuv3" not in definition(daemon)


# name: how the same definition is written otherwise
CLOTHES = {
    "another root": lambda text: text.replace(b"qemu-migration>", b"migration>"),
    "comment before": lambda text: text.replace(b"<domain", b"<!-- <domain/> --><domain", 1),
    "namespace of the root's": lambda text: text.replace(b"<qemu-migration>", b"<qemu-migration xmlns:q='urn:q'>").replace(
        b"</devices>", b"</devices><metadata><q:x/></metadata>"),
    "a domain of another namespace before": lambda text: text.replace(
        b"<domain", b"<o:domain xmlns:o='urn:o'/><domain", 1),
    "characters by number": lambda text: text.replace(b"model='smmuv3'", b"model='&#115;mmuv3'"),
}


@only("module")
@pytest.mark.parametrize("name", CLOTHES)
def test_other_clothes(daemon, name):
    """It is always refused; if libvirt itself refuses it, in libvirt's words."""
    received = CLOTHES[name](cookie("g1", UUID, UNSOUND))
    assert received != cookie("g1", UUID, UNSOUND)
    said = migrate_offline("3Params", received)
    assert said is not None
    assert words.matches(words.needs_hostdev(), said[2]) or said[0] != libvirt.VIR_ERR_CONFIG_UNSUPPORTED
    assert nothing_stays(daemon)


@pytest.mark.parametrize("kind", KINDS)
def test_accepted(daemon, kind):
    """A client migrates with a valid definition in the cookie."""
    assert migrate_offline(kind, cookie("g1", UUID, SOUND)) is None
    assert "cmdqv='on'" in definition(daemon)
    daemon.get().create()
    assert daemon.stock or daemon.refusals() == []


def test_accepted_without_a_cookie(daemon):
    """An offline migration has none: it is the domain itself that stays, and its port is closed as by a define."""
    for received in (b"", cookie("g1", UUID)):
        assert migrate_offline("3Params", received, xml=SOUND) is None
        assert pinned(definition(daemon)) == ([] if daemon.stock else [2])
        daemon.get().undefine()


def test_cancelled(daemon):
    """By the source: there is nothing to judge."""
    said = migrate_offline("3Params", cookie("g1", UUID, UNSOUND), cancelled=CANCELLED)
    assert said[0] == libvirt.VIR_ERR_MIGRATE_FINISH_OK
    assert daemon.refusals() == []
    assert nothing_stays(daemon)


def test_second_version_of_the_protocol(daemon):
    """In the second version of the protocol libvirt reads no cookie: the domain itself stays."""
    assert migrate_offline("2", cookie("g1", UUID, UNSOUND)) is None
    assert "smmuv3" not in definition(daemon)


def test_what_is_there_stays(daemon):
    """A definition of the same domain, which the migration would replace."""
    daemon.define(SOUND)
    before = definition(daemon)
    said = migrate_offline("3Params", cookie("g1", UUID, UNSOUND), xml=SOUND)
    if daemon.stock:
        assert said is None and "<hostdev" not in definition(daemon)
    else:
        assert words.matches(words.needs_hostdev(), said[2])
        assert definition(daemon) == before


def test_domain_that_is_not_migrated(daemon):
    """libvirt's own words, in both."""
    said = []
    with Incoming() as client:
        said.append(client.finish("virDomainMigrateFinish3Params", "g9", cookie("g9", UUID, UNSOUND), OFFLINE | PERSIST))
        daemon.define(PLAIN)
        said.append(client.finish("virDomainMigrateFinish3Params", "g1", cookie("g1", UUID, UNSOUND), OFFLINE | PERSIST))
    assert [one[0] for one in said] == [libvirt.VIR_ERR_NO_DOMAIN, libvirt.VIR_ERR_OPERATION_INVALID]
    assert SEEN.setdefault("not migrated", said) == said
    said = migrate_offline("3Params", cookie("g2", UUID, domain("g2", smmu(), uuid=UUID)))
    assert SEEN.setdefault("another", said) == said and said is not None
    said = migrate_offline("3Params", cookie("g1", UUID, UNSOUND)[:-1])
    assert SEEN.setdefault("no end", said) == said and said is not None
    said = migrate_offline("3Params", b"<qemu-migration smmuv3\0")
    assert SEEN.setdefault("no XML", said) == said and said is not None
    assert daemon.refusals() == []


SEEN = {}       # answers of stock libvirt; the stock run is first


LIVE = PERSIST | libvirt.VIR_MIGRATE_LIVE
PORT = "tcp:127.0.0.1:49321"
ABLE = cookie("g1", UUID, "<capabilities/>")


@only("module")     # without, libvirt waits for the guest
def test_running(daemon):
    """A client migrates a guest without an SMMU whose persistent definition breaks a rule: it stays at the source, nothing is left here."""
    with Incoming() as client:
        assert client.prepare("virDomainMigratePrepare3Params", PLAIN, LIVE, PORT, ABLE) is None
        assert daemon.get().isActive()
        said = client.finish("virDomainMigrateFinish3Params", "g1", cookie("g1", UUID, UNSOUND), LIVE)
    assert said[:2] == UNSUPPORTED and words.matches(words.needs_hostdev(), said[2])
    assert daemon.names() == [] and not Path("/run/libvirt/qemu/g1.pid").exists()


@only("module")
def test_running_that_stays_transient(daemon):
    """The definition in the cookie is not looked at."""
    with Incoming() as client:
        assert client.prepare("virDomainMigratePrepare3Params", PLAIN, libvirt.VIR_MIGRATE_LIVE, PORT, ABLE) is None
        said = client.finish("virDomainMigrateFinish3Params", "g1", cookie("g1", UUID, UNSOUND), libvirt.VIR_MIGRATE_LIVE, CANCELLED)
    assert said[:2] != UNSUPPORTED
    assert daemon.names() == [] and daemon.refusals() == []


# -- by virsh, from another daemon


class OtherHost:
    """The source of the domains."""

    def __init__(self, folder):
        self.folder = folder
        self.daemon = subprocess.Popen(["unshare", "-m", Path(__file__).parent / "helpers/otherhost", folder], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        self.here, self.there = (f"qemu+unix:///system?socket={folder}/{own}/libvirt-sock" for own in ("-run-libvirt", "there"))
        wait_for(lambda: self.virsh("uri").status == 0, "the other daemon does not answer", 20)

    def virsh(self, *args):
        return run("nsenter", "-t", str(self.daemon.pid), "-m", "-r", "-w", "virsh", "-q", "-c", self.here, *args)

    def migrate(self, *options):
        return self.virsh("migrate", "g1", self.there, "tcp:127.0.0.1", "--live", *options)

    def boot(self, file):
        for done in (self.virsh("define", file), self.virsh("start", "g1")):
            assert done.status == 0, done

    def clean(self):
        self.virsh("destroy", "g1")
        self.virsh("undefine", "g1")

    def end(self):
        self.clean()
        self.daemon.terminate()
        self.daemon.wait()


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    host = OtherHost(tmp_path_factory.mktemp("host"))
    yield host
    host.end()


@pytest.fixture
def guest(other, tmp_path):
    """One without an SMMU, on the other host."""
    file = tmp_path / "g1.xml"
    file.write_text(domain("g1", uuid=UUID, layout="<controller type='usb' model='none'/>", emulator=QEMU))
    other.boot(file)
    yield other
    other.clean()


def later(tmp_path, xml):
    """Options with the definition that the guest is to have when it has stopped."""
    file = tmp_path / "later.xml"
    file.write_text(xml)
    return ["--persistent", "--persistent-xml", file]


@pytest.mark.parametrize("options", [[], ["--p2p"]], ids=["by virsh", "by the daemon"])
def test_virsh(daemon, guest, tmp_path, options):
    """A guest migrates, and virsh or the daemon gives it an invalid definition on the other side."""
    done = guest.migrate(*later(tmp_path, UNSOUND), *options)
    if daemon.stock:
        assert done.status == 0 and "<hostdev" not in definition(daemon) and "cmdqv='on'" in definition(daemon)
    else:
        assert done.status == 1 and words.matches("error: " + words.needs_hostdev(), done.err.strip().split("\n")[-1]), done
        assert guest.virsh("domstate", "g1").out.strip() == "running"
        assert guest.virsh("dominfo", "g1").out.count("Persistent:     yes") == 1
        assert daemon.names() == [] and not Path("/etc/libvirt/qemu/g1.xml").exists()
        assert [entry["CMDQV_CALL"] for entry in daemon.refusals()] == ["virDomainMigrateFinish3Params"]
        # nothing is in the way of another try
        assert guest.migrate("--persistent").status == 0
        assert daemon.get().isActive() and "smmuv3" not in definition(daemon)


def test_virsh_accepted(daemon, guest, tmp_path):
    """A guest migrates with a valid definition, whose port is closed as by a define."""
    done = guest.migrate(*later(tmp_path, SOUND))
    assert done.status == 0, done
    assert daemon.get().isActive() and "cmdqv='on'" in definition(daemon)
    assert pinned(definition(daemon)) == ([] if daemon.stock else [2])
    assert daemon.stock or daemon.refusals() == []


def test_virsh_post_copy(daemon, guest, tmp_path):
    """A client migrates by post-copy, which cannot be called off any more: the guest lives on, without the definition.

    Slow until the switch, so that much is left to send: if the stream ends right after the switch, QEMU itself breaks it more
    often than not, with the module and without."""
    done = guest.migrate(*later(tmp_path, UNSOUND), "--postcopy", "--bandwidth", 1, "--timeout", 1, "--timeout-postcopy")
    assert done.status == 0, done
    assert daemon.get().isActive()
    if daemon.stock:
        assert "cmdqv='on'" in definition(daemon)
    else:
        assert not daemon.get().isPersistent()
        said = [entry["MESSAGE"] for entry in daemon.refusals()]
        assert len(said) == 1 and "; the domain continues without the definition that the migration sent" in said[0]


def test_virsh_plain(daemon, guest):
    """A guest without a vSMMU migrates, and is defined on the other side."""
    assert guest.migrate("--persistent").status == 0
    assert daemon.get().isActive() and daemon.get().isPersistent()
