"""Each refusal is in systemd's journal, once, with the fields that an operator searches by."""
import re

import libvirt_qemu
import pytest

import suites
import words
from conftest import error_of, only, run, wait_for
from domains import ALL_GIVEN, GPU_A, GPU_B, GPU_C, NOVA, OTHER_A, domain, emulated, hostdev, smmu
from verbs import ANCHORS_URI, CONFIG, ELEMENT, HMP, LIVE, detach, qmp

pytestmark = only("module")
UUID = "11111111-2222-3333-4444-555555555555"
GOOD = domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3), more=NOVA, uuid=UUID)
RUNNING_VSMMU = "vSMMU 'iommu0' on bus 'pci.1'"
ALIAS = words.behind("hostdev0", GPU_A)
ANCHOR = f"'{ALIAS}' (host {GPU_A})"

# name: (action, function, vSMMU, device, rule)
CALLS = {
    "detach": (lambda d, dom: detach(dom, hostdev(GPU_A)), "virDomainDetachDeviceFlags", RUNNING_VSMMU, ANCHOR, "keep-anchor"),
    "detach, both halves": (lambda d, dom: detach(dom, hostdev(GPU_A), LIVE | CONFIG), "virDomainDetachDeviceFlags", RUNNING_VSMMU,
                            ANCHOR, "keep-anchor"),
    "detach without flags": (lambda d, dom: dom.detachDevice(hostdev(GPU_A)), "virDomainDetachDevice", RUNNING_VSMMU, ANCHOR,
                             "keep-anchor"),
    "alias": (lambda d, dom: dom.detachDeviceAlias(ALIAS, LIVE), "virDomainDetachDeviceAlias", RUNNING_VSMMU, ANCHOR,
              "keep-anchor"),
    "definition of a manager": (lambda d, dom: detach(dom, hostdev(GPU_A), CONFIG), "virDomainDetachDeviceFlags", RUNNING_VSMMU,
                                ANCHOR, "keep-anchor"),
    "attach": (lambda d, dom: dom.attachDeviceFlags(emulated(4), LIVE), "virDomainAttachDeviceFlags", RUNNING_VSMMU, "'interface'",
               "attach-emulated"),
    "attach without iommufd": (lambda d, dom: dom.attachDevice(hostdev(GPU_C, 4, iommufd=None)), "virDomainAttachDevice",
                               RUNNING_VSMMU, f"(host {GPU_C})", "attach-needs-iommufd"),
    "attach from elsewhere": (lambda d, dom: dom.attachDeviceFlags(hostdev(OTHER_A, 4), LIVE), "virDomainAttachDeviceFlags",
                              RUNNING_VSMMU, f"(host {OTHER_A})", "attach-other-host-smmu"),
    "monitor": (lambda d, dom: libvirt_qemu.qemuMonitorCommand(dom, qmp("device_del", id=ALIAS), 0),
                "virDomainQemuMonitorCommand", RUNNING_VSMMU, ANCHOR, "keep-anchor"),
    "monitor, HMP": (lambda d, dom: libvirt_qemu.qemuMonitorCommand(dom, f"device_del {ALIAS}", HMP), "virDomainQemuMonitorCommand",
                     RUNNING_VSMMU, ANCHOR, "keep-anchor"),
}


ALONE = smmu(**ALL_GIVEN)
UNSOUND = domain("g1", ALONE, uuid=UUID)
NOT_ANCHORED = ("g1", UUID, "the vSMMU on bus 'pci.1'", "", "cmdqv-needs-anchor")


# name: (action, function, (domain, UUID, vSMMU, device, rule))
DEFINITIONS = {
    "define": (lambda d: d.define(UNSOUND), "virDomainDefineXML", NOT_ANCHORED),
    "define with flags": (lambda d: d.conn.defineXMLFlags(UNSOUND, 0), "virDomainDefineXMLFlags", NOT_ANCHORED),
    "create": (lambda d: d.conn.createXML(UNSOUND), "virDomainCreateXML", NOT_ANCHORED),
    "no UUID": (lambda d: d.define(domain("g1", ALONE)), "virDomainDefineXML", ("g1", "", *NOT_ANCHORED[2:])),
    "alias": (lambda d: d.define(UNSOUND.replace("<driver", "<alias name='ua-smmu'/><driver", 1)), "virDomainDefineXML",
              ("g1", UUID, "vSMMU 'ua-smmu' on bus 'pci.1'", "", "cmdqv-needs-anchor")),
    "a device": (lambda d: d.define(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3, iommufd=None), uuid=UUID)),
                 "virDomainDefineXML", ("g1", UUID, "the vSMMU on bus 'pci.1'", f"(host {GPU_B})", "accel-endpoint-iommufd")),
    "no bus": (lambda d: d.define(domain("g1", smmu(bus=None), hostdev(GPU_A, 2), uuid=UUID)), "virDomainDefineXML",
               ("g1", UUID, "the vSMMU", "", "accel-needs-bus")),
    "own arguments": (lambda d: d.define(domain(
        "g1", ALONE, uuid=UUID, namespaces=" xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'").replace(
            "</domain>", "<qemu:commandline><qemu:env name='A' value='b'/></qemu:commandline></domain>")), "virDomainDefineXML",
                      ("g1", UUID, "vSMMU 'iommu0' on bus 'pci.1'", "", "cmdqv-needs-anchor")),
    "not to be read": (lambda d: d.define("<!DOCTYPE domain [<!ENTITY a 'smmuv3'>]>" + UNSOUND), "virDomainDefineXML",
                       ("", "", "", "", "")),
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_definition(daemon, name):
    """The journal has an entry for each refused definition, with its domain, device and rule."""
    call, function, fields = DEFINITIONS[name]
    error = error_of(call, daemon)
    entry, = daemon.refusals()
    assert (entry["CMDQV_CALL"], entry["CMDQV_CLIENT"]) == (function, "user root")
    assert tuple(entry[f"CMDQV_{field}"] for field in ("DOMAIN", "UUID", "VSMMU", "DEVICE", "RULE")) == fields
    assert entry["MESSAGE"].endswith(error.get_error_message().removeprefix(words.UNSOUND))


