/*
 * lowering/lower_numbers.c: numbers that a lowered domain takes beside libvirt's
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * QEMU gets each controller above a vSMMU twice: the one that is meant, with
 * the numbers that libvirt would give it, and libvirt's own, the shadow.  What
 * must be unique the shadow gives up, and takes from the far end of those that
 * libvirt assigns: chassis from the top, as libvirt goes by the controller's
 * index; buses below the lowest, as libvirt goes down from there.  Slots on
 * pcie.0 libvirt fills from 1 upwards, so the pxb-pcie sits near the end.
 * Whatever the user's own arguments name is passed over.
 */

#include "lowering/lower_numbers.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "conf/xml_edit.h"
#include "util/error.h"

#define CMDQV_CHASSIS_MAX 255
#define CMDQV_BUS_NUMBERS 256
#define CMDQV_ROOT_SLOTS 32

/* The last but one: the last is where some machines have a bridge of their own. */
#define CMDQV_ROOT_SLOT_FIRST_TAKEN 0x1e

/* libvirt puts root ports into slots together; beside them it adds few things by itself. */
#define CMDQV_PORTS_IN_SLOT 8
#define CMDQV_SLOTS_OF_LIBVIRT 4


/**
 * cmdqvLowerNumbersClear:
 * @numbers: what was taken
 *
 * Frees what is in it, not @numbers itself.
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
 * What is on pcie.0 stays there: it is created after every argument in keyval
 * form as it is.
 *
 * Returns: true if the controller is above or behind a vSMMU on an expander
 */
bool
cmdqvLowerIsMoved(const cmdqvTopology *topology, guint bus)
{
    const cmdqvBus *root = cmdqvTopologyGetBus(topology, g_array_index(topology->buses, cmdqvBus, bus).root);

    return root && root->model == CMDQV_BUS_PCIE_EXPANDER && root->smmu != CMDQV_NONE;
}


/* What the user's own arguments give for a property, in keyval form or in JSON, of whatever device. */
static GArray *
cmdqvLowerOwnNumbers(const xmlNode *domain, const char *property, guint base)
{
    GArray *own = g_array_new(FALSE, FALSE, sizeof(guint64));
    const xmlNode *commandline = cmdqvXMLChildNs(domain, "commandline", CMDQV_XML_QEMU_NAMESPACE);
    xmlNode *arg;

    for (arg = commandline ? cmdqvXMLNextElement(commandline, NULL) : NULL; arg; arg = cmdqvXMLNextElement(commandline, arg)) {
        const char *at = cmdqvXMLAttr(arg, "value");

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
cmdqvLowerMarkOwn(const xmlNode *domain, const char *property, guint base, bool *used, guint count)
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
    bool used[CMDQV_CHASSIS_MAX + 1] = { true };
    int next = CMDQV_CHASSIS_MAX;
    guint i;

    cmdqvLowerMarkOwn(domain, "chassis", 0, used, G_N_ELEMENTS(used));

    for (i = 0; i < topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        if (bus->index >= 0 && bus->index <= CMDQV_CHASSIS_MAX)
            used[bus->index] = true;
        if (bus->chassis >= 0 && bus->chassis <= CMDQV_CHASSIS_MAX)
            used[bus->chassis] = true;
    }
    for (i = 0; i < topology->buses->len; i++) {
        if (!cmdqvLowerIsMoved(topology, i) || g_array_index(topology->buses, cmdqvBus, i).chassis == CMDQV_NONE)
            continue;
        while (next > 0 && used[next])
            next--;
        if (next == 0) {
            g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_INVALID,
                                "the PCI controllers of the domain leave no chassis number free; use fewer controllers");
            return false;
        }
        g_array_index(numbers->shadow, int, i) = next--;
    }
    return true;
}


/* A bus takes its own number and, for the guest to give, one for each bus behind it. */
static int
cmdqvLowerCountBehind(const cmdqvTopology *topology, guint root)
{
    int count = 0;
    guint i;

    for (i = 0; i < topology->buses->len; i++)
        count += g_array_index(topology->buses, cmdqvBus, i).root == (int)root;
    return count;
}


