/*
 * plugin/api_start.c: virDomainCreate and its like
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The hook sees every start, these only those that a client asks for; they are
 * here for the words: a refusal of the hook reaches the client wrapped in
 * libvirt's report on a failed script, and of a start from a saved state libvirt
 * 11.3 reports that it went well.
 */

#include <stdlib.h>

#include "daemon/query_as_daemon.h"
#include "plugin/domain_facts.h"
#include "daemon/acl_gate.h"
#include "plugin/check_definition.h"
#include "plugin/check_started.h"
#include "daemon/domain_job.h"


/* The definition that the saved state brings; one that libvirt cannot read it puts away, and starts the domain's own. */
static cmdqvVerdict *
cmdqvStartJudgeSaved(virDomainPtr domain)
{
    char *xml = cmdqvAskManagedSaveXML(domain);
    cmdqvVerdict *refusal = xml ? cmdqvJudgeXML(CMDQV_REAL(virDomainGetConnect)(domain), xml) : cmdqvJudgeDefinition(domain);

    free(xml);
    return refusal;
}


/* Returns true, with the error raised, if the start must not be asked for. */
static bool
cmdqvStartIsRefused(virDomainPtr domain, unsigned int flags, const char *function, cmdqvFence *fence, cmdqvTurn *turn)
{
    virConnectPtr conn;
    bool restores;

    virResetLastError();
    /* a running domain is libvirt's to refuse */
    if (!domain || cmdqvAskIsActive(domain) != 0)
        return false;

    conn = CMDQV_REAL(virDomainGetConnect)(domain);
    restores = !(flags & VIR_DOMAIN_START_FORCE_BOOT) && cmdqvAskHasManagedSave(domain) == 1;
    /* what is asked of the running domain waits, and is judged by what it is then */
    if ((restores || cmdqvFactsMayHaveSmmu(domain, VIR_DOMAIN_AFFECT_CONFIG)) &&
        !cmdqvTurnTake(turn, domain, VIR_DOMAIN_AFFECT_LIVE, true))
        return cmdqvFenceRefuses(fence, conn, domain, CMDQV_TURN_TIMEOUT_CODE, function, cmdqvTurnTimeOut());
    return cmdqvFenceRefuses(fence, conn, domain, VIR_ERR_CONFIG_UNSUPPORTED, function,
                             restores ? cmdqvStartJudgeSaved(domain) : cmdqvJudgeDefinition(domain));
}


static int
cmdqvStartDone(virDomainPtr domain, int result)
{
    if (result == 0)
        cmdqvStartedCheck(domain, NULL);
    return result;
}


CMDQV_EXPORT int
virDomainCreate(virDomainPtr domain)
{
    g_auto(cmdqvTurn) turn = CMDQV_TURN_NONE;
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvStartIsRefused(domain, 0, __func__, &fence, &turn))
        return -1;
    return cmdqvStartDone(domain, CMDQV_REAL(virDomainCreate)(domain));
}


CMDQV_EXPORT int
virDomainCreateWithFlags(virDomainPtr domain, unsigned int flags)
{
    g_auto(cmdqvTurn) turn = CMDQV_TURN_NONE;
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvStartIsRefused(domain, flags, __func__, &fence, &turn))
        return -1;
    return cmdqvStartDone(domain, CMDQV_REAL(virDomainCreateWithFlags)(domain, flags));
}


CMDQV_EXPORT int
virDomainCreateWithFiles(virDomainPtr domain, unsigned int nfiles, int *files, unsigned int flags)
{
    g_auto(cmdqvTurn) turn = CMDQV_TURN_NONE;
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvStartIsRefused(domain, flags, __func__, &fence, &turn))
        return -1;
    return cmdqvStartDone(domain, CMDQV_REAL(virDomainCreateWithFiles)(domain, nfiles, files, flags));
}
