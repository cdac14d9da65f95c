/*
 * topology_defaults.c: fill in the defaults that libvirt gives a definition
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Only values that follow from the text; libvirt assigns addresses. All of it
 * was seen with 12.8.
 */

#include "conf/topology_defaults.h"

#include "conf/bus_numbers.h"


static void
cmdqvTopologyDefaultsNameBus(cmdqvTopology *topology, cmdqvBus *bus)
{
    if (bus->index == CMDQV_NONE)
        return;
    /* QEMU creates the root itself, with a name of its own */
    if (bus->index != 0 && cmdqvAliasIsUsers(bus->name))
        return;
    bus->name = bus->index == 0 ? CMDQV_ROOT_BUS_NAME : cmdqvTopologyFormat(topology, "pci.%d", bus->index);
}


/**
 * cmdqvTopologyDefaultsNameBuses:
 * @topology: a domain's definition
 *
 * Names the buses as libvirt will at the next start: an alias that is no user
 * alias is an old one, and another controller may have it now.
 */
void
cmdqvTopologyDefaultsNameBuses(cmdqvTopology *topology)
{
    guint i;

    for (i = 0; i < topology->buses->len; i++)
        cmdqvTopologyDefaultsNameBus(topology, &g_array_index(topology->buses, cmdqvBus, i));
    cmdqvTopologyResolve(topology);
}


static void
cmdqvTopologyDefaultsNumberExpanders(cmdqvTopology *topology)
{
    g_autoptr(GArray) numbers = cmdqvBusNumbersRead(topology);
    guint i;

    for (i = 0; i < topology->buses->len; i++) {
        const cmdqvBusNumbers *own = &g_array_index(numbers, cmdqvBusNumbers, i);

        if (own->chosen)
            g_array_index(topology->buses, cmdqvBus, i).busNr = own->first;
    }
}


/* qemuDomainPCIControllerSetDefaults(), src/qemu/qemu_domain_address.c, and defaults that follow from the address */
static void
cmdqvTopologyDefaultsNumberBus(cmdqvBus *bus)
{
    bool isRootPort = bus->model == CMDQV_BUS_ROOT_PORT;
    bool isPort = isRootPort || bus->model == CMDQV_BUS_SWITCH_DOWNSTREAM;

    if ((isPort || bus->model == CMDQV_BUS_PCI_BRIDGE) && bus->chassis == CMDQV_NONE)
        bus->chassis = bus->index;
    if (isPort && bus->port == CMDQV_NONE && bus->slot.slot != CMDQV_NONE)
        bus->port = isRootPort ? bus->slot.slot << 3 | bus->slot.function : bus->slot.slot;
}


/* A key for each slot of each bus: the parent's index, then the slot. */
static gpointer
cmdqvTopologyDefaultsSlotKey(int parent, const cmdqvSlot *slot)
{
    return GINT_TO_POINTER((parent + 1) << 5 | slot->slot);
}


/* Calls @take for each device with a slot on a known bus. */
static void
cmdqvTopologyDefaultsEachSlot(cmdqvTopology *topology, void (*take)(gpointer key, cmdqvSlot *slot, GHashTable *shared),
                              GHashTable *shared)
{
    guint i;

    for (i = 0; i < topology->buses->len; i++) {
        cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);
        int parent = bus->slot.slot == CMDQV_NONE ? CMDQV_NONE : bus->parent;

        if (parent != CMDQV_NONE)
            take(cmdqvTopologyDefaultsSlotKey(parent, &bus->slot), &bus->slot, shared);
    }
    for (i = 0; i < topology->endpoints->len; i++) {
        cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (endpoint->slot.slot != CMDQV_NONE && endpoint->bus != CMDQV_NONE)
            take(cmdqvTopologyDefaultsSlotKey(endpoint->bus, &endpoint->slot), &endpoint->slot, shared);
    }
}


static void
cmdqvTopologyDefaultsNoteShared(gpointer key, cmdqvSlot *slot, GHashTable *shared)
{
    if (slot->function != 0)
        (void)g_hash_table_add(shared, key);
}


static void
cmdqvTopologyDefaultsSetMultifunction(gpointer key, cmdqvSlot *slot, GHashTable *shared)
{
    if (slot->function == 0 && slot->multifunction == CMDQV_SWITCH_ABSENT && g_hash_table_contains(shared, key))
        slot->multifunction = CMDQV_SWITCH_ON;
}


/* virDomainPCIAddressSetAllMulti(), src/conf/domain_addr.c */
static void
cmdqvTopologyDefaultsMultifunction(cmdqvTopology *topology)
{
    g_autoptr(GHashTable) shared = g_hash_table_new(NULL, NULL);

    cmdqvTopologyDefaultsEachSlot(topology, cmdqvTopologyDefaultsNoteShared, shared);
    cmdqvTopologyDefaultsEachSlot(topology, cmdqvTopologyDefaultsSetMultifunction, shared);
}


/* qemuAssignDeviceAliases(), src/qemu/qemu_alias.c: SMMUs by their position in the text, hostdevs by the next number. */
static void
cmdqvTopologyDefaultsNameDevices(cmdqvTopology *topology)
{
    guint hostdevs = 0;
    guint i;

    for (i = 0; i < topology->smmus->len; i++) {
        cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);

        if (!cmdqvAliasIsUsers(smmu->id))
            smmu->id = cmdqvTopologyFormat(topology, "iommu%u", i);
    }
    for (i = 0; i < topology->endpoints->len; i++) {
        cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (endpoint->iommufd && !endpoint->iommufdId)
            endpoint->iommufdId = CMDQV_TOPOLOGY_DEFAULTS_IOMMUFD_ID;
        if ((endpoint->kind == CMDQV_ENDPOINT_VFIO || endpoint->kind == CMDQV_ENDPOINT_MDEV) && !cmdqvAliasIsUsers(endpoint->id))
            endpoint->id = cmdqvTopologyFormat(topology, "hostdev%u", endpoint->otherHostdevs + hostdevs++);
    }
}


/**
 * cmdqvTopologyDefaultsFill:
 * @topology: a domain's definition, placed or with its addresses in the XML
 *
 * Fills in the values that libvirt gives independently of the rest of the domain: names,
 * numbers of buses, ports and chassis. Replaces an alias that is no user alias,
 * as libvirt does at the next start.
 */
void
cmdqvTopologyDefaultsFill(cmdqvTopology *topology)
{
    guint i;

    cmdqvTopologyDefaultsNameBuses(topology);
    cmdqvTopologyDefaultsNumberExpanders(topology);
    for (i = 0; i < topology->buses->len; i++)
        cmdqvTopologyDefaultsNumberBus(&g_array_index(topology->buses, cmdqvBus, i));
    cmdqvTopologyDefaultsMultifunction(topology);
    cmdqvTopologyDefaultsNameDevices(topology);
}
