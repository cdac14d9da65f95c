/*
 * lower_device.c: lower a device behind a vSMMU
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt puts it on the shadow of its bus; an override of its properties makes
 * QEMU put it on the bus itself.
 */

#include <string.h>

#include "conf/domain_xml.h"
#include "lowering/lower_priv.h"
#include "lowering/record.h"
#include "util/error.h"


static int
cmdqvLowerBusOf(const cmdqvLowerWork *lowering, int idx)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(lowering->buses, GINT_TO_POINTER(idx))) - 1;
}


/* Its alias, if libvirt keeps it: libvirt drops all but user aliases. */
static char *
cmdqvLowerAlias(const xmlNode *node)
{
    const xmlNode *alias = cmdqvXMLReadChild(node, "alias");
    const char *name = cmdqvXMLReadAttr(alias, "name");

    return cmdqvAliasIsUsers(name) && !g_str_has_prefix(name, CMDQV_RECORD_ALIAS_PREFIX) ? g_strdup(name) : NULL;
}


/* Whether another device has the alias: one that was behind a vSMMU, and was moved. */
static bool
cmdqvLowerAliasIsTaken(const cmdqvLowerWork *lowering, const xmlNode *node, const char *alias)
{
    const xmlNode *other = NULL;

    while ((other = cmdqvXMLReadNextDevice(lowering->domain, other))) {
        if (other != node && g_strcmp0(cmdqvXMLReadAttr(cmdqvXMLReadChild(other, "alias"), "name"), alias) == 0)
            return true;
    }
    return false;
}


/* An alias from the host address, so it does not depend on other devices. */
static char *
cmdqvLowerMakeAlias(const cmdqvLowerWork *lowering, const xmlNode *node, const cmdqvPCIAddress *guest)
{
    const xmlNode *source = cmdqvXMLReadChild(node, "source");
    const xmlNode *address = cmdqvXMLReadChild(source, "address");
    cmdqvPCIAddress at = *guest;
    g_autofree char *alias = NULL;
    bool present = false;

    if (address)
        (void)cmdqvXMLReadAddress(address, &present, &at, NULL);
    alias = g_strdup_printf(CMDQV_RECORD_ALIAS_PREFIX "%s%04x-%02x-%02x-%x", present ? "" : "guest-", at.domain, at.bus,
                            at.slot, at.function);
    while (cmdqvLowerAliasIsTaken(lowering, node, alias)) {
        char *longer = g_strconcat(alias, "-x", NULL);

        g_free(alias);
        alias = longer;
    }
    return g_steal_pointer(&alias);
}


/* The user's override for the device; NULL if there is none. */
static xmlNode *
cmdqvLowerFindOverride(cmdqvLowerWork *lowering, const char *alias)
{
    xmlNode *device;

    if (!lowering->override)
        lowering->override = cmdqvXMLEditChildNs(lowering->domain, "override", CMDQV_XML_EDIT_QEMU_NAMESPACE);

    for (device = lowering->override ? cmdqvXMLEditNextElement(lowering->override, NULL) : NULL; device;
         device = cmdqvXMLEditNextElement(lowering->override, device)) {
        xmlNode *frontend = cmdqvXMLEditChildNs(device, "frontend", CMDQV_XML_EDIT_QEMU_NAMESPACE);

        if (frontend && g_strcmp0(cmdqvXMLReadAttr(device, "alias"), alias) == 0)
            return frontend;
    }
    return NULL;
}


static xmlNode *
cmdqvLowerOverride(cmdqvLowerWork *lowering, const char *alias)
{
    xmlNode *frontend = cmdqvLowerFindOverride(lowering, alias);
    xmlNode *device;

    if (frontend)
        return frontend;
    if (!lowering->override)
        lowering->override = cmdqvXMLEditAddNs(lowering->domain, "override", CMDQV_XML_EDIT_QEMU_NAMESPACE, CMDQV_LOWER_QEMU_PREFIX);
    device = cmdqvXMLEditAddNs(lowering->override, "device", CMDQV_XML_EDIT_QEMU_NAMESPACE, CMDQV_LOWER_QEMU_PREFIX);
    cmdqvXMLEditSet(device, "alias", alias);
    return cmdqvXMLEditAddNs(device, "frontend", CMDQV_XML_EDIT_QEMU_NAMESPACE, CMDQV_LOWER_QEMU_PREFIX);
}


