/*
 * domain_xml_controllers.c: read the PCI controllers of domain XML
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/domain_xml_priv.h"

#include "conf/xml_read.h"
#include "util/text.h"

/* qemuValidateDomainDeviceDefControllerPCI(), src/qemu/qemu_validate.c of libvirt */
#define CMDQV_DOMAIN_XML_CONTROLLERS_INDEX_MAX 255


static void
cmdqvDomainXMLReadTarget(cmdqvBus *bus, const xmlNode *target)
{
    const char *chassis = bus->model == CMDQV_BUS_PCI_BRIDGE ? "chassisNr" : "chassis";
    const xmlNode *node = cmdqvXMLReadChild(target, "node");
    const char *memReserve = cmdqvXMLReadAttr(target, "memReserve");
    g_autofree char *text = node ? g_strstrip(cmdqvXMLReadText(node)) : NULL;
    unsigned int numaNode;
    guint64 kibibytes;

    bus->chassis = (int)cmdqvDomainXMLNumber(target, chassis, 0, (unsigned int)CMDQV_NONE);
    bus->port = (int)cmdqvDomainXMLNumber(target, "port", 0, (unsigned int)CMDQV_NONE);
    bus->busNr = (int)cmdqvDomainXMLNumber(target, "busNr", 0, (unsigned int)CMDQV_NONE);
    bus->hotplug = cmdqvDomainXMLSwitch(target, "hotplug", "on", "off");
    if (memReserve && g_ascii_string_to_unsigned(memReserve, 10, 0, G_MAXUINT64 / 1024, &kibibytes, NULL))
        bus->memReserve = kibibytes * 1024;
    if (text && cmdqvTextToUnsigned(text, 10, G_MAXINT, &numaNode))
        bus->numaNode = (int)numaNode;
}


/**
 * cmdqvDomainXMLReadController:
 * @topology: a domain; gets one more bus
 * @node: a <controller type='pci'>
 *
 * Keeps invalid values with the bus.
 */
void
cmdqvDomainXMLReadController(cmdqvTopology *topology, const xmlNode *node)
{
    const char *modelName = cmdqvXMLReadAttr(node, "model");
    cmdqvBusModel model = cmdqvBusModelFromString(modelName);
    cmdqvPCIAddress address;
    unsigned int idx = 0;
    bool hasIndex;
    bool hasAddress;
    GError *badIndex = NULL;
    GError *badAddress = NULL;
    const xmlNode *target = cmdqvXMLReadChild(node, "target");
    const xmlNode *implementation = cmdqvXMLReadChild(node, "model");
    cmdqvBus *bus;

    bus = cmdqvTopologyAddBus(topology, model);
    bus->badIndex = !cmdqvXMLReadAttrUint(node, "index", 10, CMDQV_DOMAIN_XML_CONTROLLERS_INDEX_MAX, &hasIndex, &idx, &badIndex);
    cmdqvDomainXMLKeepError(topology, node, badIndex);
    (void)cmdqvDomainXMLGuestAddress(node, &hasAddress, &address, &badAddress);
    cmdqvDomainXMLKeepError(topology, cmdqvXMLReadChild(node, "address"), badAddress);

    bus->line = cmdqvXMLReadLine(node);
    bus->place = (int)topology->buses->len - 1;
    bus->index = hasIndex && !bus->badIndex ? (int)idx : CMDQV_NONE;
    if (model == CMDQV_BUS_PCIE_ROOT && !hasIndex)
        bus->index = 0;
    bus->name = cmdqvTopologyKeep(topology, cmdqvDomainXMLAlias(node));
    bus->driver = cmdqvTopologyKeep(topology, cmdqvXMLReadAttr(implementation, "name"));
    if (hasAddress) {
        bus->parentIndex = (int)address.bus;
        cmdqvDomainXMLReadSlot(node, &address, &bus->slot);
    }
    if (target)
        cmdqvDomainXMLReadTarget(bus, target);
}


/* The position of a controller in libvirt's list: the index that it is put before, and its position in the text. */
typedef struct {
    int index;
    bool hasIndex;
    guint at;
} cmdqvDomainXMLControllersBusPlace;


