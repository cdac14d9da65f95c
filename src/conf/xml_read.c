/*
 * xml_read.c: read untrusted XML safely and without copies
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/xml_read.h"

#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "util/error.h"
#include "util/text.h"

/*
 * Encodings in which '<', '!' and the letters have their ASCII bytes and no
 * others, so cmdqvXMLReadCheckProlog() sees the same text as libxml2.
 */
static const char *const cmdqvXMLReadEncodings[] = { "utf-8", "us-ascii", "ascii", "iso-8859-", "windows-125" };


/* The end of a prolog item that starts at @at, or NULL if it is not closed. */
static const char *
cmdqvXMLReadSkip(const char *at, const char *closing)
{
    const char *end = strstr(at, closing);

    return end ? end + strlen(closing) : NULL;
}


/* The '[' or '>' that ends the head of a DOCTYPE; quotes may hold either. */
static const char *
cmdqvXMLReadSkipDoctype(const char *at)
{
    while (at && (at = strpbrk(at, "[>'\"")) && *at != '[' && *at != '>') {
        at = strchr(at + 1, *at);
        at = at ? at + 1 : NULL;
    }
    return at;
}


static bool
cmdqvXMLReadEncodingIsPlain(const xmlDoc *doc)
{
    const char *encoding = (const char *)doc->encoding;
    guint i;

    for (i = 0; encoding && i < G_N_ELEMENTS(cmdqvXMLReadEncodings); i++) {
        if (g_ascii_strncasecmp(encoding, cmdqvXMLReadEncodings[i], strlen(cmdqvXMLReadEncodings[i])) == 0)
            return true;
    }
    return !encoding;
}


/*
 * Entities may only be declared in the internal subset of a DOCTYPE, which only
 * the prolog may hold.  A domain needs none, and in a text with entities a name
 * can mean anything, so refuse it here, before the parser expands one. The
 * parser never loads an external subset.
 */
static bool
cmdqvXMLReadCheckProlog(const char *xml, GError **error)
{
    const char *at = xml;

    if (cmdqvTextStarts(at, "\xef\xbb\xbf"))
        at += 3;

    while (at) {
        while (g_ascii_isspace(*at))
            at++;

        if (cmdqvTextStarts(at, "<?")) {
            at = cmdqvXMLReadSkip(at, "?>");
        } else if (cmdqvTextStarts(at, "<!--")) {
            at = cmdqvXMLReadSkip(at + 4, "-->");
        } else if (cmdqvTextStarts(at, "<!DOCTYPE")) {
            at = cmdqvXMLReadSkipDoctype(at);
            if (at && *at == '[')
                return cmdqvErrorSet(error, CMDQV_ERROR_FORBIDDEN, "the XML has a DOCTYPE with declarations of its own, which "
                                     "is not accepted; remove it");
            at = at ? at + 1 : NULL;
        } else {
            break;
        }
    }
    return true;
}


/* No real domain is nested deeper than libxml2 allowed for decades. */
static bool
cmdqvXMLReadCheckDepth(const xmlNode *root, GError **error)
{
    const xmlNode *node = root;
    unsigned int depth = 1;

    while (node) {
        if (node->type == XML_ELEMENT_NODE && node->children) {
            node = node->children;
            if (++depth > CMDQV_XML_READ_MAX_DEPTH)
                return cmdqvErrorSet(error, CMDQV_ERROR_FORBIDDEN, "the XML is nested more than %d levels deep",
                                     CMDQV_XML_READ_MAX_DEPTH);
            continue;
        }
        while (node != root && !node->next) {
            node = node->parent;
            depth--;
        }
        if (node == root)
            break;
        node = node->next;
    }
    return true;
}


/**
 * cmdqvXMLReadIsWhole:
 *
 * Without memory libxml2 continues with a part of the document, and only
 * reports it in its last error.
 *
 * Returns: false if memory was missing since the last call of
 * cmdqvXMLReadParse()
 */
bool
cmdqvXMLReadIsWhole(void)
{
    const xmlError *last = xmlGetLastError();

    return !last || last->code != XML_ERR_NO_MEMORY;
}


#if LIBXML_VERSION < 21400
#if LIBXML_VERSION < 21200
typedef xmlErrorPtr cmdqvXMLReadErrorPtr;
#else
typedef const xmlError *cmdqvXMLReadErrorPtr;
#endif


