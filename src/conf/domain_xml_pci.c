/*
 * conf/domain_xml_pci.c: which elements libvirt finds a place on PCI for
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/domain_xml_priv.h"

#include <string.h>

#include "conf/xml_read.h"

/* virDomainDiskDefAssignAddress(), src/conf/domain_conf.c, for a driver without wide SCSI. */
#define CMDQV_SCSI_DISKS 7


/**
 * cmdqvDomainXMLIsUnassigned:
 * @node: a child of <devices>
 *
 * Returns: true for a device that libvirt takes from the host and does not give
 * to QEMU (qemuBuildHostdevCommandLine(), src/qemu/qemu_command.c)
 */
bool
cmdqvDomainXMLIsUnassigned(const xmlNode *node)
{
    const xmlNode *address = cmdqvXMLChild(node, "address");

    return address && g_strcmp0(cmdqvXMLAttr(address, "type"), "unassigned") == 0;
}


/* A <hostdev> of a type; "subsystem" is the default (virDomainHostdevDefParseXML(), src/conf/domain_conf.c). */
static bool
cmdqvDomainXMLIsHostdevOf(const xmlNode *node, const char *const *types)
{
    const char *mode = cmdqvXMLAttr(node, "mode");
    const char *type = cmdqvXMLAttr(node, "type");

    return cmdqvXMLIs(node, "hostdev") && (!mode || strcmp(mode, "subsystem") == 0) && type && g_strv_contains(types, type) &&
        !cmdqvDomainXMLIsUnassigned(node);
}


/**
 * cmdqvDomainXMLIsHostdev:
 * @node: a device
 *
 * Returns: true for a device of the host that QEMU is given by VFIO
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
 * Returns: true for a device of the host of which QEMU makes a virtio device
 * on PCI
 */
bool
cmdqvDomainXMLIsVhost(const xmlNode *node)
{
    static const char *const types[] = { "scsi_host", NULL };

    return cmdqvDomainXMLIsHostdevOf(node, types);
}


/* An emulated device that is there from the start only, and on PCI unless its model says otherwise. */
static bool
cmdqvDomainXMLIsFixedPCI(const xmlNode *node)
{
    static const char *const videos[] = { "none", "ramfb", NULL };
    static const char *const sounds[] = { "usb", "sb16", "pcspk", NULL };
    const xmlNode *model = cmdqvXMLChild(node, "model");
    const xmlNode *target = cmdqvXMLChild(node, "target");
    const char *type = model ? cmdqvXMLAttr(model, "type") : NULL;
    const char *own = cmdqvXMLAttr(node, "model");

    if (cmdqvXMLIs(node, "video"))
        return !type || !g_strv_contains(videos, type);
    if (cmdqvXMLIs(node, "sound"))
        return !own || !g_strv_contains(sounds, own);
    if (cmdqvXMLIs(node, "panic"))
        return g_strcmp0(own, "pvpanic") == 0;
    if (cmdqvXMLIs(node, "iommu"))
        return g_strcmp0(own, "virtio") == 0;
    return cmdqvXMLIs(node, "serial") && target && g_strcmp0(cmdqvXMLAttr(target, "type"), "pci-serial") == 0;
}


/**
 * cmdqvDomainXMLBrings:
 * @node: a child of <devices>
 *
 * Returns: what a device needs and libvirt adds, on PCI and where it likes,
 * unless it is there (seen with 12.8): the type of a controller, or the name
 * of an element; an empty string for nothing
 */
