"""A release of libvirt after the last one that was tried: doctor warns, and each refusal stays.

It is the libvirt of this root, with a library that gives it another version.
"""
import json

import libvirt_qemu
import pytest

import words
from conftest import assert_unsound, assert_unsupported, error_of, module_path, only, run
from domains import ALL_GIVEN, GPU_A, GPU_B, GPU_C, domain, hostdev, on_network, smmu
from suites import NATIVE
from verbs import CONFIG, LIVE, attach, detach, qmp

pytestmark = pytest.mark.about(NATIVE)
VERSION = """
int virGetVersion(unsigned long *version, const char *type, unsigned long *driver);
int virGetVersion(unsigned long *version, const char *type, unsigned long *driver)
{ (void)type; (void)driver; *version = 99000001; return 0; }
int virConnectGetLibVersion(void *conn, unsigned long *version);
int virConnectGetLibVersion(void *conn, unsigned long *version) { (void)conn; *version = 99000001; return 0; }
"""
UNSOUND = domain("g2", smmu(**ALL_GIVEN))


@pytest.fixture
def untried(daemon, tmp_path):
    source, library = tmp_path / "version.c", tmp_path / "version.so"
    source.write_text(VERSION)
    assert run("gcc", "-shared", "-fPIC", "-o", library, source).status == 0
    daemon.stop()
    started = run("/lab/daemon", "start", *([] if daemon.stock else [module_path()]), library)      # the module's next one
    assert started.status == 0, started
    daemon.connect()
    yield daemon
    daemon.restart()


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
