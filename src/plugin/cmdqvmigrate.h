/*
 * cmdqvmigrate.h: definitions that arrive by migration
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "plugin/cmdqvreal.h"
#include "qemu/cmdqvpolicy.h"

cmdqvVerdict *cmdqvMigrateJudgeDropped(virConnectPtr conn, const char *xml);
