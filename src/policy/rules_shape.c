/*
 * rules_shape.c: rules about the shape of a domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * They need the XML only, and hold for any hypervisor.
 */

#include "policy/rule.h"

#include <string.h>

#include "conf/bus_numbers.h"

/* Two SMMUs, each on a PCIe root of its own. */
#define CMDQV_RULES_SHAPE_TWO_ROOTS \
    CMDQV_RULE_EXAMPLE_EXPANDER("1", "240") "\n" \
    CMDQV_RULE_EXAMPLE_EXPANDER("4", "248") "\n" \
    CMDQV_RULE_EXAMPLE_IOMMU("pciBus='1' accel='on' cmdqv='on'") "\n" \
    CMDQV_RULE_EXAMPLE_IOMMU("pciBus='4'")


static bool
cmdqvRulesShapeIsMachineWide(const cmdqvSmmu *smmu)
{
    return smmu->busIndex == CMDQV_NONE && !smmu->busName && !smmu->badBus;
}


static void
cmdqvRulesShapeCheckValues(const cmdqvRuleRun *run)
{
    guint i;

    for (i = 0; i < run->topology->badValues->len; i++)
        cmdqvFindingAddBadValue(run, &g_array_index(run->topology->badValues, cmdqvBadValue, i));
}


static void
cmdqvRulesShapeCheckAccel(const cmdqvRuleRun *run, guint at)
{
    const cmdqvSmmu *smmu = cmdqvRuleSmmu(run, at);

    if (smmu->cmdqv == CMDQV_SWITCH_ON && smmu->accel != CMDQV_SWITCH_ON)
        cmdqvFindingAdd(run, at, "cmdqv='on' needs an accelerated SMMU; set accel='on' in the same <driver>");
}


static void
cmdqvRulesShapeCheckBus(const cmdqvRuleRun *run, guint at)
{
    const cmdqvSmmu *smmu = cmdqvRuleSmmu(run, at);

    if (!cmdqvRulesShapeIsMachineWide(smmu))
        return;
    if (smmu->cmdqv == CMDQV_SWITCH_ON)
        cmdqvFindingAdd(run, at, "cmdqv='on' without pciBus creates the machine-wide SMMU, which has no CMDQV; add pciBus='N' with "
                        "the index of a pcie-root or pcie-expander-bus controller");
    else if (smmu->accel == CMDQV_SWITCH_ON)
        cmdqvFindingAdd(run, at, "accel='on' without pciBus creates the machine-wide SMMU, which is not accelerated; add pciBus='N' "
                        "with the index of a pcie-root or pcie-expander-bus controller");
}


/* A controller with an invalid index could have any of the unused ones. */
static bool
cmdqvRulesShapeKnowsIndexes(const cmdqvRuleRun *run)
{
    guint i;

    for (i = 0; i < run->topology->buses->len; i++) {
        if (g_array_index(run->topology->buses, cmdqvBus, i).badIndex)
            return false;
    }
    return true;
}


/* Finds for each bus number the index of the controller with that busNr. */
static void
cmdqvRulesShapeReadBusNrs(const cmdqvRuleRun *run, int indexes[CMDQV_BUS_NUMBERS])
{
    g_autoptr(GArray) numbers = cmdqvBusNumbersRead(run->topology);
    guint i;

    for (i = 0; i < CMDQV_BUS_NUMBERS; i++)
        indexes[i] = CMDQV_NONE;
    for (i = 0; i < numbers->len; i++) {
        int first = g_array_index(numbers, cmdqvBusNumbers, i).first;

        if (first > 0)
            indexes[first] = g_array_index(run->topology->buses, cmdqvBus, i).index;
    }
}


/* pciBus may be the busNr of a controller, or the index of a port below the root that is meant. */
static char *
cmdqvRulesShapeRootAdvice(const cmdqvTopology *topology, const cmdqvSmmu *smmu, const int indexes[CMDQV_BUS_NUMBERS])
{
    int own = smmu->busIndex > 0 && smmu->busIndex < CMDQV_BUS_NUMBERS ? indexes[smmu->busIndex] : CMDQV_NONE;
    const cmdqvBus *bus = cmdqvTopologyGetBus(topology, smmu->bus);
    const cmdqvBus *root = bus ? cmdqvTopologyGetBus(topology, bus->root) : NULL;

    if (own != CMDQV_NONE)
        return g_strdup_printf("write pciBus='%d', the index of the controller with busNr %d", own, smmu->busIndex);
    if (root && root->index != CMDQV_NONE)
        return g_strdup_printf("write pciBus='%d', the index of the root above it", root->index);
    return g_strdup("give pciBus the index of a pcie-root or pcie-expander-bus controller");
}


