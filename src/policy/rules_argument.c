/*
 * rules_argument.c: rules about devices that only a domain's own arguments can
 * add
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt's XML cannot describe these; <qemu:commandline> and <qemu:override>
 * can. Only the command line that libvirt makes shows them.
 */

#include "policy/rules_argument.h"

#include <string.h>

#include "policy/rule_table.h"


static void
cmdqvRulesArgumentCheckBypass(const cmdqvRuleRun *run, guint at)
{
    const cmdqvBus *bus = cmdqvTopologyGetBus(run->topology, cmdqvRuleSmmu(run, at)->bus);

    if (bus && bus->bypass)
        cmdqvFindingAdd(run, at, "bus '%s' has bypass_iommu=on, and no SMMU can be attached to it; remove bypass_iommu",
                        bus->name ? bus->name : "");
}


static void
cmdqvRulesArgumentCheckStage(const cmdqvRuleRun *run, guint at)
{
    const cmdqvSmmu *smmu = cmdqvRuleSmmu(run, at);

    if (smmu->accel == CMDQV_SWITCH_ON && smmu->stage && strcmp(smmu->stage, "1") != 0)
        cmdqvFindingAdd(run, at, "stage='%.32s' cannot be accelerated; write stage=1, or remove it", smmu->stage);
}


static void
cmdqvRulesArgumentCheckOneIommufd(const cmdqvRuleRun *run)
{
    g_autoptr(GHashTable) first = g_hash_table_new(NULL, NULL);
    guint i;

    for (i = 0; i < run->topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = cmdqvRuleEndpoint(run, i);
        int smmu = cmdqvTopologyEndpointSmmu(run->topology, i);
        const char *known;

        if (smmu == CMDQV_NONE || cmdqvRuleSmmu(run, (guint)smmu)->accel != CMDQV_SWITCH_ON || !endpoint->iommufdId)
            continue;
        known = g_hash_table_lookup(first, GINT_TO_POINTER(smmu));
        if (!known)
            (void)g_hash_table_insert(first, GINT_TO_POINTER(smmu), (gpointer)endpoint->iommufdId);
        else if (strcmp(known, endpoint->iommufdId) != 0)
            cmdqvFindingAddEndpoint(run, i, smmu, "it is on iommufd object '%s', and another device behind the same vSMMU on '%s'; put "
                                    "both on one object", endpoint->iommufdId, known);
    }
}


static void
cmdqvRulesArgumentCheckMigratable(const cmdqvRuleRun *run)
{
    int smmu = run->topology->onlyMigratable ? cmdqvRuleFirstAccel(run) : CMDQV_NONE;

    if (smmu != CMDQV_NONE)
        cmdqvFindingAdd(run, (guint)smmu, "a guest with accel='on' cannot be migrated; remove -only-migratable");
}


#define CMDQV_RULES_ARGUMENT_CREATED_EARLY \
    "QEMU creates it before bus '%s', which it needs; replace the <qemu:arg> by an XML element"

/* Skips a device on a root without an SMMU; a device on a root with one that QEMU creates too early is not behind it. */
static void
cmdqvRulesArgumentCheckOrder(const cmdqvRuleRun *run)
{
    guint i;

    for (i = 0; i < run->topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = cmdqvRuleSmmu(run, i);

        if (smmu->early)
            cmdqvFindingAdd(run, i, CMDQV_RULES_ARGUMENT_CREATED_EARLY, smmu->busName);
    }
    for (i = 0; i < run->topology->buses->len; i++) {
        const cmdqvBus *bus = cmdqvTopologyGetBus(run->topology, (int)i);
        int smmu = bus->early ? cmdqvTopologyBusSmmu(run->topology, (int)i) : CMDQV_NONE;

        if (smmu != CMDQV_NONE)
            cmdqvFindingAdd(run, (guint)smmu, "bus '%s' is behind it: " CMDQV_RULES_ARGUMENT_CREATED_EARLY, bus->name ? bus->name : "",
                            bus->parentName);
    }
    for (i = 0; i < run->topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = cmdqvRuleEndpoint(run, i);
        int smmu = endpoint->early ? cmdqvTopologyBusSmmu(run->topology, endpoint->bus) : CMDQV_NONE;

        if (smmu != CMDQV_NONE)
            cmdqvFindingAddEndpoint(run, i, smmu, CMDQV_RULES_ARGUMENT_CREATED_EARLY, endpoint->busName);
    }
}


