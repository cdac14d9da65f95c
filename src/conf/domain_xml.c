/*
 * domain_xml.c: read domain XML into a topology
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads the elements that the policy needs, as libvirt reads them
 * (src/conf/domain_conf.c). Fills in nothing that libvirt decides later: a
 * device without an address stays unplaced.
 */

#include "conf/domain_xml_priv.h"

#include <string.h>

#include "conf/fatal_values.h"
#include "conf/smmu_hiding.h"
#include "conf/xml_edit.h"
#include "util/error.h"


/**
 * cmdqvDomainXMLMayHaveSmmu:
 * @xml: domain XML
 *
 * The only cost for a domain without an SMMUv3.
 *
 * Returns: false if the domain certainly has none, true if it must be read
 */
bool
cmdqvDomainXMLMayHaveSmmu(const char *xml)
{
    return cmdqvSmmuHidingInXML(xml);
}


/**
 * cmdqvDomainXMLIsPassthrough:
 * @node: a child of <domain>
 *
 * Returns: true if it has the user's own arguments for QEMU
 */
bool
cmdqvDomainXMLIsPassthrough(const xmlNode *node)
{
    return cmdqvXMLEditIsNs(node, "commandline", CMDQV_XML_EDIT_QEMU_NAMESPACE) ||
        cmdqvXMLEditIsNs(node, "override", CMDQV_XML_EDIT_QEMU_NAMESPACE);
}


static cmdqvSwitch
cmdqvDomainXMLOnIf(bool on)
{
    return on ? CMDQV_SWITCH_ON : CMDQV_SWITCH_OFF;
}


/* The first "./parent/name" in any of several parents, as virXPathNode() finds it. */
static xmlNode *
cmdqvDomainXMLFind(const xmlNode *root, const char *parent, const char *name)
{
    const xmlNode *node;
    xmlNode *found = NULL;

    for (node = root->children; node && !found; node = node->next)
        found = cmdqvXMLReadIs(node, parent) ? cmdqvXMLReadChild(node, name) : NULL;
    return found;
}


/* Whether a <loader> names a file; one without only chooses the kind of firmware, and libvirt chooses the file. */
static bool
cmdqvDomainXMLNamesFile(const xmlNode *loader)
{
    g_autofree char *path = g_strstrip(cmdqvXMLReadText(loader));

    return *path != '\0';
}


static bool
cmdqvDomainXMLHasFirmware(const xmlNode *root)
{
    const xmlNode *node;

    for (node = root->children; node; node = node->next) {
        const xmlNode *loader = cmdqvXMLReadIs(node, "os") ? cmdqvXMLReadChild(node, "loader") : NULL;

        if (cmdqvXMLReadIs(node, "os") && (cmdqvXMLReadAttr(node, "firmware") || (loader && cmdqvDomainXMLNamesFile(loader))))
            return true;
    }
    return false;
}


/* Memory from a node of the host, such as a GPU's extended memory (EGM), is contiguous without hugepages. */
static cmdqvSwitch
cmdqvDomainXMLHugepages(const xmlNode *root)
{
    const xmlNode *node = NULL;

    if (cmdqvDomainXMLFind(root, "memoryBacking", "hugepages"))
        return CMDQV_SWITCH_ON;
    while ((node = cmdqvXMLReadNextDevice(root, node))) {
        if (cmdqvXMLReadIsOf(node, "memory", "model", "egm") && cmdqvXMLReadChild(cmdqvXMLReadChild(node, "source"), "path"))
            return CMDQV_SWITCH_ABSENT;
    }
    return CMDQV_SWITCH_OFF;
}


/* Reads properties of the machine: type, ACPI, firmware, memory. */
static void
cmdqvDomainXMLReadMachine(cmdqvTopology *topology, const xmlNode *root)
{
    const xmlNode *type = cmdqvDomainXMLFind(root, "os", "type");
    const xmlNode *emulator = cmdqvDomainXMLFind(root, "devices", "emulator");

    topology->type = cmdqvTopologyKeep(topology, cmdqvXMLReadAttr(root, "type"));
    topology->emulator = cmdqvTopologyTake(topology, cmdqvXMLReadText(emulator));
    topology->machine = cmdqvTopologyKeep(topology, cmdqvXMLReadAttr(type, "machine"));
    topology->arch = cmdqvTopologyKeep(topology, cmdqvXMLReadAttr(type, "arch"));
    topology->acpi = cmdqvDomainXMLOnIf(cmdqvDomainXMLFind(root, "features", "acpi") != NULL);
    topology->firmware = cmdqvDomainXMLOnIf(cmdqvDomainXMLHasFirmware(root));
    topology->hugepages = cmdqvDomainXMLHugepages(root);
}


/* Managers put an element of their own namespace into their domains. */
static void
cmdqvDomainXMLReadMetadata(cmdqvTopology *topology, const xmlNode *metadata)
{
    const xmlNode *node;

    for (node = metadata->children; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && node->ns && node->ns->href)
            g_ptr_array_add(topology->metadata, (gpointer)cmdqvTopologyKeep(topology, (const char *)node->ns->href));
    }
}


/* A value that libvirt does not survive is invalid too; looks for one only if no other value is invalid. */
static void
cmdqvDomainXMLReadFatal(cmdqvTopology *topology, const xmlNode *root)
{
    int line = CMDQV_NONE;
    char *fatal = topology->badValues->len == 0 ? cmdqvFatalValuesFind(root, &line) : NULL;

    if (fatal)
        cmdqvTopologyAddBadValue(topology, line, cmdqvTopologyTake(topology, fatal));
}


