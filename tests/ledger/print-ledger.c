/*
 * print-ledger.c: the ledger, as docs/ledger.rst or as one line for each row
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/api_ledger.h"

static const char ledgerTitle[] =
    "=============\n"
    "libvirt's API\n"
    "=============\n"
    "\n"
    ".. Printed by tests/ledger/print-ledger from src/plugin/api_ledger.c; do not edit.\n"
    "\n"
    "Every function of libvirt that takes a domain, a snapshot, a checkpoint or the XML\n"
    "of a domain, and why no anchor is lost by it and no domain put in place that\n"
    "breaks a rule. The test in ``tests/ledger`` fails if libvirt has a function that is\n"
    "missing here, or if the module exports other functions than those that are called\n"
    "guarded.\n"
    "\n"
    "guarded\n"
    "  The module stands before it: in which file of ``src/plugin``, and against what.\n"
    "\n"
    "harmless\n"
    "  It can do neither, for the reason that is given.\n"
    "\n"
    "hook\n"
    "  What it leads to passes no function of the module, but the qemu hook.\n";


static bool
ledgerIsAlike(const cmdqvLedgerRow *row, const cmdqvLedgerRow *other)
{
    return row->kind == other->kind && strcmp(row->words, other->words) == 0;
}


static bool
ledgerIsPrinted(const cmdqvLedgerRow *rows, const cmdqvLedgerRow *row)
{
    for (; rows < row; rows++) {
        if (ledgerIsAlike(rows, row))
            return true;
    }
    return false;
}


/* One row for all functions of a group of which the same is said. */
static void
ledgerPrintGroup(const cmdqvLedgerGroup *group)
{
    g_autofree char *underline = g_strnfill(strlen(group->theme), '=');
    const cmdqvLedgerRow *row;

    g_print("\n\n%s\n%s\n\n", group->theme, underline);
    if (group->about)
        g_print("%s\n\n", group->about);
    g_print(".. list-table::\n   :header-rows: 1\n   :widths: 45 10 45\n\n"
            "   * - function\n     - kind\n     - words\n");

    for (row = group->rows; row->function; row++) {
        const char *before = "* -";
        const cmdqvLedgerRow *alike;

        if (ledgerIsPrinted(group->rows, row))
            continue;
        for (alike = row; alike->function; alike++) {
            if (!ledgerIsAlike(row, alike))
                continue;
            g_print("   %s | ``%s``\n", before, alike->function);
            before = "   ";
        }
        g_print("     - %s\n     - %s\n", cmdqvLedgerKindToString(row->kind), row->words);
    }
}


static void
ledgerPrintRows(const cmdqvLedgerGroup *group)
{
    const cmdqvLedgerRow *row;

    for (row = group->rows; row->function; row++)
        g_print("%s\t%s\t%s\t%s\n", group->theme, row->function, cmdqvLedgerKindToString(row->kind), row->words);
}


int
main(int argc, char **argv)
{
    bool asRows = argc == 2 && strcmp(argv[1], "--rows") == 0;
    const cmdqvLedgerGroup *group;

    if (argc > 1 && !asRows) {
        (void)fprintf(stderr, "Usage: %s [--rows]\n", argv[0]);
        return 2;
    }

    if (!asRows)
        g_print("%s", ledgerTitle);
    for (group = cmdqvLedger; group->theme; group++) {
        if (asRows)
            ledgerPrintRows(group);
        else
            ledgerPrintGroup(group);
    }
    return EXIT_SUCCESS;
}
