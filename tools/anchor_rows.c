/*
 * anchor_rows.c: the anchors of domains, as the tool shows them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "anchor_rows.h"

#include <stdlib.h>
#include <string.h>

#include "conf/domain_xml.h"
#include "conf/xml_read.h"
#include "qemu/anchor.h"
#include "qemu/anchor_xml.h"
#include "policy/running_domain.h"
#include "virt_cmdqv.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(char, free)

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


/* @data: (transfer full): a cmdqvTracked; a GDestroyNotify of the list */
void
cmdqvTrackedFree(gpointer data)
{
    cmdqvTracked *row = data;

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
cmdqvTrackedState(virDomainPtr domain)
{
    int state;

    if (virDomainGetState(domain, &state, NULL, 0) < 0 || state < 0 || (gsize)state >= G_N_ELEMENTS(cmdqvStates))
        return cmdqvStates[VIR_DOMAIN_NOSTATE];
    return cmdqvStates[state];
}


/* One row for an anchor; of several that may be it, one for each. */
static void
cmdqvTrackedAdd(GPtrArray *rows, virDomainPtr domain, const cmdqvAnchor *anchor, const cmdqvEndpoint *endpoint)
{
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    char address[CMDQV_PCI_ADDRESS_LEN];
    cmdqvTracked *row = g_new0(cmdqvTracked, 1);

    (void)virDomainGetUUIDString(domain, uuid);
    row->domain = g_strdup(virDomainGetName(domain));
    row->uuid = g_strdup(uuid);
    row->state = cmdqvTrackedState(domain);
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
cmdqvTrackedAddAll(GPtrArray *rows, virDomainPtr domain, const GPtrArray *anchors, const cmdqvTopology *topology)
{
    guint i;
    guint j;

    for (i = 0; i < anchors->len; i++) {
        const cmdqvAnchor *anchor = g_ptr_array_index(anchors, i);

        if (anchor->endpoints->len == 0)
            cmdqvTrackedAdd(rows, domain, anchor, NULL);
        for (j = 0; j < anchor->endpoints->len; j++)
            cmdqvTrackedAdd(rows, domain, anchor,
                            &g_array_index(topology->endpoints, cmdqvEndpoint,
                                           g_array_index(anchor->endpoints, guint, j)));
    }
}


static bool
cmdqvTrackedAddDefinition(GPtrArray *rows, virDomainPtr domain, bool hostMayHaveCmdqv, GError **error)
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
    cmdqvTrackedAddAll(rows, domain, anchors, definition);
    return true;
}


static bool
cmdqvTrackedAddLive(GPtrArray *rows, virDomainPtr domain, bool hostMayHaveCmdqv, GError **error)
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
        cmdqvTrackedAddAll(rows, domain, live.anchors, live.topology);
    return true;
}


static char *
cmdqvTrackedAttr(const xmlNode *node, const char *name)
{
    return node ? g_strdup(cmdqvXMLAttr(node, name)) : NULL;
}


/* One word of a list that lives as long as the program, as rows expect it. */
static const char *
cmdqvTrackedWord(const xmlNode *node, const char *name)
{
    const char *value = cmdqvXMLAttr(node, name);

    return value ? g_intern_string(value) : NULL;
}


static void
cmdqvTrackedAddElement(GPtrArray *rows, virDomainPtr domain, const xmlNode *vsmmu, const xmlNode *anchor)
{
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    cmdqvTracked *row = g_new0(cmdqvTracked, 1);

    (void)virDomainGetUUIDString(domain, uuid);
    row->domain = g_strdup(virDomainGetName(domain));
    row->uuid = g_strdup(uuid);
    row->state = cmdqvTrackedState(domain);
    row->vsmmu = cmdqvTrackedAttr(vsmmu, "alias");
    row->bus = cmdqvTrackedAttr(vsmmu, "bus");
    row->cmdqv = cmdqvTrackedWord(vsmmu, "cmdqv");
    row->source = cmdqvTrackedWord(vsmmu, "source");
    row->detail = cmdqvTrackedAttr(vsmmu, "detail");
    row->anchor = cmdqvTrackedAttr(anchor, "alias");
    row->host = cmdqvTrackedAttr(anchor, "host");
    row->guest = cmdqvTrackedAttr(anchor, "guest");
    g_ptr_array_add(rows, row);
}


/* The module in the daemon answers for a domain wherever that runs; false where there is none to answer. */
static bool
cmdqvTrackedAddMetadata(GPtrArray *rows, virDomainPtr domain)
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
            cmdqvTrackedAddElement(rows, domain, vsmmu, anchor);
            count++;
        }
        if (count == 0)
            cmdqvTrackedAddElement(rows, domain, vsmmu, NULL);
    }
    return true;
}


/**
 * cmdqvTrackedRead:
 * @rows: (element-type cmdqvTracked): what is found is added
 * @domain: a domain
 * @hostMayHaveCmdqv: whether QEMU's auto may mean on
 * @error: where its XML cannot be read
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvTrackedRead(GPtrArray *rows, virDomainPtr domain, bool hostMayHaveCmdqv, GError **error)
{
    if (virDomainIsActive(domain) != 1)
        return cmdqvTrackedAddDefinition(rows, domain, hostMayHaveCmdqv, error);
    return cmdqvTrackedAddMetadata(rows, domain) || cmdqvTrackedAddLive(rows, domain, hostMayHaveCmdqv, error);
}
