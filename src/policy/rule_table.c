/*
 * rule_table.c: check a definition against all rules
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules are a table: checker, reports, manual and tests walk it. A rule never
 * guesses. If its result depends on an address that libvirt has not assigned
 * yet, or on another unknown fact, it could not tell, and is listed as such:
 * the rules are checked again when the domain starts and everything is known.
 */

#include "policy/rule_table.h"

#include <stdio.h>
#include <string.h>

#include "qemu/anchor.h"
#include "util/text.h"

static const cmdqvRule *const cmdqvRuleTableAll[] = { cmdqvRulesShape, cmdqvRulesQemu, cmdqvRulesArgument,
    cmdqvRulesHost, cmdqvRulesBusNumbers, cmdqvRulesDevice };


/**
 * cmdqvRuleTableForeach:
 * @visit: called with each rule
 * @data: for @visit
 *
 * Calls @visit for every rule, in the order of checks and reports.
 */
void
cmdqvRuleTableForeach(cmdqvRuleTableVisit visit, gpointer data)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cmdqvRuleTableAll); i++) {
        const cmdqvRule *rule;

        for (rule = cmdqvRuleTableAll[i]; rule->identifier; rule++)
            visit(rule, data);
    }
}


/**
 * cmdqvRuleTableFind:
 * @identifier: name of a rule
 *
 * Returns: (transfer none): the rule, NULL if there is none of that name
 */
const cmdqvRule *
cmdqvRuleTableFind(const char *identifier)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cmdqvRuleTableAll); i++) {
        const cmdqvRule *rule;

        for (rule = cmdqvRuleTableAll[i]; rule->identifier; rule++) {
            if (strcmp(rule->identifier, identifier) == 0)
                return rule;
        }
    }
    return NULL;
}


/**
 * cmdqvRuleTableIsFixed:
 * @rule: a rule
 *
 * Returns: true if it is about changes of devices, which no definition breaks,
 * and its level cannot be set
 */
bool
cmdqvRuleTableIsFixed(const cmdqvRule *rule)
{
    return !rule->check && !rule->checkSmmu && !rule->checkEndpoint;
}


static cmdqvRuleLevel
cmdqvRuleTableLevel(const cmdqvRule *rule, GHashTable *levels)
{
    gpointer level;

    if (levels && g_hash_table_lookup_extended(levels, rule->identifier, NULL, &level))
        return GPOINTER_TO_INT(level);
    return rule->level;
}


/**
 * cmdqvRuleTableLevelName:
 * @rule: a rule
 * @levels: (nullable): levels from the configuration, by identifier
 *
 * Returns: (transfer none): the name of its level, "always" if that cannot be
 * set
 */
const char *
cmdqvRuleTableLevelName(const cmdqvRule *rule, GHashTable *levels)
{
    return cmdqvRuleTableIsFixed(rule) ? "always" : cmdqvRuleLevelToString(cmdqvRuleTableLevel(rule, levels));
}


static void
cmdqvRuleTableRunOne(const cmdqvRule *rule, gpointer data)
{
    cmdqvRuleRun *run = data;
    cmdqvRuleLevel level = cmdqvRuleTableLevel(rule, run->context->levels);
    guint i = run->findings->len;
    guint at;

    if (level == CMDQV_RULE_OFF || cmdqvRuleTableIsFixed(rule))
        return;
    run->rule = rule;
    if (rule->needsPlaces && run->topology->placesOpen)
        cmdqvRuleUntold(run);
    if (rule->check)
        rule->check(run);
    for (at = 0; rule->checkSmmu && at < run->topology->smmus->len; at++)
        rule->checkSmmu(run, at);
    for (at = 0; rule->checkEndpoint && at < run->topology->endpoints->len; at++)
        rule->checkEndpoint(run, at);
    for (; i < run->findings->len; i++)
        ((cmdqvFinding *)g_ptr_array_index(run->findings, i))->level = level;
}


/**
 * cmdqvRuleTableRun:
 * @topology: a definition, or its command line
 * @context: (nullable): facts that are not in its text; NULL for none, with all
 *   rules at their default
 * @untold: (out) (optional) (element-type cmdqvRule): the rules that could not
 *   tell, or not for all of the domain
 *
 * Returns: (transfer full) (element-type cmdqvFinding): all breaches, empty if
 * no rule is known to be broken
 */
GPtrArray *
cmdqvRuleTableRun(const cmdqvTopology *topology, const cmdqvRuleContext *context, GPtrArray **untold)
{
    static const cmdqvRuleContext nothing = { .levels = NULL };
    g_autoptr(GHashTable) hostSmmus = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    g_autoptr(GPtrArray) lacking = g_ptr_array_new();
    GPtrArray *findings = cmdqvFindingsNew();
    cmdqvRuleRun run = {
        .topology = topology,
        .context = context ? context : &nothing,
        .hostSmmus = hostSmmus,
        .findings = findings,
        .untold = lacking,
    };

    if (topology->smmus->len > 0 || topology->badValues->len > 0 || topology->hidden->len > 0)
        cmdqvRuleTableForeach(cmdqvRuleTableRunOne, &run);
    else if (run.context->ownVersion != 0)
        cmdqvRuleTableRunOne(cmdqvRuleTableFind(CMDQV_RULE_DROPS_IOMMUFD), &run);
    if (untold)
        *untold = g_steal_pointer(&lacking);
    return findings;
}


/* From this machine type on, the first device decides ats, ril, ssidsize and oas (hw/arm/virt.c of QEMU). */
#define CMDQV_RULE_TABLE_MACHINE_AUTO_MAJOR 11
#define CMDQV_RULE_TABLE_MACHINE_AUTO_MINOR 1


