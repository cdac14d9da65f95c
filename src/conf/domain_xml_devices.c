/*
 * conf/domain_xml_devices.c: the devices of domain XML
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/domain_xml_priv.h"

#include "conf/xml_read.h"


static bool
cmdqvDomainXMLHasUsersAlias(const xmlNode *node)
{
    g_autofree char *alias = cmdqvDomainXMLAlias(node);

    return cmdqvAliasIsUsers(alias);
}


static cmdqvEndpointKind
cmdqvDomainXMLEndpointKind(const xmlNode *node)
{
    const char *type = cmdqvXMLAttr(node, "type");

    if (cmdqvDomainXMLIsHostdev(node))
        return g_strcmp0(type, "mdev") == 0 ? CMDQV_ENDPOINT_MDEV : CMDQV_ENDPOINT_VFIO;
    if (cmdqvXMLIs(node, "interface") && g_strcmp0(type, "hostdev") == 0)
        return CMDQV_ENDPOINT_VFIO;
    if (cmdqvXMLIs(node, "interface") && g_strcmp0(type, "network") == 0)
        return CMDQV_ENDPOINT_POOLED;
    return CMDQV_ENDPOINT_EMULATED;
}


/* What else libvirt tells QEMU of it. */
static void
cmdqvDomainXMLReadFrontend(const xmlNode *node, cmdqvEndpoint *endpoint)
{
    const xmlNode *rom = cmdqvXMLChild(node, "rom");
    const xmlNode *boot = cmdqvXMLChild(node, "boot");
    const xmlNode *acpi = cmdqvXMLChild(node, "acpi");

    endpoint->bootIndex = boot ? cmdqvDomainXMLNumber(boot, "order", 10, 0) : 0;
    endpoint->acpiIndex = acpi ? cmdqvDomainXMLNumber(acpi, "index", 10, 0) : 0;
    endpoint->romBar = rom ? cmdqvDomainXMLSwitch(rom, "bar", "on", "off") : CMDQV_SWITCH_ABSENT;
    if (rom && cmdqvDomainXMLSwitch(rom, "enabled", "yes", "no") == CMDQV_SWITCH_OFF)
        endpoint->romFile = g_strdup("");
    else if (rom)
        endpoint->romFile = g_strdup(cmdqvXMLAttr(rom, "file"));
}


/* The parts that only a device of the host has. */
static void
cmdqvDomainXMLReadHostPart(cmdqvTopology *topology, const xmlNode *node, cmdqvEndpoint *endpoint)
{
    const xmlNode *driver = cmdqvXMLChild(node, "driver");
    const xmlNode *source = cmdqvXMLChild(node, "source");
    const xmlNode *address = source ? cmdqvXMLChild(source, "address") : NULL;
    const xmlNode *teaming = cmdqvXMLChild(node, "teaming");
    const xmlNode *acpi = cmdqvXMLChild(node, "acpi");
    cmdqvSwitch iommufd = driver ? cmdqvDomainXMLReadIommufd(topology, driver, "iommufd") : CMDQV_SWITCH_ABSENT;
    GError *badAddress = NULL;

    endpoint->iommufd = (iommufd == CMDQV_SWITCH_ABSENT ? topology->iommufd : iommufd) == CMDQV_SWITCH_ON;
    endpoint->network = endpoint->kind == CMDQV_ENDPOINT_POOLED && source ? g_strdup(cmdqvXMLAttr(source, "network")) : NULL;
    endpoint->hasNodeset = acpi && cmdqvXMLAttr(acpi, "nodeset");
    endpoint->failover = teaming && g_strcmp0(cmdqvXMLAttr(teaming, "type"), "transient") == 0;
    endpoint->failoverPair = endpoint->failover ? g_strdup(cmdqvXMLAttr(teaming, "persistent")) : NULL;
    endpoint->otherHostdevs = topology->otherHostdevs;
    cmdqvDomainXMLReadFrontend(node, endpoint);

    if (endpoint->kind == CMDQV_ENDPOINT_VFIO && address)
        (void)cmdqvXMLAddress(address, &endpoint->hasHost, &endpoint->host, &badAddress);
    cmdqvDomainXMLKeepError(topology, address, badAddress);
}


