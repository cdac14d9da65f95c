/*
 * device_call.c: judge calls that change a device of a domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/device_call.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "daemon/query_as_daemon.h"
#include "daemon/raise_error.h"
#include "plugin/close_ports.h"
#include "plugin/domain_facts.h"
#include "util/error.h"

#define CMDQV_DEVICE_CALL_AFFECT_MASK (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)


/* Whether libvirt refuses the flags, if the module does not know them. Earlier versions check them after the rights. */
static bool
cmdqvDeviceCallHasWrongFlags(const cmdqvApiCall *call)
{
    gpointer slot = NULL;

    return !cmdqvLoweringMayChange(call->domain, call->flags,
                                   (cmdqvLoweringReal)cmdqvNextCallFind(&slot, call->function, CMDQV_NEXT_CALL_LOCK));
}


/*
 * Whether neither the call nor the domain, according to the cache, has an
 * SMMUv3, and no job is in the way: then the call needs no query, and runs in a
 * shared job.
 */
static bool
cmdqvDeviceCallIsPlain(cmdqvApiCall *call)
{
    unsigned int halves = call->flags & CMDQV_DEVICE_CALL_AFFECT_MASK;

    if (halves == VIR_DOMAIN_AFFECT_CURRENT)
        halves = CMDQV_DEVICE_CALL_AFFECT_MASK;
    if ((call->kind->adds && cmdqvDomainXMLMayHaveSmmu(call->text)) || !cmdqvDomainJobTry(&call->job, call->domain, halves))
        return false;
    if (cmdqvDomainFactsAreWithout(call->domain, halves))
        return true;
    cmdqvDomainJobEnd(&call->job);
    return false;
}


/*
 * Replaces CURRENT by live or config, so a start or stop of the domain in
 * between cannot change its meaning.
 */
static void
cmdqvDeviceCallResolve(cmdqvApiCall *call)
{
    int active;

    if ((call->flags & CMDQV_DEVICE_CALL_AFFECT_MASK) != VIR_DOMAIN_AFFECT_CURRENT)
        return;
    active = cmdqvQueryAsDaemonIsActive(call->domain);
    if (active >= 0)
        call->flags |= active ? VIR_DOMAIN_AFFECT_LIVE : VIR_DOMAIN_AFFECT_CONFIG;
}


/*
 * Begins a shared job, so no call can add an SMMUv3; if the domain, or the new
 * device, has one, then an exclusive job instead.
 *
 * Returns false if other calls had the domain for too long.
 */
static bool
cmdqvDeviceCallBeginJob(cmdqvApiCall *call)
{
    if (!cmdqvDomainJobBegin(&call->job, call->domain, call->flags, false))
        return false;
    /* the check may have waited */
    if (!cmdqvDomainFactsMayHaveSmmu(call->domain, call->flags) && !(call->kind->adds && cmdqvDomainXMLMayHaveSmmu(call->text)))
        return !cmdqvDomainJobIsOver(&call->job);
    cmdqvDomainJobEnd(&call->job);
    return cmdqvDomainJobBegin(&call->job, call->domain, call->flags, true) && cmdqvDomainJobReachesLibvirt(&call->job, call->domain);
}


/*
 * Judges the live and the persistent half before libvirt changes either.
 * libvirt refuses invalid XML and invalid values; this refuses XML whose
 * meaning is unknown.
 */
static cmdqvVerdict *
cmdqvDeviceCallDecide(cmdqvApiCall *call)
{
    g_autoptr(GError) error = NULL;
    cmdqvVerdict *verdict = NULL;
    const char *why;

    call->device = call->kind->isAlias ? cmdqvDeviceNewAlias(call->text) : cmdqvDeviceXMLRead(call->text, strlen(call->text), &error);
    if (!call->device && !g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_FORBIDDEN) && !g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MEMORY))
        return NULL;
    if (call->device && call->kind->judge(call, &verdict, &error))
        return verdict;
    why = call->device ? "its state cannot be read" : "the device XML is not accepted";
    return cmdqvVerdictNew(g_strdup_printf("cannot %s domain '%s': %s: %s", call->kind->action,
                                           CMDQV_REAL(virDomainGetName)(call->domain), why, error->message));
}


/* Whether libvirt refuses the call with its own error: the domain is not running, or has no definition. */
static bool
cmdqvDeviceCallIsLibvirts(const cmdqvApiCall *call)
{
    return ((call->flags & VIR_DOMAIN_AFFECT_LIVE) && cmdqvQueryAsDaemonIsActive(call->domain) == 0) ||
        ((call->flags & VIR_DOMAIN_AFFECT_CONFIG) && cmdqvQueryAsDaemonIsPersistent(call->domain) == 0);
}


/**
 * cmdqvDeviceCallConcerns:
 * @call: a call
 *
 * Returns: true if the module must check the call before libvirt gets it; if
 * not, the call may have a job
 */
bool
cmdqvDeviceCallConcerns(cmdqvApiCall *call)
{
    return call->text && !cmdqvDeviceCallIsPlain(call);
}


/**
 * cmdqvDeviceCallJudge:
 * @call: a call that libvirt grants
 *
 * Begins a job, then reads the domain, and only then judges.
 *
 * Returns: (transfer full): the refusal; NULL if the call may pass, or has ended
 */
cmdqvVerdict *
cmdqvDeviceCallJudge(cmdqvApiCall *call)
{
    g_autoptr(cmdqvVerdict) verdict = NULL;

    cmdqvDeviceCallResolve(call);
    if (!cmdqvDeviceCallBeginJob(call))
        return cmdqvApiCallTimeOut(call);
    if (!call->job.alone)
        return NULL;
    if (call->answer == CMDQV_ACL_GATE_UNKNOWN)
        return cmdqvApiCallUnknown(call);
    verdict = cmdqvDeviceCallDecide(call);
    /* the job lasts until libvirt refuses the call */
    if (!verdict || cmdqvDeviceCallIsLibvirts(call))
        return NULL;
    cmdqvDomainJobEnd(&call->job);
    if (cmdqvDeviceCallHasWrongFlags(call)) {
        call->answer = CMDQV_ACL_GATE_ENDED;
        return NULL;
    }
    call->code = VIR_ERR_OPERATION_UNSUPPORTED;
    return g_steal_pointer(&verdict);
}


/**
 * cmdqvDeviceCallDone:
 * @call: a call that has succeeded
 *
 * The change of a domain with an SMMUv3 may make another device the future
 * anchor, so closes the port of that one too; cmdqvLoweringChange() has closed
 * it already. Ends the job.
 */
void
cmdqvDeviceCallDone(cmdqvApiCall *call)
{
    bool defined = call->job.halves != 0 && (call->flags & VIR_DOMAIN_AFFECT_CONFIG);

    if (defined && call->job.alone && !call->kept)
        cmdqvClosePortsDefined(call->domain);
    else if (defined)
        cmdqvDomainFactsDefinitionWritten(call->domain);
    cmdqvDomainJobEnd(&call->job);
    if (call->kind->done)
        call->kind->done(call);
}
