/*
 * acl_gate.c: find out whether libvirt grants a call, before the module does
 * anything for it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * In every driver a public function checks its flags and arguments, finds the
 * domain, and then checks the rights of the caller. Each function has one such
 * check, named after it, before it does anything (libvirt's build enforces
 * that: scripts/check-aclrules.py). libvirt.so exports the checks, and the
 * drivers, which are libraries of their own, call them there. The module
 * defines some of them too. So the module makes the caller's own call once, and
 * ends it at its check. If libvirt refuses it, the error is libvirt's and the
 * call has ended. If not, the caller has the rights, and only then does the
 * module wait, read, query or judge for this caller.
 *
 * The module makes such a call only if the check is certainly its own: the
 * table has a row for the function, the driver of this connection is in this
 * process, and the library of the driver calls the check by that name and
 * reaches the module.
 */

#include "daemon/acl_gate.h"

#include <dlfcn.h>
#include <string.h>

#include "daemon/guarded_calls.h"
#include "daemon/library_imports.h"
#include "daemon/raise_error.h"
#include "util/log.h"

/* libvirt's name for its QEMU driver. */
#define CMDQV_ACL_GATE_DRIVER "QEMU"

/* The gate of the calling thread's call, which ends at its check; NULL: the call is a real one. */
static _Thread_local cmdqvAclGate *cmdqvAclGateArmed;

/* The address at which a driver calls its checks, while the module looks for it. */
static _Thread_local gconstpointer cmdqvAclGatePlace;
static _Thread_local bool cmdqvAclGateLooks;

/* Rows whose check was found, with the address in the driver: a process has few drivers. */
static gconstpointer cmdqvAclGateFound[128];


/*
 * The end of a granted check: returns 0 for a real call, or -1 without an
 * error, which no caller sees. Does nothing else, because the driver may have
 * locked the domain.
 */
static int
cmdqvAclGatePass(void)
{
    cmdqvAclGate *gate = cmdqvAclGateArmed;

    if (!gate)
        return 0;
    cmdqvAclGateArmed = NULL;
    gate->reached = true;
    return -1;
}


/*
 * The name of this connection's driver, without rights of the caller. Resets the
 * last error. NULL if the driver is in another process and does not answer.
 */
static const char *
cmdqvAclGateDriver(virConnectPtr conn)
{
    const char *name;

    cmdqvAclGatePlace = NULL;
    cmdqvAclGateLooks = true;
    name = CMDQV_REAL(virConnectGetType)(conn);
    cmdqvAclGateLooks = false;
    virResetLastError();
    return name;
}


/**
 * cmdqvAclGateIsOfOthers:
 * @conn: the caller's connection
 *
 * Resets the last error.
 *
 * Returns: true if the connection's driver certainly is not QEMU's, so the call
 * is not the module's business
 */
bool
cmdqvAclGateIsOfOthers(virConnectPtr conn)
{
    const char *driver = cmdqvAclGateDriver(conn);

    return driver && strcmp(driver, CMDQV_ACL_GATE_DRIVER) != 0;
}


/*
 * An address in the library of this connection's driver: any query reaches its
 * check there. NULL if the driver is not in this process.
 */
static gconstpointer
cmdqvAclGateFindDriver(virConnectPtr conn)
{
    (void)cmdqvAclGateDriver(conn);
    return cmdqvAclGatePlace;
}


static const cmdqvGuardedCallsRow *
cmdqvAclGateFindRow(const char *function)
{
    const cmdqvGuardedCallsRow *row = cmdqvGuardedCalls;

    while ((row->effect || row->function) && g_strcmp0(row->function, function) != 0)
        row++;
    return row->function ? row : NULL;
}


/* Whether the driver's library calls the module's check of a row, and libvirt has a check of that name. */
static bool
cmdqvAclGateIsKnown(const cmdqvGuardedCallsRow *row, gconstpointer place)
{
    gsize number = row ? (gsize)(row - cmdqvGuardedCalls) : G_N_ELEMENTS(cmdqvAclGateFound);

    if (number >= G_N_ELEMENTS(cmdqvAclGateFound) || !row->check)
        return false;
    if (g_atomic_pointer_get(&cmdqvAclGateFound[number]) == place)
        return true;
    if (!dlsym(RTLD_NEXT, row->check) || !cmdqvLibraryImportsIsOurs(place, row->check))
        return false;
    g_atomic_pointer_set(&cmdqvAclGateFound[number], (gpointer)place);
    return true;
}


/**
 * cmdqvAclGateArm:
 * @gate: (out): if the result is ARMED, make the call, then pass it to
 *   cmdqvAclGateDisarm()
 * @conn: the caller's connection
 * @function: the public function that was called
 *
 * For CMDQV_ACL_GATE_ASK().
 *
 * Returns: CMDQV_ACL_GATE_ARMED, _ELSEWHERE or _UNKNOWN
 */
