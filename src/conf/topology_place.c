/*
 * topology_place.c: take over the addresses that libvirt assigns
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/topology.h"

#include <string.h>

#include "util/text.h"


/* The next endpoint from @at on that is a vfio-pci in QEMU; the number of endpoints if there is none. */
static guint
cmdqvTopologyNextVfio(const cmdqvTopology *topology, guint at)
{
    while (at < topology->endpoints->len) {
        cmdqvEndpointKind kind = g_array_index(topology->endpoints, cmdqvEndpoint, at).kind;

        if (kind == CMDQV_ENDPOINT_VFIO || kind == CMDQV_ENDPOINT_MDEV)
            break;
        at++;
    }
    return at;
}


/* libvirt names a controller that it adds for an address of a device by the index in that address. */
static int
cmdqvTopologyIndexOfName(const char *name)
{
    unsigned int idx;

    return name && g_str_has_prefix(name, "pci.") && cmdqvTextToUnsigned(name + strlen("pci."), 10, G_MAXINT, &idx)
        ? (int)idx : CMDQV_NONE;
}


static void
cmdqvTopologyPlaceBuses(cmdqvTopology *topology, const cmdqvTopology *placed)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    guint own = topology->buses->len;
    guint i;

    for (i = 0; i < own; i++) {
        const cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        if (bus->name)
            (void)g_hash_table_insert(known, (gpointer)bus->name, GUINT_TO_POINTER(i + 1));
    }

    for (i = 0; i < placed->buses->len; i++) {
        const cmdqvBus *from = &g_array_index(placed->buses, cmdqvBus, i);
        guint at = from->name ? GPOINTER_TO_UINT(g_hash_table_lookup(known, from->name)) : 0;
        cmdqvBus *to = at ? &g_array_index(topology->buses, cmdqvBus, at - 1) : NULL;

        if (!to) {
            to = cmdqvTopologyAddBus(topology, from->model);
            to->name = cmdqvTopologyKeep(topology, from->name);
            to->index = cmdqvTopologyIndexOfName(from->name);
        }
        if (to->parentIndex == CMDQV_NONE && !to->parentName) {
            to->parentName = cmdqvTopologyKeep(topology, from->parentName);
            to->slot = from->slot;
        }
        to->chassis = to->chassis == CMDQV_NONE ? from->chassis : to->chassis;
        to->port = to->port == CMDQV_NONE ? from->port : to->port;
        to->busNr = to->busNr == CMDQV_NONE ? from->busNr : to->busNr;
    }
}


/* The interface on a network in the same line of the XML, without an address. */
static cmdqvEndpoint *
cmdqvTopologyFindUnplacedPooled(cmdqvTopology *topology, const cmdqvEndpoint *from)
{
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (endpoint->kind == CMDQV_ENDPOINT_POOLED && endpoint->line == from->line && !endpoint->hasGuest && !endpoint->busName &&
            strcmp(endpoint->element, from->element) == 0)
            return endpoint;
    }
    return NULL;
}


static char *
cmdqvTopologyPlaceName(const char *busName, const cmdqvSlot *slot)
{
    return g_strdup_printf("%s %d.%d", busName, slot->slot, slot->function);
}


/*
 * Adds emulated devices that libvirt has put behind an SMMU. A device at the
 * address of a device in the XML is that one.
 */
static void
cmdqvTopologyPlaceEmulated(cmdqvTopology *topology, const cmdqvTopology *placed)
{
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);
        const cmdqvBus *bus = cmdqvTopologyGetBus(topology, endpoint->bus);

        if (bus && bus->name)
            (void)g_hash_table_add(taken, cmdqvTopologyPlaceName(bus->name, &endpoint->slot));
    }

    for (i = 0; i < placed->endpoints->len; i++) {
        const cmdqvEndpoint *from = &g_array_index(placed->endpoints, cmdqvEndpoint, i);
        g_autofree char *place = cmdqvTopologyPlaceName(from->busName, &from->slot);
        cmdqvEndpoint *to;

        /* take the SMMUs from the XML: a libvirt without vSMMUs leaves them out of the command line */
        if (from->kind != CMDQV_ENDPOINT_EMULATED || g_hash_table_contains(taken, place) ||
            cmdqvTopologyBusSmmu(topology, cmdqvTopologyFindBusName(topology, from->busName)) == CMDQV_NONE)
            continue;
        to = cmdqvTopologyFindUnplacedPooled(topology, from);
        if (!to) {
            to = cmdqvTopologyAddEndpoint(topology, CMDQV_ENDPOINT_EMULATED, from->element);
            to->id = cmdqvTopologyKeep(topology, from->id);
            to->line = from->line;
        }
        to->busName = cmdqvTopologyKeep(topology, from->busName);
        to->slot = from->slot;
    }
    topology->unplacedEmulated = false;
}


/**
 * cmdqvTopologyPlace:
 * @topology: a domain whose XML leaves addresses to libvirt
 * @placed: the same domain, from the command line that libvirt makes of it
 *
 * Takes over the addresses that libvirt assigns. Host devices must be the same
 * in both, in the same order; if they are not, takes over nothing and leaves
 * @topology unplaced.
 */
void
cmdqvTopologyPlace(cmdqvTopology *topology, const cmdqvTopology *placed)
{
    guint to = 0;
    guint from = 0;

    while ((to = cmdqvTopologyNextVfio(topology, to)) < topology->endpoints->len &&
           (from = cmdqvTopologyNextVfio(placed, from)) < placed->endpoints->len) {
        to++;
        from++;
    }
    if (cmdqvTopologyNextVfio(topology, to) < topology->endpoints->len ||
        cmdqvTopologyNextVfio(placed, from) < placed->endpoints->len)
        return;

    cmdqvTopologyPlaceBuses(topology, placed);
    for (to = from = 0; (to = cmdqvTopologyNextVfio(topology, to)) < topology->endpoints->len; to++, from++) {
        cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, to);

        from = cmdqvTopologyNextVfio(placed, from);
        if (!endpoint->hasGuest) {
            endpoint->busName = cmdqvTopologyKeep(topology, g_array_index(placed->endpoints, cmdqvEndpoint, from).busName);
            endpoint->slot = g_array_index(placed->endpoints, cmdqvEndpoint, from).slot;
        }
    }
    cmdqvTopologyResolve(topology);
    cmdqvTopologyPlaceEmulated(topology, placed);
    cmdqvTopologyResolve(topology);
    if (placed->machine)
        topology->machine = cmdqvTopologyKeep(topology, placed->machine);
}
