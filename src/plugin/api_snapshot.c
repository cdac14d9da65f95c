/*
 * api_snapshot.c: check definitions in snapshots and checkpoints
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The QEMU driver checks the flags of these calls after the caller's rights. So
 * before the module refuses a call, it makes it with an invalid snapshot, and
 * libvirt reports any other fault itself.
 */

#include <stdlib.h>

#include "conf/domain_xml.h"
#include "daemon/acl_gate.h"
#include "daemon/domain_job.h"
#include "daemon/query_as_daemon.h"
#include "daemon/raise_error.h"
#include "plugin/check_definition.h"
#include "plugin/close_ports.h"
#include "plugin/lowering_xml.h"

/* Not the XML of a snapshot: libvirt checks domain, rights and flags, and then refuses it. */
#define CMDQV_API_SNAPSHOT_NO_SNAPSHOT "<libvirt-cmdqv-access-check/>"

/* libvirt keeps each snapshot in a file of its name, so none has a slash in it. */
#define CMDQV_API_SNAPSHOT_NO_SNAPSHOT_NAME "libvirt-cmdqv/access-check"

/* libvirt.so exports these for its own daemons (src/datatypes.h): returns a handle even if there is no such snapshot. */
typedef virDomainSnapshotPtr (*cmdqvApiSnapshotGetDomainSnapshot)(virDomainPtr domain, const char *name);
typedef void (*cmdqvApiSnapshotObjectUnref)(gpointer object);


/*
 * Checks the redefinition of the snapshot if libvirt grants the call. Returns
 * CMDQV_ACL_GATE_ENDED if it is refused, otherwise @answer.
 */
static cmdqvAclGateAnswer
cmdqvApiSnapshotCheck(virDomainPtr domain, const char *xml, unsigned int flags, const char *function, cmdqvAclGateAnswer answer)
{
    static const virErrorNumber aboutXML[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_INTERNAL_ERROR };
    g_autoptr(cmdqvVerdict) refusal = NULL;
    virConnectPtr conn;

    /* only a redefinition takes the definition from the caller */
    if (answer == CMDQV_ACL_GATE_ENDED || !(flags & VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE))
        return answer;
    conn = CMDQV_REAL(virDomainGetConnect)(domain);
    if (answer == CMDQV_ACL_GATE_UNKNOWN)
        return cmdqvAclGateRefuseUnknown(conn, domain, function);
    refusal = cmdqvCheckDefinitionSnapshot(conn, xml);
    if (!refusal)
        return answer;
    if (CMDQV_REAL(virDomainSnapshotCreateXML)(domain, CMDQV_API_SNAPSHOT_NO_SNAPSHOT, flags) ||
        cmdqvRaiseErrorLastErrorIsOneOf(aboutXML, G_N_ELEMENTS(aboutXML)))
        cmdqvRaiseErrorVerdict(domain, VIR_ERR_CONFIG_UNSUPPORTED, function, refusal);
    return CMDQV_ACL_GATE_ENDED;
}


/* Whether the module must ask for rights before libvirt gets the XML. */
static bool
cmdqvApiSnapshotIsGuarded(virDomainPtr domain, const char *xml)
{
    return domain && xml && cmdqvDomainXMLMayHaveSmmu(xml) && !cmdqvAclGateIsOfOthers(CMDQV_REAL(virDomainGetConnect)(domain));
}


CMDQV_EXPORT virDomainSnapshotPtr
virDomainSnapshotCreateXML(virDomainPtr domain, const char *xmlDesc, unsigned int flags)
{
    virDomainSnapshotPtr snapshot = NULL;

    virResetLastError();
    if (cmdqvApiSnapshotIsGuarded(domain, xmlDesc)) {
        cmdqvAclGateAnswer answer = CMDQV_ACL_GATE_ASK(CMDQV_REAL(virDomainGetConnect)(domain), __func__, snapshot,
                                                       CMDQV_REAL(virDomainSnapshotCreateXML)(domain, xmlDesc, flags));

        if (cmdqvApiSnapshotCheck(domain, xmlDesc, flags, __func__, answer) == CMDQV_ACL_GATE_ENDED)
            return snapshot;
    }
    return CMDQV_REAL(virDomainSnapshotCreateXML)(domain, xmlDesc, flags);
}