/* Notes each error, because a later one replaces the last, such as that of a prefix whose declaration got no memory. */
static void
cmdqvXMLReadNoteError(void *data, cmdqvXMLReadErrorPtr error)
{
    bool *wanting = data;

    *wanting = *wanting || error->code == XML_ERR_NO_MEMORY;
}
#endif


/*
 * Parses, and sets @wanting if libxml2 continued although memory was missing.
 * With the function that libvirt calls (virXMLParseHelper(), src/util/virxml.c):
 * libxml2 before 2.14 ignores the encoding that a string declares, and obeys it in
 * memory of a given size, so that the two would read different devices.
 */
static xmlDoc *
cmdqvXMLReadParseNoting(xmlParserCtxt *ctxt, const char *xml, bool *wanting)
{
    /* compact: short texts are in their nodes, which saves a quarter of the time */
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES | XML_PARSE_COMPACT;
    xmlDoc *doc;
#if LIBXML_VERSION < 21400
    /* libxml2 keeps the handler for each thread, as all its error state */
    xmlStructuredErrorFunc handler = xmlStructuredError;
    void *data = xmlStructuredErrorContext;

    xmlSetStructuredErrorFunc(wanting, cmdqvXMLReadNoteError);
#endif
    doc = xmlCtxtReadDoc(ctxt, BAD_CAST xml, NULL, NULL, options);
#if LIBXML_VERSION < 21400
    xmlSetStructuredErrorFunc(data, handler);
#endif
    *wanting = *wanting || !cmdqvXMLReadIsWhole();
    return doc;
}


/**
 * cmdqvXMLReadAsLibvirt:
 * @xml: a text
 * @wanting: (out): whether memory was missing, so that nothing is known of the text
 *
 * With the function and the options of libvirt, so it loads nothing and replaces
 * no entity.
 *
 * Returns: (transfer full): the document; NULL if libvirt refuses the text as no
 * XML, or memory was missing
 */
xmlDoc *
cmdqvXMLReadAsLibvirt(const char *xml, bool *wanting)
{
    xmlParserCtxt *ctxt;
    xmlDoc *doc;

    xmlResetLastError();
    ctxt = xmlNewParserCtxt();
    *wanting = !ctxt;
    if (!ctxt)
        return NULL;
    doc = cmdqvXMLReadParseNoting(ctxt, xml, wanting);
    xmlFreeParserCtxt(ctxt);
    return doc;
}


/**
 * cmdqvXMLReadIsMalformed:
 * @xml: a text that cmdqvXMLReadParse() refused
 * @error: with which error
 *
 * A text that we refuse before it is parsed may be no XML at all.
 *
 * Returns: true if libvirt certainly refuses it as no XML, in its own words
 */
bool
cmdqvXMLReadIsMalformed(const char *xml, const GError *error)
{
    g_autoptr(xmlDoc) doc = NULL;
    bool wanting;

    if (g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MALFORMED))
        return true;
    if (!g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_FORBIDDEN) || strlen(xml) > CMDQV_XML_READ_MAX_BYTES)
        return false;
    doc = cmdqvXMLReadAsLibvirt(xml, &wanting);
    return !doc && !wanting;
}


/**
 * cmdqvXMLReadParse:
 * @xml: the text, with a NUL byte behind it
 * @len: its length in bytes
 * @rootName: the name that the root element must have; NULL: any
 * @error: CMDQV_ERROR_MALFORMED, CMDQV_ERROR_FORBIDDEN or CMDQV_ERROR_MEMORY
 *
 * Loads nothing from anywhere, expands no entity and prints nothing.
 *
 * Returns: (transfer full): the document, NULL with @error set
 */
