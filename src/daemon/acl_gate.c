/*
 * daemon/acl_gate.c: a refusal that comes after libvirt's own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * In every driver a public function looks at its flags and arguments, finds the
 * domain, and then asks whether this caller may do this: one check for each
 * function, named after it, before anything has been done (libvirt's build sees
 * to that: scripts/check-aclrules.py).  libvirt.so exports the checks and the
 * drivers, which are libraries of their own, call them there.  So the module
 * puts itself behind some of them: the call that is to be refused is made, and
 * where libvirt has had nothing to say against it, it ends at the check, with
 * the module's words.
 *
 * A driver that runs elsewhere (a daemon's, seen from its client) asks nobody
 * in this process.  That is found out first, and then the refusal is raised
 * without the call.
 */

#include "daemon/acl_gate.h"

#include "daemon/client_identity.h"
#include "daemon/raise_error.h"
#include "util/log.h"

/* What the calling thread's call is to be refused for, NULL for nothing. */
static _Thread_local cmdqvFence *cmdqvFenceClosed;

/* Whether a check has come by in the calling thread. */
static _Thread_local bool cmdqvFenceSeen;


/*
 * What stands behind libvirt's check: 0 to go on, -1 with the error raised.
 * The driver may hold the domain, so that is all that is done here.
 */
static int
cmdqvFencePass(void)
{
    cmdqvFence *fence = cmdqvFenceClosed;

    if (!fence)
        return 0;
    cmdqvFenceClosed = NULL;
    fence->reached = true;
    cmdqvRaiseError(fence->code, fence->function, fence->verdict->message);
    return -1;
}


/* Whether the driver of this connection asks here: any question shows it. */
static bool
cmdqvFenceIsThere(virConnectPtr conn)
{
    cmdqvFenceSeen = false;
    (void)CMDQV_REAL(virConnectGetType)(conn);
    virResetLastError();
    return cmdqvFenceSeen;
}


static void
cmdqvFenceFree(cmdqvFence *fence)
{
    g_clear_pointer(&fence->verdict, cmdqvVerdictFree);
    g_clear_pointer(&fence->client, g_free);
}


/**
 * cmdqvFenceRefuses:
 * @fence: an open fence; cmdqvFenceClear() it when the call has been made
 * @conn: the caller's connection
 * @domain: (nullable): the domain, where there is one
 * @code: of the error
 * @function: the public function that is refused, as errors name it
 * @verdict: (transfer full) (nullable): why
 *
 * Without a verdict nothing happens.  At most one fence of a thread is closed at
 * a time.
 *
 * Returns: true, with the error raised, if the call must not be made; false if
 * it has to be, to be allowed or to fail
 */
bool
cmdqvFenceRefuses(cmdqvFence *fence, virConnectPtr conn, virDomainPtr domain, virErrorNumber code,
                  const char *function, cmdqvVerdict *verdict)
{
    if (!verdict)
        return false;

    if (domain)
        cmdqvRaiseAbout(verdict, domain);
    /* what is asked now need not be asked when there is an error to be kept */
    *fence = (cmdqvFence){ function, code, verdict, cmdqvClientDescribe(), false };
    if (cmdqvFenceIsThere(conn)) {
        cmdqvFenceClosed = fence;
        return false;
    }
    if (cmdqvConnectIsReadOnly(conn)) {
        cmdqvFenceFree(fence);
        return false;
    }
    fence->reached = true;
    cmdqvRaiseError(code, function, verdict->message);
    cmdqvRaiseDispatch(conn);
    return true;
}


/**
 * cmdqvFenceIsClosed:
 *
 * Returns: true if what the calling thread asks libvirt to do will not be done
 */
bool
cmdqvFenceIsClosed(void)
{
    return cmdqvFenceClosed != NULL;
}


/**
 * cmdqvFenceClear:
 * @fence: a fence; the call has been made
 *
 * Logs the refusal if it came so far, and leaves the last error alone.
 */
