"""virt-cmdqv asked about a daemon elsewhere: nothing on this host says anything about it."""
import json

import pytest

from conftest import run
from daemonfiles import SOCKET
from domains import GPU_A, domain, hostdev, smmu

XML = domain("g1", smmu(), hostdev(GPU_A, 2))


@pytest.fixture
def elsewhere(daemon, tmp_path):
    """The same daemon, by a URI with a host's name in it."""
    helper = tmp_path / "helper"
    helper.write_text("#!/bin/sh\nexec virt-ssh-helper qemu:///system\n")
    helper.chmod(0o755)
    return f"qemu+ext://elsewhere.example/system?command={helper}"


def test_doctor(daemon, elsewhere):
    """Doctor asks the remote daemon, and says of the checks of the host that they are to be run there."""
    daemon.define(XML)
    done = run("virt-cmdqv", "-c", elsewhere, "doctor", "--json")
    found = {line["check"]: line for line in json.loads(done.out)}
    assert found["daemon"]["verdict"] == "PASS"
    for check in ("hook", "emulator", "host"):
        assert (found[check]["verdict"], found[check]["advice"]) == ("WARN", "the daemon is on another host; run 'virt-cmdqv doctor' there")
    assert "definition" in found
    assert found["module"]["verdict"] == ("FAIL" if daemon.stock else "PASS")


@pytest.mark.parametrize("how", [(), ("--json",), ("--dot",)], ids=["table", "json", "dot"])
def test_host(daemon, elsewhere, how):
    """The tool lists no host for a remote daemon."""
    daemon.define(XML)
    done = run("virt-cmdqv", "-c", elsewhere, "host", *how)
    assert (done.status, done.out) == (2, "")
    assert done.err == "virt-cmdqv: host: the daemon is on another host; run 'virt-cmdqv host' there\n"


@pytest.mark.parametrize("what", [("--hostdev", GPU_A), ("--domain", "g1"), ("--domain", "g1", "--apply", "--yes")],
                         ids=["new", "domain", "apply"])
def test_layout(daemon, elsewhere, what):
    """The tool makes no layout for a remote daemon."""
    daemon.define(XML)
    with daemon.nothing_changes():
        done = run("virt-cmdqv", "-c", elsewhere, "layout", *what)
    assert (done.status, done.out) == (2, "")
    assert done.err == "virt-cmdqv: layout: the daemon is on another host; run 'virt-cmdqv layout' there\n"


def test_validate(daemon, elsewhere):
    """The device is behind an SMMU of this host, which tells nothing about the other."""
    daemon.define(XML)
    here, there = (run("virt-cmdqv", "-c", uri, "validate", "--domain", "g1") for uri in ("qemu:///system", elsewhere))
    assert here.status == there.status == 0
    assert "one-host-smmu" not in here.out and "one-host-smmu" in there.out.splitlines()[-1]


def test_anchors(daemon, elsewhere):
    """The tool lists the anchors of a remote daemon."""
    daemon.run(XML)
    done = run("virt-cmdqv", "-c", elsewhere, "anchors")
    assert done.status == 0 and "g1" in done.out


def test_forwarded_socket(daemon):
    """The URI names a socket: of this host's daemon, or, for a tool on a host with another name, forwarded from there."""
    daemon.define(XML)
    tool = ("virt-cmdqv", "-c", f"qemu+unix:///system?socket={SOCKET}")
    assert run(*tool, "host").status == 0
    for command in ("host", "layout --domain g1"):
        done = run("unshare", "-u", "sh", "-c", 'hostname other.example && exec "$@"', "sh", *tool, *command.split())
        name = command.split()[0]
        assert (done.status, done.out) == (2, "")
        assert done.err == f"virt-cmdqv: {name}: the daemon is on another host; run 'virt-cmdqv {name}' there\n"
