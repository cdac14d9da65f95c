/*
 * cmd_metrics.c: virt-cmdqv metrics
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every metric is a gauge, and no line has a time stamp, so that the text is
 * valid in OpenMetrics (https://prometheus.io/docs/specs/om/open_metrics_spec/)
 * and in the older format of Prometheus, which node_exporter's textfile
 * collector reads. There "# EOF" is a comment.
 */

#include <stdio.h>
#include <string.h>

#include "anchor_rows.h"
#include "asked_daemon.h"
#include "domain_list.h"
#include "hook_file.h"
#include "printed_text.h"
#include "virt_cmdqv.h"
#include "conf/domain_xml.h"
#include "host/cmdqv_support.h"
#include "host/smmu_inventory.h"
#include "policy/definition.h"
#include "policy/rule_table.h"
#include "qemu/anchor.h"
#include "util/text.h"

typedef enum {
    CMDQV_CMD_METRICS_DAEMON,
    CMDQV_CMD_METRICS_MODULE,
    CMDQV_CMD_METRICS_INFO,
    CMDQV_CMD_METRICS_HOOK,
    CMDQV_CMD_METRICS_REFUSALS,
    CMDQV_CMD_METRICS_ANCHOR,
    CMDQV_CMD_METRICS_VALID,
    CMDQV_CMD_METRICS_BROKEN,

    CMDQV_CMD_METRICS_LAST
} cmdqvCmdMetricsFamily;

static const struct {
    const char *name;
    const char *help;
} cmdqvCmdMetricsFamilies[] = {
    [CMDQV_CMD_METRICS_DAEMON] = { .name = "daemon_up", .help = "1 if the libvirt daemon answers, 0 if not." },
    [CMDQV_CMD_METRICS_MODULE] = { .name = "module_loaded", .help = "1 if the daemon has the module, 0 if not." },
    [CMDQV_CMD_METRICS_INFO] = { .name = "versions", .help = "Versions of libvirt, the module and virt-cmdqv; the value is 1." },
    [CMDQV_CMD_METRICS_HOOK] = { .name = "hook_works", .help = "1 if libvirt can run the hook, 0 if not." },
    [CMDQV_CMD_METRICS_REFUSALS] = { .name = "refusals_since_start",
      .help = "Calls that the module has refused since the daemon started." },
    [CMDQV_CMD_METRICS_ANCHOR] = { .name = "anchor",
      .help = "1 if the device anchors the CMDQV of the vSMMU, 0 if that is unknown or there is none." },
    [CMDQV_CMD_METRICS_VALID] = { .name = "definition_valid",
      .help = "1 if a domain with an SMMU breaks no rule of level error, 0 if it does." },
    [CMDQV_CMD_METRICS_BROKEN] = { .name = "rule_findings", .help = "Findings of a rule in the definition of a domain." },
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvCmdMetricsFamilies) == CMDQV_CMD_METRICS_LAST);

typedef struct {
    const cmdqvToolOptions *options;
    virConnectPtr conn;
    cmdqvAskedDaemon asked;
    GPtrArray *samples[CMDQV_CMD_METRICS_LAST];     /* lines of each family */
} cmdqvCmdMetricsState;


/*
 * Adds a sample with pairs of a label and its value, NULL for an empty one, up
 * to a NULL label. Two samples of a family must not have the same labels: the
 * first one stays.
 */
G_GNUC_NULL_TERMINATED static void
cmdqvCmdMetricsAdd(cmdqvCmdMetricsState *metrics, cmdqvCmdMetricsFamily family, gint64 value, ...)
{
    g_autoptr(GString) labels = g_string_new(NULL);
    g_autofree char *start = NULL;
    const char *label;
    va_list args;
    guint i;

    va_start(args, value);
    while ((label = va_arg(args, const char *))) {
        const char *given = va_arg(args, const char *);
        g_autofree char *escaped = cmdqvPrintedTextLabel(given ? given : "");

        g_string_append_printf(labels, "%s%s=\"%s\"", labels->len > 0 ? "," : "", label, escaped);
    }
    va_end(args);

    start = labels->len > 0 ? g_strdup_printf("{%s} ", labels->str) : g_strdup(" ");
    for (i = 0; i < metrics->samples[family]->len; i++) {
        if (cmdqvTextStarts(g_ptr_array_index(metrics->samples[family], i), start))
            return;
    }
    g_ptr_array_add(metrics->samples[family], g_strdup_printf("%s%" G_GINT64_FORMAT, start, value));
}


