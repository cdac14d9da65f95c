/*
 * plugin/daemon_context.h: the settings of this daemon
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "policy/rule.h"
#include "daemon/next_call.h"
#include "policy/settings.h"

const cmdqvSettings *cmdqvConfigGet(void);
void cmdqvConfigContext(cmdqvRuleContext *context, virConnectPtr conn, const char *xml);
