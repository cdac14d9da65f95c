"""The steps and questions of tests about an instance of Nova's, in words; tests/e2e/helpers/verbs.py has those for a domain."""
import collections
import contextlib
import json
import re
import types
from xml.etree import ElementTree

import libvirt
from nova import objects
from nova.conf import neutron
from nova.virt.libvirt import blockinfo

import words
from conftest import CONFIG, LIVE, NAME, UUID, conf, volume_config
from domains import on_standin
from e2e.conftest import argv, assert_blocked, assert_unsupported

ON = "[policy]\nnova_layout = on\n"
IMAGE = {"hw_emulation_architecture": "aarch64", "hw_machine_type": "virt", "hw_firmware_type": "uefi"}
VSMMU = "vSMMU 'iommu0' on bus 'pci.1'"
NAMES = f" (instance 'grace', UUID {UUID}, flavor 'grace', domain '{NAME}')"        # the end of each message about the instance
KEPT = f"; in Nova, stop the instance, and then detach the port or take the snapshot [keep-anchor]{NAMES}"


def kept(sentence):
    """A refusal that keeps an anchor, with its end for an instance of Nova's."""
    return sentence.removesuffix(" [keep-anchor]") + KEPT


class Nova:
    """A compute host whose definitions are all Nova's, as `_get_guest_xml` makes them anew for each boot and each hard reboot."""

    def __init__(self, compute, folder):
        self.compute = compute
        self.specs = {}                 # extra specs of the flavor, beside cmdqv:mode
        self.disks = {}                 # the attached volumes, by their names in the guest
        neutron.register_dynamic_opts(conf.CONF)
        conf.CONF.set_override("instances_path", str(folder))
        (folder / UUID).mkdir()

    def xml(self, instance):
        image = objects.ImageMeta(properties=objects.ImageMetaProps(**IMAGE))
        driver = self.compute.driver
        made = type(driver)._get_guest_xml(driver, self.compute.context, instance, instance.get_network_info(),
                                           {"disk_bus": "virtio", "cdrom_bus": "scsi", "mapping": {}}, image)
        disks = "".join(volume_config(None, connection, {"dev": device, "bus": "virtio"}).to_xml()
                        for device, connection in self.disks.items())
        return on_standin(made.replace("</devices>", f"{disks}</devices>"))

    def instance(self, devices, ports=(), mode="on"):
        instance = self.compute.instance(devices, ports)
        instance.update({"vcpu_model": None, "vm_mode": None, "architecture": None, "launched_at": None, "trusted_certs": None,
                         "host": "lab", "node": "lab", "services": objects.ServiceList(objects=[]),
                         "keypairs": objects.KeyPairList(objects=[])})
        if mode:
            instance.flavor.extra_specs["cmdqv:mode"] = mode
        instance.flavor.extra_specs.update(self.specs)
        return instance

    def boot(self, *devices, ports=(), mode="on"):
        instance = self.instance(devices, ports, mode)
        self.compute.driver._create_guest(self.compute.context, self.xml(instance), instance)
        return instance

    def attach_volume(self, instance, connection, device="vdb"):
        self.compute.driver.attach_volume(self.compute.context, connection, instance, f"/dev/{device}", disk_bus="virtio")
        self.disks[device] = connection

    def detach_volume(self, instance, connection, device="vdb"):
        self.disks.pop(device, None)
        self.compute.driver.detach_volume(self.compute.context, connection, instance, f"/dev/{device}")

    def attach(self, instance, vif):
        self.compute.driver.attach_interface(self.compute.context, instance, instance.image_meta, vif)

    def detach(self, instance, vif):
        self.compute.driver.detach_interface(self.compute.context, instance, vif)

    def hard_reboot(self, instance):
        self.compute.driver._get_guest_xml = lambda *_, **__: self.xml(instance)
        self.compute.driver._hard_reboot(self.compute.context, instance, instance.get_network_info(), objects.ShareMappingList())

    # -- steps of a life that end as they began

    def without_disks(self, instance, monkeypatch):
        """Nova makes no images, disks and configuration drives for the instance: all other lines of its steps run."""
        driver = self.compute.driver
        for name in ("_create_configdrive", "_ensure_console_log_for_instance", "_cleanup", "_finish_migration_vtpm",
                     "_finish_revert_migration_vtpm", "_register_undefined_instance_details"):
            monkeypatch.setattr(driver, name, lambda *_, **__: None)
        monkeypatch.setattr(driver, "_create_image", lambda *_, **__: (False, []))
        monkeypatch.setattr(driver.image_backend, "by_name", lambda *_, **__: types.SimpleNamespace(exists=lambda: False))
        monkeypatch.setattr(blockinfo, "get_disk_info", lambda *_, **__: {"disk_bus": "virtio", "cdrom_bus": "scsi", "mapping": {}})
        monkeypatch.setattr(driver, "_get_guest_xml", lambda *_, **__: self.xml(instance))

    def domain(self, instance):
        return self.compute.driver._host.get_guest(instance)._domain

    def state(self, instance):
        return self.compute.driver.get_info(instance).state

    def pause_and_resume(self, instance):
        self.compute.driver.pause(instance)
        assert self.state(instance) == libvirt.VIR_DOMAIN_PAUSED
        self.compute.driver.unpause(instance)
        assert self.state(instance) == libvirt.VIR_DOMAIN_RUNNING

    def power_off_and_on(self, instance):
        self.compute.driver.power_off(instance)
        assert self.state(instance) != libvirt.VIR_DOMAIN_RUNNING
        self.hard_reboot(instance)

    def boot_the_host(self, instance):
        """The host was off: Nova starts the instance that ran."""
        self.domain(instance).destroy()
        self.compute.driver._get_guest_xml = lambda *_, **__: self.xml(instance)
        self.compute.driver.resume_state_on_host_boot(self.compute.context, instance, instance.get_network_info(), objects.ShareMappingList())

    def reboot_softly(self, instance):
        """The guest does not answer, so Nova reboots it hard."""
        conf.CONF.set_override("wait_soft_reboot_seconds", 1, group="libvirt")
        try:
            self.compute.driver.reboot(self.compute.context, instance, instance.get_network_info(), "SOFT", share_info=objects.ShareMappingList())
        finally:
            conf.CONF.clear_override("wait_soft_reboot_seconds", group="libvirt")

    def rescue_and_back(self, instance):
        """The definition is then that of the running domain before the rescue."""
        driver, info = self.compute.driver, instance.get_network_info()
        before = passed_through(self.domain(instance))
        driver.rescue(self.compute.context, instance, info, instance.image_meta, None, None, objects.ShareMappingList())
        assert passed_through(self.domain(instance)) == before
        driver.unrescue(self.compute.context, instance)

    def rebuild(self, instance, undefined=False):
        """The domain is destroyed, by a shelve also undefined, and Nova spawns the instance again."""
        driver = self.compute.driver
        driver._destroy(instance)
        if undefined:
            driver._undefine_domain(instance)
        driver.spawn(self.compute.context, instance, instance.image_meta, [], None, {}, instance.get_network_info())

    def resize_and_revert(self, instance):
        """Resized to a flavor with more memory, and reverted."""
        driver, info, memory = self.compute.driver, instance.get_network_info(), instance.flavor.memory_mb
        before = passed_through(self.domain(instance))
        driver.power_off(instance)
        instance.flavor.memory_mb = 2 * memory
        migration = objects.Migration(source_compute="lab", dest_compute="lab")
        driver.finish_migration(self.compute.context, migration, instance, "[]", info, instance.image_meta, True, {})
        assert passed_through(self.domain(instance)) == before
        driver._destroy(instance)
        driver._undefine_domain(instance)
        instance.flavor.memory_mb = memory
        driver.finish_revert_migration(self.compute.context, instance, info, migration)

    def swap_volume(self, instance, old, new):
        """A volume is attached, swapped for another one, and that detached; Nova undefines the domain meanwhile, and defines it again
        from the running one."""
        self.attach_volume(instance, old)
        self.compute.driver.swap_volume(self.compute.context, old, new, instance, "/dev/vdb", 0)
        for flags in (0, 2):
            assert new["data"]["path"] in self.domain(instance).XMLDesc(flags)
        self.detach_volume(instance, new)


