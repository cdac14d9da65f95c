/*
 * rule_table.h: check a definition against all rules
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "policy/verdict.h"
#include "policy/rule.h"

/** The rules about QEMU's behaviour; an empty rule ends the list. */
extern const cmdqvRule cmdqvRulesQemu[];

/** The rules about devices that only a domain's own arguments can add; an empty rule ends the list. */
extern const cmdqvRule cmdqvRulesArgument[];

/** The rules about the host and the version of libvirt; an empty rule ends the list. */
extern const cmdqvRule cmdqvRulesHost[];

/** The rules about changes of devices; an empty rule ends the list. */
extern const cmdqvRule cmdqvRulesDevice[];

typedef void (*cmdqvRuleTableVisit)(const cmdqvRule *rule, gpointer data);

void cmdqvRuleTableForeach(cmdqvRuleTableVisit visit, gpointer data);
const cmdqvRule *cmdqvRuleTableFind(const char *identifier);
bool cmdqvRuleTableIsFixed(const cmdqvRule *rule);
const char *cmdqvRuleTableLevelName(const cmdqvRule *rule, GHashTable *levels);
GPtrArray *cmdqvRuleTableRun(const cmdqvTopology *topology, const cmdqvRuleContext *context, GPtrArray **untold);
bool cmdqvRuleTableNeedPlacement(const cmdqvTopology *topology);
bool cmdqvRulesHostNetworkGivesHostdev(const cmdqvEndpoint *endpoint, const cmdqvRuleContext *context);
bool cmdqvRulesHostEndsLibvirt(const cmdqvTopology *topology, guint endpoint, const cmdqvRuleContext *context);
const char *cmdqvRuleTableAutoProperty(const cmdqvSmmu *smmu);
bool cmdqvRuleTableMachineHasAuto(const cmdqvTopology *topology, const cmdqvSmmu *smmu);
guint cmdqvRuleTableErrors(const GPtrArray *findings);
cmdqvVerdict *cmdqvRuleTableVerdictOf(const cmdqvTopology *topology, const cmdqvFinding *finding);
cmdqvVerdict *cmdqvRuleTableVerdict(const cmdqvTopology *topology, const GPtrArray *findings);
