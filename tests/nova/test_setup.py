"""The settings that docs/nova.rst tells to write, read by Nova's own code: nova.conf as `virt-cmdqv host --shape nova` prints it, and the flavor."""
import inspect
import json
import re
import subprocess
import types
from pathlib import Path
from unittest.mock import MagicMock

import libvirt
import pytest
from nova import context, exception, objects
from nova.api.openstack import wsgi_app
from nova.api.validation.extra_specs import validators
from nova.compute import manager
from nova.compute import pci_placement_translator as placement
from nova.compute import utils as compute_utils
from nova.conductor import manager as conductor_manager
from nova.conf import pci as pci_options
from nova.pci import devspec, request, stats, whitelist
from nova.scheduler import filters
from nova.scheduler.filters import aggregate_instance_extra_specs, compute_capabilities_filter
from openstackclient.compute.v2 import flavor as compute_flavor
from openstackclient.compute.v2 import server as compute_server
from openstackclient.image.v2 import image as image_client
from oslo_config import cfg

from conftest import UUID, conf
from domains import GPU_A, OTHER_A, THIRD, VF_A
from e2e.conftest import only

# The tool only reads, and does so without the module too: once is enough.
pytestmark = only("stock")

PF = "0009:03:00.0"
ALIAS, ALIAS_OF_PF = "cmdqv-10de-2342", "cmdqv-10de-2342-pf"
PAGE = Path("/src/docs/nova.rst").read_text()


@pytest.fixture
def options(tmp_path, monkeypatch):
    """Nova's options, as it reads them from a file with the output of the tool."""
    file = tmp_path / "nova.conf"
    file.write_text(subprocess.run(["virt-cmdqv", "host", "--shape", "nova"], check=True, capture_output=True, text=True).stdout)
    request.get_alias_from_config.cache_clear()
    objects.register_all()
    read = cfg.ConfigOpts()
    pci_options.register_opts(read)
    read.register_opt(cfg.BoolOpt("pci_in_placement", default=False), group="filter_scheduler")
    read(["--config-file", str(file)])
    for name in ("device_spec", "alias", "report_in_placement"):
        conf.CONF.set_override(name, getattr(read.pci, name), group="pci")
    conf.CONF.set_override("pci_in_placement", read.filter_scheduler.pci_in_placement, group="filter_scheduler")
    yield read
    for name in ("device_spec", "alias", "report_in_placement"):
        conf.CONF.clear_override(name, group="pci")
    conf.CONF.clear_override("pci_in_placement", group="filter_scheduler")


@pytest.fixture
def physical():
    """A GPU that could have virtual functions, as those of Grace hosts."""
    file = Path(f"/sys/bus/pci/devices/{GPU_A}/sriov_totalvfs")
    file.write_text("16\n")
    yield
    file.unlink()


def specs(options):
    return [devspec.PciDeviceSpec(json.loads(one)) for one in options.pci.device_spec]


def device(address):
    return {"address": address, "vendor_id": "10de", "product_id": "2342", "parent_addr": PF if address.startswith("0009:03") else None}


@pytest.mark.parametrize("address, offered", [(GPU_A, True), (VF_A, True), (OTHER_A, True), (PF, False), (THIRD, False)])
def test_device_spec(options, address, offered):
    """Nova offers the devices behind an SMMU with CMDQV, and a physical function only by its virtual ones."""
    assert sum(spec.match(device(address)) for spec in specs(options)) == (1 if offered else 0)


def requested(alias, count=1):
    return request.get_pci_requests_from_flavor({"extra_specs": {"pci_passthrough:alias": f"{alias}:{count}"}}).requests