static void
cmdqvRulesArgumentCheckHidden(const cmdqvRuleRun *run)
{
    guint i;

    for (i = 0; cmdqvTopologyMayHide(run->topology) && i < run->topology->hidden->len; i++)
        cmdqvFindingAddBadValue(run, &g_array_index(run->topology->hidden, cmdqvBadValue, i));
}


static void
cmdqvRulesArgumentCheckMonitor(const cmdqvRuleRun *run)
{
    guint i;

    for (i = 0; run->topology->monitor && i < run->topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = cmdqvRuleSmmu(run, i);

        if (smmu->accel != CMDQV_SWITCH_ON || smmu->cmdqv == CMDQV_SWITCH_OFF)
            continue;
        cmdqvFindingAdd(run, i, "'%s' in <qemu:commandline> opens a monitor whose commands nothing checks, and one of them can remove its "
                        "anchor; remove '%s', and use 'virsh qemu-monitor-command'", run->topology->monitor, run->topology->monitor);
        return;
    }
}


static void
cmdqvRulesArgumentCheckIds(const cmdqvRuleRun *run)
{
    guint i;

    for (i = 0; run->topology->idTwice && i < run->topology->smmus->len; i++) {
        if (cmdqvRuleSmmu(run, i)->accel != CMDQV_SWITCH_ON)
            continue;
        cmdqvFindingAdd(run, i, "%s, which another one has too, and QEMU refuses that; write another id there", run->topology->idTwice);
        return;
    }
}


static void
cmdqvRulesArgumentCheckUntold(const cmdqvRuleRun *run)
{
    guint i;

    for (i = 0; run->topology->placesUntold && i < run->topology->smmus->len; i++) {
        if (cmdqvRuleSmmu(run, i)->cmdqv == CMDQV_SWITCH_ON)
            cmdqvFindingAdd(run, i, "it has cmdqv='on', and the devices that libvirt places behind it are not known: some have no "
                            "<address>, and libvirt makes no command line for the domain; give each of them an <address>");
    }
}


