/*
 * conf/device_origin.c: which element of the XML a device in libvirt's command line is
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt's command line tells where it puts a device that has no address, but
 * not where that stands in the text.  So in what libvirt is asked about, each
 * such device has an alias that says so, and libvirt keeps it as it keeps any
 * that a user gave.  What has none of these, libvirt has added.
 */

#include "conf/device_origin.h"

#include <stdio.h>
#include <string.h>

#include "conf/topology_defaults.h"
#include "conf/domain_xml.h"
#include "conf/xml_edit.h"
#include "util/text.h"

/* A user's alias, by its prefix: number, line and name of an element. */
#define CMDQV_MARK "ua-libvirt-cmdqv-"

/* What brings devices that have no element. */
#define CMDQV_MARK_ARGUMENT "qemu:arg"


static bool
cmdqvMarkNode(xmlNode *node, guint number)
{
    g_autofree char *mark = g_strdup_printf(CMDQV_MARK "%u-%d-%s", number, cmdqvXMLLine(node), (const char *)node->name);
    xmlNode *alias = cmdqvXMLChild(node, "alias");

    if (!alias)
        alias = xmlNewChild(node, NULL, BAD_CAST "alias", NULL);
    return alias && cmdqvXMLEditTrySet(alias, "name", mark);
}


/**
 * cmdqvMarkDevices:
 * @domain: domain XML
 *
 * Returns: (transfer full) (nullable): the same with a mark on each device that
 * libvirt has still to place, NULL where it cannot be read or there is no memory
 */
char *
cmdqvMarkDevices(const char *domain)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(domain, strlen(domain), "domain", NULL);
    guint number = 0;
    xmlNode *devices;
    xmlNode *node;

    for (devices = doc ? xmlDocGetRootElement(doc)->children : NULL; devices; devices = devices->next) {
        for (node = cmdqvXMLIs(devices, "devices") ? devices->children : NULL; node; node = node->next) {
            if (cmdqvDomainXMLAwaitsPlace(node) && !cmdqvMarkNode(node, number++))
                return NULL;
        }
    }
    return doc ? cmdqvXMLEditDump(doc) : NULL;
}


/**
 * cmdqvMarkResolve:
 * @placed: from the command line that libvirt makes of marked XML
 *
 * What has a mark gets the element and line that it tells, and loses it.
 */
void
cmdqvMarkResolve(cmdqvTopology *placed)
{
    guint i;

    for (i = 0; i < placed->endpoints->len; i++) {
        cmdqvEndpoint *endpoint = &g_array_index(placed->endpoints, cmdqvEndpoint, i);
        guint number;
        int line;
        int end = 0;

        if (!endpoint->id || sscanf(endpoint->id, CMDQV_MARK "%u-%d-%n", &number, &line, &end) != 2 || end == 0)
            continue;
        endpoint->element = g_string_chunk_insert_const(placed->strings, endpoint->id + end);
        endpoint->line = line;
        g_clear_pointer(&endpoint->id, g_free);
    }
}


/*
 * The aliases that libvirt gives, with a number behind them: of the how manieth
 * element of that name (qemuAssignDeviceAliases(), src/qemu/qemu_alias.c), and
 * of a controller of its index.  What needs one brings it, where it is not there.
 */
typedef struct {
    const char *prefix;
    const char *element;
    const char *type;       /* of a <controller> */
} cmdqvMarkAlias;

static const cmdqvMarkAlias cmdqvMarkAliases[] = {
    { "balloon", "memballoon", NULL },
    { "crypto", "crypto", NULL },
    { "fs", "filesystem", NULL },
    { "input", "input", NULL },
    { "net", "interface", NULL },
    { "pstore", "pstore", NULL },
    { "rng", "rng", NULL },
    { "serial", "serial", NULL },
    { "shmem", "shmem", NULL },
    { "sound", "sound", NULL },
    { "video", "video", NULL },
    { "vsock", "vsock", NULL },
    { "watchdog", "watchdog", NULL },
    { "nvme", "controller", "nvme" },
    { "sata", "controller", "sata" },
    { "scsi", "controller", "scsi" },
    { "usb", "controller", "usb" },
    { "virtio-serial", "controller", "virtio-serial" },
};


/* "scsi0", and "usb" for the first one of these. */
static const cmdqvMarkAlias *
cmdqvMarkFindAlias(const char *alias, unsigned int *number)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cmdqvMarkAliases); i++) {
        const char *rest = g_str_has_prefix(alias, cmdqvMarkAliases[i].prefix) ? alias + strlen(cmdqvMarkAliases[i].prefix) : NULL;

        *number = 0;
        if (rest && (*rest == '\0' || cmdqvStringToUint(rest, 10, G_MAXINT, number)))
            return &cmdqvMarkAliases[i];
    }
    return NULL;
}


