/*
 * cmdqvfile.h: reading files whose size somebody else decides
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

bool cmdqvFileRead(const char *path, gsize limit, char **data, gsize *len, GError **error);
bool cmdqvFileReadFd(int fd, const char *name, gsize limit, char **data, gsize *len, GError **error);
