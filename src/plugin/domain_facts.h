/*
 * plugin/domain_facts.h: what the daemon knows of a domain, gathered for the policy
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "host/cmdqv_support.h"
#include "daemon/next_call.h"
#include "policy/running_domain.h"

cmdqvHostSupport cmdqvFactsHostSupport(void);
const char *const *cmdqvFactsWithoutCmdqv(void);
cmdqvProcessPaths cmdqvFactsPaths(virDomainPtr domain, char **stateDir);
bool cmdqvFactsMayHaveSmmu(virDomainPtr domain, unsigned int flags);
void cmdqvFactsDefinitionWritten(virDomainPtr domain);
bool cmdqvFactsReadLive(virDomainPtr domain, cmdqvLive *live, GError **error);
bool cmdqvFactsReadDefinition(virDomainPtr domain, cmdqvTopology **definition, GError **error);
