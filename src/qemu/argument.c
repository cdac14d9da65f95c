/*
 * argument.c: write one -device or -object of a QEMU command line
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "qemu/argument.h"

#include <json-glib/json-glib.h>

/* The option, and the key in JSON form of the first item of keyval form. */
static const struct {
    const char *option;
    const char *key;
} cmdqvArgumentKinds[] = {
    [CMDQV_ARGUMENT_DEVICE] = { .option = "-device", .key = "driver" },
    [CMDQV_ARGUMENT_OBJECT] = { .option = "-object", .key = "qom-type" },
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvArgumentKinds) == CMDQV_ARGUMENT_LAST);


static void
cmdqvPropertyClear(gpointer data)
{
    cmdqvProperty *property = data;

    g_free(property->name);
    g_free(property->string);
}


/**
 * cmdqvArgumentNew:
 * @kind: its option
 * @driver: the device's driver or the object's type
 *
 * Returns: (transfer full): an argument without properties
 */
cmdqvArgument *
cmdqvArgumentNew(cmdqvArgumentKind kind, const char *driver)
{
    cmdqvArgument *argument = g_new0(cmdqvArgument, 1);

    argument->kind = kind;
    argument->driver = g_strdup(driver);
    argument->properties = g_array_new(FALSE, TRUE, sizeof(cmdqvProperty));
    g_array_set_clear_func(argument->properties, cmdqvPropertyClear);
    return argument;
}


/**
 * cmdqvArgumentFree:
 * @argument: (transfer full) (nullable): an argument of QEMU
 */
void
cmdqvArgumentFree(cmdqvArgument *argument)
{
    if (!argument)
        return;

    g_array_unref(argument->properties);
    g_free(argument->driver);
    g_free(argument);
}


/**
 * cmdqvArgumentAddString:
 * @argument: an argument
 * @name: name of the property
 * @value: (nullable): its value; if NULL, adds nothing
 */
void
cmdqvArgumentAddString(cmdqvArgument *argument, const char *name, const char *value)
{
    const cmdqvProperty property = {
        .name = value ? g_strdup(name) : NULL,
        .type = CMDQV_VALUE_STRING,
        .string = g_strdup(value),
    };

    if (value)
        g_array_append_val(argument->properties, property);
}


/**
 * cmdqvArgumentAddBoolean:
 * @argument: an argument of QEMU
 * @name: name of a property that it does not have yet
 * @value: of the property
 *
 * keyval form has on and off, JSON has true and false.
 */
void
cmdqvArgumentAddBoolean(cmdqvArgument *argument, const char *name, bool value)
{
    const cmdqvProperty property = { .name = g_strdup(name), .type = CMDQV_VALUE_BOOLEAN, .boolean = value };

    g_array_append_val(argument->properties, property);
}


/**
 * cmdqvArgumentAddNumber:
 * @argument: an argument of QEMU
 * @name: name of a property that it does not have yet
 * @value: of the property
 *
 * Writes it in decimal, in JSON as a number.
 */
void
cmdqvArgumentAddNumber(cmdqvArgument *argument, const char *name, guint64 value)
{
    const cmdqvProperty property = { .name = g_strdup(name), .type = CMDQV_VALUE_NUMBER, .number = value };

    g_array_append_val(argument->properties, property);
}


/**
 * cmdqvArgumentOption:
 * @argument: an argument
 *
 * Returns: (transfer none): its option, with the dash
 */
const char *
cmdqvArgumentOption(const cmdqvArgument *argument)
{
    return cmdqvArgumentKinds[argument->kind].option;
}


static void
cmdqvPropertyBuild(const cmdqvProperty *property, JsonBuilder *builder)
{
    json_builder_set_member_name(builder, property->name);
    switch (property->type) {
    case CMDQV_VALUE_STRING:
        json_builder_add_string_value(builder, property->string);
        break;
    case CMDQV_VALUE_BOOLEAN:
        json_builder_add_boolean_value(builder, property->boolean);
        break;
    case CMDQV_VALUE_NUMBER:
        json_builder_add_int_value(builder, (gint64)property->number);
        break;
    case CMDQV_VALUE_LAST:
        break;
    }
}


/**
 * cmdqvArgumentFormatJson:
 * @argument: an argument
 *
 * Returns: (transfer full): its text in JSON form, as libvirt writes it
 */
char *
cmdqvArgumentFormatJson(const cmdqvArgument *argument)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    guint i;

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, cmdqvArgumentKinds[argument->kind].key);
    json_builder_add_string_value(builder, argument->driver);
    for (i = 0; i < argument->properties->len; i++)
        cmdqvPropertyBuild(&g_array_index(argument->properties, cmdqvProperty, i), builder);
    json_builder_end_object(builder);

    root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}


/* Doubles a comma in a value, because commas separate items (util/keyval.c of QEMU). */
static void
cmdqvArgumentAppendEscaped(GString *text, const char *value)
{
    for (; *value; value++) {
        if (*value == ',')
            g_string_append_c(text, ',');
        g_string_append_c(text, *value);
    }
}


/**
 * cmdqvArgumentFormatKeyval:
 * @argument: an argument
 *
 * Returns: (transfer full): its text in keyval form
 */
char *
cmdqvArgumentFormatKeyval(const cmdqvArgument *argument)
{
    GString *text = g_string_new(NULL);
    guint i;

    cmdqvArgumentAppendEscaped(text, argument->driver);
    for (i = 0; i < argument->properties->len; i++) {
        const cmdqvProperty *property = &g_array_index(argument->properties, cmdqvProperty, i);

        g_string_append_printf(text, ",%s=", property->name);
        if (property->type == CMDQV_VALUE_STRING)
            cmdqvArgumentAppendEscaped(text, property->string);
        else if (property->type == CMDQV_VALUE_BOOLEAN)
            g_string_append(text, property->boolean ? "on" : "off");
        else
            g_string_append_printf(text, "%" G_GUINT64_FORMAT, property->number);
    }
    return g_string_free(text, FALSE);
}
