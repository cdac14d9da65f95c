/*
 * verdict.c: the type of a refusal: the device, the SMMU and the reason
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "policy/verdict.h"


/**
 * cmdqvVerdictFree:
 * @verdict: (transfer full) (nullable): a refusal
 */
void
cmdqvVerdictFree(cmdqvVerdict *verdict)
{
    if (!verdict)
        return;

    g_free(verdict->domain);
    g_free(verdict->uuid);
    g_free(verdict->smmu);
    g_free(verdict->device);
    g_free(verdict->message);
    g_free(verdict);
}


/**
 * cmdqvVerdictNameDevice:
 * @endpoint: a device
 *
 * Returns: (transfer full): 'hostdev0' (host 0009:01:00.0), or the known part
 * of it
 */
char *
cmdqvVerdictNameDevice(const cmdqvEndpoint *endpoint)
{
    char host[CMDQV_PCI_ADDRESS_LEN];

    if (endpoint->neededBy)
        return g_strdup_printf("'%s' that libvirt adds for <%s>", endpoint->element, endpoint->neededBy);
    if (!endpoint->hasHost)
        return g_strdup_printf("'%s'", endpoint->id ? endpoint->id : endpoint->element);
    (void)cmdqvPCIAddressFormat(&endpoint->host, host);
    return endpoint->id ? g_strdup_printf("'%s' (host %s)", endpoint->id, host) : g_strdup_printf("(host %s)", host);
}


/**
 * cmdqvVerdictNameSmmu:
 * @smmu: an SMMU
 * @busName: (nullable): the bus that it is attached to
 *
 * Returns: (transfer full): vSMMU 'iommu0' on bus 'pci.1', or the known part of
 * it
 */
char *
cmdqvVerdictNameSmmu(const cmdqvSmmu *smmu, const char *busName)
{
    if (!busName)
        return smmu->id ? g_strdup_printf("vSMMU '%s'", smmu->id) : g_strdup("the vSMMU");
    return smmu->id ? g_strdup_printf("vSMMU '%s' on bus '%s'", smmu->id, busName)
                    : g_strdup_printf("the vSMMU on bus '%s'", busName);
}
