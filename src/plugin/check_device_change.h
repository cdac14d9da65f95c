/*
 * plugin/check_device_change.h: a definition with one device added or exchanged
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "daemon/next_call.h"
#include "policy/detach_policy.h"

cmdqvVerdict *cmdqvChangeJudge(virDomainPtr domain, const char *verb, const char *xml, const cmdqvDevice *replaces);
