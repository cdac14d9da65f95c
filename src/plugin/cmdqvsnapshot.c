/*
 * cmdqvsnapshot.c: snapshots bring definitions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "plugin/cmdqvjudge.h"
#include "plugin/cmdqvraise.h"

/* No snapshot XML: libvirt looks at domain, rights and flags, and then stops. */
#define CMDQV_NO_SNAPSHOT "<libvirt-cmdqv-access-check/>"


CMDQV_EXPORT virDomainSnapshotPtr
virDomainSnapshotCreateXML(virDomainPtr domain, const char *xmlDesc, unsigned int flags)
{
    static const virErrorNumber aboutXML[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_INTERNAL_ERROR };
    g_autofree char *refusal = NULL;

    virResetLastError();
    /* only a redefinition takes the definition from the caller */
    if (domain && xmlDesc && (flags & VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE))
        refusal = cmdqvJudgeSnapshot(xmlDesc);
    if (!refusal)
        return CMDQV_REAL(virDomainSnapshotCreateXML)(domain, xmlDesc, flags);

    if (CMDQV_REAL(virDomainSnapshotCreateXML)(domain, CMDQV_NO_SNAPSHOT, flags) ||
        cmdqvLastErrorIsOneOf(aboutXML, G_N_ELEMENTS(aboutXML)))
        cmdqvRaiseDefinition(CMDQV_REAL(virDomainGetConnect)(domain), __func__, refusal);
    return NULL;
}


CMDQV_EXPORT int
virDomainRevertToSnapshot(virDomainSnapshotPtr snapshot, unsigned int flags)
{
    char *xml = snapshot ? CMDQV_REAL(virDomainSnapshotGetXMLDesc)(snapshot, 0) : NULL;
    g_autofree char *refusal = xml ? cmdqvJudgeSnapshot(xml) : NULL;

    virResetLastError();
    free(xml);
    if (!refusal || cmdqvConnectIsReadOnly(CMDQV_REAL(virDomainSnapshotGetConnect)(snapshot)))
        return CMDQV_REAL(virDomainRevertToSnapshot)(snapshot, flags);

    cmdqvRaiseDefinition(CMDQV_REAL(virDomainSnapshotGetConnect)(snapshot), __func__, refusal);
    return -1;
}
