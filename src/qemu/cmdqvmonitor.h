/*
 * cmdqvmonitor.h: may this monitor command be sent
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "conf/cmdqvrule.h"
#include "qemu/cmdqvlive.h"
#include "qemu/cmdqvpolicy.h"

cmdqvVerdict *cmdqvPolicyMonitor(const char *domain, const cmdqvLive *live, const char *command, bool hmp,
                                 cmdqvHostSmmuLookup hostSmmu, gpointer data);
