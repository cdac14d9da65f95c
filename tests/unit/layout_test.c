/*
 * layout_test.c: host devices, laid out, against golden results
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * NAME.xml in layoutdata is a domain, and CASE.out or CASE.err the expected
 * result.  Each result keeps every rule, and laid out again stays as it is.
 */

#include <string.h>

#include "testutils.h"
#include "conf/domain_xml.h"
#include "conf/xml_edit.h"
#include "layout/layout.h"
#include "policy/definition.h"
#include "policy/rule_table.h"

static const struct {
    const char *name;
    const char *domain;
    const char *hostdevs;       /* separated by blanks; NULL: those of the domain */
    cmdqvLayoutShape shape;
    guint spare;
} cases[] = {
    { "one", "empty", "0009:01:00.0", CMDQV_LAYOUT_LIBVIRT, 1 },
    { "one-without-spare", "empty", "0009:01:00.0", CMDQV_LAYOUT_LIBVIRT, 0 },
    { "two-hosts", "empty", "0009:01:00.1 0010:01:00.0 0009:01:00.0", CMDQV_LAYOUT_LIBVIRT, 2 },
    { "many-spare", "empty", "0009:01:00.1", CMDQV_LAYOUT_LIBVIRT, 9 },
    { "kubevirt", "empty", "0009:01:00.0 0010:01:00.0", CMDQV_LAYOUT_KUBEVIRT, 0 },
    { "kubevirt-one-host", "empty", "0009:01:00.0 0009:01:00.1", CMDQV_LAYOUT_KUBEVIRT, 0 },
    { "moved", "placed", NULL, CMDQV_LAYOUT_LIBVIRT, 1 },
    { "moved-behind-another", "placed", "9:2:0.0", CMDQV_LAYOUT_LIBVIRT, 0 },
    { "joined-free-port", "one-vsmmu", "0009:01:00.1", CMDQV_LAYOUT_LIBVIRT, 1 },
    { "joined-two", "one-vsmmu", "0009:01:00.1 0009:02:00.0", CMDQV_LAYOUT_LIBVIRT, 1 },
    { "joined-new-port", "full-vsmmu", "0009:01:00.1", CMDQV_LAYOUT_LIBVIRT, 1 },
    { "override-that-moves-nothing", "override-speed", "0009:01:00.1", CMDQV_LAYOUT_LIBVIRT, 1 },
    { "beside", "one-vsmmu", "0010:01:00.0", CMDQV_LAYOUT_LIBVIRT, 1 },
    { "nothing-to-do", "one-vsmmu", "0009:01:00.0", CMDQV_LAYOUT_LIBVIRT, 1 },
    { "given-expander", "prepared", NULL, CMDQV_LAYOUT_LIBVIRT, 1 },
    { "given-expander-and-more", "prepared", "0010:02:00.0 0009:01:00.0", CMDQV_LAYOUT_NOVA, 0 },
    { "cells-by-number", "cells", "0009:01:00.0 0010:01:00.0 0008:01:00.0", CMDQV_LAYOUT_LIBVIRT, 0 },
    { "cells-by-memory", "bound-cells", "0009:01:00.0 0010:01:00.0", CMDQV_LAYOUT_LIBVIRT, 0 },
    { "machine-wide-is-removed", "machine-wide", NULL, CMDQV_LAYOUT_NOVA, 0 },
    { "interface-anchors", "interface", NULL, CMDQV_LAYOUT_LIBVIRT, 0 },
    { "port-stays", "interface", NULL, CMDQV_LAYOUT_NOVA, 0 },
    { "ports-if-asked-for", "nova-ports", NULL, CMDQV_LAYOUT_NOVA, 0 },
    { "gpu-first", "function-and-gpu", NULL, CMDQV_LAYOUT_NOVA, 0 },
    { "order-is-kept", "function-and-gpu", NULL, CMDQV_LAYOUT_LIBVIRT, 0 },
    { "two-addresses", "two-addresses", NULL, CMDQV_LAYOUT_LIBVIRT, 0 },
    { "only-a-port", "only-a-port", NULL, CMDQV_LAYOUT_NOVA, 0 },
    { "room-for-the-unplaced", "unaddressed", NULL, CMDQV_LAYOUT_LIBVIRT, 1 },
    { "on-one-line", "minified", NULL, CMDQV_LAYOUT_LIBVIRT, 1 },
    { "hole", "empty", "0011:01:00.0", CMDQV_LAYOUT_LIBVIRT, 1 },
    { "hole-for-two", "empty", "0011:01:00.0 0011:02:00.0 0009:01:00.0", CMDQV_LAYOUT_NOVA, 0 },
    { "hole-kubevirt", "empty", "0011:01:00.0 0011:02:00.0", CMDQV_LAYOUT_KUBEVIRT, 0 },
    { "hole-widened", "small-hole", "0011:02:00.0", CMDQV_LAYOUT_LIBVIRT, 0 },
    { "hole-wide-enough", "wide-hole", "0011:02:00.0", CMDQV_LAYOUT_NOVA, 0 },
    { "hole-in-another-unit", "odd-hole", "0011:02:00.0", CMDQV_LAYOUT_NOVA, 0 },
    { "hole-beside", "filled-root", NULL, CMDQV_LAYOUT_NOVA, 0 },
    { "hole-of-another-root", "no-root", "0009:01:00.0", CMDQV_LAYOUT_NOVA, 0 },
    { "cells-for-gpus", "cells", "0011:01:00.0 0011:02:00.0 0009:01:00.0", CMDQV_LAYOUT_KUBEVIRT, 0 },
    { "cells-given", "gpu-cells", "0010:01:00.0", CMDQV_LAYOUT_LIBVIRT, 0 },
    { "cells-too-many", "last-cell", "0011:01:00.0", CMDQV_LAYOUT_LIBVIRT, 0 },
    { "no-cmdqv", "empty", "0000:c1:00.0", CMDQV_LAYOUT_LIBVIRT, 1 },
    { "no-such-device", "empty", "0007:01:00.0", CMDQV_LAYOUT_LIBVIRT, 1 },
    { "no-address", "empty", "gpu0", CMDQV_LAYOUT_LIBVIRT, 1 },
    { "twice", "empty", "0009:01:00.0 9:1:0.0", CMDQV_LAYOUT_LIBVIRT, 1 },
    { "no-hostdev", "empty", NULL, CMDQV_LAYOUT_LIBVIRT, 1 },
    { "no-hostdev-with-cmdqv", "without-cmdqv", NULL, CMDQV_LAYOUT_NOVA, 0 },
    { "hostdev-elsewhere", "elsewhere", NULL, CMDQV_LAYOUT_NOVA, 0 },
    { "cmdqv-off", "switched-off", NULL, CMDQV_LAYOUT_LIBVIRT, 1 },
    { "no-number-for-a-port", "tight-vsmmu", "0009:01:00.1", CMDQV_LAYOUT_LIBVIRT, 1 },
    { "no-number-for-an-expander", "bridge-number", "0009:01:00.1", CMDQV_LAYOUT_LIBVIRT, 1 },
    { "no-index", "last-index", "0009:01:00.0 0009:01:00.1", CMDQV_LAYOUT_NOVA, 0 },
    { "no-slot", "empty", "0009:01:00.1", CMDQV_LAYOUT_LIBVIRT, 40 },
    { "no-root-slot", "full-root", "0009:01:00.0 0010:01:00.0", CMDQV_LAYOUT_LIBVIRT, 1 },
    { "no-root-slot-unplaced", "many-expanders", "0009:01:00.0 0010:01:00.0", CMDQV_LAYOUT_NOVA, 0 },
    { "other-arch", "other-arch", "0009:01:00.0", CMDQV_LAYOUT_NOVA, 0 },
    { "other-machine", "other-machine", "0009:01:00.0", CMDQV_LAYOUT_NOVA, 0 },
    { "bridge", "empty", "0009:00:1e.0", CMDQV_LAYOUT_LIBVIRT, 1 },
    { "passthrough-arguments", "commandline", "0009:01:00.1", CMDQV_LAYOUT_LIBVIRT, 1 },
    { "override-that-moves", "override-bus", "0009:01:00.1", CMDQV_LAYOUT_LIBVIRT, 1 },
    { "several-devices", "several-devices", "0009:01:00.1", CMDQV_LAYOUT_NOVA, 0 },
    { "without-devices", "no-devices", "0009:01:00.1", CMDQV_LAYOUT_LIBVIRT, 1 },
};


