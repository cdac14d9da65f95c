/*
 * api_ledger.h: list the functions of libvirt that the module does not guard
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

/** Functions with the same effect on anchors and rules; or the beginning of a theme. */
typedef struct {
    const char *theme;      /* of the rows after this one; NULL in a row of functions */
    const char *about;      /* a text about all of them; NULL for none */
    bool isHook;            /* their effect passes the hook, but none of the module's functions; else they are harmless */
    bool changesDefinition;  /* they may change a definition, and definition_lock.c guards them */
    const char *words;      /* which start the hook checks, or the reason why they cannot lose an anchor or define a domain
                             * that breaks a rule; NULL in a row with a theme */
    const char *functions[64];  /* sorted by name; NULL after the last one */
} cmdqvApiLedgerRow;

/**
 * Every other function of libvirt with a domain or its XML as a parameter; an empty row ends the table. The rows of a theme
 * are sorted by their first functions.
 */
extern const cmdqvApiLedgerRow cmdqvApiLedger[];
