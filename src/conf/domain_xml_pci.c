/*
 * domain_xml_pci.c: find the elements that libvirt puts on PCI
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/domain_xml_priv.h"

#include <string.h>

#include "conf/xml_read.h"

/* virDomainDiskDefAssignAddress(), src/conf/domain_conf.c, for a driver without wide SCSI. */
#define CMDQV_DOMAIN_XML_PCI_SCSI_DISKS 7


/**
 * cmdqvDomainXMLIsUnassigned:
 * @node: a child of <devices>
 *
 * Returns: true for a device that libvirt detaches from the host but does not
 * give to QEMU (qemuBuildHostdevCommandLine(), src/qemu/qemu_command.c)
 */
bool
cmdqvDomainXMLIsUnassigned(const xmlNode *node)
{
    const xmlNode *address = cmdqvXMLReadChild(node, "address");

    return address && g_strcmp0(cmdqvXMLReadAttr(address, "type"), "unassigned") == 0;
}


/* A <hostdev> of a type; "subsystem" is the default (virDomainHostdevDefParseXML(), src/conf/domain_conf.c). */
static bool
cmdqvDomainXMLIsHostdevOf(const xmlNode *node, const char *const *types)
{
    const char *mode = cmdqvXMLReadAttr(node, "mode");
    const char *type = cmdqvXMLReadAttr(node, "type");

    return cmdqvXMLReadIs(node, "hostdev") && (!mode || strcmp(mode, "subsystem") == 0) && type && g_strv_contains(types, type) &&
        !cmdqvDomainXMLIsUnassigned(node);
}


/**
 * cmdqvDomainXMLIsHostdev:
 * @node: a device
 *
 * Returns: true for a host device that QEMU gets through VFIO
 */
bool
cmdqvDomainXMLIsHostdev(const xmlNode *node)
{
    static const char *const types[] = { "pci", "mdev", NULL };

    return cmdqvDomainXMLIsHostdevOf(node, types);
}


/**
 * cmdqvDomainXMLIsVhost:
 * @node: a device
 *
 * Returns: true for a host device that QEMU shows to the guest as a virtio
 * device on PCI
 */
bool
cmdqvDomainXMLIsVhost(const xmlNode *node)
{
    static const char *const types[] = { "scsi_host", NULL };

    return cmdqvDomainXMLIsHostdevOf(node, types);
}


/* An emulated device that cannot be hot-plugged, and is on PCI unless its model says otherwise. */
static bool
cmdqvDomainXMLIsFixedPCI(const xmlNode *node)
{
    static const char *const videos[] = { "none", "ramfb", NULL };
    static const char *const sounds[] = { "usb", "sb16", "pcspk", NULL };
    const xmlNode *model = cmdqvXMLReadChild(node, "model");
    const xmlNode *target = cmdqvXMLReadChild(node, "target");
    const char *type = cmdqvXMLReadAttr(model, "type");
    const char *own = cmdqvXMLReadAttr(node, "model");

    if (cmdqvXMLReadIs(node, "video"))
        return !type || !g_strv_contains(videos, type);
    if (cmdqvXMLReadIs(node, "sound"))
        return !own || !g_strv_contains(sounds, own);
    if (cmdqvXMLReadIs(node, "panic"))
        return g_strcmp0(own, "pvpanic") == 0;
    if (cmdqvXMLReadIs(node, "iommu"))
        return g_strcmp0(own, "virtio") == 0;
    return cmdqvXMLReadIs(node, "serial") && target && g_strcmp0(cmdqvXMLReadAttr(target, "type"), "pci-serial") == 0;
}


/**
 * cmdqvDomainXMLBrings:
 * @node: a child of <devices>
 *
 * Returns: the controller that libvirt adds on PCI for a device, at an address that it
 * chooses, unless the domain has it (seen with 12.8): the type of a controller,
 * or the name of an element; an empty string for nothing
 */
const char *
cmdqvDomainXMLBrings(const xmlNode *node)
{
    static const char *const buses[] = { "scsi", "sata", "usb", "nvme", NULL };
    const xmlNode *target = cmdqvXMLReadChild(node, "target");
    const char *type = cmdqvXMLReadAttr(node, "type");
    const char *bus = cmdqvXMLReadAttr(target, "bus");
    const char *dev = cmdqvXMLReadAttr(target, "dev");

    if (cmdqvXMLReadIs(node, "disk") && !bus)
        return dev && g_str_has_prefix(dev, "sd") ? "scsi" : "";
    if (cmdqvXMLReadIs(node, "disk"))
        return g_strv_contains(buses, bus) ? bus : "";
    if (cmdqvXMLReadIs(node, "channel") || cmdqvXMLReadIs(node, "console"))
        return target && g_strcmp0(cmdqvXMLReadAttr(target, "type"), "virtio") == 0 ? "virtio-serial" : "";
    if (cmdqvXMLReadIs(node, "hostdev"))
        return g_strcmp0(type, "scsi") == 0 || g_strcmp0(type, "usb") == 0 ? type : "";
    if (cmdqvXMLReadIs(node, "input"))
        return g_strcmp0(cmdqvXMLReadAttr(node, "bus"), "virtio") == 0 ? "" : "usb";
    if (cmdqvXMLReadIs(node, "redirdev") || cmdqvXMLReadIs(node, "smartcard") || cmdqvXMLReadIs(node, "hub"))
        return "usb";
    return cmdqvXMLReadIs(node, "graphics") ? "video" : "";
}


