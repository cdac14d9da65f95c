/*
 * lowering/lower.h: a domain for a libvirt that does not know CMDQV
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "qemu/emulator_caps.h"

bool cmdqvLowerIsNeeded(const char *xml);
char *cmdqvLowerWithout(const char *xml);
char *cmdqvLowerXML(const char *xml, const cmdqvTarget *target, GError **error);
