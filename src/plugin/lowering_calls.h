/*
 * plugin/lowering_calls.h: an older libvirt, seen as one that knows CMDQV
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "daemon/next_call.h"

char *cmdqvOlderNative(virConnectPtr conn, const char *format, const char *xml, unsigned int flags);
gpointer cmdqvOlderFind(const char *name);
