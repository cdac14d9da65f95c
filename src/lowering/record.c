/*
 * record.c: read and write the record of a lowered domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "lowering/record.h"

#include <string.h>

#include "conf/smmu_hiding.h"
#include "conf/xml_edit.h"


/**
 * cmdqvRecordMayBe:
 * @xml: XML from libvirt or a client
 *
 * The only cost for a domain that was not lowered. A client may spell the
 * namespace in another way; libvirt stores it in plain letters.
 *
 * Returns: false if no domain in it is lowered
 */
bool
cmdqvRecordMayBe(const char *xml)
{
    return cmdqvSmmuHidingMayHave(xml, CMDQV_RECORD_NAMESPACE);
}


/**
 * cmdqvRecordFind:
 * @domain: a <domain>
 *
 * Returns: (transfer none) (nullable): its record, NULL if it was not lowered
 */
xmlNode *
cmdqvRecordFind(const xmlNode *domain)
{
    const xmlNode *metadata = cmdqvXMLReadChild(domain, "metadata");

    return metadata ? cmdqvXMLEditChildNs(metadata, CMDQV_RECORD_ELEMENT, CMDQV_RECORD_NAMESPACE) : NULL;
}


/**
 * cmdqvRecordAddRow:
 * @record: the record of a domain
 * @name: CMDQV_RECORD_BUS or a similar name
 *
 * Returns: (transfer none): a new row of it
 */
xmlNode *
cmdqvRecordAddRow(xmlNode *record, const char *name)
{
    return cmdqvXMLEditAddNs(record, name, CMDQV_RECORD_NAMESPACE, CMDQV_RECORD_PREFIX);
}


/**
 * cmdqvRecordBusAlias:
 * @index: of a controller that was lowered
 *
 * Returns: (transfer full): the id of the controller that QEMU gets for it
 */
char *
cmdqvRecordBusAlias(int index)
{
    return g_strdup_printf(CMDQV_RECORD_ALIAS_PREFIX "pci-%d", index);
}


/**
 * cmdqvRecordIsProperty:
 * @name: (nullable): of a property
 *
 * Returns: true if lowering sets it by <qemu:override>
 */
bool
cmdqvRecordIsProperty(const char *name)
{
    return g_strcmp0(name, "bus") == 0 || g_strcmp0(name, "iommufd") == 0;
}


/**
 * cmdqvRecordNumberName:
 * @model: (nullable): the model of a PCI controller
 *
 * Returns: (nullable): the attribute of its <target> with a number that must be
 * unique in the machine
 */
const char *
cmdqvRecordNumberName(const char *model)
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
