/*
 * api_call.c: run a call of a client: the caller's rights, the judgement, then
 * libvirt's own function
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/api_call.h"

#include "conf/domain_xml.h"
#include "daemon/query_as_daemon.h"
#include "daemon/raise_error.h"
#include "plugin/lowering_xml.h"
#include "plugin/nova_refusal.h"


/**
 * cmdqvApiCallBegin:
 * @call: a call
 *
 * For CMDQV_API_CALL_RUN(). Resets the last error.
 *
 * Returns: true if the module must check the call; if not, it may have ended
 */
bool
cmdqvApiCallBegin(cmdqvApiCall *call)
{
    if (call->domain)
        call->conn = CMDQV_REAL(virDomainGetConnect)(call->domain);
    virResetLastError();
    return call->conn && (!call->concerns || call->concerns(call)) && !cmdqvAclGateIsOfOthers(call->conn);
}


/**
 * cmdqvApiCallJudge:
 * @call: a call that the module must check
 * @answer: libvirt's answer about the caller's rights
 *
 * For CMDQV_API_CALL_RUN(). Judges the call, unless libvirt has refused it: from
 * here on, its domain has libvirt's name and not the one that the client gave.
 */
void
cmdqvApiCallJudge(cmdqvApiCall *call, cmdqvAclGateAnswer answer)
{
    call->answer = answer;
    if (answer == CMDQV_ACL_GATE_ENDED)
        return;
    call->own = call->domain ? cmdqvQueryAsDaemonOwnHandle(call->domain) : NULL;
    if (call->own)
        call->domain = call->own;
    cmdqvApiCallRefuse(call, call->judge(call));
}


/**
 * cmdqvApiCallRefuse:
 * @call: a call
 * @refusal: (transfer full) (nullable): the reason
 *
 * Raises the error with the code of the call, and ends it, if there is a reason.
 */
void
cmdqvApiCallRefuse(cmdqvApiCall *call, cmdqvVerdict *refusal)
{
    if (!refusal)
        return;
    cmdqvNovaRefusalRaise(call->conn, call->domain, call->text, call->code == VIR_ERR_OK ? VIR_ERR_CONFIG_UNSUPPORTED : call->code,
                          call->function, refusal);
    call->answer = CMDQV_ACL_GATE_ENDED;
    cmdqvVerdictFree(refusal);
}


/**
 * cmdqvApiCallAfterLibvirt:
 * @call: a call with XML
 * @refusal: (transfer full): the reason for which the module refuses it
 * @made: whether libvirt has made it with CMDQV_LOWERING_NOTHING for the XML
 *
 * The QEMU driver checks some arguments, such as flags, after the caller's
 * rights. libvirt must report any fault of theirs itself.
 *
 * Returns: (transfer full) (nullable): @refusal if libvirt found fault with the
 * XML alone; else NULL, and the call has ended with libvirt's error
 */
cmdqvVerdict *
cmdqvApiCallAfterLibvirt(cmdqvApiCall *call, cmdqvVerdict *refusal, bool made)
{
    static const virErrorNumber aboutXML[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_INTERNAL_ERROR };

    if (made || cmdqvRaiseErrorLastErrorIsOneOf(aboutXML, G_N_ELEMENTS(aboutXML)))
        return refusal;
    cmdqvVerdictFree(refusal);
    call->answer = CMDQV_ACL_GATE_ENDED;
    return NULL;
}


/**
 * cmdqvApiCallTimeOut:
 * @call: a call that has waited too long for its job; gets the error code
 *
 * Returns: (transfer full): the refusal
 */
cmdqvVerdict *
cmdqvApiCallTimeOut(cmdqvApiCall *call)
{
    call->code = CMDQV_DOMAIN_JOB_TIMEOUT_CODE;
    return cmdqvDomainJobTimeOut();
}


/**
 * cmdqvApiCallUnknown:
 * @call: a call that concerns an SMMUv3, for which libvirt's access check is not
 *   known
 *
 * Ends the call.
 *
 * Returns: (transfer full) (nullable): the refusal; NULL if libvirt's own error
 * is raised
 */
cmdqvVerdict *
cmdqvApiCallUnknown(cmdqvApiCall *call)
{
    call->code = VIR_ERR_OPERATION_UNSUPPORTED;
    call->answer = CMDQV_ACL_GATE_ENDED;
    return cmdqvAclGateRefuseUnknown(call->conn, call->function);
}


/**
 * cmdqvApiCallMayHaveSmmu:
 * @call: a call
 *
 * Only searches the text.
 *
 * Returns: true if the XML of the call may have an SMMUv3
 */
bool
cmdqvApiCallMayHaveSmmu(cmdqvApiCall *call)
{
    return call->text && cmdqvDomainXMLMayHaveSmmu(call->text);
}


/**
 * cmdqvApiCallJudgeNothing:
 * @call: a call with XML that libvirt only converts or keeps
 *
 * A libvirt without CMDQV must get it lowered, which needs the caller's rights.
 *
 * Returns: NULL
 */
cmdqvVerdict *
cmdqvApiCallJudgeNothing(cmdqvApiCall *call)
{
    return call->answer == CMDQV_ACL_GATE_UNKNOWN && cmdqvLoweringXMLMayDrop() ? cmdqvApiCallUnknown(call) : NULL;
}


/**
 * cmdqvApiCallClear:
 * @call: a call
 *
 * Ends its job, and frees its texts. Does not touch the last error.
 */
void
cmdqvApiCallClear(cmdqvApiCall *call)
{
    cmdqvDomainJobEnd(&call->job);
    g_clear_pointer(&call->device, cmdqvDeviceFree);
    g_clear_pointer(&call->placed, g_free);
    g_clear_pointer(&call->kept, g_free);
    cmdqvLoweringTextClear(&call->changed);
    g_clear_pointer(&call->asked, g_free);
    g_clear_pointer(&call->askedParams, g_free);
    g_clear_pointer(&call->own, cmdqvQueryAsDaemonHandleFree);
}
