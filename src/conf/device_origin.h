/*
 * device_origin.h: find the XML element of a device in libvirt's command line
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <libxml/tree.h>

#include "conf/topology.h"

bool cmdqvDeviceOriginWrite(xmlDoc *copy, const xmlDoc *doc);
void cmdqvDeviceOriginResolve(cmdqvTopology *placed);
void cmdqvDeviceOriginName(cmdqvTopology *topology, const xmlNode *root);
void cmdqvDeviceOriginNative(cmdqvTopology *native, const cmdqvTopology *definition, const xmlNode *root);
