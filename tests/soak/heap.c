/*
 * heap.c: how much memory the daemon has asked for and not given back
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Preloaded into the daemon.  The resident memory says also how the heap is
 * scattered, which differs with the order in which threads happen to run; the
 * memory in use does not.  A client that asks for libvirt's version has it written
 * to /run/heap: the bytes in use in all heaps, and those mapped beside them.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>

#include <libvirt/libvirt.h>


int
virConnectGetLibVersion(virConnectPtr conn, unsigned long *version)
{
    int (*real)(virConnectPtr, unsigned long *) = (int (*)(virConnectPtr, unsigned long *))dlsym(RTLD_NEXT, "virConnectGetLibVersion");
    struct mallinfo2 info = mallinfo2();
    FILE *file = fopen("/run/heap", "we");

    if (file) {
        (void)fprintf(file, "%zu %zu\n", info.uordblks, info.hblkhd);
        (void)fclose(file);
    }
    return real(conn, version);
}
