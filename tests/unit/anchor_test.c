/*
 * anchor_test.c: which endpoint anchors which vSMMU
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "test_devices.h"
#include "testutils.h"
#include "qemu/anchor.h"

/* Both sides have two expander buses, pci.1 with ports 2, 3 and 4, and pci.5 with ports 6 and 7. */
#define PORT(port, bus) "<controller type='pci' index='" port "' model='pcie-root-port'><alias name='pci." port "'/>" \
    "<address type='pci' bus='" bus "' slot='" port "'/></controller>"
#define EXPANDER(bus) "<controller type='pci' index='" bus "' model='pcie-expander-bus'><alias name='pci." bus "'/></controller>"
#define BUSES EXPANDER("1") PORT("2", "1") PORT("3", "1") PORT("4", "1") EXPANDER("5") PORT("6", "5") PORT("7", "5")
#define IOMMU(alias, driver) "<iommu model='smmuv3'><driver " driver "/><alias name='" alias "'/></iommu>"
#define IOMMU0 IOMMU("iommu0", "pciBus='1' accel='on' cmdqv='on'")
#define IOMMU_AUTO IOMMU("iommu0", "pciBus='1' accel='on'")
#define HOSTDEV(alias, port) HOSTDEV_OF("1", alias, port)
#define HOSTDEV_OF(host, alias, port) "<hostdev mode='subsystem' type='pci'><driver iommufd='yes'/><source><address bus='" host "'/>" \
    "</source><alias name='" alias "'/><address type='pci' bus='" port "'/></hostdev>"
#define TRANSIENT(alias, port) "<hostdev mode='subsystem' type='pci'><driver iommufd='yes'/><source><address bus='1'/></source>" \
    "<teaming type='transient' persistent='ua-n'/><alias name='" alias "'/><address type='pci' bus='" port "'/></hostdev>"
#define INTERFACE(alias, port) "<interface type='hostdev'><driver iommufd='yes'/><source><address type='pci' bus='1'/></source>" \
    "<alias name='" alias "'/><address type='pci' bus='" port "'/></interface>"

#define ARGV_PORT(port, bus) "{\"driver\":\"pcie-root-port\",\"id\":\"pci." port "\",\"bus\":\"pci." bus "\"}\n"
#define ARGV_EXPANDER(bus) "{\"driver\":\"pxb-pcie\",\"id\":\"pci." bus "\",\"bus\":\"pcie.0\"}\n"
#define ARGV_BUSES ARGV_EXPANDER("1") ARGV_PORT("2", "1") ARGV_PORT("3", "1") ARGV_PORT("4", "1") \
    ARGV_EXPANDER("5") ARGV_PORT("6", "5") ARGV_PORT("7", "5")
#define SMMU(id, bus, more) "{\"driver\":\"arm-smmuv3\",\"id\":\"" id "\",\"primary-bus\":\"pci." bus "\",\"accel\":true" more "}\n"
#define SMMU0 SMMU("iommu0", "1", ",\"cmdqv\":\"on\"")
#define SMMU1 SMMU("iommu1", "5", ",\"cmdqv\":\"on\"")
#define VFIO(id, port) "{\"driver\":\"vfio-pci\",\"id\":\"" id "\",\"bus\":\"pci." port "\",\"iommufd\":\"iommufd0\"}\n"
#define VFIO_TRANSIENT(id, port) "{\"driver\":\"vfio-pci\",\"id\":\"" id "\",\"bus\":\"pci." port "\",\"iommufd\":\"iommufd0\"," \
    "\"failover_pair_id\":\"ua-n\"}\n"

#define HELD_BACK " (a failover primary anchors only after the guest has asked for it)"
#define UNORDERED " (several devices were hot-plugged and the order is not known)"

/*
 * <devices> of the live XML, the -device values of the process (NULL: unknown),
 * and for each vSMMU its anchor and how that is known.
 */
