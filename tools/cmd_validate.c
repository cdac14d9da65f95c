/*
 * cmd_validate.c: virt-cmdqv validate
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <string.h>

#include "host/cmdqv_support.h"
#include "host/smmu_inventory.h"
#include "policy/definition.h"
#include "policy/rule_table.h"
#include "asked_daemon.h"
#include "xml_source.h"
#include "virt_cmdqv.h"

/** One text that is judged. */
typedef struct {
    const char *name;       /* file, "-" or domain */
    virConnectPtr conn;     /* to ask for addresses, NULL without a daemon */
    const char *root;       /* of the host's files */
    cmdqvOlder older;       /* that daemon */
    cmdqvRuleContext context;
    cmdqvHostSupport support;
    bool hostShowsSmmus;
    bool stdinIsRead;       /* it can be only once */
    JsonBuilder *json;      /* NULL for words */
} cmdqvValidation;


/** A definition that was judged, while it is asked which rules were not. */
typedef struct {
    const cmdqvValidation *validation;
    const cmdqvDefinition *definition;
    GPtrArray *rules;       /* identifiers */
} cmdqvUnchecked;


/* Whether it is known behind which SMMU of the host each device is that is behind an accelerated vSMMU. */
static bool
cmdqvValidateKnowsHost(const cmdqvValidation *validation, const cmdqvTopology *topology)
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
        host = cmdqvHostSmmuOf(cmdqvPCIAddressFormat(&endpoint->host, address), (gpointer)validation->root);
        if (!host)
            return false;
    }
    return true;
}


/* Whether something hangs on what a network gives. */
static bool
cmdqvValidateHangsOnNetworks(const cmdqvTopology *topology)
{
    guint i;

    for (i = 0; i < topology->endpoints->len && topology->iommufd == CMDQV_SWITCH_ON; i++) {
        if (g_array_index(topology->endpoints, cmdqvEndpoint, i).network)
            return true;
    }
    return false;
}


static bool
cmdqvValidateCouldCheck(const cmdqvRule *rule, const cmdqvValidation *validation, const cmdqvDefinition *definition)
{
    /* what arguments of its own make of it is not known at all without libvirt's command line */
    if (definition->undecided && definition->topology->passthroughArgs)
        return rule->needs == CMDQV_RULE_NEEDS_ELEMENTS;

    switch (rule->needs) {
    case CMDQV_RULE_NEEDS_PLACES:
        return !definition->undecided;
    case CMDQV_RULE_NEEDS_HOST:
        return !definition->undecided && cmdqvValidateKnowsHost(validation, definition->topology);
    case CMDQV_RULE_NEEDS_SUPPORT:
        return !definition->undecided && validation->support != CMDQV_HOST_UNKNOWN &&
            cmdqvValidateKnowsHost(validation, definition->topology);
    case CMDQV_RULE_NEEDS_LIBVIRT:
        return validation->older.version != 0;
    case CMDQV_RULE_NEEDS_NETWORKS:
        return validation->older.version != 0 || !cmdqvValidateHangsOnNetworks(definition->topology);
    case CMDQV_RULE_NEEDS_ACCESS:
        return !validation->older.module || validation->older.version >= CMDQV_OLDER_LIBVIRT || validation->older.access;
    case CMDQV_RULE_NEEDS_NOTHING:
    case CMDQV_RULE_NEEDS_ELEMENTS:
        break;
    }
    return true;
}


static void
cmdqvValidateAddUnchecked(const cmdqvRule *rule, gpointer data)
{
    const cmdqvUnchecked *unchecked = data;

    if (cmdqvRulesLevel(rule, unchecked->validation->context.levels) != CMDQV_RULE_OFF &&
        !cmdqvValidateCouldCheck(rule, unchecked->validation, unchecked->definition))
        g_ptr_array_add(unchecked->rules, (gpointer)rule->identifier);
}


