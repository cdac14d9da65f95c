/*
 * asked_daemon.c: find out how the daemon of a connection handles CMDQV
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A libvirt before 12.7 drops CMDQV from a definition. If its daemon has the
 * module, and the emulator has cmdqv, the module lowers the definition instead.
 */

#include "asked_daemon.h"

#include <stdlib.h>
#include <string.h>

#include "conf/domain_xml.h"
#include "lowering/lower.h"
#include "qemu/anchor_xml.h"
#include "qemu/emulator_probe.h"
#include "qemu/libvirt_networks.h"
#include "util/text.h"

#define CMDQV_ASKED_DAEMON_EMULATOR "qemu-system-aarch64"


/* libvirt has no such architecture, so only the module answers, with its version and the number of its refusals. */
static void
cmdqvAskedDaemonReadModule(cmdqvAskedDaemon *asked, virConnectPtr conn)
{
    char **answer = NULL;
    int count = virConnectGetCPUModelNames(conn, CMDQV_ANCHOR_XML_VERSION_ARCHITECTURE, &answer, 0);
    int i;

    if (count > 0)
        asked->module = g_strdup(answer[0]);
    if (count > 1 && cmdqvTextStarts(answer[1], CMDQV_ANCHOR_XML_REFUSALS))
        asked->refusals = g_ascii_strtoll(answer[1] + strlen(CMDQV_ANCHOR_XML_REFUSALS), NULL, 10);
    for (i = 0; i < count; i++)
        free(answer[i]);
    free(answer);
}


/**
 * cmdqvAskedDaemonIsRemote:
 * @uri: (nullable): of a connection
 *
 * Returns: true if it names another host
 */
bool
cmdqvAskedDaemonIsRemote(const char *uri)
{
    g_autoptr(GUri) parsed = uri ? g_uri_parse(uri, G_URI_FLAGS_NONE, NULL) : NULL;

    return parsed && g_uri_get_host(parsed) && *g_uri_get_host(parsed);
}


/**
 * cmdqvAskedDaemonIsElsewhere:
 * @conn: (nullable): a connection
 *
 * Returns: true if its daemon is on another host, so files of this host do not
 * count
 */
bool
cmdqvAskedDaemonIsElsewhere(virConnectPtr conn)
{
    g_autoptr(cmdqvTextMalloced) uri = conn ? virConnectGetURI(conn) : NULL;

    return cmdqvAskedDaemonIsRemote(uri);
}


/**
 * cmdqvAskedDaemonRead:
 * @asked: (out): the daemon; cmdqvAskedDaemonClear() it
 * @conn: a connection to it
 * @root: prefix of the paths of this host's files
 */
void
cmdqvAskedDaemonRead(cmdqvAskedDaemon *asked, virConnectPtr conn, const char *root)
{
    g_autoptr(cmdqvTextMalloced) uri = virConnectGetURI(conn);
    g_autoptr(GUri) parsed = uri ? g_uri_parse(uri, G_URI_FLAGS_NONE, NULL) : NULL;

    *asked = (cmdqvAskedDaemon){ .conn = conn, .refusals = -1 };
    (void)virConnectGetLibVersion(conn, &asked->version);
    cmdqvAskedDaemonReadModule(asked, conn);
    asked->remote = cmdqvAskedDaemonIsRemote(uri);
    if (asked->module && !asked->remote && asked->version < CMDQV_ASKED_DAEMON_LIBVIRT && parsed &&
        g_str_equal(g_uri_get_path(parsed), "/system"))
        asked->access = cmdqvQemuAccessRead(root, CMDQV_DEV_NODES_SETTINGS, NULL);
}


/* Frees the members that cmdqvAskedDaemonRead() has set; @asked may be zero. */
void
cmdqvAskedDaemonClear(cmdqvAskedDaemon *asked)
{
    g_clear_pointer(&asked->module, g_free);
    g_clear_pointer(&asked->access, cmdqvQemuAccessFree);
}


/*
 * Whether the emulator lacks a property that lowering the domain needs. Runs
 * only an emulator on this host that is safe to run.
 */
static bool
cmdqvAskedDaemonEmulatorLacks(const char *xml, const char *emulator)
{
    g_autofree char *found = emulator ? NULL : g_find_program_in_path(CMDQV_ASKED_DAEMON_EMULATOR);
    const char *path = emulator ? emulator : found;
    g_autofree char *lowered = NULL;
    cmdqvEmulatorCaps target;

    if (!path || !cmdqvEmulatorProbeIsAllowed(path) || !cmdqvEmulatorProbe(path, &target, NULL))
        return false;
    if (!target.has[CMDQV_EMULATOR_CAPS_SMMU] || !target.vfioIommufd)
        return true;
    return !cmdqvLowerXML(xml, &target, &lowered, NULL);
}


/* Whether the module lowers a domain for the daemon's libvirt. */
static bool
cmdqvAskedDaemonLowers(const cmdqvAskedDaemon *asked, const char *xml, gsize len)
{
    g_autoptr(cmdqvTopology) topology = NULL;

    if (!asked->module || asked->version == 0 || asked->version >= CMDQV_ASKED_DAEMON_LIBVIRT)
        return false;
    topology = asked->remote ? NULL : cmdqvDomainXMLRead(xml, len, NULL);
    return !topology || topology->smmus->len == 0 || !cmdqvAskedDaemonEmulatorLacks(xml, topology->emulator);
}


/* A cmdqvRuleNetworkLookup. */
static bool
cmdqvAskedDaemonNetworkGivesHostdevs(const char *name, gpointer conn)
{
    virNetworkPtr network = virNetworkLookupByName(conn, name);
    g_autoptr(cmdqvTextMalloced) xml = network && virNetworkIsActive(network) == 1 ? virNetworkGetXMLDesc(network, 0) : NULL;
    bool gives = xml && cmdqvLibvirtNetworksIsOfHostdevs(xml, strlen(xml));

    if (network)
        virNetworkFree(network);
    return gives;
}


/**
 * cmdqvAskedDaemonContext:
 * @asked: a daemon
 * @xml: XML of the domain to check, which ends with a NUL byte
 * @len: its length in bytes
 * @context: gets the facts for the rules
 *
 * A libvirt for which the module lowers the domain counts as one that supports
 * CMDQV.
 */
void
cmdqvAskedDaemonContext(const cmdqvAskedDaemon *asked, const char *xml, gsize len, cmdqvRuleContext *context)
{
    bool lowers = cmdqvAskedDaemonLowers(asked, xml, len);

    context->ownVersion = asked->version;
    context->libvirtVersion = lowers ? CMDQV_ASKED_DAEMON_LIBVIRT : asked->version;
    context->network = asked->conn ? cmdqvAskedDaemonNetworkGivesHostdevs : NULL;
    context->networkData = asked->conn;
    context->endsAtNetworks = CMDQV_RULE_LIBVIRT_ENDS_AT_NETWORKS(asked->version);
    context->node = lowers && asked->access ? cmdqvQemuAccessToNode : NULL;
    context->nodeOf = cmdqvQemuAccessNodeOf;
    context->nodeData = asked->access;
}
