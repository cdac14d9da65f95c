/*
 * plugin/check_device_change.c: a definition with one device added or exchanged
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/check_device_change.h"

#include <stdlib.h>
#include <string.h>

#include "conf/domain_edit.h"
#include "conf/domain_xml.h"
#include "daemon/query_as_daemon.h"
#include "plugin/daemon_context.h"
#include "plugin/check_definition.h"
#include "plugin/lowering_xml.h"
#include "policy/definition.h"
#include "policy/rule_table.h"


/* Something that the definition did not break before. */
static const cmdqvFinding *
cmdqvChangeFindNew(const GPtrArray *before, const GPtrArray *after)
{
    guint i;
    guint j;

    for (i = 0; i < after->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(after, i);

        if (finding->level != CMDQV_RULE_ERROR)
            continue;
        for (j = 0; j < before->len; j++) {
            const cmdqvFinding *old = g_ptr_array_index(before, j);

            if (old->rule == finding->rule && old->smmu == finding->smmu)
                break;
        }
        if (j == before->len)
            return finding;
    }
    return NULL;
}


static cmdqvVerdict *
cmdqvChangeCompare(virDomainPtr domain, const char *verb, const char *before, const char *after)
{
    virConnectPtr conn = CMDQV_REAL(virDomainGetConnect)(domain);
    g_auto(cmdqvDefinition) old = { .name = NULL };
    g_auto(cmdqvDefinition) new = { .name = NULL };
    g_autofree char *translated = NULL;
    g_autofree char *why = NULL;
    const cmdqvFinding *finding;
    cmdqvRuleContext context;
    cmdqvVerdict *verdict;
    bool ok;

    cmdqvConfigContext(&context, conn, after);
    ok = cmdqvDefinitionJudge(before, strlen(before), NULL, NULL, &context, &old, NULL) &&
        cmdqvDefinitionJudge(after, strlen(after), cmdqvJudgeToNative, conn, &context, &new, NULL) &&
        new.topology->badValues->len == 0;
    virResetLastError();
    finding = ok ? cmdqvChangeFindNew(old.findings, new.findings) : NULL;
    if (!finding && (!ok || cmdqvTranslateIn(conn, after, &translated, &why)))
        return NULL;

    verdict = finding ? cmdqvDefinitionVerdict(&new, finding) : g_new0(cmdqvVerdict, 1);
    verdict->message = g_strdup_printf("cannot %s the device in the definition of domain '%s', which would then be unsound: %s",
                                       verb, CMDQV_REAL(virDomainGetName)(domain), finding ? finding->message : why);
    return verdict;
}


/**
 * cmdqvChangeJudge:
 * @domain: a domain
 * @verb: what is done to the device, for the words
 * @xml: the XML of a device
 * @replaces: (nullable): what it designates, if it takes another's place
 *
 * A definition that is unsound already may be changed so long as that breaks
 * nothing more.
 *
 * Returns: (transfer full): a refusal, NULL if the definition stays as sound as
 * it is
 */
cmdqvVerdict *
cmdqvChangeJudge(virDomainPtr domain, const char *verb, const char *xml, const cmdqvDevice *replaces)
{
    char *before = cmdqvAskDomainXML(domain, VIR_DOMAIN_XML_INACTIVE);
    g_autofree char *after = NULL;
    cmdqvVerdict *verdict = NULL;

    virResetLastError();
    if (before && (cmdqvDomainXMLMayHaveSmmu(before) || cmdqvDomainXMLMayHaveSmmu(xml))) {
        after = replaces ? cmdqvDomainEditReplaceDevice(before, replaces, xml, NULL)
                         : cmdqvDomainEditAddDevice(before, xml, NULL);
        verdict = after ? cmdqvChangeCompare(domain, verb, before, after) : NULL;
    }
    free(before);
    return verdict;
}
