/*
 * domain_list.c: all domains of a daemon
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "domain_list.h"

#include <stdlib.h>
#include <string.h>


static int
cmdqvDomainsCompare(const void *a, const void *b)
{
    return strcmp(virDomainGetName(*(const virDomainPtr *)a), virDomainGetName(*(const virDomainPtr *)b));
}


/**
 * cmdqvDomainsList:
 * @conn: a connection
 * @domains: (out): all of its domains, by name, as libvirt lists them in no
 *   order; cmdqvDomainsFree() them
 *
 * Returns: how many there are, -1 with libvirt's error set
 */
int
cmdqvDomainsList(virConnectPtr conn, virDomainPtr **domains)
{
    int count = virConnectListAllDomains(conn, domains, 0);

    if (count > 0)
        qsort(*domains, (size_t)count, sizeof(**domains), cmdqvDomainsCompare);
    return count;
}


/* @count may be what cmdqvDomainsList() returned where it failed. */
void
cmdqvDomainsFree(virDomainPtr *domains, int count)
{
    int i;

    for (i = 0; i < count; i++)
        (void)virDomainFree(domains[i]);
    free(domains);
}
