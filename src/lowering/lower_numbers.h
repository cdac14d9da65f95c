/*
 * lower_numbers.h: choose the numbers of a lowered domain's controllers
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <libxml/tree.h>

#include "conf/topology.h"

/** Numbers, indexed as the buses of the topology; CMDQV_NONE for a bus that is not lowered, or has no such number. */
typedef struct {
    GArray *shadow;         /* int: the bus number or chassis of libvirt's own controller, the shadow */
    GArray *slot;           /* int: the slot of a pxb-pcie on pcie.0, which libvirt does not know */
} cmdqvLowerNumbers;

bool cmdqvLowerIsMoved(const cmdqvTopology *topology, guint bus);
bool cmdqvLowerNumbersTake(cmdqvLowerNumbers *numbers, const cmdqvTopology *topology, const xmlNode *domain, GError **error);
void cmdqvLowerNumbersClear(cmdqvLowerNumbers *numbers);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvLowerNumbers, cmdqvLowerNumbersClear)
