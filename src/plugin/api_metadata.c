/*
 * plugin/api_metadata.c: the anchors, to be read through libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * virDomainGetMetadata() with our namespace is answered here, so that a client
 * on another machine can ask, also whether the module is there.  Nothing of it
 * is stored in the domain, and nothing can be stored by that name.
 */

#include <string.h>

#include "conf/xml_read.h"
#include "daemon/query_as_daemon.h"
#include "plugin/domain_facts.h"
#include "daemon/raise_error.h"
#include "qemu/anchor.h"
#include "qemu/anchor_xml.h"
#include "lowering/record.h"
#include "util/error.h"

/* No namespace can have such a character, so nothing is ever stored under it. */
#define CMDQV_NO_NAMESPACE "urn:libvirt-cmdqv:none\001"

/* No XML: libvirt looks at domain, rights, flags and state, and then stops. */
#define CMDQV_NO_METADATA "<libvirt-cmdqv-access-check"


static bool
cmdqvMetadataIsOurs(int type, const char *uri)
{
    return type == VIR_DOMAIN_METADATA_ELEMENT && g_strcmp0(uri, CMDQV_ANCHOR_XML_NAMESPACE) == 0;
}


/* In memory of malloc(), as callers of libvirt free() it. */
static char *
cmdqvMetadataFormat(const GPtrArray *anchors, const cmdqvTopology *topology)
{
    g_autofree char *xml = cmdqvAnchorXMLFormat(anchors, topology);

    return strdup(xml);
}


static char *
cmdqvMetadataLive(virDomainPtr domain)
{
    g_auto(cmdqvLive) live = { NULL, NULL, 0, NULL };

    return cmdqvFactsReadLive(domain, &live, NULL) ? cmdqvMetadataFormat(live.anchors, live.topology) : NULL;
}


static char *
cmdqvMetadataConfig(virDomainPtr domain)
{
    g_autoptr(cmdqvTopology) definition = NULL;
    g_autoptr(GPtrArray) anchors = NULL;

    if (!cmdqvFactsReadDefinition(domain, &definition, NULL))
        return NULL;
    if (definition)
        anchors = cmdqvAnchorTrackDefinition(definition, cmdqvFactsHostSupport() != CMDQV_HOST_WITHOUT);
    return cmdqvMetadataFormat(anchors, definition);
}


/*
 * What libvirt has stored.  The record of a lowered domain is not the client's: it
 * has none of that.  And what somebody has put in a definition under our namespace
 * is no answer of ours.
 */
static char *
cmdqvMetadataStored(virDomainPtr domain, int type, const char *uri, unsigned int flags)
{
    if (cmdqvMetadataIsOurs(type, uri) ||
        (type == VIR_DOMAIN_METADATA_ELEMENT && g_strcmp0(uri, CMDQV_LOWERED_NAMESPACE) == 0))
        uri = CMDQV_NO_NAMESPACE;
    return CMDQV_REAL(virDomainGetMetadata)(domain, type, uri, flags);
}


CMDQV_EXPORT char *
virDomainGetMetadata(virDomainPtr domain, int type, const char *uri, unsigned int flags)
{
    char *answer = cmdqvMetadataStored(domain, type, uri, flags);
    int active;

    /* libvirt has looked at rights, domain and flags, and says that it has none of this: so it is ours to say */
    if (answer || !cmdqvMetadataIsOurs(type, uri) || virGetLastErrorCode() != VIR_ERR_NO_DOMAIN_METADATA)
        return answer;

    active = cmdqvAskIsActive(domain);
    answer = (flags & VIR_DOMAIN_AFFECT_LIVE) || (!(flags & VIR_DOMAIN_AFFECT_CONFIG) && active == 1)
        ? cmdqvMetadataLive(domain) : cmdqvMetadataConfig(domain);
    virResetLastError();
    /* what cannot be told leaves it at libvirt's own words */
    return answer ? answer : cmdqvMetadataStored(domain, type, uri, flags);
}


/*
 * Whatever libvirt would refuse it refuses first, in its own words: with the
 * same call and a text that is no XML it looks at everything else and then stops.
 */
static bool
cmdqvMetadataIsRefusedByLibvirt(virDomainPtr domain, int type, const char *key, const char *uri, unsigned int flags)
{
    static const virErrorNumber aboutXML[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_INTERNAL_ERROR };

    return CMDQV_REAL(virDomainSetMetadata)(domain, type, CMDQV_NO_METADATA, key, uri, flags) < 0 &&
        !cmdqvLastErrorIsOneOf(aboutXML, G_N_ELEMENTS(aboutXML));
}


/* What may not be written: an answer of ours; what may not go either: the record of a lowered domain. */
static bool
cmdqvMetadataIsKept(int type, const char *metadata, const char *uri)
{
    return (metadata && cmdqvMetadataIsOurs(type, uri)) ||
        (type == VIR_DOMAIN_METADATA_ELEMENT && g_strcmp0(uri, CMDQV_LOWERED_NAMESPACE) == 0);
}


CMDQV_EXPORT int
virDomainSetMetadata(virDomainPtr domain, int type, const char *metadata, const char *key, const char *uri,
                     unsigned int flags)
{
    g_autoptr(cmdqvVerdict) verdict = NULL;
    g_autoptr(xmlDoc) doc = NULL;
    g_autoptr(GError) error = NULL;

    if (!domain || !cmdqvMetadataIsKept(type, metadata, uri))
        return CMDQV_REAL(virDomainSetMetadata)(domain, type, metadata, key, uri, flags);
    doc = metadata ? cmdqvXMLParse(metadata, strlen(metadata), NULL, &error) : NULL;
    if (!doc && g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MALFORMED))
        return CMDQV_REAL(virDomainSetMetadata)(domain, type, metadata, key, uri, flags);
    if (cmdqvMetadataIsRefusedByLibvirt(domain, type, key, uri, flags))
        return -1;

    verdict = g_new0(cmdqvVerdict, 1);
    verdict->message = g_strdup_printf("cannot set metadata of domain '%s' with the namespace '%s': what is read there is "
                                       "concluded from the domain and never stored; use another namespace",
                                       CMDQV_REAL(virDomainGetName)(domain), uri);
    cmdqvRaiseVerdict(domain, VIR_ERR_OPERATION_UNSUPPORTED, __func__, verdict);
    return -1;
}
