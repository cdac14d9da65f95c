/*
 * plugin/api_detach.c: virDomainDetachDevice and its like
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "daemon/query_as_daemon.h"
#include "plugin/daemon_context.h"
#include "plugin/device_call.h"
#include "plugin/domain_facts.h"

#define CMDQV_DETACH_ACTION "detach a device from"


static int
cmdqvDetachReal(virDomainPtr domain, const char *xml, unsigned int flags G_GNUC_UNUSED)
{
    return CMDQV_REAL(virDomainDetachDevice)(domain, xml);
}


static int
cmdqvDetachFlagsReal(virDomainPtr domain, const char *xml, unsigned int flags)
{
    return CMDQV_REAL(virDomainDetachDeviceFlags)(domain, xml, flags);
}


static int
cmdqvDetachAliasReal(virDomainPtr domain, const char *alias, unsigned int flags)
{
    return CMDQV_REAL(virDomainDetachDeviceAlias)(domain, alias, flags);
}


static cmdqvVerdict *
cmdqvDetachJudgeLive(const cmdqvDeviceCall *call, const cmdqvDevice *device, GError **error)
{
    g_auto(cmdqvLive) live = { NULL, NULL, 0, NULL };

    if (!cmdqvFactsReadLive(call->domain, &live, error) || !live.anchors)
        return NULL;
    return cmdqvPolicyDetachLive(CMDQV_REAL(virDomainGetName)(call->domain), live.topology, live.anchors, device);
}


/* Whether the definition has to keep what anchors the running domain. */
static bool
cmdqvDetachKeepsBoth(const cmdqvTopology *definition)
{
    const cmdqvSettings *settings = cmdqvConfigGet();

    switch (settings->configDetach) {
    case CMDQV_CONFIG_DETACH_ALLOW:
        return false;

    case CMDQV_CONFIG_DETACH_REFUSE:
        return true;

    case CMDQV_CONFIG_DETACH_AUTO:
    case CMDQV_CONFIG_DETACH_LAST:
    default:
        return cmdqvSettingsIsManaged(settings, definition);
    }
}


static cmdqvVerdict *
cmdqvDetachJudgeConfig(const cmdqvDeviceCall *call, const cmdqvDevice *device, GError **error)
{
    const char *name = CMDQV_REAL(virDomainGetName)(call->domain);
    g_autoptr(cmdqvTopology) definition = NULL;

    if (!cmdqvFactsReadDefinition(call->domain, &definition, error) || !definition)
        return NULL;

    if (cmdqvDetachKeepsBoth(definition) && cmdqvAskIsActive(call->domain) == 1) {
        g_auto(cmdqvLive) live = { NULL, NULL, 0, NULL };
        cmdqvVerdict *verdict = NULL;

        if (!cmdqvFactsReadLive(call->domain, &live, error))
            return NULL;
        if (live.anchors)
            verdict = cmdqvPolicyDetachConfigOfAnchor(name, definition, live.topology, live.anchors, device);
        if (verdict)
            return verdict;
    }
    return cmdqvPolicyDetachConfig(name, definition, device);
}


static cmdqvVerdict *
cmdqvDetachJudge(const cmdqvDeviceCall *call, const cmdqvDevice *device, GError **error)
{
    g_autoptr(GError) reason = NULL;
    cmdqvVerdict *verdict = NULL;

    if (call->flags & VIR_DOMAIN_AFFECT_LIVE)
        verdict = cmdqvDetachJudgeLive(call, device, &reason);
    if (!verdict && !reason && (call->flags & VIR_DOMAIN_AFFECT_CONFIG))
        verdict = cmdqvDetachJudgeConfig(call, device, &reason);
    if (reason)
        g_propagate_error(error, g_steal_pointer(&reason));
    return verdict;
}


CMDQV_EXPORT int
virDomainDetachDevice(virDomainPtr domain, const char *xml)
{
    /* the function without flags is the live half alone (qemuDomainDetachDevice(), src/qemu/qemu_driver.c) */
    cmdqvDeviceCall call = {
        __func__, CMDQV_DETACH_ACTION, domain, xml, VIR_DOMAIN_AFFECT_LIVE, false, cmdqvDetachReal, cmdqvDetachJudge
    };

    return cmdqvDeviceCallRunXML(&call);
}


CMDQV_EXPORT int
virDomainDetachDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags)
{
    cmdqvDeviceCall call = {
        __func__, CMDQV_DETACH_ACTION, domain, xml, flags, false, cmdqvDetachFlagsReal, cmdqvDetachJudge
    };

    return cmdqvDeviceCallRunXML(&call);
}


CMDQV_EXPORT int
virDomainDetachDeviceAlias(virDomainPtr domain, const char *alias, unsigned int flags)
{
    cmdqvDeviceCall call = {
        __func__, CMDQV_DETACH_ACTION, domain, alias, flags, false, cmdqvDetachAliasReal, cmdqvDetachJudge
    };

    return cmdqvDeviceCallRunAlias(&call);
}
