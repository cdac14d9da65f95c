/*
 * api_get_xml.c: virDomainGetXMLDesc and similar functions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A client sees a domain as it was written, not as it was lowered. For a domain
 * that was not lowered, the only cost is a search in its XML.
 */

#include "conf/fatal_values.h"
#include "plugin/api_call.h"
#include "plugin/check_save_image.h"
#include "plugin/lowering_calls.h"


CMDQV_EXPORT char *
virDomainGetXMLDesc(virDomainPtr domain, unsigned int flags)
{
    return CMDQV_REAL(virDomainGetXMLDesc)(domain, flags);
}


CMDQV_EXPORT char *
virDomainSaveImageGetXMLDesc(virConnectPtr conn, const char *file, unsigned int flags)
{
    virResetLastError();
    if (conn && cmdqvCheckSaveImageIsFatal(conn, file, __func__))
        return NULL;
    return CMDQV_REAL(virDomainSaveImageGetXMLDesc)(conn, file, flags);
}


/* Whether libvirt survives the definition in the managed save. */
static cmdqvVerdict *
cmdqvApiGetXMLJudgeManaged(cmdqvApiCall *call)
{
    return cmdqvCheckSaveImageManaged(call->domain);
}


CMDQV_API_CALL(char *, NULL, virDomainManagedSaveGetXMLDesc, (virDomainPtr domain, unsigned int flags), (domain, flags),
               .domain = domain, .judge = cmdqvApiGetXMLJudgeManaged)


CMDQV_EXPORT char *
virDomainSnapshotGetXMLDesc(virDomainSnapshotPtr snapshot, unsigned int flags)
{
    return CMDQV_REAL(virDomainSnapshotGetXMLDesc)(snapshot, flags);
}


CMDQV_EXPORT char *
virDomainCheckpointGetXMLDesc(virDomainCheckpointPtr checkpoint, unsigned int flags)
{
    return CMDQV_REAL(virDomainCheckpointGetXMLDesc)(checkpoint, flags);
}


static cmdqvVerdict *
cmdqvApiGetXMLJudgeNative(cmdqvApiCall *call)
{
    g_autofree char *why = cmdqvFatalValuesFindQuestion(call->text);

    if (!why)
        return cmdqvApiCallJudgeNothing(call);
    return call->answer == CMDQV_ACL_GATE_UNKNOWN ? cmdqvApiCallUnknown(call) : cmdqvVerdictNew(g_steal_pointer(&why));
}


CMDQV_EXPORT char *
virConnectDomainXMLToNative(virConnectPtr conn, const char *nativeFormat, const char *domainXml, unsigned int flags)
{
    g_auto(cmdqvApiCall) call = {
        .function = __func__,
        .conn = conn,
        .text = domainXml,
        .concerns = cmdqvApiCallMayHaveSmmu,
        .judge = cmdqvApiGetXMLJudgeNative,
    };

    return CMDQV_API_CALL_RUN(call, NULL, cmdqvLoweringNative(conn, nativeFormat, domainXml, flags));
}
