/*
 * nova_request.c: read the request of a flavor of OpenStack Nova
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Nova writes the extra specs of the flavor into the metadata of the domain
 * (LibvirtConfigGuestMetaNovaFlavorExtraSpecs, nova/virt/libvirt/config.py):
 *
 *   <nova:instance><nova:flavor><nova:extraSpecs>
 *     <nova:extraSpec name="cmdqv:mode">on</nova:extraSpec>
 */

#include "layout/nova_request.h"

#include <string.h>

#include "conf/xml_edit.h"
#include "util/error.h"
#include "util/text.h"

static bool
cmdqvNovaRequestIs(const xmlNode *node, const char *name)
{
    return node->ns && node->ns->href && g_str_has_prefix((const char *)node->ns->href, CMDQV_TOPOLOGY_NOVA_NAMESPACE) &&
        strcmp((const char *)node->name, name) == 0;
}


static xmlNode *
cmdqvNovaRequestChild(const xmlNode *parent, const char *name)
{
    xmlNode *node = NULL;

    while (parent && (node = cmdqvXMLEditNextElement(parent, node))) {
        if (cmdqvNovaRequestIs(node, name))
            return node;
    }
    return NULL;
}


/* The text of an element, NULL without one. */
static char *
cmdqvNovaRequestText(const xmlNode *node)
{
    return node ? g_strstrip(cmdqvXMLReadText(node)) : NULL;
}


/* The extra spec of that name, NULL if the flavor has none. */
static char *
cmdqvNovaRequestExtraSpec(const xmlNode *specs, const char *name)
{
    xmlNode *spec = NULL;

    while (specs && (spec = cmdqvXMLEditNextElement(specs, spec))) {
        if (cmdqvNovaRequestIs(spec, "extraSpec") && g_strcmp0(cmdqvXMLReadAttr(spec, "name"), name) == 0)
            return cmdqvNovaRequestText(spec);
    }
    return NULL;
}


/* Reads an extra spec that is on or off; without it @value is not changed. */
static bool
cmdqvNovaRequestReadSwitch(const xmlNode *specs, const char *name, bool *value, GError **error)
{
    g_autofree char *text = cmdqvNovaRequestExtraSpec(specs, name);
    g_autofree char *quoted = NULL;

    if (!text)
        return true;
    *value = strcmp(text, "on") == 0;
    if (*value || strcmp(text, "off") == 0)
        return true;
    quoted = cmdqvTextShorten(text);
    return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "the flavor's extra spec %s is '%s', and not 'on' or 'off'", name, quoted);
}


/**
 * cmdqvNovaRequestClear:
 * @request: a request; its strings are freed
 */
void
cmdqvNovaRequestClear(cmdqvNovaRequest *request)
{
    g_clear_pointer(&request->domain, g_free);
    g_clear_pointer(&request->uuid, g_free);
    g_clear_pointer(&request->instance, g_free);
    g_clear_pointer(&request->flavor, g_free);
}


/**
 * cmdqvNovaRequestReadNode:
 * @root: (nullable): the root element of a domain
 * @request: (out): the request of Nova in it; all false and NULL if it is not Nova's
 * @error: CMDQV_ERROR_INVALID if the flavor has an invalid request
 *
 * The elements are those of LibvirtConfigGuestMetaNovaInstance
 * (nova/virt/libvirt/config.py).
 *
 * Returns: true, or false with @error set; @request is to be cleared in both
 * cases
 */
bool
cmdqvNovaRequestReadNode(const xmlNode *root, cmdqvNovaRequest *request, GError **error)
{
    const xmlNode *instance = cmdqvNovaRequestChild(root ? cmdqvXMLReadChild(root, "metadata") : NULL, "instance");
    const xmlNode *flavor = cmdqvNovaRequestChild(instance, "flavor");
    const xmlNode *specs = cmdqvNovaRequestChild(flavor, "extraSpecs");

    *request = (cmdqvNovaRequest){ .hasSpecs = specs != NULL };
    if (!instance)
        return true;
    request->domain = cmdqvNovaRequestText(cmdqvXMLReadChild(root, "name"));
    request->uuid = cmdqvNovaRequestText(cmdqvXMLReadChild(root, "uuid"));
    request->instance = cmdqvNovaRequestText(cmdqvNovaRequestChild(instance, "name"));
    request->flavor = flavor ? g_strdup(cmdqvXMLReadAttr(flavor, "name")) : NULL;
    return cmdqvNovaRequestReadSwitch(specs, CMDQV_NOVA_REQUEST_EXTRA_SPEC, &request->asks, error) &&
        cmdqvNovaRequestReadSwitch(specs, CMDQV_NOVA_REQUEST_PORTS, &request->takesPorts, error);
}


/**
 * cmdqvNovaRequestParse:
 * @domain: domain XML
 *
 * For a domain that is not Nova's, the only cost is a search in its text.
 *
 * Returns: (transfer full) (nullable): the domain, NULL if it is not Nova's, or
 * cannot be read: other checks refuse that
 */
xmlDoc *
cmdqvNovaRequestParse(const char *domain)
{
    return strstr(domain, CMDQV_TOPOLOGY_NOVA_NAMESPACE) ? cmdqvXMLReadParse(domain, strlen(domain), "domain", NULL) : NULL;
}


/**
 * cmdqvNovaRequestRead:
 * @domain: domain XML
 * @request: (out): as cmdqvNovaRequestReadNode()
 * @error: CMDQV_ERROR_INVALID if the flavor has an invalid request
 *
 * XML that cannot be read has no request.
 *
 * Returns: as cmdqvNovaRequestReadNode()
 */
bool
cmdqvNovaRequestRead(const char *domain, cmdqvNovaRequest *request, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvNovaRequestParse(domain);

    return cmdqvNovaRequestReadNode(xmlDocGetRootElement(doc), request, error);
}


/**
 * cmdqvNovaRequestAround:
 * @domain: name of a domain
 * @uuid: its UUID
 * @instance: Nova's element of its metadata, as virDomainGetMetadata() returns
 *   it: without the namespace
 *
 * Returns: (transfer full) (nullable): domain XML for cmdqvNovaRequestRead();
 * NULL if it is another element
 */
char *
cmdqvNovaRequestAround(const char *domain, const char *uuid, const char *instance)
{
    const char *rest = cmdqvTextStarts(instance, "<instance") ? instance + strlen("<instance") : NULL;
    g_autofree char *name = g_markup_escape_text(domain, -1);

    if (!rest)
        return NULL;
    return g_strdup_printf("<domain><name>%s</name><uuid>%s</uuid><metadata><instance xmlns='" CMDQV_NOVA_REQUEST_NAMESPACE "'%s"
                           "</metadata></domain>", name, uuid, rest);
}
