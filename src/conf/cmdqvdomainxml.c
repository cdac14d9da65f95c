/*
 * cmdqvdomainxml.c: domain XML becomes a topology
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads what libvirt reads and as libvirt does (src/conf/domain_conf.c),
 * so far as the policy needs it.  It fills in nothing that libvirt has still
 * to decide: an address that is not there stays unplaced.
 */

#include "conf/cmdqvdomainxml.h"

#include <string.h>

#include "conf/cmdqvxml.h"
#include "util/cmdqverror.h"

#define CMDQV_QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"


/**
 * cmdqvDomainXMLMayHaveSmmu:
 * @xml: domain XML
 *
 * What a domain without an SMMUv3 pays, so it only searches text.  An SMMUv3
 * has "smmuv3" in its model or in a <qemu:arg>, unless it is spelled with
 * character references, in entities or in an encoding that hides it.
 *
 * Returns: false if the domain certainly has none, true if it must be read
 */
bool
cmdqvDomainXMLMayHaveSmmu(const char *xml)
{
    return strstr(xml, "smmuv3") || strstr(xml, "&#") || strstr(xml, "<!DOCTYPE") ||
        (strstr(xml, "encoding=") && !strstr(xml, "encoding='UTF-8'") && !strstr(xml, "encoding=\"UTF-8\""));
}


static char *
cmdqvDomainXMLAlias(const xmlNode *node)
{
    const xmlNode *alias = cmdqvXMLChild(node, "alias");

    return alias ? g_strdup(cmdqvXMLAttr(alias, "name")) : NULL;
}


/* The guest's <address type='pci'>: what is on another kind of bus has none. */
static bool
cmdqvDomainXMLGuestAddress(const xmlNode *node, bool *isPCI, bool *present, cmdqvPCIAddress *address, GError **error)
{
    const xmlNode *element = cmdqvXMLChild(node, "address");
    const char *type = element ? cmdqvXMLAttr(element, "type") : NULL;

    *isPCI = g_strcmp0(type, "pci") == 0;
    *present = false;
    return !*isPCI || cmdqvXMLAddress(element, present, address, error);
}


static bool
cmdqvDomainXMLReadController(cmdqvTopology *topology, const xmlNode *node, GError **error)
{
    const char *modelName = cmdqvXMLAttr(node, "model");
    cmdqvBusModel model = cmdqvBusModelFromString(modelName);
    cmdqvPCIAddress address;
    unsigned int idx = 0;
    bool hasIndex;
    bool isPCI;
    bool hasAddress;
    cmdqvBus *bus;

    if (!cmdqvXMLAttrUint(node, "index", G_MAXINT, &hasIndex, &idx, error) ||
        !cmdqvDomainXMLGuestAddress(node, &isPCI, &hasAddress, &address, error))
        return false;

    bus = cmdqvTopologyAddBus(topology, model);
    bus->line = cmdqvXMLLine(node);
    bus->index = hasIndex ? (int)idx : CMDQV_NONE;
    bus->name = cmdqvDomainXMLAlias(node);
    /* qemuAssignDeviceControllerAlias(), src/qemu/qemu_alias.c */
    if (!bus->name && hasIndex)
        bus->name = g_strdup_printf(model == CMDQV_BUS_PCIE_ROOT ? "pcie.%u" : "pci.%u", idx);
    if (hasAddress)
        bus->parentIndex = (int)address.bus;
    return true;
}


static bool
cmdqvDomainXMLReadIommu(cmdqvTopology *topology, const xmlNode *node, GError **error)
{
    const xmlNode *driver = cmdqvXMLChild(node, "driver");
    cmdqvSwitch accel = CMDQV_SWITCH_ABSENT;
    cmdqvSwitch cmdqv = CMDQV_SWITCH_ABSENT;
    unsigned int bus = 0;
    bool hasBus = false;
    cmdqvSmmu *smmu;

    if (g_strcmp0(cmdqvXMLAttr(node, "model"), "smmuv3") != 0)
        return true;

    if (driver && (!cmdqvXMLAttrUint(driver, "pciBus", G_MAXINT, &hasBus, &bus, error) ||
                   !cmdqvXMLAttrYesNo(driver, "accel", "on", "off", &accel, error) ||
                   !cmdqvXMLAttrYesNo(driver, "cmdqv", "on", "off", &cmdqv, error)))
        return false;

    smmu = cmdqvTopologyAddSmmu(topology);
    smmu->order = 0;        /* wherever it stands in the XML, libvirt emits it before every device */
    smmu->line = cmdqvXMLLine(node);
    smmu->id = cmdqvDomainXMLAlias(node);
    smmu->busIndex = hasBus ? (int)bus : CMDQV_NONE;
    smmu->accel = accel;
    smmu->cmdqv = cmdqv;
    if (driver) {
        smmu->ats = g_strdup(cmdqvXMLAttr(driver, "ats"));
        smmu->ril = g_strdup(cmdqvXMLAttr(driver, "ril"));
        smmu->ssidsize = g_strdup(cmdqvXMLAttr(driver, "ssidsize"));
        smmu->oas = g_strdup(cmdqvXMLAttr(driver, "oas"));
    }
    return true;
}


