/*
 * attach_policy.h: decide whether a device may be attached
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "policy/verdict.h"
#include "policy/rule.h"
#include "policy/running_domain.h"

int cmdqvAttachPolicyPlace(const cmdqvTopology *live, guint endpoint);
int cmdqvAttachPolicyElsewhere(const cmdqvTopology *live, guint endpoint, const cmdqvTopology *definition);
void cmdqvAttachPolicyNoteCrowded(cmdqvVerdict *verdict, const char *domain);
cmdqvVerdict *cmdqvAttachPolicyLive(const char *domain, const cmdqvRunningDomain *live, const cmdqvTopology *after, guint endpoint,
                                    const cmdqvRuleContext *context);
