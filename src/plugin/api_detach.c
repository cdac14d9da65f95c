/*
 * api_detach.c: virDomainDetachDevice and similar functions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "daemon/query_as_daemon.h"
#include "plugin/daemon_context.h"
#include "plugin/device_call.h"
#include "plugin/domain_facts.h"
#include "plugin/nova_layout.h"
#include "policy/detach_policy.h"
#include "policy/rules_device.h"
#include "util/text.h"


/* Tells a client that detaches from the definition first that the definition has lost the device already. */
static void
cmdqvApiDetachNoteLost(const cmdqvApiCall *call, const cmdqvRunningDomain *live, const cmdqvDevice *device, cmdqvVerdict *verdict)
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
cmdqvApiDetachJudgeOneOfAll(const cmdqvApiCall *call, const cmdqvRunningDomain *live, const cmdqvDevice *device, cmdqvVerdict **verdict,
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
cmdqvApiDetachJudgeLive(const cmdqvApiCall *call, const cmdqvDevice *device, cmdqvVerdict **verdict, GError **error)
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
    return !live.anchors || (call->flags & VIR_DOMAIN_AFFECT_CONFIG) || !cmdqvTopologyIsOfNova(live.topology) ||
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
cmdqvApiDetachJudgeConfig(const cmdqvApiCall *call, const cmdqvDevice *device, cmdqvVerdict **verdict, GError **error)
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
cmdqvApiDetachJudge(cmdqvApiCall *call, cmdqvVerdict **verdict, GError **error)
{
    *verdict = NULL;
    if ((call->flags & VIR_DOMAIN_AFFECT_LIVE) && !cmdqvApiDetachJudgeLive(call, call->device, verdict, error))
        return false;
    return *verdict || !(call->flags & VIR_DOMAIN_AFFECT_CONFIG) || cmdqvApiDetachJudgeConfig(call, call->device, verdict, error);
}


static const cmdqvDeviceCallKind cmdqvApiDetachKind = { .action = "detach a device from", .judge = cmdqvApiDetachJudge };
static const cmdqvDeviceCallKind cmdqvApiDetachAliasKind = { .action = "detach a device from", .isAlias = true, .judge = cmdqvApiDetachJudge };

/* the function without flags is live only (qemuDomainDetachDevice(), src/qemu/qemu_driver.c) */
CMDQV_DEVICE_CALL(virDomainDetachDevice, (virDomainPtr domain, const char *xml), (domain, xml), xml, VIR_DOMAIN_AFFECT_LIVE, cmdqvApiDetachKind)

CMDQV_DEVICE_CALL(virDomainDetachDeviceFlags, (virDomainPtr domain, const char *xml, unsigned int flags), (domain, xml, call.flags), xml, flags,
                  cmdqvApiDetachKind)

CMDQV_DEVICE_CALL(virDomainDetachDeviceAlias, (virDomainPtr domain, const char *alias, unsigned int flags), (domain, alias, call.flags), alias,
                  flags, cmdqvApiDetachAliasKind)
