/*
 * device_call.c: run a call that changes a device of a domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/device_call.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "daemon/acl_gate.h"
#include "daemon/domain_job.h"
#include "daemon/query_as_daemon.h"
#include "daemon/raise_error.h"
#include "plugin/close_ports.h"
#include "plugin/domain_facts.h"
#include "util/error.h"

#define CMDQV_DEVICE_CALL_AFFECT_MASK (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)


/* Not the XML of a device: libvirt checks everything else, and then refuses it. */
#define CMDQV_DEVICE_CALL_NO_DEVICE "<libvirt-cmdqv-access-check/>"


/*
 * Whether libvirt refuses the flags, if the module does not know them. Earlier
 * versions check them after the rights.
 */
static bool
cmdqvDeviceCallHasWrongFlags(const cmdqvDeviceCall *call)
{
    static const virErrorNumber aboutDevice[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_CONFIG_UNSUPPORTED,
                                                  VIR_ERR_INTERNAL_ERROR, VIR_ERR_DEVICE_MISSING };

    return (call->flags & ~(unsigned int)CMDQV_DEVICE_CALL_AFFECT_MASK) && call->real(call->domain, CMDQV_DEVICE_CALL_NO_DEVICE, call->flags) < 0 &&
        !cmdqvRaiseErrorLastErrorIsOneOf(aboutDevice, G_N_ELEMENTS(aboutDevice));
}


/*
 * Refuses the call. If the domain is not running, or has no definition, libvirt
 * refuses it with its own error; the job lasts until then.
 */
static int
cmdqvDeviceCallRefuse(const cmdqvDeviceCall *call, cmdqvVerdict *verdict, cmdqvDomainJob *job)
{
    if (((call->flags & VIR_DOMAIN_AFFECT_LIVE) && cmdqvQueryAsDaemonIsActive(call->domain) == 0) ||
        ((call->flags & VIR_DOMAIN_AFFECT_CONFIG) && cmdqvQueryAsDaemonIsPersistent(call->domain) == 0))
        return call->real(call->domain, call->what, call->flags);

    cmdqvDomainJobEnd(job);
    if (cmdqvDeviceCallHasWrongFlags(call))
        return -1;
    cmdqvRaiseErrorVerdict(call->domain, VIR_ERR_OPERATION_UNSUPPORTED, call->function, verdict);
    return -1;
}


static int
cmdqvDeviceCallRefuseUntold(const cmdqvDeviceCall *call, const char *why, const GError *error, cmdqvDomainJob *job)
{
    g_autoptr(cmdqvVerdict) verdict = cmdqvVerdictNew(g_strdup_printf("cannot %s domain '%s': %s: %s", call->action,
                                                                      CMDQV_REAL(virDomainGetName)(call->domain), why, error->message));

    return cmdqvDeviceCallRefuse(call, verdict, job);
}


/* Reads a device from the argument of the caller. */
typedef cmdqvDevice *(*cmdqvDeviceCallRead)(const char *what, GError **error);


static cmdqvDevice *
cmdqvDeviceCallReadAlias(const char *what, GError **error G_GNUC_UNUSED)
{
    return cmdqvDeviceNewAlias(what);
}


static cmdqvDevice *
cmdqvDeviceCallReadXML(const char *what, GError **error)
{
    return cmdqvDeviceXMLRead(what, strlen(what), error);
}


/*
 * Whether neither the call nor the domain, according to the cache, has an
 * SMMUv3, and no job is in the way: then the call needs no query, and runs in a
 * shared job.
 */
static bool
cmdqvDeviceCallIsPlain(const cmdqvDeviceCall *call, cmdqvDomainJob *job)
{
    unsigned int halves = call->flags & CMDQV_DEVICE_CALL_AFFECT_MASK;

    if (halves == VIR_DOMAIN_AFFECT_CURRENT)
        halves = CMDQV_DEVICE_CALL_AFFECT_MASK;
    if ((call->adds && cmdqvDomainXMLMayHaveSmmu(call->what)) || !cmdqvDomainJobTry(job, call->domain, halves))
        return false;
    if (cmdqvDomainFactsAreWithout(call->domain, halves))
        return true;
    cmdqvDomainJobEnd(job);
    return false;
}


/*
 * Replaces CURRENT by live or config, so a start or stop of the domain in
 * between cannot change its meaning.
 */
static void
cmdqvDeviceCallResolve(cmdqvDeviceCall *call)
{
    int active;

    if ((call->flags & CMDQV_DEVICE_CALL_AFFECT_MASK) != VIR_DOMAIN_AFFECT_CURRENT)
        return;
    active = cmdqvQueryAsDaemonIsActive(call->domain);
    if (active >= 0)
        call->flags |= active ? VIR_DOMAIN_AFFECT_LIVE : VIR_DOMAIN_AFFECT_CONFIG;
}


/* The call on a domain without an SMMUv3. */
static int
cmdqvDeviceCallPass(const cmdqvDeviceCall *call)
{
    int status = call->real(call->domain, call->what, call->flags);

    if (status >= 0 && (call->flags & VIR_DOMAIN_AFFECT_CONFIG))
        cmdqvDomainFactsDefinitionWritten(call->domain);
    return status;
}


