"""How often the module and the tool parse a text, make a topology, and lower a domain."""
import struct
import subprocess
from contextlib import contextmanager
from pathlib import Path

import libvirt
import pytest

import suites
from conftest import DAEMON, URI, only, run
from domains import GPU_A, GPU_B, OTHER_A, OTHER_B, domain, hostdev, smmu, snapshot
from verbs import CONFIG, INACTIVE, REDEFINE

pytestmark = only("module")

VALIDATE = libvirt.VIR_DOMAIN_DEFINE_VALIDATE
COUNT = Path("/run/count")
LIBRARY = "/lab/count.so"


@pytest.fixture(scope="module")
def counting():
    """The daemon with the library that counts (tests/lab/count.c), and all its caches warm."""
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", LIBRARY, "/src/tests/lab/count.c", "-ldl"], check=True)
    DAEMON.start("module", LIBRARY)
    DAEMON.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    DAEMON.clean()
    yield DAEMON
    DAEMON.clean()
    DAEMON.start("module")


@contextmanager
def counts():
    """A list, which gets parses, topologies and lowerings."""
    COUNT.write_bytes(bytes(12))
    got = []
    yield got
    got.extend(struct.unpack("3I", COUNT.read_bytes()))


UUID = "c0000000-0000-4000-8000-000000000001"
GIVEN = domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3), uuid=UUID)
UNPLACED = domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B), uuid=UUID)
PLAIN = domain("g2", hostdev(OTHER_A, 10))
MORE = hostdev(OTHER_B, 11)


def defined(xml=GIVEN):
    return DAEMON.define(xml)


def plain():
    return defined(PLAIN)


def nothing():
    return None


# name: the preparation, the call after it, and how often a text is parsed, a topology made (also of a command line), and a
# domain lowered for that: with a libvirt that keeps cmdqv, and with an older one.  To read a domain that libvirt keeps lowered
# costs a lowering, too, for that shows whether its record is true.  A start includes the work of its hooks.
CALLS = {
    "define": (nothing, lambda _: defined(), (1, 1, 0), (1, 2, 1)),
    "define, a device without address": (nothing, lambda _: defined(UNPLACED), (1, 2, 0), (2, 3, 1)),
    "define with a flag": (nothing, lambda _: DAEMON.conn.defineXMLFlags(GIVEN, VALIDATE), (1, 1, 0), (1, 2, 1)),
    "start": (defined, lambda dom: dom.create(), (5, 7, 0), (7, 12, 5)),
    "attach to the definition": (defined, lambda dom: dom.attachDeviceFlags(MORE, CONFIG), (3, 2, 0), (2, 3, 2)),
    "detach from the definition": (defined, lambda dom: dom.detachDeviceFlags(hostdev(GPU_B), CONFIG), (3, 3, 0), (3, 5, 2)),
    "dumpxml": (defined, lambda dom: dom.XMLDesc(INACTIVE), (0, 0, 0), (1, 1, 1)),
    "redefine a snapshot": (defined, lambda dom: dom.snapshotCreateXML(snapshot(GIVEN), REDEFINE), (2, 1, 0), (2, 3, 1)),
    "define, no SMMUv3": (nothing, lambda _: defined(PLAIN), (0, 0, 0), (2, 1, 0)),
    "attach to a definition without SMMUv3": (plain, lambda dom: dom.attachDeviceFlags(MORE, CONFIG), (0, 0, 0), (2, 1, 0)),
    "detach from a definition without SMMUv3": (plain, lambda dom: dom.detachDeviceFlags(hostdev(OTHER_A), CONFIG), (0, 0, 0), (0, 0, 0)),
}


@pytest.mark.parametrize("name", CALLS)
def test_call(counting, daemon, name):
    """The module does the work that a call needs, once."""
    arrange, call, native, lowered = CALLS[name]
    dom = arrange()
    with counts() as got:
        call(dom)
    print(name, got)
    assert tuple(got) == (native if suites.host() == suites.NATIVE else lowered)


# Arguments, and counts as above.  Given a connection, the tool asks libvirt once whether it can read the file, and argv asks
# for the addresses of controllers: the module in the daemon parses each question.  For a libvirt without CMDQV the tool lowers
# the domain, to see whether the module can.
COMMANDS = {
    "validate": ((), (1, 1, 0), (1, 1, 0)),
    "argv": ((), (1, 1, 0), (1, 1, 0)),
    "validate, connected": (("-c", URI), (2, 1, 0), (2, 4, 2)),
    "argv, connected": (("-c", URI), (3, 2, 0), (3, 7, 3)),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_tool(counting, daemon, tmp_path, name):
    """The tool parses a file once, also if it asks a daemon."""
    connect, native, lowered = COMMANDS[name]
    file = tmp_path / "g1.xml"
    file.write_text(GIVEN)
    with counts() as got:
        done = run("virt-cmdqv", *connect, name.partition(",")[0], file, env={"LD_PRELOAD": LIBRARY})
    assert done.status == 0, done
    assert tuple(got) == (native if suites.host() == suites.NATIVE else lowered)
