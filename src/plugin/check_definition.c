/*
 * check_definition.c: check a definition before libvirt gets it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/check_definition.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "conf/native_question.h"
#include "conf/xml_edit.h"
#include "conf/xml_read.h"
#include "daemon/query_as_daemon.h"
#include "daemon/raise_error.h"
#include "layout/nova_names.h"
#include "lowering/lift.h"
#include "plugin/daemon_context.h"
#include "plugin/domain_facts.h"
#include "plugin/lowering_xml.h"
#include "plugin/nova_refusal.h"
#include "policy/rule_table.h"
#include "policy/rules_argument.h"
#include "util/error.h"
#include "util/text.h"


/**
 * cmdqvCheckDefinitionConcerns:
 * @xml: domain XML, or XML that holds a domain
 *
 * Only searches the text.
 *
 * Returns: false if it has nothing that the module could refuse
 */
bool
cmdqvCheckDefinitionConcerns(const char *xml)
{
    return cmdqvDomainXMLMayHaveSmmu(xml) || (strstr(xml, "iommufd") && cmdqvLoweringXMLMayDrop());
}


/**
 * cmdqvCheckDefinitionToNative:
 * @xml: domain XML
 * @conn: a connection
 *
 * A cmdqvDefinitionToNative; on failure libvirt's error is set, and the caller
 * resets it.
 *
 * Returns: (transfer full): the command line that libvirt would run, or NULL
 */
char *
cmdqvCheckDefinitionToNative(const char *xml, gpointer conn)
{
    g_autoptr(cmdqvTextMalloced) native = cmdqvQueryAsDaemonNative(conn, xml);
    char *copy = g_strdup(native);

    return copy;
}


/* Logs the warnings about a definition; @domain or @xml has the names of an instance of Nova. */
static void
cmdqvCheckDefinitionWarn(const char *name, const char *uuid, virDomainPtr domain, const char *xml, const GPtrArray *findings)
{
    guint i;

    for (i = 0; i < findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(findings, i);
        g_autoptr(cmdqvVerdict) warning = NULL;

        if (finding->level != CMDQV_RULE_WARNING)
            continue;
        warning = cmdqvVerdictNew(g_strdup_printf("domain '%s': %s", name ? name : "", finding->message));
        warning->rule = finding->rule->identifier;
        warning->domain = g_strdup(name);
        warning->uuid = g_strdup(uuid);
        cmdqvNovaRefusalName(warning, domain, xml);
        cmdqvNovaNamesWarn(warning, warning->rule, NULL);
    }
}


/* Checks the rules: returns a refusal, and logs warnings. */
static cmdqvVerdict *
cmdqvCheckDefinitionTopology(virConnectPtr conn, const char *name, virDomainPtr domain, xmlDoc *doc, const cmdqvTopology *definition)
{
    const cmdqvRuleContext context = cmdqvDaemonContextGet(conn, doc, definition);
    g_autoptr(GPtrArray) findings = cmdqvRuleTableRun(definition, &context, NULL);

    cmdqvCheckDefinitionWarn(name, definition->uuid, domain, NULL, findings);
    return cmdqvRuleTableVerdict(definition, findings);
}


/**
 * cmdqvCheckDefinitionPlain:
 * @conn: the caller's connection
 * @name: (nullable): name of the domain, if @doc does not have it
 * @doc: (nullable): a domain without an SMMUv3
 *
 * Logs if this libvirt, being before 12.7, drops its iommufd.
 *
 * Returns: (transfer full): a refusal if the configuration makes this an error,
 * else NULL
 */
cmdqvVerdict *
cmdqvCheckDefinitionPlain(virConnectPtr conn, const char *name, xmlDoc *doc)
{
    g_autoptr(cmdqvTopology) topology = doc ? cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), NULL) : NULL;

    return topology ? cmdqvCheckDefinitionTopology(conn, name ? name : topology->name, NULL, doc, topology) : NULL;
}