/**
 * cmdqvDomainXMLReadEndpoint:
 * @topology: a domain; gets one more endpoint
 * @node: a device
 * @addressed: leave out an emulated device that has no address
 *
 * Values that mean nothing are kept with the domain.
 */
void
cmdqvDomainXMLReadEndpoint(cmdqvTopology *topology, const xmlNode *node, bool addressed)
{
    cmdqvEndpointKind kind = cmdqvDomainXMLEndpointKind(node);
    bool hasGuest;
    cmdqvPCIAddress guest;
    cmdqvEndpoint *endpoint;
    GError *badGuest = NULL;
    GError *badMac = NULL;

    (void)cmdqvDomainXMLGuestAddress(node, &hasGuest, &guest, &badGuest);
    cmdqvDomainXMLKeepError(topology, cmdqvXMLChild(node, "address"), badGuest);
    if (cmdqvXMLIs(node, "iommu"))
        topology->virtioIommu = cmdqvXMLLine(node);
    if (kind == CMDQV_ENDPOINT_EMULATED && !hasGuest && addressed) {
        topology->unplacedEmulated = topology->unplacedEmulated || cmdqvDomainXMLIsPCI(node);
        return;
    }

    endpoint = cmdqvTopologyAddEndpoint(topology, kind, (const char *)node->name);
    endpoint->line = cmdqvXMLLine(node);
    endpoint->id = cmdqvDomainXMLAlias(node);
    endpoint->hasGuest = hasGuest;
    if (hasGuest) {
        endpoint->guest = guest;
        cmdqvDomainXMLReadSlot(node, &guest, &endpoint->slot);
    }
    if (cmdqvXMLIs(node, "controller") && g_strcmp0(cmdqvXMLAttr(node, "type"), "scsi") == 0)
        endpoint->scsi = (int)cmdqvDomainXMLNumber(node, "index", 10, (unsigned int)CMDQV_NONE);
    if (cmdqvXMLIs(node, "interface"))
        (void)cmdqvXMLMac(node, &endpoint->hasMac, endpoint->mac, &badMac);
    cmdqvDomainXMLKeepError(topology, cmdqvXMLChild(node, "mac"), badMac);
    if (kind != CMDQV_ENDPOINT_EMULATED)
        cmdqvDomainXMLReadHostPart(topology, node, endpoint);
}


/**
 * cmdqvDomainXMLReadDevices:
 * @topology: a domain; gets what is in @devices
 * @devices: a <devices>
 * @hostdevs: take each <hostdev>, and not all the others
 *
 * Two rounds, for libvirt reads every <interface> before the first <hostdev> and
 * creates them in that order.  Where it puts an emulated device that has no
 * address is its own business, so those are left out.
 */
void
cmdqvDomainXMLReadDevices(cmdqvTopology *topology, const xmlNode *devices, bool hostdevs)
{
    const xmlNode *node;

    for (node = devices->children; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE || node->ns || cmdqvXMLIs(node, "hostdev") != hostdevs)
            continue;

        if (cmdqvXMLIs(node, "controller") && g_strcmp0(cmdqvXMLAttr(node, "type"), "pci") == 0)
            cmdqvDomainXMLReadController(topology, node);
        else if (cmdqvXMLIs(node, "iommu") && g_strcmp0(cmdqvXMLAttr(node, "model"), "virtio") != 0)
            cmdqvDomainXMLReadIommu(topology, node);
        else if (!hostdevs || cmdqvDomainXMLIsHostdev(node) || cmdqvDomainXMLIsVhost(node))
            cmdqvDomainXMLReadEndpoint(topology, node, true);
        if (hostdevs && !cmdqvDomainXMLIsHostdev(node))
            topology->otherHostdevs += !cmdqvDomainXMLHasUsersAlias(node);
    }
}