/*
 * 0009 and 0010 are behind SMMUs with CMDQV on nodes 0 and 1, 0008 on a node that no guest has; 0000:c1 has none.
 * The device in slot 1e is a bridge, and 01:00.0 a GPU.  0011 and 0000:c2 are GPUs of Grace: their BARs take all of the address
 * space that QEMU keeps for them.
 */
static bool
cmdqvTestAsk(const char *device, cmdqvDeviceNeedsPlace *place, gpointer data G_GNUC_UNUSED)
{
    static const struct {
        const char *prefix;
        const char *smmu;
        bool mayHaveCmdqv;
        int node;
        guint gib;
    } host[] = {
        { "0009:", "smmu3.a", true, 0, 0 }, { "0010:", "smmu3.b", true, 1, 0 }, { "0008:", "smmu3.d", true, 7, 0 },
        { "0000:c1:", "smmu3.c", false, -1, 0 }, { "0011:", "smmu3.e", true, 0, 512 }, { "0000:c2:", "smmu3.c", false, -1, 512 },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(host); i++) {
        if (g_str_has_prefix(device, host[i].prefix)) {
            *place = (cmdqvDeviceNeedsPlace){
                .smmu = host[i].smmu,
                .mayHaveCmdqv = host[i].mayHaveCmdqv,
                .isBridge = g_str_has_suffix(device, ":1e.0"),
                .isDisplay = g_str_has_suffix(device, ":01:00.0"),
                .node = host[i].node,
                .needs = { (guint64)host[i].gib << 30, host[i].gib > 0 ? 8 : 0 },
            };
            return true;
        }
    }
    return false;
}


