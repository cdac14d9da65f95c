"""An SMMU that is hidden in a text, and definitions for which libvirt tells no command line."""
import re

import libvirt
import pytest

import suites
import words
from conftest import assert_unsound, error_of, said_by
from domains import (ALL_GIVEN, GPU_A, HARMLESS, LAYOUT, NO_COMMAND_LINE, ROOTS_FIRST, arguments, domain, hostdev, smmu,
                     with_arguments)

PORTS_BEHIND = LAYOUT[:LAYOUT.index("<controller type='pci' index='6'")] + "<controller type='usb' model='none'/>"


def override(alias, name, value):
    return (f"<qemu:override><qemu:device alias='{alias}'><qemu:frontend><qemu:property name='{name}' type='string' value='{value}'/>"
            "</qemu:frontend></qemu:device></qemu:override>")


def device(text):
    return arguments("-device", text)


GUARDED = smmu(**ALL_GIVEN), hostdev(GPU_A, 2)
FOUND = words.HIDDEN_SMMU
IN_XML = words.of_domain(f"<iommu> in line ...: {words.NEEDS_ANCHOR_ON_PCI_1}")
CANNOT_READ = words.of_domain("<qemu:commandline> in line ...: ...is not known; ...")
BEHIND = words.of_domain("<qemu:arg> in line ...: an emulated device cannot be behind...")
UNLIKE = words.of_domain("<qemu:commandline> in line ...: '...' on its command line has single quotes, a comment or a member twice, which QEMU reads "
                         "in another way, so its effect is not known; correct it...")
ESCAPED = ('{"driver":"arm-smm\\u0075v3","id":"s","primary-bus":"pci.1","accel":"on","cmdqv":"on","ats":"on","ril":"off",'
           '"ssidsize":"20","oas":"48"}')
URI_OF_QEMU = "http://libvirt.org/schemas/domain/qemu/1.0"
SPELLED = "arm-smmu&#118;3,id=s,primary-bus=pci.1,accel=on,cmdqv=on,ats=on,ril=off,ssidsize=20,oas=48"

