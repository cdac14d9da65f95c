/*
 * api_metadata.c: let clients read the anchors through libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The module answers virDomainGetMetadata() with its own namespace, so a client
 * on another machine can query anchors, and whether the module is loaded. It
 * stores none of it in the domain, and no client can store anything under that
 * name.
 */

#include <string.h>

#include <libxml/parser.h>

#include "conf/domain_xml.h"
#include "conf/smmu_hiding.h"
#include "conf/xml_read.h"
#include "daemon/acl_gate.h"
#include "daemon/query_as_daemon.h"
#include "daemon/quiet_log.h"
#include "daemon/raise_error.h"
#include "lowering/record.h"
#include "plugin/daemon_context.h"
#include "plugin/domain_facts.h"
#include "plugin/nova_refusal.h"
#include "policy/anchor_ports.h"
#include "policy/definition.h"
#include "qemu/anchor.h"
#include "qemu/anchor_xml.h"
#include "util/error.h"
#include "util/text.h"

/* The prefix of all namespaces of the module, also of other versions. */
#define CMDQV_API_METADATA_OURS "urn:libvirt-cmdqv:"

/* No namespace can have this character, so nothing is ever stored under it. */
#define CMDQV_API_METADATA_NO_NAMESPACE "urn:libvirt-cmdqv:none\001"

/* Invalid XML: libvirt checks domain, rights, flags and state, and then refuses it. */
#define CMDQV_API_METADATA_NO_METADATA "<libvirt-cmdqv-access-check"


static bool
cmdqvApiMetadataIsOfAnchors(int type, const char *uri)
{
    return type == VIR_DOMAIN_METADATA_ELEMENT && g_strcmp0(uri, CMDQV_ANCHOR_XML_NAMESPACE) == 0;
}


/* Returns memory of malloc(), which callers of libvirt free(). */
static char *
cmdqvApiMetadataFormat(GPtrArray *anchors, const cmdqvTopology *topology, const cmdqvTopology *process)
{
    g_autofree char *xml = NULL;

    if (anchors)
        cmdqvAnchorPortsNote(anchors, topology, process);
    xml = cmdqvAnchorXMLFormat(anchors, topology);
    return strdup(xml);
}


static char *
cmdqvApiMetadataLive(virDomainPtr domain)
{
    g_auto(cmdqvRunningDomain) live = { .topology = NULL };

    return cmdqvDomainFactsReadLive(domain, &live, NULL) ? cmdqvApiMetadataFormat(live.anchors, live.topology, live.process) : NULL;
}


static char *
cmdqvApiMetadataConfig(virDomainPtr domain)
{
    g_autoptr(cmdqvTextMalloced) xml = NULL;
    g_autoptr(cmdqvTopology) definition = NULL;
    g_autoptr(GPtrArray) anchors = NULL;

    if (!cmdqvDomainFactsXML(domain, VIR_DOMAIN_XML_INACTIVE, &xml, NULL))
        return NULL;
    if (xml && cmdqvDomainXMLMayHaveSmmu(xml)) {
        definition = cmdqvDefinitionReadOwn(xml, strlen(xml), NULL);
        if (!definition)
            return NULL;
        anchors = cmdqvAnchorTrackDefinition(definition, cmdqvDaemonContextHost()->support != CMDQV_SUPPORT_WITHOUT);
        cmdqvRuleContextHostSettle(cmdqvDaemonContextHost(), anchors, definition);
    }
    return cmdqvApiMetadataFormat(anchors, definition, NULL);
}


/*
 * Returns the metadata that libvirt has stored, without the record of a lowered domain,
 * which is not the client's, and without elements that a client has put into a
 * definition under the module's namespace.
 */