static char *
cmdqvTestHostSmmuOf(const char *device, gpointer data)
{
    cmdqvDeviceNeedsPlace place;

    return cmdqvTestAsk(device, &place, data) ? g_strdup(place.smmu) : NULL;
}


/* No rule is broken, except that in KubeVirt's shape a host SMMU has two vSMMUs. */
static void
cmdqvTestSound(const char *xml, cmdqvLayoutShape shape)
{
    const cmdqvRuleContext context = { .hostSmmu = cmdqvTestHostSmmuOf };
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_autoptr(GError) error = NULL;
    guint i;

    g_assert_true(cmdqvDefinitionJudge(xml, strlen(xml), NULL, NULL, &context, &definition, &error));
    g_assert_no_error(error);
    for (i = 0; i < definition.findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(definition.findings, i);

        if (shape == CMDQV_LAYOUT_KUBEVIRT && strcmp(finding->rule->identifier, "host-smmu-spread") == 0)
            continue;
        g_test_message("%s [%s]", finding->message, finding->rule->identifier);
        g_test_fail();
    }
}


static void
cmdqvTestAgain(const char *xml, cmdqvLayoutShape shape, guint spare)
{
    const cmdqvLayoutRequest request = { NULL, shape, spare, cmdqvTestAsk, NULL, true };
    g_autoptr(GError) error = NULL;
    g_autofree char *again = cmdqvLayoutDomain(xml, &request, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(again, ==, xml);
}


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autofree char *input = cmdqvTestDataPath("layoutdata", cases[i].domain, ".xml");
    g_autofree char *out = cmdqvTestDataPath("layoutdata", cases[i].name, ".out");
    g_autofree char *err = cmdqvTestDataPath("layoutdata", cases[i].name, ".err");
    g_autofree char *domain = cmdqvTestRead(input);
    g_auto(GStrv) hostdevs = cases[i].hostdevs ? g_strsplit(cases[i].hostdevs, " ", -1) : NULL;
    const cmdqvLayoutRequest request = {
        (const char *const *)hostdevs, cases[i].shape, cases[i].spare, cmdqvTestAsk, NULL, true
    };
    g_autoptr(GError) error = NULL;
    g_autofree char *laid = cmdqvLayoutDomain(domain, &request, &error);

    g_assert_true((laid == NULL) == (error != NULL));
    if (!laid) {
        g_autofree char *message = g_strconcat(error->message, "\n", NULL);

        g_assert_false(g_file_test(out, G_FILE_TEST_EXISTS));
        g_assert_null(strstr(message, "not found"));
        cmdqvTestAssertGolden(err, message);
        return;
    }
    g_assert_false(g_file_test(err, G_FILE_TEST_EXISTS));
    cmdqvTestSound(laid, cases[i].shape);
    cmdqvTestAgain(laid, cases[i].shape, cases[i].spare);
    cmdqvTestAssertGolden(out, laid);
}


