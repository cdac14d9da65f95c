/*
 * plugin/lowering_calls.c: an older libvirt, seen as one that knows CMDQV
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

#include "plugin/lowering_calls.h"

#include <string.h>

#include "daemon/acl_gate.h"
#include "plugin/lowering_priv.h"
#include "plugin/lowering_xml.h"
#include "lowering/lower.h"


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


/**
 * cmdqvOlderDefineXML:
 * @conn: (nullable): the caller's connection
 * @xml: (nullable): domain XML
 *
 * Returns: (transfer full): as virDomainDefineXML()
 */
virDomainPtr
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


/**
 * cmdqvOlderGetXMLDesc:
 * @domain: (nullable): a domain
 * @flags: of virDomainXMLFlags
 *
 * Returns: (transfer full): as virDomainGetXMLDesc(), and as its client wrote it
 */
char *
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
