/*
 * conf/xml_edit.h: elements of domain XML, added, changed and taken out
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "conf/xml_read.h"

/** libvirt's namespace for what a domain gives to QEMU as it is. */
#define CMDQV_XML_QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"

xmlNode *cmdqvXMLNextElement(const xmlNode *parent, xmlNode *after);
xmlNode *cmdqvXMLChildNs(const xmlNode *parent, const char *name, const char *ns);
bool cmdqvXMLIsNs(const xmlNode *node, const char *name, const char *ns);

bool cmdqvXMLEditIsWhole(const xmlDoc *doc, GError **error);

xmlNode *cmdqvXMLEditParse(xmlDoc *doc, const char *text);
xmlNode *cmdqvXMLEditCopy(xmlDoc *doc, const xmlNode *node);
xmlNode *cmdqvXMLEditAdd(xmlNode *parent, const char *name);
xmlNode *cmdqvXMLEditAddNs(xmlNode *parent, const char *name, const char *ns, const char *prefix);
xmlNode *cmdqvXMLEditEnsure(xmlNode *parent, const char *name);
void cmdqvXMLEditSet(xmlNode *node, const char *name, const char *value);
bool cmdqvXMLEditTrySet(xmlNode *node, const char *name, const char *value);
void cmdqvXMLEditSetNumber(xmlNode *node, const char *name, unsigned int value);
void cmdqvXMLEditUnset(xmlNode *node, const char *name);
void cmdqvXMLEditKeep(xmlNode *parent, const xmlNode *node);
void cmdqvXMLEditMoveBefore(xmlNode *before, xmlNode *node);
void cmdqvXMLEditComment(xmlNode *old, const char *text);
void cmdqvXMLEditReplace(xmlNode *old, const xmlNode *node);
char *cmdqvXMLEditOwn(const xmlNode *node, const char *name, GError **error);
void cmdqvXMLEditRemove(xmlNode *node);
void cmdqvXMLEditRemoveLine(xmlNode *node);
void cmdqvXMLEditInsertLine(xmlNode *parent, xmlNode *before, xmlNode *node);
char *cmdqvXMLEditDump(xmlDoc *doc);
char *cmdqvXMLEditFormat(xmlDoc *doc, GError **error);
