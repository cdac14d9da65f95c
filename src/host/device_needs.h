/*
 * device_needs.h: read the address space and NUMA cells that a host device
 * needs in a guest
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

/** The needs of a device in a guest besides a slot on a bus. */
typedef struct {
    guint64 window;         /* bytes of address space above 4 GiB, for its 64-bit BARs */
    guint cells;            /* NUMA cells without CPUs and memory, to which its driver adds its own memory */
} cmdqvDeviceNeeds;

/** Position and kind of a host device. */
typedef struct {
    const char *smmu;       /* name of the SMMU that it is behind; borrowed */
    bool mayHaveCmdqv;      /* false if that SMMU certainly has no CMDQV */
    bool isBridge;          /* true: a guest cannot use it */
    bool isDisplay;         /* a GPU */
    int node;               /* its NUMA node, -1 if it is unknown */
    cmdqvDeviceNeeds needs;
} cmdqvDeviceNeedsPlace;

cmdqvDeviceNeeds cmdqvDeviceNeedsRead(const char *folder, const char *vendor, const char *device, const char *class);
