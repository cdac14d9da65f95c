/*
 * start_check_test.c: parts that a domain asks for and its QEMU was not given
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * argv_write_test checks that nothing is missed if nothing is lost.
 */

#include <string.h>

#include "testutils.h"
#include "conf/domain_xml.h"
#include "policy/start_check.h"
#include "qemu/argv_read.h"
#include "qemu/argv_split.h"

#define HEAD "qemu -uuid c7a5fdbd-edaf-9455-926a-d65c16db1809 -device pxb-pcie,id=pci.1 -device pcie-root-port,id=pci.2,bus=pci.1 " \
    "-device pcie-root-port,id=pci.3,bus=pci.1 -device pcie-root-port,id=pci.4,bus=pcie.0 "
#define VFIO0 " -device vfio-pci,id=hostdev0,fd=20,iommufd=iommufd0,bus=pci.2"
#define VFIO1 " -device vfio-pci,id=hostdev1,fd=21,iommufd=iommufd0,bus=pci.3"
#define PORT(index, bus) "<controller type='pci' index='" #index "' model='pcie-root-port'><address type='pci' bus='" #bus \
    "' slot='" #index "'/></controller>"
#define HOSTDEV(bus, host, more) "<hostdev mode='subsystem' type='pci'><driver iommufd='yes'/><source><address domain='9' bus='" host \
    "'/></source>" more "<address type='pci' bus='" bus "'/></hostdev>"
#define XML(driver, smmu, first, second) "<domain type='kvm'><name>g1</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid><devices>" \
    "<controller type='pci' index='1' model='pcie-expander-bus'/>" PORT(2, 1) PORT(3, 1) PORT(4, 0) \
    "<iommu model='smmuv3'><driver pciBus='1' " driver "/>" smmu "</iommu>" HOSTDEV("2", "1", first) HOSTDEV("3", "2", second) \
    "</devices></domain>"
#define ALIAS(name) "<alias name='" name "'/>"
#define LIVE(driver) XML(driver, ALIAS("iommu0"), ALIAS("hostdev0"), ALIAS("hostdev1"))
#define ON "accel='on' cmdqv='on'"
#define ALL " ats='on' ril='off' ssidsize='20' oas='48'"

