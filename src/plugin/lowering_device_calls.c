/*
 * plugin/lowering_device_calls.c: devices that come into a domain of an older libvirt, or leave it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/lowering_priv.h"

#include <stdlib.h>
#include <string.h>

#include "conf/domain_edit.h"
#include "conf/domain_xml.h"
#include "conf/xml_read.h"
#include "plugin/domain_facts.h"
#include "daemon/acl_gate.h"
#include "plugin/check_definition.h"
#include "daemon/raise_error.h"
#include "plugin/lowering_xml.h"
#include "util/log.h"


/* What an older libvirt would only half understand: an SMMU, or a device of the host. */
static bool
cmdqvOlderIsHalfKnown(const char *xml)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(xml, strlen(xml), NULL, NULL);
    const xmlNode *device = doc ? xmlDocGetRootElement(doc) : NULL;

    return device && (cmdqvXMLIs(device, "hostdev") || cmdqvXMLIs(device, "iommu") ||
                      (cmdqvXMLIs(device, "interface") && g_strcmp0(cmdqvXMLAttr(device, "type"), "hostdev") == 0));
}


/* The definition of a domain as its client wrote it. */
static char *
cmdqvOlderAskDefinition(virDomainPtr domain)
{
    char *inactive = cmdqvOlderGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
    char *definition = g_strdup(inactive);

    virResetLastError();
    free(inactive);
    return definition;
}


/* The definition that such a device is to come into; NULL where libvirt can do that itself. */
static char *
cmdqvOlderDefinition(virDomainPtr domain, const char *xml, unsigned int flags)
{
    /* behind a closed fence nothing is done, and the look might be a wait */
    if (!domain || !xml || !(flags & VIR_DOMAIN_AFFECT_CONFIG) || cmdqvFenceIsClosed() ||
        !(cmdqvDomainXMLMayHaveSmmu(xml) || cmdqvFactsMayHaveSmmu(domain, VIR_DOMAIN_AFFECT_CONFIG)) ||
        !cmdqvOlderIsHalfKnown(xml))
        return NULL;
    return cmdqvOlderAskDefinition(domain);
}


/* Takes over @changed where it is for an older libvirt: on a newer one libvirt's own function does it. */
static char *
cmdqvOlderKeepIfNeeded(virDomainPtr domain, char *changed)
{
    g_auto(cmdqvOlderText) text = { 0 };

    if (changed && (cmdqvTranslateIsNeeded(CMDQV_NEXT(virDomainGetConnect)(domain), changed) || cmdqvOlderIsBad(changed, &text)))
        return changed;
    g_free(changed);
    return NULL;
}


typedef int (*cmdqvOlderReal)(virDomainPtr domain, const char *what, unsigned int flags);


/* Whether libvirt would let the caller change the domain so, whatever the device. */
static bool
cmdqvOlderMayChange(virDomainPtr domain, unsigned int flags, cmdqvOlderReal real)
{
    static const virErrorNumber aboutDevice[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_CONFIG_UNSUPPORTED,
                                                  VIR_ERR_INTERNAL_ERROR, VIR_ERR_DEVICE_MISSING };

    if (real(domain, CMDQV_OLDER_NOTHING, flags) < 0 && !cmdqvLastErrorIsOneOf(aboutDevice, G_N_ELEMENTS(aboutDevice)))
        return false;
    virResetLastError();
    return true;
}


/* The definition with the device in it, or without it, defined anew; the running domain's half is libvirt's. */
static int
cmdqvOlderChange(virDomainPtr domain, const char *what, const char *changed, unsigned int flags, cmdqvOlderReal real)
{
    virDomainPtr defined;

    if (!cmdqvOlderMayChange(domain, flags, real))
        return -1;
    if ((flags & VIR_DOMAIN_AFFECT_LIVE) && real(domain, what, flags & ~(unsigned int)VIR_DOMAIN_AFFECT_CONFIG) < 0)
        return -1;
    defined = cmdqvOlderDefineXML(CMDQV_NEXT(virDomainGetConnect)(domain), changed);
    if (!defined)
        return -1;
    (void)CMDQV_NEXT(virDomainFree)(defined);
    return 0;
}


static bool
cmdqvOlderIsController(const char *xml)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(xml, strlen(xml), NULL, NULL);
    const xmlNode *device = doc ? xmlDocGetRootElement(doc) : NULL;

    return device && cmdqvXMLIs(device, "controller") && g_strcmp0(cmdqvXMLAttr(device, "type"), "pci") == 0;
}


