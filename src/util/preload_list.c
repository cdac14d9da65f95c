/*
 * preload_list.c: the value of LD_PRELOAD
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "util/preload_list.h"

#include <stdbool.h>
#include <string.h>

#include <glib.h>

/* ld.so(8): colons or spaces, in any mixture */
#define CMDQV_PRELOAD_LIST_SEPARATORS ": "


/* ld.so finds an entry without a slash in the library path, and one with "$LIB" by expansion. */
static bool
cmdqvPreloadListIsSame(const char *entry, const char *path)
{
    g_autofree char *entryName = g_path_get_basename(entry);
    g_autofree char *pathName = g_path_get_basename(path);

    return strcmp(entryName, pathName) == 0;
}


/**
 * cmdqvPreloadListWithout:
 * @preload: the value of LD_PRELOAD
 * @path: path of a library
 *
 * Returns: (transfer full) (nullable): the other entries in their order, NULL
 * if there are none
 */
char *
cmdqvPreloadListWithout(const char *preload, const char *path)
{
    g_auto(GStrv) entries = g_strsplit_set(preload, CMDQV_PRELOAD_LIST_SEPARATORS, -1);
    g_autoptr(GString) kept = g_string_new(NULL);
    gsize i;

    for (i = 0; entries[i]; i++) {
        if (*entries[i] == '\0' || cmdqvPreloadListIsSame(entries[i], path))
            continue;
        g_string_append_printf(kept, "%s%s", kept->len > 0 ? ":" : "", entries[i]);
    }
    return kept->len > 0 ? g_string_free(g_steal_pointer(&kept), FALSE) : NULL;
}