void
cmdqvFenceClear(cmdqvFence *fence)
{
    if (!fence->verdict)
        return;

    cmdqvFenceClosed = NULL;
    if (fence->reached)
        cmdqvRaiseLog(fence->function, fence->client, fence->verdict);
    else if (virGetLastErrorCode() == VIR_ERR_OK)
        cmdqvLogFailure("%s was to be refused, and libvirt did it without its access check: %s", fence->function,
                        fence->verdict->message);
    cmdqvFenceFree(fence);
}


/*
 * The checks.  What a public function is called by is not always what its
 * driver asks for: some drivers turn one into another.
 */
#define CMDQV_FENCE(check) \
    CMDQV_EXPORT int check(virConnectPtr conn, gpointer definition); \
    CMDQV_EXPORT int \
    check(virConnectPtr conn, gpointer definition) \
    { \
        int allowed = CMDQV_REAL(check)(conn, definition); \
        return allowed < 0 ? allowed : cmdqvFencePass(); \
    }

CMDQV_FENCE(virDomainCreateEnsureACL)
CMDQV_FENCE(virDomainCreateWithFilesEnsureACL)
CMDQV_FENCE(virDomainCreateWithFlagsEnsureACL)
CMDQV_FENCE(virDomainCreateXMLEnsureACL)
CMDQV_FENCE(virDomainCreateXMLWithFilesEnsureACL)
CMDQV_FENCE(virDomainDefineXMLEnsureACL)
CMDQV_FENCE(virDomainDefineXMLFlagsEnsureACL)
CMDQV_FENCE(virDomainMigratePrepare2EnsureACL)
CMDQV_FENCE(virDomainMigratePrepare3EnsureACL)
CMDQV_FENCE(virDomainMigratePrepare3ParamsEnsureACL)
CMDQV_FENCE(virDomainMigratePrepareTunnelEnsureACL)
CMDQV_FENCE(virDomainMigratePrepareTunnel3EnsureACL)
CMDQV_FENCE(virDomainMigratePrepareTunnel3ParamsEnsureACL)
CMDQV_FENCE(virDomainQemuMonitorCommandEnsureACL)
CMDQV_FENCE(virDomainQemuMonitorCommandWithFilesEnsureACL)
CMDQV_FENCE(virDomainRestoreEnsureACL)
CMDQV_FENCE(virDomainRestoreFlagsEnsureACL)
CMDQV_FENCE(virDomainRestoreParamsEnsureACL)
CMDQV_FENCE(virDomainSaveFlagsEnsureACL)
CMDQV_FENCE(virDomainSaveImageDefineXMLEnsureACL)
CMDQV_FENCE(virDomainSaveParamsEnsureACL)

/* These may look at the flags of the call, too. */
#define CMDQV_FENCE_FLAGS(check) \
    CMDQV_EXPORT int check(virConnectPtr conn, gpointer definition, unsigned int flags); \
    CMDQV_EXPORT int \
    check(virConnectPtr conn, gpointer definition, unsigned int flags) \
    { \
        int allowed = CMDQV_REAL(check)(conn, definition, flags); \
        return allowed < 0 ? allowed : cmdqvFencePass(); \
    }

CMDQV_FENCE(virDomainAttachDeviceEnsureACL)
CMDQV_FENCE_FLAGS(virDomainAttachDeviceFlagsEnsureACL)
CMDQV_FENCE_FLAGS(virDomainDetachDeviceAliasEnsureACL)
CMDQV_FENCE(virDomainDetachDeviceEnsureACL)
CMDQV_FENCE_FLAGS(virDomainDetachDeviceFlagsEnsureACL)
CMDQV_FENCE_FLAGS(virDomainRevertToSnapshotEnsureACL)
CMDQV_FENCE_FLAGS(virDomainUpdateDeviceFlagsEnsureACL)


CMDQV_EXPORT int virConnectGetTypeEnsureACL(virConnectPtr conn);

CMDQV_EXPORT int
virConnectGetTypeEnsureACL(virConnectPtr conn)
{
    cmdqvFenceSeen = true;
    return CMDQV_REAL(virConnectGetTypeEnsureACL)(conn);
}
