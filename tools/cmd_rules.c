/*
 * cmd_rules.c: virt-cmdqv rules and virt-cmdqv explain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <string.h>

#include "virt_cmdqv.h"
#include "policy/rule_table.h"
#include "policy/settings.h"

#define CMDQV_CMD_RULES_PARAGRAPH_WIDTH 76


typedef struct {
    const cmdqvSettings *settings;
    JsonBuilder *json;
    int width;              /* of the longest identifier */
} cmdqvCmdRulesList;


static void
cmdqvCmdRulesMeasureOne(const cmdqvRule *rule, gpointer data)
{
    cmdqvCmdRulesList *list = data;

    list->width = MAX(list->width, (int)strlen(rule->identifier));
}


static void
cmdqvCmdRulesPrintOne(const cmdqvRule *rule, gpointer data)
{
    const cmdqvCmdRulesList *list = data;
    const char *level = cmdqvRuleTableLevelName(rule, list->settings->levels);

    if (!list->json) {
        (void)printf("%-*s  %-7s  %s\n", list->width, rule->identifier, level, rule->summary);
        return;
    }
    json_builder_begin_object(list->json);
    cmdqvToolJsonString(list->json, "rule", rule->identifier);
    cmdqvToolJsonString(list->json, "level", level);
    cmdqvToolJsonString(list->json, "summary", rule->summary);
    json_builder_end_object(list->json);
}


static int
cmdqvCmdRulesRunList(const cmdqvToolOptions *options, int argc, char **argv)
{
    gboolean json = FALSE;
    const GOptionEntry entries[] = {
        { .long_name = "json", .short_name = 'j', .arg = G_OPTION_ARG_NONE, .arg_data = &json, .description = "Print JSON" },
        G_OPTION_ENTRY_NULL
    };
    g_autoptr(JsonBuilder) builder = NULL;
    cmdqvCmdRulesList list = { .settings = options->settings };
    int status;

    if (!cmdqvToolParse(&cmdqvCmdRules, entries, &argc, &argv, &status))
        return status;
    if (argc > 1)
        return cmdqvToolUsage(&cmdqvCmdRules, "give no arguments");

    list.json = builder = cmdqvToolJsonBegin(json);
    cmdqvRuleTableForeach(cmdqvCmdRulesMeasureOne, &list);
    cmdqvRuleTableForeach(cmdqvCmdRulesPrintOne, &list);
    cmdqvToolJsonEnd(builder);
    return CMDQV_EXIT_SUCCESS;
}


/* Prints text wrapped into lines, as a paragraph of a manual. */
static void
cmdqvCmdRulesPrintParagraph(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    gsize column = 0;
    gsize i;

    for (i = 0; words[i]; i++) {
        gsize width = (gsize)g_utf8_strlen(words[i], -1);

        if (column > 0 && column + 1 + width > CMDQV_CMD_RULES_PARAGRAPH_WIDTH) {
            (void)putchar('\n');
            column = 0;
        }
        (void)printf("%s%s", column > 0 ? " " : "", words[i]);
        column += width + (column > 0);
    }
    (void)putchar('\n');
}


static int
cmdqvCmdRulesRunExplain(const cmdqvToolOptions *options, int argc, char **argv)
{
    const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };
    const cmdqvRule *rule;
    g_auto(GStrv) lines = NULL;
    gsize i;
    int status;

    if (!cmdqvToolParse(&cmdqvCmdRulesExplain, entries, &argc, &argv, &status))
        return status;
    if (argc != 2)
        return cmdqvToolUsage(&cmdqvCmdRulesExplain, "name one rule of those that 'virt-cmdqv rules' lists");
    rule = cmdqvRuleTableFind(argv[1]);
    if (!rule)
        return cmdqvToolTrouble("explain: there is no rule '%s'; 'virt-cmdqv rules' lists them", argv[1]);

    (void)printf("%s (%s): %s.\n\n", rule->identifier, cmdqvRuleTableLevelName(rule, options->settings->levels), rule->summary);
    cmdqvCmdRulesPrintParagraph(rule->reason);
    (void)putchar('\n');
    cmdqvCmdRulesPrintParagraph(rule->fix);
    (void)printf("\nExample:\n\n");
    lines = g_strsplit(rule->example, "\n", -1);
    for (i = 0; lines[i]; i++)
        (void)printf("    %s\n", lines[i]);
    return CMDQV_EXIT_SUCCESS;
}


const cmdqvToolCommand cmdqvCmdRules = {
    .name = "rules",
    .arguments = "[--json]",
    .summary = "Lists the rules for definitions and for changes of devices, with the level that each has.",
    .example = "rules",
    .run = cmdqvCmdRulesRunList,
};

const cmdqvToolCommand cmdqvCmdRulesExplain = {
    .name = "explain",
    .arguments = "RULE",
    .summary = "Explains a rule: its reason, how to keep it, and an example.",
    .example = "explain cmdqv-needs-anchor",
    .run = cmdqvCmdRulesRunExplain,
};
