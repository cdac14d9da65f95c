/*
 * plugin/close_ports.h: definitions, completed on their way into libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "daemon/next_call.h"
#include "policy/definition.h"

char *cmdqvCompleteXML(const cmdqvDefinition *definition);
void cmdqvCompleteDefined(virDomainPtr domain);
