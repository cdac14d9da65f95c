/*
 * daemon_version.c: find the version of the libvirt that a process has loaded
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "host/daemon_version.h"

#include <string.h>

#include <glib.h>

#include "util/file.h"
#include "util/text.h"

/* MAJOR * 1000 + MINOR, a dot, and MICRO follow in the file's name (meson.build of libvirt). */
#define CMDQV_DAEMON_VERSION_LIBRARY "/libvirt.so.0."

/* A daemon has some thousand mappings of a hundred bytes each. */
#define CMDQV_DAEMON_VERSION_MAPS_LIMIT (4 * 1024 * 1024)


/**
 * cmdqvDaemonVersionRead:
 * @root: prefix of every path, "" for the host itself
 * @pid: process of a daemon
 *
 * The hook uses it, because it must not call libvirt.
 *
 * Returns: the version as virGetVersion() returns it, 0 if it is unknown
 */
unsigned long
cmdqvDaemonVersionRead(const char *root, unsigned int pid)
{
    g_autofree char *path = g_strdup_printf("%s/proc/%u/maps", root, pid);
    g_autofree char *maps = NULL;
    g_auto(GStrv) parts = NULL;
    const char *name;
    unsigned int release;
    unsigned int micro;
    gsize len;

    if (!cmdqvFileRead(path, CMDQV_DAEMON_VERSION_MAPS_LIMIT, &maps, &len, NULL))
        return 0;
    name = strstr(maps, CMDQV_DAEMON_VERSION_LIBRARY);
    if (!name)
        return 0;
    parts = g_strsplit_set(name + strlen(CMDQV_DAEMON_VERSION_LIBRARY), ".\n ", 3);
    if (g_strv_length(parts) < 2 || !cmdqvTextToUnsigned(parts[0], 10, G_MAXINT / 1000, &release) ||
        !cmdqvTextToUnsigned(parts[1], 10, 999, &micro))
        return 0;
    return release * 1000UL + micro;
}
