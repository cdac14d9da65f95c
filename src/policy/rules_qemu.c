/*
 * rules_qemu.c: rules about QEMU's behaviour
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * They find domains that QEMU 11.1 refuses at start, and those that it silently
 * starts without CMDQV (hw/arm/smmuv3.c, hw/arm/smmuv3-accel.c, hw/arm/virt.c).
 */

#include "policy/rule_table.h"

#include <string.h>

#include "qemu/anchor.h"
#include "util/text.h"


/* Whether QEMU will create the SMMU; other rules report one that it will not create. */
static bool
cmdqvRulesQemuIsAttached(const cmdqvRuleRun *run, guint smmu)
{
    const cmdqvBus *bus = cmdqvTopologyGetBus(run->topology, cmdqvRuleSmmu(run, smmu)->bus);

    return bus && bus->smmu == (int)smmu;
}


/*
 * Why a hostdev of the domain does not count, so the user need not search the XML for the mistake: @nearest, if there is one,
 * because the advice is about it.
 */
static char *
cmdqvRulesQemuCandidateHint(const cmdqvTopology *topology, guint smmu, int nearest)
{
    guint i;

    for (i = nearest == CMDQV_NONE ? 0 : (guint)nearest; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);
        const cmdqvBus *bus = cmdqvTopologyGetBus(topology, endpoint->bus);
        const char *name = bus && bus->name ? bus->name : "";
        g_autofree char *who = NULL;

        if (endpoint->kind == CMDQV_ENDPOINT_EMULATED)
            continue;

        who = cmdqvRuleDescribeEndpoint(endpoint);
        if (endpoint->kind == CMDQV_ENDPOINT_POOLED) {
            if (cmdqvTopologyEndpointSmmu(topology, i) != (int)smmu)
                continue;
            return g_strdup_printf(" (%s does not count: a device that a network gives is not on iommufd)", who);
        }
        if (!bus)
            return g_strdup_printf(" (%s does not count: it has no address behind this SMMU and lacks iommufd='yes')", who);
        if (cmdqvTopologyEndpointSmmu(topology, i) != (int)smmu)
            return g_strdup_printf(" (%s does not count: it is on bus '%s', not behind this SMMU)", who, name);
        if (endpoint->kind == CMDQV_ENDPOINT_MDEV)
            return g_strdup_printf(" (%s does not count: on bus '%s' it is a mediated device)", who, name);
        if (endpoint->failover)
            return g_strdup_printf(" (%s does not count: on bus '%s' it is for failover (<teaming type='transient'>), and QEMU creates "
                                   "it later)", who, name);
        return g_strdup_printf(" (%s does not count: on bus '%s' it lacks iommufd='yes'%s)", who, name,
                               endpoint->iommufdChild ? ", and libvirt ignores the <iommufd> in its <driver>" : "");
    }
    return g_strdup("");
}


/* For each SMMU a device that would be a candidate for an anchor if it had iommufd. */
static GArray *
cmdqvRulesQemuCandidatesWithoutIommufd(const cmdqvTopology *topology)
{
    GArray *nearest = g_array_sized_new(FALSE, FALSE, sizeof(int), topology->smmus->len);
    const int nobody = CMDQV_NONE;
    guint i;

    for (i = 0; i < topology->smmus->len; i++)
        g_array_append_val(nearest, nobody);
    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);
        int smmu = cmdqvTopologyEndpointSmmu(topology, i);

        if (smmu != CMDQV_NONE && endpoint->kind == CMDQV_ENDPOINT_VFIO && !endpoint->iommufd && !endpoint->failover &&
            endpoint->line != CMDQV_NONE && g_array_index(nearest, int, smmu) == CMDQV_NONE)
            g_array_index(nearest, int, smmu) = (int)i;
    }
    return nearest;
}


