/*
 * cmdqvtopology.c: the one model of a domain that the policy sees
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/cmdqvtopology.h"

#include <string.h>

#include "util/cmdqvstring.h"

/* the words of libvirt's <controller type='pci' model='...'> */
static const char *const cmdqvBusModelNames[] = {
    [CMDQV_BUS_PCIE_ROOT] = "pcie-root",
    [CMDQV_BUS_PCIE_EXPANDER] = "pcie-expander-bus",
    [CMDQV_BUS_ROOT_PORT] = "pcie-root-port",
    [CMDQV_BUS_SWITCH_UPSTREAM] = "pcie-switch-upstream-port",
    [CMDQV_BUS_SWITCH_DOWNSTREAM] = "pcie-switch-downstream-port",
    [CMDQV_BUS_PCIE_TO_PCI] = "pcie-to-pci-bridge",
    [CMDQV_BUS_PCI_BRIDGE] = "pci-bridge",
    [CMDQV_BUS_OTHER] = "other",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvBusModelNames) == CMDQV_BUS_LAST);

static const char *const cmdqvSwitchNames[] = {
    [CMDQV_SWITCH_ABSENT] = "absent",
    [CMDQV_SWITCH_AUTO] = "auto",
    [CMDQV_SWITCH_ON] = "on",
    [CMDQV_SWITCH_OFF] = "off",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvSwitchNames) == CMDQV_SWITCH_LAST);

static const char *const cmdqvEndpointKindNames[] = {
    [CMDQV_ENDPOINT_VFIO] = "vfio",
    [CMDQV_ENDPOINT_MDEV] = "mdev",
    [CMDQV_ENDPOINT_POOLED] = "pooled",
    [CMDQV_ENDPOINT_EMULATED] = "emulated",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvEndpointKindNames) == CMDQV_ENDPOINT_LAST);


static void
cmdqvBusClear(gpointer data)
{
    cmdqvBus *bus = data;

    g_free(bus->name);
    g_free(bus->parentName);
    g_free(bus->driver);
}


static void
cmdqvSmmuClear(gpointer data)
{
    cmdqvSmmu *smmu = data;

    g_free(smmu->id);
    g_free(smmu->busName);
    g_free(smmu->ats);
    g_free(smmu->ril);
    g_free(smmu->ssidsize);
    g_free(smmu->oas);
    g_free(smmu->stage);
    g_free(smmu->badBus);
    g_strfreev(smmu->bad);
    g_strfreev(smmu->foreign);
}


static void
cmdqvEndpointClear(gpointer data)
{
    cmdqvEndpoint *endpoint = data;

    g_free(endpoint->id);
    g_free(endpoint->busName);
    g_free(endpoint->iommufdId);
    g_free(endpoint->failoverPair);
    g_free(endpoint->romFile);
}


cmdqvTopology *
cmdqvTopologyNew(void)
{
    cmdqvTopology *topology = g_new0(cmdqvTopology, 1);

    topology->virtioIommu = CMDQV_NONE;
    topology->strings = g_string_chunk_new(256);
    topology->buses = g_array_new(FALSE, TRUE, sizeof(cmdqvBus));
    topology->smmus = g_array_new(FALSE, TRUE, sizeof(cmdqvSmmu));
    topology->endpoints = g_array_new(FALSE, TRUE, sizeof(cmdqvEndpoint));
    topology->metadata = g_ptr_array_new_with_free_func(g_free);
    g_array_set_clear_func(topology->buses, cmdqvBusClear);
    g_array_set_clear_func(topology->smmus, cmdqvSmmuClear);
    g_array_set_clear_func(topology->endpoints, cmdqvEndpointClear);
    return topology;
}


