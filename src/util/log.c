/*
 * log.c: write the journal that an operator reads
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "util/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

#include "util/text.h"

#define CMDQV_LOG_DOMAIN "libvirt-cmdqv"

/* numbers of syslog(3) */
#define CMDQV_LOG_PRIORITY_WARNING "4"
#define CMDQV_LOG_PRIORITY_NOTICE "5"
G_STATIC_ASSERT(LOG_WARNING == 4 && LOG_NOTICE == 5);

/* The last fields of an entry, which only an instance of Nova has. */
#define CMDQV_LOG_NOVA_FIELDS 2


/* Whether libvirt's log is on standard error. */
static bool cmdqvLogBesideLibvirt;

/* Calls that this process has refused. */
static guint cmdqvLogRefused;


/*
 * Writes a line in the format of libvirt's log (virLogFormatString(),
 * src/util/virlog.c) if standard error is no journal: KubeVirt's virt-launcher
 * drops lines in another format.
 */
static bool
cmdqvLogPrint(const char *line)
{
    g_autoptr(GDateTime) now = NULL;
    g_autofree char *date = NULL;

    if (!cmdqvLogBesideLibvirt || g_log_writer_is_journald(STDERR_FILENO))
        return false;
    now = g_date_time_new_now_utc();
    date = g_date_time_format(now, "%Y-%m-%d %H:%M:%S");
    (void)fprintf(stderr, "%s.%03d+0000: %ld: warning : " CMDQV_LOG_DOMAIN ":0 : %s\n", date,
                  g_date_time_get_microsecond(now) / 1000, syscall(SYS_gettid), line);
    return true;
}


static const char *
cmdqvLogField(const char *value)
{
    return value ? value : "";
}


/**
 * cmdqvLogRefusal:
 * @refusal: a refusal
 *
 * Writes one entry for each refusal, so that an operator can find the client.
 */
void
cmdqvLogRefusal(const cmdqvRefusal *refusal)
{
    g_autofree char *text = g_strdup_printf("refused %s (domain '%s', uuid %s, rule %s, client %s): %s", cmdqvLogField(refusal->call),
                                            cmdqvLogField(refusal->domain), cmdqvLogField(refusal->uuid),
                                            cmdqvLogField(refusal->rule), refusal->client ? refusal->client : "unknown",
                                            cmdqvLogField(refusal->message));
    g_autofree char *line = cmdqvTextOneLine(text);

    const GLogField fields[] = {
        { .key = "MESSAGE", .value = line, .length = -1 },
        { .key = "PRIORITY", .value = CMDQV_LOG_PRIORITY_NOTICE, .length = -1 },
        { .key = "GLIB_DOMAIN", .value = CMDQV_LOG_DOMAIN, .length = -1 },
        { .key = "CMDQV_CALL", .value = cmdqvLogField(refusal->call), .length = -1 },
        { .key = "CMDQV_DOMAIN", .value = cmdqvLogField(refusal->domain), .length = -1 },
        { .key = "CMDQV_UUID", .value = cmdqvLogField(refusal->uuid), .length = -1 },
        { .key = "CMDQV_VSMMU", .value = cmdqvLogField(refusal->smmu), .length = -1 },
        { .key = "CMDQV_DEVICE", .value = cmdqvLogField(refusal->device), .length = -1 },
        { .key = "CMDQV_RULE", .value = cmdqvLogField(refusal->rule), .length = -1 },
        { .key = "CMDQV_CLIENT", .value = cmdqvLogField(refusal->client), .length = -1 },
        { .key = "CMDQV_INSTANCE", .value = cmdqvLogField(refusal->instance), .length = -1 },
        { .key = "CMDQV_FLAVOR", .value = cmdqvLogField(refusal->flavor), .length = -1 },
    };

    (void)g_atomic_int_add(&cmdqvLogRefused, 1);
    if (!cmdqvLogPrint(line))
        g_log_structured_array(G_LOG_LEVEL_MESSAGE, fields, G_N_ELEMENTS(fields) - (refusal->instance ? 0 : CMDQV_LOG_NOVA_FIELDS));
}


/**
 * cmdqvLogRefusalCount:
 *
 * Returns: how many refusals this process has logged
 */
guint
cmdqvLogRefusalCount(void)
{
    return (guint)g_atomic_int_get(&cmdqvLogRefused);
}


/**
 * cmdqvLogWarning:
 * @warning: a warning
 *
 * A warning in the journal, but a message to GLib, because G_DEBUG can make a
 * warning end the process.
 */
void
cmdqvLogWarning(const cmdqvWarning *warning)
{
    g_autofree char *line = cmdqvTextOneLine(cmdqvLogField(warning->message));
    const GLogField fields[] = {
        { .key = "MESSAGE", .value = line, .length = -1 },
        { .key = "PRIORITY", .value = CMDQV_LOG_PRIORITY_WARNING, .length = -1 },
        { .key = "GLIB_DOMAIN", .value = CMDQV_LOG_DOMAIN, .length = -1 },
        { .key = "CMDQV_EVENT", .value = warning->event, .length = -1 },
        { .key = "CMDQV_DOMAIN", .value = cmdqvLogField(warning->domain), .length = -1 },
        { .key = "CMDQV_UUID", .value = cmdqvLogField(warning->uuid), .length = -1 },
        { .key = "CMDQV_VSMMU", .value = cmdqvLogField(warning->smmu), .length = -1 },
        { .key = "CMDQV_DEVICE", .value = cmdqvLogField(warning->device), .length = -1 },
        { .key = "CMDQV_RULE", .value = cmdqvLogField(warning->rule), .length = -1 },
        { .key = "CMDQV_INSTANCE", .value = cmdqvLogField(warning->instance), .length = -1 },
        { .key = "CMDQV_FLAVOR", .value = cmdqvLogField(warning->flavor), .length = -1 },
    };

    if (!cmdqvLogPrint(line))
        g_log_structured_array(G_LOG_LEVEL_MESSAGE, fields, G_N_ELEMENTS(fields) - (warning->rule || warning->instance ? 0 : 1 + CMDQV_LOG_NOVA_FIELDS));
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
 * For a program whose standard error is not kept: logs to the journal, or to
 * syslog if there is no journal.
 */
void
cmdqvLogToJournal(void)
{
    g_log_set_writer_func(cmdqvLogWrite, NULL, NULL);
}


/**
 * cmdqvLogToLibvirt:
 *
 * For the daemon: logs to the journal, or, if standard error is not the
 * journal, to standard error in the format of libvirt's log.
 */
void
cmdqvLogToLibvirt(void)
{
    cmdqvLogBesideLibvirt = true;
}


/**
 * cmdqvLogFailure:
 * @format: the failure of the module, in one line
 * @...: arguments of the format
 *
 * Logs at the level of messages, which no setting of GLib makes fatal: a
 * failure of the module must not end the daemon.
 */
void
cmdqvLogFailure(const char *format, ...)
{
    g_autofree char *line = NULL;
    va_list args;

    va_start(args, format);
    line = cmdqvTextFormatLine(format, args);
    va_end(args);
    if (!cmdqvLogPrint(line))
        g_log_structured(CMDQV_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "MESSAGE", "%s", line);
}
