"""A definition that asks for CMDQV and has nothing to anchor it."""
import re

import libvirt
import pytest

import words
from conftest import argv, assert_refused, assert_unsound, assert_unsupported, error_of, only
from domains import ALL_GIVEN, GPU_A, GPU_B, LAYOUT, NO_USB, OTHER_A, ROOT, THIRD, domain, hostdev, port, pxb, smmu, x86_64
from suites import NATIVE

# Each is a definition that libvirt accepts, without a device behind PCI controller 1 that could be the anchor.
HOSTDEVS = {
    "no hostdev": ("", []),
    "hostdev on another root": (words.ELSEWHERE, [hostdev(GPU_A, 7)]),
    "hostdev on pcie.0": (words.ELSEWHERE, [hostdev(GPU_A, 10)]),
    "hostdev without iommufd": (words.NO_IOMMUFD, [hostdev(GPU_A, 2, iommufd=None)]),
    "hostdev with iommufd off": (words.NO_IOMMUFD, [hostdev(GPU_A, 2, iommufd="no")]),
}
WITHOUT_ANCHOR = {name: [smmu(), *rest] for name, (_, rest) in HOSTDEVS.items()}
WITHOUT_ANCHOR |= {name + ", all given": [smmu(**ALL_GIVEN), *rest] for name, (_, rest) in HOSTDEVS.items()}
SAID = {name: words.needs_hostdev(hint=HOSTDEVS[name.removesuffix(", all given")][0]) for name in WITHOUT_ANCHOR}

# Those that QEMU itself starts, without CMDQV and without a word.
SILENT = {"no hostdev, all given", "hostdev on another root, all given", "hostdev on pcie.0, all given"}

devices = pytest.mark.parametrize("case", WITHOUT_ANCHOR)


@pytest.mark.about(NATIVE)
@pytest.mark.parametrize("spelling", ["vcmdq", "cmdQV"])
def test_misspelt_cmdqv(daemon, spelling):
    """A client spells cmdqv as libvirt does not: libvirt drops it; the module refuses the domain."""
    xml = domain("g1", smmu().replace("cmdqv=", f"{spelling}="), hostdev(GPU_A, 2))
    if daemon.stock:
        assert spelling not in daemon.define(xml).XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    else:
        for call in (daemon.conn.defineXML, daemon.conn.createXML):
            assert_unsound(error_of(call, xml), "unsupported configuration: domain 'g1': <iommu> in line ...: libvirt silently drops "
                           f"the attribute '{spelling}' of <driver>; remove it, or write it as an attribute of <driver>, as libvirt spells it (pciBus, "
                           "accel, cmdqv) [unknown-attribute]")
        assert daemon.names() == []


@pytest.mark.about(NATIVE)
def test_element_in_place_of_cmdqv(daemon):
    """A client writes cmdqv as an element of <driver>: libvirt drops it; the module refuses the domain."""
    xml = domain("g1", "<iommu model='smmuv3'><driver pciBus='1' accel='on'><cmdqv>on</cmdqv></driver></iommu>", hostdev(GPU_A, 2))
    if daemon.stock:
        assert "cmdqv>" not in daemon.define(xml).XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    else:
        assert_unsound(error_of(daemon.conn.defineXML, xml), "unsupported configuration: domain 'g1': <iommu> in line ...: libvirt silently drops "
                       "the element <cmdqv> in <driver>; remove it, or write it as an attribute of <driver>, as libvirt spells it (pciBus, accel, "
                       "cmdqv) [unknown-attribute]")
        assert daemon.names() == []


@pytest.mark.about(NATIVE)
def test_domain_of_kubevirt(daemon):
    """KubeVirt 1.9 writes ssidSize, which libvirt drops, and leaves cmdqv to QEMU: the domain is defined, and the log names the attribute."""
    xml = domain("g1", "<iommu model='smmuv3'><driver pciBus='1' accel='on' ats='on' ril='off' ssidSize='20' oas='48'/></iommu>", hostdev(GPU_A, 2))
    kept = daemon.define(xml).XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    assert "accel='on'" in kept and "ssidSize" not in kept
    named = [entry for entry in daemon.journal() if "libvirt silently drops the attribute 'ssidSize' of <driver>" in entry["MESSAGE"]]
    assert len(named) == (0 if daemon.stock else 1)


