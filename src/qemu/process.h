/*
 * qemu/process.h: the QEMU process of a running domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

#include "conf/topology.h"

/**
 * cmdqvProcessPaths:
 * @stateDir: where libvirt keeps NAME.pid
 * @proc: /proc
 *
 * Both can be set to small trees of files by tests.
 */
typedef struct {
    const char *stateDir;
    const char *proc;
} cmdqvProcessPaths;

char *cmdqvProcessStateDir(const char *uri);
char *cmdqvProcessPidFile(const cmdqvProcessPaths *paths, const char *name);
bool cmdqvProcessMayHaveSmmu(const cmdqvProcessPaths *paths, const char *name, const char *uuid);
cmdqvTopology *cmdqvProcessRead(const cmdqvProcessPaths *paths, const char *name, const char *uuid, unsigned int *pid,
                                GError **error);
