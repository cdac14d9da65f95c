/*
 * api_get_xml.c: virDomainGetXMLDesc and similar functions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A client sees a domain as it was written, not as it was lowered. For a domain
 * that was not lowered, the only cost is a search in its XML.
 */

#include "conf/domain_xml.h"
#include "daemon/acl_gate.h"
#include "daemon/next_call.h"
#include "plugin/check_save_image.h"
#include "plugin/lowering_calls.h"
#include "plugin/lowering_xml.h"


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


CMDQV_EXPORT char *
virDomainManagedSaveGetXMLDesc(virDomainPtr domain, unsigned int flags)
{
    return CMDQV_REAL(virDomainManagedSaveGetXMLDesc)(domain, flags);
}


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


CMDQV_EXPORT char *
virConnectDomainXMLToNative(virConnectPtr conn, const char *nativeFormat, const char *domainXml, unsigned int flags)
{
    char *native = NULL;

    if (conn && domainXml && cmdqvDomainXMLMayHaveSmmu(domainXml) && !cmdqvAclGateIsOfOthers(conn)) {
        cmdqvAclGateAnswer answer = CMDQV_ACL_GATE_ASK(conn, __func__, native,
                                                       cmdqvLoweringNative(conn, nativeFormat, domainXml, flags));

        if (answer == CMDQV_ACL_GATE_UNKNOWN && cmdqvLoweringXMLMayDrop())
            answer = cmdqvAclGateRefuseUnknown(conn, NULL, __func__);
        if (answer == CMDQV_ACL_GATE_ENDED)
            return native;
    }
    return cmdqvLoweringNative(conn, nativeFormat, domainXml, flags);
}
