/*
 * cmdqvrules.c: is this definition sound
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules are a table: checker, reports, manual and tests walk it.  A rule never
 * guesses.  Where its answer hangs on an address that libvirt has still to
 * give, or on a network that is asked at start, it finds nothing: the same
 * rules are asked again when the domain starts and everything is known.
 */

#include "qemu/cmdqvrules.h"

#include "qemu/cmdqvanchor.h"


/* Why the domain's hostdevs do not count, so that the mistake is found without reading the XML again. */
static char *
cmdqvCandidateHint(const cmdqvTopology *topology, guint smmu)
{
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);
        const cmdqvBus *bus = cmdqvTopologyGetBus(topology, endpoint->bus);
        const char *why = NULL;

        if (endpoint->kind != CMDQV_ENDPOINT_VFIO && endpoint->kind != CMDQV_ENDPOINT_MDEV)
            continue;

        if (cmdqvTopologyEndpointSmmu(topology, i) != (int)smmu)
            why = "it is on bus '%s', not behind this SMMU";
        else if (endpoint->kind == CMDQV_ENDPOINT_MDEV)
            why = "on bus '%s' it is a mediated device";
        else if (endpoint->failover)
            why = "on bus '%s' it is held back for failover (<teaming type='transient'>)";
        else
            why = "on bus '%s' it lacks iommufd='yes'";

        g_autofree char *name = endpoint->line == CMDQV_NONE
            ? g_strdup_printf("%s '%s'", endpoint->element, endpoint->id ? endpoint->id : "")
            : g_strdup_printf("<%s> in line %d", endpoint->element, endpoint->line);
        g_autoptr(GString) text = g_string_new(why);

        (void)g_string_replace(text, "%s", bus && bus->name ? bus->name : "", 1);
        return g_strdup_printf(" (%s does not count: %s)", name, text->str);
    }
    return g_strdup("");
}


static void
cmdqvCheckAnchor(const cmdqvRule *rule, const cmdqvTopology *topology, GPtrArray *findings)
{
    g_autoptr(GArray) candidates = cmdqvAnchorCountCandidates(topology, CMDQV_CANDIDATES_POSSIBLE);
    guint i;

    for (i = 0; i < topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);
        const cmdqvBus *bus = cmdqvTopologyGetBus(topology, smmu->bus);

        /* the other rules say what is wrong with an SMMU that could have no anchor at all */
        if (smmu->cmdqv != CMDQV_SWITCH_ON || !bus || bus->smmu != (int)i)
            continue;
        if (g_array_index(candidates, guint, i) > 0)
            continue;

        g_autofree char *hint = cmdqvCandidateHint(topology, i);

        cmdqvFindingAdd(findings, rule, topology, i,
                        "cmdqv='on' needs a cold-plugged PCI hostdev with iommufd='yes' behind bus '%s' to anchor its "
                        "command queues, and there is none%s; place one there, or remove cmdqv='on'",
                        bus->name ? bus->name : "", hint);
    }
}


const cmdqvRule cmdqvQemuRules[] = {
    { "cmdqv-needs-anchor", "a cold-plugged PCI hostdev on iommufd is behind each vSMMU with cmdqv='on'", cmdqvCheckAnchor },
    { NULL, NULL, NULL },
};

static const cmdqvRule *const cmdqvRuleTables[] = { cmdqvShapeRules, cmdqvQemuRules };


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


typedef struct {
    const cmdqvTopology *topology;
    GPtrArray *findings;
} cmdqvRulesRun;


static void
cmdqvRulesCheckOne(const cmdqvRule *rule, gpointer data)
{
    cmdqvRulesRun *run = data;

    rule->check(rule, run->topology, run->findings);
}


/**
 * cmdqvRulesCheck:
 * @topology: a definition, or the command line made of it
 *
 * Returns: (transfer full) (element-type cmdqvFinding): all that is wrong with
 * it, empty if it is sound so far as that can be told
 */
GPtrArray *
cmdqvRulesCheck(const cmdqvTopology *topology)
{
    g_autoptr(GPtrArray) findings = cmdqvFindingsNew();
    cmdqvRulesRun run = { topology, findings };

    cmdqvRulesForeach(cmdqvRulesCheckOne, &run);
    return g_steal_pointer(&findings);
}


/**
 * cmdqvRulesNeedPlacement:
 * @topology: a definition
 *
 * Returns: true if a rule's answer hangs on where libvirt puts what has no
 * address, so that it is worth asking libvirt
 */
bool
cmdqvRulesNeedPlacement(const cmdqvTopology *topology)
{
    g_autoptr(GArray) candidates = NULL;
    guint i;

    if (!topology->unplaced)
        return false;
    candidates = cmdqvAnchorCountCandidates(topology, CMDQV_CANDIDATES_CERTAIN);
    for (i = 0; i < topology->smmus->len; i++) {
        if (g_array_index(topology->smmus, cmdqvSmmu, i).cmdqv == CMDQV_SWITCH_ON && g_array_index(candidates, guint, i) == 0)
            return true;
    }
    return false;
}


/**
 * cmdqvRulesSummarize:
 * @domain: name of the domain, NULL where it has none
 * @findings: (element-type cmdqvFinding): one or more findings
 *
 * Returns: (transfer full): the first of them, and how many more there are,
 * for an error message of one line
 */
char *
cmdqvRulesSummarize(const char *domain, const GPtrArray *findings)
{
    const cmdqvFinding *first = g_ptr_array_index(findings, 0);
    GString *text = g_string_new(NULL);

    g_string_printf(text, "domain '%s': %s", domain ? domain : "", first->message);
    if (findings->len > 1)
        g_string_append_printf(text, " (and %u more, see 'virt-cmdqv validate')", findings->len - 1);
    return g_string_free(text, FALSE);
}
