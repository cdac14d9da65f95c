/*
 * qemu/libvirt_networks.c: what a network of libvirt gives
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * It is read from the files of the network driver: that may be in another
 * daemon, and whoever asks holds no connection to it.
 */

#include "qemu/libvirt_networks.h"

#include <string.h>

#include "conf/xml_read.h"
#include "util/file.h"

#define CMDQV_NETWORK_MAX_BYTES (1024 * 1024)


/**
 * cmdqvNetworkIsOfHostdevs:
 * @xml: XML of a network, or of the state of one, a NUL byte behind it
 * @len: its length in bytes
 *
 * Returns: true if it is a network of hostdevs (<forward mode='hostdev'>)
 */
bool
cmdqvNetworkIsOfHostdevs(const char *xml, gsize len)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(xml, len, NULL, NULL);
    const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    const xmlNode *network = root && cmdqvXMLIs(root, "networkstatus") ? cmdqvXMLChild(root, "network") : root;
    const xmlNode *forward = network && cmdqvXMLIs(network, "network") ? cmdqvXMLChild(network, "forward") : NULL;

    return forward && g_strcmp0(cmdqvXMLAttr(forward, "mode"), "hostdev") == 0;
}


/**
 * cmdqvNetworkGivesHostdevs:
 * @name: of a network
 * @stateDir: (type utf8): where the driver keeps those that are active
 *
 * A cmdqvNetworkLookup.
 *
 * Returns: true if it is active and one of hostdevs
 */
bool
cmdqvNetworkGivesHostdevs(const char *name, gpointer stateDir)
{
    g_autofree char *file = g_strconcat(name, ".xml", NULL);
    g_autofree char *path = strchr(name, '/') ? NULL : g_build_filename(stateDir, file, NULL);
    g_autofree char *xml = NULL;
    gsize len;

    return path && cmdqvFileRead(path, CMDQV_NETWORK_MAX_BYTES, &xml, &len, NULL) && cmdqvNetworkIsOfHostdevs(xml, len);
}
