/*
 * conf/domain_xml.c: domain XML becomes a topology
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads what libvirt reads and as libvirt does (src/conf/domain_conf.c),
 * so far as the policy needs it.  It fills in nothing that libvirt has still
 * to decide: an address that is not there stays unplaced.
 */

#include "conf/domain_xml_priv.h"

#include <string.h>

#include "conf/xml_read.h"
#include "util/error.h"

#define CMDQV_QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"


/* Letters can hide in another encoding: one that is declared, or one that shows in the first byte (EBCDIC). */
static bool
cmdqvDomainXMLMayHide(const char *xml)
{
    const char *at = g_str_has_prefix(xml, "\xef\xbb\xbf") ? xml + 3 : xml;
    const char *end = g_str_has_prefix(at, "<?xml") ? strstr(at, "?>") : NULL;
    const char *encoding = end ? g_strstr_len(at, end - at, "encoding") : NULL;

    if (*at != '<' && !g_ascii_isspace(*at))
        return true;
    return encoding && !g_strstr_len(encoding, end - encoding, "UTF-8");
}


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
        cmdqvDomainXMLMayHide(xml);
}


static bool
cmdqvDomainXMLIsPassthrough(const xmlNode *node)
{
    return node->type == XML_ELEMENT_NODE && node->ns && strcmp((const char *)node->ns->href, CMDQV_QEMU_NAMESPACE) == 0 &&
        (strcmp((const char *)node->name, "commandline") == 0 || strcmp((const char *)node->name, "override") == 0);
}


static cmdqvSwitch
cmdqvDomainXMLOnIf(bool on)
{
    return on ? CMDQV_SWITCH_ON : CMDQV_SWITCH_OFF;
}


/* The first "./parent/name", whichever of several parents it is in, as virXPathNode() has it. */
static xmlNode *
cmdqvDomainXMLFind(const xmlNode *root, const char *parent, const char *name)
{
    const xmlNode *node;
    xmlNode *found = NULL;

    for (node = root->children; node && !found; node = node->next)
        found = cmdqvXMLIs(node, parent) ? cmdqvXMLChild(node, name) : NULL;
    return found;
}


/* A <loader> may say of what kind the firmware is to be, and leave to libvirt which. */
static bool
cmdqvDomainXMLNamesFile(const xmlNode *loader)
{
    g_autofree char *path = g_strstrip(cmdqvXMLText(loader));

    return *path != '\0';
}


static bool
cmdqvDomainXMLHasFirmware(const xmlNode *root)
{
    const xmlNode *node;

    for (node = root->children; node; node = node->next) {
        const xmlNode *loader = cmdqvXMLIs(node, "os") ? cmdqvXMLChild(node, "loader") : NULL;

        if (cmdqvXMLIs(node, "os") && (cmdqvXMLAttr(node, "firmware") || (loader && cmdqvDomainXMLNamesFile(loader))))
            return true;
    }
    return false;
}


/* What the whole machine has: type, ACPI, firmware, memory. */
static void
cmdqvDomainXMLReadMachine(cmdqvTopology *topology, const xmlNode *root)
{
    const xmlNode *type = cmdqvDomainXMLFind(root, "os", "type");
    const xmlNode *emulator = cmdqvDomainXMLFind(root, "devices", "emulator");

    topology->type = g_strdup(cmdqvXMLAttr(root, "type"));
    topology->emulator = emulator ? cmdqvXMLText(emulator) : NULL;
    topology->machine = type ? g_strdup(cmdqvXMLAttr(type, "machine")) : NULL;
    topology->acpi = cmdqvDomainXMLOnIf(cmdqvDomainXMLFind(root, "features", "acpi") != NULL);
    topology->firmware = cmdqvDomainXMLOnIf(cmdqvDomainXMLHasFirmware(root));
    topology->hugepages = cmdqvDomainXMLOnIf(cmdqvDomainXMLFind(root, "memoryBacking", "hugepages") != NULL);
}


/* Managers mark their domains with an element of their own namespace. */
static void
cmdqvDomainXMLReadMetadata(cmdqvTopology *topology, const xmlNode *metadata)
{
    const xmlNode *node;

    for (node = metadata->children; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && node->ns && node->ns->href)
            g_ptr_array_add(topology->metadata, g_strdup((const char *)node->ns->href));
    }
}


