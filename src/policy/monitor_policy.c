/*
 * plugin/api_monitor.c: may this monitor command be sent
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Commands that take something away: device_del, qom-set of "realized" to
 * false, object-del.  QMP and HMP both come down to a verb and the name of what
 * it is done to, and that is what is judged.  To take away the anchor is also
 * to take away a bus above it, its SMMU, or the iommufd object that it is on.
 * device_add is an attach like any other.  Everything else passes: this is a
 * monitor for people who know.
 */

#include "policy/monitor_policy.h"

#include <string.h>

#include "qemu/anchor.h"
#include "qemu/argv_read.h"
#include "policy/attach_policy.h"
#include "qemu/argv_split.h"
#include "qemu/json_read.h"

#define CMDQV_RULE_KEEP_ANCHOR "keep-anchor"

/* The first iommufd object that libvirt makes (qemuDomainSetupIOMMUFD(), src/qemu/ of 12.8). */
#define CMDQV_LIBVIRT_IOMMUFD "iommufd0"

/** What a command is judged against. */
typedef struct {
    const char *domain;
    const cmdqvLive *live;
    cmdqvHostSmmuLookup hostSmmu;
    gpointer data;
} cmdqvMonitorContext;


/* QOM takes partial paths, and leads on through what a path names to what hangs on that (object_resolve_path(), qom/object.c). */
static bool
cmdqvMonitorMeans(const char *target, const char *id)
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


/* Links from a bus to what is on it and back: where such a path ends, only QEMU knows. */
static bool
cmdqvMonitorFollowsLinks(const char *target)
{
    return strstr(target, "child[") || strstr(target, "parent_bus") || strstr(target, "primary-bus");
}


static bool
cmdqvMonitorIsBusAbove(const cmdqvTopology *topology, const cmdqvEndpoint *endpoint, const char *target)
{
    int at = endpoint->bus;
    guint steps;

    for (steps = 0; steps <= topology->buses->len; steps++) {
        const cmdqvBus *bus = cmdqvTopologyGetBus(topology, at);

        if (!bus)
            return false;
        if (cmdqvMonitorMeans(target, bus->name))
            return true;
        at = bus->parent;
    }
    return false;
}


/* QEMU numbers the devices that have no id, its own among them (qdev_set_id(), system/qdev-monitor.c). */
static bool
cmdqvMonitorIsNumbered(const char *target)
{
    return strstr(target, "device[") != NULL;
}


/* What is protected by this anchor. */
static bool
cmdqvMonitorHitsEndpoint(const cmdqvLive *live, const cmdqvEndpoint *endpoint, const char *target)
{
    const cmdqvEndpoint *cold = live->process
        ? cmdqvTopologyGetEndpoint(live->process, cmdqvTopologyFindEndpointId(live->process, endpoint->id)) : NULL;

    return cmdqvMonitorMeans(target, endpoint->id) ||
        cmdqvMonitorMeans(target, cold && cold->iommufdId ? cold->iommufdId : CMDQV_LIBVIRT_IOMMUFD) ||
        cmdqvMonitorIsBusAbove(live->topology, endpoint, target) ||
        (cold && cmdqvMonitorIsBusAbove(live->process, cold, target));
}


/* Where there is no anchor to lose, what cannot be told does not matter. */
static cmdqvVerdict *
cmdqvMonitorRefuseUntold(const char *domain, const cmdqvLive *live, const char *why, const char *instead)
{
    cmdqvVerdict *verdict;
    guint i;

    for (i = 0; i < live->anchors->len; i++) {
        const cmdqvAnchor *anchor = g_ptr_array_index(live->anchors, i);

        if (anchor->endpoints->len == 0)
            continue;
        verdict = g_new0(cmdqvVerdict, 1);
        verdict->rule = CMDQV_RULE_KEEP_ANCHOR;
        verdict->smmu = cmdqvPolicySmmuName(&anchor->smmu, anchor->busName);
        verdict->message = g_strdup_printf("cannot send the command to the monitor of running domain '%s': %s, so whether it "
                                           "removes the anchor of %s cannot be told; %s", domain, why, verdict->smmu, instead);
        return verdict;
    }
    return NULL;
}


