/*
 * daemon/domain_job.h: calls on one domain, one after the other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "daemon/next_call.h"
#include "policy/detach_policy.h"

typedef struct _cmdqvTurn cmdqvTurn;

/** A place in the queue; lives on the stack of the call that stands there. */
struct _cmdqvTurn {
    unsigned char uuid[VIR_UUID_BUFLEN];
    unsigned int halves;        /* VIR_DOMAIN_AFFECT_LIVE, _CONFIG or both; 0 as long as it stands nowhere */
    bool alone;
    gint64 since;               /* g_get_monotonic_time() when the call first stood in the queue, 0 before */
    cmdqvTurn *next;
};

#define CMDQV_TURN_NONE { { 0 }, 0, false, 0, NULL }

/** libvirt's own code for a domain that is held for too long. */
#define CMDQV_TURN_TIMEOUT_CODE VIR_ERR_OPERATION_TIMEOUT

bool cmdqvTurnTake(cmdqvTurn *turn, virDomainPtr domain, unsigned int halves, bool alone);
bool cmdqvTurnTakeUUID(cmdqvTurn *turn, virConnectPtr conn, const char *uuid, unsigned int halves);
bool cmdqvTurnIsOver(const cmdqvTurn *turn);
bool cmdqvTurnReachesLibvirt(const cmdqvTurn *turn, virDomainPtr domain);
cmdqvVerdict *cmdqvTurnTimeOut(void);
void cmdqvTurnEnd(cmdqvTurn *turn);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvTurn, cmdqvTurnEnd)
