/*
 * lower_numbers.c: choose the numbers of a lowered domain's controllers
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * QEMU gets each controller of a vSMMU twice: the real one, with the numbers
 * that libvirt would assign, and libvirt's own, the shadow. Unique numbers
 * belong to the real one, and the shadow gets others far from those that
 * libvirt assigns: chassis from the top, because libvirt uses the controller's
 * index; bus numbers below the lowest, because libvirt counts down from there.
 * libvirt fills slots on pcie.0 from 1 upwards, so the pxb-pcie gets one near
 * the end. Numbers in the user's own arguments are not used.
 */

#include "lowering/lower_numbers.h"

#include <string.h>

#include "conf/bus_numbers.h"
#include "conf/domain_xml.h"
#include "conf/xml_edit.h"
#include "util/error.h"

#define CMDQV_LOWER_NUMBERS_CHASSIS_MAX 255
#define CMDQV_LOWER_NUMBERS_ROOT_SLOTS 32

/* The last but one, because some machines have a bridge of their own in the last. */
#define CMDQV_LOWER_NUMBERS_ROOT_SLOT_FIRST_TAKEN 0x1e

/* libvirt puts several root ports into a slot; besides them it adds few devices itself. */
#define CMDQV_LOWER_NUMBERS_PORTS_IN_SLOT 8
#define CMDQV_LOWER_NUMBERS_SLOTS_OF_LIBVIRT 4


/**
 * cmdqvLowerNumbersClear:
 * @numbers: the chosen numbers
 *
 * Frees the members, not @numbers itself.
 */
void
cmdqvLowerNumbersClear(cmdqvLowerNumbers *numbers)
{
    g_clear_pointer(&numbers->shadow, g_array_unref);
    g_clear_pointer(&numbers->slot, g_array_unref);
}


/**
 * cmdqvLowerIsMoved:
 * @topology: a definition
 * @bus: one of its buses
 *
 * Devices on pcie.0 stay there, because QEMU creates them after all arguments
 * in keyval form anyway.
 *
 * Returns: true if the controller is above or behind a vSMMU on an expander
 */
bool
cmdqvLowerIsMoved(const cmdqvTopology *topology, guint bus)
{
    const cmdqvBus *root = cmdqvTopologyGetBus(topology, g_array_index(topology->buses, cmdqvBus, bus).root);

    return root && root->model == CMDQV_BUS_PCIE_EXPANDER && root->smmu != CMDQV_NONE;
}


/* The values of a property in the user's own arguments, of any device, in keyval form or JSON. */
static GArray *
cmdqvLowerOwnNumbers(const xmlNode *domain, const char *property, guint base)
{
    GArray *own = g_array_new(FALSE, FALSE, sizeof(guint64));
    const xmlNode *commandline = cmdqvXMLEditChildNs(domain, "commandline", CMDQV_XML_EDIT_QEMU_NAMESPACE);
    xmlNode *arg;

    for (arg = commandline ? cmdqvXMLEditNextElement(commandline, NULL) : NULL; arg; arg = cmdqvXMLEditNextElement(commandline, arg)) {
        const char *at = cmdqvXMLReadAttr(arg, "value");

        for (at = at ? strstr(at, property) : NULL; at; at = strstr(at, property)) {
            const char *value = at + strlen(property);
            char *end = NULL;
            guint64 number;

            at = value;
            value += strspn(value, "\" :=");
            number = value > at ? g_ascii_strtoull(value, &end, base) : 0;
            if (end && end != value)
                g_array_append_val(own, number);
        }
    }
    return own;
}


static void
cmdqvLowerReserveOwn(const xmlNode *domain, const char *property, guint base, bool *used, guint count)
{
    g_autoptr(GArray) own = cmdqvLowerOwnNumbers(domain, property, base);
    guint i;

    for (i = 0; i < own->len; i++) {
        if (g_array_index(own, guint64, i) < count)
            used[g_array_index(own, guint64, i)] = true;
    }
}


static bool
cmdqvLowerTakeChassis(cmdqvLowerNumbers *numbers, const cmdqvTopology *topology, const xmlNode *domain, GError **error)
{
    bool used[CMDQV_LOWER_NUMBERS_CHASSIS_MAX + 1] = { true };
    int next = CMDQV_LOWER_NUMBERS_CHASSIS_MAX;
    guint i;

    cmdqvLowerReserveOwn(domain, "chassis", 0, used, G_N_ELEMENTS(used));

    for (i = 0; i < topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        if (bus->index >= 0 && bus->index <= CMDQV_LOWER_NUMBERS_CHASSIS_MAX)
            used[bus->index] = true;
        if (bus->chassis >= 0 && bus->chassis <= CMDQV_LOWER_NUMBERS_CHASSIS_MAX)
            used[bus->chassis] = true;
    }
    for (i = 0; i < topology->buses->len; i++) {
        if (!cmdqvLowerIsMoved(topology, i) || g_array_index(topology->buses, cmdqvBus, i).chassis == CMDQV_NONE)
            continue;
        while (next > 0 && used[next])
            next--;
        if (next == 0)
            return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "the PCI controllers of the domain leave no chassis number free; "
                                 "use fewer controllers");
        g_array_index(numbers->shadow, int, i) = next--;
    }
    return true;
}


