/*
 * bus_numbers.h: the numbers that PCI buses have in the guest
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "conf/topology.h"

/** One more than the highest number of a PCI bus. */
#define CMDQV_BUS_NUMBERS 256

/** libvirt puts an expander without a number this far below the lowest number: room for its own bus and one behind it. */
#define CMDQV_BUS_NUMBERS_OF_EXPANDER 2

/** The numbers of one PCIe root. */
typedef struct {
    int first;      /* of its own bus; CMDQV_NONE if the bus is no root, or its number is invalid or another root's */
    bool chosen;    /* by libvirt: the text gives none */
    int end;        /* one more than the highest number that a bus behind it can have */
    int next;       /* index of the root with the number @end; CMDQV_NONE if there is none */
    int need;       /* count of its buses, its own included */
    int least;      /* the lowest number from @first that leaves room for all buses of the roots below it; may be above 255 */
    int fit;        /* the highest number up to @first that leaves room for all buses, if the roots above it take theirs; may be below 0 */
} cmdqvBusNumbers;

GArray *cmdqvBusNumbersRead(const cmdqvTopology *topology);
