/*
 * layout/layout_free.c: what a domain has free: indexes, bus numbers, slots and ports
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "layout/layout_priv.h"

#include <string.h>

#include "util/error.h"
#include "util/text.h"

#define CMDQV_LAYOUT_BUSES 256

/* Bus numbers are given to an expander in steps, so that a device that is a bridge itself finds a few. */
#define CMDQV_LAYOUT_BUS_STEP 8

/* What libvirt takes for an expander that says nothing (qemuDomainAddressFindNewBusNr(), src/qemu/qemu_domain_address.c). */
#define CMDQV_LAYOUT_BUS_DEFAULT 2


static bool
cmdqvLayoutIsPCIController(const xmlNode *node)
{
    return cmdqvXMLIs(node, "controller") && g_strcmp0(cmdqvXMLAttr(node, "type"), "pci") == 0;
}


/* The controller of a bus: they are in the order of the text, in the document as in the topology. */
static xmlNode *
cmdqvLayoutController(const cmdqvLayout *layout, int bus)
{
    xmlNode *node = NULL;
    int number = 0;

    while ((node = cmdqvXMLNextElement(layout->devices, node))) {
        if (cmdqvLayoutIsPCIController(node) && number++ == bus)
            return node;
    }
    return NULL;
}


/**
 * cmdqvLayoutUse:
 * @layout: what is laid out
 * @bus: index of a PCI controller
 * @slot: a slot of it, which is taken from now on
 */
void
cmdqvLayoutUse(cmdqvLayout *layout, unsigned int bus, unsigned int slot)
{
    (void)g_hash_table_add(layout->used, GINT_TO_POINTER(bus << 5 | slot));
    (void)g_hash_table_add(layout->used, GINT_TO_POINTER(-1 - (int)bus));
}


/**
 * cmdqvLayoutIsUsed:
 * @layout: what is laid out
 * @bus: index of a PCI controller
 * @slot: a slot of it
 *
 * Returns: true if something is there
 */
bool
cmdqvLayoutIsUsed(const cmdqvLayout *layout, unsigned int bus, unsigned int slot)
{
    return g_hash_table_contains(layout->used, GINT_TO_POINTER(bus << 5 | slot));
}


static unsigned int
cmdqvLayoutBusNr(const xmlNode *controller)
{
    const xmlNode *target = controller ? cmdqvXMLChild(controller, "target") : NULL;
    const char *text = target ? cmdqvXMLAttr(target, "busNr") : NULL;
    unsigned int number;

    return text && cmdqvStringToUint(text, 0, CMDQV_LAYOUT_BUSES - 1, &number) ? number : 0;
}


/**
 * cmdqvLayoutSurvey:
 * @layout: what is laid out; its indexes, bus numbers and addresses are filled in
 * @error: CMDQV_ERROR_MALFORMED where an address cannot be read
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvLayoutSurvey(cmdqvLayout *layout, GError **error)
{
    xmlNode *node = NULL;
    guint i;

    while ((node = cmdqvXMLNextElement(layout->devices, node))) {
        const xmlNode *address = cmdqvXMLChild(node, "address");
        cmdqvPCIAddress guest;
        bool present;

        if (cmdqvXMLIs(node, "controller"))
            layout->lastController = node;
        if (!address || g_strcmp0(cmdqvXMLAttr(address, "type"), "pci") != 0)
            continue;
        if (!cmdqvXMLAddress(address, &present, &guest, error))
            return false;
        if (present)
            cmdqvLayoutUse(layout, guest.bus, guest.slot);
    }
    layout->lowestBusNr = CMDQV_LAYOUT_BUSES;
    for (i = 0; i < layout->topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(layout->topology->buses, cmdqvBus, i);
        unsigned int number = bus->line == CMDQV_NONE ? 0 : cmdqvLayoutBusNr(cmdqvLayoutController(layout, (int)i));

        layout->nextIndex = MAX(layout->nextIndex, bus->index + 1);
        if (number > 0)
            layout->lowestBusNr = MIN(layout->lowestBusNr, number);
    }
    return true;
}


/**
 * cmdqvLayoutTakeIndex:
 * @layout: what is laid out
 * @error: CMDQV_ERROR_INVALID where there is none left
 *
 * Returns: an index for another PCI controller, higher than all others;
 * CMDQV_NONE with @error set
 */
int
cmdqvLayoutTakeIndex(cmdqvLayout *layout, GError **error)
{
    if (layout->nextIndex < CMDQV_LAYOUT_BUSES)
        return layout->nextIndex++;
    g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "the domain has no index left for another PCI controller: %d is taken, and "
                "is the highest", CMDQV_LAYOUT_BUSES - 1);
    return CMDQV_NONE;
}


