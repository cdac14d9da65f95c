/*
 * monitor_hmp.h: read a line of HMP as QEMU does
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "policy/monitor_commands.h"

/** A valid line. */
typedef struct {
    const cmdqvMonitorCommand *command;     /* NULL for a blank line */
    GHashTable *arguments;                  /* text arguments and flags, by key */
} cmdqvMonitorHmp;

bool cmdqvMonitorHmpRead(const char *line, cmdqvMonitorHmp *read);
void cmdqvMonitorHmpClear(cmdqvMonitorHmp *read);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvMonitorHmp, cmdqvMonitorHmpClear)
