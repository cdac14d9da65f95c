/*
 * cmdqvstart.c: virDomainCreate and its like
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The hook sees every start, these only those that a client asks for; they are
 * here for the words: a refusal of the hook reaches the client wrapped in
 * libvirt's report on a failed script.
 */

#include "plugin/cmdqvjudge.h"
#include "plugin/cmdqvraise.h"


/* Returns true, with the error raised, if the start is refused. */
static bool
cmdqvStartIsRefused(virDomainPtr domain, unsigned int flags, const char *function)
{
    g_autofree char *refusal = NULL;

    virResetLastError();
    /* a running domain is libvirt's to refuse */
    if (!domain || CMDQV_REAL(virDomainIsActive)(domain) != 0)
        return false;

    /* a saved state brings a definition of its own, which the hook will see */
    if (!(flags & VIR_DOMAIN_START_FORCE_BOOT) && CMDQV_REAL(virDomainHasManagedSaveImage)(domain, 0) == 1)
        return false;
    refusal = cmdqvJudgeDefinition(domain);
    /* so is a caller that may change nothing */
    if (!refusal || cmdqvConnectIsReadOnly(CMDQV_REAL(virDomainGetConnect)(domain)))
        return false;

    cmdqvRaiseDefinition(CMDQV_REAL(virDomainGetConnect)(domain), function, refusal);
    return true;
}


CMDQV_EXPORT int
virDomainCreate(virDomainPtr domain)
{
    if (cmdqvStartIsRefused(domain, 0, __func__))
        return -1;
    return CMDQV_REAL(virDomainCreate)(domain);
}


CMDQV_EXPORT int
virDomainCreateWithFlags(virDomainPtr domain, unsigned int flags)
{
    if (cmdqvStartIsRefused(domain, flags, __func__))
        return -1;
    return CMDQV_REAL(virDomainCreateWithFlags)(domain, flags);
}


CMDQV_EXPORT int
virDomainCreateWithFiles(virDomainPtr domain, unsigned int nfiles, int *files, unsigned int flags)
{
    if (cmdqvStartIsRefused(domain, flags, __func__))
        return -1;
    return CMDQV_REAL(virDomainCreateWithFiles)(domain, nfiles, files, flags);
}
