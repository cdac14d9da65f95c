/*
 * conf/xml_read.h: XML that strangers wrote, read safely and without copies
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libxml/tree.h>

#include "conf/pci_address.h"
#include "conf/topology.h"

/** libvirt's own RPC takes strings of up to 16 MiB (REMOTE_STRING_MAX, src/remote/remote_protocol.x). */
#define CMDQV_XML_MAX_BYTES (16 * 1024 * 1024)

/** What is read has fewer levels; libxml2 itself stops at a depth of 256 or 2048, by version. */
#define CMDQV_XML_MAX_DEPTH 256

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

bool cmdqvXMLIsWhole(void);
xmlDoc *cmdqvXMLParse(const char *xml, gsize len, const char *rootName, GError **error);

bool cmdqvXMLIs(const xmlNode *node, const char *name);
xmlNode *cmdqvXMLChild(const xmlNode *node, const char *name);
const char *cmdqvXMLAttr(const xmlNode *node, const char *name);
char *cmdqvXMLText(const xmlNode *node);
int cmdqvXMLLine(const xmlNode *node);

bool cmdqvXMLAttrUint(const xmlNode *node, const char *name, unsigned int base, unsigned int max, bool *present,
                      unsigned int *value, GError **error);
bool cmdqvXMLAttrYesNo(const xmlNode *node, const char *name, const char *yes, const char *no, cmdqvSwitch *value,
                       GError **error);
bool cmdqvXMLAddress(const xmlNode *node, bool *present, cmdqvPCIAddress *address, GError **error);
bool cmdqvXMLMac(const xmlNode *node, bool *present, guint8 mac[6], GError **error);
