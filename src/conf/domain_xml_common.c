/*
 * conf/domain_xml_common.c: what several elements of domain XML have
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/domain_xml_priv.h"

#include "conf/xml_read.h"


/**
 * cmdqvDomainXMLAlias:
 * @node: a device
 *
 * Returns: (transfer full) (nullable): its alias, NULL where it has none
 */
char *
cmdqvDomainXMLAlias(const xmlNode *node)
{
    const xmlNode *alias = cmdqvXMLChild(node, "alias");

    return alias ? g_strdup(cmdqvXMLAttr(alias, "name")) : NULL;
}


/**
 * cmdqvDomainXMLSwitch:
 * @node: an element
 * @name: of an attribute
 * @yes: what means on
 * @no: what means off
 *
 * For values on which no rule hangs: one that means nothing is refused by
 * libvirt, in its own words.
 *
 * Returns: CMDQV_SWITCH_ABSENT where the attribute is not there or means
 * nothing
 */
cmdqvSwitch
cmdqvDomainXMLSwitch(const xmlNode *node, const char *name, const char *yes, const char *no)
{
    cmdqvSwitch value = CMDQV_SWITCH_ABSENT;

    (void)cmdqvXMLAttrYesNo(node, name, yes, no, &value, NULL);
    return value;
}


/**
 * cmdqvDomainXMLNumber:
 * @node: an element
 * @name: of an attribute
 * @base: of its digits, 0 where its prefix tells
 * @absent: what it is without the attribute
 *
 * For values on which no rule hangs, as cmdqvDomainXMLSwitch().
 *
 * Returns: the number, @absent where it is not there or means nothing
 */
unsigned int
cmdqvDomainXMLNumber(const xmlNode *node, const char *name, unsigned int base, unsigned int absent)
{
    unsigned int value = absent;

    (void)cmdqvXMLAttrUint(node, name, base, G_MAXINT, NULL, &value, NULL);
    return value;
}


/**
 * cmdqvDomainXMLReadSlot:
 * @node: a device
 * @guest: its address
 * @slot: (out): slot, function, and whether it says to have more functions
 */
void
cmdqvDomainXMLReadSlot(const xmlNode *node, const cmdqvPCIAddress *guest, cmdqvSlot *slot)
{
    slot->slot = (int)guest->slot;
    slot->function = (int)guest->function;
    slot->multifunction = cmdqvDomainXMLSwitch(cmdqvXMLChild(node, "address"), "multifunction", "on", "off");
}


/**
 * cmdqvDomainXMLGuestAddress:
 * @node: a device
 * @present: (out): whether it has an address on PCI
 * @address: (out): that address
 * @error: CMDQV_ERROR_INVALID for one that means nothing
 *
 * The guest's <address type='pci'>: what is on another kind of bus has none.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvDomainXMLGuestAddress(const xmlNode *node, bool *present, cmdqvPCIAddress *address, GError **error)
{
    const xmlNode *element = cmdqvXMLChild(node, "address");
    const char *type = element ? cmdqvXMLAttr(element, "type") : NULL;

    *present = false;
    return g_strcmp0(type, "pci") != 0 || cmdqvXMLAddress(element, present, address, error);
}


/**
 * cmdqvDomainXMLKeepError:
 * @topology: a topology that is being read
 * @node: the element that has a value that means nothing
 * @error: (transfer full) (nullable): what is wrong with it, NULL for nothing
 *
 * The reader goes on: what the value is about counts as not known, so that all
 * else that is wrong is found too, and nothing that only comes of it.
 */
void
cmdqvDomainXMLKeepError(cmdqvTopology *topology, const xmlNode *node, GError *error)
{
    if (error)
        cmdqvTopologyAddBadValue(topology, cmdqvXMLLine(node), error->message);
    g_clear_error(&error);
}


/**
 * cmdqvDomainXMLReadIommufd:
 * @topology: a topology that is being read
 * @node: <driver> of a device, or the <iommufd> of the domain
 * @name: its attribute
 *
 * Returns: what it says; CMDQV_SWITCH_ON where that means nothing, for whoever
 * wrote it had iommufd in mind
 */
cmdqvSwitch
cmdqvDomainXMLReadIommufd(cmdqvTopology *topology, const xmlNode *node, const char *name)
{
    cmdqvSwitch value = CMDQV_SWITCH_ON;
    GError *bad = NULL;

    (void)cmdqvXMLAttrYesNo(node, name, "yes", "no", &value, &bad);
    cmdqvDomainXMLKeepError(topology, node, bad);
    return value;
}
