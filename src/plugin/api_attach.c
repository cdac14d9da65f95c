/*
 * api_attach.c: virDomainAttachDevice and similar functions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "conf/domain_edit.h"
#include "conf/domain_xml.h"
#include "daemon/query_as_daemon.h"
#include "lowering/lift.h"
#include "plugin/check_definition.h"
#include "plugin/check_device_change.h"
#include "plugin/daemon_context.h"
#include "plugin/device_call.h"
#include "plugin/domain_facts.h"
#include "plugin/lowering_xml.h"
#include "policy/attach_policy.h"
#include "util/log.h"
#include "util/text.h"

#define CMDQV_API_ATTACH_ACTION "attach a device to"


static int
cmdqvApiAttachReal(virDomainPtr domain, const char *xml, unsigned int flags G_GNUC_UNUSED)
{
    return CMDQV_REAL(virDomainAttachDevice)(domain, xml);
}


static int
cmdqvApiAttachFlagsReal(virDomainPtr domain, const char *xml, unsigned int flags)
{
    return CMDQV_REAL(virDomainAttachDeviceFlags)(domain, xml, flags);
}


/* Whether libvirt does not know the SMMUs, or an older one did not when it lowered the domain. */
static bool
cmdqvApiAttachIsLowered(virDomainPtr domain, bool *lowered, GError **error)
{
    g_autoptr(cmdqvTextMalloced) xml = cmdqvLoweringXMLMayDrop() ? NULL : cmdqvQueryAsDaemonLiveXML(domain);
    g_autofree char *lifted = NULL;

    virResetLastError();
    if (xml && !cmdqvLiftXML(xml, &lifted, error))
        return false;
    *lowered = cmdqvLoweringXMLMayDrop() || lifted;
    return true;
}


static bool
cmdqvApiAttachJudgeLive(const cmdqvDeviceCall *call, cmdqvVerdict **verdict, GError **error)
{
    g_auto(cmdqvRunningDomain) live = { .topology = NULL };
    g_autoptr(cmdqvTopology) after = NULL;
    cmdqvRuleContext context;
    int endpoint = CMDQV_NONE;

    if (!cmdqvDomainFactsReadLive(call->domain, &live, error))
        return false;
    if (!live.anchors)
        return true;

    if (!cmdqvApiAttachIsLowered(call->domain, &live.topology->lowered, error))
        return false;
    after = cmdqvTopologyCopy(live.topology);
    /* libvirt refuses invalid values */
    if (!cmdqvDomainXMLAddDevice(after, call->what, strlen(call->what), &endpoint, NULL) || endpoint == CMDQV_NONE)
        return true;
    context = cmdqvDaemonContextGet(NULL, NULL, NULL);
    *verdict = cmdqvAttachPolicyLive(CMDQV_REAL(virDomainGetName)(call->domain), &live, after, (guint)endpoint, &context);
    return true;
}


static bool
cmdqvApiAttachJudge(const cmdqvDeviceCall *call, const cmdqvDevice *device G_GNUC_UNUSED, cmdqvVerdict **verdict, GError **error)
{
    *verdict = NULL;
    if ((call->flags & VIR_DOMAIN_AFFECT_LIVE) && !cmdqvApiAttachJudgeLive(call, verdict, error))
        return false;
    if (!*verdict && (call->flags & VIR_DOMAIN_AFFECT_CONFIG))
        *verdict = cmdqvCheckDeviceChangeJudge(call->domain, "attach", call->what, NULL);
    return true;
}


/* Logs that a libvirt before 12.7 has attached the device without its iommufd. */
static int
cmdqvApiAttachDone(const cmdqvDeviceCall *call, int status)
{
    unsigned int halves = call->flags & (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG);
    g_autofree char *plain = NULL;
    g_autoptr(cmdqvVerdict) verdict = NULL;

    if (status < 0 || !strstr(call->what, "iommufd") || !cmdqvLoweringXMLMayDrop() ||
        cmdqvDomainFactsMayHaveSmmu(call->domain, halves ? halves : VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG))
        return status;
    if (cmdqvDomainEditAddDevice("<domain><devices/></domain>", call->what, &plain, NULL))
        verdict = cmdqvCheckDefinitionPlain(CMDQV_REAL(virDomainGetConnect)(call->domain), CMDQV_REAL(virDomainGetName)(call->domain), plain);
    if (verdict)
        cmdqvLogFailure("%s", verdict->message);
    virResetLastError();
    return status;
}


CMDQV_EXPORT int
virDomainAttachDevice(virDomainPtr domain, const char *xml)
{
    /* live only, as for virDomainDetachDevice() */
    cmdqvDeviceCall call = {
        .function = __func__,
        .action = CMDQV_API_ATTACH_ACTION,
        .domain = domain,
        .what = xml,
        .flags = VIR_DOMAIN_AFFECT_LIVE,
        .adds = true,
        .real = cmdqvApiAttachReal,
        .judge = cmdqvApiAttachJudge,
    };

    return cmdqvApiAttachDone(&call, cmdqvDeviceCallRunXML(&call));
}


CMDQV_EXPORT int
virDomainAttachDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags)
{
    cmdqvDeviceCall call = {
        .function = __func__,
        .action = CMDQV_API_ATTACH_ACTION,
        .domain = domain,
        .what = xml,
        .flags = flags,
        .adds = true,
        .real = cmdqvApiAttachFlagsReal,
        .judge = cmdqvApiAttachJudge,
    };

    return cmdqvApiAttachDone(&call, cmdqvDeviceCallRunXML(&call));
}
