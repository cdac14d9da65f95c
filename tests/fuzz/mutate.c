/*
 * mutate.c: XML changed by its elements and attributes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Bytes changed by chance are hardly ever XML, so of an input that is XML
 * libFuzzer changes the tree, three times in four.  All else it changes as ever.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#define CMDQV_MUTATE_VALUE 64

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other, size_t otherSize, uint8_t *out,
                                 size_t max, unsigned int seed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

static const char *const cmdqvMutateValues[] = {
    "", "0", "1", "2", "3", "255", "256", "65536", "2147483647", "2147483648", "4294967295", "4294967296", "-1", "0x10", "010", " 1", "on",
    "off", "auto", "yes", "no", "pci", "pcie-root-port", "pcie-expander-bus", "smmuv3", "virtio", "vfio", "network", "hostdev", "ua-a",
    "pci.1", "iommufd0", "<", "\xc3\xa9", "\xe2\x80\xae", "a,b", "a b", "/", "..",
};


static xmlDoc *
cmdqvMutateParse(const uint8_t *data, size_t size)
{
    xmlDoc *doc = size > 0 && memchr(data, '<', size)
        ? xmlReadMemory((const char *)data, (int)size, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING) : NULL;

    if (doc && !xmlDocGetRootElement(doc))
        g_clear_pointer(&doc, xmlFreeDoc);
    return doc;
}


static void
cmdqvMutateCollect(xmlNode *node, GPtrArray *elements)
{
    xmlNode *child;

    g_ptr_array_add(elements, node);
    for (child = node->children; child; child = child->next) {
        if (child->type == XML_ELEMENT_NODE)
            cmdqvMutateCollect(child, elements);
    }
}


static GPtrArray *
cmdqvMutateElements(xmlDoc *doc)
{
    GPtrArray *elements = g_ptr_array_new();

    cmdqvMutateCollect(xmlDocGetRootElement(doc), elements);
    return elements;
}


static xmlNode *
cmdqvMutateChoose(const GPtrArray *elements, GRand *chance)
{
    return g_ptr_array_index(elements, (guint)g_rand_int_range(chance, 0, (gint32)elements->len));
}


static xmlAttr *
cmdqvMutateAttribute(const xmlNode *node, GRand *chance)
{
    xmlAttr *attribute = node->properties;
    xmlAttr *chosen = attribute;
    gint32 seen = 0;

    for (; attribute; attribute = attribute->next) {
        if (g_rand_int_range(chance, 0, ++seen) == 0)
            chosen = attribute;
    }
    return chosen;
}


static bool
cmdqvMutateIsBelow(const xmlNode *node, const xmlNode *above)
{
    while (node && node != above)
        node = node->parent;
    return node != NULL;
}


/* libFuzzer's own way with a short text, made to fit into XML. */
static char *
cmdqvMutateText(const char *text)
{
    uint8_t bytes[CMDQV_MUTATE_VALUE];
    size_t len = MIN(strlen(text), sizeof(bytes));
    size_t i;

    memcpy(bytes, text, len);
    len = LLVMFuzzerMutate(bytes, len, sizeof(bytes));
    for (i = 0; i < len; i++)
        bytes[i] = bytes[i] < ' ' || bytes[i] > '~' ? ' ' : bytes[i];
    return g_strndup((const char *)bytes, len);
}


/* A node from elsewhere may be of a namespace that is declared there: declares it here too. */
static void
cmdqvMutateSettle(xmlNode *node)
{
    if (node)
        (void)xmlReconciliateNs(node->doc, node);
}


static void
cmdqvMutateSet(xmlNode *node, const xmlAttr *attribute, const char *value)
{
    (void)xmlSetNsProp(node, attribute->ns, attribute->name, BAD_CAST value);
    cmdqvMutateSettle(node);
}


static void
cmdqvMutateValue(xmlNode *node, const xmlNode *other, GRand *chance)
{
    const xmlAttr *attribute = cmdqvMutateAttribute(node, chance);
    const xmlAttr *from = cmdqvMutateAttribute(other, chance);
    xmlChar *value = attribute ? xmlNodeListGetString(node->doc, attribute->children, 1) : NULL;
    xmlChar *given = from ? xmlNodeListGetString(node->doc, from->children, 1) : NULL;
    g_autofree char *changed = NULL;

    if (!attribute) {
        if (from)
            cmdqvMutateSet(node, from, given ? (const char *)given : "");
    } else if (g_rand_boolean(chance)) {
        cmdqvMutateSet(node, attribute, cmdqvMutateValues[g_rand_int_range(chance, 0, G_N_ELEMENTS(cmdqvMutateValues))]);
    } else if (given && g_rand_boolean(chance)) {
        cmdqvMutateSet(node, g_rand_boolean(chance) ? attribute : from, (const char *)given);
    } else {
        changed = cmdqvMutateText(value ? (const char *)value : "");
        cmdqvMutateSet(node, attribute, changed);
    }
    xmlFree(value);
    xmlFree(given);
}


