/*
 * util/text.h: numbers and names in text, read as libvirt reads them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

bool cmdqvStringToUint(const char *text, unsigned int base, unsigned int max, unsigned int *value);
bool cmdqvStringToInt(const char *text, int *value);
char *cmdqvStringShorten(const char *text);
char *cmdqvStringOneLine(const char *text);
