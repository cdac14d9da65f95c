/*
 * guarded_calls.c: list the functions that the module guards
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "daemon/guarded_calls.h"

#include <stddef.h>

#define CMDQV_GUARDED_CALLS_EFFECT(words) { .effect = words },
#define CMDQV_GUARDED_CALLS_OF(name, other, changes) { .function = #name, .check = #other "EnsureACL", .changesDefinition = changes },
#define CMDQV_GUARDED_CALLS_OWN(name, changes) CMDQV_GUARDED_CALLS_OF(name, name, changes)
#define CMDQV_GUARDED_CALLS_NOT_QEMUS(name) { .function = #name, .check = #name "EnsureACL", .isNotQemus = true },
#define CMDQV_GUARDED_CALLS_READS(name) { .function = #name },

const cmdqvGuardedCallsRow cmdqvGuardedCalls[] = {
    CMDQV_GUARDED_CALLS(CMDQV_GUARDED_CALLS_EFFECT, CMDQV_GUARDED_CALLS_OWN, CMDQV_GUARDED_CALLS_OF, CMDQV_GUARDED_CALLS_NOT_QEMUS,
                        CMDQV_GUARDED_CALLS_READS)
    { .function = NULL }
};
