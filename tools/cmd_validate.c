/*
 * cmd_validate.c: virt-cmdqv validate
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <string.h>

#include "asked_daemon.h"
#include "virt_cmdqv.h"
#include "xml_source.h"
#include "host/cmdqv_support.h"
#include "host/smmu_inventory.h"
#include "policy/definition.h"
#include "policy/rule_table.h"

/** A text to check. */
typedef struct {
    const char *name;       /* file, "-" or domain */
    virConnectPtr conn;     /* for queries of addresses, NULL without a daemon */
    const char *root;       /* prefix of the host's files */
    cmdqvAskedDaemon asked;  /* that daemon */
    cmdqvRuleContext context;
    cmdqvSupport support;
    bool hostShowsSmmus;
    bool stdinIsRead;       /* it can be read only once */
    JsonBuilder *json;      /* NULL for text */
} cmdqvCmdValidateState;


/** A checked definition, and the rules that were not checked. */
typedef struct {
    const cmdqvCmdValidateState *validation;
    const cmdqvDefinition *definition;
    GPtrArray *rules;       /* identifiers */
} cmdqvCmdValidateGap;


/* Whether the host SMMU of each device behind an accelerated vSMMU is known. */
static bool
cmdqvCmdValidateKnowsHost(const cmdqvCmdValidateState *validation, const cmdqvTopology *topology)
{
    guint i;

    if (!validation->hostShowsSmmus)
        return false;
    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = cmdqvTopologyGetEndpoint(topology, (int)i);
        const cmdqvSmmu *smmu = cmdqvTopologyGetSmmu(topology, cmdqvTopologyEndpointSmmu(topology, i));
        char address[CMDQV_PCI_ADDRESS_LEN];
        g_autofree char *host = NULL;

        if (!smmu || smmu->accel != CMDQV_SWITCH_ON || endpoint->kind != CMDQV_ENDPOINT_VFIO || !endpoint->hasHost)
            continue;
        host = cmdqvSupportSmmuOf(cmdqvPCIAddressFormat(&endpoint->host, address), (gpointer)validation->root);
        if (!host)
            return false;
    }
    return true;
}


/* Whether a result depends on the device that a network gives. */
static bool
cmdqvCmdValidateHangsOnNetworks(const cmdqvTopology *topology)
{
    guint i;

    for (i = 0; i < topology->endpoints->len && topology->iommufd == CMDQV_SWITCH_ON; i++) {
        if (g_array_index(topology->endpoints, cmdqvEndpoint, i).network)
            return true;
    }
    return false;
}


static bool
cmdqvCmdValidateCouldCheck(const cmdqvRule *rule, const cmdqvCmdValidateState *validation, const cmdqvDefinition *definition)
{
    switch (rule->needs) {
    case CMDQV_RULE_NEEDS_PLACES:
        return !definition->undecided;
    case CMDQV_RULE_NEEDS_HOST:
        return !definition->undecided && cmdqvCmdValidateKnowsHost(validation, definition->topology);
    case CMDQV_RULE_NEEDS_SUPPORT:
        return !definition->undecided && validation->support != CMDQV_SUPPORT_UNKNOWN &&
            cmdqvCmdValidateKnowsHost(validation, definition->topology);
    case CMDQV_RULE_NEEDS_LIBVIRT:
        return validation->asked.version != 0 || validation->context.libvirtVersion != 0;
    case CMDQV_RULE_NEEDS_NETWORKS:
        return validation->asked.version != 0 || !cmdqvCmdValidateHangsOnNetworks(definition->topology);
    case CMDQV_RULE_NEEDS_ACCESS:
        return !validation->asked.module || validation->asked.version >= CMDQV_ASKED_DAEMON_LIBVIRT || validation->asked.access;
    case CMDQV_RULE_NEEDS_NOTHING:
    case CMDQV_RULE_NEEDS_ELEMENTS:
        break;
    }
    return true;
}


static void
cmdqvCmdValidateAddUnchecked(const cmdqvRule *rule, gpointer data)
{
    const cmdqvCmdValidateGap *unchecked = data;

    if (cmdqvRuleTableLevel(rule, unchecked->validation->context.levels) != CMDQV_RULE_OFF &&
        !cmdqvCmdValidateCouldCheck(rule, unchecked->validation, unchecked->definition))
        g_ptr_array_add(unchecked->rules, (gpointer)rule->identifier);
}


/* Identifiers of the rules that could not be checked, or not for all of the domain. */
static GPtrArray *
cmdqvCmdValidateUnchecked(const cmdqvCmdValidateState *validation, const cmdqvDefinition *definition)
{
    const cmdqvCmdValidateGap unchecked = { .validation = validation, .definition = definition, .rules = g_ptr_array_new() };

    if (definition->hasSmmu || definition->undecided)
        cmdqvRuleTableForeach(cmdqvCmdValidateAddUnchecked, (gpointer)&unchecked);
    return unchecked.rules;
}


