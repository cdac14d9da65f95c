/*
 * conf/topology_query.c: what is asked of a topology
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/topology.h"

#include <string.h>

/* What an alias of the user's own is made of (USER_ALIAS_CHARS, src/conf/domain_conf.c); libvirt forgets one with anything else. */
#define CMDQV_ALIAS_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"


/**
 * cmdqvTopologyGetBus:
 * @topology: a domain
 * @bus: index of a bus, or CMDQV_NONE
 *
 * Returns: (transfer none) (nullable): the bus, NULL where there is none of
 * that index
 */
const cmdqvBus *
cmdqvTopologyGetBus(const cmdqvTopology *topology, int bus)
{
    if (bus < 0 || (guint)bus >= topology->buses->len)
        return NULL;
    return &g_array_index(topology->buses, cmdqvBus, bus);
}


/**
 * cmdqvTopologyGetSmmu:
 * @topology: a domain
 * @smmu: index of a vSMMU, or CMDQV_NONE
 *
 * Returns: (transfer none) (nullable): the vSMMU, NULL where there is none of
 * that index
 */
const cmdqvSmmu *
cmdqvTopologyGetSmmu(const cmdqvTopology *topology, int smmu)
{
    if (smmu < 0 || (guint)smmu >= topology->smmus->len)
        return NULL;
    return &g_array_index(topology->smmus, cmdqvSmmu, smmu);
}


/**
 * cmdqvTopologyGetEndpoint:
 * @topology: a domain
 * @endpoint: index of an endpoint, or CMDQV_NONE
 *
 * Returns: (transfer none) (nullable): the endpoint, NULL where there is none
 * of that index
 */
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
 * at each start (virDomainDeviceInfoParseXML(), src/conf/domain_conf.c)
 */
bool
cmdqvAliasIsUsers(const char *alias)
{
    return alias && g_str_has_prefix(alias, "ua-") && alias[strspn(alias, CMDQV_ALIAS_CHARS)] == '\0';
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
