/*
 * monitor_policy.c: decide whether a monitor command may be sent
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A table has the effect of each command, for QMP and HMP. The verdict on a
 * command that can remove, unrealize or replace something depends on the object
 * that it names: the anchor, a bus above it, its SMMU, or its iommufd object.
 * device_add is an attach like any other. For a domain with an anchor, commands
 * with an unknown effect are refused: an unknown command, one that does not
 * parse, a path that only QEMU can resolve, another monitor.
 */

#include "policy/monitor_policy.h"

#include <string.h>

#include "policy/attach_policy.h"
#include "policy/monitor_hmp.h"
#include "policy/rules_device.h"
#include "qemu/anchor.h"
#include "qemu/argv_read.h"
#include "qemu/argv_split.h"
#include "qemu/json_read.h"
#include "util/text.h"


/* The root bus of the machine, which no argument names (hw/arm/virt.c). */
#define CMDQV_MONITOR_POLICY_ROOT "pcie.0"

/* QOM path of the devices with an id. */
#define CMDQV_MONITOR_POLICY_DEVICES "/machine/peripheral/"

/* The first iommufd object of libvirt (qemuDomainSetupIOMMUFD(), src/qemu/ of 12.8). */
#define CMDQV_MONITOR_POLICY_LIBVIRT_IOMMUFD "iommufd0"

/** The facts for a verdict on a command. */
typedef struct {
    const char *domain;
    const cmdqvRunningDomain *live;
    const cmdqvRuleContext *facts;
} cmdqvMonitorPolicyContext;


/* QOM accepts partial paths, and a path may continue below an object to its children (object_resolve_path(), qom/object.c). */
static bool
cmdqvMonitorPolicyMeans(const char *target, const char *id)
{
    const char *at = id ? target : NULL;

    while (at) {
        gsize len = strcspn(at, "/");

        if (len == strlen(id) && strncmp(at, id, len) == 0)
            return true;
        at = at[len] == '/' ? at + len + 1 : NULL;
    }
    return false;
}


/* Links between a bus and its devices: only QEMU can resolve such a path. */
static bool
cmdqvMonitorPolicyFollowsLinks(const char *target)
{
    return strstr(target, "child[") || strstr(target, "parent_bus") || strstr(target, "primary-bus");
}


static bool
cmdqvMonitorPolicyIsBusAbove(const cmdqvTopology *topology, const cmdqvEndpoint *endpoint, const char *target)
{
    int at = endpoint->bus;
    guint steps;

    for (steps = 0; steps <= topology->buses->len; steps++) {
        const cmdqvBus *bus = cmdqvTopologyGetBus(topology, at);

        if (!bus)
            return false;
        if (cmdqvMonitorPolicyMeans(target, bus->name))
            return true;
        at = bus->parent;
    }
    return false;
}


/* Whether the target is an object that this anchor protects. */
static bool
cmdqvMonitorPolicyHitsEndpoint(const cmdqvRunningDomain *live, const cmdqvEndpoint *endpoint, const char *target)
{
    const cmdqvEndpoint *cold = live->process
        ? cmdqvTopologyGetEndpoint(live->process, cmdqvTopologyFindEndpointId(live->process, endpoint->id)) : NULL;

    return cmdqvMonitorPolicyMeans(target, endpoint->id) || cmdqvMonitorPolicyMeans(target, CMDQV_MONITOR_POLICY_ROOT) ||
        cmdqvMonitorPolicyMeans(target, cold && cold->iommufdId ? cold->iommufdId : CMDQV_MONITOR_POLICY_LIBVIRT_IOMMUFD) ||
        cmdqvMonitorPolicyIsBusAbove(live->topology, endpoint, target) ||
        (cold && cmdqvMonitorPolicyIsBusAbove(live->process, cold, target));
}


/*
 * Whether a vSMMU has an anchor, or could get one that nothing would show: QEMU
 * makes the first device behind it the anchor, and a device from the monitor is
 * neither in the live XML nor on the command line. One with cmdqv='on' and no
 * device at the start gets none (cmdqvAttachPolicyLive()).
 */
