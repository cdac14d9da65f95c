/*
 * anchor_ports.c: find the ports that a guest must not be able to power off
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * If a guest powers off the slot of a PCIe port, QEMU unplugs the device in it
 * (pcie_cap_slot_write_config(), hw/pci/pcie.c) without a check of the unplug
 * blocker. A port with hotplug=off has no slot to power off. The anchor may be
 * below several ports, and the guest can use any of them.
 */

#include "policy/anchor_ports.h"

#include "qemu/anchor.h"


/* The models for which libvirt has <target hotplug=.../> (virDomainControllerDefValidate(), libvirt 6.3). */
static bool
cmdqvAnchorPortsIsPort(const cmdqvBus *bus)
{
    return bus->model == CMDQV_BUS_ROOT_PORT || bus->model == CMDQV_BUS_SWITCH_DOWNSTREAM;
}


static void
cmdqvAnchorPortsAbove(const cmdqvTopology *definition, const cmdqvEndpoint *endpoint, GArray *indexes)
{
    int at = endpoint->bus;
    guint steps;

    for (steps = 0; steps <= definition->buses->len; steps++) {
        const cmdqvBus *bus = cmdqvTopologyGetBus(definition, at);

        if (!bus)
            return;
        if (cmdqvAnchorPortsIsPort(bus) && bus->hotplug != CMDQV_SWITCH_OFF && bus->index != CMDQV_NONE)
            g_array_append_val(indexes, bus->index);
        at = bus->parent;
    }
}


static void
cmdqvAnchorPortsAboveAll(const cmdqvTopology *topology, const cmdqvAnchor *anchor, GArray *indexes)
{
    guint i;

    for (i = 0; i < anchor->endpoints->len; i++)
        cmdqvAnchorPortsAbove(topology, &g_array_index(topology->endpoints, cmdqvEndpoint, g_array_index(anchor->endpoints, guint, i)),
                              indexes);
}


/**
 * cmdqvAnchorPortsIndexes:
 * @definition: a definition
 * @hostHasCmdqv: true if the host certainly has CMDQV, so QEMU's auto means on
 *
 * Returns: (transfer full) (element-type int): indexes of the PCI controllers
 * through which the guest could eject the future anchor of a vSMMU
 */
GArray *
cmdqvAnchorPortsIndexes(const cmdqvTopology *definition, bool hostHasCmdqv)
{
    g_autoptr(GPtrArray) anchors = cmdqvAnchorTrackDefinition(definition, hostHasCmdqv);
    GArray *indexes = g_array_new(FALSE, FALSE, sizeof(int));
    guint i;

    for (i = 0; i < anchors->len; i++)
        cmdqvAnchorPortsAboveAll(definition, g_ptr_array_index(anchors, i), indexes);
    return indexes;
}


/**
 * cmdqvAnchorPortsNote:
 * @anchors: (element-type cmdqvAnchor): the anchors of a domain
 * @topology: the topology of their endpoints
 *
 * Sets the detail of each anchor that the guest could eject, unless it has one.
 * QEMU with an active CMDQV aborts then: "device_finalize: assertion failed:
 * (!dev->unplug_blockers)" (hw/core/qdev.c, seen with 11.1).
 */
void
cmdqvAnchorPortsNote(GPtrArray *anchors, const cmdqvTopology *topology)
{
    guint i;

    for (i = 0; i < anchors->len; i++) {
        cmdqvAnchor *anchor = g_ptr_array_index(anchors, i);
        g_autoptr(GArray) indexes = g_array_new(FALSE, FALSE, sizeof(int));

        if (anchor->detail)
            continue;
        cmdqvAnchorPortsAboveAll(topology, anchor, indexes);
        if (indexes->len > 0)
            anchor->detail = g_strdup_printf("the guest can eject it through PCI controller %d, and QEMU then aborts; set "
                                             "hotplug='off' on the <target> of that controller and start the domain again",
                                             g_array_index(indexes, int, 0));
    }
}
