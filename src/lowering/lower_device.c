/*
 * lowering/lower_device.c: a device behind a vSMMU, for a libvirt that does not know CMDQV
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt places it on the shadow of its bus; an override of its properties gives
 * it to QEMU on the bus itself.
 */

#include <string.h>

#include "conf/domain_xml.h"
#include "lowering/record.h"
#include "lowering/lower_priv.h"
#include "util/error.h"


static int
cmdqvLowerBusOf(const cmdqvLowering *lowering, int idx)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(lowering->buses, GINT_TO_POINTER(idx))) - 1;
}


/* libvirt forgets an alias that no user gave. */
static char *
cmdqvLowerAlias(const xmlNode *node)
{
    const xmlNode *alias = cmdqvXMLChild(node, "alias");
    const char *name = alias ? cmdqvXMLAttr(alias, "name") : NULL;

    return cmdqvAliasIsUsers(name) && !g_str_has_prefix(name, CMDQV_LOWERED_ALIAS_PREFIX) ? g_strdup(name) : NULL;
}


/* Another device may have it: one that was behind a vSMMU, and was moved. */
static bool
cmdqvLowerAliasIsTaken(const cmdqvLowering *lowering, const xmlNode *node, const char *alias)
{
    const xmlNode *devices;
    const xmlNode *other;

    for (devices = lowering->domain->children; devices; devices = devices->next) {
        for (other = cmdqvXMLIs(devices, "devices") ? devices->children : NULL; other; other = other->next) {
            const xmlNode *its = other != node && other->type == XML_ELEMENT_NODE ? cmdqvXMLChild(other, "alias") : NULL;

            if (its && g_strcmp0(cmdqvXMLAttr(its, "name"), alias) == 0)
                return true;
        }
    }
    return false;
}


/* One that names the device, so that it is the same whatever else the definition holds. */
static char *
cmdqvLowerMakeAlias(const cmdqvLowering *lowering, const xmlNode *node, const cmdqvPCIAddress *guest)
{
    const xmlNode *source = cmdqvXMLChild(node, "source");
    const xmlNode *address = source ? cmdqvXMLChild(source, "address") : NULL;
    cmdqvPCIAddress at = *guest;
    g_autofree char *alias = NULL;
    bool present = false;

    if (address)
        (void)cmdqvXMLAddress(address, &present, &at, NULL);
    alias = g_strdup_printf(CMDQV_LOWERED_ALIAS_PREFIX "%s%04x-%02x-%02x-%x", present ? "" : "guest-", at.domain, at.bus,
                            at.slot, at.function);
    while (cmdqvLowerAliasIsTaken(lowering, node, alias)) {
        char *longer = g_strconcat(alias, "-x", NULL);

        g_free(alias);
        alias = longer;
    }
    return g_steal_pointer(&alias);
}


/* The override that the user has for the device; NULL if there is none. */
static xmlNode *
cmdqvLowerFindOverride(cmdqvLowering *lowering, const char *alias)
{
    xmlNode *device;

    if (!lowering->override)
        lowering->override = cmdqvXMLChildNs(lowering->domain, "override", CMDQV_XML_QEMU_NAMESPACE);

    for (device = lowering->override ? cmdqvXMLNextElement(lowering->override, NULL) : NULL; device;
         device = cmdqvXMLNextElement(lowering->override, device)) {
        xmlNode *frontend = cmdqvXMLChildNs(device, "frontend", CMDQV_XML_QEMU_NAMESPACE);

        if (frontend && g_strcmp0(cmdqvXMLAttr(device, "alias"), alias) == 0)
            return frontend;
    }
    return NULL;
}


static xmlNode *
cmdqvLowerOverride(cmdqvLowering *lowering, const char *alias)
{
    xmlNode *frontend = cmdqvLowerFindOverride(lowering, alias);
    xmlNode *device;

    if (frontend)
        return frontend;
    if (!lowering->override)
        lowering->override = cmdqvXMLEditAddNs(lowering->domain, "override", CMDQV_XML_QEMU_NAMESPACE, CMDQV_QEMU_PREFIX);
    device = cmdqvXMLEditAddNs(lowering->override, "device", CMDQV_XML_QEMU_NAMESPACE, CMDQV_QEMU_PREFIX);
    cmdqvXMLEditSet(device, "alias", alias);
    return cmdqvXMLEditAddNs(device, "frontend", CMDQV_XML_QEMU_NAMESPACE, CMDQV_QEMU_PREFIX);
}


/* What the user sets of that which is ours on other devices, for the way back. */
static void
cmdqvLowerRecordOwn(cmdqvLowering *lowering, xmlNode *row, const char *alias)
{
    const xmlNode *frontend = cmdqvLowerFindOverride(lowering, alias);
    g_autoptr(GString) own = g_string_new(NULL);
    xmlNode *property;

    for (property = frontend ? cmdqvXMLNextElement(frontend, NULL) : NULL; property;
         property = cmdqvXMLNextElement(frontend, property)) {
        const char *name = cmdqvXMLAttr(property, "name");

        if (cmdqvLoweredIsProperty(name))
            g_string_append_printf(own, "%s%s", own->len > 0 ? " " : "", name);
    }
    if (own->len > 0)
        cmdqvXMLEditSet(row, CMDQV_LOWERED_OWN, own->str);
}