static cmdqvEndpointKind
cmdqvDomainXMLEndpointKind(const xmlNode *node)
{
    const char *type = cmdqvXMLAttr(node, "type");

    if (cmdqvXMLIs(node, "hostdev"))
        return g_strcmp0(type, "mdev") == 0 ? CMDQV_ENDPOINT_MDEV : CMDQV_ENDPOINT_VFIO;
    if (cmdqvXMLIs(node, "interface") && g_strcmp0(type, "hostdev") == 0)
        return CMDQV_ENDPOINT_VFIO;
    if (cmdqvXMLIs(node, "interface") && g_strcmp0(type, "network") == 0)
        return CMDQV_ENDPOINT_POOLED;
    return CMDQV_ENDPOINT_EMULATED;
}


/* The parts that only a device of the host has. */
static bool
cmdqvDomainXMLReadHostPart(const xmlNode *node, cmdqvSwitch domainIommufd, cmdqvEndpoint *endpoint, GError **error)
{
    const xmlNode *driver = cmdqvXMLChild(node, "driver");
    const xmlNode *source = cmdqvXMLChild(node, "source");
    const xmlNode *address = source ? cmdqvXMLChild(source, "address") : NULL;
    const xmlNode *teaming = cmdqvXMLChild(node, "teaming");
    cmdqvSwitch iommufd = CMDQV_SWITCH_ABSENT;

    if (driver && !cmdqvXMLAttrYesNo(driver, "iommufd", "yes", "no", &iommufd, error))
        return false;
    endpoint->iommufd = (iommufd == CMDQV_SWITCH_ABSENT ? domainIommufd : iommufd) == CMDQV_SWITCH_ON;
    endpoint->failover = teaming && g_strcmp0(cmdqvXMLAttr(teaming, "type"), "transient") == 0;

    if (endpoint->kind == CMDQV_ENDPOINT_VFIO && address)
        return cmdqvXMLAddress(address, &endpoint->hasHost, &endpoint->host, error);
    return true;
}


static bool
cmdqvDomainXMLReadEndpoint(cmdqvTopology *topology, const xmlNode *node, cmdqvSwitch domainIommufd, GError **error)
{
    cmdqvEndpointKind kind = cmdqvDomainXMLEndpointKind(node);
    bool isPCI;
    bool hasGuest;
    cmdqvPCIAddress guest;
    cmdqvEndpoint *endpoint;

    if (!cmdqvDomainXMLGuestAddress(node, &isPCI, &hasGuest, &guest, error))
        return false;
    /* where libvirt puts an emulated device that has no address is for libvirt to say */
    if (kind == CMDQV_ENDPOINT_EMULATED && !hasGuest)
        return true;

    endpoint = cmdqvTopologyAddEndpoint(topology, kind, (const char *)node->name);
    endpoint->line = cmdqvXMLLine(node);
    endpoint->id = cmdqvDomainXMLAlias(node);
    endpoint->hasGuest = hasGuest;
    if (hasGuest)
        endpoint->guest = guest;
    if (cmdqvXMLIs(node, "interface") && !cmdqvXMLMac(node, &endpoint->hasMac, endpoint->mac, error))
        return false;
    return kind == CMDQV_ENDPOINT_EMULATED || cmdqvDomainXMLReadHostPart(node, domainIommufd, endpoint, error);
}


