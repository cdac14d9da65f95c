/*
 * conf/topology_defaults.h: what libvirt fills in of a definition
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "conf/topology.h"

/** Id of the iommufd object that the devices of a domain share. */
#define CMDQV_IOMMUFD_ID "iommufd0"

void cmdqvDefaultsNameBuses(cmdqvTopology *topology);
void cmdqvDefaultsFill(cmdqvTopology *topology);