void
cmdqvTopologyFree(cmdqvTopology *topology)
{
    if (!topology)
        return;

    g_array_unref(topology->buses);
    g_array_unref(topology->smmus);
    g_array_unref(topology->endpoints);
    g_ptr_array_unref(topology->metadata);
    g_string_chunk_free(topology->strings);
    g_free(topology->name);
    g_free(topology->uuid);
    g_free(topology->type);
    g_free(topology->emulator);
    g_free(topology->machine);
    g_free(topology);
}


/* Appends a zeroed element and returns where it is: valid until the next one is added. */
static gpointer
cmdqvTopologyAppend(GArray *array)
{
    g_array_set_size(array, array->len + 1);
    return array->data + (gsize)(array->len - 1) * g_array_get_element_size(array);
}


/**
 * cmdqvTopologyAddBus:
 * @topology: a topology that is being read
 * @model: the kind of controller
 *
 * Returns: (transfer none): the new bus, without name, parent and line; valid
 * until the next bus is added
 */
cmdqvBus *
cmdqvTopologyAddBus(cmdqvTopology *topology, cmdqvBusModel model)
{
    cmdqvBus *bus = cmdqvTopologyAppend(topology->buses);

    bus->model = model;
    bus->index = bus->parentIndex = bus->line = bus->place = bus->parent = bus->root = bus->smmu = CMDQV_NONE;
    bus->slot.slot = bus->chassis = bus->port = bus->busNr = bus->numaNode = CMDQV_NONE;
    return bus;
}


/**
 * cmdqvTopologyAddSmmu:
 * @topology: a topology that is being read
 *
 * Returns: (transfer none): the new SMMU, machine-wide and not accelerated;
 * valid until the next one is added
 */
cmdqvSmmu *
cmdqvTopologyAddSmmu(cmdqvTopology *topology)
{
    cmdqvSmmu *smmu = cmdqvTopologyAppend(topology->smmus);

    smmu->busIndex = smmu->virtioBefore = smmu->line = smmu->bus = CMDQV_NONE;
    smmu->order = topology->endpoints->len;
    return smmu;
}


/**
 * cmdqvTopologyAddEndpoint:
 * @topology: a topology that is being read
 * @kind: what it is
 * @element: name of its element or QEMU driver; copied
 *
 * Returns: (transfer none): the new endpoint, last in the order of creation;
 * valid until the next one is added
 */
cmdqvEndpoint *
cmdqvTopologyAddEndpoint(cmdqvTopology *topology, cmdqvEndpointKind kind, const char *element)
{
    cmdqvEndpoint *endpoint = cmdqvTopologyAppend(topology->endpoints);

    endpoint->kind = kind;
    endpoint->element = g_string_chunk_insert_const(topology->strings, element);
    endpoint->line = endpoint->bus = endpoint->slot.slot = CMDQV_NONE;
    return endpoint;
}


/**
 * cmdqvTopologyCopy:
 * @topology: a topology
 *
 * Returns: (transfer full): one that shares nothing with it
 */