/**
 * cmdqvDomainXMLReadWhole:
 * @root: a <domain> element, or that element of a snapshot
 *
 * Returns: (transfer full): the resolved topology; invalid values are among its
 * @badValues, and their property counts as unknown
 */
cmdqvTopology *
cmdqvDomainXMLReadWhole(const xmlNode *root)
{
    cmdqvTopology *topology = cmdqvTopologyNew();
    const xmlNode *node;

    cmdqvDomainXMLReadMachine(topology, root);
    for (node = root->children; node; node = node->next) {
        if (cmdqvXMLReadIs(node, "name") && !topology->name)
            topology->name = cmdqvTopologyTake(topology, cmdqvXMLReadText(node));
        else if (cmdqvXMLReadIs(node, "uuid") && !topology->uuid)
            topology->uuid = cmdqvTopologyTake(topology, g_strstrip(cmdqvXMLReadText(node)));
        else if (cmdqvXMLReadIs(node, "metadata"))
            cmdqvDomainXMLReadMetadata(topology, node);
        else if (cmdqvXMLReadIs(node, "iommufd"))
            topology->iommufd = cmdqvDomainXMLReadIommufd(topology, node, "enabled");
        else if (cmdqvDomainXMLIsPassthrough(node))
            topology->passthroughArgs = true;
    }

    cmdqvDomainXMLReadDevices(topology, root, false);
    cmdqvDomainXMLReadDevices(topology, root, true);
    cmdqvDomainXMLReadFatal(topology, root);
    node = cmdqvXMLReadChild(root, "devices");
    topology->unplacedEmulated = topology->unplacedEmulated || (node && cmdqvDomainXMLIsIncomplete(node));

    cmdqvDomainXMLOrderBuses(topology);
    cmdqvDomainXMLNameBuses(topology);
    cmdqvDomainXMLAddImplicitRoot(topology);
    cmdqvTopologyResolve(topology);
    return topology;
}


/* Returns false, with the first invalid value in @error, if there is one. */
static bool
cmdqvDomainXMLMeansSomething(const cmdqvTopology *topology, GError **error)
{
    if (topology->badValues->len == 0)
        return true;
    return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "%s", g_array_index(topology->badValues, cmdqvBadValue, 0).message);
}


/**
 * cmdqvDomainXMLReadNode:
 * @root: a <domain> element, or that element of a snapshot
 * @error: CMDQV_ERROR_INVALID if a value is invalid
 *
 * Returns: (transfer full): the resolved topology, NULL with @error set
 */
cmdqvTopology *
cmdqvDomainXMLReadNode(const xmlNode *root, GError **error)
{
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLReadWhole(root);

    return cmdqvDomainXMLMeansSomething(topology, error) ? g_steal_pointer(&topology) : NULL;
}


/**
 * cmdqvDomainXMLRead:
 * @xml: domain XML, live or inactive, from a client or from libvirt
 * @len: its length in bytes
 * @error: CMDQV_ERROR_MALFORMED, CMDQV_ERROR_FORBIDDEN, CMDQV_ERROR_MEMORY, or
 *   CMDQV_ERROR_INVALID if a value is invalid
 *
 * Returns: (transfer full): the resolved topology, NULL with @error set
 */
cmdqvTopology *
cmdqvDomainXMLRead(const char *xml, gsize len, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, len, "domain", error);

    return doc ? cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), error) : NULL;
}


/**
 * cmdqvDomainXMLReadGuarded:
 * @domain: a domain from libvirt
 * @topology: (out): the domain; NULL if it has no SMMUv3 and no arguments of
 *   its own
 * @error: CMDQV_ERROR_INVALID if a value is invalid, and the domain may have an
 *   SMMUv3
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvDomainXMLReadGuarded(const xmlDoc *domain, cmdqvTopology **topology, GError **error)
{
    g_autoptr(cmdqvTopology) read = cmdqvDomainXMLReadWhole(xmlDocGetRootElement(domain));

    *topology = NULL;
    if (read->smmus->len == 0 && !read->passthroughArgs)
        return true;
    if (!cmdqvDomainXMLMeansSomething(read, error))
        return false;
    *topology = g_steal_pointer(&read);
    return true;
}


/**
 * cmdqvDomainXMLAddDevice:
 * @topology: a running domain; gets one more endpoint
 * @device: the element of a device
 * @endpoint: (out): index of the new endpoint, which is a controller if libvirt
 *   adds one for the device; CMDQV_NONE if libvirt puts nothing on PCI
 * @error: CMDQV_ERROR_INVALID if a value is invalid
 *
 * The endpoint stays unplaced if the XML has no address for it.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvDomainXMLAddDevice(cmdqvTopology *topology, const xmlNode *device, int *endpoint, GError **error)
{
    *endpoint = CMDQV_NONE;
    if (cmdqvDomainXMLIsPCI(device)) {
        cmdqvDomainXMLReadEndpoint(topology, device, false);
        if (!cmdqvDomainXMLMeansSomething(topology, error))
            return false;
        *endpoint = (int)topology->endpoints->len - 1;
        g_array_index(topology->endpoints, cmdqvEndpoint, *endpoint).conventional = cmdqvDomainXMLIsConventional(device);
    } else if (cmdqvDomainXMLLacksScsi(topology, device)) {
        cmdqvEndpoint *added = cmdqvTopologyAddEndpoint(topology, CMDQV_ENDPOINT_EMULATED, "controller");

        added->added = true;
        added->neededBy = cmdqvTopologyKeep(topology, (const char *)device->name);
        *endpoint = (int)topology->endpoints->len - 1;
    } else {
        return true;
    }
    cmdqvTopologyResolve(topology);
    return true;
}
