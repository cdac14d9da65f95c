/*
 * qemu/process.c: the QEMU process of a running domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "qemu/process.h"

#include <string.h>

#include "qemu/argv_read.h"
#include "qemu/argv_split.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

#define CMDQV_PIDFILE_MAX_BYTES 64

/* Linux gives argument and environment strings a quarter of the stack limit, 6 MiB at the most (fs/exec.c). */
#define CMDQV_CMDLINE_MAX_BYTES (8 * 1024 * 1024)


/**
 * cmdqvProcessStateDir:
 * @uri: URI of a connection to the QEMU driver
 *
 * Where that driver keeps the pid files: rundir of the privileged daemon, or
 * of the user's own (qemuStateInitialize(), src/qemu/qemu_driver.c of
 * libvirt).
 *
 * Returns: (transfer full): the folder
 */
char *
cmdqvProcessStateDir(const char *uri)
{
    g_autofree char *path = uri ? g_uri_parse_scheme(uri) : NULL;

    if (path && g_str_has_prefix(path, "qemu") && g_str_has_suffix(uri, "/session"))
        return g_build_filename(g_get_user_runtime_dir(), "libvirt", "qemu", "run", NULL);
    return g_strdup("/run/libvirt/qemu");
}


/**
 * cmdqvProcessPidFile:
 * @paths: where to look
 * @name: a domain's name
 *
 * libvirt writes the name as it would into XML: a'b has its number in
 * a&apos;b.pid (seen with 12.8).
 *
 * Returns: (transfer full): the file with the number of its process
 */
char *
cmdqvProcessPidFile(const cmdqvProcessPaths *paths, const char *name)
{
    g_autofree char *escaped = g_markup_escape_text(name, -1);

    return g_strconcat(paths->stateDir, "/", escaped, ".pid", NULL);
}


static bool
cmdqvProcessReadPid(const cmdqvProcessPaths *paths, const char *name, unsigned int *pid, GError **error)
{
    g_autofree char *path = cmdqvProcessPidFile(paths, name);
    g_autofree char *data = NULL;
    unsigned int value;
    gsize len;

    if (!cmdqvFileRead(path, CMDQV_PIDFILE_MAX_BYTES, &data, &len, error))
        return false;
    if (strlen(data) != len || !cmdqvStringToUint(g_strchomp(data), 10, G_MAXINT, &value) || value == 0) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_PROCESS, "'%s' does not hold the number of a process", path);
        return false;
    }

    *pid = value;
    return true;
}


static bool
cmdqvProcessReadCommandLine(const cmdqvProcessPaths *paths, const char *name, unsigned int *pid, char **data, gsize *len,
                            GError **error)
{
    g_autofree char *path = NULL;

    if (!cmdqvProcessReadPid(paths, name, pid, error))
        return false;
    path = g_strdup_printf("%s/%u/cmdline", paths->proc, *pid);
    return cmdqvFileRead(path, CMDQV_CMDLINE_MAX_BYTES, data, len, error);
}


/**
 * cmdqvProcessMayHaveSmmu:
 * @paths: where to look
 * @name: the domain's name
 * @uuid: the domain's UUID
 *
 * What a running domain without an SMMUv3 pays: no SMMU comes by hot-plug, so
 * one that has any has it on the command line, by its name unless JSON spells
 * that with numbers.
 *
 * Returns: false if the domain certainly has none, true if it must be read
 */
bool
cmdqvProcessMayHaveSmmu(const cmdqvProcessPaths *paths, const char *name, const char *uuid)
{
    static const char option[] = "-uuid";
    g_autofree char *data = NULL;
    const char *own;
    unsigned int pid;
    gsize len;

    if (!cmdqvProcessReadCommandLine(paths, name, &pid, &data, &len, NULL))
        return true;
    own = memmem(data, len, option, sizeof(option));
    return !own || strcmp(own + sizeof(option), uuid) != 0 ||
        memmem(data, len, "smmuv3", strlen("smmuv3")) || memchr(data, '\\', len);
}


/**
 * cmdqvProcessRead:
 * @paths: where to look
 * @name: the domain's name
 * @uuid: the domain's UUID
 * @pid: (out) (optional): the process
 * @error: CMDQV_ERROR_PROCESS or CMDQV_ERROR_SYSTEM, worded to follow "because"
 *
 * The command line of the process is what QEMU acted on: it outlives the
 * daemon, and what was hot-plugged later is not in it.  A pid file may be
 * stale and its number taken by another process, so the command line must
 * carry the domain's own -uuid.
 *
 * Returns: (transfer full): the resolved topology of the process, NULL with
 * @error set
 */
cmdqvTopology *
cmdqvProcessRead(const cmdqvProcessPaths *paths, const char *name, const char *uuid, unsigned int *pid, GError **error)
{
    g_autoptr(cmdqvTopology) topology = NULL;
    g_auto(GStrv) argv = NULL;
    g_autofree char *data = NULL;
    unsigned int number = 0;
    gsize len;

    if (!cmdqvProcessReadCommandLine(paths, name, &number, &data, &len, error))
        return NULL;

    argv = cmdqvCommandLineSplit(data, len, error);
    topology = argv ? cmdqvArgvRead((const char *const *)argv, error) : NULL;
    if (!topology) {
        g_prefix_error(error, "process %u: ", number);
        return NULL;
    }
    if (!topology->uuid || g_ascii_strcasecmp(topology->uuid, uuid) != 0) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_PROCESS,
                    "process %u is not the domain's QEMU: its command line has no '-uuid %s'", number, uuid);
        return NULL;
    }

    topology->name = g_strdup(name);
    if (pid)
        *pid = number;
    return g_steal_pointer(&topology);
}
