/*
 * domain_job.c: run calls on one domain one after the other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The module judges a call by the state of the domain, and then libvirt changes
 * the domain. If another client changed it in between, the verdict would be
 * about another state. So a call that changes a domain with an SMMUv3 has an
 * exclusive job, from the time the module reads the domain to the end of
 * libvirt's change. A job is for the running domain, its definition, or both;
 * jobs for different ones do not block each other.
 *
 * Device calls on a domain without an SMMUv3 have shared jobs: they only wait
 * for a call that is adding an SMMUv3.
 *
 * No call can wait forever, and no two for each other:
 *
 *   - A call has one job at a time, and gets all halves of it at once. No call
 *     waits for a job before libvirt has granted the call.
 *   - The holder of a job may wait for libvirt; but a call that has the domain
 *     in libvirt never waits for a job, because no part of the module that
 *     libvirt calls begins one, and the hook never calls libvirt.
 *   - Jobs begin in the order of the calls, and a wait has the same limit as
 *     libvirt's own wait for a domain. Then the call is refused with libvirt's
 *     own error.
 *
 * A job is on its caller's stack, so the queue cannot be full.
 */

#include "daemon/domain_job.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "daemon/query_as_daemon.h"

/* libvirt's own limit for a wait for a domain (VIR_JOB_WAIT_TIME, src/conf/virdomainjob.c). */
#define CMDQV_DOMAIN_JOB_SECONDS 30

/* Microseconds between two checks whether a domain is free. */
#define CMDQV_DOMAIN_JOB_LOOK (20 * G_TIME_SPAN_MILLISECOND)

/* not GLib's, because ThreadSanitizer must see them */
static pthread_mutex_t cmdqvDomainJobLock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cmdqvDomainJobEnded = PTHREAD_COND_INITIALIZER;
static cmdqvDomainJob *cmdqvDomainJobFirst;


/* Whether an earlier job must end first. */
static bool
cmdqvDomainJobMustWait(const cmdqvDomainJob *job)
{
    const cmdqvDomainJob *other;

    for (other = cmdqvDomainJobFirst; other != job; other = other->next) {
        if ((other->halves & job->halves) && (other->alone || job->alone) &&
            memcmp(other->uuid, job->uuid, sizeof(job->uuid)) == 0)
            return true;
    }
    return false;
}


static void
cmdqvDomainJobEnter(cmdqvDomainJob *job)
{
    cmdqvDomainJob **last = &cmdqvDomainJobFirst;

    while (*last)
        last = &(*last)->next;
    job->next = NULL;
    *last = job;
}


static void
cmdqvDomainJobLeave(cmdqvDomainJob *job)
{
    cmdqvDomainJob **place = &cmdqvDomainJobFirst;

    while (*place != job)
        place = &(*place)->next;
    *place = job->next;
    job->halves = 0;
    (void)pthread_cond_broadcast(&cmdqvDomainJobEnded);
}


/* The end of the wait of a call. */
static gint64
cmdqvDomainJobDeadline(const cmdqvDomainJob *job)
{
    return job->since + CMDQV_DOMAIN_JOB_SECONDS * G_TIME_SPAN_SECOND;
}


/* Waits at most as long as libvirt does; the caller has the lock. */
static bool
cmdqvDomainJobWait(const cmdqvDomainJob *job)
{
    const gint64 deadline = cmdqvDomainJobDeadline(job);
    const struct timespec end = { .tv_sec = deadline / G_TIME_SPAN_SECOND, .tv_nsec = deadline % G_TIME_SPAN_SECOND * 1000 };
    int failed = 0;

    while (failed == 0 && cmdqvDomainJobMustWait(job))
        failed = pthread_cond_clockwait(&cmdqvDomainJobEnded, &cmdqvDomainJobLock, CLOCK_MONOTONIC, &end);
    return !cmdqvDomainJobMustWait(job);
}


static bool
cmdqvDomainJobQueue(cmdqvDomainJob *job)
{
    bool has;

    if (job->since == 0)
        job->since = g_get_monotonic_time();
    (void)pthread_mutex_lock(&cmdqvDomainJobLock);
    cmdqvDomainJobEnter(job);
    has = cmdqvDomainJobWait(job);
    if (!has)
        cmdqvDomainJobLeave(job);
    (void)pthread_mutex_unlock(&cmdqvDomainJobLock);
    return has;
}


/**
 * cmdqvDomainJobTry:
 * @job: an empty job; if the result is true, cmdqvDomainJobEnd() it after
 *   libvirt's change
 * @domain: a domain without an SMMUv3, as far as is known
 * @halves: the halves that may change: VIR_DOMAIN_AFFECT_LIVE, _CONFIG or both
 *
 * Begins a shared job if it need not wait. Resets the last error.
 *
 * Returns: true if the job has begun
 */
bool
cmdqvDomainJobTry(cmdqvDomainJob *job, virDomainPtr domain, unsigned int halves)
{
    bool has;

    if (CMDQV_REAL(virDomainGetUUID)(domain, job->uuid) < 0)
        return false;
    job->halves = halves;
    job->alone = false;
    (void)pthread_mutex_lock(&cmdqvDomainJobLock);
    cmdqvDomainJobEnter(job);
    has = !cmdqvDomainJobMustWait(job);
    if (!has)
        cmdqvDomainJobLeave(job);
    (void)pthread_mutex_unlock(&cmdqvDomainJobLock);
    return has;
}


/**
 * cmdqvDomainJobBegin:
 * @job: an empty job; cmdqvDomainJobEnd() it after libvirt's change
 * @domain: a domain
 * @halves: the halves that may change: VIR_DOMAIN_AFFECT_LIVE, _CONFIG or both;
 *   ignores other flags
 * @alone: whether the job is exclusive, as for a domain with an SMMUv3
 *
 * Resets the last error.
 *
 * Returns: false if other calls had the domain for too long
 */
