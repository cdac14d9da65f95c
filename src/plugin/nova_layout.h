/*
 * plugin/nova_layout.h: Nova's definitions, laid out on their way into libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "policy/detach_policy.h"

cmdqvVerdict *cmdqvNovaComplete(const char *xml, char **laid);
