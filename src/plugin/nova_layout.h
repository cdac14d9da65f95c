/*
 * nova_layout.h: make the layout that a Nova flavor requests
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "daemon/next_call.h"
#include "policy/verdict.h"

bool cmdqvNovaLayoutIsRequested(const char *xml);
bool cmdqvNovaLayoutIsMade(const char *xml);
char *cmdqvNovaLayoutRemoveUnused(const char *xml);
cmdqvVerdict *cmdqvNovaLayoutComplete(virConnectPtr conn, const char *xml, char **laid);
