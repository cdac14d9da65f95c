/*
 * argv_split_test.c: a QEMU command line, split into options and properties
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "testutils.h"
#include "qemu/argv_split.h"
#include "util/error.h"

/* A property list, and one property of it. */
static const struct {
    const char *list;
    const char *name;
    const char *value;
} properties[] = {
    { .list = "vfio-pci,id=a", .name = "driver", .value = "vfio-pci" },
    { .list = "vfio-pci,id=a", .name = "id", .value = "a" },
    { .list = "vfio-pci,id=a", .name = "bus", .value = NULL },
    { .list = "driver=vfio-pci,id=a", .name = "driver", .value = "vfio-pci" },
    { .list = "id=a,driver=vfio-pci", .name = "driver", .value = "vfio-pci" },
    { .list = "x,id=a=b", .name = "id", .value = "a=b" },
    { .list = "x,id=", .name = "id", .value = "" },
    { .list = "x,id=a,,b", .name = "id", .value = "a,b" },
    { .list = "x,id=a,,,b=c", .name = "id", .value = "a," },
    { .list = "x,id=a,,,b=c", .name = "b", .value = "c" },
    { .list = "x,id=a,id=b", .name = "id", .value = "a" },
    { .list = "x,bus=a,bus=b", .name = "bus", .value = "b" },
    { .list = "x,accel", .name = "accel", .value = "on" },
    { .list = "x,noaccel", .name = "accel", .value = "off" },
    { .list = "x,no", .name = "no", .value = "on" },
    { .list = "x,", .name = "driver", .value = "x" },
    { .list = "{\"driver\":\"x\"}", .name = "driver", .value = "x" },
    { .list = "{\"accel\":true}", .name = "accel", .value = "on" },
    { .list = "{\"accel\":false}", .name = "accel", .value = "off" },
    { .list = "{\"n\":-20}", .name = "n", .value = "-20" },
    { .list = "{\"s\":\"a,b=c\"}", .name = "s", .value = "a,b=c" },
    { .list = "{\"s\":\"\\u0061\\\"\"}", .name = "s", .value = "a\"" },
    { .list = "{\"o\":{\"driver\":\"y\"},\"driver\":\"x\"}", .name = "driver", .value = "x" },
    { .list = "{\"o\":null}", .name = "o", .value = "" },
};

/* json-glib reads some of these, and not as QEMU does. */
static const char *const notJson[] = {
    "{", "{}x", "{\"a\"}", "{\"a\":}", "{'a':1}x", "{\"a\":\"b}", "{\"a\":1", "{]", "{'a':1}", "{\"a\":'arm-smm\\u0075v3'}",
    "{\"a\":1,\"a\":2}", "{\"a\":1/**/}", "{\"a\":1,}",
};


static void
cmdqvTestProperties(void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(properties); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GHashTable) table = cmdqvArgvSplitProperties(properties[i].list, "driver", &error);

        g_test_message("%s", properties[i].list);
        g_assert_no_error(error);
        g_assert_cmpstr(table ? g_hash_table_lookup(table, properties[i].name) : "?", ==, properties[i].value);
    }
}


static void
cmdqvTestNotJson(void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(notJson); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GHashTable) table = cmdqvArgvSplitProperties(notJson[i], "driver", &error);

        g_test_message("%s", notJson[i]);
        g_assert_null(table);
        g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_PROCESS);
    }
}


static void
cmdqvTestSplit(void)
{
    const char data[] = "qemu\0-append\0\0-S";
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) argv = cmdqvArgvSplit(data, sizeof(data), &error);

    g_assert_no_error(error);
    g_assert_cmpuint(g_strv_length(argv), ==, 4);
    g_assert_cmpstr(argv[2], ==, "");
    g_assert_cmpstr(argv[3], ==, "-S");
}


static void
cmdqvTestSplitCut(void)
{
    g_autoptr(GError) empty = NULL;
    g_autoptr(GError) cut = NULL;

    g_assert_null(cmdqvArgvSplit("", 0, &empty));
    g_assert_cmpstr(empty ? empty->message : NULL, ==, "its command line is empty");
    g_assert_null(cmdqvArgvSplit("qemu\0-S", 7, &cut));
    g_assert_cmpstr(cut ? cut->message : NULL, ==, "its command line is cut off");
}


static void
cmdqvTestOptions(void)
{
    static const char *const argv[] = { "A=b", "qemu", "-S", "--name", "-x", "disk.img", "-", "-no-reboot", "-m", "1", NULL };
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) options = cmdqvArgvSplitOptions(argv, &error);
    g_autoptr(GString) text = g_string_new(NULL);
    guint i;

    g_assert_no_error(error);
    for (i = 0; i < options->len; i++) {
        const cmdqvOption *option = &g_array_index(options, cmdqvOption, i);

        g_string_append_printf(text, "%s=%s;", option->name, option->value ? option->value : "");
    }
    g_assert_cmpstr(text->str, ==, "S=;name=-x;hda=disk.img;no-reboot=;m=1;");
}


static void
cmdqvTestShell(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) reason = NULL;
    g_auto(GStrv) argv = cmdqvArgvSplitParseShell("LC_ALL=C qemu -device '{\"driver\":\"x\"}' -name 'it'\\''s'", &error);

    g_assert_no_error(error);
    g_assert_cmpuint(g_strv_length(argv), ==, 6);
    g_assert_cmpstr(argv[3], ==, "{\"driver\":\"x\"}");
    g_assert_cmpstr(argv[5], ==, "it's");
    g_assert_null(cmdqvArgvSplitParseShell("qemu 'open", &reason));
    g_assert_error(reason, CMDQV_ERROR, CMDQV_ERROR_PROCESS);
}


int
main(int argc, char **argv)
{
    cmdqvTestInit(&argc, &argv);
    g_test_add_func("/commandline/properties", cmdqvTestProperties);
    g_test_add_func("/commandline/not-json", cmdqvTestNotJson);
    g_test_add_func("/commandline/split", cmdqvTestSplit);
    g_test_add_func("/commandline/split-cut", cmdqvTestSplitCut);
    g_test_add_func("/commandline/options", cmdqvTestOptions);
    g_test_add_func("/commandline/shell", cmdqvTestShell);
    return g_test_run();
}
