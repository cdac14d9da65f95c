/*
 * domain_job.h: run calls on one domain one after the other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "daemon/next_call.h"
#include "policy/verdict.h"

typedef struct _cmdqvDomainJob cmdqvDomainJob;

/** A job in the queue of a domain; it is on the stack of its call. */
struct _cmdqvDomainJob {
    unsigned char uuid[VIR_UUID_BUFLEN];
    unsigned int halves;        /* VIR_DOMAIN_AFFECT_LIVE, _CONFIG or both; 0 if it is in no queue */
    bool alone;
    gint64 since;               /* g_get_monotonic_time() when the call first entered the queue, 0 before */
    cmdqvDomainJob *next;
};

#define CMDQV_DOMAIN_JOB_NONE { .halves = 0 }

/** libvirt's own error code for a domain that another call has for too long. */
#define CMDQV_DOMAIN_JOB_TIMEOUT_CODE VIR_ERR_OPERATION_TIMEOUT

bool cmdqvDomainJobTry(cmdqvDomainJob *job, virDomainPtr domain, unsigned int halves);
bool cmdqvDomainJobBegin(cmdqvDomainJob *job, virDomainPtr domain, unsigned int halves, bool alone);
bool cmdqvDomainJobHasMachineUUID(virConnectPtr conn, const char *uuid);
bool cmdqvDomainJobBeginUUID(cmdqvDomainJob *job, virConnectPtr conn, const char *uuid, unsigned int halves);
bool cmdqvDomainJobIsOver(const cmdqvDomainJob *job);
bool cmdqvDomainJobReachesLibvirt(const cmdqvDomainJob *job, virDomainPtr domain);
cmdqvVerdict *cmdqvDomainJobTimeOut(void);
void cmdqvDomainJobEnd(cmdqvDomainJob *job);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvDomainJob, cmdqvDomainJobEnd)
