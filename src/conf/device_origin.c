/*
 * device_origin.c: find the XML element of a device in libvirt's command line
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt's command line says at which address it puts a device without one,
 * but not which element the device is of. So in the XML of the question to
 * libvirt, each such device has an alias that names its element; libvirt keeps
 * it like any user alias. A device without such an alias was added by libvirt.
 */

#include "conf/device_origin.h"

#include <stdio.h>
#include <string.h>

#include "conf/domain_xml.h"
#include "conf/topology_defaults.h"
#include "conf/xml_edit.h"
#include "util/text.h"

/* A user alias, by its prefix: number, line and name of an element. */
#define CMDQV_DEVICE_ORIGIN "ua-libvirt-cmdqv-"

/* The element of devices that arguments add. */
#define CMDQV_DEVICE_ORIGIN_ARGUMENT "qemu:arg"


static bool
cmdqvDeviceOriginNode(xmlNode *node, guint number, int line)
{
    g_autofree char *mark = g_strdup_printf(CMDQV_DEVICE_ORIGIN "%u-%d-%s", number, line, (const char *)node->name);
    xmlNode *alias = cmdqvXMLReadChild(node, "alias");

    if (!alias)
        alias = xmlNewChild(node, NULL, BAD_CAST "alias", NULL);
    return alias && cmdqvXMLEditTrySet(alias, "name", mark);
}


/**
 * cmdqvDeviceOriginWrite:
 * @copy: a copy of @doc; gets such an alias on each device that has no address
 *   yet
 * @doc: a domain, which knows the lines of its elements
 *
 * Returns: false if there is no memory for it
 */
bool
cmdqvDeviceOriginWrite(xmlDoc *copy, const xmlDoc *doc)
{
    const xmlNode *devices = xmlDocGetRootElement(doc)->children;
    xmlNode *own = xmlDocGetRootElement(copy)->children;
    guint number = 0;

    for (; devices && own; devices = devices->next, own = own->next) {
        const xmlNode *node = cmdqvXMLReadIs(devices, "devices") ? devices->children : NULL;
        xmlNode *marked;

        for (marked = own->children; node && marked; node = node->next, marked = marked->next) {
            if (cmdqvDomainXMLAwaitsPlace(node) && !cmdqvDeviceOriginNode(marked, number++, cmdqvXMLReadLine(node)))
                return false;
        }
    }
    return true;
}


/**
 * cmdqvDeviceOriginResolve:
 * @placed: read from the command line that libvirt makes of XML with these
 *   aliases
 *
 * A device with such an alias gets the element and line that it names, and
 * loses it.
 */
void
cmdqvDeviceOriginResolve(cmdqvTopology *placed)
{
    guint i;

    for (i = 0; i < placed->endpoints->len; i++) {
        cmdqvEndpoint *endpoint = &g_array_index(placed->endpoints, cmdqvEndpoint, i);
        guint number;
        int line;
        int end = 0;

        if (!endpoint->id || sscanf(endpoint->id, CMDQV_DEVICE_ORIGIN "%u-%d-%n", &number, &line, &end) != 2 || end == 0)
            continue;
        endpoint->element = endpoint->id + end;
        endpoint->line = line;
        endpoint->id = NULL;
    }
}


/*
 * The aliases that libvirt gives, each followed by a number: the position among
 * the elements of that name (qemuAssignDeviceAliases(), src/qemu/qemu_alias.c),
 * or the index of a controller. libvirt adds a device if another one needs it.
 */
typedef struct {
    const char *prefix;
    const char *element;
    const char *type;       /* of a <controller> */
} cmdqvDeviceOriginAlias;