# Domains that stock libvirt defines: the text, and the words about it.
HIDDEN = {
    "a letter of JSON": (with_arguments(device(ESCAPED)), FOUND),
    "a letter in a key of JSON": (with_arguments(device(ESCAPED.replace("driver", "dr\\u0069ver"))), FOUND),
    "a letter of JSON in single quotes": (with_arguments(device(ESCAPED.replace('"', "&apos;"))), UNLIKE),
    "two dashes": (with_arguments(arguments("--device", ESCAPED)), FOUND),
    "a character reference": (domain("g1", smmu(**ALL_GIVEN).replace("smmuv3", "smmu&#118;3")), IN_XML),
    "a character reference in an argument": (with_arguments(device(
        "arm-smm&#x75;v3,id=s,primary-bus=pci.1,accel=on,cmdqv=on,ats=on,ril=off,ssidsize=20,oas=48")), words.of_domain("<qemu:arg> in line ...")),
    "another prefix": (with_arguments(device(ESCAPED)).replace("qemu:", "q:").replace("xmlns:qemu=", "xmlns:q="), FOUND),
    "a file of options": (with_arguments(arguments("-readconfig", "/etc/hostname")), CANNOT_READ),
    "a plugin": (with_arguments(arguments("--plugin", "file=/lib/x.so")), CANNOT_READ),
    **{f"code for {name}": (with_arguments(arguments(more=f"<qemu:env name='{name}' value='/lib/x'/>")),
                            words.of_domain(f"<qemu:env> in line ...: for the variable '{name}' QEMU loads code..."))
       for name in ("LD_PRELOAD", "GCONV_PATH", "OPENSSL_CONF", "GIO_EXTRA_MODULES", "PATH", "GBM_BACKEND", "LIBVA_DRIVER_NAME", "PS4")},
    **{f"code for an unknown variable {where}": (with_arguments(arguments(*own, more=f"<qemu:env name='NEW_{where}' value='{value}'/>"), *devices),
                                                 words.of_domain(f"<qemu:env> in line ...: for the variable 'NEW_{where}' QEMU may load...code..."))
       for where, value, own, devices in (("absolute", "/tmp/x", (), GUARDED), ("relative", "tmp/x", (), GUARDED),
                                          ("behind", "a:b=/x", (), GUARDED))},
    "code for a variable with a reference": (with_arguments(arguments(more="<qemu:env name='LD&#95;PRELOAD'/>")),
                                             words.of_domain("<qemu:env> in line ...: ...")),
    "another namespace of the document": (domain("g1", more=f"<commandline xmlns='{URI_OF_QEMU}'><arg value='-device'/><arg value='{SPELLED}'/>"
                                                 "</commandline>"), words.of_domain("<qemu:arg> in line ...")),
    "its namespace with a reference": (with_arguments(device(SPELLED)).replace(URI_OF_QEMU, URI_OF_QEMU.replace("1.0", "1&#46;0")),
                                       words.of_domain("<qemu:arg> in line ...")),
    "a driver that is named twice": (with_arguments(device(f"virtio-rng-pci,driver={SPELLED}")), words.of_domain("<qemu:arg> in line ...")),
    "a driver that is set later": (with_arguments(arguments(
        "-device", "virtio-rng-pci,id=r", *(part for name in ("driver=arm-smmuv3", "primary-bus=pci.1", "accel=on", "cmdqv=on")
                                            for part in ("-set", f"device.r.{name}")))), words.of_domain("<qemu:arg> in line ...")),
    "a property of libvirt's device that is set later": (with_arguments(arguments("-set", "device.iommu0.cmdqv=on"),
                                                                        smmu(cmdqv="off", **ALL_GIVEN)), words.of_domain("...")),
    "a bus of libvirt's device that is set later": (with_arguments(arguments("-set", "device.iommu0.primary-bus=pci.6"), *GUARDED), words.of_domain("...")),
    "a global in the long form": (with_arguments(arguments("-global", "driver=arm-smmuv3,property=cmdqv,value=on"),
                                                 smmu(cmdqv=None, **ALL_GIVEN)), words.of_domain("...cmdqv='on' needs...")),
    "a global": (with_arguments(arguments("-global", "arm-smmuv3.cmdqv=on"), smmu(cmdqv=None, **ALL_GIVEN)), words.of_domain("...cmdqv='on' needs...")),
    "a bypass of a global": (with_arguments(arguments("-global", "pxb-pcie.bypass_iommu=on"), *GUARDED),
                             words.of_domain("...has bypass_iommu=on, and no SMMU can be attached to it...")),
    "a stage of a global": (with_arguments(arguments("-global", "arm-smmuv3.stage=2"), *GUARDED),
                            words.of_domain("...stage='2' cannot be accelerated...")),
    "a global of the parent type": (with_arguments(arguments("-global", "arm-smmu.cmdqv=on"), smmu(cmdqv=None, **ALL_GIVEN)),
                                    words.of_domain("...cmdqv='on' needs...")),
    **{f"a monitor: {option} {value}": (with_arguments(arguments(option, *value.split()), *GUARDED),
                                        words.of_domain(f"<iommu> in line ...: '-{option.strip('-')}' in <qemu:commandline> opens a monitor whose commands "
                                                        "nothing checks, and one of them can remove its anchor; remove..."))
       for option, value in (("-qmp", "unix:/run/q,server=on,wait=off"), ("--monitor", "pty"), ("-qmp-pretty", "null"), ("-gdb", "tcp::1"), ("-s", ""),
                             ("-serial", "mon:null"), ("-mon", "chardev=charmonitor"), ("-qtest", "unix:/run/t"), ("-object", "monitor-qmp,id=m,chardev=charmonitor"),
                             ("-object", '{"qom-type":"qtest","id":"q","chardev":"charmonitor"}'),
                             ("-object", "{&apos;qom-type&apos;:&apos;q\\u0074est&apos;,&apos;id&apos;:&apos;q&apos;}"))},
    "a bus with a slash": (with_arguments(device('{"driver":"virtio-rng-pci","id":"r","bus":"pci.3/"}'), *GUARDED), BEHIND),
    "a path to a bus": (with_arguments(device('{"driver":"virtio-rng-pci","id":"r","bus":"pci.1/pci.3/pci.3"}'), *GUARDED), BEHIND),
    **{f"a device on the root of a vSMMU: {name}": (with_arguments(arguments(*own), smmu(0), hostdev(GPU_A, 10)), words.of_domain(
        f"{name}: an emulated device cannot be behind an accelerated SMMU, and this one is on bus 'pcie.0'; ..."))
       for name, own in {"'-nic' in <qemu:commandline>": ["-nic", "user"], "'-net' in <qemu:commandline>": ["-net", "nic"],
                         "'-virtfs' in <qemu:commandline>": ["-virtfs", "local,path=/tmp,mount_tag=t,security_model=none"],
                         "'-drive' in <qemu:commandline>": ["-drive", "driver=null-co"], "'-hda' in <qemu:commandline>": ["-S", "/etc/hostname"],
                         "<qemu:arg> in line ...": ["-device", "virtio-rng,id=r"],
                         "virtio-rng-pci without an id": ["-device", '{"driver":"virtio-rng-pci"}']}.items()},
    **{f"the id {name}": (with_arguments(arguments(*own), *GUARDED), words.of_domain(
        f"<iommu> in line ...: '{own[0]}' in <qemu:commandline> has the {name}, which another one has too, and QEMU refuses that; ..."))
       for name, own in {"id 'pci.2'": ["-device", "usb-kbd,id=pci.2"], "id 'charmonitor'": ["-chardev", "null,id=charmonitor"],
                         "node-name 'libvirt-pflash0-format'": ["-blockdev", "null-co,node-name=libvirt-pflash0-format"],
                         "id 'mach-virt.ram'": ["-object", "memory-backend-ram,id=mach-virt.ram,size=64M"]}.items()},
    "a driver that an override changes": (with_arguments(
        override("rng0", "driver", "arm-smmuv3"), "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"), words.of_domain("...")),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_hidden(daemon, name):
    """A client defines a domain in which an SMMU that breaks a rule is spelled so that a search of the text misses it."""
    xml, sentence = HIDDEN[name]
    if daemon.stock:
        daemon.define(xml)
    else:
        with daemon.nothing_changes():
            for call in (daemon.conn.defineXML, daemon.conn.createXML):
                assert_unsound(error_of(call, xml), sentence)
        assert daemon.names() == []


@pytest.mark.about(suites.NATIVE)
@pytest.mark.parametrize("own", [["-object", "iommufd,id=iommufd0"], ["-device", '{"driver":"virtio-rng-pci","id":"hostdev0","bus":"pci.10"}']],
                         ids=["iommufd0", "hostdev0"])
def test_id_of_libvirt(daemon, own):
    """An argument has an id that libvirt gives for the anchor. A lowered domain has other ids there."""
    xml = with_arguments(arguments(*own), *GUARDED)
    if daemon.stock:
        with pytest.raises(libvirt.libvirtError, match="uplicate"):
            daemon.define(xml).create()
    else:
        with daemon.nothing_changes():
            assert_unsound(error_of(daemon.define, xml), words.of_domain(f"<iommu> in line ...: '{own[0]}' in <qemu:commandline> has the id..."))


@pytest.mark.parametrize("name", NO_COMMAND_LINE)
@pytest.mark.parametrize("own", ["", HARMLESS, override("hostdev0", "x-speed", "32")], ids=["plain", "argument", "override"])
def test_no_command_line(daemon, name, own):
    """The XML by itself is judged all the same."""
    xml = with_arguments(own, smmu(**ALL_GIVEN), NO_COMMAND_LINE[name])
    if daemon.stock:
        daemon.define(xml)
    else:
        with daemon.nothing_changes():
            for call in (daemon.conn.defineXML, daemon.conn.createXML):
                assert_unsound(error_of(call, xml), IN_XML)
        assert daemon.names() == []


@pytest.mark.parametrize("name, value", [("XDG_RUNTIME_DIR", "/run/user/1000"), ("PULSE_SERVER", "unix:/run/pulse/native"), ("NEW", "1"),
                                         ("PIPEWIRE_LATENCY", "512/48000"), ("NEW", "")])
def test_harmless_variable(daemon, name, value):
    """A domain with CMDQV sets a variable from which nothing loads code."""
    daemon.define(with_arguments(arguments(more=f"<qemu:env name='{name}' value='{value}'/>"), *GUARDED))


SOUND_ANYWAY = [name for name in NO_COMMAND_LINE if name.startswith("NIC")]


@pytest.mark.parametrize("name", SOUND_ANYWAY)
@pytest.mark.parametrize("own", ["", HARMLESS], ids=["plain", "argument"])
def test_accepted_all_the_same(daemon, name, own):
    """Defined as stock does, in the very same places."""
    xml = with_arguments(own, smmu(2), hostdev(GPU_A, 3), NO_COMMAND_LINE[name], layout=ROOTS_FIRST)
    xml = xml.replace("<vcpu>", "<uuid>11111111-2222-3333-4444-555555555555</uuid><vcpu>")
    seen = daemon.define(xml).XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE).replace(" hotplug='off'", "")
    assert STOCK.setdefault((name, own), seen) == seen


