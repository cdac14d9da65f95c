/*
 * layout_devices.c: find the host devices for a layout
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "layout/layout_priv.h"

#include <string.h>

#include "layout/nova_request.h"
#include "util/error.h"
#include "util/text.h"


/* Whether a host device can be behind a vSMMU: a failover primary cannot anchor one. */
static bool
cmdqvLayoutIsHostdev(const xmlNode *node)
{
    const char *mode = cmdqvXMLReadAttr(node, "mode");

    if (cmdqvXMLReadIsOf(cmdqvXMLReadChild(node, "teaming"), "teaming", "type", "transient"))
        return false;
    return cmdqvXMLReadIsOf(node, "interface", "type", "hostdev") ||
        (cmdqvXMLReadIsOf(node, "hostdev", "type", "pci") && (!mode || strcmp(mode, "subsystem") == 0));
}


static cmdqvLayoutDevice *
cmdqvLayoutFind(const cmdqvLayout *layout, const cmdqvPCIAddress *host)
{
    guint i;

    for (i = 0; i < layout->items->len; i++) {
        cmdqvLayoutDevice *item = &g_array_index(layout->items, cmdqvLayoutDevice, i);

        if (cmdqvPCIAddressEqual(&item->host, host))
            return item;
    }
    return NULL;
}


/* Queries the host about a device; false with @error set if no guest can use it. */
static bool
cmdqvLayoutLookup(const cmdqvLayout *layout, cmdqvLayoutDevice *item, GError **error)
{
    const cmdqvLayoutRequest *request = layout->request;

    (void)cmdqvPCIAddressFormat(&item->host, item->name);
    if (!request->ask(item->name, &item->place, request->data))
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "device '%s': this host has no such PCI device behind an SMMUv3; "
                             "'virt-cmdqv host' lists those that it has", item->name);
    /* libvirt refuses it when the domain starts (virHostdevPreparePCIDevicesImpl(), src/hypervisor/virhostdev.c) */
    if (item->place.isBridge)
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "device '%s': it is a PCI bridge, which no guest can have; name "
                             "devices behind it", item->name);
    return true;
}


static bool
cmdqvLayoutAddWanted(cmdqvLayout *layout, const char *text, GError **error)
{
    cmdqvLayoutDevice item = { .vsmmu = CMDQV_NONE, .expander = CMDQV_NONE };

    if (!cmdqvPCIAddressParse(text, &item.host)) {
        g_autofree char *quoted = cmdqvTextShorten(text);

        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "'%s' is not the address of a PCI device, such as 0009:01:00.0",
                             quoted);
    }
    if (!cmdqvLayoutLookup(layout, &item, error))
        return false;
    if (!item.place.mayHaveCmdqv)
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "device '%s': it is behind host SMMU '%s', which has no CMDQV; "
                             "'virt-cmdqv host' lists those that have", item.name, item.place.smmu);
    if (cmdqvLayoutFind(layout, &item.host))
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "device '%s' is given twice", item.name);
    g_array_append_val(layout->items, item);
    layout->window += item.place.needs.window;
    return true;
}


/* The accelerated vSMMU of a device in the domain. */
static int
cmdqvLayoutVsmmuOf(const cmdqvLayout *layout, const xmlNode *node)
{
    const xmlNode *element = cmdqvXMLReadChild(node, "address");
    cmdqvPCIAddress guest = { .domain = 0 };
    bool present = false;
    guint i;

    if (!element || g_strcmp0(cmdqvXMLReadAttr(element, "type"), "pci") != 0 ||
        !cmdqvXMLReadAddress(element, &present, &guest, NULL) || !present)
        return CMDQV_NONE;
    for (i = 0; i < layout->topology->buses->len; i++) {
        int smmu = g_array_index(layout->topology->buses, cmdqvBus, i).index == (int)guest.bus
            ? cmdqvTopologyBusSmmu(layout->topology, (int)i) : CMDQV_NONE;

        if (smmu != CMDQV_NONE && cmdqvTopologyGetSmmu(layout->topology, smmu)->accel == CMDQV_SWITCH_ON)
            return smmu;
    }
    return CMDQV_NONE;
}


