/*
 * rules_host.c: rules about the host and the version of libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * If a fact is unknown, the rule that looks for it could not tell.
 */

#include "policy/rule_table.h"

#include <string.h>

/*
 * The first releases whose <acpi> of a device has nodeset, whose <driver> of an
 * SMMU has pciBus, and whose <driver> of a device has iommufd (libvirt's NEWS).
 */
#define CMDQV_RULES_HOST_LIBVIRT_WITH_NODESET 11008000
#define CMDQV_RULES_HOST_LIBVIRT_WITH_PCIBUS 11010000
#define CMDQV_RULES_HOST_LIBVIRT_WITH_IOMMUFD 12001000


static const char *
cmdqvRulesHostHostSmmu(const cmdqvRuleRun *run, guint endpoint)
{
    const cmdqvEndpoint *device = cmdqvRuleEndpoint(run, endpoint);
    char address[CMDQV_PCI_ADDRESS_LEN];
    gpointer name;

    if (device->kind != CMDQV_ENDPOINT_VFIO || !device->hasHost)
        return NULL;
    if (!g_hash_table_lookup_extended(run->hostSmmus, GUINT_TO_POINTER(endpoint), NULL, &name)) {
        name = run->context->hostSmmu
            ? run->context->hostSmmu(cmdqvPCIAddressFormat(&device->host, address), run->context->data) : NULL;
        (void)g_hash_table_insert(run->hostSmmus, GUINT_TO_POINTER(endpoint), name);
    }
    if (!name)
        cmdqvRuleUntold(run);
    return name;
}


/* The accelerated vSMMU that a device is behind. */
static int
cmdqvRulesHostVsmmu(const cmdqvRuleRun *run, guint endpoint)
{
    int smmu = cmdqvTopologyEndpointSmmu(run->topology, endpoint);

    if (smmu == CMDQV_NONE || cmdqvRuleSmmu(run, (guint)smmu)->accel != CMDQV_SWITCH_ON)
        return CMDQV_NONE;
    return smmu;
}


static void
cmdqvRulesHostCheckOneHostSmmu(const cmdqvRuleRun *run)
{
    g_autoptr(GHashTable) first = g_hash_table_new(NULL, NULL);
    guint i;

    for (i = 0; i < run->topology->endpoints->len; i++) {
        int smmu = cmdqvRulesHostVsmmu(run, i);
        const char *host = smmu == CMDQV_NONE ? NULL : cmdqvRulesHostHostSmmu(run, i);
        const char *known = host ? g_hash_table_lookup(first, GINT_TO_POINTER(smmu)) : NULL;

        if (!host)
            continue;
        if (!known)
            (void)g_hash_table_insert(first, GINT_TO_POINTER(smmu), (gpointer)host);
        else if (strcmp(known, host) != 0)
            cmdqvFindingAddEndpoint(run, i, smmu, "it is behind host SMMU '%s', and another device behind the same vSMMU is "
                                    "behind '%s'; give each host SMMU a vSMMU of its own", host, known);
    }
}


/*
 * The module gives ports of an instance of Nova a vSMMU of their own
 * (layout/layout.c), because libvirt gives QEMU the ports first: behind the
 * vSMMU of a GPU, a port would be the anchor.
 */
static void
cmdqvRulesHostCheckSpread(const cmdqvRuleRun *run)
{
    g_autoptr(GHashTable) owners = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) ofPorts = g_hash_table_new(g_str_hash, g_str_equal);
    bool isOfNova = cmdqvTopologyIsOfNova(run->topology);
    guint i;

    for (i = 0; i < run->topology->endpoints->len; i++) {
        int smmu = cmdqvRulesHostVsmmu(run, i);
        const char *host = smmu == CMDQV_NONE ? NULL : cmdqvRulesHostHostSmmu(run, i);
        bool isPort = isOfNova && strcmp(g_array_index(run->topology->endpoints, cmdqvEndpoint, i).element, "interface") == 0;
        GHashTable *owner = isPort ? ofPorts : owners;
        gpointer known;

        if (!host)
            continue;
        if (!g_hash_table_lookup_extended(owner, host, NULL, &known))
            (void)g_hash_table_insert(owner, (gpointer)host, GINT_TO_POINTER(smmu));
        else if (GPOINTER_TO_INT(known) != smmu)
            cmdqvFindingAddEndpoint(run, i, smmu, "it is behind host SMMU '%s', which another vSMMU of the domain represents already; "
                                    "put the devices of one host SMMU behind one vSMMU", host);
    }
}


