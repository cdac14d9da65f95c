/*
 * conf/topology_resolve.c: what is behind what
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/topology.h"


/* One lookup table for a pass over everything; an index is kept off by one, NULL being "not there". */
typedef struct {
    GHashTable *byName;
    GHashTable *byIndex;
} cmdqvBusTable;


static int
cmdqvBusTableFind(const cmdqvBusTable *table, const char *name, int idx)
{
    gpointer found = NULL;

    if (name)
        found = g_hash_table_lookup(table->byName, name);
    else if (idx >= 0)
        found = g_hash_table_lookup(table->byIndex, GINT_TO_POINTER(idx));
    return GPOINTER_TO_INT(found) - 1;
}


static bool
cmdqvBusModelIsRoot(cmdqvBusModel model)
{
    return model == CMDQV_BUS_PCIE_ROOT || model == CMDQV_BUS_PCIE_EXPANDER;
}


/* On the way, and where the way leads nowhere; never seen outside of cmdqvTopologyResolve(). */
#define CMDQV_ROOT_UNREACHED (-2)

/*
 * "Behind" means the same PCIe root.  A pxb-pcie is a root of its own though it
 * sits in a slot of pcie.0 (hw/pci-bridge/pci_expander_bridge.c of QEMU).
 * A bus is marked when it is stepped on, so that a loop in the text ends the
 * walk, and what one walk learns is stored on all of it: together they are
 * linear.
 */
static void
cmdqvTopologyResolveRoot(cmdqvTopology *topology, const cmdqvBusTable *table, GArray *way, guint start)
{
    int at = (int)start;
    int root = CMDQV_ROOT_UNREACHED;
    guint i;

    g_array_set_size(way, 0);
    while (at != CMDQV_NONE) {
        cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, at);

        if (bus->root != CMDQV_NONE) {
            root = bus->root;
            break;
        }
        bus->root = CMDQV_ROOT_UNREACHED;
        g_array_append_val(way, at);
        if (cmdqvBusModelIsRoot(bus->model)) {
            root = at;
            break;
        }
        at = cmdqvBusTableFind(table, bus->parentName, bus->parentIndex);
    }

    for (i = 0; i < way->len; i++)
        g_array_index(topology->buses, cmdqvBus, g_array_index(way, int, i)).root = root;
}


/**
 * cmdqvTopologyResolve:
 * @topology: a topology whose elements have all been added
 *
 * Fills in what is marked "resolved" in the structures: which bus things are
 * on, which root is above a bus, which SMMU is at a root.  Linear in the
 * number of elements, whatever the text says.
 */
void
cmdqvTopologyResolve(cmdqvTopology *topology)
{
    g_autoptr(GHashTable) byName = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) byIndex = g_hash_table_new(NULL, NULL);
    g_autoptr(GArray) way = g_array_new(FALSE, FALSE, sizeof(int));
    const cmdqvBusTable table = { byName, byIndex };
    guint i;

    topology->unplaced = false;

    for (i = 0; i < topology->buses->len; i++) {
        cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        bus->root = bus->smmu = CMDQV_NONE;
        if (bus->name && !g_hash_table_contains(byName, bus->name))
            (void)g_hash_table_insert(byName, bus->name, GINT_TO_POINTER((int)i + 1));
        if (bus->index >= 0 && !g_hash_table_contains(byIndex, GINT_TO_POINTER(bus->index)))
            (void)g_hash_table_insert(byIndex, GINT_TO_POINTER(bus->index), GINT_TO_POINTER((int)i + 1));
    }

    for (i = 0; i < topology->buses->len; i++) {
        cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        bus->parent = cmdqvBusTableFind(&table, bus->parentName, bus->parentIndex);
        cmdqvTopologyResolveRoot(topology, &table, way, i);
    }
    for (i = 0; i < topology->buses->len; i++) {
        cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        bus->root = bus->root == CMDQV_ROOT_UNREACHED ? CMDQV_NONE : bus->root;
    }

    for (i = 0; i < topology->smmus->len; i++) {
        cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);

        smmu->bus = cmdqvBusTableFind(&table, smmu->busName, smmu->busIndex);
        if (smmu->bus != CMDQV_NONE) {
            cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, smmu->bus);

            if (bus->root == smmu->bus && bus->smmu == CMDQV_NONE)
                bus->smmu = (int)i;
        }
    }

    for (i = 0; i < topology->endpoints->len; i++) {
        cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        endpoint->bus = cmdqvBusTableFind(&table, endpoint->busName,
                                          endpoint->hasGuest ? (int)endpoint->guest.bus : CMDQV_NONE);
        if (!cmdqvTopologyIsPlaced(topology, i))
            topology->unplaced = true;
    }
}
