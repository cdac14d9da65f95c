/*
 * api_detach.c: virDomainDetachDevice and similar functions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "daemon/query_as_daemon.h"
#include "layout/nova_request.h"
#include "plugin/daemon_context.h"
#include "plugin/device_call.h"
#include "plugin/domain_facts.h"
#include "plugin/nova_layout.h"
#include "policy/detach_policy.h"
#include "policy/rules_device.h"
#include "util/text.h"

#define CMDQV_API_DETACH_ACTION "detach a device from"


static int
cmdqvApiDetachReal(virDomainPtr domain, const char *xml, unsigned int flags G_GNUC_UNUSED)
{
    return CMDQV_REAL(virDomainDetachDevice)(domain, xml);
}


static int
cmdqvApiDetachFlagsReal(virDomainPtr domain, const char *xml, unsigned int flags)
{
    return CMDQV_REAL(virDomainDetachDeviceFlags)(domain, xml, flags);
}


static int
cmdqvApiDetachAliasReal(virDomainPtr domain, const char *alias, unsigned int flags)
{
    return CMDQV_REAL(virDomainDetachDeviceAlias)(domain, alias, flags);
}


/* Tells a client that detaches from the definition first that the definition has lost the device already. */
static void
cmdqvApiDetachNoteLost(const cmdqvDeviceCall *call, const cmdqvRunningDomain *live, const cmdqvDevice *device, cmdqvVerdict *verdict)
{
    g_autoptr(cmdqvTopology) definition = NULL;

    if (!(call->flags & VIR_DOMAIN_AFFECT_CONFIG) && cmdqvDomainFactsReadDefinition(call->domain, &definition, NULL) && definition)
        cmdqvDetachPolicyNoteLost(verdict, CMDQV_REAL(virDomainGetName)(call->domain), live->topology, live->anchors, definition, device);
}


/*
 * Nova detaches from the definition first, but for a suspend, a cold snapshot
 * and a live migration (_detach_pci_devices(), nova/virt/libvirt/driver.py).
 */
static bool
cmdqvApiDetachJudgeOneOfAll(const cmdqvDeviceCall *call, const cmdqvRunningDomain *live, const cmdqvDevice *device, cmdqvVerdict **verdict,
                            GError **error)
{
    g_autoptr(cmdqvTopology) definition = NULL;

    if (!cmdqvDomainFactsReadDefinition(call->domain, &definition, error))
        return false;
    if (definition)
        *verdict = cmdqvDetachPolicyOneOfAll(CMDQV_REAL(virDomainGetName)(call->domain), live->topology, live->anchors, definition, device);
    return true;
}


static bool
cmdqvApiDetachJudgeLive(const cmdqvDeviceCall *call, const cmdqvDevice *device, cmdqvVerdict **verdict, GError **error)
{
    g_auto(cmdqvRunningDomain) live = { .topology = NULL };

    if (!cmdqvDomainFactsReadLive(call->domain, &live, error))
        return false;
    if (live.anchors)
        *verdict = cmdqvDetachPolicyLive(CMDQV_REAL(virDomainGetName)(call->domain), live.topology, live.anchors, device);
    if (*verdict) {
        cmdqvApiDetachNoteLost(call, &live, device, *verdict);
        return true;
    }
    return !live.anchors || (call->flags & VIR_DOMAIN_AFFECT_CONFIG) || !cmdqvNovaRequestIsOfNova(live.topology) ||
        cmdqvApiDetachJudgeOneOfAll(call, &live, device, verdict, error);
}


/* Whether the definition must keep the anchor of the running domain. */
static bool
cmdqvApiDetachKeepsBoth(const cmdqvTopology *definition)
{
    const cmdqvSettings *settings = cmdqvDaemonContextSettings();

    switch (settings->configDetach) {
    case CMDQV_SETTINGS_CONFIG_DETACH_ALLOW:
        return false;

    case CMDQV_SETTINGS_CONFIG_DETACH_REFUSE:
        return true;

    case CMDQV_SETTINGS_CONFIG_DETACH_AUTO:
    case CMDQV_SETTINGS_CONFIG_DETACH_LAST:
    default:
        return cmdqvSettingsIsManaged(settings, definition);
    }
}


