"""Ports that the guest cannot power off: the changes that a definition gets before libvirt reads it."""
import re
import subprocess
import time

import pytest

import suites
import words
from conftest import assert_unsound, devices_of_qemu, error_of, only, read, run
from domains import (ALL_GIVEN, GPU_A, GPU_B, GPU_C, LAYOUT, NO_USB, OTHER_A, OTHER_B, QEMU_NAMESPACE, ROOT, ROOTS_FIRST, VF_A,
                     VIRTIO, arguments, domain, downstream, hostdev, interface, overridden, port, pxb, smmu, upstream, with_arguments)
from verbs import ANCHORS_URI, CONFIG, ELEMENT, INACTIVE, LIVE, SECURE, assert_stays, attaches_again, detach, pinned

# As many ports as devices, all behind the vSMMU: libvirt must use them.
NARROW = ROOT + pxb(1, 252) + port(2, 1) + port(3, 1, 1) + NO_USB
SWITCH = ROOT + pxb(1, 248) + port(2, 1) + upstream(3, 2) + downstream(4, 3) + downstream(5, 3, 1) + port(6, 0, 16) + NO_USB


def definition(dom):
    return dom.XMLDesc(INACTIVE)


# name: (devices, layout, the ports that are pinned)
DOMAINS = {
    "one": ([smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)], LAYOUT, [2]),
    "second in the XML is first by slot": ([smmu(), hostdev(GPU_B, 3), hostdev(GPU_A, 2)], LAYOUT, [3]),
    "interface first": ([smmu(), hostdev(GPU_A, 2), interface(VF_A, 4)], LAYOUT, [4]),
    "all given": ([smmu(**ALL_GIVEN), hostdev(GPU_A, 5)], LAYOUT, [5]),
    "cmdqv left to QEMU": ([smmu(cmdqv=None), hostdev(GPU_A, 2)], LAYOUT, [2]),
    "placed by libvirt": ([smmu(), hostdev(GPU_A), hostdev(GPU_B)], NARROW, [2]),
    "one of two placed by libvirt": ([smmu(), hostdev(GPU_A), hostdev(GPU_B, 2)], NARROW, [3]),
    "interface placed by libvirt": ([smmu(), interface(VF_A)], NARROW, [2]),
    "two vSMMUs": ([smmu(), smmu(6), hostdev(OTHER_A, 7), hostdev(GPU_A, 2), hostdev(OTHER_B, 8), hostdev(GPU_B, 3)], LAYOUT, [2, 7]),
    "switch": ([smmu(), hostdev(GPU_A, 4), hostdev(GPU_B, 5)], SWITCH, [2, 4]),
    "switch, placed by libvirt": ([smmu(), hostdev(GPU_A), hostdev(GPU_B)], SWITCH.replace(port(6, 0, 16), ""), [2, 4]),
    "hostdev elsewhere first": ([smmu(), hostdev(GPU_C, 10), hostdev(GPU_A, 2)], LAYOUT, [2]),
    "cmdqv off": ([smmu(cmdqv="off"), hostdev(GPU_A, 2)], LAYOUT, []),
    "plain vSMMU": ([smmu(accel=None, cmdqv=None), hostdev(GPU_A, 10)], LAYOUT, []),
    "no vSMMU": ([hostdev(GPU_A, 2)], LAYOUT, []),
    "cmdqv left to QEMU, nobody": ([smmu(cmdqv=None, **ALL_GIVEN)], LAYOUT, []),
}


@pytest.mark.parametrize("name", DOMAINS)
def test_define(daemon, name):
    """A client defines a domain, and the ports of its anchors are without hot-plug: shown, on disk and in QEMU."""
    devices, layout, ports = DOMAINS[name]
    dom = daemon.define(domain("g1", *devices, layout=layout))
    shown = pinned(definition(dom))
    assert pinned(read("/etc/libvirt/qemu/g1.xml")) == shown
    dom.create()
    closed = [int(d["id"].removeprefix("pci.")) for d in devices_of_qemu() if d.get("hotplug") in (False, "off")]
    assert closed == shown == pinned(definition(dom))
    if daemon.stock:
        assert shown == []
    else:
        assert shown == ports and daemon.refusals() == []


