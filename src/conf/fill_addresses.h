/*
 * fill_addresses.h: write the addresses that libvirt would assign into domain
 * XML
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "conf/topology.h"
#include "conf/xml_read.h"

void cmdqvFillAddressesDoc(xmlDoc *doc, const cmdqvTopology *topology, const cmdqvTopology *placed, bool added);
void cmdqvFillAddressesAndClose(xmlDoc *doc, const cmdqvTopology *topology, const cmdqvTopology *placed, const GArray *closed);
