/*
 * api_migrate_prepare.h: check definitions of incoming migrations
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "daemon/next_call.h"
#include "policy/verdict.h"

cmdqvVerdict *cmdqvApiMigratePrepareJudgeDropped(virConnectPtr conn, const char *xml);