STOCK = {}


SHARE = "<filesystem type='mount'><driver type='virtiofs'/><source dir='/tmp'/><target dir='share'/></filesystem>"
SHARED = "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>"


@pytest.mark.parametrize("more, device, reason", [
    ("<features><acpi/><ioapic driver='kvm'/></features>", "", "unsupported configuration: The 'ioapic' feature is not supported..."),
    (SHARED + "<features><acpi/></features>", SHARE, "operation failed: Unable to find a satisfying virtiofsd"),
], ids=["fault of the domain", "missing program"])
def test_reason_of_libvirt(daemon, more, device, reason):
    """libvirt makes no command line, so the places of devices are not known: the refusal has libvirt's own reason."""
    xml = domain("g1", smmu(), hostdev(GPU_A, 2), device, "<rng model='virtio'><backend model='random'/></rng>")
    xml = re.sub("<features>.*?</features>", more, xml)
    if daemon.stock:
        assert isinstance(said_by(daemon.define, xml), tuple) == (not device)      # libvirt defines a domain whose program is missing
    else:
        assert_unsound(error_of(daemon.define, xml), words.of_domain("<iommu> in line ...: it has cmdqv='on', and the devices that libvirt "
                                                                     f"places behind it are not known: ...; libvirt's reason: {reason} "
                                                                     "[places-can-be-told]"))