static char *
cmdqvRulesQemuCandidateAdvice(const cmdqvTopology *topology, int nearest)
{
    const cmdqvEndpoint *endpoint = cmdqvTopologyGetEndpoint(topology, nearest);
    g_autofree char *who = endpoint ? cmdqvRuleDescribeEndpoint(endpoint) : NULL;

    return who ? g_strdup_printf("add iommufd='yes' to the %s, on its <driver>", who) : g_strdup("place one there");
}


static void
cmdqvRulesQemuCheckAnchor(const cmdqvRuleRun *run)
{
    g_autoptr(GArray) candidates = cmdqvAnchorCountCandidates(run->topology, CMDQV_CANDIDATES_POSSIBLE);
    g_autoptr(GArray) nearest = cmdqvRulesQemuCandidatesWithoutIommufd(run->topology);
    guint i;

    for (i = 0; i < run->topology->smmus->len; i++) {
        g_autofree char *hint = NULL;
        g_autofree char *advice = NULL;

        if (cmdqvRuleSmmu(run, i)->cmdqv != CMDQV_SWITCH_ON || !cmdqvRulesQemuIsAttached(run, i) ||
            g_array_index(candidates, guint, i) > 0)
            continue;

        hint = cmdqvRulesQemuCandidateHint(run->topology, i, g_array_index(nearest, int, i));
        advice = cmdqvRulesQemuCandidateAdvice(run->topology, g_array_index(nearest, int, i));
        cmdqvFindingAdd(run, i, "cmdqv='on' needs a cold-plugged PCI hostdev with iommufd='yes' behind bus '%s' to anchor its "
                        "command queues, and there is none%s; %s, or remove this SMMU",
                        cmdqvRuleBusName(run, cmdqvRuleSmmu(run, i)->bus), hint, advice);
    }
}


static void
cmdqvRulesQemuCheckAuto(const cmdqvRuleRun *run)
{
    g_autoptr(GArray) candidates = cmdqvAnchorCountCandidates(run->topology, CMDQV_CANDIDATES_POSSIBLE);
    g_autoptr(GArray) nearest = cmdqvRulesQemuCandidatesWithoutIommufd(run->topology);
    guint i;

    for (i = 0; i < run->topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = cmdqvRuleSmmu(run, i);
        const char *property = cmdqvRuleTableAutoProperty(smmu);
        g_autofree char *advice = NULL;

        if (smmu->accel != CMDQV_SWITCH_ON || smmu->cmdqv == CMDQV_SWITCH_ON || !property ||
            !cmdqvRulesQemuIsAttached(run, i) || !cmdqvRuleTableMachineHasAuto(run->topology, smmu) ||
            g_array_index(candidates, guint, i) > 0)
            continue;
        advice = cmdqvRulesQemuCandidateAdvice(run->topology, g_array_index(nearest, int, i));
        cmdqvFindingAdd(run, i, "with accel='on' QEMU reads a property that is not set here (%s) from a cold-plugged PCI hostdev with "
                        "iommufd='yes' behind bus '%s', and there is none; %s, or set all of ats, ril, ssidsize and oas",
                        property, cmdqvRuleBusName(run, smmu->bus), advice);
    }
}


/*
 * The accelerated SMMU of a device's root. The order of creation does not help
 * a device that must not be there: QEMU aborts if it creates it before the SMMU
 * (smmuv3_accel_find_add_as()), and libvirt writes controllers before it.
 */
static int
cmdqvRulesQemuAccelSmmu(const cmdqvRuleRun *run, guint endpoint)
{
    int smmu = cmdqvTopologyBusSmmu(run->topology, cmdqvRuleEndpoint(run, endpoint)->bus);

    return smmu != CMDQV_NONE && cmdqvRuleSmmu(run, (guint)smmu)->accel == CMDQV_SWITCH_ON ? smmu : CMDQV_NONE;
}


/*
 * Behind a conventional bridge QEMU does not check a device. With CMDQV the
 * guest's invalidations bypass QEMU, so the device uses pages that the guest
 * has unmapped (seen: an e1000 lost each packet).
 */
#define CMDQV_RULES_QEMU_STALE ": behind a conventional bridge QEMU starts it, but does not get the guest's invalidations, so the " \
    "device uses stale mappings"


