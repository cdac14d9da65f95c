/*
 * device_holders.h: which domains have which devices of the host
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libvirt/libvirt.h>

/** A domain that has a device; the name lives as long as the array that it is in. */
typedef struct {
    char *address;          /* of the device, as sysfs has it */
    char *domain;
    bool running;           /* false: it will have it when it starts */
} cmdqvHolder;

GPtrArray *cmdqvHoldersRead(virConnectPtr conn, int *status);
