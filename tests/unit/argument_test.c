/*
 * argument_test.c: arguments in JSON and keyval form
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "testutils.h"
#include "qemu/argument.h"
#include "qemu/argv_split.h"

/* One property of a device, and the arguments that are made of it. */
static const struct {
    const char *name;
    cmdqvProperty property;
    const char *json;
    const char *keyval;
} cases[] = {
    { .name = "string", .property = { .name = (char *)"bus", .type = CMDQV_VALUE_STRING, .string = (char *)"pci.1" },
      .json = "{\"driver\":\"d\",\"bus\":\"pci.1\"}", .keyval = "d,bus=pci.1" },
    { .name = "digits", .property = { .name = (char *)"oas", .type = CMDQV_VALUE_STRING, .string = (char *)"48" },
      .json = "{\"driver\":\"d\",\"oas\":\"48\"}", .keyval = "d,oas=48" },
    { .name = "number", .property = { .name = (char *)"port", .type = CMDQV_VALUE_NUMBER, .number = 8 },
      .json = "{\"driver\":\"d\",\"port\":8}", .keyval = "d,port=8" },
    { .name = "large",
      .property = { .name = (char *)"mem-reserve", .type = CMDQV_VALUE_NUMBER, .number = G_GUINT64_CONSTANT(1) << 62 },
      .json = "{\"driver\":\"d\",\"mem-reserve\":4611686018427387904}", .keyval = "d,mem-reserve=4611686018427387904" },
    { .name = "on", .property = { .name = (char *)"accel", .type = CMDQV_VALUE_BOOLEAN, .boolean = true },
      .json = "{\"driver\":\"d\",\"accel\":true}", .keyval = "d,accel=on" },
    { .name = "off", .property = { .name = (char *)"accel", .type = CMDQV_VALUE_BOOLEAN, .boolean = false },
      .json = "{\"driver\":\"d\",\"accel\":false}", .keyval = "d,accel=off" },
    { .name = "empty", .property = { .name = (char *)"romfile", .type = CMDQV_VALUE_STRING, .string = (char *)"" },
      .json = "{\"driver\":\"d\",\"romfile\":\"\"}", .keyval = "d,romfile=" },
    { .name = "commas", .property = { .name = (char *)"romfile", .type = CMDQV_VALUE_STRING, .string = (char *)",a,,b=c," },
      .json = "{\"driver\":\"d\",\"romfile\":\",a,,b=c,\"}", .keyval = "d,romfile=,,a,,,,b=c,," },
    { .name = "quotes", .property = { .name = (char *)"romfile", .type = CMDQV_VALUE_STRING, .string = (char *)"a\"b\\c/d" },
      .json = "{\"driver\":\"d\",\"romfile\":\"a\\\"b\\\\c/d\"}", .keyval = "d,romfile=a\"b\\c/d" },
    { .name = "letters", .property = { .name = (char *)"romfile", .type = CMDQV_VALUE_STRING, .string = (char *)"\xc3\xbc" },
      .json = "{\"driver\":\"d\",\"romfile\":\"\xc3\xbc\"}", .keyval = "d,romfile=\xc3\xbc" },
};


static void
cmdqvTestAdd(cmdqvArgument *argument, const cmdqvProperty *property)
{
    if (property->type == CMDQV_VALUE_STRING)
        cmdqvArgumentAddString(argument, property->name, property->string);
    else if (property->type == CMDQV_VALUE_BOOLEAN)
        cmdqvArgumentAddBoolean(argument, property->name, property->boolean);
    else
        cmdqvArgumentAddNumber(argument, property->name, property->number);
}


/* Both forms read back as the same. */
static void
cmdqvTestReadBack(const char *json, const char *keyval, const char *name)
{
    g_autoptr(GHashTable) first = cmdqvArgvSplitProperties(json, "driver", NULL);
    g_autoptr(GHashTable) second = cmdqvArgvSplitProperties(keyval, "driver", NULL);

    g_assert_cmpuint(g_hash_table_size(first), ==, 2);
    g_assert_cmpuint(g_hash_table_size(second), ==, 2);
    g_assert_cmpstr(g_hash_table_lookup(first, "driver"), ==, "d");
    g_assert_cmpstr(g_hash_table_lookup(second, "driver"), ==, "d");
    g_assert_cmpstr(g_hash_table_lookup(first, name), ==, g_hash_table_lookup(second, name));
}


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(cmdqvArgument) argument = cmdqvArgumentNew(CMDQV_ARGUMENT_DEVICE, "d");
    g_autofree char *json = NULL;
    g_autofree char *keyval = NULL;

    cmdqvTestAdd(argument, &cases[i].property);
    json = cmdqvArgumentFormatJson(argument);
    keyval = cmdqvArgumentFormatKeyval(argument);
    g_assert_cmpstr(json, ==, cases[i].json);
    g_assert_cmpstr(keyval, ==, cases[i].keyval);
    cmdqvTestReadBack(json, keyval, cases[i].property.name);
}


/* Properties keep their order, an absent value is none, and an object is no device. */
static void
cmdqvTestObject(gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(cmdqvArgument) device = cmdqvArgumentNew(CMDQV_ARGUMENT_DEVICE, "d");
    g_autoptr(cmdqvArgument) object = cmdqvArgumentNew(CMDQV_ARGUMENT_OBJECT, "iommufd");
    g_autofree char *json = NULL;
    g_autofree char *keyval = NULL;

    cmdqvArgumentAddString(object, "id", "iommufd0");
    cmdqvArgumentAddString(object, "absent", NULL);
    cmdqvArgumentAddNumber(object, "b", 1);
    cmdqvArgumentAddBoolean(object, "a", true);
    json = cmdqvArgumentFormatJson(object);
    keyval = cmdqvArgumentFormatKeyval(object);
    g_assert_cmpstr(json, ==, "{\"qom-type\":\"iommufd\",\"id\":\"iommufd0\",\"b\":1,\"a\":true}");
    g_assert_cmpstr(keyval, ==, "iommufd,id=iommufd0,b=1,a=on");
    g_assert_cmpstr(cmdqvArgumentOption(object), ==, "-object");
    g_assert_cmpstr(cmdqvArgumentOption(device), ==, "-device");
    cmdqvArgumentFree(NULL);
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/argument/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    g_test_add_data_func("/argument/object", NULL, cmdqvTestObject);
    return g_test_run();
}