/* Reports the first such device of a vSMMU; a device whose SMMU is not on this host may be in a file for another host. */
static void
cmdqvRulesHostCheckHostCmdqv(const cmdqvRuleRun *run)
{
    g_autoptr(GHashTable) said = g_hash_table_new(NULL, NULL);
    guint i;

    for (i = 0; i < run->topology->endpoints->len; i++) {
        int smmu = cmdqvRulesHostVsmmu(run, i);
        const char *host;

        if (smmu == CMDQV_NONE || cmdqvRuleSmmu(run, (guint)smmu)->cmdqv != CMDQV_SWITCH_ON)
            continue;
        host = cmdqvRulesHostHostSmmu(run, i);
        if (run->context->support == CMDQV_SUPPORT_UNKNOWN)
            cmdqvRuleUntold(run);
        if (!host || !run->context->withoutCmdqv || !g_strv_contains(run->context->withoutCmdqv, host) ||
            !g_hash_table_add(said, GINT_TO_POINTER(smmu)))
            continue;
        cmdqvFindingAddEndpoint(run, i, smmu, "it is behind host SMMU '%s', which has no CMDQV; remove cmdqv='on' from the "
                                "<iommu>", host);
    }
}


static void
cmdqvRulesHostCheckLibvirt(const cmdqvRuleRun *run, guint at)
{
    unsigned long version = run->context->libvirtVersion;
    const cmdqvSmmu *smmu = cmdqvRuleSmmu(run, at);

    if (version >= CMDQV_RULE_LIBVIRT_WITH_CMDQV || smmu->line == CMDQV_NONE || smmu->argument ||
        (smmu->cmdqv == CMDQV_SWITCH_ABSENT && smmu->busIndex == CMDQV_NONE))
        return;
    if (version == 0)
        cmdqvRuleUntold(run);
    else if (smmu->cmdqv != CMDQV_SWITCH_ABSENT)
        cmdqvFindingAdd(run, at, "this libvirt (%lu.%lu.%lu) silently drops cmdqv; use libvirt 12.7.0 and QEMU 11.1, or newer",
                        CMDQV_RULE_VERSION_PARTS(version));
    else if (version < CMDQV_RULES_HOST_LIBVIRT_WITH_PCIBUS)
        cmdqvFindingAdd(run, at, "this libvirt (%lu.%lu.%lu) silently drops pciBus='%d' and accel, and creates the machine-wide "
                        "SMMU; use libvirt 11.10.0 or newer", CMDQV_RULE_VERSION_PARTS(version), smmu->busIndex);
}


/**
 * cmdqvRulesHostNetworkGivesHostdev:
 * @endpoint: a device
 * @context: for the rules
 *
 * Returns: true if it is an interface whose network certainly gives it a host
 * device
 */
bool
cmdqvRulesHostNetworkGivesHostdev(const cmdqvEndpoint *endpoint, const cmdqvRuleContext *context)
{
    return endpoint->network && context->network && context->network(endpoint->network, context->networkData);
}


/**
 * cmdqvRulesHostEndsLibvirt:
 * @topology: a domain
 * @endpoint: index of one of its devices
 * @context: for the rules
 *
 * Returns: true if libvirt would crash when it gives QEMU that device
 */
bool
cmdqvRulesHostEndsLibvirt(const cmdqvTopology *topology, guint endpoint, const cmdqvRuleContext *context)
{
    return topology->iommufd == CMDQV_SWITCH_ON && CMDQV_RULE_LIBVIRT_ENDS_AT_NETWORKS(context->ownVersion) &&
        cmdqvRulesHostNetworkGivesHostdev(&g_array_index(topology->endpoints, cmdqvEndpoint, endpoint), context);
}


