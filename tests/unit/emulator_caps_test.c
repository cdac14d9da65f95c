/*
 * emulator_caps_test.c: the answers of emulators about themselves, and the arguments for each
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An emulator is NAME.qmp in qemutargetdata, its answers to device-list-properties
 * for each device that it is asked about.  debian-* are recorded, downstream-* are
 * written after the command lines that such series are used with.  NAME.out has the
 * capabilities that are learnt, and the arguments that are made of a vSMMU for it.
 */

#include <string.h>

#include "testutils.h"
#include "qemu/argv_write.h"

#define DATA "qemutargetdata"

/* Properties of a vSMMU that are worth a line each. */
static const cmdqvSmmu smmus[] = {
    { .id = (char *)"plain" },
    { .id = (char *)"accel", .accel = CMDQV_SWITCH_ON },
    { .id = (char *)"cmdqv-on", .accel = CMDQV_SWITCH_ON, .cmdqv = CMDQV_SWITCH_ON },
    { .id = (char *)"cmdqv-off", .accel = CMDQV_SWITCH_ON, .cmdqv = CMDQV_SWITCH_OFF },
    {
        .id = (char *)"all-on",
        .accel = CMDQV_SWITCH_ON,
        .cmdqv = CMDQV_SWITCH_ON,
        .given = {
            [CMDQV_SMMU_ATTRIBUTE_ATS] = (char *)"on",
            [CMDQV_SMMU_ATTRIBUTE_RIL] = (char *)"on",
            [CMDQV_SMMU_ATTRIBUTE_SSIDSIZE] = (char *)"20",
            [CMDQV_SMMU_ATTRIBUTE_OAS] = (char *)"48",
        },
    },
    {
        .id = (char *)"all-off",
        .accel = CMDQV_SWITCH_ON,
        .cmdqv = CMDQV_SWITCH_OFF,
        .given = {
            [CMDQV_SMMU_ATTRIBUTE_ATS] = (char *)"off",
            [CMDQV_SMMU_ATTRIBUTE_RIL] = (char *)"off",
            [CMDQV_SMMU_ATTRIBUTE_SSIDSIZE] = (char *)"0",
            [CMDQV_SMMU_ATTRIBUTE_OAS] = (char *)"44",
        },
    },
};

static const char *const types[] = { "string", "boolean", "number" };
G_STATIC_ASSERT(G_N_ELEMENTS(types) == CMDQV_VALUE_LAST);


static char *
cmdqvTestReadReplies(const char *name)
{
    g_autofree char *path = cmdqvTestDataPath(DATA, name, ".qmp");

    return cmdqvTestRead(path);
}


static void
cmdqvTestAppend(GString *text, cmdqvArgument *argument, GError *error)
{
    g_autofree char *json = argument ? cmdqvArgumentFormatJson(argument) : NULL;
    g_autofree char *keyval = argument ? cmdqvArgumentFormatKeyval(argument) : NULL;

    if (argument)
        g_string_append_printf(text, "%s\n%s\n", json, keyval);
    else
        g_string_append_printf(text, "error: %s\n", error->message);
    cmdqvArgumentFree(argument);
    g_clear_error(&error);
}


static char *
cmdqvTestDescribe(const cmdqvEmulatorCaps *target)
{
    const cmdqvEndpoint hostdev = { .id = (char *)"hostdev0", .hasHost = true, .host = { 9, 1, 0, 0 }, .iommufd = true,
                                    .iommufdId = (char *)"iommufd0" };
    GString *text = g_string_new(NULL);
    GError *error = NULL;
    cmdqvArgument *argument;
    guint i;

    for (i = 0; i < CMDQV_EMULATOR_CAPS_LAST; i++)
        g_string_append_printf(text, "%s: %s\n", cmdqvEmulatorCapsDeviceToString((cmdqvEmulatorCapsDevice)i), target->has[i] ? "yes" : "no");
    for (i = 0; i < CMDQV_SMMU_PROPERTY_LAST; i++) {
        g_string_append_printf(text, "%s: %s\n", cmdqvSmmuPropertyToString(i),
                               target->smmu[i].known ? types[target->smmu[i].type] : "no");
    }
    g_string_append_printf(text, "iommufd: %s\ncmdqv in any spelling: %s\n", target->vfioIommufd ? "yes" : "no",
                           cmdqvEmulatorCapsHasCmdqv(target) ? "yes" : "no");

    for (i = 0; i < G_N_ELEMENTS(smmus); i++) {
        argument = cmdqvArgvWriteSmmu(&smmus[i], "pci.1", target, &error);
        cmdqvTestAppend(text, argument, g_steal_pointer(&error));
    }
    argument = cmdqvArgvWriteHostdev(&hostdev, "pci.2", target, &error);
    cmdqvTestAppend(text, argument, g_steal_pointer(&error));
    return g_string_free(text, FALSE);
}


