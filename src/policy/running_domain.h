/*
 * policy/running_domain.h: a running domain, its process and its anchors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "conf/topology.h"
#include "qemu/process.h"

/** Everything NULL for a domain without an SMMUv3. */
typedef struct {
    cmdqvTopology *topology;    /* of the live XML */
    cmdqvTopology *process;     /* of the argv, NULL where that cannot be told */
    unsigned int pid;
    GPtrArray *anchors;         /* cmdqvAnchor, with endpoints of @topology */
} cmdqvLive;

bool cmdqvLiveRead(const char *xml, const char *name, const char *uuid, const cmdqvProcessPaths *paths,
                   bool hostMayHaveCmdqv, cmdqvLive *live, GError **error);
void cmdqvLiveClear(cmdqvLive *live);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvLive, cmdqvLiveClear)