static void
cmdqvTestLeftovers(void)
{
    g_autoptr(GHashTable) files = cmdqvTestListFolder("layoutdata");
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        static const char *const suffixes[] = { ".out", ".err" };
        g_autofree char *input = g_strconcat(cases[i].domain, ".xml", NULL);
        guint j;

        (void)g_hash_table_remove(files, input);
        for (j = 0; j < G_N_ELEMENTS(suffixes); j++) {
            g_autofree char *golden = g_strconcat(cases[i].name, suffixes[j], NULL);

            (void)g_hash_table_remove(files, golden);
        }
    }
    cmdqvTestAssertNoLeftovers(files, "row of cases");
}


static void
cmdqvTestShapes(void)
{
    guint i;

    for (i = 0; i < CMDQV_LAYOUT_LAST; i++)
        g_assert_cmpint(cmdqvLayoutShapeFromString(cmdqvLayoutShapeToString(i)), ==, i);
    g_assert_cmpint(cmdqvLayoutShapeFromString("openstack"), ==, CMDQV_LAYOUT_LAST);
    g_assert_cmpuint(cmdqvLayoutShapeSparePorts(CMDQV_LAYOUT_LIBVIRT), >, 0);
    g_assert_cmpuint(cmdqvLayoutShapeSparePorts(CMDQV_LAYOUT_KUBEVIRT), ==, 0);
    g_assert_cmpuint(cmdqvLayoutShapeSparePorts(CMDQV_LAYOUT_NOVA), ==, 0);
}


/* A libvirt that knows neither gets neither. */
static void
cmdqvTestBeforeGrace(void)
{
    static const char *const hostdevs[] = { "0011:01:00.0", NULL };
    const cmdqvLayoutRequest request = { hostdevs, CMDQV_LAYOUT_NOVA, 0, cmdqvTestAsk, NULL, false };
    g_autofree char *path = cmdqvTestDataPath("layoutdata", "cells", ".xml");
    g_autofree char *domain = cmdqvTestRead(path);
    g_autoptr(GError) error = NULL;
    g_autofree char *laid = cmdqvLayoutDomain(domain, &request, &error);

    g_assert_no_error(error);
    g_assert_null(strstr(laid, "pcihole64"));
    g_assert_null(strstr(laid, "<acpi nodeset"));
    g_assert_null(strstr(laid, "memory='0'"));
}


#define PORT(index, bus) "<controller type='pci' index='" index "' model='pcie-root-port'><address type='pci' bus='" bus "' slot='0'/></controller>"
#define EXPANDER(index) "<controller type='pci' index='" index "' model='pcie-expander-bus'><address type='pci' bus='0' slot='" index "'/></controller>"
#define IOMMU(bus, more) "<iommu model='smmuv3'><driver pciBus='" bus "'" more "/></iommu>"
#define ACCEL " accel='on' cmdqv='on'"
#define AT(bus) "<hostdev mode='subsystem' type='pci'><source><address bus='1' slot='" bus "'/></source><address type='pci' bus='" bus \
    "' slot='0'/></hostdev>"
#define ROOT "<controller type='pci' index='0' model='pcie-root'/>"

/* <devices> of a definition, and the rest of them; NULL if all are used. */
static const struct {
    const char *name;
    const char *devices;
    const char *left;
} unused[] = {
    { "all-used", ROOT EXPANDER("1") PORT("2", "1") AT("2") IOMMU("1", ACCEL), NULL },
    { "a-port", ROOT EXPANDER("1") PORT("2", "1") PORT("3", "1") AT("2") IOMMU("1", ACCEL),
      ROOT EXPANDER("1") PORT("2", "1") AT("2") IOMMU("1", ACCEL) },
    { "a-vsmmu", ROOT EXPANDER("1") PORT("2", "1") PORT("3", "0") IOMMU("1", ACCEL), ROOT PORT("3", "0") },
    { "one-of-two", ROOT EXPANDER("1") PORT("2", "1") EXPANDER("3") PORT("4", "3") AT("4") IOMMU("1", ACCEL) IOMMU("3", ACCEL),
      ROOT EXPANDER("3") PORT("4", "3") AT("4") IOMMU("3", ACCEL) },
    { "not-accelerated", ROOT EXPANDER("1") PORT("2", "1") IOMMU("1", ""), NULL },
    { "no-vsmmu", ROOT EXPANDER("1") PORT("2", "1"), NULL },
    { "a-switch-in-it", ROOT EXPANDER("1") PORT("2", "1") "<controller type='pci' index='3' model='pcie-switch-upstream-port'>"
      "<address type='pci' bus='2' slot='0'/></controller>" PORT("4", "1") AT("4") IOMMU("1", ACCEL), NULL },
};


