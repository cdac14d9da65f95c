/*
 * next_call.c: call libvirt's own functions from functions of the same name in
 * the module
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "daemon/next_call.h"

#include <dlfcn.h>


/* For each layer between the module and libvirt, the function that finds its functions. */
static cmdqvNextCallLookup cmdqvNextCallLayers[CMDQV_NEXT_CALL_LIBVIRT];


/**
 * cmdqvNextCallPutBetween:
 * @adapter: finds the function that CMDQV_REAL() calls instead of libvirt's
 * @lock: finds the function that CMDQV_NEXT() calls instead of libvirt's
 *
 * Call it once, before the first use of these macros.
 */
void
cmdqvNextCallPutBetween(cmdqvNextCallLookup adapter, cmdqvNextCallLookup lock)
{
    cmdqvNextCallLayers[CMDQV_NEXT_CALL_ADAPTER] = adapter;
    cmdqvNextCallLayers[CMDQV_NEXT_CALL_LOCK] = lock;
}


/**
 * cmdqvNextCallFind:
 * @slot: a cache for the result
 * @name: name of a function
 * @layer: the first layer that may have the function
 *
 * Two threads may call it at once: they find the same.
 *
 * Returns: the function of the first layer that has it: the last one is the
 * next definition in the order of loading
 */
gpointer
cmdqvNextCallFind(gpointer *slot, const char *name, cmdqvNextCallLayer layer)
{
    gpointer found = g_atomic_pointer_get(slot);

    if (found)
        return found;
    for (; !found && layer < CMDQV_NEXT_CALL_LIBVIRT; layer++)
        found = cmdqvNextCallLayers[layer] ? cmdqvNextCallLayers[layer](name) : NULL;
    if (!found)
        found = dlsym(RTLD_NEXT, name);
    g_atomic_pointer_set(slot, found);
    return found;
}
