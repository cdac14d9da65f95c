"""virt-cmdqv host: the SMMUs of the lab's host, the devices behind them, and the domain that has each."""
import json
import re
from pathlib import Path

import pytest

from conftest import only, run
from domains import GPU_A, GPU_B, OTHER_A, THIRD, VF_A, domain, hostdev, interface, smmu

# The tool only reads, and does so without the module too: once is enough.
pytestmark = only("stock")

FIRST, SECOND, LAST = (f"smmu3.0x{base:016x}" for base in (0x16000000, 0x12000000, 0x05000000))


def host(*args):
    done = run("virt-cmdqv", *args)
    assert done.status == 0 and not done.err, done
    return done.out


def devices():
    """{address: device} of all SMMUs, as JSON has them."""
    return {device["address"]: device for smmu in json.loads(host("host", "--json")) for device in smmu["devices"]}


def held(address):
    return [(holder["name"], holder["running"]) for holder in devices()[address]["domains"]]


def test_smmus(daemon):
    """The tool lists each SMMU of the host, whether it has CMDQV, and the devices behind it."""
    found = {one["smmu"]: one for one in json.loads(host("host", "--json"))}
    assert {name: (one["cmdqv"], one["node"], len(one["devices"])) for name, one in found.items()} == {
        FIRST: ("yes", 0, 7), SECOND: ("yes", 1, 3), LAST: ("no", 0, 1)}
    assert [device["address"] for device in found[LAST]["devices"]] == [THIRD]
    gpu = found[FIRST]["devices"][0]
    assert gpu == {"address": GPU_A, "vendor": "0x10de", "device": "0x2342", "class": "0x030200", "driver": "vfio-pci",
                   "group": "40", "vfio": "vfio0", "node": 0, "domains": []}
    assert devices()["0009:03:00.0"]["driver"] == "mlx5_core" and devices()["0009:03:00.0"]["vfio"] is None


def test_domains_of_a_device(daemon):
    """A hostdev and an interface that is one, of a running domain, and the same device in another's definition."""
    daemon.run(domain("g1", smmu(), interface(VF_A, 3), hostdev(GPU_A, 2)))
    daemon.define(domain("g2", smmu(), smmu(6), hostdev(GPU_A, 2), hostdev(OTHER_A, 7)))
    assert held(GPU_A) == [("g1", True), ("g2", False)]
    assert held(VF_A) == [("g1", True)]
    assert held(OTHER_A) == [("g2", False)]
    assert held(GPU_B) == []
    lines = [line.split() for line in host("host").splitlines()]
    assert lines[0] == ["SMMU", "CMDQV", "Node", "Device", "Driver", "Group", "VFIO", "Domain"]
    assert [FIRST, "yes", "0", GPU_A, "vfio-pci", "40", "vfio0", "g1,", "(g2)"] in lines
    assert [SECOND, "yes", "1", OTHER_A, "vfio-pci", "47", "vfio7", "(g2)"] in lines
    assert [LAST, "no", "0", THIRD, "vfio-pci", "50", "vfio10", "-"] in lines


