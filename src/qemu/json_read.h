/*
 * qemu/json_read.h: JSON that strangers wrote
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <json-glib/json-glib.h>

JsonNode *cmdqvJsonParse(JsonParser *parser, const char *text, GError **error);
JsonObject *cmdqvJsonObject(JsonObject *object, const char *name);
const char *cmdqvJsonString(JsonObject *object, const char *name);