/* A refusal of XML that cannot be read. */
static cmdqvVerdict *
cmdqvCheckDefinitionUnread(const char *what, const GError *error)
{
    return cmdqvVerdictNew(g_strdup_printf("%s: %s", what, error->message));
}


/* Whether libvirt's own reader refuses the XML, which it then does in every function, with its own error. */
static bool
cmdqvCheckDefinitionIsRefusedByParser(virConnectPtr conn, const char *xml)
{
    static const virErrorNumber aboutXML[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL };
    g_autofree char *safe = cmdqvNativeQuestion(xml);
    g_autofree char *native = safe ? cmdqvCheckDefinitionToNative(safe, conn) : NULL;
    bool refused = safe && !native && cmdqvRaiseErrorLastErrorIsOneOf(aboutXML, G_N_ELEMENTS(aboutXML));

    virResetLastError();
    return refused;
}


/* XML that our reader refused.  A text that is no XML for libvirt either, libvirt refuses in its own words. */
static cmdqvVerdict *
cmdqvCheckDefinitionUnreadable(const char *xml, const GError *error)
{
    return cmdqvXMLReadIsMalformed(xml, error) ? NULL : cmdqvCheckDefinitionUnread("domain XML", error);
}


/*
 * A value that is invalid for the module may be valid for libvirt, so this
 * queries libvirt. If libvirt accepts the value, the effect on the domain is
 * unknown.
 */
static cmdqvVerdict *
cmdqvCheckDefinitionBadValues(virConnectPtr conn, const char *xml, cmdqvDefinition *definition)
{
    cmdqvVerdict *refusal = definition->hasSmmu && !cmdqvCheckDefinitionIsRefusedByParser(conn, xml) ? cmdqvDefinitionVerdict(definition, NULL) : NULL;

    cmdqvDefinitionClear(definition);
    *definition = (cmdqvDefinition){ .name = NULL };
    return refusal;
}


/*
 * libvirt's error if it has made no command line because of the domain itself;
 * the caller may have no right to know of other objects, such as networks.
 */
static char *
cmdqvCheckDefinitionReason(void)
{
    static const virErrorNumber aboutDomain[] = { VIR_ERR_CONFIG_UNSUPPORTED, VIR_ERR_XML_ERROR, VIR_ERR_INTERNAL_ERROR,
                                                  VIR_ERR_OPERATION_FAILED };

    return cmdqvRaiseErrorLastErrorIsOneOf(aboutDomain, G_N_ELEMENTS(aboutDomain)) ? g_strdup(virGetLastErrorMessage()) : NULL;
}


static cmdqvVerdict *
cmdqvCheckDefinitionText(virConnectPtr conn, const char *xml, cmdqvDefinition *definition)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *why = NULL;
    g_autoptr(cmdqvVerdict) refusal = NULL;
    g_autoptr(xmlDoc) plain = NULL;
    cmdqvRuleContext context;

    if (!cmdqvDomainXMLMayHaveSmmu(xml)) {
        plain = strstr(xml, "iommufd") && cmdqvLoweringXMLMayDrop() ? cmdqvXMLReadParse(xml, strlen(xml), "domain", NULL) : NULL;
        return cmdqvCheckDefinitionPlain(conn, NULL, plain);
    }
    if (!definition->topology && !cmdqvDefinitionRead(xml, strlen(xml), definition, &error))
        return cmdqvCheckDefinitionUnreadable(xml, error);
    context = cmdqvDaemonContextGet(conn, definition->doc, definition->topology);
    cmdqvDefinitionCheck(definition, cmdqvCheckDefinitionToNative, conn, &context);
    why = cmdqvCheckDefinitionReason();
    virResetLastError();
    if (definition->topology->badValues->len > 0)
        return cmdqvCheckDefinitionBadValues(conn, xml, definition);

    cmdqvCheckDefinitionWarn(definition->name, definition->topology->uuid, NULL, xml, definition->findings);
    refusal = cmdqvDefinitionVerdict(definition, NULL);
    if (refusal && why && g_strcmp0(refusal->rule, CMDQV_RULES_ARGUMENT_UNTOLD) == 0)
        cmdqvVerdictNote(refusal, "libvirt's reason: %s", why);
    return refusal && cmdqvCheckDefinitionIsRefusedByParser(conn, xml) ? NULL : g_steal_pointer(&refusal);
}