def test_running_is_what_counts(daemon):
    """A domain that runs has the devices that it runs with, even if its definition has others for the next start."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    dom.detachDeviceFlags(hostdev(GPU_B), 2)
    assert held(GPU_B) == [("g1", True)]
    dom.destroy()
    assert held(GPU_B) == [] and held(GPU_A) == [("g1", False)]


def test_without_a_daemon(daemon):
    """Without a daemon, the tool lists the host, and not which domain has a device."""
    mode = daemon.mode
    daemon.stop()
    try:
        lines = [line.split() for line in host("host").splitlines()]
        assert [FIRST, "yes", "0", GPU_A, "vfio-pci", "40", "vfio0", "unknown"] in lines
        assert devices()[GPU_A]["domains"] is None
        dot(host("host", "--dot"))
        named = run("virt-cmdqv", "-c", "qemu:///system", "host", "--json")
        assert named.status == 2 and "cannot connect to 'qemu:///system'" in named.err
        assert len(json.loads(named.out)) == 3
    finally:
        daemon.start(mode)


# The part of Graphviz's grammar (https://graphviz.org/doc/info/lang.html) that is written.
TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|->|[A-Za-z_][A-Za-z_0-9]*|[{}\[\]=;,])')


def dot(text):
    """The edges of a graph; a text that Graphviz would not read fails."""
    tokens, at = [], 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        assert match, text[at:at + 40]
        tokens.append(match[1])
        at = match.end()
    edges = []

    def name():
        token = tokens.pop(0)
        assert token.startswith('"') or token.isidentifier(), token
        return token

    def attributes():
        while tokens and tokens[0] == "[":
            tokens.pop(0)
            while tokens[0] != "]":
                name()
                assert tokens.pop(0) == "="
                name()
                if tokens[0] == ",":
                    tokens.pop(0)
            tokens.pop(0)

    def statements():
        assert tokens.pop(0) == "{"
        while tokens[0] != "}":
            first = name()
            if first == "subgraph":
                name()
                statements()
                continue
            if tokens[0] == "=":
                tokens.pop(0)
                name()
            elif tokens[0] == "->":
                tokens.pop(0)
                edges.append((first.strip('"'), name().strip('"')))
            attributes()
            assert tokens.pop(0) == ";"
        tokens.pop(0)

    assert tokens.pop(0) == "digraph"
    name()
    statements()
    assert not tokens
    return edges


def test_dot(daemon):
    """The tool draws an edge from each domain to its device, for any characters in the domain's name."""
    daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2)))
    daemon.define(domain('a "b" &lt;c&gt; \\n', smmu(), hostdev(GPU_A, 2)))
    edges = dot(host("host", "--dot"))
    assert sorted(edges) == [('domain a \\"b\\" <c> \\\\n', GPU_A), ("domain g1", GPU_A)]


SPEC = 'device_spec = { "address": "%s", "resource_class": "CUSTOM_PCI_10DE_2342", "traits": "CUSTOM_CMDQV" }'
ALIAS = 'alias = { "name": "cmdqv-10de-2342", "resource_class": "CUSTOM_PCI_10DE_2342", "traits": "CUSTOM_CMDQV" }'


def test_shape_nova(daemon):
    """Every device behind an SMMU with CMDQV, but for a physical function; tests/nova has Nova read it."""
    lines = host("host", "--shape", "nova").splitlines()
    second, first = [OTHER_A, "0010:02:00.0", "0010:02:00.1"], [GPU_A, "0009:01:00.1", "0009:02:00.0"]
    functions = [VF_A, "0009:03:00.2", "0009:03:00.3"]
    assert lines == [
        "# nova.conf of this compute host: devices behind an SMMU with CMDQV", "[pci]", "report_in_placement = true",
        *(SPEC % address for address in second + first), "# 0009:03:00.0 is left out: its virtual functions are offered",
        *(SPEC % address for address in functions), "",
        "# nova.conf of each API, scheduler, conductor and compute host", "[filter_scheduler]", "pci_in_placement = true", "[pci]", ALIAS]


@pytest.mark.parametrize("functions, aliases", [("16", 2), ("0", 1)], ids=["with functions", "without functions"])
def test_shape_nova_of_a_physical_function(daemon, functions, aliases):
    """A GPU could have virtual functions: Nova gives it only to an alias with its type."""
    file = Path(f"/sys/bus/pci/devices/{GPU_A}/sriov_totalvfs")
    file.write_text(f"{functions}\n")
    try:
        lines = host("host", "--shape", "nova").splitlines()
    finally:
        file.unlink()
    physical = ALIAS.replace('-2342"', '-2342-pf", "device_type": "type-PF"')
    assert SPEC % GPU_A in lines and [line for line in lines if line.startswith("alias")] == [ALIAS, physical][:aliases]


@pytest.mark.parametrize("args, words", [
    (["--shape", "nova", "--json"], "--json, --dot and --shape exclude each other"), (["--shape", "kubevirt"], "give --shape nova")])
def test_shape_usage(args, words):
    """Output that the command cannot print is a usage error."""
    done = run("virt-cmdqv", "host", *args)
    assert done.status == 2 and not done.out and words in done.err


def test_shape_nova_without_a_device(tmp_path):
    """A host without such a device prints nothing that could be pasted."""
    done = run("virt-cmdqv", "--root", str(tmp_path), "host", "--shape", "nova")
    assert (done.status, done.out) == (2, "")
    assert done.err == "virt-cmdqv: host: this host has no device for a guest behind an SMMU with CMDQV\n"
