/*
 * lowering_calls.c: make a libvirt without CMDQV look like one with it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All other files of the module call libvirt by CMDQV_REAL(), which calls these
 * functions: they lower a domain on input and lift it on output, so guards,
 * rules and readers see the client's XML with every libvirt. With a libvirt
 * that supports cmdqv, they lift domains that were lowered for an earlier
 * version, on input and output: clients see the original XML, and the next
 * definition stores it.
 */

#include "plugin/lowering_calls.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "conf/xml_edit.h"
#include "daemon/acl_gate.h"
#include "lowering/lift.h"
#include "lowering/lower.h"
#include "plugin/lowering_priv.h"
#include "plugin/lowering_xml.h"


static virDomainPtr
cmdqvLoweringDomain(const cmdqvLoweringText *text, virDomainPtr domain)
{
    if (!domain)
        cmdqvLoweringRaise(text);
    return domain;
}


static int
cmdqvLoweringStatus(const cmdqvLoweringText *text, int status)
{
    if (status < 0)
        cmdqvLoweringRaise(text);
    return status;
}


static virConnectPtr
cmdqvLoweringConnect(virDomainPtr domain)
{
    return domain ? CMDQV_NEXT(virDomainGetConnect)(domain) : NULL;
}


static virDomainPtr
cmdqvLoweringDefineXML(virConnectPtr conn, const char *xml)
{
    g_auto(cmdqvLoweringText) text = { .conn = NULL };
    const char *in = cmdqvLoweringInFirst(&text, conn, "virDomainDefineXML", xml, false);

    return cmdqvLoweringDomain(&text, CMDQV_NEXT(virDomainDefineXML)(conn, in));
}


static virDomainPtr
cmdqvLoweringDefineXMLFlags(virConnectPtr conn, const char *xml, unsigned int flags)
{
    g_auto(cmdqvLoweringText) text = { .conn = NULL };
    const char *in = cmdqvLoweringInFirst(&text, conn, "virDomainDefineXMLFlags", xml, flags & VIR_DOMAIN_DEFINE_VALIDATE);

    return cmdqvLoweringDomain(&text, CMDQV_NEXT(virDomainDefineXMLFlags)(conn, in, flags));
}


static virDomainPtr
cmdqvLoweringCreateXML(virConnectPtr conn, const char *xml, unsigned int flags)
{
    g_auto(cmdqvLoweringText) text = { .conn = NULL };
    const char *in = cmdqvLoweringInFirst(&text, conn, "virDomainCreateXML", xml, flags & VIR_DOMAIN_START_VALIDATE);

    return cmdqvLoweringDomain(&text, CMDQV_NEXT(virDomainCreateXML)(conn, in, flags));
}


static virDomainPtr
cmdqvLoweringCreateXMLWithFiles(virConnectPtr conn, const char *xml, unsigned int nfiles, int *files, unsigned int flags)
{
    g_auto(cmdqvLoweringText) text = { .conn = NULL };
    const char *in = cmdqvLoweringInFirst(&text, conn, "virDomainCreateXMLWithFiles", xml, flags & VIR_DOMAIN_START_VALIDATE);

    return cmdqvLoweringDomain(&text, CMDQV_NEXT(virDomainCreateXMLWithFiles)(conn, in, nfiles, files, flags));
}


static int
cmdqvLoweringSaveFlags(virDomainPtr domain, const char *to, const char *dxml, unsigned int flags)
{
    g_auto(cmdqvLoweringText) text = { .conn = NULL };
    const char *in = cmdqvLoweringIn(&text, cmdqvLoweringConnect(domain), "virDomainSaveFlags", dxml);

    return cmdqvLoweringStatus(&text, CMDQV_NEXT(virDomainSaveFlags)(domain, to, in, flags));
}


