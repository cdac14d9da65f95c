/*
 * smmu_inventory_test.c: the SMMUs of a host and the devices behind them, of small trees of files
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>
#include <sys/stat.h>

#include "test_host_tree.h"
#include "host/acpi_iort.h"
#include "host/smmu_inventory.h"

#define A 0x16000000
#define B 0x12000000
#define SMMU_A "smmu3.0x0000000016000000"
#define SMMU_B "smmu3.0x0000000012000000"
#define PCI "sys/bus/pci/devices/"
#define ACPI "sys/bus/acpi/devices/"
#define IORT "sys/firmware/acpi/tables/IORT"


/* Everything that was found, a line for each SMMU and each device; cmdqvSmmuInventoryWithoutCmdqv() finds the same SMMUs without CMDQV. */
static char *
cmdqvTestDescribe(const cmdqvTestTree *tree)
{
    static const char *const support[] = { "unknown", "without", "with" };
    g_autoptr(GPtrArray) inventory = cmdqvSmmuInventoryRead(tree->root);
    g_auto(GStrv) without = cmdqvSmmuInventoryWithoutCmdqv(tree->root);
    GString *text = g_string_new(NULL);
    guint i;
    guint j;

    for (i = 0; i < inventory->len; i++) {
        const cmdqvHostSmmu *smmu = g_ptr_array_index(inventory, i);

        g_assert_true(g_strv_contains((const char *const *)without, smmu->name) == (smmu->cmdqv == CMDQV_SUPPORT_WITHOUT));
        g_string_append_printf(text, "%s %s %d\n", smmu->name, support[smmu->cmdqv], smmu->node);
        for (j = 0; j < smmu->devices->len; j++) {
            const cmdqvHostDevice *device = g_ptr_array_index(smmu->devices, j);

            g_string_append_printf(text, " %s %s %s %s %d\n", device->address, device->driver ? device->driver : "-",
                                   device->group ? device->group : "-", device->vfio ? device->vfio : "-", device->node);
        }
    }
    return g_string_free(text, FALSE);
}


static void
cmdqvTestExpect(const cmdqvTestTree *tree, const char *expected)
{
    g_autofree char *found = cmdqvTestDescribe(tree);

    g_assert_cmpstr(found, ==, expected);
}


static void
cmdqvTestGrace(void)
{
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autoptr(GPtrArray) inventory = NULL;
    const cmdqvHostSmmu *smmu = NULL;
    const cmdqvHostDevice *device;

    cmdqvTestTreeInit(&tree);
    cmdqvTestHostGrace(&tree);
    cmdqvTestExpect(&tree, "smmu3.0x0000000005000000 without -1\n 0000:c1:00.0 vfio-pci - - -1\n"
                    SMMU_B " with 1\n 0010:01:00.0 vfio-pci - - 1\n 0010:02:00.0 - - - 1\n"
                    SMMU_A " with 0\n 0009:01:00.0 vfio-pci 40 vfio7 0\n 0009:01:00.1 vfio-pci - - 0\n"
                    " 0009:03:00.1 mlx5_core - - 0\n");

    inventory = cmdqvSmmuInventoryRead(tree.root);
    device = cmdqvSmmuInventoryFind(inventory, "0009:01:00.0", &smmu);
    g_assert_nonnull(device);
    g_assert_cmpstr(device->class, ==, "0x030200");
    g_assert_cmpstr(device->vendor, ==, "0x10de");
    g_assert_cmpstr(device->device, ==, "0x2342");
    g_assert_cmpstr(smmu->name, ==, SMMU_A);
    g_assert_null(cmdqvSmmuInventoryFind(inventory, "0000:00:00.0", &smmu));
    g_assert_null(cmdqvSmmuInventoryFind(inventory, "", NULL));
    g_assert_cmpstr(smmu->name, ==, SMMU_A);
}