def test_undefined_first(daemon):
    """Terraform undefines a running domain and defines it without its GPU: the refusal says that it is transient now, and how to keep it."""
    dom = daemon.run(domain("g1", smmu(**ALL_GIVEN), hostdev(GPU_A, 2)))
    dom.undefine()
    after = domain("g1", smmu(**ALL_GIVEN), uuid=dom.UUIDString())
    if daemon.stock:
        daemon.conn.defineXML(after)
    else:
        assert_unsound(error_of(daemon.conn.defineXML, after), words.noted(words.needs_hostdev(), words.transient_now()))
        assert not dom.isPersistent()
        daemon.conn.defineXML(dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))
        assert dom.isPersistent()


def assert_qemu_decides(case, start):
    """Stock libvirt: QEMU refuses, or starts a guest without CMDQV."""
    if case in SILENT:
        start()
        assert '"cmdqv":"on"' in "".join(argv())
        assert not [v for v in argv() if "vfio-pci" in v and ('"pci.2"' in v or '"pci.3"' in v)]
    else:
        error = error_of(start)
        assert error.get_error_code() == libvirt.VIR_ERR_INTERNAL_ERROR
        assert "arm-smmuv3" in error.get_error_message()


@devices
def test_define(daemon, case):
    """A client defines a domain that asks for CMDQV and has no anchor."""
    xml = domain("g1", *WITHOUT_ANCHOR[case])
    if daemon.stock:
        dom = daemon.define(xml)
        assert_qemu_decides(case, dom.create)
    else:
        with daemon.nothing_changes():
            assert_unsound(error_of(daemon.conn.defineXML, xml), SAID[case])
            assert_unsound(error_of(daemon.conn.defineXMLFlags, xml, 0), SAID[case])
            validated = error_of(daemon.conn.defineXMLFlags, xml, libvirt.VIR_DOMAIN_DEFINE_VALIDATE)
        assert_unsound(validated, SAID[case])
        assert daemon.names() == []


@devices
def test_virsh_define(daemon, tmp_path, case):
    """virsh defines the same, and prints the reason."""
    file = tmp_path / "g1.xml"
    file.write_text(domain("g1", *WITHOUT_ANCHOR[case]))
    done = daemon.virsh("define", file)
    if daemon.stock:
        assert done.status == 0 and daemon.names() == ["g1"]
    else:
        assert done.status == 1 and daemon.names() == []
        first, second = done.err.strip().split("\n")
        assert first == f"error: Failed to define domain from {file}"
        assert words.matches("error: " + SAID[case], second)


@devices
def test_create_transient(daemon, case):
    """A client creates the same without defining it."""
    xml = domain("g1", *WITHOUT_ANCHOR[case])
    if daemon.stock:
        assert_qemu_decides(case, lambda: daemon.conn.createXML(xml))
    else:
        with daemon.nothing_changes():
            assert_unsound(error_of(daemon.conn.createXML, xml), SAID[case])
            assert_unsound(error_of(daemon.conn.createXML, xml, libvirt.VIR_DOMAIN_START_PAUSED), SAID[case])
            error = error_of(daemon.conn.createXMLWithFiles, xml, [])      # which the QEMU driver does not have
            assert error.get_error_code() == libvirt.VIR_ERR_NO_SUPPORT
        assert daemon.names() == []


def test_line_is_that_of_the_vsmmu(daemon):
    """The refusal names the line of the <iommu> in the client's text."""
    xml = domain("g1", "\n\n", smmu())
    if daemon.stock:
        daemon.define(xml)
    else:
        line = 1 + xml[:xml.index("<iommu")].count("\n")
        assert_unsound(error_of(daemon.define, xml), words.needs_hostdev(line=line))


def test_redefinition_keeps_the_old_one(daemon):
    """A client redefines a valid domain as an invalid one, and then as another valid one."""
    good = domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3))
    dom = daemon.define(good)
    bad = domain("g1", smmu(), uuid=dom.UUIDString())
    if daemon.stock:
        daemon.define(bad)
        assert "<hostdev" not in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    else:
        with daemon.nothing_changes():
            assert_unsound(error_of(daemon.define, bad), words.needs_hostdev())
        assert dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE).count("<hostdev") == 2
        daemon.define(domain("g1", smmu(), hostdev(GPU_B, 3), uuid=dom.UUIDString()))
        assert dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE).count("<hostdev") == 1


