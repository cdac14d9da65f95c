/*
 * argv_split.c: split a QEMU command line into its options
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "qemu/argv_split.h"

#include <string.h>

#include "qemu/json_read.h"
#include "util/error.h"

/*
 * Options without a value (qemu-options.hx of QEMU, those not HAS_ARG, and
 * options of older releases). All others take one, whatever it looks like: the
 * value of -append is the guest's <cmdline>, which can be any text.
 */
static const char *const cmdqvArgvSplitOptionsWithoutValue[] = {
    "S", "alt-grab", "async-teardown", "ctrl-grab", "curses", "daemonize", "enable-fips", "enable-kvm",
    "enable-sync-profile", "full-screen", "h", "help", "jitdump", "mem-prealloc", "no-acpi", "no-fd-bootchk", "no-frame",
    "no-hpet", "no-kvm", "no-quit", "no-reboot", "no-shutdown", "no-user-config", "nodefaults", "nodefconfig", "nographic",
    "old-param", "only-migratable", "perfmap", "portrait", "preconfig", "s", "sdl", "semihosting", "show-cursor",
    "singlestep", "snapshot", "usb", "version", "win2k-hack", "xen-attach", "xen-domid-restrict", NULL
};

/* Options with a value, up to 11.1. Whether another option takes a value is unknown. */
static const char *const cmdqvArgvSplitOptionsWithValue[] = {
    "D", "L", "M", "accel", "acpitable", "action", "add-fd", "append", "audio", "audiodev", "balloon", "bios", "blockdev", "boot",
    "bt", "cdrom", "chardev", "chroot", "clock", "compat", "cpu", "d", "debugcon", "device", "dfilter", "display", "drive", "dtb",
    "dump-vmstate", "echr", "fda", "fdb", "fsdev", "fw_cfg", "g", "gdb", "global", "hda", "hdachs", "hdb", "hdc", "hdd", "icount",
    "incoming", "initrd", "iscsi", "k", "kernel", "loadvm", "m", "machine", "mem-path", "mon", "monitor", "msg", "mtdblock", "name",
    "net", "netdev", "nic", "numa", "object", "option-rom", "overcommit", "parallel", "pflash", "pidfile", "plugin", "prom-env", "qmp",
    "qmp-pretty", "readconfig", "realtime", "rotate", "rtc", "run-with", "runas", "sandbox", "sd", "seed", "semihosting-config",
    "serial", "set", "shim", "smbios", "smp", "soundhw", "spice", "tb-size", "tdf", "tpmdev", "trace", "usbdevice", "uuid", "vga",
    "virtfs", "virtioconsole", "vnc", "watchdog", "watchdog-action", "writeconfig", "xen-domid", NULL
};

/* The option that has the meaning of an argument without a dash (qemu_init(), system/vl.c of QEMU). */
#define CMDQV_ARGV_SPLIT_IMAGE "hda"

/* Options that add devices that are not on the command line. */
static const struct {
    const char *name;
    const char *hides;
} cmdqvArgvSplitOptionsThatHide[] = {
    {
        .name = "readconfig",
        .hides = "'-readconfig' gives QEMU the options of a file, and its content is not known; write them as arguments",
    },
    { .name = "plugin", .hides = "'-plugin' makes QEMU load code of the domain's own, and its effect is not known; remove it" },
};


/**
 * cmdqvArgvSplit:
 * @data: content of /proc/PID/cmdline
 * @len: its length in bytes
 * @error: CMDQV_ERROR_PROCESS
 *
 * Returns: (transfer full): the argument vector, NULL with @error set;
 * g_strfreev() it if there is none or its last argument is cut off.
 */
char **
cmdqvArgvSplit(const char *data, gsize len, GError **error)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    gsize at = 0;

    if (len == 0)
        return cmdqvErrorSet(error, CMDQV_ERROR_PROCESS, "its command line is empty");
    if (data[len - 1] != '\0')
        return cmdqvErrorSet(error, CMDQV_ERROR_PROCESS, "its command line is cut off");

    while (at < len) {
        gsize size = strlen(data + at);

        g_ptr_array_add(argv, g_strndup(data + at, size));
        at += size + 1;
    }
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&argv), FALSE);
}


/**
 * cmdqvArgvSplitParseShell:
 * @text: the result of virConnectDomainXMLToNative(): environment and command,
 *   quoted for a shell
 * @error: CMDQV_ERROR_PROCESS
 *
 * Returns: (transfer full): the argument vector, NULL with @error set;
 * g_strfreev() it.
 */
char **
cmdqvArgvSplitParseShell(const char *text, GError **error)
{
    g_autoptr(GError) reason = NULL;
    char **argv = NULL;

    if (!g_shell_parse_argv(text, NULL, &argv, &reason))
        return cmdqvErrorSet(error, CMDQV_ERROR_PROCESS, "the command line cannot be split: %s", reason->message);
    return argv;
}


