"""Domain XML for the tests: small pieces, put together in a given order.

A domain here is valid for SMMU acceleration (ACPI, pflash firmware, a
PCIe root of its own for each vSMMU) unless a test asks for another.  The fixed
layout below its controllers:

    0  pcie-root                   10, 11  root ports on it
    1  pxb                         2, 3, 4, 5  root ports behind it
    6  second pxb                  7, 8  root ports behind it
"""
import re

EMULATOR = "/lab/qemu-standin"
QEMU = "/usr/bin/qemu-system-aarch64"
FIRMWARE = "/usr/share/AAVMF/AAVMF_CODE.fd"

# Devices of the fake host, by the host SMMU they are behind (tests/lab/fakehost.sh).
GPU_A, GPU_B, GPU_C = "0009:01:00.0", "0009:01:00.1", "0009:02:00.0"
VF_A, VF_B, VF_C = "0009:03:00.1", "0009:03:00.2", "0009:03:00.3"
OTHER_A, OTHER_B, OTHER_C = "0010:01:00.0", "0010:02:00.0", "0010:02:00.1"
THIRD = "0000:c1:00.0"

# Everything given, so that QEMU has nothing to learn from a device.
ALL_GIVEN = {"ats": "on", "ril": "off", "ssidsize": "20", "oas": "48"}


def attrs(**values):
    return "".join(f" {k}='{v}'" for k, v in values.items() if v is not None)


def address(text, **more):
    """<address> for dddd:bb:ss.f"""
    domain, bus, slot, function = re.fullmatch(r"(\w+):(\w+):(\w+)\.(\w)", text).groups()
    return f"<address{attrs(**more)} domain='0x{domain}' bus='0x{bus}' slot='0x{slot}' function='0x{function}'/>"


def guest(bus):
    """Guest address of a device in the one slot of a root port."""
    return "" if bus is None else address(f"0000:{bus:02x}:00.0", type="pci")


def pxb(index, busnr, **target):
    return (f"<controller type='pci' index='{index}' model='pcie-expander-bus'>"
            f"<target{attrs(busNr=busnr, **target)}/></controller>")


def controller(model, index, bus, slot=0, function=0, hotplug=None, multifunction=None):
    target = f"<target{attrs(hotplug=hotplug)}/>" if hotplug else ""
    place = address(f"0000:{bus:02x}:{slot:02x}.{function}", type="pci", multifunction=multifunction)
    return f"<controller type='pci' index='{index}' model='{model}'>{target}{place}</controller>"


def port(index, bus, slot=0, **more):
    return controller("pcie-root-port", index, bus, slot, **more)


def upstream(index, bus):
    return controller("pcie-switch-upstream-port", index, bus)


def downstream(index, bus, slot=0, **more):
    return controller("pcie-switch-downstream-port", index, bus, slot, **more)


def smmu(bus=1, alias=None, **driver):
    """<iommu>: a CMDQV one unless told otherwise (None leaves an attribute out)."""
    driver = {"pciBus": bus, "accel": "on", "cmdqv": "on", **driver}
    name = f"<alias name='{alias}'/>" if alias else ""
    return f"<iommu model='smmuv3'><driver{attrs(**driver)}/>{name}</iommu>"


def hostdev(host, bus=None, iommufd="yes", alias=None):
    name = f"<alias name='{alias}'/>" if alias else ""
    return (f"<hostdev mode='subsystem' type='pci' managed='no'><driver{attrs(name='vfio', iommufd=iommufd)}/>"
            f"<source>{address(host)}</source>{name}{guest(bus)}</hostdev>")


def device_form(source, more="", attributes=""):
    return f"<hostdev mode='subsystem' type='pci'{attributes}><source>{source}</source>{more}</hostdev>"


def interface(host, bus=None, mac="52:54:00:00:09:01", iommufd="yes", more=""):
    return (f"<interface type='hostdev' managed='no'><mac address='{mac}'/><driver{attrs(name='vfio', iommufd=iommufd)}/>"
            f"<source>{address(host, type='pci')}</source>{more}{guest(bus)}</interface>")


def emulated(bus=None, more="<model type='virtio'/>"):
    return f"<interface type='user'><mac address='52:54:00:00:ee:01'/>{more}{guest(bus)}</interface>"


def on_network(bus=None, name="vfs"):
    return f"<interface type='network'><mac address='52:54:00:00:09:09'/><source network='{name}'/>{guest(bus)}</interface>"


