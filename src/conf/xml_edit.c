/*
 * xml_edit.c: add, change and remove elements of domain XML
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * If libxml2 gets no memory, the document is marked as spoilt, so a caller need
 * not check each edit: the element is not added, and a spoilt document is never
 * written.
 */

#include "conf/xml_edit.h"

#include <string.h>

#include <libxml/xmlsave.h>

#include "util/error.h"
#include "util/text.h"

/* The mark of a spoilt document. */
static char cmdqvXMLEditSpoilt;


/**
 * cmdqvXMLEditSpoil:
 * @doc: a document
 *
 * Marks it as one in which something is missing.
 */
void
cmdqvXMLEditSpoil(xmlDoc *doc)
{
    doc->_private = &cmdqvXMLEditSpoilt;
}


static bool
cmdqvXMLEditIsSpoilt(const xmlDoc *doc)
{
    return doc->_private == &cmdqvXMLEditSpoilt || !cmdqvXMLReadIsWhole();
}


/**
 * cmdqvXMLEditIsWhole:
 * @doc: a document that was edited
 * @error: CMDQV_ERROR_MEMORY
 *
 * libxml2 before 2.14 reports missing memory in its last error, newer versions
 * in return values.
 *
 * Returns: true, or false with @error set if an edit is missing
 */
bool
cmdqvXMLEditIsWhole(const xmlDoc *doc, GError **error)
{
    if (!cmdqvXMLEditIsSpoilt(doc))
        return true;
    return cmdqvErrorSet(error, CMDQV_ERROR_MEMORY, "there is not enough memory to change the XML");
}


/**
 * cmdqvXMLEditIsNs:
 * @node: any node
 * @name: of an element
 * @ns: URI of its namespace
 *
 * Returns: true if it is that element of that namespace
 */
bool
cmdqvXMLEditIsNs(const xmlNode *node, const char *name, const char *ns)
{
    return node->type == XML_ELEMENT_NODE && node->ns && node->ns->href && strcmp((const char *)node->name, name) == 0 &&
        strcmp((const char *)node->ns->href, ns) == 0;
}


/**
 * cmdqvXMLEditNextElement:
 * @parent: an element
 * @after: (nullable): one of its children; NULL to begin
 *
 * Returns: (transfer none) (nullable): the next child that is an element
 */
xmlNode *
cmdqvXMLEditNextElement(const xmlNode *parent, xmlNode *after)
{
    xmlNode *node = after ? after->next : parent->children;

    while (node && node->type != XML_ELEMENT_NODE)
        node = node->next;
    return node;
}


/**
 * cmdqvXMLEditChildNs:
 * @parent: an element
 * @name: of an element
 * @ns: URI of its namespace
 *
 * Returns: (transfer none) (nullable): as cmdqvXMLReadChild(), of a namespace
 */
xmlNode *
cmdqvXMLEditChildNs(const xmlNode *parent, const char *name, const char *ns)
{
    xmlNode *node;

    for (node = parent->children; node; node = node->next) {
        if (cmdqvXMLEditIsNs(node, name, ns))
            return node;
    }
    return NULL;
}


/**
 * cmdqvXMLEditParse:
 * @doc: a document
 * @text: an element, well-formed
 *
 * Returns: (transfer full) (nullable): the element, without a parent yet; NULL
 * without the memory for it
 */
xmlNode *
cmdqvXMLEditParse(xmlDoc *doc, const char *text)
{
    g_autoptr(xmlDoc) other = NULL;

    /* the parser would forget that error */
    if (!cmdqvXMLReadIsWhole())
        cmdqvXMLEditSpoil(doc);
    other = cmdqvXMLReadParse(text, strlen(text), NULL, NULL);
    if (other)
        return cmdqvXMLEditCopy(doc, xmlDocGetRootElement(other));
    cmdqvXMLEditSpoil(doc);
    return NULL;
}


static bool
cmdqvXMLEditIsSameText(const xmlChar *a, const xmlChar *b)
{
    return g_strcmp0((const char *)a, (const char *)b) == 0;
}