cmdqvTopology *
cmdqvTopologyCopy(const cmdqvTopology *topology)
{
    cmdqvTopology *copy = cmdqvTopologyNew();
    guint i;

    copy->name = g_strdup(topology->name);
    copy->uuid = g_strdup(topology->uuid);
    copy->type = g_strdup(topology->type);
    copy->emulator = g_strdup(topology->emulator);
    copy->machine = g_strdup(topology->machine);
    copy->acpi = topology->acpi;
    copy->firmware = topology->firmware;
    copy->hugepages = topology->hugepages;
    copy->unplacedEmulated = topology->unplacedEmulated;
    copy->iommufd = topology->iommufd;
    copy->otherHostdevs = topology->otherHostdevs;
    copy->virtioIommu = topology->virtioIommu;
    copy->onlyMigratable = topology->onlyMigratable;
    copy->passthroughArgs = topology->passthroughArgs;
    copy->unplaced = topology->unplaced;

    g_array_append_vals(copy->buses, topology->buses->data, topology->buses->len);
    for (i = 0; i < copy->buses->len; i++) {
        cmdqvBus *bus = &g_array_index(copy->buses, cmdqvBus, i);

        bus->name = g_strdup(bus->name);
        bus->parentName = g_strdup(bus->parentName);
        bus->driver = g_strdup(bus->driver);
    }

    g_array_append_vals(copy->smmus, topology->smmus->data, topology->smmus->len);
    for (i = 0; i < copy->smmus->len; i++) {
        cmdqvSmmu *smmu = &g_array_index(copy->smmus, cmdqvSmmu, i);

        smmu->id = g_strdup(smmu->id);
        smmu->busName = g_strdup(smmu->busName);
        smmu->ats = g_strdup(smmu->ats);
        smmu->ril = g_strdup(smmu->ril);
        smmu->ssidsize = g_strdup(smmu->ssidsize);
        smmu->oas = g_strdup(smmu->oas);
        smmu->stage = g_strdup(smmu->stage);
        smmu->badBus = g_strdup(smmu->badBus);
        smmu->bad = g_strdupv(smmu->bad);
        smmu->foreign = g_strdupv(smmu->foreign);
    }

    g_array_append_vals(copy->endpoints, topology->endpoints->data, topology->endpoints->len);
    for (i = 0; i < copy->endpoints->len; i++) {
        cmdqvEndpoint *endpoint = &g_array_index(copy->endpoints, cmdqvEndpoint, i);

        endpoint->element = g_string_chunk_insert_const(copy->strings, endpoint->element);
        if (endpoint->neededBy)
            endpoint->neededBy = g_string_chunk_insert_const(copy->strings, endpoint->neededBy);
        endpoint->id = g_strdup(endpoint->id);
        endpoint->busName = g_strdup(endpoint->busName);
        endpoint->iommufdId = g_strdup(endpoint->iommufdId);
        endpoint->failoverPair = g_strdup(endpoint->failoverPair);
        endpoint->romFile = g_strdup(endpoint->romFile);
    }

    for (i = 0; i < topology->metadata->len; i++)
        g_ptr_array_add(copy->metadata, g_strdup(g_ptr_array_index(topology->metadata, i)));
    return copy;
}


/* The next endpoint from @at on that QEMU creates as a vfio-pci; its length if there is none. */
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


/* A controller that libvirt adds, because a device has its index in its address, is called by that. */
static int
cmdqvTopologyIndexOfName(const char *name)
{
    unsigned int idx;

    return name && g_str_has_prefix(name, "pci.") && cmdqvStringToUint(name + strlen("pci."), 10, G_MAXINT, &idx)
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
            (void)g_hash_table_insert(known, bus->name, GUINT_TO_POINTER(i + 1));
    }

    for (i = 0; i < placed->buses->len; i++) {
        const cmdqvBus *from = &g_array_index(placed->buses, cmdqvBus, i);
        guint at = from->name ? GPOINTER_TO_UINT(g_hash_table_lookup(known, from->name)) : 0;
        cmdqvBus *to = at ? &g_array_index(topology->buses, cmdqvBus, at - 1) : NULL;

        if (!to) {
            to = cmdqvTopologyAddBus(topology, from->model);
            to->name = g_strdup(from->name);
            to->index = cmdqvTopologyIndexOfName(from->name);
        }
        if (to->parentIndex == CMDQV_NONE && !to->parentName) {
            to->parentName = g_strdup(from->parentName);
            to->slot = from->slot;
        }
        to->chassis = to->chassis == CMDQV_NONE ? from->chassis : to->chassis;
        to->port = to->port == CMDQV_NONE ? from->port : to->port;
        to->busNr = to->busNr == CMDQV_NONE ? from->busNr : to->busNr;
    }
}


