/*
 * test_spawn.c: our own programs, run as processes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test_spawn.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib-unix.h>

typedef struct {
    int fd;
    const char *text;
    gsize len;
} cmdqvTestInput;


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


/*
 * Writes the input until the program has it or reads no more, and closes the
 * pipe. In a thread: g_subprocess_communicate() leaks the operations that are
 * under way if a program ends before it has read its input.
 */
static gpointer
cmdqvTestWrite(gpointer data)
{
    cmdqvTestInput *input = data;
    gssize written = 1;

    while (input->len > 0 && written > 0) {
        written = write(input->fd, input->text, input->len);
        input->text += MAX(written, 0);
        input->len -= (gsize)MAX(written, 0);
    }
    (void)close(input->fd);
    return NULL;
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
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_autoptr(GSubprocess) process = NULL;
    cmdqvTestInput in = { .text = input, .len = len < 0 ? strlen(input) : (gsize)len };
    GThread *writer;
    int ends[2];
    g_autoptr(GBytes) out = NULL;
    g_autoptr(GBytes) err = NULL;
    double before = cmdqvTestSpent();

    (void)signal(SIGPIPE, SIG_IGN);
    g_assert_true(g_unix_open_pipe(ends, FD_CLOEXEC, NULL));
    in.fd = ends[1];
    g_subprocess_launcher_take_stdin_fd(launcher, ends[0]);
    process = g_subprocess_launcher_spawnv(launcher, argv, &error);
    g_clear_object(&launcher);      /* the last reader is the program, then */
    writer = g_thread_new("input", cmdqvTestWrite, &in);
    if (process)
        (void)g_subprocess_communicate(process, NULL, NULL, &out, &err, &error);
    g_thread_join(writer);
    if (error)
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