/**
 * cmdqvCheckDefinitionUnlowered:
 * @name: (nullable): of the domain
 * @why: why it cannot be lowered
 *
 * Returns: (transfer full): a refusal
 */
cmdqvVerdict *
cmdqvCheckDefinitionUnlowered(const char *name, const char *why)
{
    return cmdqvVerdictNew(g_strdup_printf("domain '%s': %s", name ? name : "", why));
}


/* Lowers a definition that breaks no rule, or an empty one: a refusal if it needs a later libvirt or emulator; NULL otherwise. */
static cmdqvVerdict *
cmdqvCheckDefinitionLower(virConnectPtr conn, cmdqvDefinition *definition)
{
    g_autofree char *why = NULL;
    bool lowered;

    if (!definition->topology || cmdqvLoweringXMLDoc(conn, definition->doc, definition, &lowered, &why))
        return NULL;
    return cmdqvCheckDefinitionUnlowered(definition->name, why);
}


/**
 * cmdqvCheckDefinitionRules:
 * @conn: the caller's connection
 * @xml: domain XML from the caller
 * @definition: an empty definition, or @xml read; becomes the definition, without
 *   a topology if it has no SMMUv3 or cannot be read; cmdqvDefinitionClear() it
 *
 * Checks a definition with an untrue record as it is, and as that record claims
 * it to be.
 *
 * Returns: (transfer full): a refusal, NULL if it breaks no rule
 */
cmdqvVerdict *
cmdqvCheckDefinitionRules(virConnectPtr conn, const char *xml, cmdqvDefinition *definition)
{
    g_auto(cmdqvDefinition) other = { .name = NULL };
    cmdqvVerdict *refusal = cmdqvCheckDefinitionText(conn, xml, definition);
    g_autoptr(GError) error = NULL;
    g_autofree char *claimed = NULL;

    if (!refusal && !cmdqvLiftXMLClaimed(xml, &claimed, &error))
        return cmdqvCheckDefinitionUnreadable(xml, error);
    if (!claimed)
        return refusal;
    refusal = cmdqvCheckDefinitionText(conn, claimed, &other);
    return refusal ? refusal : cmdqvCheckDefinitionLower(conn, &other);
}


/**
 * cmdqvCheckDefinitionRead:
 * @conn: the caller's connection
 * @xml: domain XML from the caller
 * @definition: as for cmdqvCheckDefinitionRules(); its document may be another
 *   afterwards
 *
 * Returns: (transfer full): a refusal, NULL if it may pass
 */
cmdqvVerdict *
cmdqvCheckDefinitionRead(virConnectPtr conn, const char *xml, cmdqvDefinition *definition)
{
    cmdqvVerdict *refusal = cmdqvCheckDefinitionRules(conn, xml, definition);

    return refusal ? refusal : cmdqvCheckDefinitionLower(conn, definition);
}


/**
 * cmdqvCheckDefinitionXML:
 * @conn: the caller's connection
 * @xml: domain XML from the caller
 *
 * Returns: (transfer full): a refusal, NULL if it may pass
 */
cmdqvVerdict *
cmdqvCheckDefinitionXML(virConnectPtr conn, const char *xml)
{
    g_auto(cmdqvDefinition) definition = { .name = NULL };

    return cmdqvCheckDefinitionRead(conn, xml, &definition);
}


/* Only the whole command line shows the effect of a definition's own arguments. */
static cmdqvVerdict *
cmdqvCheckDefinitionPassthrough(virDomainPtr domain)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTextMalloced) xml = NULL;

    if (!cmdqvDomainFactsXML(domain, VIR_DOMAIN_XML_INACTIVE, &xml, &error))
        return cmdqvCheckDefinitionUnread("definition", error);
    return xml ? cmdqvCheckDefinitionXML(CMDQV_REAL(virDomainGetConnect)(domain), xml) : NULL;
}


