/*
 * topology_resolve.c: find the parent, root and SMMU of each part of a topology
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/topology.h"


/* Lookup tables for one pass; they hold an index plus one, because NULL means absent. */
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


/* Marks of a bus on the walk, and of a bus without a root; only cmdqvTopologyResolve() sees them. */
#define CMDQV_TOPOLOGY_RESOLVE_ROOT_UNREACHED (-2)

/*
 * "Behind" means: of the same PCIe root. A pxb-pcie is a root of its own,
 * although it is in a slot of pcie.0 (hw/pci-bridge/pci_expander_bridge.c of
 * QEMU).  The walk marks each bus that it visits, so a loop in the text ends
 * it, and stores its result in all of them: all walks together take linear
 * time.
 */
static void
cmdqvTopologyResolveRoot(cmdqvTopology *topology, const cmdqvBusTable *table, GArray *way, guint start)
{
    int at = (int)start;
    int root = CMDQV_TOPOLOGY_RESOLVE_ROOT_UNREACHED;
    guint i;

    g_array_set_size(way, 0);
    while (at != CMDQV_NONE) {
        cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, at);

        if (bus->root != CMDQV_NONE) {
            root = bus->root;
            break;
        }
        bus->root = CMDQV_TOPOLOGY_RESOLVE_ROOT_UNREACHED;
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
 * Fills in the members marked "resolved": the bus of each device, the root
 * above each bus, the SMMU of each root. Takes linear time, whatever the text
 * has.
 */
void
cmdqvTopologyResolve(cmdqvTopology *topology)
{
    g_autoptr(GHashTable) byName = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) byIndex = g_hash_table_new(NULL, NULL);
    g_autoptr(GArray) way = g_array_new(FALSE, FALSE, sizeof(int));
    const cmdqvBusTable table = { .byName = byName, .byIndex = byIndex };
    guint i;

    topology->unplaced = false;

    for (i = 0; i < topology->buses->len; i++) {
        cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        bus->root = bus->smmu = CMDQV_NONE;
        if (bus->name && !g_hash_table_contains(byName, bus->name))
            (void)g_hash_table_insert(byName, (gpointer)bus->name, GINT_TO_POINTER((int)i + 1));
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

        bus->root = bus->root == CMDQV_TOPOLOGY_RESOLVE_ROOT_UNREACHED ? CMDQV_NONE : bus->root;
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
