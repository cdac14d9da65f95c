/*
 * plugin/check_definition.c: a definition on its way into libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/check_definition.h"

#include <stdlib.h>
#include <string.h>

#include "conf/domain_edit.h"
#include "conf/domain_xml.h"
#include "conf/xml_read.h"
#include "conf/xml_edit.h"
#include "daemon/query_as_daemon.h"
#include "plugin/daemon_context.h"
#include "plugin/domain_facts.h"
#include "daemon/raise_error.h"
#include "plugin/lowering_xml.h"
#include "lowering/lift.h"
#include "policy/rule_table.h"
#include "util/error.h"
#include "util/log.h"


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
    char *native = cmdqvAskNative(conn, xml);
    char *copy = g_strdup(native);

    free(native);
    return copy;
}


static void
cmdqvJudgeWarn(const char *name, const GPtrArray *findings)
{
    guint i;

    for (i = 0; i < findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(findings, i);

        if (finding->level == CMDQV_RULE_WARNING)
            cmdqvLogFailure("domain '%s': %s [%s]", name ? name : "", finding->message, finding->rule->identifier);
    }
}


/* What refuses the definition; what is only a warning goes to the log. */
static cmdqvVerdict *
cmdqvJudgeTopology(const char *xml, const cmdqvTopology *definition)
{
    g_autoptr(GPtrArray) findings = NULL;
    cmdqvRuleContext context;

    cmdqvConfigContext(&context, NULL, xml);
    findings = cmdqvRulesRun(definition, &context);
    cmdqvJudgeWarn(definition->name, findings);
    return cmdqvRulesVerdict(definition, findings);
}


/**
 * cmdqvJudgePlain:
 * @conn: the caller's connection
 * @name: (nullable): of the domain, where @xml does not say it
 * @xml: domain XML without an SMMUv3
 *
 * An older libvirt drops iommufd of it, which goes to the log.
 *
 * Returns: (transfer full): a refusal where the configuration asks for one,
 * else NULL
 */
cmdqvVerdict *
cmdqvJudgePlain(virConnectPtr conn, const char *name, const char *xml)
{
    g_autoptr(cmdqvTopology) topology = NULL;
    g_autoptr(GPtrArray) findings = NULL;
    cmdqvRuleContext context;

    if (!strstr(xml, "iommufd") || !cmdqvTranslateMayDrop())
        return NULL;
    topology = cmdqvDomainXMLRead(xml, strlen(xml), NULL);
    if (!topology)
        return NULL;
    cmdqvConfigContext(&context, conn, xml);
    findings = cmdqvRulesRun(topology, &context);
    cmdqvJudgeWarn(name ? name : topology->name, findings);
    return cmdqvRulesVerdict(topology, findings);
}


/* A refusal of what cannot be read. */
static cmdqvVerdict *
cmdqvJudgeUnread(const char *what, const GError *error)
{
    cmdqvVerdict *verdict = g_new0(cmdqvVerdict, 1);

    verdict->message = g_strdup_printf("%s: %s", what, error->message);
    return verdict;
}


/* What libvirt's own reader refuses, it refuses at every entrance and in its own words. */
static bool
cmdqvJudgeIsRefusedByParser(virConnectPtr conn, const char *xml)
{
    static const virErrorNumber aboutXML[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL };
    g_autofree char *safe = cmdqvDomainEditForNative(xml);
    g_autofree char *native = safe ? cmdqvJudgeToNative(safe, conn) : NULL;
    bool refused = safe && !native && cmdqvLastErrorIsOneOf(aboutXML, G_N_ELEMENTS(aboutXML));

    virResetLastError();
    return refused;
}


/* XML that our reader refused.  What is no XML, libvirt refuses. */
static cmdqvVerdict *
cmdqvJudgeUnreadable(const GError *error)
{
    return g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MALFORMED) ? NULL : cmdqvJudgeUnread("domain XML", error);
}


/*
 * A value that means nothing to us may mean something to libvirt, so it is
 * asked.  Where it takes the value, nobody knows what the domain would be.
 */
static cmdqvVerdict *
cmdqvJudgeBadValues(virConnectPtr conn, const char *xml, cmdqvDefinition *definition)
{
    bool isOurs = definition->hasSmmu || definition->topology->passthroughArgs;
    cmdqvVerdict *refusal = isOurs && !cmdqvJudgeIsRefusedByParser(conn, xml) ? cmdqvDefinitionVerdict(definition, NULL) : NULL;

    cmdqvDefinitionClear(definition);
    *definition = (cmdqvDefinition){ .name = NULL };
    return refusal;
}


/* A sound definition may still be one that this libvirt, or its emulator, is too old for. */
static cmdqvVerdict *
cmdqvJudgeTranslation(virConnectPtr conn, const char *xml, const char *name)
{
    g_autofree char *translated = NULL;
    g_autofree char *why = NULL;

    cmdqvVerdict *verdict;

    if (cmdqvTranslateIn(conn, xml, &translated, &why))
        return NULL;
    verdict = g_new0(cmdqvVerdict, 1);
    verdict->message = g_strdup_printf("domain '%s': %s", name ? name : "", why);
    return verdict;
}


