/*
 * cmdqvcontextrules.c: rules that rest on what the host is and what libvirt knows
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where that is not known they find nothing.
 */

#include "qemu/cmdqvrules.h"

#include <string.h>

/* The first release whose <driver> has cmdqv. */
#define CMDQV_LIBVIRT_WITH_CMDQV 12007000


static char *
cmdqvContextHostSmmu(const cmdqvRuleRun *run, guint endpoint)
{
    const cmdqvEndpoint *device = &g_array_index(run->topology->endpoints, cmdqvEndpoint, endpoint);
    char address[CMDQV_PCI_ADDRESS_LEN];

    if (device->kind != CMDQV_ENDPOINT_VFIO || !device->hasHost || !run->context->hostSmmu)
        return NULL;
    return run->context->hostSmmu(cmdqvPCIAddressFormat(&device->host, address), run->context->data);
}


/* The accelerated vSMMU that a device is behind. */
static int
cmdqvContextVsmmu(const cmdqvRuleRun *run, guint endpoint)
{
    int smmu = cmdqvTopologyEndpointSmmu(run->topology, endpoint);

    if (smmu == CMDQV_NONE || g_array_index(run->topology->smmus, cmdqvSmmu, smmu).accel != CMDQV_SWITCH_ON)
        return CMDQV_NONE;
    return smmu;
}


static void
cmdqvCheckOneHostSmmu(const cmdqvRuleRun *run)
{
    g_autoptr(GHashTable) first = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    guint i;

    for (i = 0; i < run->topology->endpoints->len; i++) {
        int smmu = cmdqvContextVsmmu(run, i);
        g_autofree char *host = smmu == CMDQV_NONE ? NULL : cmdqvContextHostSmmu(run, i);
        const char *known = host ? g_hash_table_lookup(first, GINT_TO_POINTER(smmu)) : NULL;

        if (!host)
            continue;
        if (!known)
            (void)g_hash_table_insert(first, GINT_TO_POINTER(smmu), g_steal_pointer(&host));
        else if (strcmp(known, host) != 0)
            cmdqvFindingAddEndpoint(run, i, smmu, "it is behind host SMMU '%s', and another device behind the same vSMMU is "
                                    "behind '%s'; give each host SMMU a vSMMU of its own", host, known);
    }
}


static void
cmdqvCheckSpread(const cmdqvRuleRun *run)
{
    g_autoptr(GHashTable) owner = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint i;

    for (i = 0; i < run->topology->endpoints->len; i++) {
        int smmu = cmdqvContextVsmmu(run, i);
        g_autofree char *host = smmu == CMDQV_NONE ? NULL : cmdqvContextHostSmmu(run, i);
        gpointer known;

        if (!host)
            continue;
        if (!g_hash_table_lookup_extended(owner, host, NULL, &known))
            (void)g_hash_table_insert(owner, g_steal_pointer(&host), GINT_TO_POINTER(smmu));
        else if (GPOINTER_TO_INT(known) != smmu)
            cmdqvFindingAddEndpoint(run, i, smmu, "it is behind host SMMU '%s', which another vSMMU of the domain stands for "
                                    "already; put devices of one host SMMU behind one vSMMU", host);
    }
}


static void
cmdqvCheckLibvirt(const cmdqvRuleRun *run)
{
    unsigned long version = run->context->libvirtVersion;
    guint i;

    if (version == 0 || version >= CMDQV_LIBVIRT_WITH_CMDQV)
        return;
    for (i = 0; i < run->topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(run->topology->smmus, cmdqvSmmu, i);

        if (smmu->line != CMDQV_NONE && smmu->cmdqv != CMDQV_SWITCH_ABSENT)
            cmdqvFindingAdd(run, i, "this libvirt (%lu.%lu.%lu) drops cmdqv without a word; 12.7.0 or newer is needed",
                            version / 1000000, version / 1000 % 1000, version % 1000);
    }
}


const cmdqvRule cmdqvContextRules[] = {
    { "one-host-smmu", CMDQV_RULE_ERROR,
      "the devices behind one accelerated vSMMU are behind one SMMU of the host",
      "A vSMMU stands for the host SMMU of its first device; a device of another cannot be attached to it. Checked where the "
      "host's sysfs can be read.",
      "one pcie-expander-bus with an <iommu> for each host SMMU, see /sys/bus/pci/devices/ADDRESS/iommu",
      cmdqvCheckOneHostSmmu },
    { "host-smmu-spread", CMDQV_RULE_WARNING,
      "the devices behind one SMMU of the host are behind one vSMMU",
      "Two vSMMUs for one host SMMU work, but share its queues and invalidate for each other. Checked where the host's sysfs "
      "can be read.",
      "both <hostdev> elements on ports below the same pcie-expander-bus", cmdqvCheckSpread },
    { "libvirt-drops-cmdqv", CMDQV_RULE_ERROR,
      "the libvirt that takes the definition knows cmdqv",
      "libvirt before 12.7 ignores cmdqv, and the oldest of them accel and pciBus too: the domain would be another than its "
      "definition says. Checked where libvirt can be asked for its version.",
      "libvirt 12.7.0 or newer", cmdqvCheckLibvirt },
    { NULL, CMDQV_RULE_OFF, NULL, NULL, NULL, NULL },
};