/* Records which properties of the override are the user's own, for lift.c. */
static void
cmdqvLowerRecordOwn(cmdqvLowerWork *lowering, xmlNode *row, const char *alias)
{
    const xmlNode *frontend = cmdqvLowerFindOverride(lowering, alias);
    g_autoptr(GString) own = g_string_new(NULL);
    xmlNode *property;

    for (property = frontend ? cmdqvXMLEditNextElement(frontend, NULL) : NULL; property;
         property = cmdqvXMLEditNextElement(frontend, property)) {
        const char *name = cmdqvXMLReadAttr(property, "name");

        if (cmdqvRecordIsProperty(name))
            g_string_append_printf(own, "%s%s", own->len > 0 ? " " : "", name);
    }
    if (own->len > 0)
        cmdqvXMLEditSet(row, CMDQV_RECORD_OWN, own->str);
    if (frontend && !cmdqvXMLEditNextElement(frontend, NULL))
        cmdqvXMLEditSet(row, CMDQV_RECORD_EMPTY, "frontend");
    else if (lowering->override && !cmdqvXMLEditNextElement(lowering->override, NULL))
        cmdqvXMLEditSet(row, CMDQV_RECORD_EMPTY, "override");
}


static bool
cmdqvLowerProperty(xmlNode *frontend, const char *alias, const char *name, const char *value, GError **error)
{
    xmlNode *property;

    for (property = cmdqvXMLEditNextElement(frontend, NULL); property; property = cmdqvXMLEditNextElement(frontend, property)) {
        if (g_strcmp0(cmdqvXMLReadAttr(property, "name"), name) == 0)
            return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "<qemu:property> in line %d sets '%s' of device '%s', which is "
                                 "behind a vSMMU and gets it from there; remove it", cmdqvXMLReadLine(property), name, alias);
    }
    property = cmdqvXMLEditAddNs(frontend, "property", CMDQV_XML_EDIT_QEMU_NAMESPACE, CMDQV_LOWER_QEMU_PREFIX);
    cmdqvXMLEditSet(property, "name", name);
    cmdqvXMLEditSet(property, "type", "string");
    cmdqvXMLEditSet(property, "value", value);
    return true;
}


static bool
cmdqvLowerWantsIommufd(const cmdqvLowerWork *lowering, const xmlNode *node)
{
    const xmlNode *driver = cmdqvXMLReadChild(node, "driver");
    const char *iommufd = cmdqvXMLReadAttr(driver, "iommufd");

    if ((!cmdqvXMLReadIsOf(node, "hostdev", "type", "pci") && !cmdqvXMLReadIsOf(node, "interface", "type", "hostdev")) ||
        cmdqvDomainXMLIsUnassigned(node))
        return false;
    return iommufd ? strcmp(iommufd, "yes") == 0 : lowering->topology->iommufd == CMDQV_SWITCH_ON;
}


/**
 * cmdqvLowerDevice:
 * @lowering: a domain to lower
 * @node: an element in its <devices>
 * @error: if the device cannot be moved
 *
 * Moves a device from the shadow to its bus, and gives it iommufd; does nothing
 * for most devices.
 *
 * Returns: false with @error set
 */
bool
cmdqvLowerDevice(cmdqvLowerWork *lowering, xmlNode *node, GError **error)
{
    const xmlNode *address = cmdqvXMLReadChild(node, "address");
    xmlNode *driver = cmdqvXMLReadChild(node, "driver");
    bool iommufd = cmdqvLowerWantsIommufd(lowering, node);
    bool said = driver && cmdqvXMLReadAttr(driver, "iommufd");
    cmdqvPCIAddress guest = { .domain = 0 };
    bool placed = false;
    int bus = CMDQV_NONE;
    g_autofree char *own = cmdqvLowerAlias(node);
    g_autofree char *alias = NULL;
    xmlNode *frontend;
    xmlNode *row;

    if (address && g_strcmp0(cmdqvXMLReadAttr(address, "type"), "pci") == 0 && !cmdqvXMLReadAddress(address, &placed, &guest, error))
        return false;
    if (placed)
        bus = cmdqvLowerBusOf(lowering, (int)guest.bus);
    if (bus != CMDQV_NONE && !cmdqvLowerIsMoved(lowering->topology, (guint)bus))
        bus = CMDQV_NONE;
    if (bus == CMDQV_NONE && !iommufd && !said)
        return true;

    row = cmdqvRecordAddRow(lowering->record, CMDQV_RECORD_DEVICE);
    alias = own ? g_strdup(own) : cmdqvLowerMakeAlias(lowering, node, &guest);
    cmdqvXMLEditSet(row, "alias", alias);
    if (!own && cmdqvXMLReadChild(node, "alias"))
        cmdqvXMLEditKeep(row, cmdqvXMLReadChild(node, "alias"));
    if (said) {
        cmdqvXMLEditSet(row, "iommufd", cmdqvXMLReadAttr(driver, "iommufd"));
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
