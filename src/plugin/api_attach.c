/*
 * plugin/api_attach.c: virDomainAttachDevice and its like
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "conf/domain_edit.h"
#include "conf/domain_xml.h"
#include "plugin/check_device_change.h"
#include "plugin/daemon_context.h"
#include "plugin/device_call.h"
#include "plugin/domain_facts.h"
#include "plugin/check_definition.h"
#include "plugin/lowering_xml.h"
#include "policy/attach_policy.h"
#include "util/log.h"

#define CMDQV_ATTACH_ACTION "attach a device to"


static int
cmdqvAttachReal(virDomainPtr domain, const char *xml, unsigned int flags G_GNUC_UNUSED)
{
    return CMDQV_REAL(virDomainAttachDevice)(domain, xml);
}


static int
cmdqvAttachFlagsReal(virDomainPtr domain, const char *xml, unsigned int flags)
{
    return CMDQV_REAL(virDomainAttachDeviceFlags)(domain, xml, flags);
}


static cmdqvVerdict *
cmdqvAttachJudgeLive(const cmdqvDeviceCall *call, GError **error)
{
    g_auto(cmdqvLive) live = { NULL, NULL, 0, NULL };
    g_autoptr(cmdqvTopology) after = NULL;
    cmdqvRuleContext context;
    int endpoint = CMDQV_NONE;

    if (!cmdqvFactsReadLive(call->domain, &live, error) || !live.anchors)
        return NULL;

    /* which its command line shows, too, where that can be read */
    live.topology->lowered = cmdqvTranslateMayDrop();
    after = cmdqvTopologyCopy(live.topology);
    /* values that mean nothing are for libvirt to refuse */
    if (!cmdqvDomainXMLAddDevice(after, call->what, strlen(call->what), &endpoint, NULL) || endpoint == CMDQV_NONE)
        return NULL;
    cmdqvConfigContext(&context, NULL, NULL);
    return cmdqvPolicyAttachLive(CMDQV_REAL(virDomainGetName)(call->domain), &live, after, (guint)endpoint, &context);
}


static cmdqvVerdict *
cmdqvAttachJudge(const cmdqvDeviceCall *call, const cmdqvDevice *device G_GNUC_UNUSED, GError **error)
{
    g_autoptr(GError) reason = NULL;
    cmdqvVerdict *verdict = NULL;

    if (call->flags & VIR_DOMAIN_AFFECT_LIVE)
        verdict = cmdqvAttachJudgeLive(call, &reason);
    if (!verdict && !reason && (call->flags & VIR_DOMAIN_AFFECT_CONFIG))
        verdict = cmdqvChangeJudge(call->domain, "attach", call->what, NULL);
    if (reason)
        g_propagate_error(error, g_steal_pointer(&reason));
    return verdict;
}


/* An older libvirt has taken the device, and left its iommufd out. */
static int
cmdqvAttachDone(const cmdqvDeviceCall *call, int status)
{
    unsigned int halves = call->flags & (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG);
    g_autofree char *plain = NULL;
    g_autoptr(cmdqvVerdict) verdict = NULL;

    if (status < 0 || !strstr(call->what, "iommufd") || !cmdqvTranslateMayDrop() ||
        cmdqvFactsMayHaveSmmu(call->domain, halves ? halves : VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG))
        return status;
    plain = cmdqvDomainEditAddDevice("<domain><devices/></domain>", call->what, NULL);
    if (plain)
        verdict = cmdqvJudgePlain(CMDQV_REAL(virDomainGetConnect)(call->domain), CMDQV_REAL(virDomainGetName)(call->domain), plain);
    if (verdict)
        cmdqvLogFailure("%s", verdict->message);
    virResetLastError();
    return status;
}


CMDQV_EXPORT int
virDomainAttachDevice(virDomainPtr domain, const char *xml)
{
    /* the live half alone, as for virDomainDetachDevice() */
    cmdqvDeviceCall call = {
        __func__, CMDQV_ATTACH_ACTION, domain, xml, VIR_DOMAIN_AFFECT_LIVE, true, cmdqvAttachReal, cmdqvAttachJudge
    };

    return cmdqvAttachDone(&call, cmdqvDeviceCallRunXML(&call));
}


CMDQV_EXPORT int
virDomainAttachDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags)
{
    cmdqvDeviceCall call = {
        __func__, CMDQV_ATTACH_ACTION, domain, xml, flags, true, cmdqvAttachFlagsReal, cmdqvAttachJudge
    };

    return cmdqvAttachDone(&call, cmdqvDeviceCallRunXML(&call));
}