static void
cmdqvRulesHostCheckNetworks(const cmdqvRuleRun *run, guint at)
{
    unsigned long version = run->context->ownVersion;
    const char *network = cmdqvRuleEndpoint(run, at)->network;

    if (run->topology->iommufd == CMDQV_SWITCH_ON && network &&
        (version == 0 || (CMDQV_RULE_LIBVIRT_ENDS_AT_NETWORKS(version) && !run->context->network)))
        cmdqvRuleUntold(run);
    if (cmdqvRulesHostEndsLibvirt(run->topology, at, run->context))
        cmdqvFindingAddEndpoint(run, at, cmdqvTopologyEndpointSmmu(run->topology, at),
                                "network '%.64s' gives it a host device, and this libvirt crashes when it opens one in a domain with "
                                "<iommufd enabled='yes'/>; remove that and give each hostdev <driver iommufd='yes'/>, or change this to "
                                "an <interface type='hostdev'>", network);
}


/* In a domain with a vSMMU the module keeps iommufd; in any other it depends on libvirt. */
static void
cmdqvRulesHostCheckIommufd(const cmdqvRuleRun *run)
{
    unsigned long version = run->context->ownVersion;
    guint i;

    if (version >= CMDQV_RULES_HOST_LIBVIRT_WITH_IOMMUFD || cmdqvTopologyHasSmmuBus(run->topology))
        return;
    for (i = 0; i < run->topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = cmdqvRuleEndpoint(run, i);

        if (endpoint->kind != CMDQV_ENDPOINT_VFIO || !endpoint->iommufd)
            continue;
        if (version == 0)
            cmdqvRuleUntold(run);
        else
            cmdqvFindingAddEndpoint(run, i, CMDQV_NONE, "this libvirt (%lu.%lu.%lu) silently drops iommufd in a domain without a "
                                    "vSMMU, so QEMU uses VFIO's older interface for the device; use libvirt 12.1.0 or newer, or remove "
                                    "iommufd", CMDQV_RULE_VERSION_PARTS(version));
    }
}


/* nodeset is no part of a vSMMU, and lowering does not give it to QEMU. */
static void
cmdqvRulesHostCheckNodeset(const cmdqvRuleRun *run, guint at)
{
    unsigned long version = run->context->ownVersion;

    if (version >= CMDQV_RULES_HOST_LIBVIRT_WITH_NODESET || !cmdqvRuleEndpoint(run, at)->hasNodeset)
        return;
    if (version == 0)
        cmdqvRuleUntold(run);
    else
        cmdqvFindingAddEndpoint(run, at, cmdqvTopologyEndpointSmmu(run->topology, at), "this libvirt (%lu.%lu.%lu) silently drops the "
                                "nodeset of its <acpi>, so the device has no NUMA node of its own in the guest; use libvirt 11.8.0 or "
                                "newer, or remove nodeset", CMDQV_RULE_VERSION_PARTS(version));
}


/* An SMMU that is lowered for a libvirt without CMDQV; CMDQV_NONE if there is none, or the files that QEMU can open are unknown. */
static int
cmdqvRulesHostLowered(const cmdqvRuleRun *run)
{
    guint i;

    for (i = 0; run->context->lowered && i < run->topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = cmdqvRuleSmmu(run, i);

        if (smmu->line == CMDQV_NONE || smmu->busIndex == CMDQV_NONE)
            continue;
        if (run->context->node)
            return (int)i;
        cmdqvRuleUntold(run);
    }
    return CMDQV_NONE;
}


static void
cmdqvRulesHostAddNode(const cmdqvRuleRun *run, const char *node, cmdqvDevNodesAccess access, GPtrArray *nodes)
{
    if (run->context->node(node, run->context->nodeData) == access && !g_ptr_array_find_with_equal_func(nodes, node, g_str_equal, NULL))
        g_ptr_array_add(nodes, g_strdup(node));
}


