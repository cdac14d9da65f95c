/*
 * text.h: numbers and names in text, read as libvirt reads them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include <glib.h>

/* Text in memory of malloc(), as libvirt returns it and expects it: free() frees it, g_free() must not. */
typedef char cmdqvTextMalloced;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cmdqvTextMalloced, free)

bool cmdqvTextStarts(const char *text, const char *prefix);
bool cmdqvTextToUnsigned(const char *text, unsigned int base, unsigned int max, unsigned int *value);
bool cmdqvTextToInt(const char *text, int *value);
char *cmdqvTextShorten(const char *text);
char *cmdqvTextUnmistaken(const char *line);
bool cmdqvTextIsPlain(gunichar character);
char *cmdqvTextOneLine(const char *text);
char *cmdqvTextFormatLine(const char *format, va_list args) G_GNUC_PRINTF(1, 0);
guint cmdqvTextColumns(const char *line);
char *cmdqvTextPad(const char *line, guint columns);
guint cmdqvTextFind(const char *const *words, guint count, const char *text);
int cmdqvTextCompare(gconstpointer a, gconstpointer b);
