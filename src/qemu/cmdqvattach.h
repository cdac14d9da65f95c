/*
 * cmdqvattach.h: may this device be plugged in
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "conf/cmdqvrule.h"
#include "qemu/cmdqvlive.h"
#include "qemu/cmdqvpolicy.h"

int cmdqvAttachPlace(const cmdqvTopology *live, guint endpoint);
cmdqvVerdict *cmdqvPolicyAttachLive(const char *domain, const cmdqvLive *live, const cmdqvTopology *after, guint endpoint,
                                    const cmdqvRuleContext *context);
