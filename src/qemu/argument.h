/*
 * argument.h: write one -device or -object of a QEMU command line
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Has the driver or type and its properties, in order, with their types: JSON
 * form distinguishes a boolean from a string, keyval form does not.
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

typedef enum {
    CMDQV_ARGUMENT_DEVICE,
    CMDQV_ARGUMENT_OBJECT,

    CMDQV_ARGUMENT_LAST
} cmdqvArgumentKind;

typedef enum {
    CMDQV_VALUE_STRING,
    CMDQV_VALUE_BOOLEAN,
    CMDQV_VALUE_NUMBER,

    CMDQV_VALUE_LAST
} cmdqvValueType;

/** One property. */
typedef struct {
    char *name;
    cmdqvValueType type;
    char *string;
    bool boolean;
    guint64 number;
} cmdqvProperty;

typedef struct {
    cmdqvArgumentKind kind;
    char *driver;           /* of a device, or the type of an object */
    GArray *properties;     /* cmdqvProperty */
} cmdqvArgument;

cmdqvArgument *cmdqvArgumentNew(cmdqvArgumentKind kind, const char *driver);
void cmdqvArgumentFree(cmdqvArgument *argument);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cmdqvArgument, cmdqvArgumentFree)

void cmdqvArgumentAddString(cmdqvArgument *argument, const char *name, const char *value);
void cmdqvArgumentAddBoolean(cmdqvArgument *argument, const char *name, bool value);
void cmdqvArgumentAddNumber(cmdqvArgument *argument, const char *name, guint64 value);

const char *cmdqvArgumentOption(const cmdqvArgument *argument);
char *cmdqvArgumentFormatJson(const cmdqvArgument *argument);
char *cmdqvArgumentFormatKeyval(const cmdqvArgument *argument);