static char *
cmdqvApiMetadataStored(virDomainPtr domain, int type, const char *uri, unsigned int flags)
{
    g_auto(cmdqvQuietLog) quiet G_GNUC_UNUSED = cmdqvQuietLogBegin(cmdqvApiMetadataIsOfAnchors(type, uri));

    if (cmdqvApiMetadataIsOfAnchors(type, uri) ||
        (type == VIR_DOMAIN_METADATA_ELEMENT && g_strcmp0(uri, CMDQV_RECORD_NAMESPACE) == 0))
        uri = CMDQV_API_METADATA_NO_NAMESPACE;
    return CMDQV_REAL(virDomainGetMetadata)(domain, type, uri, flags);
}


CMDQV_EXPORT char *
virDomainGetMetadata(virDomainPtr domain, int type, const char *uri, unsigned int flags)
{
    g_autoptr(cmdqvQueryAsDaemonHandle) own = NULL;
    char *answer;
    int active;

    if (domain && cmdqvApiMetadataIsOfAnchors(type, uri) && cmdqvAclGateIsOfOthers(CMDQV_REAL(virDomainGetConnect)(domain)))
        return CMDQV_REAL(virDomainGetMetadata)(domain, type, uri, flags);
    answer = cmdqvApiMetadataStored(domain, type, uri, flags);
    /* libvirt has checked rights, domain and flags, and has no such metadata: so the module answers */
    if (answer || !cmdqvApiMetadataIsOfAnchors(type, uri) || virGetLastErrorCode() != VIR_ERR_NO_DOMAIN_METADATA)
        return answer;

    own = cmdqvQueryAsDaemonOwnHandle(domain);
    if (!own)
        return cmdqvApiMetadataStored(domain, type, uri, flags);
    active = cmdqvQueryAsDaemonIsActive(own);
    answer = (flags & VIR_DOMAIN_AFFECT_LIVE) || (!(flags & VIR_DOMAIN_AFFECT_CONFIG) && active == 1)
        ? cmdqvApiMetadataLive(own) : cmdqvApiMetadataConfig(own);
    virResetLastError();
    /* without an answer, libvirt's own error stays */
    return answer ? answer : cmdqvApiMetadataStored(domain, type, uri, flags);
}


/*
 * Lets libvirt refuse first, with its own errors: the same call with invalid
 * XML makes it check everything else and then refuse the XML.
 */
static bool
cmdqvApiMetadataIsRefusedByLibvirt(virDomainPtr domain, int type, const char *key, const char *uri, unsigned int flags)
{
    g_auto(cmdqvQuietLog) quiet G_GNUC_UNUSED = cmdqvQuietLogBegin(TRUE);
    static const virErrorNumber aboutXML[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_INTERNAL_ERROR };

    return CMDQV_REAL(virDomainSetMetadata)(domain, type, CMDQV_API_METADATA_NO_METADATA, key, uri, flags) < 0 &&
        !cmdqvRaiseErrorLastErrorIsOneOf(aboutXML, G_N_ELEMENTS(aboutXML));
}


static bool
cmdqvApiMetadataIsOwnNamespace(const xmlNs *ns)
{
    return ns && ns->href && g_str_has_prefix((const char *)ns->href, CMDQV_API_METADATA_OURS);
}


/* The first namespace of the module that an element or an attribute in @root uses. */
static const xmlNs *
cmdqvApiMetadataFind(const xmlNode *root)
{
    const xmlNode *node;

    for (node = root; node; node = cmdqvXMLReadFollowing(node, root, true)) {
        const xmlAttr *attribute = node->type == XML_ELEMENT_NODE ? node->properties : NULL;

        if (node->type == XML_ELEMENT_NODE && cmdqvApiMetadataIsOwnNamespace(node->ns))
            return node->ns;
        for (; attribute; attribute = attribute->next) {
            if (cmdqvApiMetadataIsOwnNamespace(attribute->ns))
                return attribute->ns;
        }
    }
    return NULL;
}


/*
 * The namespace of the module that a client's text uses; NULL if there is none.
 *  Reads the text as libvirt does (virXMLParseHelper(), src/util/virxml.c):
 * expands an entity only in the URI of a namespace. libvirt refuses a text that
 * cannot be read.
 */
