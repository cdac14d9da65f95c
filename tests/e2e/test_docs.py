"""Examples of the documentation: every command in it is run, or this file says why not.
"""
import re
from pathlib import Path

import pytest

from conftest import URI, only, run
from docexamples import DOCS, EXAMPLES, prepare, run_example
from domains import EMULATOR, GPU_A, GPU_B, OTHER_A, OTHER_B, QEMU, VF_A, VF_B, address
from suites import NATIVE

LIBVIRT = [*Path("/usr/lib").glob("*/libvirt.so.0"), *Path("/usr/lib").glob("*/libvirt/connection-driver/libvirt_driver_qemu.so")]

# Beginnings of commands that a lab has no use for, and why.
ELSEWHERE = {
    "systemctl": "no systemd runs in a lab; tests/package starts the daemon with what it would start it with",
    "journalctl": "no journald runs in a lab; test_log.py reads the entries and their fields",
    "semodule": "tests/package/test_selinux.py",
    "restorecon": "no file system of a lab has labels; tests/package/test_selinux.py asks which one it would be",
    "dpkg-buildpackage": "tests/package",
    "apt install": "tests/package",
    "apt build-dep": "tests/package builds in a root that has them",
    "dnf": "no lab has Fedora",
    "rpmbuild": "tests/package builds with the spec file",
    "meson": "every suite does it",
    "virt-cmdqv -c qemu+ssh://": "there is one host",
    "jq": "a lab root has no jq",
    "openstack": "there is no cloud; tests/nova/test_setup.py gives the properties to Nova's own checks",
    "virt-cmdqv doctor --nova": "the setting is off in a lab; test_doctor.py has both",
    "virt-install": "tests/nova/test_clients.py, in a root that has it",
    "virt-xml": "tests/nova/test_clients.py, in a root that has it",
}


HERE = [e for e in EXAMPLES if not e[1].startswith(tuple(ELSEWHERE))]


def test_there_are_examples():
    """The pages have examples, and each exception here is for one."""
    assert len(HERE) >= 8
    unused = [start for start in ELSEWHERE if not any(command.startswith(start) for _, command, _ in EXAMPLES)]
    assert not unused


@only("module")
@pytest.mark.parametrize("page, command, shown", HERE, ids=[f"{page}: {command}" for page, command, _ in HERE])
def test_example(daemon, tmp_path, page, command, shown):
    """A command of a page succeeds and prints the lines that the page shows."""
    prepare(daemon, tmp_path)
    run_example(command, shown, tmp_path)


# The host devices of the lab for those of each example, and which of them anchor.
DOMAINS = {
    "one-gpu": ([GPU_A], [GPU_A]),
    "two-gpus": ([GPU_A, OTHER_A], [GPU_A, OTHER_A]),
    "four-gpus": ([GPU_A, GPU_B, OTHER_A, OTHER_B], [GPU_A, GPU_B, OTHER_A, OTHER_B]),
    "gpu-and-nics": ([GPU_A, VF_A, VF_B], [GPU_A]),
}


def test_each_example_domain_is_here():
    """Each domain in docs/examples is tried here."""
    assert {path.stem for path in DOCS.glob("examples/*.xml")} == set(DOMAINS)


@only("module")
@pytest.mark.about(NATIVE)
@pytest.mark.parametrize("name", DOMAINS)
def test_example_domain(daemon, tmp_path, name):
    """It is valid by libvirt's schema and by the rules, it runs, and its first devices anchor."""
    devices, anchors = DOMAINS[name]
    path = DOCS / "examples" / f"{name}.xml"
    offline = run("virt-cmdqv", "validate", path)
    assert offline.status == 0 and "warning" not in offline.out + offline.err, offline
    # Things that the lab lacks: KVM, memory, huge pages, an arm64 CPU, and that host's devices.
    xml = path.read_text()
    for theirs, ours in ((r"<domain type='kvm'>", "<domain type='qemu'>"), (r"<memory unit='GiB'>\d+<", "<memory unit='MiB'>64<"),
                         (r"(?s)<memoryBacking>.*</memoryBacking>", ""), (r"<vcpu>\d+<", "<vcpu>1<"),
                         (r"<cpu mode='host-passthrough'/>", "<cpu mode='custom'><model>cortex-a57</model></cpu>"),
                         (QEMU, EMULATOR), (r"managed='yes'", "managed='no'")):
        xml, count = re.subn(theirs, ours, xml)
        assert count, theirs
    given = iter(devices)
    xml = re.sub(r"(<source>\s*)<address[^>]*/>", lambda match: match[1] + address(next(given)), xml)
    assert next(given, None) is None
    (tmp_path / "domain.xml").write_text(xml)
    defined = daemon.virsh("define", "--validate", tmp_path / "domain.xml")
    assert defined.status == 0, defined
    daemon.get(name).create()
    shown = run("virt-cmdqv", "-c", URI, "anchors")
    assert shown.status == 0 and [host for host in devices if host in shown.out] == anchors, shown


def test_functions_of_libvirt():
    """The functions that docs/upstream.rst maps to are in this libvirt, which names a function that reports an error."""
    named = set(re.findall(r"``(\w+)\(\)``", (DOCS / "upstream.rst").read_text()))
    binaries = b"".join(path.read_bytes() for path in LIBVIRT)
    assert len(named) > 10
    assert sorted(name for name in named if f"\0{name}\0".encode() not in binaries) == []
