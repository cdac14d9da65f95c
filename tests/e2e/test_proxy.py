"""virtproxyd, which forwards the calls of clients to virtqemud (tests/modular)."""
import subprocess
from pathlib import Path

import pytest

import words
from conftest import URI, assert_unsupported, error_of, module_path, only, run, wait_for
from daemonfiles import OWN_SOCKET
from domains import GPU_A, domain, hostdev, smmu
from verbs import LIVE, detach

PROXY, PID = "/usr/sbin/virtproxyd", Path("/run/virtproxyd.pid")
STARTER = "/src/tests/modular/proxied"


def start_proxy(preload=None):
    """In the place of the one that runs."""
    before = PID.read_text().strip()
    run("kill", before)
    wait_for(lambda: not Path(f"/proc/{before}").exists(), "virtproxyd does not end", 20)
    subprocess.run([STARTER, "env", *([f"LD_PRELOAD={preload}"] if preload else []), PROXY, "--daemon"], check=True, stdin=subprocess.DEVNULL)
    wait_for(lambda: run("virsh", "-q", "-c", URI, "list").status == 0, "virtproxyd does not answer", 20)


@pytest.fixture(params=["preloaded", "not preloaded"])
def proxy(request, daemon):
    """The module is in virtproxyd too, or it is not; virtqemud has it or not by itself."""
    daemon.disconnect()
    start_proxy(module_path() if request.param == "preloaded" else None)
    assert (module_path() in Path(f"/proc/{PID.read_text().strip()}/maps").read_text()) == (request.param == "preloaded")
    daemon.connect()
    yield daemon
    daemon.disconnect()
    start_proxy()
    daemon.connect()


@pytest.mark.parametrize("tool", [True, False], ids=["tool preloaded", "tool not preloaded"])
@pytest.mark.parametrize("uri", [URI, f"qemu+unix:///system?socket=/run/libvirt/{OWN_SOCKET}"])
def test_doctor(proxy, tool, uri):
    """The answer is that of virtqemud, by either socket."""
    done = run("virt-cmdqv", "-c", uri, "doctor", env={"LD_PRELOAD": module_path()} if tool else None)
    (line,) = [one for one in done.out.splitlines() if "for the module in the daemon" in one]
    assert line[79:83] == ("FAIL" if proxy.stock else "PASS"), done


@only("module")
def test_refusal(daemon):
    """A client detaches the anchor: one refusal, and the log names the client and not virtproxyd."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2)))
    assert_unsupported(error_of(detach, dom, hostdev(GPU_A), LIVE), words.anchor("hostdev0", GPU_A))
    (refusal,) = daemon.refusals()
    assert refusal["CMDQV_CLIENT"] == "user root"
    done = run("setpriv", "--reuid=65534", "--clear-groups", "virsh", "-q", "-c", URI, "detach-device-alias", "g1",
               words.behind("hostdev0", GPU_A), "--live")
    assert done.status == 1 and words.occurs(words.anchor("hostdev0", GPU_A), done.err), done
    assert [one["CMDQV_CLIENT"] for one in daemon.refusals()] == ["user root", "user nobody"]