/* XML, the command line, and the losses: SMMUs, devices, reasons. */
static const struct {
    const char *name;
    const char *xml;
    const char *argv;
    const char *lost;
} cases[] = {
    { .name = "nothing", .xml = LIVE(ON),
      .argv = HEAD "-device arm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on,cmdqv=on" VFIO0 VFIO1, .lost = "" },
    { .name = "nothing-of-a-client", .xml = XML(ON, "", "", ""),
      .argv = HEAD "-device arm-smmuv3,id=x,primary-bus=pci.1,accel=on,cmdqv=on" VFIO0 VFIO1, .lost = "" },
    { .name = "nothing-of-a-boolean", .xml = LIVE(ON ALL),
      .argv = HEAD "-device arm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on,ats=on,ril=off,pasid=on,oas=48,tegra241-cmdqv=on"
          VFIO0 VFIO1,
      .lost = "" },
    { .name = "nothing-asked", .xml = LIVE("accel='on' cmdqv='off'"), .argv = HEAD, .lost = "" },
    { .name = "nothing-asked-plain", .xml = LIVE(""), .argv = HEAD, .lost = "" },
    { .name = "left-to-qemu", .xml = LIVE("accel='on'"),
      .argv = HEAD "-device arm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on" VFIO0 VFIO1, .lost = "" },
    { .name = "left-to-qemu-and-off", .xml = LIVE("accel='on'"),
      .argv = HEAD "-device arm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on,cmdqv=off" VFIO0 VFIO1,
      .lost = "iommu0||vSMMU 'iommu0' has cmdqv=off" },
    { .name = "no-smmu", .xml = LIVE(ON), .argv = HEAD VFIO0 VFIO1, .lost = "iommu0||vSMMU 'iommu0' is not there" },
    { .name = "no-smmu-of-a-client", .xml = XML(ON, "", "", ""), .argv = HEAD VFIO0 VFIO1,
      .lost = "iommu0||vSMMU 'iommu0' is not there" },
    { .name = "machine-wide", .xml = LIVE(ON), .argv = HEAD "-machine virt,iommu=smmuv3" VFIO0 VFIO1,
      .lost = "iommu0||vSMMU 'iommu0' is not there" },
    { .name = "cmdqv-off", .xml = LIVE(ON),
      .argv = HEAD "-device arm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on,cmdqv=off" VFIO0 VFIO1,
      .lost = "iommu0||vSMMU 'iommu0' has cmdqv=off, not cmdqv=on" },
    { .name = "cmdqv-absent", .xml = LIVE(ON), .argv = HEAD "-device arm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on" VFIO0 VFIO1,
      .lost = "iommu0||vSMMU 'iommu0' has no cmdqv=on" },
    { .name = "plain", .xml = LIVE(ON), .argv = HEAD "-device arm-smmuv3,id=iommu0,primary-bus=pci.1" VFIO0 VFIO1,
      .lost = "iommu0||vSMMU 'iommu0' is not accelerated|vSMMU 'iommu0' has no cmdqv=on" },
    { .name = "properties", .xml = LIVE(ON ALL),
      .argv = HEAD "-device arm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on,cmdqv=on,ats=off,ssidsize=0,oas=48" VFIO0 VFIO1,
      .lost = "iommu0||vSMMU 'iommu0' has ats=off, not ats=on|vSMMU 'iommu0' has no ril=off|vSMMU 'iommu0' has ssidsize=0, "
          "not ssidsize=20" },
    { .name = "no-device", .xml = LIVE(ON), .argv = HEAD "-device arm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on,cmdqv=on" VFIO1,
      .lost = "iommu0|hostdev0|'hostdev0', to be behind vSMMU 'iommu0', is not there" },
    { .name = "no-devices-of-a-client", .xml = XML(ON, "", "", ""),
      .argv = HEAD "-device arm-smmuv3,primary-bus=pci.1,accel=on,cmdqv=on" VFIO1,
      .lost = "iommu0|0009:02:00.0|'0009:02:00.0', to be behind vSMMU 'iommu0', is not there" },
    { .name = "elsewhere", .xml = LIVE(ON),
      .argv = HEAD "-device arm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on,cmdqv=on" VFIO0
          " -device vfio-pci,id=hostdev1,fd=21,iommufd=iommufd0,bus=pci.4",
      .lost = "iommu0|hostdev1|'hostdev1', to be behind vSMMU 'iommu0', is elsewhere" },
    { .name = "before-the-smmu", .xml = LIVE(ON),
      .argv = HEAD VFIO0 " -device arm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on,cmdqv=on" VFIO1,
      .lost = "iommu0|hostdev0|'hostdev0', to be behind vSMMU 'iommu0', is elsewhere" },
    { .name = "not-iommufd", .xml = LIVE(ON),
      .argv = HEAD "-device arm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on,cmdqv=on"
          " -device vfio-pci,id=hostdev0,host=0009:01:00.0,bus=pci.2" VFIO1,
      .lost = "iommu0|hostdev0|'hostdev0', to be behind vSMMU 'iommu0', is not on iommufd" },
};


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(cmdqvTopology) asked = cmdqvDomainXMLRead(cases[i].xml, strlen(cases[i].xml), NULL);
    g_auto(GStrv) argv = cmdqvArgvSplitParseShell(cases[i].argv, NULL);
    g_autoptr(cmdqvTopology) process = cmdqvArgvRead((const char *const *)argv, NULL);
    g_auto(cmdqvStartCheckLost) lost = { NULL, NULL, NULL };
    g_autoptr(GString) text = g_string_new(NULL);
    bool any = cmdqvStartCheckFind(asked, process, &lost);
    const GPtrArray *const lists[] = { lost.smmus, lost.devices, lost.reasons };
    guint j;
    guint k;

    for (j = 0; any && j < G_N_ELEMENTS(lists); j++) {
        for (k = 0; k < lists[j]->len; k++)
            g_string_append_printf(text, "%s%s", k > 0 ? "|" : "", (const char *)g_ptr_array_index(lists[j], k));
        g_string_append(text, j < 2 ? "|" : "");
    }
    g_assert_cmpstr(text->str, ==, cases[i].lost);
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/lost/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    return g_test_run();
}
