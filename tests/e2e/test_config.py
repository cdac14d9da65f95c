"""Detaching from a definition: a device must be left to anchor the CMDQV."""
import re

import libvirt
import pytest

import words
from conftest import assert_unsupported, error_of, said_by
from domains import ALL_GIVEN, GPU_A, GPU_B, GPU_C, OTHER_A, domain, hostdev, smmu
from verbs import CONFIG, CURRENT, FORMS, INACTIVE, LIVE, detach


def hostdevs(dom):
    return dom.XMLDesc(INACTIVE).count("<hostdev")


def assert_last_stays(daemon, dom, call, sentence):
    """Stock libvirt detaches it, and leaves a definition that cannot get its CMDQV."""
    before = hostdevs(dom)
    if daemon.stock:
        call()
        assert hostdevs(dom) == before - 1
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(call), sentence)


@pytest.mark.parametrize("flags", [CONFIG, CURRENT], ids=["config", "current"])
@pytest.mark.parametrize("driver", [{}, ALL_GIVEN], ids=["auto", "all given"])
def test_last_one_stays(daemon, driver, flags):
    """A client detaches both devices behind the vSMMU from the definition, one by one."""
    dom = daemon.define(domain("g1", smmu(**driver), hostdev(GPU_A, 2), hostdev(GPU_B, 3), hostdev(GPU_C, 10)))
    detach(dom, hostdev(GPU_A), flags)
    assert_last_stays(daemon, dom, lambda: detach(dom, hostdev(GPU_B), flags), words.last_in_definition(GPU_B))
    detach(dom, hostdev(GPU_C), flags)


def test_last_one_stays_while_running(daemon):
    """The same from the definition of a running domain."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    detach(dom, hostdev(GPU_B), CONFIG)
    assert_last_stays(daemon, dom, lambda: detach(dom, hostdev(GPU_A), CONFIG), words.last_in_definition(GPU_A))


def test_definition_first(daemon, tmp_path):
    """A client that the module does not know detaches from the definition first: the second step names the loss by the first, and how to undo it."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    detach(dom, hostdev(GPU_A), CONFIG)
    if daemon.stock:
        assert "CMDQV is active" in error_of(detach, dom, hostdev(GPU_A), LIVE).get_error_message()
    else:
        with daemon.nothing_changes():
            error = error_of(detach, dom, hostdev(GPU_A), LIVE)
        assert_unsupported(error, words.noted(words.anchor("hostdev0", GPU_A), words.lost_already()))
        path = tmp_path / "device.xml"
        path.write_text(re.search("(?s)<hostdev.*?</hostdev>", dom.XMLDesc(0))[0])
        assert daemon.virsh("attach-device", "g1", path, "--config").status == 0
        assert hostdevs(dom) == 2
        assert_unsupported(error_of(detach, dom, hostdev(GPU_A), LIVE), words.anchor("hostdev0", GPU_A))


def test_cockpit(daemon):
    """Cockpit detaches from the definition first: the module refuses that step for an anchor of a running domain."""
    mark = "<metadata><c:data xmlns:c='https://github.com/cockpit-project/cockpit-machines'/></metadata>"
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3), more=mark))
    if daemon.stock:
        detach(dom, hostdev(GPU_A), CONFIG)
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(detach, dom, hostdev(GPU_A), CONFIG), words.kept_for_running("hostdev0", GPU_A))


def test_added_first_then_taken(daemon):
    """As the refusal advises."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    dom.attachDeviceFlags(hostdev(GPU_B, 3), CONFIG)
    detach(dom, hostdev(GPU_A), CONFIG)
    assert hostdevs(dom) == 1


NO_MATCH = (libvirt.VIR_ERR_OPERATION_FAILED, libvirt.VIR_FROM_QEMU, "operation failed: matching iommu device not found")
NOT_LIVE = (libvirt.VIR_ERR_OPERATION_UNSUPPORTED, libvirt.VIR_FROM_QEMU,
            "Operation not supported: live detach of device 'iommu' is not supported")
NO_WORD = (libvirt.VIR_ERR_XML_ERROR, libvirt.VIR_FROM_XML,
           "XML error: Invalid value for attribute 'cmdqv' in element 'driver': 'x'.")
OTHERS = {
    "another bus": (smmu(6), NO_MATCH),
    "without cmdqv": (smmu(cmdqv=None), NO_MATCH),
    "more": (smmu(ats="on"), NO_MATCH),
    "no driver": ("<iommu model='smmuv3'/>", NO_MATCH),
    "not accelerated": (smmu(accel=None), NO_MATCH),
    "another model": ("<iommu model='intel'/>", NO_MATCH),
    "no word": (smmu(cmdqv="x"), NO_WORD),
}


@pytest.mark.parametrize("name", OTHERS)
def test_smmu_that_is_not_there(daemon, name):
    """A client detaches an SMMU that the definition does not have."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    with daemon.nothing_changes():
        assert said_by(dom.detachDeviceFlags, OTHERS[name][0], CONFIG) == OTHERS[name][1]


