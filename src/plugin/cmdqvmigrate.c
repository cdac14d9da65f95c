/*
 * cmdqvmigrate.c: definitions that arrive by migration
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The hook judges them, but it is given what libvirt has made of them, and an
 * older libvirt has dropped what this is about by then.  They cannot be lowered:
 * what is kept here comes in a part of the cookie that is nobody's to change.
 * QEMU does not migrate a guest with an accelerated SMMU, so this is about the
 * definitions of domains that do not run.
 */

#include <string.h>

#include "conf/cmdqvdomainxml.h"
#include "plugin/cmdqvfence.h"
#include "plugin/cmdqvtranslate.h"
#include "qemu/cmdqvlowered.h"

/* libvirt.so exports these for its daemons (src/libvirt_internal.h); older clients call others, and those the hook judges. */
CMDQV_EXPORT int virDomainMigratePrepare3Params(virConnectPtr dconn, virTypedParameterPtr params, int nparams,
                                                const char *cookiein, int cookieinlen, char **cookieout, int *cookieoutlen,
                                                char **uri_out, unsigned int flags);
CMDQV_EXPORT int virDomainMigratePrepareTunnel3Params(virConnectPtr conn, virStreamPtr st, virTypedParameterPtr params,
                                                      int nparams, const char *cookiein, int cookieinlen, char **cookieout,
                                                      int *cookieoutlen, unsigned int flags);


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
cmdqvMigrateIsRefused(virConnectPtr conn, virTypedParameterPtr params, int nparams, const char *function, cmdqvFence *fence)
{
    const char *xml = conn ? cmdqvMigrateXML(params, nparams) : NULL;
    g_autoptr(cmdqvTopology) topology = NULL;
    cmdqvVerdict *verdict;
    unsigned long version = 0;

    virResetLastError();
    /* what was lowered where it comes from stays so */
    if (!xml || cmdqvLoweredMayBe(xml) || !cmdqvTranslateIsNeeded(conn, xml))
        return false;
    topology = cmdqvDomainXMLRead(xml, strlen(xml), NULL);
    (void)CMDQV_REAL(virGetVersion)(&version, NULL, NULL);
    verdict = g_new0(cmdqvVerdict, 1);
    verdict->domain = topology ? g_strdup(topology->name) : NULL;
    verdict->uuid = topology ? g_strdup(topology->uuid) : NULL;
    verdict->message = g_strdup_printf("domain '%s': libvirt %lu.%lu.%lu drops cmdqv without a word, and what arrives by migration "
                                       "cannot be given to QEMU past it; define the domain on this host instead",
                                       verdict->domain ? verdict->domain : "", version / 1000000, version / 1000 % 1000,
                                       version % 1000);
    return cmdqvFenceRefuses(fence, conn, NULL, VIR_ERR_CONFIG_UNSUPPORTED, function, verdict);
}


CMDQV_EXPORT int
virDomainMigratePrepare3Params(virConnectPtr dconn, virTypedParameterPtr params, int nparams, const char *cookiein,
                               int cookieinlen, char **cookieout, int *cookieoutlen, char **uri_out, unsigned int flags)
{
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvMigrateIsRefused(dconn, params, nparams, __func__, &fence))
        return -1;
    return CMDQV_REAL(virDomainMigratePrepare3Params)(dconn, params, nparams, cookiein, cookieinlen, cookieout, cookieoutlen,
                                                      uri_out, flags);
}


CMDQV_EXPORT int
virDomainMigratePrepareTunnel3Params(virConnectPtr conn, virStreamPtr st, virTypedParameterPtr params, int nparams,
                                     const char *cookiein, int cookieinlen, char **cookieout, int *cookieoutlen,
                                     unsigned int flags)
{
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvMigrateIsRefused(conn, params, nparams, __func__, &fence))
        return -1;
    return CMDQV_REAL(virDomainMigratePrepareTunnel3Params)(conn, st, params, nparams, cookiein, cookieinlen, cookieout,
                                                            cookieoutlen, flags);
}
