/*
 * topology.c: the one model of a domain that the policy sees
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/topology.h"


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
    guint i;

    g_free(smmu->id);
    g_free(smmu->busName);
    for (i = 0; i < CMDQV_SMMU_ATTRIBUTE_LAST; i++)
        g_free(smmu->given[i]);
    g_free(smmu->stage);
    g_free(smmu->badBus);
    g_strfreev(smmu->bad);
    g_strfreev(smmu->foreign);
    g_strfreev(smmu->unread);
}


static void
cmdqvEndpointClear(gpointer data)
{
    cmdqvEndpoint *endpoint = data;

    g_free(endpoint->id);
    g_free(endpoint->busName);
    g_free(endpoint->iommufdId);
    g_free(endpoint->network);
    g_free(endpoint->failoverPair);
    g_free(endpoint->romFile);
}


static void
cmdqvBadValueFree(gpointer data)
{
    cmdqvBadValue *value = data;

    g_free(value->message);
    g_free(value);
}


/**
 * cmdqvTopologyNew:
 *
 * Returns: (transfer full): a domain with no bus, vSMMU or endpoint;
 * cmdqvTopologyFree() it
 */
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
    topology->badValues = g_ptr_array_new_with_free_func(cmdqvBadValueFree);
    topology->hidden = g_ptr_array_new_with_free_func(cmdqvBadValueFree);
    g_array_set_clear_func(topology->buses, cmdqvBusClear);
    g_array_set_clear_func(topology->smmus, cmdqvSmmuClear);
    g_array_set_clear_func(topology->endpoints, cmdqvEndpointClear);
    return topology;
}


/**
 * cmdqvTopologyFree:
 * @topology: (transfer full) (nullable): a domain
 */
void
cmdqvTopologyFree(cmdqvTopology *topology)
{
    if (!topology)
        return;

    g_array_unref(topology->buses);
    g_array_unref(topology->smmus);
    g_array_unref(topology->endpoints);
    g_ptr_array_unref(topology->metadata);
    g_ptr_array_unref(topology->badValues);
    g_ptr_array_unref(topology->hidden);
    g_string_chunk_free(topology->strings);
    g_free(topology->name);
    g_free(topology->uuid);
    g_free(topology->type);
    g_free(topology->emulator);
    g_free(topology->arch);
    g_free(topology->machine);
    g_free(topology);
}


/* Appends a zeroed element and returns its address, which is valid until the next one is added. */
static gpointer
cmdqvTopologyAppend(GArray *array)
{
    g_array_set_size(array, array->len + 1);
    return array->data + (gsize)(array->len - 1) * g_array_get_element_size(array);
}


/**
 * cmdqvTopologyAddBus:
 * @topology: a topology that is being read
 * @model: kind of the controller
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
 * @kind: kind of the device
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
    endpoint->line = endpoint->bus = endpoint->slot.slot = endpoint->scsi = CMDQV_NONE;
    return endpoint;
}


static void
cmdqvTopologyNote(GPtrArray *values, int line, const char *message)
{
    cmdqvBadValue *value = g_new0(cmdqvBadValue, 1);

    value->line = line;
    value->message = g_strdup(message);
    g_ptr_array_add(values, value);
}


/**
 * cmdqvTopologyAddBadValue:
 * @topology: a topology that is being read
 * @line: of the element that has the value
 * @message: the fault of the value; copied
 */
void
cmdqvTopologyAddBadValue(cmdqvTopology *topology, int line, const char *message)
{
    cmdqvTopologyNote(topology->badValues, line, message);
}


/**
 * cmdqvTopologyAddHidden:
 * @topology: a topology that is being read
 * @line: of the element that gives it to QEMU, CMDQV_NONE for argv
 * @message: the name of the thing, and the remedy; copied
 */
void
cmdqvTopologyAddHidden(cmdqvTopology *topology, int line, const char *message)
{
    cmdqvTopologyNote(topology->hidden, line, message);
}