/* No domain is ever started from the definition in a checkpoint, so it is not checked. */
CMDQV_EXPORT virDomainCheckpointPtr
virDomainCheckpointCreateXML(virDomainPtr domain, const char *xmlDesc, unsigned int flags)
{
    virDomainCheckpointPtr checkpoint = NULL;

    if (cmdqvApiSnapshotIsGuarded(domain, xmlDesc)) {
        virConnectPtr conn = CMDQV_REAL(virDomainGetConnect)(domain);
        cmdqvAclGateAnswer answer = CMDQV_ACL_GATE_ASK(conn, __func__, checkpoint,
                                                       CMDQV_REAL(virDomainCheckpointCreateXML)(domain, xmlDesc, flags));

        if (answer == CMDQV_ACL_GATE_UNKNOWN && cmdqvLoweringXMLMayDrop())
            answer = cmdqvAclGateRefuseUnknown(conn, domain, __func__);
        if (answer == CMDQV_ACL_GATE_ENDED)
            return checkpoint;
    }
    return CMDQV_REAL(virDomainCheckpointCreateXML)(domain, xmlDesc, flags);
}


/* Returns true, with the error raised, if libvirt refuses the revert to any snapshot. */
static bool
cmdqvApiSnapshotRevertIsRefusedByLibvirt(virDomainPtr domain, unsigned int flags)
{
    static const virErrorNumber aboutSnapshot[] = { VIR_ERR_NO_DOMAIN_SNAPSHOT };
    static gpointer getSlot;
    static gpointer unrefSlot;
    cmdqvApiSnapshotGetDomainSnapshot get = (cmdqvApiSnapshotGetDomainSnapshot)cmdqvNextCallFind(&getSlot, "virGetDomainSnapshot");
    cmdqvApiSnapshotObjectUnref unref = (cmdqvApiSnapshotObjectUnref)cmdqvNextCallFind(&unrefSlot, "virObjectUnref");
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


/* The port of the anchor may be open in the definition from a snapshot, so closes it after the revert. */
static int
cmdqvApiSnapshotRevert(virDomainSnapshotPtr snapshot, unsigned int flags, virDomainPtr domain, cmdqvDomainJob *job)
{
    int status = CMDQV_REAL(virDomainRevertToSnapshot)(snapshot, flags);

    if (status >= 0)
        cmdqvClosePortsDefined(domain);
    cmdqvDomainJobEnd(job);
    return status;
}


/* libvirt grants the revert to this snapshot, which may have an SMMUv3. */
static int
cmdqvApiSnapshotRevertGuarded(virDomainSnapshotPtr snapshot, unsigned int flags, virDomainPtr domain, const char *xml,
                              const char *function)
{
    g_auto(cmdqvDomainJob) job = CMDQV_DOMAIN_JOB_NONE;
    g_autoptr(cmdqvVerdict) refusal = cmdqvCheckDefinitionSnapshot(CMDQV_REAL(virDomainGetConnect)(domain), xml);
    virErrorNumber code = VIR_ERR_CONFIG_UNSUPPORTED;

    if (refusal && cmdqvApiSnapshotRevertIsRefusedByLibvirt(domain, flags))
        return -1;
    /* no other call may change the domain between this check and the revert */
    if (!refusal && (!cmdqvDomainJobBegin(&job, domain, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG, true) ||
                     !cmdqvDomainJobReachesLibvirt(&job, domain))) {
        code = CMDQV_DOMAIN_JOB_TIMEOUT_CODE;
        refusal = cmdqvDomainJobTimeOut();
    }
    if (!refusal)
        return cmdqvApiSnapshotRevert(snapshot, flags, domain, &job);
    cmdqvRaiseErrorVerdict(domain, code, function, refusal);
    return -1;
}


CMDQV_EXPORT int
virDomainRevertToSnapshot(virDomainSnapshotPtr snapshot, unsigned int flags)
{
    virDomainPtr domain = snapshot ? CMDQV_REAL(virDomainSnapshotGetDomain)(snapshot) : NULL;
    virConnectPtr conn = domain ? CMDQV_REAL(virDomainGetConnect)(domain) : NULL;
    cmdqvAclGateAnswer answer;
    char *xml;
    int status = -1;

    if (!conn || cmdqvAclGateIsOfOthers(conn))
        return CMDQV_REAL(virDomainRevertToSnapshot)(snapshot, flags);
    answer = CMDQV_ACL_GATE_ASK(conn, __func__, status, CMDQV_REAL(virDomainRevertToSnapshot)(snapshot, flags));
    if (answer == CMDQV_ACL_GATE_ENDED)
        return status;

    xml = cmdqvQueryAsDaemonSnapshotXML(snapshot);
    if (!xml || !cmdqvDomainXMLMayHaveSmmu(xml))
        status = CMDQV_REAL(virDomainRevertToSnapshot)(snapshot, flags);
    else if (answer == CMDQV_ACL_GATE_UNKNOWN)
        (void)cmdqvAclGateRefuseUnknown(conn, domain, __func__);
    else
        status = cmdqvApiSnapshotRevertGuarded(snapshot, flags, domain, xml, __func__);
    free(xml);
    return status;
}
