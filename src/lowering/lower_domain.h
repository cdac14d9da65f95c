/*
 * lower_domain.h: one domain for a libvirt that does not know CMDQV
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <libxml/tree.h>

#include "conf/topology.h"
#include "qemu/emulator_caps.h"

bool cmdqvLowerDomain(xmlNode *domain, const cmdqvEmulatorCaps *target, bool again, bool *changed, GError **error);
