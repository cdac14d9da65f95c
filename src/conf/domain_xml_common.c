/*
 * domain_xml_common.c: read the attributes that several elements of domain XML share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/domain_xml_priv.h"

#include "conf/xml_read.h"


/**
 * cmdqvDomainXMLAlias:
 * @node: a device
 *
 * Returns: (transfer full) (nullable): its alias, NULL if it has none
 */
const char *
cmdqvDomainXMLAlias(const xmlNode *node)
{
    return cmdqvXMLReadAttr(cmdqvXMLReadChild(node, "alias"), "name");
}


/**
 * cmdqvDomainXMLSwitch:
 * @node: an element
 * @name: of an attribute
 * @yes: the value for on
 * @no: the value for off
 *
 * For values that no rule needs: libvirt refuses an invalid one in its own
 * words.
 *
 * Returns: CMDQV_SWITCH_ABSENT if the attribute is absent or invalid
 */
cmdqvSwitch
cmdqvDomainXMLSwitch(const xmlNode *node, const char *name, const char *yes, const char *no)
{
    cmdqvSwitch value = CMDQV_SWITCH_ABSENT;

    (void)cmdqvXMLReadAttrYesNo(node, name, yes, no, &value, NULL);
    return value;
}


/**
 * cmdqvDomainXMLNumber:
 * @node: an element
 * @name: of an attribute
 * @base: of its digits, 0 to take it from its prefix
 * @absent: the value if the attribute is absent
 *
 * For values that no rule needs, as cmdqvDomainXMLSwitch().
 *
 * Returns: the number, @absent if it is absent or invalid
 */
unsigned int
cmdqvDomainXMLNumber(const xmlNode *node, const char *name, unsigned int base, unsigned int absent)
{
    unsigned int value = absent;

    (void)cmdqvXMLReadAttrUint(node, name, base, G_MAXINT, NULL, &value, NULL);
    return value;
}


/**
 * cmdqvDomainXMLReadSlot:
 * @node: a device
 * @guest: its address
 * @slot: (out): slot, function, and whether it is multifunction
 */
void
cmdqvDomainXMLReadSlot(const xmlNode *node, const cmdqvPCIAddress *guest, cmdqvSlot *slot)
{
    slot->slot = (int)guest->slot;
    slot->function = (int)guest->function;
    slot->multifunction = cmdqvDomainXMLSwitch(cmdqvXMLReadChild(node, "address"), "multifunction", "on", "off");
}


/**
 * cmdqvDomainXMLGuestAddress:
 * @node: a device
 * @present: (out): whether it has an address on PCI
 * @address: (out): that address
 * @error: CMDQV_ERROR_INVALID if it is invalid
 *
 * Reads the guest's <address type='pci'>: a device on another kind of bus has
 * none.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvDomainXMLGuestAddress(const xmlNode *node, bool *present, cmdqvPCIAddress *address, GError **error)
{
    const xmlNode *element = cmdqvXMLReadChild(node, "address");
    const char *type = cmdqvXMLReadAttr(element, "type");

    *present = false;
    return g_strcmp0(type, "pci") != 0 || cmdqvXMLReadAddress(element, present, address, error);
}


/**
 * cmdqvDomainXMLKeepError:
 * @topology: a topology that is being read
 * @node: the element with the invalid value
 * @error: (transfer full) (nullable): the fault of its value, NULL for none
 *
 * The reader continues, and the property counts as unknown. So it finds all
 * other errors, and none that would only follow from this one.
 */
void
cmdqvDomainXMLKeepError(cmdqvTopology *topology, const xmlNode *node, GError *error)
{
    if (error)
        cmdqvTopologyAddBadValue(topology, cmdqvXMLReadLine(node), cmdqvTopologyKeep(topology, error->message));
    g_clear_error(&error);
}


/**
 * cmdqvDomainXMLReadIommufd:
 * @topology: a topology that is being read
 * @node: <driver> of a device, or the <iommufd> of the domain
 * @name: its attribute
 *
 * Returns: its value; CMDQV_SWITCH_ON if it is invalid, because the author
 * meant to use iommufd
 */
cmdqvSwitch
cmdqvDomainXMLReadIommufd(cmdqvTopology *topology, const xmlNode *node, const char *name)
{
    cmdqvSwitch value = CMDQV_SWITCH_ON;
    GError *bad = NULL;

    (void)cmdqvXMLReadAttrYesNo(node, name, "yes", "no", &value, &bad);
    cmdqvDomainXMLKeepError(topology, node, bad);
    return value;
}
