/*
 * lower.c: lower domains for a libvirt without CMDQV
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * lower_domain.c lowers each domain.
 */

#include "lowering/lower.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "conf/xml_edit.h"
#include "lowering/lower_domain.h"
#include "util/error.h"


/* Calls @visit for each domain in @doc until it returns false. */
static bool
cmdqvLowerEach(xmlDoc *doc, bool (*visit)(xmlNode *domain, gpointer data), gpointer data)
{
    xmlNode *root = xmlDocGetRootElement(doc);
    xmlNode *node;

    if (cmdqvXMLReadIs(root, "domain"))
        return visit(root, data);
    for (node = root->children; node; node = node->next) {
        if ((cmdqvXMLReadIs(node, "domain") || cmdqvXMLReadIs(node, "inactiveDomain")) && !visit(node, data))
            return false;
    }
    return true;
}


static bool
cmdqvLowerHasNone(xmlNode *domain, gpointer data G_GNUC_UNUSED)
{
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLReadNode(domain, NULL);

    return !topology || !cmdqvTopologyHasSmmuBus(topology);
}


/**
 * cmdqvLowerIsNeeded:
 * @doc: a domain, or a snapshot with domains in it, that is not lowered
 *
 * Returns: true if a libvirt that does not know CMDQV would make another domain
 * of it, or there is no memory to find out
 */
bool
cmdqvLowerIsNeeded(xmlDoc *doc)
{
    return !cmdqvLowerEach(doc, cmdqvLowerHasNone, NULL) || !cmdqvXMLEditIsWhole(doc, NULL);
}


/**
 * cmdqvLowerWithout:
 * @domain: a domain that is not lowered
 *
 * Makes the domain for queries of such a libvirt, which knows all controllers,
 * but accepts only one <iommu>, which may be a virtio one.
 *
 * Returns: (transfer full) (nullable): a copy of the domain without its SMMUs,
 * NULL if it is no domain, or there is no memory for it
 */
xmlDoc *
cmdqvLowerWithout(const xmlDoc *domain)
{
    const xmlNode *root = xmlDocGetRootElement(domain);
    g_autoptr(xmlDoc) doc = cmdqvXMLReadIs(root, "domain") ? cmdqvXMLEditAlone(root) : NULL;
    xmlNode *node = doc ? cmdqvXMLReadNextDevice(xmlDocGetRootElement(doc), NULL) : NULL;

    while (node) {
        xmlNode *next = cmdqvXMLReadNextDevice(xmlDocGetRootElement(doc), node);

        if (cmdqvXMLReadIsOf(node, "iommu", "model", "smmuv3"))
            cmdqvXMLEditRemove(node);
        node = next;
    }
    return g_steal_pointer(&doc);
}


typedef struct {
    const cmdqvEmulatorCaps *target;
    bool changed;
    GError **error;
} cmdqvLowerRun;


static bool
cmdqvLowerVisit(xmlNode *domain, gpointer data)
{
    cmdqvLowerRun *run = data;

    return cmdqvLowerDomain(domain, run->target, false, &run->changed, run->error);
}


/**
 * cmdqvLowerDoc:
 * @doc: a domain, or a snapshot with domains in it, that is not lowered
 * @target: the capabilities of its emulator
 * @changed: (out): true if it is another now; else untouched
 * @error: if it cannot be lowered
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvLowerDoc(xmlDoc *doc, const cmdqvEmulatorCaps *target, bool *changed, GError **error)
{
    cmdqvLowerRun run = { .target = target, .error = error };
    bool ok = cmdqvLowerEach(doc, cmdqvLowerVisit, &run);

    *changed = *changed || run.changed;
    return ok;
}
