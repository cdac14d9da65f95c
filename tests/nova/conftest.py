"""Nova's own LibvirtDriver on the real libvirtd of a lab root.

Real: every line of Nova that runs (Debian's python3-nova, unchanged: driver,
Guest, Host, VIF driver, device objects and configuration classes, and the
threads that wait for libvirt's events), python3-libvirt, libvirtd, and the
domain's <metadata>, which Nova's own code writes.

Not real, and why:
  * There is no database, message bus, block storage or placement.  The instance, its flavor,
    PCI devices and ports are Nova's objects, filled in here and never saved;
    `_set_host_enabled` and `_build_device_metadata`, which only talk to the
    database, are left out; no event of Neutron is waited for.
  * `_get_guest_xml`, asked at a hard reboot only, answers with the definition
    that libvirt has at that moment: Nova makes no <iommu> with cmdqv itself,
    so such a host runs XML of another tool, and its definition is all that the
    host keeps of it.  In test_nova_layout.py it is Nova's own.
  * The hardware, as in every suite (tests/lab/lab).

Each test runs on stock libvirt and with the module, as in tests/e2e, whose
fixtures these are.
"""
import contextlib
import functools
import os
import random
import sys
import time
import uuid
from pathlib import Path

# Read when Nova is first imported: threads of the operating system.
os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "yes"
TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "e2e"), str(TESTS / "e2e/helpers")]

# These imports need the lines above.
import libvirt
import pytest
from nova import conf, context, objects
from nova.network import model
from nova.virt import virtapi
from nova.virt.libvirt import config as vconfig
from nova.virt.libvirt import driver as libvirt_driver

from domains import domain

pytest_plugins = ["e2e.conftest"]
pytest.register_assert_rewrite("novaverbs")

UUID = "7b0f3a52-6d0c-4c8e-9f43-3f4c5d1a0c01"
NAME = "instance-00000001"              # Nova's default template for an instance with id 1
MAC = "52:54:00:00:09:01"
LIVE, CONFIG = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG


def port(host, mac=MAC, kind=model.VNIC_TYPE_DIRECT):
    """A port: `direct` is an <interface type='hostdev'>, `direct-physical` a plain <hostdev>."""
    physical = kind == model.VNIC_TYPE_DIRECT_PHYSICAL
    return model.VIF(id=str(uuid.uuid4()), address=mac, network=model.Network(subnets=[]), vnic_type=kind,
                     type=model.VIF_TYPE_HOSTDEV if physical else model.VIF_TYPE_HW_VEB,
                     details={model.VIF_DETAILS_VLAN: "0"}, profile={"pci_slot": host}, devname=f"port-{host}")


def volume(path):
    """The connection to a volume, as Cinder describes it: here a file."""
    path.write_bytes(bytes(1 << 20))
    return {"driver_volume_type": "file", "serial": str(uuid.uuid5(uuid.NAMESPACE_URL, path.name)), "data": {"path": str(path)}}


def volume_config(_, connection, info):
    """Nova's object for a volume, as its volume drivers make it of a file."""
    disk = vconfig.LibvirtConfigGuestDisk()
    disk.source_type, disk.source_path, disk.driver_format = "file", connection["data"]["path"], "raw"
    disk.target_dev, disk.target_bus, disk.serial = info["dev"], info["bus"], connection["serial"]
    return disk


