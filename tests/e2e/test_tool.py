"""virt-cmdqv: the anchors of each domain, and whether a definition is valid."""
import json

import pytest

import words
from conftest import URI, only, run
from domains import ALL_GIVEN, GPU_A, GPU_B, NO_COMMAND_LINE, OTHER_A, ROOTS_FIRST, domain, hostdev, on_network, smmu
from suites import NATIVE
from verbs import LIVE

# The tool only reads, and does so without the module too: once is enough.
pytestmark = only("stock")

COLUMNS = ["Domain", "State", "vSMMU", "Bus", "CMDQV", "Anchor", "Host", "Guest", "Source"]
KEYS = {"domain", "uuid", "state", "vsmmu", "bus", "cmdqv", "anchor", "host", "guest", "source", "detail"}


def tool(*args, stdin=None):
    return run("virt-cmdqv", *args, stdin=stdin)


def anchors(*args):
    done = tool("anchors", "--json", *args)
    assert done.status == 0, done
    found = json.loads(done.out)
    assert all(set(row) == KEYS for row in found)
    return found


def picked(row, *keys):
    return tuple(row[k] for k in keys)


def test_running(daemon):
    """The tool lists the anchor of each vSMMU of a running domain."""
    dom = daemon.run(domain("g1", smmu(), smmu(6), hostdev(GPU_A, 2), hostdev(GPU_B, 3), hostdev(OTHER_A, 7)))
    first, second = anchors("g1")
    assert picked(first, "domain", "uuid", "state", "vsmmu", "bus", "cmdqv", "anchor", "host", "guest", "source") == (
        "g1", dom.UUIDString(), "running", "iommu0", "pci.1", "on", words.behind("hostdev0", GPU_A), GPU_A, "0000:02:00.0", "argv")
    assert picked(second, "vsmmu", "bus", "anchor", "host", "guest", "source") == (
        "iommu1", "pci.6", words.behind("hostdev2", OTHER_A), OTHER_A, "0000:07:00.0", "argv")


def test_table(daemon):
    """The tool prints the anchors as a table."""
    daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2)))
    done = tool("anchors")
    assert done.status == 0
    lines = [line for line in done.out.splitlines() if line.strip(" -")]
    assert lines[0].split() == COLUMNS
    assert lines[1].split() == ["g1", "running", "iommu0", "pci.1", "on", words.behind("hostdev0", GPU_A), GPU_A, "0000:02:00.0", "argv"]


def test_by_uri(daemon):
    """The tool asks the daemon that the URI names, and fails at a URI that none has."""
    daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2)))
    done = tool("-c", "qemu:///system", "anchors", "g1", "--json")
    assert done.status == 0 and len(json.loads(done.out)) == 1
    assert tool("-c", "nonsense:///", "anchors").status == 2


def test_definition(daemon):
    """The tool lists the device that will anchor a domain which is shut off."""
    daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    (row,) = anchors("g1")
    assert picked(row, "state", "cmdqv", "host", "guest", "source") == ("shut off", "on", GPU_A, "0000:02:00.0", "definition")


def test_hot_plugged(daemon):
    """The tool lists a hot-plugged anchor, and before it none."""
    dom = daemon.run(domain("g1", smmu(cmdqv=None, **ALL_GIVEN)))
    (row,) = anchors("g1")
    assert picked(row, "cmdqv", "anchor", "host", "source") == ("auto", None, None, "none")
    dom.attachDeviceFlags(hostdev(GPU_A, 2), LIVE)
    (row,) = anchors("g1")
    assert picked(row, "cmdqv", "anchor", "host", "guest", "source") == ("auto", "hostdev0", GPU_A, "0000:02:00.0", "hotplug")


def test_cmdqv_off_and_no_vsmmu(daemon):
    """The tool lists a vSMMU without CMDQV as inactive, and nothing of a domain without a vSMMU."""
    daemon.run(domain("g1", smmu(cmdqv="off"), hostdev(GPU_A, 2)))
    daemon.define(domain("g2", hostdev(GPU_B, 2)))
    (row,) = anchors()
    assert picked(row, "domain", "cmdqv", "anchor", "source") == ("g1", "off", None, "inactive")
    assert anchors("g2") == []


