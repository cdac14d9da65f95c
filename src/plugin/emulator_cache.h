/*
 * emulator_cache.h: cache the capabilities of emulators
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <libxml/tree.h>

#include "daemon/next_call.h"
#include "qemu/emulator_caps.h"

bool cmdqvEmulatorCacheTarget(virConnectPtr conn, const xmlDoc *doc, cmdqvEmulatorCaps *target, char **path, GError **error);
