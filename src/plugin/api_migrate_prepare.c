/*
 * api_migrate_prepare.c: check definitions of incoming migrations
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The hook checks them too, but it gets the XML that libvirt writes, and a
 * libvirt before 12.7 has dropped the vSMMUs from it. The module cannot lower
 * them, because the persistent definition is in a part of the cookie that it
 * must not change. QEMU does not migrate a guest with an accelerated SMMU, so
 * this is about offline migration.
 */

#include "plugin/api_migrate_prepare.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "conf/fatal_values.h"
#include "daemon/acl_gate.h"
#include "daemon/raise_error.h"
#include "lowering/lift.h"
#include "plugin/lowering_xml.h"
#include "policy/rule.h"

/*
 * libvirt.so exports these for its daemons (src/libvirt_internal.h).  Current
 * clients call those with parameters.
 */
CMDQV_EXPORT int virDomainMigratePrepare2(virConnectPtr dconn, char **cookie, int *cookielen, const char *uri_in, char **uri_out,
                                          unsigned long flags, const char *dname, unsigned long resource, const char *dom_xml);
CMDQV_EXPORT int virDomainMigratePrepare3(virConnectPtr dconn, const char *cookiein, int cookieinlen, char **cookieout,
                                          int *cookieoutlen, const char *uri_in, char **uri_out, unsigned long flags,
                                          const char *dname, unsigned long resource, const char *dom_xml);
CMDQV_EXPORT int virDomainMigratePrepare3Params(virConnectPtr dconn, virTypedParameterPtr params, int nparams,
                                                const char *cookiein, int cookieinlen, char **cookieout, int *cookieoutlen,
                                                char **uri_out, unsigned int flags);
CMDQV_EXPORT int virDomainMigratePrepareTunnel(virConnectPtr conn, virStreamPtr st, unsigned long flags, const char *dname,
                                               unsigned long resource, const char *dom_xml);
CMDQV_EXPORT int virDomainMigratePrepareTunnel3(virConnectPtr conn, virStreamPtr st, const char *cookiein, int cookieinlen,
                                                char **cookieout, int *cookieoutlen, unsigned long flags, const char *dname,
                                                unsigned long resource, const char *dom_xml);
CMDQV_EXPORT int virDomainMigratePrepareTunnel3Params(virConnectPtr conn, virStreamPtr st, virTypedParameterPtr params,
                                                      int nparams, const char *cookiein, int cookieinlen, char **cookieout,
                                                      int *cookieoutlen, unsigned int flags);


/**
 * cmdqvApiMigratePrepareJudgeDropped:
 * @conn: the caller's connection
 * @xml: an incoming definition
 *
 * A definition that was lowered at the source stays lowered.
 *
 * Returns: (transfer full) (nullable): a refusal if this libvirt would drop the
 * domain's vSMMUs
 */
cmdqvVerdict *
cmdqvApiMigratePrepareJudgeDropped(virConnectPtr conn, const char *xml)
{
    g_autoptr(cmdqvTopology) topology = NULL;
    g_autofree char *lifted = NULL;
    cmdqvVerdict *verdict;
    unsigned long version = 0;

    if ((cmdqvLiftXML(xml, &lifted, NULL) && lifted) || !cmdqvLoweringXMLIsNeeded(conn, xml))
        return NULL;
    topology = cmdqvDomainXMLRead(xml, strlen(xml), NULL);
    (void)CMDQV_REAL(virGetVersion)(&version, NULL, NULL);
    verdict = g_new0(cmdqvVerdict, 1);
    verdict->domain = topology ? g_strdup(topology->name) : NULL;
    verdict->uuid = topology ? g_strdup(topology->uuid) : NULL;
    verdict->message = g_strdup_printf("domain '%s': libvirt %lu.%lu.%lu drops cmdqv without a word, and what arrives by migration "
                                       "cannot be given to QEMU past it; define the domain on this host instead",
                                       verdict->domain ? verdict->domain : "", CMDQV_RULE_VERSION_PARTS(version));
    return verdict;
}


static int
cmdqvApiMigratePrepareFind(virTypedParameterPtr params, int nparams)
{
    int i;

    for (i = 0; params && i < nparams; i++) {
        if (params[i].type == VIR_TYPED_PARAM_STRING && strcmp(params[i].field, VIR_MIGRATE_PARAM_DEST_XML) == 0)
            return i;
    }
    return -1;
}


static const char *
cmdqvApiMigratePrepareXML(virTypedParameterPtr params, int nparams)
{
    int found = cmdqvApiMigratePrepareFind(params, nparams);

    return found < 0 ? NULL : params[found].value.s;
}


