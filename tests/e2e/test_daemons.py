"""The daemon that runs a domain, by each URI: root's, a user's own, and a program's own driver."""
import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import libvirt
import pytest

import words
from conftest import RECORDS, module_path, only, run, wait_for
from domains import GPU_A, OTHER_A

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


def environment(home):
    return {"HOME": str(home), "XDG_RUNTIME_DIR": f"{home}/run", "XDG_CONFIG_HOME": f"{home}/etc", "XDG_CACHE_HOME": f"{home}/cache"}


def preloaded(module):
    return "LD_PRELOAD=" + " ".join(["/lab/hostmock.so", *([module_path()] if module else [])])


@contextmanager
def users_daemon(daemon, settings=None):
    """libvirtd as a user other than root, with the module if root's daemon has it; yields the environment of that user's clients."""
    shutil.rmtree(HOME, ignore_errors=True)
    env = environment(HOME)
    for folder in (HOME, *(Path(value) for name, value in env.items() if name != "HOME")):
        folder.mkdir()
    (HOME / "etc/libvirt").mkdir()
    lines = Path("/etc/libvirt/qemu.conf").read_text().splitlines(keepends=True)
    (HOME / "etc/libvirt/qemu.conf").write_text("".join(line for line in lines if line.split()[0] not in ("user", "group")))
    if settings:
        (HOME / "etc/libvirt/cmdqv.conf").write_text(settings)
    for path in HOME.rglob("*"):
        os.chown(path, USER, USER)
    os.chown(HOME, USER, USER)
    modes = {path: os.stat(path).st_mode for name in OPENED if os.path.exists(name)
             for path in (name, *(str(one) for one in Path(name).glob("*")))}
    for path in modes:
        os.chmod(path, modes[path] | (0o777 if os.path.isdir(path) else 0o666))
    log = open(HOME / "libvirtd.log", "w", encoding="utf-8")
    process = subprocess.Popen(["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "env",
                                preloaded(not daemon.stock),
                                "/usr/sbin/libvirtd"], env={**os.environ, **env}, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    socket = HOME / "run/libvirt/libvirt-sock"
    try:
        wait_for(socket.exists, f"the user's daemon has no socket: {(HOME / 'libvirtd.log').read_text()}")
        yield env
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.close()
        for path, mode in modes.items():
            if os.path.exists(path):
                os.chmod(path, mode)
        for record in RECORDS.iterdir():
            record.unlink()
        shutil.rmtree(HOME, ignore_errors=True)


@pytest.mark.parametrize("uri", ["qemu:///system", "qemu:///session", "qemu+unix:///session", "qemu+unix:///system?socket={socket}",
                                 "qemu+unix:///session?socket={socket}"])
def test_roots(daemon, uri):
    """Root's session is root's daemon; a socket that the URI names is that of the same one."""
    assert_as_expected(daemon, client(uri.format(socket="/run/libvirt/libvirt-sock")))


@pytest.mark.parametrize("uri", ["qemu:///session", "qemu+unix:///session?socket={socket}"])
def test_users(daemon, uri):
    """A user's own daemon keeps the anchors of that user's domains."""
    with users_daemon(daemon) as env:
        assert_as_expected(daemon, client(uri.format(socket=HOME / "run/libvirt/libvirt-sock"), env=env, uid=USER))


@only("module")
def test_users_reached_by_root(daemon):
    """Root is refused as the user is, and folders of its own change nothing."""
    with users_daemon(daemon):
        assert_guarded(client(f"qemu+unix:///session?socket={HOME}/run/libvirt/libvirt-sock"))


@only("module")
def test_users_settings(daemon):
    """The settings are those of $XDG_CONFIG_HOME/libvirt/cmdqv.conf, or the host's if there is no such file."""
    with users_daemon(daemon, "[policy]\nanchor_port = ignore\n[rules]\naccel-needs-kvm = off\ncmdqv-needs-anchor = off\n") as env:
        uri = f"qemu+unix:///session?socket={HOME}/run/libvirt/libvirt-sock"
        script = ("import libvirt, sys; sys.path.insert(0, sys.argv[1]); from domains import *; "
                  "libvirt.open(sys.argv[2]).defineXML(domain('g9', smmu(**ALL_GIVEN))).undefineFlags(4)")
        done = run("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "python3", "-B", "-c", script, CLIENT.parent, uri,
                   env=env)
        assert done.status == 0, done
        rules = run("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "virt-cmdqv", "-c", "qemu:///session", "rules",
                    env=env)
        (line,) = [one for one in rules.out.splitlines() if one.startswith("cmdqv-needs-anchor ")]
        assert line.split()[1] == "off", rules


def test_embed(daemon):
    """A program's own driver, whose files are in a folder of its own."""
    shutil.rmtree(EMBED, ignore_errors=True)
    (EMBED / "etc").mkdir(parents=True)
    shutil.copy("/etc/libvirt/qemu.conf", EMBED / "etc/qemu.conf")
    try:
        found = client(f"qemu:///embed?root={EMBED}", preloaded(not daemon.stock))
    finally:
        for record in RECORDS.iterdir():
            record.unlink()
        shutil.rmtree(EMBED, ignore_errors=True)
    assert_as_expected(daemon, found)
