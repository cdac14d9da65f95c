/*
 * policy/start_check.h: CMDQV that a domain asks for and its QEMU was not asked for
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "conf/topology.h"
#include "qemu/process.h"

/** What was lost; cmdqvLostClear() it. */
typedef struct {
    GPtrArray *smmus;       /* ids, each once */
    GPtrArray *devices;
    GPtrArray *reasons;     /* in words */
} cmdqvLost;

bool cmdqvLostFind(const cmdqvTopology *asked, const cmdqvTopology *process, cmdqvLost *lost);
bool cmdqvLostCheck(const char *xml, const char *name, const char *uuid, const cmdqvProcessPaths *paths, bool log);
void cmdqvLostClear(cmdqvLost *lost);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvLost, cmdqvLostClear)