static bool
cmdqvMonitorPolicyIsAtStake(const cmdqvAnchor *anchor)
{
    return anchor->endpoints->len > 0 || (anchor->source == CMDQV_ANCHOR_NOBODY && anchor->smmu.cmdqv != CMDQV_SWITCH_ON);
}


/* If nothing is at stake, a command with an unknown effect may pass. */
static cmdqvVerdict *
cmdqvMonitorPolicyRefuseUntold(const cmdqvMonitorPolicyContext *context, const char *why, const char *instead)
{
    const GPtrArray *anchors = context->live->anchors;
    cmdqvVerdict *verdict;
    guint i;

    for (i = 0; i < anchors->len; i++) {
        const cmdqvAnchor *anchor = g_ptr_array_index(anchors, i);

        if (!cmdqvMonitorPolicyIsAtStake(anchor))
            continue;
        verdict = cmdqvVerdictNewOf(CMDQV_RULES_DEVICE_KEEP_ANCHOR, &anchor->smmu, anchor->busName, NULL);
        verdict->message = g_strdup_printf("cannot send the command to the monitor of running domain '%s': %s, so whether it "
                                           "%s the anchor of %s is not known; %s", context->domain, why,
                                           anchor->endpoints->len > 0 ? "removes" : "adds", verdict->smmu, instead);
        return verdict;
    }
    return NULL;
}


static cmdqvVerdict *
cmdqvMonitorPolicyJudgeTarget(const cmdqvMonitorPolicyContext *context, const char *verb, const char *target)
{
    const cmdqvRunningDomain *live = context->live;
    guint i;
    guint j;

    for (i = 0; i < live->anchors->len; i++) {
        const cmdqvAnchor *anchor = g_ptr_array_index(live->anchors, i);

        for (j = 0; j < anchor->endpoints->len; j++) {
            const cmdqvEndpoint *endpoint = &g_array_index(live->topology->endpoints, cmdqvEndpoint,
                                                           g_array_index(anchor->endpoints, guint, j));
            cmdqvVerdict *verdict;

            if (!cmdqvMonitorPolicyHitsEndpoint(live, endpoint, target) && !cmdqvMonitorPolicyMeans(target, anchor->smmu.id))
                continue;

            verdict = cmdqvVerdictNewOf(CMDQV_RULES_DEVICE_KEEP_ANCHOR, &anchor->smmu, anchor->busName, endpoint);
            if (anchor->source == CMDQV_ANCHOR_UNKNOWN)
                verdict->message = g_strdup_printf("cannot send '%s' of '%s' to the monitor of running domain '%s': device %s is "
                                                   "behind %s, and which device anchors the CMDQV there is not known (%s); shut the "
                                                   "domain down to remove it", verb, target, context->domain,
                                                   verdict->device, verdict->smmu, anchor->detail);
            else
                verdict->message = g_strdup_printf("cannot send '%s' of '%s' to the monitor of running domain '%s': device %s "
                                                   "anchors the CMDQV of %s, and the guest would lose its command queues; shut "
                                                   "the domain down to remove it", verb, target, context->domain,
                                                   verdict->device, verdict->smmu);
            return verdict;
        }
    }
    if (cmdqvMonitorPolicyFollowsLinks(target))
        return cmdqvMonitorPolicyRefuseUntold(context, "its path has links between devices and buses",
                                              "name the device by its id");
    /* QEMU numbers devices without an id, its own included (qdev_set_id(), system/qdev-monitor.c) */
    if (strstr(target, "device["))
        return cmdqvMonitorPolicyRefuseUntold(context, "its path has a device's number", "name the device by its id");
    return NULL;
}


static bool
cmdqvMonitorPolicyKnows(const cmdqvTopology *topology, const char *id)
{
    return cmdqvTopologyFindSmmuId(topology, id) != CMDQV_NONE || cmdqvTopologyFindEndpointId(topology, id) != CMDQV_NONE ||
        cmdqvTopologyFindBusName(topology, id) != CMDQV_NONE;
}


