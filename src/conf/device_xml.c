/*
 * device_xml.c: read device XML, and find the device of a domain that it
 * designates
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/device_xml.h"

#include <string.h>

#include "conf/fatal_values.h"
#include "util/error.h"


/**
 * cmdqvDeviceFree:
 * @device: (transfer full) (nullable): a device
 */
void
cmdqvDeviceFree(cmdqvDevice *device)
{
    if (!device)
        return;

    xmlFreeDoc(device->doc);
    g_free(device->element);
    g_free(device->alias);
    g_free(device);
}


/**
 * cmdqvDeviceNewAlias:
 * @alias: the alias of a device
 *
 * Returns: (transfer full): a device that its alias alone designates, as for
 * virDomainDetachDeviceAlias()
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

    if (!cmdqvXMLReadAttrUint(node, name, 10, G_MAXINT, &present, &value, error))
        return false;
    if (present)
        device->index = (int)value;
    return true;
}


/* Reads it as libvirt does on every architecture; an absent part is 0. */
static bool
cmdqvDeviceXMLReadCcw(cmdqvDevice *device, const xmlNode *address, GError **error)
{
    device->hasCcw = true;
    return cmdqvXMLReadAttrUint(address, "cssid", 0, G_MAXUINT, NULL, &device->ccw.domain, error) &&
        cmdqvXMLReadAttrUint(address, "ssid", 0, G_MAXUINT, NULL, &device->ccw.bus, error) &&
        cmdqvXMLReadAttrUint(address, "devno", 0, G_MAXUINT, NULL, &device->ccw.slot, error);
}


static bool
cmdqvDeviceXMLReadAddress(cmdqvDevice *device, const xmlNode *address, GError **error)
{
    const char *type = cmdqvXMLReadAttr(address, "type");

    if (g_strcmp0(type, "pci") == 0)
        return cmdqvXMLReadAddress(address, &device->hasGuest, &device->guest, error);
    return g_strcmp0(type, "ccw") != 0 || cmdqvDeviceXMLReadCcw(device, address, error);
}


static bool
cmdqvDeviceXMLReadKind(cmdqvDevice *device, const xmlNode *root, GError **error)
{
    const char *type = cmdqvXMLReadAttr(root, "type");
    const xmlNode *source = cmdqvXMLReadChild(root, "source");
    const xmlNode *address = cmdqvXMLReadChild(source, "address");
    const xmlNode *driver = cmdqvXMLReadChild(root, "driver");

    if (cmdqvXMLReadIs(root, "hostdev") && g_strcmp0(type, "pci") == 0) {
        device->kind = CMDQV_DEVICE_HOSTDEV;
        /* libvirt compares 0000:00:00.0 here as any other address */
        device->hasHost = address != NULL;
        if (address) {
            bool ignored;

            return cmdqvXMLReadAddress(address, &ignored, &device->host, error);
        }
    } else if (cmdqvXMLReadIs(root, "interface")) {
        device->kind = CMDQV_DEVICE_INTERFACE;
        return cmdqvXMLReadMac(root, &device->hasMac, device->mac, error);
    } else if (cmdqvXMLReadIsPCIController(root)) {
        device->kind = CMDQV_DEVICE_CONTROLLER;
        return cmdqvDeviceXMLReadIndex(device, root, "index", error);
    } else if (cmdqvXMLReadIs(root, "iommu")) {
        device->kind = CMDQV_DEVICE_IOMMU;
        return !driver || cmdqvDeviceXMLReadIndex(device, driver, "pciBus", error);
    }
    return true;
}


/**
 * cmdqvDeviceXMLParse:
 * @xml: the XML of one device
 * @len: its length in bytes
 * @error: as for cmdqvXMLReadParse()
 *
 * Returns: (transfer full): a device of which only @doc and @element are known,
 * NULL with @error set
 */
cmdqvDevice *
cmdqvDeviceXMLParse(const char *xml, gsize len, GError **error)
{
    xmlDoc *doc = cmdqvXMLReadParse(xml, len, NULL, error);
    cmdqvDevice *device = doc ? cmdqvDeviceNewAlias(NULL) : NULL;

    if (device) {
        device->doc = doc;
        device->element = g_strdup((const char *)xmlDocGetRootElement(doc)->name);
    }
    return device;
}


/**
 * cmdqvDeviceXMLRead:
 * @xml: the XML of one device, as virDomainDetachDeviceFlags() takes it
 * @len: its length in bytes
 * @error: as for cmdqvDeviceXMLParse(); CMDQV_ERROR_FORBIDDEN also for a number
 *   that libvirt does not survive, or CMDQV_ERROR_INVALID
 *
 * Returns: (transfer full): the device that the XML designates, NULL with
 * @error set
 */
cmdqvDevice *
cmdqvDeviceXMLRead(const char *xml, gsize len, GError **error)
{
    g_autoptr(cmdqvDevice) device = cmdqvDeviceXMLParse(xml, len, error);
    const xmlNode *root = device ? xmlDocGetRootElement(device->doc) : NULL;
    g_autofree char *fatal = root ? cmdqvFatalValuesFind(root, NULL) : NULL;
    const xmlNode *address = cmdqvXMLReadChild(root, "address");
    const xmlNode *alias = cmdqvXMLReadChild(root, "alias");

    if (fatal)
        cmdqvErrorSet(error, CMDQV_ERROR_FORBIDDEN, "%s", fatal);
    if (!device || fatal || (address && !cmdqvDeviceXMLReadAddress(device, address, error)))
        return NULL;
    if (alias)
        device->alias = g_strdup(cmdqvXMLReadAttr(alias, "name"));
    if (!cmdqvDeviceXMLReadKind(device, root, error))
        return NULL;
    return g_steal_pointer(&device);
}


/* A definition has only user aliases; libvirt drops others when it reads it. */
static bool
cmdqvDeviceAliasCounts(const char *alias, bool live)
{
    if (!alias || *alias == '\0')
        return false;
    return live || cmdqvAliasIsUsers(alias);
}


/*
 * As virDomainNetFindIdx() does, src/conf/domain_conf.c: values that both have
 * must be equal, and the type does not matter.
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
    /* libvirt compares the memory of a union: a CCW address with the beginning of the PCI address */
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
 * @device: device XML from a caller, read
 * @endpoint: a device of the domain
 * @live: whether the domain's live state is meant, not its definition
 *
 * Compares as libvirt does. For a hostdev only the address on the host counts
 * (virDomainHostdevMatch(), src/conf/domain_conf.c), whether the domain has it
 * as <hostdev> or as <interface>.
 *
 * Returns: true if @device designates @endpoint
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
 * @device: device XML from a caller, read
 * @bus: a controller of a definition
 *
 * Returns: true if @device designates the controller
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
 * @device: device XML from a caller, read
 * @topology: a domain
 * @live: whether that is its live state
 *
 * Returns: index of the first endpoint that @device designates, CMDQV_NONE if
 * there is none
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
