/*
 * lowering/lower_numbers.h: numbers that a lowered domain takes beside libvirt's
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <libxml/tree.h>

#include "conf/topology.h"

/** Indexed as the buses of the topology are; CMDQV_NONE for what is not lowered, or has no such number. */
typedef struct {
    GArray *shadow;         /* int: the bus number or chassis that libvirt's own controller gets instead */
    GArray *slot;           /* int: of a pxb-pcie, its slot on pcie.0, of which libvirt does not know */
} cmdqvLowerNumbers;

bool cmdqvLowerIsMoved(const cmdqvTopology *topology, guint bus);
bool cmdqvLowerNumbersTake(cmdqvLowerNumbers *numbers, const cmdqvTopology *topology, const xmlNode *domain, GError **error);
void cmdqvLowerNumbersClear(cmdqvLowerNumbers *numbers);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvLowerNumbers, cmdqvLowerNumbersClear)