cmdqvAclGateAnswer
cmdqvAclGateArm(cmdqvAclGate *gate, virConnectPtr conn, const char *function)
{
    bool isUnasked;
    gconstpointer place = cmdqvAclGateFindDriver(conn);

    *gate = (cmdqvAclGate){ .function = function };
    isUnasked = !place || !cmdqvAclGateIsKnown(cmdqvAclGateFindRow(function), place);
    cmdqvRaiseErrorSetAsked(!isUnasked);
    if (!isUnasked) {
        cmdqvAclGateArmed = gate;
        return CMDQV_ACL_GATE_ARMED;
    }
    return place ? CMDQV_ACL_GATE_UNKNOWN : CMDQV_ACL_GATE_ELSEWHERE;
}


/**
 * cmdqvAclGateDisarm:
 * @gate: from cmdqvAclGateArm(), after the call
 *
 * For CMDQV_ACL_GATE_ASK().
 *
 * Returns: CMDQV_ACL_GATE_GRANTED with no error, or CMDQV_ACL_GATE_ENDED with libvirt's
 */
cmdqvAclGateAnswer
cmdqvAclGateDisarm(cmdqvAclGate *gate)
{
    cmdqvAclGateArmed = NULL;
    if (!gate->reached) {
        if (virGetLastErrorCode() == VIR_ERR_OK)
            cmdqvLogFailure("libvirt did %s without its access check, which the module relies on", gate->function);
        return CMDQV_ACL_GATE_ENDED;
    }
    virResetLastError();
    return CMDQV_ACL_GATE_GRANTED;
}


/**
 * cmdqvAclGateSkip:
 *
 * For a call that is refused before libvirt can check it.
 */
void
cmdqvAclGateSkip(void)
{
    cmdqvRaiseErrorSetAsked(false);
}


/**
 * cmdqvAclGateIsArmed:
 *
 * Returns: true if the calling thread's call ends at its check, so libvirt
 * changes nothing
 */
bool
cmdqvAclGateIsArmed(void)
{
    return cmdqvAclGateArmed != NULL;
}


/**
 * cmdqvAclGateRefuseUnknown:
 * @conn: the caller's connection
 * @function: the public function that was called, for which the gate is
 *   CMDQV_ACL_GATE_UNKNOWN
 *
 * Refuses a call that concerns an SMMUv3. If the QEMU driver has no such
 * function, raises libvirt's own error for that.
 *
 * Returns: (transfer full) (nullable): the refusal; NULL if the error is raised
 */
cmdqvVerdict *
cmdqvAclGateRefuseUnknown(virConnectPtr conn, const char *function)
{
    const cmdqvGuardedCallsRow *row = cmdqvAclGateFindRow(function);

    if (row && row->isNotQemus) {
        cmdqvRaiseErrorFrom(VIR_FROM_DOMAIN, VIR_ERR_NO_SUPPORT, function, function);
        cmdqvRaiseErrorDispatch(conn);
        return NULL;
    }
    return cmdqvVerdictNew(g_strdup_printf("cannot do %s for a domain with an SMMUv3: the access check of this libvirt for it is not "
                                           "known, so the module cannot know whether you may; update libvirt-cmdqv", function));
}


/*
 * The checks. Some have a parameter for the flags of the call and some do not.
 * These pass on three arguments in any case, because an additional one does no
 * harm on any supported architecture.
 */
#define CMDQV_ACL_GATE(name, ...) \
    CMDQV_EXPORT int name##EnsureACL(virConnectPtr conn, gpointer definition, unsigned int flags); \
    CMDQV_EXPORT int \
    name##EnsureACL(virConnectPtr conn, gpointer definition, unsigned int flags) \
    { \
        int allowed = CMDQV_REAL(name##EnsureACL)(conn, definition, flags); \
        return allowed < 0 ? allowed : cmdqvAclGatePass(); \
    }
#define CMDQV_ACL_GATE_NONE(...)

CMDQV_GUARDED_CALLS(CMDQV_ACL_GATE_NONE, CMDQV_ACL_GATE, CMDQV_ACL_GATE_NONE, CMDQV_ACL_GATE, CMDQV_ACL_GATE_NONE)


CMDQV_EXPORT int virConnectGetTypeEnsureACL(virConnectPtr conn, gpointer definition, unsigned int flags);

/* The module's own query is for no caller, so it needs no rights. */
CMDQV_EXPORT int
virConnectGetTypeEnsureACL(virConnectPtr conn, gpointer definition, unsigned int flags)
{
    if (cmdqvAclGateLooks) {
        cmdqvAclGatePlace = __builtin_return_address(0);
        return 0;
    }
    return CMDQV_REAL(virConnectGetTypeEnsureACL)(conn, definition, flags);
}
