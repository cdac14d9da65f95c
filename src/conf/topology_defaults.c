/*
 * conf/topology_defaults.c: what libvirt fills in of a definition
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Only what follows from the text itself; addresses are for libvirt to give.
 * All of it was seen with 12.8.
 */

#include "conf/topology_defaults.h"

/* One more than the highest number of a PCI bus, and what a pxb takes: its own and that of the bridge within it. */
#define CMDQV_BUS_NUMBERS 256
#define CMDQV_BUS_NUMBERS_OF_EXPANDER 2


static void
cmdqvDefaultsNameBus(cmdqvBus *bus)
{
    if (bus->index == CMDQV_NONE)
        return;
    /* QEMU makes the root itself, and calls it by its own name */
    if (bus->index != 0 && cmdqvAliasIsUsers(bus->name))
        return;
    g_free(bus->name);
    bus->name = bus->index == 0 ? g_strdup(CMDQV_ROOT_BUS_NAME) : g_strdup_printf("pci.%d", bus->index);
}


/**
 * cmdqvDefaultsNameBuses:
 * @topology: a domain's definition
 *
 * Names the buses as libvirt will: an alias that is not the user's own is from
 * another time, and may be of another controller by now.
 */
void
cmdqvDefaultsNameBuses(cmdqvTopology *topology)
{
    guint i;

    for (i = 0; i < topology->buses->len; i++)
        cmdqvDefaultsNameBus(&g_array_index(topology->buses, cmdqvBus, i));
    cmdqvTopologyResolve(topology);
}


/* qemuDomainAddressFindNewBusNr(), src/qemu/qemu_domain_address.c */
static void
cmdqvDefaultsNumberExpanders(cmdqvTopology *topology)
{
    int lowest = CMDQV_BUS_NUMBERS;
    guint i;

    for (i = 0; i < topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        if (bus->busNr != CMDQV_NONE)
            lowest = MIN(lowest, bus->busNr);
    }
    for (i = 0; i < topology->buses->len; i++) {
        cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        if (bus->model == CMDQV_BUS_PCIE_EXPANDER && bus->busNr == CMDQV_NONE && lowest > CMDQV_BUS_NUMBERS_OF_EXPANDER)
            bus->busNr = lowest -= CMDQV_BUS_NUMBERS_OF_EXPANDER;
    }
}


/* qemuDomainPCIControllerSetDefaults(), as above, and what comes of the address */
static void
cmdqvDefaultsNumberBus(cmdqvBus *bus)
{
    bool isRootPort = bus->model == CMDQV_BUS_ROOT_PORT;
    bool isPort = isRootPort || bus->model == CMDQV_BUS_SWITCH_DOWNSTREAM;

    if ((isPort || bus->model == CMDQV_BUS_PCI_BRIDGE) && bus->chassis == CMDQV_NONE)
        bus->chassis = bus->index;
    if (isPort && bus->port == CMDQV_NONE && bus->slot.slot != CMDQV_NONE)
        bus->port = isRootPort ? bus->slot.slot << 3 | bus->slot.function : bus->slot.slot;
}


/* A number for each slot of each bus, the parent's index in front. */
static gpointer
cmdqvDefaultsSlotKey(int parent, const cmdqvSlot *slot)
{
    return GINT_TO_POINTER((parent + 1) << 5 | slot->slot);
}


/* @take is called for everything that has a slot on a bus that is known. */
static void
cmdqvDefaultsEachSlot(cmdqvTopology *topology, void (*take)(gpointer key, cmdqvSlot *slot, GHashTable *shared),
                      GHashTable *shared)
{
    guint i;

    for (i = 0; i < topology->buses->len; i++) {
        cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);
        int parent = bus->slot.slot == CMDQV_NONE ? CMDQV_NONE : bus->parent;

        if (parent != CMDQV_NONE)
            take(cmdqvDefaultsSlotKey(parent, &bus->slot), &bus->slot, shared);
    }
    for (i = 0; i < topology->endpoints->len; i++) {
        cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (endpoint->slot.slot != CMDQV_NONE && endpoint->bus != CMDQV_NONE)
            take(cmdqvDefaultsSlotKey(endpoint->bus, &endpoint->slot), &endpoint->slot, shared);
    }
}


static void
cmdqvDefaultsNoteShared(gpointer key, cmdqvSlot *slot, GHashTable *shared)
{
    if (slot->function != 0)
        (void)g_hash_table_add(shared, key);
}


static void
cmdqvDefaultsSetMultifunction(gpointer key, cmdqvSlot *slot, GHashTable *shared)
{
    if (slot->function == 0 && slot->multifunction == CMDQV_SWITCH_ABSENT && g_hash_table_contains(shared, key))
        slot->multifunction = CMDQV_SWITCH_ON;
}


/* virDomainPCIAddressSetAllMulti(), src/conf/domain_addr.c */
static void
cmdqvDefaultsMultifunction(cmdqvTopology *topology)
{
    g_autoptr(GHashTable) shared = g_hash_table_new(NULL, NULL);

    cmdqvDefaultsEachSlot(topology, cmdqvDefaultsNoteShared, shared);
    cmdqvDefaultsEachSlot(topology, cmdqvDefaultsSetMultifunction, shared);
}


/* qemuAssignDeviceAliases(), src/qemu/qemu_alias.c: SMMUs by their place in the text, hostdevs by the next number. */
static void
cmdqvDefaultsNameDevices(cmdqvTopology *topology)
{
    guint hostdevs = 0;
    guint i;

    for (i = 0; i < topology->smmus->len; i++) {
        cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);

        if (cmdqvAliasIsUsers(smmu->id))
            continue;
        g_free(smmu->id);
        smmu->id = g_strdup_printf("iommu%u", i);
    }
    for (i = 0; i < topology->endpoints->len; i++) {
        cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (endpoint->iommufd && !endpoint->iommufdId)
            endpoint->iommufdId = g_strdup(CMDQV_IOMMUFD_ID);
        if ((endpoint->kind != CMDQV_ENDPOINT_VFIO && endpoint->kind != CMDQV_ENDPOINT_MDEV) || cmdqvAliasIsUsers(endpoint->id))
            continue;
        g_free(endpoint->id);
        endpoint->id = g_strdup_printf("hostdev%u", endpoint->otherHostdevs + hostdevs++);
    }
}


/**
 * cmdqvDefaultsFill:
 * @topology: a domain's definition, placed or with its addresses in the XML
 *
 * What the text leaves out and libvirt gives whatever else the domain has:
 * names, numbers of buses, ports and chassis.
 * An alias that is not the user's own is given anew, as at the next start.
 */
void
cmdqvDefaultsFill(cmdqvTopology *topology)
{
    guint i;

    cmdqvDefaultsNameBuses(topology);
    cmdqvDefaultsNumberExpanders(topology);
    for (i = 0; i < topology->buses->len; i++)
        cmdqvDefaultsNumberBus(&g_array_index(topology->buses, cmdqvBus, i));
    cmdqvDefaultsMultifunction(topology);
    cmdqvDefaultsNameDevices(topology);
}