static void
cmdqvRulesShapeCheckRoot(const cmdqvRuleRun *run)
{
    int indexes[CMDQV_BUS_NUMBERS];
    guint i;

    cmdqvRulesShapeReadBusNrs(run, indexes);
    for (i = 0; i < run->topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = cmdqvRuleSmmu(run, i);
        const cmdqvBus *bus = cmdqvTopologyGetBus(run->topology, smmu->bus);
        g_autofree char *advice = NULL;

        if (cmdqvRulesShapeIsMachineWide(smmu) || (bus && bus->root == smmu->bus))
            continue;

        advice = cmdqvRulesShapeRootAdvice(run->topology, smmu, indexes);
        if (smmu->badBus)
            cmdqvFindingAdd(run, i, "pciBus='%.32s' is no decimal number; %s", smmu->badBus, advice);
        else if (bus)
            cmdqvFindingAdd(run, i, "bus '%s' is a %s and not the root of a PCIe tree; %s", bus->name ? bus->name : "",
                            cmdqvBusModelToString(bus->model), advice);
        else if (smmu->busName)
            cmdqvFindingAdd(run, i, "primary-bus '%s' is no PCI bus of the machine; name the root of a PCIe tree", smmu->busName);
        else if (cmdqvRulesShapeKnowsIndexes(run))
            cmdqvFindingAdd(run, i, "pciBus='%d' is the index of no PCI controller of the domain; %s", smmu->busIndex, advice);
    }
}


/* Names the second and further SMMUs of a root, not the first, which is valid. */
static void
cmdqvRulesShapeCheckOwnRoot(const cmdqvRuleRun *run, guint at)
{
    const cmdqvSmmu *smmu = cmdqvRuleSmmu(run, at);
    const cmdqvBus *bus = cmdqvTopologyGetBus(run->topology, smmu->bus);

    if (bus && bus->root == smmu->bus && bus->smmu != (int)at)
        cmdqvFindingAdd(run, at, "bus '%s' has an SMMU already; remove this one, or give it a pcie-expander-bus of its own",
                        bus->name ? bus->name : "");
}


static void
cmdqvRulesShapeCheckScope(const cmdqvRuleRun *run)
{
    bool onBus = false;
    guint i;

    for (i = 0; i < run->topology->smmus->len; i++)
        onBus = onBus || !cmdqvRulesShapeIsMachineWide(cmdqvRuleSmmu(run, i));
    for (i = 0; i < run->topology->smmus->len && onBus; i++) {
        if (cmdqvRulesShapeIsMachineWide(cmdqvRuleSmmu(run, i)))
            cmdqvFindingAdd(run, i, "a machine-wide SMMU and one with pciBus cannot be in one domain; give this one a pciBus "
                            "too, or remove it");
    }

    for (i = 0; i < run->topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = cmdqvRuleSmmu(run, i);
        int line = cmdqvRulesShapeIsMachineWide(smmu) && smmu->virtioBefore != run->topology->virtioIommu
            ? run->topology->virtioIommu : smmu->virtioBefore;

        /* a machine-wide one counts as first, whatever its position */
        if (line != CMDQV_NONE && (line != smmu->virtioBefore || !cmdqvRulesShapeIsMachineWide(smmu)))
            cmdqvFindingAdd(run, i, "QEMU does not start with this SMMU and the <iommu model='virtio'> in line %d; remove one "
                            "of them", line);
    }
}


static void
cmdqvRulesShapeAddDropped(const cmdqvRuleRun *run, cmdqvSmmuWordsKind kind, const char *known)
{
    guint i;

    for (i = 0; i < run->topology->smmuWords->len; i++) {
        const cmdqvSmmuWords *words = &g_array_index(run->topology->smmuWords, cmdqvSmmuWords, i);

        if (words->kind == kind)
            cmdqvFindingAdd(run, words->smmu, "libvirt silently drops %s; remove it, or write it as an attribute of <driver>, as libvirt spells "
                            "it (%s)", words->text, known);
    }
}


static void
cmdqvRulesShapeCheckForeign(const cmdqvRuleRun *run)
{
    cmdqvRulesShapeAddDropped(run, CMDQV_SMMU_WORDS_FOREIGN, CMDQV_SMMU_ATTRIBUTE_NAMES_VITAL);
}


/* A later libvirt may read them. */
static void
cmdqvRulesShapeCheckUnread(const cmdqvRuleRun *run)
{
    if (run->context->libvirtVersion < CMDQV_RULE_LIBVIRT_NOT_SEEN)
        cmdqvRulesShapeAddDropped(run, CMDQV_SMMU_WORDS_UNREAD, CMDQV_SMMU_ATTRIBUTE_NAMES_DERIVED);
}


