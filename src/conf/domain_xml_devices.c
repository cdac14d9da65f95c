/*
 * domain_xml_devices.c: read the devices of domain XML
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/domain_xml_priv.h"

#include "conf/xml_read.h"


static cmdqvEndpointKind
cmdqvDomainXMLEndpointKind(const xmlNode *node)
{
    const char *type = cmdqvXMLReadAttr(node, "type");

    if (cmdqvDomainXMLIsHostdev(node))
        return g_strcmp0(type, "mdev") == 0 ? CMDQV_ENDPOINT_MDEV : CMDQV_ENDPOINT_VFIO;
    if (cmdqvXMLReadIs(node, "interface") && g_strcmp0(type, "hostdev") == 0)
        return CMDQV_ENDPOINT_VFIO;
    if (cmdqvXMLReadIs(node, "interface") && g_strcmp0(type, "network") == 0)
        return CMDQV_ENDPOINT_POOLED;
    return CMDQV_ENDPOINT_EMULATED;
}


/* Reads the other properties that libvirt gives to QEMU. */
static void
cmdqvDomainXMLReadFrontend(cmdqvTopology *topology, const xmlNode *node, cmdqvEndpoint *endpoint)
{
    const xmlNode *rom = cmdqvXMLReadChild(node, "rom");
    const xmlNode *boot = cmdqvXMLReadChild(node, "boot");
    const xmlNode *acpi = cmdqvXMLReadChild(node, "acpi");

    endpoint->bootIndex = boot ? cmdqvDomainXMLNumber(boot, "order", 10, 0) : 0;
    endpoint->acpiIndex = acpi ? cmdqvDomainXMLNumber(acpi, "index", 10, 0) : 0;
    endpoint->romBar = rom ? cmdqvDomainXMLSwitch(rom, "bar", "on", "off") : CMDQV_SWITCH_ABSENT;
    if (rom && cmdqvDomainXMLSwitch(rom, "enabled", "yes", "no") == CMDQV_SWITCH_OFF)
        endpoint->romFile = "";
    else if (rom)
        endpoint->romFile = cmdqvTopologyKeep(topology, cmdqvXMLReadAttr(rom, "file"));
}


/* Reads the parts that only a host device has. */
static void
cmdqvDomainXMLReadHostPart(cmdqvTopology *topology, const xmlNode *node, cmdqvEndpoint *endpoint)
{
    const xmlNode *driver = cmdqvXMLReadChild(node, "driver");
    const xmlNode *source = cmdqvXMLReadChild(node, "source");
    const xmlNode *address = cmdqvXMLReadChild(source, "address");
    const xmlNode *teaming = cmdqvXMLReadChild(node, "teaming");
    const xmlNode *acpi = cmdqvXMLReadChild(node, "acpi");
    cmdqvSwitch iommufd = driver ? cmdqvDomainXMLReadIommufd(topology, driver, "iommufd") : CMDQV_SWITCH_ABSENT;
    GError *badAddress = NULL;

    endpoint->iommufdChild = driver && cmdqvXMLReadChild(driver, "iommufd");
    endpoint->iommufd = (iommufd == CMDQV_SWITCH_ABSENT ? topology->iommufd : iommufd) == CMDQV_SWITCH_ON;
    endpoint->network = cmdqvTopologyKeep(topology, endpoint->kind == CMDQV_ENDPOINT_POOLED ? cmdqvXMLReadAttr(source, "network") : NULL);
    endpoint->hasNodeset = acpi && cmdqvXMLReadAttr(acpi, "nodeset");
    endpoint->failover = teaming && g_strcmp0(cmdqvXMLReadAttr(teaming, "type"), "transient") == 0;
    endpoint->failoverPair = cmdqvTopologyKeep(topology, endpoint->failover ? cmdqvXMLReadAttr(teaming, "persistent") : NULL);
    endpoint->otherHostdevs = topology->otherHostdevs;
    cmdqvDomainXMLReadFrontend(topology, node, endpoint);

    if (endpoint->kind == CMDQV_ENDPOINT_VFIO && address)
        (void)cmdqvXMLReadAddress(address, &endpoint->hasHost, &endpoint->host, &badAddress);
    cmdqvDomainXMLKeepError(topology, address, badAddress);
}


/**
 * cmdqvDomainXMLReadEndpoint:
 * @topology: a domain; gets one more endpoint
 * @node: a device
 * @addressed: leave out an emulated device that has no address
 *
 * Keeps invalid values with the domain.
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
    cmdqvDomainXMLKeepError(topology, cmdqvXMLReadChild(node, "address"), badGuest);
    if (cmdqvXMLReadIs(node, "iommu"))
        topology->virtioIommu = cmdqvXMLReadLine(node);
    if (kind == CMDQV_ENDPOINT_EMULATED && !hasGuest && addressed) {
        topology->unplacedEmulated = topology->unplacedEmulated || cmdqvDomainXMLIsPCI(node);
        return;
    }

    endpoint = cmdqvTopologyAddEndpoint(topology, kind, (const char *)node->name);
    endpoint->line = cmdqvXMLReadLine(node);
    endpoint->id = cmdqvTopologyKeep(topology, cmdqvDomainXMLAlias(node));
    endpoint->hasGuest = hasGuest;
    if (hasGuest) {
        endpoint->guest = guest;
        cmdqvDomainXMLReadSlot(node, &guest, &endpoint->slot);
    }
    if (cmdqvXMLReadIsOf(node, "controller", "type", "scsi"))
        endpoint->scsi = (int)cmdqvDomainXMLNumber(node, "index", 10, (unsigned int)CMDQV_NONE);
    if (cmdqvXMLReadIs(node, "interface"))
        (void)cmdqvXMLReadMac(node, &endpoint->hasMac, endpoint->mac, &badMac);
    cmdqvDomainXMLKeepError(topology, cmdqvXMLReadChild(node, "mac"), badMac);
    if (kind != CMDQV_ENDPOINT_EMULATED)
        cmdqvDomainXMLReadHostPart(topology, node, endpoint);
}


/**
 * cmdqvDomainXMLReadDevices:
 * @topology: a domain; gets the devices of @root
 * @root: its <domain>
 * @hostdevs: read each <hostdev>; if false, all other devices
 *
 * The reader calls it twice, because libvirt reads each <interface> before the
 * first <hostdev> and creates them in that order. Leaves out emulated devices
 * without an address, which libvirt places.
 */
void
cmdqvDomainXMLReadDevices(cmdqvTopology *topology, const xmlNode *root, bool hostdevs)
{
    const xmlNode *node = NULL;

    while ((node = cmdqvXMLReadNextDevice(root, node))) {
        if (node->ns || cmdqvXMLReadIs(node, "hostdev") != hostdevs)
            continue;

        if (cmdqvXMLReadIsPCIController(node))
            cmdqvDomainXMLReadController(topology, node);
        else if (cmdqvXMLReadIs(node, "iommu") && g_strcmp0(cmdqvXMLReadAttr(node, "model"), "virtio") != 0)
            cmdqvDomainXMLReadIommu(topology, node);
        else if (!hostdevs || cmdqvDomainXMLIsHostdev(node) || cmdqvDomainXMLIsVhost(node))
            cmdqvDomainXMLReadEndpoint(topology, node, true);
        if (hostdevs && !cmdqvDomainXMLIsHostdev(node))
            topology->otherHostdevs += !cmdqvAliasIsUsers(cmdqvDomainXMLAlias(node));
    }
}
