/*
 * emulator_caps.c: read the SMMU capabilities of an emulator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "qemu/emulator_caps.h"

#include <string.h>

#include "qemu/json_read.h"
#include "util/text.h"

/* The first release with CMDQV upstream, and with the unplug blocker of the anchor. */
#define CMDQV_EMULATOR_CAPS_BLOCKER_MAJOR 11
#define CMDQV_EMULATOR_CAPS_BLOCKER_MINOR 1

static const char *const cmdqvSmmuPropertyNames[] = {
    [CMDQV_SMMU_PROPERTY_TEGRA241_CMDQV] = "tegra241-cmdqv",
    [CMDQV_SMMU_PROPERTY_PASID] = "pasid",
    [CMDQV_SMMU_PROPERTY_IDENTIFIER] = "identifier",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvSmmuPropertyNames) == CMDQV_SMMU_PROPERTY_LAST);

static const char *const cmdqvEmulatorCapsDeviceNames[] = {
    [CMDQV_EMULATOR_CAPS_SMMU] = "arm-smmuv3",
    [CMDQV_EMULATOR_CAPS_VFIO] = "vfio-pci",
    [CMDQV_EMULATOR_CAPS_VFIO_NO_HOTPLUG] = "vfio-pci-nohotplug",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvEmulatorCapsDeviceNames) == CMDQV_EMULATOR_CAPS_LAST);

const cmdqvEmulatorCaps cmdqvEmulatorCapsUpstream = {
    .has = {
        [CMDQV_EMULATOR_CAPS_SMMU] = true,
        [CMDQV_EMULATOR_CAPS_VFIO] = true,
        [CMDQV_EMULATOR_CAPS_VFIO_NO_HOTPLUG] = true,
    },
    .smmu = {
        [CMDQV_SMMU_ATTRIBUTE_PCI_BUS] = { .known = true, .type = CMDQV_VALUE_STRING },
        [CMDQV_SMMU_ATTRIBUTE_ACCEL] = { .known = true, .type = CMDQV_VALUE_BOOLEAN },
        [CMDQV_SMMU_ATTRIBUTE_CMDQV ... CMDQV_SMMU_ATTRIBUTE_LAST - 1] = { .known = true, .type = CMDQV_VALUE_STRING },
        [CMDQV_SMMU_PROPERTY_IDENTIFIER] = { .known = true, .type = CMDQV_VALUE_NUMBER },
    },
    .vfioIommufd = true,
    .major = CMDQV_EMULATOR_CAPS_BLOCKER_MAJOR,
    .minor = CMDQV_EMULATOR_CAPS_BLOCKER_MINOR,
};


/**
 * cmdqvSmmuPropertyToString:
 * @property: cmdqvSmmuAttribute or cmdqvSmmuProperty
 *
 * Returns: (transfer none): its name in QEMU (hw/arm/smmuv3.c)
 */
const char *
cmdqvSmmuPropertyToString(guint property)
{
    return property < CMDQV_SMMU_ATTRIBUTE_LAST ? cmdqvSmmuAttributeRows[property].property : cmdqvSmmuPropertyNames[property];
}


/**
 * cmdqvEmulatorCapsDeviceToString:
 * @device: a device that an emulator may have
 *
 * Returns: (transfer none): its type in QEMU, as for -device
 */
const char *
cmdqvEmulatorCapsDeviceToString(cmdqvEmulatorCapsDevice device)
{
    return cmdqvEmulatorCapsDeviceNames[device];
}


/**
 * cmdqvEmulatorCapsHasCmdqv:
 * @target: an emulator
 *
 * Returns: true if it has CMDQV, in any spelling
 */
bool
cmdqvEmulatorCapsHasCmdqv(const cmdqvEmulatorCaps *target)
{
    return target->smmu[CMDQV_SMMU_ATTRIBUTE_CMDQV].known || target->smmu[CMDQV_SMMU_PROPERTY_TEGRA241_CMDQV].known;
}


/**
 * cmdqvEmulatorCapsHasBlocker:
 * @target: an emulator
 *
 * Before upstream, some downstream series have CMDQV, and fewer have the
 * blocker.
 *
 * Returns: true if it certainly refuses to unplug an anchor
 */
