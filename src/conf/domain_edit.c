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
#include "util/text.h"


/* The line of a message names an element, so the new element, and each in it, is in a line behind the end of the domain. */
static void
cmdqvDomainEditNumberLines(xmlNode *added, int end)
{
    xmlNode *node;

    for (node = added; node; node = (xmlNode *)cmdqvXMLReadFollowing(node, added, true))
        node->line = (unsigned short)MIN(node->line + end, G_MAXUINT16);
}


static const xmlNode *
cmdqvDomainEditElement(const cmdqvDevice *device)
{
    return xmlDocGetRootElement(device->doc);
}


/**
 * cmdqvDomainEditAddDevice:
 * @domain: a domain; gets the device as its last one
 * @device: device XML, read
 *
 * Without memory the document is spoilt.
 *
 * Returns: false if the domain cannot have devices
 */
bool
cmdqvDomainEditAddDevice(xmlDoc *domain, const cmdqvDevice *device)
{
    const xmlNode *root = xmlDocGetRootElement(domain);
    int end = cmdqvXMLReadLine(root->last);
    xmlNode *devices = cmdqvXMLReadChild(root, "devices");

    if (!devices)
        return false;
    cmdqvXMLEditKeep(devices, cmdqvDomainEditElement(device));
    cmdqvDomainEditNumberLines(devices->last, end);
    return true;
}


/**
 * cmdqvDomainEditAround:
 * @device: device XML, read
 *
 * Returns: (transfer full) (nullable): a domain that has nothing but the device;
 * NULL without the memory for it
 */
xmlDoc *
cmdqvDomainEditAround(const cmdqvDevice *device)
{
    static const char around[] = "<domain><devices/></domain>";
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(around, strlen(around), NULL, NULL);

    return doc && cmdqvDomainEditAddDevice(doc, device) && cmdqvXMLEditIsWhole(doc, NULL) ? g_steal_pointer(&doc) : NULL;
}


/**
 * cmdqvDomainEditPlaceDevice:
 * @device: a device without an address; gets one
 * @bus: index of the PCI controller of a port
 *
 * Returns: (transfer full) (nullable): the XML of the device with its address on
 * that port; NULL without the memory for it
 */
char *
cmdqvDomainEditPlaceDevice(cmdqvDevice *device, int bus)
{
    xmlNode *address = cmdqvXMLEditEnsure(xmlDocGetRootElement(device->doc), "address");

    device->hasGuest = true;
    device->guest = (cmdqvPCIAddress){ .bus = (unsigned int)bus };
    cmdqvXMLEditSet(address, "type", "pci");
    cmdqvXMLEditSetNumber(address, "bus", (unsigned int)bus);
    cmdqvXMLEditSetNumber(address, "slot", 0);
    return cmdqvXMLEditDump(device->doc, NULL);
}


/* The element in @domain at the line of its endpoint that the device XML designates. */
static xmlNode *
cmdqvDomainEditFind(const xmlDoc *domain, const cmdqvDevice *designation)
{
    const xmlNode *root = xmlDocGetRootElement(domain);
    const xmlNode *devices = cmdqvXMLReadChild(root, "devices");
    g_autoptr(cmdqvTopology) topology = devices ? cmdqvDomainXMLReadNode(root, NULL) : NULL;
    const cmdqvEndpoint *endpoint = topology ? cmdqvTopologyGetEndpoint(topology, cmdqvDeviceFind(designation, topology, false)) : NULL;
    xmlNode *node;

    for (node = endpoint ? devices->children : NULL; node; node = node->next) {
        if (cmdqvXMLReadIs(node, endpoint->element) && cmdqvXMLReadLine(node) == endpoint->line)
            return node;
    }
    return NULL;
}


/**
 * cmdqvDomainEditReplaceDevice:
 * @domain: a domain as libvirt formats it, each element on a line of its own;
 *   gets @device in the place of the device that it designates
 * @device: device XML, read
 *
 * Without memory the document is spoilt.
 *
 * Returns: false if it designates none
 */