def test_placement(options):
    """Resource class and traits of the devices are those that the alias of a flavor asks for."""
    assert list(request.get_alias_from_config()) == [ALIAS]
    (wanted,) = requested(ALIAS, 2)
    assert wanted.count == 2
    (spec,) = wanted.spec
    tags = next(one for one in specs(options) if one.match(device(GPU_A))).get_tags()
    found = types.SimpleNamespace(vendor_id="10de", product_id="2342")
    assert placement._get_rc_for_dev(found, tags) == placement.get_resource_class(spec["resource_class"], None, None) == \
        placement.get_resource_class(None, "10de", "2342")
    assert placement.get_traits(spec["traits"]) <= placement._get_traits_for_dev(tags)


@pytest.mark.parametrize("kind, alias", [("type-PCI", ALIAS), ("type-VF", ALIAS), ("type-PF", ALIAS_OF_PF)])
def test_kinds_of_devices(physical, options, kind, alias):
    """Nova gives a device only to the alias for its kind, which its tracker on the compute host knows from libvirt."""
    assert set(request.get_alias_from_config()) == {ALIAS, ALIAS_OF_PF}
    tracked = stats.PciDeviceStats(objects.NUMATopology(cells=[]), dev_filter=whitelist.Whitelist(options.pci.device_spec))
    tracked.add_device(objects.PciDevice.create(None, {**device(VF_A if kind == "type-VF" else GPU_A), "compute_node_id": 1, "dev_type": kind,
                                                       "numa_node": 0, "status": "available"}))
    (pool,) = tracked.pools
    pool["rp_uuid"] = UUID                      # the provider that placement chose
    for name in (ALIAS, ALIAS_OF_PF):
        wanted = requested(name)
        assert tracked.support_requests(wanted, {f"{wanted[0].request_id}-0": [UUID]}) == (name == alias)


def test_alias_needs_placement(options):
    """Nova's services do not start with such an alias if pci_in_placement is not set."""
    conf.CONF.set_override("pci_in_placement", False, group="filter_scheduler")
    request.get_alias_from_config.cache_clear()
    with pytest.raises(exception.PciInvalidAlias):
        wsgi_app._setup_service("lab", "nova-api")
    with pytest.raises(exception.PciInvalidAlias):
        manager.ComputeManager.init_host(types.SimpleNamespace(), None)


@pytest.mark.parametrize("network, reported", [({}, True), ({"physical_network": "net1"}, False)], ids=["of a flavor", "of Neutron"])
def test_functions_of_neutron(options, network, reported):
    """Nova does not report a function with a physical network to placement."""
    view = placement.PlacementView("lab", [])
    function = objects.PciDevice.create(None, {**device(VF_A), "compute_node_id": 1, "dev_type": "type-VF", "numa_node": 0, "status": "available"})
    spec = next(json.loads(one) for one in options.pci.device_spec if VF_A in one)
    view.process_dev(function, devspec.PciDeviceSpec({**spec, **network}))
    assert bool(view.rps) == reported


def test_flavor(physical, options):
    """Nova's API takes each property that the page gives a flavor, and its filters do not take ours for one of theirs."""
    properties = dict(re.findall(r"--property (\S+?)=(\S+)", PAGE.partition("openstack flavor set")[2].partition("\n\n")[0]))
    assert properties["cmdqv:mode"] == "on" and "pci_passthrough:alias" in properties
    for name, value in properties.items():
        validators.validate(name, value)
    assert properties["pci_passthrough:alias"].partition(":")[0] in request.get_alias_from_config()
    asked = types.SimpleNamespace(flavor=objects.Flavor(extra_specs={"cmdqv:mode": "on"}))
    host = types.SimpleNamespace(aggregates=[], host="lab", nodename="lab", stats={})
    assert aggregate_instance_extra_specs.AggregateInstanceExtraSpecsFilter().host_passes(host, asked)
    assert compute_capabilities_filter.ComputeCapabilitiesFilter().host_passes(host, asked)


def test_image(options):
    """Nova knows each property that the page gives an image."""
    properties = dict(re.findall(r"--property (\S+?)=(\S+)", PAGE.partition("openstack image set")[2].partition("\n")[0]))
    image = objects.ImageMetaProps.from_dict(properties)
    assert (image.hw_machine_type, image.hw_firmware_type, image.hw_architecture) == ("virt", "uefi", "aarch64")


