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
    g_free(verdict->instance);
    g_free(verdict->flavor);
    g_free(verdict);
}


/**
 * cmdqvVerdictNew:
 * @message: (transfer full): the message for the user
 *
 * Returns: (transfer full): a refusal with no more than that
 */
cmdqvVerdict *
cmdqvVerdictNew(char *message)
{
    cmdqvVerdict *verdict = g_new0(cmdqvVerdict, 1);

    verdict->message = message;
    return verdict;
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
