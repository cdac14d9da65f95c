/*
 * plugin/api_define.c: virDomainDefineXML, virDomainCreateXML and their like
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "plugin/close_ports.h"
#include "daemon/acl_gate.h"
#include "plugin/check_definition.h"
#include "plugin/nova_layout.h"
#include "plugin/check_started.h"
#include "daemon/domain_job.h"

/* One call, whichever of the four functions it came through. */
typedef struct {
    const char *function;
    virConnectPtr conn;
    const char *xml;
    unsigned int nfiles;
    int *files;
    unsigned int flags;
    bool persistent;
    virDomainPtr (*real)(virConnectPtr conn, const char *xml, unsigned int nfiles, int *files, unsigned int flags);
} cmdqvDefineCall;


static virDomainPtr
cmdqvDefineReal(virConnectPtr conn, const char *xml, unsigned int nfiles G_GNUC_UNUSED, int *files G_GNUC_UNUSED,
                unsigned int flags G_GNUC_UNUSED)
{
    return CMDQV_REAL(virDomainDefineXML)(conn, xml);
}


static virDomainPtr
cmdqvDefineFlagsReal(virConnectPtr conn, const char *xml, unsigned int nfiles G_GNUC_UNUSED, int *files G_GNUC_UNUSED,
                     unsigned int flags)
{
    return CMDQV_REAL(virDomainDefineXMLFlags)(conn, xml, flags);
}


static virDomainPtr
cmdqvCreateReal(virConnectPtr conn, const char *xml, unsigned int nfiles G_GNUC_UNUSED, int *files G_GNUC_UNUSED,
                unsigned int flags)
{
    return CMDQV_REAL(virDomainCreateXML)(conn, xml, flags);
}


static virDomainPtr
cmdqvCreateFilesReal(virConnectPtr conn, const char *xml, unsigned int nfiles, int *files, unsigned int flags)
{
    return CMDQV_REAL(virDomainCreateXMLWithFiles)(conn, xml, nfiles, files, flags);
}


/* What has been found sound goes in, completed; what is only defined can be completed a second time. */
static virDomainPtr
cmdqvDefinePass(const cmdqvDefineCall *call, const cmdqvDefinition *definition, cmdqvTurn *turn)
{
    g_autofree char *completed = cmdqvCompleteXML(definition);
    const char *xml = completed ? completed : call->xml;
    virDomainPtr domain = call->real(call->conn, xml, call->nfiles, call->files, call->flags);

    cmdqvTurnEnd(turn);
    if (domain && call->persistent && definition->unplaced)
        cmdqvCompleteDefined(domain);
    if (domain && !call->persistent)
        cmdqvStartedCheck(domain, call->xml);
    return domain;
}


/* What may bring an SMMUv3 does so when nobody is at work on that domain. */
static bool
cmdqvDefineTakeTurn(const cmdqvDefineCall *call, const cmdqvDefinition *definition, cmdqvTurn *turn)
{
    return !definition->topology ||
        cmdqvTurnTakeUUID(turn, call->conn, definition->topology->uuid,
                          call->persistent ? VIR_DOMAIN_AFFECT_CONFIG : VIR_DOMAIN_AFFECT_LIVE);
}


static virDomainPtr
cmdqvDefine(const cmdqvDefineCall *asked)
{
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_auto(cmdqvTurn) turn = CMDQV_TURN_NONE;
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;
    virErrorNumber code = VIR_ERR_CONFIG_UNSUPPORTED;
    g_autofree char *laid = NULL;
    cmdqvVerdict *refusal = NULL;
    cmdqvDefineCall call = *asked;

    virResetLastError();
    if (call.conn && call.xml)
        refusal = cmdqvNovaComplete(call.xml, &laid);
    if (laid)
        call.xml = laid;
    if (call.conn && call.xml && !refusal)
        refusal = cmdqvJudgeRead(call.conn, call.xml, &definition);
    if (!refusal && !cmdqvDefineTakeTurn(&call, &definition, &turn)) {
        code = CMDQV_TURN_TIMEOUT_CODE;
        refusal = cmdqvTurnTimeOut();
    }
    if (!refusal)
        return cmdqvDefinePass(&call, &definition, &turn);

    /* the code of libvirt's own refusal of such values, which it is not asked for where that might end it */
    if (g_strcmp0(refusal->rule, CMDQV_RULE_BAD_VALUE) == 0)
        code = VIR_ERR_XML_ERROR;
    if (cmdqvFenceRefuses(&fence, call.conn, NULL, code, call.function, refusal))
        return NULL;
    return call.real(call.conn, asked->xml, call.nfiles, call.files, call.flags);
}


CMDQV_EXPORT virDomainPtr
virDomainDefineXML(virConnectPtr conn, const char *xml)
{
    const cmdqvDefineCall call = { __func__, conn, xml, 0, NULL, 0, true, cmdqvDefineReal };

    return cmdqvDefine(&call);
}


CMDQV_EXPORT virDomainPtr
virDomainDefineXMLFlags(virConnectPtr conn, const char *xml, unsigned int flags)
{
    const cmdqvDefineCall call = { __func__, conn, xml, 0, NULL, flags, true, cmdqvDefineFlagsReal };

    return cmdqvDefine(&call);
}


CMDQV_EXPORT virDomainPtr
virDomainCreateXML(virConnectPtr conn, const char *xmlDesc, unsigned int flags)
{
    const cmdqvDefineCall call = { __func__, conn, xmlDesc, 0, NULL, flags, false, cmdqvCreateReal };

    return cmdqvDefine(&call);
}


CMDQV_EXPORT virDomainPtr
virDomainCreateXMLWithFiles(virConnectPtr conn, const char *xmlDesc, unsigned int nfiles, int *files, unsigned int flags)
{
    const cmdqvDefineCall call = { __func__, conn, xmlDesc, nfiles, files, flags, false, cmdqvCreateFilesReal };

    return cmdqvDefine(&call);
}


/* The old name of virDomainCreateXML(), which libvirt resolves within itself. */
CMDQV_EXPORT virDomainPtr
virDomainCreateLinux(virConnectPtr conn, const char *xmlDesc, unsigned int flags)
{
    return virDomainCreateXML(conn, xmlDesc, flags);
}
