/*
 * cmdqvreal.c: libvirt's own functions, behind those that the module defines
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/cmdqvreal.h"

#include <dlfcn.h>


/**
 * cmdqvRealFind:
 * @slot: where the answer is kept
 * @name: name of a function
 *
 * Two threads may look at once: they find the same.
 *
 * Returns: the next definition of it in the order of loading
 */
gpointer
cmdqvRealFind(gpointer *slot, const char *name)
{
    gpointer found = g_atomic_pointer_get(slot);

    if (!found) {
        found = dlsym(RTLD_NEXT, name);
        g_atomic_pointer_set(slot, found);
    }
    return found;
}
