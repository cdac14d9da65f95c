/*
 * plugin/device_call.h: a call that changes a device of a domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "daemon/next_call.h"
#include "policy/detach_policy.h"

typedef struct _cmdqvDeviceCall cmdqvDeviceCall;

/**
 * cmdqvDeviceCall:
 * @function: the public function that was called
 * @action: "detach a device from", for messages that know no more
 * @domain: the domain
 * @what: device XML or alias, as the caller gave it
 * @flags: as the caller gave them; CURRENT gets resolved
 * @brings: whether @what comes into the domain, and an SMMU with it
 * @real: libvirt's own
 * @judge: a refusal, or NULL; NULL with an error where it cannot be told
 */
struct _cmdqvDeviceCall {
    const char *function;
    const char *action;
    virDomainPtr domain;
    const char *what;
    unsigned int flags;
    bool brings;
    int (*real)(virDomainPtr domain, const char *what, unsigned int flags);
    cmdqvVerdict *(*judge)(const cmdqvDeviceCall *call, const cmdqvDevice *device, GError **error);
};

int cmdqvDeviceCallRunXML(cmdqvDeviceCall *call);
int cmdqvDeviceCallRunAlias(cmdqvDeviceCall *call);
