/*
 * host/daemon_version.c: the libvirt that a process has loaded
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "host/daemon_version.h"

#include <string.h>

#include <glib.h>

#include "util/file.h"
#include "util/text.h"

/* The file's name goes on with MAJOR * 1000 + MINOR, a dot, and MICRO (meson.build of libvirt). */
#define CMDQV_DAEMON_LIBRARY "/libvirt.so.0."

/* A daemon has some thousand mappings of a hundred bytes each. */
#define CMDQV_DAEMON_MAPS_LIMIT (4 * 1024 * 1024)


/**
 * cmdqvDaemonLibvirtVersion:
 * @root: what to put before every path, "" for the host itself
 * @pid: of a daemon
 *
 * For a hook, which must not call libvirt.
 *
 * Returns: the version as virGetVersion() would have it there, 0 where that
 * cannot be told
 */
unsigned long
cmdqvDaemonLibvirtVersion(const char *root, unsigned int pid)
{
    g_autofree char *path = g_strdup_printf("%s/proc/%u/maps", root, pid);
    g_autofree char *maps = NULL;
    g_auto(GStrv) parts = NULL;
    const char *name;
    unsigned int release;
    unsigned int micro;
    gsize len;

    if (!cmdqvFileRead(path, CMDQV_DAEMON_MAPS_LIMIT, &maps, &len, NULL))
        return 0;
    name = strstr(maps, CMDQV_DAEMON_LIBRARY);
    if (!name)
        return 0;
    parts = g_strsplit_set(name + strlen(CMDQV_DAEMON_LIBRARY), ".\n ", 3);
    if (g_strv_length(parts) < 2 || !cmdqvStringToUint(parts[0], 10, G_MAXINT / 1000, &release) ||
        !cmdqvStringToUint(parts[1], 10, 999, &micro))
        return 0;
    return release * 1000UL + micro;
}
