/*
 * qemu/anchor_xml.h: anchors as XML, for clients of libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include "conf/topology.h"

/** By which virDomainGetMetadata() asks for it; the schema is docs/anchors.rng. */
#define CMDQV_ANCHOR_XML_NAMESPACE "urn:libvirt-cmdqv:anchors:1"

/** By which virConnectGetCPUModelNames() tells whether the module is there, and its version. */
#define CMDQV_PRESENCE_ARCHITECTURE "libvirt-cmdqv"

char *cmdqvAnchorXMLFormat(const GPtrArray *anchors, const cmdqvTopology *topology);