/* The beginning of the advice on a device; the name of one that an option makes begins with a dash. */
static const char *
cmdqvRulesQemuGiveAddress(const cmdqvEndpoint *endpoint)
{
    if (endpoint->added)
        return "add it to <devices> with";
    return *endpoint->element == '-' ? "replace it by an XML element with" : "give it";
}


static void
cmdqvRulesQemuCheckEmulated(const cmdqvRuleRun *run, guint at)
{
    const cmdqvEndpoint *endpoint = cmdqvRuleEndpoint(run, at);
    int smmu = cmdqvRulesQemuAccelSmmu(run, at);

    if (smmu != CMDQV_NONE && endpoint->kind == CMDQV_ENDPOINT_EMULATED)
        cmdqvFindingAddEndpoint(run, at, smmu, "an emulated device cannot be behind an accelerated SMMU, and this one is "
                                "on bus '%s'%s; %s an <address> on another PCIe root",
                                cmdqvRuleBusName(run, endpoint->bus),
                                cmdqvBusIsConventional(cmdqvTopologyGetBus(run->topology, endpoint->bus)) ? CMDQV_RULES_QEMU_STALE : "",
                                cmdqvRulesQemuGiveAddress(endpoint));
}


/*
 * A network gives an emulated device, or a host device without iommufd: no
 * libvirt supports that so far, and 12.8 and 12.9 drop the attribute of such an
 * interface.
 */
static bool
cmdqvRulesQemuNetworkMayGiveIommufd(const cmdqvRuleRun *run, const cmdqvEndpoint *endpoint)
{
    unsigned long version = run->context->libvirtVersion;

    return endpoint->iommufd && (version == 0 || version >= CMDQV_RULE_LIBVIRT_NOT_SEEN);
}


/* If cmdqv='on' has no anchor because of this, the rule about anchors reports it, with this reason. */
static void
cmdqvRulesQemuCheckIommufd(const cmdqvRuleRun *run)
{
    g_autoptr(GArray) candidates = cmdqvAnchorCountCandidates(run->topology, CMDQV_CANDIDATES_POSSIBLE);
    guint i;

    for (i = 0; i < run->topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = cmdqvRuleEndpoint(run, i);
        int smmu = cmdqvRulesQemuAccelSmmu(run, i);

        if (smmu == CMDQV_NONE || endpoint->failover || (cmdqvRuleSmmu(run, (guint)smmu)->cmdqv == CMDQV_SWITCH_ON &&
                                                         g_array_index(candidates, guint, smmu) == 0))
            continue;
        if (endpoint->kind == CMDQV_ENDPOINT_MDEV)
            cmdqvFindingAddEndpoint(run, i, smmu, "a mediated device cannot be behind an accelerated SMMU, and this one is on "
                                    "bus '%s'; give it an <address> on another PCIe root",
                                    cmdqvRuleBusName(run, endpoint->bus));
        else if (endpoint->kind == CMDQV_ENDPOINT_VFIO && !endpoint->iommufd)
            cmdqvFindingAddEndpoint(run, i, smmu, "a device behind an accelerated SMMU must be on iommufd, and this one, on bus '%s', "
                                    "is not; add iommufd='yes' to its <driver>%s",
                                    cmdqvRuleBusName(run, endpoint->bus),
                                    endpoint->iommufdChild ? " (libvirt ignores an <iommufd> in it)" : "");
        else if (endpoint->kind == CMDQV_ENDPOINT_POOLED && !cmdqvRulesQemuNetworkMayGiveIommufd(run, endpoint))
            cmdqvFindingAddEndpoint(run, i, smmu, "a device behind an accelerated SMMU must be on iommufd, and the one that a network "
                                    "gives this interface, on bus '%s', is not; change it to an <interface type='hostdev'> with "
                                    "<driver name='vfio' iommufd='yes'/>, or give it an <address> on another PCIe root",
                                    cmdqvRuleBusName(run, endpoint->bus));
    }
}