/* Whether the path can only mean the device of an id; unless @isPartial, an id alone is looked up there only. */
static bool
cmdqvMonitorPolicyIsPlain(const cmdqvRunningDomain *live, const char *target, bool isPartial)
{
    const char *id = g_str_has_prefix(target, CMDQV_MONITOR_POLICY_DEVICES) ? target + strlen(CMDQV_MONITOR_POLICY_DEVICES) : target;

    if (strchr(id, '/'))
        return false;
    return id != target || !isPartial || cmdqvMonitorPolicyKnows(live->topology, id) ||
        (live->process && cmdqvMonitorPolicyKnows(live->process, id));
}


static cmdqvVerdict *
cmdqvMonitorPolicyJudgePath(const cmdqvMonitorPolicyContext *context, const char *verb, const char *target, bool isPartial)
{
    cmdqvVerdict *verdict = cmdqvMonitorPolicyJudgeTarget(context, verb, target);

    if (verdict || cmdqvMonitorPolicyIsPlain(context->live, target, isPartial))
        return verdict;
    return cmdqvMonitorPolicyRefuseUntold(context, "its path is not that of a device with an id",
                                          "write it as '" CMDQV_MONITOR_POLICY_DEVICES "ID'");
}


/* Whether @value, up to its end, is a number or a list that has one; moves @value to that end. */
static bool
cmdqvMonitorPolicyHasNumber(const char **value)
{
    const char *at = *value;
    gsize len = strcspn(at, ",\"");
    gsize i;

    *value = at + len;
    for (i = 0; i < len; i++) {
        if (g_ascii_isdigit(at[i]) && (i == 0 || at[i - 1] == ':'))
            return true;
    }
    return false;
}


/*
 * fd, fds, vhostfd and similar options are names from getfd, or numbers of open
 * files of QEMU (monitor_fd_param(), monitor/fds.c), possibly the anchor's
 * iommufd, which QEMU closes if it is no file of the right kind.  @options is a
 * keyval list, or JSON as json-glib writes it.
 */
static bool
cmdqvMonitorPolicyTakesNumber(const char *options)
{
    const char *at = options;

    while ((at = strstr(at, "fd"))) {
        at += 2;
        at += *at == 's';
        if (*at == '=' || cmdqvTextStarts(at, "\":")) {
            at += strspn(at, "=\":");
            if (cmdqvMonitorPolicyHasNumber(&at))
                return true;
        }
    }
    return false;
}


static cmdqvVerdict *
cmdqvMonitorPolicyJudgeFiles(const cmdqvMonitorPolicyContext *context, const char *options)
{
    if (!cmdqvMonitorPolicyTakesNumber(options))
        return NULL;
    return cmdqvMonitorPolicyRefuseUntold(context, "it names a file that QEMU has open by its number",
                                          "pass the file with 'getfd', and give its name");
}


/* @options: (nullable): of a device */
/* Refuses a host device that may become the anchor of a vSMMU; @bus: CMDQV_NONE for one that the monitor may have added. */
static cmdqvVerdict *
cmdqvMonitorPolicyRefuseUnseen(const cmdqvMonitorPolicyContext *context, const cmdqvTopology *topology, int bus)
{
    const GPtrArray *anchors = context->live->anchors;
    cmdqvVerdict *verdict;
    guint i;

    for (i = 0; i < anchors->len; i++) {
        const cmdqvAnchor *anchor = g_ptr_array_index(anchors, i);

        if (anchor->endpoints->len > 0 || !cmdqvMonitorPolicyIsAtStake(anchor) ||
            (bus != CMDQV_NONE && cmdqvTopologyBusSmmu(topology, bus) != (int)i))
            continue;
        verdict = cmdqvVerdictNewOf(CMDQV_RULES_DEVICE_KEEP_ANCHOR, &anchor->smmu, anchor->busName, NULL);
        verdict->message = g_strdup_printf("cannot add a host device to running domain '%s' by its monitor: it may anchor the CMDQV of %s, "
                                           "and libvirt would not know it; attach it by 'virsh attach-device'", context->domain, verdict->smmu);
        return verdict;
    }
    return NULL;
}