/* Whether the module removes a vSMMU of the definition together with its last device. */
static bool
cmdqvApiDetachIsLaidOut(virDomainPtr domain)
{
    g_autoptr(cmdqvTextMalloced) definition = NULL;

    return cmdqvDomainFactsXML(domain, VIR_DOMAIN_XML_INACTIVE, &definition, NULL) && definition && cmdqvNovaLayoutIsMade(definition);
}


static bool
cmdqvApiDetachJudgeConfig(const cmdqvDeviceCall *call, const cmdqvDevice *device, cmdqvVerdict **verdict, GError **error)
{
    const char *name = CMDQV_REAL(virDomainGetName)(call->domain);
    g_autoptr(cmdqvTopology) definition = NULL;

    if (!cmdqvDomainFactsReadDefinition(call->domain, &definition, error))
        return false;
    if (!definition)
        return true;

    if (cmdqvApiDetachKeepsBoth(definition) && cmdqvQueryAsDaemonIsActive(call->domain) == 1) {
        g_auto(cmdqvRunningDomain) live = { .topology = NULL };

        if (!cmdqvDomainFactsReadLive(call->domain, &live, error))
            return false;
        if (live.anchors)
            *verdict = cmdqvDetachPolicyConfigOfAnchor(name, definition, live.topology, live.anchors, device);
    }
    if (!*verdict)
        *verdict = cmdqvDetachPolicyConfig(name, definition, device);
    if (*verdict && g_strcmp0((*verdict)->rule, CMDQV_RULES_DEVICE_KEEP_CANDIDATE) == 0 && cmdqvApiDetachIsLaidOut(call->domain))
        g_clear_pointer(verdict, cmdqvVerdictFree);
    return true;
}


static bool
cmdqvApiDetachJudge(cmdqvDeviceCall *call, const cmdqvDevice *device, cmdqvVerdict **verdict, GError **error)
{
    *verdict = NULL;
    if ((call->flags & VIR_DOMAIN_AFFECT_LIVE) && !cmdqvApiDetachJudgeLive(call, device, verdict, error))
        return false;
    return *verdict || !(call->flags & VIR_DOMAIN_AFFECT_CONFIG) || cmdqvApiDetachJudgeConfig(call, device, verdict, error);
}


CMDQV_EXPORT int
virDomainDetachDevice(virDomainPtr domain, const char *xml)
{
    /* the function without flags is live only (qemuDomainDetachDevice(), src/qemu/qemu_driver.c) */
    cmdqvDeviceCall call = {
        .function = __func__,
        .action = CMDQV_API_DETACH_ACTION,
        .domain = domain,
        .what = xml,
        .flags = VIR_DOMAIN_AFFECT_LIVE,
        .real = cmdqvApiDetachReal,
        .judge = cmdqvApiDetachJudge,
    };

    return cmdqvDeviceCallRunXML(&call);
}


CMDQV_EXPORT int
virDomainDetachDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags)
{
    cmdqvDeviceCall call = {
        .function = __func__,
        .action = CMDQV_API_DETACH_ACTION,
        .domain = domain,
        .what = xml,
        .flags = flags,
        .real = cmdqvApiDetachFlagsReal,
        .judge = cmdqvApiDetachJudge,
    };

    return cmdqvDeviceCallRunXML(&call);
}


CMDQV_EXPORT int
virDomainDetachDeviceAlias(virDomainPtr domain, const char *alias, unsigned int flags)
{
    cmdqvDeviceCall call = {
        .function = __func__,
        .action = CMDQV_API_DETACH_ACTION,
        .domain = domain,
        .what = alias,
        .flags = flags,
        .real = cmdqvApiDetachAliasReal,
        .judge = cmdqvApiDetachJudge,
    };

    return cmdqvDeviceCallRunAlias(&call);
}
