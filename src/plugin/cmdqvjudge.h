/*
 * cmdqvjudge.h: a definition on its way into libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "plugin/cmdqvreal.h"
#include "qemu/cmdqvdefinition.h"

char *cmdqvJudgeToNative(const char *xml, gpointer conn);
char *cmdqvJudgeSnapshot(const char *xml);
char *cmdqvJudgeRead(virConnectPtr conn, const char *xml, cmdqvDefinition *definition);
char *cmdqvJudgeXML(virConnectPtr conn, const char *xml);
char *cmdqvJudgeDefinition(virDomainPtr domain);
