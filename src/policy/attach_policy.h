/*
 * policy/attach_policy.h: may this device be plugged in
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "policy/rule.h"
#include "policy/running_domain.h"
#include "policy/detach_policy.h"

int cmdqvAttachPlace(const cmdqvTopology *live, guint endpoint);
cmdqvVerdict *cmdqvPolicyAttachLive(const char *domain, const cmdqvLive *live, const cmdqvTopology *after, guint endpoint,
                                    const cmdqvRuleContext *context);
