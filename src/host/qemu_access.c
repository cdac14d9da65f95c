/*
 * host/qemu_access.c: what of /dev an older libvirt lets QEMU have
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A libvirt that knows iommufd opens these files for QEMU.  Of an older one
 * this was seen (libvirt 11.3), and read in its qemu_namespace.c, qemu_cgroup.c
 * and security_dac.c:
 *
 *  - QEMU gets a /dev of its own, with what cgroup_device_acl names and the
 *    devices of the domain as libvirt knows them (/dev/vfio/NUMBER).  A name of
 *    which there is no file is passed over.  A folder makes the start fail.
 *  - the control group of devices lets it open the same;
 *  - the owner is left alone, but for /dev/vfio/NUMBER.
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

#define CMDQV_ACCESS_MAX_BYTES (1024 * 1024)
#define CMDQV_ACCESS_ACL "system.posix_acl_access"
#define CMDQV_ACCESS_BOTH (S_IROTH | S_IWOTH)

/* Of /etc/passwd and /etc/group. */
#define CMDQV_ACCESS_PASSWD_FIELDS 4
#define CMDQV_ACCESS_GROUP_FIELDS 4

/* Users that distributions build libvirt with, where the file names none. */
static const char *const cmdqvAccessUsers[] = { "libvirt-qemu", "qemu" };

struct _cmdqvAccess {
    char *root;
    char **acl;             /* NULL: libvirt's default, which has none of these files */
    bool ownDev;
    bool barring;           /* a control group of devices is in use */
    bool known;             /* who runs QEMU, and the next two */
    guint uid;
    GArray *gids;           /* guint */
};


/**
 * cmdqvAccessFree:
 * @access: (transfer full) (nullable): what QEMU's user may open
 */
void
cmdqvAccessFree(cmdqvAccess *access)
{
    if (!access)
        return;
    g_free(access->root);
    g_strfreev(access->acl);
    g_array_unref(access->gids);
    g_free(access);
}


static char *
cmdqvAccessPath(const cmdqvAccess *access, const char *path)
{
    return g_build_filename(*access->root ? access->root : "/", path, NULL);
}


static bool
cmdqvAccessExists(const cmdqvAccess *access, const char *path)
{
    g_autofree char *full = cmdqvAccessPath(access, path);

    return g_file_test(full, G_FILE_TEST_EXISTS);
}


/* The lines of /etc/passwd or /etc/group; libvirt would ask other sources too, but system users are here. */
static char **
cmdqvAccessLines(const cmdqvAccess *access, const char *file)
{
    g_autofree char *path = cmdqvAccessPath(access, file);
    g_autofree char *text = NULL;
    gsize len;

    return cmdqvFileRead(path, CMDQV_ACCESS_MAX_BYTES, &text, &len, NULL) ? g_strsplit(text, "\n", -1) : g_new0(char *, 1);
}


/* "name", "123" or "+123", which is a number even where a user has that name. */
static bool
cmdqvAccessIsEntry(char **fields, const char *name)
{
    return (*name != '+' && strcmp(fields[0], name) == 0) || strcmp(fields[2], name + (*name == '+')) == 0;
}


static void
cmdqvAccessAddGroup(cmdqvAccess *access, const char *number)
{
    unsigned int gid;

    if (cmdqvStringToUint(number, 10, G_MAXUINT32, &gid))
        g_array_append_val(access->gids, gid);
}


/* A user, and the group of its entry; false where there is no such entry.  @name: (out): as others name it. */
static bool
cmdqvAccessFindUser(cmdqvAccess *access, const char *wanted, char **name)
{
    g_auto(GStrv) lines = cmdqvAccessLines(access, "etc/passwd");
    guint i;

    for (i = 0; lines[i]; i++) {
        g_auto(GStrv) fields = g_strsplit(lines[i], ":", -1);

        if (g_strv_length(fields) < CMDQV_ACCESS_PASSWD_FIELDS || !cmdqvAccessIsEntry(fields, wanted) ||
            !cmdqvStringToUint(fields[2], 10, G_MAXUINT32, &access->uid))
            continue;
        cmdqvAccessAddGroup(access, fields[3]);
        *name = g_strdup(fields[0]);
        return true;
    }
    return false;
}


/* The groups that a user is a member of, and the one that is named. */
static void
cmdqvAccessFindGroups(cmdqvAccess *access, const char *user, const char *group)
{
    g_auto(GStrv) lines = cmdqvAccessLines(access, "etc/group");
    guint i;

    for (i = 0; lines[i]; i++) {
        g_auto(GStrv) fields = g_strsplit(lines[i], ":", -1);
        g_auto(GStrv) members = NULL;

        if (g_strv_length(fields) < CMDQV_ACCESS_GROUP_FIELDS)
            continue;
        members = g_strsplit(fields[3], ",", -1);
        if (g_strv_contains((const char *const *)members, user) || (group && cmdqvAccessIsEntry(fields, group)))
            cmdqvAccessAddGroup(access, fields[2]);
    }
}


static const char *
cmdqvAccessSetting(GHashTable *settings, const char *name)
{
    char **values = g_hash_table_lookup(settings, name);

    return values ? values[0] : NULL;
}


