/*
 * cmd_anchors.c: virt-cmdqv anchors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>

#include "anchor_rows.h"
#include "asked_daemon.h"
#include "domain_list.h"
#include "table.h"
#include "virt_cmdqv.h"

#define CMDQV_CMD_ANCHORS_COLUMNS 9

static const char *const cmdqvCmdAnchorsHeadings[CMDQV_CMD_ANCHORS_COLUMNS] = {
    "Domain", "State", "vSMMU", "Bus", "CMDQV", "Anchor", "Host", "Guest", "Source"
};

static int
cmdqvCmdAnchorsAddDomain(GPtrArray *rows, virDomainPtr domain, const cmdqvRuleContextHost *host)
{
    g_autoptr(GError) error = NULL;

    if (cmdqvAnchorRowsRead(rows, domain, host, &error))
        return CMDQV_EXIT_SUCCESS;
    return cmdqvToolTrouble("domain '%s': %s", virDomainGetName(domain), error->message);
}


static int
cmdqvCmdAnchorsCollect(GPtrArray *rows, virConnectPtr conn, const char *root, const char *name)
{
    g_auto(cmdqvRuleContextHost) host = { .root = NULL };
    g_autoptr(GPtrArray) domains = NULL;
    int status = CMDQV_EXIT_SUCCESS;
    guint i;

    cmdqvAskedDaemonHost(conn, root, &host);
    if (name) {
        g_autoptr(virDomain) domain = virDomainLookupByName(conn, name);

        return domain ? cmdqvCmdAnchorsAddDomain(rows, domain, &host) : cmdqvToolTrouble("domain '%s': %s", name, cmdqvToolLastError());
    }

    domains = cmdqvDomainListRead(conn);
    if (!domains)
        return cmdqvToolTrouble("cannot list domains: %s", cmdqvToolLastError());
    for (i = 0; i < domains->len; i++)
        status = cmdqvToolWorse(status, cmdqvCmdAnchorsAddDomain(rows, g_ptr_array_index(domains, i), &host));
    return status;
}


static void
cmdqvCmdAnchorsPrintJson(const GPtrArray *rows)
{
    g_autoptr(JsonBuilder) json = cmdqvToolJsonBegin(TRUE);
    guint i;

    for (i = 0; i < rows->len; i++) {
        const cmdqvAnchorRow *row = g_ptr_array_index(rows, i);

        json_builder_begin_object(json);
        cmdqvToolJsonString(json, "domain", row->domain);
        cmdqvToolJsonString(json, "uuid", row->uuid);
        cmdqvToolJsonString(json, "state", row->state);
        cmdqvToolJsonString(json, "vsmmu", row->vsmmu);
        cmdqvToolJsonString(json, "bus", row->bus);
        cmdqvToolJsonString(json, "cmdqv", row->cmdqv);
        cmdqvToolJsonString(json, "anchor", row->anchor);
        cmdqvToolJsonString(json, "host", row->host);
        cmdqvToolJsonString(json, "guest", row->guest);
        cmdqvToolJsonString(json, "source", row->source);
        cmdqvToolJsonString(json, "detail", row->detail);
        json_builder_end_object(json);
    }
    cmdqvToolJsonEnd(json);
}


static void
cmdqvCmdAnchorsPrintTable(const GPtrArray *rows)
{
    g_autoptr(GPtrArray) table = cmdqvTableNew(cmdqvCmdAnchorsHeadings, CMDQV_CMD_ANCHORS_COLUMNS);
    guint i;

    for (i = 0; i < rows->len; i++) {
        const cmdqvAnchorRow *row = g_ptr_array_index(rows, i);
        const char *const cells[CMDQV_CMD_ANCHORS_COLUMNS] = {
            row->domain, row->state, row->vsmmu, row->bus, row->cmdqv, row->anchor, row->host, row->guest, row->source
        };

        cmdqvTableAdd(table, cells, CMDQV_CMD_ANCHORS_COLUMNS);
    }
    cmdqvTablePrint(table);
    for (i = 0; i < rows->len; i++) {
        const cmdqvAnchorRow *row = g_ptr_array_index(rows, i);

        if (row->detail)
            cmdqvToolPrintLine("%s: %s: %s", row->domain, cmdqvAnchorRowName(row, "machine-wide SMMU"), row->detail);
    }
}


static int
cmdqvCmdAnchorsRun(const cmdqvToolOptions *options, int argc, char **argv)
{
    gboolean json = FALSE;
    const GOptionEntry entries[] = {
        { .long_name = "json", .short_name = 'j', .arg = G_OPTION_ARG_NONE, .arg_data = &json, .description = "Print JSON" },
        G_OPTION_ENTRY_NULL
    };
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(cmdqvAnchorRowFree);
    g_autoptr(virConnect) conn = NULL;
    int status;

    if (!cmdqvToolParse(&cmdqvCmdAnchors, entries, &argc, &argv, &status))
        return status;
    if (argc > 2)
        return cmdqvToolUsage(&cmdqvCmdAnchors, "name one domain at most");

    conn = cmdqvToolConnect(options->uri, VIR_CONNECT_RO);
    if (!conn)
        return CMDQV_EXIT_TROUBLE;
    status = cmdqvCmdAnchorsCollect(rows, conn, options->root, argc == 2 ? argv[1] : NULL);

    if (json)
        cmdqvCmdAnchorsPrintJson(rows);
    else if (status == CMDQV_EXIT_SUCCESS || rows->len > 0)
        cmdqvCmdAnchorsPrintTable(rows);
    return status;
}


static const char cmdqvCmdAnchorsDetails[] =
    "Columns:\n"
    "  Domain, State  the domain, and its state as virsh prints it\n"
    "  vSMMU, Bus     alias of the SMMU, and the PCI bus that it is attached to\n"
    "  CMDQV          on, off, or auto if it is left to QEMU\n"
    "  Anchor         alias of the device on which the CMDQV depends: you cannot detach it\n"
    "                 from the running domain\n"
    "  Host, Guest    PCI addresses of that device on the host and in the guest\n"
    "  Source         argv: read from the running QEMU;\n"
    "                 hotplug: the first device that was hot-plugged;\n"
    "                 definition: the device will be the anchor when the domain starts;\n"
    "                 unknown: each device that may be the anchor is listed, and you can detach none;\n"
    "                 none: no device can be the anchor;\n"
    "                 inactive: the SMMU has no CMDQV";

const cmdqvToolCommand cmdqvCmdAnchors = {
    .name = "anchors",
    .arguments = "[DOMAIN] [--json]",
    .summary = "Lists the device that anchors the CMDQV of each vSMMU.",
    .details = cmdqvCmdAnchorsDetails,
    .example = "anchors guest1",
    .run = cmdqvCmdAnchorsRun,
};
