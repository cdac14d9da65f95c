/*
 * lowering_device_calls.c: attach and detach devices of lowered domains
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/lowering_priv.h"

#include <string.h>

#include "conf/domain_edit.h"
#include "conf/domain_xml.h"
#include "conf/xml_read.h"
#include "daemon/acl_gate.h"
#include "daemon/definition_lock.h"
#include "daemon/domain_job.h"
#include "daemon/query_as_daemon.h"
#include "daemon/raise_error.h"
#include "lowering/lift.h"
#include "plugin/check_definition.h"
#include "plugin/domain_facts.h"
#include "plugin/lowering_xml.h"
#include "util/log.h"
#include "util/text.h"


/* Whether libvirt does all of the call: an armed gate changes nothing, and the domain may be of another driver. */
static bool
cmdqvLoweringIsLibvirts(virDomainPtr domain)
{
    return cmdqvAclGateIsArmed() || cmdqvAclGateIsOfOthers(CMDQV_NEXT(virDomainGetConnect)(domain));
}


/* Whether a libvirt without CMDQV would ignore parts of the device: an SMMU, or a host device. */
static bool
cmdqvLoweringIsHalfKnown(const char *xml)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, strlen(xml), NULL, NULL);
    const xmlNode *device = xmlDocGetRootElement(doc);

    return device && (cmdqvXMLReadIs(device, "hostdev") || cmdqvXMLReadIs(device, "iommu") ||
                      (cmdqvXMLReadIs(device, "interface") && g_strcmp0(cmdqvXMLReadAttr(device, "type"), "hostdev") == 0));
}


/* The definition of a domain as its client wrote it. */
static char *
cmdqvLoweringAskDefinition(virDomainPtr domain)
{
    g_autoptr(cmdqvTextMalloced) inactive = CMDQV_REAL(virDomainGetXMLDesc)(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
    char *definition = g_strdup(inactive);

    virResetLastError();
    return definition;
}


/* The definition that gets such a device; NULL if libvirt can add it itself. */
static char *
cmdqvLoweringDefinition(virDomainPtr domain, const char *xml, unsigned int flags)
{
    if (!domain || !xml || !(flags & VIR_DOMAIN_AFFECT_CONFIG) || cmdqvLoweringIsLibvirts(domain) ||
        !(cmdqvDomainXMLMayHaveSmmu(xml) || cmdqvDomainFactsMayHaveSmmu(domain, VIR_DOMAIN_AFFECT_CONFIG)) ||
        !cmdqvLoweringIsHalfKnown(xml))
        return NULL;
    return cmdqvLoweringAskDefinition(domain);
}


/* Returns @changed if it must be lowered, else frees it: then libvirt's own function makes the change. */
static char *
cmdqvLoweringKeepIfNeeded(virDomainPtr domain, char *changed)
{
    g_auto(cmdqvLoweringText) text = { .conn = NULL };

    if (changed && (cmdqvLoweringXMLIsNeeded(CMDQV_NEXT(virDomainGetConnect)(domain), changed) || cmdqvLoweringIsBad(changed, &text)))
        return changed;
    g_free(changed);
    return NULL;
}


typedef int (*cmdqvLoweringReal)(virDomainPtr domain, const char *what, unsigned int flags);

/* Adds, removes or changes a device; @changed is NULL if the definition stays as it is. */
typedef bool (*cmdqvLoweringEdit)(const char *definition, const char *what, char **changed, GError **error);

/* A call with a device that libvirt would only partly understand. */
typedef struct {
    const char *function;
    virDomainPtr domain;
    const char *what;       /* the XML of a device, or its alias */
    unsigned int flags;
    cmdqvLoweringReal real;
    cmdqvLoweringEdit edit;
    bool leaves;            /* the call removes a device, so the new definition may need no lowering */
} cmdqvLoweringCall;


/*
 * Whether libvirt accepts the flags and the state of the domain for this call,
 * with any device. It has already granted the call; on failure libvirt's own
 * error is set.
 */
static bool
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

    cmdqvRaiseError(CMDQV_DOMAIN_JOB_TIMEOUT_CODE, function, timeOut->message);
    cmdqvRaiseErrorDispatch(CMDQV_NEXT(virDomainGetConnect)(domain));
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
cmdqvLoweringLogDropped(virDomainPtr domain, const char *definition)
{
    g_autoptr(cmdqvVerdict) untold = cmdqvDomainXMLMayHaveSmmu(definition)
        ? NULL : cmdqvCheckDefinitionPlain(CMDQV_NEXT(virDomainGetConnect)(domain), NULL, definition);

    if (untold)
        cmdqvLogFailure("%s", untold->message);
}


/* The new definition; NULL if libvirt must handle the call: there is no such device, or it can do it itself. */
static char *
cmdqvLoweringEdited(const cmdqvLoweringCall *call, const char *definition)
{
    char *changed = NULL;

    (void)call->edit(definition, call->what, &changed, NULL);
    return call->leaves ? changed : cmdqvLoweringKeepIfNeeded(call->domain, changed);
}


/*
 * Reads the definition again under the lock, because other clients may have
 * changed it, and defines it with the change.
 */
static int
cmdqvLoweringChangeDefinition(const cmdqvLoweringCall *call)
{
    g_auto(cmdqvDefinitionLock) lock = CMDQV_DEFINITION_LOCK_NONE;
    g_autofree char *definition = NULL;
    g_autofree char *changed = NULL;

    if (!cmdqvDefinitionLockAlone(&lock, call->domain, CMDQV_DEFINITION_LOCK_SECONDS))
        return cmdqvLoweringTimeOut(call->domain, call->function);
    /* a transient domain has no definition */
    if (CMDQV_NEXT(virDomainIsPersistent)(call->domain) == 1)
        definition = cmdqvLoweringAskDefinition(call->domain);
    changed = definition ? cmdqvLoweringEdited(call, definition) : NULL;
    if (!changed)
        return call->real(call->domain, definition ? call->what : CMDQV_LOWERING_NOTHING,
                          call->flags & ~(unsigned int)VIR_DOMAIN_AFFECT_LIVE);
    if (cmdqvLoweringDefine(call->domain, changed) < 0)
        return -1;
    cmdqvLoweringLogDropped(call->domain, changed);
    return 0;
}


/* libvirt changes the running domain itself. */
static int
cmdqvLoweringChange(const cmdqvLoweringCall *call)
{
    if (!cmdqvLoweringMayChange(call->domain, call->flags, call->real))
        return -1;
    if ((call->flags & VIR_DOMAIN_AFFECT_LIVE) &&
        call->real(call->domain, call->what, call->flags & ~(unsigned int)VIR_DOMAIN_AFFECT_CONFIG) < 0)
        return -1;
    return cmdqvLoweringChangeDefinition(call);
}


static bool
cmdqvLoweringIsController(const char *xml)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, strlen(xml), NULL, NULL);

    return cmdqvXMLReadIsPCIController(xmlDocGetRootElement(doc));
}