static bool
cmdqvOlderIsIommu(const char *xml)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(xml, strlen(xml), NULL, NULL);

    return doc && cmdqvXMLIs(xmlDocGetRootElement(doc), "iommu");
}


static bool
cmdqvOlderHasIommu(const char *definition)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(definition, strlen(definition), "domain", NULL);
    const xmlNode *devices = doc ? cmdqvXMLChild(xmlDocGetRootElement(doc), "devices") : NULL;

    return devices && cmdqvXMLChild(devices, "iommu");
}


/* An <iommu> that comes into a definition that has one: 12.8 lets a client define several, and attach none to them. */
static int
cmdqvOlderRefuseSecond(virDomainPtr domain, unsigned int flags)
{
    virConnectPtr conn = CMDQV_NEXT(virDomainGetConnect)(domain);

    if (!cmdqvOlderMayChange(domain, flags, CMDQV_NEXT(virDomainAttachDeviceFlags)))
        return -1;
    cmdqvRaiseErrorFrom(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "virDomainAttachDeviceFlags", "domain already has an iommu device");
    cmdqvRaiseDispatch(conn);
    return -1;
}


/* Whether the device means nothing to a libvirt that reads it, which is what is said then, where libvirt would get that far. */
static bool
cmdqvOlderIsBadDevice(virDomainPtr domain, const char *xml, unsigned int flags, const char *function, cmdqvOlderReal real)
{
    g_auto(cmdqvOlderText) text = { .conn = CMDQV_NEXT(virDomainGetConnect)(domain) };
    g_autofree char *around = cmdqvDomainEditAddDevice("<domain><devices/></domain>", xml, NULL);

    /* what hangs together in it is looked at where it comes in */
    if (!around || !cmdqvOlderIsBad(around, &text) || text.from != VIR_FROM_XML)
        return false;
    if (cmdqvOlderMayChange(domain, flags, real)) {
        cmdqvRaiseErrorFrom(text.from, VIR_ERR_XML_ERROR, function, text.why);
        cmdqvRaiseDispatch(text.conn);
    }
    return true;
}


/* The definition without the device that @removeFrom finds in it; NULL where libvirt has to answer. */
static char *
cmdqvOlderWithout(virDomainPtr domain, const char *what, unsigned int flags,
                  char *(*removeFrom)(const char *definition, const char *what, GError **error))
{
    g_autofree char *definition = NULL;

    /* behind a closed fence nothing is done, and the look might be a wait */
    if (!(flags & VIR_DOMAIN_AFFECT_CONFIG) || cmdqvFenceIsClosed() || !cmdqvFactsMayHaveSmmu(domain, VIR_DOMAIN_AFFECT_CONFIG))
        return NULL;
    definition = cmdqvOlderAskDefinition(domain);
    if (!definition || !cmdqvTranslateIsNeeded(CMDQV_NEXT(virDomainGetConnect)(domain), definition))
        return NULL;
    return removeFrom(definition, what, NULL);
}


/*
 * A PCI controller came into a definition, or left it.  libvirt knows the
 * shadows of those behind a vSMMU, and the arguments still are those of before:
 * the definition is lowered anew, as it is now.
 */
static int
cmdqvOlderControllerChanged(virDomainPtr domain, const char *xml, unsigned int flags, int status)
{
    virConnectPtr conn;
    virDomainPtr defined;
    char *inactive;

    if (status < 0 || !(flags & VIR_DOMAIN_AFFECT_CONFIG) || !cmdqvOlderIsController(xml) ||
        !cmdqvFactsMayHaveSmmu(domain, VIR_DOMAIN_AFFECT_CONFIG))
        return status;
    conn = CMDQV_NEXT(virDomainGetConnect)(domain);
    inactive = cmdqvOlderGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
    if (inactive && cmdqvTranslateIsNeeded(conn, inactive)) {
        defined = cmdqvOlderDefineXML(conn, inactive);
        if (defined)
            (void)CMDQV_NEXT(virDomainFree)(defined);
        else
            cmdqvLogFailure("domain '%s': its PCI controllers have changed, and it could not be lowered anew: %s; define it again",
                            CMDQV_NEXT(virDomainGetName)(domain), virGetLastErrorMessage());
    }
    virResetLastError();
    free(inactive);
    return status;
}


/* With the last vSMMU the definition is libvirt's alone, and what that drops is told. */
static int
cmdqvOlderTakeOut(virDomainPtr domain, const char *what, const char *changed, unsigned int flags, cmdqvOlderReal real)
{
    g_autoptr(cmdqvVerdict) untold = NULL;

    if (cmdqvOlderChange(domain, what, changed, flags, real) < 0)
        return -1;
    if (!cmdqvDomainXMLMayHaveSmmu(changed))
        untold = cmdqvJudgePlain(CMDQV_NEXT(virDomainGetConnect)(domain), NULL, changed);
    if (untold)
        cmdqvLogFailure("%s", untold->message);
    return 0;
}


