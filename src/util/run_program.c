/*
 * util/run_program.c: asking another program
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * No shell, no thread, no signal handler and no child watch, so that it does
 * not matter whose process this is; and an end, whatever the other one does.
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

/* What a pipe holds though nobody reads it yet (pipe(7)). */
#define CMDQV_PROGRAM_QUESTION_MAX 4096


static void
cmdqvProgramClose(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}


/* Runs in the child: what a script starts ends with it. */
static void
cmdqvProgramSetup(gpointer data G_GNUC_UNUSED)
{
    (void)setpgid(0, 0);
}


/* The question is in the pipe before there is anybody who could leave without reading it. */
static bool
cmdqvProgramOpen(const char *question, int in[2], int out[2])
{
    gsize len = strlen(question);

    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        return false;
    return len <= CMDQV_PROGRAM_QUESTION_MAX && write(in[1], question, len) == (gssize)len;
}


/* Reads until the other end is closed; false where that does not come in time or there is too much. */
static bool
cmdqvProgramRead(int fd, gint64 deadline, gsize limit, GString *answer)
{
    char chunk[4096];

    for (;;) {
        struct pollfd waiting = { fd, POLLIN, 0 };
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
 * cmdqvProgramAsk:
 * @argv: the program, by its path, and its arguments
 * @question: what it gets on standard input
 * @milliseconds: how long it may take
 * @limit: the most bytes that it may say
 * @answer: (out): what it says on standard output, however it ends
 * @error: CMDQV_ERROR_SYSTEM
 *
 * Blocks until it ends, at most as long as it may take.  Neither the program
 * nor what it started in its process group is left behind.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvProgramAsk(const char *const *argv, const char *question, guint milliseconds, gsize limit, char **answer,
                GError **error)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)milliseconds * 1000;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) reason = NULL;
    int in[2] = { -1, -1 };
    int out[2] = { -1, -1 };
    bool ok = false;
    GPid pid;

    if (!cmdqvProgramOpen(question, in, out)) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_SYSTEM, "cannot ask '%s': there is no pipe to it", argv[0]);
    } else if (!g_spawn_async_with_fds(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL,
                                       cmdqvProgramSetup, NULL, &pid, in[0], out[1], -1, &reason)) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_SYSTEM, "cannot run '%s': %s", argv[0], reason->message);
    } else {
        cmdqvProgramClose(&in[0]);
        cmdqvProgramClose(&in[1]);
        cmdqvProgramClose(&out[1]);
        ok = cmdqvProgramRead(out[0], deadline, limit, text);
        if (!ok)
            g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_SYSTEM, "'%s' has not answered in %u ms, or with too much", argv[0],
                        milliseconds);
        (void)kill(-pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }

    cmdqvProgramClose(&in[0]);
    cmdqvProgramClose(&in[1]);
    cmdqvProgramClose(&out[0]);
    cmdqvProgramClose(&out[1]);
    if (ok)
        *answer = g_string_free(g_steal_pointer(&text), FALSE);
    return ok;
}
