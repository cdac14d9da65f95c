/*
 * device_use_test.c: the uses that a host makes of its devices, asked of small trees of files
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "test_host_tree.h"
#include "host/device_use.h"

#define DEVICE "0009:03:00.0"
#define OTHER "0009:04:00.0"
#define FOLDER "sys/bus/pci/devices/" DEVICE "/"
#define DISK(of) "../../devices/pci0009:00/" of "/nvme/nvme0/nvme0n1"

/** A file; a link if it has a target. */
typedef struct {
    const char *path;
    const char *text;
    const char *target;
} cmdqvTestFile;

static const struct {
    const char *name;
    const char *use;
    cmdqvTestFile files[5];
} cases[] = {
    { "nothing", NULL, { { FOLDER "class", "0x020000\n", NULL } } },
    { "interface-up", "its network interface 'eth0' is up", { { FOLDER "net/eth0/flags", "0x1003\n", NULL } } },
    { "interface-down", NULL, { { FOLDER "net/eth0/flags", "0x1002\n", NULL } } },
    { "interface-of-another", NULL, { { "sys/bus/pci/devices/" OTHER "/net/eth0/flags", "0x1003\n", NULL } } },
    { "one-of-two-interfaces-up", "its network interface 'eth1' is up",
      { { FOLDER "net/eth0/flags", "0x1002\n", NULL }, { FOLDER "net/eth1/flags", "0x1003\n", NULL } } },
    { "interface-without-flags", NULL, { { FOLDER "net/eth0/mtu", "1500\n", NULL } } },
    { "disk-mounted", "its disk 'nvme0n1' is mounted",
      { { "sys/class/block/nvme0n1", NULL, DISK(DEVICE) }, { "sys/devices/pci0009:00/" DEVICE "/nvme/nvme0/nvme0n1/dev", "259:0\n", NULL },
        { "proc/self/mountinfo", "21 1 0:20 / /sys rw - sysfs sysfs rw\n29 1 259:0 / / rw - ext4 /dev/nvme0n1 rw\n", NULL } } },
    { "disk-of-a-longer-number", NULL,
      { { "sys/class/block/nvme0n1", NULL, DISK(DEVICE) }, { "sys/devices/pci0009:00/" DEVICE "/nvme/nvme0/nvme0n1/dev", "259:0\n", NULL },
        { "proc/self/mountinfo", "29 1 259:01 / / rw - ext4 /dev/x rw\n259:0\n", NULL } } },
    { "disk-held", "its disk 'nvme0n1' is part of another block device",
      { { "sys/class/block/nvme0n1", NULL, DISK(DEVICE) }, { "sys/devices/pci0009:00/" DEVICE "/nvme/nvme0/nvme0n1/dev", "259:0\n", NULL },
        { "sys/devices/pci0009:00/" DEVICE "/nvme/nvme0/nvme0n1/holders/dm-0", "", NULL } } },
    { "disk-idle", NULL,
      { { "sys/class/block/nvme0n1", NULL, DISK(DEVICE) }, { "sys/devices/pci0009:00/" DEVICE "/nvme/nvme0/nvme0n1/dev", "259:0\n", NULL },
        { "proc/self/mountinfo", "29 1 8:1 / / rw - ext4 /dev/sda1 rw\n", NULL } } },
    { "disk-of-another", NULL,
      { { "sys/class/block/nvme0n1", NULL, DISK(OTHER) }, { "sys/devices/pci0009:00/" OTHER "/nvme/nvme0/nvme0n1/dev", "259:0\n", NULL },
        { "proc/self/mountinfo", "29 1 259:0 / / rw - ext4 /dev/nvme0n1 rw\n", NULL } } },
    { "display-on", "it drives the display at 'card1-DP-1'",
      { { FOLDER "drm/card1/card1-DP-1/enabled", "enabled\n", NULL }, { FOLDER "drm/card1/dev", "226:1\n", NULL } } },
    { "display-off", NULL, { { FOLDER "drm/card1/card1-DP-1/enabled", "disabled\n", NULL } } },
    { "no-connector", NULL, { { FOLDER "drm/renderD128/dev", "226:128\n", NULL } } },
};


static void
cmdqvTestUse(gconstpointer data)
{
    guint at = GPOINTER_TO_UINT(data);
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autofree char *use = NULL;
    guint i;

    cmdqvTestTreeInit(&tree);
    for (i = 0; cases[at].files[i].path; i++) {
        const cmdqvTestFile *file = &cases[at].files[i];

        if (file->target)
            cmdqvTestTreeLink(&tree, file->path, file->target);
        else
            cmdqvTestTreeAdd(&tree, file->path, file->text, -1);
    }
    use = cmdqvDeviceUseFind(tree.root, DEVICE);
    g_assert_cmpstr(use, ==, cases[at].use);
}


static void
cmdqvTestParent(void)
{
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autofree char *parent = NULL;
    g_autofree char *none = NULL;

    cmdqvTestTreeInit(&tree);
    cmdqvTestTreeLink(&tree, FOLDER "physfn", "../" OTHER);
    parent = cmdqvDeviceUseParent(tree.root, DEVICE);
    none = cmdqvDeviceUseParent(tree.root, OTHER);
    g_assert_cmpstr(parent, ==, OTHER);
    g_assert_null(none);
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/device-use/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestUse);
    }
    g_test_add_func("/device-use/parent", cmdqvTestParent);
    return g_test_run();
}
