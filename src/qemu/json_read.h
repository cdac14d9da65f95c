/*
 * json_read.h: read untrusted JSON
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <json-glib/json-glib.h>

JsonNode *cmdqvJsonReadParse(JsonParser *parser, const char *text, GError **error);
bool cmdqvJsonReadIsPlain(const char *text, JsonNode *root);
JsonObject *cmdqvJsonReadObject(JsonObject *object, const char *name);
const char *cmdqvJsonReadString(JsonObject *object, const char *name);
