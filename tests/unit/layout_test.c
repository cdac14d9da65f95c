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
    { .name = "one", .domain = "empty", .hostdevs = "0009:01:00.0", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "one-without-spare", .domain = "empty", .hostdevs = "0009:01:00.0", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 0 },
    { .name = "two-hosts", .domain = "empty", .hostdevs = "0009:01:00.1 0010:01:00.0 0009:01:00.0", .shape = CMDQV_LAYOUT_LIBVIRT,
      .spare = 2 },
    { .name = "many-spare", .domain = "empty", .hostdevs = "0009:01:00.1", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 9 },
    { .name = "kubevirt", .domain = "empty", .hostdevs = "0009:01:00.0 0010:01:00.0", .shape = CMDQV_LAYOUT_KUBEVIRT, .spare = 0 },
    { .name = "kubevirt-one-host", .domain = "empty", .hostdevs = "0009:01:00.0 0009:01:00.1", .shape = CMDQV_LAYOUT_KUBEVIRT,
      .spare = 0 },
    { .name = "moved", .domain = "placed", .hostdevs = NULL, .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "moved-behind-another", .domain = "placed", .hostdevs = "9:2:0.0", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 0 },
    { .name = "joined-free-port", .domain = "one-vsmmu", .hostdevs = "0009:01:00.1", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "joined-two", .domain = "one-vsmmu", .hostdevs = "0009:01:00.1 0009:02:00.0", .shape = CMDQV_LAYOUT_LIBVIRT,
      .spare = 1 },
    { .name = "joined-new-port", .domain = "full-vsmmu", .hostdevs = "0009:01:00.1", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "override-that-moves-nothing", .domain = "override-speed", .hostdevs = "0009:01:00.1", .shape = CMDQV_LAYOUT_LIBVIRT,
      .spare = 1 },
    { .name = "beside", .domain = "one-vsmmu", .hostdevs = "0010:01:00.0", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "nothing-to-do", .domain = "one-vsmmu", .hostdevs = "0009:01:00.0", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "given-expander", .domain = "prepared", .hostdevs = NULL, .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "given-expander-and-more", .domain = "prepared", .hostdevs = "0010:02:00.0 0009:01:00.0", .shape = CMDQV_LAYOUT_NOVA,
      .spare = 0 },
    { .name = "cells-by-number", .domain = "cells", .hostdevs = "0009:01:00.0 0010:01:00.0 0008:01:00.0",
      .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 0 },
    { .name = "cells-by-memory", .domain = "bound-cells", .hostdevs = "0009:01:00.0 0010:01:00.0", .shape = CMDQV_LAYOUT_LIBVIRT,
      .spare = 0 },
    { .name = "machine-wide-is-removed", .domain = "machine-wide", .hostdevs = NULL, .shape = CMDQV_LAYOUT_NOVA, .spare = 0 },
    { .name = "interface-anchors", .domain = "interface", .hostdevs = NULL, .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 0 },
    { .name = "port-stays", .domain = "interface", .hostdevs = NULL, .shape = CMDQV_LAYOUT_NOVA, .spare = 0 },
    { .name = "ports-if-asked-for", .domain = "nova-ports", .hostdevs = NULL, .shape = CMDQV_LAYOUT_NOVA, .spare = 0 },
    { .name = "physical-port-last", .domain = "physical-port", .hostdevs = NULL, .shape = CMDQV_LAYOUT_NOVA, .spare = 0 },
    { .name = "gpu-first", .domain = "function-and-gpu", .hostdevs = NULL, .shape = CMDQV_LAYOUT_NOVA, .spare = 0 },
    { .name = "order-is-kept", .domain = "function-and-gpu", .hostdevs = NULL, .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 0 },
    { .name = "two-addresses", .domain = "two-addresses", .hostdevs = NULL, .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 0 },
    { .name = "only-a-port", .domain = "only-a-port", .hostdevs = NULL, .shape = CMDQV_LAYOUT_NOVA, .spare = 0 },
    { .name = "room-for-the-unplaced", .domain = "unaddressed", .hostdevs = NULL, .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "on-one-line", .domain = "minified", .hostdevs = NULL, .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "hole", .domain = "empty", .hostdevs = "0011:01:00.0", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "hole-for-two", .domain = "empty", .hostdevs = "0011:01:00.0 0011:02:00.0 0009:01:00.0", .shape = CMDQV_LAYOUT_NOVA,
      .spare = 0 },
    { .name = "hole-kubevirt", .domain = "empty", .hostdevs = "0011:01:00.0 0011:02:00.0", .shape = CMDQV_LAYOUT_KUBEVIRT,
      .spare = 0 },
    { .name = "hole-widened", .domain = "small-hole", .hostdevs = "0011:02:00.0", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 0 },
    { .name = "hole-wide-enough", .domain = "wide-hole", .hostdevs = "0011:02:00.0", .shape = CMDQV_LAYOUT_NOVA, .spare = 0 },
    { .name = "hole-in-another-unit", .domain = "odd-hole", .hostdevs = "0011:02:00.0", .shape = CMDQV_LAYOUT_NOVA, .spare = 0 },
    { .name = "hole-beside", .domain = "filled-root", .hostdevs = NULL, .shape = CMDQV_LAYOUT_NOVA, .spare = 0 },
    { .name = "hole-of-another-root", .domain = "no-root", .hostdevs = "0009:01:00.0", .shape = CMDQV_LAYOUT_NOVA, .spare = 0 },
    { .name = "cells-for-gpus", .domain = "cells", .hostdevs = "0011:01:00.0 0011:02:00.0 0009:01:00.0",
      .shape = CMDQV_LAYOUT_KUBEVIRT, .spare = 0 },
    { .name = "cells-given", .domain = "gpu-cells", .hostdevs = "0010:01:00.0", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 0 },
    { .name = "cells-too-many", .domain = "last-cell", .hostdevs = "0011:01:00.0", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 0 },
    { .name = "no-cmdqv", .domain = "empty", .hostdevs = "0000:c1:00.0", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "no-such-device", .domain = "empty", .hostdevs = "0007:01:00.0", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "no-address", .domain = "empty", .hostdevs = "gpu0", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "twice", .domain = "empty", .hostdevs = "0009:01:00.0 9:1:0.0", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "no-hostdev", .domain = "empty", .hostdevs = NULL, .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "no-hostdev-with-cmdqv", .domain = "without-cmdqv", .hostdevs = NULL, .shape = CMDQV_LAYOUT_NOVA, .spare = 0 },
    { .name = "hostdev-elsewhere", .domain = "elsewhere", .hostdevs = NULL, .shape = CMDQV_LAYOUT_NOVA, .spare = 0 },
    { .name = "cmdqv-off", .domain = "switched-off", .hostdevs = NULL, .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "no-number-for-a-port", .domain = "tight-vsmmu", .hostdevs = "0009:01:00.1", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "no-number-for-an-expander", .domain = "bridge-number", .hostdevs = "0009:01:00.1", .shape = CMDQV_LAYOUT_LIBVIRT,
      .spare = 1 },
    { .name = "no-index", .domain = "last-index", .hostdevs = "0009:01:00.0 0009:01:00.1", .shape = CMDQV_LAYOUT_NOVA, .spare = 0 },
    { .name = "no-slot", .domain = "empty", .hostdevs = "0009:01:00.1", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 40 },
    { .name = "no-root-slot", .domain = "full-root", .hostdevs = "0009:01:00.0 0010:01:00.0", .shape = CMDQV_LAYOUT_LIBVIRT,
      .spare = 1 },
    { .name = "no-root-slot-unplaced", .domain = "many-expanders", .hostdevs = "0009:01:00.0 0010:01:00.0",
      .shape = CMDQV_LAYOUT_NOVA, .spare = 0 },
    { .name = "other-arch", .domain = "other-arch", .hostdevs = "0009:01:00.0", .shape = CMDQV_LAYOUT_NOVA, .spare = 0 },
    { .name = "other-machine", .domain = "other-machine", .hostdevs = "0009:01:00.0", .shape = CMDQV_LAYOUT_NOVA, .spare = 0 },
    { .name = "bridge", .domain = "empty", .hostdevs = "0009:00:1e.0", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "passthrough-arguments", .domain = "commandline", .hostdevs = "0009:01:00.1", .shape = CMDQV_LAYOUT_LIBVIRT,
      .spare = 1 },
    { .name = "override-that-moves", .domain = "override-bus", .hostdevs = "0009:01:00.1", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
    { .name = "several-devices", .domain = "several-devices", .hostdevs = "0009:01:00.1", .shape = CMDQV_LAYOUT_NOVA, .spare = 0 },
    { .name = "without-devices", .domain = "no-devices", .hostdevs = "0009:01:00.1", .shape = CMDQV_LAYOUT_LIBVIRT, .spare = 1 },
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
        { .prefix = "0009:", .smmu = "smmu3.a", .mayHaveCmdqv = true, .node = 0, .gib = 0 },
        { .prefix = "0010:", .smmu = "smmu3.b", .mayHaveCmdqv = true, .node = 1, .gib = 0 },
        { .prefix = "0008:", .smmu = "smmu3.d", .mayHaveCmdqv = true, .node = 7, .gib = 0 },
        { .prefix = "0000:c1:", .smmu = "smmu3.c", .mayHaveCmdqv = false, .node = -1, .gib = 0 },
        { .prefix = "0011:", .smmu = "smmu3.e", .mayHaveCmdqv = true, .node = 0, .gib = 512 },
        { .prefix = "0000:c2:", .smmu = "smmu3.c", .mayHaveCmdqv = false, .node = -1, .gib = 512 },
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


/* No rule is broken, except that a host SMMU has two vSMMUs in KubeVirt's shape. */
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
    { .name = "all-used", .devices = ROOT EXPANDER("1") PORT("2", "1") AT("2") IOMMU("1", ACCEL), .left = NULL },
    { .name = "a-port", .devices = ROOT EXPANDER("1") PORT("2", "1") PORT("3", "1") AT("2") IOMMU("1", ACCEL),
      .left = ROOT EXPANDER("1") PORT("2", "1") AT("2") IOMMU("1", ACCEL) },
    { .name = "a-vsmmu", .devices = ROOT EXPANDER("1") PORT("2", "1") PORT("3", "0") IOMMU("1", ACCEL), .left = ROOT PORT("3", "0") },
    { .name = "one-of-two",
      .devices = ROOT EXPANDER("1") PORT("2", "1") EXPANDER("3") PORT("4", "3") AT("4") IOMMU("1", ACCEL) IOMMU("3", ACCEL),
      .left = ROOT EXPANDER("3") PORT("4", "3") AT("4") IOMMU("3", ACCEL) },
    { .name = "not-accelerated", .devices = ROOT EXPANDER("1") PORT("2", "1") IOMMU("1", ""), .left = NULL },
    { .name = "no-vsmmu", .devices = ROOT EXPANDER("1") PORT("2", "1"), .left = NULL },
    { .name = "a-switch-in-it",
      .devices = ROOT EXPANDER("1") PORT("2", "1") "<controller type='pci' index='3' model='pcie-switch-upstream-port'>"
        "<address type='pci' bus='2' slot='0'/></controller>" PORT("4", "1") AT("4") IOMMU("1", ACCEL), .left = NULL },
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
    g_autofree char *wanted = cmdqvXMLEditDump(expected, NULL);
    g_autofree char *text = NULL;

    g_assert_no_error(error);
    g_assert_true(cmdqvLayoutRemoveUnused(doc, topology) == (unused[i].left != NULL));
    text = cmdqvXMLEditDump(doc, NULL);
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
