/*
 * policy/rule_table.c: is this definition sound
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules are a table: checker, reports, manual and tests walk it.  A rule never
 * guesses.  Where its answer hangs on an address that libvirt has still to
 * give, or on a network that is asked at start, it finds nothing: the same
 * rules are asked again when the domain starts and everything is known.
 */

#include "policy/rule_table.h"

#include <stdio.h>
#include <string.h>

#include "qemu/anchor.h"

static const cmdqvRule *const cmdqvRuleTables[] = { cmdqvShapeRules, cmdqvQemuRules, cmdqvArgumentRules,
    cmdqvContextRules };


/**
 * cmdqvRulesForeach:
 * @visit: called with each rule
 * @data: for @visit
 *
 * Every rule, in the order in which they are checked and shown.
 */
void
cmdqvRulesForeach(cmdqvRuleVisit visit, gpointer data)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cmdqvRuleTables); i++) {
        const cmdqvRule *rule;

        for (rule = cmdqvRuleTables[i]; rule->identifier; rule++)
            visit(rule, data);
    }
}


/**
 * cmdqvRulesFind:
 * @identifier: name of a rule
 *
 * Returns: (transfer none): the rule, NULL if there is none of that name
 */
const cmdqvRule *
cmdqvRulesFind(const char *identifier)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cmdqvRuleTables); i++) {
        const cmdqvRule *rule;

        for (rule = cmdqvRuleTables[i]; rule->identifier; rule++) {
            if (strcmp(rule->identifier, identifier) == 0)
                return rule;
        }
    }
    return NULL;
}


/**
 * cmdqvRulesLevel:
 * @rule: a rule
 * @levels: (nullable): those that the configuration sets, by identifier
 *
 * Returns: the level that the rule has
 */
cmdqvRuleLevel
cmdqvRulesLevel(const cmdqvRule *rule, GHashTable *levels)
{
    gpointer level;

    if (levels && g_hash_table_lookup_extended(levels, rule->identifier, NULL, &level))
        return GPOINTER_TO_INT(level);
    return rule->level;
}


static void
cmdqvRulesRunOne(const cmdqvRule *rule, gpointer data)
{
    cmdqvRuleRun *run = data;
    cmdqvRuleLevel level = cmdqvRulesLevel(rule, run->context->levels);
    guint i = run->findings->len;

    if (level == CMDQV_RULE_OFF)
        return;
    run->rule = rule;
    rule->check(run);
    for (; i < run->findings->len; i++)
        ((cmdqvFinding *)g_ptr_array_index(run->findings, i))->level = level;
}


/**
 * cmdqvRulesRun:
 * @topology: a definition, or the command line made of it
 * @context: (nullable): what its text does not say; NULL for nothing, and all
 *   rules at their default
 *
 * Returns: (transfer full) (element-type cmdqvFinding): all that is wrong with
 * it, empty if it is sound so far as that can be told
 */
GPtrArray *
cmdqvRulesRun(const cmdqvTopology *topology, const cmdqvRuleContext *context)
{
    static const cmdqvRuleContext nothing = { .levels = NULL };
    g_autoptr(GHashTable) hostSmmus = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    GPtrArray *findings = cmdqvFindingsNew();
    cmdqvRuleRun run = { NULL, topology, context ? context : &nothing, hostSmmus, findings };

    if (topology->smmus->len > 0 || topology->badValues->len > 0)
        cmdqvRulesForeach(cmdqvRulesRunOne, &run);
    else if (run.context->ownVersion != 0)
        cmdqvRulesRunOne(cmdqvRulesFind(CMDQV_RULE_DROPS_IOMMUFD), &run);
    return findings;
}


/**
 * cmdqvRulesCheck:
 * @topology: a domain
 *
 * Checks what can be told from the definition alone, at the levels that the
 * rules have by themselves.
 *
 * Returns: (transfer full) (element-type cmdqvFinding): what breaks a rule;
 * empty where nothing does
 */
GPtrArray *
cmdqvRulesCheck(const cmdqvTopology *topology)
{
    return cmdqvRulesRun(topology, NULL);
}


/* Machine types from this one on leave ats, ril, ssidsize and oas to the first device (hw/arm/virt.c of QEMU). */
#define CMDQV_MACHINE_AUTO_MAJOR 11
#define CMDQV_MACHINE_AUTO_MINOR 1


/* What is written "virt", or not at all: the newest that the emulator has. */
static bool
cmdqvRulesMachineIsNewest(const cmdqvTopology *topology)
{
    return !topology->machine || strcmp(topology->machine, "virt") == 0;
}


/**
 * cmdqvRulesMachineHasAuto:
 * @topology: a definition
 * @smmu: one of its SMMUs
 *
 * "virt" is the newest that the emulator has, and libvirt writes down which
 * when it takes the definition.  Before, only an SMMU with cmdqv tells that the
 * emulator is new enough.
 *
 * Returns: true if the machine certainly knows auto
 */
bool
cmdqvRulesMachineHasAuto(const cmdqvTopology *topology, const cmdqvSmmu *smmu)
{
    unsigned int major = 0;
    unsigned int minor = 0;

    if (cmdqvRulesMachineIsNewest(topology))
        return smmu->cmdqv != CMDQV_SWITCH_ABSENT;
    if (sscanf(topology->machine, "virt-%u.%u", &major, &minor) != 2)
        return false;
    return major > CMDQV_MACHINE_AUTO_MAJOR ||
        (major == CMDQV_MACHINE_AUTO_MAJOR && minor >= CMDQV_MACHINE_AUTO_MINOR);
}