static void
cmdqvCmdMetricsAddDaemon(cmdqvCmdMetricsState *metrics)
{
    const cmdqvAskedDaemon *asked = &metrics->asked;
    g_autofree char *version = g_strdup_printf("%lu.%lu.%lu", CMDQV_RULE_VERSION_PARTS(asked->version));

    cmdqvCmdMetricsAdd(metrics, CMDQV_CMD_METRICS_DAEMON, metrics->conn != NULL, NULL);
    if (!metrics->conn)
        return;
    cmdqvCmdMetricsAdd(metrics, CMDQV_CMD_METRICS_MODULE, asked->module != NULL, NULL);
    cmdqvCmdMetricsAdd(metrics, CMDQV_CMD_METRICS_INFO, 1, "libvirt", version, "module", asked->module, "tool", CMDQV_VERSION, NULL);
    if (asked->refusals >= 0)
        cmdqvCmdMetricsAdd(metrics, CMDQV_CMD_METRICS_REFUSALS, asked->refusals, NULL);
}


/* The state of the hook is unknown if this user cannot read it, or the daemon is on another host. */
static void
cmdqvCmdMetricsAddHook(cmdqvCmdMetricsState *metrics)
{
    g_autofree char *advice = NULL;
    cmdqvHookFileState state;

    if (metrics->asked.remote || cmdqvAskedDaemonIsRemote(metrics->options->uri))
        return;
    state = cmdqvHookFileProbe(metrics->options->root, false, &advice);
    if (state != CMDQV_HOOK_FILE_FORBIDDEN)
        cmdqvCmdMetricsAdd(metrics, CMDQV_CMD_METRICS_HOOK, state == CMDQV_HOOK_FILE_WORKS || state == CMDQV_HOOK_FILE_OTHER_VERSION, NULL);
}


static int
cmdqvCmdMetricsAddAnchors(cmdqvCmdMetricsState *metrics, virDomainPtr domain)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(cmdqvAnchorRowFree);
    g_autoptr(GError) error = NULL;
    guint i;

    if (!cmdqvAnchorRowsRead(rows, domain, &metrics->asked.host, &error))
        return cmdqvToolTrouble("domain '%s': %s", virDomainGetName(domain), error->message);
    for (i = 0; i < rows->len; i++) {
        const cmdqvAnchorRow *row = g_ptr_array_index(rows, i);

        /* without CMDQV there is nothing to anchor */
        if (g_strcmp0(row->source, cmdqvAnchorSourceToString(CMDQV_ANCHOR_INACTIVE)) == 0)
            continue;
        cmdqvCmdMetricsAdd(metrics, CMDQV_CMD_METRICS_ANCHOR,
                           g_strcmp0(row->source, cmdqvAnchorSourceToString(CMDQV_ANCHOR_UNKNOWN)) != 0 &&
                           g_strcmp0(row->source, cmdqvAnchorSourceToString(CMDQV_ANCHOR_NOBODY)) != 0,
                           "domain", row->domain, "vsmmu", row->vsmmu, "bus", row->bus, "cmdqv", row->cmdqv, "anchor", row->anchor,
                           "host", row->host, "source", row->source, NULL);
    }
    return CMDQV_EXIT_SUCCESS;
}


static void
cmdqvCmdMetricsAddFindings(cmdqvCmdMetricsState *metrics, const char *name, const GPtrArray *findings)
{
    guint i;
    guint j;

    for (i = 0; i < findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(findings, i);
        gint64 count = 0;

        for (j = 0; j < findings->len; j++)
            count += ((const cmdqvFinding *)g_ptr_array_index(findings, j))->rule == finding->rule;
        cmdqvCmdMetricsAdd(metrics, CMDQV_CMD_METRICS_BROKEN, count, "domain", name, "rule", finding->rule->identifier, "level",
                           cmdqvRuleLevelToString(finding->level), NULL);
    }
}


static int
cmdqvCmdMetricsAddDefinition(cmdqvCmdMetricsState *metrics, virDomainPtr domain)
{
    g_autoptr(cmdqvTextMalloced) xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_autoptr(GError) error = NULL;
    const char *name = virDomainGetName(domain);

    if (!xml || !cmdqvDomainXMLMayHaveSmmu(xml))
        return CMDQV_EXIT_SUCCESS;
    /* only a connection that may write tells places, and those of an existing domain are in its XML */
    if (!cmdqvAskedDaemonJudge(&metrics->asked, false, xml, strlen(xml), &definition, &error)) {
        cmdqvCmdMetricsAdd(metrics, CMDQV_CMD_METRICS_VALID, 0, "domain", name, NULL);
        return cmdqvToolTrouble("domain '%s': %s", name, error->message);
    }
    if (definition.hasSmmu)
        cmdqvCmdMetricsAdd(metrics, CMDQV_CMD_METRICS_VALID, cmdqvRuleTableErrors(definition.findings) == 0, "domain", name, NULL);
    cmdqvCmdMetricsAddFindings(metrics, name, definition.findings);
    return CMDQV_EXIT_SUCCESS;
}