static bool
cmdqvLowerTakeBusNumbers(cmdqvLowerNumbers *numbers, const cmdqvTopology *topology, const xmlNode *domain, GError **error)
{
    g_autoptr(GArray) own = cmdqvLowerOwnNumbers(domain, "bus_nr", 0);
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
        lowest -= cmdqvLowerCountBehind(topology, i);
        if (bus->busNr == CMDQV_NONE || lowest <= (int)topology->buses->len) {
            g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_INVALID,
                                "the PCI controllers of the domain leave no bus number free for those that take the place "
                                "of its pcie-expander-bus; use higher busNr or fewer controllers");
            return false;
        }
        g_array_index(numbers->shadow, int, i) = lowest;
    }
    return true;
}


/* Marks what the text puts on pcie.0, and counts what libvirt will still put there or on ports of it. */
static guint
cmdqvLowerReadRootSlots(const xmlNode *domain, bool used[CMDQV_ROOT_SLOTS])
{
    const xmlNode *devices;
    const xmlNode *node;
    guint endpoints = cmdqvDomainXMLCountUnplaced(domain);
    guint expanders = 0;

    for (devices = domain->children; devices; devices = devices->next) {
        for (node = cmdqvXMLIs(devices, "devices") ? devices->children : NULL; node; node = node->next) {
            const xmlNode *address = node->type == XML_ELEMENT_NODE ? cmdqvXMLChild(node, "address") : NULL;
            cmdqvPCIAddress at;
            bool present = false;

            if (address && g_strcmp0(cmdqvXMLAttr(address, "type"), "pci") == 0)
                (void)cmdqvXMLAddress(address, &present, &at, NULL);
            if (present && at.bus == 0 && at.slot < CMDQV_ROOT_SLOTS)
                used[at.slot] = true;
            else if (!present && cmdqvXMLIs(node, "controller") && g_strcmp0(cmdqvXMLAttr(node, "model"), "pcie-expander-bus") == 0)
                expanders++;
            else if (!present && cmdqvXMLIs(node, "controller") && g_strcmp0(cmdqvXMLAttr(node, "type"), "pci") == 0)
                endpoints++;
        }
    }
    return expanders + endpoints / CMDQV_PORTS_IN_SLOT + CMDQV_SLOTS_OF_LIBVIRT;
}


static bool
cmdqvLowerTakeSlots(cmdqvLowerNumbers *numbers, const cmdqvTopology *topology, const xmlNode *domain, GError **error)
{
    bool used[CMDQV_ROOT_SLOTS] = { true };
    guint waiting = cmdqvLowerReadRootSlots(domain, used);
    int next = CMDQV_ROOT_SLOT_FIRST_TAKEN;
    guint left = 0;
    int slot;
    guint i;

    cmdqvLowerMarkOwn(domain, "addr", 16, used, G_N_ELEMENTS(used));

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
    g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_INVALID,
                        "the root bus pcie.0 has no slot left for another pxb-pcie beside each pcie-expander-bus of a vSMMU; "
                        "move devices from bus 0 to root ports");
    return false;
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
 * @topology: a definition after cmdqvDefaultsFill()
 * @domain: its XML
 * @error: CMDQV_ERROR_INVALID where there are not enough
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvLowerNumbersTake(cmdqvLowerNumbers *numbers, const cmdqvTopology *topology, const xmlNode *domain, GError **error)
{
    *numbers = (cmdqvLowerNumbers){ cmdqvLowerNumbersNew(topology->buses->len), cmdqvLowerNumbersNew(topology->buses->len) };
    return cmdqvLowerTakeChassis(numbers, topology, domain, error) &&
        cmdqvLowerTakeBusNumbers(numbers, topology, domain, error) &&
        cmdqvLowerTakeSlots(numbers, topology, domain, error);
}
