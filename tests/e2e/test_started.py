"""Domains that a daemon without the module started, with arguments that the module would refuse: QEMU's command line decides."""
from pathlib import Path

import libvirt_qemu
import pytest

from conftest import assert_unsupported, error_of, said_by
from domains import EMULATOR, GPU_A, GPU_B, OTHER_A, arguments, domain, hostdev, smmu, with_arguments
from verbs import CONFIG, HMP, LIVE, qmp

OPTIONS = Path("/etc/libvirt-cmdqv-test-options.conf")
ESCAPED = ('{"driver":"arm-smm\\u0075v3","id":"s","primary-bus":"pcie.0","accel":"on","cmdqv":"on","ats":"on","ril":"off",'
           '"ssidsize":"20","oas":"48"}')
KEYS = "accel=on,cmdqv=on,ats=on,ril=off,ssidsize=20,oas=48"
ON_ROOTS = hostdev(GPU_A, 10), hostdev(GPU_B, 11)
BEHIND = smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)
UNTOLD = "is not known ('-readconfig' gives QEMU the options of a file, and its content is not known"
ANCHORS = "anchors the CMDQV of"

# name: (domain, words about the first device, and about the second; None: it may be detached)
STARTED = {
    "a file of options, no SMMU to be seen": (with_arguments(arguments("-readconfig", OPTIONS), *ON_ROOTS), UNTOLD, UNTOLD),
    "a file of options, two dashes": (with_arguments(arguments("--readconfig", OPTIONS), *ON_ROOTS), UNTOLD, UNTOLD),
    "a file of options beside an SMMU": (with_arguments(arguments("-readconfig", OPTIONS), *BEHIND), ANCHORS, UNTOLD),
    "a letter of JSON": (with_arguments(arguments("-device", ESCAPED), *ON_ROOTS), ANCHORS, None),
    "the driver last": (with_arguments(arguments("-device", f"id=s,primary-bus=pcie.0,{KEYS},driver=arm-smmuv3"), *ON_ROOTS), ANCHORS, None),
}


@pytest.fixture
def options():
    """A file of options without an SMMU."""
    OPTIONS.write_text('[device "own"]\n  driver = "virtio-rng-pci"\n  addr = "0x19"\n')
    yield
    OPTIONS.unlink()


def before(daemon, xml):
    """Has a daemon without the module start @xml, then starts the daemon that the test is about."""
    mode = daemon.mode
    daemon.start_unguarded()
    daemon.run(xml)
    daemon.start(mode)
    return daemon.get()


def ways(host, bus, alias):
    """The ways in which a client detaches a device from a running domain."""
    return {
        "detach": lambda dom: dom.detachDeviceFlags(hostdev(host, bus), LIVE),
        "detach of both": lambda dom: dom.detachDeviceFlags(hostdev(host, bus), LIVE | CONFIG),
        "detach without flags": lambda dom: dom.detachDevice(hostdev(host, bus)),
        "detach by alias": lambda dom: dom.detachDeviceAlias(alias, LIVE),
        "QMP": lambda dom: libvirt_qemu.qemuMonitorCommand(dom, qmp("device_del", id=alias), 0),
        "HMP": lambda dom: libvirt_qemu.qemuMonitorCommand(dom, f"device_del {alias}", HMP),
        "unrealize": lambda dom: libvirt_qemu.qemuMonitorCommand(dom, f"qom-set {alias} realized off", HMP),
    }


def stays(daemon, dom, host, bus, alias, sentence):
    """Each way is refused, with that in the words, and nothing changes."""
    with daemon.nothing_changes():
        for call in ways(host, bus, alias).values():
            assert_unsupported(error_of(call, dom), f"...{sentence}...")


@pytest.mark.usefixtures("options")
@pytest.mark.parametrize("name", STARTED)
def test_started(daemon, name):
    """A client detaches each device in each way: a device that may be the anchor stays, and the sibling of a known anchor is detached."""
    xml, first, second = STARTED[name]
    dom = before(daemon, xml)
    if daemon.stock:
        assert said_by(dom.detachDeviceFlags, hostdev(GPU_B), LIVE) == 0
    else:
        bus = 2 if "smmuv3'" in xml else 10
        stays(daemon, dom, GPU_A, bus, "hostdev0", first)
        if second:
            stays(daemon, dom, GPU_B, bus + 1, "hostdev1", second)
        else:
            dom.detachDeviceFlags(hostdev(GPU_B), LIVE)


@pytest.mark.usefixtures("options")
def test_not_arms(daemon):
    """The control: on another machine than Arm's there is no SMMUv3, for any text in the file."""
    args = arguments("-readconfig", OPTIONS)
    xml = with_arguments(args, machine="q35", layout="<controller type='usb' model='none'/>", features="<acpi/>").replace(
        "arch='aarch64'", "arch='x86_64'").replace("<cpu mode='custom'><model>cortex-a57</model></cpu>", "")
    xml = xml[:xml.index("<loader")] + xml[xml.index("</loader>") + len("</loader>"):]
    dom = before(daemon, xml.replace(EMULATOR, "/usr/bin/qemu-system-x86_64"))
    libvirt_qemu.qemuMonitorCommand(dom, "device_del own", HMP)


def test_device_of_its_own(daemon):
    """The anchor itself is an argument, which no live XML shows; a client names it to the monitor."""
    own = arguments("-device", '{"driver":"vfio-pci","host":"%s","id":"own","iommufd":"iommufd0","bus":"pci.2"}' % OTHER_A)
    dom = before(daemon, with_arguments(own, smmu(), hostdev(GPU_B, 10)))
    calls = [lambda: libvirt_qemu.qemuMonitorCommand(dom, qmp("device_del", id="own"), 0),
             lambda: libvirt_qemu.qemuMonitorCommand(dom, "device_del own", HMP)]
    if not daemon.stock:        # which sends it to QEMU
        with daemon.nothing_changes():
            for call in calls:
                assert_unsupported(error_of(call), f"...device 'own' (host {OTHER_A}) anchors the CMDQV of vSMMU 'iommu0'...")


def test_emulator_that_adds_one(daemon):
    """The domain's emulator is a script that adds an SMMU: its XML has none, and no arguments."""
    script = Path("/usr/bin/qemu-system-aarch64-own")
    script.write_text(f"""#!/usr/bin/python3
import os, sys
more = ["-device", "arm-smmuv3,id=s,primary-bus=pcie.0,{KEYS}"] if "-uuid" in sys.argv else []
os.execv("{EMULATOR}", ["{EMULATOR}"] + sys.argv[1:] + more)
""")
    script.chmod(0o755)
    try:
        dom = before(daemon, domain("g1", *ON_ROOTS, emulator=script))
        if daemon.stock:
            assert said_by(dom.detachDeviceFlags, hostdev(GPU_B), LIVE) == 0
        else:
            stays(daemon, dom, GPU_A, 10, "hostdev0", ANCHORS)
            dom.detachDeviceFlags(hostdev(GPU_B), LIVE)
    finally:
        daemon.clean()
        script.unlink()
