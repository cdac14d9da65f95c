"""Nova's own domain XML for PCI passthrough, laid out on its way into libvirt.

Every definition here is made by Nova's `_get_guest_xml`, anew for each boot and
each hard reboot, of a flavor with a PCI alias.  One thing is added to it: the
<emulator>, which is the lab's.  Nova is asked to emulate aarch64, as the lab's
host is x86.
"""
import json
import re

import libvirt
import pytest
from nova import exception
from nova.compute.utils import exception_to_dict
from nova.network import model
from nova.scheduler.utils import populate_retry
from nova.virt.libvirt import config as vconfig

import words
from conftest import LIVE, NAME, UUID, conf, port
from domains import GPU_A, GPU_B, OTHER_A, THIRD, VF_A, VF_B
from e2e.conftest import argv, run
from novaverbs import NAMES, ON, guest_addresses, machine, passed_through

REFUSED = "unsupported configuration: no layout for cmdqv:mode: "


def test_laid_out(nova, daemon, settings):
    """Nova boots an instance with three devices behind two SMMUs of the host."""
    settings(ON)
    nova.boot(GPU_A, OTHER_A, GPU_B)
    behind, elsewhere = machine()
    if daemon.stock:
        assert behind == [] and elsewhere.count("vfio-pci") == 3
    else:
        assert behind == [["vfio-pci", "vfio-pci"], ["vfio-pci"]] and "vfio-pci" not in elsewhere and elsewhere
        assert passed_through(daemon.get(NAME)) == (3, 3)
        assert len(re.findall(r"hotplug='off'", daemon.get(NAME).XMLDesc(2))) == 2


@pytest.mark.parametrize("asked", [False, True], ids=["default", "cmdqv:ports"])
def test_a_port_too(nova, daemon, settings, asked):
    """A virtual function that Nova writes as an <interface>: it is laid out only if the flavor asks for ports."""
    settings(ON)
    nova.specs = {"cmdqv:ports": "on"} if asked else {}
    nova.boot(GPU_A, ports=[port(VF_A)])
    behind, elsewhere = machine()
    assert sum(len(devices) for devices in behind) + elsewhere.count("vfio-pci") == 2
    # libvirt gives QEMU the port first, which so would anchor the GPU's vSMMU
    assert behind == ([] if daemon.stock else [["vfio-pci"], ["vfio-pci"]] if asked else [["vfio-pci"]])


def test_port_is_detached(nova, daemon, settings):
    """A tenant detaches a port from a running instance with CMDQV: its GPU is the anchor, and stays."""
    settings(ON)
    vif = port(VF_A)
    instance = nova.boot(GPU_A, ports=[vif])
    behind = machine()[0]
    nova.compute.detach(instance, vif)
    assert passed_through(daemon.get(NAME)) == (1, 1)
    nova.compute.driver._host.get_guest(instance)
    assert machine()[0] == behind == ([] if daemon.stock else [["vfio-pci"]])


@pytest.mark.parametrize("devices, kind, anchors", [
    ([VF_A, GPU_A], None, [GPU_A]),
    ([GPU_A], model.VNIC_TYPE_DIRECT, [GPU_A, VF_B]),
    ([VF_A, GPU_A], model.VNIC_TYPE_DIRECT, [GPU_A, VF_B]),
    ([GPU_A], model.VNIC_TYPE_DIRECT_PHYSICAL, [GPU_A]),
    ([VF_A], model.VNIC_TYPE_DIRECT_PHYSICAL, [VF_A]),
], ids=["function first", "port", "function and port", "physical port", "physical port, and no GPU"])
def test_flavor_anchors(nova, daemon, settings, devices, kind, anchors):
    """All devices are behind one SMMU of the host, and the flavor asks for ports too: a GPU anchors before a function of the flavor,
    and that before a port; a port that libvirt gives QEMU first has a vSMMU of its own."""
    settings(ON)
    nova.specs = {"cmdqv:ports": "on"}
    nova.boot(*devices, ports=[port(VF_B, kind=kind)] if kind else [])
    rows = [row["host"] for row in json.loads(run("virt-cmdqv", "anchors", "--json").out)]
    assert rows == ([] if daemon.stock else anchors)


@pytest.mark.parametrize("devices, kind", [
    ([VF_A, GPU_A], model.VNIC_TYPE_DIRECT),
    ([VF_A], model.VNIC_TYPE_DIRECT_PHYSICAL),
], ids=["function and GPU", "function and a physical port"])
def test_port_for_a_while(nova, daemon, settings, devices, kind):
    """A port behind the SMMU of the flavor's devices is attached, there at two hard reboots, and detached: the flavor's devices keep
    their addresses. On stock libvirt a port takes the address of the first one, until it is detached."""
    settings(ON)
    nova.specs = {"cmdqv:ports": "on"}
    instance = nova.boot(*devices)
    vif, seen = port(VF_B, kind=kind), [guest_addresses(daemon)]
    nova.attach(instance, vif)
    instance.info_cache.network_info = model.NetworkInfo([vif])
    seen.append(guest_addresses(daemon))
    for _ in range(2):
        nova.hard_reboot(instance)
        seen.append(guest_addresses(daemon))
    nova.compute.driver.power_off(instance)
    nova.detach(instance, vif)
    instance.info_cache.network_info = model.NetworkInfo([])
    nova.hard_reboot(instance)
    boot, attached, rebooted, again, detached = *seen, guest_addresses(daemon)
    assert rebooted.keys() == {*devices, VF_B} and rebooted == again
    assert boot.items() <= attached.items() and boot == detached
    assert (boot.items() <= rebooted.items()) != daemon.stock


