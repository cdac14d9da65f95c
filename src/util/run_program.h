/*
 * run_program.h: run a program, write its input and read its output
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

bool cmdqvRunProgram(const char *const *argv, const char *question, guint milliseconds, gsize limit, char **answer,
                        GError **error);
