/*
 * lowering/record.c: what a lowered domain looks like
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "lowering/record.h"

#include <string.h>

#include "conf/xml_edit.h"


/**
 * cmdqvLoweredMayBe:
 * @xml: XML from libvirt or a client
 *
 * What a domain that was not lowered pays.
 *
 * Returns: false if no domain in it is lowered
 */
bool
cmdqvLoweredMayBe(const char *xml)
{
    return strstr(xml, CMDQV_LOWERED_NAMESPACE) != NULL;
}


/**
 * cmdqvLoweredRecord:
 * @domain: a <domain>
 *
 * Returns: (transfer none) (nullable): its record, NULL if it was not lowered
 */
xmlNode *
cmdqvLoweredRecord(const xmlNode *domain)
{
    const xmlNode *metadata = cmdqvXMLChild(domain, "metadata");

    return metadata ? cmdqvXMLChildNs(metadata, CMDQV_LOWERED_RECORD, CMDQV_LOWERED_NAMESPACE) : NULL;
}


/**
 * cmdqvLoweredIsMachine:
 * @process: the command line of a running domain
 *
 * Returns: true if it is that of a lowered domain, whatever libvirt runs it now
 */
bool
cmdqvLoweredIsMachine(const cmdqvTopology *process)
{
    guint i;

    for (i = 0; i < process->buses->len; i++) {
        const char *name = g_array_index(process->buses, cmdqvBus, i).name;

        if (name && g_str_has_prefix(name, CMDQV_LOWERED_ALIAS_PREFIX))
            return true;
    }
    for (i = 0; i < process->endpoints->len; i++) {
        const char *id = g_array_index(process->endpoints, cmdqvEndpoint, i).id;

        if (id && g_str_has_prefix(id, CMDQV_LOWERED_ALIAS_PREFIX))
            return true;
    }
    return false;
}


/**
 * cmdqvLoweredBusAlias:
 * @index: of a controller that was lowered
 *
 * Returns: (transfer full): the alias of what QEMU is told to make for it
 */
char *
cmdqvLoweredBusAlias(int index)
{
    return g_strdup_printf(CMDQV_LOWERED_ALIAS_PREFIX "pci-%d", index);
}


/**
 * cmdqvLoweredIsProperty:
 * @name: (nullable): of a property
 *
 * Returns: true if it is one that <qemu:override> sets of a lowered device
 */
bool
cmdqvLoweredIsProperty(const char *name)
{
    return g_strcmp0(name, "bus") == 0 || g_strcmp0(name, "iommufd") == 0;
}


/**
 * cmdqvLoweredNumberName:
 * @model: (nullable): the model of a PCI controller
 *
 * Returns: (nullable): the attribute of its <target> with a number that no two
 * in a machine may share
 */
const char *
cmdqvLoweredNumberName(const char *model)
{
    switch (cmdqvBusModelFromString(model)) {
    case CMDQV_BUS_PCIE_EXPANDER:
        return "busNr";

    case CMDQV_BUS_ROOT_PORT:
    case CMDQV_BUS_SWITCH_DOWNSTREAM:
        return "chassis";

    case CMDQV_BUS_PCI_BRIDGE:
        return "chassisNr";

    case CMDQV_BUS_PCIE_ROOT:
    case CMDQV_BUS_SWITCH_UPSTREAM:
    case CMDQV_BUS_PCIE_TO_PCI:
    case CMDQV_BUS_OTHER:
    case CMDQV_BUS_LAST:
    default:
        return NULL;
    }
}