const cmdqvRule cmdqvRulesShape[] = {
    {
        .identifier = CMDQV_RULE_BAD_VALUE,
        .summary = "indexes, addresses and switches of devices must have valid values",
        .reason = "libvirt refuses a definition with an invalid value. Other rules cannot use such a value, so they may miss other faults.",
        .fix = "Correct the value: the message says which kind of value is valid.",
        .example = CMDQV_RULE_EXAMPLE_HOSTDEV("0x0009", "0x01", "2"),
        .check = cmdqvRulesShapeCheckValues,
    },
    {
        .identifier = "cmdqv-needs-accel",
        .summary = "cmdqv='on' is only valid together with accel='on'",
        .reason = "Only an accelerated SMMU can have command queues of the hardware. QEMU refuses cmdqv=on without accel=on, and so does "
                  "libvirt 12.7 and newer.",
        .fix = "Add accel='on' to the same <driver>, or remove cmdqv='on'.",
        .example = CMDQV_RULE_EXAMPLE_IOMMU("pciBus='1' accel='on' cmdqv='on'"),
        .checkSmmu = cmdqvRulesShapeCheckAccel,
    },
    {
        .identifier = "accel-needs-bus",
        .summary = "an accelerated SMMU must have pciBus, which names its PCIe root",
        .reason = "Without pciBus libvirt creates the machine-wide SMMU of the virt machine, and silently drops accel and cmdqv: the guest "
                  "runs without either.",
        .fix = "Add pciBus to the <driver>, with the index of a pcie-root or pcie-expander-bus controller.",
        .example = CMDQV_RULE_EXAMPLE_IOMMU("pciBus='1' accel='on' cmdqv='on'"),
        .checkSmmu = cmdqvRulesShapeCheckBus,
    },
    {
        .identifier = "smmu-needs-root",
        .summary = "the bus of an SMMU must be the root of a PCIe tree",
        .reason = "An SMMU is for a whole PCIe tree. QEMU attaches it to pcie.0 or to a pxb-pcie, and refuses a root port or a switch.",
        .fix = "Set pciBus to the index of the pcie-root or pcie-expander-bus controller above the ports, not to the index of a port.",
        .example = CMDQV_RULE_EXAMPLE_EXPANDER("1", "240") "\n"
                   CMDQV_RULE_EXAMPLE_IOMMU("pciBus='1' accel='on' cmdqv='on'"),
        .check = cmdqvRulesShapeCheckRoot,
    },
    {
        .identifier = "smmu-needs-own-root",
        .summary = "two SMMUs must not share a PCIe root",
        .reason = "QEMU attaches one SMMU to a bus and refuses the second. A second vSMMU needs its own pcie-expander-bus.",
        .fix = "Add a pcie-expander-bus with its own ports for the second SMMU, or remove the second SMMU.",
        .example = CMDQV_RULES_SHAPE_TWO_ROOTS,
        .checkSmmu = cmdqvRulesShapeCheckOwnRoot,
    },
    {
        .identifier = "smmu-mixed-scope",
        .summary = "a domain must not have both a machine-wide SMMU and an SMMU with pciBus",
        .reason = "An <iommu> without pciBus is the machine-wide SMMU, which covers the whole machine. QEMU refuses an arm-smmuv3 device "
                  "beside it, and also beside a virtio IOMMU that it has created before.",
        .fix = "Give every SMMU a pciBus, or remove the machine-wide SMMU. If the message names an <iommu model='virtio'>, remove that or the "
               "SMMU.",
        .example = CMDQV_RULES_SHAPE_TWO_ROOTS,
        .check = cmdqvRulesShapeCheckScope,
    },
    {
        .identifier = "unknown-attribute",
        .summary = "pciBus, accel and cmdqv must be written as libvirt reads them",
        .reason = "libvirt ignores attributes that it does not know: another spelling of these three (cmdQV, tegra241-cmdqv, primary-bus), "
                  "and one of them on <iommu> or on a second <driver>. It also ignores an element of such a name. The guest would run with "
                  "another SMMU than its definition asks for.",
        .fix = "Write it as an attribute of <driver> in libvirt's spelling, or remove it.",
        .example = CMDQV_RULE_EXAMPLE_IOMMU("pciBus='1' accel='on' cmdqv='on'"),
        .check = cmdqvRulesShapeCheckForeign,
    },
    {
        .identifier = "attribute-is-dropped",
        .level = CMDQV_RULE_WARNING,
        .summary = "an SMMU should have no other attribute or element that libvirt drops",
        .reason = "libvirt ignores attributes and elements that it does not know, and QEMU uses its default instead. Other projects have other spellings: "
                  "KubeVirt 1.9 writes ssidSize. The SMMU is accelerated and has its CMDQV in spite of that, so the domain is accepted. The "
                  "rule is not checked for libvirt 12.10 and newer, which may know more attributes.",
        .fix = "Remove it, or write it as an attribute of <driver> in libvirt's spelling.",
        .example = CMDQV_RULE_EXAMPLE_IOMMU("pciBus='1' accel='on' cmdqv='on' ssidsize='20'"),
        .check = cmdqvRulesShapeCheckUnread,
    },
    { .identifier = NULL },
};
