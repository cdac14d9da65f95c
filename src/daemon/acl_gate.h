/*
 * acl_gate.h: find out whether libvirt grants a call, before the module does
 * anything for it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "daemon/next_call.h"
#include "policy/verdict.h"

typedef enum {
    CMDQV_ACL_GATE_ARMED,   /* make the call now: it ends at libvirt's access check at the latest */
    CMDQV_ACL_GATE_GRANTED,  /* libvirt grants the call, and has done nothing yet */
    CMDQV_ACL_GATE_ELSEWHERE,  /* the driver is in another process, so rights cannot be checked beforehand */
    CMDQV_ACL_GATE_UNKNOWN,  /* the driver has no access check that is known for this call */
    CMDQV_ACL_GATE_ENDED    /* libvirt or the module has refused the call: its result and the error are for the caller */
} cmdqvAclGateAnswer;

/** A call that ends at its access check. */
typedef struct {
    const char *function;
    bool reached;           /* the call has passed libvirt's access check */
} cmdqvAclGate;

cmdqvAclGateAnswer cmdqvAclGateArm(cmdqvAclGate *gate, virConnectPtr conn, const char *function);
cmdqvAclGateAnswer cmdqvAclGateDisarm(cmdqvAclGate *gate);
bool cmdqvAclGateIsArmed(void);
void cmdqvAclGateSkip(void);
bool cmdqvAclGateIsOfOthers(virConnectPtr conn);
cmdqvVerdict *cmdqvAclGateRefuseUnknown(virConnectPtr conn, const char *function);

/**
 * CMDQV_ACL_GATE_ASK:
 * @conn: the caller's connection
 * @function: the public function that was called, or the one with the same
 *   check
 * @result: gets the result of the call, if it has ended
 * @call: the caller's own call, with all of its arguments
 *
 * Checks whether the caller may make the call. Changes nothing, and waits for
 * nothing.
 *
 * Returns: CMDQV_ACL_GATE_ENDED if libvirt has refused the call, and its error
 * is for the caller; otherwise any of the others but CMDQV_ACL_GATE_ARMED
 */
#define CMDQV_ACL_GATE_ASK(conn, function, result, call) \
    (__extension__ ({ \
        cmdqvAclGate gate_; \
        cmdqvAclGateAnswer answer_ = cmdqvAclGateArm(&gate_, conn, function); \
        if (answer_ == CMDQV_ACL_GATE_ARMED) { \
            (result) = (call); \
            answer_ = cmdqvAclGateDisarm(&gate_); \
        } \
        answer_; \
    }))