static cmdqvVerdict *
cmdqvMonitorPolicyJudgeAdd(const cmdqvMonitorPolicyContext *context, const char *options)
{
    g_autoptr(GHashTable) device = options ? cmdqvArgvSplitProperties(options, "driver", NULL) : NULL;
    g_autoptr(cmdqvTopology) after = cmdqvTopologyCopy(context->live->process ? context->live->process : context->live->topology);
    int endpoint = device ? cmdqvArgvReadAddDevice(after, device) : CMDQV_NONE;
    const cmdqvEndpoint *added = cmdqvTopologyGetEndpoint(after, endpoint);
    cmdqvVerdict *verdict = added ? cmdqvAttachPolicyLive(context->domain, context->live, after, (guint)endpoint, context->facts) : NULL;

    if (!verdict && device && g_hash_table_contains(device, "iommufd"))
        verdict = cmdqvMonitorPolicyRefuseUnseen(context, after, added ? added->bus : CMDQV_NONE);
    return verdict || !options ? verdict : cmdqvMonitorPolicyJudgeFiles(context, options);
}


static cmdqvVerdict *
cmdqvMonitorPolicyJudgeOpening(const cmdqvMonitorPolicyContext *context)
{
    return cmdqvMonitorPolicyRefuseUntold(context, "it opens another connection to QEMU", "send each command through libvirt");
}


static cmdqvVerdict *
cmdqvMonitorPolicyJudgeObject(const cmdqvMonitorPolicyContext *context, const char *options)
{
    g_autoptr(GHashTable) object = cmdqvArgvSplitProperties(options, "qom-type", NULL);
    const char *name = object ? g_hash_table_lookup(object, "qom-type") : NULL;
    const cmdqvMonitorCommand *type = name ? cmdqvMonitorCommandFind(cmdqvMonitorCommandsObjectTypes, name, strlen(name)) : NULL;

    if (!type)
        return cmdqvMonitorPolicyRefuseUntold(context, "it creates an object of no known type", "use a type of QEMU 11.1");
    if (type->effect == CMDQV_MONITOR_COMMANDS_OPENS)
        return cmdqvMonitorPolicyJudgeOpening(context);
    return cmdqvMonitorPolicyJudgeFiles(context, options);
}


/* Properties that a client can set later, and that change or remove a device, a bus or an iommufd object. */
static bool
cmdqvMonitorPolicyActsOn(const char *property)
{
    static const char *const acting[] = { "realized", "fd", "hotplug-handler", NULL };

    return g_strv_contains(acting, property);
}


static cmdqvVerdict *
cmdqvMonitorPolicyJudgeSet(const cmdqvMonitorPolicyContext *context, const char *path, const char *property, bool isTrue)
{
    if (!cmdqvMonitorPolicyActsOn(property) || (isTrue && strcmp(property, "realized") == 0))
        return NULL;
    return cmdqvMonitorPolicyJudgePath(context, "qom-set", path, true);
}


static cmdqvVerdict *
cmdqvMonitorPolicyJudgeClient(const cmdqvMonitorPolicyContext *context, const char *protocol)
{
    static const char *const displays[] = { "vnc", "spice", "@dbus-display", NULL };

    return g_strv_contains(displays, protocol) ? NULL : cmdqvMonitorPolicyJudgeOpening(context);
}


/* The words that mean true: JSON's after -j, otherwise those of the visitor of strings (qapi/string-input-visitor.c). */
static bool
cmdqvMonitorPolicyHmpIsTrue(GHashTable *arguments)
{
    static const char *const yes[] = { "true", "on", "yes", "y", NULL };
    const char *value = g_hash_table_lookup(arguments, "value");

    return g_hash_table_contains(arguments, "json") ? strcmp(value, "true") == 0 : g_strv_contains(yes, value);
}


