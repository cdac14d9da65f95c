/*
 * anchor_rows.c: read the anchors of domains for the tool's commands
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "anchor_rows.h"

#include <string.h>

#include "asked_daemon.h"
#include "virt_cmdqv.h"
#include "conf/domain_xml.h"
#include "conf/xml_read.h"
#include "policy/anchor_ports.h"
#include "policy/definition.h"
#include "policy/running_domain.h"
#include "qemu/anchor.h"
#include "qemu/anchor_xml.h"
#include "qemu/libvirt_driver.h"
#include "util/text.h"

/* as in virsh list */
static const char *const cmdqvAnchorRowsStates[] = {
    [VIR_DOMAIN_NOSTATE] = "no state",
    [VIR_DOMAIN_RUNNING] = "running",
    [VIR_DOMAIN_BLOCKED] = "idle",
    [VIR_DOMAIN_PAUSED] = "paused",
    [VIR_DOMAIN_SHUTDOWN] = "in shutdown",
    [VIR_DOMAIN_SHUTOFF] = "shut off",
    [VIR_DOMAIN_CRASHED] = "crashed",
    [VIR_DOMAIN_PMSUSPENDED] = "pmsuspended",
};


/* @data: (transfer full): a cmdqvAnchorRow; a GDestroyNotify of the list */
void
cmdqvAnchorRowFree(gpointer data)
{
    cmdqvAnchorRow *row = data;

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


/**
 * cmdqvAnchorRowName:
 * @row: an SMMU
 * @machineWide: name of the machine-wide SMMU, which has no alias and no bus
 *
 * Returns: (transfer none): its name for a message
 */
const char *
cmdqvAnchorRowName(const cmdqvAnchorRow *row, const char *machineWide)
{
    if (row->vsmmu)
        return row->vsmmu;
    return row->bus ? row->bus : machineWide;
}


static const char *
cmdqvAnchorRowState(virDomainPtr domain)
{
    int state;

    if (virDomainGetState(domain, &state, NULL, 0) < 0 || state < 0 || (gsize)state >= G_N_ELEMENTS(cmdqvAnchorRowsStates))
        return cmdqvAnchorRowsStates[VIR_DOMAIN_NOSTATE];
    return cmdqvAnchorRowsStates[state];
}


/* Adds a row of the domain: (transfer none). */
static cmdqvAnchorRow *
cmdqvAnchorRowNew(GPtrArray *rows, virDomainPtr domain)
{
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    cmdqvAnchorRow *row = g_new0(cmdqvAnchorRow, 1);

    (void)virDomainGetUUIDString(domain, uuid);
    row->domain = g_strdup(virDomainGetName(domain));
    row->uuid = g_strdup(uuid);
    row->state = cmdqvAnchorRowState(domain);
    g_ptr_array_add(rows, row);
    return row;
}


/* Adds one row for an anchor, or one for each candidate if it is unknown. */
static void
cmdqvAnchorRowAdd(GPtrArray *rows, virDomainPtr domain, const cmdqvAnchor *anchor, const cmdqvEndpoint *endpoint)
{
    char address[CMDQV_PCI_ADDRESS_LEN];
    cmdqvAnchorRow *row = cmdqvAnchorRowNew(rows, domain);

    row->vsmmu = g_strdup(anchor->smmu.id);
    row->bus = g_strdup(anchor->busName);
    row->cmdqv = cmdqvAnchorSetting(&anchor->smmu);
    row->source = cmdqvAnchorSourceToString(anchor->source);
    row->detail = g_strdup(anchor->detail);
    if (!endpoint)
        return;
    row->anchor = g_strdup(endpoint->id);
    if (endpoint->hasHost)
        row->host = g_strdup(cmdqvPCIAddressFormat(&endpoint->host, address));
    if (endpoint->hasGuest)
        row->guest = g_strdup(cmdqvPCIAddressFormat(&endpoint->guest, address));
}


static void
cmdqvAnchorRowAddAll(GPtrArray *rows, virDomainPtr domain, GPtrArray *anchors, const cmdqvTopology *topology, const cmdqvTopology *process)
{
    guint i;
    guint j;

    cmdqvAnchorPortsNote(anchors, topology, process);
    for (i = 0; i < anchors->len; i++) {
        const cmdqvAnchor *anchor = g_ptr_array_index(anchors, i);

        if (anchor->endpoints->len == 0)
            cmdqvAnchorRowAdd(rows, domain, anchor, NULL);
        for (j = 0; j < anchor->endpoints->len; j++)
            cmdqvAnchorRowAdd(rows, domain, anchor,
                              &g_array_index(topology->endpoints, cmdqvEndpoint,
                                             g_array_index(anchor->endpoints, guint, j)));
    }
}


static bool
cmdqvAnchorRowAddDefinition(GPtrArray *rows, virDomainPtr domain, const cmdqvRuleContextHost *host, GError **error)
{
    g_autoptr(cmdqvTextMalloced) xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
    g_autoptr(cmdqvTopology) definition = NULL;
    g_autoptr(GPtrArray) anchors = NULL;

    if (!xml || !cmdqvDomainXMLMayHaveSmmu(xml))
        return true;
    definition = cmdqvDefinitionReadOwn(xml, strlen(xml), error);
    if (!definition)
        return false;
    anchors = cmdqvAnchorTrackDefinition(definition, host->support != CMDQV_SUPPORT_WITHOUT);
    cmdqvRuleContextHostSettle(host, anchors, definition);
    cmdqvAnchorRowAddAll(rows, domain, anchors, definition, NULL);
    return true;
}


static bool
cmdqvAnchorRowAddLive(GPtrArray *rows, virDomainPtr domain, const cmdqvRuleContextHost *host, GError **error)
{
    g_autoptr(cmdqvTextMalloced) xml = virDomainGetXMLDesc(domain, 0);
    g_autoptr(cmdqvTextMalloced) uri = virConnectGetURI(virDomainGetConnect(domain));
    g_autofree char *stateDir = host->root ? cmdqvLibvirtDriverStateDir(uri) : NULL;
    const cmdqvProcessPaths paths = { .stateDir = stateDir, .proc = "/proc" };
    g_auto(cmdqvRunningDomain) live = { .topology = NULL };
    char uuid[VIR_UUID_STRING_BUFLEN];

    if (!xml || virDomainGetUUIDString(domain, uuid) < 0)
        return true;
    if (!cmdqvRunningDomainRead(xml, virDomainGetName(domain), uuid, &paths, host->support != CMDQV_SUPPORT_WITHOUT, &live, error))
        return false;
    if (live.anchors) {
        cmdqvRuleContextHostSettle(host, live.anchors, live.topology);
        cmdqvAnchorRowAddAll(rows, domain, live.anchors, live.topology, live.process);
    }
    return true;
}


static char *
cmdqvAnchorRowAttr(const xmlNode *node, const char *name)
{
    return node ? g_strdup(cmdqvXMLReadAttr(node, name)) : NULL;
}


/* The static word for an attribute, because rows do not own their words. */
static const char *
cmdqvAnchorRowWord(const xmlNode *node, const char *name)
{
    const char *value = cmdqvXMLReadAttr(node, name);

    return value ? g_intern_string(value) : NULL;
}


static void
cmdqvAnchorRowAddElement(GPtrArray *rows, virDomainPtr domain, const xmlNode *vsmmu, const xmlNode *anchor)
{
    cmdqvAnchorRow *row = cmdqvAnchorRowNew(rows, domain);

    row->vsmmu = cmdqvAnchorRowAttr(vsmmu, "alias");
    row->bus = cmdqvAnchorRowAttr(vsmmu, "bus");
    row->cmdqv = cmdqvAnchorRowWord(vsmmu, "cmdqv");
    row->source = cmdqvAnchorRowWord(vsmmu, "source");
    row->detail = cmdqvAnchorRowAttr(vsmmu, "detail");
    row->anchor = cmdqvAnchorRowAttr(anchor, "alias");
    row->host = cmdqvAnchorRowAttr(anchor, "host");
    row->guest = cmdqvAnchorRowAttr(anchor, "guest");
}


/* Queries the module in the daemon, which works for another host too; false if the daemon has no module. */
static bool
cmdqvAnchorRowAddMetadata(GPtrArray *rows, virDomainPtr domain)
{
    g_autoptr(cmdqvTextMalloced) xml = virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, CMDQV_ANCHOR_XML_NAMESPACE,
                                               VIR_DOMAIN_AFFECT_LIVE);
    g_autoptr(xmlDoc) doc = xml ? cmdqvXMLReadParse(xml, strlen(xml), NULL, NULL) : NULL;
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
            cmdqvAnchorRowAddElement(rows, domain, vsmmu, anchor);
            count++;
        }
        if (count == 0)
            cmdqvAnchorRowAddElement(rows, domain, vsmmu, NULL);
    }
    return true;
}


/**
 * cmdqvAnchorRowsRead:
 * @rows: (element-type cmdqvAnchorRow): gets the rows of the domain
 * @domain: a domain
 * @host: of the domain
 * @error: if its XML cannot be read
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvAnchorRowsRead(GPtrArray *rows, virDomainPtr domain, const cmdqvRuleContextHost *host, GError **error)
{
    if (virDomainIsActive(domain) != 1)
        return cmdqvAnchorRowAddDefinition(rows, domain, host, error);
    return cmdqvAnchorRowAddMetadata(rows, domain) || cmdqvAnchorRowAddLive(rows, domain, host, error);
}