/* QEMU gives VFIO the address space of the bridge, which is not accelerated (vfio_listener_region_add(), hw/vfio/listener.c). */
static void
cmdqvRulesQemuCheckBridge(const cmdqvRuleRun *run, guint at)
{
    const cmdqvEndpoint *endpoint = cmdqvRuleEndpoint(run, at);
    int smmu = cmdqvRulesQemuAccelSmmu(run, at);

    if (smmu != CMDQV_NONE && endpoint->kind == CMDQV_ENDPOINT_VFIO &&
        cmdqvBusIsConventional(cmdqvTopologyGetBus(run->topology, endpoint->bus)))
        cmdqvFindingAddEndpoint(run, at, smmu, "a host device cannot be behind a conventional PCI bridge that is behind an SMMU, "
                                "and this one is on bus '%s'; move it to a PCIe port", cmdqvRuleBusName(run, endpoint->bus));
}


/*
 * The plain SMMU of a device: that of its root, or the machine-wide one, which
 * includes the roots of expanders (pci_device_get_iommu_bus_devfn(),
 * hw/pci/pci.c of QEMU).
 */
static int
cmdqvRulesQemuPlainSmmu(const cmdqvRuleRun *run, guint endpoint, int machineWide)
{
    const cmdqvEndpoint *device = cmdqvRuleEndpoint(run, endpoint);
    int smmu = cmdqvTopologyEndpointSmmu(run->topology, endpoint);
    const cmdqvBus *bus = cmdqvTopologyGetBus(run->topology, device->bus);
    const cmdqvBus *root = bus ? cmdqvTopologyGetBus(run->topology, bus->root) : NULL;

    if (smmu != CMDQV_NONE)
        return cmdqvRuleSmmu(run, (guint)smmu)->accel == CMDQV_SWITCH_ON ? CMDQV_NONE : smmu;
    return root && root->smmu == CMDQV_NONE ? machineWide : CMDQV_NONE;
}


/* The machine-wide SMMU is for every root, so another place does not help. */
static char *
cmdqvRulesQemuPlainAdvice(const cmdqvEndpoint *endpoint, bool isMachineWide)
{
    if (endpoint->kind != CMDQV_ENDPOINT_VFIO)
        return g_strdup(isMachineWide ? "remove the <iommu>" : "give it an <address> on another PCIe root");
    if (isMachineWide)
        return g_strdup("remove the <iommu>, or run 'virt-cmdqv layout', which puts the device behind an accelerated one");
    return g_strdup_printf("add accel='on' to the <driver> of the <iommu>%s, or give the device an <address> on another PCIe root",
                           endpoint->iommufd ? "" : " and iommufd='yes' to that of the device");
}


static void
cmdqvRulesQemuCheckPlain(const cmdqvRuleRun *run)
{
    int machineWide = CMDQV_NONE;
    guint i;

    for (i = 0; i < run->topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = cmdqvRuleSmmu(run, i);

        if (smmu->busIndex == CMDQV_NONE && !smmu->busName)
            machineWide = (int)i;
    }

    for (i = 0; i < run->topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = cmdqvRuleEndpoint(run, i);
        bool isVfio = endpoint->kind == CMDQV_ENDPOINT_VFIO || endpoint->kind == CMDQV_ENDPOINT_MDEV ||
            cmdqvRulesHostNetworkGivesHostdev(endpoint, run->context);
        int smmu = isVfio && !endpoint->failover ? cmdqvRulesQemuPlainSmmu(run, i, machineWide) : CMDQV_NONE;
        g_autofree char *advice = NULL;
        const char *bus;

        if (endpoint->network && !run->context->network && cmdqvRulesQemuPlainSmmu(run, i, machineWide) != CMDQV_NONE)
            cmdqvRuleUntold(run);
        /* another rule reports cmdqv='on' without accel, which is the same mistake */
        if (smmu == CMDQV_NONE || cmdqvRuleSmmu(run, (guint)smmu)->cmdqv == CMDQV_SWITCH_ON ||
            cmdqvRuleSmmu(run, (guint)smmu)->accel == CMDQV_SWITCH_ON)
            continue;
        advice = cmdqvRulesQemuPlainAdvice(endpoint, smmu == machineWide);
        bus = cmdqvRuleBusName(run, endpoint->bus);
        if (endpoint->kind == CMDQV_ENDPOINT_POOLED)
            cmdqvFindingAddEndpoint(run, i, smmu, "network '%.64s' gives it a host device, and on bus '%s' it is behind an SMMU that is "
                                    "not accelerated; %s", endpoint->network, bus, advice);
        else
            cmdqvFindingAddEndpoint(run, i, smmu, "%s, and this one is, on bus '%s'; %s", endpoint->kind == CMDQV_ENDPOINT_MDEV
                                    ? "a mediated device cannot be behind an SMMU"
                                    : "a host device cannot be behind an SMMU that is not accelerated", bus, advice);
    }
}


