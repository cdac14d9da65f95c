/*
 * cmdqvjudge.c: a definition on its way into libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/cmdqvjudge.h"

#include <stdlib.h>
#include <string.h>

#include "conf/cmdqvdomainxml.h"
#include "plugin/cmdqvfacts.h"
#include "qemu/cmdqvdefinition.h"
#include "qemu/cmdqvrules.h"
#include "util/cmdqverror.h"


static char *
cmdqvJudgeToNative(const char *xml, gpointer conn)
{
    char *native = CMDQV_REAL(virConnectDomainXMLToNative)(conn, "qemu-argv", xml, 0);
    char *copy = g_strdup(native);

    virResetLastError();
    free(native);
    return copy;
}


/**
 * cmdqvJudgeXML:
 * @conn: the caller's connection
 * @xml: domain XML as the caller gave it
 *
 * Returns: (transfer full): why it is refused, NULL if it may pass
 */
char *
cmdqvJudgeXML(virConnectPtr conn, const char *xml)
{
    g_autoptr(GError) error = NULL;
    g_auto(cmdqvDefinition) definition = { NULL, NULL, false };

    if (!cmdqvDomainXMLMayHaveSmmu(xml))
        return NULL;

    if (cmdqvDefinitionJudge(xml, strlen(xml), cmdqvJudgeToNative, conn, &definition, &error))
        return definition.findings->len > 0 ? cmdqvRulesSummarize(definition.name, definition.findings) : NULL;

    /* what is no domain XML, libvirt refuses in its own words */
    if (g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MALFORMED))
        return NULL;
    return g_strdup_printf("domain XML: %s", error->message);
}


/**
 * cmdqvJudgeDefinition:
 * @domain: a domain that is about to start from its definition
 *
 * Returns: (transfer full): why that is refused, NULL if it may start
 */
char *
cmdqvJudgeDefinition(virDomainPtr domain)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) definition = NULL;
    g_autoptr(GPtrArray) findings = NULL;

    if (!cmdqvFactsReadDefinition(domain, &definition, &error))
        return g_strdup_printf("domain '%s': %s", CMDQV_REAL(virDomainGetName)(domain), error->message);
    if (!definition)
        return NULL;

    findings = cmdqvRulesCheck(definition);
    return findings->len > 0 ? cmdqvRulesSummarize(definition->name, findings) : NULL;
}