def test_redefinition_of_a_running_domain(daemon):
    """A client gives a running domain a definition that breaks a rule."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2)))
    bad = domain("g1", smmu(), uuid=dom.UUIDString())
    if daemon.stock:
        daemon.define(bad)
        assert "<hostdev" in dom.XMLDesc(0) and "<hostdev" not in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    else:
        with daemon.nothing_changes():
            assert_unsound(error_of(daemon.define, bad), words.needs_hostdev())


def test_each_vsmmu_needs_its_own(daemon):
    """Of two vSMMUs, only one has a device that anchors it."""
    one = domain("g1", smmu(), smmu(6), hostdev(GPU_A, 2))
    both = domain("g2", smmu(), smmu(6), hostdev(GPU_A, 2), hostdev(OTHER_A, 7))
    daemon.define(both)
    if daemon.stock:
        error = error_of(daemon.define(one).create)
        assert words.matches(words.QEMU_AUTO, error.get_error_message())
    else:
        assert_unsound(error_of(daemon.define, one), words.needs_hostdev(bus="pci.6", hint=words.ELSEWHERE))
        assert daemon.names() == ["g2"]


def test_bus_is_no_root(daemon):
    """A vSMMU is on a bus that is not a root."""
    xml = domain("g1", smmu(2), hostdev(GPU_A, 2))
    if daemon.stock:
        assert "SMMU should be attached to" in error_of(daemon.define(xml).create).get_error_message()
    else:
        assert_unsound(error_of(daemon.define, xml), words.not_a_root())
        assert daemon.names() == []


def test_host_smmu_without_cmdqv(daemon):
    """One of the host's SMMUs has none, with or without CMDQV in the others; QEMU may be left to find that out."""
    daemon.define(domain("g2", smmu(), smmu(6, cmdqv=None), hostdev(GPU_A, 2), hostdev(THIRD, 7)))
    xml = domain("g1", smmu(), smmu(6), hostdev(GPU_A, 2), hostdev(THIRD, 7))
    if daemon.stock:
        daemon.define(xml)
    else:
        for call in (daemon.conn.defineXML, daemon.conn.createXML):
            assert_unsound(error_of(call, xml), "unsupported configuration: domain 'g1': <hostdev> in line ...: it is behind host SMMU "
                           "'smmu3.0x0000000005000000', which has no CMDQV; remove cmdqv='on' from the <iommu> [host-has-cmdqv]")
        assert daemon.names() == ["g2"]


def test_bus_number_of_another_expander(daemon):
    """libvirt counts down from the lowest that the text has, even if the expander above the SMMU changes."""
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2), layout=LAYOUT.replace(" busNr='240'", "")))
    assert re.findall(r"busNr='(\d+)'", dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)) == ["248", "246"]


@pytest.mark.parametrize("bus", [None, -1])
def test_no_bus_at_all(daemon, bus):
    """libvirt then makes the machine-wide SMMU, which has no CMDQV."""
    xml = domain("g1", smmu(bus), hostdev(GPU_A, 2))
    if daemon.stock:
        assert "requires iommu MAP notifier" in error_of(daemon.define(xml).create).get_error_message()
    else:
        assert_unsound(error_of(daemon.define, xml), words.no_bus())
        assert daemon.names() == []


def test_two_vsmmus_on_one_bus(daemon):
    """Two vSMMUs are on one bus."""
    xml = domain("g1", smmu(), smmu(), hostdev(GPU_A, 2))
    if daemon.stock:
        assert "An iommu is already attached to this bus" in error_of(daemon.define(xml).create).get_error_message()
    else:
        assert_unsound(error_of(daemon.define, xml), words.shared_bus())
        assert daemon.names() == []


WITHOUT_ACCEL = {
    "absent": smmu(accel=None),
    "off": smmu(accel="off"),
    "cmdqv off": smmu(accel=None, cmdqv="off"),
    "ats": smmu(accel=None, cmdqv=None, ats="off"),
    "ril": smmu(accel=None, cmdqv=None, ril="on"),
    "ssidsize": smmu(accel=None, cmdqv=None, ssidsize="0"),
    "oas": smmu(accel=None, cmdqv=None, oas="44"),
    "machine-wide": smmu(None, accel=None),
}


@pytest.mark.parametrize("name", WITHOUT_ACCEL)
def test_without_accel_is_libvirts_own_refusal(daemon, name):
    """Here libvirt has a rule itself, and its words win; the module says them for a libvirt that is too old for that."""
    for call in (daemon.define, daemon.conn.createXML):
        error = error_of(call, domain("g1", WITHOUT_ACCEL[name], hostdev(GPU_A, 2)))
        assert_refused(error, libvirt.VIR_ERR_XML_ERROR, words.STOCK_NO_ACCEL, libvirt.VIR_FROM_DOMAIN)
    assert daemon.names() == []


