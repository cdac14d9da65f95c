/*
 * nova_names.c: name an instance of Nova in a refusal or warning
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An operator of a cloud knows the UUID, the name and the flavor of an
 * instance, and no domain. The reason is first: Nova shows a tenant 255
 * characters of it, or none.
 */

#include "layout/nova_names.h"

#include <string.h>

#include "conf/xml_read.h"
#include "policy/rules_device.h"
#include "util/text.h"


/* instance 'training', UUID ..., flavor 'gpu.large', domain 'instance-0000000a' */
static char *
cmdqvNovaNamesFormat(const cmdqvNovaRequest *request)
{
    g_autofree char *domain = cmdqvTextShorten(request->domain ? request->domain : "");
    g_autofree char *instance = cmdqvTextShorten(request->instance ? request->instance : "");
    g_autofree char *flavor = cmdqvTextShorten(request->flavor ? request->flavor : "");

    return g_strdup_printf("instance '%s', UUID %s, flavor '%s', domain '%s'", instance, request->uuid ? request->uuid : "", flavor,
                           domain);
}


/* Removes the domain's name from the beginning of a message that has it at the end. */
static void
cmdqvNovaNamesShorten(cmdqvVerdict *verdict, const char *domain)
{
    g_autofree char *begin = g_strdup_printf("domain '%s': ", domain ? domain : "");

    if (cmdqvTextStarts(verdict->message, begin)) {
        g_autofree char *message = g_steal_pointer(&verdict->message);

        verdict->message = g_strdup(message + strlen(begin));
    }
}


/**
 * cmdqvNovaNamesAddNode:
 * @verdict: a refusal or warning; gets the names of the instance, once
 * @root: (nullable): the domain
 */
void
cmdqvNovaNamesAddNode(cmdqvVerdict *verdict, const xmlNode *root)
{
    g_auto(cmdqvNovaRequest) request = { .asks = false };

    if (!verdict->instance)
        (void)cmdqvNovaRequestReadNode(root, &request, NULL);
    if (!request.instance || !request.flavor)
        return;
    cmdqvNovaNamesShorten(verdict, request.domain);
    if (g_strcmp0(verdict->rule, CMDQV_RULES_DEVICE_KEEP_ANCHOR) == 0)
        cmdqvVerdictNote(verdict, "in Nova, stop the instance, and then detach the port or take the snapshot");
    verdict->names = cmdqvNovaNamesFormat(&request);
    verdict->instance = g_steal_pointer(&request.instance);
    verdict->flavor = g_steal_pointer(&request.flavor);
    if (!verdict->domain)
        verdict->domain = g_steal_pointer(&request.domain);
    if (!verdict->uuid)
        verdict->uuid = g_steal_pointer(&request.uuid);
}


/**
 * cmdqvNovaNamesAdd:
 * @verdict: as cmdqvNovaNamesAddNode()
 * @xml: (nullable): the domain
 */
void
cmdqvNovaNamesAdd(cmdqvVerdict *verdict, const char *xml)
{
    g_autoptr(xmlDoc) doc = xml ? cmdqvNovaRequestParse(xml) : NULL;

    cmdqvNovaNamesAddNode(verdict, xmlDocGetRootElement(doc));
}


/**
 * cmdqvNovaNamesWarn:
 * @warning: a warning; gets names as cmdqvNovaNamesAdd()
 * @event: the name of the warning in the journal
 * @xml: (nullable): the domain
 *
 * Logs the warning.
 */
void
cmdqvNovaNamesWarn(cmdqvVerdict *warning, const char *event, const char *xml)
{
    cmdqvNovaNamesAdd(warning, xml);
    cmdqvVerdictWarn(warning, event);
}
