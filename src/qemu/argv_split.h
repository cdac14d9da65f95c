/*
 * qemu/argv_split.h: a QEMU command line, split into its options
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

/** One option and its value, both borrowed from the argument vector. */
typedef struct {
    const char *name;       /* without dashes */
    const char *value;      /* NULL for an option that takes none */
} cmdqvOption;

char **cmdqvCommandLineSplit(const char *data, gsize len, GError **error);
char **cmdqvCommandLineParseShell(const char *text, GError **error);
GArray *cmdqvCommandLineOptions(const char *const *argv, GError **error);
GHashTable *cmdqvCommandLineProperties(const char *value, const char *implied, GError **error);
