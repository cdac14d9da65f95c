/*
 * check_definition.h: check a definition before libvirt gets it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "daemon/next_call.h"
#include "policy/definition.h"

bool cmdqvCheckDefinitionConcerns(const char *xml);
char *cmdqvCheckDefinitionToNative(const char *xml, gpointer conn);
cmdqvVerdict *cmdqvCheckDefinitionPlain(virConnectPtr conn, const char *name, xmlDoc *doc);
cmdqvVerdict *cmdqvCheckDefinitionSnapshot(virConnectPtr conn, const char *xml);
cmdqvVerdict *cmdqvCheckDefinitionRules(virConnectPtr conn, const char *xml, cmdqvDefinition *definition);
cmdqvVerdict *cmdqvCheckDefinitionUnlowered(const char *name, const char *why);
cmdqvVerdict *cmdqvCheckDefinitionRead(virConnectPtr conn, const char *xml, cmdqvDefinition *definition);
cmdqvVerdict *cmdqvCheckDefinitionXML(virConnectPtr conn, const char *xml);
cmdqvVerdict *cmdqvCheckDefinitionJudge(virDomainPtr domain);
