/*
 * emulator.h: what an emulator says of itself
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

typedef struct {
    bool hasCmdqv;
    unsigned int major;     /* version, 0 where it does not tell */
    unsigned int minor;
} cmdqvEmulator;

bool cmdqvEmulatorAsk(const char *path, cmdqvEmulator *emulator, GError **error);
