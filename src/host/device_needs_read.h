/*
 * host/device_needs_read.h: what a device of the host takes in a guest
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "host/device_needs.h"

cmdqvNeeds cmdqvNeedsRead(const char *folder, const char *vendor, const char *device, const char *class);
