/*
 * monitor_commands.h: list the commands of QEMU's monitor and their effects
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

/** The effect of a command on an anchor, and on its bus, SMMU and iommufd object. */
typedef enum {
    CMDQV_MONITOR_COMMANDS_PASSES,  /* nothing */
    CMDQV_MONITOR_COMMANDS_WHOLE,   /* ends, stops, resets, saves or moves the domain as a whole */
    CMDQV_MONITOR_COMMANDS_REMOVES,  /* removes the device or object of an id */
    CMDQV_MONITOR_COMMANDS_SETS,    /* sets a property of the object at a QOM path */
    CMDQV_MONITOR_COMMANDS_ADDS_DEVICE,  /* adds a device, perhaps behind a vSMMU */
    CMDQV_MONITOR_COMMANDS_ADDS_OBJECT,  /* creates an object, see the table of their types */
    CMDQV_MONITOR_COMMANDS_TAKES_FILES,  /* takes over, and may close, an open file of QEMU */
    CMDQV_MONITOR_COMMANDS_TAKES_CLIENT,  /* connects a client to any character device */
    CMDQV_MONITOR_COMMANDS_OPENS,   /* opens another monitor, or an equivalent */
    CMDQV_MONITOR_COMMANDS_RUNS_HMP,  /* runs a line of HMP */
    CMDQV_MONITOR_COMMANDS_INFO     /* has subcommands */
} cmdqvMonitorCommandsEffect;

/** Commands, or types of objects. */
typedef struct {
    const char *names;              /* separated by blanks, with the other names of a command of HMP after a |; one only, if it removes */
    const char *arguments;          /* HMP: their types; otherwise NULL */
    cmdqvMonitorCommandsEffect effect;
} cmdqvMonitorCommand;

/** The tables; a row without names ends each. */
extern const cmdqvMonitorCommand cmdqvMonitorCommandsHmp[];
extern const cmdqvMonitorCommand cmdqvMonitorCommandsInfo[];
extern const cmdqvMonitorCommand cmdqvMonitorCommandsQmp[];
extern const cmdqvMonitorCommand cmdqvMonitorCommandsObjectTypes[];

const cmdqvMonitorCommand *cmdqvMonitorCommandFind(const cmdqvMonitorCommand *table, const char *name, gsize len);