xmlDoc *
cmdqvXMLReadParse(const char *xml, gsize len, const char *rootName, GError **error)
{
    g_autoptr(xmlDoc) doc = NULL;
    xmlParserCtxt *ctxt;
    bool wanting = false;
    xmlNode *root;

    if (len > CMDQV_XML_READ_MAX_BYTES)
        return cmdqvErrorSet(error, CMDQV_ERROR_FORBIDDEN, "the XML has %" G_GSIZE_FORMAT " bytes, more than the %d that are "
                             "accepted", len, CMDQV_XML_READ_MAX_BYTES);
    if (memchr(xml, '\0', len))
        return cmdqvErrorSet(error, CMDQV_ERROR_FORBIDDEN, "the XML has a NUL byte in it");
    if (!cmdqvXMLReadCheckProlog(xml, error))
        return NULL;

    xmlResetLastError();
    ctxt = xmlNewParserCtxt();
    if (!ctxt)
        return cmdqvErrorSet(error, CMDQV_ERROR_MEMORY, "there is not enough memory to read the XML");
    doc = cmdqvXMLReadParseNoting(ctxt, xml, &wanting);
    if (!doc) {
        const xmlError *last = xmlCtxtGetLastError(ctxt);
        g_autofree char *reason = g_strdup(last && last->message ? last->message : "unknown error");

        cmdqvErrorSet(error, CMDQV_ERROR_MALFORMED, "the XML is not well-formed: line %d: %s", last ? last->line : 0,
                      g_strchomp(reason));
    }
    xmlFreeParserCtxt(ctxt);
    if (wanting) {
        g_clear_error(error);
        return cmdqvErrorSet(error, CMDQV_ERROR_MEMORY, "there is not enough memory to read the XML");
    }
    if (!doc)
        return NULL;

    if (!cmdqvXMLReadEncodingIsPlain(doc))
        return cmdqvErrorSet(error, CMDQV_ERROR_FORBIDDEN, "the XML is in the encoding '%s', which is not accepted; write it "
                             "in UTF-8", (const char *)doc->encoding);
    /* the one element whose namespace libvirt ignores (virXMLNodeNameEqual(), src/util/virxml.c) */
    root = xmlDocGetRootElement(doc);
    if (root)
        xmlSetNs(root, NULL);
    if (!root || (rootName && !cmdqvXMLReadIs(root, rootName)))
        return cmdqvErrorSet(error, CMDQV_ERROR_MALFORMED, "the root element is <%s>, not <%s>",
                             root ? (const char *)root->name : "", rootName ? rootName : "");
    if (!cmdqvXMLReadCheckDepth(root, error))
        return NULL;
    return g_steal_pointer(&doc);
}


/**
 * cmdqvXMLReadIs:
 * @node: (nullable): any node
 * @name: of an element
 *
 * libvirt's XPath expressions name elements without a namespace, so it ignores
 * others.
 *
 * Returns: true if it is an element of that name and of no namespace
 */
bool
cmdqvXMLReadIs(const xmlNode *node, const char *name)
{
    return node && node->type == XML_ELEMENT_NODE && !node->ns && cmdqvXMLReadSameName(node->name, name);
}


/**
 * cmdqvXMLReadIsOf:
 * @node: (nullable): a node
 * @name: an element's name
 * @attribute: the name of an attribute
 * @value: its value
 *
 * Returns: true if it is an element of that name, as cmdqvXMLReadIs(), with that
 * attribute
 */
bool
cmdqvXMLReadIsOf(const xmlNode *node, const char *name, const char *attribute, const char *value)
{
    return cmdqvXMLReadIs(node, name) && g_strcmp0(cmdqvXMLReadAttr(node, attribute), value) == 0;
}


/**
 * cmdqvXMLReadIsPCIController:
 * @node: (nullable): any node
 *
 * Returns: true if it is a <controller type='pci'>
 */
bool
cmdqvXMLReadIsPCIController(const xmlNode *node)
{
    return cmdqvXMLReadIsOf(node, "controller", "type", "pci");
}


/**
 * cmdqvXMLReadChild:
 * @node: (nullable): an element
 * @name: of an element
 *
 * Finds the same node as virXPathNode() for "./name".
 *
 * Returns: (transfer none) (nullable): its first child element of that name
 */
xmlNode *
cmdqvXMLReadChild(const xmlNode *node, const char *name)
{
    xmlNode *child;

    for (child = node ? node->children : NULL; child; child = child->next) {
        if (cmdqvXMLReadIs(child, name))
            return child;
    }
    return NULL;
}


/**
 * cmdqvXMLReadFollowing:
 * @node: a node below @root, or @root
 * @root: an element
 * @into: false to skip the content of @node
 *
 * Returns: (nullable): the next node in the order of the text, without the
 * content of entities; NULL at the end of @root
 */
const xmlNode *
cmdqvXMLReadFollowing(const xmlNode *node, const xmlNode *root, bool into)
{
    if (into && node->type == XML_ELEMENT_NODE && node->children)
        return node->children;
    while (node != root && !node->next)
        node = node->parent;
    return node == root ? NULL : node->next;
}