static gint
cmdqvDomainXMLComparePlaces(gconstpointer a, gconstpointer b)
{
    const cmdqvDomainXMLControllersBusPlace *first = a;
    const cmdqvDomainXMLControllersBusPlace *second = b;

    if (first->index != second->index)
        return first->index < second->index ? -1 : 1;
    if (first->hasIndex != second->hasIndex)
        return first->hasIndex ? -1 : 1;
    return first->at < second->at ? -1 : 1;
}


/**
 * cmdqvDomainXMLOrderBuses:
 * @topology: a domain whose buses are in the order of the text
 *
 * libvirt puts a controller with an index before the first that has a greater
 * one, and one without an index at the end
 * (virDomainControllerInsertPreAlloced(), src/conf/domain_conf.c). So a
 * controller without an index stays behind the greatest index before it in the
 * text, and later controllers with a lower index are put before it.
 */
void
cmdqvDomainXMLOrderBuses(cmdqvTopology *topology)
{
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(cmdqvDomainXMLControllersBusPlace));
    g_autoptr(GArray) text = g_array_new(FALSE, FALSE, sizeof(cmdqvBus));
    int greatest = CMDQV_NONE;
    guint i;

    g_array_append_vals(text, topology->buses->data, topology->buses->len);
    for (i = 0; i < text->len; i++) {
        int own = g_array_index(text, cmdqvBus, i).index;
        const cmdqvDomainXMLControllersBusPlace place = {
            .index = own == CMDQV_NONE ? greatest : own,
            .hasIndex = own != CMDQV_NONE,
            .at = i,
        };

        greatest = MAX(greatest, place.index);
        g_array_append_val(places, place);
    }
    g_array_sort(places, cmdqvDomainXMLComparePlaces);
    for (i = 0; i < places->len; i++)
        g_array_index(topology->buses, cmdqvBus, i) = g_array_index(text, cmdqvBus, g_array_index(places, cmdqvDomainXMLControllersBusPlace, i).at);
}


/**
 * cmdqvDomainXMLNameBuses:
 * @topology: a domain whose buses have been ordered
 *
 * A controller without an index gets the lowest free one, in the order of the
 * text (virDomainAssignControllerIndexes(), src/conf/domain_postparse.c). A
 * controller without an alias gets its name from its index
 * (qemuAssignDeviceControllerAlias(), src/qemu/qemu_alias.c).
 */
void
cmdqvDomainXMLNameBuses(cmdqvTopology *topology)
{
    g_autoptr(GHashTable) used = g_hash_table_new(NULL, NULL);
    int lowest = 0;
    guint i;

    for (i = 0; i < topology->buses->len; i++)
        (void)g_hash_table_add(used, GINT_TO_POINTER(g_array_index(topology->buses, cmdqvBus, i).index));

    for (i = 0; i < topology->buses->len; i++) {
        cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        /* the index of the controller is unknown, and so are the devices on it */
        if (bus->badIndex)
            continue;
        if (bus->index == CMDQV_NONE) {
            while (g_hash_table_contains(used, GINT_TO_POINTER(lowest)))
                lowest++;
            bus->index = lowest++;
        }
        if (!bus->name)
            bus->name = cmdqvTopologyFormat(topology, bus->model == CMDQV_BUS_PCIE_ROOT ? "pcie.%d" : "pci.%d", bus->index);
    }
}


/**
 * cmdqvDomainXMLAddImplicitRoot:
 * @topology: a domain whose buses have been read
 *
 * Each machine with PCIe has a root, even if the text does not have it.
 */
void
cmdqvDomainXMLAddImplicitRoot(cmdqvTopology *topology)
{
    cmdqvBus *root;
    guint i;

    for (i = 0; i < topology->buses->len; i++) {
        if (g_array_index(topology->buses, cmdqvBus, i).index == 0)
            return;
    }
    root = cmdqvTopologyAddBus(topology, CMDQV_BUS_PCIE_ROOT);
    root->index = 0;
    root->name = CMDQV_ROOT_BUS_NAME;
}