/* The facts that a layout gets about a device. */
static void
cmdqvTestTell(void)
{
    static const struct {
        const char *class;
        bool isBridge;
    } classes[] = {
        { .class = "0x060400\n", .isBridge = true },
        { .class = "0x060401\n", .isBridge = true },
        { .class = "0x030200\n", .isBridge = false },
        { .class = "\n", .isBridge = false },
        { .class = NULL, .isBridge = false },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(classes); i++) {
        g_auto(cmdqvTestTree) tree = { NULL };
        g_autoptr(GPtrArray) inventory = NULL;
        cmdqvDeviceNeedsPlace place;

        cmdqvTestTreeInit(&tree);
        cmdqvTestHostGrace(&tree);
        if (classes[i].class)
            cmdqvTestTreeAdd(&tree, "sys/bus/pci/devices/0010:02:00.0/class", classes[i].class, -1);
        inventory = cmdqvSmmuInventoryRead(tree.root);
        g_assert_true(cmdqvSmmuInventoryTell("0010:02:00.0", &place, inventory));
        g_assert_cmpstr(place.smmu, ==, SMMU_B);
        g_assert_true(place.mayHaveCmdqv);
        g_assert_cmpint(place.node, ==, 1);
        g_assert_true(place.isBridge == classes[i].isBridge);
        g_assert_false(cmdqvSmmuInventoryTell("0000:00:00.0", &place, inventory));
        g_assert_true(cmdqvSmmuInventoryTell("0000:c1:00.0", &place, inventory));
        g_assert_false(place.mayHaveCmdqv);
    }
}


/* The resources of a device in sysfs, and the address space that it takes in a guest. */
static const struct {
    const char *name;
    const char *vendor;
    const char *device;
    const char *resource;       /* NULL: no such file */
    guint64 mib;
    const char *class;          /* NULL: of a GPU */
    guint cells;
} windows[] = {
    { .name = "nothing", .vendor = NULL, .device = NULL, .resource = NULL, .mib = 0, .class = NULL, .cells = 0 },
    { .name = "empty", .vendor = "0x15b3\n", .device = "0x101e\n", .resource = "", .mib = 0, .class = NULL, .cells = 0 },
    { .name = "one", .vendor = "0x15b3\n", .device = "0x101e\n",
      .resource = "0x0000661002000000 0x00006610020fffff 0x000000000014220c\n", .mib = 1, .class = NULL, .cells = 0 },
    { .name = "rounded-up", .vendor = "0x10de\n", .device = "0x2330\n",
      .resource = "0x0000000040000000 0x0000000040ffffff 0x0000000000040200\n0x0000042000000000 0x0000043fffffffff "
          "0x000000000014220c\n0x0000000000000000 0x0000000000000000 0x0000000000000000\n0x0000044000000000 "
          "0x0000044001ffffff 0x000000000014220c\n",
      .mib = 256 * 1024, .class = NULL, .cells = 0 },
    { .name = "32-bit", .vendor = "0x15b3\n", .device = "0x101e\n", .resource = "0x40000000 0x7fffffff 0x42208\n", .mib = 0,
      .class = NULL, .cells = 0 },
    { .name = "not-prefetchable", .vendor = "0x15b3\n", .device = "0x101e\n", .resource = "0x4000000000 0x7fffffffff 0x140204\n",
      .mib = 0, .class = NULL, .cells = 0 },
    { .name = "ports", .vendor = "0x15b3\n", .device = "0x101e\n", .resource = "0x1000 0x1fff 0x4010d\n", .mib = 0, .class = NULL,
      .cells = 0 },
    { .name = "unassigned", .vendor = "0x15b3\n", .device = "0x101e\n", .resource = "0x0 0x1fffffffff 0x14220c\n", .mib = 0,
      .class = NULL, .cells = 0 },
    { .name = "upside-down", .vendor = "0x15b3\n", .device = "0x101e\n", .resource = "0x2000000 0x1000000 0x14220c\n", .mib = 0,
      .class = NULL, .cells = 0 },
    { .name = "endless", .vendor = "0x15b3\n", .device = "0x101e\n",
      .resource = "0x1 0xffffffffffffffff 0x14220c\n0x1 0xffffffffffffffff 0x14220c\n", .mib = 0, .class = NULL, .cells = 0 },
    { .name = "words", .vendor = "0x15b3\n", .device = "0x101e\n", .resource = "so much\n", .mib = 0, .class = NULL, .cells = 0 },
    { .name = "seventh-line", .vendor = "0x15b3\n", .device = "0x101e\n",
      .resource = "\n\n\n\n\n\n0x4000000000 0x7fffffffff 0x14220c\n", .mib = 0, .class = NULL, .cells = 0 },
    { .name = "grace", .vendor = "0x10de\n", .device = "0x2342\n", .resource = NULL, .mib = 512 * 1024, .class = NULL,
      .cells = 8 },
    { .name = "grace-with-small-bars", .vendor = "0x10de\n", .device = "0x2941\n",
      .resource = "0x4000000000 0x4000ffffff 0x14220c\n", .mib = 512 * 1024, .class = NULL, .cells = 8 },
    { .name = "gb300", .vendor = "0x10de\n", .device = "0x31c2\n", .resource = "", .mib = 1024 * 1024, .class = NULL,
      .cells = 8 },
    { .name = "same-number-of-another", .vendor = "0x15b3\n", .device = "0x2342\n", .resource = "", .mib = 0, .class = NULL,
      .cells = 0 },
    { .name = "of-another-kind", .vendor = "0x10de\n", .device = "0x2342\n", .resource = "", .mib = 0, .class = "0x020000\n",
      .cells = 0 },
};


