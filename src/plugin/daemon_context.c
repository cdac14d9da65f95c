/*
 * plugin/daemon_context.c: the settings of this daemon
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/daemon_context.h"

#include <unistd.h>

#include "host/qemu_access.h"
#include "host/cmdqv_support.h"
#include "plugin/domain_facts.h"
#include "plugin/lowering_xml.h"
#include "qemu/libvirt_networks.h"
#include "util/log.h"


/**
 * cmdqvConfigGet:
 *
 * The file is read once, at the first call that needs it.  One that cannot be
 * read changes nothing: the defaults hold, and the log says why.
 *
 * Returns: (transfer none): the settings, for as long as the process lives
 */
const cmdqvSettings *
cmdqvConfigGet(void)
{
    static gsize settings;

    if (g_once_init_enter(&settings)) {
        g_autoptr(GError) error = NULL;
        cmdqvSettings *loaded = cmdqvSettingsLoad(CMDQV_SETTINGS_FILE, &error);

        if (!loaded) {
            cmdqvLogFailure("%s; the defaults are used instead", error->message);
            loaded = cmdqvSettingsNew();
        }
        g_once_init_leave(&settings, (gsize)loaded);
    }
    return (const cmdqvSettings *)settings;
}


/* libvirt reads that file when it starts, so it is read once too.  Of a daemon that is not root's, nothing is known. */
static cmdqvAccess *
cmdqvConfigAccess(void)
{
    static gsize access;

    if (g_once_init_enter(&access)) {
        g_autoptr(GError) error = NULL;
        cmdqvAccess *read = geteuid() == 0 ? cmdqvAccessRead("", CMDQV_NODE_SETTINGS, &error) : NULL;

        if (error)
            cmdqvLogFailure("%s; what QEMU may open is not checked", error->message);
        g_once_init_leave(&access, (gsize)read + 1);
    }
    return (cmdqvAccess *)(access - 1);
}


static bool
cmdqvConfigEndsAtNetworks(void)
{
    unsigned long version = 0;

    return CMDQV_REAL(virGetVersion)(&version, NULL, NULL) == 0 && CMDQV_LIBVIRT_ENDS_AT_NETWORKS(version);
}


/**
 * cmdqvConfigContext:
 * @context: (out): what the rules need beside a definition
 * @conn: (nullable): the caller's connection
 * @xml: (nullable): the definition
 *
 * For a libvirt that the definition is lowered for, the version is that of the
 * first that needs no lowering.
 */
void
cmdqvConfigContext(cmdqvRuleContext *context, virConnectPtr conn, const char *xml)
{
    cmdqvAccess *access = cmdqvTranslateMayDrop() ? cmdqvConfigAccess() : NULL;

    *context = (cmdqvRuleContext){
        .levels = cmdqvConfigGet()->levels,
        .hostSmmu = cmdqvHostSmmuOf,
        .data = (gpointer)"",
        .withoutCmdqv = cmdqvFactsWithoutCmdqv(),
        .network = geteuid() == 0 ? cmdqvNetworkGivesHostdevs : NULL,
        .networkData = (gpointer)CMDQV_NETWORK_STATE_DIR,
        .endsAtNetworks = cmdqvConfigEndsAtNetworks(),
        .node = access ? cmdqvAccessToNode : NULL,
        .nodeOf = cmdqvAccessNodeOf,
        .nodeData = access,
    };
    if (!xml)
        return;
    (void)CMDQV_REAL(virGetVersion)(&context->libvirtVersion, NULL, NULL);
    context->ownVersion = context->libvirtVersion;
    if (context->libvirtVersion < CMDQV_LIBVIRT_WITH_CMDQV && cmdqvTranslateMayServe(conn, xml))
        context->libvirtVersion = CMDQV_LIBVIRT_WITH_CMDQV;
}
