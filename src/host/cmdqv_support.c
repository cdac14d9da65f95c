/*
 * cmdqv_support.c: find out whether the host has CMDQV, and the SMMU of a
 * device
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "host/cmdqv_support.h"

#include <stdbool.h>
#include <string.h>

#include "util/file.h"

/* its name in a device tree */
#define CMDQV_SUPPORT_COMPATIBLE "nvidia,tegra264-cmdqv"
/* A node lists a handful of compatible devices. */
#define CMDQV_SUPPORT_COMPATIBLE_LIMIT 65536

/* Device trees of servers have a few thousand nodes, and SMMUs are near the root. */
#define CMDQV_SUPPORT_DEVICETREE_MAX_DEPTH 4


static bool
cmdqvSupportAcpiHasCmdqv(const char *root)
{
    g_autofree char *path = g_build_filename(root, "sys/bus/acpi/devices", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        if (g_str_has_prefix(name, CMDQV_SUPPORT_ACPI_HID ":"))
            return true;
    }
    return false;
}


/* "compatible" is a list of strings that each end with a NUL byte. */
static bool
cmdqvSupportNodeIsCmdqv(const char *node)
{
    g_autofree char *path = g_build_filename(node, "compatible", NULL);
    g_autofree char *data = NULL;
    gsize len;
    gsize at = 0;

    if (!cmdqvFileRead(path, CMDQV_SUPPORT_COMPATIBLE_LIMIT, &data, &len, NULL))
        return false;
    while (at < len) {
        if (strcmp(data + at, CMDQV_SUPPORT_COMPATIBLE) == 0)
            return true;
        at += strlen(data + at) + 1;
    }
    return false;
}


static bool
cmdqvSupportDeviceTreeHasCmdqv(const char *node, unsigned int depth)
{
    g_autoptr(GDir) dir = g_dir_open(node, 0, NULL);
    const char *name;

    if (!dir)
        return false;
    if (cmdqvSupportNodeIsCmdqv(node))
        return true;
    while (depth > 0 && (name = g_dir_read_name(dir))) {
        g_autofree char *child = g_build_filename(node, name, NULL);

        if (g_file_test(child, G_FILE_TEST_IS_DIR) && cmdqvSupportDeviceTreeHasCmdqv(child, depth - 1))
            return true;
    }
    return false;
}


/**
 * cmdqvSupportProbe:
 * @root: prefix of every path, "" for the host itself
 *
 * ACPI's IORT or a device tree declares SMMUv3s. If neither can be read, the
 * answer is unknown.
 *
 * Returns: whether the host's SMMUs have CMDQV
 */
cmdqvSupport
cmdqvSupportProbe(const char *root)
{
    g_autofree char *iort = g_build_filename(*root ? root : "/", "sys/firmware/acpi/tables/IORT", NULL);
    g_autofree char *tree = g_build_filename(*root ? root : "/", "sys/firmware/devicetree/base", NULL);
    bool hasTree = g_file_test(tree, G_FILE_TEST_IS_DIR);

    if (cmdqvSupportAcpiHasCmdqv(*root ? root : "/"))
        return CMDQV_SUPPORT_WITH;
    if (hasTree && cmdqvSupportDeviceTreeHasCmdqv(tree, CMDQV_SUPPORT_DEVICETREE_MAX_DEPTH))
        return CMDQV_SUPPORT_WITH;
    return hasTree || g_file_test(iort, G_FILE_TEST_EXISTS) ? CMDQV_SUPPORT_WITHOUT : CMDQV_SUPPORT_UNKNOWN;
}


/**
 * cmdqvSupportSmmuOf:
 * @device: PCI address on the host, as in sysfs
 * @root: (type utf8): prefix of every path, "" for the host itself
 *
 * Returns: (transfer full): name of the IOMMU instance that the device is
 * behind, such as smmu3.0x0000000016000000; NULL if that is unknown
 */
char *
cmdqvSupportSmmuOf(const char *device, gpointer root)
{
    const char *prefix = root;
    g_autofree char *path = g_build_filename(*prefix ? prefix : "/", "sys/bus/pci/devices", device, "iommu", NULL);
    g_autofree char *target = g_file_read_link(path, NULL);

    return target ? g_path_get_basename(target) : NULL;
}


/**
 * cmdqvSupportVfioOf:
 * @device: PCI address on the host, as in sysfs
 * @root: prefix of every path, "" for the host itself
 *
 * Returns: (transfer full): name of its file in /dev/vfio/devices, which QEMU
 * opens to use it with iommufd; NULL while it is not bound to vfio-pci
 */
char *
cmdqvSupportVfioOf(const char *device, const char *root)
{
    g_autofree char *path = g_build_filename(*root ? root : "/", "sys/bus/pci/devices", device, "vfio-dev", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

    return g_strdup(dir ? g_dir_read_name(dir) : NULL);
}