static void
cmdqvTestWindow(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autoptr(GPtrArray) inventory = NULL;
    const cmdqvHostDevice *device;

    cmdqvTestTreeInit(&tree);
    cmdqvTestHostSmmu(&tree, A);
    cmdqvTestHostDevice(&tree, "0009:01:00.0", A, NULL, 0);
    if (windows[i].vendor)
        cmdqvTestTreeAdd(&tree, PCI "0009:01:00.0/vendor", windows[i].vendor, -1);
    cmdqvTestTreeAdd(&tree, PCI "0009:01:00.0/class", windows[i].class ? windows[i].class : "0x030200\n", -1);
    if (windows[i].device)
        cmdqvTestTreeAdd(&tree, PCI "0009:01:00.0/device", windows[i].device, -1);
    if (windows[i].resource)
        cmdqvTestTreeAdd(&tree, PCI "0009:01:00.0/resource", windows[i].resource, -1);
    inventory = cmdqvSmmuInventoryRead(tree.root);
    device = cmdqvSmmuInventoryFind(inventory, "0009:01:00.0", NULL);
    g_assert_nonnull(device);
    g_assert_cmpuint(device->needs.window, ==, windows[i].mib << 20);
    g_assert_cmpuint(device->needs.cells, ==, windows[i].cells);
}


static void
cmdqvTestPhysicalFunction(void)
{
    static const struct {
        const char *functions;
        bool physical;
    } files[] = {
        { .functions = "16\n", .physical = true },
        { .functions = "0\n", .physical = false },
        { .functions = "many\n", .physical = false },
        { .functions = "", .physical = false },
        { .functions = NULL, .physical = false },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(files); i++) {
        g_auto(cmdqvTestTree) tree = { NULL };
        g_autoptr(GPtrArray) inventory = NULL;

        cmdqvTestTreeInit(&tree);
        cmdqvTestHostGrace(&tree);
        if (files[i].functions)
            cmdqvTestTreeAdd(&tree, PCI "0009:01:00.0/sriov_totalvfs", files[i].functions, -1);
        inventory = cmdqvSmmuInventoryRead(tree.root);
        g_assert_true(cmdqvSmmuInventoryFind(inventory, "0009:01:00.0", NULL)->isPhysicalFunction == files[i].physical);
        g_assert_false(cmdqvSmmuInventoryFind(inventory, "0009:01:00.1", NULL)->isPhysicalFunction);
    }
}


static void
cmdqvTestNothing(void)
{
    g_auto(cmdqvTestTree) tree = { NULL };

    cmdqvTestTreeInit(&tree);
    cmdqvTestExpect(&tree, "");
    cmdqvTestTreeAdd(&tree, "sys/class/iommu", NULL, 0);
    cmdqvTestTreeAdd(&tree, PCI "0009:01:00.0", NULL, 0);
    cmdqvTestExpect(&tree, "");
    /* other kinds of IOMMU, and names that begin alike */
    cmdqvTestTreeAdd(&tree, "sys/class/iommu/dmar0", NULL, 0);
    cmdqvTestTreeAdd(&tree, "sys/class/iommu/smmu.0x0000000016000000", NULL, 0);
    cmdqvTestTreeAdd(&tree, "sys/class/iommu/smmu30x1", NULL, 0);
    cmdqvTestExpect(&tree, "");
}


