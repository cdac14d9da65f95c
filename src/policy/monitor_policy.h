/*
 * policy/monitor_policy.h: may this monitor command be sent
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "policy/rule.h"
#include "policy/running_domain.h"
#include "policy/detach_policy.h"

cmdqvVerdict *cmdqvPolicyMonitor(const char *domain, const cmdqvLive *live, const char *command, bool hmp,
                                 cmdqvHostSmmuLookup hostSmmu, gpointer data);
