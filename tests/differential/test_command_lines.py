"""The arguments that we write, and those of the real libvirt, for every domain that we accept.

Three command lines of each case are read back into the model (`readback`) and
must be equal there: ours, the one that libvirt says it would run, and that of
the running process, on a stock daemon and QEMU's stand-in.
"""
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import libvirt
import pytest

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / folder) for folder in ("e2e", "e2e/helpers")]
from conftest import DAEMON, URI, destroy                                  # noqa: E402
from domains import QEMU, on_standin                                       # noqa: E402

CASES = Path("/src/tests/qemuxml2argvdata")
READBACK = "/build/tests/differential/readback"

# The messages if the lab lacks something.
LACKS = re.compile("hugetlbfs|guest RAM: Cannot allocate memory|mediated device|qemu-system-x86_64: .*error bind device")

NAMES = sorted(p.stem for p in CASES.glob("*.xml") if p.with_suffix(".args").exists() and not p.with_suffix(".err").exists())


@pytest.fixture(scope="module")
def stock(_pages):
    DAEMON.start("stock")
    DAEMON.start_network()
    DAEMON.clean()
    yield DAEMON
    DAEMON.stop()


@pytest.fixture(scope="module", autouse=True)
def _pages():
    """libvirt looks for them before it writes of them."""
    Path("/dev/hugepages").mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "hugetlbfs", "none", "/dev/hugepages"], check=True)
    yield
    subprocess.run(["umount", "/dev/hugepages"], check=True)


@pytest.fixture(scope="module")
def no_rules(tmp_path_factory):
    """Settings without rules: these tests compare the arguments; other tests check the refusals of this host."""
    rules = json.loads(subprocess.run(["virt-cmdqv", "rules", "--json"], capture_output=True, check=True).stdout)
    path = tmp_path_factory.mktemp("settings") / "cmdqv.conf"
    path.write_text("[rules]\n" + "".join(f"{rule['rule']} = off\n" for rule in rules if rule["level"] != "always"))
    return path


def model(argv):
    done = subprocess.run([READBACK], input="".join(f"{a}\0" for a in argv), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def ours(path, settings, *form):
    said = subprocess.run(["virt-cmdqv", "--config", settings, "-c", URI, "argv", "--json", "--emulator", QEMU, *form, path],
                          capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout) or ["-S"]


def running(daemon, xml):
    """The arguments of the process; None if the lab cannot have it."""
    try:
        dom = daemon.conn.createXML(xml, 0)
    except libvirt.libvirtError as error:
        assert LACKS.search(error.get_error_message()), error
        return None
    try:
        pid = Path(f"/run/libvirt/qemu/{dom.name()}.pid").read_text().strip()
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
    finally:
        destroy(dom)


@pytest.mark.parametrize("name", NAMES)
def test_same_model(stock, no_rules, name, tmp_path):
    """Our arguments and libvirt's describe the same machine."""
    # nothing of the lab's host can be bound to another driver
    xml = on_standin((CASES / f"{name}.xml").read_text()).replace("managed='yes'", "managed='no'")
    path = tmp_path / "domain.xml"
    path.write_text(xml)
    expected = model(ours(path, no_rules))
    assert model(ours(path, no_rules, "--keyval")) == expected
    if "<qemu:" in xml:         # ours lack the parts that its arguments add
        expected = model(shlex.split(stock.conn.domainXMLToNative("qemu-argv", xml, 0)))

    # libvirt 12.8 ends, or puts it somewhere else, if the query has an interface (see tests/goldens)
    if "<interface" not in xml:
        assert model(shlex.split(stock.conn.domainXMLToNative("qemu-argv", xml, 0))) == expected
    if "<interface type='network'" in xml:      # the device that the network gives is created first, and is unknown before the start
        expected = expected.replace("hostdev0", "hostdev1")
    argv = running(stock, xml)
    if argv is not None:
        assert model(argv) == expected
    elif "<interface" in xml:
        pytest.skip("the lab has no such pages or mediated device, and libvirt cannot be asked about an interface")


def test_there_is_something_to_compare():
    """A vSMMU in most of them."""
    texts = [(CASES / f"{name}.args").read_text().replace("\\\n", "") for name in NAMES]
    assert sum("smmu " in model(shlex.split(text)) for text in texts) > 30
