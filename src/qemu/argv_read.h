/*
 * qemu/argv_read.h: the argv of QEMU becomes a topology
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "conf/topology.h"

cmdqvTopology *cmdqvArgvRead(const char *const *argv, GError **error);
int cmdqvArgvAddDevice(cmdqvTopology *topology, GHashTable *device);