/**
 * cmdqvOlderDetachDeviceFlags:
 * @domain: (nullable): a domain
 * @xml: (nullable): the XML of a device
 * @flags: of virDomainModificationImpact
 *
 * An SMMU, which libvirt does not know to be there, is taken out of the
 * definition here.
 *
 * Returns: as virDomainDetachDeviceFlags()
 */
int
cmdqvOlderDetachDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags)
{
    g_autofree char *changed = NULL;

    if (domain && xml && cmdqvTranslateMayDrop() && cmdqvOlderIsIommu(xml)) {
        if (cmdqvOlderIsBadDevice(domain, xml, flags, "virDomainDetachDeviceFlags", CMDQV_NEXT(virDomainDetachDeviceFlags)))
            return -1;
        changed = cmdqvOlderWithout(domain, xml, flags, cmdqvDomainEditRemoveSmmu);
    }
    if (changed)
        return cmdqvOlderTakeOut(domain, xml, changed, flags, CMDQV_NEXT(virDomainDetachDeviceFlags));
    return cmdqvOlderControllerChanged(domain, xml, flags, CMDQV_NEXT(virDomainDetachDeviceFlags)(domain, xml, flags));
}


/**
 * cmdqvOlderDetachDeviceAlias:
 * @domain: (nullable): a domain
 * @alias: (nullable): the alias of a device
 * @flags: of virDomainModificationImpact
 *
 * An SMMU, which libvirt does not know to be there, is taken out of the
 * definition here.
 *
 * Returns: as virDomainDetachDeviceAlias()
 */
int
cmdqvOlderDetachDeviceAlias(virDomainPtr domain, const char *alias, unsigned int flags)
{
    g_autofree char *changed = domain && alias && cmdqvTranslateMayDrop()
        ? cmdqvOlderWithout(domain, alias, flags, cmdqvDomainEditRemoveAlias) : NULL;

    if (changed)
        return cmdqvOlderTakeOut(domain, alias, changed, flags, CMDQV_NEXT(virDomainDetachDeviceAlias));
    return CMDQV_NEXT(virDomainDetachDeviceAlias)(domain, alias, flags);
}


/**
 * cmdqvOlderAttachDeviceFlags:
 * @domain: (nullable): a domain
 * @xml: (nullable): the XML of a device
 * @flags: of virDomainModificationImpact
 *
 * What libvirt would only half understand comes into the definition here.
 *
 * Returns: as virDomainAttachDeviceFlags()
 */
int
cmdqvOlderAttachDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags)
{
    g_autofree char *definition = cmdqvOlderDefinition(domain, xml, flags);
    g_autofree char *changed = NULL;

    if (definition)
        changed = cmdqvOlderKeepIfNeeded(domain, cmdqvDomainEditAddDevice(definition, xml, NULL));
    if (changed && cmdqvOlderIsIommu(xml) && cmdqvOlderHasIommu(definition))
        return cmdqvOlderRefuseSecond(domain, flags);
    if (!changed)
        return cmdqvOlderControllerChanged(domain, xml, flags, CMDQV_NEXT(virDomainAttachDeviceFlags)(domain, xml, flags));
    return cmdqvOlderChange(domain, xml, changed, flags, CMDQV_NEXT(virDomainAttachDeviceFlags));
}


/**
 * cmdqvOlderUpdateDeviceFlags:
 * @domain: (nullable): a domain
 * @xml: (nullable): the XML of a device
 * @flags: of virDomainModificationImpact
 *
 * What libvirt would only half understand is exchanged in the definition here.
 *
 * Returns: as virDomainUpdateDeviceFlags()
 */
int
cmdqvOlderUpdateDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags)
{
    g_autofree char *definition = cmdqvOlderDefinition(domain, xml, flags);
    g_autoptr(cmdqvDevice) device = definition ? cmdqvDeviceXMLRead(xml, strlen(xml), NULL) : NULL;
    g_autofree char *changed = NULL;

    if (device)
        changed = cmdqvOlderKeepIfNeeded(domain, cmdqvDomainEditReplaceDevice(definition, device, xml, NULL));
    if (!changed)
        return CMDQV_NEXT(virDomainUpdateDeviceFlags)(domain, xml, flags);
    return cmdqvOlderChange(domain, xml, changed, flags, CMDQV_NEXT(virDomainUpdateDeviceFlags));
}
