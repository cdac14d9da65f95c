/*
 * test_spawn.c: our own programs, run as processes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test_spawn.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include <gio/gio.h>


static char *
cmdqvTestText(GBytes *bytes)
{
    gsize len;
    const char *data = g_bytes_get_data(bytes, &len);

    return g_strndup(data ? data : "", len);
}


/* The processor time of the processes that this one has waited for, in seconds. */
static double
cmdqvTestSpent(void)
{
    struct rusage usage;

    g_assert_cmpint(getrusage(RUSAGE_CHILDREN, &usage), ==, 0);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
        (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / G_USEC_PER_SEC;
}


/**
 * cmdqvTestSpawn:
 * @argv: the program and its arguments
 * @input: its standard input; it need not read it
 * @len: its length in bytes, -1 for a string
 * @outcome: (out): the result; cmdqvTestOutcomeClear() it
 */
void
cmdqvTestSpawn(const char *const *argv, const char *input, gssize len, cmdqvTestOutcome *outcome)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) process = NULL;
    g_autoptr(GBytes) in = g_bytes_new(input, len < 0 ? strlen(input) : (gsize)len);
    g_autoptr(GBytes) out = NULL;
    g_autoptr(GBytes) err = NULL;
    double before = cmdqvTestSpent();

    (void)signal(SIGPIPE, SIG_IGN);
    process = g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
    if (process)
        (void)g_subprocess_communicate(process, in, NULL, &out, &err, &error);
    if (error && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE))
        g_error("%s: %s", argv[0], error->message);

    (void)g_subprocess_wait(process, NULL, NULL);
    outcome->seconds = cmdqvTestSpent() - before;
    outcome->status = g_subprocess_get_if_exited(process) ? g_subprocess_get_exit_status(process) : -1;
    outcome->out = out ? cmdqvTestText(out) : g_strdup("");
    outcome->err = err ? cmdqvTestText(err) : g_strdup("");
}


void
cmdqvTestOutcomeClear(cmdqvTestOutcome *outcome)
{
    g_clear_pointer(&outcome->out, g_free);
    g_clear_pointer(&outcome->err, g_free);
}
