/*
 * anchor_xml.h: write anchors as XML, for clients of libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include "conf/topology.h"

/** The URI for virDomainGetMetadata(); the schema is docs/anchors.rng. */
#define CMDQV_ANCHOR_XML_NAMESPACE "urn:libvirt-cmdqv:anchors:1"

/**
 * The architecture for which virConnectGetCPUModelNames() returns the version of the module, if it is loaded,
 * CMDQV_ANCHOR_XML_REFUSALS with a number, and CMDQV_ANCHOR_XML_NOVA_LAYOUT with "on" or "off".
 */
#define CMDQV_ANCHOR_XML_VERSION_ARCHITECTURE "libvirt-cmdqv"
#define CMDQV_ANCHOR_XML_REFUSALS "refusals="
#define CMDQV_ANCHOR_XML_NOVA_LAYOUT "nova_layout="

char *cmdqvAnchorXMLFormat(const GPtrArray *anchors, const cmdqvTopology *topology);
