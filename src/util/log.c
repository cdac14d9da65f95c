/*
 * util/log.c: what an operator reads in the journal
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "util/log.h"

#include <stdarg.h>
#include <syslog.h>

#define CMDQV_LOG_DOMAIN "libvirt-cmdqv"

/* As numbers of syslog(3). */
#define CMDQV_LOG_PRIORITY_WARNING "4"
G_STATIC_ASSERT(LOG_WARNING == 4);


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
 * cmdqvLogLoss:
 * @loss: what was lost
 *
 * A warning to whoever reads the journal, and a message to GLib, which may be
 * set to end the process at a warning.
 */
void
cmdqvLogLoss(const cmdqvLoss *loss)
{
    const GLogField fields[] = {
        { "MESSAGE", cmdqvLogField(loss->message), -1 },
        { "PRIORITY", CMDQV_LOG_PRIORITY_WARNING, -1 },
        { "GLIB_DOMAIN", CMDQV_LOG_DOMAIN, -1 },
        { "CMDQV_EVENT", "lost", -1 },
        { "CMDQV_DOMAIN", cmdqvLogField(loss->domain), -1 },
        { "CMDQV_UUID", cmdqvLogField(loss->uuid), -1 },
        { "CMDQV_VSMMU", cmdqvLogField(loss->smmu), -1 },
        { "CMDQV_DEVICE", cmdqvLogField(loss->device), -1 },
    };

    g_log_structured_array(G_LOG_LEVEL_MESSAGE, fields, G_N_ELEMENTS(fields));
}


static GLogWriterOutput
cmdqvLogWrite(GLogLevelFlags level, const GLogField *fields, gsize count, gpointer data)
{
    gsize i;

    if (g_log_writer_journald(level, fields, count, data) == G_LOG_WRITER_HANDLED)
        return G_LOG_WRITER_HANDLED;
    for (i = 0; i < count; i++) {
        if (g_strcmp0(fields[i].key, "MESSAGE") == 0)
            syslog(LOG_DAEMON | LOG_WARNING, "%s: %s", CMDQV_LOG_DOMAIN, (const char *)fields[i].value);
    }
    return G_LOG_WRITER_HANDLED;
}


/**
 * cmdqvLogToJournal:
 *
 * For a program whose standard error nobody keeps: the journal, or where there
 * is none, syslog.
 */
void
cmdqvLogToJournal(void)
{
    g_log_set_writer_func(cmdqvLogWrite, NULL, NULL);
}


/**
 * cmdqvLogFailure:
 * @format: what went wrong inside the module, in one line
 * @...: what goes into it
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
