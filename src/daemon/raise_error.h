/*
 * raise_error.h: raise errors as libvirt does
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "daemon/next_call.h"
#include "policy/verdict.h"

void cmdqvRaiseError(virErrorNumber code, const char *function, const char *message);
void cmdqvRaiseErrorFrom(virErrorDomain from, virErrorNumber code, const char *function, const char *message);
void cmdqvRaiseErrorDispatch(virConnectPtr conn);
void cmdqvRaiseErrorAbout(cmdqvVerdict *verdict, virDomainPtr domain);
void cmdqvRaiseErrorSetAsked(bool asked);
void cmdqvRaiseErrorRefusal(virConnectPtr conn, virDomainPtr domain, virErrorNumber code, const char *function,
                            cmdqvVerdict *verdict);
bool cmdqvRaiseErrorLastErrorIsOneOf(const virErrorNumber *codes, gsize count);
