/*
 * cmdqvdomainedit.c: domain XML, changed as libvirt would change it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/cmdqvdomainedit.h"

#include <string.h>

#include "conf/cmdqvdomainxml.h"
#include "conf/cmdqvxml.h"
#include "util/cmdqverror.h"


static char *
cmdqvDomainEditDump(xmlDoc *doc)
{
    xmlChar *text = NULL;
    int len = 0;
    char *copy;

    xmlDocDumpMemory(doc, &text, &len);
    copy = g_strndup(text ? (const char *)text : "", len > 0 ? (gsize)len : 0);
    xmlFree(text);
    return copy;
}


/* The device as an element of @doc, belonging to nothing yet. */
static xmlNode *
cmdqvDomainEditImport(xmlDoc *doc, const char *device, GError **error)
{
    g_autoptr(xmlDoc) other = cmdqvXMLParse(device, strlen(device), NULL, error);

    return other ? xmlDocCopyNode(xmlDocGetRootElement(other), doc, 1) : NULL;
}


static xmlNode *
cmdqvDomainEditDevices(const xmlDoc *doc, GError **error)
{
    xmlNode *devices = cmdqvXMLChild(xmlDocGetRootElement(doc), "devices");

    if (!devices)
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "the domain has no <devices>");
    return devices;
}


/**
 * cmdqvDomainEditAddDevice:
 * @domain: inactive domain XML
 * @device: the XML of a device
 * @error: where one of them cannot be read
 *
 * Returns: (transfer full): the domain with the device as its last, NULL with
 * @error set
 */
char *
cmdqvDomainEditAddDevice(const char *domain, const char *device, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(domain, strlen(domain), "domain", error);
    xmlNode *devices = doc ? cmdqvDomainEditDevices(doc, error) : NULL;
    xmlNode *node = devices ? cmdqvDomainEditImport(doc, device, error) : NULL;

    if (!node)
        return NULL;
    (void)xmlAddChild(devices, node);
    return cmdqvDomainEditDump(doc);
}


/* The element in @domain at the line of its endpoint that the device XML designates. */
static xmlNode *
cmdqvDomainEditFind(xmlNode *devices, const cmdqvDevice *designation, const cmdqvTopology *topology)
{
    const cmdqvEndpoint *endpoint = cmdqvTopologyGetEndpoint(topology, cmdqvDeviceFind(designation, topology, false));
    xmlNode *node;

    for (node = devices->children; endpoint && node; node = node->next) {
        if (cmdqvXMLIs(node, endpoint->element) && cmdqvXMLLine(node) == endpoint->line)
            return node;
    }
    return NULL;
}


/**
 * cmdqvDomainEditReplaceDevice:
 * @domain: inactive domain XML as libvirt formats it, each element on a line of
 *   its own
 * @designation: @device, read
 * @device: the XML of a device
 * @error: where one of them cannot be read
 *
 * Returns: (transfer full) (nullable): the domain with @device in the place of
 * the one that it designates; NULL with @error set, or without if it designates
 * none
 */
char *
cmdqvDomainEditReplaceDevice(const char *domain, const cmdqvDevice *designation, const char *device, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(domain, strlen(domain), "domain", error);
    xmlNode *devices = doc ? cmdqvDomainEditDevices(doc, error) : NULL;
    g_autoptr(cmdqvTopology) topology = devices ? cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), error) : NULL;
    xmlNode *old = topology ? cmdqvDomainEditFind(devices, designation, topology) : NULL;
    xmlNode *node = old ? cmdqvDomainEditImport(doc, device, error) : NULL;

    if (!node)
        return NULL;
    xmlFreeNode(xmlReplaceNode(old, node));
    return cmdqvDomainEditDump(doc);
}


static void
cmdqvDomainEditPinController(xmlNode *controller)
{
    xmlNode *target = cmdqvXMLChild(controller, "target");

    if (!target)
        target = xmlNewChild(controller, NULL, BAD_CAST "target", NULL);
    (void)xmlSetProp(target, BAD_CAST "hotplug", BAD_CAST "off");
}


/**
 * cmdqvDomainEditPin:
 * @domain: domain XML
 * @indexes: (element-type int): indexes of PCI controllers
 * @error: where it cannot be read
 *
 * Returns: (transfer full): the domain with <target hotplug='off'/> in each of
 * them, NULL with @error set
 */
char *
cmdqvDomainEditPin(const char *domain, const GArray *indexes, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(domain, strlen(domain), "domain", error);
    xmlNode *devices = doc ? cmdqvDomainEditDevices(doc, error) : NULL;
    xmlNode *node;
    guint i;

    if (!devices)
        return NULL;

    for (node = devices->children; node; node = node->next) {
        unsigned int idx;
        bool present;

        if (!cmdqvXMLIs(node, "controller") || g_strcmp0(cmdqvXMLAttr(node, "type"), "pci") != 0 ||
            !cmdqvXMLAttrUint(node, "index", 10, G_MAXINT, &present, &idx, NULL) || !present)
            continue;
        for (i = 0; i < indexes->len; i++) {
            if (g_array_index(indexes, int, i) == (int)idx)
                cmdqvDomainEditPinController(node);
        }
    }
    return cmdqvDomainEditDump(doc);
}
