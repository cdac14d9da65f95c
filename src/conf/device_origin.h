/*
 * conf/device_origin.h: which element of the XML a device in libvirt's command line is
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <libxml/tree.h>

#include "conf/topology.h"

char *cmdqvMarkDevices(const char *domain);
void cmdqvMarkResolve(cmdqvTopology *placed);
void cmdqvMarkName(cmdqvTopology *topology, const xmlNode *root);
void cmdqvMarkNative(cmdqvTopology *native, const cmdqvTopology *definition, const xmlNode *root);
