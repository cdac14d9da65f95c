/*
 * overrun.c: a read behind the end of memory, for AddressSanitizer to find in the daemon
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Preloaded beside the module: a run in which this is not reported has not
 * looked.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <stdlib.h>

#include <libvirt/libvirt.h>


virDomainPtr
virDomainLookupByName(virConnectPtr conn, const char *name)
{
    virDomainPtr (*real)(virConnectPtr, const char *) =
        (virDomainPtr (*)(virConnectPtr, const char *))dlsym(RTLD_NEXT, "virDomainLookupByName");
    volatile char *byte = malloc(1);

    if (byte)
        (void)byte[1];
    free((void *)byte);
    return real(conn, name);
}
