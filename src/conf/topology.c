/*
 * topology.c: the one model of a domain that the policy sees
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/topology.h"

#include <stdarg.h>

/* Room for the strings of a small domain. */
#define CMDQV_TOPOLOGY_STRINGS 1024


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

    g_atomic_ref_count_init(&topology->owners);
    topology->virtioIommu = CMDQV_NONE;
    topology->strings = g_string_chunk_new(CMDQV_TOPOLOGY_STRINGS);
    topology->buses = g_array_new(FALSE, TRUE, sizeof(cmdqvBus));
    topology->smmus = g_array_new(FALSE, TRUE, sizeof(cmdqvSmmu));
    topology->endpoints = g_array_new(FALSE, TRUE, sizeof(cmdqvEndpoint));
    topology->metadata = g_ptr_array_new();
    topology->smmuWords = g_array_new(FALSE, TRUE, sizeof(cmdqvSmmuWords));
    topology->badValues = g_array_new(FALSE, TRUE, sizeof(cmdqvBadValue));
    topology->hidden = g_array_new(FALSE, TRUE, sizeof(cmdqvBadValue));
    return topology;
}


/**
 * cmdqvTopologyFree:
 * @topology: (transfer full) (nullable): a domain
 */
void
cmdqvTopologyFree(cmdqvTopology *topology)
{
    if (!topology || !g_atomic_ref_count_dec(&topology->owners))
        return;

    g_array_unref(topology->buses);
    g_array_unref(topology->smmus);
    g_array_unref(topology->endpoints);
    g_ptr_array_unref(topology->metadata);
    g_array_unref(topology->smmuWords);
    g_array_unref(topology->badValues);
    g_array_unref(topology->hidden);
    g_string_chunk_free(topology->strings);
    cmdqvTopologyFree(topology->original);
    g_free(topology);
}


/**
 * cmdqvTopologyKeep:
 * @topology: a domain
 * @text: (nullable): a string
 *
 * Returns: (transfer none): a copy that lives as long as the domain; NULL for
 * NULL
 */
const char *
cmdqvTopologyKeep(cmdqvTopology *topology, const char *text)
{
    return text ? g_string_chunk_insert(topology->strings, text) : NULL;
}


/**
 * cmdqvTopologyTake:
 * @topology: a domain
 * @text: (transfer full) (nullable): a string
 *
 * Returns: (transfer none): it, as from cmdqvTopologyKeep()
 */
const char *
cmdqvTopologyTake(cmdqvTopology *topology, char *text)
{
    const char *kept = cmdqvTopologyKeep(topology, text);

    g_free(text);
    return kept;
}


/**
 * cmdqvTopologyFormat:
 * @topology: a domain
 * @format: as for printf()
 * @...: arguments of the format
 *
 * Returns: (transfer none): the text, as from cmdqvTopologyKeep()
 */
const char *
cmdqvTopologyFormat(cmdqvTopology *topology, const char *format, ...)
{
    char *text;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    return cmdqvTopologyTake(topology, text);
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


/**
 * cmdqvTopologyAddSmmuWords:
 * @topology: a topology that is being read; the words are about its last SMMU
 * @kind: their kind
 * @text: from cmdqvTopologyKeep()
 */
void
cmdqvTopologyAddSmmuWords(cmdqvTopology *topology, cmdqvSmmuWordsKind kind, const char *text)
{
    const cmdqvSmmuWords words = { .smmu = topology->smmus->len - 1, .kind = kind, .text = text };

    g_array_append_val(topology->smmuWords, words);
}


/**
 * cmdqvTopologyAddBadValue:
 * @topology: a topology that is being read
 * @line: of the element that has the value
 * @message: the fault of the value, from cmdqvTopologyKeep()
 */
void
cmdqvTopologyAddBadValue(cmdqvTopology *topology, int line, const char *message)
{
    const cmdqvBadValue value = { .line = line, .message = message };

    g_array_append_val(topology->badValues, value);
}


/**
 * cmdqvTopologyAddHidden:
 * @topology: a topology that is being read
 * @line: of the element that gives it to QEMU, CMDQV_NONE for argv
 * @message: the name of the thing, and the remedy, from cmdqvTopologyKeep()
 */
void
cmdqvTopologyAddHidden(cmdqvTopology *topology, int line, const char *message)
{
    const cmdqvBadValue value = { .line = line, .message = message };

    g_array_append_val(topology->hidden, value);
}


/**
 * cmdqvTopologyCopy:
 * @topology: a topology
 *
 * Returns: (transfer full): a copy; a change of one does not change the other
 */
cmdqvTopology *
cmdqvTopologyCopy(const cmdqvTopology *topology)
{
    cmdqvTopology *copy = g_memdup2(topology, sizeof(*topology));

    copy->original = (cmdqvTopology *)topology;
    g_atomic_ref_count_inc(&copy->original->owners);
    g_atomic_ref_count_init(&copy->owners);
    copy->strings = g_string_chunk_new(CMDQV_TOPOLOGY_STRINGS);
    copy->buses = g_array_copy(topology->buses);
    copy->smmus = g_array_copy(topology->smmus);
    copy->endpoints = g_array_copy(topology->endpoints);
    copy->metadata = g_ptr_array_copy(topology->metadata, NULL, NULL);
    copy->smmuWords = g_array_copy(topology->smmuWords);
    copy->badValues = g_array_copy(topology->badValues);
    copy->hidden = g_array_copy(topology->hidden);
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
