/*
 * text.c: numbers and names in text, read as libvirt reads them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "util/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How many bytes of a value are quoted. */
#define CMDQV_TEXT_QUOTED 64


/**
 * cmdqvTextStarts:
 * @text: text, of any length
 * @prefix: a text that it may begin with
 *
 * g_str_has_prefix() of GLib 2.76 and later takes the length of the whole text
 * first, so a loop that asks it at each character of a client's text takes the
 * square of that length.
 *
 * Returns: true if @text begins with @prefix
 */
bool
cmdqvTextStarts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}


/**
 * cmdqvTextToUnsigned:
 * @text: digits
 * @base: 10, 16, or 0 for decimal, 0x hexadecimal and 0 octal
 * @max: the largest value accepted
 * @value: (out): the number
 *
 * Accepts the same as virStrToLong_uip() of libvirt (src/util/virstring.c):
 * strtoul() syntax, the whole string, no minus sign.
 *
 * Returns: true, or false with @value untouched
 */
bool
cmdqvTextToUnsigned(const char *text, unsigned int base, unsigned int max, unsigned int *value)
{
    char *end = NULL;
    unsigned long number;

    if (strchr(text, '-'))
        return false;

    errno = 0;
    number = strtoul(text, &end, (int)base);
    if (errno != 0 || end == text || *end != '\0' || number > max)
        return false;

    *value = (unsigned int)number;
    return true;
}


/**
 * cmdqvTextToInt:
 * @text: decimal digits, perhaps with a sign
 * @value: (out): the number
 *
 * Accepts the same as virStrToLong_i() of libvirt (src/util/virstring.c).
 *
 * Returns: true, or false with @value untouched
 */
bool
cmdqvTextToInt(const char *text, int *value)
{
    char *end = NULL;
    long number;

    errno = 0;
    number = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number > G_MAXINT || number < G_MININT)
        return false;

    *value = (int)number;
    return true;
}


/**
 * cmdqvTextShorten:
 * @text: text from a client, of any length
 *
 * Returns: (transfer full): its beginning, as long as a message should quote it
 */
char *
cmdqvTextShorten(const char *text)
{
    g_autofree char *begin = g_strndup(text, CMDQV_TEXT_QUOTED);
    g_autofree char *valid = g_utf8_make_valid(begin, -1);

    return g_strconcat(valid, strlen(text) > CMDQV_TEXT_QUOTED ? "..." : "", NULL);
}


/**
 * cmdqvTextIsPlain:
 * @character: a character
 *
 * Returns: true if a terminal shows it as it is: no control, no change of
 * direction, no end of the line, not invisible
 */
bool
cmdqvTextIsPlain(gunichar character)
{
    GUnicodeType type = g_unichar_type(character);

    return g_unichar_isprint(character) && type != G_UNICODE_LINE_SEPARATOR && type != G_UNICODE_PARAGRAPH_SEPARATOR;
}


static void
cmdqvTextAppendCharacter(GString *line, gunichar character)
{
    if (character == '\n' || character == '\r' || character == '\t')
        g_string_append_c(line, ' ');
    else if (cmdqvTextIsPlain(character))
        g_string_append_unichar(line, character);
    else if (character < 0x80)
        g_string_append_printf(line, "\\x%02x", character);
    else
        g_string_append_printf(line, character > 0xffff ? "\\U%08x" : "\\u%04x", character);
}


/**
 * cmdqvTextOneLine:
 * @text: a message, which may quote a client's text
 *
 * Line ends and tabs become blanks. Controls, invisible characters, characters
 * that change the direction of text, and bytes that are no UTF-8 become
 * escapes: \x1b, \u202e.
 *
 * Returns: (transfer full): the same on one line, without anything that a
 * terminal would obey or that would mislead a reader
 */
char *
cmdqvTextOneLine(const char *text)
{
    GString *line = g_string_sized_new(strlen(text));

    while (*text) {
        gunichar character = g_utf8_get_char_validated(text, -1);

        if (character >= (gunichar)-2) {
            g_string_append_printf(line, "\\x%02x", (guchar)*text++);
        } else {
            cmdqvTextAppendCharacter(line, character);
            text = g_utf8_next_char(text);
        }
    }
    return g_string_free(line, FALSE);
}


/**
 * cmdqvTextFormatLine:
 * @format: a format, as printf() takes it
 * @args: its arguments
 *
 * Returns: (transfer full): the text on one line, as cmdqvTextOneLine()
 */
char *
cmdqvTextFormatLine(const char *format, va_list args)
{
    g_autofree char *text = g_strdup_vprintf(format, args);

    return cmdqvTextOneLine(text);
}


/**
 * cmdqvTextColumns:
 * @line: from cmdqvTextOneLine()
 *
 * Returns: how many columns of a terminal it takes
 */
guint
cmdqvTextColumns(const char *line)
{
    guint columns = 0;

    for (; *line; line = g_utf8_next_char(line)) {
        gunichar character = g_utf8_get_char(line);

        if (!g_unichar_iszerowidth(character))
            columns += g_unichar_iswide(character) ? 2 : 1;
    }
    return columns;
}


/**
 * cmdqvTextPad:
 * @line: from cmdqvTextOneLine()
 * @columns: of a terminal
 *
 * Returns: (transfer full): the same, with blanks behind it up to @columns
 */
char *
cmdqvTextPad(const char *line, guint columns)
{
    guint taken = cmdqvTextColumns(line);
    g_autofree char *blanks = g_strnfill(columns > taken ? columns - taken : 0, ' ');

    return g_strconcat(line, blanks, NULL);
}


/**
 * cmdqvTextUnmistaken:
 * @line: a refusal
 *
 * Managers take some words in an error for success (OpenStack Nova, for one), and a client
 * may have written them into a name that the refusal quotes.
 *
 * Returns: (transfer full): the same, with those words joined by hyphens
 */
char *
cmdqvTextUnmistaken(const char *line)
{
    static const char *const words[][2] = { { "not found", "not-found" },
                                            { "already in the process of unplug", "already-in-the-process-of-unplug" } };
    char *text = g_strdup(line);
    guint i;

    for (i = 0; i < G_N_ELEMENTS(words); i++) {
        g_auto(GStrv) parts = g_strsplit(text, words[i][0], -1);

        g_free(text);
        text = g_strjoinv(words[i][1], parts);
    }
    return text;
}


/**
 * cmdqvTextCompare:
 * @a: a pointer to a text
 * @b: another
 *
 * Returns: as strcmp(); for g_ptr_array_sort()
 */
int
cmdqvTextCompare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}


/**
 * cmdqvTextFind:
 * @words: words, with their values as indexes
 * @count: their number
 * @text: (nullable): a word
 *
 * Returns: the value of @text, @count if it is none of these words
 */
guint
cmdqvTextFind(const char *const *words, guint count, const char *text)
{
    guint i;

    for (i = 0; i < count && g_strcmp0(words[i], text) != 0; i++)
        continue;
    return i;
}
