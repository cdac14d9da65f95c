/*
 * device_holders.h: list the host devices of domains
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libvirt/libvirt.h>

/** A domain with a device; the name is valid as long as its array. */
typedef struct {
    char *address;          /* of the device, as in sysfs */
    char *domain;
    bool running;           /* false: it gets the device at its next start */
} cmdqvDeviceHolder;

GPtrArray *cmdqvDeviceHoldersRead(virConnectPtr conn, int *status);
