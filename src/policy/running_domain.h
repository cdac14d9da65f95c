/*
 * running_domain.h: read a running domain, its process and its anchors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "conf/topology.h"
#include "qemu/process.h"

/** A running domain; all members are NULL if it has no SMMUv3. */
typedef struct {
    cmdqvTopology *topology;    /* of the live XML */
    cmdqvTopology *process;     /* of the argv, NULL if that is unknown */
    unsigned int pid;
    GPtrArray *anchors;         /* cmdqvAnchor, with indexes of endpoints in @topology */
} cmdqvRunningDomain;

bool cmdqvRunningDomainRead(const char *xml, const char *name, const char *uuid, const cmdqvProcessPaths *paths,
                            bool hostMayHaveCmdqv, cmdqvRunningDomain *live, GError **error);
void cmdqvRunningDomainClear(cmdqvRunningDomain *live);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvRunningDomain, cmdqvRunningDomainClear)
