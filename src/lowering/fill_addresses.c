/*
 * lowering/fill_addresses.c: addresses that libvirt would give, written into domain XML
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whether a device of the host is behind a vSMMU has to be known before the
 * domain is lowered, and where it goes is libvirt's business.
 */

#include "lowering/fill_addresses.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "conf/xml_edit.h"


/**
 * cmdqvPlaceIsNeeded:
 * @xml: domain XML
 *
 * Returns: true if a device has an address that libvirt has still to give
 */
bool
cmdqvPlaceIsNeeded(const char *xml)
{
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(xml, strlen(xml), NULL);

    return topology && topology->unplaced;
}


static bool
cmdqvPlaceIsVfio(const xmlNode *node, bool hostdevs)
{
    const char *type = cmdqvXMLAttr(node, "type");
    const char *mode = cmdqvXMLAttr(node, "mode");

    if (hostdevs)
        return cmdqvXMLIs(node, "hostdev") && g_strcmp0(type, "pci") == 0 && (!mode || strcmp(mode, "subsystem") == 0) &&
            !cmdqvDomainXMLIsUnassigned(node);
    return cmdqvXMLIs(node, "interface") && g_strcmp0(type, "hostdev") == 0;
}


static void
cmdqvPlaceNode(xmlNode *node, const cmdqvTopology *topology, const cmdqvEndpoint *at)
{
    xmlNode *address = cmdqvXMLChild(node, "address");
    const cmdqvBus *bus = cmdqvTopologyGetBus(topology, cmdqvTopologyFindBusName(topology, at->busName));
    cmdqvPCIAddress ignored;
    bool present = false;

    if (address && (g_strcmp0(cmdqvXMLAttr(address, "type"), "pci") != 0 || !cmdqvXMLAddress(address, &present, &ignored, NULL)))
        return;
    /* a bus that is not in the text libvirt makes itself, and behind no vSMMU */
    if (present || !bus || bus->index == CMDQV_NONE || at->slot.slot == CMDQV_NONE)
        return;
    if (!address)
        address = cmdqvXMLEditAdd(node, "address");
    cmdqvXMLEditSet(address, "type", "pci");
    cmdqvXMLEditSetNumber(address, "bus", (unsigned int)bus->index);
    cmdqvXMLEditSetNumber(address, "slot", (unsigned int)at->slot.slot);
    cmdqvXMLEditSetNumber(address, "function", (unsigned int)at->slot.function);
}


/* The next device of the host from @at on, as an index off by one; 0 for none. */
static guint
cmdqvPlaceNext(const cmdqvTopology *placed, guint at)
{
    while (at < placed->endpoints->len && g_array_index(placed->endpoints, cmdqvEndpoint, at).kind != CMDQV_ENDPOINT_VFIO)
        at++;
    return at < placed->endpoints->len ? at + 1 : 0;
}


/**
 * cmdqvPlaceXML:
 * @xml: domain XML
 * @placed: the command line that libvirt would run
 *
 * The devices of the host are the same and in the same order in both: every
 * <interface> before the first <hostdev>.
 *
 * Returns: (transfer full) (nullable): the XML with an address for each of
 * them, NULL where it cannot be read
 */
char *
cmdqvPlaceXML(const char *xml, const cmdqvTopology *placed)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(xml, strlen(xml), "domain", NULL);
    g_autoptr(cmdqvTopology) topology = doc ? cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), NULL) : NULL;
    guint next = cmdqvPlaceNext(placed, 0);
    xmlNode *devices;
    xmlNode *node;
    int hostdevs;

    if (!topology)
        return NULL;
    for (hostdevs = 0; hostdevs <= 1; hostdevs++) {
        for (devices = xmlDocGetRootElement(doc)->children; devices; devices = devices->next) {
            for (node = cmdqvXMLIs(devices, "devices") ? devices->children : NULL; node && next > 0; node = node->next) {
                if (node->type != XML_ELEMENT_NODE || !cmdqvPlaceIsVfio(node, hostdevs))
                    continue;
                cmdqvPlaceNode(node, topology, &g_array_index(placed->endpoints, cmdqvEndpoint, next - 1));
                next = cmdqvPlaceNext(placed, next);
            }
        }
    }
    return cmdqvXMLEditFormat(doc, NULL);
}