bool
cmdqvDomainEditReplaceDevice(xmlDoc *domain, const cmdqvDevice *device)
{
    int end = cmdqvXMLReadLine(xmlDocGetRootElement(domain)->last);
    xmlNode *old = cmdqvDomainEditFind(domain, device);
    xmlNode *after = old ? old->next : NULL;
    xmlNode *devices = old ? old->parent : NULL;

    if (!old)
        return false;
    cmdqvXMLEditReplace(old, cmdqvDomainEditElement(device));
    cmdqvDomainEditNumberLines(after ? after->prev : devices->last, end);
    return true;
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


/**
 * cmdqvDomainEditRemoveDevice:
 * @domain: a domain; loses the first SMMUv3 that equals @device, or the SMMU or
 *   PCI controller of its alias
 * @device: the XML of an SMMUv3, read, or an alias of the user's own
 *
 * Returns: false if there is none
 */
bool
cmdqvDomainEditRemoveDevice(xmlDoc *domain, const cmdqvDevice *device)
{
    const xmlNode *root = xmlDocGetRootElement(domain);
    xmlNode *node = NULL;

    while ((node = cmdqvXMLReadNextDevice(root, node))) {
        if (device->doc ? cmdqvDomainEditIsSameSmmu(node, cmdqvDomainEditElement(device)) : cmdqvDomainEditHasAlias(node, device->alias)) {
            cmdqvXMLEditRemoveLine(node);
            return true;
        }
    }
    return false;
}


static void
cmdqvDomainEditPinController(xmlNode *controller)
{
    xmlNode *target = cmdqvXMLReadChild(controller, "target");

    if (!target) {
        target = xmlNewDocNode(controller->doc, NULL, BAD_CAST "target", NULL);
        cmdqvXMLEditInsertLine(controller, NULL, target);
    }
    if (target)
        cmdqvXMLEditSet(target, "hotplug", "off");
}


/**
 * cmdqvDomainEditHasIndex:
 * @indexes: (element-type int): indexes of PCI controllers
 * @idx: an index
 *
 * Returns: true if @idx is one of them
 */
bool
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
 * Without memory the document is spoilt.
 */
void
cmdqvDomainEditClosePorts(xmlDoc *doc, const cmdqvTopology *topology, const GArray *indexes)
{
    guint number = 0;
    xmlNode *node = NULL;

    /* a controller need not have an index in the XML */
    while ((node = cmdqvXMLReadNextDevice(xmlDocGetRootElement(doc), node))) {
        const cmdqvBus *bus = cmdqvXMLReadIsPCIController(node)
            ? cmdqvTopologyGetBus(topology, cmdqvTopologyFindBusPlace(topology, number++)) : NULL;

        if (bus && cmdqvDomainEditHasIndex(indexes, bus->index))
            cmdqvDomainEditPinController(node);
    }
}


/* Removes the elements below a node, except those of these names. */
static void
cmdqvDomainEditReduce(xmlNode *parent, const char *const *names)
{
    xmlNode *node = cmdqvXMLEditNextElement(parent, NULL);

    while (node) {
        xmlNode *next = cmdqvXMLEditNextElement(parent, node);

        if (node->ns || !g_strv_contains(names, (const char *)node->name))
            cmdqvXMLEditRemove(node);
        node = next;
    }
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
 * @domain: (nullable): a domain; becomes the outline
 *
 * Keeps the data that access control has of a domain, and that every libvirt must read
 * before it checks access: name, UUID, memory, architecture, machine and
 * emulator.
 *
 * Returns: (transfer full) (nullable): XML with nothing else, NULL if it is no
 * domain, or has no memory
 */
char *
cmdqvDomainEditOutline(xmlDoc *domain)
{
    xmlNode *root = xmlDocGetRootElement(domain);
    xmlNode *os = cmdqvXMLReadChild(root, "os");
    static const char *const ofDomain[] = { "name", "uuid", "memory", "os", "devices", NULL };
    static const char *const ofOs[] = { "type", NULL };
    static const char *const ofDevices[] = { "emulator", NULL };

    if (!cmdqvXMLReadIs(root, "domain") || !cmdqvDomainEditEnsureMemory(root))
        return NULL;
    cmdqvDomainEditReduce(root, ofDomain);
    if (os) {
        cmdqvXMLEditUnset(os, "firmware");
        cmdqvDomainEditReduce(os, ofOs);
    }
    cmdqvDomainEditReduce(cmdqvXMLEditEnsure(root, "devices"), ofDevices);
    return cmdqvXMLEditFormat(domain, NULL);
}
