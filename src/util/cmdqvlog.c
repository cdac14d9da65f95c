/*
 * cmdqvlog.c: what an operator reads in the journal
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "util/cmdqvlog.h"

#include <stdarg.h>

#define CMDQV_LOG_DOMAIN "libvirt-cmdqv"


/**
 * cmdqvLogFailure:
 * @format: what went wrong inside the module, in one line
 *
 * Messages are the level that no setting of GLib makes fatal: nothing that the
 * module meets may end the daemon.
 */
void
cmdqvLogFailure(const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    g_log_structured(CMDQV_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "MESSAGE", "%s", text);
}
