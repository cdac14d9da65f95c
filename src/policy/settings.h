/*
 * settings.h: read cmdqv.conf
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

#include "conf/topology.h"

/** The hook script of libvirt. */
#define CMDQV_SETTINGS_HOOK_FILE CMDQV_SYSCONFDIR "/libvirt/hooks/qemu.d/50-cmdqv"

/** Whether the anchor of a running domain may be detached from its definition if other candidates stay. */
typedef enum {
    CMDQV_SETTINGS_CONFIG_DETACH_AUTO,  /* not from the domain of a manager that detaches from the definition first */
    CMDQV_SETTINGS_CONFIG_DETACH_ALLOW,
    CMDQV_SETTINGS_CONFIG_DETACH_REFUSE,

    CMDQV_SETTINGS_CONFIG_DETACH_LAST
} cmdqvSettingsConfigDetach;

/** The action for a port from which a guest could eject the anchor. */
typedef enum {
    CMDQV_SETTINGS_ANCHOR_PORT_PIN,  /* give it <target hotplug='off'/> in definitions */
    CMDQV_SETTINGS_ANCHOR_PORT_WARN,  /* log a warning */
    CMDQV_SETTINGS_ANCHOR_PORT_IGNORE,

    CMDQV_SETTINGS_ANCHOR_PORT_LAST
} cmdqvSettingsAnchorPort;

typedef struct {
    cmdqvSettingsConfigDetach configDetach;
    cmdqvSettingsAnchorPort anchorPort;
    bool novaLayout;                /* write the layout of Nova's definitions if the flavor requests it */
    GHashTable *levels;             /* identifier of a rule to its cmdqvRuleLevel, for rules with a setting */
    char **managers;                /* prefixes of the namespaces of managers' metadata */
} cmdqvSettings;

cmdqvSettings *cmdqvSettingsNew(void);
cmdqvSettings *cmdqvSettingsParse(const char *text, gsize len, const char *name, GError **error);
cmdqvSettings *cmdqvSettingsLoad(const char *path, GError **error);
void cmdqvSettingsFree(cmdqvSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cmdqvSettings, cmdqvSettingsFree)

bool cmdqvSettingsIsManaged(const cmdqvSettings *settings, const cmdqvTopology *definition);
