/*
 * policy/settings.h: what an operator decided in cmdqv.conf
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

#include "conf/topology.h"

/** Where it is, below the prefix that the build was given. */
#define CMDQV_SETTINGS_FILE CMDQV_SYSCONFDIR "/libvirt/cmdqv.conf"

/** What libvirt runs as the hook. */
#define CMDQV_HOOK_FILE CMDQV_SYSCONFDIR "/libvirt/hooks/qemu.d/50-cmdqv"

/** May the anchor of a running domain go from its definition while others are left there. */
typedef enum {
    CMDQV_CONFIG_DETACH_AUTO,       /* not where a manager's domain is, which detaches there first and live second */
    CMDQV_CONFIG_DETACH_ALLOW,
    CMDQV_CONFIG_DETACH_REFUSE,

    CMDQV_CONFIG_DETACH_LAST
} cmdqvConfigDetach;

/** What becomes of a port from which a guest could eject the anchor. */
typedef enum {
    CMDQV_ANCHOR_PORT_PIN,          /* definitions get <target hotplug='off'/> there */
    CMDQV_ANCHOR_PORT_WARN,         /* it is said in the log */
    CMDQV_ANCHOR_PORT_IGNORE,

    CMDQV_ANCHOR_PORT_LAST
} cmdqvAnchorPort;

typedef struct {
    cmdqvConfigDetach configDetach;
    cmdqvAnchorPort anchorPort;
    bool novaLayout;                /* Nova's definitions are laid out where the flavor asks for it */
    GHashTable *levels;             /* identifier of a rule to its cmdqvRuleLevel, where one is set */
    char **managers;                /* what the namespaces of managers' metadata begin with */
} cmdqvSettings;

cmdqvSettings *cmdqvSettingsNew(void);
cmdqvSettings *cmdqvSettingsParse(const char *text, gsize len, const char *name, GError **error);
cmdqvSettings *cmdqvSettingsLoad(const char *path, GError **error);
void cmdqvSettingsFree(cmdqvSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cmdqvSettings, cmdqvSettingsFree)

bool cmdqvSettingsIsManaged(const cmdqvSettings *settings, const cmdqvTopology *definition);