def test_detach_refused(nova, daemon, settings):
    """Nova detaches the anchor of an instance that the module laid out."""
    settings(ON)
    vif = port(GPU_A, kind=model.VNIC_TYPE_DIRECT_PHYSICAL)
    instance = nova.boot(GPU_A, GPU_B)
    if daemon.stock:
        nova.compute.detach(instance, vif)
        assert passed_through(daemon.get(NAME)) == (1, 1)
    else:
        with daemon.nothing_changes():
            error = nova.compute.refusal(nova.compute.detach, instance, vif)
        assert f"cannot detach device 'hostdev0' (host {GPU_A}) from the definition of domain '{NAME}'" in error.get_error_message()
        assert error.get_error_code() == libvirt.VIR_ERR_OPERATION_UNSUPPORTED
        with daemon.nothing_changes():
            error = nova.compute.refusal(nova.compute.driver._detach_pci_devices, nova.compute.driver._host.get_guest(instance),
                                         instance.get_pci_devices())
        assert nova.compute.asked[-1] == LIVE and error.get_error_code() == libvirt.VIR_ERR_OPERATION_UNSUPPORTED


def test_hard_reboot(nova, daemon, settings):
    """Nova defines the domain from scratch each time: the machine is the same, and is guarded as before."""
    settings(ON)
    instance = nova.boot(GPU_A, OTHER_A)
    before, definition = argv(NAME), daemon.get(NAME).XMLDesc(2)
    for _ in range(2):
        nova.hard_reboot(instance)
        assert argv(NAME) == before
    same = re.sub(r"<nova:creationTime>.*?</nova:creationTime>", "", daemon.get(NAME).XMLDesc(2))
    assert same == re.sub(r"<nova:creationTime>.*?</nova:creationTime>", "", definition)
    if not daemon.stock:
        assert machine()[0] == [["vfio-pci"], ["vfio-pci"]]
        vif = port(GPU_A, kind=model.VNIC_TYPE_DIRECT_PHYSICAL)
        with daemon.nothing_changes():
            nova.compute.refusal(nova.compute.detach, instance, vif)


def volume(path):
    """Nova's object for a volume, as `attach_volume` makes it of a file."""
    path.write_bytes(bytes(1 << 20))
    disk = vconfig.LibvirtConfigGuestDisk()
    disk.source_type, disk.source_path, disk.driver_format = "file", str(path), "raw"
    disk.target_dev, disk.target_bus = "vdb", "virtio"
    return disk


@pytest.mark.parametrize("ports", [0, 8, 28])
def test_volume(nova, daemon, settings, tmp_path, monkeypatch, ports):
    """A volume is attached to a running instance and detached, at Nova's default of num_pcie_ports and at others."""
    settings(ON)
    # Nova writes the ports on a host that is arm64 itself.
    monkeypatch.setattr(nova.compute.driver, "_guest_needs_pcie", lambda *_: ports > 0)
    conf.CONF.set_override("num_pcie_ports", ports, group="libvirt")
    try:
        instance = nova.boot(GPU_A, GPU_B)
    finally:
        conf.CONF.clear_override("num_pcie_ports", group="libvirt")
    assert str(argv(NAME)).count("pcie-root-port") >= ports
    guest, disk = nova.compute.driver._host.get_guest(instance), volume(tmp_path / "volume")
    before, addresses = machine()[0], guest_addresses(daemon)
    guest.attach_device(disk, persistent=True, live=True)
    assert "vdb" in daemon.get(NAME).XMLDesc() and "vdb" in daemon.get(NAME).XMLDesc(2)
    guest.detach_device(disk, persistent=True, live=True)
    assert machine()[0] == before and guest_addresses(daemon) == addresses
    assert before == ([] if daemon.stock else [["vfio-pci", "vfio-pci"]])


def assert_names_instance(entry):
    """A warning has the fields by which an operator finds the instance."""
    assert entry["MESSAGE"].endswith(f" [nova-layout]{NAMES}")
    fields = ("CMDQV_DOMAIN", "CMDQV_UUID", "CMDQV_RULE", "CMDQV_INSTANCE", "CMDQV_FLAVOR")
    assert [entry[field] for field in fields] == [NAME, UUID, "nova-layout", "grace", "grace"]


@pytest.mark.parametrize("configured, mode", [("", "on"), ("[policy]\nnova_layout = off\n", "on"), (ON, None), (ON, "off")],
                         ids=["default", "off", "flavor without", "flavor off"])
