/*
 * lowering/fill_addresses.h: addresses that libvirt would give, written into domain XML
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "conf/topology.h"

bool cmdqvPlaceIsNeeded(const char *xml);
char *cmdqvPlaceXML(const char *xml, const cmdqvTopology *placed);
