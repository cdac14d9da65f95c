/*
 * rule.c: the type of a rule, and its findings
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "policy/rule.h"

#include <stdarg.h>

#include "util/text.h"

static const char *const cmdqvRuleLevelNames[] = {
    [CMDQV_RULE_ERROR] = "error",
    [CMDQV_RULE_WARNING] = "warning",
    [CMDQV_RULE_OFF] = "off",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvRuleLevelNames) == CMDQV_RULE_LEVEL_LAST);


/**
 * cmdqvRuleLevelToString:
 * @level: of a rule
 *
 * Returns: (transfer none): its name, as in cmdqv.conf
 */
const char *
cmdqvRuleLevelToString(cmdqvRuleLevel level)
{
    return cmdqvRuleLevelNames[level];
}


/**
 * cmdqvRuleLevelFromString:
 * @level: a word
 *
 * Returns: the level, CMDQV_RULE_LEVEL_LAST if there is none of that name
 */
cmdqvRuleLevel
cmdqvRuleLevelFromString(const char *level)
{
    return cmdqvTextFind(cmdqvRuleLevelNames, CMDQV_RULE_LEVEL_LAST, level);
}


/**
 * cmdqvRuleUntold:
 * @run: the check that lacks a fact
 *
 * Adds its rule, once, to those that could not tell.
 */
void
cmdqvRuleUntold(const cmdqvRuleRun *run)
{
    if (run->untold->len == 0 || g_ptr_array_index(run->untold, run->untold->len - 1) != run->rule)
        g_ptr_array_add(run->untold, (gpointer)run->rule);
}


/**
 * cmdqvRuleSmmu:
 * @run: of a check
 * @smmu: index of an SMMU
 *
 * Returns: (transfer none): it
 */
const cmdqvSmmu *
cmdqvRuleSmmu(const cmdqvRuleRun *run, guint smmu)
{
    return &g_array_index(run->topology->smmus, cmdqvSmmu, smmu);
}


/**
 * cmdqvRuleFirstAccel:
 * @run: a check of a rule
 *
 * Returns: index of the first accelerated SMMU, CMDQV_NONE if there is none
 */
int
cmdqvRuleFirstAccel(const cmdqvRuleRun *run)
{
    guint i;

    for (i = 0; i < run->topology->smmus->len; i++) {
        if (cmdqvRuleSmmu(run, i)->accel == CMDQV_SWITCH_ON)
            return (int)i;
    }
    return CMDQV_NONE;
}


/**
 * cmdqvRuleEndpoint:
 * @run: of a check
 * @endpoint: index of a device
 *
 * Returns: (transfer none): it
 */
const cmdqvEndpoint *
cmdqvRuleEndpoint(const cmdqvRuleRun *run, guint endpoint)
{
    return &g_array_index(run->topology->endpoints, cmdqvEndpoint, endpoint);
}


/**
 * cmdqvRuleBusName:
 * @run: of a check
 * @bus: index of a bus, or CMDQV_NONE
 *
 * Returns: (transfer none): its name, empty if it has none
 */
const char *
cmdqvRuleBusName(const cmdqvRuleRun *run, int bus)
{
    const cmdqvBus *found = cmdqvTopologyGetBus(run->topology, bus);

    return found && found->name ? found->name : "";
}


static void
cmdqvFindingFree(gpointer data)
{
    cmdqvFinding *finding = data;

    g_free(finding->message);
    g_free(finding);
}


/**
 * cmdqvFindingsNew:
 *
 * Returns: (transfer full) (element-type cmdqvFinding): an empty list, which
 * owns its findings
 */
GPtrArray *
cmdqvFindingsNew(void)
{
    return g_ptr_array_new_with_free_func(cmdqvFindingFree);
}


static void
cmdqvFindingAppend(const cmdqvRuleRun *run, int smmu, int endpoint, int line, const char *who, const char *text)
{
    g_autofree char *message = g_strconcat(who ? who : "", who ? ": " : "", text, NULL);
    cmdqvFinding *finding = g_new0(cmdqvFinding, 1);

    finding->rule = run->rule;
    finding->level = run->rule->level;
    finding->smmu = smmu;
    finding->endpoint = endpoint;
    finding->line = line;
    finding->message = cmdqvTextOneLine(message);
    g_ptr_array_add(run->findings, finding);
}