static void
cmdqvMutateContent(xmlNode *node)
{
    xmlNode *child = node->children;
    g_autofree char *changed = NULL;

    while (child && child->type != XML_TEXT_NODE)
        child = child->next;
    changed = cmdqvMutateText(child && child->content ? (const char *)child->content : "");
    if (child)
        xmlNodeSetContent(child, BAD_CAST changed);
    else
        (void)xmlAddChild(node, xmlNewDocText(node->doc, BAD_CAST changed));
}


static void
cmdqvMutateTree(xmlDoc *doc, GRand *chance)
{
    g_autoptr(GPtrArray) elements = cmdqvMutateElements(doc);
    xmlNode *node = cmdqvMutateChoose(elements, chance);
    xmlNode *other = cmdqvMutateChoose(elements, chance);
    bool isRoot = node == xmlDocGetRootElement(doc);

    switch (g_rand_int_range(chance, 0, 8)) {
    case 0:
        if (!isRoot) {
            xmlUnlinkNode(node);
            xmlFreeNode(node);
        }
        break;
    case 1:
        cmdqvMutateSettle(xmlAddChild(other, xmlDocCopyNode(node, doc, 1)));
        break;
    case 2:
        if (!isRoot)
            cmdqvMutateSettle(xmlAddNextSibling(node, xmlDocCopyNode(node, doc, 1)));
        break;
    case 3:
        if (!isRoot && !cmdqvMutateIsBelow(other, node)) {
            xmlUnlinkNode(node);
            cmdqvMutateSettle(xmlAddChild(other, node));
        }
        break;
    case 4:
        if (node->properties)
            (void)xmlRemoveProp(cmdqvMutateAttribute(node, chance));
        break;
    case 5:
        cmdqvMutateContent(node);
        break;
    default:
        cmdqvMutateValue(node, other, chance);
    }
}


/* Returns the length, 0 if it does not fit. */
static size_t
cmdqvMutateWrite(xmlDoc *doc, uint8_t *out, size_t max)
{
    xmlChar *text = NULL;
    int len = 0;
    size_t written;

    xmlDocDumpMemory(doc, &text, &len);
    written = text && len > 0 && (size_t)len <= max ? (size_t)len : 0;
    if (written > 0)
        memcpy(out, text, written);
    xmlFree(text);
    return written;
}


size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
    g_autoptr(GRand) chance = g_rand_new_with_seed(seed);
    g_autoptr(xmlDoc) doc = g_rand_int_range(chance, 0, 4) > 0 ? cmdqvMutateParse(data, size) : NULL;
    gint32 changes = g_rand_int_range(chance, 1, 4);
    size_t written;

    for (; doc && changes > 0; changes--)
        cmdqvMutateTree(doc, chance);
    written = doc ? cmdqvMutateWrite(doc, data, max) : 0;
    return written > 0 ? written : LLVMFuzzerMutate(data, size, max);
}


/* An element of the other input in the place of one of this, or beside it. */
size_t
LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other, size_t otherSize, uint8_t *out, size_t max,
                          unsigned int seed)
{
    g_autoptr(GRand) chance = g_rand_new_with_seed(seed);
    g_autoptr(xmlDoc) doc = cmdqvMutateParse(data, size);
    g_autoptr(xmlDoc) source = doc ? cmdqvMutateParse(other, otherSize) : NULL;
    g_autoptr(GPtrArray) elements = source ? cmdqvMutateElements(doc) : NULL;
    g_autoptr(GPtrArray) sources = source ? cmdqvMutateElements(source) : NULL;
    xmlNode *place;

    if (!source)
        return 0;
    place = cmdqvMutateChoose(elements, chance);
    if (place == xmlDocGetRootElement(doc))
        cmdqvMutateSettle(xmlAddChild(place, xmlDocCopyNode(cmdqvMutateChoose(sources, chance), doc, 1)));
    else
        cmdqvMutateSettle(xmlAddNextSibling(place, xmlDocCopyNode(cmdqvMutateChoose(sources, chance), doc, 1)));
    return cmdqvMutateWrite(doc, out, max);
}