static bool
cmdqvLoweringIsIommu(const char *xml)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, strlen(xml), NULL, NULL);

    return doc && cmdqvXMLReadIs(xmlDocGetRootElement(doc), "iommu");
}


static bool
cmdqvLoweringHasIommu(const char *definition)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(definition, strlen(definition), "domain", NULL);
    const xmlNode *devices = cmdqvXMLReadChild(xmlDocGetRootElement(doc), "devices");

    return devices && cmdqvXMLReadChild(devices, "iommu");
}


/* Refuses to attach an <iommu> to a definition with one, as 12.8 does, which allows several only in a new definition. */
static int
cmdqvLoweringRefuseSecond(virDomainPtr domain, unsigned int flags)
{
    virConnectPtr conn = CMDQV_NEXT(virDomainGetConnect)(domain);

    if (!cmdqvLoweringMayChange(domain, flags, CMDQV_NEXT(virDomainAttachDeviceFlags)))
        return -1;
    cmdqvRaiseErrorFrom(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "virDomainAttachDeviceFlags", "domain already has an iommu device");
    cmdqvRaiseErrorDispatch(conn);
    return -1;
}


/*
 * Whether a libvirt with CMDQV would refuse the device as invalid; then raises
 * its error, unless this libvirt refuses the call first.
 */
static bool
cmdqvLoweringIsBadDevice(virDomainPtr domain, const char *xml, unsigned int flags, const char *function, cmdqvLoweringReal real)
{
    g_auto(cmdqvLoweringText) text = { .conn = CMDQV_NEXT(virDomainGetConnect)(domain) };
    g_autofree char *around = NULL;

    /* other checks follow when the definition is lowered */
    if (!cmdqvDomainEditAddDevice("<domain><devices/></domain>", xml, &around, NULL) || !cmdqvLoweringIsBad(around, &text) || text.from != VIR_FROM_XML)
        return false;
    if (cmdqvLoweringMayChange(domain, flags, real)) {
        cmdqvRaiseErrorFrom(text.from, VIR_ERR_XML_ERROR, function, text.why);
        cmdqvRaiseErrorDispatch(text.conn);
    }
    return true;
}


