/*
 * conf/topology.c: the one model of a domain that the policy sees
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
    endpoint->line = endpoint->bus = endpoint->slot.slot = endpoint->scsi = CMDQV_NONE;
    return endpoint;
}


/**
 * cmdqvTopologyAddBadValue:
 * @topology: a topology that is being read
 * @line: of the element that has the value
 * @message: what is wrong with it; copied
 */
void
cmdqvTopologyAddBadValue(cmdqvTopology *topology, int line, const char *message)
{
    cmdqvBadValue *value = g_new0(cmdqvBadValue, 1);

    value->line = line;
    value->message = g_strdup(message);
    g_ptr_array_add(topology->badValues, value);
}


/**
 * cmdqvTopologyAddBadValues:
 * @topology: a topology
 * @from: the XML that it comes of, read; its bad values are added
 */
void
cmdqvTopologyAddBadValues(cmdqvTopology *topology, const cmdqvTopology *from)
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
    copy->lowered = topology->lowered;
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
    cmdqvTopologyAddBadValues(copy, topology);
    return copy;
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


/**
 * cmdqvTopologyRemoveEndpoint:
 * @topology: a domain
 * @endpoint: index of one of its endpoints
 *
 * What the domain would be without it; resolved again.
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


/**
 * cmdqvTopologyRemoveSmmu:
 * @topology: a domain
 * @smmu: index of one of its vSMMUs
 *
 * What the domain would be without it; resolved again.
 */
void
cmdqvTopologyRemoveSmmu(cmdqvTopology *topology, guint smmu)
{
    g_array_remove_index(topology->smmus, smmu);
    cmdqvTopologyResolve(topology);
}
