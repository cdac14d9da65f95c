/*
 * plugin/api_migrate_prepare.c: definitions that arrive by migration
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The hook judges them, but it is given what libvirt has made of them, and an
 * older libvirt has dropped what this is about by then.  They cannot be lowered:
 * what is kept here comes in a part of the cookie that is nobody's to change.
 * QEMU does not migrate a guest with an accelerated SMMU, so this is about the
 * definitions of domains that do not run.
 */

#include "plugin/api_migrate_prepare.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "policy/rule.h"
#include "daemon/acl_gate.h"
#include "plugin/lowering_xml.h"
#include "lowering/record.h"

/*
 * libvirt.so exports these for its daemons (src/libvirt_internal.h).  Today's
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
 * cmdqvMigrateJudgeDropped:
 * @conn: the caller's connection
 * @xml: a definition that arrives
 *
 * What was lowered where it comes from stays so.
 *
 * Returns: (transfer full) (nullable): a refusal where this libvirt would drop
 * what makes the domain's vSMMUs
 */
cmdqvVerdict *
cmdqvMigrateJudgeDropped(virConnectPtr conn, const char *xml)
{
    g_autoptr(cmdqvTopology) topology = NULL;
    cmdqvVerdict *verdict;
    unsigned long version = 0;

    if (cmdqvLoweredMayBe(xml) || !cmdqvTranslateIsNeeded(conn, xml))
        return NULL;
    topology = cmdqvDomainXMLRead(xml, strlen(xml), NULL);
    (void)CMDQV_REAL(virGetVersion)(&version, NULL, NULL);
    verdict = g_new0(cmdqvVerdict, 1);
    verdict->domain = topology ? g_strdup(topology->name) : NULL;
    verdict->uuid = topology ? g_strdup(topology->uuid) : NULL;
    verdict->message = g_strdup_printf("domain '%s': libvirt %lu.%lu.%lu drops cmdqv without a word, and what arrives by migration "
                                       "cannot be given to QEMU past it; define the domain on this host instead",
                                       verdict->domain ? verdict->domain : "", CMDQV_VERSION_PARTS(version));
    return verdict;
}


static const char *
cmdqvMigrateXML(virTypedParameterPtr params, int nparams)
{
    int i;

    for (i = 0; params && i < nparams; i++) {
        if (params[i].type == VIR_TYPED_PARAM_STRING && strcmp(params[i].field, VIR_MIGRATE_PARAM_DEST_XML) == 0)
            return params[i].value.s;
    }
    return NULL;
}


/* Returns true, with the error raised, if the call must not go to libvirt. */
static bool
cmdqvMigrateIsRefused(virConnectPtr conn, const char *xml, const char *function, cmdqvFence *fence)
{
    virResetLastError();
    return conn && xml &&
        cmdqvFenceRefuses(fence, conn, NULL, VIR_ERR_CONFIG_UNSUPPORTED, function, cmdqvMigrateJudgeDropped(conn, xml));
}


CMDQV_EXPORT int
virDomainMigratePrepare2(virConnectPtr dconn, char **cookie, int *cookielen, const char *uri_in, char **uri_out,
                         unsigned long flags, const char *dname, unsigned long resource, const char *dom_xml)
{
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvMigrateIsRefused(dconn, dom_xml, __func__, &fence))
        return -1;
    return CMDQV_REAL(virDomainMigratePrepare2)(dconn, cookie, cookielen, uri_in, uri_out, flags, dname, resource, dom_xml);
}


CMDQV_EXPORT int
virDomainMigratePrepare3(virConnectPtr dconn, const char *cookiein, int cookieinlen, char **cookieout, int *cookieoutlen,
                         const char *uri_in, char **uri_out, unsigned long flags, const char *dname, unsigned long resource,
                         const char *dom_xml)
{
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvMigrateIsRefused(dconn, dom_xml, __func__, &fence))
        return -1;
    return CMDQV_REAL(virDomainMigratePrepare3)(dconn, cookiein, cookieinlen, cookieout, cookieoutlen, uri_in, uri_out, flags,
                                                dname, resource, dom_xml);
}


CMDQV_EXPORT int
virDomainMigratePrepare3Params(virConnectPtr dconn, virTypedParameterPtr params, int nparams, const char *cookiein,
                               int cookieinlen, char **cookieout, int *cookieoutlen, char **uri_out, unsigned int flags)
{
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvMigrateIsRefused(dconn, cmdqvMigrateXML(params, nparams), __func__, &fence))
        return -1;
    return CMDQV_REAL(virDomainMigratePrepare3Params)(dconn, params, nparams, cookiein, cookieinlen, cookieout, cookieoutlen,
                                                      uri_out, flags);
}


CMDQV_EXPORT int
virDomainMigratePrepareTunnel(virConnectPtr conn, virStreamPtr st, unsigned long flags, const char *dname,
                              unsigned long resource, const char *dom_xml)
{
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvMigrateIsRefused(conn, dom_xml, __func__, &fence))
        return -1;
    return CMDQV_REAL(virDomainMigratePrepareTunnel)(conn, st, flags, dname, resource, dom_xml);
}


CMDQV_EXPORT int
virDomainMigratePrepareTunnel3(virConnectPtr conn, virStreamPtr st, const char *cookiein, int cookieinlen, char **cookieout,
                               int *cookieoutlen, unsigned long flags, const char *dname, unsigned long resource,
                               const char *dom_xml)
{
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvMigrateIsRefused(conn, dom_xml, __func__, &fence))
        return -1;
    return CMDQV_REAL(virDomainMigratePrepareTunnel3)(conn, st, cookiein, cookieinlen, cookieout, cookieoutlen, flags, dname,
                                                      resource, dom_xml);
}


CMDQV_EXPORT int
virDomainMigratePrepareTunnel3Params(virConnectPtr conn, virStreamPtr st, virTypedParameterPtr params, int nparams,
                                     const char *cookiein, int cookieinlen, char **cookieout, int *cookieoutlen,
                                     unsigned int flags)
{
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvMigrateIsRefused(conn, cmdqvMigrateXML(params, nparams), __func__, &fence))
        return -1;
    return CMDQV_REAL(virDomainMigratePrepareTunnel3Params)(conn, st, params, nparams, cookiein, cookieinlen, cookieout,
                                                            cookieoutlen, flags);
}