@pytest.mark.parametrize("name", ["one", "placed by libvirt", "switch", "two vSMMUs", "interface placed by libvirt"])
def test_defined_again(daemon, name):
    """Once pinned, nothing more happens: with the same XML, with that of dumpxml, with virsh edit."""
    devices, layout, ports = DOMAINS[name]
    dom = daemon.define(domain("g1", *devices, layout=layout, uuid="11111111-2222-3333-4444-555555555555"))
    first = definition(dom)
    daemon.define(domain("g1", *devices, layout=layout, uuid="11111111-2222-3333-4444-555555555555"))
    assert definition(dom) == first
    daemon.define(first)
    assert definition(dom) == first
    assert pinned(first) == ([] if daemon.stock else ports)


def test_virsh_edit(daemon, tmp_path):
    """An editor that changes something else."""
    dom = daemon.define(domain("g1", *DOMAINS["one"][0]))
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nsed -i 's,<on_poweroff>.*,<on_poweroff>restart</on_poweroff>,' \"$1\"\n")
    editor.chmod(0o755)
    before = definition(dom)
    done = run("virsh", "-c", "qemu:///system", "edit", "g1", env={"EDITOR": str(editor)})
    assert done.status == 0, done
    assert definition(dom) == before.replace("<on_poweroff>destroy<", "<on_poweroff>restart<") != before
    assert pinned(definition(dom)) == ([] if daemon.stock else [2])


@only("module")
def test_existing_domain(daemon):
    """One that was there before gets it when it is defined the next time, and not before."""
    daemon.start_unguarded()
    dom = daemon.define(domain("g1", *DOMAINS["one"][0]))
    daemon.start("module")
    dom = daemon.get()
    assert pinned(definition(dom)) == []
    dom.create()
    assert pinned(dom.XMLDesc(0)) == []
    daemon.define(definition(dom))
    assert pinned(definition(dom)) == [2] and pinned(dom.XMLDesc(0)) == []


@pytest.mark.parametrize("value", ["on", "true", "off"])
def test_override(daemon, value):
    """An override that opens the anchor's port: refused."""
    xml = with_arguments(overridden("pci.2", "hotplug", value), smmu(), hostdev(GPU_A, 2))
    if daemon.stock or value == "off":
        daemon.define(xml)
    else:
        with daemon.nothing_changes():
            assert_unsound(error_of(daemon.define, xml),
                           words.of_domain("<qemu:property> in line ...: the effect of 'hotplug' on device 'pci.2' is not known; write it as XML..."))


@only("module")
@pytest.mark.parametrize("value", ["off", "on"])
def test_override_of_what_runs(settings, daemon, value):
    """The XML leaves the port open, or closes it, and an override does the opposite: QEMU does as the override says."""
    settings("[policy]\nanchor_port = ignore\n[rules]\narguments-can-be-read = off\n")
    layout = LAYOUT if value == "off" else LAYOUT.replace(port(2, 1), port(2, 1, hotplug="off"))
    override = overridden("pci.2", "hotplug", "true" if value == "on" else "false").replace("'string'", "'bool'")
    dom = daemon.define(with_arguments(override, smmu(), hostdev(GPU_A, 2), layout=layout))
    said = run("virt-cmdqv", "anchors").out
    assert (words.is_opened("pci.2") in said) == ("hotplug=off there" in dom.metadata(ELEMENT, ANCHORS_URI)) == (value == "on")
    assert words.can_eject(2) not in said
    dom.create()
    for command in ("anchors", "doctor"):
        said = run("virt-cmdqv", command).out
        assert (words.is_opened("pci.2") in said) == (value == "on")
        assert words.can_eject(2) not in said


@only("module")
@pytest.mark.parametrize("own, devices, closed", [
    (arguments("-device", "arm-smmuv3,id=s,primary-bus=pcie.0,accel=on,cmdqv=on"), [hostdev(GPU_A, 10), hostdev(GPU_B, 11)], [10]),
    (overridden("hostdev0", "bus", "pci.3"), [smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 4)], [3]),
    (arguments("-device", '{"driver":"vfio-pci","host":"%s","id":"own","iommufd":"iommufd0","bus":"pci.7"}' % OTHER_A),
     [smmu(), smmu(6), hostdev(GPU_A, 2)], [2, 7]),
], ids=["SMMU", "place", "hostdev"])
@pytest.mark.about(suites.NATIVE)
def test_own_arguments(daemon, own, devices, closed):
    """The SMMU, the place of the anchor, or the anchor itself is in arguments of the domain's own."""
    dom = daemon.define(with_arguments(own, *devices))
    assert pinned(definition(dom)) == closed
    dom.create()
    assert "can eject" not in run("virt-cmdqv", "anchors").out