/* Identifiers of the rules that could not be checked, or not for all of the domain. */
static GPtrArray *
cmdqvValidateUnchecked(const cmdqvValidation *validation, const cmdqvDefinition *definition)
{
    const cmdqvUnchecked unchecked = { validation, definition, g_ptr_array_new() };

    if (definition->hasSmmu || definition->undecided)
        cmdqvRulesForeach(cmdqvValidateAddUnchecked, (gpointer)&unchecked);
    return unchecked.rules;
}


/* Why a definition that nothing is said against may still be refused at start, NULL if there is nothing left to know. */
static const char *
cmdqvValidateUndecided(const cmdqvDefinition *definition)
{
    if (!definition->undecided)
        return NULL;
    return definition->topology->passthroughArgs
        ? "it has arguments of its own, which only show in libvirt's command line: it is judged when it is defined"
        : definition->topology->unplaced || definition->topology->unplacedEmulated
        ? "devices have no address: libvirt places them, and they are judged again at start"
        : "libvirt chooses the version of its machine: it is judged when it is defined";
}


static void
cmdqvValidateReportJson(const cmdqvValidation *validation, const cmdqvDefinition *definition, const char *trouble)
{
    JsonBuilder *json = validation->json;
    g_autoptr(GPtrArray) unchecked = cmdqvValidateUnchecked(validation, definition);
    guint i;

    json_builder_begin_object(json);
    cmdqvToolJsonString(json, "name", validation->name);
    cmdqvToolJsonString(json, "domain", definition->name);
    cmdqvToolJsonString(json, "verdict", trouble ? "unreadable"
                        : cmdqvFindingsErrors(definition->findings) > 0 ? "refused" : "sound");
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
cmdqvValidateReportWords(const cmdqvValidation *validation, const cmdqvDefinition *definition, const char *trouble)
{
    g_autoptr(GPtrArray) unchecked = NULL;
    const char *undecided;
    guint i;

    if (trouble) {
        (void)cmdqvToolTrouble("%s: %s", validation->name, trouble);
        return;
    }
    unchecked = cmdqvValidateUnchecked(validation, definition);
    undecided = cmdqvValidateUndecided(definition);

    for (i = 0; i < definition->findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(definition->findings, i);

        (void)printf("%s: %s: %s [%s]\n", validation->name, finding->level == CMDQV_RULE_ERROR ? "refused" : "warning",
                     finding->message, finding->rule->identifier);
    }
    if (cmdqvFindingsErrors(definition->findings) == 0)
        (void)printf("%s: sound%s%s\n", validation->name, undecided ? ", but " : "", undecided ? undecided : "");
    for (i = 0; i < unchecked->len; i++)
        (void)printf("%s%s%s", i == 0 ? validation->name : "", i == 0 ? ": not checked: " : ", ",
                     (const char *)g_ptr_array_index(unchecked, i));
    if (unchecked->len > 0)
        (void)putchar('\n');
}


static int
cmdqvValidateText(const cmdqvValidation *validation, const char *xml, gsize len, const char *trouble)
{
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_autoptr(GError) error = NULL;
    cmdqvRuleContext context = validation->context;

    if (!trouble)
        cmdqvOlderContext(&validation->older, xml, len, &context);
    if (!trouble && !cmdqvDefinitionJudge(xml, len, validation->conn ? cmdqvToolToNative : NULL, validation->conn, &context,
                                          &definition, &error))
        trouble = error->message;

    if (validation->json)
        cmdqvValidateReportJson(validation, &definition, trouble);
    else
        cmdqvValidateReportWords(validation, &definition, trouble);
    if (trouble)
        return CMDQV_EXIT_TROUBLE;
    return cmdqvFindingsErrors(definition.findings) > 0 ? CMDQV_EXIT_REFUSED : CMDQV_EXIT_SOUND;
}


static int
cmdqvValidateFile(cmdqvValidation *validation)
{
    g_autofree char *xml = NULL;
    g_autoptr(GError) error = NULL;
    gsize len = 0;
    bool isStdin = strcmp(validation->name, CMDQV_STDIN_NAME) == 0;
    bool ok;

    if (isStdin && validation->stdinIsRead)
        return cmdqvValidateText(validation, NULL, 0, "standard input has been read already; give it once");
    validation->stdinIsRead = validation->stdinIsRead || isStdin;
    ok = cmdqvSourceReadFile(validation->name, &xml, &len, &error);

    return cmdqvValidateText(validation, xml, len, ok ? NULL : error->message);
}


static int
cmdqvValidateDomain(const cmdqvValidation *validation)
{
    g_autofree char *xml = NULL;
    g_autoptr(GError) error = NULL;
    gsize len = 0;
    bool ok = cmdqvSourceReadDomain(validation->conn, validation->name, &xml, &len, &error);

    return cmdqvValidateText(validation, xml, len, ok ? NULL : error->message);
}


static int
cmdqvValidateAll(cmdqvValidation *validation, int argc, char **argv, char **domains)
{
    int status = CMDQV_EXIT_SOUND;
    int i;

    for (i = 1; i < argc; i++) {
        validation->name = argv[i];
        status = cmdqvToolWorse(status, cmdqvValidateFile(validation));
    }
    for (i = 0; domains && domains[i]; i++) {
        validation->name = domains[i];
        status = cmdqvToolWorse(status, cmdqvValidateDomain(validation));
    }
    return status;
}


static int
cmdqvValidateRun(const cmdqvToolOptions *options, int argc, char **argv)
{
    g_auto(GStrv) domains = NULL;
    gboolean json = FALSE;
    const GOptionEntry entries[] = {
        { "domain", 'd', 0, G_OPTION_ARG_FILENAME_ARRAY, &domains, "Judge the definition of a domain", "NAME" },
        { "json", 'j', 0, G_OPTION_ARG_NONE, &json, "Print JSON", NULL },
        G_OPTION_ENTRY_NULL
    };
    g_autoptr(JsonBuilder) builder = NULL;
    cmdqvValidation validation = {
        .root = options->root,
        .context = { .levels = options->settings->levels, .hostSmmu = cmdqvHostSmmuOf, .data = (gpointer)options->root }
    };
    g_autoptr(GPtrArray) inventory = NULL;
    g_auto(GStrv) without = NULL;
    int status;

    if (!cmdqvToolParse(&cmdqvToolValidate, entries, &argc, &argv, &status))
        return status;
    if (argc < 2 && !domains)
        return cmdqvToolTrouble("validate: no file and no domain; see 'virt-cmdqv validate --help'");

    /* files need a daemon only for the addresses that they leave out, and then one that may be asked */
    if (domains || options->uri) {
        validation.conn = cmdqvToolConnect(options->uri, argc < 2 ? VIR_CONNECT_RO : 0);
        if (!validation.conn)
            return CMDQV_EXIT_TROUBLE;
        cmdqvOlderRead(&validation.older, validation.conn, options->root);
    }

    if (validation.older.remote) {
        validation.context.hostSmmu = NULL;
        validation.support = CMDQV_HOST_UNKNOWN;
    } else {
        inventory = cmdqvInventoryRead(validation.root);
        validation.hostShowsSmmus = inventory->len > 0;
        validation.support = cmdqvHostSupportProbe(options->root);
        without = cmdqvInventoryWithoutCmdqv(options->root);
        validation.context.withoutCmdqv = (const char *const *)without;
    }
    if (json) {
        builder = json_builder_new();
        validation.json = json_builder_begin_array(builder);
    }
    status = cmdqvValidateAll(&validation, argc, argv, domains);
    if (json) {
        json_builder_end_array(builder);
        cmdqvToolPrintJson(builder);
    }
    cmdqvOlderClear(&validation.older);
    if (validation.conn)
        virConnectClose(validation.conn);
    return status;
}


const cmdqvToolCommand cmdqvToolValidate = {
    .name = "validate",
    .arguments = "FILE...|-|--domain NAME [--json]",
    .summary = "Tells whether domain XML breaks a rule, and which.",
    .run = cmdqvValidateRun,
};