static bool
cmdqvXMLEditHasSameAttributes(const xmlNode *a, const xmlNode *b)
{
    const xmlAttr *one = a->properties;
    const xmlAttr *other = b->properties;

    for (; one && other; one = one->next, other = other->next) {
        const xmlNode *value = one->children;
        const xmlNode *copied = other->children;

        if (!cmdqvXMLEditIsSameText(one->name, other->name))
            return false;
        for (; value && copied; value = value->next, copied = copied->next) {
            if (!cmdqvXMLEditIsSameText(value->content, copied->content))
                return false;
        }
        if (value || copied)
            return false;
    }
    return !one && !other;
}


/* Whether a copy is complete: libxml2 before 2.14 may leave out a part without memory, and return no error. */
static bool
cmdqvXMLEditIsSame(const xmlNode *a, const xmlNode *b)
{
    const xmlNode *one = a->children;
    const xmlNode *other = b->children;

    if (a->type != b->type || !cmdqvXMLEditIsSameText(a->name, b->name) || !a->ns != !b->ns)
        return false;
    if (a->type != XML_ELEMENT_NODE)
        return cmdqvXMLEditIsSameText(a->content, b->content);
    for (; one && other; one = one->next, other = other->next) {
        if (!cmdqvXMLEditIsSame(one, other))
            return false;
    }
    return !one && !other && cmdqvXMLEditHasSameAttributes(a, b);
}


/**
 * cmdqvXMLEditCopy:
 * @doc: a document
 * @node: an element, of this or another one
 *
 * Returns: (transfer full) (nullable): a copy, without a parent yet; NULL
 * without the memory for it
 */
xmlNode *
cmdqvXMLEditCopy(xmlDoc *doc, const xmlNode *node)
{
    xmlNode *copy = xmlDocCopyNode((xmlNode *)node, doc, 1);

    if (copy && cmdqvXMLEditIsSame(node, copy))
        return copy;
    cmdqvXMLEditSpoil(doc);
    xmlFreeNode(copy);
    return NULL;
}


/**
 * cmdqvXMLEditAlone:
 * @node: an element
 *
 * Returns: (transfer full) (nullable): a document that has a copy of it and
 * nothing else; NULL, and the document of @node spoilt, without the memory for
 * it
 */
xmlDoc *
cmdqvXMLEditAlone(const xmlNode *node)
{
    g_autoptr(xmlDoc) doc = xmlNewDoc(BAD_CAST "1.0");
    xmlNode *copy;

    /* keeps values that cmdqvXMLReadAttr() joins */
    if (doc)
        doc->dict = xmlDictCreate();
    copy = doc && doc->dict ? cmdqvXMLEditCopy(doc, node) : NULL;
    if (!copy) {
        cmdqvXMLEditSpoil(node->doc);
        return NULL;
    }
    (void)xmlDocSetRootElement(doc, copy);
    return g_steal_pointer(&doc);
}


/**
 * cmdqvXMLEditAdd:
 * @parent: an element
 * @name: of a new one
 *
 * Returns: (transfer none): the new element, its last child; without the memory
 * for it, @parent, and the document is spoilt
 */
xmlNode *
cmdqvXMLEditAdd(xmlNode *parent, const char *name)
{
    xmlNode *node = xmlNewDocNode(parent->doc, NULL, BAD_CAST name, NULL);

    if (node)
        return xmlAddChild(parent, node);
    cmdqvXMLEditSpoil(parent->doc);
    return parent;
}


/**
 * cmdqvXMLEditAddNs:
 * @parent: an element
 * @name: of a new one
 * @ns: URI of its namespace
 * @prefix: for the namespace
 *
 * Declares @prefix on the element itself, unless its parent is of that
 * namespace.
 *
 * Returns: (transfer none): as cmdqvXMLEditAdd()
 */
xmlNode *
cmdqvXMLEditAddNs(xmlNode *parent, const char *name, const char *ns, const char *prefix)
{
    xmlNode *node = cmdqvXMLEditAdd(parent, name);
    bool inherits = parent->ns && g_strcmp0((const char *)parent->ns->href, ns) == 0;
    xmlNs *own;

    if (node == parent)
        return parent;
    own = inherits ? parent->ns : xmlNewNs(node, BAD_CAST ns, BAD_CAST prefix);
    if (!own)
        cmdqvXMLEditSpoil(parent->doc);
    xmlSetNs(node, own);
    return node;
}


/**
 * cmdqvXMLEditEnsure:
 * @parent: an element
 * @name: of a child
 *
 * Returns: (transfer none): its first child element of that name; if there is
 * none, as cmdqvXMLEditAdd()
 */