/* The number in a disk's name: sda is 0, sdz 25, sdaa 26 (virDiskNameParse(), src/util/virutil.c). */
static guint
cmdqvDomainXMLDiskNumber(const char *name)
{
    guint number = 0;
    gsize i;

    for (i = strlen("sd"); g_ascii_islower(name[i]) && number <= G_MAXUINT16; i++)
        number = number * 26 + (guint)(name[i] - 'a') + 1;
    return number > 0 ? number - 1 : 0;
}


/* The last SCSI controller that a device needs; if the name of the disk decides, each has seven. */
static guint
cmdqvDomainXMLScsiIndex(const xmlNode *node)
{
    const xmlNode *address = cmdqvXMLReadChild(node, "address");
    const xmlNode *target = cmdqvXMLReadChild(node, "target");
    const char *dev = cmdqvXMLReadAttr(target, "dev");

    if (address)
        return cmdqvDomainXMLNumber(address, "controller", 10, 0);
    return dev && g_str_has_prefix(dev, "sd") ? cmdqvDomainXMLDiskNumber(dev) / CMDQV_DOMAIN_XML_PCI_SCSI_DISKS : 0;
}


static bool
cmdqvDomainXMLHasScsi(const cmdqvTopology *topology, guint idx)
{
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        if (g_array_index(topology->endpoints, cmdqvEndpoint, i).scsi == (int)idx)
            return true;
    }
    return false;
}


/**
 * cmdqvDomainXMLLacksScsi:
 * @topology: a running domain
 * @node: a device to hot-plug
 *
 * For a SCSI device libvirt hot-plugs all controllers up to that of the device
 * (qemuDomainFindOrCreateSCSIDiskController(), src/qemu/qemu_hotplug.c); for no
 * other device does it add one while the domain runs.
 *
 * Returns: true if libvirt adds one
 */
bool
cmdqvDomainXMLLacksScsi(const cmdqvTopology *topology, const xmlNode *node)
{
    guint last = cmdqvDomainXMLScsiIndex(node);
    guint idx;

    if (strcmp(cmdqvDomainXMLBrings(node), "scsi") != 0)
        return false;
    /* the first missing controller is among as many as there are devices */
    for (idx = 0; idx <= last && idx <= topology->endpoints->len; idx++) {
        if (!cmdqvDomainXMLHasScsi(topology, idx))
            return true;
    }
    return false;
}


/**
 * cmdqvDomainXMLIsIncomplete:
 * @devices: the <devices> of a domain
 *
 * Returns: true if libvirt adds a device on PCI that has no element in the text
 */
bool
cmdqvDomainXMLIsIncomplete(const xmlNode *devices)
{
    g_autoptr(GHashTable) brought = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) present = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTableIter iter;
    const xmlNode *node;
    gpointer what;

    for (node = devices->children; node; node = node->next) {
        const char *type;

        if (node->type != XML_ELEMENT_NODE || node->ns)
            continue;
        type = cmdqvXMLReadAttr(node, "type");
        (void)g_hash_table_add(brought, (gpointer)cmdqvDomainXMLBrings(node));
        if (cmdqvXMLReadIs(node, "controller") && type)
            (void)g_hash_table_add(present, (gpointer)type);
        else if (cmdqvXMLReadIs(node, "video"))
            (void)g_hash_table_add(present, (gpointer)"video");
    }

    (void)g_hash_table_remove(brought, "");
    g_hash_table_iter_init(&iter, brought);
    while (g_hash_table_iter_next(&iter, &what, NULL)) {
        if (!g_hash_table_contains(present, what))
            return true;
    }
    /* libvirt adds a balloon if there is no <memballoon> */
    return !cmdqvXMLReadChild(devices, "memballoon");
}


/**
 * cmdqvDomainXMLIsPCI:
 * @node: a device
 *
 * Returns: true if libvirt gives it a PCI address when it has none, and none on
 * USB, SCSI or another bus
 */
