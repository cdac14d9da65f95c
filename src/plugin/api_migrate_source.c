/*
 * api_migrate_source.c: check definitions for the destination of a migration
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A client can give the source host a definition for the domain as it runs on
 * the destination, and another one that stays there. The destination checks
 * them against the rules. libvirt on the source reads them first, so this only
 * checks that libvirt survives that.
 */

#include <string.h>

#include "conf/domain_xml.h"
#include "conf/fatal_values.h"
#include "daemon/acl_gate.h"
#include "daemon/raise_error.h"


/* Whether the module must check the XML before libvirt gets it. */
static bool
cmdqvApiMigrateSourceConcerns(const char *xml)
{
    return xml && cmdqvDomainXMLMayHaveSmmu(xml);
}


/* The next definition in the parameters that the module must check, from number @at on, which moves behind it. */
static const char *
cmdqvApiMigrateSourceParam(virTypedParameterPtr params, int nparams, int *at)
{
    static const char *const names[] = { VIR_MIGRATE_PARAM_DEST_XML, VIR_MIGRATE_PARAM_PERSIST_XML, NULL };

    while (params && *at < nparams) {
        const virTypedParameter *param = &params[(*at)++];

        if (param->type == VIR_TYPED_PARAM_STRING && g_strv_contains(names, param->field) && cmdqvApiMigrateSourceConcerns(param->value.s))
            return param->value.s;
    }
    return NULL;
}


/* The caller's connection, if QEMU's driver may be asked; NULL: it is none of the module's business. */
static virConnectPtr
cmdqvApiMigrateSourceConnect(virDomainPtr domain)
{
    virConnectPtr conn;

    virResetLastError();
    conn = domain ? CMDQV_REAL(virDomainGetConnect)(domain) : NULL;
    return conn && !cmdqvAclGateIsOfOthers(conn) ? conn : NULL;
}


/*
 * Checks the XML if libvirt grants the call. Returns CMDQV_ACL_GATE_ENDED, with
 * the error raised, if libvirt would end at it, otherwise @answer.
 */
static cmdqvAclGateAnswer
cmdqvApiMigrateSourceCheck(virConnectPtr conn, virDomainPtr domain, const char *xml, const char *function, cmdqvAclGateAnswer answer)
{
    g_autoptr(cmdqvVerdict) refusal = NULL;
    char *why;

    if (answer == CMDQV_ACL_GATE_ENDED)
        return answer;
    if (answer == CMDQV_ACL_GATE_UNKNOWN)
        return cmdqvAclGateRefuseUnknown(conn, domain, function);
    why = cmdqvFatalValuesFindXML(xml, "domain XML");
    if (!why)
        return answer;
    refusal = g_new0(cmdqvVerdict, 1);
    refusal->message = why;
    cmdqvRaiseErrorRefusal(conn, domain, VIR_ERR_CONFIG_UNSUPPORTED, function, refusal);
    return CMDQV_ACL_GATE_ENDED;
}


/* The same for all definitions in the parameters. */
static cmdqvAclGateAnswer
cmdqvApiMigrateSourceCheckAll(virConnectPtr conn, virDomainPtr domain, virTypedParameterPtr params, int nparams, const char *function,
                              cmdqvAclGateAnswer answer)
{
    const char *xml;
    int at = 0;

    while (answer != CMDQV_ACL_GATE_ENDED && (xml = cmdqvApiMigrateSourceParam(params, nparams, &at)))
        answer = cmdqvApiMigrateSourceCheck(conn, domain, xml, function, answer);
    return answer;
}


