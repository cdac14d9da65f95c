/*
 * util/run_program.h: asking another program
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

bool cmdqvProgramAsk(const char *const *argv, const char *question, guint milliseconds, gsize limit, char **answer,
                     GError **error);
