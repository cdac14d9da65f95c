"""Nova migrates an instance live: it detaches ports one by one, from the definition first, and attaches them again if the migration fails.

The destination is a host that is not there, so each migration fails; all steps before and after are Nova's.
"""
import types

import libvirt
import pytest
from nova import exception, objects
from nova.conductor.tasks import live_migrate
from nova.network import model

from conftest import NAME, port
from domains import GPU_A, VF_A, VF_B
from novaverbs import KEPT, ON, guest_addresses, machine, passed_through

OTHER_MAC = "52:54:00:00:09:02"


def migrate(nova, instance):
    """The live migration as the source host does it, and the rollback; the error of each."""
    driver, info = nova.compute.driver, instance.get_network_info()
    data = objects.LibvirtLiveMigrateData(block_migration=False, serial_listen_addr="127.0.0.1", graphics_listen_addr_vnc=None,
                                          graphics_listen_addr_spice=None, serial_listen_ports=[], target_connect_addr=None, bdms=[],
                                          vifs=objects.VIFMigrateData.create_skeleton_migrate_vifs(info))
    instance.update({"vm_state": "active", "migration_context": None})
    driver._parse_migration_flags()
    errors = []
    for call in (lambda: driver._live_migration_operation(nova.compute.context, instance, "nowhere", False, data,
                                                          driver._host.get_guest(instance), []),
                 lambda: driver.rollback_live_migration_at_source(nova.compute.context, instance, data)):
        try:
            call()
            errors.append(None)
        except (libvirt.libvirtError, exception.NovaException) as error:
            errors.append(error)
    return errors


def test_devices_of_the_flavor(nova):
    """Nova's conductor refuses it before any host does something: the alias does not ask for devices that can be migrated."""
    task = types.SimpleNamespace(instance=nova.instance([GPU_A]))
    with pytest.raises(exception.MigrationPreCheckError, match="live-migratable"):
        live_migrate.LiveMigrationTask._check_can_migrate_pci(task, "here", "nowhere")


def test_anchoring_port_is_first(nova, daemon, settings):
    """The first port that Nova detaches is the anchor: nothing changes."""
    settings(ON)
    nova.specs = {"cmdqv:ports": "on"}
    instance = nova.boot(ports=[port(VF_A), port(VF_B, mac=OTHER_MAC)])
    before, seen = guest_addresses(daemon), daemon.state()
    error, rollback = migrate(nova, instance)
    assert passed_through(daemon.get(NAME)) == (2, 2) and daemon.get(NAME).isActive()
    if daemon.stock:
        assert "nowhere" in error.get_error_message() and rollback is None
    else:
        assert isinstance(rollback, exception.InterfaceAttachFailed)        # Nova attaches each port again, also those that are there
        assert error.get_error_message().endswith(KEPT) and daemon.state() == seen and guest_addresses(daemon) == before


def test_other_port_is_first(nova, daemon, settings):
    """A port that is behind no vSMMU is before the anchor: Nova detaches it and attaches it again, at the same address."""
    settings(ON)
    instance = nova.boot(ports=[port(VF_B, mac=OTHER_MAC), port(VF_A, kind=model.VNIC_TYPE_DIRECT_PHYSICAL)])
    behind = machine()[0]
    before = guest_addresses(daemon)
    error, rollback = migrate(nova, instance)
    assert passed_through(daemon.get(NAME)) == (2, 2) and machine()[0] == behind
    if daemon.stock:
        assert "nowhere" in error.get_error_message() and rollback is None
    else:
        assert error.get_error_message().endswith(KEPT)
        assert isinstance(rollback, exception.InterfaceAttachFailed)        # Nova attaches the anchor again, too, which is there
        assert guest_addresses(daemon) == before


def test_port_that_is_no_anchor(nova, daemon, settings):
    """A GPU of the flavor is the anchor, and the port is behind no vSMMU: Nova detaches the port and attaches it again."""
    settings(ON)
    instance = nova.boot(GPU_A, ports=[port(VF_A)])
    before = guest_addresses(daemon)
    error, rollback = migrate(nova, instance)
    assert rollback is None and passed_through(daemon.get(NAME)) == (2, 2) and error
    assert guest_addresses(daemon) == before
