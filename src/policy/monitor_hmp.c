/*
 * monitor_hmp.c: read a line of HMP as QEMU does
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The grammar is that of handle_hmp_command() in monitor/hmp.c of QEMU 11.1.  A
 * command's name ends at white space or a slash.  Its arguments follow from
 * their types, "key:type" separated by commas: s, F and B a word, quoted or
 * not; S the rest; O a list of options, which is a word too; i, l and M an
 * expression; o a size; b "on" or "off"; / a format; -x a flag, -xs a flag with
 * a word. A question mark allows the line to end there. A quoted word needs no
 * space after it, and QEMU cuts text that exceeds a buffer.
 */

#include "policy/monitor_hmp.h"

#include <errno.h>
#include <string.h>

/* Characters that fit into QEMU's buffers: get_command_name() and get_str(). */
#define CMDQV_MONITOR_HMP_NAME 255
#define CMDQV_MONITOR_HMP_WORD 1023


/* isspace() of the C locale; GLib's has no vertical tab. */
static const char *
cmdqvMonitorHmpSkip(const char *at)
{
    return at + strspn(at, " \t\n\v\f\r");
}


/* Returns the end of the word, NULL if there is none. */
static const char *
cmdqvMonitorHmpQuoted(const char *at, GString *word)
{
    for (at++; *at && *at != '"'; at++) {
        char c = *at;

        if (c == '\\') {
            c = *++at;
            if (!c || !strchr("nr\\'\"", c))
                return NULL;
            if (c == 'n' || c == 'r')
                c = c == 'n' ? '\n' : '\r';
        }
        if (word->len < CMDQV_MONITOR_HMP_WORD)
            g_string_append_c(word, c);
    }
    return *at == '"' ? at + 1 : NULL;
}


static const char *
cmdqvMonitorHmpWord(const char *at, GString *word)
{
    gsize len;

    at = cmdqvMonitorHmpSkip(at);
    if (!*at)
        return NULL;
    if (*at == '"')
        return cmdqvMonitorHmpQuoted(at, word);
    len = strcspn(at, " \t\n\v\f\r");
    g_string_append_len(word, at, (gssize)MIN(len, CMDQV_MONITOR_HMP_WORD));
    return at + len;
}


