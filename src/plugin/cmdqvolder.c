/*
 * cmdqvolder.c: an older libvirt, seen as one that knows CMDQV
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Everything else in the module calls libvirt by CMDQV_REAL() and comes by
 * here: a domain is lowered when it goes in and lifted when it comes out, so
 * that guards, rules and readers see on every libvirt what the client wrote.
 * On a libvirt that keeps cmdqv, what was lowered by an older one is lifted in
 * both directions: it is shown as it is meant, and becomes so when it is defined
 * the next time.
 */

#include "plugin/cmdqvolder.h"

#include <stdlib.h>
#include <string.h>

#include "conf/cmdqvdomainedit.h"
#include "conf/cmdqvdomainxml.h"
#include "conf/cmdqvstrict.h"
#include "conf/cmdqvxml.h"
#include "conf/cmdqvxmledit.h"
#include "plugin/cmdqvfacts.h"
#include "plugin/cmdqvfence.h"
#include "plugin/cmdqvjudge.h"
#include "plugin/cmdqvraise.h"
#include "plugin/cmdqvtranslate.h"
#include "qemu/cmdqvlift.h"
#include "qemu/cmdqvlower.h"
#include "util/cmdqverror.h"
#include "util/cmdqvlog.h"

/* No XML that means anything: libvirt looks at connection, rights and flags, and then stops. */
#define CMDQV_OLDER_NOTHING "<libvirt-cmdqv-access-check/>"

/* Some XML on its way into libvirt: what it has to get, and what it has to say where there is no such thing. */
typedef struct {
    virConnectPtr conn;
    const char *function;
    char *translated;
    char *why;
    virErrorDomain from;    /* whose words a newer libvirt would say; VIR_FROM_NONE: they are the module's */
} cmdqvOlderText;


static void
cmdqvOlderTextClear(cmdqvOlderText *text)
{
    g_clear_pointer(&text->translated, g_free);
    g_clear_pointer(&text->why, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvOlderText, cmdqvOlderTextClear)


/* Values that mean nothing to a libvirt that reads them, which this one does not. */
static bool
cmdqvOlderIsBad(const char *xml, cmdqvOlderText *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) doc = cmdqvDomainXMLMayHaveSmmu(xml) && cmdqvTranslateMayDrop()
        ? cmdqvXMLParse(xml, strlen(xml), NULL, &error) : NULL;
    bool isReaders;

    if (doc && cmdqvLiftDoc(doc))
        (void)cmdqvXMLEditIsWhole(doc, &error);
    if (g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MEMORY)) {
        text->why = g_strdup(error->message);
        return true;
    }
    if (!doc)
        return false;
    text->why = cmdqvStrictRefusal(doc, &isReaders);
    if (!text->why)
        return false;
    text->from = isReaders ? VIR_FROM_XML : VIR_FROM_DOMAIN;
    return true;
}


static const char *
cmdqvOlderIn(cmdqvOlderText *text, virConnectPtr conn, const char *function, const char *xml)
{
    *text = (cmdqvOlderText){ .conn = conn, .function = function };
    if (!conn || !xml)
        return xml;
    /* a call that will be refused goes as far as libvirt's own checks, with what the caller gave */
    if (cmdqvFenceIsClosed())
        return xml;
    if (cmdqvOlderIsBad(xml, text) || !cmdqvTranslateIn(conn, xml, &text->translated, &text->why))
        return CMDQV_OLDER_NOTHING;
    return text->translated ? text->translated : xml;
}


/* Where libvirt had nothing to say but that this is nothing, it is said what was. */
static void
cmdqvOlderRaise(const cmdqvOlderText *text)
{
    static const virErrorNumber aboutXML[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_XML_INVALID_SCHEMA,
                                               VIR_ERR_INTERNAL_ERROR };

    if (!text->why || !cmdqvLastErrorIsOneOf(aboutXML, G_N_ELEMENTS(aboutXML)))
        return;
    if (text->from == VIR_FROM_NONE) {
        cmdqvTranslateRaise(text->conn, text->function, text->why);
        return;
    }
    cmdqvRaiseErrorFrom(text->from, VIR_ERR_XML_ERROR, text->function, text->why);
    cmdqvRaiseDispatch(text->conn);
}


static virDomainPtr
cmdqvOlderDomain(const cmdqvOlderText *text, virDomainPtr domain)
{
    if (!domain)
        cmdqvOlderRaise(text);
    return domain;
}


static int
cmdqvOlderStatus(const cmdqvOlderText *text, int status)
{
    if (status < 0)
        cmdqvOlderRaise(text);
    return status;
}