xmlNode *
cmdqvXMLEditEnsure(xmlNode *parent, const char *name)
{
    xmlNode *node = cmdqvXMLReadChild(parent, name);

    return node ? node : cmdqvXMLEditAdd(parent, name);
}


/**
 * cmdqvXMLEditSet:
 * @node: an element
 * @name: of an attribute
 * @value: its new value
 *
 * libxml2 makes an attribute without a name if it gets no memory for that,
 * and returns no error: then the document is spoilt.
 */
void
cmdqvXMLEditSet(xmlNode *node, const char *name, const char *value)
{
    xmlAttr *attribute = xmlSetProp(node, BAD_CAST name, BAD_CAST value);

    if (attribute && attribute->name && (!value || !*value || attribute->children))
        return;
    cmdqvXMLEditSpoil(node->doc);
    if (attribute)
        (void)xmlRemoveProp(attribute);
}


/**
 * cmdqvXMLEditTrySet:
 * @node: an element
 * @name: name of an attribute
 * @value: its new value
 *
 * libxml2 makes an attribute without a name if it gets no memory for that,
 * and returns no error.
 *
 * Returns: false if there is no memory for it
 */
bool
cmdqvXMLEditTrySet(xmlNode *node, const char *name, const char *value)
{
    const xmlAttr *attribute = xmlSetProp(node, BAD_CAST name, BAD_CAST value);

    return attribute && attribute->name && attribute->children;
}


/**
 * cmdqvXMLEditSetNumber:
 * @node: an element
 * @name: of an attribute
 * @value: its new value, written in decimal
 *
 * As cmdqvXMLEditSet().
 */
void
cmdqvXMLEditSetNumber(xmlNode *node, const char *name, unsigned int value)
{
    g_autofree char *text = g_strdup_printf("%u", value);

    cmdqvXMLEditSet(node, name, text);
}


/**
 * cmdqvXMLEditUnset:
 * @node: an element
 * @name: of an attribute, present or not
 */
void
cmdqvXMLEditUnset(xmlNode *node, const char *name)
{
    (void)xmlUnsetProp(node, BAD_CAST name);
}


/* Whether @node or one of its attributes uses that declaration. */
static bool
cmdqvXMLEditIsOf(const xmlNode *node, const xmlNs *ns)
{
    const xmlAttr *attribute;

    if (node->type != XML_ELEMENT_NODE)
        return false;
    for (attribute = node->properties; attribute; attribute = attribute->next) {
        if (attribute->ns == ns)
            return true;
    }
    return node->ns == ns;
}


/* Whether any node in @root uses that declaration, so that it must not be freed. */
static bool
cmdqvXMLEditUses(const xmlNode *root, const xmlNs *ns)
{
    const xmlNode *node = root;

    while (node && !cmdqvXMLEditIsOf(node, ns))
        node = cmdqvXMLReadFollowing(node, root, true);
    return node;
}


/**
 * cmdqvXMLEditUndeclare:
 * @node: an element
 * @ns: URI of a namespace
 *
 * Removes the declarations of that namespace from @node, except those that a
 * node in it uses.
 */
void
cmdqvXMLEditUndeclare(xmlNode *node, const char *ns)
{
    xmlNs **at = &node->nsDef;

    while (*at) {
        xmlNs *declaration = *at;

        if (g_strcmp0((const char *)declaration->href, ns) != 0 || cmdqvXMLEditUses(node, declaration)) {
            at = &declaration->next;
        } else {
            *at = declaration->next;
            xmlFreeNs(declaration);
        }
    }
}


static bool
cmdqvXMLEditDeclares(const xmlNode *node, const xmlNs *namespace)
{
    const xmlNs *own;

    for (own = node->nsDef; own; own = own->next) {
        if (xmlStrEqual(own->prefix, namespace->prefix) && xmlStrEqual(own->href, namespace->href))
            return true;
    }
    return false;
}


static void
cmdqvXMLEditChangeNamespace(xmlNode *node, const xmlNs *from, xmlNs *to)
{
    xmlNode *child = NULL;
    xmlAttr *attr;

    if (node->ns == from)
        node->ns = to;
    for (attr = node->properties; attr; attr = attr->next) {
        if (attr->ns == from)
            attr->ns = to;
    }
    while ((child = cmdqvXMLEditNextElement(node, child)))
        cmdqvXMLEditChangeNamespace(child, from, to);
}


