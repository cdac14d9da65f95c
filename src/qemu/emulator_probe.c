/*
 * emulator_probe.c: run an emulator to read its capabilities
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "qemu/emulator_probe.h"

#include <string.h>
#include <sys/stat.h>

#include "util/error.h"
#include "util/run_program.h"

/* A working QEMU answers in a tenth of a second, with some 20 KiB. */
#define CMDQV_EMULATOR_PROBE_MILLISECONDS 5000
#define CMDQV_EMULATOR_PROBE_MAX_BYTES (1024 * 1024)


/**
 * cmdqvEmulatorProbeIsAllowed:
 * @path: the <emulator> of a domain
 *
 * Domain XML is untrusted, and the caller may be root.
 *
 * Returns: true for a file that has the name of a QEMU and that only root can
 * have installed
 */
bool
cmdqvEmulatorProbeIsAllowed(const char *path)
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


/**
 * cmdqvEmulatorProbe:
 * @path: a QEMU binary
 * @target: (out): its capabilities; untouched on failure
 * @error: CMDQV_ERROR_SYSTEM if it cannot be run or does not answer
 *
 * Runs it as libvirt does for capabilities: no machine, no user configuration,
 * QMP. This takes some tenths of a second, and some seconds at most.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvEmulatorProbe(const char *path, cmdqvEmulatorCaps *target, GError **error)
{
    const char *const argv[] = { path, "-S", "-no-user-config", "-nodefaults", "-display", "none",
                                 "-machine", "none,accel=kvm:tcg", "-qmp", "stdio", NULL };
    g_autoptr(GString) question = g_string_new("{\"execute\":\"qmp_capabilities\"}\n");
    g_autofree char *answer = NULL;
    int i;

    for (i = 0; i < CMDQV_EMULATOR_CAPS_LAST; i++) {
        const char *name = cmdqvEmulatorCapsDeviceToString((cmdqvEmulatorCapsDevice)i);

        g_string_append_printf(question, "{\"execute\":\"device-list-properties\",\"id\":\"%s\",\"arguments\":{\"typename\":"
                               "\"%s\"}}\n", name, name);
    }
    g_string_append(question, "{\"execute\":\"quit\"}\n");

    if (!cmdqvRunProgram(argv, question->str, CMDQV_EMULATOR_PROBE_MILLISECONDS, CMDQV_EMULATOR_PROBE_MAX_BYTES, &answer, error))
        return false;
    if (cmdqvEmulatorCapsReadQmp(target, answer))
        return true;
    return cmdqvErrorSet(error, CMDQV_ERROR_SYSTEM, "'%s' does not answer as QEMU does", path);
}


/**
 * cmdqvEmulatorProbeOwn:
 * @path: the <emulator> of a domain
 * @target: (out): its capabilities; untouched on failure
 * @error: CMDQV_ERROR_SYSTEM if it may not be run, cannot be run, or does not answer
 *
 * As cmdqvEmulatorProbe(), if cmdqvEmulatorProbeIsAllowed() allows the
 * emulator.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvEmulatorProbeOwn(const char *path, cmdqvEmulatorCaps *target, GError **error)
{
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return cmdqvErrorSet(error, CMDQV_ERROR_SYSTEM, "emulator '%s' cannot be queried: there is no such file", path);
    if (!cmdqvEmulatorProbeIsAllowed(path))
        return cmdqvErrorSet(error, CMDQV_ERROR_SYSTEM, "emulator '%s' is not queried: it and its folder must belong to root, "
                             "be writable by root alone, and be named after qemu or kvm", path);
    return cmdqvEmulatorProbe(path, target, error);
}
