/*
 * hosttest.c: what a host can do, asked of small trees of files
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cmdqvtest.h"
#include "host/cmdqvhost.h"

#define ACPI "sys/bus/acpi/devices/"
#define IORT "sys/firmware/acpi/tables/IORT"
#define TREE "sys/firmware/devicetree/base/"
#define BYTES(text) text, sizeof(text) - 1

typedef struct {
    const char *path;
    const char *data;
    gssize len;
} cmdqvTestFile;

static const struct {
    const char *name;
    cmdqvHostSupport expected;
    cmdqvTestFile files[4];
} cases[] = {
    { "nothing", CMDQV_HOST_UNKNOWN, { { NULL, NULL, 0 } } },
    { "acpi-with", CMDQV_HOST_WITH,
      { { IORT, BYTES("x") }, { ACPI "PNP0A08:00/hid", BYTES("PNP0A08\n") }, { ACPI "NVDA200C:03/hid", BYTES("NVDA200C\n") } } },
    { "acpi-without", CMDQV_HOST_WITHOUT, { { IORT, BYTES("x") }, { ACPI "PNP0A08:00/hid", BYTES("PNP0A08\n") } } },
    { "acpi-without-smmu", CMDQV_HOST_UNKNOWN, { { ACPI "PNP0A08:00/hid", BYTES("PNP0A08\n") } } },
    { "acpi-similar-name", CMDQV_HOST_WITHOUT, { { IORT, BYTES("x") }, { ACPI "NVDA200CX:00/hid", BYTES("x") },
                                                 { ACPI "NVDA200:00/hid", BYTES("x") } } },
    { "acpi-device-without-iort", CMDQV_HOST_WITH, { { ACPI "NVDA200C:00/hid", BYTES("NVDA200C\n") } } },
    { "tree-with", CMDQV_HOST_WITH,
      { { TREE "compatible", BYTES("nvidia,tegra264\0") }, { TREE "bus@0/cmdqv@5200000/compatible", BYTES("nvidia,tegra264-cmdqv\0") } } },
    { "tree-second-word", CMDQV_HOST_WITH, { { TREE "cmdqv@1/compatible", BYTES("vendor,new-cmdqv\0nvidia,tegra264-cmdqv\0") } } },
    { "tree-without", CMDQV_HOST_WITHOUT,
      { { TREE "compatible", BYTES("nvidia,tegra264\0") }, { TREE "iommu@1/compatible", BYTES("arm,smmu-v3\0") } } },
    { "tree-longer-word", CMDQV_HOST_WITHOUT, { { TREE "cmdqv@1/compatible", BYTES("nvidia,tegra264-cmdqv2\0") } } },
    { "tree-empty", CMDQV_HOST_WITHOUT, { { TREE, NULL, 0 } } },
    { "tree-empty-word", CMDQV_HOST_WITHOUT, { { TREE "compatible", BYTES("") }, { TREE "a/compatible", BYTES("\0\0") } } },
    { "tree-not-terminated", CMDQV_HOST_WITH, { { TREE "compatible", BYTES("nvidia,tegra264-cmdqv") } } },
    { "tree-and-acpi", CMDQV_HOST_WITH, { { TREE "compatible", BYTES("x\0") }, { ACPI "NVDA200C:00/hid", BYTES("x") } } },
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
    g_assert_cmpint(cmdqvHostSupportProbe(tree.root), ==, cases[i].expected);
}


/* Whatever this machine is, asking it does no harm. */
static void
cmdqvTestHere(gconstpointer data G_GNUC_UNUSED)
{
    cmdqvHostSupport support = cmdqvHostSupportProbe("");

    g_assert_true(support == CMDQV_HOST_UNKNOWN || support == CMDQV_HOST_WITHOUT || support == CMDQV_HOST_WITH);
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
    g_test_add_data_func("/host/here", NULL, cmdqvTestHere);
    return g_test_run();
}
