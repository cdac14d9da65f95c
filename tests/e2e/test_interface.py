"""<interface type='hostdev'> next to <hostdev> behind one vSMMU."""
import libvirt
import pytest

import words
from conftest import argv, assert_unsupported, error_of, wait_until_removed
from domains import GPU_A, VF_A, VF_B, address, domain, guest, hostdev, interface, smmu
from verbs import CONFIG, LIVE, assert_stays, attaches_again, detach

MAC = "52:54:00:00:09:01"


def creation_order():
    return ["interface" if '"bus":"pci.3"' in v else "hostdev" for v in argv() if "vfio-pci" in v]


@pytest.mark.parametrize("order", ["interface first", "hostdev first"])
def test_order_in_the_xml_does_not_matter(daemon, order):
    """libvirt has QEMU create interfaces first, in any order of the XML."""
    devices = [interface(VF_A, 3), hostdev(GPU_A, 2)]
    dom = daemon.run(domain("g1", smmu(), *(devices if order == "interface first" else reversed(devices))))
    assert creation_order() == ["interface", "hostdev"]
    assert_stays(daemon, lambda: detach(dom, interface(VF_A, 3)), words.anchor("hostdev0", VF_A))
    detach(dom, hostdev(GPU_A))
    wait_until_removed(dom, words.shown("hostdev1", GPU_A))
    if attaches_again(daemon, dom, hostdev(GPU_A, 2), GPU_A):
        assert_stays(daemon, lambda: detach(dom, interface(VF_A, 3)), words.anchor("hostdev0", VF_A))


def test_interface_added_to_the_definition_later(daemon, settings):
    """Then libvirt creates the hostdev first, shows the interface first, and gives that the lower alias:
    neither XML nor alias tells, only the command line does.  Ports stay open here, as
    to close one makes libvirt read the definition anew."""
    settings("[policy]\nanchor_port = ignore\n")
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    dom.attachDeviceFlags(interface(VF_A, 3), CONFIG)
    dom.create()
    assert creation_order() == ["hostdev", "interface"]
    live = dom.XMLDesc(0)
    assert live.index("<interface") < live.index("<hostdev")
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), words.anchor("hostdev1", GPU_A))
    detach(dom, interface(VF_A, 3))
    wait_until_removed(dom, "<interface")
    daemon.restart()
    dom = daemon.get()
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), words.anchor("hostdev1", GPU_A))


def test_interface_that_will_be_first(daemon):
    """To close its port the module defines the domain again, and the definition that libvirt then has begins with it."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    dom.attachDeviceFlags(interface(VF_A, 3), CONFIG)
    dom.create()
    if daemon.stock:
        assert creation_order() == ["hostdev", "interface"]
    else:
        assert creation_order() == ["interface", "hostdev"]
        assert_stays(daemon, lambda: detach(dom, interface(VF_A, 3)), words.anchor("hostdev0", VF_A))


def test_hot_plugged_interface_is_never_it(daemon):
    """The live XML shows it before the anchor all the same."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2)))
    dom.attachDeviceFlags(interface(VF_A, 3), LIVE)
    live = dom.XMLDesc(0)
    assert live.index("<interface") < live.index("<hostdev")
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), words.anchor("hostdev0", GPU_A))
    daemon.restart()
    dom = daemon.get()
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), words.anchor("hostdev0", GPU_A))
    detach(dom, interface(VF_A, 3))
    wait_until_removed(dom, "<interface")


# libvirt looks at MAC, guest address and alias of an interface, never at its source or type.
FORMS = {
    "full": interface(VF_A, 3),
    "source only": f"<interface type='hostdev'><source>{address(VF_A, type='pci')}</source></interface>",
    "decimal": "<interface type='hostdev'><source><address type='pci' domain='9' bus='3' slot='0' function='1'/></source></interface>",
    "MAC and source": f"<interface type='hostdev'><mac address='{MAC}'/><source>{address(VF_A, type='pci')}</source></interface>",
    "alias": f"<interface type='hostdev'><source>{address(VF_A, type='pci')}</source>{words.shown('hostdev0', VF_A)}</interface>",
    "guest address, source of another": f"<interface type='hostdev'><source>{address(VF_B, type='pci')}</source>{guest(3)}</interface>",
    "source of another": f"<interface type='hostdev'><source>{address(GPU_A, type='pci')}</source></interface>",
    "MAC, type user": f"<interface type='user'><mac address='{MAC}'/></interface>",
    "guest address, type user": f"<interface type='user'>{guest(3)}</interface>",
    "as a hostdev": hostdev(VF_A),
}


@pytest.mark.parametrize("name", FORMS)
def test_form(daemon, name):
    """A client detaches the anchor, an interface, by each form of its XML."""
    dom = daemon.run(domain("g1", smmu(), interface(VF_A, 3), hostdev(GPU_A, 2)))
    said = words.anchor("hostdev0", VF_A)
    assert_stays(daemon, lambda: detach(dom, FORMS[name]), said)
    assert_stays(daemon, lambda: detach(dom, FORMS[name], LIVE | CONFIG), said)
    assert_stays(daemon, lambda: dom.detachDevice(FORMS[name]), said)


