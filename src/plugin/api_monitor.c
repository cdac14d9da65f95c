/*
 * api_monitor.c: virDomainQemuMonitorCommand and similar functions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <libvirt/libvirt-qemu.h>

#include "daemon/query_as_daemon.h"
#include "plugin/api_call.h"
#include "plugin/daemon_context.h"
#include "plugin/domain_facts.h"
#include "policy/monitor_policy.h"


static cmdqvVerdict *
cmdqvApiMonitorJudgeCommand(virDomainPtr domain, const char *cmd, unsigned int flags)
{
    g_auto(cmdqvRunningDomain) live = { .topology = NULL };
    const char *name = CMDQV_REAL(virDomainGetName)(domain);
    g_autoptr(GError) error = NULL;
    cmdqvRuleContext facts;

    if (!cmdqvDomainFactsReadLive(domain, &live, &error))
        return cmdqvVerdictNew(g_strdup_printf("cannot send the command to the monitor of domain '%s': its state cannot be read: %s",
                                               name, error->message));
    if (!live.anchors)
        return NULL;
    facts = cmdqvDaemonContextGet(NULL, NULL, NULL);
    return cmdqvMonitorPolicyJudge(name, &live, cmd, flags & VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP, &facts);
}


/* Whether the module must check the domain before libvirt gets the command. */
static bool
cmdqvApiMonitorConcerns(cmdqvApiCall *call)
{
    return call->text && !cmdqvAclGateIsOfOthers(call->conn) && cmdqvDomainFactsMayHaveSmmu(call->domain, VIR_DOMAIN_AFFECT_LIVE);
}


static cmdqvVerdict *
cmdqvApiMonitorJudge(cmdqvApiCall *call)
{
    if (call->answer == CMDQV_ACL_GATE_UNKNOWN)
        return cmdqvApiCallUnknown(call);
    if (!cmdqvDomainJobBegin(&call->job, call->domain, VIR_DOMAIN_AFFECT_LIVE, true) || !cmdqvDomainJobReachesLibvirt(&call->job, call->domain))
        return cmdqvApiCallTimeOut(call);
    call->code = VIR_ERR_OPERATION_UNSUPPORTED;
    /* libvirt refuses it for an inactive domain; the job prevents a start before that */
    return cmdqvQueryAsDaemonIsActive(call->domain) == 0 ? NULL : cmdqvApiMonitorJudgeCommand(call->domain, call->text, call->flags);
}


CMDQV_API_CALL(int, -1, virDomainQemuMonitorCommand, (virDomainPtr domain, const char *cmd, char **result, unsigned int flags),
               (domain, cmd, result, flags),
               .domain = domain, .text = cmd, .flags = flags, .concerns = cmdqvApiMonitorConcerns, .judge = cmdqvApiMonitorJudge)

CMDQV_API_CALL(int, -1, virDomainQemuMonitorCommandWithFiles,
               (virDomainPtr domain, const char *cmd, unsigned int ninfiles, int *infiles, unsigned int *noutfiles, int **outfiles,
                char **result, unsigned int flags),
               (domain, cmd, ninfiles, infiles, noutfiles, outfiles, result, flags),
               .domain = domain, .text = cmd, .flags = flags, .concerns = cmdqvApiMonitorConcerns, .judge = cmdqvApiMonitorJudge)
