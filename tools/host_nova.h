/*
 * host_nova.h: devices of the host that can anchor, as OpenStack Nova's configuration
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

/** The trait, in Nova's configuration, of a device whose host has the module, its setting for Nova, and CMDQV. */
#define CMDQV_HOST_NOVA_TRAIT "CUSTOM_CMDQV"

bool cmdqvHostNovaHasDevices(const GPtrArray *inventory, const char *root);
void cmdqvHostNovaPrint(const GPtrArray *inventory, const char *root);
