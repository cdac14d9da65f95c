/*
 * anchors.c: virt-cmdqv anchors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/cmdqvdomainxml.h"
#include "conf/cmdqvxml.h"
#include "host/cmdqvhost.h"
#include "qemu/cmdqvanchor.h"
#include "qemu/cmdqvanchorxml.h"
#include "qemu/cmdqvlive.h"
#include "table.h"
#include "virtcmdqv.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(char, free)

#define CMDQV_COLUMNS 9

/** One SMMU of one domain; strings are its own, NULL where there is nothing to say. */
typedef struct {
    char *domain;
    char *uuid;
    const char *state;
    char *vsmmu;
    char *bus;
    const char *cmdqv;
    char *anchor;
    char *host;
    char *guest;
    const char *source;
    char *detail;
} cmdqvRow;

static const char *const cmdqvHeadings[CMDQV_COLUMNS] = {
    "Domain", "State", "vSMMU", "Bus", "CMDQV", "Anchor", "Host", "Guest", "Source"
};

/* as virsh list has them */
static const char *const cmdqvStates[] = {
    [VIR_DOMAIN_NOSTATE] = "no state",
    [VIR_DOMAIN_RUNNING] = "running",
    [VIR_DOMAIN_BLOCKED] = "idle",
    [VIR_DOMAIN_PAUSED] = "paused",
    [VIR_DOMAIN_SHUTDOWN] = "in shutdown",
    [VIR_DOMAIN_SHUTOFF] = "shut off",
    [VIR_DOMAIN_CRASHED] = "crashed",
    [VIR_DOMAIN_PMSUSPENDED] = "pmsuspended",
};


static void
cmdqvRowFree(gpointer data)
{
    cmdqvRow *row = data;

    g_free(row->domain);
    g_free(row->uuid);
    g_free(row->vsmmu);
    g_free(row->bus);
    g_free(row->anchor);
    g_free(row->host);
    g_free(row->guest);
    g_free(row->detail);
    g_free(row);
}


static const char *
cmdqvAnchorsState(virDomainPtr domain)
{
    int state;

    if (virDomainGetState(domain, &state, NULL, 0) < 0 || state < 0 || (gsize)state >= G_N_ELEMENTS(cmdqvStates))
        return cmdqvStates[VIR_DOMAIN_NOSTATE];
    return cmdqvStates[state];
}


/* One row for an anchor; of several that may be it, one for each. */
static void
cmdqvAnchorsAddRow(GPtrArray *rows, virDomainPtr domain, const cmdqvAnchor *anchor, const cmdqvEndpoint *endpoint)
{
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    char address[CMDQV_PCI_ADDRESS_LEN];
    cmdqvRow *row = g_new0(cmdqvRow, 1);

    (void)virDomainGetUUIDString(domain, uuid);
    row->domain = g_strdup(virDomainGetName(domain));
    row->uuid = g_strdup(uuid);
    row->state = cmdqvAnchorsState(domain);
    row->vsmmu = g_strdup(anchor->smmu.id);
    row->bus = g_strdup(anchor->busName);
    row->cmdqv = cmdqvAnchorSetting(&anchor->smmu);
    row->source = cmdqvAnchorSourceToString(anchor->source);
    row->detail = g_strdup(anchor->detail);
    if (endpoint) {
        row->anchor = g_strdup(endpoint->id);
        if (endpoint->hasHost)
            row->host = g_strdup(cmdqvPCIAddressFormat(&endpoint->host, address));
        if (endpoint->hasGuest)
            row->guest = g_strdup(cmdqvPCIAddressFormat(&endpoint->guest, address));
    }
    g_ptr_array_add(rows, row);
}


static void
cmdqvAnchorsAddRows(GPtrArray *rows, virDomainPtr domain, const GPtrArray *anchors, const cmdqvTopology *topology)
{
    guint i;
    guint j;

    for (i = 0; i < anchors->len; i++) {
        const cmdqvAnchor *anchor = g_ptr_array_index(anchors, i);

        if (anchor->endpoints->len == 0)
            cmdqvAnchorsAddRow(rows, domain, anchor, NULL);
        for (j = 0; j < anchor->endpoints->len; j++)
            cmdqvAnchorsAddRow(rows, domain, anchor,
                               &g_array_index(topology->endpoints, cmdqvEndpoint,
                                              g_array_index(anchor->endpoints, guint, j)));
    }
}


static bool
cmdqvAnchorsAddDefinition(GPtrArray *rows, virDomainPtr domain, bool hostMayHaveCmdqv, GError **error)
{
    g_autoptr(char) xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
    g_autoptr(cmdqvTopology) definition = NULL;
    g_autoptr(GPtrArray) anchors = NULL;

    if (!xml || !cmdqvDomainXMLMayHaveSmmu(xml))
        return true;
    definition = cmdqvDomainXMLRead(xml, strlen(xml), error);
    if (!definition)
        return false;
    anchors = cmdqvAnchorTrackDefinition(definition, hostMayHaveCmdqv);
    cmdqvAnchorsAddRows(rows, domain, anchors, definition);
    return true;
}


static bool
cmdqvAnchorsAddLive(GPtrArray *rows, virDomainPtr domain, bool hostMayHaveCmdqv, GError **error)
{
    g_autoptr(char) xml = virDomainGetXMLDesc(domain, 0);
    g_autoptr(char) uri = virConnectGetURI(virDomainGetConnect(domain));
    g_autofree char *stateDir = cmdqvProcessStateDir(uri);
    const cmdqvProcessPaths paths = { stateDir, "/proc" };
    g_auto(cmdqvLive) live = { NULL, NULL, 0, NULL };
    char uuid[VIR_UUID_STRING_BUFLEN];

    if (!xml || virDomainGetUUIDString(domain, uuid) < 0)
        return true;
    if (!cmdqvLiveRead(xml, virDomainGetName(domain), uuid, &paths, hostMayHaveCmdqv, &live, error))
        return false;
    if (live.anchors)
        cmdqvAnchorsAddRows(rows, domain, live.anchors, live.topology);
    return true;
}