/* After an unknown option follows its value or the next option, and the value may look like an option. */
static const char *
cmdqvOptionHides(const cmdqvOption *option)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cmdqvArgvSplitOptionsThatHide); i++) {
        if (strcmp(option->name, cmdqvArgvSplitOptionsThatHide[i].name) == 0)
            return cmdqvArgvSplitOptionsThatHide[i].hides;
    }
    if (option->value && *option->value == '-' && !g_strv_contains(cmdqvArgvSplitOptionsWithValue, option->name))
        return "an option is followed by another, and is none of those that are known to take no value, so its effect is not known; "
               "remove it";
    return NULL;
}


/**
 * cmdqvArgvSplitOptions:
 * @argv: an argument vector; skips anything before the first option
 *   (environment, an interpreter, the binary)
 * @error: CMDQV_ERROR_PROCESS
 *
 * QEMU accepts one dash or two (lookup_opt(), system/vl.c). An argument that is
 * no option is the image of the first disk, as the value of -hda is.
 *
 * Returns: (transfer full) (element-type cmdqvOption): the options, borrowing
 * from @argv; NULL with @error set if the last one lacks its value
 */
GArray *
cmdqvArgvSplitOptions(const char *const *argv, GError **error)
{
    g_autoptr(GArray) options = g_array_new(FALSE, FALSE, sizeof(cmdqvOption));
    gsize i;

    for (i = 0; argv[i]; i++) {
        cmdqvOption option = { .name = argv[i] };

        if (option.name[0] != '-' && options->len > 0) {
            option = (cmdqvOption){ .name = CMDQV_ARGV_SPLIT_IMAGE, .value = argv[i] };
            g_array_append_val(options, option);
        }
        if (option.name[0] != '-' || option.name[1] == '\0')
            continue;
        option.name += option.name[1] == '-' ? 2 : 1;

        if (!g_strv_contains(cmdqvArgvSplitOptionsWithoutValue, option.name)) {
            option.value = argv[i + 1];
            if (!option.value)
                return cmdqvErrorSet(error, CMDQV_ERROR_PROCESS, "its command line ends within the option '%s'", argv[i]);
            i++;
        }
        option.hides = cmdqvOptionHides(&option);
        g_array_append_val(options, option);
    }
    return g_steal_pointer(&options);
}


/* A JSON scalar, as keyval form writes it. */
static char *
cmdqvArgvSplitPropertyFromJson(JsonNode *node)
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
cmdqvArgvSplitPropertiesFromJson(GHashTable *properties, const char *value, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autoptr(GError) reason = NULL;
    JsonNode *root;
    JsonNode *member;
    JsonObjectIter iter;
    const char *name;

    root = cmdqvJsonReadParse(parser, value, &reason);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root))
        return cmdqvErrorSet(error, CMDQV_ERROR_PROCESS, "'%.60s' on its command line is not a JSON object%s%s", value,
                             reason ? ": " : "", reason ? reason->message : "");
    if (!cmdqvJsonReadIsPlain(value, root))
        return cmdqvErrorSet(error, CMDQV_ERROR_PROCESS, "'%.60s' on its command line has single quotes, a comment or a member "
                             "twice, which QEMU reads in another way", value);

    json_object_iter_init(&iter, json_node_get_object(root));
    while (json_object_iter_next(&iter, &name, &member))
        (void)g_hash_table_insert(properties, g_strdup(name), cmdqvArgvSplitPropertyFromJson(member));
    return true;
}


/* Of several values the last counts, but of several ids the first (opts_parse_id(), util/qemu-option.c of QEMU). */
static void
cmdqvArgvSplitPropertiesAdd(GHashTable *properties, const char *name, const char *value)
{
    if (strcmp(name, "id") != 0 || !g_hash_table_contains(properties, name))
        (void)g_hash_table_insert(properties, g_strdup(name), g_strdup(value));
}


/* Reads a key=value list, in which a comma in a value is doubled (util/qemu-option.c of QEMU). */
static void
cmdqvArgvSplitPropertiesFromKeyval(GHashTable *properties, const char *value, const char *implied)
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
            cmdqvArgvSplitPropertiesAdd(properties, item->str, equals + 1);
        } else if (first && implied) {
            cmdqvArgvSplitPropertiesAdd(properties, implied, item->str);
        } else if (g_str_has_prefix(item->str, "no") && item->len > 2) {
            cmdqvArgvSplitPropertiesAdd(properties, item->str + 2, "off");
        } else {
            cmdqvArgvSplitPropertiesAdd(properties, item->str, "on");
        }
        first = false;
    }
}


/**
 * cmdqvArgvSplitProperties:
 * @value: the value of -device, -object or a similar option, JSON or keyval
 * @implied: the key that the first item of a keyval list may leave out
 * @error: CMDQV_ERROR_PROCESS
 *
 * Returns: (transfer full): names to values as text, booleans as "on" and
 * "off"; NULL with @error set if it is cut off
 */
GHashTable *
cmdqvArgvSplitProperties(const char *value, const char *implied, GError **error)
{
    g_autoptr(GHashTable) properties = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    if (*value != '{')
        cmdqvArgvSplitPropertiesFromKeyval(properties, value, implied);
    else if (!cmdqvArgvSplitPropertiesFromJson(properties, value, error))
        return NULL;
    return g_steal_pointer(&properties);
}
