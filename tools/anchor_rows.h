/*
 * anchor_rows.h: the anchors of domains, as the tool shows them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libvirt/libvirt.h>

/** One SMMU of one domain; strings are its own, NULL where there is nothing to say. */
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
} cmdqvTracked;

void cmdqvTrackedFree(gpointer data);
bool cmdqvTrackedRead(GPtrArray *rows, virDomainPtr domain, bool hostMayHaveCmdqv, GError **error);
