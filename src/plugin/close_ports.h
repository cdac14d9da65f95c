/*
 * close_ports.h: close ports to hot-plug in definitions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "daemon/next_call.h"
#include "policy/definition.h"

bool cmdqvClosePortsIn(virConnectPtr conn, cmdqvDefinition *definition);
void cmdqvClosePortsDefined(virDomainPtr domain);