/* "auto" is QEMU's word; libvirt has none, and lets QEMU decide if the attribute is absent. */
static bool
cmdqvRulesQemuIsKnown(const cmdqvSmmu *smmu, cmdqvSmmuAttribute attribute)
{
    const cmdqvSmmuAttributeRow *row = &cmdqvSmmuAttributeRows[attribute];
    const char *value = smmu->given[attribute];
    bool isArgv = smmu->busName != NULL;
    unsigned int number;

    if (!value || (isArgv && strcmp(value, "auto") == 0))
        return true;
    return row->values ? g_strv_contains(row->values, value) : cmdqvTextToUnsigned(value, 10, row->max, &number);
}


/* Values that are no number, or not 'on' or 'off'. */
static void
cmdqvRulesQemuCheckWords(const cmdqvRuleRun *run)
{
    guint i;

    for (i = 0; i < run->topology->smmuWords->len; i++) {
        const cmdqvSmmuWords *words = &g_array_index(run->topology->smmuWords, cmdqvSmmuWords, i);

        if (words->kind == CMDQV_SMMU_WORDS_BAD)
            cmdqvFindingAdd(run, words->smmu, "%s, or leave it out", words->text);
    }
}


static void
cmdqvRulesQemuCheckRange(const cmdqvRuleRun *run, guint at)
{
    const cmdqvSmmu *smmu = cmdqvRuleSmmu(run, at);
    guint i;

    for (i = 0; i < CMDQV_SMMU_ATTRIBUTE_LAST; i++) {
        if (!cmdqvRulesQemuIsKnown(smmu, i))
            cmdqvFindingAdd(run, at, "%s='%.32s' %s, or leave it out", cmdqvSmmuAttributeRows[i].name, smmu->given[i],
                            cmdqvSmmuAttributeRows[i].fault);
    }
}


/* libvirt refuses them all without accel='on', whatever their value (seen with 12.8). */
static char *
cmdqvRulesQemuGivenProperties(const cmdqvSmmu *smmu)
{
    g_autoptr(GString) names = g_string_new(NULL);
    guint i;

    for (i = 0; i < CMDQV_SMMU_ATTRIBUTE_LAST; i++) {
        if (smmu->given[i] || (i == CMDQV_SMMU_ATTRIBUTE_CMDQV && smmu->cmdqv == CMDQV_SWITCH_OFF))
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", cmdqvSmmuAttributeRows[i].name);
    }
    return names->len > 0 ? g_strdup(names->str) : NULL;
}


/* Whether it has a property that QEMU refuses for an SMMU that is not accelerated. */
static bool
cmdqvRulesQemuHasAccelerated(const cmdqvSmmu *smmu)
{
    guint i;

    for (i = 0; i < CMDQV_SMMU_ATTRIBUTE_LAST; i++) {
        if (smmu->given[i] && strcmp(smmu->given[i], "auto") != 0 && strcmp(smmu->given[i], cmdqvSmmuAttributeRows[i].unaccelerated) != 0)
            return true;
    }
    return false;
}


