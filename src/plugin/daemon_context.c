/*
 * daemon_context.c: provide the settings and facts for the rules in this daemon
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/daemon_context.h"

#include <unistd.h>

#include "host/cmdqv_support.h"
#include "host/qemu_access.h"
#include "plugin/domain_facts.h"
#include "plugin/lowering_xml.h"
#include "qemu/libvirt_driver.h"
#include "qemu/libvirt_networks.h"
#include "util/log.h"


/**
 * cmdqvDaemonContextSettings:
 *
 * Reads the file once, at the first call that needs it. If it cannot be read,
 * the defaults apply, and the log has the reason.
 *
 * Returns: (transfer none): the settings, valid as long as the process
 */
const cmdqvSettings *
cmdqvDaemonContextSettings(void)
{
    static gsize settings;

    if (g_once_init_enter(&settings)) {
        g_autoptr(GError) error = NULL;
        g_autofree char *file = cmdqvLibvirtDriverSettingsFile(cmdqvLibvirtDriverOwn(), g_get_user_config_dir());
        cmdqvSettings *loaded = cmdqvSettingsLoad(file, &error);

        if (!loaded) {
            cmdqvLogFailure("%s; the defaults are used instead", error->message);
            loaded = cmdqvSettingsNew();
        }
        g_once_init_leave(&settings, (gsize)loaded);
    }
    return (const cmdqvSettings *)settings;
}


/* Reads that file once, because libvirt reads it at its start. For a daemon of another user than root, the access is unknown. */
static cmdqvQemuAccess *
cmdqvDaemonContextAccess(void)
{
    static gsize access;

    if (g_once_init_enter(&access)) {
        g_autoptr(GError) error = NULL;
        cmdqvQemuAccess *read = geteuid() == 0 ? cmdqvQemuAccessRead("", CMDQV_DEV_NODES_SETTINGS, &error) : NULL;

        if (error)
            cmdqvLogFailure("%s; what QEMU may open is not checked", error->message);
        g_once_init_leave(&access, (gsize)read + 1);
    }
    return (cmdqvQemuAccess *)(access - 1);
}


static bool
cmdqvDaemonContextEndsAtNetworks(void)
{
    unsigned long version = 0;

    return CMDQV_REAL(virGetVersion)(&version, NULL, NULL) == 0 && CMDQV_RULE_LIBVIRT_ENDS_AT_NETWORKS(version);
}


/**
 * cmdqvDaemonContextGet:
 * @context: (out): the facts for the rules
 * @conn: (nullable): the caller's connection
 * @doc: (nullable): the definition, or a snapshot with it; NULL if libvirt has it
 *   already
 * @topology: (nullable): the definition, read
 *
 * If the definition is lowered for this libvirt, sets the version to the first
 * that needs no lowering.
 */
void
cmdqvDaemonContextGet(cmdqvRuleContext *context, virConnectPtr conn, xmlDoc *doc, const cmdqvTopology *topology)
{
    cmdqvQemuAccess *access = cmdqvLoweringXMLMayDrop() ? cmdqvDaemonContextAccess() : NULL;

    *context = (cmdqvRuleContext){
        .levels = cmdqvDaemonContextSettings()->levels,
        .hostSmmu = cmdqvSupportSmmuOf,
        .data = (gpointer)"",
        .withoutCmdqv = cmdqvDomainFactsWithoutCmdqv(),
        .network = geteuid() == 0 ? cmdqvLibvirtNetworksGivesHostdevs : NULL,
        .networkData = (gpointer)CMDQV_LIBVIRT_NETWORKS_STATE_DIR,
        .endsAtNetworks = cmdqvDaemonContextEndsAtNetworks(),
        .node = access ? cmdqvQemuAccessToNode : NULL,
        .nodeOf = cmdqvQemuAccessNodeOf,
        .nodeData = access,
    };
    if (!doc)
        return;
    (void)CMDQV_REAL(virGetVersion)(&context->libvirtVersion, NULL, NULL);
    context->ownVersion = context->libvirtVersion;
    if (context->libvirtVersion < CMDQV_RULE_LIBVIRT_WITH_CMDQV && cmdqvLoweringXMLMayServe(conn, doc, topology))
        context->libvirtVersion = CMDQV_RULE_LIBVIRT_WITH_CMDQV;
}
