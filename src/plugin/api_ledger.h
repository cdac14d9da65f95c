/*
 * plugin/api_ledger.h: what each function of libvirt means for anchors and rules
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

typedef enum {
    CMDQV_LEDGER_GUARDED,   /* the module stands before it: in which file, and against what */
    CMDQV_LEDGER_HARMLESS,  /* it loses no anchor, and puts no domain in place that breaks a rule: why */
    CMDQV_LEDGER_HOOK,      /* what it leads to passes none of the module's functions, but the hook: where */

    CMDQV_LEDGER_LAST
} cmdqvLedgerKind;

typedef struct {
    const char *function;
    cmdqvLedgerKind kind;
    const char *words;      /* after the kind, as its comment says */
} cmdqvLedgerRow;

/** Functions with one theme, sorted by name; ends with an empty row. */
typedef struct {
    const char *theme;
    const char *about;      /* what is true of all of them; NULL if there is nothing to add to their words */
    const cmdqvLedgerRow *rows;
} cmdqvLedgerGroup;

/** Every function of libvirt that takes a domain or its XML; ends with an empty group. */
extern const cmdqvLedgerGroup cmdqvLedger[];

const char *cmdqvLedgerKindToString(cmdqvLedgerKind kind);
