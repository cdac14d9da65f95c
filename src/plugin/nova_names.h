/*
 * nova_names.h: name an instance of Nova in a refusal
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "daemon/next_call.h"
#include "layout/nova_request.h"
#include "policy/verdict.h"

char *cmdqvNovaNamesFormat(const cmdqvNovaRequest *request);
void cmdqvNovaNamesAdd(cmdqvVerdict *verdict, const char *xml);
void cmdqvNovaNamesAddOf(cmdqvVerdict *verdict, virDomainPtr domain);