def test_no_such_domain(daemon):
    """The tool is asked about a domain that is not there."""
    done = tool("anchors", "nobody")
    assert done.status == 2 and "nobody" in done.err


def test_validate(daemon, tmp_path):
    """The tool validates files: a valid one, one that breaks a rule, and one that is not XML."""
    good, bad, broken = tmp_path / "good.xml", tmp_path / "bad.xml", tmp_path / "broken.xml"
    good.write_text(domain("g1", smmu(), hostdev(GPU_A, 2)))
    bad.write_text(domain("g1", smmu()))
    broken.write_text("<domain")
    assert tool("validate", good).status == 0
    done = tool("validate", bad)
    assert done.status == 1
    assert words.occurs(words.finding(words.needs_hostdev()), done.out + done.err)
    assert tool("validate", good, bad).status == 1
    assert tool("validate", broken).status == 2
    assert tool("validate", tmp_path / "none.xml").status == 2
    assert tool("validate", "-", stdin=good.read_text()).status == 0
    assert tool("validate", "-", stdin=bad.read_text()).status == 1
    assert tool("validate", tmp_path).status == 2
    assert tool("validate").status == 2


@pytest.mark.about(NATIVE)
def test_validate_without_a_daemon(tmp_path):
    """Each rule that a file can be checked for is, as the libvirt that is installed has CMDQV."""
    good = tmp_path / "good.xml"
    good.write_text(domain("g1", smmu(), hostdev(GPU_A, 2)))
    assert run("virt-cmdqv", "validate", good).out.splitlines()[-1] == f"{good}: valid"
    dropped = tmp_path / "dropped.xml"
    dropped.write_text(domain("g1", smmu(), hostdev(GPU_A, 2)).replace("cmdqv='on'", "cmdqv='on' stage='2'"))
    done = run("virt-cmdqv", "validate", dropped)
    assert done.status == 0 and "warning: <iommu> in line" in done.out and "'stage'" in done.out, done
    assert "not checked" not in done.out


UNREAD = {
    "an unknown model": domain("g1", "<iommu model='smmuv3Dev'><driver pciBus='1'/></iommu>", hostdev(GPU_A, 2)),
    "an unknown driver": domain("g1", smmu(), hostdev(GPU_A, 2).replace("name='vfio'", "name='vfio-pci'")),
    "a bad UUID": domain("g1", smmu(), hostdev(GPU_A, 2), uuid="c0000000"),
    "one address twice": domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 2)),
    "an unknown interface": domain("g1", smmu(2), hostdev(GPU_A, 3), "<interface type='nonsense'/>", layout=ROOTS_FIRST),
    "a MAC address that is none": domain(
        "g1", smmu(2), hostdev(GPU_A, 3), "<interface type='user'><mac address='52:54'/></interface>", layout=ROOTS_FIRST),
    "an interface without shared memory": domain(
        "g1", smmu(2), hostdev(GPU_A, 3), "<interface type='vhostuser'><source type='unix' path='/x' mode='client'/></interface>", layout=ROOTS_FIRST),
    "an unknown machine": domain("g1", smmu(), hostdev(GPU_A, 2)).replace("machine='virt'", "machine='nonsense'"),
    "no SMMU, and an unknown action": domain("g1", more="<on_crash>nonsense</on_crash>"),
    "no devices, and a bad UUID": "<domain type='qemu'><name>g1</name><uuid>c0</uuid><memory>65536</memory><os><type>hvm</type></os></domain>",
}


@pytest.mark.parametrize("name", UNREAD)
def test_unread(daemon, tmp_path, name):
    """A file breaks no rule, and libvirt does not accept it: given a connection, validate and argv refuse it with libvirt's error."""
    file = tmp_path / "g1.xml"
    file.write_text(UNREAD[name])
    assert tool("validate", file).status == 0
    reason = daemon.virsh("define", file).err.splitlines()[-1].removeprefix("error: ")
    validated = tool("-c", URI, "validate", file)
    assert validated.status == 1 and f"{file}: refused: " in validated.out and reason in validated.out and "valid\n" not in validated.out
    (reply,) = json.loads(tool("-c", URI, "validate", "--json", file).out)
    assert reply["verdict"] == "refused" and reason in reply["error"]
    written = tool("-c", URI, "argv", file)
    assert (written.status, written.out) == (1, "") and f"{file}: refused: " in written.err and reason in written.err
    assert daemon.alive() and daemon.names() == []


