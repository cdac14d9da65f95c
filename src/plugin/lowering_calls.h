/*
 * lowering_calls.h: make a libvirt without CMDQV look like one with it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "daemon/next_call.h"

char *cmdqvLoweringNative(virConnectPtr conn, const char *format, const char *xml, unsigned int flags);
gpointer cmdqvLoweringFind(const char *name);
