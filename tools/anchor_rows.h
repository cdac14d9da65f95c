/*
 * anchor_rows.h: read the anchors of domains for the tool's commands
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libvirt/libvirt.h>

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

/** CMDQV of the SMMUs on the domains' host. */
typedef struct {
    const char *root;           /* (borrowed): prefix of every path */
    bool mayHaveCmdqv;          /* whether QEMU's auto may mean on */
    char **withoutCmdqv;        /* names of the SMMUs that certainly have none */
} cmdqvAnchorRowHost;

void cmdqvAnchorRowHostRead(cmdqvAnchorRowHost *host, virConnectPtr conn, const char *root);
void cmdqvAnchorRowHostClear(cmdqvAnchorRowHost *host);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvAnchorRowHost, cmdqvAnchorRowHostClear)

void cmdqvAnchorRowFree(gpointer data);
const char *cmdqvAnchorRowName(const cmdqvAnchorRow *row, const char *machineWide);
bool cmdqvAnchorRowsRead(GPtrArray *rows, virDomainPtr domain, const cmdqvAnchorRowHost *host, GError **error);
