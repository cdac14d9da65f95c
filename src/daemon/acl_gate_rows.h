/*
 * acl_gate_rows.h: list the access check of each call that may be refused
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

typedef struct {
    const char *function;
    const char *check;      /* NULL if the module refuses nothing */
    bool isNotQemus;        /* so far libvirt's QEMU driver has no such function */
} cmdqvAclGateRow;

/** Every function that the module guards, sorted by name; an empty row ends the table. */
extern const cmdqvAclGateRow cmdqvAclGateRows[];