static const cmdqvDeviceOriginAlias cmdqvDeviceOriginAliases[] = {
    { .prefix = "balloon", .element = "memballoon" },
    { .prefix = "crypto", .element = "crypto" },
    { .prefix = "fs", .element = "filesystem" },
    { .prefix = "input", .element = "input" },
    { .prefix = "net", .element = "interface" },
    { .prefix = "pstore", .element = "pstore" },
    { .prefix = "rng", .element = "rng" },
    { .prefix = "serial", .element = "serial" },
    { .prefix = "shmem", .element = "shmem" },
    { .prefix = "sound", .element = "sound" },
    { .prefix = "video", .element = "video" },
    { .prefix = "vsock", .element = "vsock" },
    { .prefix = "watchdog", .element = "watchdog" },
    { .prefix = "nvme", .element = "controller", .type = "nvme" },
    { .prefix = "sata", .element = "controller", .type = "sata" },
    { .prefix = "scsi", .element = "controller", .type = "scsi" },
    { .prefix = "usb", .element = "controller", .type = "usb" },
    { .prefix = "virtio-serial", .element = "controller", .type = "virtio-serial" },
};


/* "scsi0", and "usb" for the first one of these. */
static const cmdqvDeviceOriginAlias *
cmdqvDeviceOriginFindAlias(const char *alias, unsigned int *number)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cmdqvDeviceOriginAliases); i++) {
        const char *rest = g_str_has_prefix(alias, cmdqvDeviceOriginAliases[i].prefix) ? alias + strlen(cmdqvDeviceOriginAliases[i].prefix) : NULL;

        *number = 0;
        if (rest && (*rest == '\0' || cmdqvTextToUnsigned(rest, 10, G_MAXINT, number)))
            return &cmdqvDeviceOriginAliases[i];
    }
    return NULL;
}


/* The element with that alias, whether libvirt or the user gave it. */
static const xmlNode *
cmdqvDeviceOriginFindElement(const xmlNode *devices, const char *alias, const cmdqvDeviceOriginAlias *pattern, unsigned int number)
{
    const xmlNode *node;

    for (node = devices ? devices->children : NULL; node; node = node->next) {
        const xmlNode *own = node->type == XML_ELEMENT_NODE ? cmdqvXMLReadChild(node, "alias") : NULL;

        if (own && cmdqvAliasIsUsers(alias) && g_strcmp0(cmdqvXMLReadAttr(own, "name"), alias) == 0)
            return node;
        if (!pattern || !cmdqvXMLReadIs(node, pattern->element) ||
            (pattern->type && g_strcmp0(cmdqvXMLReadAttr(node, "type"), pattern->type) != 0))
            continue;
        if (number-- == 0)
            return node;
    }
    return NULL;
}


static const xmlNode *
cmdqvDeviceOriginFindBringer(const xmlNode *devices, const cmdqvDeviceOriginAlias *pattern)
{
    const xmlNode *node;

    for (node = devices ? devices->children : NULL; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && !node->ns &&
            strcmp(cmdqvDomainXMLBrings(node), pattern->type ? pattern->type : pattern->element) == 0)
            return node;
    }
    return NULL;
}


static void
cmdqvDeviceOriginNameOne(cmdqvTopology *topology, cmdqvEndpoint *endpoint, const xmlNode *devices)
{
    unsigned int number;
    const cmdqvDeviceOriginAlias *pattern = cmdqvDeviceOriginFindAlias(endpoint->id, &number);
    const xmlNode *node = cmdqvDeviceOriginFindElement(devices, endpoint->id, pattern, number);

    if (node) {
        endpoint->element = cmdqvTopologyKeep(topology, (const char *)node->name);
        endpoint->line = cmdqvXMLReadLine(node);
        return;
    }
    if (!pattern)
        return;

    node = cmdqvDeviceOriginFindBringer(devices, pattern);
    endpoint->element = pattern->type ? cmdqvTopologyFormat(topology, "controller type='%s'", pattern->type) : pattern->element;
    endpoint->added = true;
    if (node) {
        endpoint->neededBy = cmdqvTopologyKeep(topology, (const char *)node->name);
        endpoint->line = cmdqvXMLReadLine(node);
    }
}


/**
 * cmdqvDeviceOriginName:
 * @topology: a domain, with the devices that are only in its command line
 * @root: its <domain>
 *
 * Emulated devices without a line get that of their element. libvirt has added
 * a device without an element: it gets the name that its element would have,
 * and the line of the element that needs it.
 */
