/*
 * device_use.c: the use that the host itself makes of a PCI device
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "host/device_use.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "util/file.h"

/* An attribute of sysfs is a page at most. */
#define CMDQV_DEVICE_USE_ATTRIBUTE_LIMIT 65536
/* A line for each mount; hosts of containers have thousands. */
#define CMDQV_DEVICE_USE_MOUNTS_LIMIT (16 * 1024 * 1024)

/* IFF_UP of linux/if.h, in the file "flags". */
#define CMDQV_DEVICE_USE_IFF_UP 0x1


static char *
cmdqvDeviceUseRead(const char *folder, const char *name, gsize limit)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    char *text = NULL;
    gsize len;

    return cmdqvFileRead(path, limit, &text, &len, NULL) ? g_strchomp(text) : NULL;
}


static char *
cmdqvDeviceUseNetwork(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "net", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *interface = g_build_filename(path, name, NULL);
        g_autofree char *flags = cmdqvDeviceUseRead(interface, "flags", CMDQV_DEVICE_USE_ATTRIBUTE_LIMIT);

        if (flags && (strtoul(flags, NULL, 0) & CMDQV_DEVICE_USE_IFF_UP))
            return g_strdup_printf("its network interface '%s' is up", name);
    }
    return NULL;
}


/* Connectors are below the card, as drm/card1/card1-DP-1. */
static char *
cmdqvDeviceUseDisplay(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "drm", NULL);
    g_autoptr(GDir) cards = g_dir_open(path, 0, NULL);
    const char *card;

    while (cards && (card = g_dir_read_name(cards))) {
        g_autofree char *below = g_build_filename(path, card, NULL);
        g_autoptr(GDir) connectors = g_dir_open(below, 0, NULL);
        const char *connector;

        while (connectors && (connector = g_dir_read_name(connectors))) {
            g_autofree char *of = g_build_filename(below, connector, NULL);
            g_autofree char *enabled = cmdqvDeviceUseRead(of, "enabled", CMDQV_DEVICE_USE_ATTRIBUTE_LIMIT);

            if (g_strcmp0(enabled, "enabled") == 0)
                return g_strdup_printf("it drives the display at '%s'", connector);
        }
    }
    return NULL;
}


/* Whether a disk or a partition, by its number, is mounted: the third field of a line (proc_pid_mountinfo(5)). */
static bool
cmdqvDeviceUseIsMounted(const char *mounts, const char *number)
{
    g_auto(GStrv) lines = g_strsplit(mounts, "\n", -1);
    guint i;

    for (i = 0; lines[i]; i++) {
        g_auto(GStrv) fields = g_strsplit(lines[i], " ", 4);

        if (g_strv_length(fields) == 4 && strcmp(fields[2], number) == 0)
            return true;
    }
    return false;
}


/* Whether another block device is made of it, such as a volume group or a RAID. */
static bool
cmdqvDeviceUseHasHolder(const char *block)
{
    g_autofree char *path = g_build_filename(block, "holders", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

    return dir && g_dir_read_name(dir);
}


/* Of the disks and partitions, whose links in /sys/class/block have the address of the controller in them. */
static char *
cmdqvDeviceUseDisk(const char *root, const char *device)
{
    g_autofree char *path = g_build_filename(root, "sys/class/block", NULL);
    g_autofree char *mounts = cmdqvDeviceUseRead(root, "proc/self/mountinfo", CMDQV_DEVICE_USE_MOUNTS_LIMIT);
    g_autofree char *part = g_strdup_printf("/%s/", device);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *block = g_build_filename(path, name, NULL);
        g_autofree char *target = g_file_read_link(block, NULL);
        g_autofree char *number = target && strstr(target, part)
            ? cmdqvDeviceUseRead(block, "dev", CMDQV_DEVICE_USE_ATTRIBUTE_LIMIT) : NULL;

        if (number && mounts && cmdqvDeviceUseIsMounted(mounts, number))
            return g_strdup_printf("its disk '%s' is mounted", name);
        if (number && cmdqvDeviceUseHasHolder(block))
            return g_strdup_printf("its disk '%s' is part of another block device", name);
    }
    return NULL;
}


/**
 * cmdqvDeviceUseFind:
 * @root: prefix of every path, "" for the host itself
 * @device: PCI address, as sysfs has it
 *
 * A network interface that is up, a disk that is mounted or that another block
 * device is made of, and a display that is on.  A guest that gets the device takes
 * them from the host.
 *
 * Returns: (transfer full): its use by the host; NULL if none was found
 */
char *
cmdqvDeviceUseFind(const char *root, const char *device)
{
    const char *top = *root ? root : "/";
    g_autofree char *folder = g_build_filename(top, "sys/bus/pci/devices", device, NULL);
    char *use = cmdqvDeviceUseNetwork(folder);

    if (!use)
        use = cmdqvDeviceUseDisk(top, device);
    return use ? use : cmdqvDeviceUseDisplay(folder);
}


/**
 * cmdqvDeviceUseParent:
 * @root: prefix of every path, "" for the host itself
 * @device: PCI address, as sysfs has it
 *
 * Returns: (transfer full): PCI address of the physical function of a virtual
 * function, NULL if the device is none
 */
char *
cmdqvDeviceUseParent(const char *root, const char *device)
{
    g_autofree char *path = g_build_filename(*root ? root : "/", "sys/bus/pci/devices", device, "physfn", NULL);
    g_autofree char *target = g_file_read_link(path, NULL);

    return target ? g_path_get_basename(target) : NULL;
}