def test_unread_and_fatal(daemon, tmp_path):
    """A number that crashes libvirt: the tool does not ask libvirt, also if the rule about it is off."""
    file, off = tmp_path / "g1.xml", tmp_path / "off.conf"
    file.write_text(domain("g1").replace("<vcpu>1</vcpu>", "<vcpu>4294967295</vcpu>"))
    off.write_text("[rules]\nbad-value = off\n")
    done = tool("-c", URI, "--config", off, "validate", file)
    assert done.status == 1 and f"{file}: refused: <vcpu> in line 4: " in done.out and "crashes or hangs" in done.out
    assert daemon.alive()


@pytest.mark.parametrize("name", NO_COMMAND_LINE)
def test_read_as_started(daemon, tmp_path, name):
    """libvirt starts each of these but the one whose storage driver is missing: the tool refuses that alone."""
    file = tmp_path / "g1.xml"
    file.write_text(domain("g1", smmu(2), hostdev(GPU_A, 3), NO_COMMAND_LINE[name], layout=ROOTS_FIRST))
    done = tool("-c", URI, "validate", file)
    starts = daemon.virsh("define", file).status == daemon.virsh("start", "g1").status == 0
    assert starts == name.startswith("NIC") and done.status == (0 if starts else 1), done
    assert done.status == 0 or "refused: libvirt makes no command line of the domain: " in done.out


def test_network_of_host_devices(daemon, tmp_path):
    """libvirt itself makes no command line of an interface without a model if its network gives host devices, and starts it."""
    daemon.start_network()
    file = tmp_path / "g1.xml"
    file.write_text(domain("g1", smmu(2), hostdev(GPU_A, 3), on_network(1), layout=ROOTS_FIRST))
    assert daemon.virsh("domxml-to-native", "qemu-argv", file).status == 1
    done = tool("-c", URI, "validate", file)
    assert (done.status, "valid\n" in done.out) == (0, True), done
    assert daemon.virsh("define", file).status == daemon.virsh("start", "g1").status == 0


def test_validate_domain(daemon):
    """The tool validates the definitions of domains that the daemon has."""
    mode = daemon.mode
    daemon.start_unguarded()
    daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    daemon.define(domain("g2", smmu()))
    daemon.start(mode)
    assert tool("validate", "--domain", "g1").status == 0
    assert tool("validate", "--domain", "g2").status == 1
    assert tool("validate", "--domain", "nobody").status == 2


def test_validate_json(daemon, tmp_path):
    """The tool prints the findings as JSON."""
    bad = tmp_path / "bad.xml"
    bad.write_text(domain("g1", smmu()))
    done = tool("validate", "--json", bad)
    assert done.status == 1
    assert "cmdqv='on'" in json.dumps(json.loads(done.out))


def test_anchors_by_name(daemon):
    """libvirt lists domains in no order."""
    names = [f"g{i}" for i in (5, 2, 9, 1, 8, 3, 7)]
    for name in names:
        daemon.define(domain(name, smmu(), hostdev(GPU_A, 2)))
    assert [row["domain"] for row in json.loads(tool("anchors", "--json").out)] == sorted(names)
    lines = tool("anchors").out.splitlines()[2:]
    assert [line.split()[0] for line in lines[:len(names)]] == sorted(names)
    ejectable = [f"{name}: pci.1: {words.can_eject(2)}" for name in sorted(names)]
    assert lines[len(names):] == (ejectable if daemon.stock else [])


def test_usage(daemon):
    """The tool is called with wrong arguments, and for its help and version."""
    for args in ((), ("frobnicate",), ("anchors", "--frobnicate"), ("anchors", "g1", "g2"), ("-c",)):
        done = tool(*args)
        assert done.status == 2 and done.err and not done.out, args
    for args in (("--help",), ("--version",)):
        done = tool(*args)
        assert done.status == 0 and done.out and not done.err
