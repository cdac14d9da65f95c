/*
 * library_imports.h: find out whether a library calls a function of the module
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

bool cmdqvLibraryImportsIsOurs(gconstpointer place, const char *name);
