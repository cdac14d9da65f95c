/*
 * daemon/next_call.c: libvirt's own functions, behind those that the module defines
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "daemon/next_call.h"

#include <dlfcn.h>

#include "plugin/lowering_calls.h"


/**
 * cmdqvRealFindNext:
 * @slot: where the answer is kept
 * @name: name of a function
 *
 * Two threads may look at once: they find the same.
 *
 * Returns: the next definition of it in the order of loading
 */
gpointer
cmdqvRealFindNext(gpointer *slot, const char *name)
{
    gpointer found = g_atomic_pointer_get(slot);

    if (!found) {
        found = dlsym(RTLD_NEXT, name);
        g_atomic_pointer_set(slot, found);
    }
    return found;
}


/**
 * cmdqvRealFind:
 * @slot: where the answer is kept
 * @name: name of a function
 *
 * Returns: what stands between the module and libvirt, or else the same as
 * cmdqvRealFindNext()
 */
gpointer
cmdqvRealFind(gpointer *slot, const char *name)
{
    gpointer found = g_atomic_pointer_get(slot);

    if (found)
        return found;
    found = cmdqvOlderFind(name);
    if (!found)
        return cmdqvRealFindNext(slot, name);
    g_atomic_pointer_set(slot, found);
    return found;
}
