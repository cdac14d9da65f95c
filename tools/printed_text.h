/*
 * printed_text.h: print texts for programs so that people can read them too
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

char *cmdqvPrintedTextJson(const char *json);
char *cmdqvPrintedTextXml(const char *xml);
char *cmdqvPrintedTextLabel(const char *value);
