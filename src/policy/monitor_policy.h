/*
 * monitor_policy.h: decide whether a monitor command may be sent
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "policy/verdict.h"
#include "policy/rule.h"
#include "policy/running_domain.h"

cmdqvVerdict *cmdqvMonitorPolicyJudge(const char *domain, const cmdqvRunningDomain *live, const char *command, bool hmp,
                                      const cmdqvRuleContext *facts);
