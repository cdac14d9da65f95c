/*
 * device_holders.c: which domains have which devices of the host
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Asked of libvirt, for the command line of QEMU does not tell: a device on
 * iommufd is handed over as an open file.
 */

#include "device_holders.h"

#include <stdlib.h>
#include <string.h>

#include "conf/domain_xml.h"
#include "domain_list.h"
#include "virt_cmdqv.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(char, free)


static void
cmdqvHolderFree(gpointer data)
{
    cmdqvHolder *holder = data;

    g_free(holder->address);
    g_free(holder->domain);
    g_free(holder);
}


/* Who has a device comes before who may get it. */
static int
cmdqvHolderCompare(gconstpointer a, gconstpointer b)
{
    const cmdqvHolder *one = *(const cmdqvHolder *const *)a;
    const cmdqvHolder *other = *(const cmdqvHolder *const *)b;
    int order = strcmp(one->address, other->address);

    if (order == 0)
        order = (int)other->running - (int)one->running;
    return order != 0 ? order : strcmp(one->domain, other->domain);
}


static bool
cmdqvHoldersAdd(GPtrArray *holders, const char *domain, bool running, const char *xml, GError **error)
{
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(xml, strlen(xml), error);
    guint i;

    for (i = 0; topology && i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);
        char address[CMDQV_PCI_ADDRESS_LEN];
        cmdqvHolder *holder;

        if (endpoint->kind != CMDQV_ENDPOINT_VFIO || !endpoint->hasHost)
            continue;
        holder = g_new0(cmdqvHolder, 1);
        holder->address = g_strdup(cmdqvPCIAddressFormat(&endpoint->host, address));
        holder->domain = g_strdup(domain);
        holder->running = running;
        g_ptr_array_add(holders, holder);
    }
    return topology != NULL;
}


/* A running domain has what it runs with, not what its definition says for the next start. */
static int
cmdqvHoldersAddDomain(GPtrArray *holders, virDomainPtr domain)
{
    bool running = virDomainIsActive(domain) == 1;
    g_autoptr(char) xml = virDomainGetXMLDesc(domain, running ? 0 : VIR_DOMAIN_XML_INACTIVE);
    g_autoptr(GError) error = NULL;

    /* it may have gone since the domains were listed */
    if (!xml || cmdqvHoldersAdd(holders, virDomainGetName(domain), running, xml, &error))
        return CMDQV_EXIT_SOUND;
    return cmdqvToolTrouble("domain '%s': %s", virDomainGetName(domain), error->message);
}


/**
 * cmdqvHoldersRead:
 * @conn: a connection
 * @status: (inout): made worse where something could not be read
 *
 * Returns: (transfer full) (element-type cmdqvHolder) (nullable): all devices
 * that domains have; NULL where domains cannot be listed
 */
GPtrArray *
cmdqvHoldersRead(virConnectPtr conn, int *status)
{
    g_autoptr(GPtrArray) holders = g_ptr_array_new_with_free_func(cmdqvHolderFree);
    virDomainPtr *domains = NULL;
    int count = cmdqvDomainsList(conn, &domains);
    int i;

    if (count < 0) {
        g_autofree char *reason = cmdqvToolLastError();

        *status = cmdqvToolTrouble("cannot list domains: %s", reason);
        return NULL;
    }
    for (i = 0; i < count; i++)
        *status = cmdqvToolWorse(*status, cmdqvHoldersAddDomain(holders, domains[i]));
    cmdqvDomainsFree(domains, count);
    g_ptr_array_sort(holders, cmdqvHolderCompare);
    return g_steal_pointer(&holders);
}
