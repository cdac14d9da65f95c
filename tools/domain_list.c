/*
 * domain_list.c: list all domains of a daemon
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "domain_list.h"

#include <stdlib.h>
#include <string.h>

#include "virt_cmdqv.h"


static int
cmdqvDomainListCompare(gconstpointer a, gconstpointer b)
{
    return strcmp(virDomainGetName(*(const virDomainPtr *)a), virDomainGetName(*(const virDomainPtr *)b));
}


static void
cmdqvDomainListFree(gpointer domain)
{
    (void)virDomainFree(domain);
}


/**
 * cmdqvDomainListRead:
 * @conn: a connection
 *
 * Returns: (transfer full) (element-type virDomain) (nullable): all of its
 * domains, sorted by name, because libvirt's list has no order; NULL with
 * libvirt's error set
 */
GPtrArray *
cmdqvDomainListRead(virConnectPtr conn)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(cmdqvDomainListFree);
    virDomainPtr *domains = NULL;
    int count = virConnectListAllDomains(conn, &domains, 0);
    int i;

    for (i = 0; i < count; i++)
        g_ptr_array_add(list, domains[i]);
    free(domains);
    g_ptr_array_sort(list, cmdqvDomainListCompare);
    if (count < 0)
        g_clear_pointer(&list, g_ptr_array_unref);
    return list;
}
