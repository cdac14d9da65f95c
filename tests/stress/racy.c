/*
 * racy.c: a race, for ThreadSanitizer to find in the daemon
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Preloaded beside the module: a run in which this is not reported has not
 * looked.
 */

#define _GNU_SOURCE

#include <dlfcn.h>

#include <libvirt/libvirt.h>

static volatile unsigned int lookups;


virDomainPtr
virDomainLookupByName(virConnectPtr conn, const char *name)
{
    virDomainPtr (*real)(virConnectPtr, const char *) =
        (virDomainPtr (*)(virConnectPtr, const char *))dlsym(RTLD_NEXT, "virDomainLookupByName");

    lookups++;
    return real(conn, name);
}
