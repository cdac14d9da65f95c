"""Access control by polkit: whom libvirt denies a call learns nothing else, and whom it denies to read is judged all the same.

A real polkitd on a real bus, and clients that are other users.  What each is
denied is seen on stock libvirt first; there the rest of the calls is really
done.  With the module every call is refused, by libvirt or by a rule, and
nothing changes.
"""
import json
import shutil
import subprocess
from pathlib import Path

import libvirt
import pytest

from conftest import DAEMON, run, wait_for
from test_precedence import CALLS, call, learns_nothing, scene

CONF = Path("/etc/libvirt/libvirtd.conf")
RULES = Path("/etc/polkit-1/rules.d/00-cmdqv-test.rules")
BUS = "/run/dbus/system_bus_socket"

# Who is denied what; everything else is allowed.
DENIED = {
    "nobody": r"^domain\.(?!getattr$)|^connect\.(?!getattr$)",
    "daemon": r"^connect\.getattr$",                            # cannot even connect
    "bin": r"^domain\.getattr$",                                # finds no domain
    "games": r"^domain\.write$",
    "mail": r"^domain\.save$",
    "news": r"^domain\.start$",
    "uucp": r"^domain\.hibernate$",
    "proxy": r"^domain\.snapshot$",
    "backup": r"^domain\.write$|^domain\.start$",
    # these are let do all and read nothing: the plugin must not take that for permission
    "man": r"^domain\.read",
    "lp": r"^domain\.read|^connect\.(read|write)$",
}
BLIND = {"man", "lp"}
SEEN = {}       # what stock libvirt said; the stock run comes first


def rules():
    table = ", ".join(f"{json.dumps(user)}: /{pattern}/" for user, pattern in DENIED.items())
    return f"""polkit.addRule(function(action, subject) {{
    var denied = {{ {table} }}[subject.user];
    var prefix = "org.libvirt.api.";
    if (action.id.indexOf(prefix) != 0)
        return polkit.Result.NOT_HANDLED;
    return denied && denied.test(action.id.substring(prefix.length)) ? polkit.Result.NO : polkit.Result.YES;
}});
"""


def said_to(user):
    """What libvirt says to this user, call by call."""
    done = subprocess.run(["setpriv", f"--reuid={user}", "--regid=nogroup", "--clear-groups", "python3", "-B", "polkitclient.py"],
                          cwd=Path(__file__).parent, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return {name: tuple(said) if isinstance(said, list) else said for name, said in json.loads(done.stdout).items()}


@pytest.fixture(scope="module")
def _polkit():
    """Bus and polkitd, and a daemon that asks them."""
    conf = CONF.read_text()
    CONF.write_text(conf + 'access_drivers = ["polkit"]\nunix_sock_rw_perms = "0777"\n')
    RULES.write_text(rules())
    shutil.chown(RULES, "polkitd")
    Path(BUS).parent.mkdir(exist_ok=True)
    Path("/run/dbus/pid").unlink(missing_ok=True)
    bus = subprocess.Popen(["dbus-daemon", "--system", "--nofork", "--nopidfile"])
    wait_for(Path(BUS).exists, "no bus")
    polkit = subprocess.Popen(["/usr/lib/polkit-1/polkitd", "--no-debug"])
    wait_for(lambda: run("dbus-send", "--system", "--print-reply", "--dest=org.freedesktop.PolicyKit1", "/",
                         "org.freedesktop.DBus.Peer.Ping").status == 0, "no polkitd", 20)
    yield
    CONF.write_text(conf)
    RULES.unlink()
    for process in (polkit, bus):
        process.terminate()
        process.wait()
    DAEMON.restart()


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
    said = said_to(user)
    if access.stock:
        SEEN[user] = said
        denied = {name for name, words in said.items() if is_denied(words)}
        assert denied == {"revertToSnapshot"} if user in BLIND else denied      # to find a snapshot is to read
        return
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