@pytest.mark.parametrize("name", NO_COMMAND_LINE)
def test_emulated_behind_the_vsmmu(daemon, name):
    """The only free ports are behind it; if libvirt puts the device there, it is refused."""
    xml = domain("g1", smmu(), hostdev(GPU_A, 2), NO_COMMAND_LINE[name], layout=PORTS_BEHIND)
    if daemon.stock:
        STOCK[name] = daemon.define(xml).XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    elif name == "volume without its driver":
        assert_unsound(error_of(daemon.define, xml), words.of_domain("<iommu> in line ...: it has cmdqv='on', and the devices that libvirt "
                                                         "places behind it are not known: ...; give each of them an <address> "
                                                         "[places-can-be-told]"))
    elif behind_the_vsmmu(STOCK[name]):
        assert_unsound(error_of(daemon.define, xml), words.of_domain("<interface> in line ...: an emulated device cannot be behind..."))
    else:
        daemon.define(xml)


def behind_the_vsmmu(xml):
    """Whether the interface of a definition is on one of the ports 2 to 5, or on a bridge there."""
    import xml.etree.ElementTree as tree
    root = tree.fromstring(xml)
    parents = {int(c.get("index")): int(c.find("address").get("bus"), 16) for c in root.iterfind("devices/controller[@type='pci']")
               if c.find("address") is not None and c.get("model") != "pcie-expander-bus"}
    address = root.find("devices/interface/address")
    bus = int(address.get("bus"), 16) if address.get("type") == "pci" else 0
    while bus in parents:
        bus = parents[bus]
    return bus == 1


def test_volume_with_addresses(daemon):
    """Nothing is left to libvirt, so that the module need not query it."""
    volume = NO_COMMAND_LINE["volume without its driver"].replace(
        "</disk>", "<address type='pci' domain='0' bus='10' slot='0' function='0'/></disk>")
    daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2), volume, layout=LAYOUT.replace(
        "<controller type='pci' index='1' model='pcie-expander-bus'>", "<controller type='pci' index='1' model='pcie-expander-bus'>"
        "<address type='pci' domain='0' bus='0' slot='0x1e' function='0'/>").replace(
        "<controller type='pci' index='6' model='pcie-expander-bus'>", "<controller type='pci' index='6' model='pcie-expander-bus'>"
        "<address type='pci' domain='0' bus='0' slot='0x1d' function='0'/>")))


def test_started_with_a_hidden_one(daemon):
    """It was started before the module was installed; QEMU's own arguments decide."""
    mode = daemon.mode
    text = device('{"driver":"arm-smm\\u0075v3","id":"s","primary-bus":"pci.1","accel":"on","cmdqv":"on"}')
    daemon.start_unguarded()
    dom = daemon.define(with_arguments(text, smmu(6, cmdqv=None, accel=None)))
    assert "u0075" in dom.XMLDesc(0)
    daemon.start(mode)
    if not daemon.stock:
        with daemon.nothing_changes():
            assert_unsound(error_of(daemon.get().create), words.of_domain("..."))


def test_words(daemon):
    """No refusal of these reads like success."""
    if not daemon.stock:
        for xml, _ in HIDDEN.values():
            assert not any(w in error_of(daemon.define, xml).get_error_message() for w in words.TAKEN_FOR_SUCCESS)
