"""The settings that docs/nova.rst tells to write, read by Nova's own code: nova.conf as `virt-cmdqv host --shape nova` prints it, and the flavor."""
import json
import re
import subprocess
import types
from pathlib import Path

import pytest
from nova import objects
from nova.api.validation.extra_specs import validators
from nova.compute import pci_placement_translator as placement
from nova.conf import pci as pci_options
from nova.pci import devspec, request
from nova.scheduler import filters
from nova.scheduler.filters import aggregate_instance_extra_specs, compute_capabilities_filter
from oslo_config import cfg

from conftest import conf
from domains import GPU_A, OTHER_A, THIRD, VF_A
from e2e.conftest import only

# The tool only reads, and does so without the module too: once is enough.
pytestmark = only("stock")

PF = "0009:03:00.0"
PAGE = Path("/src/docs/nova.rst").read_text()


@pytest.fixture
def options(tmp_path, monkeypatch):
    """Nova's options, as it reads them from a file with the output of the tool."""
    file = tmp_path / "nova.conf"
    file.write_text(subprocess.run(["virt-cmdqv", "host", "--shape", "nova"], check=True, capture_output=True, text=True).stdout)
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


def specs(options):
    return [devspec.PciDeviceSpec(json.loads(one)) for one in options.pci.device_spec]


def device(address):
    return {"address": address, "vendor_id": "10de", "product_id": "2342", "parent_addr": PF if address.startswith("0009:03") else None}


@pytest.mark.parametrize("address, offered", [(GPU_A, True), (VF_A, True), (OTHER_A, True), (PF, False), (THIRD, False)])
def test_device_spec(options, address, offered):
    """Nova offers the devices behind an SMMU with CMDQV, and a physical function only by its virtual ones."""
    assert sum(spec.match(device(address)) for spec in specs(options)) == (1 if offered else 0)


def test_placement(options):
    """Resource class and traits of the devices are those that the alias of a flavor asks for."""
    (name,) = request.get_alias_from_config()
    assert name == "cmdqv-10de-2342"
    (wanted,) = request.get_pci_requests_from_flavor({"extra_specs": {"pci_passthrough:alias": f"{name}:2"}}).requests
    assert wanted.count == 2
    (spec,) = wanted.spec
    tags = next(one for one in specs(options) if one.match(device(GPU_A))).get_tags()
    found = types.SimpleNamespace(vendor_id="10de", product_id="2342")
    assert placement._get_rc_for_dev(found, tags) == placement.get_resource_class(spec["resource_class"], None, None) == \
        placement.get_resource_class(None, "10de", "2342")
    assert placement.get_traits(spec["traits"]) <= placement._get_traits_for_dev(tags)


def test_flavor(options):
    """Nova's API takes each property that the page gives a flavor, and its filters do not take ours for one of theirs."""
    properties = dict(re.findall(r"--property (\S+?)=(\S+)", PAGE.partition("openstack flavor set")[2].partition("\n\n")[0]))
    assert properties["cmdqv:mode"] == "on" and "pci_passthrough:alias" in properties
    for name, value in properties.items():
        validators.validate(name, value)
    (name,) = request.get_alias_from_config()
    assert properties["pci_passthrough:alias"].partition(":")[0] == name
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
