/*
 * test_devices.h: topologies of a few devices
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "conf/topology.h"

cmdqvTopology *cmdqvTestDomain(const char *devices);
cmdqvTopology *cmdqvTestProcess(const char *devices);
