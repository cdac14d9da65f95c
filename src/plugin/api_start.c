/*
 * api_start.c: virDomainCreate and similar functions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The hook sees every start, these functions only those of a client. They give
 * the client a better message: libvirt wraps a refusal of the hook in its
 * report on a failed script, and libvirt 11.3 reports a refused start from a
 * saved state as a success.
 */


#include "daemon/acl_gate.h"
#include "daemon/domain_job.h"
#include "daemon/query_as_daemon.h"
#include "daemon/raise_error.h"
#include "plugin/check_definition.h"
#include "plugin/check_started.h"
#include "plugin/domain_facts.h"
#include "util/text.h"


/*
 * Checks the definition in the saved state; libvirt removes a state that it
 * cannot read, and starts the domain's own definition.
 */
static cmdqvVerdict *
cmdqvApiStartJudgeSaved(virDomainPtr domain)
{
    g_autoptr(cmdqvTextMalloced) xml = cmdqvQueryAsDaemonManagedSaveXML(domain);

    return xml ? cmdqvCheckDefinitionXML(CMDQV_REAL(virDomainGetConnect)(domain), xml) : cmdqvCheckDefinitionJudge(domain);
}


/* The refusal of a start; NULL, with @code untouched, if the domain may start. */
static cmdqvVerdict *
cmdqvApiStartJudge(virDomainPtr domain, bool restores, cmdqvDomainJob *job, virErrorNumber *code)
{
    /* calls for the running domain wait, and are judged by its state after the start */
    if (!cmdqvDomainJobBegin(job, domain, VIR_DOMAIN_AFFECT_LIVE, true)) {
        *code = CMDQV_DOMAIN_JOB_TIMEOUT_CODE;
        return cmdqvDomainJobTimeOut();
    }
    *code = VIR_ERR_CONFIG_UNSUPPORTED;
    return restores ? cmdqvApiStartJudgeSaved(domain) : cmdqvCheckDefinitionJudge(domain);
}


/* Checks the start if libvirt grants the call. Returns CMDQV_ACL_GATE_ENDED if it is refused, otherwise @answer. */
static cmdqvAclGateAnswer
cmdqvApiStartCheck(virDomainPtr domain, unsigned int flags, const char *function, cmdqvAclGateAnswer answer, cmdqvDomainJob *job)
{
    virErrorNumber code = VIR_ERR_OK;
    g_autoptr(cmdqvVerdict) refusal = NULL;
    bool restores;
    bool guarded;

    /* libvirt refuses the start of a running domain */
    if (answer == CMDQV_ACL_GATE_ENDED || cmdqvQueryAsDaemonIsActive(domain) != 0)
        return answer;
    restores = !(flags & VIR_DOMAIN_START_FORCE_BOOT) && cmdqvQueryAsDaemonHasManagedSave(domain) == 1;
    guarded = cmdqvDomainFactsMayHaveSmmu(domain, VIR_DOMAIN_AFFECT_CONFIG);
    if (!restores && !guarded)
        return answer;
    if (answer == CMDQV_ACL_GATE_UNKNOWN && guarded)
        return cmdqvAclGateRefuseUnknown(CMDQV_REAL(virDomainGetConnect)(domain), domain, function);
    refusal = cmdqvApiStartJudge(domain, restores, job, &code);
    if (!refusal)
        return answer;
    cmdqvRaiseErrorVerdict(domain, code, function, refusal);
    return CMDQV_ACL_GATE_ENDED;
}


static int
cmdqvApiStartDone(virDomainPtr domain, int result)
{
    if (result == 0)
        cmdqvCheckStarted(domain, NULL);
    return result;
}


/* NULL if it is not the module's business. */
static virConnectPtr
cmdqvApiStartConnect(virDomainPtr domain)
{
    virConnectPtr conn = domain ? CMDQV_REAL(virDomainGetConnect)(domain) : NULL;

    virResetLastError();
    return conn && !cmdqvAclGateIsOfOthers(conn) ? conn : NULL;
}


CMDQV_EXPORT int
virDomainCreate(virDomainPtr domain)
{
    g_auto(cmdqvDomainJob) job = CMDQV_DOMAIN_JOB_NONE;
    virConnectPtr conn = cmdqvApiStartConnect(domain);
    int status = -1;

    if (conn) {
        cmdqvAclGateAnswer answer = CMDQV_ACL_GATE_ASK(conn, __func__, status, CMDQV_REAL(virDomainCreate)(domain));

        if (cmdqvApiStartCheck(domain, 0, __func__, answer, &job) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return cmdqvApiStartDone(domain, CMDQV_REAL(virDomainCreate)(domain));
}


CMDQV_EXPORT int
virDomainCreateWithFlags(virDomainPtr domain, unsigned int flags)
{
    g_auto(cmdqvDomainJob) job = CMDQV_DOMAIN_JOB_NONE;
    virConnectPtr conn = cmdqvApiStartConnect(domain);
    int status = -1;

    if (conn) {
        cmdqvAclGateAnswer answer = CMDQV_ACL_GATE_ASK(conn, __func__, status, CMDQV_REAL(virDomainCreateWithFlags)(domain, flags));

        if (cmdqvApiStartCheck(domain, flags, __func__, answer, &job) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return cmdqvApiStartDone(domain, CMDQV_REAL(virDomainCreateWithFlags)(domain, flags));
}


CMDQV_EXPORT int
virDomainCreateWithFiles(virDomainPtr domain, unsigned int nfiles, int *files, unsigned int flags)
{
    g_auto(cmdqvDomainJob) job = CMDQV_DOMAIN_JOB_NONE;
    virConnectPtr conn = cmdqvApiStartConnect(domain);
    int status = -1;

    if (conn) {
        cmdqvAclGateAnswer answer = CMDQV_ACL_GATE_ASK(conn, __func__, status,
                                                       CMDQV_REAL(virDomainCreateWithFiles)(domain, nfiles, files, flags));

        if (cmdqvApiStartCheck(domain, flags, __func__, answer, &job) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return cmdqvApiStartDone(domain, CMDQV_REAL(virDomainCreateWithFiles)(domain, nfiles, files, flags));
}
