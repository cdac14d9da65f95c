/*
 * daemon/acl_gate.h: a refusal that comes after libvirt's own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "daemon/next_call.h"
#include "policy/detach_policy.h"

/** Open as long as there is no verdict. */
typedef struct {
    const char *function;
    virErrorNumber code;
    cmdqvVerdict *verdict;
    char *client;
    bool reached;           /* the refusal is the caller's last error */
} cmdqvFence;

#define CMDQV_FENCE_OPEN { NULL, VIR_ERR_OK, NULL, NULL, false }

bool cmdqvFenceRefuses(cmdqvFence *fence, virConnectPtr conn, virDomainPtr domain, virErrorNumber code,
                       const char *function, cmdqvVerdict *verdict);
bool cmdqvFenceIsClosed(void);
void cmdqvFenceClear(cmdqvFence *fence);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvFence, cmdqvFenceClear)
