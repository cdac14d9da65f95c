/*
 * cmdqvconfig.h: the settings of this daemon
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "conf/cmdqvrule.h"
#include "plugin/cmdqvreal.h"
#include "qemu/cmdqvsettings.h"

const cmdqvSettings *cmdqvConfigGet(void);
void cmdqvConfigContext(cmdqvRuleContext *context, virConnectPtr conn, const char *xml);
