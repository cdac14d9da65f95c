/*
 * cmdqvanchorxml.h: anchors as XML, for clients of libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include "conf/cmdqvtopology.h"

/** By which virDomainGetMetadata() asks for it; the schema is docs/anchors.rng. */
#define CMDQV_ANCHOR_XML_NAMESPACE "urn:libvirt-cmdqv:anchors:1"

char *cmdqvAnchorXMLFormat(const GPtrArray *anchors, const cmdqvTopology *topology);
