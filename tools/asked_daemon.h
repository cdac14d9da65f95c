/*
 * asked_daemon.h: find out how the daemon of a connection handles CMDQV, and
 * check definitions for it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "virt_cmdqv.h"
#include "policy/definition.h"
#include "policy/rule_context.h"

/** A daemon, or this host if none is asked. */
typedef struct {
    unsigned long version;  /* of its libvirt, 0 if unknown */
    bool keepsCmdqv;        /* whatever its version, as the libvirt of a vendor may; not queried if the module is there */
    char *module;           /* version of the module in it, NULL if there is none */
    gint64 refusals;        /* of that module since the daemon started, -1 if they are unknown */
    bool lacksNovaLayout;   /* its setting nova_layout is off; false if that is unknown */
    virConnectPtr conn;     /* (borrowed): to it, NULL if none is asked */
    bool remote;            /* it is on another host, so files of this host do not count */
    cmdqvRuleContextHost host;
    cmdqvQemuAccess *access;  /* of the host, if the module lowers domains there; NULL if unknown */
    GHashTable *levels;     /* (borrowed): of the rules */
} cmdqvAskedDaemon;

bool cmdqvAskedDaemonIsRemote(const char *uri);
bool cmdqvAskedDaemonIsElsewhere(virConnectPtr conn);
void cmdqvAskedDaemonHost(virConnectPtr conn, const char *root, cmdqvRuleContextHost *host);
void cmdqvAskedDaemonRead(cmdqvAskedDaemon *asked, const cmdqvToolOptions *options, virConnectPtr conn);
void cmdqvAskedDaemonClear(cmdqvAskedDaemon *asked);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvAskedDaemon, cmdqvAskedDaemonClear)

bool cmdqvAskedDaemonJudge(const cmdqvAskedDaemon *asked, bool places, const char *xml, gsize len, cmdqvDefinition *definition, GError **error);
bool cmdqvAskedDaemonAccepts(const cmdqvAskedDaemon *asked, const cmdqvDefinition *definition, GError **error);
