/*
 * cmdqvlog.c: what an operator reads in the journal
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "util/cmdqvlog.h"

#include <stdarg.h>

#define CMDQV_LOG_DOMAIN "libvirt-cmdqv"


static const char *
cmdqvLogField(const char *value)
{
    return value ? value : "";
}


/**
 * cmdqvLogRefusal:
 * @refusal: what was refused
 *
 * Once for each refusal, so that an operator can find out who tried.
 */
void
cmdqvLogRefusal(const cmdqvRefusal *refusal)
{
    g_log_structured(CMDQV_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE,
                     "CMDQV_CALL", cmdqvLogField(refusal->call),
                     "CMDQV_DOMAIN", cmdqvLogField(refusal->domain),
                     "CMDQV_UUID", cmdqvLogField(refusal->uuid),
                     "CMDQV_VSMMU", cmdqvLogField(refusal->smmu),
                     "CMDQV_DEVICE", cmdqvLogField(refusal->device),
                     "CMDQV_RULE", cmdqvLogField(refusal->rule),
                     "CMDQV_CLIENT", cmdqvLogField(refusal->client),
                     "MESSAGE", "refused %s (domain '%s', uuid %s, rule %s, client %s): %s", cmdqvLogField(refusal->call),
                     cmdqvLogField(refusal->domain), cmdqvLogField(refusal->uuid), cmdqvLogField(refusal->rule),
                     refusal->client ? refusal->client : "unknown", cmdqvLogField(refusal->message));
}


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
