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


static virConnectPtr
cmdqvLoweringConnect(virDomainPtr domain)
{
    return domain ? CMDQV_NEXT(virDomainGetConnect)(domain) : NULL;
}


/* The parameters, with the definition for libvirt in a copy that @copy gets; the caller's stay as they are. */
static virTypedParameterPtr
cmdqvLoweringParams(cmdqvLoweringText *text, virTypedParameterPtr params, int nparams, virTypedParameterPtr *copy)
{
    int i;

    if (!params || nparams <= 0)
        return params;
    *copy = g_memdup2(params, sizeof(*params) * (gsize)nparams);
    for (i = 0; i < nparams; i++) {
        if (params[i].type == VIR_TYPED_PARAM_STRING && strcmp(params[i].field, VIR_DOMAIN_SAVE_PARAM_DXML) == 0 && !text->lowered && !text->why)
            (*copy)[i].value.s = (char *)cmdqvLoweringIn(text, text->conn, text->function, params[i].value.s);
    }
    return *copy;
}


/* The XML and the parameters for libvirt, in a row of the table below. */
#define CMDQV_LOWERING_IN cmdqvLoweringIn(&text, text.conn, text.function, xml)
#define CMDQV_LOWERING_IN_FIRST cmdqvLoweringInFirst(&text, text.conn, text.function, xml)
#define CMDQV_LOWERING_IN_PARAMS cmdqvLoweringParams(&text, params, nparams, &copy)

/*
 * The functions with a definition from the caller: the type, the result on
 * failure, the name, the parameters, the connection and the arguments; then
 * those that return one.
 */
#define CMDQV_LOWERING_CALLS(IN, OUT) \
    IN(virDomainPtr, NULL, virDomainDefineXML, (virConnectPtr conn, const char *xml), \
       conn, (conn, CMDQV_LOWERING_IN_FIRST)) \
    IN(virDomainPtr, NULL, virDomainDefineXMLFlags, (virConnectPtr conn, const char *xml, unsigned int flags), \
       conn, (conn, CMDQV_LOWERING_IN_FIRST, flags)) \
    IN(virDomainPtr, NULL, virDomainCreateXML, (virConnectPtr conn, const char *xml, unsigned int flags), \
       conn, (conn, CMDQV_LOWERING_IN_FIRST, flags)) \
    IN(virDomainPtr, NULL, virDomainCreateXMLWithFiles, (virConnectPtr conn, const char *xml, unsigned int nfiles, int *files, unsigned int flags), \
       conn, (conn, CMDQV_LOWERING_IN_FIRST, nfiles, files, flags)) \
    IN(int, -1, virDomainSaveFlags, (virDomainPtr domain, const char *to, const char *xml, unsigned int flags), \
       cmdqvLoweringConnect(domain), (domain, to, CMDQV_LOWERING_IN, flags)) \
    IN(int, -1, virDomainSaveParams, (virDomainPtr domain, virTypedParameterPtr params, int nparams, unsigned int flags), \
       cmdqvLoweringConnect(domain), (domain, CMDQV_LOWERING_IN_PARAMS, nparams, flags)) \
    IN(int, -1, virDomainSaveImageDefineXML, (virConnectPtr conn, const char *file, const char *xml, unsigned int flags), \
       conn, (conn, file, CMDQV_LOWERING_IN, flags)) \
    IN(int, -1, virDomainManagedSaveDefineXML, (virDomainPtr domain, const char *xml, unsigned int flags), \
       cmdqvLoweringConnect(domain), (domain, CMDQV_LOWERING_IN, flags)) \
    IN(int, -1, virDomainRestoreFlags, (virConnectPtr conn, const char *from, const char *xml, unsigned int flags), \
       conn, (conn, from, CMDQV_LOWERING_IN, flags)) \
    IN(int, -1, virDomainRestoreParams, (virConnectPtr conn, virTypedParameterPtr params, int nparams, unsigned int flags), \
       conn, (conn, CMDQV_LOWERING_IN_PARAMS, nparams, flags)) \
    IN(virDomainSnapshotPtr, NULL, virDomainSnapshotCreateXML, (virDomainPtr domain, const char *xml, unsigned int flags), \
       cmdqvLoweringConnect(domain), (domain, CMDQV_LOWERING_IN, flags)) \
    IN(virDomainCheckpointPtr, NULL, virDomainCheckpointCreateXML, (virDomainPtr domain, const char *xml, unsigned int flags), \
       cmdqvLoweringConnect(domain), (domain, CMDQV_LOWERING_IN, flags)) \
    OUT(virDomainGetXMLDesc, (virDomainPtr domain, unsigned int flags), (domain, flags)) \
    OUT(virDomainSaveImageGetXMLDesc, (virConnectPtr conn, const char *file, unsigned int flags), (conn, file, flags)) \
    OUT(virDomainManagedSaveGetXMLDesc, (virDomainPtr domain, unsigned int flags), (domain, flags)) \
    OUT(virDomainSnapshotGetXMLDesc, (virDomainSnapshotPtr snapshot, unsigned int flags), (snapshot, flags)) \
    OUT(virDomainCheckpointGetXMLDesc, (virDomainCheckpointPtr checkpoint, unsigned int flags), (checkpoint, flags))

