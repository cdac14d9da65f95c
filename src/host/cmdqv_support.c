/*
 * host/cmdqv_support.c: what the host can do
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "host/cmdqv_support.h"

#include <stdbool.h>
#include <string.h>

#include "util/file.h"

/* and the device tree so */
#define CMDQV_COMPATIBLE "nvidia,tegra264-cmdqv"
/* A node names a handful of devices that it is like. */
#define CMDQV_COMPATIBLE_LIMIT 65536

/* Device trees of servers have a few thousand nodes, and SMMUs are near the root. */
#define CMDQV_DEVICETREE_MAX_DEPTH 4


static bool
cmdqvHostAcpiHasCmdqv(const char *root)
{
    g_autofree char *path = g_build_filename(root, "sys/bus/acpi/devices", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        if (g_str_has_prefix(name, CMDQV_HOST_ACPI_HID ":"))
            return true;
    }
    return false;
}


/* "compatible" is a list of strings, a NUL byte behind each. */
static bool
cmdqvHostNodeIsCmdqv(const char *node)
{
    g_autofree char *path = g_build_filename(node, "compatible", NULL);
    g_autofree char *data = NULL;
    gsize len;
    gsize at = 0;

    if (!cmdqvFileRead(path, CMDQV_COMPATIBLE_LIMIT, &data, &len, NULL))
        return false;
    while (at < len) {
        if (strcmp(data + at, CMDQV_COMPATIBLE) == 0)
            return true;
        at += strlen(data + at) + 1;
    }
    return false;
}


static bool
cmdqvHostDeviceTreeHasCmdqv(const char *node, unsigned int depth)
{
    g_autoptr(GDir) dir = g_dir_open(node, 0, NULL);
    const char *name;

    if (!dir)
        return false;
    if (cmdqvHostNodeIsCmdqv(node))
        return true;
    while (depth > 0 && (name = g_dir_read_name(dir))) {
        g_autofree char *child = g_build_filename(node, name, NULL);

        if (g_file_test(child, G_FILE_TEST_IS_DIR) && cmdqvHostDeviceTreeHasCmdqv(child, depth - 1))
            return true;
    }
    return false;
}


/**
 * cmdqvHostSupportProbe:
 * @root: what to put before every path, "" for the host itself
 *
 * SMMUv3s are declared in ACPI's IORT or in a device tree.  Where neither is
 * there to be read, their absence proves nothing.
 *
 * Returns: whether the host's SMMUs have CMDQV
 */
cmdqvHostSupport
cmdqvHostSupportProbe(const char *root)
{
    g_autofree char *iort = g_build_filename(*root ? root : "/", "sys/firmware/acpi/tables/IORT", NULL);
    g_autofree char *tree = g_build_filename(*root ? root : "/", "sys/firmware/devicetree/base", NULL);
    bool hasTree = g_file_test(tree, G_FILE_TEST_IS_DIR);

    if (cmdqvHostAcpiHasCmdqv(*root ? root : "/"))
        return CMDQV_HOST_WITH;
    if (hasTree && cmdqvHostDeviceTreeHasCmdqv(tree, CMDQV_DEVICETREE_MAX_DEPTH))
        return CMDQV_HOST_WITH;
    return hasTree || g_file_test(iort, G_FILE_TEST_EXISTS) ? CMDQV_HOST_WITHOUT : CMDQV_HOST_UNKNOWN;
}


/**
 * cmdqvHostSmmuOf:
 * @device: PCI address on the host, as sysfs has it
 * @root: (type utf8): what to put before every path, "" for the host itself
 *
 * Returns: (transfer full): name of the IOMMU instance that the device is
 * behind, such as smmu3.0x0000000016000000; NULL where the host does not say
 */
char *
cmdqvHostSmmuOf(const char *device, gpointer root)
{
    const char *prefix = root;
    g_autofree char *path = g_build_filename(*prefix ? prefix : "/", "sys/bus/pci/devices", device, "iommu", NULL);
    g_autofree char *target = g_file_read_link(path, NULL);

    return target ? g_path_get_basename(target) : NULL;
}


/**
 * cmdqvHostVfioOf:
 * @device: PCI address on the host, as sysfs has it
 * @root: what to put before every path, "" for the host itself
 *
 * Returns: (transfer full): name below /dev/vfio/devices of what is opened to
 * have the device on iommufd; NULL as long as it is not bound to vfio-pci
 */
char *
cmdqvHostVfioOf(const char *device, const char *root)
{
    g_autofree char *path = g_build_filename(*root ? root : "/", "sys/bus/pci/devices", device, "vfio-dev", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

    return g_strdup(dir ? g_dir_read_name(dir) : NULL);
}
