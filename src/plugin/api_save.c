/*
 * plugin/api_save.c: saved states carry definitions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A definition can be put into a saved state when it is written, exchanged
 * while it lies there, and given when it is restored.  Each is judged like any
 * other on its way in; the hook sees the start that comes of it.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/domain_xml.h"
#include "daemon/query_as_daemon.h"
#include "daemon/acl_gate.h"
#include "plugin/check_definition.h"
#include "daemon/domain_job.h"


/* Returns true, with the error raised, if the call must not go to libvirt; @xml is NULL where the caller gave none. */
static bool
cmdqvSaveIsRefused(virConnectPtr conn, virDomainPtr domain, const char *xml, const char *function, cmdqvFence *fence)
{
    virResetLastError();
    if (!conn || !xml)
        return false;
    return cmdqvFenceRefuses(fence, conn, domain, VIR_ERR_CONFIG_UNSUPPORTED, function, cmdqvJudgeXML(conn, xml));
}


/* The same for a domain. */
static bool
cmdqvSaveDomainIsRefused(virDomainPtr domain, const char *xml, const char *function, cmdqvFence *fence)
{
    if (!domain || !xml)
        return false;
    return cmdqvSaveIsRefused(CMDQV_REAL(virDomainGetConnect)(domain), domain, xml, function, fence);
}


/* The same for a domain that has to run, which is libvirt's to say. */
static bool
cmdqvSaveRunningIsRefused(virDomainPtr domain, const char *xml, const char *function, cmdqvFence *fence)
{
    if (!domain || !xml || !cmdqvDomainXMLMayHaveSmmu(xml) || cmdqvAskIsActive(domain) == 0)
        return false;
    return cmdqvSaveDomainIsRefused(domain, xml, function, fence);
}


/* The same for a definition that will run. */
static bool
cmdqvRestoreXMLIsRefused(virConnectPtr conn, const char *xml, const char *function, cmdqvFence *fence, cmdqvTurn *turn)
{
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    cmdqvVerdict *refusal = cmdqvJudgeRead(conn, xml, &definition);

    if (!refusal && definition.topology &&
        !cmdqvTurnTakeUUID(turn, conn, definition.topology->uuid, VIR_DOMAIN_AFFECT_LIVE))
        return cmdqvFenceRefuses(fence, conn, NULL, CMDQV_TURN_TIMEOUT_CODE, function, cmdqvTurnTimeOut());
    return cmdqvFenceRefuses(fence, conn, NULL, VIR_ERR_CONFIG_UNSUPPORTED, function, refusal);
}


/* The same for a restore: the caller's definition, or the one that is in the file. */
static bool
cmdqvRestoreIsRefused(virConnectPtr conn, const char *file, const char *xml, const char *function, cmdqvFence *fence,
                      cmdqvTurn *turn)
{
    char *saved = NULL;
    bool refused;

    virResetLastError();
    /* a file that is not there is libvirt's to miss */
    if (!xml && conn && file && (access(file, F_OK) == 0 || errno != ENOENT))
        xml = saved = cmdqvAskSaveImageXML(conn, file);
    refused = conn && xml && cmdqvRestoreXMLIsRefused(conn, xml, function, fence, turn);
    free(saved);
    return refused;
}


static const char *
cmdqvSaveParam(virTypedParameterPtr params, int nparams, const char *name)
{
    int i;

    for (i = 0; params && i < nparams; i++) {
        if (params[i].type == VIR_TYPED_PARAM_STRING && strcmp(params[i].field, name) == 0)
            return params[i].value.s;
    }
    return NULL;
}


CMDQV_EXPORT int
virDomainSaveFlags(virDomainPtr domain, const char *to, const char *dxml, unsigned int flags)
{
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvSaveRunningIsRefused(domain, dxml, __func__, &fence))
        return -1;
    return CMDQV_REAL(virDomainSaveFlags)(domain, to, dxml, flags);
}


CMDQV_EXPORT int
virDomainSaveParams(virDomainPtr domain, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvSaveRunningIsRefused(domain, cmdqvSaveParam(params, nparams, VIR_DOMAIN_SAVE_PARAM_DXML), __func__, &fence))
        return -1;
    return CMDQV_REAL(virDomainSaveParams)(domain, params, nparams, flags);
}


CMDQV_EXPORT int
virDomainSaveImageDefineXML(virConnectPtr conn, const char *file, const char *dxml, unsigned int flags)
{
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvSaveIsRefused(conn, NULL, dxml, __func__, &fence))
        return -1;
    return CMDQV_REAL(virDomainSaveImageDefineXML)(conn, file, dxml, flags);
}


/* QEMU's driver does this by the edit of the file in question, and asks for that as well. */
CMDQV_EXPORT int
virDomainManagedSaveDefineXML(virDomainPtr domain, const char *dxml, unsigned int flags)
{
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvSaveDomainIsRefused(domain, dxml, __func__, &fence))
        return -1;
    return CMDQV_REAL(virDomainManagedSaveDefineXML)(domain, dxml, flags);
}


CMDQV_EXPORT int
virDomainRestore(virConnectPtr conn, const char *from)
{
    g_auto(cmdqvTurn) turn = CMDQV_TURN_NONE;
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvRestoreIsRefused(conn, from, NULL, __func__, &fence, &turn))
        return -1;
    return CMDQV_REAL(virDomainRestore)(conn, from);
}


CMDQV_EXPORT int
virDomainRestoreFlags(virConnectPtr conn, const char *from, const char *dxml, unsigned int flags)
{
    g_auto(cmdqvTurn) turn = CMDQV_TURN_NONE;
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvRestoreIsRefused(conn, from, dxml, __func__, &fence, &turn))
        return -1;
    return CMDQV_REAL(virDomainRestoreFlags)(conn, from, dxml, flags);
}


CMDQV_EXPORT int
virDomainRestoreParams(virConnectPtr conn, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    g_auto(cmdqvTurn) turn = CMDQV_TURN_NONE;
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvRestoreIsRefused(conn, cmdqvSaveParam(params, nparams, VIR_DOMAIN_SAVE_PARAM_FILE),
                              cmdqvSaveParam(params, nparams, VIR_DOMAIN_SAVE_PARAM_DXML), __func__, &fence, &turn))
        return -1;
    return CMDQV_REAL(virDomainRestoreParams)(conn, params, nparams, flags);
}