bool
cmdqvDomainJobBegin(cmdqvDomainJob *job, virDomainPtr domain, unsigned int halves, bool alone)
{
    if (CMDQV_REAL(virDomainGetUUID)(domain, job->uuid) < 0)
        return true;
    job->halves = halves & (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG);
    job->alone = alone;
    return job->halves == 0 || cmdqvDomainJobQueue(job);
}


/* Whether the domain runs or, if @saved, will run from a saved state. */
static bool
cmdqvDomainJobHasMachine(virConnectPtr conn, const unsigned char *uuid, bool saved)
{
    virDomainPtr domain = CMDQV_REAL(virDomainLookupByUUID)(conn, uuid);
    bool has = domain && (cmdqvQueryAsDaemonIsActive(domain) == 1 || (saved && cmdqvQueryAsDaemonHasManagedSave(domain) == 1));

    if (domain)
        (void)CMDQV_REAL(virDomainFree)(domain);
    return has;
}


/* Returns false if libvirt would refuse the UUID. */
static bool
cmdqvDomainJobReadUUID(const char *text, unsigned char *uuid)
{
    __typeof__(&virUUIDParse) parse = CMDQV_LIBVIRT(virUUIDParse);

    return text && parse && parse(text, uuid) == 0;
}


/**
 * cmdqvDomainJobHasMachineUUID:
 * @conn: the caller's connection
 * @uuid: (nullable): as in domain XML
 *
 * Returns: true if the domain with that UUID runs, or will run from a saved
 * state: another definition cannot change its machine
 */
bool
cmdqvDomainJobHasMachineUUID(virConnectPtr conn, const char *uuid)
{
    unsigned char raw[VIR_UUID_BUFLEN];
    bool has = cmdqvDomainJobReadUUID(uuid, raw) && cmdqvDomainJobHasMachine(conn, raw, true);

    virResetLastError();
    return has;
}


/**
 * cmdqvDomainJobBeginUUID:
 * @job: an empty job; cmdqvDomainJobEnd() it after libvirt's change
 * @conn: the caller's connection
 * @uuid: (nullable): as in domain XML; without one libvirt generates it, and no
 *   call can be running for that domain
 * @halves: the halves that may change: VIR_DOMAIN_AFFECT_LIVE, _CONFIG or both
 *
 * The job is exclusive. libvirt itself refuses an invalid UUID, and refuses at
 * once to start a running domain.
 *
 * Returns: false if other calls had the domain for too long
 */
bool
cmdqvDomainJobBeginUUID(cmdqvDomainJob *job, virConnectPtr conn, const char *uuid, unsigned int halves)
{
    if (!cmdqvDomainJobReadUUID(uuid, job->uuid) ||
        ((halves & VIR_DOMAIN_AFFECT_LIVE) && cmdqvDomainJobHasMachine(conn, job->uuid, false)))
        return true;
    job->halves = halves;
    job->alone = true;
    return cmdqvDomainJobQueue(job);
}


/**
 * cmdqvDomainJobIsOver:
 * @job: a job
 *
 * Returns: true if the call has waited as long as libvirt itself would
 */
bool
cmdqvDomainJobIsOver(const cmdqvDomainJob *job)
{
    /* libvirt counts milliseconds, so it may have waited a little less */
    return job->since != 0 && g_get_monotonic_time() >= cmdqvDomainJobDeadline(job) - G_TIME_SPAN_SECOND;
}


/**
 * cmdqvDomainJobReachesLibvirt:
 * @job: a job that has begun
 * @domain: its domain
 *
 * A call that has the domain in libvirt, for example a query that QEMU does not
 * answer, blocks the module's queries and then the call: each would wait up to
 * libvirt's limit. So there is one limit for all these waits, which began with
 * the wait for the job. A call does not wait again if it has already waited for
 * a job whose call reached the limit.
 *
 * Returns: false if the call must end because it has waited too long
 */
bool
cmdqvDomainJobReachesLibvirt(const cmdqvDomainJob *job, virDomainPtr domain)
{
    gint64 held = cmdqvQueryAsDaemonHeldFor(domain);
    gint64 before = 0;

    if (held >= CMDQV_DOMAIN_JOB_SECONDS * G_TIME_SPAN_SECOND &&
        g_get_monotonic_time() - job->since >= CMDQV_DOMAIN_JOB_SECONDS * G_TIME_SPAN_SECOND / 2)
        return false;
    /* until it is free, or another call has it */
    while (held > before && !cmdqvDomainJobIsOver(job)) {
        g_usleep(CMDQV_DOMAIN_JOB_LOOK);
        before = held;
        held = cmdqvQueryAsDaemonHeldFor(domain);
    }
    return !cmdqvDomainJobIsOver(job);
}


/**
 * cmdqvDomainJobTimeOut:
 *
 * Returns: (transfer full): the refusal of a call that has waited too long,
 * with libvirt's own message (src/conf/virdomainjob.c)
 */
cmdqvVerdict *
cmdqvDomainJobTimeOut(void)
{
    return cmdqvVerdictNew(g_strdup("cannot acquire state change lock"));
}


/**
 * cmdqvDomainJobEnd:
 * @job: a job, empty or not
 *
 * Lets the next job begin. Does not touch the last error.
 */
void
cmdqvDomainJobEnd(cmdqvDomainJob *job)
{
    if (job->halves == 0)
        return;
    (void)pthread_mutex_lock(&cmdqvDomainJobLock);
    cmdqvDomainJobLeave(job);
    (void)pthread_mutex_unlock(&cmdqvDomainJobLock);
}
