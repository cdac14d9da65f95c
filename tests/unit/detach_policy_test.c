/*
 * detach_policy_test.c: may this device be detached, and if not, in which words
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "test_devices.h"
#include "test_topology.h"
#include "testutils.h"
#include "policy/detach_policy.h"
#include "policy/rule_table.h"
#include "qemu/anchor.h"

#define BUSES \
    "<controller type='pci' index='0' model='pcie-root'/>" \
    "<controller type='pci' index='1' model='pcie-expander-bus'/>" \
    "<controller type='pci' index='2' model='pcie-root-port'><address type='pci' bus='1' slot='0'/></controller>" \
    "<controller type='pci' index='3' model='pcie-root-port'><address type='pci' bus='1' slot='1'/></controller>" \
    "<controller type='pci' index='4' model='pcie-root-port'><address type='pci' bus='0' slot='1'/></controller>"
#define SMMU(attributes, alias) "<iommu model='smmuv3'><driver pciBus='1' accel='on'" attributes "/>" alias "</iommu>"
#define LIVE_SMMU SMMU(" cmdqv='on'", "<alias name='iommu0'/>")
#define CONFIG_SMMU SMMU(" cmdqv='on'", "")
#define SOURCE(bus) "<driver iommufd='yes'/><source><address type='pci' domain='9' bus='" bus "'/></source>"
#define HOSTDEV(host, alias, bus) "<hostdev mode='subsystem' type='pci'>" SOURCE(host) alias \
    "<address type='pci' bus='" bus "'/></hostdev>"
#define UNPLACED "<hostdev mode='subsystem' type='pci'>" SOURCE("7") "</hostdev>"
#define POOLED(driver) "<interface type='network'><source network='n'/>" driver "</interface>"
#define TRANSIENT(host, bus) "<hostdev mode='subsystem' type='pci'>" SOURCE(host) \
    "<teaming type='transient' persistent='ua-n'/><address type='pci' bus='" bus "'/></hostdev>"
#define ALIAS(name) "<alias name='" name "'/>"
#define TWO_LIVE BUSES LIVE_SMMU HOSTDEV("1", ALIAS("hostdev0"), "2") HOSTDEV("2", ALIAS("hostdev1"), "3")
#define VFIO(id, bus) "vfio-pci,id=" id ",bus=pci." bus ",iommufd=x\n"
#define PROCESS "pxb-pcie,id=pci.1\npcie-root-port,id=pci.2,bus=pci.1\npcie-root-port,id=pci.3,bus=pci.1\n" \
    "pcie-root-port,id=pci.4,bus=pcie.0\narm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on,cmdqv=on\n"
#define COLD PROCESS VFIO("hostdev0", "2") VFIO("hostdev1", "3")

#define WANT(host) "<hostdev mode='subsystem' type='pci'>" SOURCE(host) "</hostdev>"

#define ANCHORS(device) "cannot detach device " device " from running domain 'g1': it anchors the CMDQV of vSMMU 'iommu0' " \
    "on bus 'pci.1', and the guest would lose its command queues; shut the domain down to remove it"
#define CANNOT_TELL(device, reason) "cannot detach device " device " from running domain 'g1': it is behind vSMMU 'iommu0' on bus " \
    "'pci.1', and which device anchors the CMDQV there is not known (" reason "); shut the domain down to remove it"
#define LAST(device) "cannot detach device " device " from the definition of domain 'g1': no PCI hostdev with iommufd would " \
    "be left to anchor the CMDQV of the vSMMU on bus 'pci.1'; add another one behind it first, or remove cmdqv='on'"

/* <devices> of the running domain, its process (NULL: unknown), the device to detach, and the refusal. */
static const struct {
    const char *name;
    const char *live;
    const char *process;
    const char *device;
    const char *refusal;
} lives[] = {
    { .name = "anchor", .live = TWO_LIVE, .process = COLD, .device = WANT("1"),
      .refusal = ANCHORS("'hostdev0' (host 0009:01:00.0)") },
    { .name = "other-behind-it", .live = TWO_LIVE, .process = COLD, .device = WANT("2"), .refusal = NULL },
    { .name = "order-turned", .live = TWO_LIVE, .process = PROCESS VFIO("hostdev1", "3") VFIO("hostdev0", "2"),
      .device = WANT("2"), .refusal = ANCHORS("'hostdev1' (host 0009:02:00.0)") },
    { .name = "elsewhere", .live = BUSES LIVE_SMMU HOSTDEV("1", ALIAS("hostdev0"), "2") HOSTDEV("2", ALIAS("hostdev1"), "4"),
      .process = PROCESS VFIO("hostdev0", "2") VFIO("hostdev1", "4"), .device = WANT("2"), .refusal = NULL },
    { .name = "not-there", .live = TWO_LIVE, .process = COLD, .device = WANT("5"), .refusal = NULL },
    { .name = "unrelated", .live = TWO_LIVE, .process = COLD, .device = "<disk type='file'><target dev='vda'/></disk>",
      .refusal = NULL },
    { .name = "hot-plugged-anchor",
      .live = BUSES LIVE_SMMU HOSTDEV("2", ALIAS("hostdev0"), "3") HOSTDEV("1", ALIAS("hostdev1"), "2"), .process = PROCESS,
      .device = WANT("2"), .refusal = ANCHORS("'hostdev0' (host 0009:02:00.0)") },
    { .name = "hot-plugged-second",
      .live = BUSES LIVE_SMMU HOSTDEV("2", ALIAS("hostdev0"), "3") HOSTDEV("1", ALIAS("hostdev1"), "2"), .process = PROCESS,
      .device = WANT("1"), .refusal = NULL },
    { .name = "no-process", .live = TWO_LIVE, .process = NULL, .device = WANT("2"),
      .refusal = CANNOT_TELL("'hostdev1' (host 0009:02:00.0)", "why") },
    { .name = "no-process-elsewhere",
      .live = BUSES LIVE_SMMU HOSTDEV("1", ALIAS("hostdev0"), "2") HOSTDEV("2", ALIAS("hostdev1"), "4"), .process = NULL,
      .device = WANT("2"), .refusal = NULL },
    { .name = "order-not-known",
      .live = BUSES LIVE_SMMU HOSTDEV("1", ALIAS("ua-a"), "2") "<interface type='hostdev'>" SOURCE("2") ALIAS("ua-n")
          "<address type='pci' bus='3'/></interface>",
      .process = PROCESS, .device = WANT("2"),
      .refusal = CANNOT_TELL("'ua-n' (host 0009:02:00.0)", "several devices were hot-plugged and the order is not known") },
    { .name = "interface-by-mac",
      .live = BUSES LIVE_SMMU "<interface type='hostdev'><mac address='52:54:00:00:09:01'/>" SOURCE("1") ALIAS("hostdev0")
          "<address type='pci' bus='2'/></interface>",
      .process = PROCESS VFIO("hostdev0", "2"),
      .device = "<interface type='hostdev'><mac address='52:54:0:0:9:1'/><source><address type='pci'/></source></interface>",
      .refusal = ANCHORS("'hostdev0' (host 0009:01:00.0)") },
    { .name = "interface-that-could-be-two",
      .live = BUSES LIVE_SMMU "<interface type='hostdev'>" SOURCE("2") ALIAS("hostdev0")
          "<address type='pci' bus='4'/></interface><interface type='hostdev'>" SOURCE("1") ALIAS("hostdev1")
          "<address type='pci' bus='2'/></interface>",
      .process = PROCESS VFIO("hostdev0", "4") VFIO("hostdev1", "2"),
      .device = "<interface type='hostdev'><source><address type='pci'/></source></interface>",
      .refusal = ANCHORS("'hostdev1' (host 0009:01:00.0)") },
};

