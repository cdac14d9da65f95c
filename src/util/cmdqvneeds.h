/*
 * cmdqvneeds.h: what a device of the host takes in a guest
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/** Beside its slot on a bus. */
typedef struct {
    guint64 window;         /* bytes of address space above 4 GiB, for its 64-bit BARs */
    guint cells;            /* NUMA cells without CPUs and memory, on which its driver brings up memory of its own */
} cmdqvNeeds;