/* The SMMUs that have CMDQV: files in the tree beside two SMMUs, and the resulting support of the first and the second. */
static const struct {
    const char *name;
    struct {
        const char *path;
        const char *data;
    } files[4];
    guint declared;         /* how many of them the IORT has; 0: none is there, G_MAXUINT: it is no IORT */
    const char *first;
    const char *second;
} supports[] = {
    { .name = "nothing-known", .declared = 0, .first = "unknown", .second = "unknown" },
    { .name = "none", .declared = 2, .first = "without", .second = "without" },
    { .name = "first", .files = { { .path = ACPI "NVDA200C:00/uid", .data = "1\n" } }, .declared = 2, .first = "with",
      .second = "without" },
    { .name = "second", .files = { { .path = ACPI "NVDA200C:07/uid", .data = "2" } }, .declared = 2, .first = "without",
      .second = "with" },
    { .name = "both",
      .files = { { .path = ACPI "NVDA200C:00/uid", .data = "1\n" }, { .path = ACPI "NVDA200C:01/uid", .data = "2\n" } },
      .declared = 2, .first = "with", .second = "with" },
    { .name = "of-another", .files = { { .path = ACPI "NVDA200C:00/uid", .data = "3\n" } }, .declared = 2, .first = "without",
      .second = "without" },
    { .name = "without-uid", .files = { { .path = ACPI "NVDA200C:00/hid", .data = "NVDA200C\n" } }, .declared = 2,
      .first = "unknown", .second = "unknown" },
    { .name = "one-without-uid",
      .files = { { .path = ACPI "NVDA200C:00/uid", .data = "1" }, { .path = ACPI "NVDA200C:01/hid", .data = "x" } },
      .declared = 2, .first = "unknown", .second = "unknown" },
    { .name = "odd-uid", .files = { { .path = ACPI "NVDA200C:00/uid", .data = "one\n" } }, .declared = 2, .first = "unknown",
      .second = "unknown" },
    { .name = "negative-uid", .files = { { .path = ACPI "NVDA200C:00/uid", .data = "-1\n" } }, .declared = 2, .first = "unknown",
      .second = "unknown" },
    { .name = "huge-uid", .files = { { .path = ACPI "NVDA200C:00/uid", .data = "4294967297\n" } }, .declared = 2,
      .first = "unknown", .second = "unknown" },
    { .name = "no-table", .files = { { .path = ACPI "NVDA200C:00/uid", .data = "1\n" } }, .declared = 0, .first = "unknown",
      .second = "unknown" },
    { .name = "broken-table", .files = { { .path = ACPI "NVDA200C:00/uid", .data = "1\n" } }, .declared = G_MAXUINT,
      .first = "unknown", .second = "unknown" },
    { .name = "table-of-one", .files = { { .path = ACPI "NVDA200C:00/uid", .data = "1\n" } }, .declared = 1, .first = "with",
      .second = "unknown" },
    { .name = "tree-first",
      .files = {
          { .path = "sys/class/iommu/" SMMU_A "/device/of_node/nvidia,cmdqv", .data = "\1\2\3\4" },
          { .path = "sys/class/iommu/" SMMU_B "/device/of_node/name", .data = "iommu" },
          { .path = "sys/firmware/devicetree/base/cmdqv@1/compatible", .data = "nvidia,tegra264-cmdqv" },
      },
      .declared = 0, .first = "with", .second = "without" },
};