class Compute:
    """A compute host, with one instance at a time."""

    def __init__(self):
        conf.CONF([], project="nova", default_config_files=[], default_config_dirs=[])
        conf.CONF.set_override("virt_type", "qemu", group="libvirt")
        # An instance in another lab of this machine has the same VNC port.
        conf.CONF.set_override("server_listen", "127.{}.{}.{}".format(*(random.randint(1, 254) for _ in range(3))), group="vnc")
        objects.register_all()
        self.context = context.get_admin_context()
        self.driver = libvirt_driver.LibvirtDriver(virtapi.VirtAPI())
        self.driver.virtapi.wait_for_instance_event = lambda *_, **__: contextlib.nullcontext()
        self.driver._set_host_enabled = lambda *_: None
        self.driver._build_device_metadata = lambda *_: None
        self.driver._get_guest_xml = lambda *_, **__: self.definition
        self.driver._host.initialize()
        self.definition = None
        self.asked = []                 # flags of every detach that libvirt was asked for
        self.seconds = None             # how long the last refusal took

    def stop(self):
        # Ends a thread that otherwise waits for connection events for ever, and the interpreter for it.
        self.driver._host._conn_event_handler_queue.put(sys.exit)

    # -- the instance

    def instance(self, devices, ports):
        """Nova's object for it; `devices` are those of the flavor's PCI alias."""
        request = objects.InstancePCIRequest(request_id=str(uuid.uuid4()), count=len(devices), alias_name="gpu")
        return objects.Instance(
            self.context, id=1, uuid=UUID, display_name="grace", user_id="user", project_id="project", image_ref="",
            vcpus=1, memory_mb=64, root_gb=0, ephemeral_gb=0, root_device_name=None, default_ephemeral_device=None,
            default_swap_device=None, config_drive="", os_type=None, kernel_id="", ramdisk_id="", task_state=None, resources=None,
            numa_topology=None, device_metadata=None, system_metadata={}, metadata={},
            flavor=objects.Flavor(name="grace", flavorid="1", memory_mb=64, vcpus=1, root_gb=0, ephemeral_gb=0, swap=0,
                                  extra_specs={"pci_passthrough:alias": f"gpu:{len(devices)}"}),
            pci_requests=objects.InstancePCIRequests(requests=[request]),
            pci_devices=objects.PciDeviceList(objects=[
                objects.PciDevice(address=host, request_id=request.request_id, extra_info={"managed": "false"})
                for host in devices]),
            info_cache=objects.InstanceInfoCache(network_info=model.NetworkInfo(ports)))

    def metadata(self, instance):
        described = self.driver.get_instance_driver_metadata(instance, instance.get_network_info())
        return f"<metadata>{self.driver._get_guest_config_meta(described).to_xml()}</metadata>"

    def boot(self, *xml, devices=(), ports=()):
        """Defines and starts an instance as Nova does; `xml` are the devices of its domain."""
        instance = self.instance(devices, ports)
        self.driver._create_guest(self.context, domain(NAME, *xml, uuid=UUID, more=self.metadata(instance)), instance)
        return instance

    # -- Nova's calls on it

    def detach(self, instance, vif):
        """`_detach_with_retry`, as `detach_interface` calls it."""
        guest = self.driver._host.get_guest(instance)
        wanted = self.driver.vif_driver.get_config(instance, vif, instance.image_meta, instance.flavor, "qemu")
        self.driver._detach_with_retry(guest, instance.uuid, functools.partial(guest.get_interface_by_cfg, wanted),
                                       device_name=vif["devname"])

    def detach_interface(self, instance, vif):
        self.driver.detach_interface(self.context, instance, vif)

    def suspend(self, instance):
        self.driver.suspend(self.context, instance)

    def hard_reboot(self, instance):
        self.definition = self.driver._host.get_guest(instance).get_xml_desc(dump_inactive=True)
        self.driver._hard_reboot(self.context, instance, instance.get_network_info(), objects.ShareMappingList())

    def refusal(self, call, *args):
        """The libvirtError that Nova passes on, and nothing around it."""
        begin = time.monotonic()
        with pytest.raises(libvirt.libvirtError) as caught:
            call(*args)
        self.seconds = time.monotonic() - begin
        assert caught.value.__cause__ is None and caught.value.__context__ is None
        return caught.value


def configure(daemon, text):
    """Only the module reads them, and it keeps them from one test to the next: a daemon starts in a second, and Nova connects again."""
    from e2e.conftest import LAB_SETTINGS, SETTINGS                 # pytest reads it after this file
    if SETTINGS.read_text() != text + LAB_SETTINGS:
        SETTINGS.write_text(text + LAB_SETTINGS)
        if not daemon.stock:
            daemon.restart()


@pytest.fixture
def daemon(daemon, request):
    if "settings" not in request.fixturenames:
        configure(daemon, "")
    return daemon


@pytest.fixture
def settings(daemon):
    return functools.partial(configure, daemon)


@pytest.fixture(scope="session")
def _host():
    """One for the whole run: there can be only one thread for libvirt's events."""
    host = Compute()
    yield host
    host.stop()


@pytest.fixture
def compute(daemon, _host, monkeypatch):
    real = libvirt.virDomain.detachDeviceFlags

    def detach(dom, xml, flags=0):
        _host.asked.append(flags)
        return real(dom, xml, flags)

    monkeypatch.setattr(libvirt.virDomain, "detachDeviceFlags", detach)
    _host.asked.clear()
    return _host


@pytest.fixture
def nova(compute, tmp_path, monkeypatch):
    monkeypatch.setattr(compute.driver, "_get_guest_xml", None)     # put back afterwards, also if a test sets another
    monkeypatch.setattr(objects.Instance, "save", lambda *_, **__: None)        # there is no database
    monkeypatch.setattr(compute.driver, "_connect_volume", lambda *_, **__: None)
    monkeypatch.setattr(compute.driver, "_disconnect_volume", lambda *_, **__: None)
    monkeypatch.setattr(compute.driver, "_get_volume_config", volume_config)
    from novaverbs import Nova                                      # its names are this file's
    yield Nova(compute, tmp_path)
    conf.CONF.clear_override("instances_path")