@only("module")
def test_own_port(daemon):
    """A port that the domain's own arguments leave open: the command line of QEMU shows it."""
    daemon.run(with_arguments(arguments(
        "-object", "iommufd,id=i", "-device", "pxb-pcie,id=x,bus_nr=100,bus=pcie.0,addr=0x1c", "-device", "pcie-root-port,id=rp,bus=x,chassis=99",
        "-device", "arm-smmuv3,id=s,primary-bus=x,accel=on,cmdqv=on",
        "-device", f"vfio-pci,id=h,host={GPU_A},bus=rp,iommufd=i")))
    assert f"g1: x: {words.is_opened('rp')}" in run("virt-cmdqv", "anchors").out.replace("g1: s:", "g1: x:")
    assert words.is_opened("rp") in run("virt-cmdqv", "doctor").out


@pytest.mark.parametrize("name", ["one", "placed by libvirt"])
@pytest.mark.parametrize("create", [False, True], ids=["defined", "created"])
def test_transient(daemon, create, name):
    """The port of a created domain is pinned too, with and without addresses."""
    devices, layout, _ = DOMAINS[name]
    xml = domain("g1", *devices, layout=layout)
    dom = daemon.conn.createXML(xml) if create else daemon.run(xml)
    assert pinned(dom.XMLDesc(0)) == ([] if daemon.stock else [2])


DRIVE = "<disk type='file' device='disk'><source file='/nowhere.img'/><target dev='vda' bus='virtio'/></disk>"
# name: (devices, layout, the ports that are pinned, behind </devices>): devices without addresses compete for them.
COMPETING = {
    "two": ([smmu(), hostdev(GPU_A), hostdev(GPU_B)], LAYOUT, [2], ""),
    "emulated ones first": ([smmu(2), VIRTIO, hostdev(GPU_A), hostdev(GPU_B)], ROOTS_FIRST, [3], ""),
    "a disk first, one given": ([smmu(2), DRIVE, hostdev(GPU_A), hostdev(GPU_B, 3)], ROOTS_FIRST, [4], ""),
    "elsewhere first": ([smmu(2), hostdev(GPU_C), hostdev(GPU_A), hostdev(GPU_B)], ROOTS_FIRST, [3], ""),
    "more than there are ports": ([smmu(), hostdev(GPU_A), hostdev(GPU_B), hostdev(GPU_C)], NARROW, [2], ""),
    "ports that libvirt adds": ([smmu(0), hostdev(GPU_A), hostdev(GPU_B)], ROOT + NO_USB, [1], ""),
    "ports that libvirt adds to one": ([smmu(0), hostdev(GPU_A), hostdev(GPU_B)], ROOT + port(1, 0, 1) + NO_USB, [1], ""),
    "no controller at all": ([smmu(0), hostdev(GPU_A)], NO_USB, [1], ""),
    "ports without addresses": ([smmu(0), hostdev(GPU_A)], ROOT + "<controller type='pci' model='pcie-root-port'/>" * 2 + NO_USB,
                                [1], ""),
    "arguments of its own": ([smmu(), hostdev(GPU_A)], NARROW, [2],
                             "<qemu:commandline><qemu:arg value='-name'/><qemu:arg value='debug-threads=on'/></qemu:commandline>"),
    "an override": ([smmu(), hostdev(GPU_A, alias="ua-a"), hostdev(GPU_B)], NARROW, [2],
                    "<qemu:override><qemu:device alias='ua-a'><qemu:frontend><qemu:property name='x-no-mmap' type='bool' "
                    "value='false'/></qemu:frontend></qemu:device></qemu:override>"),
}
OPEN = {}       # definitions that stock libvirt shows; the stock run is first


