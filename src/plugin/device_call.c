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


/* Not the XML of a device: libvirt checks everything else, and then refuses it. */
#define CMDQV_DEVICE_CALL_NO_DEVICE "<libvirt-cmdqv-access-check/>"


/* A public function with flags. */
typedef int (*cmdqvDeviceCallReal)(virDomainPtr domain, const char *what, unsigned int flags);


/*
 * Whether libvirt refuses the flags, if the module does not know them. Earlier
 * versions check them after the rights.
 */
static bool
cmdqvDeviceCallHasWrongFlags(const cmdqvApiCall *call)
{
    static const virErrorNumber aboutDevice[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_CONFIG_UNSUPPORTED,
                                                  VIR_ERR_INTERNAL_ERROR, VIR_ERR_DEVICE_MISSING };
    gpointer slot = NULL;
    cmdqvDeviceCallReal real;

    if (!(call->flags & ~(unsigned int)CMDQV_DEVICE_CALL_AFFECT_MASK))
        return false;
    real = (cmdqvDeviceCallReal)cmdqvNextCallFind(&slot, call->function, CMDQV_NEXT_CALL_ADAPTER);
    return real(call->domain, CMDQV_DEVICE_CALL_NO_DEVICE, call->flags) < 0 &&
        !cmdqvRaiseErrorLastErrorIsOneOf(aboutDevice, G_N_ELEMENTS(aboutDevice));
}


/* Reads the device that the caller designates. */
static cmdqvDevice *
cmdqvDeviceCallRead(const cmdqvApiCall *call, GError **error)
{
    return call->device->isAlias ? cmdqvDeviceNewAlias(call->text) : cmdqvDeviceXMLRead(call->text, strlen(call->text), error);
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
    if ((call->device->adds && cmdqvDomainXMLMayHaveSmmu(call->text)) || !cmdqvDomainJobTry(&call->job, call->domain, halves))
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
    if (!cmdqvDomainFactsMayHaveSmmu(call->domain, call->flags) && !(call->device->adds && cmdqvDomainXMLMayHaveSmmu(call->text)))
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
    g_autoptr(cmdqvDevice) device = cmdqvDeviceCallRead(call, &error);
    cmdqvVerdict *verdict = NULL;
    const char *why;

    if (!device && !g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_FORBIDDEN) && !g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MEMORY))
        return NULL;
    if (device && call->device->judge(call, device, &verdict, &error))
        return verdict;
    why = device ? "its state cannot be read" : "the device XML is not accepted";
    return cmdqvVerdictNew(g_strdup_printf("cannot %s domain '%s': %s: %s", call->device->action,
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
 * anchor, so closes the port of that one too. Ends the job.
 */
void
cmdqvDeviceCallDone(cmdqvApiCall *call)
{
    bool defined = call->job.halves != 0 && (call->flags & VIR_DOMAIN_AFFECT_CONFIG);

    if (defined && call->job.alone)
        cmdqvClosePortsDefined(call->domain);
    else if (defined)
        cmdqvDomainFactsDefinitionWritten(call->domain);
    cmdqvDomainJobEnd(&call->job);
    if (call->device->done)
        call->device->done(call);
}
