/*
 * qemu/emulator_caps.c: what an emulator knows of SMMU acceleration
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "qemu/emulator_caps.h"

#include <stdio.h>
#include <string.h>

#include "qemu/json_read.h"

/* The first release that has CMDQV upstream, and with it the unplug blocker of the anchor. */
#define CMDQV_TARGET_BLOCKER_MAJOR 11
#define CMDQV_TARGET_BLOCKER_MINOR 1

static const char *const cmdqvSmmuPropertyNames[] = {
    [CMDQV_SMMU_PROPERTY_ACCEL] = "accel",
    [CMDQV_SMMU_PROPERTY_ATS] = "ats",
    [CMDQV_SMMU_PROPERTY_RIL] = "ril",
    [CMDQV_SMMU_PROPERTY_SSIDSIZE] = "ssidsize",
    [CMDQV_SMMU_PROPERTY_OAS] = "oas",
    [CMDQV_SMMU_PROPERTY_CMDQV] = "cmdqv",
    [CMDQV_SMMU_PROPERTY_TEGRA241_CMDQV] = "tegra241-cmdqv",
    [CMDQV_SMMU_PROPERTY_PASID] = "pasid",
    [CMDQV_SMMU_PROPERTY_IDENTIFIER] = "identifier",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvSmmuPropertyNames) == CMDQV_SMMU_PROPERTY_LAST);

static const char *const cmdqvTargetDeviceNames[] = {
    [CMDQV_TARGET_SMMU] = "arm-smmuv3",
    [CMDQV_TARGET_VFIO] = "vfio-pci",
    [CMDQV_TARGET_VFIO_NO_HOTPLUG] = "vfio-pci-nohotplug",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvTargetDeviceNames) == CMDQV_TARGET_LAST);

const cmdqvTarget cmdqvTargetUpstream = {
    .has = { true, true, true },
    .smmu = {
        [CMDQV_SMMU_PROPERTY_ACCEL] = { true, CMDQV_VALUE_BOOLEAN },
        [CMDQV_SMMU_PROPERTY_ATS] = { true, CMDQV_VALUE_STRING },
        [CMDQV_SMMU_PROPERTY_RIL] = { true, CMDQV_VALUE_STRING },
        [CMDQV_SMMU_PROPERTY_SSIDSIZE] = { true, CMDQV_VALUE_STRING },
        [CMDQV_SMMU_PROPERTY_OAS] = { true, CMDQV_VALUE_STRING },
        [CMDQV_SMMU_PROPERTY_CMDQV] = { true, CMDQV_VALUE_STRING },
        [CMDQV_SMMU_PROPERTY_IDENTIFIER] = { true, CMDQV_VALUE_NUMBER },
    },
    .vfioIommufd = true,
    .major = CMDQV_TARGET_BLOCKER_MAJOR,
    .minor = CMDQV_TARGET_BLOCKER_MINOR,
};


/**
 * cmdqvSmmuPropertyToString:
 * @property: of an arm-smmuv3
 *
 * Returns: (transfer none): its name in QEMU (hw/arm/smmuv3.c)
 */
const char *
cmdqvSmmuPropertyToString(cmdqvSmmuProperty property)
{
    return cmdqvSmmuPropertyNames[property];
}


/**
 * cmdqvTargetDeviceToString:
 * @device: one that an emulator is asked about
 *
 * Returns: (transfer none): its type in QEMU, as -device takes it
 */
const char *
cmdqvTargetDeviceToString(cmdqvTargetDevice device)
{
    return cmdqvTargetDeviceNames[device];
}


/**
 * cmdqvTargetHasCmdqv:
 * @target: an emulator
 *
 * Returns: true if it can be asked for CMDQV, whichever its spelling
 */
bool
cmdqvTargetHasCmdqv(const cmdqvTarget *target)
{
    return target->smmu[CMDQV_SMMU_PROPERTY_CMDQV].known || target->smmu[CMDQV_SMMU_PROPERTY_TEGRA241_CMDQV].known;
}


/**
 * cmdqvTargetHasBlocker:
 * @target: an emulator
 *
 * What came before upstream has CMDQV in some series and the blocker in fewer.
 *
 * Returns: true if it certainly refuses to unplug an anchor by itself
 */
bool
cmdqvTargetHasBlocker(const cmdqvTarget *target)
{
    return cmdqvTargetHasCmdqv(target) &&
        (target->major > CMDQV_TARGET_BLOCKER_MAJOR ||
         (target->major == CMDQV_TARGET_BLOCKER_MAJOR && target->minor >= CMDQV_TARGET_BLOCKER_MINOR));
}


/* QEMU's types: of an enumeration only its name is told, and its values are words. */
static cmdqvValueType
cmdqvTargetValueType(const char *type)
{
    static const char *const numbers[] = { "int", "uint", "size" };
    guint i;

    if (strcmp(type, "bool") == 0)
        return CMDQV_VALUE_BOOLEAN;
    for (i = 0; i < G_N_ELEMENTS(numbers); i++) {
        if (g_str_has_prefix(type, numbers[i]))
            return CMDQV_VALUE_NUMBER;
    }
    return CMDQV_VALUE_STRING;
}


static void
cmdqvTargetTake(cmdqvTarget *target, cmdqvTargetDevice device, const char *name, const char *type)
{
    guint i;

    if (device != CMDQV_TARGET_SMMU) {
        target->vfioIommufd = target->vfioIommufd || strcmp(name, "iommufd") == 0;
        return;
    }
    for (i = 0; i < CMDQV_SMMU_PROPERTY_LAST; i++) {
        if (strcmp(name, cmdqvSmmuPropertyNames[i]) == 0)
            target->smmu[i] = (cmdqvTargetProperty){ true, cmdqvTargetValueType(type) };
    }
}


