/*
 * lowering_device_calls.c: attach and detach devices of lowered domains
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/lowering_priv.h"

#include <string.h>

#include "conf/domain_edit.h"
#include "conf/domain_xml.h"
#include "conf/xml_edit.h"
#include "daemon/acl_gate.h"
#include "daemon/domain_job.h"
#include "daemon/query_as_daemon.h"
#include "daemon/raise_error.h"
#include "lowering/lift.h"
#include "plugin/check_definition.h"
#include "plugin/definition_lock.h"
#include "plugin/domain_facts.h"
#include "plugin/lowering_xml.h"
#include "plugin/nova_refusal.h"
#include "util/text.h"


/* Whether libvirt does all of the call: an armed gate changes nothing, and the domain may be of another driver. */
static bool
cmdqvLoweringIsLibvirts(virDomainPtr domain)
{
    return cmdqvAclGateIsArmed() || cmdqvAclGateIsOfOthers(CMDQV_NEXT(virDomainGetConnect)(domain));
}


/* The definition of a domain as its client wrote it. */
static xmlDoc *
cmdqvLoweringAskDefinition(virDomainPtr domain)
{
    g_autoptr(cmdqvTextMalloced) inactive = CMDQV_REAL(virDomainGetXMLDesc)(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);

    virResetLastError();
    return inactive ? cmdqvXMLReadParse(inactive, strlen(inactive), "domain", NULL) : NULL;
}


/* A call that removes an SMMU, which libvirt does not know, or changes a PCI controller. */
typedef struct {
    const char *function;
    virDomainPtr domain;
    const char *what;       /* the XML of a device, or its alias */
    const cmdqvDevice *device;  /* the same, read */
    unsigned int flags;
    cmdqvLoweringReal real;
} cmdqvLoweringCall;


/**
 * cmdqvLoweringMayChange:
 * @domain: a domain
 * @flags: of a call with a device that libvirt has granted
 * @real: its function
 *
 * Returns: true if libvirt accepts the flags and the state of the domain for this
 * call, with any device; on failure libvirt's own error is set
 */
bool
cmdqvLoweringMayChange(virDomainPtr domain, unsigned int flags, cmdqvLoweringReal real)
{
    static const virErrorNumber aboutDevice[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_CONFIG_UNSUPPORTED,
                                                  VIR_ERR_INTERNAL_ERROR, VIR_ERR_DEVICE_MISSING };
    bool isPlain = !(flags & ~(unsigned int)(VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)) &&
        !((flags & VIR_DOMAIN_AFFECT_LIVE) && cmdqvQueryAsDaemonIsActive(domain) == 0) &&
        !((flags & VIR_DOMAIN_AFFECT_CONFIG) && cmdqvQueryAsDaemonIsPersistent(domain) == 0);

    if (!isPlain && real(domain, CMDQV_LOWERING_NOTHING, flags) < 0 && !cmdqvRaiseErrorLastErrorIsOneOf(aboutDevice, G_N_ELEMENTS(aboutDevice)))
        return false;
    virResetLastError();
    return true;
}


static int
cmdqvLoweringTimeOut(virDomainPtr domain, const char *function)
{
    g_autoptr(cmdqvVerdict) timeOut = cmdqvDomainJobTimeOut();

    cmdqvNovaRefusalRaise(CMDQV_NEXT(virDomainGetConnect)(domain), domain, NULL, CMDQV_DOMAIN_JOB_TIMEOUT_CODE, function, timeOut);
    return -1;
}


/* Defines the domain again; the caller has the lock of the definition. */
static int
cmdqvLoweringDefine(virDomainPtr domain, const char *definition)
{
    virDomainPtr defined = CMDQV_REAL(virDomainDefineXML)(CMDQV_NEXT(virDomainGetConnect)(domain), definition);

    if (!defined)
        return -1;
    (void)CMDQV_NEXT(virDomainFree)(defined);
    return 0;
}


/* Logs the parts that libvirt drops from the definition after the last vSMMU has been removed. */
static void
cmdqvLoweringLogDropped(virDomainPtr domain, xmlDoc *definition, const char *text)
{
    g_autoptr(cmdqvVerdict) untold = !cmdqvDomainXMLMayHaveSmmu(text) && strstr(text, "iommufd") && cmdqvLoweringXMLMayDrop()
        ? cmdqvCheckDefinitionPlain(CMDQV_NEXT(virDomainGetConnect)(domain), NULL, definition) : NULL;

    if (untold)
        cmdqvNovaRefusalWarn(untold, domain);
}


/*
 * Reads the definition again under the lock, because other clients may have
 * changed it, and defines it with the change.
 */