NO_VALUE = ([(name, "driver", value, "") for name in ("accel", "cmdqv", "ats", "ril") for value in ("maybe", "auto", "ON", "")]
            + [(name, "driver", value, " Expected integer value") for name in ("pciBus", "ssidsize", "oas")
               for value in ("one", "", "0x1", "1 ", "2147483648")]
            + [("iommufd", "driver", "perhaps", ""), ("enabled", "iommufd", "on", "")])


@pytest.mark.parametrize("attribute, element, value, more", NO_VALUE, ids=[f"{one[0]}={one[2]}" for one in NO_VALUE])
def test_invalid_values(daemon, attribute, element, value, more):
    """The same code and words on a libvirt that does not read them."""
    xml = domain("g1", smmu(**ALL_GIVEN), hostdev(GPU_A, 2), more="<iommufd enabled='yes'/>")
    bad = re.sub(f"(<{element} [^>]*{attribute}=')[^']*'", rf"\g<1>{value}'", xml)
    sentence = f"XML error: Invalid value for attribute '{attribute}' in element '{element}': '{value}'.{more}"
    for call in (daemon.define, daemon.conn.createXML, lambda text: daemon.conn.domainXMLToNative("qemu-argv", text, 0)):
        assert_refused(error_of(call, bad), libvirt.VIR_ERR_XML_ERROR, sentence, libvirt.VIR_FROM_XML)
    assert daemon.names() == [] and (daemon.stock or not daemon.refusals())


def test_the_first_of_many_values(daemon):
    """A client corrects one value after the other: libvirt reads them in its own order, not in that of the XML."""
    bad = domain("g1", smmu("one", accel="maybe"), hostdev(GPU_A, 2, iommufd="perhaps"), more="<iommufd/>")
    for text, sentence in (("<iommufd/>", "Missing required attribute 'enabled' in element 'iommufd'"),
                           ("iommufd='perhaps'", "Invalid value for attribute 'iommufd' in element 'driver': 'perhaps'."),
                           ("pciBus='one'", "Invalid value for attribute 'pciBus' in element 'driver': 'one'. Expected integer value"),
                           ("accel='maybe'", "Invalid value for attribute 'accel' in element 'driver': 'maybe'.")):
        assert_refused(error_of(daemon.define, bad), libvirt.VIR_ERR_XML_ERROR, "XML error: " + sentence, libvirt.VIR_FROM_XML)
        bad = bad.replace(text, "")
    assert_refused(error_of(daemon.define, bad), libvirt.VIR_ERR_XML_ERROR, words.STOCK_NO_ACCEL, libvirt.VIR_FROM_DOMAIN)


SOUND = {
    "one hostdev": [smmu(), hostdev(GPU_A, 2)],
    "all given": [smmu(**ALL_GIVEN), hostdev(GPU_A, 2)],
    "one without CMDQV asked for": [smmu(cmdqv="off"), hostdev(GPU_A, 2)],
    "cmdqv left to QEMU": [smmu(cmdqv=None), hostdev(GPU_A, 2)],
    "cmdqv left to QEMU, no hostdev, all given": [smmu(cmdqv=None, **ALL_GIVEN)],
    "cmdqv off, no hostdev, all given": [smmu(cmdqv="off", **ALL_GIVEN)],
    "plain vSMMU": [smmu(accel=None, cmdqv=None)],
    "plain vSMMU, hostdev elsewhere": [smmu(accel=None, cmdqv=None), hostdev(GPU_A, 7)],
    "no vSMMU": [hostdev(GPU_A, 2)],
    "no vSMMU, no hostdev": [],
    "hostdev before the vSMMU in the XML": [hostdev(GPU_A, 2), smmu()],
}


@pytest.mark.parametrize("case", SOUND)
def test_valid_ones_start(daemon, case):
    """And as in stock libvirt: the very same XML, but for the port of the anchor, which is closed to hot-plug."""
    dom = daemon.run(domain("g1", *SOUND[case], uuid="11111111-2222-3333-4444-555555555555"))
    assert dom.isActive()
    seen = dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    open_to_all = seen.replace(" hotplug='off'", "")
    assert STOCK_XML.setdefault(case, open_to_all) == open_to_all
    dom.destroy()
    dom.undefine()
    daemon.conn.createXML(domain("g1", *SOUND[case]))
    assert seen.count("hotplug='off'") == (0 if daemon.stock else PINNED.get(case, 0))


