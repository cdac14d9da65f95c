/*
 * bus_numbers.c: the numbers that PCI buses have in the guest
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A root has the numbers from that of its own bus up to that of the next root,
 * or to 255.  The guest's firmware gives one of them to each bus behind the
 * root: root ports, both sides of switches, bridges.
 */

#include "conf/bus_numbers.h"


/* libvirt counts each controller that has a number, whatever its model. */
static int
cmdqvBusNumbersLowest(const cmdqvTopology *topology)
{
    int lowest = CMDQV_BUS_NUMBERS;
    guint i;

    for (i = 0; i < topology->buses->len; i++) {
        int busNr = g_array_index(topology->buses, cmdqvBus, i).busNr;

        lowest = busNr == CMDQV_NONE ? lowest : MIN(lowest, busNr);
    }
    return lowest;
}


/* Numbers an expander as qemuDomainAddressFindNewBusNr() does, src/qemu/qemu_domain_address.c. */
static void
cmdqvBusNumbersFirst(const cmdqvTopology *topology, GArray *numbers)
{
    int lowest = cmdqvBusNumbersLowest(topology);
    guint i;

    for (i = 0; i < topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);
        cmdqvBusNumbers *own = &g_array_index(numbers, cmdqvBusNumbers, i);

        *own = (cmdqvBusNumbers){ .first = CMDQV_NONE, .end = CMDQV_BUS_NUMBERS, .next = CMDQV_NONE };
        if (bus->model == CMDQV_BUS_PCIE_ROOT) {
            own->first = 0;
        } else if (bus->model == CMDQV_BUS_PCIE_EXPANDER && bus->busNr != CMDQV_NONE) {
            own->first = bus->busNr < CMDQV_BUS_NUMBERS ? bus->busNr : CMDQV_NONE;
        } else if (bus->model == CMDQV_BUS_PCIE_EXPANDER && bus->line != CMDQV_NONE && lowest > CMDQV_BUS_NUMBERS_OF_EXPANDER) {
            own->first = lowest -= CMDQV_BUS_NUMBERS_OF_EXPANDER;
            own->chosen = true;
        }
    }
}


/* Counts the buses of each root, and finds the root of each number: the first that has it, as QEMU refuses the second. */
static void
cmdqvBusNumbersCount(const cmdqvTopology *topology, GArray *numbers, int owners[CMDQV_BUS_NUMBERS])
{
    guint i;

    for (i = 0; i < CMDQV_BUS_NUMBERS; i++)
        owners[i] = CMDQV_NONE;
    for (i = 0; i < numbers->len; i++) {
        cmdqvBusNumbers *own = &g_array_index(numbers, cmdqvBusNumbers, i);
        int root = g_array_index(topology->buses, cmdqvBus, i).root;

        if (root != CMDQV_NONE)
            g_array_index(numbers, cmdqvBusNumbers, root).need++;
        if (own->first == CMDQV_NONE)
            continue;
        if (owners[own->first] == CMDQV_NONE)
            owners[own->first] = (int)i;
        else
            own->first = CMDQV_NONE;
    }
}


/**
 * cmdqvBusNumbersRead:
 * @topology: a resolved topology
 *
 * A bus whose root is unknown counts for none.
 *
 * Returns: (transfer full) (element-type cmdqvBusNumbers): for each bus its
 * numbers, in the order of the buses
 */
GArray *
cmdqvBusNumbersRead(const cmdqvTopology *topology)
{
    GArray *numbers = g_array_sized_new(FALSE, FALSE, sizeof(cmdqvBusNumbers), topology->buses->len);
    int owners[CMDQV_BUS_NUMBERS];
    int end = CMDQV_BUS_NUMBERS;
    int limit = CMDQV_BUS_NUMBERS;
    int taken = 0;
    int number;

    g_array_set_size(numbers, topology->buses->len);
    cmdqvBusNumbersFirst(topology, numbers);
    cmdqvBusNumbersCount(topology, numbers, owners);

    for (number = CMDQV_BUS_NUMBERS - 1; number >= 0; number--) {
        cmdqvBusNumbers *own;

        if (owners[number] == CMDQV_NONE)
            continue;
        own = &g_array_index(numbers, cmdqvBusNumbers, owners[number]);
        own->end = end;
        own->next = end < CMDQV_BUS_NUMBERS ? owners[end] : CMDQV_NONE;
        own->fit = limit = MIN(number, limit - own->need);
        end = number;
    }
    for (number = 0; number < CMDQV_BUS_NUMBERS; number++) {
        cmdqvBusNumbers *own;

        if (owners[number] == CMDQV_NONE)
            continue;
        own = &g_array_index(numbers, cmdqvBusNumbers, owners[number]);
        own->least = MAX(number, taken);
        taken = own->least + own->need;
    }
    return numbers;
}
