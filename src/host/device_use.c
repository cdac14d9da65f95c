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
#define CMDQV_DEVICE_USE_LIST_LIMIT (16 * 1024 * 1024)

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
cmdqvDeviceUseNetwork(const char *root G_GNUC_UNUSED, const char *folder, const char *name)
{
    g_autofree char *flags = cmdqvDeviceUseRead(folder, "flags", CMDQV_DEVICE_USE_ATTRIBUTE_LIMIT);

    return flags && (strtoul(flags, NULL, 0) & CMDQV_DEVICE_USE_IFF_UP) ? g_strdup_printf("its network interface '%s' is up", name) : NULL;
}


static char *
cmdqvDeviceUseDisplay(const char *root G_GNUC_UNUSED, const char *folder, const char *name)
{
    g_autofree char *enabled = cmdqvDeviceUseRead(folder, "enabled", CMDQV_DEVICE_USE_ATTRIBUTE_LIMIT);

    return g_strcmp0(enabled, "enabled") == 0 ? g_strdup_printf("it drives the display at '%s'", name) : NULL;
}


/* Whether a line of a file below /proc has the word in this field; the words have no blanks in them. */
static bool
cmdqvDeviceUseIsListed(const char *root, const char *file, guint field, const char *word)
{
    g_autofree char *text = cmdqvDeviceUseRead(root, file, CMDQV_DEVICE_USE_LIST_LIMIT);
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    guint i;

    for (i = 0; lines[i]; i++) {
        g_auto(GStrv) fields = g_strsplit_set(lines[i], " \t", (int)field + 2);

        if (g_strv_length(fields) > field + 1 && strcmp(fields[field], word) == 0)
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


/* A disk or a partition. Mounts have its number in the third field of their line (proc_pid_mountinfo(5)), swap space the file first. */
static char *
cmdqvDeviceUseDisk(const char *root, const char *folder, const char *name)
{
    g_autofree char *number = cmdqvDeviceUseRead(folder, "dev", CMDQV_DEVICE_USE_ATTRIBUTE_LIMIT);
    g_autofree char *file = g_strdup_printf("/dev/%s", name);

    if (number && cmdqvDeviceUseIsListed(root, "proc/self/mountinfo", 2, number))
        return g_strdup_printf("its disk '%s' is mounted", name);
    if (number && cmdqvDeviceUseIsListed(root, "proc/swaps", 0, file))
        return g_strdup_printf("its disk '%s' is swap space", name);
    if (number && cmdqvDeviceUseHasHolder(folder))
        return g_strdup_printf("its disk '%s' is part of another block device", name);
    return NULL;
}


/* The target of a link in a folder of /sys/class, with a slash at its end. */
static char *
cmdqvDeviceUseTarget(const char *folder)
{
    g_autofree char *target = g_file_read_link(folder, NULL);

    return target ? g_strconcat(target, "/", NULL) : NULL;
}


/*
 * Looks at each interface, disk or display of the device, whatever is between
 * them, such as virtio or a subfunction: it has @part in the target of its link.
 */
static char *
cmdqvDeviceUseLook(const char *root, const char *class, const char *part,
                   char *(*look)(const char *root, const char *folder, const char *name))
{
    g_autofree char *path = g_build_filename(root, "sys/class", class, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    char *use = NULL;
    const char *name;

    while (!use && dir && (name = g_dir_read_name(dir))) {
        g_autofree char *folder = g_build_filename(path, name, NULL);
        g_autofree char *target = cmdqvDeviceUseTarget(folder);

        if (target && strstr(target, part))
            use = look(root, folder, name);
    }
    return use;
}


/*
 * A disk of an NVMe controller that may be one of several is nvme0c1n2 there, and
 * hidden. The host mounts nvme0n2, which is a virtual device.
 */
static char *
cmdqvDeviceUseHiddenDisk(const char *root, const char *folder G_GNUC_UNUSED, const char *name)
{
    g_autoptr(GRegex) hidden = g_regex_new("^(nvme[0-9]+)c[0-9]+(n[0-9]+)$", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    g_autofree char *part = NULL;

    if (!g_regex_match(hidden, name, 0, &match))
        return NULL;
    part = g_match_info_expand_references(match, "/\\1\\2/", NULL);
    return cmdqvDeviceUseLook(root, "block", part, cmdqvDeviceUseDisk);
}


/**
 * cmdqvDeviceUseFind:
 * @root: prefix of every path, "" for the host itself
 * @device: PCI address, as sysfs has it
 *
 * A network interface that is up, a disk that is mounted, swap space, or that
 * another block device is made of, and a display that is on.  A guest that gets
 * the device takes them from the host.
 *
 * Returns: (transfer full): its use by the host; NULL if none was found
 */
char *
cmdqvDeviceUseFind(const char *root, const char *device)
{
    const char *top = *root ? root : "/";
    g_autofree char *part = g_strdup_printf("/%s/", device);
    char *use = cmdqvDeviceUseLook(top, "net", part, cmdqvDeviceUseNetwork);

    if (!use)
        use = cmdqvDeviceUseLook(top, "block", part, cmdqvDeviceUseDisk);
    if (!use)
        use = cmdqvDeviceUseLook(top, "block", part, cmdqvDeviceUseHiddenDisk);
    return use ? use : cmdqvDeviceUseLook(top, "drm", part, cmdqvDeviceUseDisplay);
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
