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
    { .name = "nothing", .use = NULL, .files = { { .path = FOLDER "class", .text = "0x020000\n" } } },
    { .name = "interface-up", .use = "its network interface 'eth0' is up",
      .files = { { .path = FOLDER "net/eth0/flags", .text = "0x1003\n" } } },
    { .name = "interface-down", .use = NULL, .files = { { .path = FOLDER "net/eth0/flags", .text = "0x1002\n" } } },
    { .name = "interface-of-another", .use = NULL,
      .files = { { .path = "sys/bus/pci/devices/" OTHER "/net/eth0/flags", .text = "0x1003\n" } } },
    { .name = "one-of-two-interfaces-up", .use = "its network interface 'eth1' is up",
      .files = {
          { .path = FOLDER "net/eth0/flags", .text = "0x1002\n" },
          { .path = FOLDER "net/eth1/flags", .text = "0x1003\n" },
      } },
    { .name = "interface-without-flags", .use = NULL, .files = { { .path = FOLDER "net/eth0/mtu", .text = "1500\n" } } },
    { .name = "disk-mounted", .use = "its disk 'nvme0n1' is mounted",
      .files = {
          { .path = "sys/class/block/nvme0n1", .target = DISK(DEVICE) },
          { .path = "sys/devices/pci0009:00/" DEVICE "/nvme/nvme0/nvme0n1/dev", .text = "259:0\n" },
          { .path = "proc/self/mountinfo",
            .text = "21 1 0:20 / /sys rw - sysfs sysfs rw\n29 1 259:0 / / rw - ext4 /dev/nvme0n1 rw\n" },
      } },
    { .name = "disk-of-a-longer-number", .use = NULL,
      .files = {
          { .path = "sys/class/block/nvme0n1", .target = DISK(DEVICE) },
          { .path = "sys/devices/pci0009:00/" DEVICE "/nvme/nvme0/nvme0n1/dev", .text = "259:0\n" },
          { .path = "proc/self/mountinfo", .text = "29 1 259:01 / / rw - ext4 /dev/x rw\n259:0\n" },
      } },
    { .name = "disk-held", .use = "its disk 'nvme0n1' is part of another block device",
      .files = {
          { .path = "sys/class/block/nvme0n1", .target = DISK(DEVICE) },
          { .path = "sys/devices/pci0009:00/" DEVICE "/nvme/nvme0/nvme0n1/dev", .text = "259:0\n" },
          { .path = "sys/devices/pci0009:00/" DEVICE "/nvme/nvme0/nvme0n1/holders/dm-0", .text = "" },
      } },
    { .name = "disk-idle", .use = NULL,
      .files = {
          { .path = "sys/class/block/nvme0n1", .target = DISK(DEVICE) },
          { .path = "sys/devices/pci0009:00/" DEVICE "/nvme/nvme0/nvme0n1/dev", .text = "259:0\n" },
          { .path = "proc/self/mountinfo", .text = "29 1 8:1 / / rw - ext4 /dev/sda1 rw\n" },
      } },
    { .name = "disk-of-another", .use = NULL,
      .files = {
          { .path = "sys/class/block/nvme0n1", .target = DISK(OTHER) },
          { .path = "sys/devices/pci0009:00/" OTHER "/nvme/nvme0/nvme0n1/dev", .text = "259:0\n" },
          { .path = "proc/self/mountinfo", .text = "29 1 259:0 / / rw - ext4 /dev/nvme0n1 rw\n" },
      } },
    { .name = "display-on", .use = "it drives the display at 'card1-DP-1'",
      .files = {
          { .path = FOLDER "drm/card1/card1-DP-1/enabled", .text = "enabled\n" },
          { .path = FOLDER "drm/card1/dev", .text = "226:1\n" },
      } },
    { .name = "display-off", .use = NULL, .files = { { .path = FOLDER "drm/card1/card1-DP-1/enabled", .text = "disabled\n" } } },
    { .name = "no-connector", .use = NULL, .files = { { .path = FOLDER "drm/renderD128/dev", .text = "226:128\n" } } },
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
