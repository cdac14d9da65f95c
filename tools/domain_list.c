/*
 * domain_list.c: list all domains of a daemon
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "domain_list.h"

#include <stdlib.h>
#include <string.h>


static int
cmdqvDomainListCompare(const void *a, const void *b)
{
    return strcmp(virDomainGetName(*(const virDomainPtr *)a), virDomainGetName(*(const virDomainPtr *)b));
}


/**
 * cmdqvDomainListRead:
 * @conn: a connection
 * @domains: (out): all of its domains, sorted by name, because libvirt's list
 *   has no order; cmdqvDomainListFree() them
 *
 * Returns: their number, -1 with libvirt's error set
 */
int
cmdqvDomainListRead(virConnectPtr conn, virDomainPtr **domains)
{
    int count = virConnectListAllDomains(conn, domains, 0);

    if (count > 0)
        qsort(*domains, (size_t)count, sizeof(**domains), cmdqvDomainListCompare);
    return count;
}


/* @count may be -1 from a failed cmdqvDomainListRead(). */
void
cmdqvDomainListFree(virDomainPtr *domains, int count)
{
    int i;

    for (i = 0; i < count; i++)
        (void)virDomainFree(domains[i]);
    free(domains);
}