static char *
cmdqvApiMetadataNamespace(const char *metadata, const char *uri)
{
    g_autoptr(xmlDoc) doc = NULL;
    const xmlNs *found;
    bool wanting;

    if (uri && g_str_has_prefix(uri, CMDQV_API_METADATA_OURS))
        return cmdqvTextShorten(uri);
    if (!cmdqvSmmuHidingMayHave(metadata, CMDQV_API_METADATA_OURS))
        return NULL;
    doc = cmdqvXMLReadAsLibvirt(metadata, &wanting);
    if (wanting)
        return g_strdup(CMDQV_API_METADATA_OURS);
    found = doc ? cmdqvApiMetadataFind(xmlDocGetRootElement(doc)) : NULL;
    return found ? cmdqvTextShorten((const char *)found->href) : NULL;
}


/*
 * Why a write is refused: a client may not write any namespace of the module,
 * and may not remove the record of a lowered domain.
 */
static char *
cmdqvApiMetadataKept(int type, const char *metadata, const char *uri)
{
    if (type != VIR_DOMAIN_METADATA_ELEMENT)
        return NULL;
    if (metadata)
        return cmdqvApiMetadataNamespace(metadata, uri);
    return g_strcmp0(uri, CMDQV_RECORD_NAMESPACE) == 0 ? g_strdup(uri) : NULL;
}


/* Whether cmdqvApiMetadataKept() must be asked, which reads the caller's text; only searches it. */
static bool
cmdqvApiMetadataMayBeKept(int type, const char *metadata, const char *uri)
{
    return type == VIR_DOMAIN_METADATA_ELEMENT &&
        ((uri && cmdqvTextStarts(uri, CMDQV_API_METADATA_OURS)) || (metadata && cmdqvSmmuHidingMayHave(metadata, CMDQV_API_METADATA_OURS)));
}


CMDQV_EXPORT int
virDomainSetMetadata(virDomainPtr domain, int type, const char *metadata, const char *key, const char *uri,
                     unsigned int flags)
{
    g_autofree char *kept = NULL;
    g_autoptr(cmdqvQueryAsDaemonHandle) own = NULL;
    g_autoptr(cmdqvVerdict) verdict = NULL;
    g_autoptr(xmlDoc) doc = NULL;
    g_autoptr(GError) error = NULL;
    int status = -1;

    virResetLastError();
    if (!domain || !cmdqvApiMetadataMayBeKept(type, metadata, uri) || cmdqvAclGateIsOfOthers(CMDQV_REAL(virDomainGetConnect)(domain)))
        return CMDQV_REAL(virDomainSetMetadata)(domain, type, metadata, key, uri, flags);
    if (CMDQV_ACL_GATE_ASK(CMDQV_REAL(virDomainGetConnect)(domain), __func__, status,
                           CMDQV_REAL(virDomainSetMetadata)(domain, type, metadata, key, uri, flags)) == CMDQV_ACL_GATE_ENDED)
        return status;
    kept = cmdqvApiMetadataKept(type, metadata, uri);
    if (!kept)
        return CMDQV_REAL(virDomainSetMetadata)(domain, type, metadata, key, uri, flags);
    doc = metadata ? cmdqvXMLReadParse(metadata, strlen(metadata), NULL, &error) : NULL;
    if (!doc && g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MALFORMED))
        return CMDQV_REAL(virDomainSetMetadata)(domain, type, metadata, key, uri, flags);
    if (cmdqvApiMetadataIsRefusedByLibvirt(domain, type, key, uri, flags))
        return -1;

    own = cmdqvQueryAsDaemonOwnHandle(domain);
    if (own)
        domain = own;
    verdict = cmdqvVerdictNew(g_strdup_printf("cannot set metadata of domain '%s' with the namespace '%s': libvirt-cmdqv makes its "
                                              "content from the domain and stores none; use another namespace",
                                              CMDQV_REAL(virDomainGetName)(domain), kept));
    cmdqvNovaRefusalRaise(CMDQV_REAL(virDomainGetConnect)(domain), domain, NULL, VIR_ERR_OPERATION_UNSUPPORTED, __func__, verdict);
    return -1;
}
