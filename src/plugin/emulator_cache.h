/*
 * plugin/emulator_cache.h: what a domain's emulator knows
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "daemon/next_call.h"
#include "qemu/emulator_caps.h"

bool cmdqvEmulatorTarget(virConnectPtr conn, const char *xml, cmdqvTarget *target, char **path, GError **error);
