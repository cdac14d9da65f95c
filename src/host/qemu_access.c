/*
 * qemu_access.c: find out which files of /dev QEMU can open under a libvirt
 * without iommufd
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A libvirt that knows iommufd opens these files for QEMU. An earlier one does
 * this (seen with libvirt 11.3, and in its qemu_namespace.c, qemu_cgroup.c and
 * security_dac.c):
 *
 *  - QEMU gets a /dev of its own, with the files of cgroup_device_acl and the
 *    devices of the domain that libvirt knows (/dev/vfio/NUMBER). libvirt skips
 *    a name without a file. A folder makes the start fail.
 *  - the control group of devices allows the same files;
 *  - libvirt changes the owner of /dev/vfio/NUMBER only.
 */

#include "host/qemu_access.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "host/cmdqv_support.h"
#include "util/file.h"
#include "util/text.h"
#include "util/virconf.h"

#define CMDQV_QEMU_ACCESS_MAX_BYTES (1024 * 1024)
#define CMDQV_QEMU_ACCESS_ACL "system.posix_acl_access"
#define CMDQV_QEMU_ACCESS_BOTH (S_IROTH | S_IWOTH)

/* Fields of a line of /etc/passwd and /etc/group. */
#define CMDQV_QEMU_ACCESS_PASSWD_FIELDS 4
#define CMDQV_QEMU_ACCESS_GROUP_FIELDS 4

/* Default users of QEMU in distributions, for a file that names none. */
static const char *const cmdqvQemuAccessUsers[] = { "libvirt-qemu", "qemu" };

struct _cmdqvQemuAccess {
    char *root;
    char **acl;             /* NULL: libvirt's default, without these files */
    bool ownDev;
    bool barring;           /* a control group of devices is in use */
    bool known;             /* the user that runs QEMU is known, and so are the next two */
    guint uid;
    GArray *gids;           /* guint */
};


/**
 * cmdqvQemuAccessFree:
 * @access: (transfer full) (nullable): from cmdqvQemuAccessRead()
 */
void
cmdqvQemuAccessFree(cmdqvQemuAccess *access)
{
    if (!access)
        return;
    g_free(access->root);
    g_strfreev(access->acl);
    g_array_unref(access->gids);
    g_free(access);
}


static char *
cmdqvQemuAccessPath(const cmdqvQemuAccess *access, const char *path)
{
    return g_build_filename(*access->root ? access->root : "/", path, NULL);
}


static bool
cmdqvQemuAccessExists(const cmdqvQemuAccess *access, const char *path)
{
    g_autofree char *full = cmdqvQemuAccessPath(access, path);

    return g_file_test(full, G_FILE_TEST_EXISTS);
}


/* The lines of /etc/passwd or /etc/group; libvirt uses other sources too, but these files have the system users. */
static char **
cmdqvQemuAccessLines(const cmdqvQemuAccess *access, const char *file)
{
    g_autofree char *path = cmdqvQemuAccessPath(access, file);
    g_autofree char *text = NULL;
    gsize len;

    return cmdqvFileRead(path, CMDQV_QEMU_ACCESS_MAX_BYTES, &text, &len, NULL) ? g_strsplit(text, "\n", -1) : g_new0(char *, 1);
}


/* Whether a line is of "name", "123" or "+123"; the last is a number even if a user has that name. */
static bool
cmdqvQemuAccessIsEntry(char **fields, const char *name)
{
    return (*name != '+' && strcmp(fields[0], name) == 0) || strcmp(fields[2], name + (*name == '+')) == 0;
}


static void
cmdqvQemuAccessAddGroup(cmdqvQemuAccess *access, const char *number)
{
    unsigned int gid;

    if (cmdqvTextToUnsigned(number, 10, G_MAXUINT32, &gid))
        g_array_append_val(access->gids, gid);
}


