"""Detaching from a running domain: the anchor stays, the others may be detached."""
import libvirt
import pytest

import words
from conftest import RECORDS, argv, assert_unsupported, error_of, wait_until_removed
from domains import ALL_GIVEN, GPU_A, GPU_B, GPU_C, OTHER_A, OTHER_B, THIRD, device_form, domain, hostdev, smmu
from verbs import CONFIG, CURRENT, FORMS, LIVE, assert_stays, attaches_again, detach


def test_first_stays_second_is_detached_and_attached(daemon):
    """A client detaches the anchor in vain, and the other device; that is attached and detached again."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A, 2)), words.anchor("hostdev0", GPU_A))
    detach(dom, hostdev(GPU_B, 3))
    wait_until_removed(dom, words.shown("hostdev1", GPU_B))
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A, 2)), words.anchor("hostdev0", GPU_A))
    if attaches_again(daemon, dom, hostdev(GPU_B, 3), GPU_B):
        assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A, 2)), words.anchor("hostdev0", GPU_A))
        detach(dom, hostdev(GPU_B, 3))


def test_order_turned_round(daemon):
    """The first device in the XML anchors, on any port."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_B, 3), hostdev(GPU_A, 2)))
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_B, 3)), words.anchor("hostdev0", GPU_B))
    detach(dom, hostdev(GPU_A, 2))
    wait_until_removed(dom, words.shown("hostdev1", GPU_A))


def test_two_vsmmus(daemon):
    """Each of two vSMMUs keeps its own anchor."""
    dom = daemon.run(domain("g1", smmu(1), smmu(6), hostdev(OTHER_A, 7), hostdev(GPU_A, 2), hostdev(OTHER_B, 8), hostdev(GPU_B, 3)))
    assert_stays(daemon, lambda: detach(dom, hostdev(OTHER_A)), words.anchor("hostdev0", OTHER_A, vsmmu="iommu1", bus="pci.6"))
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), words.anchor("hostdev1", GPU_A, vsmmu="iommu0", bus="pci.1"))
    detach(dom, hostdev(OTHER_B))
    detach(dom, hostdev(GPU_B))
    wait_until_removed(dom, words.shown("hostdev2", OTHER_B))
    wait_until_removed(dom, words.shown("hostdev3", GPU_B))


def test_one_on_another_root_is_detached(daemon):
    """Devices on other roots do not anchor, and a client detaches them."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_B, 10), hostdev(OTHER_A, 7), hostdev(GPU_A, 2)))
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), words.anchor("hostdev2", GPU_A))
    for host, alias in ((GPU_B, "hostdev0"), (OTHER_A, "hostdev1")):
        detach(dom, hostdev(host))
        wait_until_removed(dom, words.shown(alias, host))


def test_own_alias(daemon):
    """A client detaches the anchor by the alias that the user chose."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2, alias="ua-gpu0"), hostdev(GPU_B, 3, alias="ua-gpu1")))
    assert_stays(daemon, lambda: dom.detachDeviceAlias("ua-gpu0", LIVE), words.anchor("ua-gpu0", GPU_A))
    dom.detachDeviceAlias("ua-gpu1", LIVE)
    wait_until_removed(dom, "ua-gpu1")


def test_transient_domain(daemon):
    """The anchor of a domain without a definition stays."""
    dom = daemon.conn.createXML(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), words.anchor("hostdev0", GPU_A))
    assert_stays(daemon, lambda: dom.detachDevice(hostdev(GPU_A)), words.anchor("hostdev0", GPU_A))
    detach(dom, hostdev(GPU_B))


def test_paused_domain(daemon):
    """The anchor of a paused domain stays."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    dom.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), words.anchor("hostdev0", GPU_A))
    dom.resume()
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), words.anchor("hostdev0", GPU_A))


# -- every form of the device XML that libvirt takes for the device


@pytest.mark.parametrize("name", FORMS)
def test_form(daemon, name):
    """A client detaches the anchor by each form of its XML, with each set of flags."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    said = words.anchor("hostdev0", GPU_A)
    assert_stays(daemon, lambda: detach(dom, FORMS[name]), said)
    assert_stays(daemon, lambda: detach(dom, FORMS[name], CURRENT), said)
    assert_stays(daemon, lambda: detach(dom, FORMS[name], LIVE | CONFIG), said)
    assert_stays(daemon, lambda: dom.detachDevice(FORMS[name]), said)