/* The interface on a network that the XML has in that line and without an address. */
static cmdqvEndpoint *
cmdqvTopologyFindUnplacedPooled(cmdqvTopology *topology, int line)
{
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (endpoint->kind == CMDQV_ENDPOINT_POOLED && endpoint->line == line && !endpoint->hasGuest && !endpoint->busName)
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
 * Emulated devices that libvirt has put behind an SMMU: what is where the XML
 * has a device is that one.
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

        /* the SMMUs are those of the XML: an older libvirt leaves them out of what it would run */
        if (from->kind != CMDQV_ENDPOINT_EMULATED || g_hash_table_contains(taken, place) ||
            cmdqvTopologyBusSmmu(topology, cmdqvTopologyFindBusName(topology, from->busName)) == CMDQV_NONE)
            continue;
        to = cmdqvTopologyFindUnplacedPooled(topology, from->line);
        if (!to) {
            to = cmdqvTopologyAddEndpoint(topology, CMDQV_ENDPOINT_EMULATED, from->element);
            to->id = g_strdup(from->id);
            to->line = from->line;
        }
        to->busName = g_strdup(from->busName);
        to->slot = from->slot;
    }
    topology->unplacedEmulated = false;
}


/**
 * cmdqvTopologyPlace:
 * @topology: a domain whose XML leaves addresses to libvirt
 * @placed: the same domain, from the command line that libvirt makes of it
 *
 * Takes over where libvirt puts what had no address.  The devices of the host
 * are the same and in the same order in both; if they are not, nothing is
 * taken over and @topology stays unplaced.
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
            endpoint->busName = g_strdup(g_array_index(placed->endpoints, cmdqvEndpoint, from).busName);
            endpoint->slot = g_array_index(placed->endpoints, cmdqvEndpoint, from).slot;
        }
    }
    cmdqvTopologyResolve(topology);
    cmdqvTopologyPlaceEmulated(topology, placed);
    cmdqvTopologyResolve(topology);
    if (placed->machine) {
        g_free(topology->machine);
        topology->machine = g_strdup(placed->machine);
    }
}


/**
 * cmdqvTopologySettlePooled:
 * @topology: a domain at a moment when libvirt has asked its networks
 *
 * What is on a network and has not become a hostdev by then is emulated.
 */
void
cmdqvTopologySettlePooled(cmdqvTopology *topology)
{
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (endpoint->kind == CMDQV_ENDPOINT_POOLED)
            endpoint->kind = CMDQV_ENDPOINT_EMULATED;
    }
}


/* What the domain would be without it; resolved again. */
void
cmdqvTopologyRemoveEndpoint(cmdqvTopology *topology, guint endpoint)
{
    guint i;

    for (i = 0; i < topology->smmus->len; i++) {
        cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);

        smmu->order -= smmu->order > endpoint;
    }
    g_array_remove_index(topology->endpoints, endpoint);
    cmdqvTopologyResolve(topology);
}


/*
 * What the domain would be without the controller; resolved again.  libvirt
 * makes one that is missing and in use anew, as a root port on the root (seen
 * with 12.8), so what was behind it moves there.
 */
void
cmdqvTopologyRemoveBus(cmdqvTopology *topology, guint bus)
{
    cmdqvBus *gone = &g_array_index(topology->buses, cmdqvBus, bus);

    gone->model = CMDQV_BUS_ROOT_PORT;
    gone->parentIndex = 0;
    cmdqvTopologyResolve(topology);
}


void
cmdqvTopologyRemoveSmmu(cmdqvTopology *topology, guint smmu)
{
    g_array_remove_index(topology->smmus, smmu);
    cmdqvTopologyResolve(topology);
}


const cmdqvBus *
cmdqvTopologyGetBus(const cmdqvTopology *topology, int bus)
{
    if (bus < 0 || (guint)bus >= topology->buses->len)
        return NULL;
    return &g_array_index(topology->buses, cmdqvBus, bus);
}


