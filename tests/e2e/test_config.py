"""Detaching from a definition: somebody must be left to anchor the CMDQV."""
import libvirt
import pytest

import words
from conftest import assert_unsupported, error_of
from domains import ALL_GIVEN, GPU_A, GPU_B, GPU_C, OTHER_A, domain, hostdev, smmu
from test_live import CONFIG, CURRENT, FORMS, LIVE, detach

INACTIVE = libvirt.VIR_DOMAIN_XML_INACTIVE


def hostdevs(dom):
    return dom.XMLDesc(INACTIVE).count("<hostdev")


def assert_last_stays(daemon, dom, call, sentence):
    """Stock libvirt lets it go, and leaves a definition that cannot get its CMDQV."""
    before = hostdevs(dom)
    if daemon.stock:
        call()
        assert hostdevs(dom) == before - 1
        return
    with daemon.nothing_changes():
        assert_unsupported(error_of(call), sentence)


@pytest.mark.parametrize("flags", [CONFIG, CURRENT], ids=["config", "current"])
@pytest.mark.parametrize("driver", [{}, ALL_GIVEN], ids=["auto", "all given"])
def test_last_one_stays(daemon, driver, flags):
    dom = daemon.define(domain("g1", smmu(**driver), hostdev(GPU_A, 2), hostdev(GPU_B, 3), hostdev(GPU_C, 10)))
    detach(dom, hostdev(GPU_A), flags)
    assert_last_stays(daemon, dom, lambda: detach(dom, hostdev(GPU_B), flags), words.last_in_definition(GPU_B))
    detach(dom, hostdev(GPU_C), flags)


def test_last_one_stays_while_running(daemon):
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    detach(dom, hostdev(GPU_B), CONFIG)
    assert_last_stays(daemon, dom, lambda: detach(dom, hostdev(GPU_A), CONFIG), words.last_in_definition(GPU_A))


def test_added_first_then_taken(daemon):
    """As the refusal advises."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    dom.attachDeviceFlags(hostdev(GPU_B, 3), CONFIG)
    detach(dom, hostdev(GPU_A), CONFIG)
    assert hostdevs(dom) == 1


def test_without_iommufd_does_not_count(daemon):
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 10, iommufd=None)))
    assert_last_stays(daemon, dom, lambda: detach(dom, hostdev(GPU_A), CONFIG), words.last_in_definition(GPU_A))


def test_each_vsmmu_by_itself(daemon):
    dom = daemon.define(domain("g1", smmu(), smmu(6), hostdev(GPU_A, 2), hostdev(OTHER_A, 7)))
    assert_last_stays(daemon, dom, lambda: detach(dom, hostdev(OTHER_A), CONFIG), words.last_in_definition(OTHER_A, bus="pci.6"))
    assert_last_stays(daemon, dom, lambda: detach(dom, hostdev(GPU_A), CONFIG), words.last_in_definition(GPU_A, bus="pci.1"))


@pytest.mark.parametrize("driver, bus", [({"cmdqv": "off"}, 2), ({"cmdqv": None}, 2), ({"cmdqv": None, **ALL_GIVEN}, 2),
                                         ({"accel": None, "cmdqv": None}, 7)])
def test_without_cmdqv_on_everything_goes(daemon, driver, bus):
    """No device of the host works behind a plain SMMU; beside one it does."""
    dom = daemon.define(domain("g1", smmu(**driver), hostdev(GPU_A, bus)))
    detach(dom, hostdev(GPU_A), CONFIG)
    assert hostdevs(dom) == 0


@pytest.mark.parametrize("name", [n for n in FORMS if n != "alias"])
def test_form(daemon, name):
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    assert_last_stays(daemon, dom, lambda: detach(dom, FORMS[name], CONFIG), words.last_in_definition(GPU_A))


def test_alias(daemon):
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2, alias="ua-gpu0")))
    assert_last_stays(daemon, dom, lambda: dom.detachDeviceAlias("ua-gpu0", CONFIG),
                       words.last_in_definition(GPU_A, alias="ua-gpu0"))


def test_not_running(daemon):
    """Live detach of what does not run is libvirt's own error, in both."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    for call in (lambda: detach(dom, hostdev(GPU_A), LIVE), lambda: detach(dom, hostdev(GPU_A), LIVE | CONFIG),
                 lambda: dom.detachDevice(hostdev(GPU_A)), lambda: dom.detachDeviceAlias("hostdev0", LIVE)):
        with daemon.nothing_changes():
            error = error_of(call)
        assert error.get_error_message() == "Requested operation is not valid: domain is not running"
        assert error.get_error_code() == libvirt.VIR_ERR_OPERATION_INVALID
