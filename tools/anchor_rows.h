/*
 * anchor_rows.h: read the anchors of domains for the tool's commands
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libvirt/libvirt.h>

#include "policy/rule_context.h"

/** One SMMU of one domain; it owns its strings, which may be NULL. */
typedef struct {
    char *domain;
    char *uuid;
    const char *state;
    char *vsmmu;
    char *bus;
    const char *cmdqv;
    char *anchor;
    char *host;
    char *guest;
    const char *source;
    char *detail;
} cmdqvAnchorRow;

void cmdqvAnchorRowFree(gpointer data);
const char *cmdqvAnchorRowName(const cmdqvAnchorRow *row, const char *machineWide);
bool cmdqvAnchorRowsRead(GPtrArray *rows, virDomainPtr domain, const cmdqvRuleContextHost *host, GError **error);
