/*
 * process.h: find and read the QEMU process of a running domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

#include "conf/topology.h"

/**
 * cmdqvProcessPaths:
 * @stateDir: libvirt's folder of pid files, NULL if that is unknown
 * @proc: /proc
 *
 * Tests set both to small trees of files.
 */
typedef struct {
    const char *stateDir;
    const char *proc;
} cmdqvProcessPaths;

char *cmdqvProcessPidFile(const char *stateDir, const char *name);
bool cmdqvProcessMayHaveSmmu(const cmdqvProcessPaths *paths, const char *name, const char *uuid);
cmdqvTopology *cmdqvProcessRead(const cmdqvProcessPaths *paths, const char *name, const char *uuid, unsigned int *pid,
                                GError **error);