static cmdqvVerdict *
cmdqvMonitorPolicyJudgeHmpObject(const cmdqvMonitorPolicyContext *context, const char *options)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autofree char *text = NULL;
    JsonNode *root;

    if (*options != '{')
        return cmdqvMonitorPolicyJudgeObject(context, options);
    root = cmdqvJsonReadParse(parser, options, NULL);
    if (!root || !cmdqvJsonReadIsPlain(options, root))
        return cmdqvMonitorPolicyRefuseUntold(context, "it is not plain JSON", "write it in plain JSON");
    text = json_to_string(root, FALSE);
    return cmdqvMonitorPolicyJudgeObject(context, text);
}


static cmdqvVerdict *
cmdqvMonitorPolicyJudgeLine(const cmdqvMonitorPolicyContext *context, const char *line)
{
    g_auto(cmdqvMonitorHmp) hmp = { .command = NULL };
    const char *options = NULL;
    const char *device = NULL;

    if (!cmdqvMonitorHmpRead(line, &hmp))
        return cmdqvMonitorPolicyRefuseUntold(context, "it is no command of QEMU 11.1's HMP", "write it as 'help' shows");
    if (!hmp.command)
        return NULL;
    switch (hmp.command->effect) {
    case CMDQV_MONITOR_COMMANDS_REMOVES:
        return cmdqvMonitorPolicyJudgePath(context, hmp.command->names, g_hash_table_lookup(hmp.arguments, "id"), false);
    case CMDQV_MONITOR_COMMANDS_SETS:
        return cmdqvMonitorPolicyJudgeSet(context, g_hash_table_lookup(hmp.arguments, "path"),
                                          g_hash_table_lookup(hmp.arguments, "property"), cmdqvMonitorPolicyHmpIsTrue(hmp.arguments));
    case CMDQV_MONITOR_COMMANDS_ADDS_DEVICE:
        return cmdqvMonitorPolicyJudgeAdd(context, g_hash_table_lookup(hmp.arguments, "device"));
    case CMDQV_MONITOR_COMMANDS_ADDS_OBJECT:
        return cmdqvMonitorPolicyJudgeHmpObject(context, g_hash_table_lookup(hmp.arguments, "object"));
    case CMDQV_MONITOR_COMMANDS_TAKES_FILES:
        options = g_hash_table_lookup(hmp.arguments, "netdev");
        return options ? cmdqvMonitorPolicyJudgeFiles(context, options) : NULL;
    case CMDQV_MONITOR_COMMANDS_OPENS:
        device = g_hash_table_lookup(hmp.arguments, "device");
        return g_strcmp0(device, "none") == 0 ? NULL : cmdqvMonitorPolicyJudgeOpening(context);
    case CMDQV_MONITOR_COMMANDS_PASSES:
    case CMDQV_MONITOR_COMMANDS_WHOLE:
    case CMDQV_MONITOR_COMMANDS_INFO:
    case CMDQV_MONITOR_COMMANDS_RUNS_HMP:
    case CMDQV_MONITOR_COMMANDS_TAKES_CLIENT:
        break;
    }
    return NULL;
}


/* QEMU's visitor only accepts a boolean of JSON; any value but true counts as false, which unrealizes. */
static bool
cmdqvMonitorPolicyIsTrue(JsonObject *arguments)
{
    JsonNode *value = json_object_get_member(arguments, "value");

    return value && JSON_NODE_HOLDS_VALUE(value) && json_node_get_value_type(value) == G_TYPE_BOOLEAN &&
        json_node_get_boolean(value);
}


