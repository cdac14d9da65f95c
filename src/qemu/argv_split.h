/*
 * argv_split.h: split a QEMU command line into its options
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

/** One option and its value, both borrowed from the argument vector. */
typedef struct {
    const char *name;       /* without dashes */
    const char *value;      /* NULL for an option without one */
    const char *hides;      /* why its effect is unknown, and the remedy; NULL if it is known */
} cmdqvOption;

char **cmdqvArgvSplit(const char *data, gsize len, GError **error);
char **cmdqvArgvSplitParseShell(const char *text, GError **error);
GArray *cmdqvArgvSplitOptions(const char *const *argv, GError **error);
GHashTable *cmdqvArgvSplitProperties(const char *value, const char *implied, GError **error);