static cmdqvVerdict *
cmdqvMonitorJudgeTarget(const char *domain, const cmdqvLive *live, const char *verb, const char *target)
{
    guint i;
    guint j;

    for (i = 0; i < live->anchors->len; i++) {
        const cmdqvAnchor *anchor = g_ptr_array_index(live->anchors, i);

        for (j = 0; j < anchor->endpoints->len; j++) {
            const cmdqvEndpoint *endpoint = &g_array_index(live->topology->endpoints, cmdqvEndpoint,
                                                           g_array_index(anchor->endpoints, guint, j));
            cmdqvVerdict *verdict;

            if (!cmdqvMonitorHitsEndpoint(live, endpoint, target) && !cmdqvMonitorMeans(target, anchor->smmu.id))
                continue;

            verdict = g_new0(cmdqvVerdict, 1);
            verdict->rule = CMDQV_RULE_KEEP_ANCHOR;
            verdict->smmu = cmdqvPolicySmmuName(&anchor->smmu, anchor->busName);
            verdict->device = cmdqvPolicyDeviceName(endpoint);
            verdict->message = g_strdup_printf("cannot send '%s' of '%s' to the monitor of running domain '%s': device %s "
                                               "anchors the CMDQV of %s, and the guest would lose its command queues; shut "
                                               "the domain down to remove it", verb, target, domain, verdict->device,
                                               verdict->smmu);
            return verdict;
        }
    }
    if (cmdqvMonitorFollowsLinks(target))
        return cmdqvMonitorRefuseUntold(domain, live, "its path goes through links between devices and buses",
                                        "name the device by its id");
    if (cmdqvMonitorIsNumbered(target))
        return cmdqvMonitorRefuseUntold(domain, live, "its path has a device's number",
                                        "name the device by its id");
    return NULL;
}


static cmdqvVerdict *
cmdqvMonitorJudgeAdd(const cmdqvMonitorContext *context, const char *properties)
{
    g_autoptr(GHashTable) device = cmdqvCommandLineProperties(properties, "driver", NULL);
    g_autoptr(cmdqvTopology) after = cmdqvTopologyCopy(context->live->process ? context->live->process : context->live->topology);
    int endpoint = device ? cmdqvArgvAddDevice(after, device) : CMDQV_NONE;

    if (endpoint == CMDQV_NONE)
        return NULL;
    return cmdqvPolicyAttachLive(context->domain, context->live, after, (guint)endpoint,
                                 &(cmdqvRuleContext){ .hostSmmu = context->hostSmmu, .data = context->data });
}


static bool
cmdqvMonitorIsFalse(const char *value)
{
    static const char *const no[] = { "false", "off", "no", "n", NULL };

    return value && g_strv_contains(no, value);
}


/* A line of HMP: words between white space, quoted as in C; the first ends at a slash too (monitor/hmp.c of QEMU). */
static char **
cmdqvMonitorWords(const char *line)
{
    g_autoptr(GString) text = g_string_new(line);
    char **words = NULL;
    gsize end;

    (void)g_strdelimit(text->str, "\t\r\n\v\f", ' ');
    end = strspn(text->str, " ");
    end += strcspn(text->str + end, " /");
    (void)g_string_insert_c(text, (gssize)end, ' ');
    if (!g_shell_parse_argv(text->str, NULL, &words, NULL))
        words = g_strsplit(text->str, " ", -1);
    return words;
}