static int
cmdqvLoweringSaveImageDefineXML(virConnectPtr conn, const char *file, const char *dxml, unsigned int flags)
{
    g_auto(cmdqvLoweringText) text = { .conn = NULL };
    const char *in = cmdqvLoweringIn(&text, conn, "virDomainSaveImageDefineXML", dxml);

    return cmdqvLoweringStatus(&text, CMDQV_NEXT(virDomainSaveImageDefineXML)(conn, file, in, flags));
}


static int
cmdqvLoweringManagedSaveDefineXML(virDomainPtr domain, const char *dxml, unsigned int flags)
{
    g_auto(cmdqvLoweringText) text = { .conn = NULL };
    const char *in = cmdqvLoweringIn(&text, cmdqvLoweringConnect(domain), "virDomainManagedSaveDefineXML", dxml);

    return cmdqvLoweringStatus(&text, CMDQV_NEXT(virDomainManagedSaveDefineXML)(domain, in, flags));
}


static int
cmdqvLoweringRestoreFlags(virConnectPtr conn, const char *from, const char *dxml, unsigned int flags)
{
    g_auto(cmdqvLoweringText) text = { .conn = NULL };
    const char *in = cmdqvLoweringIn(&text, conn, "virDomainRestoreFlags", dxml);

    return cmdqvLoweringStatus(&text, CMDQV_NEXT(virDomainRestoreFlags)(conn, from, in, flags));
}


/* A copy of the parameters with the definition for libvirt; the caller's stay as they are. */
static virTypedParameterPtr
cmdqvLoweringParams(cmdqvLoweringText *text, virConnectPtr conn, const char *function, const char *name,
                    virTypedParameterPtr params, int nparams)
{
    virTypedParameterPtr copy = params && nparams > 0 ? g_new(virTypedParameter, nparams) : NULL;
    int i;

    if (copy)
        memcpy(copy, params, sizeof(*params) * (gsize)nparams);
    *text = (cmdqvLoweringText){ .conn = conn, .function = function };
    for (i = 0; copy && i < nparams; i++) {
        if (copy[i].type == VIR_TYPED_PARAM_STRING && strcmp(copy[i].field, name) == 0 && !text->lowered && !text->why)
            copy[i].value.s = (char *)cmdqvLoweringIn(text, conn, function, copy[i].value.s);
    }
    return copy;
}


static int
cmdqvLoweringSaveParams(virDomainPtr domain, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    g_auto(cmdqvLoweringText) text = { .conn = NULL };
    g_autofree virTypedParameterPtr in = cmdqvLoweringParams(&text, cmdqvLoweringConnect(domain), "virDomainSaveParams",
                                                             VIR_DOMAIN_SAVE_PARAM_DXML, params, nparams);

    return cmdqvLoweringStatus(&text, CMDQV_NEXT(virDomainSaveParams)(domain, in ? in : params, nparams, flags));
}


static int
cmdqvLoweringRestoreParams(virConnectPtr conn, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    g_auto(cmdqvLoweringText) text = { .conn = NULL };
    g_autofree virTypedParameterPtr in = cmdqvLoweringParams(&text, conn, "virDomainRestoreParams", VIR_DOMAIN_SAVE_PARAM_DXML,
                                                             params, nparams);

    return cmdqvLoweringStatus(&text, CMDQV_NEXT(virDomainRestoreParams)(conn, in ? in : params, nparams, flags));
}


static virDomainSnapshotPtr
cmdqvLoweringSnapshotCreateXML(virDomainPtr domain, const char *xml, unsigned int flags)
{
    g_auto(cmdqvLoweringText) text = { .conn = NULL };
    const char *in = cmdqvLoweringIn(&text, cmdqvLoweringConnect(domain), "virDomainSnapshotCreateXML", xml);
    virDomainSnapshotPtr snapshot = CMDQV_NEXT(virDomainSnapshotCreateXML)(domain, in, flags);

    if (!snapshot)
        cmdqvLoweringRaise(&text);
    return snapshot;
}


