/*
 * daemon_context.c: provide the settings and facts for the rules in this daemon
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/daemon_context.h"

#include <unistd.h>

#include "host/qemu_access.h"
#include "plugin/lowering_xml.h"
#include "qemu/libvirt_driver.h"
#include "util/log.h"


/**
 * cmdqvDaemonContextSettings:
 *
 * Reads the file once, at the first call that needs it; once more if a program
 * opens its own driver later, which may have another file. If it cannot be read,
 * the defaults apply, and the log has the reason.
 *
 * Returns: (transfer none): the settings, valid as long as the process
 */
const cmdqvSettings *
cmdqvDaemonContextSettings(void)
{
    static gsize settings[2];   /* without a driver, and with it */
    const cmdqvLibvirtDriver *own = cmdqvLibvirtDriverOwn();
    gsize *known = &settings[own != NULL];

    if (g_once_init_enter(known)) {
        g_autoptr(GError) error = NULL;
        g_autofree char *file = cmdqvLibvirtDriverSettingsFile(own, g_get_user_config_dir());
        cmdqvSettings *loaded = cmdqvSettingsLoad(file, &error);

        if (!loaded) {
            cmdqvLogFailure("%s; the defaults are used instead", error->message);
            loaded = cmdqvSettingsNew();
        }
        g_once_init_leave(known, (gsize)loaded);
    }
    return (const cmdqvSettings *)*known;
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
            cmdqvLogFailure("%s; the files that QEMU may open are not checked", error->message);
        g_once_init_leave(&access, (gsize)read + 1);
    }
    return (cmdqvQemuAccess *)(access - 1);
}


/**
 * cmdqvDaemonContextHost:
 *
 * Reads it once.
 *
 * Returns: (transfer none): the SMMUs of this host
 */
const cmdqvRuleContextHost *
cmdqvDaemonContextHost(void)
{
    static cmdqvRuleContextHost host;
    static gsize read;

    if (g_once_init_enter(&read)) {
        cmdqvRuleContextHostRead(&host, "");
        g_once_init_leave(&read, 1);
    }
    return &host;
}


/**
 * cmdqvDaemonContextGet:
 * @conn: (nullable): the caller's connection
 * @doc: (nullable): the definition, or a snapshot with it; NULL if libvirt has it
 *   already
 * @topology: (nullable): the definition, read
 *
 * Returns: the facts for the rules
 */
cmdqvRuleContext
cmdqvDaemonContextGet(virConnectPtr conn, xmlDoc *doc, const cmdqvTopology *topology)
{
    unsigned long version = 0;
    cmdqvRuleContextLibvirt libvirt;

    (void)CMDQV_REAL(virGetVersion)(&version, NULL, NULL);
    libvirt = cmdqvRuleContextOwnLibvirt(version);
    libvirt.lowered = cmdqvLoweringXMLMayDrop();
    libvirt.access = libvirt.lowered ? cmdqvDaemonContextAccess() : NULL;
    libvirt.takesCmdqv = !doc || cmdqvLoweringXMLMayServe(conn, doc, topology);
    return cmdqvRuleContextBuild(cmdqvDaemonContextSettings()->levels, cmdqvDaemonContextHost(), &libvirt);
}