PINNED = {"one hostdev": 1, "all given": 1, "cmdqv left to QEMU": 1, "hostdev before the vSMMU in the XML": 1}
STOCK_XML = {}      # filled in by the stock run, which is first if there is one


def test_domain_wide_iommufd(daemon):
    """The domain enables iommufd for all its hostdevs, and the one behind the vSMMU anchors it."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2, iommufd=None), more="<iommufd enabled='yes'/>"))
    assert dom.isActive()


def test_domain_wide_iommufd_and_a_hostdev_that_opts_out(daemon):
    """The domain enables iommufd, and the only hostdev behind the vSMMU disables it for itself."""
    xml = domain("g1", smmu(), hostdev(GPU_A, 2, iommufd="no"), more="<iommufd enabled='yes'/>")
    if daemon.stock:
        assert "without an iommufd backend" in error_of(daemon.define(xml).create).get_error_message()
    else:
        assert_unsound(error_of(daemon.define, xml), words.needs_hostdev(hint=words.NO_IOMMUFD))


def test_address_chosen_by_libvirt(daemon):
    """Only the root ports behind the vSMMU are free: libvirt itself puts the hostdev there."""
    layout = LAYOUT[:LAYOUT.index("<controller type='pci' index='6'")] + "<controller type='usb' model='none'/>"
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A), layout=layout))
    assert '"bus":"pci.2"' in next(v for v in argv() if "vfio-pci" in v)
    assert dom.isActive()


def test_x86_64(daemon):
    """A guest for x86_64 starts and loses a device as on stock libvirt."""
    dom = daemon.run(x86_64("x86"))
    dom.detachDeviceFlags("<interface type='user'><mac address='52:54:00:00:86:64'/></interface>", libvirt.VIR_DOMAIN_AFFECT_CONFIG)
    assert "<interface" not in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)


@only("module")
def test_no_refusal_reads_like_success(daemon):
    """Nova takes some words to mean that the device is detached already."""
    for case in WITHOUT_ANCHOR:
        message = error_of(daemon.define, domain("g1", *WITHOUT_ANCHOR[case])).get_error_message()
        assert not any(w in message for w in words.TAKEN_FOR_SUCCESS)


# The one place that is left is behind the vSMMU, beside the anchor: libvirt puts a device without an address there.
ONE_LEFT = ROOT + pxb(1, 252) + port(2, 1) + port(3, 1, 1) + NO_USB
MDEV = "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='c2177883-f1bb-47f0-914d-32a22e3a8804'/></source></hostdev>"
EMULATED = "an emulated device cannot be behind an accelerated SMMU, and this one is on bus 'pci.3'; ..."
PLACED = {
    "hostdev not on iommufd": (hostdev(GPU_B, iommufd=None), words.misplaced(
        "a device behind an accelerated SMMU must be on iommufd, and this one, on bus 'pci.3', is not; ...")),
    "hostdev of another host SMMU": (hostdev(OTHER_A), words.misplaced("it is behind host SMMU '...', and another device ...")),
    "mediated device": (MDEV, words.misplaced("a mediated device cannot be behind an accelerated SMMU, and this one is on bus 'pci.3'; ...")),
    "virtio": ("<interface type='user'/>", words.misplaced(EMULATED, "interface")),
    "e1000e": ("<interface type='user'><model type='e1000e'/></interface>", words.misplaced(EMULATED, "interface")),
    "igb": ("<interface type='user'><model type='igb'/></interface>", words.misplaced(EMULATED, "interface")),
}


@pytest.mark.parametrize("name", PLACED)
def test_placed_beside_the_anchor(daemon, name):
    """Defined as a whole, or attached to a definition."""
    device, sentence = PLACED[name]
    first = [smmu(), hostdev(GPU_A, 2)]
    if daemon.stock:
        assert "bus='0x03'" in daemon.define(domain("g1", *first, device, layout=ONE_LEFT)).XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    else:
        with daemon.nothing_changes():
            assert_unsound(error_of(daemon.define, domain("g1", *first, device, layout=ONE_LEFT)), sentence)
        dom = daemon.define(domain("g1", *first, layout=ONE_LEFT))
        with daemon.nothing_changes():
            assert_unsupported(error_of(dom.attachDeviceFlags, device, libvirt.VIR_DOMAIN_AFFECT_CONFIG),
                               words.definition_would_be("attach", sentence))
        # and a device that may be there is attached
        dom.attachDeviceFlags(hostdev(GPU_B), libvirt.VIR_DOMAIN_AFFECT_CONFIG)
        dom.create()