def test_smmu_is_removed_from_the_definition(daemon):
    """The one of two, then the last; of a running domain it is the definition's."""
    dom = daemon.define(domain("g1", smmu(alias="ua-first"), smmu(6), hostdev(GPU_A, 2), hostdev(OTHER_A, 7)))
    dom.detachDeviceFlags(smmu(6), CONFIG)
    assert re.findall("pciBus='(.)'", dom.XMLDesc(INACTIVE)) == ["1"] and dom.XMLDesc(INACTIVE).count("iommufd='yes'") == 2
    dom.create()
    for flags in (LIVE, LIVE | CONFIG):
        with daemon.nothing_changes():
            assert said_by(dom.detachDeviceFlags, smmu(), flags) == NOT_LIVE
    dom.detachDeviceFlags(smmu(), CONFIG)
    assert "<iommu" not in dom.XMLDesc(INACTIVE) and "<iommu" in dom.XMLDesc(0)


def test_smmu_is_removed_from_the_definition_by_its_alias(daemon):
    """A client detaches the vSMMU itself, by its alias."""
    dom = daemon.define(domain("g1", smmu(alias="ua-first"), smmu(6), hostdev(GPU_A, 2), hostdev(OTHER_A, 7)))
    dom.detachDeviceAlias("ua-first", CONFIG)
    assert re.findall("pciBus='(.)'", dom.XMLDesc(INACTIVE)) == ["6"]


def test_without_iommufd_does_not_count(daemon):
    """The other device that is left is not on iommufd, and cannot anchor."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 10, iommufd=None)))
    assert_last_stays(daemon, dom, lambda: detach(dom, hostdev(GPU_A), CONFIG), words.last_in_definition(GPU_A))


def test_each_vsmmu_by_itself(daemon):
    """Each of two vSMMUs keeps the last device that can anchor it."""
    dom = daemon.define(domain("g1", smmu(), smmu(6), hostdev(GPU_A, 2), hostdev(OTHER_A, 7)))
    assert_last_stays(daemon, dom, lambda: detach(dom, hostdev(OTHER_A), CONFIG), words.last_in_definition(OTHER_A, bus="pci.6"))
    assert_last_stays(daemon, dom, lambda: detach(dom, hostdev(GPU_A), CONFIG), words.last_in_definition(GPU_A, bus="pci.1"))


@pytest.mark.parametrize("driver, bus", [({"cmdqv": "off"}, 2), ({"cmdqv": None}, 2), ({"cmdqv": None, **ALL_GIVEN}, 2),
                                         ({"accel": None, "cmdqv": None}, 7)])
def test_without_cmdqv_on_all_are_detached(daemon, driver, bus):
    """No device of the host works behind a plain SMMU; beside one it does."""
    dom = daemon.define(domain("g1", smmu(**driver), hostdev(GPU_A, bus)))
    detach(dom, hostdev(GPU_A), CONFIG)
    assert hostdevs(dom) == 0


@pytest.mark.parametrize("name", [n for n in FORMS if n != "alias"])
def test_form(daemon, name):
    """A client detaches the last device by each form of its XML."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    assert_last_stays(daemon, dom, lambda: detach(dom, FORMS[name], CONFIG), words.last_in_definition(GPU_A))


def test_alias(daemon):
    """A client detaches the last device by its alias."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2, alias="ua-gpu0")))
    assert_last_stays(daemon, dom, lambda: dom.detachDeviceAlias("ua-gpu0", CONFIG),
                       words.last_in_definition(GPU_A, alias="ua-gpu0"))


def test_not_running(daemon):
    """Live detach from a domain that does not run is libvirt's own error, in both."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    for call in (lambda: detach(dom, hostdev(GPU_A), LIVE), lambda: detach(dom, hostdev(GPU_A), LIVE | CONFIG),
                 lambda: dom.detachDevice(hostdev(GPU_A)), lambda: dom.detachDeviceAlias("hostdev0", LIVE)):
        with daemon.nothing_changes():
            error = error_of(call)
        assert error.get_error_message() == "Requested operation is not valid: domain is not running"
        assert error.get_error_code() == libvirt.VIR_ERR_OPERATION_INVALID
