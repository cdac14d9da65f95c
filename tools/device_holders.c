/*
 * device_holders.c: list the host devices of domains
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Queries libvirt, because the command line of QEMU does not name a device on
 * iommufd: libvirt passes it as an open file.
 */

#include "device_holders.h"

#include <string.h>

#include "domain_list.h"
#include "virt_cmdqv.h"
#include "conf/domain_xml.h"
#include "util/text.h"


static void
cmdqvDeviceHolderFree(gpointer data)
{
    cmdqvDeviceHolder *holder = data;

    g_free(holder->address);
    g_free(holder->domain);
    g_free(holder);
}


/* Sorts running domains first. */
static int
cmdqvDeviceHolderCompare(gconstpointer a, gconstpointer b)
{
    const cmdqvDeviceHolder *one = *(const cmdqvDeviceHolder *const *)a;
    const cmdqvDeviceHolder *other = *(const cmdqvDeviceHolder *const *)b;
    int order = strcmp(one->address, other->address);

    if (order == 0)
        order = (int)other->running - (int)one->running;
    return order != 0 ? order : strcmp(one->domain, other->domain);
}


static bool
cmdqvDeviceHoldersAdd(GPtrArray *holders, const char *domain, bool running, const char *xml, GError **error)
{
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(xml, strlen(xml), error);
    guint i;

    for (i = 0; topology && i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);
        char address[CMDQV_PCI_ADDRESS_LEN];
        cmdqvDeviceHolder *holder;

        if (endpoint->kind != CMDQV_ENDPOINT_VFIO || !endpoint->hasHost)
            continue;
        holder = g_new0(cmdqvDeviceHolder, 1);
        holder->address = g_strdup(cmdqvPCIAddressFormat(&endpoint->host, address));
        holder->domain = g_strdup(domain);
        holder->running = running;
        g_ptr_array_add(holders, holder);
    }
    return topology != NULL;
}


/* Adds the devices of the live XML of a running domain, not those of its definition for the next start. */
static int
cmdqvDeviceHoldersAddDomain(GPtrArray *holders, virDomainPtr domain)
{
    bool running = virDomainIsActive(domain) == 1;
    g_autoptr(cmdqvTextMalloced) xml = virDomainGetXMLDesc(domain, running ? 0 : VIR_DOMAIN_XML_INACTIVE);
    g_autoptr(GError) error = NULL;

    /* the domain may have ended since the list was made */
    if (!xml || cmdqvDeviceHoldersAdd(holders, virDomainGetName(domain), running, xml, &error))
        return CMDQV_EXIT_SUCCESS;
    return cmdqvToolTrouble("domain '%s': %s", virDomainGetName(domain), error->message);
}


/**
 * cmdqvDeviceHoldersRead:
 * @conn: a connection
 * @status: (inout): set to a worse one if a domain cannot be read
 *
 * Returns: (transfer full) (element-type cmdqvDeviceHolder) (nullable): all
 * devices of domains; NULL if domains cannot be listed
 */
GPtrArray *
cmdqvDeviceHoldersRead(virConnectPtr conn, int *status)
{
    g_autoptr(GPtrArray) holders = g_ptr_array_new_with_free_func(cmdqvDeviceHolderFree);
    g_autoptr(GPtrArray) domains = cmdqvDomainListRead(conn);
    guint i;

    if (!domains) {
        *status = cmdqvToolTrouble("cannot list domains: %s", cmdqvToolLastError());
        return NULL;
    }
    for (i = 0; i < domains->len; i++)
        *status = cmdqvToolWorse(*status, cmdqvDeviceHoldersAddDomain(holders, g_ptr_array_index(domains, i)));
    g_ptr_array_sort(holders, cmdqvDeviceHolderCompare);
    return g_steal_pointer(&holders);
}
