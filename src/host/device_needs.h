/*
 * host/device_needs.h: what a layout asks of a device of the host
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

/** What it takes in a guest beside its slot on a bus. */
typedef struct {
    guint64 window;         /* bytes of address space above 4 GiB, for its 64-bit BARs */
    guint cells;            /* NUMA cells without CPUs and memory, on which its driver brings up memory of its own */
} cmdqvNeeds;

/** Where it is on the host, and what it is. */
typedef struct {
    const char *smmu;       /* name of the SMMU that it is behind; borrowed */
    bool mayHaveCmdqv;      /* false where that certainly has no CMDQV */
    bool isBridge;          /* no guest can have it */
    int node;               /* its NUMA node, -1 where the host does not tell */
    cmdqvNeeds needs;
} cmdqvHostPlace;
