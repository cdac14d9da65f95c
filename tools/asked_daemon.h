/*
 * asked_daemon.h: what a libvirt that does not know CMDQV makes of a definition
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "policy/rule.h"
#include "host/qemu_access.h"
#include "virt_cmdqv.h"

/** The first release of libvirt whose <driver> has cmdqv. */
#define CMDQV_OLDER_LIBVIRT 12007000

/** A daemon. */
typedef struct {
    unsigned long version;  /* of its libvirt */
    char *module;           /* version of the module in it, NULL where there is none */
    virConnectPtr conn;     /* to it */
    bool remote;            /* it is on another host: what is here says nothing about it */
    cmdqvAccess *access;    /* of the host, where the module gets past the daemon's libvirt; NULL where not known */
} cmdqvOlder;

bool cmdqvOlderIsRemote(const char *uri);
bool cmdqvOlderIsElsewhere(virConnectPtr conn);
void cmdqvOlderRead(cmdqvOlder *older, virConnectPtr conn, const char *root);
void cmdqvOlderClear(cmdqvOlder *older);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvOlder, cmdqvOlderClear)

void cmdqvOlderContext(const cmdqvOlder *older, const char *xml, gsize len, cmdqvRuleContext *context);
