/*
 * conf/xml_read.c: XML that strangers wrote, read safely and without copies
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
 * Encodings in which '<', '!' and the letters are the bytes of ASCII and no
 * other byte stands for them: what cmdqvXMLCheckProlog() sees is then what
 * libxml2 sees.
 */
static const char *const cmdqvXMLEncodings[] = { "utf-8", "us-ascii", "ascii", "iso-8859-", "windows-125" };


/* The end of a prolog item that starts at @at, or NULL if it is not closed. */
static const char *
cmdqvXMLSkip(const char *at, const char *closing)
{
    const char *end = strstr(at, closing);

    return end ? end + strlen(closing) : NULL;
}


/* The '[' or '>' that ends the head of a DOCTYPE; quotes may hold either. */
static const char *
cmdqvXMLSkipDoctype(const char *at)
{
    while (at && (at = strpbrk(at, "[>'\"")) && *at != '[' && *at != '>') {
        at = strchr(at + 1, *at);
        at = at ? at + 1 : NULL;
    }
    return at;
}


static bool
cmdqvXMLEncodingIsPlain(const xmlDoc *doc)
{
    const char *encoding = (const char *)doc->encoding;
    guint i;

    for (i = 0; encoding && i < G_N_ELEMENTS(cmdqvXMLEncodings); i++) {
        if (g_ascii_strncasecmp(encoding, cmdqvXMLEncodings[i], strlen(cmdqvXMLEncodings[i])) == 0)
            return true;
    }
    return !encoding;
}


/*
 * Entities may only be declared in the internal subset of a DOCTYPE, which
 * only the prolog may hold.  A domain needs none, and a text in which names
 * can mean anything is not one to judge by, so it is refused here: before the
 * parser expands anything.  An external subset is never loaded.
 */
static bool
cmdqvXMLCheckProlog(const char *xml, GError **error)
{
    const char *at = xml;

    if (g_str_has_prefix(at, "\xef\xbb\xbf"))
        at += 3;

    while (at) {
        while (g_ascii_isspace(*at))
            at++;

        if (g_str_has_prefix(at, "<?")) {
            at = cmdqvXMLSkip(at, "?>");
        } else if (g_str_has_prefix(at, "<!--")) {
            at = cmdqvXMLSkip(at + 4, "-->");
        } else if (g_str_has_prefix(at, "<!DOCTYPE")) {
            at = cmdqvXMLSkipDoctype(at);
            if (at && *at == '[') {
                g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_FORBIDDEN,
                                    "the XML has a DOCTYPE with declarations of its own, which is not accepted; remove it");
                return false;
            }
            at = at ? at + 1 : NULL;
        } else {
            break;
        }
    }
    return true;
}


