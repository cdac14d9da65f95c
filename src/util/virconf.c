/*
 * virconf.c: read libvirt's own configuration files
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The syntax is that of virConfParse() (src/util/virconf.c of libvirt): NAME =
 * VALUE, a value being a number, a string in one of three kinds of quotes, or a
 * list in brackets, over one or more lines; # begins a comment up to the end of
 * its line, outside of lists.
 */

#include "util/virconf.h"

#include <stdbool.h>
#include <string.h>

#include "util/error.h"
#include "util/text.h"

#define CMDQV_VIRCONF_BLANKS " \t"
#define CMDQV_VIRCONF_EOL "\n\r"
#define CMDQV_VIRCONF_LONG_QUOTE "\"\"\""

typedef struct {
    const char *at;
    const char *start;
    const char *name;
    GError **error;
} cmdqvVirConf;


static void
cmdqvVirConfSkip(cmdqvVirConf *conf, const char *what)
{
    conf->at += strspn(conf->at, what);
}


static bool
cmdqvVirConfFail(const cmdqvVirConf *conf, const char *expected)
{
    guint line = 1;
    const char *at;

    for (at = conf->start; at < conf->at; at++)
        line += *at == '\n';
    return cmdqvErrorSet(conf->error, CMDQV_ERROR_INVALID, "%s: line %u: there is no %s", conf->name, line, expected);
}


/* A string in three quotes may hold ends of lines. */
static bool
cmdqvVirConfString(cmdqvVirConf *conf, GPtrArray *values)
{
    bool isLong = cmdqvTextStarts(conf->at, CMDQV_VIRCONF_LONG_QUOTE);
    const char quote[] = { *conf->at, '\0' };
    const char *begin = conf->at + (isLong ? strlen(CMDQV_VIRCONF_LONG_QUOTE) : 1);
    const char *end = strstr(begin, isLong ? CMDQV_VIRCONF_LONG_QUOTE : quote);

    if (!end || (!isLong && begin + strcspn(begin, CMDQV_VIRCONF_EOL) < end))
        return cmdqvVirConfFail(conf, "end of a string");
    g_ptr_array_add(values, g_strndup(begin, (gsize)(end - begin)));
    conf->at = end + (isLong ? strlen(CMDQV_VIRCONF_LONG_QUOTE) : 1);
    return true;
}


static bool
cmdqvVirConfOne(cmdqvVirConf *conf, GPtrArray *values)
{
    gsize len;

    if (*conf->at == '"' || *conf->at == '\'')
        return cmdqvVirConfString(conf, values);
    len = *conf->at == '-' || *conf->at == '+' ? 1 : 0;
    len += strspn(conf->at + len, "0123456789");
    if (len == 0 || !g_ascii_isdigit(conf->at[len - 1]))
        return cmdqvVirConfFail(conf, "value");
    g_ptr_array_add(values, g_strndup(conf->at, len));
    conf->at += len;
    return true;
}


static bool
cmdqvVirConfList(cmdqvVirConf *conf, GPtrArray *values)
{
    do {
        conf->at++;
        cmdqvVirConfSkip(conf, CMDQV_VIRCONF_BLANKS CMDQV_VIRCONF_EOL);
        if (*conf->at == ']')
            break;
        if (!cmdqvVirConfOne(conf, values))
            return false;
        cmdqvVirConfSkip(conf, CMDQV_VIRCONF_BLANKS CMDQV_VIRCONF_EOL);
    } while (*conf->at == ',');
    if (*conf->at != ']')
        return cmdqvVirConfFail(conf, "',' or ']' in a list");
    conf->at++;
    return true;
}


/* NAME = VALUE; if a name is set twice, the first value counts. */
static bool
cmdqvVirConfStatement(cmdqvVirConf *conf, GHashTable *settings)
{
    g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
    const char *begin = conf->at;
    g_autofree char *name = NULL;

    if (!g_ascii_isalpha(*conf->at))
        return cmdqvVirConfFail(conf, "name of a setting");
    while (g_ascii_isalnum(*conf->at) || *conf->at == '_')
        conf->at++;
    name = g_strndup(begin, (gsize)(conf->at - begin));
    cmdqvVirConfSkip(conf, CMDQV_VIRCONF_BLANKS);
    if (*conf->at != '=')
        return cmdqvVirConfFail(conf, "'='");
    conf->at++;
    cmdqvVirConfSkip(conf, CMDQV_VIRCONF_BLANKS);
    if (!(*conf->at == '[' ? cmdqvVirConfList(conf, values) : cmdqvVirConfOne(conf, values)))
        return false;
    g_ptr_array_add(values, NULL);
    if (!g_hash_table_contains(settings, name))
        (void)g_hash_table_insert(settings, g_steal_pointer(&name), g_ptr_array_free(g_steal_pointer(&values), FALSE));
    return true;
}


/**
 * cmdqvVirConfParse:
 * @text: the content of a file such as qemu.conf
 * @name: its name in messages
 * @error: CMDQV_ERROR_INVALID; libvirt does not start with such a file either
 *
 * Returns: (transfer full) (nullable) (element-type utf8 GStrv): name of a
 * setting to its values, one if it is no list; NULL with @error set
 */
GHashTable *
cmdqvVirConfParse(const char *text, const char *name, GError **error)
{
    g_autoptr(GHashTable) settings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_strfreev);
    cmdqvVirConf conf = { .at = text, .start = text, .name = name, .error = error };

    for (;;) {
        cmdqvVirConfSkip(&conf, CMDQV_VIRCONF_BLANKS CMDQV_VIRCONF_EOL);
        if (*conf.at == '\0')
            return g_steal_pointer(&settings);
        if (*conf.at != '#' && !cmdqvVirConfStatement(&conf, settings))
            return NULL;
        cmdqvVirConfSkip(&conf, CMDQV_VIRCONF_BLANKS);
        if (*conf.at == '#')
            conf.at += strcspn(conf.at, CMDQV_VIRCONF_EOL);
        if (*conf.at != '\0' && !strchr(CMDQV_VIRCONF_EOL ";", *conf.at)) {
            (void)cmdqvVirConfFail(&conf, "end of a line");
            return NULL;
        }
        conf.at += *conf.at == ';';
    }
}
