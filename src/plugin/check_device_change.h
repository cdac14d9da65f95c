/*
 * check_device_change.h: check a change of one device in a definition
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "plugin/api_call.h"
#include "policy/verdict.h"

cmdqvVerdict *cmdqvCheckDeviceChangeJudge(cmdqvApiCall *call, const char *verb, bool replaces);