static int
cmdqvLoweringRemoveFromDefinition(const cmdqvLoweringCall *call)
{
    g_auto(cmdqvDefinitionLock) lock = CMDQV_DEFINITION_LOCK_NONE;
    g_autoptr(xmlDoc) definition = NULL;
    g_autofree char *changed = NULL;

    if (!cmdqvDefinitionLockAlone(&lock, call->domain, CMDQV_DEFINITION_LOCK_SECONDS))
        return cmdqvLoweringTimeOut(call->domain, call->function);
    /* a transient domain has no definition */
    if (CMDQV_NEXT(virDomainIsPersistent)(call->domain) == 1)
        definition = cmdqvLoweringAskDefinition(call->domain);
    changed = definition && cmdqvDomainEditRemoveDevice(definition, call->device) ? cmdqvXMLEditDump(definition, NULL) : NULL;
    if (!changed)
        return call->real(call->domain, definition ? call->what : CMDQV_LOWERING_NOTHING,
                          call->flags & ~(unsigned int)VIR_DOMAIN_AFFECT_LIVE);
    if (cmdqvLoweringDefine(call->domain, changed) < 0)
        return -1;
    cmdqvLoweringLogDropped(call->domain, definition, changed);
    return 0;
}


/* libvirt changes the running domain itself. */
static int
cmdqvLoweringRemove(const cmdqvLoweringCall *call)
{
    if (!cmdqvLoweringMayChange(call->domain, call->flags, call->real))
        return -1;
    if ((call->flags & VIR_DOMAIN_AFFECT_LIVE) &&
        call->real(call->domain, call->what, call->flags & ~(unsigned int)VIR_DOMAIN_AFFECT_CONFIG) < 0)
        return -1;
    return cmdqvLoweringRemoveFromDefinition(call);
}


/*
 * Whether a libvirt with CMDQV would refuse the device as invalid; then raises
 * its error, unless this libvirt refuses the call first.
 */
static bool
cmdqvLoweringIsBadDevice(const cmdqvLoweringCall *call)
{
    g_auto(cmdqvLoweringText) text = { .conn = CMDQV_NEXT(virDomainGetConnect)(call->domain) };
    g_autoptr(xmlDoc) around = cmdqvDomainEditAround(call->device);

    /* other checks follow when the definition is lowered */
    if (!around || !cmdqvLoweringDocIsBad(around, &text) || text.from != VIR_FROM_XML)
        return false;
    if (cmdqvLoweringMayChange(call->domain, call->flags, call->real)) {
        cmdqvRaiseErrorFrom(text.from, VIR_ERR_XML_ERROR, call->function, text.why);
        cmdqvRaiseErrorDispatch(text.conn);
    }
    return true;
}


/* Whether the definition has such a device, which libvirt does not know. */
static bool
cmdqvLoweringHas(const cmdqvLoweringCall *call)
{
    g_autoptr(xmlDoc) definition = NULL;

    if (!(call->flags & VIR_DOMAIN_AFFECT_CONFIG) || cmdqvLoweringIsLibvirts(call->domain) ||
        !cmdqvDomainFactsMayHaveSmmu(call->domain, VIR_DOMAIN_AFFECT_CONFIG))
        return false;
    definition = cmdqvLoweringAskDefinition(call->domain);
    return definition && cmdqvLoweringXMLDocIsNeeded(CMDQV_NEXT(virDomainGetConnect)(call->domain), definition, NULL) &&
        cmdqvDomainEditRemoveDevice(definition, call->device);
}


/* The definition as libvirt keeps it, which may be lowered. */
static char *
cmdqvLoweringAskKept(virDomainPtr domain)
{
    char *inactive = CMDQV_NEXT(virDomainIsPersistent)(domain) == 1
        ? CMDQV_NEXT(virDomainGetXMLDesc)(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE) : NULL;
    char *definition = g_strdup(inactive);

    virResetLastError();
    free(inactive);
    return definition;
}


/* Whether the call changes the PCI controllers of a definition that is lowered. */
static bool
cmdqvLoweringIsOfLowered(const cmdqvLoweringCall *call)
{
    g_autofree char *kept = NULL;
    g_autofree char *lifted = NULL;
    g_autoptr(cmdqvDevice) device = NULL;

    if (!call->domain || !call->what || !(call->flags & VIR_DOMAIN_AFFECT_CONFIG) || !strstr(call->what, "controller") ||
        cmdqvLoweringIsLibvirts(call->domain) || !cmdqvDomainFactsMayHaveSmmu(call->domain, VIR_DOMAIN_AFFECT_CONFIG))
        return false;
    device = cmdqvDeviceXMLParse(call->what, strlen(call->what), NULL);
    if (!device || !cmdqvXMLReadIsPCIController(xmlDocGetRootElement(device->doc)))
        return false;
    kept = cmdqvLoweringAskKept(call->domain);
    return kept && cmdqvLiftXML(kept, &lifted, NULL) && lifted;
}


/* Lowers the definition again, as it is now. */
static bool
cmdqvLoweringAgain(virDomainPtr domain)
{
    g_autofree char *kept = cmdqvLoweringAskKept(domain);
    g_autofree char *lifted = NULL;

    if (!kept || !cmdqvLiftXML(kept, &lifted, NULL) || (!lifted && !cmdqvLiftXMLClaimed(kept, &lifted, NULL)))
        return false;
    return lifted && cmdqvLoweringDefine(domain, lifted) == 0;
}


