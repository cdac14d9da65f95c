"""virt-cmdqv argv against the real libvirt: addresses, definitions, and an emulator that is asked."""
import json
import re

import libvirt_qemu

from conftest import URI, argv, only, run
from domains import ALL_GIVEN, EMULATOR, FIRMWARE, GPU_A, GPU_B, THIRD, domain, hostdev, smmu

pytestmark = only("stock")      # the tool is the same beside either
QEMU = "/usr/bin/qemu-system-aarch64"
CONFIG = "--config", "/run/argv.conf"
GOOD = domain("g1", smmu(**ALL_GIVEN), hostdev(GPU_A, 2), hostdev(GPU_B, 3))
VFIO = re.compile('"(?:host|fd)":"[^"]*",')


def tool(*arguments, stdin=None):
    with open(CONFIG[1], "w", encoding="utf-8") as f:
        f.write("[rules]\naccel-needs-kvm = off\n")
    return run("virt-cmdqv", *CONFIG, *arguments, stdin=stdin)


def written(done):
    """Options and values in turn."""
    assert (done.status, done.err) == (0, "")
    words = done.out.splitlines()
    return list(zip(words[::2], words[1::2]))


def bare(value):
    """Without the property by which the device of the host is opened."""
    return VFIO.sub("", value)


def test_definition(daemon):
    """libvirt has given addresses to devices that had none, and its emulator was asked: the values are those of the process."""
    dom = daemon.define(GOOD)
    options = written(tool("-c", URI, "argv", "--domain", "g1"))
    dom.create()
    process = [bare(value) for value in argv()]
    devices = [bare(value) for option, value in options if option == "-device"]
    assert [v for v in process if v in devices] == devices
    assert [json.loads(v)["driver"] for v in devices].count("vfio-pci") == 2
    assert ("-object", '{"qom-type":"iommufd","id":"iommufd0"}') in options


def test_file(daemon, tmp_path):
    """The same of a file, with a daemon that is asked for the addresses; without one nothing is guessed."""
    path = tmp_path / "g1.xml"
    path.write_text(domain("g1", smmu(), hostdev(GPU_A), hostdev(GPU_B, 2)))
    alone = tool("argv", path)
    assert (alone.status, alone.out) == (2, "") and "has no guest address" in alone.err and "-c URI" in alone.err
    options = written(tool("-c", URI, "argv", "--keyval", path))
    assert ("-device", f"vfio-pci,host={GPU_B},id=hostdev1,iommufd=iommufd0,bus=pci.2,addr=0x0") in options
    assert daemon.names() == []


def test_refused(daemon, tmp_path):
    """The tool prints no arguments for a domain that breaks a rule, says the rule, and defines nothing."""
    path = tmp_path / "g1.xml"
    path.write_text(domain("g1", smmu()))
    done = tool("argv", path)
    assert (done.status, done.out) == (1, "") and "[cmdqv-needs-anchor]" in done.err
    assert daemon.names() == []


def test_refused_for_the_host(daemon, tmp_path):
    """A client writes the arguments of a domain that this host cannot run: the tool refuses it as validate does, in the same words."""
    path = tmp_path / "g1.xml"
    path.write_text(domain("g1", smmu(), hostdev(THIRD, 2)))
    for connect in ((), ("-c", URI)):
        judged = tool(*connect, "validate", path)
        done = tool(*connect, "argv", path)
        assert (judged.status, done.status, done.out) == (1, 1, "")
        refusals = [line for line in judged.out.splitlines() if ": refused: " in line]
        assert [line.removeprefix("virt-cmdqv: ") for line in done.err.splitlines()] == refusals
        assert "has no CMDQV" in done.err and "[host-has-cmdqv]" in done.err
    assert daemon.names() == []


def test_qemu_takes_it(daemon):
    """The keyval form, by the real QEMU of a machine: everything but the options that need the hardware."""
    dom = daemon.define(GOOD)
    options = written(tool("-c", URI, "argv", "--keyval", "--domain", "g1"))
    plain = [(o, v) for o, v in options if "vfio-pci" not in v and "iommufd" not in v]
    plain = [(o, re.sub(",accel=on.*", "", v)) for o, v in plain]
    done = run(QEMU, "-machine", "virt", "-cpu", "cortex-a57", "-nodefaults", "-display", "none", "-S", "-bios", FIRMWARE,
               "-qmp", "stdio", *[word for pair in plain for word in pair],
               stdin='{"execute":"qmp_capabilities"}{"execute":"quit"}')
    assert done.status == 0, done
    dom.undefine()


def test_standin_answers_as_qemu(daemon):
    """The tests' emulator describes its devices as the real QEMU does, and so it does while a domain runs."""
    for device in ("arm-smmuv3", "vfio-pci", "vfio-pci-nohotplug"):
        assert run(EMULATOR, "-device", f"{device},help").out == run(QEMU, "-device", f"{device},help").out
    dom = daemon.run(GOOD)
    question = json.dumps({"execute": "device-list-properties", "arguments": {"typename": "arm-smmuv3"}})
    said = json.loads(libvirt_qemu.qemuMonitorCommand(dom, question, 0))["return"]
    assert {"name": "cmdqv", "type": "OnOffAuto"}.items() <= next(p for p in said if p["name"] == "cmdqv").items()