static char *
cmdqvAnchorsAttr(const xmlNode *node, const char *name)
{
    return node ? g_strdup(cmdqvXMLAttr(node, name)) : NULL;
}


/* One word of a list that lives as long as the program, as rows expect it. */
static const char *
cmdqvAnchorsWord(const xmlNode *node, const char *name)
{
    const char *value = cmdqvXMLAttr(node, name);

    return value ? g_intern_string(value) : NULL;
}


static void
cmdqvAnchorsAddElement(GPtrArray *rows, virDomainPtr domain, const xmlNode *vsmmu, const xmlNode *anchor)
{
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    cmdqvRow *row = g_new0(cmdqvRow, 1);

    (void)virDomainGetUUIDString(domain, uuid);
    row->domain = g_strdup(virDomainGetName(domain));
    row->uuid = g_strdup(uuid);
    row->state = cmdqvAnchorsState(domain);
    row->vsmmu = cmdqvAnchorsAttr(vsmmu, "alias");
    row->bus = cmdqvAnchorsAttr(vsmmu, "bus");
    row->cmdqv = cmdqvAnchorsWord(vsmmu, "cmdqv");
    row->source = cmdqvAnchorsWord(vsmmu, "source");
    row->detail = cmdqvAnchorsAttr(vsmmu, "detail");
    row->anchor = cmdqvAnchorsAttr(anchor, "alias");
    row->host = cmdqvAnchorsAttr(anchor, "host");
    row->guest = cmdqvAnchorsAttr(anchor, "guest");
    g_ptr_array_add(rows, row);
}


/* The module in the daemon answers for a domain wherever that runs; false where there is none to answer. */
static bool
cmdqvAnchorsAddMetadata(GPtrArray *rows, virDomainPtr domain)
{
    g_autoptr(char) xml = virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, CMDQV_ANCHOR_XML_NAMESPACE,
                                               VIR_DOMAIN_AFFECT_LIVE);
    g_autoptr(xmlDoc) doc = xml ? cmdqvXMLParse(xml, strlen(xml), NULL, NULL) : NULL;
    const xmlNode *vsmmu;
    const xmlNode *anchor;

    if (!doc)
        return false;
    for (vsmmu = xmlDocGetRootElement(doc)->children; vsmmu; vsmmu = vsmmu->next) {
        guint count = 0;

        if (vsmmu->type != XML_ELEMENT_NODE)
            continue;
        for (anchor = vsmmu->children; anchor; anchor = anchor->next) {
            if (anchor->type != XML_ELEMENT_NODE)
                continue;
            cmdqvAnchorsAddElement(rows, domain, vsmmu, anchor);
            count++;
        }
        if (count == 0)
            cmdqvAnchorsAddElement(rows, domain, vsmmu, NULL);
    }
    return true;
}


static int
cmdqvAnchorsAddDomain(GPtrArray *rows, virDomainPtr domain, bool hostMayHaveCmdqv)
{
    g_autoptr(GError) error = NULL;
    bool ok;

    if (virDomainIsActive(domain) != 1)
        ok = cmdqvAnchorsAddDefinition(rows, domain, hostMayHaveCmdqv, &error);
    else
        ok = cmdqvAnchorsAddMetadata(rows, domain) || cmdqvAnchorsAddLive(rows, domain, hostMayHaveCmdqv, &error);
    return ok ? CMDQV_EXIT_SOUND : cmdqvToolTrouble("domain '%s': %s", virDomainGetName(domain), error->message);
}


static int
cmdqvAnchorsCollect(GPtrArray *rows, virConnectPtr conn, const char *name)
{
    bool hostMayHaveCmdqv = cmdqvHostSupportProbe("") != CMDQV_HOST_WITHOUT;
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

    count = virConnectListAllDomains(conn, &domains, 0);
    if (count < 0) {
        g_autofree char *reason = cmdqvToolLastError();

        return cmdqvToolTrouble("cannot list domains: %s", reason);
    }
    for (i = 0; i < count; i++) {
        status = cmdqvToolWorse(status, cmdqvAnchorsAddDomain(rows, domains[i], hostMayHaveCmdqv));
        virDomainFree(domains[i]);
    }
    free(domains);
    return status;
}


static void
cmdqvAnchorsPrintJson(const GPtrArray *rows)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    guint i;

    json_builder_begin_array(json);
    for (i = 0; i < rows->len; i++) {
        const cmdqvRow *row = g_ptr_array_index(rows, i);

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
cmdqvAnchorsCells(const cmdqvRow *row, const char *cells[CMDQV_COLUMNS])
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
        const cmdqvRow *row = g_ptr_array_index(rows, i);

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
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(cmdqvRowFree);
    virConnectPtr conn;
    int status;

    if (!cmdqvToolParse(&cmdqvToolAnchors, entries, &argc, &argv, &status))
        return status;
    if (argc > 2)
        return cmdqvToolTrouble("anchors: one domain at most; see 'virt-cmdqv anchors --help'");

    conn = cmdqvToolConnect(options->uri, VIR_CONNECT_RO);
    if (!conn)
        return CMDQV_EXIT_TROUBLE;
    status = cmdqvAnchorsCollect(rows, conn, argc == 2 ? argv[1] : NULL);
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
