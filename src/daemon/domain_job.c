/*
 * daemon/domain_job.c: calls on one domain, one after the other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A call is judged by what the domain is, and libvirt then changes it; what
 * another client does in between would make the judgement one about another
 * domain.  So a call that changes a domain with an SMMUv3 has its turn alone,
 * from our look to the end of libvirt's change.  Two things can be changed, the
 * running domain and its definition, and who changes one does not keep off
 * who changes the other.
 *
 * On a domain without an SMMUv3 device calls have their turn with each other:
 * they wait for nobody but a call that is just bringing one.
 *
 * Nobody can wait for ever, nor two for each other:
 *
 *   - A call has one turn at a time, and takes what it needs of it at once.
 *   - Who has a turn waits for libvirt; but who holds the domain in libvirt
 *     waits for no turn, since nothing of the module that runs below libvirt
 *     takes one, and the hook never asks libvirt.
 *   - Turns come in the order of arrival, and waiting for one ends when
 *     libvirt's own waiting for a domain does.  Then it is refused as libvirt
 *     refuses.
 *
 * A place in the queue is on its caller's stack, so that none is ever lacking.
 */

#include "daemon/domain_job.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/query_as_daemon.h"
#include "daemon/raise_error.h"

/* As long as libvirt waits for its own lock of a domain (VIR_JOB_WAIT_TIME, src/conf/virdomainjob.c). */
#define CMDQV_TURN_SECONDS 30

/* libvirt.so exports this for its own daemons (src/util/viruuid.h): 0, or -1 for what is no UUID. */
typedef int (*cmdqvTurnParseUUID)(const char *text, unsigned char *uuid);

/* not GLib's: ThreadSanitizer has to see them */
static pthread_mutex_t cmdqvTurnLock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cmdqvTurnEnded = PTHREAD_COND_INITIALIZER;
static cmdqvTurn *cmdqvTurnFirst;


/* Whether somebody who came earlier must have done first. */
static bool
cmdqvTurnMustWait(const cmdqvTurn *turn)
{
    const cmdqvTurn *other;

    for (other = cmdqvTurnFirst; other != turn; other = other->next) {
        if ((other->halves & turn->halves) && (other->alone || turn->alone) &&
            memcmp(other->uuid, turn->uuid, sizeof(turn->uuid)) == 0)
            return true;
    }
    return false;
}


static void
cmdqvTurnEnter(cmdqvTurn *turn)
{
    cmdqvTurn **last = &cmdqvTurnFirst;

    while (*last)
        last = &(*last)->next;
    turn->next = NULL;
    *last = turn;
}


static void
cmdqvTurnLeave(cmdqvTurn *turn)
{
    cmdqvTurn **place = &cmdqvTurnFirst;

    while (*place != turn)
        place = &(*place)->next;
    *place = turn->next;
    turn->halves = 0;
    (void)pthread_cond_broadcast(&cmdqvTurnEnded);
}


/* Until when the call waits. */
static gint64
cmdqvTurnDeadline(const cmdqvTurn *turn)
{
    return turn->since + CMDQV_TURN_SECONDS * G_TIME_SPAN_SECOND;
}


/* Waits at most as long as libvirt would; the caller has the lock. */
static bool
cmdqvTurnWait(const cmdqvTurn *turn)
{
    const gint64 deadline = cmdqvTurnDeadline(turn);
    const struct timespec end = { .tv_sec = deadline / G_TIME_SPAN_SECOND, .tv_nsec = deadline % G_TIME_SPAN_SECOND * 1000 };
    int failed = 0;

    while (failed == 0 && cmdqvTurnMustWait(turn))
        failed = pthread_cond_clockwait(&cmdqvTurnEnded, &cmdqvTurnLock, CLOCK_MONOTONIC, &end);
    return !cmdqvTurnMustWait(turn);
}


static bool
cmdqvTurnQueue(cmdqvTurn *turn, virConnectPtr conn)
{
    bool has;

    if (turn->since == 0)
        turn->since = g_get_monotonic_time();
    (void)pthread_mutex_lock(&cmdqvTurnLock);
    cmdqvTurnEnter(turn);
    has = !cmdqvTurnMustWait(turn);
    (void)pthread_mutex_unlock(&cmdqvTurnLock);
    if (has)
        return true;

    /* what such a caller asks for is never done, and is refused at once */
    if (cmdqvConnectIsReadOnly(conn)) {
        cmdqvTurnEnd(turn);
        return true;
    }

    (void)pthread_mutex_lock(&cmdqvTurnLock);
    has = cmdqvTurnWait(turn);
    if (!has)
        cmdqvTurnLeave(turn);
    (void)pthread_mutex_unlock(&cmdqvTurnLock);
    return has;
}