#define CMDQV_LOWERING_CALL_IN(type, failed, name, parameters, of, arguments) \
    static type \
    cmdqvLowering_##name parameters \
    { \
        g_auto(cmdqvLoweringText) text = { .conn = of, .function = #name }; \
        g_autofree virTypedParameterPtr copy G_GNUC_UNUSED = NULL;      /* only of rows with parameters */ \
        type result = CMDQV_NEXT(name) arguments; \
        \
        if (result == failed) \
            cmdqvLoweringRaise(&text); \
        return result; \
    }

#define CMDQV_LOWERING_CALL_OUT(name, parameters, arguments) \
    static char * \
    cmdqvLowering_##name parameters \
    { \
        return cmdqvLoweringXMLOut(CMDQV_NEXT(name) arguments); \
    }

CMDQV_LOWERING_CALLS(CMDQV_LOWERING_CALL_IN, CMDQV_LOWERING_CALL_OUT)


static bool
cmdqvLoweringHasArguments(const xmlDoc *doc)
{
    const xmlNode *node = xmlDocGetRootElement(doc)->children;

    while (node && !cmdqvDomainXMLIsPassthrough(node))
        node = node->next;
    return node;
}


/* The question to a libvirt that may drop SMMUs: without them, unless the user's own arguments may name them. */
static const char *
cmdqvLoweringQuestion(cmdqvLoweringText *text, const char *xml)
{
    bool lifted;
    g_autoptr(xmlDoc) doc = cmdqvLiftParse(xml, strlen(xml), "domain", &lifted, NULL);
    g_autoptr(xmlDoc) without = NULL;

    if (!doc || cmdqvLoweringHasArguments(doc))
        return cmdqvLoweringIn(text, text->conn, text->function, xml);
    if (!cmdqvAclGateIsArmed() && cmdqvLoweringDocIsBad(doc, text))
        return CMDQV_LOWERING_NOTHING;
    if (!cmdqvLoweringXMLDrops(text->conn, doc))
        return xml;
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


#define CMDQV_LOWERING_ROW(name, adapter) { .symbol = #name, .function = (gpointer)adapter },
#define CMDQV_LOWERING_ROW_IN(type, failed, name, ...) CMDQV_LOWERING_ROW(name, cmdqvLowering_##name)
#define CMDQV_LOWERING_ROW_OUT(name, ...) CMDQV_LOWERING_ROW(name, cmdqvLowering_##name)

static const struct {
    const char *symbol;
    gpointer function;
} cmdqvLoweringFunctions[] = {
    CMDQV_LOWERING_CALLS(CMDQV_LOWERING_ROW_IN, CMDQV_LOWERING_ROW_OUT)
    CMDQV_LOWERING_ROW(virConnectDomainXMLToNative, cmdqvLoweringXMLToNative)
    CMDQV_LOWERING_ROW(virDomainAttachDeviceFlags, cmdqvLoweringAttachDeviceFlags)
    CMDQV_LOWERING_ROW(virDomainDetachDeviceAlias, cmdqvLoweringDetachDeviceAlias)
    CMDQV_LOWERING_ROW(virDomainDetachDeviceFlags, cmdqvLoweringDetachDeviceFlags)
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