/*
 * Adds or removes a PCI controller, and lowers the definition again: libvirt only
 * changes the shadows of those behind a vSMMU, and the arguments in the
 * definition still are the old ones. So its record is not true until then, and
 * no other client may see it.
 */
static int
cmdqvLoweringChangeController(const cmdqvLoweringCall *call)
{
    g_auto(cmdqvDefinitionLock) lock = CMDQV_DEFINITION_LOCK_NONE;
    int status;

    if (!cmdqvLoweringIsOfLowered(call))
        return call->real(call->domain, call->what, call->flags);
    if (!cmdqvDefinitionLockAlone(&lock, call->domain, CMDQV_DEFINITION_LOCK_SECONDS))
        return cmdqvLoweringTimeOut(call->domain, call->function);
    status = call->real(call->domain, call->what, call->flags);
    if (status >= 0 && !cmdqvLoweringAgain(call->domain)) {
        g_autoptr(cmdqvVerdict) failure = cmdqvVerdictNew(g_strdup_printf(
            "domain '%s': its PCI controllers have changed, and it could not be lowered anew: %s; define it again",
            CMDQV_NEXT(virDomainGetName)(call->domain), virGetLastErrorMessage()));

        cmdqvNovaRefusalWarn(failure, call->domain);
        virResetLastError();
    }
    return status;
}


/* The SMMU that libvirt does not know; NULL if it is another device, or libvirt handles the call. */
static cmdqvDevice *
cmdqvLoweringReadIommu(virDomainPtr domain, const char *xml)
{
    g_autoptr(cmdqvDevice) device = domain && xml && strstr(xml, "<iommu") && cmdqvLoweringXMLMayDrop() && !cmdqvLoweringIsLibvirts(domain)
        ? cmdqvDeviceXMLParse(xml, strlen(xml), NULL) : NULL;

    return device && cmdqvXMLReadIs(xmlDocGetRootElement(device->doc), "iommu") ? g_steal_pointer(&device) : NULL;
}


/**
 * cmdqvLoweringDetachDeviceFlags:
 * @domain: (nullable): a domain
 * @xml: (nullable): the XML of a device
 * @flags: of virDomainModificationImpact
 *
 * Removes an SMMU, which libvirt does not know, from the definition.
 *
 * Returns: as virDomainDetachDeviceFlags()
 */
int
cmdqvLoweringDetachDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags)
{
    g_autoptr(cmdqvDevice) device = NULL;
    cmdqvLoweringCall call = {
        .function = "virDomainDetachDeviceFlags",
        .domain = domain,
        .what = xml,
        .flags = flags,
        .real = CMDQV_NEXT(virDomainDetachDeviceFlags),
    };

    call.device = device = cmdqvLoweringReadIommu(domain, xml);
    if (device && cmdqvLoweringIsBadDevice(&call))
        return -1;
    return device && cmdqvLoweringHas(&call) ? cmdqvLoweringRemove(&call) : cmdqvLoweringChangeController(&call);
}


/**
 * cmdqvLoweringDetachDeviceAlias:
 * @domain: (nullable): a domain
 * @alias: (nullable): the alias of a device
 * @flags: of virDomainModificationImpact
 *
 * Removes an SMMU, which libvirt does not know, from the definition.
 *
 * Returns: as virDomainDetachDeviceAlias()
 */
int
cmdqvLoweringDetachDeviceAlias(virDomainPtr domain, const char *alias, unsigned int flags)
{
    g_autoptr(cmdqvDevice) device = cmdqvDeviceNewAlias(alias);
    const cmdqvLoweringCall call = {
        .function = "virDomainDetachDeviceAlias",
        .domain = domain,
        .what = alias,
        .device = device,
        .flags = flags,
        .real = CMDQV_NEXT(virDomainDetachDeviceAlias),
    };

    if (domain && alias && cmdqvLoweringXMLMayDrop() && cmdqvLoweringHas(&call))
        return cmdqvLoweringRemove(&call);
    return call.real(domain, alias, flags);
}


/**
 * cmdqvLoweringAttachDeviceFlags:
 * @domain: (nullable): a domain
 * @xml: (nullable): the XML of a device
 * @flags: of virDomainModificationImpact
 *
 * Refuses an SMMU with an invalid value, which libvirt would ignore. Lowers the
 * definition again if the device is a PCI controller.
 *
 * Returns: as virDomainAttachDeviceFlags()
 */
int
cmdqvLoweringAttachDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags)
{
    g_autoptr(cmdqvDevice) device = cmdqvLoweringReadIommu(domain, xml);
    const cmdqvLoweringCall call = {
        .function = "virDomainAttachDeviceFlags",
        .domain = domain,
        .what = xml,
        .device = device,
        .flags = flags,
        .real = CMDQV_NEXT(virDomainAttachDeviceFlags),
    };

    return device && cmdqvLoweringIsBadDevice(&call) ? -1 : cmdqvLoweringChangeController(&call);
}
