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

    CMDQV_API_LEDGER_DEFINITION = 1 << 4,  /* a flag: it may change a definition, and definition_lock.c guards it */
} cmdqvApiLedgerKind;

typedef struct {
    const char *function;
    cmdqvApiLedgerKind kind;
    const char *words;      /* the text that the comment of the kind describes */
} cmdqvApiLedgerRow;

/** Functions of one theme, sorted by name; an empty row ends them. */
typedef struct {
    const char *theme;
    const char *about;      /* a text about all of them; NULL for none */
    const cmdqvApiLedgerRow *rows;
} cmdqvApiLedgerGroup;

/** Every function of libvirt with a domain or its XML as a parameter; an empty group ends the table. */
extern const cmdqvApiLedgerGroup cmdqvApiLedger[];

const char *cmdqvApiLedgerKindToString(cmdqvApiLedgerKind kind);
bool cmdqvApiLedgerChangesDefinition(cmdqvApiLedgerKind kind);
