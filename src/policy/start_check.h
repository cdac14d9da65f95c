/*
 * start_check.h: find parts of a domain's CMDQV that its QEMU process lacks
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "conf/topology.h"
#include "policy/verdict.h"
#include "qemu/process.h"

/** The name of the warning in the journal. */
#define CMDQV_START_CHECK_EVENT "lost"

/** The parts of the XML that the process lacks; cmdqvStartCheckLostClear() it. */
typedef struct {
    GPtrArray *smmus;       /* ids, each once */
    GPtrArray *devices;
    GPtrArray *reasons;     /* messages */
} cmdqvStartCheckLost;

bool cmdqvStartCheckFind(const cmdqvTopology *asked, const cmdqvTopology *process, cmdqvStartCheckLost *lost);
cmdqvVerdict *cmdqvStartCheckRun(const char *xml, const char *name, const char *uuid, const cmdqvProcessPaths *paths);
void cmdqvStartCheckLostClear(cmdqvStartCheckLost *lost);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvStartCheckLost, cmdqvStartCheckLostClear)
