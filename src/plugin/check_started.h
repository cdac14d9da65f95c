/*
 * plugin/check_started.h: a domain that a client has just started
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "daemon/next_call.h"

void cmdqvStartedCheck(virDomainPtr domain, const char *xml);
