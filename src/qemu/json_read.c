/*
 * qemu/json_read.c: JSON that strangers wrote
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "qemu/json_read.h"

#include <stdbool.h>
#include <string.h>

#include "util/error.h"

/* Levels that fit the stack of a daemon's thread many times over. */
#define CMDQV_JSON_MAX_LEVELS 1024


/*
 * json-glib before 1.10 recurses for each level.  Where strings and comments
 * begin and end is the parser's opinion, so every bracket counts: there are no
 * more levels than those.
 */
static bool
cmdqvJsonIsShallow(const char *text)
{
    guint levels = 0;

    for (; *text && levels <= CMDQV_JSON_MAX_LEVELS; text++)
        levels += *text == '{' || *text == '[';
    return levels <= CMDQV_JSON_MAX_LEVELS;
}


/* Older json-glib takes the first of several values and is silent about the others. */
static bool
cmdqvJsonIsOneValue(const char *text)
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
 * cmdqvJsonParse:
 * @parser: a parser, which owns what is returned
 * @text: JSON
 * @error: where it is none, or nested beyond reason
 *
 * Returns: (transfer none): its root, NULL with @error set; an empty text has
 * none and is an error
 */
JsonNode *
cmdqvJsonParse(JsonParser *parser, const char *text, GError **error)
{
    JsonNode *root;

    if (!cmdqvJsonIsShallow(text)) {
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "it has too many brackets");
        return NULL;
    }
    if (!cmdqvJsonIsOneValue(text)) {
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "it has more behind its end");
        return NULL;
    }
    if (!json_parser_load_from_data(parser, text, -1, error))
        return NULL;
    root = json_parser_get_root(parser);
    if (!root)
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "it is empty");
    return root;
}


/**
 * cmdqvJsonObject:
 * @object: (nullable): an object
 * @name: name of a member
 *
 * Returns: (transfer none): its value, NULL where it is absent or no object
 */
JsonObject *
cmdqvJsonObject(JsonObject *object, const char *name)
{
    JsonNode *node = object ? json_object_get_member(object, name) : NULL;

    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}


/**
 * cmdqvJsonString:
 * @object: (nullable): an object
 * @name: name of a member
 *
 * Returns: (transfer none): its value, NULL where it is absent or no string
 */
const char *
cmdqvJsonString(JsonObject *object, const char *name)
{
    JsonNode *node = object ? json_object_get_member(object, name) : NULL;

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
        ? json_node_get_string(node) : NULL;
}
