/*
 * cmdqv_support_test.c: the CMDQV support of a host, asked of small trees of files
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "testutils.h"
#include "host/cmdqv_support.h"
#include "host/daemon_version.h"

#define ACPI "sys/bus/acpi/devices/"
#define IORT "sys/firmware/acpi/tables/IORT"
#define TREE "sys/firmware/devicetree/base/"
#define BYTES(text) .data = text, .len = sizeof(text) - 1

typedef struct {
    const char *path;
    const char *data;
    gssize len;
} cmdqvTestFile;

static const struct {
    const char *name;
    cmdqvSupport expected;
    cmdqvTestFile files[4];
} cases[] = {
    { .name = "nothing", .expected = CMDQV_SUPPORT_UNKNOWN },
    { .name = "acpi-with", .expected = CMDQV_SUPPORT_WITH,
      .files = {
          { .path = IORT, BYTES("x") },
          { .path = ACPI "PNP0A08:00/hid", BYTES("PNP0A08\n") },
          { .path = ACPI "NVDA200C:03/hid", BYTES("NVDA200C\n") },
      } },
    { .name = "acpi-without", .expected = CMDQV_SUPPORT_WITHOUT,
      .files = { { .path = IORT, BYTES("x") }, { .path = ACPI "PNP0A08:00/hid", BYTES("PNP0A08\n") } } },
    { .name = "acpi-without-smmu", .expected = CMDQV_SUPPORT_UNKNOWN,
      .files = { { .path = ACPI "PNP0A08:00/hid", BYTES("PNP0A08\n") } } },
    { .name = "acpi-similar-name", .expected = CMDQV_SUPPORT_WITHOUT,
      .files = {
          { .path = IORT, BYTES("x") },
          { .path = ACPI "NVDA200CX:00/hid", BYTES("x") },
          { .path = ACPI "NVDA200:00/hid", BYTES("x") },
      } },
    { .name = "acpi-device-without-iort", .expected = CMDQV_SUPPORT_WITH,
      .files = { { .path = ACPI "NVDA200C:00/hid", BYTES("NVDA200C\n") } } },
    { .name = "tree-with", .expected = CMDQV_SUPPORT_WITH,
      .files = {
          { .path = TREE "compatible", BYTES("nvidia,tegra264\0") },
          { .path = TREE "bus@0/cmdqv@5200000/compatible", BYTES("nvidia,tegra264-cmdqv\0") },
      } },
    { .name = "tree-second-word", .expected = CMDQV_SUPPORT_WITH,
      .files = { { .path = TREE "cmdqv@1/compatible", BYTES("vendor,new-cmdqv\0nvidia,tegra264-cmdqv\0") } } },
    { .name = "tree-without", .expected = CMDQV_SUPPORT_WITHOUT,
      .files = {
          { .path = TREE "compatible", BYTES("nvidia,tegra264\0") },
          { .path = TREE "iommu@1/compatible", BYTES("arm,smmu-v3\0") },
      } },
    { .name = "tree-longer-word", .expected = CMDQV_SUPPORT_WITHOUT,
      .files = { { .path = TREE "cmdqv@1/compatible", BYTES("nvidia,tegra264-cmdqv2\0") } } },
    { .name = "tree-empty", .expected = CMDQV_SUPPORT_WITHOUT, .files = { { .path = TREE } } },
    { .name = "tree-empty-word", .expected = CMDQV_SUPPORT_WITHOUT,
      .files = { { .path = TREE "compatible", BYTES("") }, { .path = TREE "a/compatible", BYTES("\0\0") } } },
    { .name = "tree-not-terminated", .expected = CMDQV_SUPPORT_WITH,
      .files = { { .path = TREE "compatible", BYTES("nvidia,tegra264-cmdqv") } } },
    { .name = "tree-and-acpi", .expected = CMDQV_SUPPORT_WITH,
      .files = { { .path = TREE "compatible", BYTES("x\0") }, { .path = ACPI "NVDA200C:00/hid", BYTES("x") } } },
};


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_auto(cmdqvTestTree) tree = { NULL };
    guint j;

    cmdqvTestTreeInit(&tree);
    for (j = 0; j < G_N_ELEMENTS(cases[i].files) && cases[i].files[j].path; j++)
        cmdqvTestTreeAdd(&tree, cases[i].files[j].path, cases[i].files[j].data, cases[i].files[j].len);
    g_assert_cmpint(cmdqvSupportProbe(tree.root), ==, cases[i].expected);
}


/* Asking does no harm, on any machine. */
static void
cmdqvTestHere(gconstpointer data G_GNUC_UNUSED)
{
    cmdqvSupport support = cmdqvSupportProbe("");

    g_assert_true(support == CMDQV_SUPPORT_UNKNOWN || support == CMDQV_SUPPORT_WITHOUT || support == CMDQV_SUPPORT_WITH);
}


/* Files that a process has loaded, and the version that they tell. */
static const struct {
    const char *name;
    const char *maps;
    unsigned long expected;
} daemons[] = {
    { .name = "none", .maps = NULL, .expected = 0 },
    { .name = "empty", .maps = "", .expected = 0 },
    { .name = "no-libvirt", .maps = "7f00-7f01 r-xp 0 fe:00 1 /usr/lib/libc.so.6\n", .expected = 0 },
    { .name = "newer",
      .maps = "7e00-7e01 r-xp 0 fe:00 1 /usr/lib/libc.so.6\n7f00-7f01 r--p 0 fe:00 2   /usr/lib/libvirt.so.0.12008.0\n",
      .expected = 12008000 },
    { .name = "older", .maps = "7f00-7f01 r--p 0 fe:00 2 /usr/lib64/libvirt.so.0.11003.1\n7f01-7f02 rw-p 0 0 0 \n",
      .expected = 11003001 },
    { .name = "replaced", .maps = "7f00-7f01 r--p 0 fe:00 2 /usr/lib/libvirt.so.0.12008.0 (deleted)\n", .expected = 12008000 },
    { .name = "qemu-only", .maps = "7f00-7f01 r--p 0 fe:00 2 /usr/lib/libvirt-qemu.so.0.12008.0\n", .expected = 0 },
    { .name = "no-number", .maps = "7f00-7f01 r--p 0 fe:00 2 /usr/lib/libvirt.so.0.x.y\n", .expected = 0 },
    { .name = "half", .maps = "7f00-7f01 r--p 0 fe:00 2 /usr/lib/libvirt.so.0.12008", .expected = 0 },
    { .name = "too-large", .maps = "7f00-7f01 r--p 0 fe:00 2 /usr/lib/libvirt.so.0.99999999.0\n", .expected = 0 },
};


static void
cmdqvTestDaemon(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_auto(cmdqvTestTree) tree = { NULL };

    cmdqvTestTreeInit(&tree);
    if (daemons[i].maps)
        cmdqvTestTreeAdd(&tree, "proc/42/maps", daemons[i].maps, -1);
    g_assert_cmpuint(cmdqvDaemonVersionRead(tree.root, 42), ==, daemons[i].expected);
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/host/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    for (i = 0; i < G_N_ELEMENTS(daemons); i++) {
        g_autofree char *path = g_strconcat("/host/daemon/", daemons[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestDaemon);
    }
    g_test_add_data_func("/host/here", NULL, cmdqvTestHere);
    return g_test_run();
}
