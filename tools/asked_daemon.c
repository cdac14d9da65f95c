/*
 * asked_daemon.c: what a libvirt that does not know CMDQV makes of a definition
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * It drops it.  With the module in its daemon, and an emulator that has cmdqv,
 * the definition is lowered instead.
 */

#include "asked_daemon.h"

#include <stdlib.h>
#include <string.h>

#include "conf/domain_xml.h"
#include "qemu/anchor_xml.h"
#include "lowering/lower.h"
#include "qemu/libvirt_networks.h"
#include "qemu/emulator_probe.h"

#define CMDQV_OLDER_EMULATOR "qemu-system-aarch64"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(char, free)


/* libvirt has no such architecture, so only the module has an answer, and that is its version. */
static char *
cmdqvOlderModule(virConnectPtr conn)
{
    char **answer = NULL;
    int count = virConnectGetCPUModelNames(conn, CMDQV_PRESENCE_ARCHITECTURE, &answer, 0);
    char *version = count == 1 ? g_strdup(answer[0]) : NULL;
    int i;

    for (i = 0; i < count; i++)
        free(answer[i]);
    free(answer);
    return version;
}


/**
 * cmdqvOlderIsRemote:
 * @uri: (nullable): of a connection
 *
 * Returns: true if it names another host
 */
bool
cmdqvOlderIsRemote(const char *uri)
{
    g_autoptr(GUri) parsed = uri ? g_uri_parse(uri, G_URI_FLAGS_NONE, NULL) : NULL;

    return parsed && g_uri_get_host(parsed) && *g_uri_get_host(parsed);
}


/**
 * cmdqvOlderIsElsewhere:
 * @conn: (nullable): a connection
 *
 * Returns: true if its daemon is on another host, about which nothing here tells
 */
bool
cmdqvOlderIsElsewhere(virConnectPtr conn)
{
    g_autoptr(char) uri = conn ? virConnectGetURI(conn) : NULL;

    return cmdqvOlderIsRemote(uri);
}


/**
 * cmdqvOlderRead:
 * @older: (out): the daemon; cmdqvOlderClear() it
 * @conn: a connection to it
 * @root: what to put before the paths of this host's files
 */
void
cmdqvOlderRead(cmdqvOlder *older, virConnectPtr conn, const char *root)
{
    g_autoptr(char) uri = virConnectGetURI(conn);
    g_autoptr(GUri) parsed = uri ? g_uri_parse(uri, G_URI_FLAGS_NONE, NULL) : NULL;

    *older = (cmdqvOlder){ .conn = conn };
    (void)virConnectGetLibVersion(conn, &older->version);
    older->module = cmdqvOlderModule(conn);
    older->remote = cmdqvOlderIsRemote(uri);
    if (older->module && !older->remote && older->version < CMDQV_OLDER_LIBVIRT && parsed &&
        g_str_equal(g_uri_get_path(parsed), "/system"))
        older->access = cmdqvAccessRead(root, CMDQV_NODE_SETTINGS, NULL);
}


/* Frees what cmdqvOlderRead() put into @older, which may be zeroed. */
void
cmdqvOlderClear(cmdqvOlder *older)
{
    g_clear_pointer(&older->module, g_free);
    g_clear_pointer(&older->access, cmdqvAccessFree);
}


/* Whether the emulator has too little to lower the domain for it.  Only what is here can be asked, and only what is safe to run. */
static bool
cmdqvOlderEmulatorLacks(const char *xml, const char *emulator)
{
    g_autofree char *found = emulator ? NULL : g_find_program_in_path(CMDQV_OLDER_EMULATOR);
    const char *path = emulator ? emulator : found;
    g_autofree char *lowered = NULL;
    g_autoptr(GError) error = NULL;
    cmdqvTarget target;

    if (!path || !cmdqvTargetMayBeAsked(path) || !cmdqvTargetAsk(path, &target, NULL))
        return false;
    if (!target.has[CMDQV_TARGET_SMMU] || !target.vfioIommufd)
        return true;
    lowered = cmdqvLowerXML(xml, &target, &error);
    return error != NULL;
}


/* Whether the module lowers a domain for the daemon's libvirt. */
static bool
cmdqvOlderLowers(const cmdqvOlder *older, const char *xml, gsize len)
{
    g_autoptr(cmdqvTopology) topology = NULL;

    if (!older->module || older->version == 0 || older->version >= CMDQV_OLDER_LIBVIRT)
        return false;
    topology = older->remote ? NULL : cmdqvDomainXMLRead(xml, len, NULL);
    return !topology || topology->smmus->len == 0 || !cmdqvOlderEmulatorLacks(xml, topology->emulator);
}


/* A cmdqvNetworkLookup. */
static bool
cmdqvOlderNetworkGivesHostdevs(const char *name, gpointer conn)
{
    virNetworkPtr network = virNetworkLookupByName(conn, name);
    g_autoptr(char) xml = network && virNetworkIsActive(network) == 1 ? virNetworkGetXMLDesc(network, 0) : NULL;
    bool gives = xml && cmdqvNetworkIsOfHostdevs(xml, strlen(xml));

    if (network)
        virNetworkFree(network);
    return gives;
}


/**
 * cmdqvOlderContext:
 * @older: a daemon
 * @xml: the domain that is judged, a NUL byte behind it
 * @len: its length in bytes
 * @context: gets what the rules have to know of both
 *
 * A libvirt for which the domain is lowered is as good as one that keeps it.
 */
void
cmdqvOlderContext(const cmdqvOlder *older, const char *xml, gsize len, cmdqvRuleContext *context)
{
    bool lowers = cmdqvOlderLowers(older, xml, len);

    context->ownVersion = older->version;
    context->libvirtVersion = lowers ? CMDQV_OLDER_LIBVIRT : older->version;
    context->network = older->conn ? cmdqvOlderNetworkGivesHostdevs : NULL;
    context->networkData = older->conn;
    context->endsAtNetworks = CMDQV_LIBVIRT_ENDS_AT_NETWORKS(older->version);
    context->node = lowers && older->access ? cmdqvAccessToNode : NULL;
    context->nodeOf = cmdqvAccessNodeOf;
    context->nodeData = older->access;
}