/**
 * cmdqvJudgeRead:
 * @conn: the caller's connection
 * @xml: domain XML as the caller gave it
 * @definition: (out): what is in it, nothing if it has no SMMUv3 or cannot be
 *   read; cmdqvDefinitionClear() it
 *
 * Returns: (transfer full): a refusal, NULL if it may pass
 */
cmdqvVerdict *
cmdqvJudgeRead(virConnectPtr conn, const char *xml, cmdqvDefinition *definition)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvVerdict) refusal = NULL;
    cmdqvRuleContext context;
    bool read;

    *definition = (cmdqvDefinition){ .name = NULL };
    if (!cmdqvDomainXMLMayHaveSmmu(xml))
        return cmdqvJudgePlain(conn, NULL, xml);

    cmdqvConfigContext(&context, conn, xml);
    read = cmdqvDefinitionJudge(xml, strlen(xml), cmdqvJudgeToNative, conn, &context, definition, &error);
    virResetLastError();
    if (!read)
        return cmdqvJudgeUnreadable(error);
    if (definition->topology->badValues->len > 0)
        return cmdqvJudgeBadValues(conn, xml, definition);

    cmdqvJudgeWarn(definition->name, definition->findings);
    refusal = cmdqvDefinitionVerdict(definition, NULL);
    if (!refusal)
        return cmdqvJudgeTranslation(conn, xml, definition->name);
    return cmdqvJudgeIsRefusedByParser(conn, xml) ? NULL : g_steal_pointer(&refusal);
}


/**
 * cmdqvJudgeXML:
 * @conn: the caller's connection
 * @xml: domain XML as the caller gave it
 *
 * Returns: (transfer full): a refusal, NULL if it may pass
 */
cmdqvVerdict *
cmdqvJudgeXML(virConnectPtr conn, const char *xml)
{
    g_auto(cmdqvDefinition) definition = { .name = NULL };

    return cmdqvJudgeRead(conn, xml, &definition);
}


/* What arguments of its own a definition adds is only seen in the whole command line. */
static cmdqvVerdict *
cmdqvJudgePassthrough(virDomainPtr domain)
{
    char *xml = cmdqvAskDomainXML(domain, VIR_DOMAIN_XML_INACTIVE);
    cmdqvVerdict *refusal = xml ? cmdqvJudgeXML(CMDQV_REAL(virDomainGetConnect)(domain), xml) : NULL;

    virResetLastError();
    free(xml);
    return refusal;
}


/**
 * cmdqvJudgeDefinition:
 * @domain: a domain that is about to start from its definition
 *
 * Returns: (transfer full): a refusal, NULL if it may start
 */
cmdqvVerdict *
cmdqvJudgeDefinition(virDomainPtr domain)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) definition = NULL;

    if (!cmdqvFactsReadDefinition(domain, &definition, &error)) {
        g_autofree char *what = g_strdup_printf("domain '%s'", CMDQV_REAL(virDomainGetName)(domain));

        return cmdqvJudgeUnread(what, error);
    }
    if (!definition)
        return NULL;
    return definition->passthroughArgs ? cmdqvJudgePassthrough(domain) : cmdqvJudgeTopology(NULL, definition);
}


/* What stands there with every address and no arguments of its own needs no question to libvirt. */
static cmdqvVerdict *
cmdqvJudgeNode(virConnectPtr conn, const char *xml, const xmlNode *node)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLReadNode(node, &error);
    g_autofree char *definition = NULL;

    if (topology && !topology->passthroughArgs && !cmdqvRulesNeedPlacement(topology))
        return cmdqvJudgeTopology(xml, topology);
    if (topology)
        definition = cmdqvXMLEditOwn(node, "domain", &error);
    return definition ? cmdqvJudgeXML(conn, definition) : cmdqvJudgeUnread("snapshot XML", error);
}


/**
 * cmdqvJudgeSnapshot:
 * @conn: the caller's connection
 * @xml: the XML of a snapshot
 *
 * A snapshot carries the definition that the domain had, and the inactive one
 * where they differed; going back to it brings both back.  What libvirt wrote
 * has its addresses; what a caller wrote may lack them.
 *
 * Returns: (transfer full): a refusal of one of them, NULL if both may pass
 */
cmdqvVerdict *
cmdqvJudgeSnapshot(virConnectPtr conn, const char *xml)
{
    g_autoptr(xmlDoc) doc = NULL;
    g_autoptr(GError) error = NULL;
    const xmlNode *node;
    cmdqvVerdict *refusal = NULL;

    if (!cmdqvDomainXMLMayHaveSmmu(xml))
        return NULL;

    doc = cmdqvXMLParse(xml, strlen(xml), "domainsnapshot", &error);
    if (!doc)
        return g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MALFORMED)
            ? NULL : cmdqvJudgeUnread("snapshot XML", error);

    (void)cmdqvLiftDoc(doc);
    if (!cmdqvXMLEditIsWhole(doc, &error))
        return cmdqvJudgeUnread("snapshot XML", error);
    for (node = xmlDocGetRootElement(doc)->children; node && !refusal; node = node->next) {
        if (cmdqvXMLIs(node, "domain") || cmdqvXMLIs(node, "inactiveDomain"))
            refusal = cmdqvJudgeNode(conn, xml, node);
    }
    return refusal;
}
