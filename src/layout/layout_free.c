/*
 * layout_free.c: find free indexes, bus numbers, slots and ports of a domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "layout/layout_priv.h"

#include <string.h>

#include "conf/bus_numbers.h"
#include "util/error.h"

#define CMDQV_LAYOUT_BUSES 256

/* An expander gets bus numbers in steps of this size, so a device that is a bridge finds free ones. */
#define CMDQV_LAYOUT_BUS_STEP 8


/**
 * cmdqvLayoutUse:
 * @layout: the layout
 * @bus: index of a PCI controller
 * @slot: a slot of it, used from now on
 */
void
cmdqvLayoutUse(cmdqvLayout *layout, unsigned int bus, unsigned int slot)
{
    (void)g_hash_table_add(layout->used, GINT_TO_POINTER(bus << 5 | slot));
    (void)g_hash_table_add(layout->used, GINT_TO_POINTER(-1 - (int)bus));
}


/**
 * cmdqvLayoutIsUsed:
 * @layout: the layout
 * @bus: index of a PCI controller
 * @slot: a slot of it
 *
 * Returns: true if the slot is used
 */
bool
cmdqvLayoutIsUsed(const cmdqvLayout *layout, unsigned int bus, unsigned int slot)
{
    return g_hash_table_contains(layout->used, GINT_TO_POINTER(bus << 5 | slot));
}


/**
 * cmdqvLayoutSurvey:
 * @layout: the layout; gets the used indexes, bus numbers and addresses
 * @error: CMDQV_ERROR_MALFORMED if an address cannot be read
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvLayoutSurvey(cmdqvLayout *layout, GError **error)
{
    xmlNode *node = NULL;
    guint i;

    while ((node = cmdqvXMLEditNextElement(layout->devices, node))) {
        const xmlNode *address = cmdqvXMLReadChild(node, "address");
        cmdqvPCIAddress guest;
        bool present;

        if (cmdqvXMLReadIs(node, "controller"))
            layout->lastController = node;
        if (!address || g_strcmp0(cmdqvXMLReadAttr(address, "type"), "pci") != 0)
            continue;
        if (!cmdqvXMLReadAddress(address, &present, &guest, error))
            return false;
        if (present)
            cmdqvLayoutUse(layout, guest.bus, guest.slot);
    }
    layout->lowestBusNr = CMDQV_BUS_NUMBERS;
    for (i = 0; i < layout->topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(layout->topology->buses, cmdqvBus, i);

        layout->nextIndex = MAX(layout->nextIndex, bus->index + 1);
        if (bus->busNr > 0)
            layout->lowestBusNr = MIN(layout->lowestBusNr, (guint)bus->busNr);
    }
    return true;
}


/**
 * cmdqvLayoutTakeIndex:
 * @layout: the layout
 * @error: CMDQV_ERROR_INVALID if there is none left
 *
 * Returns: an index for another PCI controller, higher than all others;
 * CMDQV_NONE with @error set
 */
int
cmdqvLayoutTakeIndex(cmdqvLayout *layout, GError **error)
{
    if (layout->nextIndex < CMDQV_LAYOUT_BUSES)
        return layout->nextIndex++;
    cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "the domain has no index left for another PCI controller: %d is taken, and is "
                  "the highest", CMDQV_LAYOUT_BUSES - 1);
    return CMDQV_NONE;
}


/* The number of buses on the root complex, with those that libvirt may add: they need numbers below those of the expanders. */
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
        else if (bus == root && bus->busNr == CMDQV_NONE)
            count += CMDQV_BUS_NUMBERS_OF_EXPANDER;
    }
    return count + cmdqvDomainXMLCountUnplaced(layout->root);
}


/**
 * cmdqvLayoutTakeBusNr:
 * @layout: the layout
 * @ports: number of ports below the expander
 * @error: CMDQV_ERROR_INVALID if there are too few numbers
 *
 * Returns: the lowest of the bus numbers that it needs, used from now on; 0
 * with @error set
 */
guint
cmdqvLayoutTakeBusNr(cmdqvLayout *layout, guint ports, GError **error)
{
    guint need = (ports + 1 + CMDQV_LAYOUT_BUS_STEP - 1) / CMDQV_LAYOUT_BUS_STEP * CMDQV_LAYOUT_BUS_STEP;

    if (layout->lowestBusNr < need + cmdqvLayoutBelow(layout)) {
        cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "the domain has no %u bus numbers left for another PCIe expander bus below "
                      "%u; name fewer devices or fewer spare ports", need, layout->lowestBusNr);
        return 0;
    }
    layout->lowestBusNr -= need;
    return layout->lowestBusNr;
}


/**
 * cmdqvLayoutTakeRootSlot:
 * @layout: the layout
 * @error: CMDQV_ERROR_INVALID if the root complex has no slot left
 *
 * An expander uses a slot of the root complex that libvirt chooses: one for
 * each device without an address, and one for eight ports. libvirt refuses a
 * domain that needs more slots than there are.
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
    while ((node = cmdqvXMLEditNextElement(layout->devices, node))) {
        const char *model = cmdqvXMLReadIsPCIController(node) ? cmdqvXMLReadAttr(node, "model") : NULL;

        if (!model || cmdqvXMLReadChild(node, "address"))
            continue;
        expanders += strcmp(model, "pcie-expander-bus") == 0;
        ports += strcmp(model, "pcie-root-port") == 0;
    }
    if (expanders + (ports + CMDQV_LAYOUT_FUNCTIONS - 1) / CMDQV_LAYOUT_FUNCTIONS < left)
        return true;
    return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "the root complex has no slot left for another PCIe expander bus; name "
                         "fewer devices or fewer spare ports");
}


/**
 * cmdqvLayoutFreePort:
 * @layout: the layout
 * @bus: index of a PCI controller
 *
 * Returns: index of an unused port on it; CMDQV_NONE if there is none
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
 * @layout: the layout
 * @expander: a bus of the topology
 * @more: number of ports to add
 *
 * Returns: false if the expander would then need bus numbers of the next one
 */
bool
cmdqvLayoutHasBusNr(const cmdqvLayout *layout, int expander, guint more)
{
    const cmdqvBus *bus = cmdqvTopologyGetBus(layout->topology, expander);
    g_autoptr(GArray) numbers = cmdqvBusNumbersRead(layout->topology);
    const cmdqvBusNumbers *own = &g_array_index(numbers, cmdqvBusNumbers, expander);

    if (bus->model != CMDQV_BUS_PCIE_EXPANDER)
        return true;
    return own->first != CMDQV_NONE && !own->chosen && own->need + (int)more <= own->end - own->first;
}
