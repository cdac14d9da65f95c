/*
 * policy/rules_shape.c: rules about the shape of a domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What can be said of the XML alone, whatever hypervisor runs it.
 */

#include "policy/rule.h"

#include <string.h>


static const cmdqvSmmu *
cmdqvShapeSmmu(const cmdqvRuleRun *run, guint smmu)
{
    return &g_array_index(run->topology->smmus, cmdqvSmmu, smmu);
}


static bool
cmdqvShapeIsMachineWide(const cmdqvSmmu *smmu)
{
    return smmu->busIndex == CMDQV_NONE && !smmu->busName && !smmu->badBus;
}


static void
cmdqvCheckValues(const cmdqvRuleRun *run)
{
    guint i;

    for (i = 0; i < run->topology->badValues->len; i++)
        cmdqvFindingAddBadValue(run, g_ptr_array_index(run->topology->badValues, i));
}


static void
cmdqvCheckAccel(const cmdqvRuleRun *run)
{
    guint i;

    for (i = 0; i < run->topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = cmdqvShapeSmmu(run, i);

        if (smmu->cmdqv == CMDQV_SWITCH_ON && smmu->accel != CMDQV_SWITCH_ON)
            cmdqvFindingAdd(run, i, "cmdqv='on' needs an accelerated SMMU; add accel='on' to the same <driver>, or remove "
                            "cmdqv='on'");
    }
}


static void
cmdqvCheckBus(const cmdqvRuleRun *run)
{
    guint i;

    for (i = 0; i < run->topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = cmdqvShapeSmmu(run, i);

        if (!cmdqvShapeIsMachineWide(smmu))
            continue;
        if (smmu->cmdqv == CMDQV_SWITCH_ON)
            cmdqvFindingAdd(run, i, "cmdqv='on' without pciBus makes the machine-wide SMMU, which has no CMDQV; add "
                            "pciBus='N' with the index of a pcie-root or pcie-expander-bus controller");
        else if (smmu->accel == CMDQV_SWITCH_ON)
            cmdqvFindingAdd(run, i, "accel='on' without pciBus makes the machine-wide SMMU, which is not accelerated; add "
                            "pciBus='N' with the index of a pcie-root or pcie-expander-bus controller");
    }
}


/* Which of the indexes that nobody has is that of a controller whose own means nothing cannot be told. */
static bool
cmdqvShapeKnowsIndexes(const cmdqvRuleRun *run)
{
    guint i;

    for (i = 0; i < run->topology->buses->len; i++) {
        if (g_array_index(run->topology->buses, cmdqvBus, i).badIndex)
            return false;
    }
    return true;
}


static void
cmdqvCheckRoot(const cmdqvRuleRun *run)
{
    guint i;

    for (i = 0; i < run->topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = cmdqvShapeSmmu(run, i);
        const cmdqvBus *bus = cmdqvTopologyGetBus(run->topology, smmu->bus);

        if (cmdqvShapeIsMachineWide(smmu) || (bus && bus->root == smmu->bus))
            continue;

        if (smmu->badBus)
            cmdqvFindingAdd(run, i, "pciBus='%.32s' is no number; give the index of a pcie-root or pcie-expander-bus "
                            "controller", smmu->badBus);
        else if (bus)
            cmdqvFindingAdd(run, i, "bus '%s' is a %s and not the root of a PCIe tree; give pciBus the index of a pcie-root "
                            "or pcie-expander-bus controller", bus->name ? bus->name : "",
                            cmdqvBusModelToString(bus->model));
        else if (smmu->busName)
            cmdqvFindingAdd(run, i, "primary-bus '%s' is no PCI bus of the machine", smmu->busName);
        else if (cmdqvShapeKnowsIndexes(run))
            cmdqvFindingAdd(run, i, "pciBus='%d' is the index of no PCI controller of the domain; give that of a pcie-root or "
                            "pcie-expander-bus controller", smmu->busIndex);
    }
}


/* The second and further SMMUs of a root are named, not the one that is accepted. */
static void
cmdqvCheckOwnRoot(const cmdqvRuleRun *run)
{
    guint i;

    for (i = 0; i < run->topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = cmdqvShapeSmmu(run, i);
        const cmdqvBus *bus = cmdqvTopologyGetBus(run->topology, smmu->bus);

        if (bus && bus->root == smmu->bus && bus->smmu != (int)i)
            cmdqvFindingAdd(run, i, "bus '%s' has an SMMU already; give each SMMU a root of its own, or remove this one",
                            bus->name ? bus->name : "");
    }
}


static void
cmdqvCheckScope(const cmdqvRuleRun *run)
{
    bool onBus = false;
    guint i;

    for (i = 0; i < run->topology->smmus->len; i++)
        onBus = onBus || !cmdqvShapeIsMachineWide(cmdqvShapeSmmu(run, i));
    for (i = 0; i < run->topology->smmus->len && onBus; i++) {
        if (cmdqvShapeIsMachineWide(cmdqvShapeSmmu(run, i)))
            cmdqvFindingAdd(run, i, "a machine-wide SMMU and one with pciBus cannot be in one domain; give this one a pciBus "
                            "too, or remove it");
    }

    for (i = 0; i < run->topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = cmdqvShapeSmmu(run, i);
        int line = cmdqvShapeIsMachineWide(smmu) && smmu->virtioBefore != run->topology->virtioIommu
            ? run->topology->virtioIommu : smmu->virtioBefore;

        /* a machine-wide one comes first whatever stands before it */
        if (line != CMDQV_NONE && (line != smmu->virtioBefore || !cmdqvShapeIsMachineWide(smmu)))
            cmdqvFindingAdd(run, i, "QEMU does not start with this SMMU and the <iommu model='virtio'> in line %d; remove one "
                            "of them", line);
    }
}