bool
cmdqvEmulatorCapsHasBlocker(const cmdqvEmulatorCaps *target)
{
    return cmdqvEmulatorCapsHasCmdqv(target) &&
        (target->major > CMDQV_EMULATOR_CAPS_BLOCKER_MAJOR ||
         (target->major == CMDQV_EMULATOR_CAPS_BLOCKER_MAJOR && target->minor >= CMDQV_EMULATOR_CAPS_BLOCKER_MINOR));
}


/* Reads QEMU's types: QEMU only gives the name of an enumeration, and its values are words. */
static cmdqvValueType
cmdqvEmulatorCapsValueType(const char *type)
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
cmdqvEmulatorCapsTake(cmdqvEmulatorCaps *target, cmdqvEmulatorCapsDevice device, const char *name, const char *type)
{
    guint i;

    if (device != CMDQV_EMULATOR_CAPS_SMMU) {
        target->vfioIommufd = target->vfioIommufd || strcmp(name, "iommufd") == 0;
        return;
    }
    for (i = 0; i < CMDQV_SMMU_PROPERTY_LAST; i++) {
        if (strcmp(name, cmdqvSmmuPropertyToString(i)) == 0)
            target->smmu[i] = (cmdqvEmulatorCapsProperty){ .known = true, .type = cmdqvEmulatorCapsValueType(type) };
    }
}


/* {"QMP": {"version": {"qemu": {"major": 11, "minor": 1, ...}, ...}, ...}} */
static void
cmdqvEmulatorCapsReadGreeting(cmdqvEmulatorCaps *target, JsonObject *greeting)
{
    JsonObject *version = cmdqvJsonReadObject(cmdqvJsonReadObject(cmdqvJsonReadObject(greeting, "QMP"), "version"), "qemu");

    if (!version)
        return;
    target->major = (guint)CLAMP(json_object_get_int_member_with_default(version, "major", 0), 0, G_MAXINT);
    target->minor = (guint)CLAMP(json_object_get_int_member_with_default(version, "minor", 0), 0, G_MAXINT);
}


static void
cmdqvEmulatorCapsReadList(cmdqvEmulatorCaps *target, cmdqvEmulatorCapsDevice device, JsonNode *list)
{
    JsonArray *array = list && JSON_NODE_HOLDS_ARRAY(list) ? json_node_get_array(list) : NULL;
    guint i;

    target->has[device] = array != NULL;
    for (i = 0; array && i < json_array_get_length(array); i++) {
        JsonNode *element = json_array_get_element(array, i);
        JsonObject *property = JSON_NODE_HOLDS_OBJECT(element) ? json_node_get_object(element) : NULL;
        const char *name = property ? cmdqvJsonReadString(property, "name") : NULL;
        const char *type = property ? cmdqvJsonReadString(property, "type") : NULL;

        if (name && type)
            cmdqvEmulatorCapsTake(target, device, name, type);
    }
}


/**
 * cmdqvEmulatorCapsReadQmp:
 * @target: (out): capabilities of the emulator
 * @replies: the lines of a QMP session with one device-list-properties for each
 *   device, with the device's name as the command's id
 *
 * Takes the version from the greeting. Ignores events and other replies.
 *
 * Returns: false, and @target is untouched, if there is no reply for a device
 */
bool
cmdqvEmulatorCapsReadQmp(cmdqvEmulatorCaps *target, const char *replies)
{
    g_auto(GStrv) lines = g_strsplit(replies, "\n", -1);
    cmdqvEmulatorCaps read = { .vfioIommufd = false };
    guint answered = 0;
    guint i;

    for (i = 0; lines[i]; i++) {
        g_autoptr(JsonParser) parser = json_parser_new_immutable();
        JsonNode *root = cmdqvJsonReadParse(parser, lines[i], NULL);
        JsonObject *reply;
        guint device;

        if (!root || !JSON_NODE_HOLDS_OBJECT(root))
            continue;
        reply = json_node_get_object(root);
        cmdqvEmulatorCapsReadGreeting(&read, reply);
        device = cmdqvTextFind(cmdqvEmulatorCapsDeviceNames, CMDQV_EMULATOR_CAPS_LAST, cmdqvJsonReadString(reply, "id"));
        if (device == CMDQV_EMULATOR_CAPS_LAST)
            continue;
        answered |= 1U << device;
        cmdqvEmulatorCapsReadList(&read, (cmdqvEmulatorCapsDevice)device, json_object_get_member(reply, "return"));
    }
    if (answered != (1U << CMDQV_EMULATOR_CAPS_LAST) - 1)
        return false;
    *target = read;
    return true;
}
