/*
 * lower.h: lower a domain for a libvirt without CMDQV
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <libxml/tree.h>

#include "qemu/emulator_caps.h"

bool cmdqvLowerIsNeeded(xmlDoc *doc);
void cmdqvLowerJoinCommandlines(xmlNode *domain);
xmlDoc *cmdqvLowerWithout(const xmlDoc *domain);
bool cmdqvLowerDoc(xmlDoc *doc, const cmdqvEmulatorCaps *target, bool *changed, GError **error);
