/*
 * nova_refusal.h: raise a refusal that names an instance of Nova
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "daemon/next_call.h"
#include "policy/verdict.h"

void cmdqvNovaRefusalName(cmdqvVerdict *verdict, virDomainPtr domain, const char *xml);
void cmdqvNovaRefusalWarn(cmdqvVerdict *warning, virDomainPtr domain);
void cmdqvNovaRefusalRaise(virConnectPtr conn, virDomainPtr domain, const char *xml, virErrorNumber code, const char *function,
                           cmdqvVerdict *verdict);