static void
cmdqvTestUnused(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autofree char *xml = g_strconcat("<domain><devices>", unused[i].devices, "</devices></domain>", NULL);
    g_autofree char *left = g_strconcat("<domain><devices>", unused[i].left ? unused[i].left : unused[i].devices, "</devices></domain>", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, strlen(xml), "domain", &error);
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), &error);
    g_autoptr(xmlDoc) expected = cmdqvXMLReadParse(left, strlen(left), "domain", &error);
    g_autofree char *wanted = cmdqvXMLEditDump(expected);
    g_autofree char *text = NULL;

    g_assert_no_error(error);
    g_assert_true(cmdqvLayoutRemoveUnused(doc, topology) == (unused[i].left != NULL));
    text = cmdqvXMLEditDump(doc);
    g_assert_cmpstr(text, ==, wanted);
}


/* A text that is no domain cannot be laid out. */
static void
cmdqvTestUnreadable(void)
{
    static const char *const texts[] = { "", "<domain>", "<network/>", "<!DOCTYPE d [<!ENTITY e 'x'>]><domain/>",
                                         "<domain><devices><controller type='pci' index='x'/></devices></domain>",
                                         "<domain><devices><hostdev type='pci'><address bus='x'/></hostdev></devices></domain>" };
    const cmdqvLayoutRequest request = { NULL, CMDQV_LAYOUT_NOVA, 0, cmdqvTestAsk, NULL, true };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(cmdqvLayoutDomain(texts[i], &request, &error));
        g_assert_nonnull(error);
    }
}


/* Domains of every kind, most of them invalid: a layout or a reason, and a valid layout stays as it is. */
static void
cmdqvTestOtherCases(void)
{
    static const char folder[] = "qemuxml2argvdata";
    static const char *const hostdevs[] = { "0009:0f:00.0", NULL };
    g_autoptr(GHashTable) levels = g_hash_table_new(g_str_hash, g_str_equal);
    const cmdqvRuleContext context = { .hostSmmu = cmdqvTestHostSmmuOf, .levels = levels };
    g_autoptr(GHashTable) files = cmdqvTestListFolder(folder);
    GHashTableIter iter;
    gpointer name;
    guint laidOut = 0;

    /* they are for a QEMU that runs without */
    (void)g_hash_table_insert(levels, (gpointer)"accel-needs-kvm", GINT_TO_POINTER(CMDQV_RULE_OFF));
    g_hash_table_iter_init(&iter, files);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        g_autofree char *path = g_str_has_suffix(name, ".xml") ? cmdqvTestDataPath(folder, name, "") : NULL;
        g_autofree char *domain = path ? cmdqvTestRead(path) : NULL;
        guint i;

        for (i = 0; domain && i < 2 * CMDQV_LAYOUT_LAST; i++) {
            cmdqvLayoutShape shape = i / 2;
            guint spare = cmdqvLayoutShapeSparePorts(shape);
            const cmdqvLayoutRequest request = { i % 2 == 0 ? hostdevs : NULL, shape, spare, cmdqvTestAsk, NULL, true };
            g_auto(cmdqvDefinition) definition = { .name = NULL };
            g_autoptr(GError) error = NULL;
            g_autofree char *laid = cmdqvLayoutDomain(domain, &request, &error);

            g_test_message("%s: %s", path, error ? error->message : "laid");
            g_assert_true((laid == NULL) == (error != NULL));
            if (!laid || !cmdqvDefinitionJudge(laid, strlen(laid), NULL, NULL, &context, &definition, NULL) ||
                cmdqvRuleTableErrors(definition.findings) > 0)
                continue;
            cmdqvTestAgain(laid, shape, spare);
            laidOut++;
        }
    }
    g_assert_cmpuint(laidOut, >, 100);
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/layout/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    for (i = 0; i < G_N_ELEMENTS(unused); i++) {
        g_autofree char *path = g_strconcat("/layout/unused/", unused[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestUnused);
    }
    g_test_add_func("/layout/leftovers", cmdqvTestLeftovers);
    g_test_add_func("/layout/shapes", cmdqvTestShapes);
    g_test_add_func("/layout/before-grace", cmdqvTestBeforeGrace);
    g_test_add_func("/layout/other-cases", cmdqvTestOtherCases);
    g_test_add_func("/layout/unreadable", cmdqvTestUnreadable);
    return g_test_run();
}
