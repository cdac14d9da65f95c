/*
 * xml_read.h: read untrusted XML safely and without copies
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>
#include <string.h>

#include <glib.h>
#include <libxml/tree.h>

#include "conf/pci_address.h"
#include "conf/topology.h"

/** libvirt's own RPC takes strings of up to 16 MiB (REMOTE_STRING_MAX, src/remote/remote_protocol.x). */
#define CMDQV_XML_READ_MAX_BYTES (16 * 1024 * 1024)

/** The deepest nesting that is read; libxml2 itself stops at a depth of 256 or 2048, by version. */
#define CMDQV_XML_READ_MAX_DEPTH 256

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

/** Whether two names are the same. A decision compares thousands, and most differ in the first letter. */
static inline bool
cmdqvXMLReadSameName(const xmlChar *name, const char *other)
{
    return *name == (xmlChar)*other && strcmp((const char *)name, other) == 0;
}

bool cmdqvXMLReadIsWhole(void);
xmlDoc *cmdqvXMLReadAsLibvirt(const char *xml, bool *wanting);
bool cmdqvXMLReadIsMalformed(const char *xml, const GError *error);
xmlDoc *cmdqvXMLReadParse(const char *xml, gsize len, const char *rootName, GError **error);

bool cmdqvXMLReadIs(const xmlNode *node, const char *name);
bool cmdqvXMLReadIsOf(const xmlNode *node, const char *name, const char *attribute, const char *value);
bool cmdqvXMLReadIsPCIController(const xmlNode *node);
xmlNode *cmdqvXMLReadChild(const xmlNode *node, const char *name);
const xmlNode *cmdqvXMLReadFollowing(const xmlNode *node, const xmlNode *root, bool into);
xmlNode *cmdqvXMLReadNextDevice(const xmlNode *domain, const xmlNode *after);
const char *cmdqvXMLReadAttr(const xmlNode *node, const char *name);
char *cmdqvXMLReadText(const xmlNode *node);
int cmdqvXMLReadLine(const xmlNode *node);

bool cmdqvXMLReadAttrUint(const xmlNode *node, const char *name, unsigned int base, unsigned int max, bool *present,
                          unsigned int *value, GError **error);
bool cmdqvXMLReadAttrYesNo(const xmlNode *node, const char *name, const char *yes, const char *no, cmdqvSwitch *value,
                           GError **error);
bool cmdqvXMLReadAddress(const xmlNode *node, bool *present, cmdqvPCIAddress *address, GError **error);
bool cmdqvXMLReadMac(const xmlNode *node, bool *present, guint8 mac[6], GError **error);