ROOT = "<controller type='pci' index='0' model='pcie-root'/>"
NO_USB = "<controller type='usb' model='none'/>"
VIRTIO = "<interface type='user'><mac address='52:54:00:00:ee:01'/><model type='virtio'/></interface>"

LAYOUT = (
    ROOT
    + pxb(1, 248)
    + "".join(port(i, 1, slot) for slot, i in enumerate((2, 3, 4, 5)))
    + pxb(6, 240)
    + "".join(port(i, 6, slot) for slot, i in enumerate((7, 8)))
    + port(10, 0, 0x10)
    + port(11, 0, 0x11)
    + NO_USB
)

# A port of pcie.0 before those behind the expander, which is bus 2.
ROOTS_FIRST = (
    ROOT
    + port(1, 0, 0x10)
    + pxb(2, 252)
    + port(3, 2, 0)
    + port(4, 2, 1)
    + NO_USB
)


def on_standin(xml):
    """A domain for an arm64 QEMU, for this lab; one that leaves its emulator to libvirt too."""
    xml = xml.replace(f"<emulator>{QEMU}<", f"<emulator>{EMULATOR}<")
    return xml if "<emulator>" in xml else xml.replace("<devices>", f"<devices><emulator>{EMULATOR}</emulator>", 1)


def domain(name, *devices, layout=LAYOUT, features="<acpi/><gic version='3'/>", machine="virt",
           emulator=EMULATOR, uuid=None, more="", namespaces=""):
    return f"""<domain type='qemu'{namespaces}>
  <name>{name}</name>{f"<uuid>{uuid}</uuid>" if uuid else ""}
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='aarch64' machine='{machine}'>hvm</type><loader readonly='yes' type='pflash' stateless='yes'>{FIRMWARE}</loader></os>
  <features>{features}</features>
  <cpu mode='custom'><model>cortex-a57</model></cpu>
  <on_poweroff>destroy</on_poweroff>
  {more}
  <devices>
    <emulator>{emulator}</emulator>
    {layout}
    {"".join(devices)}
    <memballoon model='none'/>
  </devices>
</domain>
"""


QEMU_NAMESPACE = " xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"


def overridden(alias, name, value):
    """libvirt writes another value than its XML says."""
    return (f"<qemu:override><qemu:device alias='{alias}'><qemu:frontend>"
            f"<qemu:property name='{name}' type='string' value='{value}'/></qemu:frontend></qemu:device></qemu:override>")


def arguments(*values, more=""):
    return "<qemu:commandline>" + "".join(f"<qemu:arg value='{value}'/>" for value in values) + more + "</qemu:commandline>"


def with_arguments(text, *devices, **more):
    return domain("g1", *devices, more=text, namespaces=QEMU_NAMESPACE, **more)


HARMLESS = arguments("-fw_cfg", "name=opt/org.example/note,string=text")

# Each is a way to have libvirt make no command line of a domain, or one that it could make none of.
NO_COMMAND_LINE = {
    "NIC " + model: f"<interface type='user'><mac address='52:54:00:00:ee:05'/><model type='{model}'/></interface>"
    for model in ("e1000-82544gc", "pcnet", "tulip", "ne2k_pci", "vmxnet3", "i82551", "VIRTIO")
}
NO_COMMAND_LINE |= {
    "volume without its driver": "<disk type='volume'><source pool='none' volume='none'/><target dev='vda' bus='virtio'/></disk>",
}

# The metadata of an instance of OpenStack Nova 33.0.2; words.of_instance() has its names in a message.
INSTANCE = ("<metadata><nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'><nova:name>training</nova:name>"
            "<nova:flavor name='gpu.large'/></nova:instance></metadata>")
NOVA = "<metadata><nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'><nova:name>vm</nova:name></nova:instance></metadata>"


def snapshot(*definitions, state="shutoff", name="s1"):
    return (f"<domainsnapshot><name>{name}</name><state>{state}</state><creationTime>1700000000</creationTime>"
            f"<memory snapshot='no'/>{''.join(definitions)}</domainsnapshot>")


def inactive(xml):
    return xml.replace("<domain ", "<inactiveDomain ").replace("</domain>", "</inactiveDomain>")


def x86_64(name):
    return f"""<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices>
    <controller type='usb' model='none'/>
    <interface type='user'><mac address='52:54:00:00:86:64'/><model type='virtio'/></interface>
    <memballoon model='none'/>
  </devices>
</domain>
"""
