/*
 * cmdqvraise.h: errors raised as libvirt's own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "plugin/cmdqvreal.h"

void cmdqvRaise(virConnectPtr conn, virErrorNumber code, const char *function, const char *message);
bool cmdqvLastErrorIsOneOf(const virErrorNumber *codes, gsize count);