static const struct {
    const char *name;
    bool hostWithout;
    const char *live;
    const char *process;
    const char *expected;
} lives[] = {
    { .name = "one", .live = BUSES IOMMU0 HOSTDEV("hostdev0", "2"), .process = ARGV_BUSES SMMU0 VFIO("hostdev0", "2"),
      .expected = "iommu0 pci.1 argv: hostdev0\n" },
    { .name = "first-of-two", .live = BUSES IOMMU0 HOSTDEV("hostdev0", "2") HOSTDEV("hostdev1", "3"),
      .process = ARGV_BUSES SMMU0 VFIO("hostdev0", "2") VFIO("hostdev1", "3"), .expected = "iommu0 pci.1 argv: hostdev0\n" },
    { .name = "order-turned", .live = BUSES IOMMU0 HOSTDEV("hostdev0", "3") HOSTDEV("hostdev1", "2"),
      .process = ARGV_BUSES SMMU0 VFIO("hostdev0", "3") VFIO("hostdev1", "2"), .expected = "iommu0 pci.1 argv: hostdev0\n" },
    { .name = "order-of-argv-not-of-xml", .live = BUSES IOMMU0 HOSTDEV("hostdev0", "2") HOSTDEV("hostdev1", "3"),
      .process = ARGV_BUSES SMMU0 VFIO("hostdev1", "3") VFIO("hostdev0", "2"), .expected = "iommu0 pci.1 argv: hostdev1\n" },
    { .name = "interface-first", .live = BUSES IOMMU0 HOSTDEV("hostdev1", "2") INTERFACE("hostdev0", "3"),
      .process = ARGV_BUSES SMMU0 VFIO("hostdev0", "3") VFIO("hostdev1", "2"), .expected = "iommu0 pci.1 argv: hostdev0\n" },
    { .name = "keyval-first", .live = BUSES IOMMU0 HOSTDEV("hostdev0", "2") HOSTDEV("hostdev1", "3"),
      .process = ARGV_BUSES "arm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on,cmdqv=on\n" VFIO("hostdev0", "2")
          "vfio-pci,id=hostdev1,bus=pci.3,iommufd=x\n",
      .expected = "iommu0 pci.1 argv: hostdev1\n" },
    { .name = "two-vsmmus",
      .live = BUSES IOMMU0 IOMMU("iommu1", "pciBus='5' accel='on' cmdqv='on'") HOSTDEV("hostdev0", "6") HOSTDEV("hostdev1", "2")
          HOSTDEV("hostdev2", "3"),
      .process = ARGV_BUSES SMMU0 SMMU1 VFIO("hostdev0", "6") VFIO("hostdev1", "2") VFIO("hostdev2", "3"),
      .expected = "iommu0 pci.1 argv: hostdev1\niommu1 pci.5 argv: hostdev0\n" },
    { .name = "behind-neither", .live = BUSES IOMMU0 HOSTDEV("hostdev0", "6") HOSTDEV("hostdev1", "2"),
      .process = ARGV_BUSES SMMU0 VFIO("hostdev0", "6") VFIO("hostdev1", "2"), .expected = "iommu0 pci.1 argv: hostdev1\n" },
    { .name = "without-iommufd", .live = BUSES IOMMU0 HOSTDEV("hostdev0", "2") HOSTDEV("hostdev1", "3"),
      .process = ARGV_BUSES SMMU0 "vfio-pci,id=hostdev0,bus=pci.2\n" VFIO("hostdev1", "3"),
      .expected = "iommu0 pci.1 argv: hostdev1\n" },
    { .name = "user-aliases", .live = BUSES IOMMU0 HOSTDEV("ua-b", "2") HOSTDEV("ua-a", "3"),
      .process = ARGV_BUSES SMMU0 VFIO("ua-b", "2") VFIO("ua-a", "3"), .expected = "iommu0 pci.1 argv: ua-b\n" },


    { .name = "hot-plugged-later", .live = BUSES IOMMU0 HOSTDEV("hostdev1", "2") HOSTDEV("hostdev0", "3"),
      .process = ARGV_BUSES SMMU0 VFIO("hostdev0", "3"), .expected = "iommu0 pci.1 argv: hostdev0\n" },
    { .name = "interface-hot-plugged-later", .live = BUSES IOMMU0 HOSTDEV("hostdev0", "3") INTERFACE("hostdev1", "2"),
      .process = ARGV_BUSES SMMU0 VFIO("hostdev0", "3"), .expected = "iommu0 pci.1 argv: hostdev0\n" },
    { .name = "hot-plugged-first", .live = BUSES IOMMU0 HOSTDEV("hostdev0", "2"), .process = ARGV_BUSES SMMU0,
      .expected = "iommu0 pci.1 hotplug: hostdev0\n" },
    { .name = "hot-plugged-two", .live = BUSES IOMMU0 HOSTDEV("hostdev0", "3") HOSTDEV("hostdev1", "2"),
      .process = ARGV_BUSES SMMU0, .expected = "iommu0 pci.1 hotplug: hostdev0\n" },
    { .name = "hot-plugged-interfaces", .live = BUSES IOMMU0 INTERFACE("hostdev0", "3") INTERFACE("hostdev1", "2"),
      .process = ARGV_BUSES SMMU0, .expected = "iommu0 pci.1 hotplug: hostdev0\n" },
    { .name = "hot-plugged-user-aliases", .live = BUSES IOMMU0 HOSTDEV("ua-z", "3") HOSTDEV("ua-a", "2"),
      .process = ARGV_BUSES SMMU0, .expected = "iommu0 pci.1 hotplug: ua-z\n" },
    { .name = "hot-plugged-mixed-automatic", .live = BUSES IOMMU0 INTERFACE("hostdev1", "3") HOSTDEV("hostdev0", "2"),
      .process = ARGV_BUSES SMMU0, .expected = "iommu0 pci.1 hotplug: hostdev0\n" },
    { .name = "hot-plugged-mixed-ten", .live = BUSES IOMMU0 INTERFACE("hostdev10", "3") HOSTDEV("hostdev9", "2"),
      .process = ARGV_BUSES SMMU0, .expected = "iommu0 pci.1 hotplug: hostdev9\n" },
    { .name = "hot-plugged-mixed-user", .live = BUSES IOMMU0 INTERFACE("ua-nic", "3") HOSTDEV("hostdev0", "2"),
      .process = ARGV_BUSES SMMU0, .expected = "iommu0 pci.1 unknown: ua-nic hostdev0" UNORDERED "\n" },
    { .name = "hot-plugged-elsewhere", .live = BUSES IOMMU0 HOSTDEV("hostdev0", "6"), .process = ARGV_BUSES SMMU0,
      .expected = "iommu0 pci.1 none:\n" },
    { .name = "cold-elsewhere-hot-here", .live = BUSES IOMMU0 HOSTDEV("hostdev0", "6") HOSTDEV("hostdev1", "2"),
      .process = ARGV_BUSES SMMU0 VFIO("hostdev0", "6"), .expected = "iommu0 pci.1 hotplug: hostdev1\n" },
    { .name = "two-vsmmus-one-hot-plugged",
      .live = BUSES IOMMU0 IOMMU("iommu1", "pciBus='5' accel='on'") HOSTDEV("hostdev0", "2") HOSTDEV("hostdev1", "7")
          HOSTDEV("hostdev2", "6"),
      .process = ARGV_BUSES SMMU0 SMMU("iommu1", "5", "") VFIO("hostdev0", "2"),
      .expected = "iommu0 pci.1 argv: hostdev0\niommu1 pci.5 hotplug: hostdev1\n" },


    { .name = "failover-is-hidden", .live = BUSES IOMMU0 TRANSIENT("hostdev0", "2") HOSTDEV("hostdev1", "3"),
      .process = ARGV_BUSES SMMU0 VFIO_TRANSIENT("hostdev0", "2") VFIO("hostdev1", "3"),
      .expected = "iommu0 pci.1 argv: hostdev1\n" },
    { .name = "failover-alone", .live = BUSES IOMMU0 TRANSIENT("hostdev0", "2"),
      .process = ARGV_BUSES SMMU0 VFIO_TRANSIENT("hostdev0", "2"), .expected = "iommu0 pci.1 unknown: hostdev0" HELD_BACK "\n" },
    { .name = "failover-and-hot-plugged", .live = BUSES IOMMU0 TRANSIENT("hostdev0", "2") HOSTDEV("hostdev1", "3"),
      .process = ARGV_BUSES SMMU0 VFIO_TRANSIENT("hostdev0", "2"),
      .expected = "iommu0 pci.1 unknown: hostdev0 hostdev1" HELD_BACK "\n" },
    { .name = "ejected-by-the-guest", .live = BUSES IOMMU0 HOSTDEV("hostdev1", "3"),
      .process = ARGV_BUSES SMMU0 VFIO("hostdev0", "2") VFIO("hostdev1", "3"),
      .expected = "iommu0 pci.1 argv: (device 'hostdev0' anchored it and is no longer in the domain)\n" },
    { .name = "alias-reused-elsewhere", .live = BUSES IOMMU0 HOSTDEV("hostdev0", "6") HOSTDEV("hostdev1", "3"),
      .process = ARGV_BUSES SMMU0 VFIO("hostdev0", "2") VFIO("hostdev1", "3"),
      .expected = "iommu0 pci.1 argv: (device 'hostdev0' anchored it and is no longer in the domain)\n" },


    { .name = "no-process", .live = BUSES IOMMU0 HOSTDEV("hostdev0", "2") HOSTDEV("hostdev1", "6") INTERFACE("hostdev2", "3"),
      .process = NULL, .expected = "iommu0 pci.1 unknown: hostdev2 hostdev0 (why)\n" },
    { .name = "no-process-nobody", .live = BUSES IOMMU0, .process = NULL, .expected = "iommu0 pci.1 unknown: (why)\n" },
    { .name = "no-smmu", .live = BUSES HOSTDEV("hostdev0", "2"), .process = ARGV_BUSES VFIO("hostdev0", "2"), .expected = "" },
    { .name = "cmdqv-off", .live = BUSES HOSTDEV("hostdev0", "2"),
      .process = ARGV_BUSES SMMU("iommu0", "1", ",\"cmdqv\":\"off\"") VFIO("hostdev0", "2"),
      .expected = "iommu0 pci.1 inactive: (CMDQV is switched off)\n" },
    { .name = "cmdqv-off-json-boolean", .live = BUSES HOSTDEV("hostdev0", "2"),
      .process = ARGV_BUSES SMMU("iommu0", "1", ",\"cmdqv\":false") VFIO("hostdev0", "2"),
      .expected = "iommu0 pci.1 inactive: (CMDQV is switched off)\n" },
    { .name = "not-accelerated", .live = BUSES HOSTDEV("hostdev0", "2"),
      .process = ARGV_BUSES "arm-smmuv3,id=iommu0,primary-bus=pci.1\n" VFIO("hostdev0", "2"),
      .expected = "iommu0 pci.1 inactive: (the SMMU is not accelerated)\n" },
    { .name = "cmdqv-absent", .live = BUSES HOSTDEV("hostdev0", "2"),
      .process = ARGV_BUSES SMMU("iommu0", "1", "") VFIO("hostdev0", "2"), .expected = "iommu0 pci.1 argv: hostdev0\n" },
    { .name = "cmdqv-auto", .live = BUSES HOSTDEV("hostdev0", "2"),
      .process = ARGV_BUSES SMMU("iommu0", "1", ",\"cmdqv\":\"auto\"") VFIO("hostdev0", "2"),
      .expected = "iommu0 pci.1 argv: hostdev0\n" },
    { .name = "cmdqv-absent-host-without", .hostWithout = true, .live = BUSES HOSTDEV("hostdev0", "2"),
      .process = ARGV_BUSES SMMU("iommu0", "1", "") VFIO("hostdev0", "2"),
      .expected = "iommu0 pci.1 inactive: (CMDQV is left to QEMU and the host has none)\n" },
    { .name = "cmdqv-on-host-without", .hostWithout = true, .live = BUSES HOSTDEV("hostdev0", "2"),
      .process = ARGV_BUSES SMMU0 VFIO("hostdev0", "2"), .expected = "iommu0 pci.1 argv: hostdev0\n" },
    { .name = "process-knows-better", .live = BUSES IOMMU("iommu0", "pciBus='1' accel='on' cmdqv='off'") HOSTDEV("hostdev0", "2"),
      .process = ARGV_BUSES SMMU0 VFIO("hostdev0", "2"), .expected = "iommu0 pci.1 argv: hostdev0\n" },
    { .name = "foreign-ids", .live = BUSES IOMMU0 HOSTDEV("hostdev0", "2"),
      .process = ARGV_BUSES "arm-smmuv3,primary-bus=pci.1,accel=on,cmdqv=on\nvfio-pci,bus=pci.2,iommufd=x\n",
      .expected = " pci.1 argv: (device 'vfio-pci' (on bus 'pci.2') anchored it and is no longer in the domain)\n" },
    { .name = "foreign-ids-in-a-slot", .live = BUSES IOMMU0 HOSTDEV("hostdev0", "2"),
      .process = ARGV_BUSES "arm-smmuv3,primary-bus=pci.1,accel=on,cmdqv=on\nvfio-pci,bus=pci.2,addr=0x0,iommufd=x\n",
      .expected = " pci.1 argv: (device 'vfio-pci' (on bus 'pci.2', slot 0) anchored it and is no longer in the domain)\n" },
    { .name = "foreign-ids-of-the-host", .live = BUSES IOMMU0 HOSTDEV("hostdev0", "2"),
      .process = ARGV_BUSES "arm-smmuv3,primary-bus=pci.1,accel=on,cmdqv=on\nvfio-pci,host=0009:01:00.0,bus=pci.2,iommufd=x\n",
      .expected = " pci.1 argv: (device (host 0009:01:00.0) anchored it and is no longer in the domain)\n" },
};

