"""A release of libvirt after the last one that was tried: doctor warns, and each refusal stays.

And the libvirt of a vendor with an old version, such as 11.9, that keeps cmdqv: its answers count, and not its version.  Each is the libvirt of this root, with a library that gives it another version.
"""
import json
from contextlib import contextmanager
from pathlib import Path

import libvirt_qemu
import pytest

import words
from conftest import URI, assert_unsound, assert_unsupported, error_of, module_path, only, run
from domains import ALL_GIVEN, GPU_A, GPU_B, GPU_C, domain, hostdev, on_network, smmu
from suites import NATIVE
from verbs import CONFIG, INACTIVE, LIVE, attach, detach, qmp

pytestmark = pytest.mark.about(NATIVE)
VERSION = """
int virGetVersion(unsigned long *version, const char *type, unsigned long *driver);
int virGetVersion(unsigned long *version, const char *type, unsigned long *driver)
{ (void)type; (void)driver; *version = @; return 0; }
int virConnectGetLibVersion(void *conn, unsigned long *version);
int virConnectGetLibVersion(void *conn, unsigned long *version) { (void)conn; *version = @; return 0; }
"""
UNSOUND = domain("g2", smmu(**ALL_GIVEN))


@contextmanager
def with_version(daemon, folder, version):
    """The daemon with a libvirt that reports this version."""
    source, library = folder / "version.c", folder / "version.so"
    source.write_text(VERSION.replace("@", str(version)))
    assert run("gcc", "-shared", "-fPIC", "-o", library, source).status == 0
    daemon.stop()
    started = run("/lab/daemon", "start", *([] if daemon.stock else [module_path()]), library)      # the module's next one
    assert started.status == 0, started
    daemon.connect()
    yield daemon
    daemon.restart()


@pytest.fixture
def untried(daemon, tmp_path):
    with with_version(daemon, tmp_path, 99000001) as started:
        yield started


@pytest.fixture
def of_a_vendor(daemon, tmp_path):
    with with_version(daemon, tmp_path, 11009000) as started:
        yield started


def test_doctor(untried):
    """It warns, and names the checks that were made and those that were not."""
    done = run("virt-cmdqv", "doctor", "--json")
    (line,) = [one for one in json.loads(done.out) if one["check"] == "release"]
    assert (line["verdict"], line["advice"]) == (
        "WARN", "libvirt 99.0.1 is newer than those that were tried; the module refuses each call whose access check it does not find there; "
        "run tests/newer/run of the source to check its private functions, its API and its answers")
    assert done.status == (1 if untried.stock else 0)


def test_tried_release(daemon):
    """A libvirt that was tried has no such line."""
    assert "release" not in [one["check"] for one in json.loads(run("virt-cmdqv", "doctor", "--json").out)]


def test_refusals(untried):
    """A client detaches, sends to the monitor, attaches and defines: refused as with a libvirt that was tried."""
    dom = untried.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    behind = words.behind("hostdev0", GPU_A)
    if untried.stock:
        assert error_of(detach, dom, hostdev(GPU_A), LIVE).get_error_message() == words.BLOCKER
        untried.define(UNSOUND)
    else:
        with untried.nothing_changes():
            assert_unsupported(error_of(detach, dom, hostdev(GPU_A), LIVE), words.anchor("hostdev0", GPU_A))
            assert_unsupported(error_of(libvirt_qemu.qemuMonitorCommand, dom, qmp("device_del", id=behind), 0),
                               words.monitor("device_del", behind, "hostdev0", GPU_A))
            assert_unsound(error_of(untried.define, UNSOUND), words.needs_hostdev("g2"))
        detach(dom, hostdev(GPU_B), LIVE)
        attach(dom, hostdev(GPU_C, 10), CONFIG)


@only("module")
def test_an_end_that_may_be_mended(untried):
    """The interface at which 12.8 and 12.9 end is refused, until a release is known to have mended that."""
    untried.start_network()
    xml = domain("g1", smmu(cmdqv=None, **ALL_GIVEN), on_network(10), more="<iommufd enabled='yes'/>")
    assert_unsound(error_of(untried.define, xml), words.ends_libvirt())


def test_definition_of_a_vendor(of_a_vendor, tmp_path):
    """A client defines a domain with CMDQV: libvirt keeps it as the client wrote it, and the tool finds it valid."""
    xml = domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3))
    dom = of_a_vendor.define(xml)
    on_disk = Path("/etc/libvirt/qemu/g1.xml").read_text()
    assert "cmdqv='on'" in on_disk and "<qemu:" not in on_disk and dom.XMLDesc(INACTIVE).count("cmdqv='on'") == 1
    (tmp_path / "g1.xml").write_text(xml)
    done = run("virt-cmdqv", "-c", URI, "validate", tmp_path / "g1.xml")
    assert done.status == 0 and "libvirt-drops" not in done.out, done


def test_anchor_of_a_vendor(of_a_vendor):
    """A device is attached behind the vSMMU and another is detached; the anchor is kept; a domain without one is refused."""
    dom = of_a_vendor.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    attach(dom, hostdev(GPU_C, 4))
    detach(dom, hostdev(GPU_B))
    if of_a_vendor.stock:
        assert error_of(detach, dom, hostdev(GPU_A), LIVE).get_error_message() == words.BLOCKER
        of_a_vendor.define(UNSOUND)
    else:
        assert_unsupported(error_of(detach, dom, hostdev(GPU_A), LIVE), words.anchor("hostdev0", GPU_A))
        assert_unsound(error_of(of_a_vendor.define, UNSOUND), words.needs_hostdev("g2"))


def test_doctor_of_a_vendor(of_a_vendor):
    """It takes this libvirt for one with cmdqv."""
    (line,) = [one for one in json.loads(run("virt-cmdqv", "-c", URI, "doctor", "--json").out) if one["check"] == "libvirt"]
    assert line["verdict"] == "PASS", line
