/*
 * conf/device_xml.c: device XML, and which device of a domain it designates
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/device_xml.h"

#include <string.h>

#include "conf/xml_read.h"
#include "util/error.h"


/**
 * cmdqvDeviceFree:
 * @device: (transfer full) (nullable): a device of which XML was read
 */
void
cmdqvDeviceFree(cmdqvDevice *device)
{
    if (!device)
        return;

    g_free(device->element);
    g_free(device->alias);
    g_free(device);
}


/**
 * cmdqvDeviceNewAlias:
 * @alias: the alias of a device
 *
 * Returns: (transfer full): a device that is designated by its alias alone, as
 * virDomainDetachDeviceAlias() does it
 */
cmdqvDevice *
cmdqvDeviceNewAlias(const char *alias)
{
    cmdqvDevice *device = g_new0(cmdqvDevice, 1);

    device->kind = CMDQV_DEVICE_OTHER;
    device->alias = g_strdup(alias);
    device->index = CMDQV_NONE;
    return device;
}


static bool
cmdqvDeviceXMLReadIndex(cmdqvDevice *device, const xmlNode *node, const char *name, GError **error)
{
    unsigned int value;
    bool present;

    if (!cmdqvXMLAttrUint(node, name, 10, G_MAXINT, &present, &value, error))
        return false;
    if (present)
        device->index = (int)value;
    return true;
}


/* As libvirt reads it on every architecture; what is absent is 0. */
static bool
cmdqvDeviceXMLReadCcw(cmdqvDevice *device, const xmlNode *address, GError **error)
{
    device->hasCcw = true;
    return cmdqvXMLAttrUint(address, "cssid", 0, G_MAXUINT, NULL, &device->ccw.domain, error) &&
        cmdqvXMLAttrUint(address, "ssid", 0, G_MAXUINT, NULL, &device->ccw.bus, error) &&
        cmdqvXMLAttrUint(address, "devno", 0, G_MAXUINT, NULL, &device->ccw.slot, error);
}


static bool
cmdqvDeviceXMLReadAddress(cmdqvDevice *device, const xmlNode *address, GError **error)
{
    const char *type = cmdqvXMLAttr(address, "type");

    if (g_strcmp0(type, "pci") == 0)
        return cmdqvXMLAddress(address, &device->hasGuest, &device->guest, error);
    return g_strcmp0(type, "ccw") != 0 || cmdqvDeviceXMLReadCcw(device, address, error);
}


static bool
cmdqvDeviceXMLReadKind(cmdqvDevice *device, const xmlNode *root, GError **error)
{
    const char *type = cmdqvXMLAttr(root, "type");
    const xmlNode *source = cmdqvXMLChild(root, "source");
    const xmlNode *address = source ? cmdqvXMLChild(source, "address") : NULL;
    const xmlNode *driver = cmdqvXMLChild(root, "driver");

    if (cmdqvXMLIs(root, "hostdev") && g_strcmp0(type, "pci") == 0) {
        device->kind = CMDQV_DEVICE_HOSTDEV;
        /* 0000:00:00.0 is an address like any other here: libvirt compares it */
        device->hasHost = address != NULL;
        if (address) {
            bool ignored;

            return cmdqvXMLAddress(address, &ignored, &device->host, error);
        }
    } else if (cmdqvXMLIs(root, "interface")) {
        device->kind = CMDQV_DEVICE_INTERFACE;
        return cmdqvXMLMac(root, &device->hasMac, device->mac, error);
    } else if (cmdqvXMLIs(root, "controller") && g_strcmp0(type, "pci") == 0) {
        device->kind = CMDQV_DEVICE_CONTROLLER;
        return cmdqvDeviceXMLReadIndex(device, root, "index", error);
    } else if (cmdqvXMLIs(root, "iommu")) {
        device->kind = CMDQV_DEVICE_IOMMU;
        return !driver || cmdqvDeviceXMLReadIndex(device, driver, "pciBus", error);
    }
    return true;
}


/**
 * cmdqvDeviceXMLRead:
 * @xml: the XML of one device, as virDomainDetachDeviceFlags() takes it
 * @len: its length in bytes
 * @error: CMDQV_ERROR_MALFORMED or CMDQV_ERROR_INVALID
 *
 * Returns: (transfer full): what the XML says of which device is meant, NULL
 * with @error set
 */
