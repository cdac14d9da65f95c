/*
 * policy/anchor_ports.c: ports that a guest must not be able to power off
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A guest that powers off the slot of a PCIe port makes QEMU unplug what is in
 * it (pcie_cap_slot_write_config(), hw/pci/pcie.c), and that path never asks
 * the blocker that a management application meets.  A port with hotplug=off
 * has no slot to power off.  The anchor may sit below several ports, and each
 * of them would do.
 */

#include "policy/anchor_ports.h"

#include "qemu/anchor.h"


/* The models for which libvirt has <target hotplug=.../> (virDomainControllerDefValidate(), libvirt 6.3). */
static bool
cmdqvPinIsPort(const cmdqvBus *bus)
{
    return bus->model == CMDQV_BUS_ROOT_PORT || bus->model == CMDQV_BUS_SWITCH_DOWNSTREAM;
}


static void
cmdqvPinAbove(const cmdqvTopology *definition, const cmdqvEndpoint *endpoint, GArray *indexes)
{
    int at = endpoint->bus;
    guint steps;

    for (steps = 0; steps <= definition->buses->len; steps++) {
        const cmdqvBus *bus = cmdqvTopologyGetBus(definition, at);

        if (!bus)
            return;
        if (cmdqvPinIsPort(bus) && bus->hotplug != CMDQV_SWITCH_OFF && bus->index != CMDQV_NONE && bus->line != CMDQV_NONE)
            g_array_append_val(indexes, bus->index);
        at = bus->parent;
    }
}


/**
 * cmdqvPinIndexes:
 * @definition: a definition
 * @hostHasCmdqv: true where the host certainly has CMDQV, so that QEMU's auto
 *   means on
 *
 * Returns: (transfer full) (element-type int): indexes of the PCI controllers
 * through which the guest could eject what will be the anchor of a vSMMU
 */
GArray *
cmdqvPinIndexes(const cmdqvTopology *definition, bool hostHasCmdqv)
{
    g_autoptr(GPtrArray) anchors = cmdqvAnchorTrackDefinition(definition, hostHasCmdqv);
    GArray *indexes = g_array_new(FALSE, FALSE, sizeof(int));
    guint i;
    guint j;

    for (i = 0; i < anchors->len; i++) {
        const cmdqvAnchor *anchor = g_ptr_array_index(anchors, i);

        for (j = 0; j < anchor->endpoints->len; j++)
            cmdqvPinAbove(definition, &g_array_index(definition->endpoints, cmdqvEndpoint,
                                                     g_array_index(anchor->endpoints, guint, j)), indexes);
    }
    return indexes;
}