static bool
cmdqvLowerTakeBusNumbers(cmdqvLowerNumbers *numbers, const cmdqvTopology *topology, const xmlNode *domain, GError **error)
{
    g_autoptr(GArray) own = cmdqvLowerOwnNumbers(domain, "bus_nr", 0);
    g_autoptr(GArray) meant = cmdqvBusNumbersRead(topology);
    int lowest = CMDQV_BUS_NUMBERS;
    guint i;

    for (i = 0; i < own->len; i++)
        lowest = (int)MIN((guint64)lowest, g_array_index(own, guint64, i));

    for (i = 0; i < topology->buses->len; i++) {
        int busNr = g_array_index(topology->buses, cmdqvBus, i).busNr;

        lowest = busNr == CMDQV_NONE ? lowest : MIN(lowest, busNr);
    }
    for (i = 0; i < topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        if (!cmdqvLowerIsMoved(topology, i) || bus->model != CMDQV_BUS_PCIE_EXPANDER)
            continue;
        lowest -= g_array_index(meant, cmdqvBusNumbers, i).need;
        if (bus->busNr == CMDQV_NONE || lowest <= (int)topology->buses->len)
            return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "the PCI controllers of the domain leave no bus number free for "
                                 "those that take the place of its pcie-expander-bus; use higher busNr or fewer controllers");
        g_array_index(numbers->shadow, int, i) = lowest;
    }
    return true;
}


/* Marks the slots of pcie.0 that the text uses, and counts devices that libvirt will put there or on its ports. */
static guint
cmdqvLowerReadRootSlots(const xmlNode *domain, bool used[CMDQV_LOWER_NUMBERS_ROOT_SLOTS])
{
    const xmlNode *node = NULL;
    guint endpoints = cmdqvDomainXMLCountUnplaced(domain);
    guint expanders = 0;

    while ((node = cmdqvXMLReadNextDevice(domain, node))) {
        const xmlNode *address = cmdqvXMLReadChild(node, "address");
        cmdqvPCIAddress at;
        bool present = false;

        if (g_strcmp0(cmdqvXMLReadAttr(address, "type"), "pci") == 0)
            (void)cmdqvXMLReadAddress(address, &present, &at, NULL);
        if (present && at.bus == 0 && at.slot < CMDQV_LOWER_NUMBERS_ROOT_SLOTS)
            used[at.slot] = true;
        else if (!present && cmdqvXMLReadIsOf(node, "controller", "model", "pcie-expander-bus"))
            expanders++;
        else if (!present && cmdqvXMLReadIsPCIController(node))
            endpoints++;
    }
    return expanders + endpoints / CMDQV_LOWER_NUMBERS_PORTS_IN_SLOT + CMDQV_LOWER_NUMBERS_SLOTS_OF_LIBVIRT;
}


static bool
cmdqvLowerTakeSlots(cmdqvLowerNumbers *numbers, const cmdqvTopology *topology, const xmlNode *domain, GError **error)
{
    bool used[CMDQV_LOWER_NUMBERS_ROOT_SLOTS] = { true };
    guint waiting = cmdqvLowerReadRootSlots(domain, used);
    int next = CMDQV_LOWER_NUMBERS_ROOT_SLOT_FIRST_TAKEN;
    guint left = 0;
    int slot;
    guint i;

    cmdqvLowerReserveOwn(domain, "addr", 16, used, G_N_ELEMENTS(used));

    for (i = 0; i < topology->buses->len; i++) {
        if (!cmdqvLowerIsMoved(topology, i) || g_array_index(topology->buses, cmdqvBus, i).model != CMDQV_BUS_PCIE_EXPANDER)
            continue;
        while (next > 0 && used[next])
            next--;
        g_array_index(numbers->slot, int, i) = next;
        next -= next > 0;
    }
    for (slot = 1; slot <= next; slot++)
        left += !used[slot];
    if (left >= waiting)
        return true;
    return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "the root bus pcie.0 has no slot left for another pxb-pcie beside each "
                         "pcie-expander-bus of a vSMMU; move devices from bus 0 to root ports");
}


static GArray *
cmdqvLowerNumbersNew(guint count)
{
    GArray *array = g_array_sized_new(FALSE, FALSE, sizeof(int), count);
    const int none = CMDQV_NONE;
    guint i;

    for (i = 0; i < count; i++)
        g_array_append_val(array, none);
    return array;
}


/**
 * cmdqvLowerNumbersTake:
 * @numbers: (out): cmdqvLowerNumbersClear() it
 * @topology: a definition after cmdqvTopologyDefaultsFill()
 * @domain: (nullable): its XML; NULL to choose none
 * @error: CMDQV_ERROR_INVALID if there are not enough numbers
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvLowerNumbersTake(cmdqvLowerNumbers *numbers, const cmdqvTopology *topology, const xmlNode *domain, GError **error)
{
    *numbers = (cmdqvLowerNumbers){
        .shadow = cmdqvLowerNumbersNew(topology->buses->len),
        .slot = cmdqvLowerNumbersNew(topology->buses->len),
    };

    if (!domain)
        return true;
    return cmdqvLowerTakeChassis(numbers, topology, domain, error) &&
        cmdqvLowerTakeBusNumbers(numbers, topology, domain, error) &&
        cmdqvLowerTakeSlots(numbers, topology, domain, error);
}