def machine():
    """(drivers behind each CMDQV vSMMU of the running QEMU, in order; drivers elsewhere)"""
    devices = [json.loads(d) for d in argv(NAME)]
    parent = {d["id"]: d["bus"] for d in devices if d["driver"] == "pcie-root-port"}
    tops = [(parent.get(d.get("bus"), d.get("bus")), d["driver"]) for d in devices
            if d["driver"] not in ("pcie-root-port", "pxb-pcie", "arm-smmuv3")]
    buses = [d["primary-bus"] for d in devices if d["driver"] == "arm-smmuv3" and d.get("cmdqv") == "on"]
    return [[driver for top, driver in tops if top == bus] for bus in buses], [d for top, d in tops if top not in buses]


def all_addresses(daemon, wanted=lambda tag, name: True):
    """The guest's address of each device and controller; alike in both halves of the domain."""
    running, defined = ({(tag, name): address for (tag, name), address in addresses_in(daemon.get(NAME).XMLDesc(flags)).items()
                         if wanted(tag, name)} for flags in (0, 2))
    assert running == defined
    return running


def guest_addresses(daemon):
    """The same of the host's devices, by their addresses there."""
    found = all_addresses(daemon, lambda tag, name: tag in ("hostdev", "interface") and ":" in name)
    return {name: address for (_, name), address in found.items()}


