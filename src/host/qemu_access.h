/*
 * host/qemu_access.h: what of /dev an older libvirt lets QEMU have
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include "host/dev_nodes.h"

typedef struct _cmdqvAccess cmdqvAccess;

cmdqvAccess *cmdqvAccessRead(const char *root, const char *file, GError **error);
void cmdqvAccessFree(cmdqvAccess *access);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cmdqvAccess, cmdqvAccessFree)

cmdqvNodeAccess cmdqvAccessToNode(const char *node, gpointer access);
char *cmdqvAccessNodeOf(const char *device, gpointer access);