def test_not_laid_out(nova, daemon, settings, configured, mode):
    """Off unless both the configuration and the flavor say so; the log tells an operator that forgot one."""
    settings(configured)
    nova.boot(GPU_A, mode=mode)
    assert machine()[0] == []
    if not daemon.stock:
        said = [entry for entry in daemon.journal() if "nova_layout" in entry.get("MESSAGE", "")]
        assert bool(said) == (mode == "on" and configured != ON)
        for entry in said:
            assert_names_instance(entry)


def test_others_stay(nova, daemon, settings):
    """A device behind an SMMU without CMDQV, beside one that is behind another."""
    settings(ON)
    nova.boot(THIRD, GPU_A)
    if not daemon.stock:
        behind, elsewhere = machine()
        assert behind == [["vfio-pci"]] and elsewhere.count("vfio-pci") == 1


@pytest.mark.parametrize("devices, mode, why", [
    ([THIRD], "on", "the domain has no PCI hostdev that is behind a host SMMU with CMDQV"),
    ([], "on", "the domain has no PCI hostdev that is behind a host SMMU with CMDQV"),
    ([GPU_A, "0007:01:00.0"], "on", "device '0007:01:00.0': this host has no such PCI device behind an SMMUv3"),
    ([GPU_A], "maybe", "the flavor's extra spec cmdqv:mode is 'maybe', and not 'on' or 'off'"),
], ids=["no CMDQV", "no device", "unknown device", "unknown mode"])
def test_refused(nova, daemon, settings, devices, mode, why):
    """The flavor asked for it: it is never left out silently, and the definition is accepted once the extra spec is removed, as the refusal says."""
    settings(ON)
    instance = nova.instance(devices, mode=mode)
    xml = nova.xml(instance)
    if daemon.stock:
        daemon.define(xml)
    else:
        error = nova.compute.refusal(nova.compute.driver._create_guest, nova.compute.context, xml, instance)
        message = error.get_error_message()
        assert words.matches(f"{REFUSED}{why}...; correct that, or remove the extra spec from the flavor [nova-layout]{NAMES}", message)
        # Nova shows a tenant so much of it
        with pytest.raises(exception.MaxRetriesExceeded) as caught:
            populate_retry({"retry": {"num_attempts": conf.CONF.scheduler.max_attempts, "exc_reason": message}}, UUID)
        shown = exception_to_dict(caught.value)["message"]
        assert len(shown) == 255 and why[:60] in shown
        (entry,) = daemon.refusals()
        assert (entry["CMDQV_DOMAIN"], entry["CMDQV_UUID"], entry["CMDQV_RULE"]) == (NAME, UUID, "nova-layout")
        assert (entry["CMDQV_INSTANCE"], entry["CMDQV_FLAVOR"]) == ("grace", "grace")
        assert error.get_error_code() == libvirt.VIR_ERR_CONFIG_UNSUPPORTED
        assert not any(w in error.get_error_message() for w in words.TAKEN_FOR_SUCCESS)
        assert daemon.names() == []
        del instance.flavor.extra_specs["cmdqv:mode"]
        daemon.define(nova.xml(instance))


@pytest.mark.parametrize("devices", [[GPU_A], [THIRD]], ids=["possible", "impossible"])
def test_defined_while_it_runs(nova, daemon, settings, devices):
    """A live snapshot of an instance that ran before nova_layout was switched on: Nova undefines it and defines it again."""
    settings("")
    instance = nova.boot(*devices)
    settings(ON)
    guest = nova.compute.driver._host.get_guest(instance)
    before, running = daemon.get(NAME).XMLDesc(2), argv(NAME)
    xml = guest.get_xml_desc(dump_inactive=True, dump_sensitive=True)
    guest.delete_configuration()
    nova.compute.driver._host.write_instance_config(xml)
    dom = daemon.get(NAME)
    assert dom.isPersistent() and dom.XMLDesc(2) == before and argv(NAME) == running
    if daemon.stock or devices == [THIRD]:
        assert machine()[0] == []
    else:
        nova.hard_reboot(instance)
        assert machine()[0] == [["vfio-pci"]]


@pytest.mark.parametrize("specs", [True, False], ids=["Nova writes extra specs", "Nova writes none"])
def test_metadata_without_extra_specs(nova, daemon, settings, specs):
    """An older Nova cannot ask for a layout: the operator is told once, by each daemon."""
    settings(ON)
    daemon.restart()
    xml = nova.xml(nova.instance([GPU_A], mode=None))
    for name in ("g1", "g2"):
        text = re.sub(r"<name>.*?</name>|<uuid>.*?</uuid>", "", xml).replace("<metadata>", f"<name>{name}</name><metadata>", 1)
        daemon.define(text if specs else re.sub(r"<nova:extraSpecs>.*?</nova:extraSpecs>|<nova:extraSpecs/>", "", text, flags=re.S))
    said = [entry for entry in daemon.journal() if "extra specs" in entry.get("MESSAGE", "")]
    assert len(said) == (0 if daemon.stock or specs else 1)