/*
 * A copy has no parent at first, so libxml2 declares in it each namespace that an
 * ancestor of @node declares.  In its new place, this removes the declarations
 * that the ancestors of @copy have too: lowered and lifted text is compared.
 */
static void
cmdqvXMLEditRemoveDeclarations(const xmlNode *node, xmlNode *copy)
{
    xmlNs **next = &copy->nsDef;

    if (copy->type != XML_ELEMENT_NODE)
        return;
    while (*next) {
        xmlNs *added = *next;
        xmlNs *above = cmdqvXMLEditDeclares(node, added) ? NULL : xmlSearchNs(copy->doc, copy->parent, added->prefix);

        if (!above || !xmlStrEqual(above->href, added->href)) {
            next = &added->next;
            continue;
        }
        cmdqvXMLEditChangeNamespace(copy, added, above);
        *next = added->next;
        xmlFreeNs(added);
    }
}


/**
 * cmdqvXMLEditKeep:
 * @parent: an element
 * @node: a node of any document
 *
 * Adds a copy of @node to @parent; the document is spoilt without the memory
 * for it.
 */
void
cmdqvXMLEditKeep(xmlNode *parent, const xmlNode *node)
{
    xmlNode *copy = cmdqvXMLEditCopy(parent->doc, node);

    if (!copy)
        return;
    copy = xmlAddChild(parent, copy);
    if (copy)
        cmdqvXMLEditRemoveDeclarations(node, copy);
}


/**
 * cmdqvXMLEditMoveBefore:
 * @before: a child of an element
 * @node: another child of it
 *
 * Puts one child of an element before another.
 */
void
cmdqvXMLEditMoveBefore(xmlNode *before, xmlNode *node)
{
    /* a spoilt document may have another node in @node */
    if (!cmdqvXMLEditIsSpoilt(before->doc))
        (void)xmlAddPrevSibling(before, node);
}


/**
 * cmdqvXMLEditComment:
 * @old: (transfer full): a node
 * @text: of a comment
 *
 * Replaces @old by a comment.
 */
void
cmdqvXMLEditComment(xmlNode *old, const char *text)
{
    xmlNode *comment = xmlNewDocComment(old->doc, BAD_CAST text);

    if (!comment)
        cmdqvXMLEditSpoil(old->doc);
    else
        xmlFreeNode(xmlReplaceNode(old, comment));
}


/**
 * cmdqvXMLEditReplace:
 * @old: (transfer full): a node
 * @node: a node of any document
 *
 * Replaces @old by a copy of @node.
 */
void
cmdqvXMLEditReplace(xmlNode *old, const xmlNode *node)
{
    xmlNode *copy = cmdqvXMLEditCopy(old->doc, node);

    if (!copy)
        return;
    xmlFreeNode(xmlReplaceNode(old, copy));
    cmdqvXMLEditRemoveDeclarations(node, copy);
}


/**
 * cmdqvXMLEditRemove:
 * @node: (transfer full): a node
 *
 * Removes it from its document.
 */
void
cmdqvXMLEditRemove(xmlNode *node)
{
    xmlUnlinkNode(node);
    xmlFreeNode(node);
}


/**
 * cmdqvXMLEditRemoveLine:
 * @node: (transfer full): a node
 *
 * Removes it with the white space before it, that is, its line.
 */
void
cmdqvXMLEditRemoveLine(xmlNode *node)
{
    if (node->prev && xmlIsBlankNode(node->prev))
        cmdqvXMLEditRemove(node->prev);
    cmdqvXMLEditRemove(node);
}


static xmlNode *
cmdqvXMLEditText(xmlDoc *doc, const char *text)
{
    xmlNode *node = xmlNewDocText(doc, BAD_CAST text);

    if (!node || !node->content)
        cmdqvXMLEditSpoil(doc);
    return node;
}


/* Puts each element in @node on a line of its own, deeper than @indent, which begins with a newline. */
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
            (void)xmlAddPrevSibling(child, cmdqvXMLEditText(node->doc, deeper));
            cmdqvXMLEditIndent(child, deeper);
        }
        child = next;
    }
    if (cmdqvXMLEditNextElement(node, NULL))
        (void)xmlAddChild(node, cmdqvXMLEditText(node->doc, indent));
}


