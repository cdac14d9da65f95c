/*
 * cmd_host.c: virt-cmdqv host
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <string.h>

#include "device_holders.h"
#include "host/smmu_inventory.h"
#include "asked_daemon.h"
#include "table.h"
#include "virt_cmdqv.h"

#define CMDQV_HOST_COLUMNS 8

/** What is printed; @holders is NULL where no daemon told. */
typedef struct {
    GPtrArray *inventory;
    GPtrArray *holders;
} cmdqvHostReport;

static const char *const cmdqvHostHeadings[CMDQV_HOST_COLUMNS] = {
    "SMMU", "CMDQV", "Node", "Device", "Driver", "Group", "VFIO", "Domain"
};

static const char *const cmdqvHostSupportWords[] = {
    [CMDQV_HOST_UNKNOWN] = "unknown",
    [CMDQV_HOST_WITHOUT] = "no",
    [CMDQV_HOST_WITH] = "yes",
};


static char *
cmdqvHostNodeToString(int node)
{
    return node == CMDQV_HOST_NO_NODE ? NULL : g_strdup_printf("%d", node);
}


/* Running domains by name, those that would have it in parentheses; NULL where there is none. */
static char *
cmdqvHostDomains(const cmdqvHostReport *report, const char *address)
{
    g_autoptr(GString) names = g_string_new(NULL);
    guint i;

    if (!report->holders)
        return g_strdup("unknown");
    for (i = 0; i < report->holders->len; i++) {
        const cmdqvHolder *holder = g_ptr_array_index(report->holders, i);

        if (strcmp(holder->address, address) == 0)
            g_string_append_printf(names, holder->running ? "%s%s" : "%s(%s)", names->len > 0 ? ", " : "", holder->domain);
    }
    return names->len > 0 ? g_strdup(names->str) : NULL;
}


static void
cmdqvHostAddLine(GPtrArray *table, const cmdqvHostReport *report, const cmdqvHostSmmu *smmu, const cmdqvHostDevice *device)
{
    g_autofree char *node = cmdqvHostNodeToString(device ? device->node : smmu->node);
    g_autofree char *domains = device ? cmdqvHostDomains(report, device->address) : NULL;
    const char *const cells[CMDQV_HOST_COLUMNS] = {
        smmu->name, cmdqvHostSupportWords[smmu->cmdqv], node, device ? device->address : NULL, device ? device->driver : NULL,
        device ? device->group : NULL, device ? device->vfio : NULL, domains
    };

    cmdqvTableAdd(table, cells, CMDQV_HOST_COLUMNS);
}


static void
cmdqvHostPrintTable(const cmdqvHostReport *report)
{
    g_autoptr(GPtrArray) table = cmdqvTableNew(cmdqvHostHeadings, CMDQV_HOST_COLUMNS);
    guint i;
    guint j;

    for (i = 0; i < report->inventory->len; i++) {
        const cmdqvHostSmmu *smmu = g_ptr_array_index(report->inventory, i);

        if (smmu->devices->len == 0)
            cmdqvHostAddLine(table, report, smmu, NULL);
        for (j = 0; j < smmu->devices->len; j++)
            cmdqvHostAddLine(table, report, smmu, g_ptr_array_index(smmu->devices, j));
    }
    cmdqvTablePrint(table);
}


static void
cmdqvHostJsonNode(JsonBuilder *json, int node)
{
    json_builder_set_member_name(json, "node");
    if (node == CMDQV_HOST_NO_NODE)
        json_builder_add_null_value(json);
    else
        json_builder_add_int_value(json, node);
}


