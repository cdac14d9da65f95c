/*
 * domain_facts.h: gather the facts about a domain for the policy
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "daemon/next_call.h"
#include "policy/running_domain.h"

cmdqvProcessPaths cmdqvDomainFactsPaths(virDomainPtr domain, char **stateDir);
bool cmdqvDomainFactsAreWithout(virDomainPtr domain, unsigned int halves);
bool cmdqvDomainFactsMayHaveSmmu(virDomainPtr domain, unsigned int flags);
void cmdqvDomainFactsDefinitionWritten(virDomainPtr domain);
bool cmdqvDomainFactsXML(virDomainPtr domain, unsigned int flags, char **xml, GError **error);
bool cmdqvDomainFactsReadLive(virDomainPtr domain, cmdqvRunningDomain *live, GError **error);
bool cmdqvDomainFactsReadDefinition(virDomainPtr domain, cmdqvTopology **definition, GError **error);
