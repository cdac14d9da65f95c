/*
 * table.h: print tables like virsh list
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

GPtrArray *cmdqvTableNew(const char *const *headings, guint columns);
void cmdqvTableAdd(GPtrArray *table, const char *const *cells, guint columns);
void cmdqvTablePrint(const GPtrArray *table);
