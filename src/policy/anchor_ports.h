/*
 * anchor_ports.h: find the ports that a guest must not be able to power off
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "conf/topology.h"

GArray *cmdqvAnchorPortsIndexes(const cmdqvTopology *definition, bool hostHasCmdqv);
void cmdqvAnchorPortsNote(GPtrArray *anchors, const cmdqvTopology *topology, const cmdqvTopology *process);