const char *
cmdqvDomainXMLBrings(const xmlNode *node)
{
    static const char *const buses[] = { "scsi", "sata", "usb", "nvme", NULL };
    const xmlNode *target = cmdqvXMLChild(node, "target");
    const char *type = cmdqvXMLAttr(node, "type");
    const char *bus = target ? cmdqvXMLAttr(target, "bus") : NULL;
    const char *dev = target ? cmdqvXMLAttr(target, "dev") : NULL;

    if (cmdqvXMLIs(node, "disk") && !bus)
        return dev && g_str_has_prefix(dev, "sd") ? "scsi" : "";
    if (cmdqvXMLIs(node, "disk"))
        return g_strv_contains(buses, bus) ? bus : "";
    if (cmdqvXMLIs(node, "channel") || cmdqvXMLIs(node, "console"))
        return target && g_strcmp0(cmdqvXMLAttr(target, "type"), "virtio") == 0 ? "virtio-serial" : "";
    if (cmdqvXMLIs(node, "hostdev"))
        return g_strcmp0(type, "scsi") == 0 || g_strcmp0(type, "usb") == 0 ? type : "";
    if (cmdqvXMLIs(node, "input"))
        return g_strcmp0(cmdqvXMLAttr(node, "bus"), "virtio") == 0 ? "" : "usb";
    if (cmdqvXMLIs(node, "redirdev") || cmdqvXMLIs(node, "smartcard") || cmdqvXMLIs(node, "hub"))
        return "usb";
    return cmdqvXMLIs(node, "graphics") ? "video" : "";
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


/* Of the SCSI controllers that a device needs, the last: where the name decides, each has seven. */
static guint
cmdqvDomainXMLScsiIndex(const xmlNode *node)
{
    const xmlNode *address = cmdqvXMLChild(node, "address");
    const xmlNode *target = cmdqvXMLChild(node, "target");
    const char *dev = target ? cmdqvXMLAttr(target, "dev") : NULL;

    if (address)
        return cmdqvDomainXMLNumber(address, "controller", 10, 0);
    return dev && g_str_has_prefix(dev, "sd") ? cmdqvDomainXMLDiskNumber(dev) / CMDQV_SCSI_DISKS : 0;
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
 * @node: a device that is to be plugged in
 *
 * For a SCSI device libvirt plugs in each controller up to the one that it is on
 * (qemuDomainFindOrCreateSCSIDiskController(), src/qemu/qemu_hotplug.c); no other
 * device brings one while the domain runs.
 *
 * Returns: true if it brings one
 */
bool
cmdqvDomainXMLLacksScsi(const cmdqvTopology *topology, const xmlNode *node)
{
    guint last = cmdqvDomainXMLScsiIndex(node);
    guint idx;

    if (strcmp(cmdqvDomainXMLBrings(node), "scsi") != 0)
        return false;
    /* what is lacking is so within as many as there are devices */
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
 * Returns: true if libvirt adds a device on PCI that the text has no element
 * for
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
        type = cmdqvXMLAttr(node, "type");
        (void)g_hash_table_add(brought, (gpointer)cmdqvDomainXMLBrings(node));
        if (cmdqvXMLIs(node, "controller") && type)
            (void)g_hash_table_add(present, (gpointer)type);
        else if (cmdqvXMLIs(node, "video"))
            (void)g_hash_table_add(present, (gpointer)"video");
    }

    (void)g_hash_table_remove(brought, "");
    g_hash_table_iter_init(&iter, brought);
    while (g_hash_table_iter_next(&iter, &what, NULL)) {
        if (!g_hash_table_contains(present, what))
            return true;
    }
    /* it adds a balloon where none is mentioned */
    return !cmdqvXMLChild(devices, "memballoon");
}


/**
 * cmdqvDomainXMLIsPCI:
 * @node: a device
 *
 * Returns: true for one that libvirt gives a PCI address if it has none; the
 * others go to USB, SCSI and their like
 */
bool
cmdqvDomainXMLIsPCI(const xmlNode *node)
{
    static const char *const always[] = { "interface", "rng", "shmem", "filesystem", "vsock", "crypto", "watchdog", "pstore",
        NULL };
    const xmlNode *address = cmdqvXMLChild(node, "address");
    const xmlNode *target = cmdqvXMLChild(node, "target");
    const char *type = cmdqvXMLAttr(node, "type");

    if (address && cmdqvXMLAttr(address, "type"))
        return strcmp(cmdqvXMLAttr(address, "type"), "pci") == 0;
    if (cmdqvXMLIs(node, "hostdev"))
        return cmdqvDomainXMLIsHostdev(node) || cmdqvDomainXMLIsVhost(node);
    if (cmdqvXMLIs(node, "disk")) {
        const char *bus = target ? cmdqvXMLAttr(target, "bus") : NULL;
        const char *dev = target ? cmdqvXMLAttr(target, "dev") : NULL;

        return bus ? strcmp(bus, "virtio") == 0 : dev && g_str_has_prefix(dev, "vd");
    }
    if (cmdqvXMLIs(node, "input"))
        return g_strcmp0(cmdqvXMLAttr(node, "bus"), "virtio") == 0;
    if (cmdqvXMLIs(node, "memory"))
        return cmdqvXMLAttr(node, "model") && g_str_has_prefix(cmdqvXMLAttr(node, "model"), "virtio-");
    if (cmdqvXMLIs(node, "memballoon"))
        return g_strcmp0(cmdqvXMLAttr(node, "model"), "none") != 0;
    if (cmdqvXMLIs(node, "controller"))
        return g_strcmp0(type, "pci") != 0 && g_strcmp0(type, "ccid") != 0 &&
            g_strcmp0(cmdqvXMLAttr(node, "model"), "none") != 0;
    return g_strv_contains(always, (const char *)node->name) || cmdqvDomainXMLIsFixedPCI(node);
}


/**
 * cmdqvDomainXMLAwaitsPlace:
 * @node: a child of <devices>
 *
 * Returns: true for a device that libvirt has still to give a PCI address, and
 * that is not certain to be one of the host's
 */
bool
cmdqvDomainXMLAwaitsPlace(const xmlNode *node)
{
    cmdqvPCIAddress guest;
    bool hasGuest;

    if (node->type != XML_ELEMENT_NODE || node->ns || !cmdqvDomainXMLIsPCI(node) ||
        (cmdqvXMLIs(node, "hostdev") && cmdqvDomainXMLIsHostdev(node)) ||
        (cmdqvXMLIs(node, "interface") && g_strcmp0(cmdqvXMLAttr(node, "type"), "hostdev") == 0))
        return false;
    return cmdqvDomainXMLGuestAddress(node, &hasGuest, &guest, NULL) && !hasGuest;
}


/**
 * cmdqvDomainXMLCountUnplaced:
 * @root: a <domain> element
 *
 * Returns: for how many devices libvirt has still to find a place on PCI, the
 * balloon that it adds included; it may add controllers for some of them
 */
guint
cmdqvDomainXMLCountUnplaced(const xmlNode *root)
{
    const xmlNode *devices = cmdqvXMLChild(root, "devices");
    const xmlNode *node;
    guint count = devices && !cmdqvXMLChild(devices, "memballoon");

    for (node = devices ? devices->children : NULL; node; node = node->next) {
        const xmlNode *address = node->type == XML_ELEMENT_NODE ? cmdqvXMLChild(node, "address") : NULL;

        if (node->type != XML_ELEMENT_NODE || node->ns || (address && g_strcmp0(cmdqvXMLAttr(address, "type"), "pci") == 0))
            continue;
        count += cmdqvDomainXMLIsPCI(node);
    }
    return count;
}


/**
 * cmdqvDomainXMLIsConventional:
 * @node: a device on PCI
 *
 * Returns: true for one that libvirt does not take for PCI Express
 * (qemuDomainDeviceCalculatePCIConnectFlags(), src/qemu/qemu_domain_address.c)
 */
bool
cmdqvDomainXMLIsConventional(const xmlNode *node)
{
    static const char *const express[] = { "virtio", "virtio-non-transitional", "e1000e", "igb", NULL };
    const xmlNode *child = cmdqvXMLChild(node, "model");
    const char *model = child ? cmdqvXMLAttr(child, "type") : cmdqvXMLAttr(node, "model");

    if (cmdqvXMLIs(node, "shmem") || cmdqvXMLIs(node, "watchdog"))
        return true;
    if (!model)
        return false;
    if (cmdqvXMLIs(node, "interface"))
        return g_strcmp0(cmdqvXMLAttr(node, "type"), "hostdev") != 0 && !g_strv_contains(express, model);
    if (cmdqvXMLIs(node, "controller") && g_strcmp0(cmdqvXMLAttr(node, "type"), "scsi") == 0 &&
        !g_str_has_prefix(model, "virtio-"))
        return true;
    return g_str_has_suffix(model, "-transitional") && !g_str_has_suffix(model, "-non-transitional");
}