static int
cmdqvTargetFindDevice(const char *name, gsize len)
{
    int i;

    for (i = 0; i < CMDQV_TARGET_LAST; i++) {
        if (strlen(cmdqvTargetDeviceNames[i]) == len && strncmp(name, cmdqvTargetDeviceNames[i], len) == 0)
            return i;
    }
    return -1;
}


/* "  accel=<bool>           - Enable ..." */
static void
cmdqvTargetReadHelpLine(cmdqvTarget *target, cmdqvTargetDevice device, const char *line)
{
    const char *equals = strstr(line, "=<");
    const char *end = equals ? strchr(equals, '>') : NULL;
    g_autofree char *name = NULL;
    g_autofree char *type = NULL;

    if (!end)
        return;
    name = g_strndup(line, (gsize)(equals - line));
    type = g_strndup(equals + strlen("=<"), (gsize)(end - equals) - strlen("=<"));
    cmdqvTargetTake(target, device, g_strstrip(name), type);
}


/**
 * cmdqvTargetReadHelp:
 * @target: what is known of an emulator so far; all zero at first
 * @help: what it says to -device DRIVER,help
 *
 * Returns: false where that is not about a device that was asked for, as with
 * an emulator that has no such device
 */
bool
cmdqvTargetReadHelp(cmdqvTarget *target, const char *help)
{
    static const char title[] = " options:";
    const char *space = strchr(help, ' ');
    int device = space ? cmdqvTargetFindDevice(help, (gsize)(space - help)) : -1;
    g_auto(GStrv) lines = NULL;
    guint i;

    if (device < 0 || !g_str_has_prefix(space, title))
        return false;

    target->has[device] = true;
    lines = g_strsplit(space, "\n", -1);
    for (i = 1; lines[i]; i++)
        cmdqvTargetReadHelpLine(target, (cmdqvTargetDevice)device, lines[i]);
    return true;
}


/**
 * cmdqvTargetReadVersion:
 * @target: what is known of an emulator so far
 * @version: what it says to --version
 *
 * Returns: false, and @target is untouched, where that has no version in it
 */
bool
cmdqvTargetReadVersion(cmdqvTarget *target, const char *version)
{
    const char *number = strstr(version, "version ");
    guint major;
    guint minor;

    if (!number || sscanf(number, "version %u.%u", &major, &minor) != 2)
        return false;
    target->major = major;
    target->minor = minor;
    return true;
}


/* {"QMP": {"version": {"qemu": {"major": 11, "minor": 1, ...}, ...}, ...}} */
static void
cmdqvTargetReadGreeting(cmdqvTarget *target, JsonObject *greeting)
{
    JsonObject *version = cmdqvJsonObject(cmdqvJsonObject(cmdqvJsonObject(greeting, "QMP"), "version"), "qemu");

    if (!version)
        return;
    target->major = (guint)CLAMP(json_object_get_int_member_with_default(version, "major", 0), 0, G_MAXINT);
    target->minor = (guint)CLAMP(json_object_get_int_member_with_default(version, "minor", 0), 0, G_MAXINT);
}


static void
cmdqvTargetReadList(cmdqvTarget *target, cmdqvTargetDevice device, JsonNode *list)
{
    JsonArray *array = list && JSON_NODE_HOLDS_ARRAY(list) ? json_node_get_array(list) : NULL;
    guint i;

    target->has[device] = array != NULL;
    for (i = 0; array && i < json_array_get_length(array); i++) {
        JsonNode *element = json_array_get_element(array, i);
        JsonObject *property = JSON_NODE_HOLDS_OBJECT(element) ? json_node_get_object(element) : NULL;
        const char *name = property ? cmdqvJsonString(property, "name") : NULL;
        const char *type = property ? cmdqvJsonString(property, "type") : NULL;

        if (name && type)
            cmdqvTargetTake(target, device, name, type);
    }
}


/**
 * cmdqvTargetReadQmp:
 * @target: (out): what is learnt
 * @replies: the lines of a QMP session in which device-list-properties was
 *   called for each device, with its name as the command's id
 *
 * The greeting tells the version.  Events and other replies are passed over.
 *
 * Returns: false, and @target is untouched, where it does not hold a reply for
 * each device
 */
bool
cmdqvTargetReadQmp(cmdqvTarget *target, const char *replies)
{
    g_auto(GStrv) lines = g_strsplit(replies, "\n", -1);
    cmdqvTarget read = { .vfioIommufd = false };
    guint answered = 0;
    guint i;

    for (i = 0; lines[i]; i++) {
        g_autoptr(JsonParser) parser = json_parser_new_immutable();
        JsonNode *root = cmdqvJsonParse(parser, lines[i], NULL);
        JsonObject *reply = root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
        const char *id = reply ? cmdqvJsonString(reply, "id") : NULL;
        int device = id ? cmdqvTargetFindDevice(id, strlen(id)) : -1;

        if (reply)
            cmdqvTargetReadGreeting(&read, reply);
        if (device < 0)
            continue;
        answered |= 1U << device;
        cmdqvTargetReadList(&read, (cmdqvTargetDevice)device, json_object_get_member(reply, "return"));
    }
    if (answered != (1U << CMDQV_TARGET_LAST) - 1)
        return false;
    *target = read;
    return true;
}
