/*
 * policy/rule_table.h: is this definition sound
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "policy/rule.h"
#include "policy/detach_policy.h"

/** The rules that rest on what QEMU does; ends with an empty one. */
extern const cmdqvRule cmdqvQemuRules[];

/** The rules about what only arguments of its own bring to a domain; ends with an empty one. */
extern const cmdqvRule cmdqvArgumentRules[];

/** The rules that rest on what the host is and what libvirt knows; ends with an empty one. */
extern const cmdqvRule cmdqvContextRules[];

typedef void (*cmdqvRuleVisit)(const cmdqvRule *rule, gpointer data);

void cmdqvRulesForeach(cmdqvRuleVisit visit, gpointer data);
const cmdqvRule *cmdqvRulesFind(const char *identifier);
cmdqvRuleLevel cmdqvRulesLevel(const cmdqvRule *rule, GHashTable *levels);
GPtrArray *cmdqvRulesRun(const cmdqvTopology *topology, const cmdqvRuleContext *context);
GPtrArray *cmdqvRulesCheck(const cmdqvTopology *topology);
bool cmdqvRulesNeedPlacement(const cmdqvTopology *topology);
bool cmdqvRulesNetworkGivesHostdev(const cmdqvEndpoint *endpoint, const cmdqvRuleContext *context);
bool cmdqvRulesEndsLibvirt(const cmdqvTopology *topology, guint endpoint, const cmdqvRuleContext *context);
const char *cmdqvRulesAutoProperty(const cmdqvSmmu *smmu);
bool cmdqvRulesMachineHasAuto(const cmdqvTopology *topology, const cmdqvSmmu *smmu);
guint cmdqvFindingsErrors(const GPtrArray *findings);
char *cmdqvRulesSummarize(const char *domain, const GPtrArray *findings);
cmdqvVerdict *cmdqvRulesVerdictOf(const cmdqvTopology *topology, const cmdqvFinding *finding);
cmdqvVerdict *cmdqvRulesVerdict(const cmdqvTopology *topology, const GPtrArray *findings);
