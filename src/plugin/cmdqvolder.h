/*
 * cmdqvolder.h: an older libvirt, seen as one that knows CMDQV
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "plugin/cmdqvreal.h"

gpointer cmdqvOlderFind(const char *name);
