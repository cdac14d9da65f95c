/*
 * api_call.h: run a call of a client: the caller's rights, the judgement, then
 * libvirt's own function
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "conf/device_xml.h"
#include "daemon/acl_gate.h"
#include "daemon/domain_job.h"
#include "plugin/lowering_priv.h"

typedef struct _cmdqvApiCall cmdqvApiCall;

/**
 * cmdqvApiCall:
 * @function: the public function that was called
 * @conn: the caller's connection; that of @domain, if there is one
 * @domain: the domain; NULL if the call names none. In the handle of the client
 *   before the rights, then @own
 * @own: (owned): a handle with libvirt's name of the domain; NULL if there is no
 *   such domain
 * @snapshot: the snapshot; NULL if the call names none
 * @text: XML, an alias or a command from the caller; NULL for none
 * @file: the path of a saved domain; NULL for none
 * @params: the caller's parameters, @nparams of them
 * @flags: the caller's flags
 * @withoutCookie: whether a migration has no cookie from its source
 * @concerns: whether the module must check the call before libvirt gets it; may
 *   end the call; NULL: always
 * @judge: the refusal of a call that libvirt grants; NULL if the call may pass,
 *   or has ended
 * @code: the error code of the refusal; VIR_ERR_OK for VIR_ERR_CONFIG_UNSUPPORTED
 * @answer: libvirt's answer about the rights; CMDQV_ACL_GATE_ENDED if the call
 *   has ended
 * @done: called after libvirt's own call, if it has succeeded; NULL for none
 * @kind: the kind of a call that changes a device (device_call.h)
 * @device: (owned): its device, read
 * @placed: (owned): its device XML with an address, for libvirt; NULL: @text
 * @kept: (owned): the definition as libvirt keeps it, if libvirt would only
 *   partly understand its change; NULL: libvirt makes the change
 * @changed: that definition with the change, for libvirt, or the reason why a
 *   libvirt with CMDQV would refuse the call
 * @job: a job that ends with the call
 * @asked: XML for libvirt until it has checked the rights, and @askedParams, the
 *   parameters with it
 */
struct _cmdqvApiCall {
    const char *function;
    virConnectPtr conn;
    virDomainPtr domain;
    virDomainPtr own;
    virDomainSnapshotPtr snapshot;
    const char *text;
    const char *file;
    virTypedParameterPtr params;
    int nparams;
    unsigned int flags;
    bool withoutCookie;
    bool (*concerns)(cmdqvApiCall *call);
    cmdqvVerdict *(*judge)(cmdqvApiCall *call);
    void (*done)(cmdqvApiCall *call);
    const struct _cmdqvDeviceCallKind *kind;
    cmdqvDevice *device;
    char *placed;
    char *kept;
    cmdqvLoweringText changed;
    virErrorNumber code;
    cmdqvAclGateAnswer answer;
    cmdqvDomainJob job;
    char *asked;
    virTypedParameterPtr askedParams;
};

bool cmdqvApiCallBegin(cmdqvApiCall *call);
void cmdqvApiCallJudge(cmdqvApiCall *call, cmdqvAclGateAnswer answer);
void cmdqvApiCallRefuse(cmdqvApiCall *call, cmdqvVerdict *refusal);
cmdqvVerdict *cmdqvApiCallAfterLibvirt(cmdqvApiCall *call, cmdqvVerdict *refusal, bool made);
cmdqvVerdict *cmdqvApiCallTimeOut(cmdqvApiCall *call);
cmdqvVerdict *cmdqvApiCallUnknown(cmdqvApiCall *call);
cmdqvVerdict *cmdqvApiCallJudgeNothing(cmdqvApiCall *call);
bool cmdqvApiCallMayHaveSmmu(cmdqvApiCall *call);
void cmdqvApiCallClear(cmdqvApiCall *call);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvApiCall, cmdqvApiCallClear)

/**
 * CMDQV_API_CALL_RUN:
 * @call: a cmdqvApiCall
 * @failed: the result of a refused call
 * @real: the caller's own call, with all of its arguments
 *
 * Makes the call once until libvirt has checked the caller's rights, judges it,
 * and then makes it. The job of the call stays.
 *
 * Returns: libvirt's result, or @failed with an error raised
 */
#define CMDQV_API_CALL_RUN(call, failed, real) \
    (__extension__ ({ \
        __typeof__(real) result_ = failed; \
        if (cmdqvApiCallBegin(&call)) \
            cmdqvApiCallJudge(&call, CMDQV_ACL_GATE_ASK(call.conn, call.function, result_, real)); \
        if (call.answer != CMDQV_ACL_GATE_ENDED) \
            result_ = real; \
        if (result_ != failed && call.done) \
            call.done(&call); \
        result_; \
    }))

/**
 * CMDQV_API_CALL_BY:
 * @type: the type of the result
 * @failed: the result of a refused call
 * @name: a public function of libvirt
 * @parameters: its parameters, in parentheses
 * @real: the call of libvirt
 * @...: the fields of the cmdqvApiCall
 *
 * Defines the module's function of that name.
 */
#define CMDQV_API_CALL_BY(type, failed, name, parameters, real, ...) \
    CMDQV_EXPORT type name parameters; \
    CMDQV_EXPORT type \
    name parameters \
    { \
        g_auto(cmdqvApiCall) call = { .function = #name, __VA_ARGS__ }; \
        \
        return CMDQV_API_CALL_RUN(call, failed, real); \
    }

/** As CMDQV_API_CALL_BY(), with the arguments for libvirt, in parentheses. */
#define CMDQV_API_CALL(type, failed, name, parameters, arguments, ...) \
    CMDQV_API_CALL_BY(type, failed, name, parameters, CMDQV_REAL(name) arguments, __VA_ARGS__)