static void
cmdqvTestSupport(gconstpointer data)
{
    static const guint64 bases[] = { A, B };
    guint i = GPOINTER_TO_UINT(data);
    g_autofree char *expected = g_strdup_printf(SMMU_B " %s -1\n" SMMU_A " %s -1\n", supports[i].second, supports[i].first);
    char table[CMDQV_TEST_IORT_BYTES(2)];
    g_auto(cmdqvTestTree) tree = { NULL };
    guint j;

    cmdqvTestTreeInit(&tree);
    cmdqvTestHostSmmu(&tree, A);
    cmdqvTestHostSmmu(&tree, B);
    for (j = 0; j < G_N_ELEMENTS(supports[i].files) && supports[i].files[j].path; j++)
        cmdqvTestTreeAdd(&tree, supports[i].files[j].path, supports[i].files[j].data, -1);
    if (supports[i].declared == G_MAXUINT)
        cmdqvTestTreeAdd(&tree, IORT, "IORT", -1);
    else if (supports[i].declared > 0)
        cmdqvTestTreeAdd(&tree, IORT, table, (gssize)cmdqvTestIort(table, bases, supports[i].declared));
    cmdqvTestExpect(&tree, expected);
}


/* Every length of a table, and every byte of it changed: read within its bounds, and never for ever. */
static void
cmdqvTestIortHostile(void)
{
    static const guint64 bases[] = { A, B };
    char table[CMDQV_TEST_IORT_BYTES(2)];
    gsize len = cmdqvTestIort(table, bases, 2);
    guint32 identifier = 0;
    gsize i;
    guint j;

    g_assert_true(cmdqvAcpiIortSmmuIdentifier(table, len, B, &identifier));
    g_assert_cmpuint(identifier, ==, 2);
    g_assert_false(cmdqvAcpiIortSmmuIdentifier(table, len, 0, &identifier));
    g_assert_cmpuint(identifier, ==, 2);
    for (i = 0; i < len; i++) {
        g_autofree char *shorter = g_malloc(MAX(i, 1));

        memcpy(shorter, table, i);
        g_assert_false(cmdqvAcpiIortSmmuIdentifier(shorter, i, B, &identifier));
    }
    for (i = 0; i < len; i++) {
        for (j = 0; j < 256; j++) {
            g_autofree char *changed = g_malloc(len);

            memcpy(changed, table, len);
            changed[i] = (char)j;
            (void)cmdqvAcpiIortSmmuIdentifier(changed, len, B, &identifier);
        }
    }
    /* an older revision has no identifier there */
    table[48 + 3] = 0;
    g_assert_false(cmdqvAcpiIortSmmuIdentifier(table, len, A, &identifier));
}


/* Trees that no kernel makes. */
static void
cmdqvTestHostile(void)
{
    g_autofree char *longName = g_strnfill(200, 'x');
    g_autofree char *longSmmu = g_strconcat("sys/class/iommu/smmu3.", longName, NULL);
    g_autofree char *huge = g_strnfill(100000, '9');
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autofree char *fifo = NULL;

    cmdqvTestTreeInit(&tree);
    cmdqvTestHostSmmu(&tree, A);
    cmdqvTestTreeAdd(&tree, longSmmu, NULL, 0);
    cmdqvTestTreeAdd(&tree, "sys/class/iommu/smmu3.\"\n\033[2J", NULL, 0);
    cmdqvTestTreeAdd(&tree, "sys/class/iommu/smmu3.\xff", NULL, 0);
    cmdqvTestTreeLink(&tree, "sys/class/iommu/smmu3.loop", "smmu3.loop");
    cmdqvTestTreeLink(&tree, "sys/class/iommu/smmu3.dangling", "../nowhere");
    cmdqvTestTreeAdd(&tree, PCI "0009:1:00.0", NULL, 0);
    cmdqvTestTreeAdd(&tree, PCI "0009:01:00.8", NULL, 0);
    cmdqvTestTreeAdd(&tree, PCI "0009:01:00.0x", NULL, 0);
    cmdqvTestTreeAdd(&tree, PCI "", NULL, 0);
    cmdqvTestHostDevice(&tree, "0009:01:00.0", A, "with blank", 99999999);
    cmdqvTestHostDevice(&tree, "0009:02:00.0", A, longName, -5);
    cmdqvTestHostDevice(&tree, "0009:03:00.0", A, NULL, 3);
    cmdqvTestTreeAdd(&tree, PCI "0009:03:00.0/driver", "not a link", -1);
    cmdqvTestTreeAdd(&tree, PCI "0009:03:00.0/numa_node", huge, -1);
    cmdqvTestTreeAdd(&tree, PCI "0009:03:00.0/vendor", NULL, 0);
    cmdqvTestTreeAdd(&tree, PCI "0009:03:00.0/vfio-dev", "a file", -1);
    cmdqvTestTreeLink(&tree, PCI "0009:03:00.0/class", "class");
    cmdqvTestTreeLink(&tree, PCI "0009:04:00.0", "0009:04:00.0");
    cmdqvTestTreeLink(&tree, PCI "0009:05:00.0/iommu", "/");
    cmdqvTestTreeLink(&tree, PCI "0009:06:00.0/iommu", "../../smmu3.0x0000000012000000");
    fifo = g_build_filename(tree.root, PCI "0009:03:00.0/device", NULL);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    cmdqvTestExpect(&tree, SMMU_A " unknown -1\n 0009:01:00.0 - - - -1\n 0009:02:00.0 - - - -1\n 0009:03:00.0 - - - -1\n"
                    "smmu3.dangling unknown -1\nsmmu3.loop unknown -1\n");
}


