/*
 * cmdqvmonitor.c: virDomainQemuMonitorCommand and its like
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <libvirt/libvirt-qemu.h>

#include "plugin/cmdqvfacts.h"
#include "plugin/cmdqvraise.h"
#include "qemu/cmdqvmonitor.h"


/* A call that takes the same rights and changes nothing: sending anything at all would taint the domain. */
static bool
cmdqvMonitorIsRefusedByLibvirt(virDomainPtr domain)
{
    static const virErrorNumber rights[] = { VIR_ERR_OPERATION_DENIED, VIR_ERR_ACCESS_DENIED, VIR_ERR_NO_DOMAIN,
                                             VIR_ERR_INVALID_DOMAIN, VIR_ERR_AUTH_FAILED };

    return CMDQV_REAL(virDomainDetachDeviceFlags)(domain, "<libvirt-cmdqv-access-check/>", VIR_DOMAIN_AFFECT_LIVE) < 0 &&
        cmdqvLastErrorIsOneOf(rights, G_N_ELEMENTS(rights));
}


static cmdqvVerdict *
cmdqvMonitorJudge(virDomainPtr domain, const char *cmd, unsigned int flags)
{
    g_auto(cmdqvLive) live = { NULL, NULL, 0, NULL };
    const char *name = CMDQV_REAL(virDomainGetName)(domain);
    g_autoptr(GError) error = NULL;
    cmdqvVerdict *verdict;

    if (cmdqvFactsReadLive(domain, &live, &error))
        return live.anchors ? cmdqvPolicyMonitor(name, &live, cmd, flags & VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP) : NULL;

    verdict = g_new0(cmdqvVerdict, 1);
    verdict->message = g_strdup_printf("cannot send the command to the monitor of domain '%s': its state cannot be read: %s",
                                       name, error->message);
    return verdict;
}


/* Returns true, with the error raised, if the command is refused. */
static bool
cmdqvMonitorIsRefused(virDomainPtr domain, const char *cmd, unsigned int flags, const char *function)
{
    g_autoptr(cmdqvVerdict) verdict = NULL;

    virResetLastError();
    if (domain && cmd && cmdqvFactsMayHaveSmmu(domain, VIR_DOMAIN_AFFECT_LIVE))
        verdict = cmdqvMonitorJudge(domain, cmd, flags);
    if (!verdict)
        return false;
    if (cmdqvMonitorIsRefusedByLibvirt(domain)) {
        virResetLastError();
        return false;
    }
    cmdqvRaiseVerdict(domain, VIR_ERR_OPERATION_UNSUPPORTED, function, verdict);
    return true;
}


CMDQV_EXPORT int
virDomainQemuMonitorCommand(virDomainPtr domain, const char *cmd, char **result, unsigned int flags)
{
    if (cmdqvMonitorIsRefused(domain, cmd, flags, __func__))
        return -1;
    return CMDQV_REAL(virDomainQemuMonitorCommand)(domain, cmd, result, flags);
}


CMDQV_EXPORT int
virDomainQemuMonitorCommandWithFiles(virDomainPtr domain, const char *cmd, unsigned int ninfiles, int *infiles,
                                     unsigned int *noutfiles, int **outfiles, char **result, unsigned int flags)
{
    if (cmdqvMonitorIsRefused(domain, cmd, flags, __func__))
        return -1;
    return CMDQV_REAL(virDomainQemuMonitorCommandWithFiles)(domain, cmd, ninfiles, infiles, noutfiles, outfiles, result,
                                                            flags);
}
