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

/* The last fields of an entry: its rule, and names that only an instance of Nova has. */
#define CMDQV_LOG_LAST_FIELDS 3
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


/* A warning has no client, which is the first field. It has the last fields, all of them, only with a rule or an instance. */
static void
cmdqvLogSend(const cmdqvLogEntry *entry, const char *message, bool isRefusal)
{
    g_autofree char *line = cmdqvTextOneLine(message);
    const GLogField fields[] = {
        { .key = "CMDQV_CLIENT", .value = cmdqvLogField(entry->client), .length = -1 },
        { .key = "MESSAGE", .value = line, .length = -1 },
        { .key = "PRIORITY", .value = isRefusal ? CMDQV_LOG_PRIORITY_NOTICE : CMDQV_LOG_PRIORITY_WARNING, .length = -1 },
        { .key = "GLIB_DOMAIN", .value = CMDQV_LOG_DOMAIN, .length = -1 },
        { .key = isRefusal ? "CMDQV_CALL" : "CMDQV_EVENT", .value = cmdqvLogField(entry->what), .length = -1 },
        { .key = "CMDQV_DOMAIN", .value = cmdqvLogField(entry->domain), .length = -1 },
        { .key = "CMDQV_UUID", .value = cmdqvLogField(entry->uuid), .length = -1 },
        { .key = "CMDQV_VSMMU", .value = cmdqvLogField(entry->smmu), .length = -1 },
        { .key = "CMDQV_DEVICE", .value = cmdqvLogField(entry->device), .length = -1 },
        { .key = "CMDQV_RULE", .value = cmdqvLogField(entry->rule), .length = -1 },
        { .key = "CMDQV_INSTANCE", .value = cmdqvLogField(entry->instance), .length = -1 },
        { .key = "CMDQV_FLAVOR", .value = cmdqvLogField(entry->flavor), .length = -1 },
    };
    gsize first = isRefusal ? 0 : 1;
    gsize left = isRefusal ? CMDQV_LOG_NOVA_FIELDS : CMDQV_LOG_LAST_FIELDS;

    if (entry->instance || (!isRefusal && entry->rule))
        left = 0;
    if (!cmdqvLogPrint(line))
        g_log_structured_array(G_LOG_LEVEL_MESSAGE, fields + first, G_N_ELEMENTS(fields) - first - left);
}


/**
 * cmdqvLogRefusal:
 * @refusal: a refusal
 *
 * Writes one entry for each refusal, so that an operator can find the client.
 */
void
cmdqvLogRefusal(const cmdqvLogEntry *refusal)
{
    g_autofree char *text = g_strdup_printf("refused %s (domain '%s', uuid %s, rule %s, client %s): %s", cmdqvLogField(refusal->what),
                                            cmdqvLogField(refusal->domain), cmdqvLogField(refusal->uuid),
                                            cmdqvLogField(refusal->rule), refusal->client ? refusal->client : "unknown",
                                            cmdqvLogField(refusal->message));

    (void)g_atomic_int_add(&cmdqvLogRefused, 1);
    cmdqvLogSend(refusal, text, true);
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
cmdqvLogWarning(const cmdqvLogEntry *warning)
{
    cmdqvLogSend(warning, cmdqvLogField(warning->message), false);
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
