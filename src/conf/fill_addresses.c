/*
 * fill_addresses.c: write the addresses that libvirt would assign into domain
 * XML
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * To lower a domain or close a port, the module must know which host devices
 * are behind a vSMMU, and libvirt assigns their addresses.
 *
 * libvirt gives each device the first free address that fits, one after the
 * other (qemuDomainAssignPCIAddresses(), src/qemu/qemu_domain_address.c). So if
 * some devices already have the address that they would get, the others get the
 * same as without.
 */

#include "conf/fill_addresses.h"

#include <string.h>

#include "conf/domain_edit.h"
#include "conf/domain_xml.h"
#include "conf/xml_edit.h"


static bool
cmdqvFillAddressesIsVfio(const xmlNode *node, bool hostdevs)
{
    const char *type = cmdqvXMLReadAttr(node, "type");
    const char *mode = cmdqvXMLReadAttr(node, "mode");

    if (hostdevs)
        return cmdqvXMLReadIs(node, "hostdev") && g_strcmp0(type, "pci") == 0 && (!mode || strcmp(mode, "subsystem") == 0) &&
            !cmdqvDomainXMLIsUnassigned(node);
    return cmdqvXMLReadIs(node, "interface") && g_strcmp0(type, "hostdev") == 0;
}


static void
cmdqvFillAddressesNode(xmlNode *node, const cmdqvTopology *topology, const cmdqvEndpoint *at, bool added)
{
    xmlNode *address = cmdqvXMLReadChild(node, "address");
    const cmdqvBus *bus = cmdqvTopologyGetBus(topology, cmdqvTopologyFindBusName(topology, at->busName));
    cmdqvPCIAddress ignored;
    bool present = false;

    if (address && (g_strcmp0(cmdqvXMLReadAttr(address, "type"), "pci") != 0 || !cmdqvXMLReadAddress(address, &present, &ignored, NULL)))
        return;
    /* libvirt adds a bus that is not in the text */
    if (present || !bus || bus->index == CMDQV_NONE || at->slot.slot == CMDQV_NONE || (bus->line == CMDQV_NONE && !added))
        return;
    if (!address)
        address = cmdqvXMLEditAdd(node, "address");
    cmdqvXMLEditSet(address, "type", "pci");
    cmdqvXMLEditSetNumber(address, "bus", (unsigned int)bus->index);
    cmdqvXMLEditSetNumber(address, "slot", (unsigned int)at->slot.slot);
    cmdqvXMLEditSetNumber(address, "function", (unsigned int)at->slot.function);
}


/* The next host device from @at on, as an index plus one; 0 for none. */
static guint
cmdqvFillAddressesNext(const cmdqvTopology *placed, guint at)
{
    while (at < placed->endpoints->len && g_array_index(placed->endpoints, cmdqvEndpoint, at).kind != CMDQV_ENDPOINT_VFIO)
        at++;
    return at < placed->endpoints->len ? at + 1 : 0;
}


/**
 * cmdqvFillAddressesDoc:
 * @doc: a domain; its host devices get an address each
 * @topology: the domain, read
 * @placed: the command line that libvirt would run
 * @added: whether the controllers that libvirt adds will be in the text
 *
 * Both have the same host devices in the same order: each <interface> before
 * the first <hostdev>. A device whose bus is not in the text stays as it is.
 */
void
cmdqvFillAddressesDoc(xmlDoc *doc, const cmdqvTopology *topology, const cmdqvTopology *placed, bool added)
{
    guint next = cmdqvFillAddressesNext(placed, 0);
    int hostdevs;

    for (hostdevs = 0; hostdevs <= 1; hostdevs++) {
        xmlNode *node = NULL;

        while (next > 0 && (node = cmdqvXMLReadNextDevice(xmlDocGetRootElement(doc), node))) {
            if (!cmdqvFillAddressesIsVfio(node, hostdevs))
                continue;
            cmdqvFillAddressesNode(node, topology, &g_array_index(placed->endpoints, cmdqvEndpoint, next - 1), added);
            next = cmdqvFillAddressesNext(placed, next);
        }
    }
}


/* A controller that libvirt adds itself. */
static bool
cmdqvFillAddressesIsAdded(const cmdqvBus *bus)
{
    return bus->line == CMDQV_NONE && bus->index > 0;
}


/* Whether one of the added controllers must be closed, and the XML can name all of them. */
static bool
cmdqvFillAddressesMustAdd(const cmdqvTopology *topology, const GArray *closed)
{
    bool isClosed = false;
    guint i;

    for (i = 0; i < topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        if (cmdqvFillAddressesIsAdded(bus) && bus->model == CMDQV_BUS_OTHER)
            return false;
        isClosed = isClosed || (cmdqvFillAddressesIsAdded(bus) && cmdqvDomainEditHasIndex(closed, bus->index));
    }
    return isClosed;
}


/*
 * libvirt adds no spare port if the text names a controller. So names all
 * controllers that libvirt adds, or none; leaves their addresses to libvirt.
 */
static void
cmdqvFillAddressesAddControllers(xmlDoc *doc, const cmdqvTopology *topology, const GArray *closed)
{
    xmlNode *devices = cmdqvXMLReadChild(xmlDocGetRootElement(doc), "devices");
    guint i;

    for (i = 0; devices && i < topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);
        xmlNode *node;

        if (!cmdqvFillAddressesIsAdded(bus))
            continue;
        node = cmdqvXMLEditAdd(devices, "controller");
        cmdqvXMLEditSet(node, "type", "pci");
        cmdqvXMLEditSetNumber(node, "index", (unsigned int)bus->index);
        cmdqvXMLEditSet(node, "model", cmdqvBusModelToString(bus->model));
        if (cmdqvDomainEditHasIndex(closed, bus->index))
            cmdqvXMLEditSet(cmdqvXMLEditAdd(node, "target"), "hotplug", "off");
    }
}


/**
 * cmdqvFillAddressesAndClose:
 * @doc: a domain; the function changes it
 * @topology: the domain, read and completed by cmdqvTopologyPlace()
 * @placed: the command line that libvirt would run
 * @closed: (element-type int): indexes of the PCI controllers to close to
 *   hot-plug, some of which libvirt may add
 *
 * Writes the addresses of host devices too; libvirt assigns the same addresses
 * as without the change. Without memory the document is spoilt.
 */
void
cmdqvFillAddressesAndClose(xmlDoc *doc, const cmdqvTopology *topology, const cmdqvTopology *placed, const GArray *closed)
{
    bool add = cmdqvFillAddressesMustAdd(topology, closed);

    cmdqvFillAddressesDoc(doc, topology, placed, add);
    cmdqvDomainEditClosePorts(doc, topology, closed);
    if (add)
        cmdqvFillAddressesAddControllers(doc, topology, closed);
}