/* Whether the definition has such a device, which libvirt does not know. */
static bool
cmdqvLoweringHas(const cmdqvLoweringCall *call)
{
    g_autofree char *definition = NULL;
    g_autofree char *without = NULL;

    if (!(call->flags & VIR_DOMAIN_AFFECT_CONFIG) || cmdqvLoweringIsLibvirts(call->domain) ||
        !cmdqvDomainFactsMayHaveSmmu(call->domain, VIR_DOMAIN_AFFECT_CONFIG))
        return false;
    definition = cmdqvLoweringAskDefinition(call->domain);
    if (!definition || !cmdqvLoweringXMLIsNeeded(CMDQV_NEXT(virDomainGetConnect)(call->domain), definition))
        return false;
    return call->edit(definition, call->what, &without, NULL) && without;
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

    if (!call->domain || !call->what || !(call->flags & VIR_DOMAIN_AFFECT_CONFIG) || cmdqvLoweringIsLibvirts(call->domain) ||
        !cmdqvDomainFactsMayHaveSmmu(call->domain, VIR_DOMAIN_AFFECT_CONFIG) || !cmdqvLoweringIsController(call->what))
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
        cmdqvLogFailure("domain '%s': its PCI controllers have changed, and it could not be lowered anew: %s; define it again",
                        CMDQV_NEXT(virDomainGetName)(call->domain), virGetLastErrorMessage());
        virResetLastError();
    }
    return status;
}


/* Calls cmdqvDomainEditReplaceDevice() for the device that the XML itself designates. */
static bool
cmdqvLoweringReplace(const char *definition, const char *xml, char **changed, GError **error)
{
    g_autoptr(cmdqvDevice) device = cmdqvDeviceXMLRead(xml, strlen(xml), error);

    return device && cmdqvDomainEditReplaceDevice(definition, device, xml, changed, error);
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
    const cmdqvLoweringCall call = {
        .function = "virDomainDetachDeviceFlags",
        .domain = domain,
        .what = xml,
        .flags = flags,
        .real = CMDQV_NEXT(virDomainDetachDeviceFlags),
        .edit = cmdqvDomainEditRemoveSmmu,
        .leaves = true,
    };

    if (domain && xml && cmdqvLoweringXMLMayDrop() && !cmdqvLoweringIsLibvirts(domain) && cmdqvLoweringIsIommu(xml)) {
        if (cmdqvLoweringIsBadDevice(domain, xml, flags, call.function, call.real))
            return -1;
        if (cmdqvLoweringHas(&call))
            return cmdqvLoweringChange(&call);
    }
    return cmdqvLoweringChangeController(&call);
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
    const cmdqvLoweringCall call = {
        .function = "virDomainDetachDeviceAlias",
        .domain = domain,
        .what = alias,
        .flags = flags,
        .real = CMDQV_NEXT(virDomainDetachDeviceAlias),
        .edit = cmdqvDomainEditRemoveAlias,
        .leaves = true,
    };

    if (domain && alias && cmdqvLoweringXMLMayDrop() && cmdqvLoweringHas(&call))
        return cmdqvLoweringChange(&call);
    return call.real(domain, alias, flags);
}


/**
 * cmdqvLoweringAttachDeviceFlags:
 * @domain: (nullable): a domain
 * @xml: (nullable): the XML of a device
 * @flags: of virDomainModificationImpact
 *
 * Adds a device that libvirt would only partly understand to the definition.
 *
 * Returns: as virDomainAttachDeviceFlags()
 */
int
cmdqvLoweringAttachDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags)
{
    const cmdqvLoweringCall call = {
        .function = "virDomainAttachDeviceFlags",
        .domain = domain,
        .what = xml,
        .flags = flags,
        .real = CMDQV_NEXT(virDomainAttachDeviceFlags),
        .edit = cmdqvDomainEditAddDevice,
    };
    g_autofree char *definition = cmdqvLoweringDefinition(domain, xml, flags);
    g_autofree char *changed = definition ? cmdqvLoweringEdited(&call, definition) : NULL;

    if (changed && cmdqvLoweringIsIommu(xml) && cmdqvLoweringHasIommu(definition))
        return cmdqvLoweringRefuseSecond(domain, flags);
    if (!changed)
        return cmdqvLoweringChangeController(&call);
    return cmdqvLoweringChange(&call);
}


/**
 * cmdqvLoweringUpdateDeviceFlags:
 * @domain: (nullable): a domain
 * @xml: (nullable): the XML of a device
 * @flags: of virDomainModificationImpact
 *
 * Replaces a device that libvirt would only partly understand in the
 * definition.
 *
 * Returns: as virDomainUpdateDeviceFlags()
 */
int
cmdqvLoweringUpdateDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags)
{
    const cmdqvLoweringCall call = {
        .function = "virDomainUpdateDeviceFlags",
        .domain = domain,
        .what = xml,
        .flags = flags,
        .real = CMDQV_NEXT(virDomainUpdateDeviceFlags),
        .edit = cmdqvLoweringReplace,
    };
    g_autofree char *definition = cmdqvLoweringDefinition(domain, xml, flags);
    g_autofree char *changed = definition ? cmdqvLoweringEdited(&call, definition) : NULL;

    return changed ? cmdqvLoweringChange(&call) : call.real(domain, xml, flags);
}
