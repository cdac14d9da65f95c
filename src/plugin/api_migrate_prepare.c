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
#include "lowering/lift.h"
#include "plugin/api_call.h"
#include "plugin/lowering_xml.h"
#include "policy/rule.h"


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
    verdict = cmdqvVerdictNew(NULL);
    verdict->domain = topology ? g_strdup(topology->name) : NULL;
    verdict->uuid = topology ? g_strdup(topology->uuid) : NULL;
    verdict->message = g_strdup_printf("domain '%s': libvirt %lu.%lu.%lu silently drops cmdqv, and the module cannot add it to a "
                                       "domain that is migrated; define the domain on this host instead",
                                       verdict->domain ? verdict->domain : "", CMDQV_RULE_VERSION_PARTS(version));
    return verdict;
}


/* The number of the parameter with the XML; -1 if there is none. */
static int
cmdqvApiMigratePrepareFind(const cmdqvApiCall *call)
{
    int i;

    for (i = 0; call->params && i < call->nparams; i++) {
        if (call->params[i].type == VIR_TYPED_PARAM_STRING && strcmp(call->params[i].field, VIR_MIGRATE_PARAM_DEST_XML) == 0)
            return i;
    }
    return -1;
}


/*
 * Sets the XML for the call that ends at its access check, because libvirt reads
 * it before that. Returns false if the XML does not concern the module, or if
 * libvirt must not get any; then the call has ended.
 */
static bool
cmdqvApiMigratePrepareConcerns(cmdqvApiCall *call)
{
    int found = cmdqvApiMigratePrepareFind(call);
    char *why = NULL;

    if (found >= 0)
        call->text = call->params[found].value.s;
    if (!cmdqvApiCallMayHaveSmmu(call) || cmdqvAclGateIsOfOthers(call->conn))
        return false;
    call->asked = cmdqvLoweringXMLToAsk(call->text, &why);
    if (why) {
        cmdqvAclGateSkip();
        cmdqvApiCallRefuse(call, cmdqvVerdictNew(why));
        return false;
    }
    if (found >= 0) {
        call->askedParams = g_memdup2(call->params, sizeof(*call->params) * (gsize)call->nparams);
        call->askedParams[found].value.s = call->asked;
    }
    return call->asked;
}


/* Without a cookie libvirt 12.8 reads the capabilities of the source at address 0 (qemuMigrationDstPrepareActive()). */
static cmdqvVerdict *
cmdqvApiMigratePrepareJudge(cmdqvApiCall *call)
{
    cmdqvVerdict *refusal;
    char *why;

    if (call->answer == CMDQV_ACL_GATE_UNKNOWN)
        return cmdqvApiCallUnknown(call);
    why = cmdqvFatalValuesFindXML(call->text, "domain XML");
    refusal = why ? cmdqvVerdictNew(why) : cmdqvApiMigratePrepareJudgeDropped(call->conn, call->text);
    if (refusal || !call->withoutCookie || call->flags & VIR_MIGRATE_OFFLINE)
        return refusal;
    return cmdqvVerdictNew(g_strdup_printf("the migration of a running domain has no cookie from its source, and libvirt crashes without one; "
                                           "use 'virsh migrate' on the source"));
}


/* One of the functions, which libvirt.so exports for its daemons (src/libvirt_internal.h). */
#define CMDQV_API_MIGRATE_PREPARE(name, parameters, arguments, ...) \
    CMDQV_API_CALL(int, -1, name, parameters, arguments, .conn = conn, .concerns = cmdqvApiMigratePrepareConcerns, \
                   .judge = cmdqvApiMigratePrepareJudge, __VA_ARGS__)

/* The XML and the parameters for libvirt. */
#define CMDQV_API_MIGRATE_PREPARE_XML (cmdqvAclGateIsArmed() ? call.asked : xml)
#define CMDQV_API_MIGRATE_PREPARE_PARAMS (cmdqvAclGateIsArmed() ? call.askedParams : params)

CMDQV_API_MIGRATE_PREPARE(virDomainMigratePrepare2,
                          (virConnectPtr conn, char **cookie, int *cookielen, const char *uri_in, char **uri_out, unsigned long flags,
                           const char *dname, unsigned long resource, const char *xml),
                          (conn, cookie, cookielen, uri_in, uri_out, flags, dname, resource, CMDQV_API_MIGRATE_PREPARE_XML),
                          .text = xml, .flags = (unsigned int)flags, .withoutCookie = true)

CMDQV_API_MIGRATE_PREPARE(virDomainMigratePrepare3,
                          (virConnectPtr conn, const char *cookiein, int cookieinlen, char **cookieout, int *cookieoutlen,
                           const char *uri_in, char **uri_out, unsigned long flags, const char *dname, unsigned long resource,
                           const char *xml),
                          (conn, cookiein, cookieinlen, cookieout, cookieoutlen, uri_in, uri_out, flags, dname, resource,
                           CMDQV_API_MIGRATE_PREPARE_XML),
                          .text = xml, .flags = (unsigned int)flags, .withoutCookie = !cookiein || cookieinlen == 0)

/* Current clients call this one, and the last one. */
CMDQV_API_MIGRATE_PREPARE(virDomainMigratePrepare3Params,
                          (virConnectPtr conn, virTypedParameterPtr params, int nparams, const char *cookiein, int cookieinlen,
                           char **cookieout, int *cookieoutlen, char **uri_out, unsigned int flags),
                          (conn, CMDQV_API_MIGRATE_PREPARE_PARAMS, nparams, cookiein, cookieinlen, cookieout, cookieoutlen, uri_out, flags),
                          .params = params, .nparams = nparams, .flags = flags, .withoutCookie = !cookiein || cookieinlen == 0)

CMDQV_API_MIGRATE_PREPARE(virDomainMigratePrepareTunnel,
                          (virConnectPtr conn, virStreamPtr st, unsigned long flags, const char *dname, unsigned long resource,
                           const char *xml),
                          (conn, st, flags, dname, resource, CMDQV_API_MIGRATE_PREPARE_XML),
                          .text = xml, .flags = (unsigned int)flags, .withoutCookie = true)

CMDQV_API_MIGRATE_PREPARE(virDomainMigratePrepareTunnel3,
                          (virConnectPtr conn, virStreamPtr st, const char *cookiein, int cookieinlen, char **cookieout,
                           int *cookieoutlen, unsigned long flags, const char *dname, unsigned long resource, const char *xml),
                          (conn, st, cookiein, cookieinlen, cookieout, cookieoutlen, flags, dname, resource, CMDQV_API_MIGRATE_PREPARE_XML),
                          .text = xml, .flags = (unsigned int)flags, .withoutCookie = !cookiein || cookieinlen == 0)

CMDQV_API_MIGRATE_PREPARE(virDomainMigratePrepareTunnel3Params,
                          (virConnectPtr conn, virStreamPtr st, virTypedParameterPtr params, int nparams, const char *cookiein,
                           int cookieinlen, char **cookieout, int *cookieoutlen, unsigned int flags),
                          (conn, st, CMDQV_API_MIGRATE_PREPARE_PARAMS, nparams, cookiein, cookieinlen, cookieout, cookieoutlen, flags),
                          .params = params, .nparams = nparams, .flags = flags, .withoutCookie = !cookiein || cookieinlen == 0)