/* The files of the domain that QEMU cannot open for this reason, in quotes; NULL if there are none. */
static char *
cmdqvRulesHostNodes(const cmdqvRuleRun *run, cmdqvDevNodesAccess access)
{
    g_autoptr(GPtrArray) nodes = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *joined = NULL;
    guint i;

    for (i = 0; i < run->topology->endpoints->len; i++) {
        const cmdqvEndpoint *device = cmdqvRuleEndpoint(run, i);
        char address[CMDQV_PCI_ADDRESS_LEN];
        g_autofree char *node = NULL;

        if (device->kind != CMDQV_ENDPOINT_VFIO || !device->iommufd || !device->hasHost)
            continue;
        cmdqvRulesHostAddNode(run, CMDQV_DEV_NODES_IOMMU, access, nodes);
        node = run->context->nodeOf(cmdqvPCIAddressFormat(&device->host, address), run->context->nodeData);
        cmdqvRulesHostAddNode(run, node, access, nodes);
    }
    if (nodes->len == 0)
        return NULL;
    g_ptr_array_add(nodes, NULL);
    joined = g_strjoinv("', '", (char **)nodes->pdata);
    return g_strdup_printf("'%s'", joined);
}


static void
cmdqvRulesHostCheckNodesAreThere(const cmdqvRuleRun *run)
{
    int smmu = cmdqvRulesHostLowered(run);
    g_autofree char *nodes = smmu == CMDQV_NONE ? NULL : cmdqvRulesHostNodes(run, CMDQV_DEV_NODES_HIDDEN);

    if (nodes)
        cmdqvFindingAdd(run, (guint)smmu, "this libvirt gives QEMU a private /dev without %s; add the missing files to "
                        "cgroup_device_acl in " CMDQV_DEV_NODES_SETTINGS ", beside the files of its default, and restart the daemon", nodes);
}


/* Reports other obstacles for QEMU at a file, with a remedy. */
static void
cmdqvRulesHostCheckNodesOpen(const cmdqvRuleRun *run)
{
    int smmu = cmdqvRulesHostLowered(run);
    g_autofree char *barred = NULL;
    g_autofree char *foreign = NULL;
    g_autofree char *missing = NULL;

    if (smmu == CMDQV_NONE)
        return;
    barred = cmdqvRulesHostNodes(run, CMDQV_DEV_NODES_BARRED);
    foreign = cmdqvRulesHostNodes(run, CMDQV_DEV_NODES_FOREIGN);
    missing = cmdqvRulesHostNodes(run, CMDQV_DEV_NODES_MISSING);
    if (barred)
        cmdqvFindingAdd(run, (guint)smmu, "the control group that this libvirt makes for QEMU does not let it open %s; add the missing "
                        "files to cgroup_device_acl in " CMDQV_DEV_NODES_SETTINGS ", beside the files of its default, and restart the daemon", barred);
    if (foreign)
        cmdqvFindingAdd(run, (guint)smmu, "QEMU's user may not read and write %s, and this libvirt does not change the owner; set "
                        "GROUP and MODE in a rule in /etc/udev/rules.d, or user and group in " CMDQV_DEV_NODES_SETTINGS, foreign);
    if (missing)
        cmdqvFindingAdd(run, (guint)smmu, "this host has no %s; name iommufd in a file in /etc/modules-load.d, and load it",
                        missing);
}