/* "virt", or no machine type, means the newest one of the emulator. */
static bool
cmdqvRuleTableMachineIsNewest(const cmdqvTopology *topology)
{
    return !topology->machine || strcmp(topology->machine, "virt") == 0;
}


/**
 * cmdqvRuleTableMachineHasAuto:
 * @topology: a definition
 * @smmu: one of its SMMUs
 *
 * "virt" means the newest one of the emulator, and libvirt replaces it by that
 * type in the definition. Before that, only an SMMU with cmdqv proves that the
 * emulator is new enough.
 *
 * Returns: true if the machine certainly supports auto
 */
bool
cmdqvRuleTableMachineHasAuto(const cmdqvTopology *topology, const cmdqvSmmu *smmu)
{
    unsigned int major = 0;
    unsigned int minor = 0;

    if (cmdqvRuleTableMachineIsNewest(topology))
        return smmu->cmdqv != CMDQV_SWITCH_ABSENT;
    if (sscanf(topology->machine, "virt-%u.%u", &major, &minor) != 2)
        return false;
    return major > CMDQV_RULE_TABLE_MACHINE_AUTO_MAJOR ||
        (major == CMDQV_RULE_TABLE_MACHINE_AUTO_MAJOR && minor >= CMDQV_RULE_TABLE_MACHINE_AUTO_MINOR);
}


/**
 * cmdqvRuleTableAutoProperty:
 * @smmu: an SMMU
 *
 * Returns: the first attribute whose property QEMU derives; NULL if all are
 * given
 */
const char *
cmdqvRuleTableAutoProperty(const cmdqvSmmu *smmu)
{
    guint i;

    for (i = 0; i < CMDQV_SMMU_ATTRIBUTE_LAST; i++) {
        if (cmdqvSmmuAttributeRows[i].isDerived && (!smmu->given[i] || strcmp(smmu->given[i], "auto") == 0))
            return cmdqvSmmuAttributeRows[i].name;
    }
    return NULL;
}


/**
 * cmdqvRuleTableNeedPlacement:
 * @topology: a definition
 *
 * Returns: true if the result of a rule depends on an address that libvirt has
 * not assigned, so libvirt should be queried
 */
bool
cmdqvRuleTableNeedPlacement(const cmdqvTopology *topology)
{
    g_autoptr(GArray) candidates = NULL;
    guint i;

    /* libvirt may put a host device in a wrong place, whatever is there already, and no host device may be behind a plain SMMU */
    if (topology->unplaced)
        return topology->smmus->len > 0;
    if (!topology->unplacedEmulated && !cmdqvRuleTableMachineIsNewest(topology))
        return false;
    candidates = cmdqvAnchorCountCandidates(topology, CMDQV_CANDIDATES_CERTAIN);
    for (i = 0; i < topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);

        if (smmu->accel != CMDQV_SWITCH_ON)
            continue;
        if (topology->unplacedEmulated)
            return true;
        if (g_array_index(candidates, guint, i) == 0 && cmdqvRuleTableMachineIsNewest(topology) &&
            smmu->cmdqv == CMDQV_SWITCH_ABSENT && cmdqvRuleTableAutoProperty(smmu))
            return true;
    }
    return false;
}


/**
 * cmdqvRuleTableErrors:
 * @findings: (element-type cmdqvFinding): findings
 *
 * Returns: how many of them are errors
 */
guint
cmdqvRuleTableErrors(const GPtrArray *findings)
{
    guint errors = 0;
    guint i;

    for (i = 0; i < findings->len; i++)
        errors += ((const cmdqvFinding *)g_ptr_array_index(findings, i))->level == CMDQV_RULE_ERROR;
    return errors;
}


static const cmdqvFinding *
cmdqvRuleTableFirstError(const GPtrArray *findings)
{
    guint i;

    for (i = 0; i < findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(findings, i);

        if (finding->level == CMDQV_RULE_ERROR)
            return finding;
    }
    return NULL;
}


/**
 * cmdqvRuleTableVerdictOf:
 * @topology: the definition, or its command line, that was judged
 * @finding: its findings
 *
 * Returns: (transfer full): its domain, device and SMMU, without a message
 */
cmdqvVerdict *
cmdqvRuleTableVerdictOf(const cmdqvTopology *topology, const cmdqvFinding *finding)
{
    const cmdqvSmmu *smmu = cmdqvTopologyGetSmmu(topology, finding->smmu);
    const cmdqvBus *bus = smmu ? cmdqvTopologyGetBus(topology, smmu->bus) : NULL;
    const cmdqvEndpoint *endpoint = cmdqvTopologyGetEndpoint(topology, finding->endpoint);
    cmdqvVerdict *verdict = cmdqvVerdictNewOf(finding->rule->identifier, smmu, bus ? bus->name : NULL, endpoint);

    verdict->domain = g_strdup(topology->name);
    verdict->uuid = g_strdup(topology->uuid);
    return verdict;
}


/**
 * cmdqvRuleTableVerdict:
 * @topology: the definition, or its command line, that was judged
 * @findings: (element-type cmdqvFinding): its findings
 *
 * Returns: (transfer full) (nullable): a refusal for the first error, with the
 * number of others; NULL if there is no error
 */
cmdqvVerdict *
cmdqvRuleTableVerdict(const cmdqvTopology *topology, const GPtrArray *findings)
{
    const cmdqvFinding *finding = cmdqvRuleTableFirstError(findings);
    g_autofree char *name = cmdqvTextOneLine(topology->name ? topology->name : "");
    cmdqvVerdict *verdict;

    if (!finding)
        return NULL;
    verdict = cmdqvRuleTableVerdictOf(topology, finding);
    verdict->others = cmdqvRuleTableErrors(findings) - 1;
    verdict->message = g_strdup_printf("domain '%s': %s", name, finding->message);
    return verdict;
}