@pytest.mark.parametrize("name", COMPETING)
def test_everything_else_is_where_libvirt_puts_it(daemon, name):
    """With closed ports and addresses a definition differs from stock libvirt's by the closed ports and nothing else."""
    devices, layout, ports, behind = COMPETING[name]
    xml = domain("g1", *devices, layout=layout, uuid="11111111-2222-3333-4444-555555555555", namespaces=QEMU_NAMESPACE).replace(
        "</domain>", f"{behind}</domain>")
    dom = daemon.define(xml)
    seen = definition(dom)
    assert OPEN.setdefault(name, seen) == seen.replace(" hotplug='off'", "")
    daemon.define(xml)
    assert definition(dom) == seen
    assert pinned(seen) == ([] if daemon.stock else ports)


def defined_events(call):
    """How often libvirt tells that something is defined meanwhile."""
    with subprocess.Popen(["virsh", "-c", "qemu:///system", "event", "--event", "lifecycle", "--loop", "--timeout", "3"],
                          stdout=subprocess.PIPE, text=True) as events:
        time.sleep(1)
        call()
        return events.communicate()[0].count(" Defined ")


@pytest.mark.parametrize("name", ["one", "placed by libvirt", "interface placed by libvirt"])
def test_defined_once(daemon, name):
    """Other clients see one define, and never a definition that is not complete."""
    devices, layout, _ = DOMAINS[name]
    assert defined_events(lambda: daemon.define(domain("g1", *devices, layout=layout))) == 1


GRAPHICS = "<graphics type='vnc' port='-1' autoport='yes' passwd='secret'/><video><model type='none'/></video>"


@pytest.mark.parametrize("layout, devices", [(LAYOUT, [hostdev(GPU_A, 2)]), (NARROW, [hostdev(GPU_A)])],
                         ids=["addresses given", "placed by libvirt"])
def test_passwords_survive(daemon, layout, devices):
    """The definition has a password, and keeps it."""
    dom = daemon.define(domain("g1", smmu(), *devices, GRAPHICS, layout=layout))
    assert "passwd='secret'" in dom.XMLDesc(INACTIVE | SECURE)
    assert "passwd" not in dom.XMLDesc(INACTIVE)
    assert pinned(definition(dom)) == ([] if daemon.stock else [2])


def test_what_else_is_kept(daemon):
    """Comments are dropped, as by libvirt itself; namespaces, metadata and command lines stay."""
    more = ("<metadata><a:x xmlns:a='urn:a' a:y='&lt;&amp;'>text &amp; <b/></a:x></metadata><title>t &#233;</title>"
            "<description>line\nline</description>")
    for name, layout, device in (("g1", LAYOUT, hostdev(GPU_A, 2)), ("g2", NARROW, hostdev(GPU_A))):
        dom = daemon.define(domain(name, smmu(), device, layout=layout, more=more, uuid=None,
                                   namespaces=" xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'").replace(
            "</domain>", "<qemu:capabilities><qemu:add capability='blockdev'/></qemu:capabilities></domain>"))
        seen = re.sub(r"<(name|uuid)>.*?</\1>|<target[^>]*hotplug[^>]*/>|<target[^>]*chassis[^>]*/>", "", definition(dom))
        assert KEPT.setdefault(name, seen) == seen
        assert "text &amp; <b/>" in seen and "t é" in seen and "qemu:add" in seen


KEPT = {}       # of stock libvirt; the stock run is first


def test_autostart_and_running_state_survive(daemon):
    """The second define of one that libvirt placed changes nothing else."""
    xml = domain("g1", smmu(), hostdev(GPU_A), layout=NARROW, uuid="11111111-2222-3333-4444-555555555555")
    dom = daemon.run(xml)
    dom.setAutostart(1)
    ident = dom.ID()
    daemon.define(xml)
    assert dom.ID() == ident and dom.autostart() == 1 and dom.isActive() and dom.isPersistent()
    assert pinned(definition(dom)) == ([] if daemon.stock else [2])


def test_detach_below_a_pinned_port(daemon):
    """The refusal is ours as ever; from the definition another may still be made the anchor."""
    dom = daemon.run(domain("g1", *DOMAINS["one"][0]))
    assert_stays(daemon, lambda: detach(dom, hostdev(GPU_A)), words.anchor("hostdev0", GPU_A))
    detach(dom, hostdev(GPU_B))
    detach(dom, hostdev(GPU_A), CONFIG)
    assert pinned(definition(dom)) == ([] if daemon.stock else [2, 3])


