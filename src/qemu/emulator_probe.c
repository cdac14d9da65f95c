/*
 * qemu/emulator_probe.c: asking an emulator what it knows
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "qemu/emulator_probe.h"

#include <string.h>
#include <sys/stat.h>

#include "util/error.h"
#include "util/run_program.h"

/* A QEMU that is well answers in a tenth of a second, with some 20 KiB. */
#define CMDQV_TARGET_MILLISECONDS 5000
#define CMDQV_TARGET_MAX_BYTES (1024 * 1024)


/**
 * cmdqvTargetMayBeAsked:
 * @path: the <emulator> of a domain
 *
 * Domain XML is written by anybody, and whoever reads it may be root.
 *
 * Returns: true for a file that calls itself a QEMU and that nobody but root
 * can have put there
 */
bool
cmdqvTargetMayBeAsked(const char *path)
{
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *folder = g_path_get_dirname(path);
    const char *const files[] = { path, folder };
    guint i;

    if (!g_path_is_absolute(path) || (!strstr(name, "qemu") && !strstr(name, "kvm")))
        return false;
    for (i = 0; i < G_N_ELEMENTS(files); i++) {
        struct stat status;

        if (stat(files[i], &status) < 0 || status.st_uid != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)))
            return false;
    }
    return true;
}


/* As libvirt asks for capabilities: no machine, nothing of the user's configuration, QMP. */
static bool
cmdqvTargetAskQmp(const char *path, cmdqvTarget *target, GError **error)
{
    const char *const argv[] = { path, "-S", "-no-user-config", "-nodefaults", "-display", "none",
                                 "-machine", "none,accel=kvm:tcg", "-qmp", "stdio", NULL };
    g_autoptr(GString) question = g_string_new("{\"execute\":\"qmp_capabilities\"}\n");
    g_autofree char *answer = NULL;
    int i;

    for (i = 0; i < CMDQV_TARGET_LAST; i++) {
        const char *name = cmdqvTargetDeviceToString((cmdqvTargetDevice)i);

        g_string_append_printf(question, "{\"execute\":\"device-list-properties\",\"id\":\"%s\",\"arguments\":{\"typename\":"
                               "\"%s\"}}\n", name, name);
    }
    g_string_append(question, "{\"execute\":\"quit\"}\n");

    if (!cmdqvProgramAsk(argv, question->str, CMDQV_TARGET_MILLISECONDS, CMDQV_TARGET_MAX_BYTES, &answer, error))
        return false;
    if (cmdqvTargetReadQmp(target, answer))
        return true;
    g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_SYSTEM, "'%s' does not answer as QEMU does", path);
    return false;
}


/* What it prints on standard output for some arguments, NULL where it does not end. */
static char *
cmdqvTargetRun(const char *path, const char *option, const char *value)
{
    const char *const argv[] = { path, option, value, NULL };
    char *answer = NULL;

    return cmdqvProgramAsk(argv, "", CMDQV_TARGET_MILLISECONDS, CMDQV_TARGET_MAX_BYTES, &answer, NULL) ? answer : NULL;
}


/* Of a wrapper that has a monitor of its own in mind. */
static bool
cmdqvTargetAskHelp(const char *path, cmdqvTarget *target)
{
    g_autofree char *version = cmdqvTargetRun(path, "--version", NULL);
    cmdqvTarget read = { .vfioIommufd = false };
    bool any = false;
    int i;

    for (i = 0; i < CMDQV_TARGET_LAST; i++) {
        g_autofree char *device = g_strconcat(cmdqvTargetDeviceToString((cmdqvTargetDevice)i), ",help", NULL);
        g_autofree char *answer = cmdqvTargetRun(path, "-device", device);

        if (answer && cmdqvTargetReadHelp(&read, answer))
            any = true;
    }
    if (version)
        (void)cmdqvTargetReadVersion(&read, version);
    if (any)
        *target = read;
    return any;
}


/**
 * cmdqvTargetAsk:
 * @path: a QEMU binary
 * @target: (out): what it knows; untouched on failure
 * @error: CMDQV_ERROR_SYSTEM where it cannot be run or does not answer
 *
 * Runs it, for some tenths of a second and for some seconds at the most.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvTargetAsk(const char *path, cmdqvTarget *target, GError **error)
{
    g_autoptr(GError) reason = NULL;

    if (cmdqvTargetAskQmp(path, target, &reason))
        return true;
    if (g_file_test(path, G_FILE_TEST_IS_EXECUTABLE) && cmdqvTargetAskHelp(path, target))
        return true;
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}


/**
 * cmdqvTargetAskOwn:
 * @path: the <emulator> of a domain
 * @target: (out): what it knows; untouched on failure
 * @error: CMDQV_ERROR_SYSTEM where it may not be run, cannot be run, or does not answer
 *
 * As cmdqvTargetAsk(), of an emulator that cmdqvTargetMayBeAsked().
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvTargetAskOwn(const char *path, cmdqvTarget *target, GError **error)
{
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_SYSTEM, "emulator '%s' cannot be asked what it knows: there is no such file", path);
        return false;
    }
    if (!cmdqvTargetMayBeAsked(path)) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_SYSTEM, "emulator '%s' is not asked what it knows: it and its folder must "
                    "belong to root, be writable by nobody else, and be named after qemu or kvm", path);
        return false;
    }
    return cmdqvTargetAsk(path, target, error);
}
