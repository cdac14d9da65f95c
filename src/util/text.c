/*
 * util/text.c: numbers and names in text, read as libvirt reads them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "util/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How many bytes of a value are quoted. */
#define CMDQV_STRING_QUOTED 64


/**
 * cmdqvStringToUint:
 * @text: digits
 * @base: 10, 16, or 0 for decimal, 0x hexadecimal and 0 octal
 * @max: the largest value accepted
 * @value: (out): the number
 *
 * Accepts what virStrToLong_uip() of libvirt (src/util/virstring.c) accepts:
 * strtoul() syntax, the whole string, no minus sign.
 *
 * Returns: true, or false with @value untouched
 */
bool
cmdqvStringToUint(const char *text, unsigned int base, unsigned int max, unsigned int *value)
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
 * cmdqvStringToInt:
 * @text: decimal digits, perhaps with a sign
 * @value: (out): the number
 *
 * Accepts what virStrToLong_i() of libvirt (src/util/virstring.c) accepts.
 *
 * Returns: true, or false with @value untouched
 */
bool
cmdqvStringToInt(const char *text, int *value)
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
 * cmdqvStringShorten:
 * @text: what a stranger wrote
 *
 * Returns: (transfer full): as much of it as belongs into a message
 */
char *
cmdqvStringShorten(const char *text)
{
    g_autofree char *begin = g_strndup(text, CMDQV_STRING_QUOTED);
    g_autofree char *valid = g_utf8_make_valid(begin, -1);

    return g_strconcat(valid, strlen(text) > CMDQV_STRING_QUOTED ? "..." : "", NULL);
}


/**
 * cmdqvStringOneLine:
 * @text: a message, in which a stranger's words may be
 *
 * Returns: (transfer full): the same on one line, with nothing in it that would
 * command a terminal
 */
char *
cmdqvStringOneLine(const char *text)
{
    char *line = g_utf8_make_valid(text, -1);
    const char *from = line;
    char *to = line;

    while (*from) {
        const char *next = g_utf8_next_char(from);

        if (g_unichar_iscntrl(g_utf8_get_char(from))) {
            *to++ = ' ';
            from = next;
        }
        while (from < next)
            *to++ = *from++;
    }
    *to = '\0';
    return line;
}
