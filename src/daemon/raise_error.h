/*
 * daemon/raise_error.h: errors raised as libvirt's own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "daemon/next_call.h"
#include "policy/detach_policy.h"

void cmdqvRaiseError(virErrorNumber code, const char *function, const char *message);
void cmdqvRaiseErrorFrom(virErrorDomain from, virErrorNumber code, const char *function, const char *message);
void cmdqvRaiseDispatch(virConnectPtr conn);
void cmdqvRaiseLog(const char *function, const char *client, const cmdqvVerdict *verdict);
void cmdqvRaiseAbout(cmdqvVerdict *verdict, virDomainPtr domain);
void cmdqvRaiseVerdict(virDomainPtr domain, virErrorNumber code, const char *function, cmdqvVerdict *verdict);
bool cmdqvConnectIsReadOnly(virConnectPtr conn);
bool cmdqvLastErrorIsOneOf(const virErrorNumber *codes, gsize count);
