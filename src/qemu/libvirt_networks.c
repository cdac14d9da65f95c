/*
 * libvirt_networks.c: find out whether a network of libvirt has hostdevs
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads the files of the network driver, because the driver may be in another
 * daemon, to which the caller has no connection.
 */

#include "qemu/libvirt_networks.h"

#include <string.h>

#include "conf/xml_read.h"
#include "util/file.h"

#define CMDQV_LIBVIRT_NETWORKS_MAX_BYTES (1024 * 1024)


/**
 * cmdqvLibvirtNetworksIsOfHostdevs:
 * @xml: XML of a network, or of its state, that ends with a NUL byte
 * @len: its length in bytes
 *
 * Returns: true if it is a network of hostdevs (<forward mode='hostdev'>)
 */
bool
cmdqvLibvirtNetworksIsOfHostdevs(const char *xml, gsize len)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, len, NULL, NULL);
    const xmlNode *network = xmlDocGetRootElement(doc);

    if (cmdqvXMLReadIs(network, "networkstatus"))
        network = cmdqvXMLReadChild(network, "network");
    return cmdqvXMLReadIs(network, "network") &&
        g_strcmp0(cmdqvXMLReadAttr(cmdqvXMLReadChild(network, "forward"), "mode"), "hostdev") == 0;
}


/**
 * cmdqvLibvirtNetworksGivesHostdevs:
 * @name: of a network
 * @stateDir: (type utf8): folder of the active networks
 *
 * A cmdqvRuleNetworkLookup.
 *
 * Returns: true if it is active and one of hostdevs
 */
bool
cmdqvLibvirtNetworksGivesHostdevs(const char *name, gpointer stateDir)
{
    g_autofree char *file = g_strconcat(name, ".xml", NULL);
    g_autofree char *path = strchr(name, '/') ? NULL : g_build_filename(stateDir, file, NULL);
    g_autofree char *xml = NULL;
    gsize len;

    return path && cmdqvFileRead(path, CMDQV_LIBVIRT_NETWORKS_MAX_BYTES, &xml, &len, NULL) && cmdqvLibvirtNetworksIsOfHostdevs(xml, len);
}
