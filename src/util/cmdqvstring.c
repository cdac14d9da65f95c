/*
 * cmdqvstring.c: numbers and names in text, read as libvirt reads them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "util/cmdqvstring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>


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
 * cmdqvStringAppendList:
 * @list: a list in words, possibly empty
 * @item: one more for it
 *
 * Puts a comma between items.
 */
void
cmdqvStringAppendList(GString *list, const char *item)
{
    if (list->len > 0)
        g_string_append(list, ", ");
    g_string_append(list, item);
}
