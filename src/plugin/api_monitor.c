/*
 * api_monitor.c: virDomainQemuMonitorCommand and similar functions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <libvirt/libvirt-qemu.h>

#include "daemon/acl_gate.h"
#include "daemon/domain_job.h"
#include "daemon/query_as_daemon.h"
#include "daemon/raise_error.h"
#include "plugin/daemon_context.h"
#include "plugin/domain_facts.h"
#include "policy/monitor_policy.h"


static cmdqvVerdict *
cmdqvApiMonitorJudge(virDomainPtr domain, const char *cmd, unsigned int flags)
{
    g_auto(cmdqvRunningDomain) live = { .topology = NULL };
    const char *name = CMDQV_REAL(virDomainGetName)(domain);
    g_autoptr(GError) error = NULL;
    cmdqvRuleContext facts;
    cmdqvVerdict *verdict;

    if (cmdqvDomainFactsReadLive(domain, &live, &error)) {
        if (!live.anchors)
            return NULL;
        facts = cmdqvDaemonContextGet(NULL, NULL, NULL);
        return cmdqvMonitorPolicyJudge(name, &live, cmd, flags & VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP, &facts);
    }

    verdict = g_new0(cmdqvVerdict, 1);
    verdict->message = g_strdup_printf("cannot send the command to the monitor of domain '%s': its state cannot be read: %s",
                                       name, error->message);
    return verdict;
}


/* Whether the module must check the domain before libvirt gets the command. */
static bool
cmdqvApiMonitorIsGuarded(virDomainPtr domain, const char *cmd)
{
    virResetLastError();
    return domain && cmd && !cmdqvAclGateIsOfOthers(CMDQV_REAL(virDomainGetConnect)(domain)) &&
        cmdqvDomainFactsMayHaveSmmu(domain, VIR_DOMAIN_AFFECT_LIVE);
}


/* Checks the command if libvirt grants the call. Returns CMDQV_ACL_GATE_ENDED if it is refused, otherwise @answer. */
static cmdqvAclGateAnswer
cmdqvApiMonitorCheck(virDomainPtr domain, const char *cmd, unsigned int flags, const char *function, cmdqvAclGateAnswer answer,
                     cmdqvDomainJob *job)
{
    virErrorNumber code = VIR_ERR_OPERATION_UNSUPPORTED;
    g_autoptr(cmdqvVerdict) refusal = NULL;

    if (answer == CMDQV_ACL_GATE_ENDED)
        return answer;
    if (answer == CMDQV_ACL_GATE_UNKNOWN)
        return cmdqvAclGateRefuseUnknown(CMDQV_REAL(virDomainGetConnect)(domain), domain, function);
    if (cmdqvDomainJobBegin(job, domain, VIR_DOMAIN_AFFECT_LIVE, true) && cmdqvDomainJobReachesLibvirt(job, domain)) {
        /* libvirt refuses it for an inactive domain; the job prevents a start before that */
        if (cmdqvQueryAsDaemonIsActive(domain) == 0)
            return answer;
        refusal = cmdqvApiMonitorJudge(domain, cmd, flags);
    } else {
        code = CMDQV_DOMAIN_JOB_TIMEOUT_CODE;
        refusal = cmdqvDomainJobTimeOut();
    }
    if (!refusal)
        return answer;
    cmdqvRaiseErrorVerdict(domain, code, function, refusal);
    return CMDQV_ACL_GATE_ENDED;
}


CMDQV_EXPORT int
virDomainQemuMonitorCommand(virDomainPtr domain, const char *cmd, char **result, unsigned int flags)
{
    g_auto(cmdqvDomainJob) job = CMDQV_DOMAIN_JOB_NONE;
    int status = -1;

    if (cmdqvApiMonitorIsGuarded(domain, cmd)) {
        cmdqvAclGateAnswer answer = CMDQV_ACL_GATE_ASK(CMDQV_REAL(virDomainGetConnect)(domain), __func__, status,
                                                       CMDQV_REAL(virDomainQemuMonitorCommand)(domain, cmd, result, flags));

        if (cmdqvApiMonitorCheck(domain, cmd, flags, __func__, answer, &job) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return CMDQV_REAL(virDomainQemuMonitorCommand)(domain, cmd, result, flags);
}


CMDQV_EXPORT int
virDomainQemuMonitorCommandWithFiles(virDomainPtr domain, const char *cmd, unsigned int ninfiles, int *infiles,
                                     unsigned int *noutfiles, int **outfiles, char **result, unsigned int flags)
{
    g_auto(cmdqvDomainJob) job = CMDQV_DOMAIN_JOB_NONE;
    int status = -1;

    if (cmdqvApiMonitorIsGuarded(domain, cmd)) {
        cmdqvAclGateAnswer answer = CMDQV_ACL_GATE_ASK(CMDQV_REAL(virDomainGetConnect)(domain), __func__, status,
                                                       CMDQV_REAL(virDomainQemuMonitorCommandWithFiles)(domain, cmd, ninfiles, infiles,
                                                                                                        noutfiles, outfiles, result,
                                                                                                        flags));

        if (cmdqvApiMonitorCheck(domain, cmd, flags, __func__, answer, &job) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return CMDQV_REAL(virDomainQemuMonitorCommandWithFiles)(domain, cmd, ninfiles, infiles, noutfiles, outfiles, result,
                                                            flags);
}
