/*
 * conf/domain_edit.c: domain XML, changed as libvirt would change it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/domain_edit.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "conf/xml_read.h"
#include "conf/xml_edit.h"
#include "util/error.h"
#include "util/text.h"


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
    return cmdqvXMLEditDump(doc);
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
    return cmdqvXMLEditDump(doc);
}


/* As libvirt takes it: a negative number is none, and what is no number it refuses. */
static int
cmdqvDomainEditNumber(const xmlNode *driver, const char *name)
{
    const char *text = driver ? cmdqvXMLAttr(driver, name) : NULL;
    int value;

    return text && cmdqvStringToInt(text, &value) && value >= 0 ? value : CMDQV_NONE;
}


/* As libvirt 12.8 compares two (virDomainIOMMUDefEquals(), src/conf/domain_conf.c): by all that they say, but for aliases. */
static bool
cmdqvDomainEditIsSameSmmu(const xmlNode *one, const xmlNode *other)
{
    static const char *const words[] = { "accel", "cmdqv", "ats", "ril" };
    static const char *const numbers[] = { "pciBus", "ssidsize", "oas" };
    const xmlNode *driver = cmdqvXMLChild(one, "driver");
    const xmlNode *its = cmdqvXMLChild(other, "driver");
    guint i;

    if (!cmdqvXMLIs(one, "iommu") || !cmdqvXMLIs(other, "iommu") || g_strcmp0(cmdqvXMLAttr(one, "model"), "smmuv3") != 0 ||
        g_strcmp0(cmdqvXMLAttr(other, "model"), "smmuv3") != 0)
        return false;
    for (i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_strcmp0(driver ? cmdqvXMLAttr(driver, words[i]) : NULL, its ? cmdqvXMLAttr(its, words[i]) : NULL) != 0)
            return false;
    }
    for (i = 0; i < G_N_ELEMENTS(numbers); i++) {
        if (cmdqvDomainEditNumber(driver, numbers[i]) != cmdqvDomainEditNumber(its, numbers[i]))
            return false;
    }
    return true;
}


/* What only a libvirt that knows vSMMUs could find by its alias. */
static bool
cmdqvDomainEditHasAlias(const xmlNode *node, const char *name)
{
    const xmlNode *alias = cmdqvXMLIs(node, "iommu") ||
        (cmdqvXMLIs(node, "controller") && g_strcmp0(cmdqvXMLAttr(node, "type"), "pci") == 0) ? cmdqvXMLChild(node, "alias") : NULL;

    return alias && g_strcmp0(cmdqvXMLAttr(alias, "name"), name) == 0;
}


/* The first that is the same as @device, or has that alias. */
static xmlNode *
cmdqvDomainEditFindKnown(const xmlDoc *doc, const xmlNode *device, const char *alias)
{
    const xmlNode *devices;
    xmlNode *node;

    for (devices = xmlDocGetRootElement(doc)->children; devices; devices = devices->next) {
        for (node = cmdqvXMLIs(devices, "devices") ? devices->children : NULL; node; node = node->next) {
            if (device ? cmdqvDomainEditIsSameSmmu(node, device) : cmdqvDomainEditHasAlias(node, alias))
                return node;
        }
    }
    return NULL;
}


/**
 * cmdqvDomainEditRemoveSmmu:
 * @domain: inactive domain XML
 * @device: the XML of an SMMUv3
 * @error: where one of them cannot be read
 *
 * Returns: (transfer full) (nullable): the domain without the first that is the
 * same; NULL with @error set, or without if none is
 */
char *
cmdqvDomainEditRemoveSmmu(const char *domain, const char *device, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(domain, strlen(domain), "domain", error);
    g_autoptr(xmlDoc) other = doc ? cmdqvXMLParse(device, strlen(device), NULL, error) : NULL;
    xmlNode *node = other ? cmdqvDomainEditFindKnown(doc, xmlDocGetRootElement(other), NULL) : NULL;

    if (!node)
        return NULL;
    cmdqvXMLEditRemoveLine(node);
    return cmdqvXMLEditDump(doc);
}


/**
 * cmdqvDomainEditRemoveAlias:
 * @domain: inactive domain XML
 * @alias: an alias of the user's own
 * @error: where the domain cannot be read
 *
 * Returns: (transfer full) (nullable): the domain without the SMMU, or PCI
 * controller, of that alias; NULL with @error set, or without if there is none
 */
char *
cmdqvDomainEditRemoveAlias(const char *domain, const char *alias, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(domain, strlen(domain), "domain", error);
    xmlNode *node = doc ? cmdqvDomainEditFindKnown(doc, NULL, alias) : NULL;

    if (!node)
        return NULL;
    cmdqvXMLEditRemoveLine(node);
    return cmdqvXMLEditDump(doc);
}


static bool
cmdqvDomainEditPinController(xmlNode *controller)
{
    xmlNode *target = cmdqvXMLChild(controller, "target");

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
 * @topology: what was read in it
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

    /* a controller need not say its index */
    for (devices = xmlDocGetRootElement(doc)->children; devices; devices = devices->next) {
        for (node = cmdqvXMLIs(devices, "devices") ? devices->children : NULL; node; node = node->next) {
            const cmdqvBus *bus = cmdqvXMLIs(node, "controller") && g_strcmp0(cmdqvXMLAttr(node, "type"), "pci") == 0
                ? cmdqvTopologyGetBus(topology, cmdqvTopologyFindBusPlace(topology, number++)) : NULL;

            if (bus && cmdqvDomainEditHasIndex(indexes, bus->index) && !cmdqvDomainEditPinController(node))
                return false;
        }
    }
    return true;
}


/**
 * cmdqvDomainEditPinIn:
 * @doc: a domain, which is changed
 * @topology: what was read in it
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
 * @error: where it cannot be read
 *
 * Returns: (transfer full): the same for a text, NULL with @error set
 */
