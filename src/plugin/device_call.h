/*
 * device_call.h: run a call that changes a device of a domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "conf/device_xml.h"
#include "daemon/next_call.h"
#include "policy/verdict.h"

typedef struct _cmdqvDeviceCall cmdqvDeviceCall;

/**
 * cmdqvDeviceCall:
 * @function: the public function that was called
 * @action: "detach a device from", for messages without the device
 * @domain: the domain
 * @what: device XML or alias from the caller
 * @flags: flags from the caller; CURRENT is replaced
 * @adds: whether the call adds @what to the domain, which may be an SMMU
 * @real: libvirt's own function
 * @judge: sets @verdict to a refusal, or to NULL if the call may pass, and
 *   may set @placed; returns false with @error set if the state of the domain is
 *   unknown
 * @placed: (owned) (nullable): @what with an address, for libvirt; NULL: @what
 */
struct _cmdqvDeviceCall {
    const char *function;
    const char *action;
    virDomainPtr domain;
    const char *what;
    unsigned int flags;
    bool adds;
    int (*real)(virDomainPtr domain, const char *what, unsigned int flags);
    bool (*judge)(cmdqvDeviceCall *call, const cmdqvDevice *device, cmdqvVerdict **verdict, GError **error);
    char *placed;
};

int cmdqvDeviceCallRunXML(cmdqvDeviceCall *call);
int cmdqvDeviceCallRunAlias(cmdqvDeviceCall *call);
