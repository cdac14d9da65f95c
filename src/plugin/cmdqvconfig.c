/*
 * cmdqvconfig.c: the settings of this daemon
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/cmdqvconfig.h"

#include "util/cmdqvlog.h"

#define CMDQV_CONFIG_FILE CMDQV_SYSCONFDIR "/libvirt/cmdqv.conf"


/**
 * cmdqvConfigGet:
 *
 * The file is read once, at the first call that needs it.  One that cannot be
 * read changes nothing: the defaults hold, and the log says why.
 *
 * Returns: (transfer none): the settings, for as long as the process lives
 */
const cmdqvSettings *
cmdqvConfigGet(void)
{
    static gsize settings;

    if (g_once_init_enter(&settings)) {
        g_autoptr(GError) error = NULL;
        cmdqvSettings *loaded = cmdqvSettingsLoad(CMDQV_CONFIG_FILE, &error);

        if (!loaded) {
            cmdqvLogFailure("%s; the defaults are used instead", error->message);
            loaded = cmdqvSettingsNew();
        }
        g_once_init_leave(&settings, (gsize)loaded);
    }
    return (const cmdqvSettings *)settings;
}
