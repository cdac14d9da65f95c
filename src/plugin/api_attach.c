/*
 * api_attach.c: virDomainAttachDevice and similar functions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "conf/domain_edit.h"
#include "conf/domain_xml.h"
#include "plugin/check_definition.h"
#include "plugin/check_device_change.h"
#include "plugin/daemon_context.h"
#include "plugin/device_call.h"
#include "plugin/domain_facts.h"
#include "plugin/lowering_xml.h"
#include "plugin/nova_refusal.h"
#include "policy/attach_policy.h"
#include "util/text.h"


/* Judges a device that is to be attached to the running domain; sets @verdict to NULL also if libvirt refuses its values. */
static int
cmdqvApiAttachAsk(const char *domain, const cmdqvRunningDomain *live, const cmdqvDevice *device, cmdqvTopology **after, cmdqvVerdict **verdict)
{
    cmdqvRuleContext context;
    int endpoint = CMDQV_NONE;

    *verdict = NULL;
    *after = cmdqvTopologyCopy(live->topology);
    if (!cmdqvDomainXMLAddDevice(*after, xmlDocGetRootElement(device->doc), &endpoint, NULL) || endpoint == CMDQV_NONE)
        return CMDQV_NONE;
    context = cmdqvDaemonContextGet(NULL, NULL, NULL);
    *verdict = cmdqvAttachPolicyLive(domain, live, *after, (guint)endpoint, &context);
    return endpoint;
}


/* Gives the device an address that is free in both halves, and not behind a vSMMU; false if there is none. */
static bool
cmdqvApiAttachPlace(cmdqvApiCall *call, const cmdqvTopology *after, guint endpoint)
{
    g_autoptr(cmdqvTopology) definition = NULL;
    int controller;

    if ((call->flags & VIR_DOMAIN_AFFECT_CONFIG) && !cmdqvDomainFactsReadDefinition(call->domain, &definition, NULL))
        return false;
    controller = cmdqvAttachPolicyElsewhere(after, endpoint, definition);
    call->placed = controller == CMDQV_NONE ? NULL : cmdqvDomainEditPlaceDevice(call->device, controller);
    return call->placed;
}


/*
 * Nova gives devices no addresses, so libvirt takes the first free port, which
 * may be behind a vSMMU after a detach. Gives the device another one.
 */
static void
cmdqvApiAttachElsewhere(cmdqvApiCall *call, const cmdqvRunningDomain *live, const cmdqvTopology *after, guint endpoint,
                        cmdqvVerdict **verdict)
{
    const char *name = CMDQV_REAL(virDomainGetName)(call->domain);
    const cmdqvEndpoint *device = &g_array_index(after->endpoints, cmdqvEndpoint, endpoint);
    g_autoptr(cmdqvTopology) again = NULL;
    g_autoptr(cmdqvVerdict) refused = NULL;

    if (device->hasGuest || device->added || device->conventional || !cmdqvTopologyIsOfNova(live->topology))
        return;
    if (!cmdqvApiAttachPlace(call, after, endpoint)) {
        cmdqvAttachPolicyNoteCrowded(*verdict, name);
        return;
    }
    (void)cmdqvApiAttachAsk(name, live, call->device, &again, &refused);
    cmdqvVerdictFree(*verdict);
    *verdict = g_steal_pointer(&refused);
}


static bool
cmdqvApiAttachJudgeLive(cmdqvApiCall *call, cmdqvVerdict **verdict, GError **error)
{
    g_auto(cmdqvRunningDomain) live = { .topology = NULL };
    g_autoptr(cmdqvTopology) after = NULL;
    int endpoint;

    if (!cmdqvDomainFactsReadLive(call->domain, &live, error))
        return false;
    if (!live.anchors)
        return true;

    /* libvirt does not know the SMMUs, or an older one did not when it lowered the domain */
    live.topology->lowered = live.topology->lowered || cmdqvLoweringXMLMayDrop();
    endpoint = cmdqvApiAttachAsk(CMDQV_REAL(virDomainGetName)(call->domain), &live, call->device, &after, verdict);
    if (*verdict && (*verdict)->smmu)
        cmdqvApiAttachElsewhere(call, &live, after, (guint)endpoint, verdict);
    return true;
}


static bool
cmdqvApiAttachJudge(cmdqvApiCall *call, cmdqvVerdict **verdict, GError **error)
{
    *verdict = NULL;
    if ((call->flags & VIR_DOMAIN_AFFECT_LIVE) && !cmdqvApiAttachJudgeLive(call, verdict, error))
        return false;
    if (!*verdict && (call->flags & VIR_DOMAIN_AFFECT_CONFIG))
        *verdict = cmdqvCheckDeviceChangeJudge(call, "attach", false);
    return true;
}


/* Logs that a libvirt before 12.7 has attached the device without its iommufd. */
static void
cmdqvApiAttachDone(const cmdqvApiCall *call)
{
    unsigned int halves = call->flags & (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG);
    g_autoptr(cmdqvDevice) device = NULL;
    g_autoptr(xmlDoc) plain = NULL;
    g_autoptr(cmdqvVerdict) verdict = NULL;

    if (!strstr(call->text, "iommufd") || !cmdqvLoweringXMLMayDrop() ||
        cmdqvDomainFactsMayHaveSmmu(call->domain, halves ? halves : VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG))
        return;
    device = cmdqvDeviceXMLParse(call->text, strlen(call->text), NULL);
    plain = device ? cmdqvDomainEditAround(device) : NULL;
    verdict = cmdqvCheckDefinitionPlain(CMDQV_REAL(virDomainGetConnect)(call->domain), CMDQV_REAL(virDomainGetName)(call->domain), plain);
    if (verdict)
        cmdqvNovaRefusalWarn(verdict, call->domain);
    virResetLastError();
}


static const cmdqvDeviceCallKind cmdqvApiAttachKind = {
    .action = "attach a device to", .adds = true, .judge = cmdqvApiAttachJudge, .done = cmdqvApiAttachDone,
};

/* live only, as for virDomainDetachDevice() */
CMDQV_DEVICE_CALL(virDomainAttachDevice, (virDomainPtr domain, const char *xml), (domain, call.placed ? call.placed : xml), xml,
                  VIR_DOMAIN_AFFECT_LIVE, cmdqvApiAttachKind)

CMDQV_DEVICE_CALL(virDomainAttachDeviceFlags, (virDomainPtr domain, const char *xml, unsigned int flags),
                  (domain, call.placed ? call.placed : xml, call.flags), xml, flags, cmdqvApiAttachKind)
