/*
 * check_device_change.h: check a change of one device in a definition
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "conf/device_xml.h"
#include "daemon/next_call.h"
#include "policy/verdict.h"

cmdqvVerdict *cmdqvCheckDeviceChangeJudge(virDomainPtr domain, const char *verb, const char *xml, const cmdqvDevice *device, bool replaces);
