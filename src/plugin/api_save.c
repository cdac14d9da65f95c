/*
 * api_save.c: check definitions in saved states
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A client can give a definition when it saves a domain, replace the one in a
 * saved state, and give one when it restores the domain. The module checks each
 * of them like any other definition; the hook sees the start after a restore.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "conf/domain_xml.h"
#include "daemon/acl_gate.h"
#include "daemon/domain_job.h"
#include "daemon/query_as_daemon.h"
#include "daemon/raise_error.h"
#include "plugin/check_definition.h"
#include "plugin/check_save_image.h"
#include "util/text.h"


/* Whether the module must check the XML before libvirt gets it; @xml is NULL if the caller gave none. */
static bool
cmdqvApiSaveIsGuarded(virConnectPtr conn, const char *xml)
{
    virResetLastError();
    return conn && xml && cmdqvCheckDefinitionConcerns(xml) && !cmdqvAclGateIsOfOthers(conn);
}


/* Checks the XML if libvirt grants the call. Returns CMDQV_ACL_GATE_ENDED if it is refused, otherwise @answer. */
static cmdqvAclGateAnswer
cmdqvApiSaveCheck(virConnectPtr conn, virDomainPtr domain, const char *xml, const char *function, cmdqvAclGateAnswer answer)
{
    g_autoptr(cmdqvVerdict) refusal = NULL;

    if (answer == CMDQV_ACL_GATE_ENDED)
        return answer;
    if (answer == CMDQV_ACL_GATE_UNKNOWN && cmdqvDomainXMLMayHaveSmmu(xml))
        return cmdqvAclGateRefuseUnknown(conn, domain, function);
    refusal = cmdqvCheckDefinitionXML(conn, xml);
    if (!refusal)
        return answer;
    cmdqvRaiseErrorRefusal(conn, domain, VIR_ERR_CONFIG_UNSUPPORTED, function, refusal);
    return CMDQV_ACL_GATE_ENDED;
}


/* The same for a call that needs a running domain, which libvirt checks. */
static cmdqvAclGateAnswer
cmdqvApiSaveCheckRunning(virConnectPtr conn, virDomainPtr domain, const char *xml, const char *function, cmdqvAclGateAnswer answer)
{
    if (answer == CMDQV_ACL_GATE_ENDED || cmdqvQueryAsDaemonIsActive(domain) == 0)
        return answer;
    return cmdqvApiSaveCheck(conn, domain, xml, function, answer);
}


/* The same for a definition that will run. */
static cmdqvAclGateAnswer
cmdqvApiSaveCheckRestoredXML(virConnectPtr conn, const char *xml, const char *function, cmdqvAclGateAnswer answer, cmdqvDomainJob *job)
{
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    virErrorNumber code = VIR_ERR_CONFIG_UNSUPPORTED;
    g_autoptr(cmdqvVerdict) refusal = NULL;

    if (answer == CMDQV_ACL_GATE_UNKNOWN && cmdqvDomainXMLMayHaveSmmu(xml))
        return cmdqvAclGateRefuseUnknown(conn, NULL, function);
    refusal = cmdqvCheckDefinitionRead(conn, xml, &definition);
    if (!refusal && definition.topology &&
        !cmdqvDomainJobBeginUUID(job, conn, definition.topology->uuid, VIR_DOMAIN_AFFECT_LIVE)) {
        code = CMDQV_DOMAIN_JOB_TIMEOUT_CODE;
        refusal = cmdqvDomainJobTimeOut();
    }
    if (!refusal)
        return answer;
    cmdqvRaiseErrorRefusal(conn, NULL, code, function, refusal);
    return CMDQV_ACL_GATE_ENDED;
}


/* The same for a restore: the caller's definition, or the one that is in the file. */
static cmdqvAclGateAnswer
cmdqvApiSaveCheckRestore(virConnectPtr conn, const char *file, const char *xml, const char *function, cmdqvAclGateAnswer answer,
                         cmdqvDomainJob *job)
{
    g_autoptr(cmdqvTextMalloced) saved = NULL;

    if (answer == CMDQV_ACL_GATE_ENDED)
        return answer;
    /* libvirt reports a missing file */
    if (!xml && file && (access(file, F_OK) == 0 || errno != ENOENT))
        xml = saved = cmdqvQueryAsDaemonSaveImageXML(conn, file);
    return xml ? cmdqvApiSaveCheckRestoredXML(conn, xml, function, answer, job) : answer;
}


