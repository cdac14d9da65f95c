/*
 * smmu_inventory.h: list the SMMUs of the host and the devices behind them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

#include "host/cmdqv_support.h"
#include "host/device_needs.h"

/** An unknown NUMA node. */
#define CMDQV_SMMU_INVENTORY_NO_NODE (-1)

/** A PCI function; strings may be NULL. */
typedef struct {
    char *address;          /* as in sysfs, such as 0009:01:00.0 */
    char *vendor;           /* 0x10de */
    char *device;
    char *class;
    char *driver;           /* its driver on the host */
    char *group;            /* number of its IOMMU group */
    char *vfio;             /* name of its file in /dev/vfio/devices, for iommufd */
    int node;
    bool isPhysicalFunction; /* it can have virtual functions, whether or not it has some */
    cmdqvDeviceNeeds needs;  /* the needs of a guest for it */
} cmdqvHostDevice;

typedef struct {
    char *name;             /* such as smmu3.0x0000000016000000, which has its base address in it */
    cmdqvSupport cmdqv;
    int node;               /* its own NUMA node, or that of all its devices */
    GPtrArray *devices;     /* cmdqvHostDevice, by address */
} cmdqvHostSmmu;

GPtrArray *cmdqvSmmuInventoryRead(const char *root);
char **cmdqvSmmuInventoryWithoutCmdqv(const char *root);
const cmdqvHostDevice *cmdqvSmmuInventoryFind(const GPtrArray *inventory, const char *address, const cmdqvHostSmmu **smmu);
const cmdqvHostDevice *cmdqvSmmuInventoryRival(const GPtrArray *inventory, const cmdqvHostDevice *device);
bool cmdqvSmmuInventoryTell(const char *device, cmdqvDeviceNeedsPlace *place, gpointer inventory);
