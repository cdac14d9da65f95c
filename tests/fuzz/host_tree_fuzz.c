/*
 * host_tree_fuzz.c: a tree of files that claims to be a host's
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each line is a file, PATH=CONTENT with escapes as in C, a folder, PATH/, or a
 * link, PATH>TARGET.  Of it are read ACPI, the device tree, sysfs, libvirt's
 * qemu.conf and the users.
 *
 * Seeds: fuzz/corpus/host-tree
 * Dictionary: host.dict
 */

#include <ftw.h>
#include <unistd.h>

#include "fuzz.h"
#include "host/qemu_access.h"
#include "host/smmu_inventory.h"

#define CMDQV_FUZZ_LINES 64
#define CMDQV_FUZZ_PATH 200
#define CMDQV_FUZZ_FILES 16


/* Nothing is made, and nothing led to, outside of the tree. */
static bool
cmdqvFuzzIsInside(const char *path)
{
    return *path && *path != '/' && !strstr(path, "..") && strlen(path) < CMDQV_FUZZ_PATH;
}


/* As g_strcompress(), which does not tell the length of text with NUL bytes. */
static GString *
cmdqvFuzzUnescape(const char *text)
{
    GString *content = g_string_new(NULL);
    const char *at;

    for (at = text; *at; at++) {
        unsigned int byte;

        if (at[0] == '\\' && at[1] == 'x' && sscanf(at + 2, "%2x", &byte) == 1 && g_ascii_isxdigit(at[3])) {
            g_string_append_c(content, (char)byte);
            at += 3;
        } else {
            g_string_append_c(content, *at);
        }
    }
    return content;
}


static void
cmdqvFuzzPut(const char *root, char *line)
{
    char *sign = line + strcspn(line, "=>");
    char kind = *sign;
    g_autofree char *path = NULL;
    g_autofree char *folder = NULL;
    g_autoptr(GString) content = NULL;

    *sign = '\0';
    if (!cmdqvFuzzIsInside(line))
        return;
    path = g_build_filename(root, line, NULL);
    folder = kind ? g_path_get_dirname(path) : g_strdup(path);
    (void)g_mkdir_with_parents(folder, 0700);
    if (kind == '=') {
        FILE *file = fopen(path, "we");

        content = cmdqvFuzzUnescape(sign + 1);
        if (file && content->len > 0)
            (void)!fwrite(content->str, content->len, 1, file);
        if (file)
            (void)fclose(file);
    } else if (kind == '>' && cmdqvFuzzIsInside(sign + 1) && !g_str_has_prefix(line, "sys/firmware")) {
        /* nothing in a device tree leads back to it */
        (void)!symlink(sign + 1, path);
    }
}


static int
cmdqvFuzzRemove(const char *path, const struct stat *info G_GNUC_UNUSED, int type G_GNUC_UNUSED, struct FTW *place G_GNUC_UNUSED)
{
    return remove(path);
}


static void
cmdqvFuzzReadInventory(const char *root)
{
    g_autoptr(GPtrArray) inventory = cmdqvSmmuInventoryRead(root);
    g_auto(GStrv) without = cmdqvSmmuInventoryWithoutCmdqv(root);
    guint i;
    guint j;

    for (i = 0; i < inventory->len; i++) {
        const cmdqvHostSmmu *smmu = g_ptr_array_index(inventory, i);

        cmdqvFuzzCheck((smmu->cmdqv == CMDQV_SUPPORT_WITHOUT) == g_strv_contains((const char *const *)without, smmu->name),
                       "both say which SMMUs have no CMDQV", smmu->name, NULL);
        for (j = 0; j < smmu->devices->len; j++) {
            const cmdqvHostDevice *device = g_ptr_array_index(smmu->devices, j);
            g_autofree char *behind = cmdqvSupportSmmuOf(device->address, (gpointer)root);
            cmdqvDeviceNeedsPlace place;

            (void)cmdqvSmmuInventoryRival(inventory, device);
            cmdqvFuzzCheck(cmdqvSmmuInventoryTell(device->address, &place, inventory), "each device has a place", device->address, NULL);
            cmdqvFuzzCheck(g_strcmp0(behind, place.smmu) == 0, "both say behind which SMMU it is", behind, place.smmu);
        }
    }
}


static void
cmdqvFuzzReadAccess(const char *root)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvQemuAccess) access = cmdqvQemuAccessRead(root, "/etc/libvirt/qemu.conf", &error);
    g_autofree char *node = access ? cmdqvQemuAccessNodeOf("0009:01:00.0", access) : NULL;

    cmdqvFuzzCheckError(access != NULL, error);
    if (access)
        (void)cmdqvQemuAccessToNode(node, access);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = cmdqvFuzzText(data, size);
    g_auto(GStrv) lines = g_strsplit(text, "\n", CMDQV_FUZZ_LINES);
    g_autofree char *root = g_dir_make_tmp("cmdqv-fuzz-XXXXXX", NULL);
    guint i;

    if (!root)
        abort();
    for (i = 0; lines[i]; i++)
        cmdqvFuzzPut(root, lines[i]);
    (void)cmdqvSupportProbe(root);
    cmdqvFuzzReadInventory(root);
    cmdqvFuzzReadAccess(root);
    if (nftw(root, cmdqvFuzzRemove, CMDQV_FUZZ_FILES, FTW_DEPTH | FTW_PHYS) < 0)
        abort();
    return 0;
}
