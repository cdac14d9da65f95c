"""The daemon that runs a domain, by each URI: root's, a user's own, and a program's own driver."""
import json
import os
import shutil
import subprocess
from contextlib import contextmanager, nullcontext
from pathlib import Path

import libvirt
import pytest

import words
from conftest import HOOK, LAB_SETTINGS, RECORDS, module_path, only, run, wait_for
from daemonfiles import OWN_SOCKET, PROGRAM, SOCKET
from domains import ALL_GIVEN, GPU_A, OTHER_A, QEMU_NAMESPACE, domain, hostdev, overridden, smmu

CLIENT = Path(__file__).parent / "helpers/daemonclient.py"
USER = 65534
HOME = Path("/var/tmp/cmdqv-user")
EMBED = Path("/var/tmp/cmdqv-embed")
# Files that are root's in a lab, and that a user's daemon opens.
OPENED = ["/run/qemu-standin", "/dev/iommu", "/dev/vfio", "/dev/vfio/devices", "/dev/vfio/vfio"]


def client(uri, *before, env=None, uid=None):
    command = [*(["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"] if uid else []), "env", *before, "python3", "-B",
               CLIENT, uri]
    done = run(*command, env=env)
    assert done.status == 0, done
    return json.loads(done.out)


def assert_guarded(found):
    """The anchors are known by QEMU's command line: refused, and the others may be detached."""
    unsupported = libvirt.VIR_ERR_OPERATION_UNSUPPORTED
    assert isinstance(found["anchors"], str) and "source='argv'" in found["anchors"] and GPU_A in found["anchors"], found
    for key, sentence in (("anchor", words.anchor("hostdev0", GPU_A)), ("both", words.anchor("hostdev0", GPU_A)),
                          ("anchor by hand", words.anchor("hostdev0", OTHER_A, name="g2", vsmmu="mine", bus="pcie.0"))):
        assert found[key][0] == unsupported and words.matches(sentence, found[key][2]), (key, found[key])
    assert found["sibling"] == found["sibling by hand"] == 0, found
    assert found["last"][0] == unsupported, found


def assert_stock(found):
    """QEMU's blocker is all there is, and it does not guard the definition."""
    assert found["anchors"][0] == libvirt.VIR_ERR_NO_DOMAIN_METADATA
    for key in ("anchor", "anchor by hand"):
        assert found[key][2] == words.BLOCKER, (key, found[key])
    assert found["sibling"] == found["sibling by hand"] == found["last"] == 0, found


def assert_as_expected(daemon, found):
    (assert_stock if daemon.stock else assert_guarded)(found)


def environment(xdg):
    """HOME alone, or the folders that a desktop's session names too."""
    return {"HOME": str(HOME), **({"XDG_RUNTIME_DIR": f"{HOME}/run", "XDG_CONFIG_HOME": f"{HOME}/etc", "XDG_CACHE_HOME": f"{HOME}/cache"}
                                  if xdg else {})}


def socket_of(env):
    return Path(env.get("XDG_RUNTIME_DIR", HOME / ".cache")) / "libvirt" / OWN_SOCKET


