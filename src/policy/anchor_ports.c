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


/* Adds the open ports from bus @at up to the root. */
static void
cmdqvAnchorPortsAbove(const cmdqvTopology *topology, int at, GPtrArray *open)
{
    guint steps;

    for (steps = 0; steps <= topology->buses->len; steps++) {
        const cmdqvBus *bus = cmdqvTopologyGetBus(topology, at);

        if (!bus)
            return;
        if (cmdqvAnchorPortsIsPort(bus) && bus->hotplug != CMDQV_SWITCH_OFF)
            g_ptr_array_add(open, (gpointer)bus);
        at = bus->parent;
    }
}


/* The bus of an endpoint in the process: only that shows an override of a port, and a port of the domain's own. */
static int
cmdqvAnchorPortsFind(const cmdqvTopology *topology, const cmdqvTopology *process, const cmdqvEndpoint *endpoint)
{
    const cmdqvEndpoint *cold = cmdqvTopologyGetEndpoint(process, cmdqvTopologyFindEndpointId(process, endpoint->id));
    const cmdqvBus *bus = cmdqvTopologyGetBus(topology, endpoint->bus);

    if (cold)
        return cold->bus;
    return bus && bus->name ? cmdqvTopologyFindBusName(process, bus->name) : CMDQV_NONE;
}


/*
 * Returns: (element-type cmdqvBus): the open ports above an anchor, or above
 * each device that may be it; those of @process, unless it is NULL or has no
 * such port.
 */
static GPtrArray *
cmdqvAnchorPortsAboveAll(const cmdqvTopology *topology, const cmdqvTopology *process, const cmdqvAnchor *anchor)
{
    GPtrArray *open = g_ptr_array_new();
    guint i;

    for (i = 0; i < anchor->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, g_array_index(anchor->endpoints, guint, i));
        int at = process ? cmdqvAnchorPortsFind(topology, process, endpoint) : CMDQV_NONE;

        if (at != CMDQV_NONE)
            cmdqvAnchorPortsAbove(process, at, open);
        else
            cmdqvAnchorPortsAbove(topology, endpoint->bus, open);
    }
    return open;
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

    for (i = 0; i < anchors->len; i++) {
        g_autoptr(GPtrArray) open = cmdqvAnchorPortsAboveAll(definition, NULL, g_ptr_array_index(anchors, i));
        guint j;

        for (j = 0; j < open->len; j++) {
            const cmdqvBus *port = g_ptr_array_index(open, j);

            if (port->index != CMDQV_NONE)
                g_array_append_val(indexes, port->index);
        }
    }
    return indexes;
}


/* Whether the XML, too, has the port open; its index is the one to name. */
static const cmdqvBus *
cmdqvAnchorPortsInXML(const cmdqvTopology *topology, const cmdqvBus *port)
{
    const cmdqvBus *own = port->name ? cmdqvTopologyGetBus(topology, cmdqvTopologyFindBusName(topology, port->name)) : port;

    return own && own->index != CMDQV_NONE && own->hotplug != CMDQV_SWITCH_OFF && !own->overridden ? own : NULL;
}


/**
 * cmdqvAnchorPortsNote:
 * @anchors: (element-type cmdqvAnchor): the anchors of a domain
 * @topology: the topology of their endpoints
 * @process: (nullable): the argv of its QEMU
 *
 * Sets the detail of each anchor that the guest could eject, unless it has one.
 * QEMU with an active CMDQV aborts then: "device_finalize: assertion failed:
 * (!dev->unplug_blockers)" (hw/core/qdev.c, seen with 11.1).
 */
void
cmdqvAnchorPortsNote(GPtrArray *anchors, const cmdqvTopology *topology, const cmdqvTopology *process)
{
    guint i;

    for (i = 0; i < anchors->len; i++) {
        cmdqvAnchor *anchor = g_ptr_array_index(anchors, i);
        g_autoptr(GPtrArray) open = cmdqvAnchorPortsAboveAll(topology, process, anchor);
        const cmdqvBus *port = open->len > 0 ? g_ptr_array_index(open, 0) : NULL;
        const cmdqvBus *own = port ? cmdqvAnchorPortsInXML(topology, port) : NULL;

        if (anchor->detail || !port)
            continue;
        if (own)
            anchor->detail = g_strdup_printf("the guest can eject it through PCI controller %d, and QEMU then aborts; set "
                                             "hotplug='off' on the <target> of that controller and start the domain again",
                                             own->index);
        else
            anchor->detail = g_strdup_printf("the guest can eject it through port '%s', which <qemu:commandline> or <qemu:override> "
                                             "opens, and QEMU then aborts; set hotplug=off there and start the domain again",
                                             port->name ? port->name : "");
    }
}
