/*
 * topology_format.c: write a topology as text
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/topology.h"

#include "util/text.h"

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
    return cmdqvTextFind(cmdqvBusModelNames, CMDQV_BUS_OTHER, model);
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