/* The buses that are on the root complex itself, with what libvirt may add there: below the expanders' numbers there has to be room. */
static guint
cmdqvLayoutBelow(const cmdqvLayout *layout)
{
    guint count = 1 + layout->request->sparePorts;
    guint i;

    for (i = 0; i < layout->topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(layout->topology->buses, cmdqvBus, i);
        const cmdqvBus *root = cmdqvTopologyGetBus(layout->topology, bus->root);

        if (!root || root->model != CMDQV_BUS_PCIE_EXPANDER)
            count++;
        else if (bus == root && bus->line != CMDQV_NONE && cmdqvLayoutBusNr(cmdqvLayoutController(layout, (int)i)) == 0)
            count += CMDQV_LAYOUT_BUS_DEFAULT;
    }
    return count + cmdqvDomainXMLCountUnplaced(layout->root);
}


/**
 * cmdqvLayoutTakeBusNr:
 * @layout: what is laid out
 * @ports: how many ports will be below the expander
 * @error: CMDQV_ERROR_INVALID where there are too few numbers
 *
 * Returns: the lowest of as many bus numbers as it needs, which are taken from
 * now on; 0 with @error set
 */
guint
cmdqvLayoutTakeBusNr(cmdqvLayout *layout, guint ports, GError **error)
{
    guint need = (ports + 1 + CMDQV_LAYOUT_BUS_STEP - 1) / CMDQV_LAYOUT_BUS_STEP * CMDQV_LAYOUT_BUS_STEP;

    if (layout->lowestBusNr < need + cmdqvLayoutBelow(layout)) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "the domain has no %u bus numbers left for another PCIe expander bus "
                    "below %u; lay out fewer devices or spare ports", need, layout->lowestBusNr);
        return 0;
    }
    layout->lowestBusNr -= need;
    return layout->lowestBusNr;
}


/**
 * cmdqvLayoutTakeRootSlot:
 * @layout: what is laid out
 * @error: CMDQV_ERROR_INVALID where the root complex has no slot left
 *
 * An expander sits in a slot of the root complex, which libvirt chooses: one
 * for each that has no address, and one for eight ports.  It refuses a domain
 * where there are too few.
 *
 * Returns: true if there is one more, or false with @error set
 */
bool
cmdqvLayoutTakeRootSlot(const cmdqvLayout *layout, GError **error)
{
    xmlNode *node = NULL;
    guint expanders = 0;
    guint ports = 0;
    guint left = 0;
    unsigned int slot;

    for (slot = 1; slot < CMDQV_LAYOUT_SLOTS; slot++)
        left += !cmdqvLayoutIsUsed(layout, 0, slot);
    while ((node = cmdqvXMLNextElement(layout->devices, node))) {
        const char *model = cmdqvLayoutIsPCIController(node) ? cmdqvXMLAttr(node, "model") : NULL;

        if (!model || cmdqvXMLChild(node, "address"))
            continue;
        expanders += strcmp(model, "pcie-expander-bus") == 0;
        ports += strcmp(model, "pcie-root-port") == 0;
    }
    if (expanders + (ports + CMDQV_LAYOUT_FUNCTIONS - 1) / CMDQV_LAYOUT_FUNCTIONS < left)
        return true;
    g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "the root complex has no slot left for another PCIe expander bus; "
                        "lay out fewer devices or spare ports");
    return false;
}


/**
 * cmdqvLayoutFreePort:
 * @layout: what is laid out
 * @bus: index of a PCI controller
 *
 * Returns: index of a port below it that the domain has, with nothing on it;
 * CMDQV_NONE where there is none
 */
int
cmdqvLayoutFreePort(const cmdqvLayout *layout, int bus)
{
    guint i;

    for (i = 0; i < layout->topology->buses->len; i++) {
        const cmdqvBus *port = &g_array_index(layout->topology->buses, cmdqvBus, i);

        if (port->model == CMDQV_BUS_ROOT_PORT && port->parentIndex == bus &&
            !g_hash_table_contains(layout->used, GINT_TO_POINTER(-1 - port->index)))
            return port->index;
    }
    return CMDQV_NONE;
}


/**
 * cmdqvLayoutHasBusNr:
 * @layout: what is laid out
 * @expander: a bus of the topology
 * @more: how many ports it is to get
 *
 * Returns: false where an expander that the domain has would run into the bus
 * numbers of the next one
 */
bool
cmdqvLayoutHasBusNr(const cmdqvLayout *layout, int expander, guint more)
{
    unsigned int first = cmdqvLayoutBusNr(cmdqvLayoutController(layout, expander));
    unsigned int next = CMDQV_LAYOUT_BUSES;
    guint buses = more;
    guint i;

    if (cmdqvTopologyGetBus(layout->topology, expander)->model != CMDQV_BUS_PCIE_EXPANDER)
        return true;
    for (i = 0; i < layout->topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(layout->topology->buses, cmdqvBus, i);
        unsigned int number = bus->line == CMDQV_NONE ? 0 : cmdqvLayoutBusNr(cmdqvLayoutController(layout, (int)i));

        buses += bus->root == expander;
        if (number > first)
            next = MIN(next, number);
    }
    return first > 0 && buses <= next - first;
}
