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
#define BELOW(place) "sys/devices/pci0009:00/" place
#define LINK(class, name, place) { .path = "sys/class/" class "/" name, .target = "../../devices/pci0009:00/" place "/" name }
#define NET(name, place, content) LINK("net", name, place "/net"), { .path = BELOW(place "/net/" name "/flags"), .text = content }
#define NVME(of) LINK("block", "nvme0n1", of "/nvme/nvme0"), { .path = BELOW(of "/nvme/nvme0/nvme0n1/dev"), .text = "259:0\n" }
#define DRM(name, place, content) LINK("drm", name, place "/drm/card1"), \
    { .path = BELOW(place "/drm/card1/" name "/enabled"), .text = content }
#define SUBSYSTEM "../virtual/nvme-subsystem/nvme-subsys0"

/** A file; a link if it has a target. */
typedef struct {
    const char *path;
    const char *text;
    const char *target;
} cmdqvTestFile;

static const struct {
    const char *name;
    const char *use;
    cmdqvTestFile files[6];     /* the last one is empty */
} cases[] = {
    { .name = "nothing", .use = NULL, .files = { { .path = FOLDER "class", .text = "0x020000\n" } } },
    { .name = "interface-up", .use = "its network interface 'eth0' is up", .files = { NET("eth0", DEVICE, "0x1003\n") } },
    { .name = "interface-down", .use = NULL, .files = { NET("eth0", DEVICE, "0x1002\n") } },
    { .name = "interface-of-another", .use = NULL, .files = { NET("eth0", OTHER, "0x1003\n") } },
    { .name = "interface-of-virtio", .use = "its network interface 'eth0' is up", .files = { NET("eth0", DEVICE "/virtio0", "0x1003\n") } },
    { .name = "interface-of-a-subfunction", .use = "its network interface 'enp3s0f0s88' is up",
      .files = { NET("enp3s0f0s88", DEVICE "/mlx5_core.sf.2", "0x1003\n") } },
    { .name = "one-of-two-interfaces-up", .use = "its network interface 'eth1' is up",
      .files = { NET("eth0", DEVICE, "0x1002\n"), NET("eth1", DEVICE, "0x1003\n") } },
    { .name = "interface-without-flags", .use = NULL,
      .files = { LINK("net", "eth0", DEVICE "/net"), { .path = BELOW(DEVICE "/net/eth0/mtu"), .text = "1500\n" } } },
    { .name = "disk-mounted", .use = "its disk 'nvme0n1' is mounted",
      .files = {
          NVME(DEVICE),
          { .path = "proc/self/mountinfo",
            .text = "21 1 0:20 / /sys rw - sysfs sysfs rw\n29 1 259:0 / / rw - ext4 /dev/nvme0n1 rw\n" },
      } },
    { .name = "disk-of-a-longer-number", .use = NULL,
      .files = { NVME(DEVICE), { .path = "proc/self/mountinfo", .text = "29 1 259:01 / / rw - ext4 /dev/x rw\n259:0\n" } } },
    { .name = "disk-held", .use = "its disk 'nvme0n1' is part of another block device",
      .files = { NVME(DEVICE), { .path = BELOW(DEVICE "/nvme/nvme0/nvme0n1/holders/dm-0"), .text = "" } } },
    { .name = "disk-swapped-to", .use = "its disk 'nvme0n1' is swap space",
      .files = {
          NVME(DEVICE),
          { .path = "proc/swaps", .text = "Filename\t\t\t\tType\t\tSize\n/dev/nvme0n1                            partition\t8388604\n" },
      } },
    { .name = "disk-that-another-name-begins-with", .use = NULL,
      .files = { NVME(DEVICE), { .path = "proc/swaps", .text = "/dev/nvme0n1p1 partition 8388604\n" } } },
    { .name = "partition-of-one-of-several-controllers", .use = "its disk 'nvme0n1p1' is mounted",
      .files = {
          LINK("block", "nvme0c3n1", DEVICE "/nvme/nvme3"),
          { .path = BELOW(DEVICE "/nvme/nvme3/nvme0c3n1/size"), .text = "1\n" },
          LINK("block", "nvme0n1p1", SUBSYSTEM "/nvme0n1"),
          { .path = BELOW(SUBSYSTEM "/nvme0n1/nvme0n1p1/dev"), .text = "259:2\n" },
          { .path = "proc/self/mountinfo", .text = "29 1 259:2 / / rw - ext4 /dev/nvme0n1p1 rw\n" },
      } },
    { .name = "disk-of-several-controllers-of-another", .use = NULL,
      .files = {
          LINK("block", "nvme0c3n1", OTHER "/nvme/nvme3"),
          LINK("block", "nvme0n1", SUBSYSTEM),
          { .path = BELOW(SUBSYSTEM "/nvme0n1/dev"), .text = "259:2\n" },
          { .path = "proc/self/mountinfo", .text = "29 1 259:2 / / rw - ext4 /dev/nvme0n1 rw\n" },
      } },
    { .name = "disk-idle", .use = NULL,
      .files = { NVME(DEVICE), { .path = "proc/self/mountinfo", .text = "29 1 8:1 / / rw - ext4 /dev/sda1 rw\n" } } },
    { .name = "disk-of-another", .use = NULL,
      .files = { NVME(OTHER), { .path = "proc/self/mountinfo", .text = "29 1 259:0 / / rw - ext4 /dev/nvme0n1 rw\n" } } },
    { .name = "display-on", .use = "it drives the display at 'card1-DP-1'", .files = { DRM("card1-DP-1", DEVICE, "enabled\n") } },
    { .name = "display-of-virtio", .use = "it drives the display at 'card1-Virtual-1'",
      .files = { DRM("card1-Virtual-1", DEVICE "/virtio0", "enabled\n") } },
    { .name = "display-off", .use = NULL, .files = { DRM("card1-DP-1", DEVICE, "disabled\n") } },
    { .name = "no-connector", .use = NULL, .files = { LINK("drm", "renderD128", DEVICE "/drm") } },
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