/* A copy of the parameters with another XML; the caller's stay as they are. */
static virTypedParameterPtr
cmdqvApiMigratePrepareParams(virTypedParameterPtr params, int nparams, const char *xml)
{
    virTypedParameterPtr copy = g_new(virTypedParameter, nparams);

    memcpy(copy, params, sizeof(*params) * (gsize)nparams);
    copy[cmdqvApiMigratePrepareFind(params, nparams)].value.s = (char *)xml;
    return copy;
}


/* A refusal of XML that libvirt does not survive, NULL if there is no reason. */
static cmdqvVerdict *
cmdqvApiMigratePrepareFatal(char *why)
{
    cmdqvVerdict *refusal = why ? g_new0(cmdqvVerdict, 1) : NULL;

    if (refusal)
        refusal->message = why;
    return refusal;
}


/*
 * Sets @asked to the XML for the call that ends at its access check, if the XML
 * concerns the module: libvirt reads it before that. Returns false, with the
 * error raised, if it must not get any.
 */
static bool
cmdqvApiMigratePrepareToAsk(virConnectPtr conn, const char *xml, const char *function, char **asked)
{
    g_autoptr(cmdqvVerdict) refusal = NULL;
    char *why = NULL;

    virResetLastError();
    if (!conn || !xml || !cmdqvDomainXMLMayHaveSmmu(xml) || cmdqvAclGateIsOfOthers(conn))
        return true;
    *asked = cmdqvLoweringXMLToAsk(xml, false, &why);
    refusal = cmdqvApiMigratePrepareFatal(why);
    if (!refusal)
        return true;
    cmdqvAclGateSkip();
    cmdqvRaiseErrorRefusal(conn, NULL, VIR_ERR_CONFIG_UNSUPPORTED, function, refusal);
    return false;
}


/* Checks the migration if libvirt grants the call. Returns CMDQV_ACL_GATE_ENDED if it is refused, otherwise @answer. */
static cmdqvAclGateAnswer
cmdqvApiMigratePrepareCheck(virConnectPtr conn, const char *xml, const char *function, cmdqvAclGateAnswer answer)
{
    g_autoptr(cmdqvVerdict) refusal = NULL;

    if (answer == CMDQV_ACL_GATE_ENDED)
        return answer;
    if (answer == CMDQV_ACL_GATE_UNKNOWN)
        return cmdqvAclGateRefuseUnknown(conn, NULL, function);
    refusal = cmdqvApiMigratePrepareFatal(cmdqvFatalValuesFindXML(xml, "domain XML"));
    if (!refusal)
        refusal = cmdqvApiMigratePrepareJudgeDropped(conn, xml);
    if (!refusal)
        return answer;
    cmdqvRaiseErrorRefusal(conn, NULL, VIR_ERR_CONFIG_UNSUPPORTED, function, refusal);
    return CMDQV_ACL_GATE_ENDED;
}