const cmdqvRule cmdqvRulesHost[] = {
    {
        .identifier = "one-host-smmu",
        .summary = "the devices behind one accelerated vSMMU must be behind one SMMU of the host",
        .reason = "A vSMMU represents the host SMMU of its first device. A device behind another host SMMU cannot be attached to it. The rule "
                  "is checked if the host's sysfs can be read.",
        .fix = "Give each SMMU of the host its own pcie-expander-bus and <iommu>, and put its devices there. "
               "/sys/bus/pci/devices/ADDRESS/iommu shows the SMMU of a device.",
        .example = CMDQV_RULE_EXAMPLE_EXPANDER("1", "240") "\n"
                   CMDQV_RULE_EXAMPLE_PORT("2", "1", "0") "\n"
                   CMDQV_RULE_EXAMPLE_IOMMU("pciBus='1' accel='on' cmdqv='on'") "\n"
                   CMDQV_RULE_EXAMPLE_HOSTDEV("0x0009", "0x01", "2") "\n"
                   CMDQV_RULE_EXAMPLE_EXPANDER("4", "248") "\n"
                   CMDQV_RULE_EXAMPLE_PORT("5", "4", "0") "\n"
                   CMDQV_RULE_EXAMPLE_IOMMU("pciBus='4' accel='on' cmdqv='on'") "\n"
                   CMDQV_RULE_EXAMPLE_HOSTDEV("0x0010", "0x01", "5"),
        .needsPlaces = true,
        .check = cmdqvRulesHostCheckOneHostSmmu,
    },
    {
        .identifier = "host-smmu-spread",
        .level = CMDQV_RULE_WARNING,
        .summary = "the devices behind one SMMU of the host should be behind one vSMMU",
        .reason = "Two vSMMUs for one host SMMU work, but they share its queues, and each invalidates for the other too. In an instance of "
                  "OpenStack Nova, ports may have a vSMMU of their own. The rule is checked if the host's sysfs can be read.",
        .fix = "Put the devices of one SMMU of the host on ports below one pcie-expander-bus.",
        .example = CMDQV_RULE_EXAMPLE_EXPANDER("1", "240") "\n"
                   CMDQV_RULE_EXAMPLE_PORT("2", "1", "0") "\n"
                   CMDQV_RULE_EXAMPLE_PORT("4", "1", "1") "\n"
                   CMDQV_RULE_EXAMPLE_IOMMU("pciBus='1' accel='on' cmdqv='on'") "\n"
                   CMDQV_RULE_EXAMPLE_HOSTDEV("0x0009", "0x01", "2") "\n"
                   CMDQV_RULE_EXAMPLE_HOSTDEV("0x0009", "0x02", "4"),
        .needsPlaces = true,
        .check = cmdqvRulesHostCheckSpread,
    },
    {
        .identifier = "host-has-cmdqv",
        .summary = "if cmdqv='on', the host SMMU of the devices must have CMDQV",
        .reason = "QEMU does not start with cmdqv=on if the host SMMU of the device has no CMDQV. The rule is checked if the host's sysfs "
                  "shows that SMMU, and the firmware's tables say which SMMUs have CMDQV.",
        .fix = "Remove cmdqv='on': QEMU then uses CMDQV only if the host SMMU has it. 'virt-cmdqv host' shows which SMMUs have it.",
        .example = CMDQV_RULE_EXAMPLE_IOMMU("pciBus='1' accel='on'"),
        .needsPlaces = true,
        .check = cmdqvRulesHostCheckHostCmdqv,
    },
    {
        .identifier = "libvirt-drops-cmdqv",
        .summary = "the libvirt that gets the definition must know cmdqv",
        .reason = "libvirt before 12.7 silently drops cmdqv, and the oldest of these releases also drop accel and pciBus: the guest would get "
                  "another machine than its definition asks for. The rule is checked if the version of libvirt is known.",
        .fix = "Use libvirt 12.7.0 and QEMU 11.1, or newer. With the module in the daemon, libvirt 8.2.0 and QEMU 11.1 are enough.",
        .example = CMDQV_RULE_EXAMPLE_IOMMU("pciBus='1' accel='on' cmdqv='on'"),
        .checkSmmu = cmdqvRulesHostCheckLibvirt,
    },
    {
        .identifier = "network-of-hostdevs",
        .summary = "a domain with <iommufd enabled='yes'/> must not have an interface on a network of hostdevs",
        .reason = "libvirt 12.8 and newer crash when they start such a domain or attach such an interface: they read the device of the "
                  "network as a hostdev of the definition. All clients lose their connection; guests continue. The rule is checked on these "
                  "releases, while the network is active.",
        .fix = "Remove <iommufd enabled='yes'/> and give each hostdev <driver iommufd='yes'/>, or change the interface to an <interface "
               "type='hostdev'>.",
        .example = "<interface type='hostdev' managed='yes'>\n"
                   "  <driver name='vfio' iommufd='yes'/>\n"
                   "  <source>\n"
                   "    <address type='pci' domain='0x0009' bus='0x03' slot='0x00' function='0x1'/>\n"
                   "  </source>\n"
                   "</interface>",
        .checkEndpoint = cmdqvRulesHostCheckNetworks,
    },
    {
        .identifier = CMDQV_RULE_DROPS_IOMMUFD,
        .level = CMDQV_RULE_WARNING,
        .summary = "a domain without a vSMMU should not ask for iommufd if libvirt drops it",
        .reason = "libvirt before 12.1 ignores iommufd. For a domain with a vSMMU the module gives iommufd to QEMU without libvirt, but it "
                  "does not change a domain without a vSMMU: the device works there, through VFIO's older interface. The rule is checked if "
                  "the version of libvirt is known.",
        .fix = "Remove iommufd, or use libvirt 12.1.0 or newer.",
        .example = "<interface type='hostdev'>\n"
                   "  <driver name='vfio'/>\n"
                   "  <source>\n"
                   "    <address type='pci' domain='0x0009' bus='0x03' slot='0x00' function='0x1'/>\n"
                   "  </source>\n"
                   "</interface>",
        .check = cmdqvRulesHostCheckIommufd,
    },
    {
        .identifier = "libvirt-drops-nodeset",
        .level = CMDQV_RULE_WARNING,
        .summary = "a device should not ask for its own NUMA nodes if libvirt drops them",
        .reason = "The memory of a GPU belongs to NUMA nodes of its own in the guest, which <acpi nodeset='...'/> names. libvirt before 11.8 "
                  "ignores nodeset, and the module gives QEMU only the parts of a vSMMU. The rule is checked if the version of libvirt is known.",
        .fix = "Remove the nodeset, or use libvirt 11.8.0 or newer.",
        .example = CMDQV_RULE_EXAMPLE_HOSTDEV("0x0009", "0x01", "2"),
        .checkEndpoint = cmdqvRulesHostCheckNodeset,
    },
    {
        .identifier = "libvirt-hides-devices",
        .summary = "a libvirt before 12.7 must let QEMU see /dev/iommu and the files of its devices",
        .reason = "If libvirt does not know cmdqv, the module itself tells QEMU to open /dev/iommu and, for each device, a file below "
                  "/dev/vfio/devices. Such a libvirt gives QEMU its own /dev without these files, so the start fails. The rule is checked if "
                  "libvirt's " CMDQV_DEV_NODES_SETTINGS " can be read.",
        .fix = "Set cgroup_device_acl in " CMDQV_DEV_NODES_SETTINGS ", and restart the daemon. The setting replaces its default, so list the "
               "files of the default too. You may name a vfio number that is not in use, but not a folder. Instead you can set namespaces "
               "there to an empty list.",
        .example = "cgroup_device_acl = [ \"/dev/null\", \"/dev/full\", \"/dev/zero\", \"/dev/random\", \"/dev/urandom\", \"/dev/ptmx\", "
                   "\"/dev/kvm\", \"/dev/userfaultfd\", \"/dev/iommu\", \"/dev/vfio/devices/vfio0\" ]",
        .check = cmdqvRulesHostCheckNodesAreThere,
    },
    {
        .identifier = "libvirt-bars-devices",
        .level = CMDQV_RULE_WARNING,
        .summary = "if libvirt is older than 12.7, QEMU should have access to /dev/iommu and the files of its devices",
        .reason = "A libvirt that does not know iommufd gives QEMU access to /dev/vfio/NUMBER only. The host must let QEMU's user open the "
                  "other files, and the control group of QEMU must allow them. This may change until the start, so the rule is a warning.",
        .fix = "List the files in cgroup_device_acl in " CMDQV_DEV_NODES_SETTINGS ", give them to QEMU's group with udev rules in a file such as "
               "/etc/udev/rules.d/60-iommufd.rules, and load iommufd on the host.",
        .example = "KERNEL==\"iommu\", GROUP=\"kvm\", MODE=\"0660\"\n"
                   "SUBSYSTEM==\"vfio-dev\", GROUP=\"kvm\", MODE=\"0660\"",
        .check = cmdqvRulesHostCheckNodesOpen,
    },
    { .identifier = NULL },
};