static int
cmdqvCmdMetricsAddDomains(cmdqvCmdMetricsState *metrics)
{
    g_autoptr(GPtrArray) domains = cmdqvDomainListRead(metrics->conn);
    int status = CMDQV_EXIT_SUCCESS;
    guint i;

    if (!domains)
        return cmdqvToolTrouble("cannot list domains: %s", cmdqvToolLastError());
    for (i = 0; i < domains->len; i++) {
        status = cmdqvToolWorse(status, cmdqvCmdMetricsAddAnchors(metrics, g_ptr_array_index(domains, i)));
        status = cmdqvToolWorse(status, cmdqvCmdMetricsAddDefinition(metrics, g_ptr_array_index(domains, i)));
    }
    return status;
}


static char *
cmdqvCmdMetricsFormat(const cmdqvCmdMetricsState *metrics)
{
    GString *text = g_string_new(NULL);
    guint i;
    guint j;

    for (i = 0; i < CMDQV_CMD_METRICS_LAST; i++) {
        const char *name = cmdqvCmdMetricsFamilies[i].name;

        g_string_append_printf(text, "# HELP libvirt_cmdqv_%s %s\n# TYPE libvirt_cmdqv_%s gauge\n", name, cmdqvCmdMetricsFamilies[i].help,
                               name);
        for (j = 0; j < metrics->samples[i]->len; j++)
            g_string_append_printf(text, "libvirt_cmdqv_%s%s\n", name, (const char *)g_ptr_array_index(metrics->samples[i], j));
    }
    g_string_append(text, "# EOF\n");
    return g_string_free(text, FALSE);
}


/*
 * Replaces the file in one step, so that a collector never reads half of it. A
 * device such as /dev/null would be replaced too, for the whole host.
 */
static int
cmdqvCmdMetricsWrite(const char *text, const char *output)
{
    g_autoptr(GError) error = NULL;

    if (!output)
        (void)printf("%s", text);
    else if (g_file_test(output, G_FILE_TEST_EXISTS) && !g_file_test(output, G_FILE_TEST_IS_REGULAR))
        return cmdqvToolTrouble("cannot replace '%s': it is not a regular file; without --output, metrics are printed", output);
    else if (!g_file_set_contents_full(output, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, &error))
        return cmdqvToolTrouble("%s", error->message);
    return CMDQV_EXIT_SUCCESS;
}


static int
cmdqvCmdMetricsRun(const cmdqvToolOptions *options, int argc, char **argv)
{
    g_autofree char *output = NULL;
    const GOptionEntry entries[] = {
        { .long_name = "output", .short_name = 'o', .arg = G_OPTION_ARG_FILENAME, .arg_data = &output,
          .description = "Write to this file, and replace it in one step", .arg_description = "FILE" },
        G_OPTION_ENTRY_NULL
    };
    cmdqvCmdMetricsState metrics = { .options = options, .asked = { .refusals = -1 } };
    g_autofree char *text = NULL;
    int status;
    guint i;

    if (!cmdqvToolParse(&cmdqvCmdMetrics, entries, &argc, &argv, &status))
        return status;
    if (argc > 1)
        return cmdqvToolUsage(&cmdqvCmdMetrics, "give no arguments");

    for (i = 0; i < CMDQV_CMD_METRICS_LAST; i++)
        metrics.samples[i] = g_ptr_array_new_with_free_func(g_free);
    metrics.conn = cmdqvToolConnect(options->uri, VIR_CONNECT_RO);
    if (metrics.conn) {
        cmdqvAskedDaemonRead(&metrics.asked, options, metrics.conn);
        status = cmdqvCmdMetricsAddDomains(&metrics);
    } else {
        status = CMDQV_EXIT_TROUBLE;
    }
    cmdqvCmdMetricsAddDaemon(&metrics);
    cmdqvCmdMetricsAddHook(&metrics);
    text = cmdqvCmdMetricsFormat(&metrics);
    status = cmdqvToolWorse(status, cmdqvCmdMetricsWrite(text, output));

    for (i = 0; i < CMDQV_CMD_METRICS_LAST; i++)
        g_ptr_array_unref(metrics.samples[i]);
    cmdqvAskedDaemonClear(&metrics.asked);
    if (metrics.conn)
        virConnectClose(metrics.conn);
    return status;
}


const cmdqvToolCommand cmdqvCmdMetrics = {
    .name = "metrics",
    .arguments = "[--output FILE]",
    .summary = "Prints anchors, broken rules and refusals as metrics for Prometheus.",
    .example = "metrics --output /var/lib/prometheus/node-exporter/libvirt-cmdqv.prom",
    .run = cmdqvCmdMetricsRun,
};
