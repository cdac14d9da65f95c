/*
 * cmdqvrules.h: is this definition sound
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "conf/cmdqvrule.h"

/** The rules that rest on what QEMU does; ends with an empty one. */
extern const cmdqvRule cmdqvQemuRules[];

typedef void (*cmdqvRuleVisit)(const cmdqvRule *rule, gpointer data);

void cmdqvRulesForeach(cmdqvRuleVisit visit, gpointer data);
GPtrArray *cmdqvRulesCheck(const cmdqvTopology *topology);
bool cmdqvRulesNeedPlacement(const cmdqvTopology *topology);
char *cmdqvRulesSummarize(const char *domain, const GPtrArray *findings);
