/*
 * process.c: find and read the QEMU process of a running domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "qemu/process.h"

#include <string.h>

#include "conf/smmu_hiding.h"
#include "qemu/argv_read.h"
#include "qemu/argv_split.h"
#include "qemu/libvirt_driver.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

#define CMDQV_PROCESS_PIDFILE_MAX_BYTES 64

/* Linux limits argument and environment strings to a quarter of the stack limit, at most 6 MiB (fs/exec.c). */
#define CMDQV_PROCESS_CMDLINE_MAX_BYTES (8 * 1024 * 1024)


/* The five characters that virBufferEscapeString() of libvirt (src/util/virbuffer.c) escapes. */
static const struct {
    char character;
    const char *escaped;
} cmdqvProcessEscapes[] = {
    { .character = '&', .escaped = "&amp;" },
    { .character = '<', .escaped = "&lt;" },
    { .character = '>', .escaped = "&gt;" },
    { .character = '"', .escaped = "&quot;" },
    { .character = '\'', .escaped = "&apos;" },
};


static void
cmdqvProcessAppendEscaped(GString *text, char character)
{
    gsize i;

    for (i = 0; i < G_N_ELEMENTS(cmdqvProcessEscapes); i++) {
        if (character == cmdqvProcessEscapes[i].character) {
            g_string_append(text, cmdqvProcessEscapes[i].escaped);
            return;
        }
    }
    g_string_append_c(text, character);
}


/**
 * cmdqvProcessPidFile:
 * @stateDir: (nullable): libvirt's folder of pid files
 * @name: as in cmdqvLibvirtDriverDomainFile()
 *
 * libvirt escapes the name as in XML (virPidFileBuildPath(),
 * src/util/virpidfile.c): the file of a'b is a&apos;b.pid.
 *
 * Returns: (transfer full) (nullable): its pid file; NULL if there is none
 */
char *
cmdqvProcessPidFile(const char *stateDir, const char *name)
{
    g_autoptr(GString) escaped = g_string_new(NULL);

    for (; name && *name; name++)
        cmdqvProcessAppendEscaped(escaped, *name);
    return cmdqvLibvirtDriverDomainFile(stateDir, escaped->str, ".pid");
}


static bool
cmdqvProcessReadPid(const cmdqvProcessPaths *paths, const char *name, unsigned int *pid, GError **error)
{
    g_autofree char *path = cmdqvProcessPidFile(paths->stateDir, name);
    g_autofree char *data = NULL;
    unsigned int value;
    gsize len;

    if (!path)
        return cmdqvErrorSet(error, CMDQV_ERROR_PROCESS, "the folder of libvirt's pid files is not known");
    if (!cmdqvFileRead(path, CMDQV_PROCESS_PIDFILE_MAX_BYTES, &data, &len, error))
        return false;
    if (strlen(data) != len || !cmdqvTextToUnsigned(g_strchomp(data), 10, G_MAXINT, &value) || value == 0)
        return cmdqvErrorSet(error, CMDQV_ERROR_PROCESS, "'%s' does not hold the number of a process", path);

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
    return cmdqvFileRead(path, CMDQV_PROCESS_CMDLINE_MAX_BYTES, data, len, error);
}


/**
 * cmdqvProcessMayHaveSmmu:
 * @paths: folders to look in
 * @name: the domain's name
 * @uuid: the domain's UUID
 *
 * The only cost for a running domain without an SMMUv3: an SMMU cannot be
 * hot-plugged, so a domain with one has it on the command line.
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
    return !own || strcmp(own + sizeof(option), uuid) != 0 || cmdqvSmmuHidingInArguments(data, len);
}


/**
 * cmdqvProcessRead:
 * @paths: folders to look in
 * @name: the domain's name
 * @uuid: the domain's UUID
 * @pid: (out) (optional): the process
 * @error: CMDQV_ERROR_PROCESS or CMDQV_ERROR_SYSTEM, with a message that can
 *   follow "because"
 *
 * The command line is the one that QEMU started with: it survives a restart of the
 * daemon, and has no hot-plugged devices. A pid file may be stale and its
 * number reused by another process, so the command line must have the domain's
 * own -uuid.
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

    argv = cmdqvArgvSplit(data, len, error);
    topology = argv ? cmdqvArgvRead((const char *const *)argv, error) : NULL;
    if (!topology) {
        g_prefix_error(error, "process %u: ", number);
        return NULL;
    }
    if (!topology->uuid || g_ascii_strcasecmp(topology->uuid, uuid) != 0)
        return cmdqvErrorSet(error, CMDQV_ERROR_PROCESS, "process %u is not the domain's QEMU: its command line has no '-uuid "
                             "%s'", number, uuid);

    topology->name = cmdqvTopologyKeep(topology, name);
    if (pid)
        *pid = number;
    return g_steal_pointer(&topology);
}