static void
cmdqvCheckForeign(const cmdqvRuleRun *run)
{
    guint i;
    guint j;

    for (i = 0; i < run->topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = cmdqvShapeSmmu(run, i);

        for (j = 0; smmu->foreign && smmu->foreign[j]; j++)
            cmdqvFindingAdd(run, i, "libvirt drops the attribute %s without a word; remove it, or write it on <driver> as "
                            "libvirt does (pciBus, accel, cmdqv, ats, ril, ssidsize, oas)", smmu->foreign[j]);
    }
}


const cmdqvRule cmdqvShapeRules[] = {
    { CMDQV_RULE_BAD_VALUE, CMDQV_RULE_ERROR, CMDQV_RULE_NEEDS_ELEMENTS,
      "indexes, addresses and switches of devices have values that mean something",
      "libvirt refuses the definition. What the value is about is not known, so that other rules find less.",
      "Write a value of the kind that the message names.",
      CMDQV_EXAMPLE_HOSTDEV("0x0009", "0x01", "2"),
      cmdqvCheckValues },
    { "cmdqv-needs-accel", CMDQV_RULE_ERROR, CMDQV_RULE_NEEDS_NOTHING,
      "cmdqv='on' is only valid together with accel='on'",
      "Command queues of the hardware are part of an accelerated SMMU. QEMU refuses cmdqv=on without accel=on, and so does "
      "libvirt since 12.7.",
      "Add accel='on' to the same <driver>, or remove cmdqv='on'.",
      "<iommu model='smmuv3'>\n"
      "  <driver pciBus='1' accel='on' cmdqv='on'/>\n"
      "</iommu>",
      cmdqvCheckAccel },
    { "accel-needs-bus", CMDQV_RULE_ERROR, CMDQV_RULE_NEEDS_NOTHING,
      "an accelerated SMMU says which PCIe root it is for",
      "Without pciBus libvirt makes the machine-wide SMMU of the virt machine and drops accel and cmdqv without a word: the "
      "guest runs without either.",
      "Add pciBus with the index of a pcie-root or pcie-expander-bus controller.",
      "<iommu model='smmuv3'>\n"
      "  <driver pciBus='1' accel='on' cmdqv='on'/>\n"
      "</iommu>",
      cmdqvCheckBus },
    { "smmu-needs-root", CMDQV_RULE_ERROR, CMDQV_RULE_NEEDS_NOTHING,
      "the bus of an SMMU is the root of a PCIe tree",
      "An SMMU is for a whole PCIe tree. QEMU attaches it to pcie.0 or to a pxb-pcie, and refuses a root port or a switch.",
      "Give pciBus the index of the pcie-root or pcie-expander-bus that the ports hang on, not that of a port.",
      "<controller type='pci' index='1' model='pcie-expander-bus'/>\n"
      "<iommu model='smmuv3'>\n"
      "  <driver pciBus='1' accel='on' cmdqv='on'/>\n"
      "</iommu>",
      cmdqvCheckRoot },
    { "smmu-needs-own-root", CMDQV_RULE_ERROR, CMDQV_RULE_NEEDS_NOTHING,
      "no two SMMUs share a root",
      "QEMU attaches one SMMU to a bus and refuses the second. A second vSMMU needs a pcie-expander-bus of its own.",
      "Add a pcie-expander-bus with ports of its own for the second SMMU, or remove it.",
      "<controller type='pci' index='1' model='pcie-expander-bus'/>\n"
      "<controller type='pci' index='4' model='pcie-expander-bus'/>\n"
      "<iommu model='smmuv3'>\n"
      "  <driver pciBus='1' accel='on' cmdqv='on'/>\n"
      "</iommu>\n"
      "<iommu model='smmuv3'>\n"
      "  <driver pciBus='4'/>\n"
      "</iommu>",
      cmdqvCheckOwnRoot },
    { "smmu-mixed-scope", CMDQV_RULE_ERROR, CMDQV_RULE_NEEDS_NOTHING,
      "a machine-wide SMMU and one with pciBus are not in one domain",
      "The machine-wide SMMU (an <iommu> without pciBus) covers the machine; QEMU refuses an arm-smmuv3 device beside it. So it "
      "does beside a virtio IOMMU that it has created before.",
      "Give every <iommu> a pciBus, or remove the machine-wide one and that of model virtio.",
      "<controller type='pci' index='1' model='pcie-expander-bus'/>\n"
      "<controller type='pci' index='4' model='pcie-expander-bus'/>\n"
      "<iommu model='smmuv3'>\n"
      "  <driver pciBus='1' accel='on' cmdqv='on'/>\n"
      "</iommu>\n"
      "<iommu model='smmuv3'>\n"
      "  <driver pciBus='4'/>\n"
      "</iommu>",
      cmdqvCheckScope },
    { "unknown-attribute", CMDQV_RULE_ERROR, CMDQV_RULE_NEEDS_NOTHING,
      "the SMMU has no attribute that libvirt would drop",
      "libvirt ignores attributes that it does not know. Spellings of other projects (ssidSize, identifier, pasid, "
      "tegra241-cmdqv) are such: the guest would run with something else than its definition asks for.",
      "Remove the attribute, or write it on <driver> as libvirt does.",
      "<iommu model='smmuv3'>\n"
      "  <driver pciBus='1' accel='on' cmdqv='on' ssidsize='20'/>\n"
      "</iommu>",
      cmdqvCheckForeign },
    { NULL, CMDQV_RULE_OFF, CMDQV_RULE_NEEDS_NOTHING, NULL, NULL, NULL, NULL, NULL },
};