static void
cmdqvAccessReadUser(cmdqvAccess *access, GHashTable *settings)
{
    const char *user = cmdqvAccessSetting(settings, "user");
    g_autofree char *name = NULL;
    guint i;

    if (user)
        access->known = cmdqvAccessFindUser(access, user, &name);
    for (i = 0; !user && !access->known && i < G_N_ELEMENTS(cmdqvAccessUsers); i++)
        access->known = cmdqvAccessFindUser(access, cmdqvAccessUsers[i], &name);
    if (access->known)
        cmdqvAccessFindGroups(access, name, cmdqvAccessSetting(settings, "group"));
}


/* What is in a list of words, or in its default where the file has none. */
static bool
cmdqvAccessHas(GHashTable *settings, const char *name, const char *word)
{
    const char *const *values = g_hash_table_lookup(settings, name);

    return !values || g_strv_contains(values, word);
}


/**
 * cmdqvAccessRead:
 * @root: what to put before every path, "" for the host itself
 * @file: libvirt's qemu.conf; where there is none its defaults hold
 * @error: where the file cannot be read
 *
 * For a daemon that runs as root; no other gives QEMU a /dev of its own.
 *
 * Returns: (transfer full) (nullable): what libvirt lets QEMU have, NULL with
 * @error set
 */
cmdqvAccess *
cmdqvAccessRead(const char *root, const char *file, GError **error)
{
    g_autoptr(cmdqvAccess) access = g_new0(cmdqvAccess, 1);
    g_autofree char *path = NULL;
    g_autofree char *text = NULL;
    g_autoptr(GHashTable) settings = NULL;
    gsize len;

    access->root = g_strdup(root);
    access->gids = g_array_new(FALSE, FALSE, sizeof(guint));
    path = cmdqvAccessPath(access, file);
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        text = g_strdup("");
    else if (!cmdqvFileRead(path, CMDQV_ACCESS_MAX_BYTES, &text, &len, error))
        return NULL;
    settings = cmdqvVirConfParse(text, file, error);
    if (!settings)
        return NULL;

    access->acl = g_strdupv(g_hash_table_lookup(settings, "cgroup_device_acl"));
    access->ownDev = cmdqvAccessHas(settings, "namespaces", "mount");
    access->barring = cmdqvAccessHas(settings, "cgroup_controllers", "devices") &&
        (cmdqvAccessExists(access, "sys/fs/cgroup/cgroup.controllers") || cmdqvAccessExists(access, "sys/fs/cgroup/devices"));
    cmdqvAccessReadUser(access, settings);
    return g_steal_pointer(&access);
}


/* A file, or where it is not known yet which, any that it may be. */
static bool
cmdqvAccessIsListed(const cmdqvAccess *access, const char *node)
{
    guint i;

    for (i = 0; access->acl && access->acl[i]; i++) {
        if (strcmp(access->acl[i], node) == 0)
            return true;
        if (strcmp(node, CMDQV_NODE_VFIO_ANY) == 0 && g_str_has_prefix(access->acl[i], CMDQV_NODE_VFIO))
            return true;
    }
    return false;
}


static bool
cmdqvAccessIsForeign(const cmdqvAccess *access, const char *path, const struct stat *info)
{
    mode_t given = info->st_mode;
    guint i;

    if (!access->known || access->uid == 0 || getxattr(path, CMDQV_ACCESS_ACL, NULL, 0) > 0)
        return false;
    if (info->st_uid == access->uid)
        given >>= 6;
    for (i = 0; info->st_uid != access->uid && i < access->gids->len; i++) {
        if (g_array_index(access->gids, guint, i) == info->st_gid) {
            given >>= 3;
            break;
        }
    }
    return (given & CMDQV_ACCESS_BOTH) != CMDQV_ACCESS_BOTH;
}


/**
 * cmdqvAccessToNode:
 * @node: a file in /dev, or CMDQV_NODE_VFIO_ANY
 * @access: (type cmdqvAccess): from cmdqvAccessRead()
 *
 * Returns: the first thing that keeps QEMU from it
 */
cmdqvNodeAccess
cmdqvAccessToNode(const char *node, gpointer access)
{
    const cmdqvAccess *self = access;
    g_autofree char *path = cmdqvAccessPath(self, node);
    bool listed = cmdqvAccessIsListed(self, node);
    struct stat info;

    if (self->ownDev && !listed)
        return CMDQV_NODE_HIDDEN;
    if (self->barring && !listed)
        return CMDQV_NODE_BARRED;
    if (strcmp(node, CMDQV_NODE_VFIO_ANY) == 0)
        return CMDQV_NODE_OPEN;
    if (stat(path, &info) < 0)
        return errno == ENOENT ? CMDQV_NODE_MISSING : CMDQV_NODE_OPEN;
    return cmdqvAccessIsForeign(self, path, &info) ? CMDQV_NODE_FOREIGN : CMDQV_NODE_OPEN;
}


/**
 * cmdqvAccessNodeOf:
 * @device: PCI address on the host, as sysfs has it
 * @access: (type cmdqvAccess): from cmdqvAccessRead()
 *
 * Returns: (transfer full): the file that QEMU opens for it; CMDQV_NODE_VFIO_ANY
 * as long as the device is not bound to vfio-pci
 */
char *
cmdqvAccessNodeOf(const char *device, gpointer access)
{
    const cmdqvAccess *self = access;
    g_autofree char *name = cmdqvHostVfioOf(device, self->root);

    return name ? g_strconcat(CMDQV_NODE_VFIO, name, NULL) : g_strdup(CMDQV_NODE_VFIO_ANY);
}
