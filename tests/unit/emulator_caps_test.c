/*
 * emulator_caps_test.c: the answers of emulators about themselves, and the arguments for each
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An emulator is NAME.help and NAME.qmp in qemutargetdata, its answers to -device
 * DRIVER,help and to device-list-properties for each device that it is asked about.
 * debian-* are recorded, downstream-* are written after the command lines that such
 * series are used with.  NAME.out has the capabilities that are learnt, the same from
 * both, and the arguments that are made of a vSMMU for it.
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


/* One text for each device, a title line in front. */
static void
cmdqvTestReadHelps(cmdqvEmulatorCaps *target, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GString) help = g_string_new(NULL);
    guint i;

    for (i = 0; lines[i]; i++) {
        if (help->len > 0 && g_str_has_suffix(lines[i], " options:")) {
            g_assert_true(cmdqvEmulatorCapsReadHelp(target, help->str));
            g_string_truncate(help, 0);
        }
        g_string_append_printf(help, "%s\n", lines[i]);
    }
    g_assert_true(cmdqvEmulatorCapsReadHelp(target, help->str));
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
    g_autofree char *helpPath = cmdqvTestDataPath(DATA, data, ".help");
    g_autofree char *qmpPath = cmdqvTestDataPath(DATA, data, ".qmp");
    g_autofree char *outPath = cmdqvTestDataPath(DATA, data, ".out");
    g_autofree char *help = cmdqvTestRead(helpPath);
    g_autofree char *qmp = cmdqvTestRead(qmpPath);
    cmdqvEmulatorCaps fromHelp = { .vfioIommufd = false };
    cmdqvEmulatorCaps fromQmp = { .vfioIommufd = true };
    g_autofree char *helpText = NULL;
    g_autofree char *qmpText = NULL;

    cmdqvTestReadHelps(&fromHelp, help);
    g_assert_true(cmdqvEmulatorCapsReadQmp(&fromQmp, qmp));
    helpText = cmdqvTestDescribe(&fromHelp);
    qmpText = cmdqvTestDescribe(&fromQmp);
    g_assert_cmpstr(helpText, ==, qmpText);
    cmdqvTestAssertGolden(outPath, qmpText);
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
    static const char *const helps[] = {
        "", "\n", " ", "arm-smmuv3", "arm-smmuv3 ", "arm-smmuv3 help", "arm-smmuv options:", "arm-smmuv33 options:",
        "virtio-net-pci options:\n  host=<str>\n", "QEMU emulator version 11.1.3\n", " options:\n  accel=<bool>\n",
    };
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

    for (i = 0; i < G_N_ELEMENTS(helps); i++)
        g_assert_false(cmdqvEmulatorCapsReadHelp(&target, helps[i]));
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


/* The version, in QEMU's greeting or in its answer to --version, and the properties that it implies. */
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
        const char *text;
        guint major;
        guint minor;
        bool blocker;
    } versions[] = {
        { .text = "QEMU emulator version 11.1.2 (Debian 1:11.1.2+ds-3)\nCopyright ...\n", .major = 11, .minor = 1,
          .blocker = true },
        { .text = "QEMU emulator version 12.0.0\n", .major = 12, .minor = 0, .blocker = true },
        { .text = "QEMU emulator version 11.0.50 (v11.0.0-123)\n", .major = 11, .minor = 0, .blocker = false },
        { .text = "QEMU emulator version 10.9.1\n", .major = 10, .minor = 9, .blocker = false },
    };
    static const char *const odd[] = { "", "version", "version x", "version 11", "QEMU 11.1", "{\"QMP\":{}}" };
    static const char greeting[] = "{\"QMP\":{\"version\":{\"qemu\":{\"major\":-1,\"minor\":99999999999}}}}\n";
    guint i;

    for (i = 0; i < G_N_ELEMENTS(greetings); i++) {
        g_autofree char *path = cmdqvTestDataPath(DATA, greetings[i].name, ".qmp");
        g_autofree char *replies = cmdqvTestRead(path);
        cmdqvEmulatorCaps target;

        g_assert_true(cmdqvEmulatorCapsReadQmp(&target, replies));
        g_assert_cmpuint(target.major, ==, greetings[i].major);
        g_assert_cmpuint(target.minor, ==, greetings[i].minor);
        g_assert_cmpint(cmdqvEmulatorCapsHasBlocker(&target), ==, greetings[i].blocker);
        if (i == 0) {
            g_autofree char *strange = g_strconcat(greeting, strchr(replies, '\n'), NULL);

            g_assert_true(cmdqvEmulatorCapsReadQmp(&target, strange));
            g_assert_cmpuint(target.major, ==, 0);
            g_assert_cmpuint(target.minor, ==, G_MAXINT);
        }
    }
    for (i = 0; i < G_N_ELEMENTS(versions); i++) {
        cmdqvEmulatorCaps target = cmdqvEmulatorCapsUpstream;

        g_assert_true(cmdqvEmulatorCapsReadVersion(&target, versions[i].text));
        g_assert_cmpuint(target.major, ==, versions[i].major);
        g_assert_cmpuint(target.minor, ==, versions[i].minor);
        g_assert_cmpint(cmdqvEmulatorCapsHasBlocker(&target), ==, versions[i].blocker);
    }
    for (i = 0; i < G_N_ELEMENTS(odd); i++) {
        cmdqvEmulatorCaps target = cmdqvEmulatorCapsUpstream;

        g_assert_false(cmdqvEmulatorCapsReadVersion(&target, odd[i]));
        g_assert_cmpuint(target.major, ==, 11);
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
    static const char *const suffixes[] = { ".help", ".qmp", ".out" };
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
    cmdqvTestAssertNoLeftovers(files, "help of an emulator (.help)");
}


int
main(int argc, char **argv)
{
    g_autoptr(GPtrArray) names = NULL;
    guint i;

    cmdqvTestInit(&argc, &argv);
    names = cmdqvTestFindNames(DATA, ".help");
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