/* QEMU refuses a command that lacks an argument, or has one of another type. */
static cmdqvVerdict *
cmdqvMonitorPolicyJudgeArguments(const cmdqvMonitorPolicyContext *context, const cmdqvMonitorCommand *command, JsonNode *node)
{
    JsonObject *arguments = json_node_get_object(node);
    g_autofree char *text = json_to_string(node, FALSE);
    const char *target = NULL;

    switch (command->effect) {
    case CMDQV_MONITOR_COMMANDS_REMOVES:
        target = cmdqvJsonReadString(arguments, "id");
        return target ? cmdqvMonitorPolicyJudgePath(context, command->names, target, false) : NULL;
    case CMDQV_MONITOR_COMMANDS_SETS:
        target = cmdqvJsonReadString(arguments, "path");
        return target && cmdqvJsonReadString(arguments, "property")
            ? cmdqvMonitorPolicyJudgeSet(context, target, cmdqvJsonReadString(arguments, "property"), cmdqvMonitorPolicyIsTrue(arguments)) : NULL;
    case CMDQV_MONITOR_COMMANDS_ADDS_DEVICE:
        return cmdqvMonitorPolicyJudgeAdd(context, text);
    case CMDQV_MONITOR_COMMANDS_ADDS_OBJECT:
        return cmdqvJsonReadString(arguments, "qom-type") ? cmdqvMonitorPolicyJudgeObject(context, text) : NULL;
    case CMDQV_MONITOR_COMMANDS_TAKES_FILES:
        return cmdqvMonitorPolicyJudgeFiles(context, text);
    case CMDQV_MONITOR_COMMANDS_TAKES_CLIENT:
        target = cmdqvJsonReadString(arguments, "protocol");
        return target ? cmdqvMonitorPolicyJudgeClient(context, target) : NULL;
    case CMDQV_MONITOR_COMMANDS_RUNS_HMP:
        target = cmdqvJsonReadString(arguments, "command-line");
        return target ? cmdqvMonitorPolicyJudgeLine(context, target) : NULL;
    case CMDQV_MONITOR_COMMANDS_PASSES:
    case CMDQV_MONITOR_COMMANDS_WHOLE:
    case CMDQV_MONITOR_COMMANDS_INFO:
    case CMDQV_MONITOR_COMMANDS_OPENS:
        break;
    }
    return NULL;
}


/* Returns NULL also if the name is no string; QEMU refuses that. */
static cmdqvVerdict *
cmdqvMonitorPolicyJudgeNamed(const cmdqvMonitorPolicyContext *context, JsonObject *object, const char *key)
{
    const char *verb = cmdqvJsonReadString(object, key);
    const cmdqvMonitorCommand *command = verb ? cmdqvMonitorCommandFind(cmdqvMonitorCommandsQmp, verb, strlen(verb)) : NULL;

    if (!verb)
        return NULL;
    if (!command)
        return cmdqvMonitorPolicyRefuseUntold(context, "it is no command of QEMU 11.1's QMP", "write it as 'query-commands' shows");
    return cmdqvJsonReadObject(object, "arguments")
        ? cmdqvMonitorPolicyJudgeArguments(context, command, json_object_get_member(object, "arguments")) : NULL;
}


/*
 * libvirt's JSON parser, which differs between its versions, accepts text that
 * json-glib refuses, such as NaN, or reads it differently, and sends the result
 * to QEMU.
 */
static cmdqvVerdict *
cmdqvMonitorPolicyJudgeCommand(const cmdqvMonitorPolicyContext *context, const char *command)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    JsonNode *root = cmdqvJsonReadParse(parser, command, NULL);
    JsonObject *object = root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
    cmdqvVerdict *verdict = object ? cmdqvMonitorPolicyJudgeNamed(context, object, "execute") : NULL;

    if (object && !verdict)
        verdict = cmdqvMonitorPolicyJudgeNamed(context, object, "exec-oob");
    if (verdict || (root && cmdqvJsonReadIsPlain(command, root)))
        return verdict;
    return cmdqvMonitorPolicyRefuseUntold(context, "it is not plain JSON", "write it in plain JSON");
}


/**
 * cmdqvMonitorPolicyJudge:
 * @domain: name of the domain
 * @live: the running domain
 * @command: the command
 * @hmp: true for HMP, false for QMP
 * @facts: that are not in the domain, for a device that the command adds
 *
 * Returns: (transfer full): a refusal, NULL if it may be sent
 */
cmdqvVerdict *
cmdqvMonitorPolicyJudge(const char *domain, const cmdqvRunningDomain *live, const char *command, bool hmp,
                        const cmdqvRuleContext *facts)
{
    const cmdqvMonitorPolicyContext context = { .domain = domain, .live = live, .facts = facts };

    return hmp ? cmdqvMonitorPolicyJudgeLine(&context, command) : cmdqvMonitorPolicyJudgeCommand(&context, command);
}