/**
 * cmdqvCheckDefinitionJudge:
 * @domain: a domain that is about to start from its definition
 *
 * Returns: (transfer full): a refusal, NULL if it may start
 */
cmdqvVerdict *
cmdqvCheckDefinitionJudge(virDomainPtr domain)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) definition = NULL;

    if (!cmdqvDomainFactsReadDefinition(domain, &definition, &error)) {
        g_autofree char *what = g_strdup_printf("domain '%s'", CMDQV_REAL(virDomainGetName)(domain));

        return cmdqvCheckDefinitionUnread(what, error);
    }
    if (!definition)
        return NULL;
    return definition->passthroughArgs ? cmdqvCheckDefinitionPassthrough(domain) : cmdqvCheckDefinitionTopology(NULL, definition->name, domain, NULL, definition);
}


/* Checks a domain in a snapshot. Does not query libvirt if it has all addresses and no arguments of its own. */
static cmdqvVerdict *
cmdqvCheckDefinitionNode(virConnectPtr conn, const xmlNode *node)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLReadNode(node, &error);
    g_autofree char *definition = NULL;
    g_autoptr(cmdqvTopology) whole = topology ? NULL : cmdqvDomainXMLReadWhole(node);

    if (whole && whole->smmus->len == 0 && !whole->passthroughArgs)
        return NULL;
    if (topology && !topology->passthroughArgs && !cmdqvRuleTableNeedPlacement(topology))
        return cmdqvCheckDefinitionTopology(NULL, topology->name, NULL, node->doc, topology);
    if (topology)
        definition = cmdqvXMLEditOwn(node, "domain", &error);
    return definition ? cmdqvCheckDefinitionXML(conn, definition) : cmdqvCheckDefinitionUnread("snapshot XML", error);
}


static cmdqvVerdict *
cmdqvCheckDefinitionSnapshotText(virConnectPtr conn, const char *xml)
{
    g_autoptr(xmlDoc) doc = NULL;
    g_autoptr(GError) error = NULL;
    const xmlNode *node;
    cmdqvVerdict *refusal = NULL;
    bool lifted;

    if (!cmdqvDomainXMLMayHaveSmmu(xml))
        return NULL;

    doc = cmdqvLiftParse(xml, strlen(xml), "domainsnapshot", &lifted, &error);
    if (!doc)
        return cmdqvXMLReadIsMalformed(xml, error) ? NULL : cmdqvCheckDefinitionUnread("snapshot XML", error);

    for (node = xmlDocGetRootElement(doc)->children; node && !refusal; node = node->next) {
        if (cmdqvXMLReadIs(node, "domain") || cmdqvXMLReadIs(node, "inactiveDomain"))
            refusal = cmdqvCheckDefinitionNode(conn, node);
    }
    return refusal;
}


/**
 * cmdqvCheckDefinitionSnapshot:
 * @conn: the caller's connection
 * @xml: the XML of a snapshot
 *
 * A snapshot has the XML of the domain, and the inactive one if they differed;
 * a revert restores both. XML from libvirt has all addresses; XML from a caller
 * may lack them.
 *
 * Returns: (transfer full): a refusal of one of them, NULL if both may pass
 */
cmdqvVerdict *
cmdqvCheckDefinitionSnapshot(virConnectPtr conn, const char *xml)
{
    cmdqvVerdict *refusal = cmdqvCheckDefinitionSnapshotText(conn, xml);
    g_autoptr(GError) error = NULL;
    g_autofree char *claimed = NULL;

    if (!refusal && !cmdqvLiftXMLClaimed(xml, &claimed, &error))
        return cmdqvXMLReadIsMalformed(xml, error) ? NULL : cmdqvCheckDefinitionUnread("snapshot XML", error);
    return claimed ? cmdqvCheckDefinitionSnapshotText(conn, claimed) : refusal;
}
