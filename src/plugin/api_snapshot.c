/*
 * plugin/api_snapshot.c: snapshots and checkpoints bring definitions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * QEMU's driver looks at the flags of these calls only when it has asked for the
 * caller's rights.  So the call is made with a snapshot that cannot be, and what
 * libvirt then has against anything else is its own to say.
 */

#include <stdlib.h>

#include "conf/domain_xml.h"
#include "daemon/query_as_daemon.h"
#include "plugin/close_ports.h"
#include "daemon/acl_gate.h"
#include "plugin/check_definition.h"
#include "daemon/raise_error.h"
#include "daemon/domain_job.h"

/* No snapshot XML: libvirt looks at domain, rights and flags, and then stops. */
#define CMDQV_NO_SNAPSHOT "<libvirt-cmdqv-access-check/>"

/* libvirt keeps each snapshot in a file of its name, so none has a slash in it. */
#define CMDQV_NO_SNAPSHOT_NAME "libvirt-cmdqv/access-check"

/* libvirt.so exports these for its own daemons (src/datatypes.h): a handle, whether there is such a snapshot or not. */
typedef virDomainSnapshotPtr (*cmdqvGetDomainSnapshot)(virDomainPtr domain, const char *name);
typedef void (*cmdqvObjectUnref)(gpointer object);


CMDQV_EXPORT virDomainSnapshotPtr
virDomainSnapshotCreateXML(virDomainPtr domain, const char *xmlDesc, unsigned int flags)
{
    static const virErrorNumber aboutXML[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_INTERNAL_ERROR };
    g_autoptr(cmdqvVerdict) refusal = NULL;

    virResetLastError();
    /* only a redefinition takes the definition from the caller */
    if (domain && xmlDesc && (flags & VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE))
        refusal = cmdqvJudgeSnapshot(CMDQV_REAL(virDomainGetConnect)(domain), xmlDesc);
    if (!refusal)
        return CMDQV_REAL(virDomainSnapshotCreateXML)(domain, xmlDesc, flags);

    if (CMDQV_REAL(virDomainSnapshotCreateXML)(domain, CMDQV_NO_SNAPSHOT, flags) ||
        cmdqvLastErrorIsOneOf(aboutXML, G_N_ELEMENTS(aboutXML)))
        cmdqvRaiseVerdict(domain, VIR_ERR_CONFIG_UNSUPPORTED, __func__, refusal);
    return NULL;
}


/* Nothing is ever started from the definition in a checkpoint, so it is not judged. */
CMDQV_EXPORT virDomainCheckpointPtr
virDomainCheckpointCreateXML(virDomainPtr domain, const char *xmlDesc, unsigned int flags)
{
    return CMDQV_REAL(virDomainCheckpointCreateXML)(domain, xmlDesc, flags);
}


/* Returns true, with the error raised, if libvirt has something against the revert whatever the snapshot is. */
static bool
cmdqvSnapshotIsRefusedByLibvirt(virDomainPtr domain, unsigned int flags)
{
    static const virErrorNumber aboutSnapshot[] = { VIR_ERR_NO_DOMAIN_SNAPSHOT };
    static gpointer getSlot;
    static gpointer unrefSlot;
    cmdqvGetDomainSnapshot get = (cmdqvGetDomainSnapshot)cmdqvRealFind(&getSlot, "virGetDomainSnapshot");
    cmdqvObjectUnref unref = (cmdqvObjectUnref)cmdqvRealFind(&unrefSlot, "virObjectUnref");
    virDomainSnapshotPtr none = get && unref ? get(domain, CMDQV_NO_SNAPSHOT_NAME) : NULL;
    bool refused;

    if (!none)
        return false;
    refused = CMDQV_REAL(virDomainRevertToSnapshot)(none, flags) < 0 &&
        !cmdqvLastErrorIsOneOf(aboutSnapshot, G_N_ELEMENTS(aboutSnapshot));
    /* virDomainSnapshotFree() would reset the error */
    unref(none);
    return refused;
}


/* Who is the anchor in the definition that a revert has put in place may have an open port there, as in any other. */
static int
cmdqvSnapshotRevert(virDomainSnapshotPtr snapshot, unsigned int flags, virDomainPtr domain, cmdqvTurn *turn)
{
    int status = CMDQV_REAL(virDomainRevertToSnapshot)(snapshot, flags);

    cmdqvTurnEnd(turn);
    if (status >= 0)
        cmdqvCompleteDefined(domain);
    return status;
}


CMDQV_EXPORT int
virDomainRevertToSnapshot(virDomainSnapshotPtr snapshot, unsigned int flags)
{
    g_auto(cmdqvTurn) turn = CMDQV_TURN_NONE;
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;
    char *xml = snapshot ? cmdqvAskSnapshotXML(snapshot) : NULL;
    virDomainPtr domain = xml ? CMDQV_REAL(virDomainSnapshotGetDomain)(snapshot) : NULL;
    g_autoptr(cmdqvVerdict) refusal = xml ? cmdqvJudgeSnapshot(CMDQV_REAL(virDomainGetConnect)(domain), xml) : NULL;
    bool brings = xml && !refusal && cmdqvDomainXMLMayHaveSmmu(xml);
    /* what a revert puts in place nobody may have judged otherwise meanwhile */
    bool timedOut = brings && (!cmdqvTurnTake(&turn, domain, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG, true) ||
                               !cmdqvTurnReachesLibvirt(&turn, domain));

    free(xml);
    if (timedOut && cmdqvFenceRefuses(&fence, CMDQV_REAL(virDomainGetConnect)(domain), domain, CMDQV_TURN_TIMEOUT_CODE,
                                      __func__, cmdqvTurnTimeOut()))
        return -1;
    if (brings && !timedOut)
        return cmdqvSnapshotRevert(snapshot, flags, domain, &turn);
    if (!refusal)
        return CMDQV_REAL(virDomainRevertToSnapshot)(snapshot, flags);

    if (!cmdqvSnapshotIsRefusedByLibvirt(domain, flags))
        cmdqvRaiseVerdict(domain, VIR_ERR_CONFIG_UNSUPPORTED, __func__, refusal);
    return -1;
}