static void
cmdqvHostJsonDomains(JsonBuilder *json, const cmdqvHostReport *report, const char *address)
{
    guint i;

    json_builder_set_member_name(json, "domains");
    if (!report->holders) {
        json_builder_add_null_value(json);
        return;
    }
    json_builder_begin_array(json);
    for (i = 0; i < report->holders->len; i++) {
        const cmdqvHolder *holder = g_ptr_array_index(report->holders, i);

        if (strcmp(holder->address, address) != 0)
            continue;
        json_builder_begin_object(json);
        cmdqvToolJsonString(json, "name", holder->domain);
        json_builder_set_member_name(json, "running");
        json_builder_add_boolean_value(json, holder->running);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
}


static void
cmdqvHostJsonDevice(JsonBuilder *json, const cmdqvHostReport *report, const cmdqvHostDevice *device)
{
    json_builder_begin_object(json);
    cmdqvToolJsonString(json, "address", device->address);
    cmdqvToolJsonString(json, "vendor", device->vendor);
    cmdqvToolJsonString(json, "device", device->device);
    cmdqvToolJsonString(json, "class", device->class);
    cmdqvToolJsonString(json, "driver", device->driver);
    cmdqvToolJsonString(json, "group", device->group);
    cmdqvToolJsonString(json, "vfio", device->vfio);
    cmdqvHostJsonNode(json, device->node);
    cmdqvHostJsonDomains(json, report, device->address);
    json_builder_end_object(json);
}


static void
cmdqvHostPrintJson(const cmdqvHostReport *report)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    guint i;
    guint j;

    json_builder_begin_array(json);
    for (i = 0; i < report->inventory->len; i++) {
        const cmdqvHostSmmu *smmu = g_ptr_array_index(report->inventory, i);

        json_builder_begin_object(json);
        cmdqvToolJsonString(json, "smmu", smmu->name);
        cmdqvToolJsonString(json, "cmdqv", cmdqvHostSupportWords[smmu->cmdqv]);
        cmdqvHostJsonNode(json, smmu->node);
        json_builder_set_member_name(json, "devices");
        json_builder_begin_array(json);
        for (j = 0; j < smmu->devices->len; j++)
            cmdqvHostJsonDevice(json, report, g_ptr_array_index(smmu->devices, j));
        json_builder_end_array(json);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
    cmdqvToolPrintJson(json);
}


/* For a quoted string of Graphviz: a quote ends it, and in a label a backslash begins an escape. */
static char *
cmdqvHostDotEscape(const char *text)
{
    g_auto(GStrv) backslashes = g_strsplit(text, "\\", -1);
    g_autofree char *doubled = g_strjoinv("\\\\", backslashes);
    g_auto(GStrv) quotes = g_strsplit(doubled, "\"", -1);

    return g_strjoinv("\\\"", quotes);
}


static void
cmdqvHostDotSmmu(const cmdqvHostSmmu *smmu)
{
    g_autofree char *node = cmdqvHostNodeToString(smmu->node);
    guint i;

    (void)printf("  subgraph \"cluster_%s\" {\n    label = \"%s\\nCMDQV: %s, NUMA node: %s\";\n", smmu->name, smmu->name,
                 cmdqvHostSupportWords[smmu->cmdqv], node ? node : "-");
    if (smmu->devices->len == 0)
        (void)printf("    \"%s\" [style = invis];\n", smmu->name);
    for (i = 0; i < smmu->devices->len; i++) {
        const cmdqvHostDevice *device = g_ptr_array_index(smmu->devices, i);

        (void)printf("    \"%s\" [label = \"%s\\n%s\"];\n", device->address, device->address,
                     device->driver ? device->driver : "-");
    }
    (void)printf("  }\n");
}


/* A graph: a box for each SMMU with its devices in it, and an arrow from each domain to what it has. */
static void
cmdqvHostPrintDot(const cmdqvHostReport *report)
{
    guint i;

    (void)printf("digraph host {\n  rankdir = LR;\n  node [shape = box];\n");
    for (i = 0; i < report->inventory->len; i++)
        cmdqvHostDotSmmu(g_ptr_array_index(report->inventory, i));
    for (i = 0; report->holders && i < report->holders->len; i++) {
        const cmdqvHolder *holder = g_ptr_array_index(report->holders, i);
        g_autofree char *name = cmdqvHostDotEscape(holder->domain);

        if (!cmdqvInventoryFind(report->inventory, holder->address, NULL))
            continue;
        (void)printf("  \"domain %s\" [shape = ellipse, label = \"%s\"];\n", name, name);
        (void)printf("  \"domain %s\" -> \"%s\" [style = %s];\n", name, holder->address, holder->running ? "solid" : "dashed");
    }
    (void)printf("}\n");
}


static int
cmdqvHostRun(const cmdqvToolOptions *options, int argc, char **argv)
{
    gboolean json = FALSE;
    gboolean dot = FALSE;
    const GOptionEntry entries[] = {
        { "json", 'j', 0, G_OPTION_ARG_NONE, &json, "Print JSON", NULL },
        { "dot", 0, 0, G_OPTION_ARG_NONE, &dot, "Print a graph for Graphviz", NULL },
        G_OPTION_ENTRY_NULL
    };
    g_autoptr(GPtrArray) inventory = NULL;
    g_autoptr(GPtrArray) holders = NULL;
    virConnectPtr conn;
    int status;

    if (!cmdqvToolParse(&cmdqvToolHost, entries, &argc, &argv, &status))
        return status;
    if (argc > 1)
        return cmdqvToolTrouble("host: no arguments; see 'virt-cmdqv host --help'");
    if (json && dot)
        return cmdqvToolTrouble("host: --json and --dot exclude each other");

    /* the host is there without a daemon too; one that is named has to answer */
    status = CMDQV_EXIT_SOUND;
    conn = options->uri ? cmdqvToolConnect(options->uri, VIR_CONNECT_RO) : virConnectOpenReadOnly(NULL);
    if (!conn && options->uri)
        status = CMDQV_EXIT_TROUBLE;
    if (cmdqvOlderIsElsewhere(conn)) {
        virConnectClose(conn);
        return cmdqvToolTrouble("host: the daemon is on another host; run 'virt-cmdqv host' there");
    }
    if (conn) {
        holders = cmdqvHoldersRead(conn, &status);
        virConnectClose(conn);
    }
    inventory = cmdqvInventoryRead(options->root);

    const cmdqvHostReport report = { inventory, holders };

    if (json)
        cmdqvHostPrintJson(&report);
    else if (dot)
        cmdqvHostPrintDot(&report);
    else
        cmdqvHostPrintTable(&report);
    return status;
}


const cmdqvToolCommand cmdqvToolHost = {
    .name = "host",
    .arguments = "[--json|--dot]",
    .summary = "Lists the SMMUs of the host, and what is behind them.",
    .run = cmdqvHostRun,
};
