/*
 * test_host_tree.c: small trees of files that look like a host
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test_host_tree.h"

#include <string.h>
#include <unistd.h>


void
cmdqvTestTreeLink(const cmdqvTestTree *tree, const char *path, const char *target)
{
    g_autofree char *full = g_build_filename(tree->root, path, NULL);
    g_autofree char *folder = g_path_get_dirname(full);

    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_assert_cmpint(symlink(target, full), ==, 0);
}


static void
cmdqvTestPut(char *at, guint64 value, guint bytes)
{
    for (; bytes > 0; bytes--, value >>= 8)
        *at++ = (char)(value & 0xff);
}


/**
 * cmdqvTestIort:
 * @table: (out): CMDQV_TEST_IORT_BYTES() bytes
 * @bases: base addresses of SMMUs, whose identifiers are 1, 2 and so on
 * @count: how many
 *
 * Returns: its length in bytes
 */
gsize
cmdqvTestIort(char *table, const guint64 *bases, guint count)
{
    gsize len = CMDQV_TEST_IORT_BYTES(count);
    guint i;

    memset(table, 0, len);
    memcpy(table, "IORT", 4);
    cmdqvTestPut(table + 4, len, 4);
    cmdqvTestPut(table + 36, count, 4);
    cmdqvTestPut(table + 40, 48, 4);
    for (i = 0; i < count; i++) {
        char *node = table + CMDQV_TEST_IORT_BYTES(i);

        cmdqvTestPut(node, 4, 1);
        cmdqvTestPut(node + 1, 68, 2);
        cmdqvTestPut(node + 3, 4, 1);
        cmdqvTestPut(node + 4, i + 1, 4);
        cmdqvTestPut(node + 16, bases[i], 8);
    }
    return len;
}


void
cmdqvTestHostSmmu(const cmdqvTestTree *tree, guint64 base)
{
    g_autofree char *path = g_strdup_printf("sys/class/iommu/smmu3.0x%016" G_GINT64_MODIFIER "x/devices", base);

    cmdqvTestTreeAdd(tree, path, NULL, 0);
}


/* @node -1 and @driver NULL: it does not say. */
void
cmdqvTestHostDevice(const cmdqvTestTree *tree, const char *address, guint64 base, const char *driver, int node)
{
    g_autofree char *folder = g_strdup_printf("sys/bus/pci/devices/%s", address);
    g_autofree char *iommu = g_strdup_printf("../../../../class/iommu/smmu3.0x%016" G_GINT64_MODIFIER "x", base);
    g_autofree char *bound = g_strdup_printf("../../drivers/%s", driver ? driver : "");
    g_autofree char *number = g_strdup_printf("%d\n", node);
    g_autofree char *link = g_strconcat(folder, "/iommu", NULL);
    g_autofree char *driverLink = g_strconcat(folder, "/driver", NULL);
    g_autofree char *nodeFile = g_strconcat(folder, "/numa_node", NULL);

    cmdqvTestTreeAdd(tree, folder, NULL, 0);
    cmdqvTestTreeLink(tree, link, iommu);
    cmdqvTestTreeAdd(tree, nodeFile, number, -1);
    if (driver)
        cmdqvTestTreeLink(tree, driverLink, bound);
}


/**
 * cmdqvTestHostGrace:
 * @tree: an empty tree
 *
 * Three SMMUs: the first two have CMDQV, and the devices 0009:* on node 0 and
 * 0010:* on node 1; the third has none, and 0000:c1:00.0.
 */
void
cmdqvTestHostGrace(const cmdqvTestTree *tree)
{
    static const guint64 bases[] = { 0x16000000, 0x12000000, 0x5000000 };
    char table[CMDQV_TEST_IORT_BYTES(G_N_ELEMENTS(bases))];
    guint i;

    (void)cmdqvTestIort(table, bases, G_N_ELEMENTS(bases));
    cmdqvTestTreeAdd(tree, "sys/firmware/acpi/tables/IORT", table, sizeof(table));
    cmdqvTestTreeAdd(tree, "sys/bus/acpi/devices/NVDA200C:00/uid", "1\n", -1);
    cmdqvTestTreeAdd(tree, "sys/bus/acpi/devices/NVDA200C:01/uid", "2\n", -1);
    for (i = 0; i < G_N_ELEMENTS(bases); i++)
        cmdqvTestHostSmmu(tree, bases[i]);
    cmdqvTestHostDevice(tree, "0009:01:00.0", bases[0], "vfio-pci", 0);
    cmdqvTestHostDevice(tree, "0009:01:00.1", bases[0], "vfio-pci", 0);
    cmdqvTestHostDevice(tree, "0009:03:00.1", bases[0], "mlx5_core", 0);
    cmdqvTestHostDevice(tree, "0010:01:00.0", bases[1], "vfio-pci", 1);
    cmdqvTestHostDevice(tree, "0010:02:00.0", bases[1], NULL, 1);
    cmdqvTestHostDevice(tree, "0000:c1:00.0", bases[2], "vfio-pci", -1);
    cmdqvTestTreeAdd(tree, "sys/bus/pci/devices/0009:01:00.0/vfio-dev/vfio7", NULL, 0);
    cmdqvTestTreeLink(tree, "sys/bus/pci/devices/0009:01:00.0/iommu_group", "../../../../kernel/iommu_groups/40");
    cmdqvTestTreeAdd(tree, "sys/bus/pci/devices/0009:01:00.0/class", "0x030200\n", -1);
    cmdqvTestTreeAdd(tree, "sys/bus/pci/devices/0009:01:00.0/vendor", "0x10de\n", -1);
    cmdqvTestTreeAdd(tree, "sys/bus/pci/devices/0009:01:00.0/device", "0x2342\n", -1);
    cmdqvTestTreeAdd(tree, "sys/bus/pci/devices/0000:00:00.0/class", "0x060400\n", -1);
}