/* Finds a user and the group of its entry; false if there is no such entry. @name: (out): its name in other entries. */
static bool
cmdqvQemuAccessFindUser(cmdqvQemuAccess *access, const char *wanted, char **name)
{
    g_auto(GStrv) lines = cmdqvQemuAccessLines(access, "etc/passwd");
    guint i;

    for (i = 0; lines[i]; i++) {
        g_auto(GStrv) fields = g_strsplit(lines[i], ":", -1);

        if (g_strv_length(fields) < CMDQV_QEMU_ACCESS_PASSWD_FIELDS || !cmdqvQemuAccessIsEntry(fields, wanted) ||
            !cmdqvTextToUnsigned(fields[2], 10, G_MAXUINT32, &access->uid))
            continue;
        cmdqvQemuAccessAddGroup(access, fields[3]);
        *name = g_strdup(fields[0]);
        return true;
    }
    return false;
}


/* Finds the groups of a user, and the named group. */
static void
cmdqvQemuAccessFindGroups(cmdqvQemuAccess *access, const char *user, const char *group)
{
    g_auto(GStrv) lines = cmdqvQemuAccessLines(access, "etc/group");
    guint i;

    for (i = 0; lines[i]; i++) {
        g_auto(GStrv) fields = g_strsplit(lines[i], ":", -1);
        g_auto(GStrv) members = NULL;

        if (g_strv_length(fields) < CMDQV_QEMU_ACCESS_GROUP_FIELDS)
            continue;
        members = g_strsplit(fields[3], ",", -1);
        if (g_strv_contains((const char *const *)members, user) || (group && cmdqvQemuAccessIsEntry(fields, group)))
            cmdqvQemuAccessAddGroup(access, fields[2]);
    }
}


static const char *
cmdqvQemuAccessSetting(GHashTable *settings, const char *name)
{
    char **values = g_hash_table_lookup(settings, name);

    return values ? values[0] : NULL;
}


static void
cmdqvQemuAccessReadUser(cmdqvQemuAccess *access, GHashTable *settings)
{
    const char *user = cmdqvQemuAccessSetting(settings, "user");
    g_autofree char *name = NULL;
    guint i;

    if (user)
        access->known = cmdqvQemuAccessFindUser(access, user, &name);
    for (i = 0; !user && !access->known && i < G_N_ELEMENTS(cmdqvQemuAccessUsers); i++)
        access->known = cmdqvQemuAccessFindUser(access, cmdqvQemuAccessUsers[i], &name);
    if (access->known)
        cmdqvQemuAccessFindGroups(access, name, cmdqvQemuAccessSetting(settings, "group"));
}


/* Whether a word is in a list, or in its default if the file has no list. */
static bool
cmdqvQemuAccessHas(GHashTable *settings, const char *name, const char *word)
{
    const char *const *values = g_hash_table_lookup(settings, name);

    return !values || g_strv_contains(values, word);
}


/**
 * cmdqvQemuAccessRead:
 * @root: prefix of every path, "" for the host itself
 * @file: libvirt's qemu.conf; its defaults apply if there is none
 * @error: if the file cannot be read
 *
 * For a daemon that runs as root; others give QEMU no /dev of its own.
 *
 * Returns: (transfer full) (nullable): the files that QEMU can open, NULL with @error
 * set
 */
cmdqvQemuAccess *
cmdqvQemuAccessRead(const char *root, const char *file, GError **error)
{
    g_autoptr(cmdqvQemuAccess) access = g_new0(cmdqvQemuAccess, 1);
    g_autofree char *path = NULL;
    g_autofree char *text = NULL;
    g_autoptr(GHashTable) settings = NULL;
    gsize len;

    access->root = g_strdup(root);
    access->gids = g_array_new(FALSE, FALSE, sizeof(guint));
    path = cmdqvQemuAccessPath(access, file);
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        text = g_strdup("");
    else if (!cmdqvFileRead(path, CMDQV_QEMU_ACCESS_MAX_BYTES, &text, &len, error))
        return NULL;
    settings = cmdqvVirConfParse(text, file, error);
    if (!settings)
        return NULL;

    access->acl = g_strdupv(g_hash_table_lookup(settings, "cgroup_device_acl"));
    access->ownDev = cmdqvQemuAccessHas(settings, "namespaces", "mount");
    access->barring = cmdqvQemuAccessHas(settings, "cgroup_controllers", "devices") &&
        (cmdqvQemuAccessExists(access, "sys/fs/cgroup/cgroup.controllers") || cmdqvQemuAccessExists(access, "sys/fs/cgroup/devices"));
    cmdqvQemuAccessReadUser(access, settings);
    return g_steal_pointer(&access);
}