/**
 * cmdqvTurnTake:
 * @turn: stands nowhere; cmdqvTurnEnd() it when libvirt has done
 * @domain: a domain
 * @halves: what may be changed: VIR_DOMAIN_AFFECT_LIVE, _CONFIG or both; other
 *   flags mean nothing here
 * @alone: whether an SMMUv3 is concerned
 *
 * Resets the last error.
 *
 * Returns: false if others had the domain for too long
 */
bool
cmdqvTurnTake(cmdqvTurn *turn, virDomainPtr domain, unsigned int halves, bool alone)
{
    if (CMDQV_REAL(virDomainGetUUID)(domain, turn->uuid) < 0)
        return true;
    turn->halves = halves & (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG);
    turn->alone = alone;
    return turn->halves == 0 || cmdqvTurnQueue(turn, CMDQV_REAL(virDomainGetConnect)(domain));
}


static bool
cmdqvTurnIsRunning(virConnectPtr conn, const unsigned char *uuid)
{
    virDomainPtr domain = CMDQV_REAL(virDomainLookupByUUID)(conn, uuid);
    bool running = domain && cmdqvAskIsActive(domain) == 1;

    if (domain)
        (void)CMDQV_REAL(virDomainFree)(domain);
    return running;
}


/**
 * cmdqvTurnTakeUUID:
 * @turn: stands nowhere; cmdqvTurnEnd() it when libvirt has done
 * @conn: the caller's connection
 * @uuid: (nullable): as domain XML has it; without one libvirt makes it up, and
 *   nobody can be at work on that domain
 * @halves: what may be changed: VIR_DOMAIN_AFFECT_LIVE, _CONFIG or both
 *
 * The turn is one alone.  What is no UUID libvirt refuses, and at once to bring
 * to life a domain that runs.
 *
 * Returns: false if others had the domain for too long
 */
bool
cmdqvTurnTakeUUID(cmdqvTurn *turn, virConnectPtr conn, const char *uuid, unsigned int halves)
{
    static gpointer slot;
    cmdqvTurnParseUUID parse = (cmdqvTurnParseUUID)cmdqvRealFind(&slot, "virUUIDParse");

    if (!uuid || !parse || parse(uuid, turn->uuid) < 0 ||
        ((halves & VIR_DOMAIN_AFFECT_LIVE) && cmdqvTurnIsRunning(conn, turn->uuid)))
        return true;
    turn->halves = halves;
    turn->alone = true;
    return cmdqvTurnQueue(turn, conn);
}


/**
 * cmdqvTurnIsOver:
 * @turn: a turn
 *
 * Returns: true if the call has waited for as long as libvirt itself would have
 */
bool
cmdqvTurnIsOver(const cmdqvTurn *turn)
{
    /* libvirt counts milliseconds, and so may have waited for a little less */
    return turn->since != 0 && g_get_monotonic_time() >= cmdqvTurnDeadline(turn) - G_TIME_SPAN_SECOND;
}


/**
 * cmdqvTurnReachesLibvirt:
 * @turn: a turn that was taken
 * @domain: its domain
 *
 * Who holds the domain in libvirt, such as a question that QEMU does not answer,
 * keeps off our looks at it, and then the call: each waits for as long as libvirt
 * waits.  So there is one wait for them all, and none for who has waited already
 * for somebody who waited in vain.
 *
 * Returns: false if the call is to end as one that has waited for too long
 */
bool
cmdqvTurnReachesLibvirt(const cmdqvTurn *turn, virDomainPtr domain)
{
    gint64 held = cmdqvAskHeldFor(domain);

    if (held > 0) {
        gint64 waited = g_get_monotonic_time() - turn->since;

        /* who may not do it hears that at once */
        if ((held >= CMDQV_TURN_SECONDS * G_TIME_SPAN_SECOND && waited >= CMDQV_TURN_SECONDS * G_TIME_SPAN_SECOND / 2) ||
            cmdqvConnectIsReadOnly(CMDQV_REAL(virDomainGetConnect)(domain)))
            return false;
        free(cmdqvAskDomainXML(domain, 0));
    }
    return !cmdqvTurnIsOver(turn);
}


/**
 * cmdqvTurnTimeOut:
 *
 * Returns: (transfer full): why a call that has waited for too long is refused,
 * in libvirt's own words (src/conf/virdomainjob.c)
 */
cmdqvVerdict *
cmdqvTurnTimeOut(void)
{
    cmdqvVerdict *verdict = g_new0(cmdqvVerdict, 1);

    verdict->message = g_strdup("cannot acquire state change lock");
    return verdict;
}


/**
 * cmdqvTurnEnd:
 * @turn: a turn; the next one's begins
 *
 * Nothing happens to one that stands nowhere.  Leaves the last error alone.
 */
void
cmdqvTurnEnd(cmdqvTurn *turn)
{
    if (turn->halves == 0)
        return;
    (void)pthread_mutex_lock(&cmdqvTurnLock);
    cmdqvTurnLeave(turn);
    (void)pthread_mutex_unlock(&cmdqvTurnLock);
}