static virConnectPtr
cmdqvOlderConnect(virDomainPtr domain)
{
    return domain ? CMDQV_NEXT(virDomainGetConnect)(domain) : NULL;
}


static virDomainPtr
cmdqvOlderDefineXML(virConnectPtr conn, const char *xml)
{
    g_auto(cmdqvOlderText) text = { 0 };
    const char *in = cmdqvOlderIn(&text, conn, "virDomainDefineXML", xml);

    return cmdqvOlderDomain(&text, CMDQV_NEXT(virDomainDefineXML)(conn, in));
}


static virDomainPtr
cmdqvOlderDefineXMLFlags(virConnectPtr conn, const char *xml, unsigned int flags)
{
    g_auto(cmdqvOlderText) text = { 0 };
    const char *in = cmdqvOlderIn(&text, conn, "virDomainDefineXMLFlags", xml);

    return cmdqvOlderDomain(&text, CMDQV_NEXT(virDomainDefineXMLFlags)(conn, in, flags));
}


static virDomainPtr
cmdqvOlderCreateXML(virConnectPtr conn, const char *xml, unsigned int flags)
{
    g_auto(cmdqvOlderText) text = { 0 };
    const char *in = cmdqvOlderIn(&text, conn, "virDomainCreateXML", xml);

    return cmdqvOlderDomain(&text, CMDQV_NEXT(virDomainCreateXML)(conn, in, flags));
}


static virDomainPtr
cmdqvOlderCreateXMLWithFiles(virConnectPtr conn, const char *xml, unsigned int nfiles, int *files, unsigned int flags)
{
    g_auto(cmdqvOlderText) text = { 0 };
    const char *in = cmdqvOlderIn(&text, conn, "virDomainCreateXMLWithFiles", xml);

    return cmdqvOlderDomain(&text, CMDQV_NEXT(virDomainCreateXMLWithFiles)(conn, in, nfiles, files, flags));
}


static int
cmdqvOlderSaveFlags(virDomainPtr domain, const char *to, const char *dxml, unsigned int flags)
{
    g_auto(cmdqvOlderText) text = { 0 };
    const char *in = cmdqvOlderIn(&text, cmdqvOlderConnect(domain), "virDomainSaveFlags", dxml);

    return cmdqvOlderStatus(&text, CMDQV_NEXT(virDomainSaveFlags)(domain, to, in, flags));
}


static int
cmdqvOlderSaveImageDefineXML(virConnectPtr conn, const char *file, const char *dxml, unsigned int flags)
{
    g_auto(cmdqvOlderText) text = { 0 };
    const char *in = cmdqvOlderIn(&text, conn, "virDomainSaveImageDefineXML", dxml);

    return cmdqvOlderStatus(&text, CMDQV_NEXT(virDomainSaveImageDefineXML)(conn, file, in, flags));
}


static int
cmdqvOlderManagedSaveDefineXML(virDomainPtr domain, const char *dxml, unsigned int flags)
{
    g_auto(cmdqvOlderText) text = { 0 };
    const char *in = cmdqvOlderIn(&text, cmdqvOlderConnect(domain), "virDomainManagedSaveDefineXML", dxml);

    return cmdqvOlderStatus(&text, CMDQV_NEXT(virDomainManagedSaveDefineXML)(domain, in, flags));
}


static int
cmdqvOlderRestoreFlags(virConnectPtr conn, const char *from, const char *dxml, unsigned int flags)
{
    g_auto(cmdqvOlderText) text = { 0 };
    const char *in = cmdqvOlderIn(&text, conn, "virDomainRestoreFlags", dxml);

    return cmdqvOlderStatus(&text, CMDQV_NEXT(virDomainRestoreFlags)(conn, from, in, flags));
}


/* A copy of the parameters in which the definition points to what libvirt has to get; the caller's are not touched. */
static virTypedParameterPtr
cmdqvOlderParams(cmdqvOlderText *text, virConnectPtr conn, const char *function, const char *name,
                 virTypedParameterPtr params, int nparams)
{
    virTypedParameterPtr copy = params && nparams > 0 ? g_new(virTypedParameter, nparams) : NULL;
    int i;

    if (copy)
        memcpy(copy, params, sizeof(*params) * (gsize)nparams);
    *text = (cmdqvOlderText){ .conn = conn, .function = function };
    for (i = 0; copy && i < nparams; i++) {
        if (copy[i].type == VIR_TYPED_PARAM_STRING && strcmp(copy[i].field, name) == 0 && !text->translated && !text->why)
            copy[i].value.s = (char *)cmdqvOlderIn(text, conn, function, copy[i].value.s);
    }
    return copy;
}