static virDomainCheckpointPtr
cmdqvLoweringCheckpointCreateXML(virDomainPtr domain, const char *xml, unsigned int flags)
{
    g_auto(cmdqvLoweringText) text = { .conn = NULL };
    const char *in = cmdqvLoweringIn(&text, cmdqvLoweringConnect(domain), "virDomainCheckpointCreateXML", xml);
    virDomainCheckpointPtr checkpoint = CMDQV_NEXT(virDomainCheckpointCreateXML)(domain, in, flags);

    if (!checkpoint)
        cmdqvLoweringRaise(&text);
    return checkpoint;
}


static char *
cmdqvLoweringGetXMLDesc(virDomainPtr domain, unsigned int flags)
{
    return cmdqvLoweringXMLOut(CMDQV_NEXT(virDomainGetXMLDesc)(domain, flags));
}


static char *
cmdqvLoweringSaveImageGetXMLDesc(virConnectPtr conn, const char *file, unsigned int flags)
{
    return cmdqvLoweringXMLOut(CMDQV_NEXT(virDomainSaveImageGetXMLDesc)(conn, file, flags));
}


static char *
cmdqvLoweringManagedSaveGetXMLDesc(virDomainPtr domain, unsigned int flags)
{
    return cmdqvLoweringXMLOut(CMDQV_NEXT(virDomainManagedSaveGetXMLDesc)(domain, flags));
}


static char *
cmdqvLoweringSnapshotGetXMLDesc(virDomainSnapshotPtr snapshot, unsigned int flags)
{
    return cmdqvLoweringXMLOut(CMDQV_NEXT(virDomainSnapshotGetXMLDesc)(snapshot, flags));
}


static char *
cmdqvLoweringCheckpointGetXMLDesc(virDomainCheckpointPtr checkpoint, unsigned int flags)
{
    return cmdqvLoweringXMLOut(CMDQV_NEXT(virDomainCheckpointGetXMLDesc)(checkpoint, flags));
}


/* The question to a libvirt that may drop SMMUs: without them, unless the user's own arguments may name them. */
static const char *
cmdqvLoweringQuestion(cmdqvLoweringText *text, const char *xml)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, strlen(xml), "domain", NULL);
    g_autoptr(xmlDoc) without = NULL;
    g_autoptr(cmdqvTopology) topology = NULL;

    if (doc)
        (void)cmdqvLiftDoc(doc);
    if (!doc || !cmdqvXMLEditIsWhole(doc, NULL))
        return cmdqvLoweringIn(text, text->conn, text->function, xml);
    if (!cmdqvAclGateIsArmed() && cmdqvLoweringDocIsBad(doc, text))
        return CMDQV_LOWERING_NOTHING;
    topology = cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), NULL);
    if (!topology || !cmdqvLoweringXMLDocIsNeeded(text->conn, doc, topology))
        return xml;
    if (topology->passthroughArgs)
        return cmdqvLoweringIn(text, text->conn, text->function, xml);
    without = cmdqvLowerWithout(doc);
    text->lowered = without ? cmdqvXMLEditFormat(without, NULL) : NULL;
    return text->lowered;
}


/* The module calls this for the addresses of devices. */
static char *
cmdqvLoweringXMLToNative(virConnectPtr conn, const char *format, const char *xml, unsigned int flags)
{
    g_auto(cmdqvLoweringText) text = { .conn = conn, .function = "virConnectDomainXMLToNative" };
    bool mayDrop = conn && xml && !cmdqvLoweringXMLKeeps() && cmdqvDomainXMLMayHaveSmmu(xml);
    const char *in = mayDrop ? cmdqvLoweringQuestion(&text, xml) : xml;
    char *native = CMDQV_NEXT(virConnectDomainXMLToNative)(conn, format, in, flags);

    if (!native)
        cmdqvLoweringRaise(&text);
    return native;
}