static void
cmdqvTestUnreadable(void)
{
    g_auto(cmdqvTestTree) tree = { NULL };

    cmdqvTestTreeInit(&tree);
    cmdqvTestTreeAdd(&tree, "sys/class/iommu", "a file", -1);
    cmdqvTestTreeAdd(&tree, "sys/bus/pci/devices", "a file", -1);
    cmdqvTestTreeAdd(&tree, "sys/bus/acpi/devices", "a file", -1);
    cmdqvTestExpect(&tree, "");
}


/* The devices do not agree on a node: the SMMU has none. */
static void
cmdqvTestNodes(void)
{
    g_auto(cmdqvTestTree) tree = { NULL };

    cmdqvTestTreeInit(&tree);
    cmdqvTestHostSmmu(&tree, A);
    cmdqvTestHostDevice(&tree, "0009:01:00.0", A, NULL, -1);
    cmdqvTestHostDevice(&tree, "0009:02:00.0", A, NULL, 1);
    cmdqvTestExpect(&tree, SMMU_A " unknown 1\n 0009:01:00.0 - - - -1\n 0009:02:00.0 - - - 1\n");
    cmdqvTestHostDevice(&tree, "0009:03:00.0", A, NULL, 0);
    cmdqvTestExpect(&tree, SMMU_A " unknown -1\n 0009:01:00.0 - - - -1\n 0009:02:00.0 - - - 1\n 0009:03:00.0 - - - 0\n");
    cmdqvTestTreeAdd(&tree, "sys/class/iommu/" SMMU_A "/device/numa_node", "0\n", -1);
    cmdqvTestExpect(&tree, SMMU_A " unknown 0\n 0009:01:00.0 - - - -1\n 0009:02:00.0 - - - 1\n 0009:03:00.0 - - - 0\n");
}


/* Asking does no harm, on any machine. */
static void
cmdqvTestHere(void)
{
    g_autoptr(GPtrArray) inventory = cmdqvSmmuInventoryRead("");

    g_assert_nonnull(inventory);
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(supports); i++) {
        g_autofree char *path = g_strconcat("/inventory/support/", supports[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestSupport);
    }
    for (i = 0; i < G_N_ELEMENTS(windows); i++) {
        g_autofree char *path = g_strconcat("/inventory/window/", windows[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestWindow);
    }
    g_test_add_func("/inventory/grace", cmdqvTestGrace);
    g_test_add_func("/inventory/tell", cmdqvTestTell);
    g_test_add_func("/inventory/physical-function", cmdqvTestPhysicalFunction);
    g_test_add_func("/inventory/nothing", cmdqvTestNothing);
    g_test_add_func("/inventory/iort-hostile", cmdqvTestIortHostile);
    g_test_add_func("/inventory/hostile", cmdqvTestHostile);
    g_test_add_func("/inventory/unreadable", cmdqvTestUnreadable);
    g_test_add_func("/inventory/nodes", cmdqvTestNodes);
    g_test_add_func("/inventory/here", cmdqvTestHere);
    return g_test_run();
}
