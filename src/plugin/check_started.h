/*
 * check_started.h: check a domain after a client has started it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "daemon/next_call.h"

void cmdqvCheckStarted(virDomainPtr domain, const char *xml);
