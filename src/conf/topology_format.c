/*
 * topology_format.c: write a topology as text
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/topology.h"

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


/**
 * cmdqvBusModelToString:
 * @model: of a controller
 *
 * Returns: (transfer none): its name, as in model=
 * (virDomainControllerModelPCI, src/conf/domain_conf.c)
 */
const char *
cmdqvBusModelToString(cmdqvBusModel model)
{
    return cmdqvBusModelNames[model];
}


/**
 * cmdqvBusModelFromString:
 * @model: (nullable): value of model=
 *
 * Returns: the model, CMDQV_BUS_OTHER if no rule knows it
 */
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


/**
 * cmdqvSwitchToString:
 * @value: of an attribute that is on or off
 *
 * Returns: (transfer none): its name; "on", "off" and "auto" as in XML and QEMU
 */
const char *
cmdqvSwitchToString(cmdqvSwitch value)
{
    return cmdqvSwitchNames[value];
}


/**
 * cmdqvTopologyNameEndpoint:
 * @endpoint: a device
 *
 * Returns: (transfer full): 'hostdev0' (host 0009:01:00.0), or the known part
 * of it; for a host device of the user's own arguments without an id, its host
 * address, or its bus and slot
 */
char *
cmdqvTopologyNameEndpoint(const cmdqvEndpoint *endpoint)
{
    const char *id = endpoint->id && *endpoint->id ? endpoint->id : NULL;
    char host[CMDQV_PCI_ADDRESS_LEN];

    if (endpoint->neededBy)
        return g_strdup_printf("'%s' that libvirt adds for <%s>", endpoint->element, endpoint->neededBy);
    if (endpoint->hasHost) {
        (void)cmdqvPCIAddressFormat(&endpoint->host, host);
        return id ? g_strdup_printf("'%s' (host %s)", id, host) : g_strdup_printf("(host %s)", host);
    }
    if (id || !endpoint->busName || endpoint->kind == CMDQV_ENDPOINT_EMULATED)
        return g_strdup_printf("'%s'", id ? id : endpoint->element);
    return endpoint->slot.slot == CMDQV_NONE ? g_strdup_printf("'%s' (on bus '%.64s')", endpoint->element, endpoint->busName)
        : g_strdup_printf("'%s' (on bus '%.64s', slot %d)", endpoint->element, endpoint->busName, endpoint->slot.slot);
}


/**
 * cmdqvTopologyDescribe:
 * @topology: a resolved topology
 *
 * Writes the facts that both readers must agree on, one line for each SMMU with its bus
 * and properties, and for each endpoint behind it in the order of creation.
 * Leaves out aliases, lines and host addresses, which only one reader knows.
 *
 * Returns: (transfer full): the text
 */
char *
cmdqvTopologyDescribe(const cmdqvTopology *topology)
{
    GString *text = g_string_new(NULL);
    guint i;
    guint j;

    for (i = 0; i < topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);
        const cmdqvBus *bus = cmdqvTopologyGetBus(topology, smmu->bus);

        /* the machine-wide SMMU is an option of the machine, and libvirt does not pass on its attributes */
        if (smmu->busIndex == CMDQV_NONE && !smmu->busName) {
            g_string_append(text, "smmu machine\n");
            continue;
        }
        g_string_append_printf(text, "smmu %s accel=%s cmdqv=%s", bus ? bus->name : "nowhere", cmdqvSwitchToString(smmu->accel),
                               cmdqvSwitchToString(smmu->cmdqv));
        for (j = 0; j < CMDQV_SMMU_ATTRIBUTE_LAST; j++) {
            if (cmdqvSmmuAttributeRows[j].isDerived)
                g_string_append_printf(text, " %s=%s", cmdqvSmmuAttributeRows[j].name, smmu->given[j] ? smmu->given[j] : "absent");
        }
        g_string_append_c(text, '\n');
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
