/*
 * print-ledger.c: the ledger, as docs/ledger.rst or as one line for each row; and the access checks
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "daemon/guarded_calls.h"
#include "plugin/api_ledger.h"

static const char ledgerGuarded[] = "Guarded functions";

static const char ledgerTitle[] =
    "=============\n"
    "libvirt's API\n"
    "=============\n"
    "\n"
    ".. Printed by tests/ledger/print-ledger from src/daemon/guarded_calls.h and src/plugin/api_ledger.c; do not edit.\n"
    "\n"
    "This page has each function of libvirt that has a domain, a snapshot, a checkpoint or the XML\n"
    "of a domain as a parameter, and the reason why the function cannot remove an anchor or define a\n"
    "domain that breaks a rule. The test in *tests/ledger* fails if a function of libvirt is missing\n"
    "here. It also fails if the module exports a function that is not *guarded* and has no \\*\n"
    "in the column *definition*.\n"
    "\n"
    "guarded\n"
    "  The module gets the call before libvirt. The words name the file in\n"
    "  *src/plugin* that guards the function, and the effect that this file prevents, or the result\n"
    "  of a function that only reads.\n"
    "\n"
    "harmless\n"
    "  The function can do neither; the words have the reason.\n"
    "\n"
    "hook\n"
    "  The module does not check the call; the qemu hook checks the domain.\n"
    "\n"
    "A \\* in the column *definition* means that the function may change a definition. Such a\n"
    "call waits while the module writes that definition (*src/plugin/definition_lock.c*).\n";


static void
ledgerPrintTheme(const char *theme, const char *about)
{
    g_autofree char *underline = g_strnfill(strlen(theme), '=');

    g_print("\n\n%s\n%s\n\n", theme, underline);
    if (about)
        g_print("%s\n\n", about);
    g_print(".. list-table::\n   :header-rows: 1\n   :widths: 40 10 5 45\n\n"
            "   * - function\n     - kind\n     - definition\n     - words\n");
}


static void
ledgerPrintWords(const char *kind, bool changes, const char *words)
{
    g_print("     - %s\n     -%s\n     - %s\n", kind, changes ? " \\*" : "", words);
}


/* Prints those functions after @effect that change a definition, or the others. */
static void
ledgerPrintGuarded(const cmdqvGuardedCallsRow *effect, bool changes)
{
    const cmdqvGuardedCallsRow *row;
    const char *before = "* -";

    for (row = effect + 1; row->function; row++) {
        if (row->changesDefinition != changes)
            continue;
        g_print("   %s | ``%s``\n", before, row->function);
        before = "   ";
    }
    if (before[0] == ' ')
        ledgerPrintWords("guarded", changes, effect->effect);
}


static void
ledgerPrintManual(void)
{
    const cmdqvGuardedCallsRow *guarded;
    const cmdqvApiLedgerRow *row;
    gsize i;

    g_print("%s", ledgerTitle);
    ledgerPrintTheme(ledgerGuarded, NULL);
    for (guarded = cmdqvGuardedCalls; guarded->effect || guarded->function; guarded++) {
        if (guarded->effect) {
            ledgerPrintGuarded(guarded, false);
            ledgerPrintGuarded(guarded, true);
        }
    }
    for (row = cmdqvApiLedger; row->theme || row->words; row++) {
        if (row->theme) {
            ledgerPrintTheme(row->theme, row->about);
            continue;
        }
        for (i = 0; row->functions[i]; i++)
            g_print("   %s | ``%s``\n", i == 0 ? "* -" : "   ", row->functions[i]);
        ledgerPrintWords(row->isHook ? "hook" : "harmless", row->changesDefinition, row->words);
    }
}


static void
ledgerPrintRow(const char *theme, const char *function, const char *kind, bool changes, const char *words)
{
    g_print("%s\t%s\t%s\t%s\t%s\n", theme, function, kind, changes ? "changes" : "", words);
}


static void
ledgerPrintRows(void)
{
    const cmdqvGuardedCallsRow *guarded;
    const cmdqvApiLedgerRow *row;
    const char *words = NULL;
    const char *theme = NULL;
    gsize i;

    for (guarded = cmdqvGuardedCalls; guarded->effect || guarded->function; guarded++) {
        words = guarded->effect ? guarded->effect : words;
        if (guarded->function)
            ledgerPrintRow(ledgerGuarded, guarded->function, "guarded", guarded->changesDefinition, words);
    }
    for (row = cmdqvApiLedger; row->theme || row->words; row++) {
        theme = row->theme ? row->theme : theme;
        for (i = 0; row->functions[i]; i++)
            ledgerPrintRow(theme, row->functions[i], row->isHook ? "hook" : "harmless", row->changesDefinition, row->words);
    }
}


static void
ledgerPrintGates(void)
{
    const cmdqvGuardedCallsRow *row;

    for (row = cmdqvGuardedCalls; row->effect || row->function; row++) {
        if (row->function)
            g_print("%s\t%s\t%s\n", row->function, row->check ? row->check : "", row->isNotQemus ? "yes" : "no");
    }
}


int
main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--rows") == 0) {
        ledgerPrintRows();
    } else if (argc == 2 && strcmp(argv[1], "--gates") == 0) {
        ledgerPrintGates();
    } else if (argc == 1) {
        ledgerPrintManual();
    } else {
        (void)fprintf(stderr, "Usage: %s [--rows|--gates]\n", argv[0]);
        return 2;
    }
    return EXIT_SUCCESS;
}
