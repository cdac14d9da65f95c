/*
 * xml_edit.h: add, change and remove elements of domain XML
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "conf/xml_read.h"

/** libvirt's namespace for arguments and properties that it passes to QEMU unchanged. */
#define CMDQV_XML_EDIT_QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"

xmlNode *cmdqvXMLEditNextElement(const xmlNode *parent, xmlNode *after);
xmlNode *cmdqvXMLEditChildNs(const xmlNode *parent, const char *name, const char *ns);
bool cmdqvXMLEditIsNs(const xmlNode *node, const char *name, const char *ns);

bool cmdqvXMLEditIsWhole(const xmlDoc *doc, GError **error);
void cmdqvXMLEditSpoil(xmlDoc *doc);

xmlNode *cmdqvXMLEditParse(xmlDoc *doc, const char *text);
xmlNode *cmdqvXMLEditCopy(xmlDoc *doc, const xmlNode *node);
xmlDoc *cmdqvXMLEditAlone(const xmlNode *node);
xmlNode *cmdqvXMLEditAdd(xmlNode *parent, const char *name);
xmlNode *cmdqvXMLEditAddNs(xmlNode *parent, const char *name, const char *ns, const char *prefix);
xmlNode *cmdqvXMLEditEnsure(xmlNode *parent, const char *name);
void cmdqvXMLEditSet(xmlNode *node, const char *name, const char *value);
bool cmdqvXMLEditTrySet(xmlNode *node, const char *name, const char *value);
void cmdqvXMLEditSetNumber(xmlNode *node, const char *name, unsigned int value);
void cmdqvXMLEditUnset(xmlNode *node, const char *name);
void cmdqvXMLEditUndeclare(xmlNode *node, const char *ns);
void cmdqvXMLEditKeep(xmlNode *parent, const xmlNode *node);
void cmdqvXMLEditMoveBefore(xmlNode *before, xmlNode *node);
void cmdqvXMLEditComment(xmlNode *old, const char *text);
void cmdqvXMLEditReplace(xmlNode *old, const xmlNode *node);
char *cmdqvXMLEditOwn(const xmlNode *node, const char *name, GError **error);
void cmdqvXMLEditRemove(xmlNode *node);
void cmdqvXMLEditRemoveLine(xmlNode *node);
void cmdqvXMLEditInsertLine(xmlNode *parent, xmlNode *before, xmlNode *node);
char *cmdqvXMLEditDump(xmlDoc *doc, GError **error);
char *cmdqvXMLEditFormat(xmlDoc *doc, GError **error);
