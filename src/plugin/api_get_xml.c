/*
 * plugin/api_get_xml.c: virDomainGetXMLDesc and its like
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A client sees a domain as it was written, whatever libvirt keeps of it.  Of
 * one that was not lowered that costs a search through its XML.
 */

#include "daemon/next_call.h"


CMDQV_EXPORT char *
virDomainGetXMLDesc(virDomainPtr domain, unsigned int flags)
{
    return CMDQV_REAL(virDomainGetXMLDesc)(domain, flags);
}


CMDQV_EXPORT char *
virDomainSaveImageGetXMLDesc(virConnectPtr conn, const char *file, unsigned int flags)
{
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
