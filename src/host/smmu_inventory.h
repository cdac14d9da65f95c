/*
 * host/smmu_inventory.h: the SMMUs of the host and the devices behind them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

#include "host/cmdqv_support.h"
#include "host/device_needs.h"

/** A NUMA node that the host does not tell. */
#define CMDQV_HOST_NO_NODE (-1)

/** A PCI function; strings are NULL where there is nothing to say. */
typedef struct {
    char *address;          /* as sysfs has it, such as 0009:01:00.0 */
    char *vendor;           /* 0x10de */
    char *device;
    char *class;
    char *driver;           /* that it is bound to */
    char *group;            /* number of its IOMMU group */
    char *vfio;             /* name below /dev/vfio/devices of what is opened for iommufd */
    int node;
    cmdqvNeeds needs;       /* of a guest that gets it */
} cmdqvHostDevice;

typedef struct {
    char *name;             /* such as smmu3.0x0000000016000000, which has its base address in it */
    cmdqvHostSupport cmdqv;
    int node;               /* its own, or that of all its devices */
    GPtrArray *devices;     /* cmdqvHostDevice, by address */
} cmdqvHostSmmu;

GPtrArray *cmdqvInventoryRead(const char *root);
char **cmdqvInventoryWithoutCmdqv(const char *root);
const cmdqvHostDevice *cmdqvInventoryFind(const GPtrArray *inventory, const char *address, const cmdqvHostSmmu **smmu);
const cmdqvHostDevice *cmdqvInventoryRival(const GPtrArray *inventory, const cmdqvHostDevice *device);
bool cmdqvInventoryTell(const char *device, cmdqvHostPlace *place, gpointer inventory);
