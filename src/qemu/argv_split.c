/*
 * qemu/argv_split.c: a QEMU command line, split into its options
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "qemu/argv_split.h"

#include <string.h>

#include "qemu/json_read.h"
#include "util/error.h"

/*
 * Options without a value (qemu-options.hx of QEMU, those not HAS_ARG, and
 * what older releases had).  All others take one, whatever it looks like: the
 * value of -append is written by whoever wrote the guest's <cmdline>.
 */
static const char *const cmdqvOptionsWithoutValue[] = {
    "S", "alt-grab", "async-teardown", "ctrl-grab", "curses", "daemonize", "enable-fips", "enable-kvm",
    "enable-sync-profile", "full-screen", "h", "help", "jitdump", "mem-prealloc", "no-acpi", "no-fd-bootchk", "no-frame",
    "no-hpet", "no-kvm", "no-quit", "no-reboot", "no-shutdown", "no-user-config", "nodefaults", "nodefconfig", "nographic",
    "old-param", "only-migratable", "perfmap", "portrait", "preconfig", "s", "sdl", "semihosting", "show-cursor",
    "singlestep", "snapshot", "usb", "version", "win2k-hack", "xen-attach", "xen-domid-restrict",
};


/**
 * cmdqvCommandLineSplit:
 * @data: content of /proc/PID/cmdline
 * @len: its length in bytes
 * @error: CMDQV_ERROR_PROCESS
 *
 * Returns: (transfer full): the argument vector; g_strfreev() it.  NULL with
 * @error set where there is none or its last argument is cut off.
 */
char **
cmdqvCommandLineSplit(const char *data, gsize len, GError **error)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    gsize at = 0;

    if (len == 0) {
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_PROCESS, "its command line is empty");
        return NULL;
    }
    if (data[len - 1] != '\0') {
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_PROCESS, "its command line is cut off");
        return NULL;
    }

    while (at < len) {
        gsize size = strlen(data + at);

        g_ptr_array_add(argv, g_strndup(data + at, size));
        at += size + 1;
    }
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&argv), FALSE);
}


/**
 * cmdqvCommandLineParseShell:
 * @text: what virConnectDomainXMLToNative() prints: environment and command,
 *   quoted for a shell
 * @error: CMDQV_ERROR_PROCESS
 *
 * Returns: (transfer full): the argument vector; g_strfreev() it.  NULL with
 * @error set.
 */
char **
cmdqvCommandLineParseShell(const char *text, GError **error)
{
    g_autoptr(GError) reason = NULL;
    char **argv = NULL;

    if (!g_shell_parse_argv(text, NULL, &argv, &reason)) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_PROCESS, "the command line cannot be split: %s", reason->message);
        return NULL;
    }
    return argv;
}


static bool
cmdqvOptionTakesValue(const char *name)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cmdqvOptionsWithoutValue); i++) {
        if (strcmp(name, cmdqvOptionsWithoutValue[i]) == 0)
            return false;
    }
    return true;
}


/**
 * cmdqvCommandLineOptions:
 * @argv: an argument vector; what stands before the first option (environment,
 *   an interpreter, the binary) is passed over
 * @error: CMDQV_ERROR_PROCESS
 *
 * QEMU takes one dash or two (lookup_opt(), system/vl.c).
 *
 * Returns: (transfer full) (element-type cmdqvOption): the options, borrowing
 * from @argv.  NULL with @error set where the last one has lost its value.
 */
GArray *
cmdqvCommandLineOptions(const char *const *argv, GError **error)
{
    g_autoptr(GArray) options = g_array_new(FALSE, FALSE, sizeof(cmdqvOption));
    gsize i;

    for (i = 0; argv[i]; i++) {
        cmdqvOption option = { argv[i], NULL };

        if (option.name[0] != '-' || option.name[1] == '\0')
            continue;
        option.name += option.name[1] == '-' ? 2 : 1;

        if (cmdqvOptionTakesValue(option.name)) {
            option.value = argv[i + 1];
            if (!option.value) {
                g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_PROCESS, "its command line ends within the option '%s'",
                            argv[i]);
                return NULL;
            }
            i++;
        }
        g_array_append_val(options, option);
    }
    return g_steal_pointer(&options);
}


/* A JSON scalar in the words that keyval form has for it. */
static char *
cmdqvPropertyFromJson(JsonNode *node)
{
    if (!JSON_NODE_HOLDS_VALUE(node))
        return g_strdup("");
    if (json_node_get_value_type(node) == G_TYPE_BOOLEAN)
        return g_strdup(json_node_get_boolean(node) ? "on" : "off");
    if (json_node_get_value_type(node) == G_TYPE_INT64)
        return g_strdup_printf("%" G_GINT64_FORMAT, json_node_get_int(node));
    return g_strdup(json_node_get_string(node));
}


static bool
cmdqvPropertiesFromJson(GHashTable *properties, const char *value, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autoptr(GError) reason = NULL;
    JsonNode *root;
    JsonNode *member;
    JsonObjectIter iter;
    const char *name;

    root = cmdqvJsonParse(parser, value, &reason);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root)) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_PROCESS, "'%.60s' on its command line is not a JSON object%s%s", value,
                    reason ? ": " : "", reason ? reason->message : "");
        return false;
    }

    json_object_iter_init(&iter, json_node_get_object(root));
    while (json_object_iter_next(&iter, &name, &member))
        (void)g_hash_table_insert(properties, g_strdup(name), cmdqvPropertyFromJson(member));
    return true;
}


/* A key=value list: a comma in a value is doubled (util/qemu-option.c of QEMU). */
static void
cmdqvPropertiesFromKeyval(GHashTable *properties, const char *value, const char *implied)
{
    const char *at = value;
    bool first = true;

    while (*at) {
        g_autoptr(GString) item = g_string_new(NULL);
        char *equals;

        for (; *at && (*at != ',' || at[1] == ','); at++) {
            if (*at == ',')
                at++;
            g_string_append_c(item, *at);
        }
        at += *at == ',';

        equals = strchr(item->str, '=');
        if (equals) {
            *equals = '\0';
            (void)g_hash_table_insert(properties, g_strdup(item->str), g_strdup(equals + 1));
        } else if (first && implied) {
            (void)g_hash_table_insert(properties, g_strdup(implied), g_strdup(item->str));
        } else if (g_str_has_prefix(item->str, "no") && item->len > 2) {
            (void)g_hash_table_insert(properties, g_strdup(item->str + 2), g_strdup("off"));
        } else {
            (void)g_hash_table_insert(properties, g_strdup(item->str), g_strdup("on"));
        }
        first = false;
    }
}


/**
 * cmdqvCommandLineProperties:
 * @value: the value of -device, -object and their like, JSON or keyval
 * @implied: the key that the first item of a keyval list may leave out
 * @error: CMDQV_ERROR_PROCESS
 *
 * Returns: (transfer full): names to values as text, booleans as "on" and
 * "off".  NULL with @error set where it is cut off.
 */
GHashTable *
cmdqvCommandLineProperties(const char *value, const char *implied, GError **error)
{
    g_autoptr(GHashTable) properties = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    if (*value != '{')
        cmdqvPropertiesFromKeyval(properties, value, implied);
    else if (!cmdqvPropertiesFromJson(properties, value, error))
        return NULL;
    return g_steal_pointer(&properties);
}
