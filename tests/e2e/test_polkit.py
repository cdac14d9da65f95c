"""Access control by polkit: a client that is denied a call learns nothing else, and one that may not read is judged all the same.

A real polkitd on a real bus, and clients that are other users.  The calls
that each is denied are seen on stock libvirt first; there the rest of the calls
is really done.  With the module every call is refused, by libvirt or by a rule,
and nothing changes.
"""
import json
import subprocess
from pathlib import Path

import libvirt
import pytest

import accesscontrol
from accesscontrol import BLIND, DENIED
from conftest import DAEMON, URI
from domains import GPU_A, domain, hostdev, smmu
from guardedcalls import CALLS, call, learns_nothing, scene

SEEN = {}       # answers of stock libvirt; the stock run is first


def said_to(user):
    """libvirt's answers to this user, call by call."""
    done = subprocess.run(["setpriv", f"--reuid={user}", "--regid=nogroup", "--clear-groups", "python3", "-B", "polkitclient.py"],
                          cwd=Path(__file__).parent / "helpers", capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return {name: tuple(said) if isinstance(said, list) else said for name, said in json.loads(done.stdout).items()}


@pytest.fixture(scope="module")
def _polkit():
    with accesscontrol.polkit():
        yield


@pytest.fixture(scope="module")
def _scene(_mode, _polkit):
    scene(DAEMON, _mode)
    yield
    DAEMON.clean()


@pytest.fixture
def access(_mode, _scene):
    before = DAEMON.state()
    yield DAEMON
    assert DAEMON.alive()
    if not DAEMON.stock:
        assert DAEMON.state() == before


def is_denied(said):
    return isinstance(said, tuple) and said[0] == libvirt.VIR_ERR_ACCESS_DENIED


@pytest.mark.parametrize("user", DENIED)
def test_denied(access, user):
    """A user that polkit denies some calls makes each guarded call."""
    said = said_to(user)
    if access.stock:
        SEEN[user] = said
        denied = {name for name, words in said.items() if is_denied(words)}
        assert denied == {"revertToSnapshot"} if user in BLIND else denied      # to find a snapshot is to read
    else:
        refused = {name: call(name, access.conn) for name in CALLS}
        for name, words in SEEN[user].items():
            if is_denied(words):
                learns_nothing(words)
        assert said == {name: words if is_denied(words) else refused[name] for name, words in SEEN[user].items()}


def test_everything_denied(access):
    """To be sure that the table is about something: this one may do none of them."""
    before = access.state()
    said = said_to("nobody")
    assert set(said) == set(CALLS) and all(is_denied(words) for words in said.values())
    assert access.state() == before


@pytest.mark.parametrize("command", ["validate", "argv"])
def test_tool_denied(access, command):
    """The same user checks a valid domain with virt-cmdqv and a connection: libvirt does not answer, so it is not called valid."""
    done = subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "virt-cmdqv", "-c", URI, command, "-"],
                          input=domain("g3", smmu(), hostdev(GPU_A, 2)), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "-: libvirt does not say whether it accepts the domain: access denied" in done.stderr
