/*
 * qemu/emulator_probe.h: asking an emulator what it knows
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "qemu/emulator_caps.h"

bool cmdqvTargetMayBeAsked(const char *path);
bool cmdqvTargetAskOwn(const char *path, cmdqvTarget *target, GError **error);
bool cmdqvTargetAsk(const char *path, cmdqvTarget *target, GError **error);