static const char *
cmdqvMonitorHmpOperand(const char *at)
{
    char *end;

    if (*at == '\'')
        return at[1] && at[2] == '\'' ? at + 3 : NULL;
    if (*at == '$')
        return at + 1 + strspn(at + 1, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_.");
    errno = 0;
    (void)g_ascii_strtoull(at, &end, 0);
    return end == at || errno == ERANGE ? NULL : end;
}


/* Finds the end of an expression; its value does not matter. */
static const char *
cmdqvMonitorHmpExpression(const char *at)
{
    guint open = 0;

    for (;;) {
        at = cmdqvMonitorHmpSkip(at);
        for (; *at && strchr("+-~(", *at); at = cmdqvMonitorHmpSkip(at + 1))
            open += *at == '(';
        at = *at ? cmdqvMonitorHmpOperand(at) : NULL;
        if (!at)
            return NULL;
        at = cmdqvMonitorHmpSkip(at);
        for (; open > 0 && *at == ')'; at = cmdqvMonitorHmpSkip(at + 1))
            open--;
        if (!*at || !strchr("*/%&|^+-", *at))
            return open > 0 ? NULL : at;
        at++;
    }
}


static const char *
cmdqvMonitorHmpFormat(const char *at)
{
    at = cmdqvMonitorHmpSkip(at);
    if (*at != '/')
        return at;
    at++;
    at += strspn(at, G_CSET_DIGITS);
    at += strspn(at, "oduxicbhwgL");
    return *at && cmdqvMonitorHmpSkip(at) == at ? NULL : at;
}


/* @type begins after the dash; the types of the other arguments follow. */
static const char *
cmdqvMonitorHmpFlag(const char *at, const char *type, const char *key, GHashTable *arguments)
{
    const char *flag = cmdqvMonitorHmpSkip(at);
    const char other[] = { '-', *flag == '-' ? flag[1] : '\0', '\0' };
    g_autoptr(GString) word = NULL;

    if (*flag != '-')
        return flag;
    if (flag[1] != *type)
        return flag[1] && strstr(type + 1, other) ? at : NULL;
    if (type[1] != 's') {
        (void)g_hash_table_insert(arguments, g_strdup(key), g_strdup("on"));
        return flag + 2;
    }
    word = g_string_new(NULL);
    at = cmdqvMonitorHmpWord(flag + 2, word);
    (void)g_hash_table_insert(arguments, g_strdup(key), g_strdup(word->str));
    return at;
}


static const char *
cmdqvMonitorHmpText(const char *at, char type, const char *key, GHashTable *arguments)
{
    g_autoptr(GString) word = NULL;

    at = cmdqvMonitorHmpSkip(at);
    if (type == 'O' && !*at)
        return at;
    if (type == 'S') {
        if (!*at)
            return NULL;
        (void)g_hash_table_insert(arguments, g_strdup(key), g_strdup(at));
        return at + strlen(at);
    }
    word = g_string_new(NULL);
    at = cmdqvMonitorHmpWord(at, word);
    (void)g_hash_table_insert(arguments, g_strdup(key), g_strdup(word->str));
    return at;
}


static const char *
cmdqvMonitorHmpSwitch(const char *at)
{
    gsize len;

    at = cmdqvMonitorHmpSkip(at);
    len = strcspn(at, " \t\n\v\f\r");
    return (len == 2 && strncmp(at, "on", len) == 0) || (len == 3 && strncmp(at, "off", len) == 0) ? at + len : NULL;
}


/* Returns the end of the argument, NULL if it does not parse; @type begins after the colon. */
static const char *
cmdqvMonitorHmpArgument(const char *at, const char *type, const char *key, GHashTable *arguments)
{
    if (type[1] == '?' && !*cmdqvMonitorHmpSkip(at))
        return cmdqvMonitorHmpSkip(at);
    switch (*type) {
    case 's':
    case 'F':
    case 'B':
    case 'O':
    case 'S':
        return cmdqvMonitorHmpText(at, *type, key, arguments);
    case 'i':
    case 'l':
    case 'M':
        at = cmdqvMonitorHmpSkip(at);
        if (type[1] != '.')
            return cmdqvMonitorHmpExpression(at);
        return *at == '.' ? cmdqvMonitorHmpExpression(at + 1) : at;
    case 'o':
        at = cmdqvMonitorHmpSkip(at);
        return g_ascii_isdigit(*at) ? at + strcspn(at, " \t\n\v\f\r") : NULL;
    case 'b':
        return cmdqvMonitorHmpSwitch(at);
    case '/':
        return cmdqvMonitorHmpFormat(at);
    case '-':
        return cmdqvMonitorHmpFlag(at, type + 1, key, arguments);
    default:
        return NULL;
    }
}


static bool
cmdqvMonitorHmpAllArguments(const char *at, const char *types, GHashTable *arguments)
{
    while (*types) {
        const char *colon = strchr(types, ':');
        g_autofree char *key = colon ? g_strndup(types, (gsize)(colon - types)) : NULL;

        at = colon ? cmdqvMonitorHmpArgument(at, colon + 1, key, arguments) : NULL;
        if (!at)
            return false;
        types = strchr(colon, ',');
        if (!types)
            break;
        types++;
    }
    return !*cmdqvMonitorHmpSkip(at);
}


/* Returns the end of the command's name, NULL if there is no such command. */
static const char *
cmdqvMonitorHmpName(const char *at, const cmdqvMonitorCommand *table, const cmdqvMonitorCommand **command)
{
    gsize len = strcspn(at, " \t\n\v\f\r/");

    *command = cmdqvMonitorCommandFind(table, at, MIN(len, CMDQV_MONITOR_HMP_NAME));
    return *command ? cmdqvMonitorHmpSkip(at + len) : NULL;
}


/**
 * cmdqvMonitorHmpRead:
 * @line: a line of HMP
 * @read: (out caller-allocates): the command and its arguments
 *
 * Returns: false, with @read empty, if QEMU would refuse the line, or the
 * tables have no such command
 */
bool
cmdqvMonitorHmpRead(const char *line, cmdqvMonitorHmp *read)
{
    const cmdqvMonitorCommand *command = NULL;
    g_autoptr(GHashTable) arguments = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const char *at = cmdqvMonitorHmpSkip(line);

    *read = (cmdqvMonitorHmp){ .command = NULL };
    if (!g_utf8_validate(line, -1, NULL))
        return false;
    if (*at) {
        at = cmdqvMonitorHmpName(at, cmdqvMonitorCommandsHmp, &command);
        if (at && *at && command->effect == CMDQV_MONITOR_COMMANDS_INFO)
            at = cmdqvMonitorHmpName(at, cmdqvMonitorCommandsInfo, &command);
        if (!at || !cmdqvMonitorHmpAllArguments(at, command->arguments, arguments))
            return false;
    }
    read->command = command;
    read->arguments = g_steal_pointer(&arguments);
    return true;
}


/**
 * cmdqvMonitorHmpClear:
 * @read: a line, read
 *
 * Frees the members, not @read itself.
 */
void
cmdqvMonitorHmpClear(cmdqvMonitorHmp *read)
{
    g_clear_pointer(&read->arguments, g_hash_table_unref);
    read->command = NULL;
}
