/*
 * domain_edit.c: change domain XML as libvirt would
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/domain_edit.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "conf/smmu_attribute.h"
#include "conf/xml_edit.h"
#include "conf/xml_read.h"
#include "util/error.h"
#include "util/text.h"


/* The device as an element of @doc, without a parent yet. */
static xmlNode *
cmdqvDomainEditImport(xmlDoc *doc, const char *device, GError **error)
{
    g_autoptr(xmlDoc) other = cmdqvXMLReadParse(device, strlen(device), NULL, error);
    xmlNode *node;

    if (!other)
        return NULL;
    node = xmlDocCopyNode(xmlDocGetRootElement(other), doc, 1);
    if (!node)
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_MEMORY, "there is not enough memory to change the XML");
    return node;
}


static bool
cmdqvDomainEditWrite(xmlDoc *doc, char **changed, GError **error)
{
    char *text = cmdqvXMLEditDump(doc);

    if (!text) {
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_MEMORY, "there is not enough memory to change the XML");
        return false;
    }
    *changed = text;
    return true;
}


static xmlNode *
cmdqvDomainEditDevices(const xmlDoc *doc, GError **error)
{
    xmlNode *devices = cmdqvXMLReadChild(xmlDocGetRootElement(doc), "devices");

    if (!devices)
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "the domain has no <devices>");
    return devices;
}


/**
 * cmdqvDomainEditAddDevice:
 * @domain: inactive domain XML
 * @device: the XML of a device
 * @changed: (out): the domain, with the device as its last one
 * @error: if one of them cannot be read
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvDomainEditAddDevice(const char *domain, const char *device, char **changed, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(domain, strlen(domain), "domain", error);
    xmlNode *devices;
    xmlNode *node;

    if (!doc)
        return false;
    devices = cmdqvDomainEditDevices(doc, error);
    if (!devices)
        return false;
    node = cmdqvDomainEditImport(doc, device, error);
    if (!node)
        return false;
    (void)xmlAddChild(devices, node);
    return cmdqvDomainEditWrite(doc, changed, error);
}


/**
 * cmdqvDomainEditPlaceDevice:
 * @device: the XML of a device without an address
 * @bus: index of the PCI controller of a port
 * @placed: (out): the device, with its address on that port
 * @error: if it cannot be read
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvDomainEditPlaceDevice(const char *device, int bus, char **placed, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(device, strlen(device), NULL, error);
    xmlNode *address;

    if (!doc)
        return false;
    address = cmdqvXMLEditEnsure(xmlDocGetRootElement(doc), "address");
    cmdqvXMLEditSet(address, "type", "pci");
    cmdqvXMLEditSetNumber(address, "bus", (unsigned int)bus);
    cmdqvXMLEditSetNumber(address, "slot", 0);
    return cmdqvXMLEditIsWhole(doc, error) && cmdqvDomainEditWrite(doc, placed, error);
}


/* The element in @domain at the line of its endpoint that the device XML designates. */
static xmlNode *
cmdqvDomainEditFind(xmlNode *devices, const cmdqvDevice *designation, const cmdqvTopology *topology)
{
    const cmdqvEndpoint *endpoint = cmdqvTopologyGetEndpoint(topology, cmdqvDeviceFind(designation, topology, false));
    xmlNode *node;

    for (node = devices->children; endpoint && node; node = node->next) {
        if (cmdqvXMLReadIs(node, endpoint->element) && cmdqvXMLReadLine(node) == endpoint->line)
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
 * @changed: (out) (nullable): the domain, with @device in the place of the
 *   device that it designates; NULL if it designates none
 * @error: if one of them cannot be read
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvDomainEditReplaceDevice(const char *domain, const cmdqvDevice *designation, const char *device, char **changed, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(domain, strlen(domain), "domain", error);
    g_autoptr(cmdqvTopology) topology = NULL;
    xmlNode *devices;
    xmlNode *old;
    xmlNode *node;

    if (!doc)
        return false;
    devices = cmdqvDomainEditDevices(doc, error);
    if (!devices)
        return false;
    topology = cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), error);
    if (!topology)
        return false;
    old = cmdqvDomainEditFind(devices, designation, topology);
    if (!old) {
        *changed = NULL;
        return true;
    }
    node = cmdqvDomainEditImport(doc, device, error);
    if (!node)
        return false;
    xmlFreeNode(xmlReplaceNode(old, node));
    return cmdqvDomainEditWrite(doc, changed, error);
}


/* Reads it as libvirt does: a negative number counts as none, and libvirt refuses text that is no number. */
static int
cmdqvDomainEditNumber(const xmlNode *driver, const char *name)
{
    const char *text = cmdqvXMLReadAttr(driver, name);
    int value;

    return text && cmdqvTextToInt(text, &value) && value >= 0 ? value : CMDQV_NONE;
}