/* Whether the list has the file, or, while its number is unknown, any such file. */
static bool
cmdqvQemuAccessIsListed(const cmdqvQemuAccess *access, const char *node)
{
    guint i;

    for (i = 0; access->acl && access->acl[i]; i++) {
        if (strcmp(access->acl[i], node) == 0)
            return true;
        if (strcmp(node, CMDQV_DEV_NODES_VFIO_ANY) == 0 && g_str_has_prefix(access->acl[i], CMDQV_DEV_NODES_VFIO))
            return true;
    }
    return false;
}


static bool
cmdqvQemuAccessIsForeign(const cmdqvQemuAccess *access, const char *path, const struct stat *info)
{
    mode_t given = info->st_mode;
    guint i;

    if (!access->known || access->uid == 0 || getxattr(path, CMDQV_QEMU_ACCESS_ACL, NULL, 0) > 0)
        return false;
    if (info->st_uid == access->uid)
        given >>= 6;
    for (i = 0; info->st_uid != access->uid && i < access->gids->len; i++) {
        if (g_array_index(access->gids, guint, i) == info->st_gid) {
            given >>= 3;
            break;
        }
    }
    return (given & CMDQV_QEMU_ACCESS_BOTH) != CMDQV_QEMU_ACCESS_BOTH;
}


/**
 * cmdqvQemuAccessToNode:
 * @node: a file in /dev, or CMDQV_DEV_NODES_VFIO_ANY
 * @access: (type cmdqvQemuAccess): from cmdqvQemuAccessRead()
 *
 * Returns: the first obstacle for QEMU
 */
cmdqvDevNodesAccess
cmdqvQemuAccessToNode(const char *node, gpointer access)
{
    const cmdqvQemuAccess *self = access;
    g_autofree char *path = cmdqvQemuAccessPath(self, node);
    bool listed = cmdqvQemuAccessIsListed(self, node);
    struct stat info;

    if (self->ownDev && !listed)
        return CMDQV_DEV_NODES_HIDDEN;
    if (self->barring && !listed)
        return CMDQV_DEV_NODES_BARRED;
    if (strcmp(node, CMDQV_DEV_NODES_VFIO_ANY) == 0)
        return CMDQV_DEV_NODES_OPEN;
    if (stat(path, &info) < 0)
        return errno == ENOENT ? CMDQV_DEV_NODES_MISSING : CMDQV_DEV_NODES_OPEN;
    return cmdqvQemuAccessIsForeign(self, path, &info) ? CMDQV_DEV_NODES_FOREIGN : CMDQV_DEV_NODES_OPEN;
}


/**
 * cmdqvQemuAccessNodeOf:
 * @device: PCI address on the host, as in sysfs
 * @access: (type cmdqvQemuAccess): from cmdqvQemuAccessRead()
 *
 * Returns: (transfer full): the file that QEMU opens for it;
 * CMDQV_DEV_NODES_VFIO_ANY while the device is not bound to vfio-pci
 */
char *
cmdqvQemuAccessNodeOf(const char *device, gpointer access)
{
    const cmdqvQemuAccess *self = access;
    g_autofree char *name = cmdqvSupportVfioOf(device, self->root);

    return name ? g_strconcat(CMDQV_DEV_NODES_VFIO, name, NULL) : g_strdup(CMDQV_DEV_NODES_VFIO_ANY);
}