bool
cmdqvDomainXMLIsPCI(const xmlNode *node)
{
    static const char *const always[] = { "interface", "rng", "shmem", "filesystem", "vsock", "crypto", "watchdog", "pstore",
        NULL };
    const xmlNode *address = cmdqvXMLReadChild(node, "address");
    const xmlNode *target = cmdqvXMLReadChild(node, "target");
    const char *type = cmdqvXMLReadAttr(node, "type");

    if (address && cmdqvXMLReadAttr(address, "type"))
        return strcmp(cmdqvXMLReadAttr(address, "type"), "pci") == 0;
    if (cmdqvXMLReadIs(node, "hostdev"))
        return cmdqvDomainXMLIsHostdev(node) || cmdqvDomainXMLIsVhost(node);
    if (cmdqvXMLReadIs(node, "disk")) {
        const char *bus = cmdqvXMLReadAttr(target, "bus");
        const char *dev = cmdqvXMLReadAttr(target, "dev");

        return bus ? strcmp(bus, "virtio") == 0 : dev && g_str_has_prefix(dev, "vd");
    }
    if (cmdqvXMLReadIs(node, "input"))
        return g_strcmp0(cmdqvXMLReadAttr(node, "bus"), "virtio") == 0;
    if (cmdqvXMLReadIs(node, "memory"))
        return cmdqvXMLReadAttr(node, "model") && g_str_has_prefix(cmdqvXMLReadAttr(node, "model"), "virtio-");
    if (cmdqvXMLReadIs(node, "memballoon"))
        return g_strcmp0(cmdqvXMLReadAttr(node, "model"), "none") != 0;
    if (cmdqvXMLReadIs(node, "controller"))
        return g_strcmp0(type, "pci") != 0 && g_strcmp0(type, "ccid") != 0 &&
            g_strcmp0(cmdqvXMLReadAttr(node, "model"), "none") != 0;
    return g_strv_contains(always, (const char *)node->name) || cmdqvDomainXMLIsFixedPCI(node);
}


/**
 * cmdqvDomainXMLAwaitsPlace:
 * @node: a child of <devices>
 *
 * Returns: true for a device without a PCI address that libvirt puts on PCI,
 * and that may be emulated
 */
bool
cmdqvDomainXMLAwaitsPlace(const xmlNode *node)
{
    cmdqvPCIAddress guest;
    bool hasGuest;

    if (node->type != XML_ELEMENT_NODE || node->ns || !cmdqvDomainXMLIsPCI(node) ||
        (cmdqvXMLReadIs(node, "hostdev") && cmdqvDomainXMLIsHostdev(node)) || cmdqvXMLReadIsOf(node, "interface", "type", "hostdev"))
        return false;
    return cmdqvDomainXMLGuestAddress(node, &hasGuest, &guest, NULL) && !hasGuest;
}


/**
 * cmdqvDomainXMLCountUnplaced:
 * @root: a <domain> element
 *
 * Returns: how many devices libvirt still has to place on PCI, including the
 * balloon that it adds; it may add controllers for some of them
 */
guint
cmdqvDomainXMLCountUnplaced(const xmlNode *root)
{
    const xmlNode *devices = cmdqvXMLReadChild(root, "devices");
    const xmlNode *node;
    guint count = devices && !cmdqvXMLReadChild(devices, "memballoon");

    for (node = devices ? devices->children : NULL; node; node = node->next) {
        const xmlNode *address = node->type == XML_ELEMENT_NODE ? cmdqvXMLReadChild(node, "address") : NULL;

        if (node->type != XML_ELEMENT_NODE || node->ns || (address && g_strcmp0(cmdqvXMLReadAttr(address, "type"), "pci") == 0))
            continue;
        count += cmdqvDomainXMLIsPCI(node);
    }
    return count;
}


/**
 * cmdqvDomainXMLIsConventional:
 * @node: a device on PCI
 *
 * Returns: true if libvirt does not treat it as PCI Express
 * (qemuDomainDeviceCalculatePCIConnectFlags(), src/qemu/qemu_domain_address.c)
 */
bool
cmdqvDomainXMLIsConventional(const xmlNode *node)
{
    static const char *const express[] = { "virtio", "virtio-non-transitional", "e1000e", "igb", NULL };
    const xmlNode *child = cmdqvXMLReadChild(node, "model");
    const char *model = child ? cmdqvXMLReadAttr(child, "type") : cmdqvXMLReadAttr(node, "model");

    if (cmdqvXMLReadIs(node, "shmem") || cmdqvXMLReadIs(node, "watchdog"))
        return true;
    if (!model)
        return false;
    if (cmdqvXMLReadIs(node, "interface"))
        return g_strcmp0(cmdqvXMLReadAttr(node, "type"), "hostdev") != 0 && !g_strv_contains(express, model);
    if (cmdqvXMLReadIsOf(node, "controller", "type", "scsi") && !g_str_has_prefix(model, "virtio-"))
        return true;
    return g_str_has_suffix(model, "-transitional") && !g_str_has_suffix(model, "-non-transitional");
}
