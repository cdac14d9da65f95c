/*
 * topology_query.c: look up parts of a topology
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/topology.h"

#include <string.h>

#include "util/text.h"

/* The characters of a user alias (USER_ALIAS_CHARS, src/conf/domain_conf.c); libvirt drops an alias with any other. */
#define CMDQV_ALIAS_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"


/**
 * cmdqvTopologyGetBus:
 * @topology: a domain
 * @bus: index of a bus, or CMDQV_NONE
 *
 * Returns: (transfer none) (nullable): the bus, NULL if there is none of
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
 * Returns: (transfer none) (nullable): the vSMMU, NULL if there is none of
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
 * Returns: (transfer none) (nullable): the endpoint, NULL if there is none
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
 * @place: how many PCI controllers are before one in the text
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
 * cmdqvTopologyFindSmmuId:
 * @topology: a topology
 * @id: (nullable): alias or id of an SMMU
 *
 * Returns: its index, or CMDQV_NONE
 */
int
cmdqvTopologyFindSmmuId(const cmdqvTopology *topology, const char *id)
{
    guint i;

    for (i = 0; id && i < topology->smmus->len; i++) {
        if (g_strcmp0(g_array_index(topology->smmus, cmdqvSmmu, i).id, id) == 0)
            return (int)i;
    }
    return CMDQV_NONE;
}


/**
 * cmdqvTopologyEndpointSmmu:
 * @topology: a resolved topology
 * @endpoint: index of an endpoint
 *
 * A device that QEMU creates before the SMMU of its root is not behind it (seen
 * with QEMU 11.1: it starts, and its DMA bypasses the SMMU).
 *
 * Returns: index of the SMMU that the endpoint is behind; CMDQV_NONE if it is
 * behind no SMMU of a bus, or if that is unknown
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
 * cmdqvBusIsConventional:
 * @bus: (nullable): a bus
 *
 * The devices on it have no IOMMU addresses of their own: they use that of the
 * bridge. Buses behind it are conventional too.
 *
 * Returns: true if a conventional PCI bridge provides it
 */
bool
cmdqvBusIsConventional(const cmdqvBus *bus)
{
    return bus && (bus->model == CMDQV_BUS_PCIE_TO_PCI || bus->model == CMDQV_BUS_PCI_BRIDGE);
}


/**
 * cmdqvTopologyIsPlaced:
 * @topology: a resolved topology
 * @endpoint: index of an endpoint
 *
 * Returns: true if the root above the endpoint is known
 */
bool
cmdqvTopologyIsPlaced(const cmdqvTopology *topology, guint endpoint)
{
    const cmdqvBus *bus = cmdqvTopologyGetBus(topology, g_array_index(topology->endpoints, cmdqvEndpoint, endpoint).bus);

    return bus && bus->root != CMDQV_NONE;
}


/**
 * cmdqvTopologyMayHide:
 * @topology: a domain
 *
 * Only Arm machines have an SMMUv3.
 *
 * Returns: true if something given to QEMU cannot be read, and may have an
 * SMMUv3
 */
bool
cmdqvTopologyMayHide(const cmdqvTopology *topology)
{
    bool arm = !topology->arch || g_str_has_prefix(topology->arch, "aarch64") || g_str_has_prefix(topology->arch, "arm");

    return arm && topology->hidden->len > 0;
}


/**
 * cmdqvAliasIsUsers:
 * @alias: (nullable): an alias
 *
 * Returns: true if libvirt keeps it in a definition; it replaces any other at
 * each start (virDomainDeviceInfoParseXML(), src/conf/domain_conf.c)
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
 * Returns: true if QEMU makes it establish the association when it creates it:
 * a whole PCI function on iommufd, not hidden for failover
 */
bool
cmdqvEndpointMayAnchor(const cmdqvEndpoint *endpoint)
{
    return endpoint->kind == CMDQV_ENDPOINT_VFIO && endpoint->iommufd && !endpoint->failover;
}


/**
 * cmdqvTopologyHasSmmuBus:
 * @topology: a domain
 *
 * Returns: true if an SMMU has a bus, which a libvirt without CMDQV would ignore,
 * so it would be the machine-wide one
 */
bool
cmdqvTopologyHasSmmuBus(const cmdqvTopology *topology)
{
    guint i;

    for (i = 0; i < topology->smmus->len; i++) {
        if (g_array_index(topology->smmus, cmdqvSmmu, i).busIndex != CMDQV_NONE)
            return true;
    }
    return false;
}


/**
 * cmdqvTopologyIsOfNova:
 * @topology: a domain
 *
 * Returns: true if it has the metadata of OpenStack Nova
 */
bool
cmdqvTopologyIsOfNova(const cmdqvTopology *topology)
{
    guint i;

    for (i = 0; i < topology->metadata->len; i++) {
        if (cmdqvTextStarts(g_ptr_array_index(topology->metadata, i), CMDQV_TOPOLOGY_NOVA_NAMESPACE))
            return true;
    }
    return false;
}
