/*
 * emulator.c: what an emulator says of itself
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "emulator.h"

#include <stdio.h>
#include <string.h>

#include "qemu/cmdqvtargetask.h"
#include "util/cmdqverror.h"
#include "util/cmdqvprogram.h"

/* A QEMU that is well answers in a tenth of a second. */
#define CMDQV_EMULATOR_MILLISECONDS 5000
#define CMDQV_EMULATOR_MAX_BYTES (1024 * 1024)


/* Runs it with a few arguments; what it prints on standard output, NULL for nothing. */
static char *
cmdqvEmulatorRun(const char *path, const char *option, const char *value, GError **error)
{
    const char *const argv[] = { path, option, value, NULL };
    g_autofree char *out = NULL;

    if (!cmdqvProgramAsk(argv, "", CMDQV_EMULATOR_MILLISECONDS, CMDQV_EMULATOR_MAX_BYTES, &out, error))
        return NULL;
    if (*out == '\0') {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_SYSTEM, "'%s %s%s%s' failed", path, option, value ? " " : "",
                    value ? value : "");
        return NULL;
    }
    return g_steal_pointer(&out);
}


/* A domain names any file, and root may ask. */
static bool
cmdqvEmulatorIsTrusted(const char *path, GError **error)
{
    if (!g_file_test(path, G_FILE_TEST_EXISTS) || cmdqvTargetMayBeAsked(path))
        return true;
    g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_SYSTEM, "'%s' is not run: it and its folder must belong to root, be writable by "
                "nobody else, and be named after qemu or kvm", path);
    return false;
}


/**
 * cmdqvEmulatorAsk:
 * @path: an emulator
 * @emulator: (out): what it says
 * @error: CMDQV_ERROR_SYSTEM, or why it cannot be run
 *
 * Asked in the way that works without a machine and in every release: for the
 * properties of the device.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvEmulatorAsk(const char *path, cmdqvEmulator *emulator, GError **error)
{
    g_autofree char *version = cmdqvEmulatorIsTrusted(path, error) ? cmdqvEmulatorRun(path, "--version", NULL, error) : NULL;
    /* one that has no such device, or not to be asked for, says nothing of it */
    g_autofree char *properties = version ? cmdqvEmulatorRun(path, "-device", "arm-smmuv3,help", NULL) : NULL;
    const char *number = version ? strstr(version, "version ") : NULL;

    *emulator = (cmdqvEmulator){ properties && strstr(properties, " cmdqv="), 0, 0 };
    if (number && sscanf(number, "version %u.%u", &emulator->major, &emulator->minor) != 2)
        emulator->major = emulator->minor = 0;
    return version != NULL;
}
