/*
 * cmdqvraise.h: errors raised as libvirt's own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "plugin/cmdqvreal.h"
#include "qemu/cmdqvpolicy.h"

void cmdqvRaiseVerdict(virDomainPtr domain, virErrorNumber code, const char *function, const cmdqvVerdict *verdict);
void cmdqvRaiseDefinition(virConnectPtr conn, const char *function, const char *message);
bool cmdqvConnectIsReadOnly(virConnectPtr conn);
bool cmdqvLastErrorIsOneOf(const virErrorNumber *codes, gsize count);
