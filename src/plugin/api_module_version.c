/*
 * api_module_version.c: tell clients whether the module is loaded, its version,
 * the number of its refusals, and whether it makes layouts for Nova
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A query that every client may make, on a read-only connection, and without a
 * domain: the CPU models of an architecture with the project's name. libvirt
 * has no such architecture, and the query changes nothing. The module in a
 * client, or in a daemon that only forwards calls, does not answer: only the
 * one in the process of the QEMU driver does.
 */

#include "daemon/next_call.h"
#include "daemon/quiet_log.h"
#include "plugin/daemon_context.h"
#include "qemu/anchor_xml.h"
#include "qemu/libvirt_driver.h"
#include "util/log.h"
#include "util/text.h"

/* the version, the refusals since the daemon started, and a setting that it has read */
#define CMDQV_API_MODULE_VERSION_ANSWERS 3


/* Whether the driver of the connection is in this process. */
static bool
cmdqvApiModuleVersionPresenceIsHere(virConnectPtr conn)
{
    g_autoptr(cmdqvTextMalloced) uri = CMDQV_REAL(virConnectGetURI)(conn);

    return cmdqvLibvirtDriverOwnOf(uri) != NULL;
}


CMDQV_EXPORT int
virConnectGetCPUModelNames(virConnectPtr conn, const char *arch, char ***models, unsigned int flags)
{
    bool isOurs = g_strcmp0(arch, CMDQV_ANCHOR_XML_VERSION_ARCHITECTURE) == 0;
    g_auto(cmdqvQuietLog) quiet G_GNUC_UNUSED = cmdqvQuietLogBegin(isOurs);
    int count = CMDQV_REAL(virConnectGetCPUModelNames)(conn, arch, models, flags);

    /* libvirt has checked the caller's rights, and has no such architecture: so the module answers */
    if (count >= 0 || flags != 0 || !isOurs || virGetLastErrorCode() != VIR_ERR_INVALID_ARG ||
        !cmdqvApiModuleVersionPresenceIsHere(conn))
        return count;

    virResetLastError();
    if (models) {
        *models = g_new0(char *, CMDQV_API_MODULE_VERSION_ANSWERS + 1);
        (*models)[0] = g_strdup(CMDQV_VERSION);
        (*models)[1] = g_strdup_printf(CMDQV_ANCHOR_XML_REFUSALS "%u", cmdqvLogRefusalCount());
        (*models)[2] = g_strdup_printf(CMDQV_ANCHOR_XML_NOVA_LAYOUT "%s", cmdqvDaemonContextSettings()->novaLayout ? "on" : "off");
    }
    return CMDQV_API_MODULE_VERSION_ANSWERS;
}
