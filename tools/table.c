/*
 * table.c: tables in the manner of virsh list
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "table.h"

#include <stdio.h>
#include <string.h>

#define CMDQV_TABLE_NOTHING "-"


/**
 * cmdqvTableAdd:
 * @table: a table
 * @cells: what is in the line, NULL for nothing
 * @columns: how many columns the table has
 */
void
cmdqvTableAdd(GPtrArray *table, const char *const *cells, guint columns)
{
    char **line = g_new0(char *, columns + 1);
    guint i;

    for (i = 0; i < columns; i++)
        line[i] = g_strdup(cells[i] ? cells[i] : CMDQV_TABLE_NOTHING);
    g_ptr_array_add(table, line);
}


/**
 * cmdqvTableNew:
 * @headings: what stands above the columns
 * @columns: how many there are
 *
 * Returns: (transfer full): a table of that heading alone
 */
GPtrArray *
cmdqvTableNew(const char *const *headings, guint columns)
{
    GPtrArray *table = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    cmdqvTableAdd(table, headings, columns);
    return table;
}


static void
cmdqvTablePrintLine(char *const *line, const gsize *widths, guint columns)
{
    guint i;

    for (i = 0; i < columns - 1; i++)
        (void)printf(" %-*s  ", (int)widths[i], line[i]);
    (void)printf(" %s\n", line[columns - 1]);
}


/**
 * cmdqvTablePrint:
 * @table: a table
 *
 * Headings, a rule, a line for each.
 */
void
cmdqvTablePrint(const GPtrArray *table)
{
    guint columns = g_strv_length(g_ptr_array_index(table, 0));
    g_autofree gsize *widths = g_new0(gsize, columns);
    gsize total = 0;
    guint i;
    guint j;

    for (j = 0; j < columns; j++) {
        for (i = 0; i < table->len; i++)
            widths[j] = MAX(widths[j], strlen(((char **)g_ptr_array_index(table, i))[j]));
        total += widths[j] + 3;
    }
    for (i = 0; i < table->len; i++) {
        cmdqvTablePrintLine(g_ptr_array_index(table, i), widths, columns);
        for (j = 0; i == 0 && j < total; j++)
            (void)putchar('-');
        if (i == 0)
            (void)putchar('\n');
    }
}
