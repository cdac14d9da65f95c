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
 * The architecture for which virConnectGetCPUModelNames() returns the version of the module, if it is loaded, and
 * CMDQV_ANCHOR_XML_REFUSALS with a number.
 */
#define CMDQV_ANCHOR_XML_VERSION_ARCHITECTURE "libvirt-cmdqv"
#define CMDQV_ANCHOR_XML_REFUSALS "refusals="

char *cmdqvAnchorXMLFormat(const GPtrArray *anchors, const cmdqvTopology *topology);
