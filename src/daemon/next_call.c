/*
 * next_call.c: call libvirt's own functions from functions of the same name in
 * the module
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "daemon/next_call.h"

#include <dlfcn.h>


static cmdqvNextCallLookup cmdqvNextCallAdapter;
static cmdqvNextCallLookup cmdqvNextCallLock;


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
    cmdqvNextCallAdapter = adapter;
    cmdqvNextCallLock = lock;
}


/**
 * cmdqvNextCallFindLibvirt:
 * @slot: a cache for the result
 * @name: name of a function
 *
 * Two threads may call it at once: they find the same.
 *
 * Returns: its next definition in the order of loading
 */
gpointer
cmdqvNextCallFindLibvirt(gpointer *slot, const char *name)
{
    gpointer found = g_atomic_pointer_get(slot);

    if (!found) {
        found = dlsym(RTLD_NEXT, name);
        g_atomic_pointer_set(slot, found);
    }
    return found;
}


/**
 * cmdqvNextCallFindNext:
 * @slot: a cache for the result
 * @name: name of a function
 *
 * Returns: the function that waits while the module writes a definition, or
 * else the result of cmdqvNextCallFindLibvirt()
 */
gpointer
cmdqvNextCallFindNext(gpointer *slot, const char *name)
{
    gpointer found = g_atomic_pointer_get(slot);

    if (found)
        return found;
    found = cmdqvNextCallLock ? cmdqvNextCallLock(name) : NULL;
    if (!found)
        return cmdqvNextCallFindLibvirt(slot, name);
    g_atomic_pointer_set(slot, found);
    return found;
}


/**
 * cmdqvNextCallFind:
 * @slot: a cache for the result
 * @name: name of a function
 *
 * Returns: the function between the module and libvirt, or else the result of
 * cmdqvNextCallFindNext()
 */
gpointer
cmdqvNextCallFind(gpointer *slot, const char *name)
{
    gpointer found = g_atomic_pointer_get(slot);

    if (found)
        return found;
    found = cmdqvNextCallAdapter ? cmdqvNextCallAdapter(name) : NULL;
    if (!found)
        return cmdqvNextCallFindNext(slot, name);
    g_atomic_pointer_set(slot, found);
    return found;
}
