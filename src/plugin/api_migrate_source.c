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
#include "plugin/api_call.h"


/* The next definition in the parameters that the module must check, from number @at on, which moves behind it. */
static const char *
cmdqvApiMigrateSourceParam(const cmdqvApiCall *call, int *at)
{
    static const char *const names[] = { VIR_MIGRATE_PARAM_DEST_XML, VIR_MIGRATE_PARAM_PERSIST_XML, NULL };

    while (call->params && *at < call->nparams) {
        const virTypedParameter *param = &call->params[(*at)++];

        if (param->type == VIR_TYPED_PARAM_STRING && g_strv_contains(names, param->field) && param->value.s &&
            cmdqvDomainXMLMayHaveSmmu(param->value.s))
            return param->value.s;
    }
    return NULL;
}


static bool
cmdqvApiMigrateSourceConcerns(cmdqvApiCall *call)
{
    return cmdqvApiCallMayHaveSmmu(call) || cmdqvApiMigrateSourceParam(call, &(int){ 0 });
}


/* Whether libvirt survives the XML. */
static cmdqvVerdict *
cmdqvApiMigrateSourceJudge(cmdqvApiCall *call)
{
    int at = 0;
    const char *xml = call->text ? call->text : cmdqvApiMigrateSourceParam(call, &at);
    char *why = NULL;

    if (call->answer == CMDQV_ACL_GATE_UNKNOWN)
        return cmdqvApiCallUnknown(call);
    for (; xml && !why; xml = cmdqvApiMigrateSourceParam(call, &at))
        why = cmdqvFatalValuesFindXML(xml, "domain XML");
    return why ? cmdqvVerdictNew(why) : NULL;
}


CMDQV_API_CALL(char *, NULL, virDomainMigrateBegin3,
               (virDomainPtr domain, const char *xmlin, char **cookieout, int *cookieoutlen, unsigned long flags, const char *dname,
                unsigned long resource),
               (domain, xmlin, cookieout, cookieoutlen, flags, dname, resource),
               .domain = domain, .text = xmlin, .concerns = cmdqvApiMigrateSourceConcerns, .judge = cmdqvApiMigrateSourceJudge)

CMDQV_API_CALL(char *, NULL, virDomainMigrateBegin3Params,
               (virDomainPtr domain, virTypedParameterPtr params, int nparams, char **cookieout, int *cookieoutlen, unsigned int flags),
               (domain, params, nparams, cookieout, cookieoutlen, flags),
               .domain = domain, .params = params, .nparams = nparams, .concerns = cmdqvApiMigrateSourceConcerns,
               .judge = cmdqvApiMigrateSourceJudge)

CMDQV_API_CALL(int, -1, virDomainMigratePerform3,
               (virDomainPtr domain, const char *xmlin, const char *cookiein, int cookieinlen, char **cookieout, int *cookieoutlen,
                const char *dconnuri, const char *uri, unsigned long flags, const char *dname, unsigned long resource),
               (domain, xmlin, cookiein, cookieinlen, cookieout, cookieoutlen, dconnuri, uri, flags, dname, resource),
               .domain = domain, .text = xmlin, .concerns = cmdqvApiMigrateSourceConcerns, .judge = cmdqvApiMigrateSourceJudge)

CMDQV_API_CALL(int, -1, virDomainMigratePerform3Params,
               (virDomainPtr domain, const char *dconnuri, virTypedParameterPtr params, int nparams, const char *cookiein, int cookieinlen,
                char **cookieout, int *cookieoutlen, unsigned int flags),
               (domain, dconnuri, params, nparams, cookiein, cookieinlen, cookieout, cookieoutlen, flags),
               .domain = domain, .params = params, .nparams = nparams, .concerns = cmdqvApiMigrateSourceConcerns,
               .judge = cmdqvApiMigrateSourceJudge)