static void
cmdqvRulesQemuCheckPropertyAccel(const cmdqvRuleRun *run, guint at)
{
    const cmdqvSmmu *smmu = cmdqvRuleSmmu(run, at);
    g_autofree char *given = smmu->busName ? NULL : cmdqvRulesQemuGivenProperties(smmu);

    if (smmu->accel == CMDQV_SWITCH_ON)
        return;
    if (given)
        cmdqvFindingAdd(run, at, "%s cannot be set for an SMMU that is not accelerated; set accel='on' in the same <driver>, or "
                        "remove %s", given, given);
    else if (cmdqvRulesQemuHasAccelerated(smmu))
        cmdqvFindingAdd(run, at, "ats='on', ril='off', oas='48' and an ssidsize above 0 are for accelerated SMMUs; set "
                        "accel='on' in the same <driver>, or remove them");
}


/* Reports once, for the first accelerated SMMU, its needs of the machine. */
static void
cmdqvRulesQemuNeedsMachine(const cmdqvRuleRun *run, bool broken, const char *what)
{
    int smmu = broken ? cmdqvRuleFirstAccel(run) : CMDQV_NONE;

    if (smmu != CMDQV_NONE)
        cmdqvFindingAdd(run, (guint)smmu, "%s", what);
}


static void
cmdqvRulesQemuCheckAcpi(const cmdqvRuleRun *run)
{
    cmdqvRulesQemuNeedsMachine(run, run->topology->acpi == CMDQV_SWITCH_OFF,
                               "accel='on' needs ACPI, which describes the SMMU to the guest; add <acpi/> to <features>");
}


static void
cmdqvRulesQemuCheckFirmware(const cmdqvRuleRun *run)
{
    cmdqvRulesQemuNeedsMachine(run, run->topology->firmware == CMDQV_SWITCH_OFF,
                               "accel='on' needs firmware: without it the guest gets a device tree and no ACPI; add firmware='efi' to "
                               "<os>, or a <loader>");
}


static void
cmdqvRulesQemuCheckKvm(const cmdqvRuleRun *run)
{
    g_autofree char *what = g_strdup_printf("accel='on' needs KVM, and the domain is of type '%.32s'; make it "
                                            "<domain type='kvm'>", run->topology->type ? run->topology->type : "");

    cmdqvRulesQemuNeedsMachine(run, run->topology->type && strcmp(run->topology->type, "kvm") != 0, what);
}


static void
cmdqvRulesQemuCheckHugepages(const cmdqvRuleRun *run)
{
    guint i;

    for (i = 0; i < run->topology->smmus->len; i++) {
        if (run->topology->hugepages == CMDQV_SWITCH_OFF && cmdqvRuleSmmu(run, i)->cmdqv == CMDQV_SWITCH_ON) {
            cmdqvFindingAdd(run, i, "the host reads the guest's command queues by physical address, so a queue larger than "
                            "a page of the host needs contiguous memory; add <memoryBacking><hugepages/></memoryBacking>");
            return;
        }
    }
}