cmdqvDevice *
cmdqvDeviceXMLRead(const char *xml, gsize len, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(xml, len, NULL, error);
    g_autoptr(cmdqvDevice) device = NULL;
    const xmlNode *root;
    const xmlNode *address;
    const xmlNode *alias;

    if (!doc)
        return NULL;

    root = xmlDocGetRootElement(doc);
    device = cmdqvDeviceNewAlias(NULL);
    device->element = g_strdup((const char *)root->name);

    address = cmdqvXMLChild(root, "address");
    if (address && !cmdqvDeviceXMLReadAddress(device, address, error))
        return NULL;
    alias = cmdqvXMLChild(root, "alias");
    if (alias)
        device->alias = g_strdup(cmdqvXMLAttr(alias, "name"));
    if (!cmdqvDeviceXMLReadKind(device, root, error))
        return NULL;
    return g_steal_pointer(&device);
}


/* In a definition there are only the aliases that a user gave; libvirt forgets others when it reads them. */
static bool
cmdqvDeviceAliasCounts(const char *alias, bool live)
{
    if (!alias || *alias == '\0')
        return false;
    return live || cmdqvAliasIsUsers(alias);
}


/*
 * virDomainNetFindIdx(), src/conf/domain_conf.c: what both sides give must be
 * equal, the type is not looked at.
 */
static bool
cmdqvDeviceDesignatesInterface(const cmdqvDevice *device, const cmdqvEndpoint *endpoint, bool live)
{
    if (strcmp(endpoint->element, "interface") != 0)
        return false;
    if (device->hasMac && endpoint->hasMac && memcmp(device->mac, endpoint->mac, sizeof(device->mac)) != 0)
        return false;
    if (device->hasGuest && endpoint->hasGuest && !cmdqvPCIAddressEqual(&device->guest, &endpoint->guest))
        return false;
    /* libvirt compares with what lies in the same place of memory as a CCW address: the beginning of the PCI one */
    if (device->hasCcw && (device->ccw.domain != endpoint->guest.domain || device->ccw.bus != endpoint->guest.bus ||
                           device->ccw.slot != endpoint->guest.slot))
        return false;
    if (cmdqvDeviceAliasCounts(device->alias, live) && cmdqvDeviceAliasCounts(endpoint->id, live) &&
        strcmp(device->alias, endpoint->id) != 0)
        return false;
    return true;
}


/**
 * cmdqvDeviceDesignates:
 * @device: what a caller said
 * @endpoint: a device of the domain
 * @live: whether the domain's live state is meant, not its definition
 *
 * The same question libvirt asks of each device in turn.  For a hostdev the
 * address on the host decides and nothing else (virDomainHostdevMatch(),
 * src/conf/domain_conf.c), be it written as <hostdev> or as <interface> in the
 * domain.
 *
 * Returns: true if @device means @endpoint
 */
bool
cmdqvDeviceDesignates(const cmdqvDevice *device, const cmdqvEndpoint *endpoint, bool live)
{
    switch (device->kind) {
    case CMDQV_DEVICE_HOSTDEV:
        return device->hasHost && endpoint->hasHost && cmdqvPCIAddressEqual(&device->host, &endpoint->host);

    case CMDQV_DEVICE_INTERFACE:
        return cmdqvDeviceDesignatesInterface(device, endpoint, live);

    case CMDQV_DEVICE_OTHER:
        return !device->element && g_strcmp0(device->alias, endpoint->id) == 0;

    case CMDQV_DEVICE_CONTROLLER:
    case CMDQV_DEVICE_IOMMU:
    case CMDQV_DEVICE_LAST:
    default:
        return false;
    }
}


/**
 * cmdqvDeviceDesignatesBus:
 * @device: what a caller said
 * @bus: a controller of a definition
 *
 * Returns: true if @device means the controller
 */
bool
cmdqvDeviceDesignatesBus(const cmdqvDevice *device, const cmdqvBus *bus)
{
    if (device->kind == CMDQV_DEVICE_CONTROLLER)
        return device->index != CMDQV_NONE && device->index == bus->index;
    return !device->element && cmdqvDeviceAliasCounts(device->alias, false) && g_strcmp0(device->alias, bus->name) == 0;
}


/**
 * cmdqvDeviceFind:
 * @device: what a caller said
 * @topology: a domain
 * @live: whether that is its live state
 *
 * Returns: index of the first endpoint that is meant, CMDQV_NONE if none is
 */
int
cmdqvDeviceFind(const cmdqvDevice *device, const cmdqvTopology *topology, bool live)
{
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        if (cmdqvDeviceDesignates(device, &g_array_index(topology->endpoints, cmdqvEndpoint, i), live))
            return (int)i;
    }
    return CMDQV_NONE;
}
