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
#include "policy/rule_table.h"
#include "util/error.h"

/** A text to check. */
typedef struct {
    const char *name;       /* file, "-" or domain */
    const cmdqvAskedDaemon *asked;
    bool stdinIsRead;       /* it can be read only once */
    JsonBuilder *json;      /* NULL for text */
} cmdqvCmdValidateState;


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
cmdqvCmdValidateReportJson(const cmdqvCmdValidateState *validation, const cmdqvDefinition *definition, const char *refusal,
                           const char *trouble)
{
    JsonBuilder *json = validation->json;
    guint i;

    json_builder_begin_object(json);
    cmdqvToolJsonString(json, "name", validation->name);
    cmdqvToolJsonString(json, "domain", definition->name);
    cmdqvToolJsonString(json, "verdict", trouble ? "unreadable"
                        : refusal || cmdqvRuleTableErrors(definition->findings) > 0 ? "refused" : "valid");
    cmdqvToolJsonString(json, "error", trouble ? trouble : refusal);
    json_builder_set_member_name(json, "undecided");
    json_builder_add_boolean_value(json, definition->undecided);
    json_builder_set_member_name(json, "unchecked");
    json_builder_begin_array(json);
    for (i = 0; !trouble && i < definition->untold->len; i++)
        json_builder_add_string_value(json, ((const cmdqvRule *)g_ptr_array_index(definition->untold, i))->identifier);
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
cmdqvCmdValidateReportWords(const cmdqvCmdValidateState *validation, const cmdqvDefinition *definition, const char *refusal,
                            const char *trouble)
{
    g_autoptr(GString) untold = g_string_new(NULL);
    const char *undecided;
    guint i;

    if (trouble) {
        (void)cmdqvToolTrouble("%s: %s", validation->name, trouble);
        return;
    }
    undecided = cmdqvCmdValidateUndecided(definition);

    for (i = 0; i < definition->findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(definition->findings, i);

        cmdqvToolPrintLine("%s: %s: %s [%s]", validation->name, finding->level == CMDQV_RULE_ERROR ? "refused" : "warning",
                           finding->message, finding->rule->identifier);
    }
    if (refusal)
        cmdqvToolPrintLine("%s: refused: %s", validation->name, refusal);
    else if (cmdqvRuleTableErrors(definition->findings) == 0)
        cmdqvToolPrintLine("%s: valid%s%s", validation->name, undecided ? ", but " : "", undecided ? undecided : "");
    for (i = 0; i < definition->untold->len; i++)
        g_string_append_printf(untold, "%s%s", i > 0 ? ", " : "", ((const cmdqvRule *)g_ptr_array_index(definition->untold, i))->identifier);
    if (untold->len > 0)
        cmdqvToolPrintLine("%s: not checked: %s", validation->name, untold->str);
}


/* @isFile: no daemon has read it yet */
static int
cmdqvCmdValidateText(const cmdqvCmdValidateState *validation, const char *xml, gsize len, const char *trouble, bool isFile)
{
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_autoptr(GError) error = NULL;
    const char *refusal = NULL;

    if (!trouble && !cmdqvAskedDaemonJudge(validation->asked, true, xml, len, &definition, &error))
        trouble = error->message;
    if (!trouble && isFile && !cmdqvAskedDaemonAccepts(validation->asked, &definition, &error))
        *(error->code == CMDQV_ERROR_INVALID ? &refusal : &trouble) = error->message;
    if (validation->json)
        cmdqvCmdValidateReportJson(validation, &definition, refusal, trouble);
    else
        cmdqvCmdValidateReportWords(validation, &definition, refusal, trouble);
    if (trouble)
        return CMDQV_EXIT_TROUBLE;
    return refusal || cmdqvRuleTableErrors(definition.findings) > 0 ? CMDQV_EXIT_REFUSED : CMDQV_EXIT_SUCCESS;
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
        return cmdqvCmdValidateText(validation, NULL, 0, "standard input has been read already; give it once", true);
    validation->stdinIsRead = validation->stdinIsRead || isStdin;
    ok = cmdqvXMLSourceReadFile(validation->name, &xml, &len, &error);

    return cmdqvCmdValidateText(validation, xml, len, ok ? NULL : error->message, true);
}


static int
cmdqvCmdValidateDomain(const cmdqvCmdValidateState *validation)
{
    g_autofree char *xml = NULL;
    g_autoptr(GError) error = NULL;
    gsize len = 0;
    bool ok = cmdqvXMLSourceReadDomain(validation->asked->conn, validation->name, &xml, &len, &error);

    return cmdqvCmdValidateText(validation, xml, len, ok ? NULL : error->message, false);
}


static int
cmdqvCmdValidateAll(cmdqvCmdValidateState *validation, int argc, char **argv, char **domains)
{
    int status = CMDQV_EXIT_SUCCESS;
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
        { .long_name = "domain", .short_name = 'd', .arg = G_OPTION_ARG_FILENAME_ARRAY, .arg_data = &domains,
          .description = "Check the definition of a domain", .arg_description = "NAME" },
        { .long_name = "json", .short_name = 'j', .arg = G_OPTION_ARG_NONE, .arg_data = &json, .description = "Print JSON" },
        G_OPTION_ENTRY_NULL
    };
    g_autoptr(virConnect) conn = NULL;
    g_auto(cmdqvAskedDaemon) asked = { .version = 0 };
    g_autoptr(JsonBuilder) builder = NULL;
    cmdqvCmdValidateState validation = { .asked = &asked };
    int status;

    if (!cmdqvToolParse(&cmdqvCmdValidate, entries, &argc, &argv, &status))
        return status;
    if (argc < 2 && !domains)
        return cmdqvToolUsage(&cmdqvCmdValidate, "name a file or a domain");

    /* files need a daemon only for missing addresses, and then one with write access */
    if (domains || options->uri) {
        conn = cmdqvToolConnect(options->uri, argc < 2 ? VIR_CONNECT_RO : 0);
        if (!conn)
            return CMDQV_EXIT_TROUBLE;
    }
    cmdqvAskedDaemonRead(&asked, options, conn);
    validation.json = builder = cmdqvToolJsonBegin(json);
    status = cmdqvCmdValidateAll(&validation, argc, argv, domains);
    cmdqvToolJsonEnd(builder);
    return status;
}


const cmdqvToolCommand cmdqvCmdValidate = {
    .name = "validate",
    .arguments = "FILE...|-|--domain NAME [--json]",
    .summary = "Checks domain XML, and prints each rule that it breaks.",
    .example = "validate guest1.xml",
    .run = cmdqvCmdValidateRun,
};
