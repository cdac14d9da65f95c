/*
 * topology_defaults.h: fill in the defaults that libvirt gives a definition
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "conf/topology.h"

/** Id of the iommufd object that the devices of a domain share. */
#define CMDQV_TOPOLOGY_DEFAULTS_IOMMUFD_ID "iommufd0"

void cmdqvTopologyDefaultsNameBuses(cmdqvTopology *topology);
void cmdqvTopologyDefaultsFill(cmdqvTopology *topology);
