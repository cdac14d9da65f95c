/*
 * test_topology.h: write a topology as text, and lower a text
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "conf/topology.h"
#include "qemu/emulator_caps.h"

char *cmdqvTestDescribeTopology(const cmdqvTopology *topology);
bool cmdqvTestLowerText(const char *xml, const cmdqvEmulatorCaps *target, char **lowered, GError **error);
