/*
 * asked_daemon.h: find out how the daemon of a connection handles CMDQV
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "virt_cmdqv.h"
#include "host/qemu_access.h"
#include "policy/rule.h"

/** The first release of libvirt whose <driver> has cmdqv. */
#define CMDQV_ASKED_DAEMON_LIBVIRT 12007000

/** A daemon. */
typedef struct {
    unsigned long version;  /* of its libvirt */
    char *module;           /* version of the module in it, NULL if there is none */
    gint64 refusals;        /* of that module since the daemon started, -1 if they are unknown */
    virConnectPtr conn;     /* to it */
    bool remote;            /* it is on another host, so files of this host do not count */
    cmdqvQemuAccess *access;  /* of the host, if the module lowers domains there; NULL if unknown */
} cmdqvAskedDaemon;

bool cmdqvAskedDaemonIsRemote(const char *uri);
bool cmdqvAskedDaemonIsElsewhere(virConnectPtr conn);
void cmdqvAskedDaemonRead(cmdqvAskedDaemon *asked, virConnectPtr conn, const char *root);
void cmdqvAskedDaemonClear(cmdqvAskedDaemon *asked);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvAskedDaemon, cmdqvAskedDaemonClear)

void cmdqvAskedDaemonContext(const cmdqvAskedDaemon *asked, const char *xml, gsize len, cmdqvRuleContext *context);