static void
cmdqvTestRun(gconstpointer data)
{
    g_autofree char *outPath = cmdqvTestDataPath(DATA, data, ".out");
    g_autofree char *replies = cmdqvTestReadReplies(data);
    cmdqvEmulatorCaps target = { .vfioIommufd = true };
    g_autofree char *text = NULL;

    g_assert_true(cmdqvEmulatorCapsReadQmp(&target, replies));
    text = cmdqvTestDescribe(&target);
    cmdqvTestAssertGolden(outPath, text);
}


/* The capabilities that are taken for granted of QEMU 11.1 are those that Debian's reports. */
static void
cmdqvTestUpstream(void)
{
    g_autofree char *path = cmdqvTestDataPath(DATA, "debian-11.1", ".out");
    g_autofree char *text = cmdqvTestDescribe(&cmdqvEmulatorCapsUpstream);

    cmdqvTestAssertGolden(path, text);
}


static void
cmdqvTestOther(void)
{
    static const char *const qmps[] = {
        "", "\n", "{}", "[]", "{", "{\"id\":1}", "{\"id\":\"arm-smmuv3\",\"return\":[]}",
        "{\"id\":\"arm-smmuv3\",\"return\":[]}\n{\"id\":\"vfio-pci\",\"return\":[]}\n",
        "{\"id\":\"arm-smmuv3\",\"return\":[]}\n{\"id\":\"arm-smmuv3\",\"return\":[]}\n{\"id\":\"vfio-pci\",\"return\":[]}\n",
    };
    static const char odd[] =
        "{\"id\":\"vfio-pci\"}\n{\"id\":\"vfio-pci-nohotplug\",\"return\":{}}\n"
        "{\"id\":\"arm-smmuv3\",\"return\":[1,null,{},{\"name\":\"accel\"},{\"name\":1,\"type\":\"bool\"},"
        "{\"name\":\"ats\",\"type\":null},{\"name\":\"ril\",\"type\":\"bool\"}]}";
    cmdqvEmulatorCaps target = { .vfioIommufd = false };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(qmps); i++)
        g_assert_false(cmdqvEmulatorCapsReadQmp(&target, qmps[i]));
    g_assert_false(target.has[CMDQV_EMULATOR_CAPS_SMMU]);

    g_assert_true(cmdqvEmulatorCapsReadQmp(&target, odd));
    g_assert_true(target.has[CMDQV_EMULATOR_CAPS_SMMU]);
    g_assert_false(target.has[CMDQV_EMULATOR_CAPS_VFIO]);
    g_assert_false(target.has[CMDQV_EMULATOR_CAPS_VFIO_NO_HOTPLUG]);
    for (i = 0; i < CMDQV_SMMU_PROPERTY_LAST; i++)
        g_assert_cmpint(target.smmu[i].known, ==, i == CMDQV_SMMU_ATTRIBUTE_RIL);
}