def as_user(*command, env):
    return run("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *command, env=env)


def preloaded(module):
    return "LD_PRELOAD=" + " ".join(["/lab/hostmock.so", *([module_path()] if module else [])])


@contextmanager
def users_home(settings=None, xdg=True):
    """Folders of a user other than root, with the rights to open the files of QEMU; yields the environment of that user's programs."""
    shutil.rmtree(HOME, ignore_errors=True)
    env = environment(xdg)
    etc = Path(env.get("XDG_CONFIG_HOME", HOME / ".config")) / "libvirt"
    for folder in (*(Path(value) for value in env.values()), etc):
        folder.mkdir(parents=True, exist_ok=True)
    lines = Path("/etc/libvirt/qemu.conf").read_text().splitlines(keepends=True)
    (etc / "qemu.conf").write_text("".join(line for line in lines if line.split()[0] not in ("user", "group")))
    if settings:
        (etc / "cmdqv.conf").write_text(settings)
    for path in (HOME, *HOME.rglob("*")):
        os.chown(path, USER, USER)
    modes = {path: os.stat(path).st_mode for name in OPENED if os.path.exists(name)
             for path in (name, *(str(one) for one in Path(name).glob("*")))}
    for path in modes:
        os.chmod(path, modes[path] | (0o777 if os.path.isdir(path) else 0o666))
    try:
        yield env
    finally:
        for path, mode in modes.items():
            if os.path.exists(path):
                os.chmod(path, mode)
        for record in RECORDS.iterdir():
            record.unlink()
        shutil.rmtree(HOME, ignore_errors=True)


@contextmanager
def users_process(env, module):
    """That user's daemon; yields its log."""
    path = HOME / "daemon.log"
    with open(path, "w", encoding="utf-8") as log:
        process = subprocess.Popen(["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "env", preloaded(module), PROGRAM],
                                   env={**os.environ, **env}, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_for(socket_of(env).exists, f"the user's daemon has no socket: {path.read_text()}")
            yield path
        finally:
            process.terminate()
            process.wait(timeout=20)


@contextmanager
def users_daemon(daemon, settings=None, xdg=True):
    """Both, with the module if root's daemon has it."""
    with users_home(settings, xdg) as env, users_process(env, not daemon.stock):
        yield env


@contextmanager
def roots_alone(folder):
    """As Fedora has /etc/libvirt."""
    mode = folder.stat().st_mode
    folder.chmod(0o700)
    try:
        yield
    finally:
        folder.chmod(mode)


@pytest.mark.parametrize("uri", ["qemu:///system", "qemu:///session", "qemu+unix:///session", "qemu+unix:///system?socket={socket}",
                                 "qemu+unix:///session?socket={socket}"])
def test_roots(daemon, uri):
    """Root's session is root's daemon; a socket that the URI names is that of the same one."""
    assert_as_expected(daemon, client(uri.format(socket=SOCKET)))


@pytest.mark.parametrize("xdg", [True, False], ids=["XDG", "HOME"])
@pytest.mark.parametrize("uri", ["qemu:///session", "qemu+unix:///session?socket={socket}"])
def test_users(daemon, uri, xdg):
    """A user's own daemon keeps the anchors of that user's domains."""
    with users_daemon(daemon, xdg=xdg) as env:
        assert_as_expected(daemon, client(uri.format(socket=socket_of(env)), env=env, uid=USER))


def test_users_that_reads_no_file_of_root(daemon):
    """The user's daemon reads neither the host's configuration nor its hook: it keeps the anchors, and doctor tells about the hook."""
    with roots_alone(Path("/etc/libvirt")), users_daemon(daemon, LAB_SETTINGS) as env:
        assert_as_expected(daemon, client("qemu:///session", env=env, uid=USER))
        done = as_user("virt-cmdqv", "-c", "qemu:///session", "doctor", "--json", env=env)
    (line,) = [one for one in json.loads(done.out) if one["check"] == "hook"]
    assert done.status == 1 and (line["verdict"], line["advice"]) == (
        "FAIL", f"'{HOOK}' is not for this user to read, so starts that no client asks for are not checked; let the user read it")


def virsh(*arguments, env):
    done = as_user("virsh", "-q", "-c", "qemu:///session", *arguments, env=env)
    assert done.status == 0, done
    return done.out


def told(daemon, log):
    """All that the user's daemon and its hook wrote."""
    return log.read_text() + "\n".join(entry.get("MESSAGE", "") for entry in daemon.journal())


def to_start(env, xml):
    """The user's daemon, without the module, is to start the domain by itself."""
    file = HOME / "g1.xml"
    file.write_text(xml)
    with users_process(env, False):
        virsh("define", file, env=env)
        virsh("autostart", "g1", env=env)
    for mark in HOME.rglob("autostarted"):
        mark.unlink()


@pytest.mark.parametrize("hook", [True, False], ids=["hook", "no hook"])
def test_users_autostart(daemon, hook):
    """The user's daemon starts by itself a domain that breaks a rule and was defined before the module was installed: only the hook is
    asked then."""
    with users_home() as env:
        to_start(env, domain("g1", smmu(**ALL_GIVEN)))
        with nullcontext() if hook else roots_alone(Path("/etc/libvirt")), users_process(env, not daemon.stock) as log:
            refused = hook and not daemon.stock
            assert virsh("list", "--state-running", "--name", env=env).split() == ([] if refused else ["g1"])
            assert words.occurs(words.hook_line(words.needs_hostdev()), told(daemon, log)) == refused


@only("module")
@pytest.mark.parametrize("how", ["start", "autostart"])
def test_users_guest_without_its_cmdqv(daemon, how):
    """The user's domain starts with another SMMU than it asks for: a line tells of it."""
    with users_home() as env:
        xml = domain("g1", smmu().replace("</iommu>", "<alias name='ua-smmu'/></iommu>"), hostdev(GPU_A, 2), namespaces=QEMU_NAMESPACE)
        to_start(env, xml.replace("</domain>", overridden("ua-smmu", "cmdqv", "off") + "</domain>"))
        if how == "start":
            for link in HOME.rglob("autostart/*"):
                link.unlink()
        with users_process(env, True) as log:
            if how == "start":
                virsh("start", "g1", env=env)
            virsh("destroy", "g1", env=env)         # after its start
            assert told(daemon, log).count("domain 'g1' runs without the CMDQV that it asks for") == 1


@only("module")
def test_users_reached_by_root(daemon):
    """Root is refused as the user is, and folders of its own change nothing."""
    with users_daemon(daemon) as env:
        assert_guarded(client(f"qemu+unix:///session?socket={socket_of(env)}"))


@only("module")
def test_users_settings(daemon):
    """The settings are those of $XDG_CONFIG_HOME/libvirt/cmdqv.conf, or the host's if there is no such file."""
    with users_daemon(daemon, "[policy]\nanchor_port = ignore\n[rules]\naccel-needs-kvm = off\ncmdqv-needs-anchor = off\n") as env:
        uri = f"qemu+unix:///session?socket={socket_of(env)}"
        script = ("import libvirt, sys; sys.path.insert(0, sys.argv[1]); from domains import *; "
                  "libvirt.open(sys.argv[2]).defineXML(domain('g9', smmu(**ALL_GIVEN))).undefineFlags(4)")
        done = as_user("python3", "-B", "-c", script, CLIENT.parent, uri, env=env)
        assert done.status == 0, done
        client_conf = Path(env["XDG_CONFIG_HOME"]) / "libvirt/libvirt.conf"
        for default, where in (("", []), ("", ["-c", "qemu:///session"]), ("host", []), ("host", ["-c", "mine"]), ("host", ["-c", "host"])):
            client_conf.write_text(f"uri_aliases = [ \"mine=qemu:///session\", \"host=qemu:///system\" ]\n"
                                   f"uri_default = \"{default}\"\n")
            rules = as_user("virt-cmdqv", *where, "rules", env=env)
            (line,) = [one for one in rules.out.splitlines() if one.startswith("cmdqv-needs-anchor ")]
            assert line.split()[1] == ("error" if "host" in (default if not where else where[-1]) else "off"), (default, where, rules)


@contextmanager
def embed_root():
    """The root folder of a program's own driver."""
    shutil.rmtree(EMBED, ignore_errors=True)
    (EMBED / "etc").mkdir(parents=True)
    shutil.copy("/etc/libvirt/qemu.conf", EMBED / "etc/qemu.conf")
    try:
        yield
    finally:
        for record in RECORDS.iterdir():
            record.unlink()
        shutil.rmtree(EMBED, ignore_errors=True)


def test_embed(daemon):
    """A program's own driver, whose files are in a folder of its own."""
    with embed_root():
        found = client(f"qemu:///embed?root={EMBED}", preloaded(not daemon.stock))
    assert_as_expected(daemon, found)


@only("module")
def test_embed_opened_later(daemon):
    """A program is a client of the daemon, and only then opens its own driver, which has other settings."""
    script = ("import sys; sys.path[:0] = sys.argv[1:2]; import libvirt; from daemonclient import ALL_GIVEN, domain, serve, smmu; serve()\n"
              "libvirt.registerErrorHandler(lambda *_: None, None)\n"
              "conns = [libvirt.open(uri) for uri in sys.argv[2:3]]\n"
              "def define():\n"
              "    try: return conns[-1].defineXML(domain('g9', smmu(**ALL_GIVEN))).undefineFlags(4)\n"
              "    except libvirt.libvirtError as error: return error.get_error_code()\n"
              "said = [define()]; conns.append(libvirt.open(sys.argv[3])); print(said + [define()])")
    with embed_root():
        (EMBED / "etc/cmdqv.conf").write_text(LAB_SETTINGS + "cmdqv-needs-anchor = off\n")
        done = run("env", preloaded(True), "python3", "-B", "-c", script, CLIENT.parent, "qemu:///system", f"qemu:///embed?root={EMBED}")
    assert (done.status, done.out) == (0, f"[{libvirt.VIR_ERR_CONFIG_UNSUPPORTED}, 0]\n"), done
