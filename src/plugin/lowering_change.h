/*
 * lowering_change.h: define a lowered domain with a changed device
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "plugin/api_call.h"

bool cmdqvLoweringChangeIsOf(const cmdqvDevice *device);
int cmdqvLoweringChange(cmdqvApiCall *call);
