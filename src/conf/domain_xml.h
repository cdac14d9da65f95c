/*
 * domain_xml.h: read domain XML into a topology
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <libxml/tree.h>

#include "conf/topology.h"

bool cmdqvDomainXMLMayHaveSmmu(const char *xml);
guint cmdqvDomainXMLCountUnplaced(const xmlNode *root);
bool cmdqvDomainXMLIsPassthrough(const xmlNode *node);
bool cmdqvDomainXMLIsUnassigned(const xmlNode *node);
bool cmdqvDomainXMLAwaitsPlace(const xmlNode *node);
const char *cmdqvDomainXMLBrings(const xmlNode *node);
cmdqvTopology *cmdqvDomainXMLReadWhole(const xmlNode *root);
cmdqvTopology *cmdqvDomainXMLReadNode(const xmlNode *root, GError **error);
bool cmdqvDomainXMLAddDevice(cmdqvTopology *topology, const xmlNode *device, int *endpoint, GError **error);
cmdqvTopology *cmdqvDomainXMLRead(const char *xml, gsize len, GError **error);
bool cmdqvDomainXMLReadGuarded(const xmlDoc *domain, cmdqvTopology **topology, GError **error);
