/*
 * qemu_access.h: find out which files of /dev QEMU can open under a libvirt
 * without iommufd
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include "host/dev_nodes.h"

typedef struct _cmdqvQemuAccess cmdqvQemuAccess;

cmdqvQemuAccess *cmdqvQemuAccessRead(const char *root, const char *file, GError **error);
void cmdqvQemuAccessFree(cmdqvQemuAccess *access);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cmdqvQemuAccess, cmdqvQemuAccessFree)

cmdqvDevNodesAccess cmdqvQemuAccessToNode(const char *node, gpointer access);
char *cmdqvQemuAccessNodeOf(const char *device, gpointer access);