static int
cmdqvOlderSaveParams(virDomainPtr domain, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    g_auto(cmdqvOlderText) text = { 0 };
    g_autofree virTypedParameterPtr in = cmdqvOlderParams(&text, cmdqvOlderConnect(domain), "virDomainSaveParams",
                                                          VIR_DOMAIN_SAVE_PARAM_DXML, params, nparams);

    return cmdqvOlderStatus(&text, CMDQV_NEXT(virDomainSaveParams)(domain, in ? in : params, nparams, flags));
}


static int
cmdqvOlderRestoreParams(virConnectPtr conn, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    g_auto(cmdqvOlderText) text = { 0 };
    g_autofree virTypedParameterPtr in = cmdqvOlderParams(&text, conn, "virDomainRestoreParams", VIR_DOMAIN_SAVE_PARAM_DXML,
                                                          params, nparams);

    return cmdqvOlderStatus(&text, CMDQV_NEXT(virDomainRestoreParams)(conn, in ? in : params, nparams, flags));
}


static virDomainSnapshotPtr
cmdqvOlderSnapshotCreateXML(virDomainPtr domain, const char *xml, unsigned int flags)
{
    g_auto(cmdqvOlderText) text = { 0 };
    const char *in = cmdqvOlderIn(&text, cmdqvOlderConnect(domain), "virDomainSnapshotCreateXML", xml);
    virDomainSnapshotPtr snapshot = CMDQV_NEXT(virDomainSnapshotCreateXML)(domain, in, flags);

    if (!snapshot)
        cmdqvOlderRaise(&text);
    return snapshot;
}


static virDomainCheckpointPtr
cmdqvOlderCheckpointCreateXML(virDomainPtr domain, const char *xml, unsigned int flags)
{
    g_auto(cmdqvOlderText) text = { 0 };
    const char *in = cmdqvOlderIn(&text, cmdqvOlderConnect(domain), "virDomainCheckpointCreateXML", xml);
    virDomainCheckpointPtr checkpoint = CMDQV_NEXT(virDomainCheckpointCreateXML)(domain, in, flags);

    if (!checkpoint)
        cmdqvOlderRaise(&text);
    return checkpoint;
}


static char *
cmdqvOlderGetXMLDesc(virDomainPtr domain, unsigned int flags)
{
    return cmdqvTranslateOut(CMDQV_NEXT(virDomainGetXMLDesc)(domain, flags));
}


static char *
cmdqvOlderSaveImageGetXMLDesc(virConnectPtr conn, const char *file, unsigned int flags)
{
    return cmdqvTranslateOut(CMDQV_NEXT(virDomainSaveImageGetXMLDesc)(conn, file, flags));
}


static char *
cmdqvOlderManagedSaveGetXMLDesc(virDomainPtr domain, unsigned int flags)
{
    return cmdqvTranslateOut(CMDQV_NEXT(virDomainManagedSaveGetXMLDesc)(domain, flags));
}


static char *
cmdqvOlderSnapshotGetXMLDesc(virDomainSnapshotPtr snapshot, unsigned int flags)
{
    return cmdqvTranslateOut(CMDQV_NEXT(virDomainSnapshotGetXMLDesc)(snapshot, flags));
}


static char *
cmdqvOlderCheckpointGetXMLDesc(virDomainCheckpointPtr checkpoint, unsigned int flags)
{
    return cmdqvTranslateOut(CMDQV_NEXT(virDomainCheckpointGetXMLDesc)(checkpoint, flags));
}


/*
 * What the module asks this for is where devices go.  A libvirt that drops the
 * SMMUs is asked without them, unless arguments of the user's own may name
 * them.
 */
static char *
cmdqvOlderXMLToNative(virConnectPtr conn, const char *format, const char *xml, unsigned int flags)
{
    g_auto(cmdqvOlderText) text = { .conn = conn, .function = "virConnectDomainXMLToNative" };
    g_autofree char *without = NULL;
    char *native;

    if (conn && xml && !cmdqvFenceIsClosed() && cmdqvOlderIsBad(xml, &text)) {
        xml = CMDQV_OLDER_NOTHING;
    } else if (conn && xml && cmdqvTranslateIsNeeded(conn, xml)) {
        if (!cmdqvTranslateHasPassthrough(xml))
            xml = without = cmdqvLowerWithout(xml);
        else
            xml = cmdqvOlderIn(&text, conn, "virConnectDomainXMLToNative", xml);
    }
    native = CMDQV_NEXT(virConnectDomainXMLToNative)(conn, format, xml, flags);
    if (!native)
        cmdqvOlderRaise(&text);
    return native;
}


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

    if (!(flags & VIR_DOMAIN_AFFECT_CONFIG) || !cmdqvFactsMayHaveSmmu(domain, VIR_DOMAIN_AFFECT_CONFIG))
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