static cmdqvVerdict *
cmdqvMonitorJudgeHmp(const cmdqvMonitorContext *context, const char *line)
{
    g_auto(GStrv) words = cmdqvMonitorWords(line);
    guint count = words ? g_strv_length(words) : 0;
    const char *target;

    if (count >= 2 && strcmp(words[0], "device_add") == 0)
        return cmdqvMonitorJudgeAdd(context, words[1]);
    if (count >= 2 && (strcmp(words[0], "device_del") == 0 || strcmp(words[0], "object_del") == 0))
        return cmdqvMonitorJudgeTarget(context->domain, context->live, words[0], words[1]);
    if (count >= 4 && strcmp(words[0], "qom-set") == 0 && strcmp(words[count - 2], "realized") == 0 &&
        cmdqvMonitorIsFalse(words[count - 1])) {
        /* nothing need be between the flag and what follows */
        target = words[count - 3] + (g_str_has_prefix(words[count - 3], "-j") ? 2 : 0);
        return cmdqvMonitorJudgeTarget(context->domain, context->live, words[0], target);
    }
    return NULL;
}


/* QEMU's visitor for a boolean takes JSON's only; what is not true is taken for an attempt. */
static bool
cmdqvMonitorUnrealizes(JsonObject *arguments)
{
    JsonNode *value = arguments ? json_object_get_member(arguments, "value") : NULL;

    return g_strcmp0(cmdqvJsonString(arguments, "property"), "realized") == 0 &&
        !(value && JSON_NODE_HOLDS_VALUE(value) && json_node_get_value_type(value) == G_TYPE_BOOLEAN &&
          json_node_get_boolean(value));
}


static cmdqvVerdict *
cmdqvMonitorJudgeQmp(const cmdqvMonitorContext *context, const char *command)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    JsonNode *root = cmdqvJsonParse(parser, command, NULL);
    JsonObject *object = root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
    JsonNode *member = object ? json_object_get_member(object, "arguments") : NULL;
    JsonObject *arguments = member && JSON_NODE_HOLDS_OBJECT(member) ? json_node_get_object(member) : NULL;
    const char *verb = cmdqvJsonString(object, "execute");
    const char *target = NULL;

    /* libvirt's JSON parser takes what ours does not, such as NaN, and sends the rest on */
    if (!root)
        return cmdqvMonitorRefuseUntold(context->domain, context->live, "it is not plain JSON", "write it in plain JSON");
    if (!verb)
        verb = cmdqvJsonString(object, "exec-oob");
    if (!verb || !arguments)
        return NULL;

    if (strcmp(verb, "human-monitor-command") == 0) {
        const char *line = cmdqvJsonString(arguments, "command-line");

        return line ? cmdqvMonitorJudgeHmp(context, line) : NULL;
    }
    if (strcmp(verb, "device_add") == 0) {
        g_autofree char *text = json_to_string(member, FALSE);

        return cmdqvMonitorJudgeAdd(context, text);
    }
    if (strcmp(verb, "device_del") == 0 || strcmp(verb, "object-del") == 0)
        target = cmdqvJsonString(arguments, "id");
    else if (strcmp(verb, "qom-set") == 0 && cmdqvMonitorUnrealizes(arguments))
        target = cmdqvJsonString(arguments, "path");
    return target ? cmdqvMonitorJudgeTarget(context->domain, context->live, verb, target) : NULL;
}


/**
 * cmdqvPolicyMonitor:
 * @domain: name of the domain
 * @live: the running domain
 * @command: what is to be sent
 * @hmp: whether it is HMP, not QMP
 * @hostSmmu: tells the host SMMU of a device
 * @data: for @hostSmmu
 *
 * Returns: (transfer full): a refusal, NULL if it may be sent
 */
cmdqvVerdict *
cmdqvPolicyMonitor(const char *domain, const cmdqvLive *live, const char *command, bool hmp,
                   cmdqvHostSmmuLookup hostSmmu, gpointer data)
{
    const cmdqvMonitorContext context = { domain, live, hostSmmu, data };

    return hmp ? cmdqvMonitorJudgeHmp(&context, command) : cmdqvMonitorJudgeQmp(&context, command);
}