static bool
cmdqvDomainXMLIsHostdev(const xmlNode *node)
{
    const char *type = cmdqvXMLAttr(node, "type");

    return cmdqvXMLIs(node, "hostdev") && g_strcmp0(cmdqvXMLAttr(node, "mode"), "subsystem") == 0 &&
        (g_strcmp0(type, "pci") == 0 || g_strcmp0(type, "mdev") == 0);
}


/* Two rounds, for libvirt reads every <interface> before the first <hostdev> and creates them in that order. */
static bool
cmdqvDomainXMLReadDevices(cmdqvTopology *topology, const xmlNode *devices, bool hostdevs, cmdqvSwitch domainIommufd,
                          GError **error)
{
    const xmlNode *node;

    for (node = devices->children; node; node = node->next) {
        bool ok = true;

        if (node->type != XML_ELEMENT_NODE || node->ns || cmdqvXMLIs(node, "hostdev") != hostdevs)
            continue;

        if (cmdqvXMLIs(node, "controller") && g_strcmp0(cmdqvXMLAttr(node, "type"), "pci") == 0)
            ok = cmdqvDomainXMLReadController(topology, node, error);
        else if (cmdqvXMLIs(node, "iommu"))
            ok = cmdqvDomainXMLReadIommu(topology, node, error);
        else if (!hostdevs || cmdqvDomainXMLIsHostdev(node))
            ok = cmdqvDomainXMLReadEndpoint(topology, node, domainIommufd, error);
        if (!ok)
            return false;
    }
    return true;
}


/* Every machine with PCIe has its root, whether the text says so or not. */
static void
cmdqvDomainXMLAddImplicitRoot(cmdqvTopology *topology)
{
    cmdqvBus *root;
    guint i;

    for (i = 0; i < topology->buses->len; i++) {
        if (g_array_index(topology->buses, cmdqvBus, i).index == 0)
            return;
    }
    root = cmdqvTopologyAddBus(topology, CMDQV_BUS_PCIE_ROOT);
    root->index = 0;
    root->name = g_strdup(CMDQV_ROOT_BUS_NAME);
}


static bool
cmdqvDomainXMLIsPassthrough(const xmlNode *node)
{
    return node->type == XML_ELEMENT_NODE && node->ns && strcmp((const char *)node->ns->href, CMDQV_QEMU_NAMESPACE) == 0 &&
        (strcmp((const char *)node->name, "commandline") == 0 || strcmp((const char *)node->name, "override") == 0);
}


/**
 * cmdqvDomainXMLRead:
 * @xml: domain XML, live or inactive, from a client or from libvirt
 * @len: its length in bytes
 * @error: CMDQV_ERROR_MALFORMED where no XML parser would take it,
 *   CMDQV_ERROR_INVALID where a value means nothing
 *
 * Returns: (transfer full): the resolved topology, NULL with @error set
 */
cmdqvTopology *
cmdqvDomainXMLRead(const char *xml, gsize len, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(xml, len, "domain", error);
    g_autoptr(cmdqvTopology) topology = NULL;
    cmdqvSwitch iommufd = CMDQV_SWITCH_ABSENT;
    const xmlNode *root;
    const xmlNode *node;

    if (!doc)
        return NULL;

    topology = cmdqvTopologyNew();
    root = xmlDocGetRootElement(doc);
    for (node = root->children; node; node = node->next) {
        if (cmdqvXMLIs(node, "name") && !topology->name)
            topology->name = cmdqvXMLText(node);
        else if (cmdqvXMLIs(node, "uuid") && !topology->uuid)
            topology->uuid = g_strstrip(cmdqvXMLText(node));
        else if (cmdqvXMLIs(node, "iommufd") && !cmdqvXMLAttrYesNo(node, "enabled", "yes", "no", &iommufd, error))
            return NULL;
        else if (cmdqvDomainXMLIsPassthrough(node))
            topology->passthroughArgs = true;
    }

    for (node = root->children; node; node = node->next) {
        if (cmdqvXMLIs(node, "devices") && !cmdqvDomainXMLReadDevices(topology, node, false, iommufd, error))
            return NULL;
    }
    for (node = root->children; node; node = node->next) {
        if (cmdqvXMLIs(node, "devices") && !cmdqvDomainXMLReadDevices(topology, node, true, iommufd, error))
            return NULL;
    }

    cmdqvDomainXMLAddImplicitRoot(topology);
    cmdqvTopologyResolve(topology);
    return g_steal_pointer(&topology);
}