/* Nesting beyond what libxml2 allowed for decades is nobody's domain. */
static bool
cmdqvXMLCheckDepth(const xmlNode *root, GError **error)
{
    const xmlNode *node = root;
    unsigned int depth = 1;

    while (node) {
        if (node->type == XML_ELEMENT_NODE && node->children) {
            node = node->children;
            if (++depth > CMDQV_XML_MAX_DEPTH) {
                g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_FORBIDDEN,
                            "the XML is nested more than %d levels deep", CMDQV_XML_MAX_DEPTH);
                return false;
            }
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
 * cmdqvXMLIsWhole:
 *
 * Without memory libxml2 goes on with less than there was, and only its last
 * error tells.
 *
 * Returns: false if memory was wanting since the last call of cmdqvXMLParse()
 */
bool
cmdqvXMLIsWhole(void)
{
    const xmlError *last = xmlGetLastError();

    return !last || last->code != XML_ERR_NO_MEMORY;
}


#if LIBXML_VERSION < 21400
#if LIBXML_VERSION < 21200
typedef xmlErrorPtr cmdqvXMLErrorPtr;
#else
typedef const xmlError *cmdqvXMLErrorPtr;
#endif


/* A later error takes the place of the last one, such as that of a prefix for whose declaration there was no memory. */
static void
cmdqvXMLNoteError(void *data, cmdqvXMLErrorPtr error)
{
    bool *wanting = data;

    *wanting = *wanting || error->code == XML_ERR_NO_MEMORY;
}
#endif


/* Parses; @wanting tells whether libxml2 went on without the memory for something. */
static xmlDoc *
cmdqvXMLParseNoting(xmlParserCtxt *ctxt, const char *xml, gsize len, bool *wanting)
{
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES;
    xmlDoc *doc;
#if LIBXML_VERSION < 21400
    /* the thread's own, as all that libxml2 keeps of errors */
    xmlStructuredErrorFunc handler = xmlStructuredError;
    void *data = xmlStructuredErrorContext;

    xmlSetStructuredErrorFunc(wanting, cmdqvXMLNoteError);
#endif
    doc = xmlCtxtReadMemory(ctxt, xml, (int)len, NULL, NULL, options);
#if LIBXML_VERSION < 21400
    xmlSetStructuredErrorFunc(data, handler);
#endif
    *wanting = *wanting || !cmdqvXMLIsWhole();
    return doc;
}


/**
 * cmdqvXMLParse:
 * @xml: the text
 * @len: its length in bytes
 * @rootName: the name that the root element must have; NULL: any
 * @error: CMDQV_ERROR_MALFORMED, CMDQV_ERROR_FORBIDDEN or CMDQV_ERROR_MEMORY
 *
 * Loads nothing from anywhere, expands no entity and prints nothing.
 *
 * Returns: (transfer full): the document, NULL with @error set
 */
xmlDoc *
cmdqvXMLParse(const char *xml, gsize len, const char *rootName, GError **error)
{
    g_autoptr(xmlDoc) doc = NULL;
    xmlParserCtxt *ctxt;
    bool wanting = false;
    xmlNode *root;

    if (len > CMDQV_XML_MAX_BYTES) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_FORBIDDEN,
                    "the XML has %" G_GSIZE_FORMAT " bytes, more than the %d that are accepted", len, CMDQV_XML_MAX_BYTES);
        return NULL;
    }
    if (memchr(xml, '\0', len)) {
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_FORBIDDEN, "the XML has a NUL byte in it");
        return NULL;
    }
    if (!cmdqvXMLCheckProlog(xml, error))
        return NULL;

    xmlResetLastError();
    ctxt = xmlNewParserCtxt();
    if (!ctxt) {
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_MEMORY, "there is not enough memory to read the XML");
        return NULL;
    }
    doc = cmdqvXMLParseNoting(ctxt, xml, len, &wanting);
    if (!doc) {
        const xmlError *last = xmlCtxtGetLastError(ctxt);
        g_autofree char *reason = g_strdup(last && last->message ? last->message : "unknown error");

        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_MALFORMED,
                    "the XML is not well-formed: line %d: %s", last ? last->line : 0, g_strchomp(reason));
    }
    xmlFreeParserCtxt(ctxt);
    if (wanting) {
        g_clear_error(error);
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_MEMORY, "there is not enough memory to read the XML");
        return NULL;
    }
    if (!doc)
        return NULL;

    if (!cmdqvXMLEncodingIsPlain(doc)) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_FORBIDDEN,
                    "the XML is in the encoding '%s', which is not accepted; write it in UTF-8", (const char *)doc->encoding);
        return NULL;
    }
    /* the one element whose namespace libvirt does not look at (virXMLNodeNameEqual(), src/util/virxml.c) */
    root = xmlDocGetRootElement(doc);
    if (root)
        xmlSetNs(root, NULL);
    if (!root || (rootName && !cmdqvXMLIs(root, rootName))) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_MALFORMED,
                    "the root element is <%s>, not <%s>", root ? (const char *)root->name : "", rootName ? rootName : "");
        return NULL;
    }
    if (!cmdqvXMLCheckDepth(root, error))
        return NULL;
    return g_steal_pointer(&doc);
}