/**
 * cmdqvTopologyAddAllBadValues:
 * @topology: a topology
 * @from: the XML of the same domain, read; its bad values are added
 */
void
cmdqvTopologyAddAllBadValues(cmdqvTopology *topology, const cmdqvTopology *from)
{
    guint i;

    for (i = 0; i < from->badValues->len; i++) {
        const cmdqvBadValue *value = g_ptr_array_index(from->badValues, i);

        cmdqvTopologyAddBadValue(topology, value->line, value->message);
    }
}


/**
 * cmdqvTopologyCopy:
 * @topology: a topology
 *
 * Returns: (transfer full): a copy that shares nothing with it
 */
cmdqvTopology *
cmdqvTopologyCopy(const cmdqvTopology *topology)
{
    cmdqvTopology *copy = cmdqvTopologyNew();
    guint i;
    guint j;

    copy->name = g_strdup(topology->name);
    copy->uuid = g_strdup(topology->uuid);
    copy->type = g_strdup(topology->type);
    copy->emulator = g_strdup(topology->emulator);
    copy->arch = g_strdup(topology->arch);
    copy->machine = g_strdup(topology->machine);
    copy->acpi = topology->acpi;
    copy->firmware = topology->firmware;
    copy->hugepages = topology->hugepages;
    copy->unplacedEmulated = topology->unplacedEmulated;
    copy->iommufd = topology->iommufd;
    copy->otherHostdevs = topology->otherHostdevs;
    copy->virtioIommu = topology->virtioIommu;
    copy->onlyMigratable = topology->onlyMigratable;
    copy->lowered = topology->lowered;
    copy->monitor = topology->monitor;
    copy->passthroughArgs = topology->passthroughArgs;
    copy->placesOpen = topology->placesOpen;
    copy->placesUntold = topology->placesUntold;
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
        for (j = 0; j < CMDQV_SMMU_ATTRIBUTE_LAST; j++)
            smmu->given[j] = g_strdup(smmu->given[j]);
        smmu->stage = g_strdup(smmu->stage);
        smmu->badBus = g_strdup(smmu->badBus);
        smmu->bad = g_strdupv(smmu->bad);
        smmu->foreign = g_strdupv(smmu->foreign);
        smmu->unread = g_strdupv(smmu->unread);
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
        endpoint->network = g_strdup(endpoint->network);
        endpoint->failoverPair = g_strdup(endpoint->failoverPair);
        endpoint->romFile = g_strdup(endpoint->romFile);
    }

    for (i = 0; i < topology->metadata->len; i++)
        g_ptr_array_add(copy->metadata, g_strdup(g_ptr_array_index(topology->metadata, i)));
    cmdqvTopologyAddAllBadValues(copy, topology);
    for (i = 0; i < topology->hidden->len; i++) {
        const cmdqvBadValue *value = g_ptr_array_index(topology->hidden, i);

        cmdqvTopologyAddHidden(copy, value->line, value->message);
    }
    return copy;
}


/**
 * cmdqvTopologySettlePooled:
 * @topology: a domain whose hostdevs libvirt has already taken from its
 *   networks
 *
 * Makes interfaces on a network that are no hostdevs by now emulated ones.
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


/**
 * cmdqvTopologyRemoveEndpoint:
 * @topology: a domain
 * @endpoint: index of one of its endpoints
 *
 * Removes it and resolves again.
 */
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


/**
 * cmdqvTopologyRemoveBus:
 * @topology: a domain
 * @bus: index of one of its buses
 *
 * Removes the controller and resolves again. libvirt adds a controller that is
 * in use but missing as a root port on the root (seen with 12.8), so devices
 * behind it move there.
 */
void
cmdqvTopologyRemoveBus(cmdqvTopology *topology, guint bus)
{
    cmdqvBus *gone = &g_array_index(topology->buses, cmdqvBus, bus);

    gone->model = CMDQV_BUS_ROOT_PORT;
    gone->parentIndex = 0;
    cmdqvTopologyResolve(topology);
}