@contextlib.contextmanager
def same(daemon):
    """QEMU's arguments, and the address of each device in both halves of the domain, are as before."""
    before, addresses = argv(NAME), all_addresses(daemon)
    yield
    assert argv(NAME) == before and all_addresses(daemon) == addresses and daemon.get(NAME).isPersistent()


def addresses_in(xml):
    """(kind, name): its address; the name is that of the host, of the disk or of the controller, or its number among those of its kind"""
    found, counts = {}, collections.Counter()
    for device in ElementTree.fromstring(xml).find("devices"):
        address, source, target = device.find("address[@type='pci']"), device.find("source/address[@domain]"), device.find("target[@dev][@bus]")
        counts[device.tag] += 1
        if address is not None:
            name = short(source) if source is not None else target.get("dev") if target is not None else \
                f"{device.get('type')} {device.get('index')}" if device.tag == "controller" else str(counts[device.tag])
            found[device.tag, name] = short(address)
    return found


def short(address):
    domain, bus, slot, function = (int(address.get(part), 16) for part in ("domain", "bus", "slot", "function"))
    return f"{domain:04x}:{bus:02x}:{slot:02x}.{function}"


def controllers(xml):
    """The index of each PCI controller, with the index of the one that it is on (None: of its own)."""
    found = re.findall(r"<controller type='pci' index='(\d+)' model='([^']*)'>(.*?)</controller>", xml, re.DOTALL)
    on = {int(index): re.search(r"<address type='pci' domain='0x0000' bus='0x(..)'", rest) for index, _, rest in found}
    return {index: int(match.group(1), 16) if match else None for index, match in on.items()}


def ports_of_vsmmus(xml):
    tops = {int(bus) for bus in re.findall(r"pciBus='(\d+)'", xml)}
    return {index for index, on in controllers(xml).items() if on in tops}


def used_ports(xml):
    """The index of the controller that each device is on."""
    devices = re.sub(r"<controller type='pci'.*?</controller>|<source>.*?</source>", "", xml, flags=re.DOTALL)
    return [int(bus, 16) for bus in re.findall(r"<address type='pci' domain='0x0000' bus='0x(..)'", devices)]


def free_ports(xml):
    above = controllers(xml)
    return [index for index, on in above.items() if on is not None and index not in used_ports(xml) and index not in above.values()
            and f"<controller type='pci' index='{index}' model='pcie-root-port'>" in xml]


def behind_vsmmu(xml):
    """How many devices of a domain are behind a vSMMU."""
    return sum(bus in ports_of_vsmmus(xml) for bus in used_ports(xml))


def stays_in_definition(host):
    return (f"{words.UNSUPPORTED}cannot detach device 'hostdev0' (host {host}) from the definition of domain '{NAME}': in the running "
            f"domain it anchors the CMDQV of {VSMMU} and must stay; shut the domain down to remove it{KEPT}")


def passed_through(dom):
    """How many devices the running domain and its definition have."""
    return tuple(len([x for x in xml.split("\n") if "<hostdev" in x or "<interface" in x])
                 for xml in (dom.XMLDesc(0), dom.XMLDesc(2)))


def refused_or_split(compute, daemon, host, call, *args):
    """The effect of the call on the anchor of an instance with two devices."""
    if daemon.stock:
        assert_blocked(compute.refusal(call, *args))
        assert compute.asked == [CONFIG, LIVE]
        assert passed_through(daemon.get(NAME)) == (2, 1)
    else:
        with daemon.nothing_changes():
            error = compute.refusal(call, *args)
        assert_unsupported(error, stays_in_definition(host))
        assert not any(w in error.get_error_message() for w in words.TAKEN_FOR_SUCCESS)
        assert compute.asked == [CONFIG]
        assert compute.seconds < 2