def test_filters():
    """The filters that the page names are Nova's, and not among its defaults."""
    named = re.findall(r"``(\w+Filter)``", PAGE)
    assert named == ["PciPassthroughFilter", "NUMATopologyFilter"]
    known = {one.__name__ for one in filters.all_filters()}
    assert set(named) <= known and not set(named) & set(conf.CONF.filter_scheduler.enabled_filters)


def test_ports(options):
    """The option that leaves room for devices that are attached to a running instance is one of Nova's."""
    (count,) = re.findall(r"^ +num_pcie_ports = (\d+)$", PAGE, re.MULTILINE)
    assert 0 < int(count) <= 28
    conf.CONF.set_override("num_pcie_ports", int(count), group="libvirt")
    conf.CONF.clear_override("num_pcie_ports", group="libvirt")


COMMANDS = {"flavor set": compute_flavor.SetFlavor, "image set": image_client.SetImage, "server set": compute_server.SetServer}


def test_commands():
    """Each command of the page is one of the client of OpenStack, with all of its options."""
    page = re.sub(r"\\\n +", "", PAGE)
    commands = re.findall(r"(?:\$ |``)openstack (\w+ set) ([^`\n]*)", page)
    assert {name for name, _ in commands} == set(COMMANDS)
    for name, arguments in commands:
        command = COMMANDS[name](types.SimpleNamespace(command_options=None), None)
        command.get_parser(name).parse_args([*arguments.split(), *(["UUID"] if name == "server set" else [])])


# -- the fault of an instance that could not be built, which its tenant sees

REASON = "unsupported configuration: no layout for cmdqv:mode: " + "why " * 90


def test_fault_of_one_attempt(monkeypatch):
    """Nova may make no other attempt, for example because an administrator has chosen the host: the fault is the module's reason."""
    faults = []
    monkeypatch.setattr(compute_utils, "add_instance_fault_from_exc",
                        lambda *args, fault_message=None: faults.append(compute_utils.exception_to_dict(args[2], fault_message)["message"]))
    host = MagicMock()
    host._build_and_run_instance.side_effect = exception.RescheduledException(instance_uuid=UUID, reason=REASON)
    inspect.unwrap(manager.ComputeManager._do_build_and_run_instance)(
        host, None, MagicMock(), None, None, {}, None, [], [], None, [])
    assert faults == [REASON[:255]]


@pytest.mark.parametrize("hosts, attempts, fault", [
    ([[]], 0, "Exceeded maximum number of retries. Exhausted all hosts available for retrying build failures"),
    ([[]], 3, f"Exceeded maximum number of retries. Exceeded max scheduling attempts 3 for instance {UUID}. Last exception: {REASON}"),
    (None, 0, "No valid host was found. "),
], ids=["no other host", "all attempts", "no host at all"])
def test_fault_of_several_attempts(hosts, attempts, fault):
    """Nova's conductor makes the next attempt."""
    conductor = MagicMock()
    conductor._schedule_instances.side_effect = exception.NoValidHost(reason="")
    retry = {"retry": {"num_attempts": attempts, "hosts": [], "exc_reason": REASON}}
    conductor_manager.ComputeTaskManager.build_instances(
        conductor, context.get_admin_context(), [objects.Instance(uuid=UUID, flavor=objects.Flavor())], None, retry, None, [], [], [],
        request_spec=MagicMock(), host_lists=hosts)
    error = conductor._cleanup_when_reschedule_fails.call_args.args[2]
    assert compute_utils.exception_to_dict(error)["message"].startswith(fault[:255])


def test_fault_of_other_calls():
    """An error of libvirt that no code of Nova expects has its name alone for a fault."""
    assert compute_utils.exception_to_dict(libvirt.libvirtError("why"))["message"] == "libvirtError"