@pytest.mark.parametrize("name", CALLS)
def test_once(daemon, name):
    """The journal has one entry for each refused call, with its domain, device and rule, which the tool can explain."""
    call, function, vsmmu, device, rule = CALLS[name]
    dom = daemon.run(GOOD)
    error = error_of(call, daemon, dom)
    entry, = daemon.refusals()
    text = error.get_error_message().removeprefix(words.UNSUPPORTED).removeprefix(words.UNSOUND)
    assert entry["MESSAGE"].endswith(text) and function in entry["MESSAGE"] and "root" in entry["MESSAGE"]
    assert {k: v for k, v in entry.items() if k.startswith("CMDQV_")} == {
        "CMDQV_CALL": function, "CMDQV_DOMAIN": "g1", "CMDQV_UUID": UUID, "CMDQV_VSMMU": vsmmu, "CMDQV_DEVICE": device,
        "CMDQV_RULE": rule, "CMDQV_CLIENT": "user root"}
    assert (entry["GLIB_DOMAIN"], entry["PRIORITY"]) == ("libvirt-cmdqv", "5")      # notice
    assert run("virt-cmdqv", "explain", rule).out.startswith(f"{rule} (always)")


def test_fixed_level(daemon, settings):
    """An operator switches off a rule that protects running domains: the tool says that it cannot be, and the anchor stays."""
    dom = daemon.run(GOOD)
    settings("[rules]\nkeep-anchor = off\n")
    dom = daemon.get()
    assert words.behind("hostdev0", GPU_A) in error_of(detach, dom, hostdev(GPU_A)).get_error_message()
    done = run("virt-cmdqv", "rules")
    assert done.status == 2 and "the level of rule 'keep-anchor' cannot be set" in done.err


def test_hook(daemon):
    """A start that no client asked for: the hook knows no client, and all else."""
    daemon.start_unguarded()
    daemon.define(UNSOUND).setAutostart(1)
    daemon.boot("module")
    wait_for(daemon.refusals, "the hook refused nothing")
    entry, = daemon.refusals()
    assert {k: v for k, v in entry.items() if k.startswith("CMDQV_")} == {
        "CMDQV_CALL": "hook prepare", "CMDQV_DOMAIN": "g1", "CMDQV_UUID": UUID, "CMDQV_VSMMU": "the vSMMU on bus 'pci.1'",
        "CMDQV_DEVICE": "", "CMDQV_RULE": "cmdqv-needs-anchor", "CMDQV_CLIENT": ""}
    assert (entry["GLIB_DOMAIN"], entry["PRIORITY"]) == ("libvirt-cmdqv", "5")


def test_each_time(daemon):
    """The journal has an entry for each time that a call is refused."""
    dom = daemon.run(GOOD)
    for _ in range(5):
        error_of(detach, dom, hostdev(GPU_A))
    assert len(daemon.refusals()) == 5


def test_what_passes_is_not_logged(daemon):
    """The journal has no entry for calls that pass or that libvirt refuses."""
    dom = daemon.run(GOOD)
    # as Nova does
    detach(dom, hostdev(GPU_B), CONFIG)
    detach(dom, hostdev(GPU_B))
    dom.attachDeviceFlags(hostdev(GPU_C, 10 if suites.host() == suites.LOWERED else 4), LIVE)
    dom.metadata(ELEMENT, ANCHORS_URI, 0)
    libvirt_qemu.qemuMonitorCommand(dom, "info pci", HMP)
    error_of(detach, dom, "<hostdev")
    error_of(daemon.conn.defineXML, "<domain")
    daemon.define(domain("g2"))
    assert daemon.refusals() == []


def test_one_line(daemon):
    """An entry is one line, for any text that a client writes into a name."""
    dom = daemon.run(domain("g1&#x27; evil", smmu(**ALL_GIVEN), hostdev(GPU_A, 2), uuid=UUID))
    error_of(detach, dom, hostdev(GPU_A))
    entry, = daemon.refusals()
    assert entry["CMDQV_DOMAIN"] == "g1' evil" and re.fullmatch(r"[^\n]+", entry["MESSAGE"])
