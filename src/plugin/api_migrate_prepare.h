/*
 * plugin/api_migrate_prepare.h: definitions that arrive by migration
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "daemon/next_call.h"
#include "policy/detach_policy.h"

cmdqvVerdict *cmdqvMigrateJudgeDropped(virConnectPtr conn, const char *xml);
