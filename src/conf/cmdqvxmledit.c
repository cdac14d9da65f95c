/*
 * cmdqvxmledit.c: elements of domain XML, added, changed and taken out
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/cmdqvxmledit.h"

#include <string.h>

#include <libxml/xmlsave.h>


bool
cmdqvXMLIsNs(const xmlNode *node, const char *name, const char *ns)
{
    return node->type == XML_ELEMENT_NODE && node->ns && node->ns->href && strcmp((const char *)node->name, name) == 0 &&
        strcmp((const char *)node->ns->href, ns) == 0;
}


/**
 * cmdqvXMLNextElement:
 * @parent: an element
 * @after: (nullable): one of its children; NULL to begin
 *
 * Returns: (transfer none) (nullable): the next child that is an element
 */
xmlNode *
cmdqvXMLNextElement(const xmlNode *parent, xmlNode *after)
{
    xmlNode *node = after ? after->next : parent->children;

    while (node && node->type != XML_ELEMENT_NODE)
        node = node->next;
    return node;
}


/* As cmdqvXMLChild(), of a namespace. */
xmlNode *
cmdqvXMLChildNs(const xmlNode *parent, const char *name, const char *ns)
{
    xmlNode *node;

    for (node = parent->children; node; node = node->next) {
        if (cmdqvXMLIsNs(node, name, ns))
            return node;
    }
    return NULL;
}


xmlNode *
cmdqvXMLEditAdd(xmlNode *parent, const char *name)
{
    xmlNode *node = xmlNewDocNode(parent->doc, NULL, BAD_CAST name, NULL);

    return xmlAddChild(parent, node);
}


/* @prefix is declared on the element itself, unless its parent is of that namespace. */
xmlNode *
cmdqvXMLEditAddNs(xmlNode *parent, const char *name, const char *ns, const char *prefix)
{
    xmlNode *node = cmdqvXMLEditAdd(parent, name);
    bool inherits = parent->ns && g_strcmp0((const char *)parent->ns->href, ns) == 0;

    xmlSetNs(node, inherits ? parent->ns : xmlNewNs(node, BAD_CAST ns, BAD_CAST prefix));
    return node;
}


/* The first child element of that name, made as the last where there is none. */
xmlNode *
cmdqvXMLEditEnsure(xmlNode *parent, const char *name)
{
    xmlNode *node = cmdqvXMLChild(parent, name);

    return node ? node : cmdqvXMLEditAdd(parent, name);
}


void
cmdqvXMLEditSet(xmlNode *node, const char *name, const char *value)
{
    (void)xmlSetProp(node, BAD_CAST name, BAD_CAST value);
}


void
cmdqvXMLEditSetNumber(xmlNode *node, const char *name, unsigned int value)
{
    g_autofree char *text = g_strdup_printf("%u", value);

    cmdqvXMLEditSet(node, name, text);
}


void
cmdqvXMLEditUnset(xmlNode *node, const char *name)
{
    (void)xmlUnsetProp(node, BAD_CAST name);
}


/* Adds a copy of @node to @parent. */
void
cmdqvXMLEditKeep(xmlNode *parent, const xmlNode *node)
{
    (void)xmlAddChild(parent, xmlDocCopyNode((xmlNode *)node, parent->doc, 1));
}


/* Puts a copy of @node in the place of @old, which is freed. */
void
cmdqvXMLEditReplace(xmlNode *old, const xmlNode *node)
{
    xmlFreeNode(xmlReplaceNode(old, xmlDocCopyNode((xmlNode *)node, old->doc, 1)));
}


void
cmdqvXMLEditRemove(xmlNode *node)
{
    xmlUnlinkNode(node);
    xmlFreeNode(node);
}


/* With the white space before it, as it has a line of its own. */
void
cmdqvXMLEditRemoveLine(xmlNode *node)
{
    if (node->prev && xmlIsBlankNode(node->prev))
        cmdqvXMLEditRemove(node->prev);
    cmdqvXMLEditRemove(node);
}