/* <devices> of the definition, the device to detach, and the refusal. */
static const struct {
    const char *name;
    const char *definition;
    const char *device;
    const char *refusal;
} configs[] = {
    { .name = "last", .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2"), .device = WANT("1"),
      .refusal = LAST("(host 0009:01:00.0)") },
    { .name = "last-with-user-alias", .definition = BUSES CONFIG_SMMU HOSTDEV("1", ALIAS("ua-gpu"), "2"), .device = WANT("1"),
      .refusal = LAST("'ua-gpu' (host 0009:01:00.0)") },
    { .name = "another-left", .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2") HOSTDEV("2", "", "3"), .device = WANT("1"),
      .refusal = NULL },
    { .name = "another-left-elsewhere", .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2") HOSTDEV("2", "", "4"),
      .device = WANT("1"), .refusal = LAST("(host 0009:01:00.0)") },
    { .name = "another-left-without-iommufd",
      .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2") "<hostdev mode='subsystem' type='pci'><source>"
          "<address domain='9' bus='2'/></source><address type='pci' bus='3'/></hostdev>",
      .device = WANT("1"), .refusal = LAST("(host 0009:01:00.0)") },
    { .name = "another-left-transient", .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2") TRANSIENT("2", "3"),
      .device = WANT("1"), .refusal = LAST("(host 0009:01:00.0)") },
    { .name = "another-left-without-address", .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2") UNPLACED, .device = WANT("1"),
      .refusal = NULL },
    { .name = "another-left-on-a-network", .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2") POOLED(""), .device = WANT("1"),
      .refusal = LAST("(host 0009:01:00.0)") },
    { .name = "another-left-on-a-network-and-iommufd",
      .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2") POOLED("<driver iommufd='yes'/>"), .device = WANT("1"),
      .refusal = NULL },
    { .name = "elsewhere", .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2") HOSTDEV("2", "", "4"), .device = WANT("2"),
      .refusal = NULL },
    { .name = "not-there", .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2"), .device = WANT("5"), .refusal = NULL },
    { .name = "unrelated", .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2"), .device = "<memballoon model='virtio'/>",
      .refusal = NULL },
    { .name = "unsound-already", .definition = BUSES CONFIG_SMMU HOSTDEV("2", "", "4"), .device = WANT("2"), .refusal = NULL },
    { .name = "unsound-already-not-iommufd",
      .definition = BUSES CONFIG_SMMU "<hostdev mode='subsystem' type='pci'><source>"
          "<address domain='9' bus='2'/></source><address type='pci' bus='3'/></hostdev>",
      .device = WANT("2"), .refusal = NULL },
    { .name = "cmdqv-off", .definition = BUSES SMMU(" cmdqv='off'", "") HOSTDEV("1", "", "2"), .device = WANT("1"),
      .refusal = NULL },
    { .name = "cmdqv-absent", .definition = BUSES SMMU("", "") HOSTDEV("1", "", "2"), .device = WANT("1"), .refusal = NULL },
    { .name = "no-smmu", .definition = BUSES HOSTDEV("1", "", "2"), .device = WANT("1"), .refusal = NULL },
    { .name = "controller-of-the-last", .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2"),
      .device = "<controller type='pci' index='1' model='pcie-expander-bus'/>", .refusal = LAST("(PCI controller 1)") },
    { .name = "root-port-of-the-last", .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2"),
      .device = "<controller type='pci' index='2' model='pcie-root-port'/>", .refusal = LAST("(PCI controller 2)") },
    { .name = "root-port-of-one-of-two", .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2") HOSTDEV("2", "", "3"),
      .device = "<controller type='pci' index='2' model='pcie-root-port'/>", .refusal = NULL },
    { .name = "root-port-that-is-free", .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2"),
      .device = "<controller type='pci' index='3' model='pcie-root-port'/>", .refusal = NULL },
    { .name = "controller-elsewhere", .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2"),
      .device = "<controller type='pci' index='4' model='pcie-root-port'/>", .refusal = NULL },
    { .name = "controller-not-pci", .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2"),
      .device = "<controller type='usb' index='1'/>", .refusal = NULL },
    { .name = "controller-not-there", .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2"),
      .device = "<controller type='pci' index='9'/>", .refusal = NULL },
    { .name = "the-smmu-itself", .definition = BUSES CONFIG_SMMU HOSTDEV("1", "", "2"),
      .device = "<iommu model='smmuv3'><driver pciBus='1' accel='on' cmdqv='on'/></iommu>", .refusal = NULL },
    { .name = "second-of-two-vsmmus",
      .definition = BUSES "<controller type='pci' index='6' model='pcie-expander-bus'/>"
          "<controller type='pci' index='7' model='pcie-root-port'><address type='pci' bus='6'/></controller>"
          "<iommu model='smmuv3'><driver pciBus='6' accel='on' cmdqv='on'/></iommu>" CONFIG_SMMU HOSTDEV("2", "", "7")
          HOSTDEV("1", "", "2"),
      .device = WANT("1"), .refusal = LAST("(host 0009:01:00.0)") },
};


/* Words that Nova takes for success must be in none of our sentences. */
static void
cmdqvTestVerdict(const cmdqvVerdict *verdict, const char *refusal)
{
    g_assert_cmpstr(verdict ? verdict->message : NULL, ==, refusal);
    if (!verdict)
        return;
    g_assert_null(strstr(verdict->message, "not found"));
    g_assert_null(strstr(verdict->message, "already in the process of unplug"));
    g_assert_nonnull(strstr(verdict->message, verdict->device));
    g_assert_nonnull(strstr(verdict->message, verdict->smmu));
    g_assert_true(cmdqvRuleTableIsFixed(cmdqvRuleTableFind(verdict->rule)));
}


static void
cmdqvTestLive(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(cmdqvTopology) live = cmdqvTestDomain(lives[i].live);
    g_autoptr(cmdqvTopology) process = lives[i].process ? cmdqvTestProcess(lives[i].process) : NULL;
    g_autoptr(GPtrArray) anchors = cmdqvAnchorTrackLive(live, process, process ? NULL : "why", true);
    g_autoptr(cmdqvDevice) device = cmdqvDeviceXMLRead(lives[i].device, strlen(lives[i].device), NULL);
    g_autoptr(cmdqvVerdict) verdict = cmdqvDetachPolicyLive("g1", live, anchors, device);

    cmdqvTestVerdict(verdict, lives[i].refusal);
}


static void
cmdqvTestLiveAlias(gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(cmdqvTopology) live = cmdqvTestDomain(TWO_LIVE);
    g_autoptr(cmdqvTopology) process = cmdqvTestProcess(COLD);
    g_autoptr(GPtrArray) anchors = cmdqvAnchorTrackLive(live, process, NULL, true);
    g_autoptr(cmdqvDevice) anchor = cmdqvDeviceNewAlias("hostdev0");
    g_autoptr(cmdqvDevice) other = cmdqvDeviceNewAlias("hostdev1");
    g_autoptr(cmdqvVerdict) refused = cmdqvDetachPolicyLive("g1", live, anchors, anchor);
    g_autoptr(cmdqvVerdict) allowed = cmdqvDetachPolicyLive("g1", live, anchors, other);

    cmdqvTestVerdict(refused, ANCHORS("'hostdev0' (host 0009:01:00.0)"));
    cmdqvTestVerdict(allowed, NULL);
}


static void
cmdqvTestConfig(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(cmdqvTopology) definition = cmdqvTestDomain(configs[i].definition);
    g_autoptr(cmdqvDevice) device = cmdqvDeviceXMLRead(configs[i].device, strlen(configs[i].device), NULL);
    g_autofree char *before = cmdqvTestDescribeTopology(definition);
    g_autoptr(cmdqvVerdict) verdict = cmdqvDetachPolicyConfig("g1", definition, device);
    g_autofree char *after = cmdqvTestDescribeTopology(definition);

    cmdqvTestVerdict(verdict, configs[i].refusal);
    g_assert_cmpstr(after, ==, before);
}


/* A client that has detached the device from the definition first is told so. */
static void
cmdqvTestLost(gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(cmdqvTopology) live = cmdqvTestDomain(TWO_LIVE);
    g_autoptr(cmdqvTopology) process = cmdqvTestProcess(COLD);
    g_autoptr(cmdqvTopology) has = cmdqvTestDomain(BUSES CONFIG_SMMU HOSTDEV("1", "", "2") HOSTDEV("2", "", "3"));
    g_autoptr(cmdqvTopology) hasNot = cmdqvTestDomain(BUSES CONFIG_SMMU HOSTDEV("2", "", "3"));
    g_autoptr(GPtrArray) anchors = cmdqvAnchorTrackLive(live, process, NULL, true);
    g_autoptr(cmdqvDevice) anchor = cmdqvDeviceNewAlias("hostdev0");
    g_autoptr(cmdqvVerdict) verdict = cmdqvDetachPolicyLive("g1", live, anchors, anchor);

    cmdqvDetachPolicyNoteLost(verdict, "g1", live, anchors, has, anchor);
    cmdqvTestVerdict(verdict, ANCHORS("'hostdev0' (host 0009:01:00.0)"));
    cmdqvDetachPolicyNoteLost(verdict, "g1", live, anchors, hasNot, anchor);
    cmdqvTestVerdict(verdict, ANCHORS("'hostdev0' (host 0009:01:00.0)") "; the definition of the domain has lost the device already: put its "
                     "<hostdev> from 'virsh dumpxml g1' into a FILE, and run 'virsh attach-device g1 FILE --config'");
}


/* A manager that detaches every device detaches none of a domain with an anchor. */
static void
cmdqvTestOneOfAll(void)
{
    g_autoptr(cmdqvTopology) live = cmdqvTestDomain(TWO_LIVE);
    g_autoptr(cmdqvTopology) process = cmdqvTestProcess(COLD);
    g_autoptr(cmdqvTopology) definition = cmdqvTestDomain(BUSES CONFIG_SMMU HOSTDEV("1", "", "2") HOSTDEV("2", "", "3"));
    g_autoptr(cmdqvTopology) lost = cmdqvTestDomain(BUSES CONFIG_SMMU HOSTDEV("1", "", "2"));
    g_autoptr(GPtrArray) anchors = cmdqvAnchorTrackLive(live, process, NULL, true);
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(cmdqvDevice) other = cmdqvDeviceNewAlias("hostdev1");
    g_autoptr(cmdqvVerdict) verdict = cmdqvDetachPolicyOneOfAll("g1", live, anchors, definition, other);

    cmdqvTestVerdict(verdict, "cannot detach device 'hostdev1' (host 0009:02:00.0) from running domain 'g1' alone: a suspend, a cold "
                     "snapshot or a live migration would detach all, and device 'hostdev0' (host 0009:01:00.0) must stay: it anchors "
                     "the CMDQV of vSMMU 'iommu0' on bus 'pci.1'; shut the instance down instead");
    g_assert_null(cmdqvDetachPolicyOneOfAll("g1", live, none, definition, other));
    g_assert_null(cmdqvDetachPolicyOneOfAll("g1", live, anchors, lost, other));
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(lives); i++) {
        g_autofree char *path = g_strconcat("/policy/live/", lives[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestLive);
    }
    g_test_add_data_func("/policy/live/alias", NULL, cmdqvTestLiveAlias);
    g_test_add_data_func("/policy/live/lost", NULL, cmdqvTestLost);
    g_test_add_func("/policy/live/one-of-all", cmdqvTestOneOfAll);
    for (i = 0; i < G_N_ELEMENTS(configs); i++) {
        g_autofree char *path = g_strconcat("/policy/config/", configs[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestConfig);
    }
    return g_test_run();
}
