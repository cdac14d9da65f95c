/*
 * api_ledger.h: list the effect of each function of libvirt on anchors and rules
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

typedef enum {
    CMDQV_API_LEDGER_GUARDED,  /* the module guards it: the file, and the effect that it prevents */
    CMDQV_API_LEDGER_HARMLESS,  /* it cannot lose an anchor or define a domain that breaks a rule: the reason */
    CMDQV_API_LEDGER_HOOK,  /* its effect passes the hook, but none of the module's functions; the words say which */

    CMDQV_API_LEDGER_LAST,
} cmdqvApiLedgerKind;

/** Functions with the same effect; or the beginning of a theme. */
typedef struct {
    const char *theme;      /* of the rows after this one; NULL in a row of functions */
    const char *about;      /* a text about all of them; NULL for none */
    cmdqvApiLedgerKind kind;
    bool changesDefinition;  /* they may change a definition, and definition_lock.c guards them */
    const char *words;      /* the text that the comment of the kind describes; NULL in a row with a theme */
    const char *functions[64];  /* sorted by name; NULL after the last one */
} cmdqvApiLedgerRow;

/**
 * Every function of libvirt with a domain or its XML as a parameter; an empty row ends the table. The rows of a theme are
 * sorted by their first functions.
 */
extern const cmdqvApiLedgerRow cmdqvApiLedger[];

const char *cmdqvApiLedgerKindToString(cmdqvApiLedgerKind kind);
