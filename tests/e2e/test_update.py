"""update-device: an <interface type='hostdev'> that anchors must not be turned into something that does not."""
import pytest

import words
from conftest import argv, assert_unsupported, error_of, said_by
from domains import ALL_GIVEN, GPU_A, ROOTS_FIRST, VF_A, VF_B, domain, guest, hostdev, interface, smmu
from verbs import CONFIG, CURRENT, INACTIVE, LIVE

MAC = "52:54:00:00:09:01"
# No other device is behind the vSMMU: GPU_A is on another root.
ALONE = [smmu(), interface(VF_A, 3), hostdev(GPU_A, 10)]
SEEN = {}       # answers of stock libvirt; the stock run is first


def user(bus=3):
    return f"<interface type='user'><mac address='{MAC}'/><model type='virtio'/>{guest(bus)}</interface>"


HINT = "..."
CHANGES = {
    "another type": (user(), words.needs_hostdev(hint=HINT)),
    "another type, no address": (user(None), words.needs_hostdev(hint=HINT)),
    "not on iommufd": (interface(VF_A, 3, iommufd="no"), words.needs_hostdev(hint=HINT, lacking="interface")),
    "iommufd forgotten": (interface(VF_A, 3, iommufd=None), words.needs_hostdev(hint=HINT, lacking="interface")),
    "held back for failover": (interface(VF_A, 3, more="<teaming type='transient' persistent='ua-x'/>"),
                               words.needs_hostdev(hint=HINT)),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("running", [False, True], ids=["shut off", "running"])
def test_last_one(daemon, name, running):
    """A client updates the only device that anchors into one that cannot."""
    xml, sentence = CHANGES[name]
    dom = daemon.run(domain("g1", *ALONE)) if running else daemon.define(domain("g1", *ALONE))
    if daemon.stock:
        before = dom.XMLDesc(INACTIVE)
        said = said_by(dom.updateDeviceFlags, xml, CONFIG)
        assert said == 0 and dom.XMLDesc(INACTIVE) != before, said
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(dom.updateDeviceFlags, xml, CONFIG), words.definition_would_be("update", sentence))
            if not running:
                assert_unsupported(error_of(dom.updateDeviceFlags, xml, CURRENT), words.definition_would_be("update", sentence))


def test_virsh(daemon, tmp_path):
    """virsh updates the only device that anchors into one that cannot."""
    daemon.define(domain("g1", *ALONE))
    file = tmp_path / "device.xml"
    file.write_text(user())
    if daemon.stock:
        assert daemon.virsh("update-device", "g1", file, "--config").status == 0
    else:
        with daemon.nothing_changes():
            done = daemon.virsh("update-device", "g1", file, "--config")
        assert done.status == 1
        assert words.matches("error: " + words.definition_would_be("update", words.needs_hostdev(hint=HINT)),
                             done.err.strip().split("\n")[-1])


def test_moved_by_libvirt(daemon):
    """Without an address libvirt looks for a place again, and finds the first free port, which is on another root."""
    dom = daemon.define(domain("g1", smmu(2, **ALL_GIVEN), interface(VF_A, 3), layout=ROOTS_FIRST))
    if daemon.stock:
        dom.updateDeviceFlags(interface(VF_A), CONFIG)
        assert "bus='0x01'" in dom.XMLDesc(INACTIVE).split("<interface")[1].split("</interface>")[0]
        dom.create()
        assert '"cmdqv":"on"' in "".join(argv())
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(dom.updateDeviceFlags, interface(VF_A), CONFIG),
                               words.definition_would_be("update", words.needs_hostdev(bus="pci.2", hint="...")))


@pytest.mark.parametrize("name, xml", {
    "the same": interface(VF_A, 3),
    "another VF": interface(VF_B, 3),
    "link": interface(VF_A, 3, more="<link state='down'/>"),
}.items())
def test_accepted_change(daemon, name, xml):
    """A client updates the anchor into a device that anchors as well."""
    dom = daemon.define(domain("g1", *ALONE))
    dom.updateDeviceFlags(xml, CONFIG)
    assert daemon.stock or daemon.refusals() == []


@pytest.mark.parametrize("name", CHANGES)
def test_live_is_libvirts_to_refuse(daemon, name):
    """A hostdev of a running domain cannot be changed: libvirt's own words, in both."""
    dom = daemon.run(domain("g1", *ALONE))
    before = dom.XMLDesc(0), dom.XMLDesc(INACTIVE)
    said = said_by(dom.updateDeviceFlags, CHANGES[name][0], LIVE)
    assert isinstance(said, tuple) and SEEN.setdefault(name, said) == said
    assert (dom.XMLDesc(0), dom.XMLDesc(INACTIVE)) == before


def test_already_invalid(daemon):
    """A client changes a definition that breaks a rule: a change that breaks no further rule is allowed, or it could not be mended."""
    mode = daemon.mode
    daemon.start_unguarded()
    daemon.define(domain("g1", smmu(), interface(VF_A, 3, iommufd="no")))
    daemon.start(mode)
    dom = daemon.get()
    dom.updateDeviceFlags(interface(VF_B, 3, iommufd="no"), CONFIG)
    dom.updateDeviceFlags(interface(VF_A, 3), CONFIG)
    dom.create()