const cmdqvRule cmdqvRulesQemu[] = {
    {
        .identifier = "cmdqv-needs-anchor",
        .summary = "a cold-plugged PCI hostdev on iommufd must be behind each vSMMU with cmdqv='on'",
        .reason = "The command queues of the guest depend on the first VFIO device that QEMU creates behind the vSMMU: the anchor. It must be "
                  "cold-plugged, that is, in the domain when it starts. Without an anchor QEMU does not start if it has to choose a property "
                  "of the vSMMU (ats, ril, ssidsize or oas). If all of them are given, it starts without CMDQV and reports nothing. These "
                  "devices cannot be the anchor: a device behind another PCIe root, one without iommufd, a mediated device, and one that QEMU "
                  "holds back for failover.",
        .fix = "Put a <hostdev> with iommufd='yes' on a port behind the vSMMU. If the guest needs no command queues, remove cmdqv='on'.",
        .example = CMDQV_RULE_EXAMPLE_IOMMU("pciBus='1' accel='on' cmdqv='on'") "\n"
                   CMDQV_RULE_EXAMPLE_HOSTDEV("0x0009", "0x01", "2"),
        .needsPlaces = true,
        .check = cmdqvRulesQemuCheckAnchor,
    },
    {
        .identifier = "accel-auto-needs-anchor",
        .summary = "a cold-plugged PCI hostdev must be behind each accelerated vSMMU with a property that QEMU has to choose",
        .reason = "From machine type virt-11.1 on, QEMU reads ats, ril, ssidsize and oas from the SMMU of the host, with the help of the "
                  "first device behind the vSMMU. Without such a device QEMU does not start, unless all four are given.",
        .fix = "Put a <hostdev> with iommufd='yes' on a port behind the vSMMU, or set all of ats, ril, ssidsize and oas.",
        .example = CMDQV_RULE_EXAMPLE_IOMMU("pciBus='1' accel='on' ats='off' ril='on' ssidsize='0' oas='44'"),
        .needsPlaces = true,
        .check = cmdqvRulesQemuCheckAuto,
    },
    {
        .identifier = "accel-endpoint-emulated",
        .summary = "an emulated device must not be behind an accelerated vSMMU",
        .reason = "QEMU refuses such a device on a PCIe port. Behind a conventional PCI bridge QEMU accepts it, but the hardware gets the "
                  "guest's invalidations and QEMU does not, so the device uses stale mappings (seen: a NIC lost each packet). libvirt itself "
                  "may place a device that has no <address> there.",
        .fix = "Give the device an <address> on a port of another PCIe root, such as pcie.0.",
        .example = CMDQV_RULE_EXAMPLE_PORT("3", "0", "1") "\n"
                   "<rng model='virtio'>\n"
                   "  <backend model='random'>/dev/urandom</backend>\n"
                   "  <address type='pci' bus='3' slot='0'/>\n"
                   "</rng>",
        .needsPlaces = true,
        .checkEndpoint = cmdqvRulesQemuCheckEmulated,
    },
    {
        .identifier = "accel-endpoint-iommufd",
        .summary = "every hostdev behind an accelerated vSMMU must be on iommufd",
        .reason = "QEMU accelerates an SMMU by means of iommufd objects. It refuses a vfio-pci device there that uses the older VFIO "
                  "interface.",
        .fix = "Add iommufd='yes' to the <driver> of the device, or <iommufd enabled='yes'/> to the domain. Move a mediated device to another "
               "PCIe root. Move an <interface type='network'> there too, or change it to an <interface type='hostdev'>.",
        .example = CMDQV_RULE_EXAMPLE_HOSTDEV("0x0009", "0x01", "2"),
        .needsPlaces = true,
        .check = cmdqvRulesQemuCheckIommufd,
    },
    {
        .identifier = "accel-endpoint-bridge",
        .summary = "a hostdev must not be behind a conventional PCI bridge that is behind an accelerated vSMMU",
        .reason = "Devices behind a conventional PCI bridge share the address space of the bridge, which is not accelerated. QEMU refuses "
                  "such a vfio-pci device when it starts ('requires iommu MAP notifier').",
        .fix = "Move the device from the pcie-to-pci-bridge to a pcie-root-port.",
        .example = CMDQV_RULE_EXAMPLE_HOSTDEV("0x0009", "0x01", "2"),
        .needsPlaces = true,
        .checkEndpoint = cmdqvRulesQemuCheckBridge,
    },
    {
        .identifier = "plain-smmu-vfio",
        .summary = "a hostdev must not be behind an SMMU that is not accelerated",
        .reason = "QEMU does not tell VFIO about the mappings of an SMMUv3 that is not accelerated, and refuses the device when it starts.",
        .fix = "Add pciBus and accel='on' to the <driver> of the <iommu>. If the SMMU has pciBus, you can instead move the device to a port "
               "of another PCIe root.",
        .example = CMDQV_RULE_EXAMPLE_IOMMU("pciBus='1' accel='on'") "\n"
                   CMDQV_RULE_EXAMPLE_HOSTDEV("0x0009", "0x01", "2"),
        .needsPlaces = true,
        .check = cmdqvRulesQemuCheckPlain,
    },
    {
        .identifier = "smmu-property-range",
        .summary = "the properties of an SMMU must have values that QEMU knows",
        .reason = "libvirt passes the numbers in ssidsize and oas to QEMU, which knows 0 to 20 bits for ssidsize, and 44 and 48 for oas. The "
                  "other properties are 'on' or 'off'. libvirt has no word for QEMU's auto: a property that you leave out is auto.",
        .fix = "Write a value that QEMU knows, or leave the attribute out: QEMU then takes the value from the host.",
        .example = CMDQV_RULE_EXAMPLE_IOMMU("pciBus='1' accel='on' ats='on' ril='off' ssidsize='20' oas='48'"),
        .check = cmdqvRulesQemuCheckWords,
        .checkSmmu = cmdqvRulesQemuCheckRange,
    },
    {
        .identifier = "smmu-property-needs-accel",
        .summary = "an SMMU that is not accelerated must not have a property that only accelerated SMMUs have",
        .reason = "Without accel=on QEMU refuses ats=on, ril=off, oas=48 and an ssidsize above 0. libvirt refuses each of these attributes, "
                  "and cmdqv, with any value.",
        .fix = "Add accel='on' to the same <driver>, or remove the attributes.",
        .example = CMDQV_RULE_EXAMPLE_IOMMU("pciBus='1' accel='on' ats='on'"),
        .checkSmmu = cmdqvRulesQemuCheckPropertyAccel,
    },
    {
        .identifier = "accel-needs-acpi",
        .summary = "a domain with an accelerated vSMMU must have ACPI",
        .reason = "QEMU describes accelerated SMMUs in ACPI tables only, and refuses them without.",
        .fix = "Add <acpi/> to <features>.",
        .example = "<features>\n"
                   "  <acpi/>\n"
                   "</features>",
        .check = cmdqvRulesQemuCheckAcpi,
    },
    {
        .identifier = "accel-needs-firmware",
        .summary = "a domain with an accelerated vSMMU must have firmware",
        .reason = "Without firmware QEMU gives the guest a device tree, which cannot describe accelerated SMMUs.",
        .fix = "Add firmware='efi' to <os>, or add a <loader> in it.",
        .example = "<os firmware='efi'>\n"
                   "  <type arch='aarch64' machine='virt'>hvm</type>\n"
                   "</os>",
        .check = cmdqvRulesQemuCheckFirmware,
    },
    {
        .identifier = "accel-needs-kvm",
        .summary = "a domain with an accelerated vSMMU must be of type kvm",
        .reason = "QEMU refuses acceleration without KVM and the interrupt controller of KVM.",
        .fix = "Write <domain type='kvm'>, and use a host with KVM.",
        .example = "<domain type='kvm'>\n"
                   "  ...\n"
                   "</domain>",
        .check = cmdqvRulesQemuCheckKvm,
    },
    {
        .identifier = "queues-want-hugepages",
        .level = CMDQV_RULE_WARNING,
        .summary = "the memory of a domain with cmdqv='on' should consist of huge pages",
        .reason = "The hardware reads the guest's command queues by physical address, so the kernel requires that the pages of a queue are "
                  "contiguous (iommufd_hw_queue_alloc_phys(), drivers/iommu/iommufd/viommu.c of Linux). In memory of small pages only queues "
                  "of one page are certain to be contiguous, so the guest gets shorter queues.",
        .fix = "Add <hugepages/> to <memoryBacking>, and reserve huge pages on the host.",
        .example = "<memoryBacking>\n"
                   "  <hugepages/>\n"
                   "</memoryBacking>",
        .check = cmdqvRulesQemuCheckHugepages,
    },
    { .identifier = NULL },
};