const cmdqvRule cmdqvRulesArgument[] = {
    {
        .identifier = "smmu-bus-bypassed",
        .summary = "the PCIe root of an SMMU must not have bypass_iommu=on",
        .reason = "With bypass_iommu=on the devices of a PCIe root bypass every SMMU, and QEMU refuses to attach an SMMU to that root. "
                  "libvirt never sets bypass_iommu, but <qemu:commandline> and <qemu:override> can.",
        .fix = "Remove bypass_iommu from <qemu:commandline> or <qemu:override>, or default-bus-bypass-iommu from -machine.",
        .example = "<qemu:commandline>\n"
                   "  <qemu:arg value='-device'/>\n"
                   "  <qemu:arg value='pxb-pcie,id=pxb,bus_nr=200'/>\n"
                   "</qemu:commandline>",
        .checkSmmu = cmdqvRulesArgumentCheckBypass,
    },
    {
        .identifier = "accel-stage-one",
        .summary = "an accelerated SMMU must offer only the first stage of translation",
        .reason = "The second stage belongs to the host. QEMU refuses stage=2 and stage=nested together with accel=on. libvirt never sets "
                  "stage, but <qemu:commandline> and <qemu:override> can.",
        .fix = "Remove stage from <qemu:commandline> or <qemu:override>.",
        .example = "<qemu:commandline>\n"
                   "  <qemu:arg value='-device'/>\n"
                   "  <qemu:arg value='arm-smmuv3,primary-bus=pxb,accel=on,cmdqv=on'/>\n"
                   "</qemu:commandline>",
        .checkSmmu = cmdqvRulesArgumentCheckStage,
    },
    {
        .identifier = "accel-one-iommufd",
        .summary = "the devices behind one accelerated vSMMU must be on one iommufd object",
        .reason = "A vSMMU belongs to the iommufd object of its first device. If another device behind it is on another object, QEMU starts "
                  "and only prints that it could not attach that device: its DMA does not work. libvirt uses one object for all devices, but "
                  "<qemu:commandline> and <qemu:override> can name another.",
        .fix = "Put all of these devices on the same iommufd object.",
        .example = "<qemu:commandline>\n"
                   "  <qemu:arg value='-device'/>\n"
                   "  <qemu:arg value='vfio-pci,host=0009:01:00.0,iommufd=iommufd0,bus=pci.2'/>\n"
                   "</qemu:commandline>",
        .check = cmdqvRulesArgumentCheckOneIommufd,
    },
    {
        .identifier = "accel-not-migratable",
        .summary = "a domain with an accelerated vSMMU must not run with -only-migratable",
        .reason = "An accelerated SMMU cannot be migrated. With -only-migratable QEMU refuses each device that cannot be migrated.",
        .fix = "Remove -only-migratable from <qemu:commandline>, or remove accel='on'.",
        .example = CMDQV_RULE_EXAMPLE_IOMMU("pciBus='1' accel='on'"),
        .check = cmdqvRulesArgumentCheckMigratable,
    },
    {
        .identifier = "bus-created-first",
        .summary = "QEMU must create a bus before the SMMU on it, and before the devices behind that SMMU",
        .reason = "QEMU first creates every -device in key=value form, and then every -device in JSON form. libvirt writes its own devices in "
                  "JSON form. If a <qemu:arg> in key=value form names one of libvirt's buses, QEMU creates that device before the bus, and "
                  "ends with \"Bus not found\".",
        .fix = "Write the device as an XML element: libvirt then writes it in the right place. Do not write an arm-smmuv3 in JSON form "
               "either: QEMU would create it too late, and a device that QEMU creates before an SMMU is not behind it.",
        .example = CMDQV_RULE_EXAMPLE_IOMMU("pciBus='1' accel='on' cmdqv='on'"),
        .check = cmdqvRulesArgumentCheckOrder,
    },
    {
        .identifier = "arguments-can-be-read",
        .summary = "everything that a definition gives to QEMU besides its XML must be readable",
        .reason = "A file of options, code that QEMU loads, or an override of an unknown device may add an SMMU or take the anchor away, and "
                  "the module could not see it. A domain that is not for Arm has no SMMU, and may have all of these.",
        .fix = "Write the devices as XML elements, or name them in <qemu:arg>.",
        .example = "<qemu:commandline>\n"
                   "  <qemu:arg value='-fw_cfg'/>\n"
                   "  <qemu:arg value='name=opt/org.example/note,string=text'/>\n"
                   "</qemu:commandline>",
        .check = cmdqvRulesArgumentCheckHidden,
    },
    {
        .identifier = "arguments-open-no-monitor",
        .summary = "if a vSMMU may have CMDQV, <qemu:commandline> must not open a monitor of QEMU",
        .reason = "A command of QEMU's monitor can remove the anchor. The module checks the commands of virsh qemu-monitor-command. It sees none "
                  "of those that a client sends to another monitor, such as a socket, a serial console that also is a monitor, a gdb "
                  "server, or qtest.",
        .fix = "Remove the option from <qemu:commandline>, and use virsh qemu-monitor-command. To debug such a domain, set the level of this "
               "rule to warning in cmdqv.conf.",
        .example = "<qemu:commandline>\n"
                   "  <qemu:arg value='-monitor'/>\n"
                   "  <qemu:arg value='none'/>\n"
                   "</qemu:commandline>",
        .check = cmdqvRulesArgumentCheckMonitor,
    },
    {
        .identifier = "arguments-need-own-ids",
        .level = CMDQV_RULE_ERROR,
        .summary = "with an accelerated vSMMU, no id in <qemu:commandline> may be that of another device or object",
        .reason = "QEMU does not start if two devices, two objects, two drives or the like have the same id. libvirt gives ids too, such as "
                  "pci.1, hostdev0 and iommufd0, and does not compare them with those in <qemu:commandline>: it defines the domain, and "
                  "each start fails.",
        .fix = "Write another id in <qemu:commandline>. If a device of <qemu:commandline> needs the iommufd object of libvirt, only name it.",
        .example = "<qemu:commandline>\n"
                   "  <qemu:arg value='-object'/>\n"
                   "  <qemu:arg value='rng-random,id=org.example.rng,filename=/dev/urandom'/>\n"
                   "</qemu:commandline>",
        .check = cmdqvRulesArgumentCheckIds,
    },
    {
        .identifier = CMDQV_RULES_ARGUMENT_UNTOLD,
        .summary = "if cmdqv='on', the devices behind the vSMMU must be known",
        .reason = "libvirt itself chooses the place of a device without an <address>, and only the command line that it would run shows that "
                  "place. For some domains libvirt makes no command line, for example if the storage driver for a volume is missing. A device "
                  "without an <address> may then be the anchor, or a device that must not be behind an accelerated SMMU.",
        .fix = "Give each PCI device and controller an <address>.",
        .example = CMDQV_RULE_EXAMPLE_HOSTDEV("0x0009", "0x01", "0x02"),
        .needsPlaces = true,
        .check = cmdqvRulesArgumentCheckUntold,
    },
    { .identifier = NULL },
};
