/*
 * cmdqvsave.c: saved states carry definitions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A definition can be put into a saved state when it is written, exchanged
 * while it lies there, and given when it is restored.  Each is judged like any
 * other on its way in; the hook sees the start that comes of it.
 */

#include <stdlib.h>
#include <string.h>

#include "plugin/cmdqvjudge.h"
#include "plugin/cmdqvraise.h"


/* Returns true, with the error raised, if @xml is refused; a caller without a definition of its own gives none. */
static bool
cmdqvSaveIsRefused(virConnectPtr conn, const char *xml, const char *function)
{
    g_autofree char *refusal = conn && xml ? cmdqvJudgeXML(conn, xml) : NULL;

    if (!refusal || cmdqvConnectIsReadOnly(conn))
        return false;
    cmdqvRaiseDefinition(conn, function, refusal);
    return true;
}


/* The same for a restore: the caller's definition, or the one that is in the file. */
static bool
cmdqvRestoreIsRefused(virConnectPtr conn, const char *file, const char *xml, const char *function)
{
    char *saved = NULL;
    bool refused;

    if (!xml && conn && file)
        xml = saved = CMDQV_REAL(virDomainSaveImageGetXMLDesc)(conn, file, 0);
    virResetLastError();
    refused = cmdqvSaveIsRefused(conn, xml, function);
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


/* NULL for a domain that is not there, which is libvirt's to say. */
static virConnectPtr
cmdqvSaveConnect(virDomainPtr domain)
{
    bool there = domain && CMDQV_REAL(virDomainIsActive)(domain) >= 0;

    virResetLastError();
    return there ? CMDQV_REAL(virDomainGetConnect)(domain) : NULL;
}


CMDQV_EXPORT int
virDomainSaveFlags(virDomainPtr domain, const char *to, const char *dxml, unsigned int flags)
{
    if (cmdqvSaveIsRefused(cmdqvSaveConnect(domain), dxml, __func__))
        return -1;
    return CMDQV_REAL(virDomainSaveFlags)(domain, to, dxml, flags);
}


CMDQV_EXPORT int
virDomainSaveParams(virDomainPtr domain, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    if (cmdqvSaveIsRefused(cmdqvSaveConnect(domain), cmdqvSaveParam(params, nparams, VIR_DOMAIN_SAVE_PARAM_DXML), __func__))
        return -1;
    return CMDQV_REAL(virDomainSaveParams)(domain, params, nparams, flags);
}


CMDQV_EXPORT int
virDomainSaveImageDefineXML(virConnectPtr conn, const char *file, const char *dxml, unsigned int flags)
{
    if (cmdqvSaveIsRefused(conn, dxml, __func__))
        return -1;
    return CMDQV_REAL(virDomainSaveImageDefineXML)(conn, file, dxml, flags);
}


CMDQV_EXPORT int
virDomainManagedSaveDefineXML(virDomainPtr domain, const char *dxml, unsigned int flags)
{
    if (cmdqvSaveIsRefused(cmdqvSaveConnect(domain), dxml, __func__))
        return -1;
    return CMDQV_REAL(virDomainManagedSaveDefineXML)(domain, dxml, flags);
}


CMDQV_EXPORT int
virDomainRestore(virConnectPtr conn, const char *from)
{
    if (cmdqvRestoreIsRefused(conn, from, NULL, __func__))
        return -1;
    return CMDQV_REAL(virDomainRestore)(conn, from);
}


CMDQV_EXPORT int
virDomainRestoreFlags(virConnectPtr conn, const char *from, const char *dxml, unsigned int flags)
{
    if (cmdqvRestoreIsRefused(conn, from, dxml, __func__))
        return -1;
    return CMDQV_REAL(virDomainRestoreFlags)(conn, from, dxml, flags);
}


CMDQV_EXPORT int
virDomainRestoreParams(virConnectPtr conn, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    if (cmdqvRestoreIsRefused(conn, cmdqvSaveParam(params, nparams, VIR_DOMAIN_SAVE_PARAM_FILE),
                              cmdqvSaveParam(params, nparams, VIR_DOMAIN_SAVE_PARAM_DXML), __func__))
        return -1;
    return CMDQV_REAL(virDomainRestoreParams)(conn, params, nparams, flags);
}
