/*
 * cmd_host.c: virt-cmdqv host
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <string.h>

#include "asked_daemon.h"
#include "device_holders.h"
#include "host_nova.h"
#include "table.h"
#include "virt_cmdqv.h"
#include "host/smmu_inventory.h"
#include "util/text.h"

#define CMDQV_CMD_HOST_COLUMNS 8

/** The output; @holders is NULL if no daemon answered. */
typedef struct {
    GPtrArray *inventory;
    GPtrArray *holders;
} cmdqvCmdHostReport;

static const char *const cmdqvCmdHostHeadings[CMDQV_CMD_HOST_COLUMNS] = {
    "SMMU", "CMDQV", "Node", "Device", "Driver", "Group", "VFIO", "Domain"
};

static const char *const cmdqvCmdHostSupportWords[] = {
    [CMDQV_SUPPORT_UNKNOWN] = "unknown",
    [CMDQV_SUPPORT_WITHOUT] = "no",
    [CMDQV_SUPPORT_WITH] = "yes",
};


static char *
cmdqvCmdHostNodeToString(int node)
{
    return node == CMDQV_SMMU_INVENTORY_NO_NODE ? NULL : g_strdup_printf("%d", node);
}


/* The domains with the device: running ones by name, others in parentheses; NULL if there is none. */
static char *
cmdqvCmdHostDomains(const cmdqvCmdHostReport *report, const char *address)
{
    g_autoptr(GString) names = g_string_new(NULL);
    guint i;

    if (!report->holders)
        return g_strdup("unknown");
    for (i = 0; i < report->holders->len; i++) {
        const cmdqvDeviceHolder *holder = g_ptr_array_index(report->holders, i);

        if (strcmp(holder->address, address) == 0)
            g_string_append_printf(names, holder->running ? "%s%s" : "%s(%s)", names->len > 0 ? ", " : "", holder->domain);
    }
    return names->len > 0 ? g_strdup(names->str) : NULL;
}


static void
cmdqvCmdHostAddLine(GPtrArray *table, const cmdqvCmdHostReport *report, const cmdqvHostSmmu *smmu, const cmdqvHostDevice *device)
{
    static const cmdqvHostDevice none;
    g_autofree char *node = cmdqvCmdHostNodeToString(device ? device->node : smmu->node);
    g_autofree char *domains = device ? cmdqvCmdHostDomains(report, device->address) : NULL;
    const cmdqvHostDevice *shown = device ? device : &none;
    const char *const cells[CMDQV_CMD_HOST_COLUMNS] = {
        smmu->name, cmdqvCmdHostSupportWords[smmu->cmdqv], node, shown->address, shown->driver, shown->group, shown->vfio, domains
    };

    cmdqvTableAdd(table, cells, CMDQV_CMD_HOST_COLUMNS);
}


static void
cmdqvCmdHostPrintTable(const cmdqvCmdHostReport *report)
{
    g_autoptr(GPtrArray) table = cmdqvTableNew(cmdqvCmdHostHeadings, CMDQV_CMD_HOST_COLUMNS);
    guint i;
    guint j;

    for (i = 0; i < report->inventory->len; i++) {
        const cmdqvHostSmmu *smmu = g_ptr_array_index(report->inventory, i);

        if (smmu->devices->len == 0)
            cmdqvCmdHostAddLine(table, report, smmu, NULL);
        for (j = 0; j < smmu->devices->len; j++)
            cmdqvCmdHostAddLine(table, report, smmu, g_ptr_array_index(smmu->devices, j));
    }
    cmdqvTablePrint(table);
}


static void
cmdqvCmdHostJsonNode(JsonBuilder *json, int node)
{
    json_builder_set_member_name(json, "node");
    if (node == CMDQV_SMMU_INVENTORY_NO_NODE)
        json_builder_add_null_value(json);
    else
        json_builder_add_int_value(json, node);
}