/* Names a device without a line by its id; a device of the user's own arguments may have none. */
static char *
cmdqvFindingNameArgument(const char *driver, const char *id)
{
    if (*driver == '-')
        return g_strdup_printf("'%s' in <qemu:commandline>", driver);
    return id && *id ? g_strdup_printf("%s '%s'", driver, id) : g_strdup_printf("%s without an id", driver);
}


/**
 * cmdqvFindingAdd:
 * @run: the check that found it
 * @smmu: index of its SMMU
 * @format: the fault and the remedy; the function adds the element and its line
 *   before
 * @...: arguments of the format
 *
 * Adds one finding.
 */
void
cmdqvFindingAdd(const cmdqvRuleRun *run, guint smmu, const char *format, ...)
{
    const cmdqvSmmu *about = cmdqvRuleSmmu(run, smmu);
    g_autofree char *who = about->line == CMDQV_NONE
        ? cmdqvFindingNameArgument("arm-smmuv3", about->id)
        : g_strdup_printf("<%s> in line %d", about->argument ? "qemu:arg" : "iommu", about->line);
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);

    cmdqvFindingAppend(run, (int)smmu, CMDQV_NONE, about->line, who, text);
}


/**
 * cmdqvFindingAddBadValue:
 * @run: the check that found it
 * @value: an invalid value, with its message
 *
 * Adds one finding.
 */
void
cmdqvFindingAddBadValue(const cmdqvRuleRun *run, const cmdqvBadValue *value)
{
    cmdqvFindingAppend(run, CMDQV_NONE, CMDQV_NONE, value->line, NULL, value->message);
}


/**
 * cmdqvRuleDescribeEndpoint:
 * @endpoint: a device
 *
 * Returns: (transfer full): its element and line, as far as they are known
 */
char *
cmdqvRuleDescribeEndpoint(const cmdqvEndpoint *endpoint)
{
    if (endpoint->added && endpoint->neededBy)
        return g_strdup_printf("<%s> that libvirt adds for <%s> in line %d", endpoint->element, endpoint->neededBy, endpoint->line);
    if (endpoint->added)
        return g_strdup_printf("<%s> that libvirt adds", endpoint->element);
    if (endpoint->line == CMDQV_NONE)
        return cmdqvFindingNameArgument(endpoint->element, endpoint->id);
    return g_strdup_printf("<%s> in line %d", endpoint->element, endpoint->line);
}


/**
 * cmdqvFindingAddEndpoint:
 * @run: the check that found it
 * @endpoint: index of the device
 * @smmu: index of its SMMU, CMDQV_NONE for none
 * @format: the fault and the remedy; the function adds the element and its line
 *   before
 * @...: arguments of the format
 *
 * Adds one finding.
 */
void
cmdqvFindingAddEndpoint(const cmdqvRuleRun *run, guint endpoint, int smmu, const char *format, ...)
{
    const cmdqvEndpoint *about = cmdqvRuleEndpoint(run, endpoint);
    g_autofree char *who = cmdqvRuleDescribeEndpoint(about);
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);

    cmdqvFindingAppend(run, smmu, (int)endpoint, about->line, who, text);
}


/**
 * cmdqvFindingAddBus:
 * @run: the check that found it
 * @bus: index of the bus
 * @format: the fault and the remedy; the function adds the element and its line
 *   before
 * @...: arguments of the format
 *
 * Adds one finding.
 */
void
cmdqvFindingAddBus(const cmdqvRuleRun *run, guint bus, const char *format, ...)
{
    const cmdqvBus *about = &g_array_index(run->topology->buses, cmdqvBus, bus);
    g_autofree char *who = about->line == CMDQV_NONE
        ? g_strdup_printf("bus '%s'", about->name ? about->name : "")
        : g_strdup_printf("<controller> in line %d", about->line);
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);

    cmdqvFindingAppend(run, about->smmu, CMDQV_NONE, about->line, who, text);
}
