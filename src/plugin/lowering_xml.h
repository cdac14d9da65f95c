/*
 * lowering_xml.h: lower domain XML for libvirt, and lift its XML
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "daemon/next_call.h"
#include "policy/definition.h"

bool cmdqvLoweringXMLDoc(virConnectPtr conn, xmlDoc *doc, const cmdqvDefinition *definition, bool *lowered, char **why);
char *cmdqvLoweringXMLOut(char *xml);
bool cmdqvLoweringXMLMayDrop(void);
char *cmdqvLoweringXMLToAsk(const char *xml, char **why);
bool cmdqvLoweringXMLKeeps(void);
bool cmdqvLoweringXMLDrops(virConnectPtr conn, const xmlDoc *doc);
bool cmdqvLoweringXMLDocIsNeeded(virConnectPtr conn, xmlDoc *doc, const cmdqvTopology *topology);
bool cmdqvLoweringXMLIsNeeded(virConnectPtr conn, const char *xml);
bool cmdqvLoweringXMLMayServe(virConnectPtr conn, xmlDoc *doc, const cmdqvTopology *topology);
