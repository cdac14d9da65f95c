/*
 * emulator_probe.h: run an emulator to read its capabilities
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "qemu/emulator_caps.h"

bool cmdqvEmulatorProbeIsAllowed(const char *path);
bool cmdqvEmulatorProbeOwn(const char *path, cmdqvEmulatorCaps *target, GError **error);
bool cmdqvEmulatorProbe(const char *path, cmdqvEmulatorCaps *target, GError **error);