/**
 * cmdqvDomainXMLReadWhole:
 * @root: a <domain> element, or what a snapshot has in its place
 *
 * Returns: (transfer full): the resolved topology; values that mean nothing are
 * among its @badValues, and what they are about counts as not known
 */
cmdqvTopology *
cmdqvDomainXMLReadWhole(const xmlNode *root)
{
    cmdqvTopology *topology = cmdqvTopologyNew();
    const xmlNode *node;
    int hostdevs;

    cmdqvDomainXMLReadMachine(topology, root);
    for (node = root->children; node; node = node->next) {
        if (cmdqvXMLIs(node, "name") && !topology->name)
            topology->name = cmdqvXMLText(node);
        else if (cmdqvXMLIs(node, "uuid") && !topology->uuid)
            topology->uuid = g_strstrip(cmdqvXMLText(node));
        else if (cmdqvXMLIs(node, "metadata"))
            cmdqvDomainXMLReadMetadata(topology, node);
        else if (cmdqvXMLIs(node, "iommufd"))
            topology->iommufd = cmdqvDomainXMLReadIommufd(topology, node, "enabled");
        else if (cmdqvDomainXMLIsPassthrough(node))
            topology->passthroughArgs = true;
    }

    for (hostdevs = 0; hostdevs <= 1; hostdevs++) {
        for (node = root->children; node; node = node->next) {
            if (cmdqvXMLIs(node, "devices"))
                cmdqvDomainXMLReadDevices(topology, node, hostdevs);
        }
    }
    node = cmdqvXMLChild(root, "devices");
    topology->unplacedEmulated = topology->unplacedEmulated || (node && cmdqvDomainXMLIsIncomplete(node));

    cmdqvDomainXMLOrderBuses(topology);
    cmdqvDomainXMLNameBuses(topology);
    cmdqvDomainXMLAddImplicitRoot(topology);
    cmdqvTopologyResolve(topology);
    return topology;
}


/* Returns false, with the first value that means nothing in @error, where there is one. */
static bool
cmdqvDomainXMLMeansSomething(const cmdqvTopology *topology, GError **error)
{
    const cmdqvBadValue *first = topology->badValues->len > 0 ? g_ptr_array_index(topology->badValues, 0) : NULL;

    if (first)
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, first->message);
    return !first;
}


/**
 * cmdqvDomainXMLReadNode:
 * @root: a <domain> element, or what a snapshot has in its place
 * @error: CMDQV_ERROR_INVALID where a value means nothing
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
 *   CMDQV_ERROR_INVALID where a value means nothing
 *
 * Returns: (transfer full): the resolved topology, NULL with @error set
 */
cmdqvTopology *
cmdqvDomainXMLRead(const char *xml, gsize len, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(xml, len, "domain", error);

    return doc ? cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), error) : NULL;
}


/**
 * cmdqvDomainXMLAddDevice:
 * @topology: a running domain; gets one more endpoint
 * @xml: the XML of a device
 * @len: its length in bytes
 * @endpoint: (out): index of the new endpoint, which is a controller where libvirt
 *   adds one for the device; CMDQV_NONE where nothing comes onto PCI
 * @error: as cmdqvDomainXMLRead()
 *
 * The endpoint stays unplaced if the XML does not say where it goes.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvDomainXMLAddDevice(cmdqvTopology *topology, const char *xml, gsize len, int *endpoint, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(xml, len, NULL, error);
    const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;

    *endpoint = CMDQV_NONE;
    if (!root)
        return false;
    if (cmdqvDomainXMLIsPCI(root)) {
        cmdqvDomainXMLReadEndpoint(topology, root, false);
        if (!cmdqvDomainXMLMeansSomething(topology, error))
            return false;
        *endpoint = (int)topology->endpoints->len - 1;
        g_array_index(topology->endpoints, cmdqvEndpoint, *endpoint).conventional = cmdqvDomainXMLIsConventional(root);
    } else if (cmdqvDomainXMLLacksScsi(topology, root)) {
        cmdqvEndpoint *added = cmdqvTopologyAddEndpoint(topology, CMDQV_ENDPOINT_EMULATED, "controller");

        added->added = true;
        added->neededBy = g_string_chunk_insert_const(topology->strings, (const char *)root->name);
        *endpoint = (int)topology->endpoints->len - 1;
    } else {
        return true;
    }
    cmdqvTopologyResolve(topology);
    return true;
}
