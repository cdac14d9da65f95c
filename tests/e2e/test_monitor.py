"""QEMU's own blocker stays in place beneath the plugin."""
import json
from pathlib import Path

import words
from conftest import run, wait_for
from domains import GPU_A, GPU_B, domain, hostdev, smmu


def qmp(monitor, command, **arguments):
    done = run("/lab/qmp", monitor, command, json.dumps(arguments))
    assert done.status == 0, done
    return json.loads(done.out)


def test_blocker(daemon):
    """Past libvirt, straight to the monitor, which is free while no daemon runs."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    monitor = Path(f"/var/lib/libvirt/qemu/domain-{dom.ID()}-g1/monitor.sock")
    daemon.stop()
    assert qmp(monitor, "device_del", id=words.behind("hostdev0", GPU_A))["error"]["desc"] == words.BLOCKER_QMP
    assert qmp(monitor, "device_del", id=words.behind("hostdev1", GPU_B)) == {"return": {}}
    daemon.restart()
    dom = daemon.get()
    wait_for(lambda: words.behind("hostdev1", GPU_B) not in dom.XMLDesc(0), "libvirt did not notice")
    assert words.shown("hostdev0", GPU_A) in dom.XMLDesc(0)
