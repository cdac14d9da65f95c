/*
 * api_snapshot.c: check definitions in snapshots and checkpoints
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The QEMU driver checks the flags of these calls after the caller's rights. So
 * before the module refuses a call, it makes it with an invalid snapshot, and
 * libvirt reports any other fault itself.
 */

#include "conf/domain_xml.h"
#include "daemon/query_as_daemon.h"
#include "daemon/raise_error.h"
#include "plugin/api_call.h"
#include "plugin/check_definition.h"
#include "plugin/close_ports.h"
#include "util/text.h"

/* libvirt keeps each snapshot in a file of its name, so none has a slash in it. */
#define CMDQV_API_SNAPSHOT_NO_SNAPSHOT_NAME "libvirt-cmdqv/access-check"


/* Judges a redefinition of a snapshot: only that takes the definition from the caller. */
static cmdqvVerdict *
cmdqvApiSnapshotJudge(cmdqvApiCall *call)
{
    cmdqvVerdict *refusal;

    if (!(call->flags & VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE))
        return NULL;
    if (call->answer == CMDQV_ACL_GATE_UNKNOWN)
        return cmdqvApiCallUnknown(call);
    refusal = cmdqvCheckDefinitionSnapshot(call->conn, call->text);
    if (!refusal)
        return NULL;
    return cmdqvApiCallAfterLibvirt(call, refusal,
                                    CMDQV_REAL(virDomainSnapshotCreateXML)(call->domain, CMDQV_LOWERING_NOTHING, call->flags) != NULL);
}


CMDQV_API_CALL(virDomainSnapshotPtr, NULL, virDomainSnapshotCreateXML, (virDomainPtr domain, const char *xml, unsigned int flags),
               (domain, xml, flags),
               .domain = domain, .text = xml, .flags = flags, .concerns = cmdqvApiCallMayHaveSmmu, .judge = cmdqvApiSnapshotJudge)

/* No domain is ever started from the definition in a checkpoint, so it is not judged. */
CMDQV_API_CALL(virDomainCheckpointPtr, NULL, virDomainCheckpointCreateXML, (virDomainPtr domain, const char *xml, unsigned int flags),
               (domain, xml, flags),
               .domain = domain, .text = xml, .concerns = cmdqvApiCallMayHaveSmmu, .judge = cmdqvApiCallJudgeNothing)


/* Returns true, with the error raised, if libvirt refuses the revert to any snapshot. */
static bool
cmdqvApiSnapshotRevertIsRefusedByLibvirt(virDomainPtr domain, unsigned int flags)
{
    static const virErrorNumber aboutSnapshot[] = { VIR_ERR_NO_DOMAIN_SNAPSHOT };
    __typeof__(&virGetDomainSnapshot) get = CMDQV_LIBVIRT(virGetDomainSnapshot);
    __typeof__(&virObjectUnref) unref = CMDQV_LIBVIRT(virObjectUnref);
    virDomainSnapshotPtr none = get && unref ? get(domain, CMDQV_API_SNAPSHOT_NO_SNAPSHOT_NAME) : NULL;
    bool refused;

    if (!none)
        return false;
    refused = CMDQV_REAL(virDomainRevertToSnapshot)(none, flags) < 0 &&
        !cmdqvRaiseErrorLastErrorIsOneOf(aboutSnapshot, G_N_ELEMENTS(aboutSnapshot));
    /* virDomainSnapshotFree() would reset the error */
    unref(none);
    return refused;
}


/* Judges a revert to a snapshot that may have an SMMUv3; no other call may change the domain until it is done. */
static cmdqvVerdict *
cmdqvApiSnapshotJudgeRevert(cmdqvApiCall *call)
{
    g_autoptr(cmdqvTextMalloced) xml = cmdqvQueryAsDaemonSnapshotXML(call->snapshot);
    g_autoptr(cmdqvVerdict) refusal = NULL;

    if (!xml || !cmdqvDomainXMLMayHaveSmmu(xml))
        return NULL;
    if (call->answer == CMDQV_ACL_GATE_UNKNOWN)
        return cmdqvApiCallUnknown(call);
    refusal = cmdqvCheckDefinitionSnapshot(call->conn, xml);
    if (refusal && cmdqvApiSnapshotRevertIsRefusedByLibvirt(call->domain, call->flags)) {
        call->answer = CMDQV_ACL_GATE_ENDED;
        return NULL;
    }
    if (!refusal && (!cmdqvDomainJobBegin(&call->job, call->domain, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG, true) ||
                     !cmdqvDomainJobReachesLibvirt(&call->job, call->domain)))
        return cmdqvApiCallTimeOut(call);
    return g_steal_pointer(&refusal);
}


/* The port of the anchor may be open in the definition from a snapshot, so closes it after the revert. */
static void
cmdqvApiSnapshotReverted(cmdqvApiCall *call)
{
    if (call->job.halves != 0)
        cmdqvClosePortsDefined(call->domain);
}


CMDQV_API_CALL(int, -1, virDomainRevertToSnapshot, (virDomainSnapshotPtr snapshot, unsigned int flags), (snapshot, flags),
               .domain = snapshot ? CMDQV_REAL(virDomainSnapshotGetDomain)(snapshot) : NULL, .snapshot = snapshot, .flags = flags,
               .judge = cmdqvApiSnapshotJudgeRevert, .done = cmdqvApiSnapshotReverted)
