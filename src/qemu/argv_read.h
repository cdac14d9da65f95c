/*
 * argv_read.h: read the argv of QEMU into a topology
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "conf/topology.h"

cmdqvTopology *cmdqvArgvRead(const char *const *argv, GError **error);
cmdqvSwitch cmdqvArgvReadSwitch(const char *value);
bool cmdqvArgvReadAddArguments(cmdqvTopology *topology, const char *const *argv, GError **error);
int cmdqvArgvReadAddDevice(cmdqvTopology *topology, GHashTable *device);