/* As libvirt 12.8 compares two (virDomainIOMMUDefEquals(), src/conf/domain_conf.c): by all attributes but aliases. */
static bool
cmdqvDomainEditIsSameSmmu(const xmlNode *one, const xmlNode *other)
{
    const xmlNode *driver = cmdqvXMLReadChild(one, "driver");
    const xmlNode *its = cmdqvXMLReadChild(other, "driver");
    guint i;

    if (!cmdqvXMLReadIs(one, "iommu") || !cmdqvXMLReadIs(other, "iommu") || g_strcmp0(cmdqvXMLReadAttr(one, "model"), "smmuv3") != 0 ||
        g_strcmp0(cmdqvXMLReadAttr(other, "model"), "smmuv3") != 0)
        return false;
    for (i = 0; i < CMDQV_SMMU_ATTRIBUTE_LAST; i++) {
        const char *name = cmdqvSmmuAttributeRows[i].name;

        if (cmdqvSmmuAttributeRows[i].isNumber ? cmdqvDomainEditNumber(driver, name) != cmdqvDomainEditNumber(its, name)
            : g_strcmp0(cmdqvXMLReadAttr(driver, name), cmdqvXMLReadAttr(its, name)) != 0)
            return false;
    }
    return true;
}


/* Whether only a libvirt that knows vSMMUs could find the element by that alias. */
static bool
cmdqvDomainEditHasAlias(const xmlNode *node, const char *name)
{
    const xmlNode *alias = cmdqvXMLReadIs(node, "iommu") ||
        cmdqvXMLReadIsPCIController(node) ? cmdqvXMLReadChild(node, "alias") : NULL;

    return alias && g_strcmp0(cmdqvXMLReadAttr(alias, "name"), name) == 0;
}


/* The first element that equals @device, or has that alias. */
static xmlNode *
cmdqvDomainEditFindKnown(const xmlDoc *doc, const xmlNode *device, const char *alias)
{
    const xmlNode *devices;
    xmlNode *node;

    for (devices = xmlDocGetRootElement(doc)->children; devices; devices = devices->next) {
        for (node = cmdqvXMLReadIs(devices, "devices") ? devices->children : NULL; node; node = node->next) {
            if (device ? cmdqvDomainEditIsSameSmmu(node, device) : cmdqvDomainEditHasAlias(node, alias))
                return node;
        }
    }
    return NULL;
}


static bool
cmdqvDomainEditRemoveKnown(xmlDoc *doc, xmlNode *node, char **changed, GError **error)
{
    if (!node) {
        *changed = NULL;
        return true;
    }
    cmdqvXMLEditRemoveLine(node);
    return cmdqvDomainEditWrite(doc, changed, error);
}


/**
 * cmdqvDomainEditRemoveSmmu:
 * @domain: inactive domain XML
 * @device: the XML of an SMMUv3
 * @changed: (out) (nullable): the domain without the first SMMUv3 that is the
 *   same; NULL if none is
 * @error: if one of them cannot be read
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvDomainEditRemoveSmmu(const char *domain, const char *device, char **changed, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(domain, strlen(domain), "domain", error);
    g_autoptr(xmlDoc) other = doc ? cmdqvXMLReadParse(device, strlen(device), NULL, error) : NULL;

    if (!other)
        return false;
    return cmdqvDomainEditRemoveKnown(doc, cmdqvDomainEditFindKnown(doc, xmlDocGetRootElement(other), NULL), changed, error);
}


/**
 * cmdqvDomainEditRemoveAlias:
 * @domain: inactive domain XML
 * @alias: an alias of the user's own
 * @changed: (out) (nullable): the domain without the SMMU, or PCI controller, of
 *   that alias; NULL if there is none
 * @error: if the domain cannot be read
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvDomainEditRemoveAlias(const char *domain, const char *alias, char **changed, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(domain, strlen(domain), "domain", error);

    return doc && cmdqvDomainEditRemoveKnown(doc, cmdqvDomainEditFindKnown(doc, NULL, alias), changed, error);
}


static bool
cmdqvDomainEditPinController(xmlNode *controller)
{
    xmlNode *target = cmdqvXMLReadChild(controller, "target");

    if (!target) {
        target = xmlNewDocNode(controller->doc, NULL, BAD_CAST "target", NULL);
        if (!target)
            return false;
        cmdqvXMLEditInsertLine(controller, NULL, target);
    }
    return cmdqvXMLEditTrySet(target, "hotplug", "off");
}


static bool
cmdqvDomainEditHasIndex(const GArray *indexes, int idx)
{
    guint i;

    for (i = 0; i < indexes->len; i++) {
        if (g_array_index(indexes, int, i) == idx)
            return true;
    }
    return false;
}


/**
 * cmdqvDomainEditClosePorts:
 * @doc: a domain
 * @topology: the domain, read
 * @indexes: (element-type int): indexes of PCI controllers, each of which gets
 *   <target hotplug='off'/>
 *
 * Returns: false if there is no memory for it
 */