# name: (the definition, the change to it, the ports that are pinned then)
CHANGES = {
    "first detached": (DOMAINS["one"], lambda dom: detach(dom, hostdev(GPU_A), CONFIG), [2, 3]),
    "first detached by alias": (([smmu(), hostdev(GPU_A, 2, alias="ua-a"), hostdev(GPU_B, 3)], LAYOUT, [2]),
                                lambda dom: dom.detachDeviceAlias("ua-a", CONFIG), [2, 3]),
    "second detached": (DOMAINS["one"], lambda dom: detach(dom, hostdev(GPU_B), CONFIG), [2]),
    "a third attached": (DOMAINS["one"], lambda dom: dom.attachDeviceFlags(hostdev(GPU_C, 4), CONFIG), [2]),
    "an interface attached": (DOMAINS["one"], lambda dom: dom.attachDeviceFlags(interface(VF_A, 4), CONFIG), [2, 4]),
    "the vSMMU attached": (DOMAINS["no vSMMU"], lambda dom: dom.attachDeviceFlags(smmu(**ALL_GIVEN), CONFIG), [2]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_device_changed(daemon, name):
    """The device that is the anchor after a change of the definition cannot be ejected after the next start."""
    (devices, layout, before), change, after = CHANGES[name]
    dom = daemon.define(domain("g1", *devices, layout=layout))
    first = pinned(definition(dom))
    change(dom)
    second = pinned(definition(dom))
    dom.create()
    closed = [int(d["id"].removeprefix("pci.")) for d in devices_of_qemu() if d.get("hotplug") in (False, "off")]
    assert closed == second == pinned(definition(dom))
    assert (first, second) == (([], []) if daemon.stock else (before, after))


def test_given_already(daemon):
    """A port that says so itself stays as it is, in both."""
    layout = LAYOUT.replace(port(2, 1), port(2, 1, hotplug="off"))
    assert layout != LAYOUT
    dom = daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2), layout=layout))
    assert pinned(definition(dom)) == [2]
    dom = daemon.define(domain("g2", smmu(), hostdev(GPU_B, 2), layout=LAYOUT.replace(port(2, 1), port(2, 1, hotplug="on"))))
    assert pinned(definition(dom)) == ([] if daemon.stock else [2])


def test_hot_plug_on_another_port(daemon):
    """Other ports stay open."""
    dom = daemon.run(domain("g1", *DOMAINS["one"][0]))
    dom.attachDeviceFlags(VIRTIO.replace("</interface>", "<address type='pci' bus='0x0a'/></interface>"), LIVE)
    attaches_again(daemon, dom, hostdev(GPU_C, 4), GPU_C)


# -- the other settings


@only("module")
def test_ignore(daemon, settings):
    """With anchor_port = ignore, the ports stay as they are and nothing is logged."""
    settings("[policy]\nanchor_port = ignore\n")
    for name in ("one", "placed by libvirt"):
        devices, layout, _ = DOMAINS[name]
        dom = daemon.define(domain("g1", *devices, layout=layout))
        assert pinned(definition(dom)) == []
        dom.undefine()
    assert not [e for e in daemon.journal() if "eject" in e.get("MESSAGE", "")]


@only("module")
def test_warn(daemon, settings):
    """With anchor_port = warn, the ports stay as they are and the journal names them."""
    settings("[policy]\nanchor_port = warn\n")
    dom = daemon.define(domain("g1", *DOMAINS["two vSMMUs"][0]))
    assert pinned(definition(dom)) == []
    assert [e["MESSAGE"] for e in daemon.journal() if "eject" in e.get("MESSAGE", "")] == [
        words.port_is_open(2), words.port_is_open(7)]


@only("module")
def test_warn_where_libvirt_places(daemon, settings):
    """The same for a device that libvirt places."""
    settings("[policy]\nanchor_port = warn\n")
    devices, layout, _ = DOMAINS["placed by libvirt"]
    dom = daemon.define(domain("g1", *devices, layout=layout))
    assert pinned(definition(dom)) == []
    assert [e["MESSAGE"] for e in daemon.journal() if "eject" in e.get("MESSAGE", "")] == [words.port_is_open(2)]


@only("module")
def test_refused_ones_are_not_pinned(daemon):
    """A definition that is refused leaves nothing."""
    with daemon.nothing_changes():
        error_of(daemon.define, domain("g1", smmu()))
    assert daemon.names() == []
