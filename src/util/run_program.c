/*
 * run_program.c: run a program, write its input and read its output
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Uses no shell, no thread, no signal handler and no child watch, so it works
 * in any process; and it ends in time, whatever the program does.
 */

#include "util/run_program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/error.h"

/* Bytes that a pipe holds before they are read (pipe(7)). */
#define CMDQV_RUN_PROGRAM_QUESTION_MAX 4096


static void
cmdqvRunProgramClose(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}


/* Runs in the child: the processes that a script starts end with the script. */
static void
cmdqvRunProgramSetup(gpointer data G_GNUC_UNUSED)
{
    (void)setpgid(0, 0);
}


/* Writes the input into the pipe before the program runs, so a program that does not read it cannot make the write fail. */
static bool
cmdqvRunProgramOpen(const char *question, int in[2], int out[2])
{
    gsize len = strlen(question);

    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        return false;
    return len <= CMDQV_RUN_PROGRAM_QUESTION_MAX && write(in[1], question, len) == (gssize)len;
}


/* Reads until the program closes its end; false if it does not do so in time, or writes too much. */
static bool
cmdqvRunProgramRead(int fd, gint64 deadline, gsize limit, GString *answer)
{
    char chunk[4096];

    for (;;) {
        struct pollfd waiting = { .fd = fd, .events = POLLIN };
        gint64 left = (deadline - g_get_monotonic_time()) / 1000;
        int ready = left > 0 ? poll(&waiting, 1, (int)MIN(left, G_MAXINT)) : 0;
        gssize got;

        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        got = read(fd, chunk, sizeof(chunk));
        if (got == 0)
            return true;
        if (got < 0 || answer->len + (gsize)got > limit)
            return false;
        g_string_append_len(answer, chunk, got);
    }
}


/**
 * cmdqvRunProgram:
 * @argv: the program, by its path, and its arguments
 * @question: its standard input
 * @milliseconds: how long it may take
 * @limit: the most bytes that it may write
 * @answer: (out): its standard output, whatever its exit status is
 * @error: CMDQV_ERROR_SYSTEM
 *
 * Blocks until the program ends, at most @milliseconds. Then kills the program
 * and its process group.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvRunProgram(const char *const *argv, const char *question, guint milliseconds, gsize limit, char **answer,
                   GError **error)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)milliseconds * 1000;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) reason = NULL;
    int in[2] = { -1, -1 };
    int out[2] = { -1, -1 };
    bool ok = false;
    GPid pid;

    if (!cmdqvRunProgramOpen(question, in, out)) {
        cmdqvErrorSet(error, CMDQV_ERROR_SYSTEM, "cannot ask '%s': there is no pipe to it", argv[0]);
    } else if (!g_spawn_async_with_fds(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL,
                                       cmdqvRunProgramSetup, NULL, &pid, in[0], out[1], -1, &reason)) {
        cmdqvErrorSet(error, CMDQV_ERROR_SYSTEM, "cannot run '%s': %s", argv[0], reason->message);
    } else {
        cmdqvRunProgramClose(&in[0]);
        cmdqvRunProgramClose(&in[1]);
        cmdqvRunProgramClose(&out[1]);
        ok = cmdqvRunProgramRead(out[0], deadline, limit, text);
        if (!ok)
            cmdqvErrorSet(error, CMDQV_ERROR_SYSTEM, "'%s' did not answer in %u ms, or printed too much", argv[0],
                          milliseconds);
        (void)kill(-pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }

    cmdqvRunProgramClose(&in[0]);
    cmdqvRunProgramClose(&in[1]);
    cmdqvRunProgramClose(&out[0]);
    cmdqvRunProgramClose(&out[1]);
    if (ok)
        *answer = g_string_free(g_steal_pointer(&text), FALSE);
    return ok;
}