/* Why a definition without a finding may still be refused at start, NULL if everything is known. */
static const char *
cmdqvCmdValidateUndecided(const cmdqvDefinition *definition)
{
    if (!definition->undecided)
        return NULL;
    return definition->topology->unplaced || definition->topology->unplacedEmulated
        ? "devices have no address: libvirt places them, and they are judged again at start"
        : "libvirt chooses the version of its machine: it is judged when it is defined";
}


static void
cmdqvCmdValidateReportJson(const cmdqvCmdValidateState *validation, const cmdqvDefinition *definition, const char *trouble)
{
    JsonBuilder *json = validation->json;
    g_autoptr(GPtrArray) unchecked = cmdqvCmdValidateUnchecked(validation, definition);
    guint i;

    json_builder_begin_object(json);
    cmdqvToolJsonString(json, "name", validation->name);
    cmdqvToolJsonString(json, "domain", definition->name);
    cmdqvToolJsonString(json, "verdict", trouble ? "unreadable"
                        : cmdqvRuleTableErrors(definition->findings) > 0 ? "refused" : "sound");
    cmdqvToolJsonString(json, "error", trouble);
    json_builder_set_member_name(json, "undecided");
    json_builder_add_boolean_value(json, definition->undecided);
    json_builder_set_member_name(json, "unchecked");
    json_builder_begin_array(json);
    for (i = 0; !trouble && i < unchecked->len; i++)
        json_builder_add_string_value(json, g_ptr_array_index(unchecked, i));
    json_builder_end_array(json);
    json_builder_set_member_name(json, "findings");
    json_builder_begin_array(json);
    for (i = 0; !trouble && i < definition->findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(definition->findings, i);

        json_builder_begin_object(json);
        cmdqvToolJsonString(json, "rule", finding->rule->identifier);
        cmdqvToolJsonString(json, "level", cmdqvRuleLevelToString(finding->level));
        json_builder_set_member_name(json, "line");
        json_builder_add_int_value(json, finding->line);
        cmdqvToolJsonString(json, "message", finding->message);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
    json_builder_end_object(json);
}


static void
cmdqvCmdValidateReportWords(const cmdqvCmdValidateState *validation, const cmdqvDefinition *definition, const char *trouble)
{
    g_autoptr(GPtrArray) unchecked = NULL;
    g_autofree char *list = NULL;
    const char *undecided;
    guint i;

    if (trouble) {
        (void)cmdqvToolTrouble("%s: %s", validation->name, trouble);
        return;
    }
    unchecked = cmdqvCmdValidateUnchecked(validation, definition);
    undecided = cmdqvCmdValidateUndecided(definition);

    for (i = 0; i < definition->findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(definition->findings, i);

        cmdqvToolPrintLine("%s: %s: %s [%s]", validation->name, finding->level == CMDQV_RULE_ERROR ? "refused" : "warning",
                           finding->message, finding->rule->identifier);
    }
    if (cmdqvRuleTableErrors(definition->findings) == 0)
        cmdqvToolPrintLine("%s: sound%s%s", validation->name, undecided ? ", but " : "", undecided ? undecided : "");
    if (unchecked->len == 0)
        return;
    g_ptr_array_add(unchecked, NULL);
    list = g_strjoinv(", ", (char **)unchecked->pdata);
    cmdqvToolPrintLine("%s: not checked: %s", validation->name, list);
}


static int
cmdqvCmdValidateText(const cmdqvCmdValidateState *validation, const char *xml, gsize len, const char *trouble)
{
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_autoptr(GError) error = NULL;
    cmdqvRuleContext context = validation->context;

    if (!trouble && validation->conn)
        cmdqvAskedDaemonContext(&validation->asked, xml, len, &context);
    if (!trouble && !cmdqvDefinitionJudge(xml, len, validation->conn ? cmdqvToolToNative : NULL, validation->conn, &context,
                                          &definition, &error))
        trouble = error->message;
    /* its answers may be incomplete */
    if (!trouble && validation->conn && virConnectIsAlive(validation->conn) != 1)
        trouble = "the connection to libvirt was lost before it was judged; look at the log of the daemon";

    if (validation->json)
        cmdqvCmdValidateReportJson(validation, &definition, trouble);
    else
        cmdqvCmdValidateReportWords(validation, &definition, trouble);
    if (trouble)
        return CMDQV_EXIT_TROUBLE;
    return cmdqvRuleTableErrors(definition.findings) > 0 ? CMDQV_EXIT_REFUSED : CMDQV_EXIT_SOUND;
}


static int
cmdqvCmdValidateFile(cmdqvCmdValidateState *validation)
{
    g_autofree char *xml = NULL;
    g_autoptr(GError) error = NULL;
    gsize len = 0;
    bool isStdin = strcmp(validation->name, CMDQV_XML_SOURCE_STDIN_NAME) == 0;
    bool ok;

    if (isStdin && validation->stdinIsRead)
        return cmdqvCmdValidateText(validation, NULL, 0, "standard input has been read already; give it once");
    validation->stdinIsRead = validation->stdinIsRead || isStdin;
    ok = cmdqvXMLSourceReadFile(validation->name, &xml, &len, &error);

    return cmdqvCmdValidateText(validation, xml, len, ok ? NULL : error->message);
}


static int
cmdqvCmdValidateDomain(const cmdqvCmdValidateState *validation)
{
    g_autofree char *xml = NULL;
    g_autoptr(GError) error = NULL;
    gsize len = 0;
    bool ok = cmdqvXMLSourceReadDomain(validation->conn, validation->name, &xml, &len, &error);

    return cmdqvCmdValidateText(validation, xml, len, ok ? NULL : error->message);
}


/*
 * The version of this host's libvirt if it has CMDQV, as the daemon's is most likely the same; 0 if that is unknown. A module
 * in the daemon of a libvirt without CMDQV may lower domains for it.
 */
static unsigned long
cmdqvCmdValidateLibvirt(const char *root)
{
    unsigned long version = *root ? 0 : cmdqvLazyLibvirtVersion();

    return version >= CMDQV_ASKED_DAEMON_LIBVIRT ? version : 0;
}


static int
cmdqvCmdValidateAll(cmdqvCmdValidateState *validation, int argc, char **argv, char **domains)
{
    int status = CMDQV_EXIT_SOUND;
    int i;

    for (i = 1; i < argc; i++) {
        validation->name = argv[i];
        status = cmdqvToolWorse(status, cmdqvCmdValidateFile(validation));
    }
    for (i = 0; domains && domains[i]; i++) {
        validation->name = domains[i];
        status = cmdqvToolWorse(status, cmdqvCmdValidateDomain(validation));
    }
    return status;
}


static int
cmdqvCmdValidateRun(const cmdqvToolOptions *options, int argc, char **argv)
{
    g_auto(GStrv) domains = NULL;
    gboolean json = FALSE;
    const GOptionEntry entries[] = {
        {
            .long_name = "domain",
            .short_name = 'd',
            .arg = G_OPTION_ARG_FILENAME_ARRAY,
            .arg_data = &domains,
            .description = "Judge the definition of a domain",
            .arg_description = "NAME",
        },
        { .long_name = "json", .short_name = 'j', .arg = G_OPTION_ARG_NONE, .arg_data = &json, .description = "Print JSON" },
        G_OPTION_ENTRY_NULL
    };
    g_autoptr(JsonBuilder) builder = NULL;
    cmdqvCmdValidateState validation = {
        .root = options->root,
        .context = { .levels = options->settings->levels, .hostSmmu = cmdqvSupportSmmuOf, .data = (gpointer)options->root }
    };
    g_autoptr(GPtrArray) inventory = NULL;
    g_auto(GStrv) without = NULL;
    int status;

    if (!cmdqvToolParse(&cmdqvCmdValidate, entries, &argc, &argv, &status))
        return status;
    if (argc < 2 && !domains)
        return cmdqvToolUsage(&cmdqvCmdValidate, "name a file or a domain");

    /* files need a daemon only for missing addresses, and then one with write access */
    if (domains || options->uri) {
        validation.conn = cmdqvToolConnect(options->uri, argc < 2 ? VIR_CONNECT_RO : 0);
        if (!validation.conn)
            return CMDQV_EXIT_TROUBLE;
        cmdqvAskedDaemonRead(&validation.asked, validation.conn, options->root);
    } else {
        validation.context.libvirtVersion = cmdqvCmdValidateLibvirt(options->root);
    }

    if (validation.asked.remote) {
        validation.context.hostSmmu = NULL;
        validation.support = CMDQV_SUPPORT_UNKNOWN;
    } else {
        inventory = cmdqvSmmuInventoryRead(validation.root);
        validation.hostShowsSmmus = inventory->len > 0;
        validation.support = cmdqvSupportProbe(options->root);
        without = cmdqvSmmuInventoryWithoutCmdqv(options->root);
        validation.context.withoutCmdqv = (const char *const *)without;
    }
    if (json) {
        builder = json_builder_new();
        validation.json = json_builder_begin_array(builder);
    }
    status = cmdqvCmdValidateAll(&validation, argc, argv, domains);
    if (json) {
        json_builder_end_array(builder);
        cmdqvToolPrintJson(builder);
    }
    cmdqvAskedDaemonClear(&validation.asked);
    if (validation.conn)
        virConnectClose(validation.conn);
    return status;
}


const cmdqvToolCommand cmdqvCmdValidate = {
    .name = "validate",
    .arguments = "FILE...|-|--domain NAME [--json]",
    .summary = "Tells whether domain XML breaks a rule, and which.",
    .example = "validate guest1.xml",
    .run = cmdqvCmdValidateRun,
};