/*
 * Begins a shared job, so no call can add an SMMUv3, and sets @guarded if the
 * domain, or the new device, has one; then begins an exclusive job instead.
 *
 * Returns false if other calls had the domain for too long.
 */
static bool
cmdqvDeviceCallBeginJob(const cmdqvDeviceCall *call, cmdqvDomainJob *job, bool *guarded)
{
    if (!cmdqvDomainJobBegin(job, call->domain, call->flags, false))
        return false;
    *guarded = cmdqvDomainFactsMayHaveSmmu(call->domain, call->flags) || (call->adds && cmdqvDomainXMLMayHaveSmmu(call->what));
    /* the check may have waited */
    if (!*guarded)
        return !cmdqvDomainJobIsOver(job);
    cmdqvDomainJobEnd(job);
    return cmdqvDomainJobBegin(job, call->domain, call->flags, true) && cmdqvDomainJobReachesLibvirt(job, call->domain);
}


static int
cmdqvDeviceCallTimeOut(const cmdqvDeviceCall *call)
{
    g_autoptr(cmdqvVerdict) verdict = cmdqvDomainJobTimeOut();

    cmdqvRaiseErrorVerdict(call->domain, CMDQV_DOMAIN_JOB_TIMEOUT_CODE, call->function, verdict);
    return -1;
}


/*
 * The call on a domain with an SMMUv3. Its change may make another device the
 * future anchor, so closes the port of that one too.
 */
static int
cmdqvDeviceCallMake(const cmdqvDeviceCall *call, cmdqvDomainJob *job)
{
    int status = call->real(call->domain, call->placed ? call->placed : call->what, call->flags);

    if (status >= 0 && (call->flags & VIR_DOMAIN_AFFECT_CONFIG))
        cmdqvClosePortsDefined(call->domain);
    cmdqvDomainJobEnd(job);
    return status;
}


/*
 * Decides about the live and the persistent half before libvirt changes either.
 * libvirt refuses invalid XML and invalid values; this refuses XML whose
 * meaning is unknown.
 */
static int
cmdqvDeviceCallDecide(cmdqvDeviceCall *call, cmdqvDeviceCallRead read, cmdqvDomainJob *job)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvDevice) device = read(call->what, &error);
    g_autoptr(cmdqvVerdict) verdict = NULL;

    if (!device && (g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_FORBIDDEN) ||
                    g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MEMORY)))
        return cmdqvDeviceCallRefuseUntold(call, "the device XML is not accepted", error, job);
    if (device && !call->judge(call, device, &verdict, &error))
        return cmdqvDeviceCallRefuseUntold(call, "its state cannot be read", error, job);
    if (verdict)
        return cmdqvDeviceCallRefuse(call, verdict, job);
    return cmdqvDeviceCallMake(call, job);
}


/* First checks the caller's rights, then begins a job, then reads the domain, and only then decides. */
static int
cmdqvDeviceCallRun(cmdqvDeviceCall *call, cmdqvDeviceCallRead read)
{
    g_auto(cmdqvDomainJob) job = CMDQV_DOMAIN_JOB_NONE;
    virConnectPtr conn;
    cmdqvAclGateAnswer answer;
    bool guarded;
    int status = -1;

    virResetLastError();
    if (!call->domain || !call->what || cmdqvDeviceCallIsPlain(call, &job))
        return cmdqvDeviceCallPass(call);

    conn = CMDQV_REAL(virDomainGetConnect)(call->domain);
    if (cmdqvAclGateIsOfOthers(conn))
        return call->real(call->domain, call->what, call->flags);
    answer = CMDQV_ACL_GATE_ASK(conn, call->function, status, call->real(call->domain, call->what, call->flags));
    if (answer == CMDQV_ACL_GATE_ENDED)
        return status;

    cmdqvDeviceCallResolve(call);
    if (!cmdqvDeviceCallBeginJob(call, &job, &guarded))
        return cmdqvDeviceCallTimeOut(call);
    if (!guarded)
        return cmdqvDeviceCallPass(call);
    if (answer == CMDQV_ACL_GATE_UNKNOWN) {
        (void)cmdqvAclGateRefuseUnknown(conn, call->domain, call->function);
        return -1;
    }
    return cmdqvDeviceCallDecide(call, read, &job);
}


/**
 * cmdqvDeviceCallRunAlias:
 * @call: a call with the alias of a device
 *
 * Returns: libvirt's result, or -1 with an error raised
 */
int
cmdqvDeviceCallRunAlias(cmdqvDeviceCall *call)
{
    return cmdqvDeviceCallRun(call, cmdqvDeviceCallReadAlias);
}


/**
 * cmdqvDeviceCallRunXML:
 * @call: a call with device XML
 *
 * Returns: libvirt's result, or -1 with an error raised
 */
int
cmdqvDeviceCallRunXML(cmdqvDeviceCall *call)
{
    int status = cmdqvDeviceCallRun(call, cmdqvDeviceCallReadXML);

    g_clear_pointer(&call->placed, g_free);
    return status;
}
