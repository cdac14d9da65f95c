/*
 * daemon_context.h: provide the settings and facts for the rules in this daemon
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <libxml/tree.h>

#include "daemon/next_call.h"
#include "policy/rule_context.h"
#include "policy/settings.h"

const cmdqvSettings *cmdqvDaemonContextSettings(void);
const cmdqvRuleContextHost *cmdqvDaemonContextHost(void);
cmdqvRuleContext cmdqvDaemonContextGet(virConnectPtr conn, xmlDoc *doc, const cmdqvTopology *topology);