/**
 * cmdqvRulesAutoProperty:
 * @smmu: an SMMU
 *
 * Returns: the first of the four properties that is left to QEMU; NULL if all
 * are given
 */
const char *
cmdqvRulesAutoProperty(const cmdqvSmmu *smmu)
{
    const struct {
        const char *name;
        const char *value;
    } properties[] = {
        { "ats", smmu->ats }, { "ril", smmu->ril }, { "ssidsize", smmu->ssidsize }, { "oas", smmu->oas }
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(properties); i++) {
        if (!properties[i].value || strcmp(properties[i].value, "auto") == 0)
            return properties[i].name;
    }
    return NULL;
}


/**
 * cmdqvRulesNeedPlacement:
 * @topology: a definition
 *
 * Returns: true if a rule's answer hangs on what libvirt has still to fill in,
 * so that it is worth asking libvirt
 */
bool
cmdqvRulesNeedPlacement(const cmdqvTopology *topology)
{
    g_autoptr(GArray) candidates = NULL;
    guint i;

    /* a device of the host may land where it must not be, whoever is there already, and behind a plain SMMU none may be */
    if (topology->unplaced)
        return topology->smmus->len > 0;
    if (!topology->unplacedEmulated && !cmdqvRulesMachineIsNewest(topology))
        return false;
    candidates = cmdqvAnchorCountCandidates(topology, CMDQV_CANDIDATES_CERTAIN);
    for (i = 0; i < topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);

        if (smmu->accel != CMDQV_SWITCH_ON)
            continue;
        if (topology->unplacedEmulated)
            return true;
        if (g_array_index(candidates, guint, i) == 0 && cmdqvRulesMachineIsNewest(topology) &&
            smmu->cmdqv == CMDQV_SWITCH_ABSENT && cmdqvRulesAutoProperty(smmu))
            return true;
    }
    return false;
}


/**
 * cmdqvFindingsErrors:
 * @findings: (element-type cmdqvFinding): findings
 *
 * Returns: how many of them refuse the definition
 */
guint
cmdqvFindingsErrors(const GPtrArray *findings)
{
    guint errors = 0;
    guint i;

    for (i = 0; i < findings->len; i++)
        errors += ((const cmdqvFinding *)g_ptr_array_index(findings, i))->level == CMDQV_RULE_ERROR;
    return errors;
}


static const cmdqvFinding *
cmdqvFindingsFirstError(const GPtrArray *findings)
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
 * cmdqvRulesSummarize:
 * @domain: name of the domain, NULL where it has none
 * @findings: (element-type cmdqvFinding): findings
 *
 * Returns: (transfer full) (nullable): the first that refuses the definition,
 * and how many more there are, for an error message of one line; NULL if none
 * does
 */
char *
cmdqvRulesSummarize(const char *domain, const GPtrArray *findings)
{
    const cmdqvFinding *finding = cmdqvFindingsFirstError(findings);
    guint errors = cmdqvFindingsErrors(findings);

    if (!finding)
        return NULL;
    if (errors == 1)
        return g_strdup_printf("domain '%s': %s", domain ? domain : "", finding->message);
    return g_strdup_printf("domain '%s': %s (and %u more, see 'virt-cmdqv validate')", domain ? domain : "",
                           finding->message, errors - 1);
}


/**
 * cmdqvRulesVerdictOf:
 * @topology: the definition, or the command line made of it, that was judged
 * @finding: what is wrong with it
 *
 * Returns: (transfer full): what and whom that is about, without words for the
 * user
 */
cmdqvVerdict *
cmdqvRulesVerdictOf(const cmdqvTopology *topology, const cmdqvFinding *finding)
{
    const cmdqvSmmu *smmu = cmdqvTopologyGetSmmu(topology, finding->smmu);
    const cmdqvBus *bus = smmu ? cmdqvTopologyGetBus(topology, smmu->bus) : NULL;
    const cmdqvEndpoint *endpoint = cmdqvTopologyGetEndpoint(topology, finding->endpoint);
    cmdqvVerdict *verdict = g_new0(cmdqvVerdict, 1);

    verdict->rule = finding->rule->identifier;
    verdict->domain = g_strdup(topology->name);
    verdict->uuid = g_strdup(topology->uuid);
    verdict->smmu = smmu ? cmdqvPolicySmmuName(smmu, bus ? bus->name : NULL) : NULL;
    verdict->device = endpoint ? cmdqvPolicyDeviceName(endpoint) : NULL;
    return verdict;
}


/**
 * cmdqvRulesVerdict:
 * @topology: the definition, or the command line made of it, that was judged
 * @findings: (element-type cmdqvFinding): what is wrong with it
 *
 * Returns: (transfer full) (nullable): a refusal for the first that refuses it,
 * in the words of cmdqvRulesSummarize(); NULL if none does
 */
cmdqvVerdict *
cmdqvRulesVerdict(const cmdqvTopology *topology, const GPtrArray *findings)
{
    const cmdqvFinding *finding = cmdqvFindingsFirstError(findings);
    cmdqvVerdict *verdict;

    if (!finding)
        return NULL;
    verdict = cmdqvRulesVerdictOf(topology, finding);
    verdict->message = cmdqvRulesSummarize(topology->name, findings);
    return verdict;
}
