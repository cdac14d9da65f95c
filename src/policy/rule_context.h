/*
 * rule_context.h: build the facts for the rules from a host and a libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "host/cmdqv_support.h"
#include "host/qemu_access.h"
#include "policy/rule.h"

/** The SMMUs of a host. */
typedef struct {
    const char *root;           /* (borrowed): prefix of the paths of its files; NULL if they are on another host */
    cmdqvSupport support;       /* whether any of its SMMUs has CMDQV */
    char **withoutCmdqv;        /* names of the SMMUs that certainly have none; NULL if they are unknown */
} cmdqvRuleContextHost;

/** The libvirt that gets a definition, or has it. */
typedef struct {
    unsigned long version;      /* as from virConnectGetLibVersion(), 0 if it is unknown */
    bool takesCmdqv;            /* whatever its version: it has the definition already, or the module lowers it */
    bool lowered;               /* QEMU opens the files of the devices, because libvirt does not know them */
    cmdqvQemuAccess *access;    /* (borrowed): to these files; NULL if it is unknown */
    bool (*network)(const char *name, gpointer data);   /* returns whether a network gives host devices; NULL if that is unknown */
    gpointer networkData;
} cmdqvRuleContextLibvirt;

void cmdqvRuleContextHostRead(cmdqvRuleContextHost *host, const char *root);
void cmdqvRuleContextHostClear(cmdqvRuleContextHost *host);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvRuleContextHost, cmdqvRuleContextHostClear)

void cmdqvRuleContextHostSettle(const cmdqvRuleContextHost *host, GPtrArray *anchors, const cmdqvTopology *topology);
cmdqvRuleContextLibvirt cmdqvRuleContextOwnLibvirt(unsigned long version);
cmdqvRuleContext cmdqvRuleContextBuild(GHashTable *levels, const cmdqvRuleContextHost *host, const cmdqvRuleContextLibvirt *libvirt);
