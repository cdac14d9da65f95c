/*
 * cmdqvfacts.h: what the daemon knows of a domain, gathered for the policy
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "host/cmdqvhost.h"
#include "plugin/cmdqvreal.h"
#include "qemu/cmdqvlive.h"

cmdqvHostSupport cmdqvFactsHostSupport(void);
const char *const *cmdqvFactsWithoutCmdqv(void);
cmdqvProcessPaths cmdqvFactsPaths(virDomainPtr domain, char **stateDir);
bool cmdqvFactsMayHaveSmmu(virDomainPtr domain, unsigned int flags);
void cmdqvFactsDefinitionWritten(virDomainPtr domain);
bool cmdqvFactsReadLive(virDomainPtr domain, cmdqvLive *live, GError **error);
bool cmdqvFactsReadDefinition(virDomainPtr domain, cmdqvTopology **definition, GError **error);