/**
 * cmdqvXMLIs:
 * @node: any node
 * @name: of an element
 *
 * libvirt's XPath expressions name elements without a namespace: others do not
 * exist for it.
 *
 * Returns: true if it is an element of that name and of no namespace
 */
bool
cmdqvXMLIs(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && !node->ns && strcmp((const char *)node->name, name) == 0;
}


/**
 * cmdqvXMLChild:
 * @node: an element
 * @name: of an element
 *
 * As "./name" gives it to virXPathNode().
 *
 * Returns: (transfer none) (nullable): its first child element of that name
 */
xmlNode *
cmdqvXMLChild(const xmlNode *node, const char *name)
{
    xmlNode *child;

    for (child = node->children; child; child = child->next) {
        if (cmdqvXMLIs(child, name))
            return child;
    }
    return NULL;
}


/**
 * cmdqvXMLAttr:
 * @node: an element
 * @name: name of an attribute
 *
 * Returns: (transfer none): its value, which lives as long as the document;
 * NULL where there is none
 */
const char *
cmdqvXMLAttr(const xmlNode *node, const char *name)
{
    const xmlAttr *attr;

    for (attr = node->properties; attr; attr = attr->next) {
        xmlChar *joined;
        const xmlChar *kept;

        if (strcmp((const char *)attr->name, name) != 0)
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
 * cmdqvXMLText:
 * @node: an element
 *
 * Returns: (transfer full): the text in it; g_free() it
 */
char *
cmdqvXMLText(const xmlNode *node)
{
    xmlChar *content = xmlNodeGetContent((xmlNode *)node);
    char *text = g_strdup(content ? (const char *)content : "");

    xmlFree(content);
    return text;
}


/**
 * cmdqvXMLLine:
 * @node: any node
 *
 * Returns: its line in the text, counted from 1
 */
int
cmdqvXMLLine(const xmlNode *node)
{
    return (int)xmlGetLineNo((xmlNode *)node);
}


/* What is wrong with a number, without the element; NULL if it is fine or not there. */
static char *
cmdqvXMLReadUint(const xmlNode *node, const char *name, unsigned int base, unsigned int max, unsigned int *value)
{
    const char *text = cmdqvXMLAttr(node, name);
    g_autofree char *quoted = NULL;

    if (!text || cmdqvStringToUint(text, base, max, value))
        return NULL;
    quoted = cmdqvStringShorten(text);
    return g_strdup_printf("%s='%s' is not a %snumber from 0 to %u", name, quoted, base == 10 ? "decimal " : "", max);
}


static void
cmdqvXMLSetBadNumber(const xmlNode *node, const char *wrong, GError **error)
{
    g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "<%s> in line %d: %s; write one", (const char *)node->name,
                cmdqvXMLLine(node), wrong);
}


/**
 * cmdqvXMLAttrUint:
 * @node: an element
 * @name: name of an attribute
 * @base: as libvirt gives it to virXMLPropInt() there: 10, or 0 for decimal, 0x
 *   hexadecimal and 0 octal
 * @max: the largest value it may have
 * @present: (out) (optional): whether it is there
 * @value: (out): its value; untouched where it is not there
 * @error: CMDQV_ERROR_INVALID
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvXMLAttrUint(const xmlNode *node, const char *name, unsigned int base, unsigned int max, bool *present,
                 unsigned int *value, GError **error)
{
    g_autofree char *wrong = cmdqvXMLReadUint(node, name, base, max, value);

    if (present)
        *present = cmdqvXMLAttr(node, name) != NULL;
    if (wrong)
        cmdqvXMLSetBadNumber(node, wrong, error);
    return !wrong;
}


/**
 * cmdqvXMLAttrYesNo:
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
cmdqvXMLAttrYesNo(const xmlNode *node, const char *name, const char *yes, const char *no, cmdqvSwitch *value,
                  GError **error)
{
    const char *text = cmdqvXMLAttr(node, name);

    if (!text) {
        *value = CMDQV_SWITCH_ABSENT;
    } else if (strcmp(text, yes) == 0) {
        *value = CMDQV_SWITCH_ON;
    } else if (strcmp(text, no) == 0) {
        *value = CMDQV_SWITCH_OFF;
    } else {
        g_autofree char *quoted = cmdqvStringShorten(text);

        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID,
                    "<%s> in line %d: %s='%s' is neither '%s' nor '%s'; write one of them, or leave it out",
                    (const char *)node->name, cmdqvXMLLine(node), name, quoted, yes, no);
        return false;
    }
    return true;
}


/**
 * cmdqvXMLAddress:
 * @node: an element, <address> of a PCI function
 * @present: (out): whether it says where: libvirt takes 0000:00:00 for "anywhere"
 * @address: (out): the address
 * @error: CMDQV_ERROR_INVALID
 *
 * Each part may be absent and is 0 then (virPCIDeviceAddressParseXML(),
 * src/conf/device_conf.c of libvirt).  The error has all parts that mean
 * nothing.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvXMLAddress(const xmlNode *node, bool *present, cmdqvPCIAddress *address, GError **error)
{
    cmdqvPCIAddress read = { 0, 0, 0, 0 };
    const struct {
        const char *name;
        unsigned int max;
        unsigned int *value;
    } parts[] = {
        { "domain", G_MAXUINT, &read.domain }, { "bus", 0xff, &read.bus }, { "slot", 0x1f, &read.slot },
        { "function", 7, &read.function }
    };
    g_autoptr(GString) wrong = g_string_new(NULL);
    guint i;

    for (i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *part = cmdqvXMLReadUint(node, parts[i].name, 0, parts[i].max, parts[i].value);

        if (part)
            g_string_append_printf(wrong, "%s%s", wrong->len > 0 ? ", and " : "", part);
    }
    if (wrong->len > 0) {
        cmdqvXMLSetBadNumber(node, wrong->str, error);
        return false;
    }

    *address = read;
    *present = !cmdqvPCIAddressIsEmpty(&read);
    return true;
}


/* As far as a character that is no more than ' '; bytes from 0x80 on are less where char is signed. */
static gsize
cmdqvXMLMacLength(const char *text)
{
    const char *at = text;

    while ((guchar)*at > ' ' && (guchar)*at < 0x80)
        at++;
    return (gsize)(at - text);
}


/**
 * cmdqvXMLMac:
 * @node: an <interface>
 * @present: (out): whether it gives a MAC address
 * @mac: (out): the address
 * @error: CMDQV_ERROR_INVALID
 *
 * Six numbers of one or two hexadecimal digits with colons between them; what
 * follows a blank, or what libvirt takes for one, does not count
 * (virMacAddrParse(), src/util/virmacaddr.c of libvirt).  Six zeros are no
 * address: libvirt makes one up.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvXMLMac(const xmlNode *node, bool *present, guint8 mac[6], GError **error)
{
    const xmlNode *element = cmdqvXMLChild(node, "mac");
    const char *text = element ? cmdqvXMLAttr(element, "address") : NULL;
    g_autofree char *digits = text ? g_strndup(text, cmdqvXMLMacLength(text)) : NULL;
    g_auto(GStrv) part = digits ? g_strsplit(digits, ":", 7) : NULL;
    static const guint8 none[6];
    guint8 read[6];
    guint i;

    *present = false;
    if (!text)
        return true;

    for (i = 0; i < 6 && part[i]; i++) {
        unsigned int value;

        if (strlen(part[i]) > 2 || !g_ascii_isxdigit(part[i][0]) || !cmdqvStringToUint(part[i], 16, 0xff, &value))
            break;
        read[i] = (guint8)value;
    }
    if (i < 6 || part[i]) {
        g_autofree char *quoted = cmdqvStringShorten(text);

        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "<mac> in line %d: address='%s' is not a MAC address; write one "
                    "such as 52:54:00:12:34:56, or leave <mac> out", cmdqvXMLLine(element), quoted);
        return false;
    }
    memcpy(mac, read, sizeof(read));
    *present = memcmp(read, none, sizeof(read)) != 0;
    return true;
}