/* <devices> of the definition. */
static const struct {
    const char *name;
    bool hostWithout;
    const char *definition;
    const char *expected;
} definitions[] = {
    { .name = "one", .definition = BUSES IOMMU0 HOSTDEV("ua-a", "2") HOSTDEV("ua-b", "3"),
      .expected = "iommu0 pci.1 definition: ua-a\n" },
    { .name = "interface-first", .definition = BUSES IOMMU0 HOSTDEV("ua-a", "2") INTERFACE("ua-n", "3"),
      .expected = "iommu0 pci.1 definition: ua-n\n" },
    { .name = "nobody", .definition = BUSES IOMMU0 HOSTDEV("ua-a", "6"), .expected = "iommu0 pci.1 none:\n" },
    { .name = "failover", .definition = BUSES IOMMU0 TRANSIENT("ua-t", "2") HOSTDEV("ua-a", "3"),
      .expected = "iommu0 pci.1 definition: ua-a\n" },
    { .name = "off", .definition = BUSES IOMMU("iommu0", "pciBus='1' accel='on' cmdqv='off'") HOSTDEV("ua-a", "2"),
      .expected = "iommu0 pci.1 inactive: (CMDQV is switched off)\n" },
    { .name = "absent", .definition = BUSES IOMMU("iommu0", "pciBus='1' accel='on'") HOSTDEV("ua-a", "2"),
      .expected = "iommu0 pci.1 definition: ua-a\n" },
    { .name = "absent-host-without", .hostWithout = true,
      .definition = BUSES IOMMU("iommu0", "pciBus='1' accel='on'") HOSTDEV("ua-a", "2"),
      .expected = "iommu0 pci.1 inactive: (CMDQV is left to QEMU and the host has none)\n" },
};