def test_form_of_dumpxml(daemon):
    """A client detaches the anchor by the XML that libvirt shows of it."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    live = dom.XMLDesc(0)
    xml = live[live.index("<hostdev"):live.index("</hostdev>") + len("</hostdev>")]
    assert words.shown("hostdev0", GPU_A) in xml
    assert_stays(daemon, lambda: detach(dom, xml), words.anchor("hostdev0", GPU_A))


@pytest.mark.parametrize("domain_attribute", ["", " domain='0'", " domain='0x0000'"])
def test_form_without_pci_domain(daemon, settings, domain_attribute):
    """The only device of the host in PCI domain 0 is behind an SMMU whose CMDQV its firmware does not tell of."""
    settings("[rules]\nhost-has-cmdqv = off\n")
    (RECORDS / "conf").write_text("host-cmdqv=all\n")
    dom = daemon.run(domain("g1", smmu(), hostdev(THIRD, 2)))
    xml = device_form(f"<address{domain_attribute} bus='0xc1' slot='0' function='0'/>")
    assert_stays(daemon, lambda: detach(dom, xml), words.anchor("hostdev0", THIRD))


VIRSH = {
    "": LIVE,
    "--live": LIVE,
    "--current": LIVE,
    "--config": CONFIG,
    "--live --config": LIVE | CONFIG,
    "--persistent": LIVE | CONFIG,
}


@pytest.mark.parametrize("command, options", [
    *(("detach-device", o) for o in VIRSH),
    *(("detach-device-alias", o) for o in VIRSH if o != "--persistent"),    # virsh has no such option there
])
def test_virsh(daemon, tmp_path, command, options):
    """The only hostdev behind the vSMMU, asked for in each way."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2, alias="ua-gpu0")))
    file = tmp_path / "device.xml"
    file.write_text(hostdev(GPU_A, 2))
    what = file if command == "detach-device" else "ua-gpu0"

    def call():
        return daemon.virsh(command, "g1", what, *options.split())

    if daemon.stock:
        done = call()
        if VIRSH[options] == CONFIG:
            assert done.status == 0
            assert "<hostdev" not in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)      # cmdqv=on, and no device to anchor it
        else:
            assert done.status == 1 and words.BLOCKER_QMP in done.err
    else:
        with daemon.nothing_changes():
            done = call()
        said = words.anchor("ua-gpu0", GPU_A) if VIRSH[options] & LIVE else words.last_in_definition(GPU_A, alias="ua-gpu0")
        assert done.status == 1
        assert words.matches("error: " + said, done.err.strip().split("\n")[-1]), done.err


def test_all_or_nothing(daemon):
    """Live and config in one call, and only one half would be refused."""
    # config has only the anchor's brother behind it: the config half of its detach is refused, the live half is not
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    detach(dom, hostdev(GPU_A), CONFIG)
    if daemon.stock:
        detach(dom, hostdev(GPU_B), LIVE | CONFIG)
        wait_until_removed(dom, words.shown("hostdev1", GPU_B))
        assert "<hostdev" not in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(detach, dom, hostdev(GPU_B), LIVE | CONFIG), words.last_in_definition(GPU_B))
        detach(dom, hostdev(GPU_B), LIVE)