/* The version in QEMU's greeting, and the properties that it implies. */
static void
cmdqvTestVersion(void)
{
    static const struct {
        const char *name;
        guint major;
        guint minor;
        bool blocker;
    } greetings[] = {
        { .name = "debian-7.2", .major = 7, .minor = 2, .blocker = false },  /* without CMDQV */
        { .name = "debian-11.1", .major = 11, .minor = 1, .blocker = true },
        { .name = "debian-11.1-x86", .major = 11, .minor = 1, .blocker = false },  /* without an SMMU */
    };
    static const struct {
        const char *version;
        guint major;
        guint minor;
        bool blocker;
    } versions[] = {
        { .version = "\"major\":11,\"minor\":1", .major = 11, .minor = 1, .blocker = true },
        { .version = "\"major\":12,\"minor\":0", .major = 12, .minor = 0, .blocker = true },
        { .version = "\"major\":11,\"minor\":0,\"micro\":50", .major = 11, .minor = 0, .blocker = false },
        { .version = "\"major\":10,\"minor\":9", .major = 10, .minor = 9, .blocker = false },
        { .version = "\"major\":11", .major = 11, .minor = 0, .blocker = false },
        { .version = "", .major = 0, .minor = 0, .blocker = false },
        { .version = "\"major\":-1,\"minor\":99999999999", .major = 0, .minor = G_MAXINT, .blocker = false },
    };
    g_autofree char *replies = cmdqvTestReadReplies("debian-11.1");
    guint i;

    for (i = 0; i < G_N_ELEMENTS(greetings); i++) {
        g_autofree char *answer = cmdqvTestReadReplies(greetings[i].name);
        cmdqvEmulatorCaps target;

        g_assert_true(cmdqvEmulatorCapsReadQmp(&target, answer));
        g_assert_cmpuint(target.major, ==, greetings[i].major);
        g_assert_cmpuint(target.minor, ==, greetings[i].minor);
        g_assert_cmpint(cmdqvEmulatorCapsHasBlocker(&target), ==, greetings[i].blocker);
    }
    for (i = 0; i < G_N_ELEMENTS(versions); i++) {
        g_autofree char *answer = g_strdup_printf("{\"QMP\":{\"version\":{\"qemu\":{%s}}}}%s", versions[i].version,
                                                  strchr(replies, '\n'));
        cmdqvEmulatorCaps target = cmdqvEmulatorCapsUpstream;

        g_assert_true(cmdqvEmulatorCapsReadQmp(&target, answer));
        g_assert_cmpuint(target.major, ==, versions[i].major);
        g_assert_cmpuint(target.minor, ==, versions[i].minor);
        g_assert_cmpint(cmdqvEmulatorCapsHasBlocker(&target), ==, versions[i].blocker);
    }
}


/* An emulator that has no other vfio-pci gets the one that it has. */
static void
cmdqvTestNoHotplugOnly(void)
{
    const cmdqvEndpoint hostdev = { .id = (char *)"hostdev0" };
    cmdqvEmulatorCaps target = cmdqvEmulatorCapsUpstream;
    g_autoptr(cmdqvArgument) argument = NULL;

    target.has[CMDQV_EMULATOR_CAPS_VFIO] = false;
    argument = cmdqvArgvWriteHostdev(&hostdev, "pci.2", &target, NULL);
    g_assert_cmpstr(argument->driver, ==, "vfio-pci-nohotplug");
}


static void
cmdqvTestLeftovers(gconstpointer data)
{
    static const char *const suffixes[] = { ".qmp", ".out" };
    const GPtrArray *names = data;
    g_autoptr(GHashTable) files = cmdqvTestListFolder(DATA);
    guint i;
    guint j;

    for (i = 0; i < names->len; i++) {
        for (j = 0; j < G_N_ELEMENTS(suffixes); j++) {
            g_autofree char *name = g_strconcat(g_ptr_array_index(names, i), suffixes[j], NULL);

            (void)g_hash_table_remove(files, name);
        }
    }
    cmdqvTestAssertNoLeftovers(files, "answer of an emulator (.qmp)");
}


int
main(int argc, char **argv)
{
    g_autoptr(GPtrArray) names = NULL;
    guint i;

    cmdqvTestInit(&argc, &argv);
    names = cmdqvTestFindNames(DATA, ".qmp");
    for (i = 0; i < names->len; i++) {
        g_autofree char *path = g_strconcat("/target/", g_ptr_array_index(names, i), NULL);

        g_test_add_data_func(path, g_ptr_array_index(names, i), cmdqvTestRun);
    }
    g_test_add_func("/target/upstream", cmdqvTestUpstream);
    g_test_add_func("/target/version", cmdqvTestVersion);
    g_test_add_func("/target/other", cmdqvTestOther);
    g_test_add_func("/target/no-hotplug-only", cmdqvTestNoHotplugOnly);
    g_test_add_data_func("/target/leftovers", names, cmdqvTestLeftovers);
    return g_test_run();
}