/* The element that libvirt gives the alias to, or that the user has given it to. */
static const xmlNode *
cmdqvMarkFindElement(const xmlNode *devices, const char *alias, const cmdqvMarkAlias *pattern, unsigned int number)
{
    const xmlNode *node;

    for (node = devices ? devices->children : NULL; node; node = node->next) {
        const xmlNode *own = node->type == XML_ELEMENT_NODE ? cmdqvXMLChild(node, "alias") : NULL;

        if (own && cmdqvAliasIsUsers(alias) && g_strcmp0(cmdqvXMLAttr(own, "name"), alias) == 0)
            return node;
        if (!pattern || !cmdqvXMLIs(node, pattern->element) ||
            (pattern->type && g_strcmp0(cmdqvXMLAttr(node, "type"), pattern->type) != 0))
            continue;
        if (number-- == 0)
            return node;
    }
    return NULL;
}


static const xmlNode *
cmdqvMarkFindBringer(const xmlNode *devices, const cmdqvMarkAlias *pattern)
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
cmdqvMarkNameOne(cmdqvTopology *topology, cmdqvEndpoint *endpoint, const xmlNode *devices)
{
    unsigned int number;
    const cmdqvMarkAlias *pattern = cmdqvMarkFindAlias(endpoint->id, &number);
    const xmlNode *node = cmdqvMarkFindElement(devices, endpoint->id, pattern, number);
    g_autofree char *element = NULL;

    if (node) {
        endpoint->element = g_string_chunk_insert_const(topology->strings, (const char *)node->name);
        endpoint->line = cmdqvXMLLine(node);
        return;
    }
    if (!pattern)
        return;

    node = cmdqvMarkFindBringer(devices, pattern);
    element = pattern->type ? g_strdup_printf("controller type='%s'", pattern->type) : g_strdup(pattern->element);
    endpoint->element = g_string_chunk_insert_const(topology->strings, element);
    endpoint->added = true;
    if (node) {
        endpoint->neededBy = g_string_chunk_insert_const(topology->strings, (const char *)node->name);
        endpoint->line = cmdqvXMLLine(node);
    }
}


/**
 * cmdqvMarkName:
 * @topology: a domain, with what its command line has and its XML tells nothing of
 * @root: its <domain>
 *
 * Emulated devices that have no line get that of their element.  What has none
 * libvirt has added: it gets the name that it would have, and the line of what
 * needs it.
 */
void
cmdqvMarkName(cmdqvTopology *topology, const xmlNode *root)
{
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (endpoint->kind == CMDQV_ENDPOINT_EMULATED && endpoint->line == CMDQV_NONE && endpoint->id)
            cmdqvMarkNameOne(topology, endpoint, cmdqvXMLChild(root, "devices"));
    }
}


/* The line of the <qemu:arg> that has the id in it; CMDQV_NONE if there is none. */
static int
cmdqvMarkFindArgument(const xmlNode *root, const char *id)
{
    g_autofree char *escaped = g_regex_escape_string(id, -1);
    g_autofree char *pattern = g_strdup_printf("(^|,)id=%s(,|$)|\"id\"\\s*:\\s*\"%s\"", escaped, escaped);
    const xmlNode *commandline = cmdqvXMLChildNs(root, "commandline", CMDQV_XML_QEMU_NAMESPACE);
    const xmlNode *node;

    for (node = commandline ? commandline->children : NULL; node; node = node->next) {
        const char *value = cmdqvXMLIsNs(node, "arg", CMDQV_XML_QEMU_NAMESPACE) ? cmdqvXMLAttr(node, "value") : NULL;

        if (value && g_regex_match_simple(pattern, value, 0, 0))
            return cmdqvXMLLine(node);
    }
    return CMDQV_NONE;
}


/* @own: the same domain as its XML has it, with the names that libvirt gives. */
static void
cmdqvMarkNameSmmus(cmdqvTopology *native, const cmdqvTopology *own, const xmlNode *root)
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
            smmu->line = cmdqvMarkFindArgument(root, smmu->id);
    }
}


/**
 * cmdqvMarkNative:
 * @native: a domain with arguments of its own, from the command line that
 *   libvirt makes of it
 * @definition: the same from its XML
 * @root: its <domain>
 *
 * What is in the XML, or in one of those arguments, gets its element and line.
 */
void
cmdqvMarkNative(cmdqvTopology *native, const cmdqvTopology *definition, const xmlNode *root)
{
    g_autoptr(cmdqvTopology) own = cmdqvTopologyCopy(definition);
    guint i;

    cmdqvDefaultsFill(own);
    cmdqvMarkNameSmmus(native, own, root);
    for (i = 0; i < native->endpoints->len; i++) {
        cmdqvEndpoint *endpoint = &g_array_index(native->endpoints, cmdqvEndpoint, i);
        const cmdqvEndpoint *same = cmdqvTopologyGetEndpoint(own, endpoint->id
                                                             ? cmdqvTopologyFindEndpointId(own, endpoint->id) : CMDQV_NONE);
        int argument = endpoint->id && !same ? cmdqvMarkFindArgument(root, endpoint->id) : CMDQV_NONE;

        if (same && same->kind != CMDQV_ENDPOINT_EMULATED) {
            endpoint->element = g_string_chunk_insert_const(native->strings, same->element);
            endpoint->line = same->line;
        } else if (argument != CMDQV_NONE) {
            endpoint->element = g_string_chunk_insert_const(native->strings, CMDQV_MARK_ARGUMENT);
            endpoint->line = argument;
        }
    }
    cmdqvMarkName(native, root);
}
