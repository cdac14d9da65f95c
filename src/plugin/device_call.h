/*
 * device_call.h: judge calls that change a device of a domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "conf/device_xml.h"
#include "plugin/api_call.h"
#include "plugin/lowering_change.h"

typedef struct _cmdqvDeviceCallKind cmdqvDeviceCallKind;

/**
 * cmdqvDeviceCallKind:
 * @action: "detach a device from", for messages without the device
 * @isAlias: whether the text of the call is an alias, not device XML
 * @adds: whether the call adds the device to the domain, which may be an SMMU
 * @judge: sets @verdict to a refusal of the call's @device, or to NULL if the
 *   call may pass, and may set @placed and @kept; returns false with @error set
 *   if the state of the domain is unknown
 * @done: called after libvirt has made the change; NULL for none
 */
struct _cmdqvDeviceCallKind {
    const char *action;
    bool isAlias;
    bool adds;
    bool (*judge)(cmdqvApiCall *call, cmdqvVerdict **verdict, GError **error);
    void (*done)(const cmdqvApiCall *call);
};

bool cmdqvDeviceCallConcerns(cmdqvApiCall *call);
cmdqvVerdict *cmdqvDeviceCallJudge(cmdqvApiCall *call);
void cmdqvDeviceCallDone(cmdqvApiCall *call);

/**
 * CMDQV_DEVICE_CALL:
 * @name: a public function of libvirt
 * @parameters: its parameters, in parentheses
 * @arguments: the arguments for libvirt, in parentheses; with call.flags, in
 *   which CURRENT is replaced
 * @what: the parameter with device XML or an alias
 * @given: the caller's flags
 * @how: a cmdqvDeviceCallKind
 *
 * Defines the module's function of that name.
 */
#define CMDQV_DEVICE_CALL(name, parameters, arguments, what, given, how) \
    CMDQV_API_CALL_BY(int, -1, name, parameters, call.kept ? cmdqvLoweringChange(&call) : CMDQV_REAL(name) arguments, .domain = domain, \
                      .text = what, .flags = given, .kind = &how, \
                      .concerns = cmdqvDeviceCallConcerns, .judge = cmdqvDeviceCallJudge, .done = cmdqvDeviceCallDone)