def test_what_is_not_there_is_libvirts_to_say(daemon):
    """A client detaches an interface with a MAC that none has."""
    dom = daemon.run(domain("g1", smmu(), interface(VF_A, 3), hostdev(GPU_A, 2)))
    with daemon.nothing_changes():
        error = error_of(detach, dom, interface(VF_A, mac="52:54:00:00:09:99"))
    assert error.get_error_code() == libvirt.VIR_ERR_DEVICE_MISSING
    assert "matching MAC address '52:54:00:00:09:99'" in error.get_error_message()


def test_alias(daemon):
    """A client detaches the interface that anchors by its alias, and then the other device."""
    dom = daemon.run(domain("g1", smmu(), interface(VF_A, 3), hostdev(GPU_A, 2)))
    assert_stays(daemon, lambda: dom.detachDeviceAlias(words.behind("hostdev0", VF_A), LIVE), words.anchor("hostdev0", VF_A))
    dom.detachDeviceAlias(words.behind("hostdev1", GPU_A), LIVE)
    wait_until_removed(dom, "<hostdev")


@pytest.mark.parametrize("options", ["", "--live", "--current"])
def test_virsh_detach_interface(daemon, options):
    """virsh detach-interface names the MAC of the anchor."""
    daemon.run(domain("g1", smmu(), interface(VF_A, 3), hostdev(GPU_A, 2)))

    def call():
        return daemon.virsh("detach-interface", "g1", "hostdev", "--mac", MAC, *options.split())

    if daemon.stock:
        done = call()
        assert done.status == 1 and words.BLOCKER_QMP in done.err
    else:
        with daemon.nothing_changes():
            done = call()
        assert done.status == 1
        assert words.matches("error: " + words.anchor("hostdev0", VF_A), done.err.strip().split("\n")[-1]), done.err


BOTH = pytest.mark.parametrize("options", ["--live --config", "--persistent"])


@BOTH
def test_virsh_detach_interface_both(daemon, options):
    """virsh makes two calls of it, config first: the last one behind the vSMMU stays in both."""
    dom = daemon.run(domain("g1", smmu(), interface(VF_A, 3)))

    def call():
        return daemon.virsh("detach-interface", "g1", "hostdev", "--mac", MAC, *options.split())

    if daemon.stock:
        done = call()
        assert done.status == 1 and words.BLOCKER_QMP in done.err
        assert "<interface" in dom.XMLDesc(0) and "<interface" not in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    else:
        with daemon.nothing_changes():
            done = call()
        assert done.status == 1
        assert words.matches("error: " + words.last_in_definition(VF_A), done.err.strip().split("\n")[-1]), done.err


@BOTH
def test_virsh_detach_interface_both_and_another_is_left(daemon, options):
    """Then the config half is detached, and only the live one is refused."""
    dom = daemon.run(domain("g1", smmu(), interface(VF_A, 3), hostdev(GPU_A, 2)))
    before = daemon.state()
    done = daemon.virsh("detach-interface", "g1", "hostdev", "--mac", MAC, *options.split())
    assert done.status == 1
    assert "<interface" not in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    after = daemon.state()
    assert after["g1"]["live"] == before["g1"]["live"]
    if daemon.stock:
        assert words.BLOCKER_QMP in done.err
    else:
        assert words.matches("error: " + words.noted(words.anchor("hostdev0", VF_A), words.lost_already(element="interface")),
                             done.err.strip().split("\n")[-1]), done.err
        assert after["QEMU was asked"] == before["QEMU was asked"]


def test_virsh_detach_interface_config(daemon):
    """From the definition: allowed as long as a device is left behind the vSMMU."""
    dom = daemon.run(domain("g1", smmu(), interface(VF_A, 3), interface(VF_B, 4, mac="52:54:00:00:09:02")))
    first = daemon.virsh("detach-interface", "g1", "hostdev", "--mac", MAC, "--config")
    assert first.status == 0, first

    def call():
        return daemon.virsh("detach-interface", "g1", "hostdev", "--mac", "52:54:00:00:09:02", "--config")

    if daemon.stock:
        assert call().status == 0
        assert "<interface" not in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    else:
        with daemon.nothing_changes():
            done = call()
        assert done.status == 1
        assert words.matches("error: " + words.last_in_definition(VF_B), done.err.strip().split("\n")[-1]), done.err


def test_interface_alone_anchors(daemon):
    """The only device behind the vSMMU is an interface: it stays in the domain and in the definition."""
    dom = daemon.run(domain("g1", smmu(), interface(VF_A, 3)))
    assert_stays(daemon, lambda: detach(dom, interface(VF_A)), words.anchor("hostdev0", VF_A))
    dom.destroy()
    if daemon.stock:
        detach(dom, interface(VF_A), CONFIG)
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(detach, dom, interface(VF_A), CONFIG), words.last_in_definition(VF_A))
