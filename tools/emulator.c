/*
 * emulator.c: what an emulator says of itself
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "emulator.h"

#include <stdio.h>
#include <string.h>

#include "util/cmdqverror.h"


/* Runs it with a few arguments; what it prints on standard output. */
static char *
cmdqvEmulatorRun(const char *path, const char *option, const char *value, GError **error)
{
    char *argv[] = { (char *)path, (char *)option, (char *)value, NULL };
    g_autofree char *out = NULL;
    int status;

    if (!g_spawn_sync(NULL, argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL, &status, error))
        return NULL;
    if (status != 0) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_SYSTEM, "'%s %s%s%s' failed", path, option, value ? " " : "",
                    value ? value : "");
        return NULL;
    }
    return g_steal_pointer(&out);
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
    g_autofree char *version = cmdqvEmulatorRun(path, "--version", NULL, error);
    /* one that has no such device, or not to be asked for, fails */
    g_autofree char *properties = version ? cmdqvEmulatorRun(path, "-device", "arm-smmuv3,help", NULL) : NULL;
    const char *number = version ? strstr(version, "version ") : NULL;

    *emulator = (cmdqvEmulator){ properties && strstr(properties, " cmdqv="), 0, 0 };
    if (number && sscanf(number, "version %u.%u", &emulator->major, &emulator->minor) != 2)
        emulator->major = emulator->minor = 0;
    return version != NULL;
}