def test_both_halves_of_another(daemon):
    """A client detaches another device from the running domain and the definition in one call."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    detach(dom, hostdev(GPU_B), LIVE | CONFIG)
    wait_until_removed(dom, words.shown("hostdev1", GPU_B))
    assert dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE).count("<hostdev") == 1


# -- cmdqv off, absent, no accel


@pytest.mark.parametrize("driver", [{"cmdqv": "off"}, {"cmdqv": "off", **ALL_GIVEN}], ids=["auto", "all given"])
def test_cmdqv_off_all_are_detached(daemon, driver):
    """With cmdqv='off', a client detaches every device."""
    dom = daemon.run(domain("g1", smmu(**driver), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    for host, alias in ((GPU_A, "hostdev0"), (GPU_B, "hostdev1")):
        detach(dom, hostdev(host))
        wait_until_removed(dom, words.shown(alias, host))


def test_cmdqv_left_to_qemu(daemon):
    """The host has CMDQV, so QEMU's auto means on."""
    dom = daemon.run(domain("g1", smmu(cmdqv=None), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), words.anchor("hostdev0", GPU_A))
    detach(dom, hostdev(GPU_B))
    wait_until_removed(dom, words.shown("hostdev1", GPU_B))


@pytest.mark.parametrize("smmus", [[], [smmu(accel=None, cmdqv=None)]], ids=["no vSMMU", "plain vSMMU elsewhere"])
def test_without_acceleration_all_are_detached(daemon, smmus):
    """Without an accelerated vSMMU, a client detaches every device."""
    dom = daemon.run(domain("g1", *smmus, hostdev(GPU_A, 7), hostdev(GPU_B, 8)))
    detach(dom, hostdev(GPU_A), LIVE | CONFIG)
    wait_until_removed(dom, "<alias name='hostdev0'/>")
    detach(dom, hostdev(GPU_B), LIVE | CONFIG)
    wait_until_removed(dom, "<alias name='hostdev1'/>")


# -- an anchor that was hot-plugged: cmdqv left to QEMU, everything else given


@pytest.fixture
def empty(daemon):
    return daemon.run(domain("g1", smmu(cmdqv=None, **ALL_GIVEN)))


def test_first_hot_plugged_becomes_the_anchor(daemon, empty):
    """The first device that is hot-plugged anchors, also after a restart of the daemon."""
    empty.attachDeviceFlags(hostdev(GPU_A, 2), LIVE)
    empty.attachDeviceFlags(hostdev(GPU_B, 3), LIVE)
    assert not [v for v in argv() if "vfio-pci" in v]
    assert_stays(daemon, lambda: detach(empty, hostdev(GPU_A)), words.anchor("hostdev0", GPU_A))
    detach(empty, hostdev(GPU_B))
    wait_until_removed(empty, "<alias name='hostdev1'/>")
    daemon.restart()
    dom = daemon.get()
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), words.anchor("hostdev0", GPU_A))


def test_second_hot_plugged_is_detached_after_a_restart(daemon, empty):
    """XML order is not the order of plugging, though libvirt lists these two as they were attached."""
    empty.attachDeviceFlags(hostdev(GPU_B, 3), LIVE)
    empty.attachDeviceFlags(hostdev(GPU_A, 2), LIVE)
    daemon.restart()
    dom = daemon.get()
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_B)), words.anchor("hostdev0", GPU_B))
    detach(dom, hostdev(GPU_A))
    wait_until_removed(dom, "<alias name='hostdev1'/>")


def test_hot_plugged_anchor_with_the_alias_of_a_cold_one(daemon):
    """hostdev0 of the command line is detached, and another device has its alias now."""
    dom = daemon.run(domain("g1", smmu(cmdqv=None, **ALL_GIVEN), hostdev(GPU_C, 10)))
    detach(dom, hostdev(GPU_C))
    wait_until_removed(dom, "<hostdev")
    dom.attachDeviceFlags(hostdev(GPU_A, 2), LIVE)
    assert "<alias name='hostdev0'/>" in dom.XMLDesc(0)
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), words.anchor("hostdev0", GPU_A))
    daemon.restart()
    dom = daemon.get()
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), words.anchor("hostdev0", GPU_A))


def test_hot_plugged_before_the_module(daemon):
    """The device was hot-plugged while the daemon had no module, and anchors."""
    mode = daemon.mode
    daemon.start_unguarded()
    dom = daemon.run(domain("g1", smmu(cmdqv=None, **ALL_GIVEN)))
    dom.attachDeviceFlags(hostdev(GPU_A, 2), LIVE)
    daemon.start(mode)
    dom = daemon.get()
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), words.anchor("hostdev0", GPU_A))
