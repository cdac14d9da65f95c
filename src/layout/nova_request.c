/*
 * plugin/nova_layout.c: what a flavor of OpenStack Nova asks for
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

/* Versions follow; that of 2025 is 1.1. */
#define CMDQV_NOVA_NAMESPACE "http://openstack.org/xmlns/libvirt/nova/"


static bool
cmdqvNovaIs(const xmlNode *node, const char *name)
{
    return node->ns && node->ns->href && g_str_has_prefix((const char *)node->ns->href, CMDQV_NOVA_NAMESPACE) &&
        strcmp((const char *)node->name, name) == 0;
}


static xmlNode *
cmdqvNovaChild(const xmlNode *parent, const char *name)
{
    xmlNode *node = NULL;

    while (parent && (node = cmdqvXMLNextElement(parent, node))) {
        if (cmdqvNovaIs(node, name))
            return node;
    }
    return NULL;
}


/* The extra spec of that name, NULL where the flavor has none. */
static char *
cmdqvNovaExtraSpec(const xmlNode *root, const char *name)
{
    const xmlNode *metadata = cmdqvXMLChild(root, "metadata");
    const xmlNode *specs = cmdqvNovaChild(cmdqvNovaChild(cmdqvNovaChild(metadata, "instance"), "flavor"), "extraSpecs");
    xmlNode *spec = NULL;

    while (specs && (spec = cmdqvXMLNextElement(specs, spec))) {
        if (cmdqvNovaIs(spec, "extraSpec") && g_strcmp0(cmdqvXMLAttr(spec, "name"), name) == 0)
            return g_strstrip(cmdqvXMLText(spec));
    }
    return NULL;
}


/**
 * cmdqvNovaAsks:
 * @domain: domain XML
 * @asks: (out): whether it is Nova's, of a flavor that asks for the layout
 * @error: CMDQV_ERROR_INVALID where the flavor says something else
 *
 * XML that cannot be read asks for nothing: it is judged as any other.  A
 * domain of another origin costs a search through its text.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvNovaAsks(const char *domain, bool *asks, GError **error)
{
    g_autoptr(xmlDoc) doc = strstr(domain, CMDQV_NOVA_EXTRA_SPEC)
        ? cmdqvXMLParse(domain, strlen(domain), "domain", NULL) : NULL;
    g_autofree char *mode = doc ? cmdqvNovaExtraSpec(xmlDocGetRootElement(doc), CMDQV_NOVA_EXTRA_SPEC) : NULL;
    g_autofree char *quoted = NULL;

    *asks = g_strcmp0(mode, "on") == 0;
    if (!mode || *asks || strcmp(mode, "off") == 0)
        return true;
    quoted = cmdqvStringShorten(mode);
    g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "the flavor's extra spec " CMDQV_NOVA_EXTRA_SPEC " is '%s'; it must be "
                "'on' or 'off'", quoted);
    return false;
}