const cmdqvSmmu *
cmdqvTopologyGetSmmu(const cmdqvTopology *topology, int smmu)
{
    if (smmu < 0 || (guint)smmu >= topology->smmus->len)
        return NULL;
    return &g_array_index(topology->smmus, cmdqvSmmu, smmu);
}


const cmdqvEndpoint *
cmdqvTopologyGetEndpoint(const cmdqvTopology *topology, int endpoint)
{
    if (endpoint < 0 || (guint)endpoint >= topology->endpoints->len)
        return NULL;
    return &g_array_index(topology->endpoints, cmdqvEndpoint, endpoint);
}


/**
 * cmdqvTopologyFindBusPlace:
 * @topology: a domain's XML, read
 * @place: how many PCI controllers stand before one in the text
 *
 * Returns: index of that one, or CMDQV_NONE
 */
int
cmdqvTopologyFindBusPlace(const cmdqvTopology *topology, guint place)
{
    guint i;

    for (i = 0; i < topology->buses->len; i++) {
        if (g_array_index(topology->buses, cmdqvBus, i).place == (int)place)
            return (int)i;
    }
    return CMDQV_NONE;
}


/**
 * cmdqvTopologyFindBusName:
 * @topology: a topology
 * @name: QEMU's name of a bus
 *
 * Returns: its index, or CMDQV_NONE
 */
int
cmdqvTopologyFindBusName(const cmdqvTopology *topology, const char *name)
{
    guint i;

    for (i = 0; i < topology->buses->len; i++) {
        if (g_strcmp0(g_array_index(topology->buses, cmdqvBus, i).name, name) == 0)
            return (int)i;
    }
    return CMDQV_NONE;
}


/**
 * cmdqvTopologyFindEndpointId:
 * @topology: a topology
 * @id: alias or id of a device
 *
 * Returns: its index, or CMDQV_NONE
 */
int
cmdqvTopologyFindEndpointId(const cmdqvTopology *topology, const char *id)
{
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        if (g_strcmp0(g_array_index(topology->endpoints, cmdqvEndpoint, i).id, id) == 0)
            return (int)i;
    }
    return CMDQV_NONE;
}


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


/**
 * cmdqvTopologyEndpointSmmu:
 * @topology: a resolved topology
 * @endpoint: index of an endpoint
 *
 * A device that QEMU creates before the SMMU of its root is not behind it
 * (seen with QEMU 11.1: it starts, and its DMA goes past the SMMU).
 *
 * Returns: index of the SMMU that the endpoint is behind, CMDQV_NONE where it
 * is behind none of those that sit on a bus or where that is not known
 */
int
cmdqvTopologyEndpointSmmu(const cmdqvTopology *topology, guint endpoint)
{
    int smmu = cmdqvTopologyBusSmmu(topology, g_array_index(topology->endpoints, cmdqvEndpoint, endpoint).bus);

    if (smmu == CMDQV_NONE)
        return CMDQV_NONE;
    return endpoint < g_array_index(topology->smmus, cmdqvSmmu, smmu).order ? CMDQV_NONE : smmu;
}


/**
 * cmdqvTopologyBusSmmu:
 * @topology: a resolved topology
 * @bus: index of a bus, or CMDQV_NONE
 *
 * Returns: index of the SMMU at the root above the bus, CMDQV_NONE if there is
 * none
 */
int
cmdqvTopologyBusSmmu(const cmdqvTopology *topology, int bus)
{
    const cmdqvBus *below = cmdqvTopologyGetBus(topology, bus);
    const cmdqvBus *root = below ? cmdqvTopologyGetBus(topology, below->root) : NULL;

    return root ? root->smmu : CMDQV_NONE;
}


/**
 * cmdqvTopologyIsPlaced:
 * @topology: a resolved topology
 * @endpoint: index of an endpoint
 *
 * Returns: true if it is known which root the endpoint is behind
 */
