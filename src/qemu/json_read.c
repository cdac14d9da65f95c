/*
 * json_read.c: read untrusted JSON
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "qemu/json_read.h"

#include <stdbool.h>
#include <string.h>

#include "util/error.h"
#include "util/text.h"

/* Levels that a daemon thread's stack holds many times. */
#define CMDQV_JSON_READ_MAX_LEVELS 1024


/*
 * json-glib before 1.10 recurses for each level. Parsers disagree about strings
 * and comments, so this counts every bracket, which is never less than the
 * levels.
 */
static bool
cmdqvJsonReadIsShallow(const char *text)
{
    guint levels = 0;

    for (; *text && levels <= CMDQV_JSON_READ_MAX_LEVELS; text++)
        levels += *text == '{' || *text == '[';
    return levels <= CMDQV_JSON_READ_MAX_LEVELS;
}


/* Older json-glib reads the first of several values and silently drops the others. */
static bool
cmdqvJsonReadIsOneValue(const char *text)
{
    const char *at = text;
    bool quoted = false;
    guint depth = 0;

    for (; *at; at++) {
        if (quoted && *at == '\\' && at[1])
            at++;
        else if (*at == '"')
            quoted = !quoted;
        else if (!quoted && (*at == '{' || *at == '['))
            depth++;
        else if (!quoted && (*at == '}' || *at == ']') && --depth == 0)
            break;
    }
    return *at == '\0' || at[1 + strspn(at + 1, " \t\r\n")] == '\0';
}


/**
 * cmdqvJsonReadParse:
 * @parser: a parser, which owns the result
 * @text: JSON
 * @error: CMDQV_ERROR_INVALID if it is no JSON, or too deeply nested
 *
 * Returns: (transfer none): its root, NULL with @error set, also for an empty
 * text
 */
JsonNode *
cmdqvJsonReadParse(JsonParser *parser, const char *text, GError **error)
{
    g_autoptr(GError) reason = NULL;
    JsonNode *root;

    if (!cmdqvJsonReadIsShallow(text))
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "it has too many brackets");
    if (!cmdqvJsonReadIsOneValue(text))
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "it has more behind its end");
    if (!json_parser_load_from_data(parser, text, -1, &reason))
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "%s", reason->message);
    root = json_parser_get_root(parser);
    if (!root)
        cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "it is empty");
    return root;
}


static void
cmdqvJsonReadCountMembers(JsonNode *node, guint *members)
{
    if (JSON_NODE_HOLDS_OBJECT(node)) {
        JsonObjectIter iter;
        JsonNode *member;

        json_object_iter_init(&iter, json_node_get_object(node));
        for (; json_object_iter_next(&iter, NULL, &member); (*members)++)
            cmdqvJsonReadCountMembers(member, members);
    } else if (JSON_NODE_HOLDS_ARRAY(node)) {
        JsonArray *array = json_node_get_array(node);
        guint i;

        for (i = 0; i < json_array_get_length(array); i++)
            cmdqvJsonReadCountMembers(json_array_get_element(array, i), members);
    }
}


/* Returns the quote at the end of a string, NULL if the string is no valid JSON, or has a NUL. */
static const char *
cmdqvJsonReadStringEnd(const char *at)
{
    for (at++; *at != '"'; at++) {
        if ((guchar)*at < ' ' || cmdqvTextStarts(at, "\\u0000"))
            return NULL;
        if (*at == '\\' && at[1])
            at++;
    }
    return at;
}


/**
 * cmdqvJsonReadIsPlain:
 * @text: JSON that cmdqvJsonReadParse() has parsed
 * @root: its root
 *
 * Returns: true if every parser reads it alike: no duplicate member, no
 * comment, no other quotes, no NUL
 */
bool
cmdqvJsonReadIsPlain(const char *text, JsonNode *root)
{
    const char *at;
    guint named = 0;
    guint members = 0;

    for (at = text; *at; at++) {
        gsize word = strspn(at, G_CSET_a_2_z);

        named += *at == ':';
        if (*at == '"')
            at = cmdqvJsonReadStringEnd(at);
        else if ((word == 4 && (cmdqvTextStarts(at, "true") || cmdqvTextStarts(at, "null"))) ||
                 (word == 5 && cmdqvTextStarts(at, "false")))
            at += word - 1;
        else if (!strchr(" \t\r\n{}[]:,+-.eE" G_CSET_DIGITS, *at) ||
                 (*at == ',' && strchr("}]", at[1 + strspn(at + 1, " \t\r\n")])))
            return false;
        if (!at)
            return false;
    }
    cmdqvJsonReadCountMembers(root, &members);
    return named == members;
}


/**
 * cmdqvJsonReadObject:
 * @object: (nullable): an object
 * @name: name of a member
 *
 * Returns: (transfer none): its value, NULL if it is absent or no object
 */
JsonObject *
cmdqvJsonReadObject(JsonObject *object, const char *name)
{
    JsonNode *node = object ? json_object_get_member(object, name) : NULL;

    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}


/**
 * cmdqvJsonReadString:
 * @object: (nullable): an object
 * @name: name of a member
 *
 * Returns: (transfer none): its value, NULL if it is absent or no string
 */
const char *
cmdqvJsonReadString(JsonObject *object, const char *name)
{
    JsonNode *node = object ? json_object_get_member(object, name) : NULL;

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
        ? json_node_get_string(node) : NULL;
}
