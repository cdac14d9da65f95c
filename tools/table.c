/*
 * table.c: print tables like virsh list
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "table.h"

#include <stdio.h>

#include "util/text.h"

#define CMDQV_TABLE_NOTHING "-"


/**
 * cmdqvTableAdd:
 * @table: a table
 * @cells: the cells of a line, NULL for an empty one
 * @columns: number of columns of the table
 */
void
cmdqvTableAdd(GPtrArray *table, const char *const *cells, guint columns)
{
    char **line = g_new0(char *, columns + 1);
    guint i;

    for (i = 0; i < columns; i++)
        line[i] = cmdqvTextOneLine(cells[i] ? cells[i] : CMDQV_TABLE_NOTHING);
    g_ptr_array_add(table, line);
}


/**
 * cmdqvTableNew:
 * @headings: headings of the columns
 * @columns: number of columns
 *
 * Returns: (transfer full): a table with headings only
 */
GPtrArray *
cmdqvTableNew(const char *const *headings, guint columns)
{
    GPtrArray *table = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    cmdqvTableAdd(table, headings, columns);
    return table;
}


static void
cmdqvTablePrintLine(char *const *line, const guint *widths, guint columns)
{
    guint i;

    for (i = 0; i < columns - 1; i++) {
        g_autofree char *cell = cmdqvTextPad(line[i], widths[i]);

        (void)printf(" %s  ", cell);
    }
    (void)printf(" %s\n", line[columns - 1]);
}


/**
 * cmdqvTablePrint:
 * @table: a table
 *
 * Prints headings, a rule, and the lines.
 */
void
cmdqvTablePrint(const GPtrArray *table)
{
    guint columns = g_strv_length(g_ptr_array_index(table, 0));
    g_autofree guint *widths = g_new0(guint, columns);
    gsize total = 0;
    guint i;
    guint j;

    for (j = 0; j < columns; j++) {
        for (i = 0; i < table->len; i++)
            widths[j] = MAX(widths[j], cmdqvTextColumns(((char **)g_ptr_array_index(table, i))[j]));
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