static void
cmdqvCmdHostJsonDomains(JsonBuilder *json, const cmdqvCmdHostReport *report, const char *address)
{
    guint i;

    json_builder_set_member_name(json, "domains");
    if (!report->holders) {
        json_builder_add_null_value(json);
        return;
    }
    json_builder_begin_array(json);
    for (i = 0; i < report->holders->len; i++) {
        const cmdqvDeviceHolder *holder = g_ptr_array_index(report->holders, i);

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
cmdqvCmdHostJsonDevice(JsonBuilder *json, const cmdqvCmdHostReport *report, const cmdqvHostDevice *device)
{
    json_builder_begin_object(json);
    cmdqvToolJsonString(json, "address", device->address);
    cmdqvToolJsonString(json, "vendor", device->vendor);
    cmdqvToolJsonString(json, "device", device->device);
    cmdqvToolJsonString(json, "class", device->class);
    cmdqvToolJsonString(json, "driver", device->driver);
    cmdqvToolJsonString(json, "group", device->group);
    cmdqvToolJsonString(json, "vfio", device->vfio);
    cmdqvCmdHostJsonNode(json, device->node);
    cmdqvCmdHostJsonDomains(json, report, device->address);
    json_builder_end_object(json);
}


static void
cmdqvCmdHostPrintJson(const cmdqvCmdHostReport *report)
{
    g_autoptr(JsonBuilder) json = cmdqvToolJsonBegin(TRUE);
    guint i;
    guint j;

    for (i = 0; i < report->inventory->len; i++) {
        const cmdqvHostSmmu *smmu = g_ptr_array_index(report->inventory, i);

        json_builder_begin_object(json);
        cmdqvToolJsonString(json, "smmu", smmu->name);
        cmdqvToolJsonString(json, "cmdqv", cmdqvCmdHostSupportWords[smmu->cmdqv]);
        cmdqvCmdHostJsonNode(json, smmu->node);
        json_builder_set_member_name(json, "devices");
        json_builder_begin_array(json);
        for (j = 0; j < smmu->devices->len; j++)
            cmdqvCmdHostJsonDevice(json, report, g_ptr_array_index(smmu->devices, j));
        json_builder_end_array(json);
        json_builder_end_object(json);
    }
    cmdqvToolJsonEnd(json);
}


/* Escapes text for a quoted string of Graphviz: a quote ends it, and in a label a backslash begins an escape. */
static char *
cmdqvCmdHostDotEscape(const char *text)
{
    g_autofree char *line = cmdqvTextOneLine(text);
    g_auto(GStrv) backslashes = g_strsplit(line, "\\", -1);
    g_autofree char *doubled = g_strjoinv("\\\\", backslashes);
    g_auto(GStrv) quotes = g_strsplit(doubled, "\"", -1);

    return g_strjoinv("\\\"", quotes);
}


static void
cmdqvCmdHostDotSmmu(const cmdqvHostSmmu *smmu)
{
    g_autofree char *node = cmdqvCmdHostNodeToString(smmu->node);
    guint i;

    (void)printf("  subgraph \"cluster_%s\" {\n    label = \"%s\\nCMDQV: %s, NUMA node: %s\";\n", smmu->name, smmu->name,
                 cmdqvCmdHostSupportWords[smmu->cmdqv], node ? node : "-");
    if (smmu->devices->len == 0)
        (void)printf("    \"%s\" [style = invis];\n", smmu->name);
    for (i = 0; i < smmu->devices->len; i++) {
        const cmdqvHostDevice *device = g_ptr_array_index(smmu->devices, i);

        (void)printf("    \"%s\" [label = \"%s\\n%s\"];\n", device->address, device->address,
                     device->driver ? device->driver : "-");
    }
    (void)printf("  }\n");
}


/* Prints a graph: a box for each SMMU with its devices, and an arrow from each domain to its devices. */
static void
cmdqvCmdHostPrintDot(const cmdqvCmdHostReport *report)
{
    guint i;

    (void)printf("digraph host {\n  rankdir = LR;\n  node [shape = box];\n");
    for (i = 0; i < report->inventory->len; i++)
        cmdqvCmdHostDotSmmu(g_ptr_array_index(report->inventory, i));
    for (i = 0; report->holders && i < report->holders->len; i++) {
        const cmdqvDeviceHolder *holder = g_ptr_array_index(report->holders, i);
        g_autofree char *name = cmdqvCmdHostDotEscape(holder->domain);

        if (!cmdqvSmmuInventoryFind(report->inventory, holder->address, NULL))
            continue;
        (void)printf("  \"domain %s\" [shape = ellipse, label = \"%s\"];\n", name, name);
        (void)printf("  \"domain %s\" -> \"%s\" [style = %s];\n", name, holder->address, holder->running ? "solid" : "dashed");
    }
    (void)printf("}\n");
}


/* Prints a part of nova.conf.  Queries no daemon: a device is offered even if a domain has it now. */
static int
cmdqvCmdHostPrintNova(const cmdqvToolOptions *options)
{
    g_autoptr(GPtrArray) inventory = cmdqvSmmuInventoryRead(options->root);

    if (!cmdqvHostNovaHasDevices(inventory, options->root))
        return cmdqvToolTrouble("host: this host has no device for a guest behind an SMMU with CMDQV");
    cmdqvHostNovaPrint(inventory, options->root);
    return CMDQV_EXIT_SUCCESS;
}


static int
cmdqvCmdHostRun(const cmdqvToolOptions *options, int argc, char **argv)
{
    gboolean json = FALSE;
    gboolean dot = FALSE;
    g_autofree char *shape = NULL;
    const GOptionEntry entries[] = {
        { .long_name = "json", .short_name = 'j', .arg = G_OPTION_ARG_NONE, .arg_data = &json, .description = "Print JSON" },
        { .long_name = "dot", .arg = G_OPTION_ARG_NONE, .arg_data = &dot, .description = "Print a graph for Graphviz" },
        { .long_name = "shape", .arg = G_OPTION_ARG_STRING, .arg_data = &shape,
          .description = "Print a part of nova.conf for OpenStack Nova", .arg_description = "nova" },
        G_OPTION_ENTRY_NULL
    };
    g_autoptr(GPtrArray) inventory = NULL;
    g_autoptr(GPtrArray) holders = NULL;
    g_autoptr(virConnect) conn = NULL;
    int status;

    if (!cmdqvToolParse(&cmdqvCmdHost, entries, &argc, &argv, &status))
        return status;
    if (argc > 1)
        return cmdqvToolUsage(&cmdqvCmdHost, "give no arguments");
    if ((json && dot) || (json && shape) || (dot && shape))
        return cmdqvToolUsage(&cmdqvCmdHost, "--json, --dot and --shape exclude each other");
    if (shape && strcmp(shape, "nova") != 0)
        return cmdqvToolUsage(&cmdqvCmdHost, "give --shape nova");
    if (shape)
        return cmdqvCmdHostPrintNova(options);

    /* the command works without a daemon; only a daemon from the command line must answer */
    status = CMDQV_EXIT_SUCCESS;
    conn = options->uri ? cmdqvToolConnect(options->uri, VIR_CONNECT_RO) : virConnectOpenReadOnly(NULL);
    if (!conn && options->uri)
        status = CMDQV_EXIT_TROUBLE;
    if (conn && cmdqvAskedDaemonIsElsewhere(conn))
        return cmdqvToolTrouble("host: the daemon is on another host; run 'virt-cmdqv host' there");
    if (conn)
        holders = cmdqvDeviceHoldersRead(conn, &status);
    inventory = cmdqvSmmuInventoryRead(options->root);

    const cmdqvCmdHostReport report = { .inventory = inventory, .holders = holders };

    if (json)
        cmdqvCmdHostPrintJson(&report);
    else if (dot)
        cmdqvCmdHostPrintDot(&report);
    else
        cmdqvCmdHostPrintTable(&report);
    return status;
}


const cmdqvToolCommand cmdqvCmdHost = {
    .name = "host",
    .arguments = "[--json|--dot|--shape nova]",
    .summary = "Lists the SMMUs of the host, and the PCI devices behind them.",
    .example = "host --dot",
    .run = cmdqvCmdHostRun,
};
