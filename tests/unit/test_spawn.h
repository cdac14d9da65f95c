/*
 * test_spawn.h: our own programs, run as processes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/** The result of one. */
typedef struct {
    int status;         /* exit status, -1 for a signal */
    char *out;          /* standard output, as text */
    char *err;          /* standard error */
    double seconds;     /* of a processor, independent of other work of the machine */
} cmdqvTestOutcome;

void cmdqvTestSpawn(const char *const *argv, const char *input, gssize len, cmdqvTestOutcome *outcome);
void cmdqvTestOutcomeClear(cmdqvTestOutcome *outcome);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvTestOutcome, cmdqvTestOutcomeClear)