bool
cmdqvDomainEditClosePorts(xmlDoc *doc, const cmdqvTopology *topology, const GArray *indexes)
{
    guint number = 0;
    xmlNode *devices;
    xmlNode *node;

    /* a controller need not have an index in the XML */
    for (devices = xmlDocGetRootElement(doc)->children; devices; devices = devices->next) {
        for (node = cmdqvXMLReadIs(devices, "devices") ? devices->children : NULL; node; node = node->next) {
            const cmdqvBus *bus = cmdqvXMLReadIsPCIController(node)
                ? cmdqvTopologyGetBus(topology, cmdqvTopologyFindBusPlace(topology, number++)) : NULL;

            if (bus && cmdqvDomainEditHasIndex(indexes, bus->index) && !cmdqvDomainEditPinController(node))
                return false;
        }
    }
    return true;
}


/**
 * cmdqvDomainEditPinIn:
 * @doc: a domain; the function changes it
 * @topology: the domain, read
 * @indexes: (element-type int): indexes of PCI controllers
 *
 * Returns: (transfer full): the domain with <target hotplug='off'/> in each of
 * them, NULL if there is no memory for it
 */
char *
cmdqvDomainEditPinIn(xmlDoc *doc, const cmdqvTopology *topology, const GArray *indexes)
{
    return cmdqvDomainEditClosePorts(doc, topology, indexes) ? cmdqvXMLEditDump(doc) : NULL;
}


/**
 * cmdqvDomainEditPin:
 * @domain: domain XML
 * @indexes: (element-type int): indexes of PCI controllers
 * @error: if it cannot be read
 *
 * Returns: (transfer full): as cmdqvDomainEditPinIn(), NULL with @error set
 */
char *
cmdqvDomainEditPin(const char *domain, const GArray *indexes, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(domain, strlen(domain), "domain", error);
    g_autoptr(cmdqvTopology) topology = NULL;
    char *pinned;

    if (!doc || !cmdqvDomainEditDevices(doc, error))
        return NULL;
    topology = cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), error);
    if (!topology)
        return NULL;
    pinned = cmdqvDomainEditPinIn(doc, topology, indexes);
    if (!pinned)
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_MEMORY, "there is not enough memory to change the XML");
    return pinned;
}


/* Whether an element identifies the domain or its size, and is no device or feature. */
static bool
cmdqvDomainEditIsOutline(const xmlNode *node)
{
    static const char *const names[] = { "name", "uuid", "memory", "os", "devices" };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(names); i++) {
        if (cmdqvXMLReadIs(node, names[i]))
            return true;
    }
    return false;
}


/* Removes the elements below a node for which @keeps is false. */
static void
cmdqvDomainEditReduce(xmlNode *parent, bool (*keeps)(const xmlNode *node))
{
    xmlNode *node = parent->children;

    while (node) {
        xmlNode *next = node->next;

        if (node->type == XML_ELEMENT_NODE && !keeps(node))
            cmdqvXMLEditRemove(node);
        node = next;
    }
}


static bool
cmdqvDomainEditIsType(const xmlNode *node)
{
    return cmdqvXMLReadIs(node, "type");
}


static bool
cmdqvDomainEditIsEmulator(const xmlNode *node)
{
    return cmdqvXMLReadIs(node, "emulator");
}


/* Gives a domain whose memory is only in the cells of its NUMA topology an element for it; false if it has no memory. */
static bool
cmdqvDomainEditEnsureMemory(xmlNode *root)
{
    if (cmdqvXMLReadChild(root, "memory"))
        return true;
    if (!cmdqvXMLReadChild(cmdqvXMLReadChild(root, "cpu"), "numa"))
        return false;
    xmlNodeSetContent(cmdqvXMLEditAdd(root, "memory"), BAD_CAST "1024");
    return true;
}


/**
 * cmdqvDomainEditOutline:
 * @domain: domain XML
 *
 * Keeps the data that access control has of a domain, and that every libvirt must read
 * before it checks access: name, UUID, memory, architecture, machine and
 * emulator.
 *
 * Returns: (transfer full) (nullable): XML with nothing else, NULL if @domain
 * is no domain XML, or has no memory
 */
char *
cmdqvDomainEditOutline(const char *domain)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(domain, strlen(domain), "domain", NULL);
    xmlNode *root = xmlDocGetRootElement(doc);
    xmlNode *os = cmdqvXMLReadChild(root, "os");

    if (!root || !cmdqvDomainEditEnsureMemory(root))
        return NULL;
    cmdqvDomainEditReduce(root, cmdqvDomainEditIsOutline);
    if (os) {
        cmdqvXMLEditUnset(os, "firmware");
        cmdqvDomainEditReduce(os, cmdqvDomainEditIsType);
    }
    cmdqvDomainEditReduce(cmdqvXMLEditEnsure(root, "devices"), cmdqvDomainEditIsEmulator);
    return cmdqvXMLEditFormat(doc, NULL);
}


