/*
 * cmdqvjudge.c: a definition on its way into libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/cmdqvjudge.h"

#include <stdlib.h>
#include <string.h>

#include "conf/cmdqvdomainxml.h"
#include "conf/cmdqvxml.h"
#include "plugin/cmdqvfacts.h"
#include "plugin/cmdqvraise.h"
#include "qemu/cmdqvdefinition.h"
#include "qemu/cmdqvrules.h"
#include "util/cmdqverror.h"


/**
 * cmdqvJudgeToNative:
 * @xml: domain XML
 * @conn: a connection
 *
 * A cmdqvDefinitionToNative; leaves libvirt's error for the caller to look at
 * or reset.
 *
 * Returns: (transfer full): the command line that libvirt would run, or NULL
 */
char *
cmdqvJudgeToNative(const char *xml, gpointer conn)
{
    char *native = CMDQV_REAL(virConnectDomainXMLToNative)(conn, "qemu-argv", xml, 0);
    char *copy = g_strdup(native);

    free(native);
    return copy;
}


/* What libvirt's own reader refuses, it refuses at every entrance and in its own words. */
static bool
cmdqvJudgeIsRefusedByParser(virConnectPtr conn, const char *xml)
{
    static const virErrorNumber aboutXML[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL };
    g_autofree char *native = cmdqvJudgeToNative(xml, conn);
    bool refused = !native && cmdqvLastErrorIsOneOf(aboutXML, G_N_ELEMENTS(aboutXML));

    virResetLastError();
    return refused;
}


/*
 * XML that our reader refused.  What is no XML, libvirt refuses.  A value that
 * means nothing to us may mean something to libvirt, so it is asked where that
 * is safe (cmdqvDefinitionJudge() tells why it is not with interfaces).
 */
static char *
cmdqvJudgeUnreadable(virConnectPtr conn, const char *xml, const GError *error)
{
    if (g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MALFORMED))
        return NULL;
    if (g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_INVALID) && !strstr(xml, "<interface") &&
        cmdqvJudgeIsRefusedByParser(conn, xml))
        return NULL;
    return g_strdup_printf("domain XML: %s", error->message);
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
    g_auto(cmdqvDefinition) definition = { NULL, NULL, false, false };
    bool read;

    if (!cmdqvDomainXMLMayHaveSmmu(xml))
        return NULL;

    read = cmdqvDefinitionJudge(xml, strlen(xml), cmdqvJudgeToNative, conn, &definition, &error);
    virResetLastError();
    if (!read)
        return cmdqvJudgeUnreadable(conn, xml, error);

    if (definition.findings->len == 0 || (definition.mayAsk && cmdqvJudgeIsRefusedByParser(conn, xml)))
        return NULL;
    return cmdqvRulesSummarize(definition.name, definition.findings);
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


static char *
cmdqvJudgeNode(const xmlNode *node)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLReadNode(node, &error);
    g_autoptr(GPtrArray) findings = topology ? cmdqvRulesCheck(topology) : NULL;

    if (!findings)
        return g_strdup_printf("snapshot XML: %s", error->message);
    return findings->len > 0 ? cmdqvRulesSummarize(topology->name, findings) : NULL;
}


/**
 * cmdqvJudgeSnapshot:
 * @xml: the XML of a snapshot
 *
 * A snapshot carries the definition that the domain had, and the inactive one
 * where they differed; going back to it brings both back.  Their addresses have
 * been assigned long ago.
 *
 * Returns: (transfer full): why one of them is refused, NULL if both may pass
 */
char *
cmdqvJudgeSnapshot(const char *xml)
{
    g_autoptr(xmlDoc) doc = NULL;
    g_autoptr(GError) error = NULL;
    const xmlNode *node;
    char *refusal = NULL;

    if (!cmdqvDomainXMLMayHaveSmmu(xml))
        return NULL;

    doc = cmdqvXMLParse(xml, strlen(xml), "domainsnapshot", &error);
    if (!doc)
        return g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_FORBIDDEN)
            ? g_strdup_printf("snapshot XML: %s", error->message) : NULL;

    for (node = xmlDocGetRootElement(doc)->children; node && !refusal; node = node->next) {
        if (cmdqvXMLIs(node, "domain") || cmdqvXMLIs(node, "inactiveDomain"))
            refusal = cmdqvJudgeNode(node);
    }
    return refusal;
}