char *
cmdqvDomainEditPin(const char *domain, const GArray *indexes, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(domain, strlen(domain), "domain", error);
    const xmlNode *devices = doc ? cmdqvDomainEditDevices(doc, error) : NULL;
    g_autoptr(cmdqvTopology) topology = devices ? cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), error) : NULL;

    return topology ? cmdqvDomainEditPinIn(doc, topology, indexes) : NULL;
}


/*
 * Asked for the command line of a domain, libvirt takes the addresses off its
 * interfaces and gives them new ones, and with <interface type='hostdev'> it
 * reads memory that it has freed (qemuConnectDomainXMLToNative(),
 * src/qemu/qemu_driver.c of 12.8): an error mostly, the end of the daemon at
 * times.  So it is asked about the same domain without interfaces.  In their
 * place stand devices that it puts exactly there: a hostdev for one that is a
 * device of the host, and for an emulated one a 9p filesystem, which needs the
 * same kind of slot and comes right before interfaces when addresses are given
 * out (qemuDomainAssignDevicePCISlots(), src/qemu/qemu_domain_address.c).
 */
static xmlNode *
cmdqvDomainEditStandInEmulated(xmlDoc *doc, guint number, bool conventional)
{
    g_autofree char *tag = g_strdup_printf("cmdqv%u", number);
    xmlNode *node = xmlNewDocNode(doc, NULL, BAD_CAST "filesystem", NULL);
    xmlNode *source = xmlNewChild(node, NULL, BAD_CAST "source", NULL);
    xmlNode *target = xmlNewChild(node, NULL, BAD_CAST "target", NULL);

    if (cmdqvXMLEditTrySet(node, "type", "mount") && cmdqvXMLEditTrySet(node, "accessmode", "passthrough") &&
        cmdqvXMLEditTrySet(source, "dir", "/") && cmdqvXMLEditTrySet(target, "dir", tag) &&
        (!conventional || cmdqvXMLEditTrySet(node, "model", "virtio-transitional")))
        return node;
    xmlFreeNode(node);
    return NULL;
}


/* The child of that name, where there is one; false without the memory for it. */
static bool
cmdqvDomainEditCopyChild(xmlNode *to, const xmlNode *from, const char *name)
{
    xmlNode *child = cmdqvXMLChild(from, name);

    return !child || xmlAddChild(to, xmlDocCopyNode(child, to->doc, 1));
}


static xmlNode *
cmdqvDomainEditStandInHostdev(xmlDoc *doc, const xmlNode *interface)
{
    xmlNode *node = xmlNewDocNode(doc, NULL, BAD_CAST "hostdev", NULL);

    if (!cmdqvXMLEditTrySet(node, "mode", "subsystem") || !cmdqvXMLEditTrySet(node, "type", "pci") ||
        !cmdqvXMLEditTrySet(node, "managed", "no") || !cmdqvDomainEditCopyChild(node, interface, "driver") ||
        !cmdqvDomainEditCopyChild(node, interface, "source") || !cmdqvDomainEditCopyChild(node, interface, "teaming")) {
        xmlFreeNode(node);
        return NULL;
    }
    return node;
}


/*
 * Whether it is known in which kind of slot an emulated interface sits, PCI
 * Express or conventional (qemuDomainDeviceCalculatePCIConnectFlags(), as
 * above); libvirt chooses virtio where no model is given.
 */
static bool
cmdqvDomainEditKnowsSlot(const xmlNode *interface, bool *conventional)
{
    static const char *const express[] = { "virtio", "virtio-non-transitional", "e1000e", "igb", NULL };
    static const char *const others[] = { "virtio-transitional", "e1000", "rtl8139", NULL };
    const xmlNode *model = cmdqvXMLChild(interface, "model");
    const char *type = model ? cmdqvXMLAttr(model, "type") : NULL;

    *conventional = type && g_strv_contains(others, type);
    return *conventional || !type || g_strv_contains(express, type);
}


/**
 * cmdqvDomainEditForNative:
 * @domain: domain XML
 *
 * Returns: (transfer full) (nullable): the XML to ask libvirt's command line
 * for, NULL where it is not safe to ask, or would not tell
 */
char *
cmdqvDomainEditForNative(const char *domain)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(domain, strlen(domain), "domain", NULL);
    xmlNode *devices = doc ? cmdqvXMLChild(xmlDocGetRootElement(doc), "devices") : NULL;
    xmlNode *firstHostdev = devices ? cmdqvXMLChild(devices, "hostdev") : NULL;
    xmlNode *interface;
    guint number = 0;

    if (!devices)
        return NULL;

    while ((interface = cmdqvXMLChild(devices, "interface"))) {
        bool hostdev = g_strcmp0(cmdqvXMLAttr(interface, "type"), "hostdev") == 0;
        bool conventional;
        xmlNode *node;

        if (!cmdqvDomainEditKnowsSlot(interface, &conventional) && !hostdev)
            return NULL;
        node = hostdev ? cmdqvDomainEditStandInHostdev(doc, interface)
                       : cmdqvDomainEditStandInEmulated(doc, number++, conventional);
        if (!node || !cmdqvDomainEditCopyChild(node, interface, "address") ||
            !cmdqvDomainEditCopyChild(node, interface, "alias")) {
            xmlFreeNode(node);
            return NULL;
        }
        /* interfaces are created before every <hostdev>, wherever they stand */
        if (hostdev && firstHostdev)
            (void)xmlAddPrevSibling(firstHostdev, node);
        else
            (void)xmlAddChild(devices, node);
        xmlUnlinkNode(interface);
        xmlFreeNode(interface);
    }
    return cmdqvXMLEditDump(doc);
}
