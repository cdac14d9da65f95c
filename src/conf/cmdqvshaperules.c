/*
 * cmdqvshaperules.c: rules about the shape of a domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What can be said of the XML alone, whatever hypervisor runs it.
 */

#include "conf/cmdqvrule.h"


static void
cmdqvCheckAccel(const cmdqvRule *rule, const cmdqvTopology *topology, GPtrArray *findings)
{
    guint i;

    for (i = 0; i < topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);

        if (smmu->cmdqv == CMDQV_SWITCH_ON && smmu->accel != CMDQV_SWITCH_ON)
            cmdqvFindingAdd(findings, rule, topology, i,
                            "cmdqv='on' needs an accelerated SMMU; add accel='on' to the same <driver>, or remove cmdqv='on'");
    }
}


static void
cmdqvCheckRoot(const cmdqvRule *rule, const cmdqvTopology *topology, GPtrArray *findings)
{
    guint i;

    for (i = 0; i < topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);
        const cmdqvBus *bus = cmdqvTopologyGetBus(topology, smmu->bus);

        if (smmu->cmdqv != CMDQV_SWITCH_ON)
            continue;

        if (smmu->busIndex == CMDQV_NONE && !smmu->busName)
            cmdqvFindingAdd(findings, rule, topology, i,
                            "cmdqv='on' without pciBus makes the machine-wide SMMU, which has no CMDQV; add "
                            "pciBus='N' with the index of a pcie-root or pcie-expander-bus controller");
        else if (!bus && smmu->busName)
            cmdqvFindingAdd(findings, rule, topology, i, "primary-bus '%s' is no PCI bus of the machine", smmu->busName);
        else if (!bus)
            cmdqvFindingAdd(findings, rule, topology, i,
                            "pciBus='%d' is the index of no PCI controller of the domain; give that of a pcie-root or "
                            "pcie-expander-bus controller", smmu->busIndex);
        else if (bus->root != smmu->bus)
            cmdqvFindingAdd(findings, rule, topology, i,
                            "bus '%s' is a %s and not the root of a PCIe tree; give pciBus the index of a pcie-root or "
                            "pcie-expander-bus controller", bus->name ? bus->name : "",
                            cmdqvBusModelToString(bus->model));
    }
}


/* The second and further SMMUs of a root are named, not the one that QEMU would accept. */
static void
cmdqvCheckOwnRoot(const cmdqvRule *rule, const cmdqvTopology *topology, GPtrArray *findings)
{
    g_autoptr(GHashTable) cmdqv = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) first = g_hash_table_new(NULL, NULL);
    guint i;

    for (i = 0; i < topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);

        if (smmu->cmdqv == CMDQV_SWITCH_ON)
            (void)g_hash_table_add(cmdqv, GINT_TO_POINTER(smmu->bus));
    }

    for (i = 0; i < topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);
        const cmdqvBus *bus = cmdqvTopologyGetBus(topology, smmu->bus);

        if (!bus || !g_hash_table_contains(cmdqv, GINT_TO_POINTER(smmu->bus)))
            continue;
        if (!g_hash_table_add(first, GINT_TO_POINTER(smmu->bus)))
            cmdqvFindingAdd(findings, rule, topology, i,
                            "bus '%s' has an SMMU already; give each SMMU a root of its own, or remove this one",
                            bus->name ? bus->name : "");
    }
}


const cmdqvRule cmdqvShapeRules[] = {
    { "cmdqv-needs-accel", "cmdqv='on' is only valid together with accel='on'", cmdqvCheckAccel },
    { "cmdqv-needs-root", "the bus of a vSMMU with cmdqv='on' is the root of a PCIe tree", cmdqvCheckRoot },
    { "smmu-needs-own-root", "no two SMMUs share the root of a vSMMU with cmdqv='on'", cmdqvCheckOwnRoot },
    { NULL, NULL, NULL },
};