static char *
cmdqvTestDescribe(const cmdqvTopology *topology, const GPtrArray *anchors)
{
    GString *text = g_string_new(NULL);
    guint i;
    guint j;

    for (i = 0; i < anchors->len; i++) {
        const cmdqvAnchor *anchor = g_ptr_array_index(anchors, i);

        g_string_append_printf(text, "%s %s %s:", anchor->smmu.id ? anchor->smmu.id : "", anchor->busName,
                               cmdqvAnchorSourceToString(anchor->source));
        for (j = 0; j < anchor->endpoints->len; j++) {
            guint endpoint = g_array_index(anchor->endpoints, guint, j);

            g_string_append_printf(text, " %s", cmdqvTopologyGetEndpoint(topology, (int)endpoint)->id);
            g_assert_true(cmdqvAnchorOf(anchors, endpoint) == anchor);
        }
        if (anchor->detail)
            g_string_append_printf(text, " (%s)", anchor->detail);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}


static void
cmdqvTestLive(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(cmdqvTopology) live = cmdqvTestDomain(lives[i].live);
    g_autoptr(cmdqvTopology) process = lives[i].process ? cmdqvTestProcess(lives[i].process) : NULL;
    g_autoptr(GPtrArray) anchors = cmdqvAnchorTrackLive(live, process, process ? NULL : "why", !lives[i].hostWithout);
    g_autofree char *text = cmdqvTestDescribe(live, anchors);

    g_assert_cmpstr(text, ==, lives[i].expected);
}


static void
cmdqvTestDefinition(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(cmdqvTopology) definition = cmdqvTestDomain(definitions[i].definition);
    g_autoptr(GPtrArray) anchors = cmdqvAnchorTrackDefinition(definition, !definitions[i].hostWithout);
    g_autofree char *text = cmdqvTestDescribe(definition, anchors);

    g_assert_cmpstr(text, ==, definitions[i].expected);
}


/* Device 0000:01 is behind a host SMMU without CMDQV, 0000:02 behind one with it; of others nothing is known. */
static char *
cmdqvTestHostSmmu(const char *device, gpointer data G_GNUC_UNUSED)
{
    if (g_str_has_prefix(device, "0000:01:"))
        return g_strdup("without");
    return g_str_has_prefix(device, "0000:02:") ? g_strdup("with") : NULL;
}


static void
cmdqvTestSettleHost(void)
{
    static const char *const withoutCmdqv[] = { "another", "without", NULL };
    static const struct {
        const char *live;
        const char *process;
        const char *expected;
    } hosts[] = {
        { .live = BUSES IOMMU_AUTO HOSTDEV("hostdev0", "2"), .process = ARGV_BUSES SMMU("iommu0", "1", "") VFIO("hostdev0", "2"),
          .expected = "iommu0 pci.1 inactive: (CMDQV is left to QEMU and the host SMMU of the device has none)\n" },
        { .live = BUSES IOMMU_AUTO HOSTDEV("hostdev0", "2"),
          .process = ARGV_BUSES SMMU("iommu0", "1", ",\"cmdqv\":\"on\"") VFIO("hostdev0", "2"),
          .expected = "iommu0 pci.1 argv: hostdev0\n" },
        { .live = BUSES IOMMU_AUTO HOSTDEV_OF("2", "hostdev0", "2"),
          .process = ARGV_BUSES SMMU("iommu0", "1", "") VFIO("hostdev0", "2"), .expected = "iommu0 pci.1 argv: hostdev0\n" },
        { .live = BUSES IOMMU_AUTO HOSTDEV_OF("3", "hostdev0", "2"),
          .process = ARGV_BUSES SMMU("iommu0", "1", "") VFIO("hostdev0", "2"), .expected = "iommu0 pci.1 argv: hostdev0\n" },
        { .live = BUSES IOMMU_AUTO HOSTDEV("hostdev0", "2") HOSTDEV_OF("2", "hostdev1", "3"), .process = NULL,
          .expected = "iommu0 pci.1 unknown: hostdev0 hostdev1 (why)\n" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(hosts); i++) {
        g_autoptr(cmdqvTopology) live = cmdqvTestDomain(hosts[i].live);
        g_autoptr(cmdqvTopology) process = hosts[i].process ? cmdqvTestProcess(hosts[i].process) : NULL;
        g_autoptr(GPtrArray) anchors = cmdqvAnchorTrackLive(live, process, process ? NULL : "why", true);
        g_autofree char *text = NULL;

        cmdqvAnchorSettleHost(anchors, live, cmdqvTestHostSmmu, NULL, withoutCmdqv);
        text = cmdqvTestDescribe(live, anchors);
        g_assert_cmpstr(text, ==, hosts[i].expected);
    }
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(lives); i++) {
        g_autofree char *path = g_strconcat("/anchor/live/", lives[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestLive);
    }
    for (i = 0; i < G_N_ELEMENTS(definitions); i++) {
        g_autofree char *path = g_strconcat("/anchor/definition/", definitions[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestDefinition);
    }
    g_test_add_func("/anchor/settle-host", cmdqvTestSettleHost);
    return g_test_run();
}
