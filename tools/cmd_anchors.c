/*
 * cmd_anchors.c: virt-cmdqv anchors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <string.h>

#include "domain_list.h"
#include "host/cmdqv_support.h"
#include "table.h"
#include "anchor_rows.h"
#include "virt_cmdqv.h"

#define CMDQV_COLUMNS 9

static const char *const cmdqvHeadings[CMDQV_COLUMNS] = {
    "Domain", "State", "vSMMU", "Bus", "CMDQV", "Anchor", "Host", "Guest", "Source"
};

static int
cmdqvAnchorsAddDomain(GPtrArray *rows, virDomainPtr domain, bool hostMayHaveCmdqv)
{
    g_autoptr(GError) error = NULL;

    if (cmdqvTrackedRead(rows, domain, hostMayHaveCmdqv, &error))
        return CMDQV_EXIT_SOUND;
    return cmdqvToolTrouble("domain '%s': %s", virDomainGetName(domain), error->message);
}


static int
cmdqvAnchorsCollect(GPtrArray *rows, virConnectPtr conn, const char *root, const char *name)
{
    bool hostMayHaveCmdqv = cmdqvHostSupportProbe(root) != CMDQV_HOST_WITHOUT;
    int status = CMDQV_EXIT_SOUND;
    virDomainPtr *domains = NULL;
    int count;
    int i;

    if (name) {
        virDomainPtr domain = virDomainLookupByName(conn, name);

        if (!domain) {
            g_autofree char *reason = cmdqvToolLastError();

            return cmdqvToolTrouble("domain '%s': %s", name, reason);
        }
        status = cmdqvAnchorsAddDomain(rows, domain, hostMayHaveCmdqv);
        virDomainFree(domain);
        return status;
    }

    count = cmdqvDomainsList(conn, &domains);
    if (count < 0) {
        g_autofree char *reason = cmdqvToolLastError();

        return cmdqvToolTrouble("cannot list domains: %s", reason);
    }
    for (i = 0; i < count; i++)
        status = cmdqvToolWorse(status, cmdqvAnchorsAddDomain(rows, domains[i], hostMayHaveCmdqv));
    cmdqvDomainsFree(domains, count);
    return status;
}


static void
cmdqvAnchorsPrintJson(const GPtrArray *rows)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    guint i;

    json_builder_begin_array(json);
    for (i = 0; i < rows->len; i++) {
        const cmdqvTracked *row = g_ptr_array_index(rows, i);

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
    json_builder_end_array(json);
    cmdqvToolPrintJson(json);
}


static void
cmdqvAnchorsCells(const cmdqvTracked *row, const char *cells[CMDQV_COLUMNS])
{
    const char *const values[CMDQV_COLUMNS] = {
        row->domain, row->state, row->vsmmu, row->bus, row->cmdqv, row->anchor, row->host, row->guest, row->source
    };

    memcpy(cells, values, sizeof(values));
}


static void
cmdqvAnchorsPrintTable(const GPtrArray *rows)
{
    g_autoptr(GPtrArray) table = cmdqvTableNew(cmdqvHeadings, CMDQV_COLUMNS);
    guint i;

    for (i = 0; i < rows->len; i++) {
        const char *cells[CMDQV_COLUMNS];

        cmdqvAnchorsCells(g_ptr_array_index(rows, i), cells);
        cmdqvTableAdd(table, cells, CMDQV_COLUMNS);
    }
    cmdqvTablePrint(table);
    for (i = 0; i < rows->len; i++) {
        const cmdqvTracked *row = g_ptr_array_index(rows, i);

        if (row->detail)
            (void)printf("%s: %s: %s\n", row->domain, row->vsmmu ? row->vsmmu : row->bus ? row->bus : "machine-wide SMMU",
                         row->detail);
    }
}


static int
cmdqvAnchorsRun(const cmdqvToolOptions *options, int argc, char **argv)
{
    gboolean json = FALSE;
    const GOptionEntry entries[] = {
        { "json", 'j', 0, G_OPTION_ARG_NONE, &json, "Print JSON", NULL },
        G_OPTION_ENTRY_NULL
    };
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(cmdqvTrackedFree);
    virConnectPtr conn;
    int status;

    if (!cmdqvToolParse(&cmdqvToolAnchors, entries, &argc, &argv, &status))
        return status;
    if (argc > 2)
        return cmdqvToolTrouble("anchors: one domain at most; see 'virt-cmdqv anchors --help'");

    conn = cmdqvToolConnect(options->uri, VIR_CONNECT_RO);
    if (!conn)
        return CMDQV_EXIT_TROUBLE;
    status = cmdqvAnchorsCollect(rows, conn, options->root, argc == 2 ? argv[1] : NULL);
    virConnectClose(conn);

    if (json)
        cmdqvAnchorsPrintJson(rows);
    else if (status == CMDQV_EXIT_SOUND || rows->len > 0)
        cmdqvAnchorsPrintTable(rows);
    return status;
}


const cmdqvToolCommand cmdqvToolAnchors = {
    .name = "anchors",
    .arguments = "[DOMAIN] [--json]",
    .summary = "Lists the device that anchors the CMDQV of each vSMMU.",
    .run = cmdqvAnchorsRun,
};