static const char *
cmdqvApiSaveParam(virTypedParameterPtr params, int nparams, const char *name)
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
    virConnectPtr conn = domain ? CMDQV_REAL(virDomainGetConnect)(domain) : NULL;
    int status = -1;

    if (cmdqvApiSaveIsGuarded(conn, dxml)) {
        cmdqvAclGateAnswer answer = CMDQV_ACL_GATE_ASK(conn, __func__, status, CMDQV_REAL(virDomainSaveFlags)(domain, to, dxml, flags));

        if (cmdqvApiSaveCheckRunning(conn, domain, dxml, __func__, answer) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return CMDQV_REAL(virDomainSaveFlags)(domain, to, dxml, flags);
}


CMDQV_EXPORT int
virDomainSaveParams(virDomainPtr domain, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    virConnectPtr conn = domain ? CMDQV_REAL(virDomainGetConnect)(domain) : NULL;
    const char *dxml = cmdqvApiSaveParam(params, nparams, VIR_DOMAIN_SAVE_PARAM_DXML);
    int status = -1;

    if (cmdqvApiSaveIsGuarded(conn, dxml)) {
        cmdqvAclGateAnswer answer = CMDQV_ACL_GATE_ASK(conn, __func__, status,
                                                       CMDQV_REAL(virDomainSaveParams)(domain, params, nparams, flags));

        if (cmdqvApiSaveCheckRunning(conn, domain, dxml, __func__, answer) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return CMDQV_REAL(virDomainSaveParams)(domain, params, nparams, flags);
}


CMDQV_EXPORT int
virDomainSaveImageDefineXML(virConnectPtr conn, const char *file, const char *dxml, unsigned int flags)
{
    int status = -1;

    virResetLastError();
    if (conn && cmdqvCheckSaveImageIsFatal(conn, file, __func__))
        return -1;
    if (cmdqvApiSaveIsGuarded(conn, dxml)) {
        cmdqvAclGateAnswer answer = CMDQV_ACL_GATE_ASK(conn, __func__, status,
                                                       CMDQV_REAL(virDomainSaveImageDefineXML)(conn, file, dxml, flags));

        if (cmdqvApiSaveCheck(conn, NULL, dxml, __func__, answer) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return CMDQV_REAL(virDomainSaveImageDefineXML)(conn, file, dxml, flags);
}


/* The QEMU driver implements this by an edit of the file, and checks the rights for that too. */
CMDQV_EXPORT int
virDomainManagedSaveDefineXML(virDomainPtr domain, const char *dxml, unsigned int flags)
{
    virConnectPtr conn = domain ? CMDQV_REAL(virDomainGetConnect)(domain) : NULL;
    int status = -1;

    if (cmdqvApiSaveIsGuarded(conn, dxml)) {
        cmdqvAclGateAnswer answer = CMDQV_ACL_GATE_ASK(conn, __func__, status,
                                                       CMDQV_REAL(virDomainManagedSaveDefineXML)(domain, dxml, flags));

        if (cmdqvApiSaveCheck(conn, domain, dxml, __func__, answer) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return CMDQV_REAL(virDomainManagedSaveDefineXML)(domain, dxml, flags);
}


CMDQV_EXPORT int
virDomainRestore(virConnectPtr conn, const char *from)
{
    g_auto(cmdqvDomainJob) job = CMDQV_DOMAIN_JOB_NONE;
    int status = -1;

    virResetLastError();
    if (conn && cmdqvCheckSaveImageIsFatal(conn, from, __func__))
        return -1;
    if (conn && !cmdqvAclGateIsOfOthers(conn)) {
        cmdqvAclGateAnswer answer = CMDQV_ACL_GATE_ASK(conn, __func__, status, CMDQV_REAL(virDomainRestore)(conn, from));

        if (cmdqvApiSaveCheckRestore(conn, from, NULL, __func__, answer, &job) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return CMDQV_REAL(virDomainRestore)(conn, from);
}


CMDQV_EXPORT int
virDomainRestoreFlags(virConnectPtr conn, const char *from, const char *dxml, unsigned int flags)
{
    g_auto(cmdqvDomainJob) job = CMDQV_DOMAIN_JOB_NONE;
    int status = -1;

    virResetLastError();
    if (conn && cmdqvCheckSaveImageIsFatal(conn, from, __func__))
        return -1;
    if (conn && !cmdqvAclGateIsOfOthers(conn)) {
        cmdqvAclGateAnswer answer = CMDQV_ACL_GATE_ASK(conn, __func__, status,
                                                       CMDQV_REAL(virDomainRestoreFlags)(conn, from, dxml, flags));

        if (cmdqvApiSaveCheckRestore(conn, from, dxml, __func__, answer, &job) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return CMDQV_REAL(virDomainRestoreFlags)(conn, from, dxml, flags);
}


CMDQV_EXPORT int
virDomainRestoreParams(virConnectPtr conn, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    g_auto(cmdqvDomainJob) job = CMDQV_DOMAIN_JOB_NONE;
    int status = -1;

    virResetLastError();
    if (conn && cmdqvCheckSaveImageIsFatal(conn, cmdqvApiSaveParam(params, nparams, VIR_DOMAIN_SAVE_PARAM_FILE), __func__))
        return -1;
    if (conn && !cmdqvAclGateIsOfOthers(conn)) {
        cmdqvAclGateAnswer answer = CMDQV_ACL_GATE_ASK(conn, __func__, status,
                                                       CMDQV_REAL(virDomainRestoreParams)(conn, params, nparams, flags));

        answer = cmdqvApiSaveCheckRestore(conn, cmdqvApiSaveParam(params, nparams, VIR_DOMAIN_SAVE_PARAM_FILE),
                                          cmdqvApiSaveParam(params, nparams, VIR_DOMAIN_SAVE_PARAM_DXML), __func__, answer, &job);
        if (answer == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return CMDQV_REAL(virDomainRestoreParams)(conn, params, nparams, flags);
}