/**
 * cmdqvXMLReadNextDevice:
 * @domain: a <domain>
 * @after: (nullable): one of its devices; NULL to begin
 *
 * Returns: (transfer none) (nullable): the next element in any <devices> of the
 * domain
 */
xmlNode *
cmdqvXMLReadNextDevice(const xmlNode *domain, const xmlNode *after)
{
    const xmlNode *node = cmdqvXMLReadFollowing(after ? after : domain, domain, !after);

    while (node && (node->type != XML_ELEMENT_NODE || !cmdqvXMLReadIs(node->parent, "devices")))
        node = cmdqvXMLReadFollowing(node, domain, cmdqvXMLReadIs(node, "devices"));
    return (xmlNode *)node;
}


/**
 * cmdqvXMLReadAttr:
 * @node: (nullable): an element
 * @name: name of an attribute
 *
 * Returns: (transfer none): its value, valid as long as the document; NULL if
 * there is none
 */
const char *
cmdqvXMLReadAttr(const xmlNode *node, const char *name)
{
    const xmlAttr *attr;

    for (attr = node ? node->properties : NULL; attr; attr = attr->next) {
        xmlChar *joined;
        const xmlChar *kept;

        if (!cmdqvXMLReadSameName(attr->name, name))
            continue;
        if (!attr->children)
            return "";
        if (!attr->children->next && attr->children->type == XML_TEXT_NODE)
            return (const char *)attr->children->content;

        joined = xmlNodeListGetString(node->doc, attr->children, 1);
        kept = xmlDictLookup(node->doc->dict, joined ? joined : BAD_CAST "", -1);
        xmlFree(joined);
        return (const char *)kept;
    }
    return NULL;
}


/**
 * cmdqvXMLReadText:
 * @node: (nullable): an element
 *
 * Returns: (transfer full) (nullable): the text in it, NULL if there is no
 * element; g_free() it
 */
char *
cmdqvXMLReadText(const xmlNode *node)
{
    xmlChar *content;
    char *text;

    if (!node)
        return NULL;
    content = xmlNodeGetContent(node);
    text = g_strdup(content ? (const char *)content : "");
    xmlFree(content);
    return text;
}


/**
 * cmdqvXMLReadLine:
 * @node: any node
 *
 * Returns: its line in the text, counted from 1
 */
int
cmdqvXMLReadLine(const xmlNode *node)
{
    return (int)xmlGetLineNo((xmlNode *)node);
}


/* The fault of a number, without the name of the element; NULL if it is valid or absent. */
static char *
cmdqvXMLReadUint(const xmlNode *node, const char *name, unsigned int base, unsigned int max, unsigned int *value)
{
    const char *text = cmdqvXMLReadAttr(node, name);
    g_autofree char *quoted = NULL;

    if (!text || cmdqvTextToUnsigned(text, base, max, value))
        return NULL;
    quoted = cmdqvTextShorten(text);
    return g_strdup_printf("%s='%s' is not a %snumber from 0 to %u", name, quoted, base == 10 ? "decimal " : "", max);
}


static void
cmdqvXMLReadSetBadNumber(const xmlNode *node, const char *wrong, GError **error)
{
    cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "<%s> in line %d: %s; write one", (const char *)node->name,
                  cmdqvXMLReadLine(node), wrong);
}


