"""Interfaces on a network of hostdevs: the device that they get is no anchor, and libvirt 12.8 and newer end at some of them."""
import libvirt
import pytest

import words
from conftest import LOG, argv, assert_unsound, assert_unsupported, error_of, only, said_by, wait_for
from domains import GPU_A, domain, hostdev, on_network, smmu
from suites import NATIVE
from verbs import attach, defined_before

WIDE = "<iommufd enabled='yes'/>"


@pytest.fixture
def network(daemon):
    daemon.start_network()
    return daemon


# Devices, and the words about them; None for a domain that starts.
CASES = {
    "alone behind": ([smmu(), on_network(2)],
                     words.needs_hostdev(hint=" (<interface> in line ... does not count: a device that a network gives is not on iommufd)")),
    "beside the anchor": ([smmu(), hostdev(GPU_A, 2), on_network(3)], words.network_behind("pci.3")),
    "beside the anchor, another network": ([smmu(), hostdev(GPU_A, 2), on_network(3, "other")], words.network_behind("pci.3")),
    "placed by libvirt": ([smmu(), hostdev(GPU_A, 2), on_network()], words.network_behind("pci.3")),
    "another root": ([smmu(), hostdev(GPU_A, 2), on_network(10)], None),
    "behind a plain vSMMU": ([smmu(accel=None, cmdqv=None), on_network(2), hostdev(GPU_A, 10)], words.network_behind_plain("pci.2")),
    "not behind a plain vSMMU": ([smmu(accel=None, cmdqv=None), on_network(10), hostdev(GPU_A, 11)], None),
}


@pytest.mark.parametrize("case", CASES)
def test_define_and_start(network, case):
    """A domain has an interface on a network of hostdevs, behind the vSMMU or elsewhere."""
    devices, sentence = CASES[case]
    xml = domain("g1", *devices)
    if sentence is None:
        network.run(xml)
        assert len([v for v in argv() if "vfio-pci" in v]) == 2
        return
    if network.stock:
        assert error_of(network.define(xml).create)
    else:
        with network.nothing_changes():
            assert_unsound(error_of(network.define, xml), sentence)
        assert_unsound(error_of(defined_before(network, xml).create), sentence)


@pytest.mark.about(NATIVE)
def test_hook(network):
    """A start that no client asks for: the network is asked after the hook has said no."""
    mode = network.mode
    dom = defined_before(network, domain("g1", smmu(), hostdev(GPU_A, 2), on_network(3)), mode)
    dom.setAutostart(1)
    network.boot(mode)
    log = LOG.read_text()
    assert not network.get().isActive()
    assert words.occurs(words.by_hook(words.network_behind("pci.3")), log) == (not network.stock)
    assert (words.QEMU_NO_IOMMUFD.rpartition(": ")[2] in log) == network.stock


ENDS = {
    "another root": ([smmu(), hostdev(GPU_A, 2), on_network(10)], words.ends_libvirt()),
    "behind": ([smmu(), hostdev(GPU_A, 2), on_network(3)], words.network_behind("pci.3") + " (and 1 more, see 'virt-cmdqv validate')"),
    "alone": ([smmu(cmdqv=None, ats="on", ril="off", ssidsize="20", oas="48"), on_network(10)], words.ends_libvirt()),
}


@only("stock")
@pytest.mark.about(NATIVE)
@pytest.mark.parametrize("way", ["start", "attach"])
def test_stock_libvirt_ends(network, way):
    """The control of the next tests."""
    devices = [smmu(), hostdev(GPU_A, 2, iommufd=None)]
    if way == "start":
        error_of(network.define(domain("g1", *devices, on_network(10), more=WIDE)).create)
    else:
        error_of(attach, network.run(domain("g1", *devices, more=WIDE)), on_network(10))
    wait_for(lambda: not network.alive(), "libvirtd lives on")
    network.start("stock")
    network.conn.networkLookupByName("vfs").destroy()       # which has given no domain a device


@only("module")
@pytest.mark.about(NATIVE)
@pytest.mark.parametrize("case", ENDS)
def test_that_would_end_libvirt(network, case):
    """A client defines, creates and starts a domain at which libvirt 12.8 would end."""
    devices, sentence = ENDS[case]
    xml = domain("g1", *devices, more=WIDE)
    with network.nothing_changes():
        assert_unsound(error_of(network.define, xml), sentence)
        assert_unsound(error_of(network.conn.createXML, xml), sentence)
    dom = defined_before(network, xml, "module")
    with network.nothing_changes():
        assert_unsound(error_of(dom.create), sentence)
    assert network.alive()


@only("module")
@pytest.mark.about(NATIVE)
def test_autostart_that_would_end_libvirt(network):
    """The module is not asked at that start, and the hook tells by the daemon's libraries which libvirt it is."""
    defined_before(network, domain("g1", *ENDS["another root"][0], more=WIDE), "module").setAutostart(1)
    network.boot()
    assert words.occurs(words.by_hook(words.ends_libvirt()), LOG.read_text())
    assert network.alive() and not network.get().isActive()


@only("module")
@pytest.mark.about(NATIVE)
def test_attach_that_would_end_libvirt(network):
    """A client attaches an interface at which libvirt 12.8 would end."""
    dom = network.run(domain("g1", smmu(), hostdev(GPU_A, 2, iommufd=None), more=WIDE))
    for bus in (10, 3, None):
        with network.nothing_changes():
            assert_unsupported(error_of(attach, dom, on_network(bus)), words.attach_ends_libvirt())
            assert_unsupported(error_of(attach, dom, on_network(10), libvirt.VIR_DOMAIN_AFFECT_CONFIG),
                               words.definition_would_be("attach", words.ends_libvirt()))
    assert network.alive()


@pytest.mark.about(NATIVE)
def test_not_active(network):
    """The device that it would give is libvirt's to say: libvirt does not start the domain, and lives on."""
    xml = domain("g1", smmu(), hostdev(GPU_A, 2), on_network(10), more=WIDE)
    network.conn.networkLookupByName("vfs").destroy()
    dom = network.define(xml)
    assert said_by(dom.create)[0] == libvirt.VIR_ERR_NO_NETWORK