static bool
cmdqvLowerProperty(xmlNode *frontend, const char *alias, const char *name, const char *value, GError **error)
{
    xmlNode *property;

    for (property = cmdqvXMLNextElement(frontend, NULL); property; property = cmdqvXMLNextElement(frontend, property)) {
        if (g_strcmp0(cmdqvXMLAttr(property, "name"), name) == 0) {
            g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID,
                        "<qemu:property> in line %d sets '%s' of device '%s', which is behind a vSMMU and gets it from there; "
                        "remove it", cmdqvXMLLine(property), name, alias);
            return false;
        }
    }
    property = cmdqvXMLEditAddNs(frontend, "property", CMDQV_XML_QEMU_NAMESPACE, CMDQV_QEMU_PREFIX);
    cmdqvXMLEditSet(property, "name", name);
    cmdqvXMLEditSet(property, "type", "string");
    cmdqvXMLEditSet(property, "value", value);
    return true;
}


static bool
cmdqvLowerWantsIommufd(const cmdqvLowering *lowering, const xmlNode *node)
{
    const xmlNode *driver = cmdqvXMLChild(node, "driver");
    const char *iommufd = driver ? cmdqvXMLAttr(driver, "iommufd") : NULL;
    bool ofHost = cmdqvXMLIs(node, "hostdev") ||
        (cmdqvXMLIs(node, "interface") && g_strcmp0(cmdqvXMLAttr(node, "type"), "hostdev") == 0);

    if (!ofHost || (cmdqvXMLIs(node, "hostdev") && g_strcmp0(cmdqvXMLAttr(node, "type"), "pci") != 0) ||
        cmdqvDomainXMLIsUnassigned(node))
        return false;
    return iommufd ? strcmp(iommufd, "yes") == 0 : lowering->topology->iommufd == CMDQV_SWITCH_ON;
}


/**
 * cmdqvLowerDevice:
 * @lowering: a domain on its way
 * @node: an element in its <devices>
 * @error: where the device cannot be moved
 *
 * Moves a device from the shadow to the bus that is meant, and puts it on
 * iommufd; most are left alone.
 *
 * Returns: false with @error set
 */
bool
cmdqvLowerDevice(cmdqvLowering *lowering, xmlNode *node, GError **error)
{
    const xmlNode *address = cmdqvXMLChild(node, "address");
    xmlNode *driver = cmdqvXMLChild(node, "driver");
    bool iommufd = cmdqvLowerWantsIommufd(lowering, node);
    bool said = driver && cmdqvXMLAttr(driver, "iommufd");
    cmdqvPCIAddress guest = { 0, 0, 0, 0 };
    bool placed = false;
    int bus = CMDQV_NONE;
    g_autofree char *own = cmdqvLowerAlias(node);
    g_autofree char *alias = NULL;
    xmlNode *frontend;
    xmlNode *row;

    if (address && g_strcmp0(cmdqvXMLAttr(address, "type"), "pci") == 0 && !cmdqvXMLAddress(address, &placed, &guest, error))
        return false;
    if (placed)
        bus = cmdqvLowerBusOf(lowering, (int)guest.bus);
    if (bus != CMDQV_NONE && !cmdqvLowerIsMoved(lowering->topology, (guint)bus))
        bus = CMDQV_NONE;
    if (bus == CMDQV_NONE && !iommufd && !said)
        return true;

    row = cmdqvLowerAddRow(lowering, CMDQV_LOWERED_DEVICE);
    alias = own ? g_strdup(own) : cmdqvLowerMakeAlias(lowering, node, &guest);
    cmdqvXMLEditSet(row, "alias", alias);
    if (!own && cmdqvXMLChild(node, "alias"))
        cmdqvXMLEditKeep(row, cmdqvXMLChild(node, "alias"));
    if (said) {
        cmdqvXMLEditSet(row, "iommufd", cmdqvXMLAttr(driver, "iommufd"));
        cmdqvXMLEditKeep(row, driver);
        cmdqvXMLEditUnset(driver, "iommufd");
    }
    if (!own)
        cmdqvXMLEditSet(cmdqvXMLEditEnsure(node, "alias"), "name", alias);

    cmdqvLowerRecordOwn(lowering, row, alias);
    frontend = bus != CMDQV_NONE || iommufd ? cmdqvLowerOverride(lowering, alias) : NULL;
    if (iommufd && !cmdqvLowerProperty(frontend, alias, "iommufd", lowering->iommufd, error))
        return false;
    return bus == CMDQV_NONE || cmdqvLowerProperty(frontend, alias, "bus", cmdqvLowerBus(lowering, (guint)bus)->name, error);
}