CMDQV_EXPORT int
virDomainMigratePrepare2(virConnectPtr dconn, char **cookie, int *cookielen, const char *uri_in, char **uri_out,
                         unsigned long flags, const char *dname, unsigned long resource, const char *dom_xml)
{
    g_autofree char *asked = NULL;
    int status = -1;

    if (!cmdqvApiMigratePrepareToAsk(dconn, dom_xml, __func__, &asked))
        return -1;
    if (asked) {
        cmdqvAclGateAnswer answer;

        answer = CMDQV_ACL_GATE_ASK(dconn, __func__, status,
                                    CMDQV_REAL(virDomainMigratePrepare2)(dconn, cookie, cookielen, uri_in, uri_out, flags,
                                                                         dname, resource, asked));
        if (cmdqvApiMigratePrepareCheck(dconn, dom_xml, __func__, answer) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return CMDQV_REAL(virDomainMigratePrepare2)(dconn, cookie, cookielen, uri_in, uri_out, flags, dname, resource, dom_xml);
}


CMDQV_EXPORT int
virDomainMigratePrepare3(virConnectPtr dconn, const char *cookiein, int cookieinlen, char **cookieout, int *cookieoutlen,
                         const char *uri_in, char **uri_out, unsigned long flags, const char *dname, unsigned long resource,
                         const char *dom_xml)
{
    g_autofree char *asked = NULL;
    int status = -1;

    if (!cmdqvApiMigratePrepareToAsk(dconn, dom_xml, __func__, &asked))
        return -1;
    if (asked) {
        cmdqvAclGateAnswer answer;

        answer = CMDQV_ACL_GATE_ASK(dconn, __func__, status,
                                    CMDQV_REAL(virDomainMigratePrepare3)(dconn, cookiein, cookieinlen, cookieout, cookieoutlen,
                                                                         uri_in, uri_out, flags, dname, resource, asked));
        if (cmdqvApiMigratePrepareCheck(dconn, dom_xml, __func__, answer) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return CMDQV_REAL(virDomainMigratePrepare3)(dconn, cookiein, cookieinlen, cookieout, cookieoutlen, uri_in, uri_out,
                                                flags, dname, resource, dom_xml);
}


CMDQV_EXPORT int
virDomainMigratePrepare3Params(virConnectPtr dconn, virTypedParameterPtr params, int nparams, const char *cookiein,
                               int cookieinlen, char **cookieout, int *cookieoutlen, char **uri_out, unsigned int flags)
{
    const char *dom_xml = cmdqvApiMigratePrepareXML(params, nparams);
    g_autofree char *asked = NULL;
    int status = -1;

    if (!cmdqvApiMigratePrepareToAsk(dconn, dom_xml, __func__, &asked))
        return -1;
    if (asked) {
        g_autofree virTypedParameterPtr with = cmdqvApiMigratePrepareParams(params, nparams, asked);
        cmdqvAclGateAnswer answer;

        answer = CMDQV_ACL_GATE_ASK(dconn, __func__, status,
                                    CMDQV_REAL(virDomainMigratePrepare3Params)(dconn, with, nparams, cookiein, cookieinlen,
                                                                               cookieout, cookieoutlen, uri_out, flags));
        if (cmdqvApiMigratePrepareCheck(dconn, dom_xml, __func__, answer) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return CMDQV_REAL(virDomainMigratePrepare3Params)(dconn, params, nparams, cookiein, cookieinlen, cookieout,
                                                      cookieoutlen, uri_out, flags);
}


CMDQV_EXPORT int
virDomainMigratePrepareTunnel(virConnectPtr conn, virStreamPtr st, unsigned long flags, const char *dname,
                              unsigned long resource, const char *dom_xml)
{
    g_autofree char *asked = NULL;
    int status = -1;

    if (!cmdqvApiMigratePrepareToAsk(conn, dom_xml, __func__, &asked))
        return -1;
    if (asked) {
        cmdqvAclGateAnswer answer;

        answer = CMDQV_ACL_GATE_ASK(conn, __func__, status,
                                    CMDQV_REAL(virDomainMigratePrepareTunnel)(conn, st, flags, dname, resource, asked));
        if (cmdqvApiMigratePrepareCheck(conn, dom_xml, __func__, answer) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return CMDQV_REAL(virDomainMigratePrepareTunnel)(conn, st, flags, dname, resource, dom_xml);
}


CMDQV_EXPORT int
virDomainMigratePrepareTunnel3(virConnectPtr conn, virStreamPtr st, const char *cookiein, int cookieinlen, char **cookieout,
                               int *cookieoutlen, unsigned long flags, const char *dname, unsigned long resource,
                               const char *dom_xml)
{
    g_autofree char *asked = NULL;
    int status = -1;

    if (!cmdqvApiMigratePrepareToAsk(conn, dom_xml, __func__, &asked))
        return -1;
    if (asked) {
        cmdqvAclGateAnswer answer;

        answer = CMDQV_ACL_GATE_ASK(conn, __func__, status,
                                    CMDQV_REAL(virDomainMigratePrepareTunnel3)(conn, st, cookiein, cookieinlen, cookieout,
                                                                               cookieoutlen, flags, dname, resource, asked));
        if (cmdqvApiMigratePrepareCheck(conn, dom_xml, __func__, answer) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return CMDQV_REAL(virDomainMigratePrepareTunnel3)(conn, st, cookiein, cookieinlen, cookieout, cookieoutlen, flags,
                                                      dname, resource, dom_xml);
}


CMDQV_EXPORT int
virDomainMigratePrepareTunnel3Params(virConnectPtr conn, virStreamPtr st, virTypedParameterPtr params, int nparams,
                                     const char *cookiein, int cookieinlen, char **cookieout, int *cookieoutlen,
                                     unsigned int flags)
{
    const char *dom_xml = cmdqvApiMigratePrepareXML(params, nparams);
    g_autofree char *asked = NULL;
    int status = -1;

    if (!cmdqvApiMigratePrepareToAsk(conn, dom_xml, __func__, &asked))
        return -1;
    if (asked) {
        g_autofree virTypedParameterPtr with = cmdqvApiMigratePrepareParams(params, nparams, asked);
        cmdqvAclGateAnswer answer;

        answer = CMDQV_ACL_GATE_ASK(conn, __func__, status,
                                    CMDQV_REAL(virDomainMigratePrepareTunnel3Params)(conn, st, with, nparams, cookiein,
                                                                                     cookieinlen, cookieout, cookieoutlen, flags));
        if (cmdqvApiMigratePrepareCheck(conn, dom_xml, __func__, answer) == CMDQV_ACL_GATE_ENDED)
            return status;
    }
    return CMDQV_REAL(virDomainMigratePrepareTunnel3Params)(conn, st, params, nparams, cookiein, cookieinlen, cookieout,
                                                            cookieoutlen, flags);
}