/* Each element in @node on a line of its own, deeper than @indent, which begins with a newline. */
static void
cmdqvXMLEditIndent(xmlNode *node, const char *indent)
{
    g_autofree char *deeper = g_strconcat(indent, "  ", NULL);
    xmlNode *child = node->children;

    while (child) {
        xmlNode *next = child->next;

        if (xmlIsBlankNode(child)) {
            cmdqvXMLEditRemove(child);
        } else if (child->type == XML_ELEMENT_NODE) {
            (void)xmlAddPrevSibling(child, xmlNewDocText(node->doc, BAD_CAST deeper));
            cmdqvXMLEditIndent(child, deeper);
        }
        child = next;
    }
    if (cmdqvXMLNextElement(node, NULL))
        (void)xmlAddChild(node, xmlNewDocText(node->doc, BAD_CAST indent));
}


/**
 * cmdqvXMLEditInsertLine:
 * @parent: an element whose children have a line each
 * @before: (nullable): one of them; NULL for the end
 * @node: (transfer full): becomes a child of @parent
 *
 * Gives it a line of its own, indented as the first child is, and to what is in
 * it too.
 */
void
cmdqvXMLEditInsertLine(xmlNode *parent, xmlNode *before, xmlNode *node)
{
    xmlNode *indent = parent->children && xmlIsBlankNode(parent->children)
        ? xmlDocCopyNode(parent->children, parent->doc, 1) : NULL;
    xmlNode *last;

    if (indent)
        cmdqvXMLEditIndent(node, (const char *)indent->content);
    if (before) {
        node = xmlAddPrevSibling(before, node);
        if (indent)
            (void)xmlAddNextSibling(node, indent);
        return;
    }
    /* the white space before the parent's end stays the last */
    last = parent->last;
    if (!last || !xmlIsBlankNode(last) || !indent) {
        xmlFreeNode(indent);
        (void)xmlAddChild(parent, node);
        return;
    }
    node = xmlAddPrevSibling(last, node);
    (void)xmlAddPrevSibling(node, indent);
}


/* libvirt quotes attributes with ', which then stands in no value; only <metadata> it leaves as libxml2 writes it. */
static char *
cmdqvXMLEditQuote(const char *text)
{
    GString *quoted = g_string_sized_new(strlen(text) + 64);
    const char *metadata = strstr(text, "<metadata");
    const char *metadataEnd = metadata ? strstr(metadata, "</metadata>") : NULL;
    const char *at = text;
    bool inTag = false;
    bool inValue = false;

    while (*at) {
        const char *skip = NULL;

        if (!inTag && metadataEnd && at == metadata)
            skip = metadataEnd;
        else if (!inTag && g_str_has_prefix(at, "<!--"))
            skip = strstr(at, "-->");
        else if (!inTag && g_str_has_prefix(at, "<![CDATA["))
            skip = strstr(at, "]]>");
        else if (!inTag && g_str_has_prefix(at, "<?"))
            skip = strstr(at, "?>");
        else if (inTag && !inValue && *at == '\'')
            skip = strchr(at + 1, '\'');
        if (skip) {
            g_string_append_len(quoted, at, skip - at + 1);
            at = skip + 1;
            continue;
        }

        if (*at == '<' && !inValue)
            inTag = true;
        else if (*at == '>' && !inValue)
            inTag = false;
        if (inTag && *at == '"') {
            inValue = !inValue;
            g_string_append_c(quoted, '\'');
        } else if (inValue && *at == '\'') {
            g_string_append(quoted, "&apos;");
        } else {
            g_string_append_c(quoted, *at);
        }
        at++;
    }
    return g_string_free(quoted, FALSE);
}


/**
 * cmdqvXMLEditFormat:
 * @doc: a document
 *
 * Returns: (transfer full): its root as libvirt formats XML, in UTF-8, without
 * a declaration, a newline at the end; NULL where there is no memory for it
 */
char *
cmdqvXMLEditFormat(xmlDoc *doc)
{
    xmlBuffer *buffer = xmlBufferCreate();
    xmlSaveCtxt *save = buffer ? xmlSaveToBuffer(buffer, "UTF-8", XML_SAVE_NO_DECL) : NULL;
    char *text = NULL;

    if (save && xmlSaveTree(save, xmlDocGetRootElement(doc)) >= 0 && xmlSaveFlush(save) >= 0) {
        g_autofree char *quoted = cmdqvXMLEditQuote((const char *)xmlBufferContent(buffer));

        text = g_strconcat(quoted, "\n", NULL);
    }
    if (save)
        (void)xmlSaveClose(save);
    xmlBufferFree(buffer);
    return text;
}