/**
 * cmdqvXMLReadAttrUint:
 * @node: an element
 * @name: name of an attribute
 * @base: as in libvirt's call of virXMLPropInt(): 10, or 0 for decimal, 0x
 *   hexadecimal and 0 octal
 * @max: the largest valid value
 * @present: (out) (optional): whether it is there
 * @value: (out): its value; untouched if it is absent
 * @error: CMDQV_ERROR_INVALID
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvXMLReadAttrUint(const xmlNode *node, const char *name, unsigned int base, unsigned int max, bool *present,
                     unsigned int *value, GError **error)
{
    g_autofree char *wrong = cmdqvXMLReadUint(node, name, base, max, value);

    if (present)
        *present = cmdqvXMLReadAttr(node, name) != NULL;
    if (wrong)
        cmdqvXMLReadSetBadNumber(node, wrong, error);
    return !wrong;
}


/**
 * cmdqvXMLReadAttrYesNo:
 * @node: an element
 * @name: name of an attribute
 * @yes: its word for on
 * @no: its word for off
 * @value: (out): CMDQV_SWITCH_ABSENT, _ON or _OFF
 * @error: CMDQV_ERROR_INVALID
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvXMLReadAttrYesNo(const xmlNode *node, const char *name, const char *yes, const char *no, cmdqvSwitch *value,
                      GError **error)
{
    const char *text = cmdqvXMLReadAttr(node, name);

    if (!text) {
        *value = CMDQV_SWITCH_ABSENT;
    } else if (strcmp(text, yes) == 0) {
        *value = CMDQV_SWITCH_ON;
    } else if (strcmp(text, no) == 0) {
        *value = CMDQV_SWITCH_OFF;
    } else {
        g_autofree char *quoted = cmdqvTextShorten(text);

        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "<%s> in line %d: %s='%s' is neither '%s' nor '%s'; write one of "
                             "them, or leave it out", (const char *)node->name, cmdqvXMLReadLine(node), name, quoted, yes, no);
    }
    return true;
}


/**
 * cmdqvXMLReadAddress:
 * @node: an element, <address> of a PCI function
 * @present: (out): whether it has an address: libvirt treats 0000:00:00 as none
 * @address: (out): the address
 * @error: CMDQV_ERROR_INVALID
 *
 * An absent part is 0 (virPCIDeviceAddressParseXML(), src/conf/device_conf.c of
 * libvirt).  The error names all invalid parts.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvXMLReadAddress(const xmlNode *node, bool *present, cmdqvPCIAddress *address, GError **error)
{
    cmdqvPCIAddress read = { .domain = 0 };
    const struct {
        const char *name;
        unsigned int max;
        unsigned int *value;
    } parts[] = {
        { .name = "domain", .max = G_MAXUINT, .value = &read.domain },
        { .name = "bus", .max = 0xff, .value = &read.bus },
        { .name = "slot", .max = 0x1f, .value = &read.slot },
        { .name = "function", .max = 7, .value = &read.function },
    };
    g_autoptr(GString) wrong = g_string_new(NULL);
    guint i;

    for (i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *part = cmdqvXMLReadUint(node, parts[i].name, 0, parts[i].max, parts[i].value);

        if (part)
            g_string_append_printf(wrong, "%s%s", wrong->len > 0 ? ", and " : "", part);
    }
    if (wrong->len > 0) {
        cmdqvXMLReadSetBadNumber(node, wrong->str, error);
        return false;
    }

    *address = read;
    *present = !cmdqvPCIAddressIsEmpty(&read);
    return true;
}


/* Length up to the first character that is at most ' '; if char is signed, bytes from 0x80 on are too. */
static gsize
cmdqvXMLReadMacLength(const char *text)
{
    const char *at = text;

    while ((guchar)*at > ' ' && (guchar)*at < 0x80)
        at++;
    return (gsize)(at - text);
}


/**
 * cmdqvXMLReadMac:
 * @node: an <interface>
 * @present: (out): whether it gives a MAC address
 * @mac: (out): the address
 * @error: CMDQV_ERROR_INVALID
 *
 * Six numbers of one or two hexadecimal digits with colons between them;
 * libvirt ignores the text behind a blank, or a character that it treats as one
 * (virMacAddrParse(), src/util/virmacaddr.c of libvirt).  Six zeros are no
 * address: libvirt generates one.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvXMLReadMac(const xmlNode *node, bool *present, guint8 mac[6], GError **error)
{
    const xmlNode *element = cmdqvXMLReadChild(node, "mac");
    const char *text = cmdqvXMLReadAttr(element, "address");
    g_autofree char *digits = text ? g_strndup(text, cmdqvXMLReadMacLength(text)) : NULL;
    g_auto(GStrv) part = digits ? g_strsplit(digits, ":", 7) : NULL;
    static const guint8 none[6];
    guint8 read[6];
    guint i;

    *present = false;
    if (!text)
        return true;

    for (i = 0; i < 6 && part[i]; i++) {
        unsigned int value;

        if (strlen(part[i]) > 2 || !g_ascii_isxdigit(part[i][0]) || !cmdqvTextToUnsigned(part[i], 16, 0xff, &value))
            break;
        read[i] = (guint8)value;
    }
    if (i < 6 || part[i]) {
        g_autofree char *quoted = cmdqvTextShorten(text);

        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "<mac> in line %d: address='%s' is not a MAC address; write one such "
                             "as 52:54:00:12:34:56, or leave <mac> out", cmdqvXMLReadLine(element), quoted);
    }
    memcpy(mac, read, sizeof(read));
    *present = memcmp(read, none, sizeof(read)) != 0;
    return true;
}
