/*
 * plugin/api_monitor.c: virDomainQemuMonitorCommand and its like
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <libvirt/libvirt-qemu.h>

#include "host/cmdqv_support.h"
#include "daemon/query_as_daemon.h"
#include "plugin/domain_facts.h"
#include "daemon/acl_gate.h"
#include "daemon/domain_job.h"
#include "policy/monitor_policy.h"


static cmdqvVerdict *
cmdqvMonitorJudge(virDomainPtr domain, const char *cmd, unsigned int flags)
{
    g_auto(cmdqvLive) live = { NULL, NULL, 0, NULL };
    const char *name = CMDQV_REAL(virDomainGetName)(domain);
    g_autoptr(GError) error = NULL;
    cmdqvVerdict *verdict;

    if (cmdqvFactsReadLive(domain, &live, &error)) {
        if (!live.anchors)
            return NULL;
        return cmdqvPolicyMonitor(name, &live, cmd, flags & VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP, cmdqvHostSmmuOf, (gpointer)"");
    }

    verdict = g_new0(cmdqvVerdict, 1);
    verdict->message = g_strdup_printf("cannot send the command to the monitor of domain '%s': its state cannot be read: %s",
                                       name, error->message);
    return verdict;
}


/* Returns true, with the error raised, if the command must not go to libvirt. */
static bool
cmdqvMonitorIsRefused(virDomainPtr domain, const char *cmd, unsigned int flags, const char *function, cmdqvFence *fence,
                      cmdqvTurn *turn)
{
    virErrorNumber code = VIR_ERR_OPERATION_UNSUPPORTED;
    cmdqvVerdict *refusal;

    virResetLastError();
    if (!domain || !cmd || !cmdqvFactsMayHaveSmmu(domain, VIR_DOMAIN_AFFECT_LIVE))
        return false;
    if (cmdqvTurnTake(turn, domain, VIR_DOMAIN_AFFECT_LIVE, true) && cmdqvTurnReachesLibvirt(turn, domain)) {
        /* that it does not run is libvirt's to say; until the call has been made nobody starts it */
        if (cmdqvAskIsActive(domain) == 0)
            return false;
        refusal = cmdqvMonitorJudge(domain, cmd, flags);
    } else {
        code = CMDQV_TURN_TIMEOUT_CODE;
        refusal = cmdqvTurnTimeOut();
    }
    return cmdqvFenceRefuses(fence, CMDQV_REAL(virDomainGetConnect)(domain), domain, code, function, refusal);
}


CMDQV_EXPORT int
virDomainQemuMonitorCommand(virDomainPtr domain, const char *cmd, char **result, unsigned int flags)
{
    g_auto(cmdqvTurn) turn = CMDQV_TURN_NONE;
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvMonitorIsRefused(domain, cmd, flags, __func__, &fence, &turn))
        return -1;
    return CMDQV_REAL(virDomainQemuMonitorCommand)(domain, cmd, result, flags);
}


CMDQV_EXPORT int
virDomainQemuMonitorCommandWithFiles(virDomainPtr domain, const char *cmd, unsigned int ninfiles, int *infiles,
                                     unsigned int *noutfiles, int **outfiles, char **result, unsigned int flags)
{
    g_auto(cmdqvTurn) turn = CMDQV_TURN_NONE;
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvMonitorIsRefused(domain, cmd, flags, __func__, &fence, &turn))
        return -1;
    return CMDQV_REAL(virDomainQemuMonitorCommandWithFiles)(domain, cmd, ninfiles, infiles, noutfiles, outfiles, result,
                                                            flags);
}