void
cmdqvDeviceOriginName(cmdqvTopology *topology, const xmlNode *root)
{
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (endpoint->kind == CMDQV_ENDPOINT_EMULATED && endpoint->line == CMDQV_NONE && endpoint->id)
            cmdqvDeviceOriginNameOne(topology, endpoint, cmdqvXMLReadChild(root, "devices"));
    }
}


/* The line of the <qemu:arg> that has the id in it; CMDQV_NONE if there is none. */
static int
cmdqvDeviceOriginFindArgument(const xmlNode *root, const char *id)
{
    g_autofree char *escaped = g_regex_escape_string(id, -1);
    g_autofree char *pattern = g_strdup_printf("(^|,)id=%s(,|$)|\"id\"\\s*:\\s*\"%s\"", escaped, escaped);
    const xmlNode *commandline = cmdqvXMLEditChildNs(root, "commandline", CMDQV_XML_EDIT_QEMU_NAMESPACE);
    const xmlNode *node;

    for (node = commandline ? commandline->children : NULL; node; node = node->next) {
        const char *value = cmdqvXMLEditIsNs(node, "arg", CMDQV_XML_EDIT_QEMU_NAMESPACE) ? cmdqvXMLReadAttr(node, "value") : NULL;

        if (value && g_regex_match_simple(pattern, value, 0, 0))
            return cmdqvXMLReadLine(node);
    }
    return CMDQV_NONE;
}


/* @own: the same domain read from its XML, with the names that libvirt gives. */
static void
cmdqvDeviceOriginNameSmmus(cmdqvTopology *native, const cmdqvTopology *own, const xmlNode *root)
{
    guint i;
    guint j;

    for (i = 0; i < native->smmus->len; i++) {
        cmdqvSmmu *smmu = &g_array_index(native->smmus, cmdqvSmmu, i);

        for (j = 0; j < own->smmus->len && smmu->line == CMDQV_NONE; j++) {
            const cmdqvSmmu *same = &g_array_index(own->smmus, cmdqvSmmu, j);

            if (g_strcmp0(same->id, smmu->id) == 0 || (!smmu->id && !smmu->busName && same->busIndex == CMDQV_NONE))
                smmu->line = same->line;
        }
        smmu->argument = smmu->line == CMDQV_NONE && smmu->id;
        if (smmu->argument)
            smmu->line = cmdqvDeviceOriginFindArgument(root, smmu->id);
    }
}


/**
 * cmdqvDeviceOriginNative:
 * @native: a domain with arguments of its own, from the command line that
 *   libvirt makes of it
 * @definition: the same from its XML
 * @root: its <domain>
 *
 * A device that is in the XML, or in one of those arguments, gets its element
 * and line.
 */
void
cmdqvDeviceOriginNative(cmdqvTopology *native, const cmdqvTopology *definition, const xmlNode *root)
{
    g_autoptr(cmdqvTopology) own = cmdqvTopologyCopy(definition);
    guint i;

    cmdqvTopologyDefaultsFill(own);
    cmdqvDeviceOriginNameSmmus(native, own, root);
    for (i = 0; i < native->endpoints->len; i++) {
        cmdqvEndpoint *endpoint = &g_array_index(native->endpoints, cmdqvEndpoint, i);
        const cmdqvEndpoint *same = cmdqvTopologyGetEndpoint(own, endpoint->id
                                                             ? cmdqvTopologyFindEndpointId(own, endpoint->id) : CMDQV_NONE);
        int argument = endpoint->id && !same ? cmdqvDeviceOriginFindArgument(root, endpoint->id) : CMDQV_NONE;

        if (same && same->kind != CMDQV_ENDPOINT_EMULATED) {
            endpoint->element = cmdqvTopologyKeep(native, same->element);
            endpoint->line = same->line;
        } else if (argument != CMDQV_NONE) {
            endpoint->element = CMDQV_DEVICE_ORIGIN_ARGUMENT;
            endpoint->line = argument;
        }
    }
    cmdqvDeviceOriginName(native, root);
}