static int
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


static int
cmdqvOlderDetachDeviceAlias(virDomainPtr domain, const char *alias, unsigned int flags)
{
    g_autofree char *changed = domain && alias && cmdqvTranslateMayDrop()
        ? cmdqvOlderWithout(domain, alias, flags, cmdqvDomainEditRemoveAlias) : NULL;

    if (changed)
        return cmdqvOlderTakeOut(domain, alias, changed, flags, CMDQV_NEXT(virDomainDetachDeviceAlias));
    return CMDQV_NEXT(virDomainDetachDeviceAlias)(domain, alias, flags);
}


static int
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


static int
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


/**
 * cmdqvOlderNative:
 * @conn: the caller's connection
 * @format: of the command line
 * @xml: domain XML
 * @flags: libvirt has none
 *
 * The command line for a client, who is shown all of it.
 *
 * Returns: (transfer full): as virConnectDomainXMLToNative()
 */
char *
cmdqvOlderNative(virConnectPtr conn, const char *format, const char *xml, unsigned int flags)
{
    g_auto(cmdqvOlderText) text = { 0 };
    const char *in = cmdqvOlderIn(&text, conn, "virConnectDomainXMLToNative", xml);
    char *native = CMDQV_NEXT(virConnectDomainXMLToNative)(conn, format, in, flags);

    if (!native)
        cmdqvOlderRaise(&text);
    return native;
}


#define CMDQV_OLDER(name, function) { #name, (gpointer)function }

static const struct {
    const char *name;
    gpointer function;
} cmdqvOlderFunctions[] = {
    CMDQV_OLDER(virConnectDomainXMLToNative, cmdqvOlderXMLToNative),
    CMDQV_OLDER(virDomainAttachDeviceFlags, cmdqvOlderAttachDeviceFlags),
    CMDQV_OLDER(virDomainCheckpointCreateXML, cmdqvOlderCheckpointCreateXML),
    CMDQV_OLDER(virDomainCheckpointGetXMLDesc, cmdqvOlderCheckpointGetXMLDesc),
    CMDQV_OLDER(virDomainCreateXML, cmdqvOlderCreateXML),
    CMDQV_OLDER(virDomainCreateXMLWithFiles, cmdqvOlderCreateXMLWithFiles),
    CMDQV_OLDER(virDomainDefineXML, cmdqvOlderDefineXML),
    CMDQV_OLDER(virDomainDefineXMLFlags, cmdqvOlderDefineXMLFlags),
    CMDQV_OLDER(virDomainDetachDeviceAlias, cmdqvOlderDetachDeviceAlias),
    CMDQV_OLDER(virDomainDetachDeviceFlags, cmdqvOlderDetachDeviceFlags),
    CMDQV_OLDER(virDomainGetXMLDesc, cmdqvOlderGetXMLDesc),
    CMDQV_OLDER(virDomainManagedSaveDefineXML, cmdqvOlderManagedSaveDefineXML),
    CMDQV_OLDER(virDomainManagedSaveGetXMLDesc, cmdqvOlderManagedSaveGetXMLDesc),
    CMDQV_OLDER(virDomainRestoreFlags, cmdqvOlderRestoreFlags),
    CMDQV_OLDER(virDomainRestoreParams, cmdqvOlderRestoreParams),
    CMDQV_OLDER(virDomainSaveFlags, cmdqvOlderSaveFlags),
    CMDQV_OLDER(virDomainSaveImageDefineXML, cmdqvOlderSaveImageDefineXML),
    CMDQV_OLDER(virDomainSaveImageGetXMLDesc, cmdqvOlderSaveImageGetXMLDesc),
    CMDQV_OLDER(virDomainSaveParams, cmdqvOlderSaveParams),
    CMDQV_OLDER(virDomainSnapshotCreateXML, cmdqvOlderSnapshotCreateXML),
    CMDQV_OLDER(virDomainSnapshotGetXMLDesc, cmdqvOlderSnapshotGetXMLDesc),
    CMDQV_OLDER(virDomainUpdateDeviceFlags, cmdqvOlderUpdateDeviceFlags),
};


/**
 * cmdqvOlderFind:
 * @name: name of a function of libvirt
 *
 * Returns: (nullable): what is to be called in its place
 */
gpointer
cmdqvOlderFind(const char *name)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cmdqvOlderFunctions); i++) {
        if (strcmp(cmdqvOlderFunctions[i].name, name) == 0)
            return cmdqvOlderFunctions[i].function;
    }
    return NULL;
}