/**
 * cmdqvLoweringNative:
 * @conn: the caller's connection
 * @format: format of the command line
 * @xml: domain XML
 * @flags: libvirt has none
 *
 * The whole command line, for a client.
 *
 * Returns: (transfer full): as virConnectDomainXMLToNative()
 */
char *
cmdqvLoweringNative(virConnectPtr conn, const char *format, const char *xml, unsigned int flags)
{
    g_auto(cmdqvLoweringText) text = { .conn = NULL };
    const char *in = cmdqvLoweringIn(&text, conn, "virConnectDomainXMLToNative", xml);
    char *native = CMDQV_NEXT(virConnectDomainXMLToNative)(conn, format, in, flags);

    if (!native)
        cmdqvLoweringRaise(&text);
    return native;
}


#define CMDQV_LOWERING(name, adapter) { .symbol = #name, .function = (gpointer)adapter }

static const struct {
    const char *symbol;
    gpointer function;
} cmdqvLoweringFunctions[] = {
    CMDQV_LOWERING(virConnectDomainXMLToNative, cmdqvLoweringXMLToNative),
    CMDQV_LOWERING(virDomainAttachDeviceFlags, cmdqvLoweringAttachDeviceFlags),
    CMDQV_LOWERING(virDomainCheckpointCreateXML, cmdqvLoweringCheckpointCreateXML),
    CMDQV_LOWERING(virDomainCheckpointGetXMLDesc, cmdqvLoweringCheckpointGetXMLDesc),
    CMDQV_LOWERING(virDomainCreateXML, cmdqvLoweringCreateXML),
    CMDQV_LOWERING(virDomainCreateXMLWithFiles, cmdqvLoweringCreateXMLWithFiles),
    CMDQV_LOWERING(virDomainDefineXML, cmdqvLoweringDefineXML),
    CMDQV_LOWERING(virDomainDefineXMLFlags, cmdqvLoweringDefineXMLFlags),
    CMDQV_LOWERING(virDomainDetachDeviceAlias, cmdqvLoweringDetachDeviceAlias),
    CMDQV_LOWERING(virDomainDetachDeviceFlags, cmdqvLoweringDetachDeviceFlags),
    CMDQV_LOWERING(virDomainGetXMLDesc, cmdqvLoweringGetXMLDesc),
    CMDQV_LOWERING(virDomainManagedSaveDefineXML, cmdqvLoweringManagedSaveDefineXML),
    CMDQV_LOWERING(virDomainManagedSaveGetXMLDesc, cmdqvLoweringManagedSaveGetXMLDesc),
    CMDQV_LOWERING(virDomainRestoreFlags, cmdqvLoweringRestoreFlags),
    CMDQV_LOWERING(virDomainRestoreParams, cmdqvLoweringRestoreParams),
    CMDQV_LOWERING(virDomainSaveFlags, cmdqvLoweringSaveFlags),
    CMDQV_LOWERING(virDomainSaveImageDefineXML, cmdqvLoweringSaveImageDefineXML),
    CMDQV_LOWERING(virDomainSaveImageGetXMLDesc, cmdqvLoweringSaveImageGetXMLDesc),
    CMDQV_LOWERING(virDomainSaveParams, cmdqvLoweringSaveParams),
    CMDQV_LOWERING(virDomainSnapshotCreateXML, cmdqvLoweringSnapshotCreateXML),
    CMDQV_LOWERING(virDomainSnapshotGetXMLDesc, cmdqvLoweringSnapshotGetXMLDesc),
    CMDQV_LOWERING(virDomainUpdateDeviceFlags, cmdqvLoweringUpdateDeviceFlags),
};


/**
 * cmdqvLoweringFind:
 * @name: name of a function of libvirt
 *
 * Returns: (nullable): the function to call instead
 */
gpointer
cmdqvLoweringFind(const char *name)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cmdqvLoweringFunctions); i++) {
        if (strcmp(cmdqvLoweringFunctions[i].symbol, name) == 0)
            return cmdqvLoweringFunctions[i].function;
    }
    return NULL;
}