CMDQV_EXPORT char *
virDomainMigrateBegin3(virDomainPtr domain, const char *xmlin, char **cookieout, int *cookieoutlen, unsigned long flags, const char *dname,
                       unsigned long resource)
{
    virConnectPtr conn = cmdqvApiMigrateSourceConcerns(xmlin) ? cmdqvApiMigrateSourceConnect(domain) : NULL;
    char *xml = NULL;

    if (conn) {
        cmdqvAclGateAnswer answer = CMDQV_ACL_GATE_ASK(conn, __func__, xml,
                                                       CMDQV_REAL(virDomainMigrateBegin3)(domain, xmlin, cookieout, cookieoutlen, flags,
                                                                                          dname, resource));

        if (cmdqvApiMigrateSourceCheck(conn, domain, xmlin, __func__, answer) == CMDQV_ACL_GATE_ENDED)
            return xml;
    }
    return CMDQV_REAL(virDomainMigrateBegin3)(domain, xmlin, cookieout, cookieoutlen, flags, dname, resource);
}


CMDQV_EXPORT char *
virDomainMigrateBegin3Params(virDomainPtr domain, virTypedParameterPtr params, int nparams, char **cookieout, int *cookieoutlen,
                             unsigned int flags)
{
    virConnectPtr conn = cmdqvApiMigrateSourceParam(params, nparams, &(int){ 0 }) ? cmdqvApiMigrateSourceConnect(domain) : NULL;
    char *xml = NULL;

    if (conn) {
        cmdqvAclGateAnswer answer = CMDQV_ACL_GATE_ASK(conn, __func__, xml,
                                                       CMDQV_REAL(virDomainMigrateBegin3Params)(domain, params, nparams, cookieout,
                                                                                                cookieoutlen, flags));

        if (cmdqvApiMigrateSourceCheckAll(conn, domain, params, nparams, __func__, answer) == CMDQV_ACL_GATE_ENDED)
            return xml;
    }
    return CMDQV_REAL(virDomainMigrateBegin3Params)(domain, params, nparams, cookieout, cookieoutlen, flags);
}


CMDQV_EXPORT int
virDomainMigratePerform3(virDomainPtr domain, const char *xmlin, const char *cookiein, int cookieinlen, char **cookieout,
                         int *cookieoutlen, const char *dconnuri, const char *uri, unsigned long flags, const char *dname,
                         unsigned long resource)
{
    virConnectPtr conn = cmdqvApiMigrateSourceConcerns(xmlin) ? cmdqvApiMigrateSourceConnect(domain) : NULL;
    int status = -1;

    if (conn) {
        cmdqvAclGateAnswer answer;

        answer = CMDQV_ACL_GATE_ASK(conn, __func__, status,
                                    CMDQV_REAL(virDomainMigratePerform3)(domain, xmlin, cookiein, cookieinlen, cookieout, cookieoutlen,
                                                                         dconnuri, uri, flags, dname, resource));
        if (cmdqvApiMigrateSourceCheck(conn, domain, xmlin, __func__, answer) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return CMDQV_REAL(virDomainMigratePerform3)(domain, xmlin, cookiein, cookieinlen, cookieout, cookieoutlen, dconnuri, uri, flags,
                                                dname, resource);
}


CMDQV_EXPORT int
virDomainMigratePerform3Params(virDomainPtr domain, const char *dconnuri, virTypedParameterPtr params, int nparams, const char *cookiein,
                               int cookieinlen, char **cookieout, int *cookieoutlen, unsigned int flags)
{
    virConnectPtr conn = cmdqvApiMigrateSourceParam(params, nparams, &(int){ 0 }) ? cmdqvApiMigrateSourceConnect(domain) : NULL;
    int status = -1;

    if (conn) {
        cmdqvAclGateAnswer answer;

        answer = CMDQV_ACL_GATE_ASK(conn, __func__, status,
                                    CMDQV_REAL(virDomainMigratePerform3Params)(domain, dconnuri, params, nparams, cookiein, cookieinlen,
                                                                               cookieout, cookieoutlen, flags));
        if (cmdqvApiMigrateSourceCheckAll(conn, domain, params, nparams, __func__, answer) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return CMDQV_REAL(virDomainMigratePerform3Params)(domain, dconnuri, params, nparams, cookiein, cookieinlen, cookieout, cookieoutlen,
                                                      flags);
}