bool
cmdqvTopologyIsPlaced(const cmdqvTopology *topology, guint endpoint)
{
    const cmdqvBus *bus = cmdqvTopologyGetBus(topology, g_array_index(topology->endpoints, cmdqvEndpoint, endpoint).bus);

    return bus && bus->root != CMDQV_NONE;
}


/**
 * cmdqvAliasIsUsers:
 * @alias: (nullable): an alias
 *
 * Returns: true if libvirt keeps it in a definition; any other it gives anew
 * at each start (virDomainDeviceAliasIsUserAlias(), src/conf/domain_conf.c)
 */
bool
cmdqvAliasIsUsers(const char *alias)
{
    return alias && g_str_has_prefix(alias, "ua-");
}


/**
 * cmdqvEndpointMayAnchor:
 * @endpoint: an endpoint
 *
 * Returns: true if QEMU would let it establish the association when it is
 * created: a whole PCI function on iommufd that is not held back for failover
 */
bool
cmdqvEndpointMayAnchor(const cmdqvEndpoint *endpoint)
{
    return endpoint->kind == CMDQV_ENDPOINT_VFIO && endpoint->iommufd && !endpoint->failover;
}


const char *
cmdqvBusModelToString(cmdqvBusModel model)
{
    return cmdqvBusModelNames[model];
}


cmdqvBusModel
cmdqvBusModelFromString(const char *model)
{
    cmdqvBusModel i;

    for (i = 0; i < CMDQV_BUS_OTHER; i++) {
        if (g_strcmp0(cmdqvBusModelNames[i], model) == 0)
            return i;
    }
    return CMDQV_BUS_OTHER;
}


const char *
cmdqvSwitchToString(cmdqvSwitch value)
{
    return cmdqvSwitchNames[value];
}


/**
 * cmdqvTopologyDescribe:
 * @topology: a resolved topology
 *
 * What both readers have to agree on, one line for each thing: SMMUs with
 * their bus and properties, endpoints behind each in the order of creation.
 * Aliases, lines and host addresses are left out, each being known to one
 * reader only.
 *
 * Returns: (transfer full): the text
 */
char *
cmdqvTopologyDescribe(const cmdqvTopology *topology)
{
    GString *text = g_string_new(NULL);
    guint i;

    for (i = 0; i < topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);
        const cmdqvBus *bus = cmdqvTopologyGetBus(topology, smmu->bus);

        /* the machine-wide one is an option of the machine: libvirt has no place for what the XML says of it */
        if (smmu->busIndex == CMDQV_NONE && !smmu->busName) {
            g_string_append(text, "smmu machine\n");
            continue;
        }
        g_string_append_printf(text, "smmu %s accel=%s cmdqv=%s ats=%s ril=%s ssidsize=%s oas=%s\n",
                               bus ? bus->name : "nowhere", cmdqvSwitchToString(smmu->accel),
                               cmdqvSwitchToString(smmu->cmdqv), smmu->ats ? smmu->ats : "absent",
                               smmu->ril ? smmu->ril : "absent", smmu->ssidsize ? smmu->ssidsize : "absent",
                               smmu->oas ? smmu->oas : "absent");
    }

    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);
        const cmdqvSmmu *smmu = cmdqvTopologyGetSmmu(topology, cmdqvTopologyEndpointSmmu(topology, i));
        const cmdqvBus *bus = cmdqvTopologyGetBus(topology, endpoint->bus);

        if (!smmu && endpoint->kind == CMDQV_ENDPOINT_EMULATED)
            continue;
        g_string_append_printf(text, "endpoint %s on %s behind %s%s%s\n", cmdqvEndpointKindNames[endpoint->kind],
                               bus ? bus->name : "unplaced",
                               smmu ? cmdqvTopologyGetBus(topology, smmu->bus)->name : "none",
                               endpoint->iommufd ? " iommufd" : "", endpoint->failover ? " failover" : "");
    }
    return g_string_free(text, FALSE);
}
