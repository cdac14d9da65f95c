/*
 * plugin/check_definition.h: a definition on its way into libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "daemon/next_call.h"
#include "policy/definition.h"

char *cmdqvJudgeToNative(const char *xml, gpointer conn);
cmdqvVerdict *cmdqvJudgePlain(virConnectPtr conn, const char *name, const char *xml);
cmdqvVerdict *cmdqvJudgeSnapshot(virConnectPtr conn, const char *xml);
cmdqvVerdict *cmdqvJudgeRead(virConnectPtr conn, const char *xml, cmdqvDefinition *definition);
cmdqvVerdict *cmdqvJudgeXML(virConnectPtr conn, const char *xml);
cmdqvVerdict *cmdqvJudgeDefinition(virDomainPtr domain);
