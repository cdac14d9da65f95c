/*
 * definitiontest.c: domain XML, completed by libvirt and judged
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "cmdqvtest.h"
#include "qemu/cmdqvdefinition.h"
#include "util/cmdqverror.h"

#define BUSES \
    "<controller type='pci' index='0' model='pcie-root'/>" \
    "<controller type='pci' index='1' model='pcie-expander-bus'/>" \
    "<controller type='pci' index='2' model='pcie-root-port'><address type='pci' bus='1'/></controller>"
#define SMMU "<iommu model='smmuv3'><driver pciBus='1' accel='on' cmdqv='on'/></iommu>"
#define HOSTDEV(rest) "<hostdev type='pci'><driver iommufd='yes'/><source><address bus='1'/></source>" rest "</hostdev>"
#define AT(bus) "<address type='pci' bus='" bus "'/>"
#define INTERFACE "<interface type='hostdev'><driver iommufd='yes'/><source><address type='pci' bus='1'/></source></interface>"

#define EMULATED(model) "<interface type='user'>" model "</interface>"
#define NINEP(bus) " -device virtio-9p-pci,id=fs0,bus=" bus
#define QEMU "LC_ALL=C qemu -device pxb-pcie,id=pci.1 -device pcie-root-port,id=pci.2,bus=pci.1 " \
    "-device pcie-root-port,id=pci.3 -device arm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on,cmdqv=on"
#define VFIO(bus) " -device '{\"driver\":\"vfio-pci\",\"id\":\"hostdev0\",\"iommufd\":\"x\",\"bus\":\"" bus "\"}'"

static const struct {
    const char *name;
    const char *devices;
    const char *after;      /* behind </devices> */
    const char *native;     /* what libvirt says; NULL: nothing */
    bool asked;
    bool undecided;
    guint findings;
} cases[] = {
    { "placed", BUSES SMMU HOSTDEV(AT("2")), "", QEMU VFIO("pci.3"), false, false, 0 },
    { "nobody", BUSES SMMU, "", QEMU, false, false, 1 },
    { "libvirt-places-it-there", BUSES SMMU HOSTDEV(""), "", QEMU VFIO("pci.2"), true, false, 0 },
    { "libvirt-places-it-elsewhere", BUSES SMMU HOSTDEV(""), "", QEMU VFIO("pci.3"), true, false, 1 },
    { "libvirt-says-nothing", BUSES SMMU HOSTDEV(""), "", NULL, true, true, 0 },
    { "libvirt-says-nonsense", BUSES SMMU HOSTDEV(""), "", "'", true, true, 0 },
    { "libvirt-has-another-number", BUSES SMMU HOSTDEV(""), "", QEMU VFIO("pci.3") VFIO("pci.3"), true, false, 0 },
    { "interface-elsewhere", BUSES SMMU INTERFACE, "", QEMU VFIO("pci.3"), true, false, 1 },
    { "interface-there", BUSES SMMU INTERFACE HOSTDEV(""), "", QEMU VFIO("pci.2") VFIO("pci.3"), true, false, 0 },
    { "emulated-elsewhere", BUSES SMMU HOSTDEV(AT("2")) EMULATED(""), "", QEMU VFIO("pci.2") NINEP("pci.3"), true, false, 0 },
    { "emulated-there", BUSES SMMU HOSTDEV(AT("2")) EMULATED(""), "", QEMU VFIO("pci.2") NINEP("pci.1"), true, false, 1 },
    { "emulated-of-another-kind", BUSES SMMU HOSTDEV(AT("2")) EMULATED("<model type='e1000'/>"), "", QEMU VFIO("pci.2"), false,
      true, 0 },
    { "passthrough-adds-one", BUSES SMMU, "<qemu:commandline><qemu:arg value='x'/></qemu:commandline>", QEMU VFIO("pci.2"),
      true, false, 0 },
    { "passthrough-moves-one", BUSES SMMU HOSTDEV(AT("2")), "<qemu:override/>", QEMU VFIO("pci.3"), true, false, 1 },
    { "passthrough-unknown", BUSES SMMU HOSTDEV(AT("0")), "<qemu:override/>", NULL, true, true, 0 },
    { "capabilities-are-no-passthrough", BUSES SMMU, "<qemu:capabilities/>", QEMU VFIO("pci.2"), false, false, 1 },
};


static char *
cmdqvTestToNative(const char *xml, gpointer data)
{
    const char **native = data;
    char *text = g_strdup(*native);

    g_assert_true(g_str_has_prefix(xml, "<domain"));
    g_assert_null(strstr(xml, "<interface"));
    *native = "asked";
    return text;
}


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autofree char *xml = g_strdup_printf("<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
                                           "<name>g1</name><os firmware='efi'/><features><acpi/></features>"
                                           "<memoryBacking><hugepages/></memoryBacking>"
                                           "<devices>%s<memballoon model='none'/></devices>%s</domain>", cases[i].devices, cases[i].after);
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    const char *native = cases[i].native;
    g_autoptr(GError) error = NULL;

    g_assert_true(cmdqvDefinitionJudge(xml, strlen(xml), cmdqvTestToNative, &native, NULL, &definition, &error));
    g_assert_no_error(error);
    g_assert_cmpint(g_strcmp0(native, "asked") == 0, ==, cases[i].asked);
    g_assert_cmpint(definition.undecided, ==, cases[i].undecided);
    g_assert_cmpuint(definition.findings->len, ==, cases[i].findings);
    g_assert_cmpstr(definition.name, ==, "g1");
}


static void
cmdqvTestUnreadable(gconstpointer data G_GNUC_UNUSED)
{
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_autoptr(GError) error = NULL;

    g_assert_false(cmdqvDefinitionJudge("<domain", 7, NULL, NULL, NULL, &definition, &error));
    g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_MALFORMED);
    g_assert_null(definition.findings);
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/definition/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    g_test_add_data_func("/definition/unreadable", NULL, cmdqvTestUnreadable);
    return g_test_run();
}