/**
 * cmdqvXMLEditInsertLine:
 * @parent: an element whose children have a line each
 * @before: (nullable): one of them; NULL for the end
 * @node: (transfer full) (nullable): becomes a child of @parent; NULL if there
 *   was no memory for it
 *
 * Puts it, and each element in it, on a line of its own, indented as the first
 * child.
 */
void
cmdqvXMLEditInsertLine(xmlNode *parent, xmlNode *before, xmlNode *node)
{
    xmlNode *indent = NULL;
    xmlNode *last;

    if (!node) {
        cmdqvXMLEditSpoil(parent->doc);
        return;
    }
    if (parent->children && xmlIsBlankNode(parent->children))
        indent = cmdqvXMLEditCopy(parent->doc, parent->children);
    if (indent && !indent->content)
        cmdqvXMLEditSpoil(parent->doc);
    else if (indent)
        cmdqvXMLEditIndent(node, (const char *)indent->content);
    if (before) {
        node = xmlAddPrevSibling(before, node);
        if (indent)
            (void)xmlAddNextSibling(node, indent);
        return;
    }
    /* keep the white space before the end of the parent last */
    last = parent->last;
    if (!last || !xmlIsBlankNode(last) || !indent) {
        xmlFreeNode(indent);
        (void)xmlAddChild(parent, node);
        return;
    }
    node = xmlAddPrevSibling(last, node);
    (void)xmlAddPrevSibling(node, indent);
}


/* libvirt quotes attributes with ' and escapes it in values; it only leaves <metadata> as libxml2 writes it. */
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
        else if (!inTag && cmdqvTextStarts(at, "<!--"))
            skip = strstr(at, "-->");
        else if (!inTag && cmdqvTextStarts(at, "<![CDATA["))
            skip = strstr(at, "]]>");
        else if (!inTag && cmdqvTextStarts(at, "<?"))
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
 * cmdqvXMLEditDump:
 * @doc: a document
 * @error: CMDQV_ERROR_MEMORY
 *
 * libxml2 2.9 frees memory twice if xmlNodeDump() gets none.
 *
 * Returns: (transfer full): its root element as text in UTF-8, without a
 * declaration; NULL with @error set if there is no memory for it, or an edit was
 * spoilt
 */
char *
cmdqvXMLEditDump(xmlDoc *doc, GError **error)
{
    xmlBuffer *buffer = xmlBufferCreate();
    xmlSaveCtxt *save = buffer ? xmlSaveToBuffer(buffer, "UTF-8", XML_SAVE_NO_DECL) : NULL;
    char *text = NULL;

    if (save && xmlSaveTree(save, xmlDocGetRootElement(doc)) >= 0 && xmlSaveFlush(save) >= 0 && !cmdqvXMLEditIsSpoilt(doc))
        text = g_strdup((const char *)xmlBufferContent(buffer));
    if (save)
        (void)xmlSaveClose(save);
    xmlBufferFree(buffer);
    if (!text) {
        cmdqvXMLEditSpoil(doc);
        (void)cmdqvXMLEditIsWhole(doc, error);
    }
    return text;
}


/**
 * cmdqvXMLEditFormat:
 * @doc: a document
 * @error: CMDQV_ERROR_MEMORY
 *
 * Returns: (transfer full): as cmdqvXMLEditDump(), but as libvirt formats XML,
 * with a newline at the end
 */
char *
cmdqvXMLEditFormat(xmlDoc *doc, GError **error)
{
    g_autofree char *text = cmdqvXMLEditDump(doc, error);
    g_autofree char *quoted = text ? cmdqvXMLEditQuote(text) : NULL;

    return text ? g_strconcat(quoted, "\n", NULL) : NULL;
}


/**
 * cmdqvXMLEditOwn:
 * @node: an element of a larger document
 * @name: its name as a root element
 * @error: if there is no memory for it
 *
 * Returns: (transfer full): the XML of the element alone, NULL with @error set
 */
char *
cmdqvXMLEditOwn(const xmlNode *node, const char *name, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse("<own/>", strlen("<own/>"), NULL, error);

    if (!doc)
        return NULL;
    cmdqvXMLEditReplace(xmlDocGetRootElement(doc), node);
    xmlNodeSetName(xmlDocGetRootElement(doc), BAD_CAST name);
    return cmdqvXMLEditFormat(doc, error);
}
