"""polkit on the lab's host: a real bus and polkitd, and users that libvirt denies some of its calls."""
import json
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from conftest import DAEMON, run, wait_for
from daemonfiles import CONF

RULES = Path("/etc/polkit-1/rules.d/00-cmdqv-test.rules")
BUS = "/run/dbus/system_bus_socket"

# Actions that each user is denied; everything else is allowed.
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


@contextmanager
def polkit():
    """Bus and polkitd, and a daemon that asks them."""
    conf = CONF.read_text()
    CONF.write_text(conf + 'access_drivers = ["polkit"]\nunix_sock_rw_perms = "0777"\n')
    RULES.write_text(rules())
    shutil.chown(RULES, "polkitd")
    Path(BUS).parent.mkdir(exist_ok=True)
    Path("/run/dbus/pid").unlink(missing_ok=True)
    bus = subprocess.Popen(["dbus-daemon", "--system", "--nofork", "--nopidfile"])
    wait_for(Path(BUS).exists, "no bus")
    polkitd = subprocess.Popen(["/usr/lib/polkit-1/polkitd", "--no-debug"])
    wait_for(lambda: run("dbus-send", "--system", "--print-reply", "--dest=org.freedesktop.PolicyKit1", "/",
                         "org.freedesktop.DBus.Peer.Ping").status == 0, "no polkitd", 20)
    yield
    CONF.write_text(conf)
    RULES.unlink()
    for process in (polkitd, bus):
        process.terminate()
        process.wait()
    DAEMON.restart()
