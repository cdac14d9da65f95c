"""CMDQV that the XML asks for and the process did not get: one warning in the journal, however the domain was started."""
import os

import libvirt
import pytest

from conftest import only, wait_for
from domains import EMULATOR, GPU_A, GPU_B, QEMU_NAMESPACE, domain, hostdev, overridden, smmu

UUID = "11111111-2222-3333-4444-555555555555"
ADVICE = "; check its <emulator>, <qemu:commandline> and <qemu:override>, and start it again"


def lost(daemon):
    return [e for e in daemon.journal() if e.get("CMDQV_EVENT") == "lost"]


def asks(more="", **own):
    vsmmu = smmu().replace("</iommu>", "<alias name='ua-smmu'/></iommu>")
    xml = domain("g1", vsmmu, hostdev(GPU_A, 2, alias="ua-gpu0"), hostdev(GPU_B, 3), uuid=UUID, namespaces=QEMU_NAMESPACE, **own)
    return xml.replace("</domain>", more + "</domain>")


@pytest.fixture
def lossy(tmp_path_factory):
    """An emulator that leaves out the cmdqv property that it is given, in either form."""
    path = tmp_path_factory.mktemp("emulator") / "qemu-lossy"
    path.parent.chmod(0o755)

    path.write_text(f"""#!/usr/bin/python3
import os, sys
kept = [a.replace(',"cmdqv":"on"', "").replace(",cmdqv=on", "") for a in sys.argv[1:]]
os.execv("{EMULATOR}", ["{EMULATOR}"] + kept)
""")
    path.chmod(0o755)
    yield str(path)
    os.unlink(path)


WITHOUT_CMDQV = "vSMMU 'ua-smmu' has no cmdqv=on"

# loss: (XML of a domain, vSMMU, device, words)
WAYS = {
    "cmdqv": (overridden("ua-smmu", "cmdqv", "off"), "ua-smmu", "", "vSMMU 'ua-smmu' has cmdqv=off, not cmdqv=on"),
    "device": (overridden("ua-gpu0", "bus", "pci.7"), "ua-smmu", "ua-gpu0", "'ua-gpu0', to be behind vSMMU 'ua-smmu', is elsewhere"),
}


def assert_one(daemon, vsmmu, device, words):
    entry, = lost(daemon)
    assert entry["MESSAGE"] == f"domain 'g1' runs without the CMDQV that it asks for: {words}{ADVICE}"
    assert {k: v for k, v in entry.items() if k.startswith("CMDQV_")} == {
        "CMDQV_EVENT": "lost", "CMDQV_DOMAIN": "g1", "CMDQV_UUID": UUID, "CMDQV_VSMMU": vsmmu, "CMDQV_DEVICE": device}
    assert (entry["GLIB_DOMAIN"], entry["PRIORITY"]) == ("libvirt-cmdqv", "4")      # warning


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("start", ["define", "create"])
def test_once(daemon, way, start):
    """A domain asks for CMDQV and its own override takes it away: the journal warns once."""
    more, vsmmu, device, words = WAYS[way]
    dom = daemon.run(asks(more)) if start == "define" else daemon.conn.createXML(asks(more), 0)
    assert dom.isActive()
    if daemon.stock:
        assert lost(daemon) == []
    else:
        assert_one(daemon, vsmmu, device, words)


@only("module")
@pytest.mark.parametrize("mode", ["bare", "hook"])
def test_either_alone(daemon, lossy, mode):
    """The module without the hook, and the hook without the module."""
    daemon.define(asks(emulator=lossy))
    daemon.start(mode)
    daemon.get().create()
    assert_one(daemon, "ua-smmu", "", WITHOUT_CMDQV)
    daemon.clean()
    daemon.start("module")


@only("module")
def test_emulator(daemon, lossy):
    """A script in the emulator's place."""
    daemon.run(asks(emulator=lossy))
    assert_one(daemon, "ua-smmu", "", WITHOUT_CMDQV)


@only("module")
def test_autostart(daemon, lossy):
    """No client asked for it."""
    daemon.define(asks(emulator=lossy)).setAutostart(1)
    daemon.boot()
    wait_for(lambda: daemon.get().isActive(), "autostart")
    assert_one(daemon, "ua-smmu", "", WITHOUT_CMDQV)


@only("module")
@pytest.mark.parametrize("flags", [0, libvirt.VIR_DOMAIN_START_PAUSED])
def test_nothing_lost(daemon, flags):
    """A domain that asks for CMDQV starts with it, and the journal has no warning."""
    daemon.define(asks()).createWithFlags(flags)
    daemon.get().destroy()
    daemon.get().undefine()
    daemon.conn.createXML(asks(), flags)
    assert lost(daemon) == []