/* Adds a device of the domain if its SMMU has CMDQV. */
static bool
cmdqvLayoutAddPresent(cmdqvLayout *layout, xmlNode *node, GError **error)
{
    const xmlNode *source = cmdqvXMLReadChild(node, "source");
    const xmlNode *address = cmdqvXMLReadChild(source, "address");
    cmdqvLayoutDevice found = { .vsmmu = CMDQV_NONE, .expander = CMDQV_NONE };
    cmdqvLayoutDevice *item;
    bool present = false;

    if (!address)
        return true;
    if (!cmdqvXMLReadAddress(address, &present, &found.host, error))
        return false;
    if (!present)
        return true;
    item = cmdqvLayoutFind(layout, &found.host);
    if (!item) {
        if (!cmdqvLayoutLookup(layout, &found, error))
            return false;
        layout->window += found.place.needs.window;
        if (!found.place.mayHaveCmdqv || (!layout->takesInterfaces && cmdqvXMLReadIs(node, "interface")))
            return true;
        g_array_append_val(layout->items, found);
        item = &g_array_index(layout->items, cmdqvLayoutDevice, layout->items->len - 1);
    }
    item->node = node;
    item->vsmmu = cmdqvLayoutVsmmuOf(layout, node);
    return true;
}


/**
 * cmdqvLayoutIsInterface:
 * @item: a device of the layout
 *
 * Returns: true if it is an <interface>, as Nova's ports are
 */
bool
cmdqvLayoutIsInterface(const cmdqvLayoutDevice *item)
{
    return item->node && cmdqvXMLReadIs(item->node, "interface");
}


/*
 * Whether a host device of Nova's is a port of the type direct-physical: it is
 * before the consoles, and the devices of the flavor are after them
 * (_get_guest_config(), nova/virt/libvirt/driver.py).
 */
static bool
cmdqvLayoutIsPhysicalPort(const cmdqvLayoutDevice *item)
{
    const xmlNode *node;

    for (node = item->node->next; node; node = node->next) {
        if (cmdqvXMLReadIs(node, "serial") || cmdqvXMLReadIs(node, "console"))
            return true;
    }
    return false;
}


/**
 * cmdqvLayoutIsPort:
 * @item: a device of Nova's that has not got its place yet
 *
 * Returns: true if a tenant can attach and detach it
 */
bool
cmdqvLayoutIsPort(const cmdqvLayoutDevice *item)
{
    return item->node && (cmdqvLayoutIsInterface(item) || cmdqvLayoutIsPhysicalPort(item));
}


/* The rank of a device of Nova's; the first one is the anchor. */
static int
cmdqvLayoutRank(const cmdqvLayoutDevice *item)
{
    if (cmdqvLayoutIsInterface(item))
        return 3;
    if (item->place.isDisplay)
        return 0;
    return cmdqvLayoutIsPhysicalPort(item) ? 2 : 1;
}


static int
cmdqvLayoutCompare(gconstpointer a, gconstpointer b)
{
    return cmdqvLayoutRank(a) - cmdqvLayoutRank(b);
}


/**
 * cmdqvLayoutCollect:
 * @layout: the layout; gets its items
 * @error: CMDQV_ERROR_INVALID if a device cannot be behind a vSMMU
 *
 * Requested devices are first, in their order. Devices of the domain follow,
 * except those behind an SMMU without CMDQV. Of a domain of Nova the GPUs are
 * first, so that they anchor, and the ports last, so a port that is attached
 * later changes no address of a device of the flavor.
 *
 * Returns: true if there is a device, or false with @error set
 */
bool
cmdqvLayoutCollect(cmdqvLayout *layout, GError **error)
{
    const char *const *wanted;
    xmlNode *node = NULL;

    for (wanted = layout->request->hostdevs; wanted && *wanted; wanted++) {
        if (!cmdqvLayoutAddWanted(layout, *wanted, error))
            return false;
    }
    while ((node = cmdqvXMLEditNextElement(layout->devices, node))) {
        if (cmdqvLayoutIsHostdev(node) && !cmdqvLayoutAddPresent(layout, node, error))
            return false;
    }
    if (layout->items->len == 0)
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "the domain has no PCI hostdev that is behind a host SMMU with CMDQV, "
                             "so nothing could anchor it; 'virt-cmdqv host' lists the host's devices%s",
                             layout->takesInterfaces ? "" : ", and ports of the instance count only with the extra spec "
                             "" CMDQV_NOVA_REQUEST_PORTS "=on");
    if (layout->request->shape == CMDQV_LAYOUT_NOVA && !layout->request->hostdevs)
        g_array_sort(layout->items, cmdqvLayoutCompare);
    return true;
}
