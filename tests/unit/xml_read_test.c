/*
 * xml_read_test.c: malformed and hostile XML
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Refused with a clear word or read as libvirt reads it, never silently passed
 * over, and in bounded memory and time.
 */

#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "testutils.h"
#include "conf/domain_xml.h"
#include "conf/xml_read.h"
#include "util/error.h"

#define IOMMU "<iommu model='smmuv3'><driver pciBus='1' accel='on' cmdqv='on'/></iommu>"
#define DOMAIN "<domain><devices>" IOMMU "</devices></domain>"
#define READ (-1)

/* The time and memory that one text may take, on a slow machine and with sanitizers: without bounds, it takes hours, or all memory. */
#define MAX_SECONDS 20
#define MAX_KIB (1024 * 1024)

/* libxml2 before 2.14 ignores the encoding that a string declares, as libvirt does with it. */
#define OBEYS_ENCODING (LIBXML_VERSION >= 21400)

/* A text, whether it has to be looked into, and the error with which it is refused. */
static const struct {
    const char *name;
    const char *xml;
    bool mayHaveSmmu;
    int error;
} texts[] = {
    { .name = "nothing", .xml = "", .mayHaveSmmu = true, .error = CMDQV_ERROR_MALFORMED },
    { .name = "no-xml", .xml = "hello", .mayHaveSmmu = true, .error = CMDQV_ERROR_MALFORMED },
    { .name = "cut-off", .xml = "<domain><devices><iommu model='smmuv3'", .mayHaveSmmu = true, .error = CMDQV_ERROR_MALFORMED },
    { .name = "not-closed", .xml = "<domain><devices>" IOMMU, .mayHaveSmmu = true, .error = CMDQV_ERROR_MALFORMED },
    { .name = "wrong-nesting", .xml = "<domain><devices>" IOMMU "</domain></devices>", .mayHaveSmmu = true,
      .error = CMDQV_ERROR_MALFORMED },
    { .name = "two-roots", .xml = DOMAIN DOMAIN, .mayHaveSmmu = true, .error = CMDQV_ERROR_MALFORMED },
    { .name = "trailing-text", .xml = DOMAIN "x", .mayHaveSmmu = true, .error = CMDQV_ERROR_MALFORMED },
    { .name = "same-attribute-twice", .xml = "<domain><iommu model='a' model='smmuv3'/></domain>", .mayHaveSmmu = true,
      .error = CMDQV_ERROR_MALFORMED },
    { .name = "other-root", .xml = "<network>smmuv3</network>", .mayHaveSmmu = true, .error = CMDQV_ERROR_MALFORMED },
    { .name = "invalid-utf-8", .xml = "<domain><name>\xff\xfe smmuv3</name></domain>", .mayHaveSmmu = true,
      .error = CMDQV_ERROR_MALFORMED },
    { .name = "unknown-entity", .xml = "<domain><name>&nobody;</name>" IOMMU "</domain>", .mayHaveSmmu = true,
      .error = CMDQV_ERROR_MALFORMED },
    { .name = "reference-to-nul", .xml = "<domain><name>&#0;</name>" IOMMU "</domain>", .mayHaveSmmu = true,
      .error = CMDQV_ERROR_MALFORMED },
    { .name = "declaration-not-first", .xml = " <?xml version='1.0' encoding='UTF-7'?><domain/>", .mayHaveSmmu = false,
      .error = CMDQV_ERROR_MALFORMED },


    { .name = "plain", .xml = DOMAIN, .mayHaveSmmu = true, .error = READ },
    { .name = "root-in-a-namespace", .xml = "<x:domain xmlns:x='urn:x'><devices>" IOMMU "</devices></x:domain>",
      .mayHaveSmmu = true, .error = READ },
    { .name = "without", .xml = "<domain><devices/></domain>", .mayHaveSmmu = false, .error = READ },
    { .name = "declaration", .xml = "<?xml version='1.0'?>" DOMAIN, .mayHaveSmmu = true, .error = READ },
    { .name = "utf-8", .xml = "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>" DOMAIN, .mayHaveSmmu = true,
      .error = READ },
    { .name = "utf-8-without", .xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><domain/>", .mayHaveSmmu = false,
      .error = READ },
    { .name = "byte-order-mark", .xml = "\xef\xbb\xbf<?xml version='1.0'?>" DOMAIN, .mayHaveSmmu = true, .error = READ },
    { .name = "latin-1", .xml = "<?xml version='1.0' encoding='ISO-8859-1'?><domain><name>M\xfcller</name>" IOMMU "</domain>",
      .mayHaveSmmu = true, .error = OBEYS_ENCODING ? READ : CMDQV_ERROR_MALFORMED },
    { .name = "utf-16-that-is-utf-8", .xml = "<?xml version='1.0' encoding='UTF-16'?>" DOMAIN, .mayHaveSmmu = true,
      .error = OBEYS_ENCODING ? CMDQV_ERROR_MALFORMED : CMDQV_ERROR_FORBIDDEN },
    { .name = "latin-1-without", .xml = "<?xml version='1.0' encoding='ISO-8859-1'?><domain/>", .mayHaveSmmu = false,
      .error = READ },
    { .name = "us-ascii", .xml = "<?xml version='1.0' encoding='us-ascii'?>" DOMAIN, .mayHaveSmmu = true, .error = READ },
    { .name = "other-instruction", .xml = "<?xml-stylesheet encoding='UTF-7'?>" DOMAIN, .mayHaveSmmu = true, .error = READ },
    { .name = "doctype-alone", .xml = "<!DOCTYPE domain>" DOMAIN, .mayHaveSmmu = true, .error = READ },
    { .name = "doctype-external", .xml = "<!DOCTYPE domain SYSTEM 'http://127.0.0.1/x.dtd'>" DOMAIN, .mayHaveSmmu = true,
      .error = READ },
    { .name = "bracket-in-a-quote", .xml = "<!DOCTYPE domain SYSTEM '[<!ENTITY e \"x\">]'>" DOMAIN, .mayHaveSmmu = true,
      .error = READ },
    { .name = "hidden-by-reference", .xml = "<domain><iommu model='smmu&#118;3'/></domain>", .mayHaveSmmu = true, .error = READ },
    { .name = "hidden-by-hexadecimal-reference", .xml = "<domain><iommu model='smmu&#x76;3'/></domain>", .mayHaveSmmu = true,
      .error = READ },
    { .name = "hidden-by-cdata-is-no-element", .xml = "<domain><![CDATA[<iommu model='smmuv3'/>]]></domain>", .mayHaveSmmu = true,
      .error = READ },


    { .name = "utf-7", .xml = "<?xml version='1.0' encoding='UTF-7'?><domain><iommu model='+AHMAbQBtAHUAdgAz-'/></domain>",
      .mayHaveSmmu = OBEYS_ENCODING, .error = CMDQV_ERROR_FORBIDDEN },
    { .name = "utf-7-space-before-equals",
      .xml = "<?xml version='1.0' encoding ='UTF-7'?><domain><iommu model='+AHMAbQBtAHUAdgAz-'/></domain>",
      .mayHaveSmmu = OBEYS_ENCODING, .error = CMDQV_ERROR_FORBIDDEN },
    { .name = "utf-7-newline-after-equals", .xml = "<?xml version='1.0' encoding=\n'UTF-7'?><domain/>", .mayHaveSmmu = false,
      .error = CMDQV_ERROR_FORBIDDEN },
    { .name = "utf-7-with-decoy", .xml = "<?xml version='1.0' encoding='UTF-7'?><!-- encoding='UTF-8' --><domain/>",
      .mayHaveSmmu = false, .error = CMDQV_ERROR_FORBIDDEN },
    { .name = "entity-expansion", .xml = "<!DOCTYPE domain [<!ENTITY m 'smmuv3'>]><domain><iommu model='&m;'/></domain>",
      .mayHaveSmmu = true, .error = CMDQV_ERROR_FORBIDDEN },
    { .name = "entity-behind-a-quoted-bracket",
      .xml = "<!DOCTYPE domain SYSTEM '>' [<!ENTITY m 'smmu'>]><domain><iommu model='&m;v3'/></domain>", .mayHaveSmmu = true,
      .error = CMDQV_ERROR_FORBIDDEN },
    { .name = "entity-behind-two-quotes", .xml = "<!DOCTYPE domain PUBLIC \"a'>\" '\">' [<!ENTITY m 'smmu'>]><domain/>",
      .mayHaveSmmu = true, .error = CMDQV_ERROR_FORBIDDEN },
    { .name = "entity-behind-a-comment", .xml = "<!-- > ]> --> <?x ?><!DOCTYPE domain [<!ENTITY m 'x'>]><domain/>",
      .mayHaveSmmu = false, .error = CMDQV_ERROR_FORBIDDEN },
    { .name = "external-entity",
      .xml = "<!DOCTYPE domain [<!ENTITY m SYSTEM 'file:///etc/hostname'>]><domain><name>&m;</name></domain>",
      .mayHaveSmmu = false, .error = CMDQV_ERROR_FORBIDDEN },
    { .name = "parameter-entity", .xml = "<!DOCTYPE domain [<!ENTITY % m SYSTEM 'http://127.0.0.1/'> %m;]><domain/>",
      .mayHaveSmmu = false, .error = CMDQV_ERROR_FORBIDDEN },
    { .name = "default-of-an-attribute",
      .xml = "<!DOCTYPE domain [<!ATTLIST iommu model CDATA 'smmuv3'>]><domain><devices><iommu/></devices></domain>",
      .mayHaveSmmu = true, .error = CMDQV_ERROR_FORBIDDEN },
    { .name = "default-of-an-attribute-without",
      .xml = "<!DOCTYPE domain [<!ATTLIST type machine CDATA 'q35'>]><domain><os><type/></os></domain>", .mayHaveSmmu = false,
      .error = CMDQV_ERROR_FORBIDDEN },
    { .name = "entity-without", .xml = "<!DOCTYPE domain [<!ENTITY m 'web'>]><domain><name>&m;</name></domain>",
      .mayHaveSmmu = false, .error = CMDQV_ERROR_FORBIDDEN },
    { .name = "gbk-without", .xml = "<?xml version='1.0' encoding='GBK'?><domain><name>\xd0\xe9</name></domain>",
      .mayHaveSmmu = !OBEYS_ENCODING, .error = OBEYS_ENCODING ? CMDQV_ERROR_FORBIDDEN : CMDQV_ERROR_MALFORMED },
    { .name = "empty-internal-subset", .xml = "<!DOCTYPE domain []>" DOMAIN, .mayHaveSmmu = true,
      .error = CMDQV_ERROR_FORBIDDEN },
};

static const char *const cmdqvTestErrorNames[] = {
    [CMDQV_ERROR_MALFORMED] = "malformed",
    [CMDQV_ERROR_FORBIDDEN] = "forbidden",
    [CMDQV_ERROR_MEMORY] = "memory",
    [CMDQV_ERROR_INVALID] = "invalid",
    [CMDQV_ERROR_PROCESS] = "process",
    [CMDQV_ERROR_SYSTEM] = "system",
};


/* Reads in bounded time and memory: of this thread, and of the whole process up to now. */
static cmdqvTopology *
cmdqvTestBounded(const char *xml, gsize len, GError **error)
{
    struct timespec before;
    struct timespec after;
    struct rusage used;
    cmdqvTopology *topology;

    g_assert_cmpint(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before), ==, 0);
    topology = cmdqvDomainXMLRead(xml, len, error);
    g_assert_cmpint(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after), ==, 0);
    g_assert_cmpint(getrusage(RUSAGE_SELF, &used), ==, 0);
    g_assert_cmpint(after.tv_sec - before.tv_sec, <, MAX_SECONDS);
    g_assert_cmpint(used.ru_maxrss, <, MAX_KIB);
    return topology;
}


static const char *
cmdqvTestOutcome(const char *xml, gsize len)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvTestBounded(xml, len, &error);

    if (topology)
        return "read";
    g_assert_true(error->domain == CMDQV_ERROR);
    g_test_message("%s", error->message);
    return cmdqvTestErrorNames[error->code];
}


static void
cmdqvTestText(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);

    g_assert_cmpint(cmdqvDomainXMLMayHaveSmmu(texts[i].xml), ==, texts[i].mayHaveSmmu);
    g_assert_cmpstr(cmdqvTestOutcome(texts[i].xml, strlen(texts[i].xml)), ==,
                    texts[i].error == READ ? "read" : cmdqvTestErrorNames[texts[i].error]);
}


static void
cmdqvTestNul(void)
{
    const char xml[] = "<domain><name>a\0b</name></domain>";
    const char wide[] = "\xff\xfe<\0d\0o\0m\0a\0i\0n\0/\0>\0";

    g_assert_cmpstr(cmdqvTestOutcome(xml, sizeof(xml) - 1), ==, "forbidden");
    g_assert_cmpstr(cmdqvTestOutcome(wide, sizeof(wide) - 1), ==, "forbidden");
}


static bool
cmdqvTestIsMalformed(const char *xml)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, strlen(xml), NULL, &error);

    return !doc && cmdqvXMLReadIsMalformed(xml, error);
}


/* Entities in entities: libxml2 2.9 refuses a thousand of them, 2.15 takes them and needs more to refuse; libvirt uses the same one. */
static void
cmdqvTestLaughs(void)
{
    static const char xml[] = "<!DOCTYPE domain [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>"
        "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;'>]><domain>&d;</domain>";

    g_assert_cmpstr(cmdqvTestOutcome(xml, sizeof(xml) - 1), ==, "forbidden");
    g_assert_true(cmdqvDomainXMLMayHaveSmmu(xml) == cmdqvTestIsMalformed(xml));
}


static void
cmdqvTestMalformed(void)
{
    static const struct {
        const char *xml;
        bool malformed;
    } documents[] = {
        { .xml = DOMAIN, .malformed = false },
        { .xml = "<!DOCTYPE domain [<!ENTITY m 'web'>]><domain>&m;</domain>", .malformed = false },
        { .xml = "<!DOCTYPE domain [<!ENTITY m SYSTEM 'file:///nowhere'>]><domain>&m;</domain>", .malformed = false },
        { .xml = "<?xml version='1.0' encoding='ISO-8859-1'?><domain>\xfc</domain>", .malformed = !OBEYS_ENCODING },
        { .xml = "", .malformed = true },
        { .xml = "web", .malformed = true },
        { .xml = "<domain>", .malformed = true },
        { .xml = "<domain>&m;</domain>", .malformed = true },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(documents); i++) {
        g_test_message("document %u", i);
        g_assert_true(cmdqvTestIsMalformed(documents[i].xml) == documents[i].malformed);
    }
}


/* A mark says UTF-8, the declaration UTF-7.  libxml2 2.9 reads the declaration, 2.15 the mark; libvirt uses the same one. */
static void
cmdqvTestMark(void)
{
    static const char format[] = "%s<?xml version='1.0' encoding='%s'?><domain><devices>"
        "<iommu model='%s'><driver pciBus='0'/></iommu></devices></domain>";
    g_autofree char *plain = g_strdup_printf(format, "\xef\xbb\xbf", "utf-8", "smmuv3");
    g_autofree char *marked = g_strdup_printf(format, "\xef\xbb\xbf", "utf-7", "+AHMAbQBtAHUAdgAz-");
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) control = cmdqvDomainXMLRead(plain, strlen(plain), NULL);
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(marked, strlen(marked), &error);

    g_assert_cmpuint(control->smmus->len, ==, 1);
    if (topology) {
        g_assert_cmpuint(topology->smmus->len, ==, 0);
    } else {
        g_assert_false(cmdqvDomainXMLMayHaveSmmu(marked));
        g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_FORBIDDEN);
    }
}


/* <?xml version='1.0' encoding='IBM037'?><domain><iommu model='smmuv3'/></domain> in that encoding, which libvirt's parser takes */
static void
cmdqvTestEbcdic(void)
{
    const char *xml = "\x4c\x6f\xa7\x94\x93\x40\xa5\x85\x99\xa2\x89\x96\x95\x7e\x7d\xf1\x4b\xf0\x7d\x40\x85\x95\x83\x96\x84\x89\x95\x87"
        "\x7e\x7d\xc9\xc2\xd4\xf0\xf3\xf7\x7d\x6f\x6e\x4c\x84\x96\x94\x81\x89\x95\x6e\x4c\x89\x96\x94\x94\xa4\x40\x94\x96"
        "\x84\x85\x93\x7e\x7d\xa2\x94\x94\xa4\xa5\xf3\x7d\x61\x6e\x4c\x61\x84\x96\x94\x81\x89\x95\x6e";

    g_assert_true(cmdqvDomainXMLMayHaveSmmu(xml));
    g_assert_cmpstr(cmdqvTestOutcome(xml, strlen(xml)), !=, "read");
}


static char *
cmdqvTestRepeat(const char *before, const char *text, guint times, const char *after)
{
    GString *all = g_string_new(before);
    guint i;

    for (i = 0; i < times; i++)
        g_string_append(all, text);
    g_string_append(all, after);
    return g_string_free(all, FALSE);
}


static char *
cmdqvTestNested(guint depth)
{
    g_autofree char *open = cmdqvTestRepeat("", "<a>", depth, "");
    g_autofree char *close = cmdqvTestRepeat("", "</a>", depth, "");

    return g_strconcat("<domain>", open, close, "</domain>", NULL);
}


static void
cmdqvTestDepth(void)
{
    g_autofree char *deepest = cmdqvTestNested(CMDQV_XML_READ_MAX_DEPTH - 2);
    g_autofree char *deeper = cmdqvTestNested(CMDQV_XML_READ_MAX_DEPTH + 1);
    g_autofree char *deep = cmdqvTestNested(100000);

    g_assert_cmpstr(cmdqvTestOutcome(deepest, strlen(deepest)), ==, "read");
    g_assert_cmpstr(cmdqvTestOutcome(deeper, strlen(deeper)), !=, "read");
    g_assert_cmpstr(cmdqvTestOutcome(deep, strlen(deep)), !=, "read");
}


static void
cmdqvTestSize(void)
{
    g_autofree char *text = g_strnfill(CMDQV_XML_READ_MAX_BYTES, 'x');
    g_autofree char *xml = g_strconcat("<domain>", text, "</domain>", NULL);

    g_assert_cmpstr(cmdqvTestOutcome(xml, strlen(xml)), ==, "forbidden");
}


/* Attributes of a megabyte: those that we read, and those that we do not. */
static void
cmdqvTestAttribute(void)
{
    g_autofree char *value = g_strnfill(1024 * 1024, '7');
    g_autofree char *number = g_strconcat("<domain><devices><controller type='pci' index='", value, "'/></devices></domain>", NULL);
    g_autofree char *judged = g_strconcat("<domain><devices><iommu model='smmuv3'><driver pciBus='", value, "' cmdqv='", value,
                                          "' oas='", value, "'/></iommu></devices></domain>", NULL);
    g_autofree char *other = g_strconcat("<domain><devices><iommu model='smmuv3' x='", value, "'/></devices></domain>", NULL);
    g_autofree char *reference = cmdqvTestRepeat("<domain><devices><iommu model='", "&#115;", 150000,
                                                 "'/></devices></domain>");

    g_assert_cmpstr(cmdqvTestOutcome(number, strlen(number)), ==, "invalid");
    g_assert_cmpstr(cmdqvTestOutcome(judged, strlen(judged)), ==, "read");
    g_assert_cmpstr(cmdqvTestOutcome(other, strlen(other)), ==, "read");
    g_assert_cmpstr(cmdqvTestOutcome(reference, strlen(reference)), ==, "read");
}


/* Each element keeps its line and its short text, also in a text of more lines than libxml2 numbers in all nodes. */
static void
cmdqvTestManyLines(void)
{
    static const guint lines[] = { 100, G_MAXINT16 - 1, G_MAXINT16, G_MAXUINT16 - 1, G_MAXUINT16 + 10 };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *empty = g_strnfill(lines[i] - 1, '\n');
        g_autofree char *xml = g_strconcat("<domain>", empty, "<a>ten_letter</a>\n            <b/>\n</domain>", NULL);
        g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, strlen(xml), "domain", NULL);
        const xmlNode *a = cmdqvXMLReadChild(xmlDocGetRootElement(doc), "a");
        g_autofree char *text = cmdqvXMLReadText(a);

        g_assert_cmpint(cmdqvXMLReadLine(a), ==, lines[i]);
        g_assert_cmpstr(text, ==, "ten_letter");
        g_assert_cmpstr((const char *)a->next->content, ==, "\n            ");
    }
}


static void
cmdqvTestManyDevices(void)
{
    g_autofree char *xml = cmdqvTestRepeat("<domain><devices>" IOMMU,
                                           "<hostdev mode='subsystem' type='pci'><driver iommufd='yes'/><source><address "
                                           "domain='9'/></source><address type='pci' bus='1'/></hostdev>", 10000,
                                           "</devices></domain>");
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvTestBounded(xml, strlen(xml), &error);

    g_assert_no_error(error);
    g_assert_cmpuint(topology->endpoints->len, ==, 10000);
}


static void
cmdqvTestManyAttributes(void)
{
    GString *xml = g_string_new("<domain><devices><iommu model='smmuv3'");
    guint i;

    for (i = 0; i < 20000; i++)
        g_string_append_printf(xml, " a%u='1'", i);
    g_string_append(xml, "/></devices></domain>");
    g_assert_cmpstr(cmdqvTestOutcome(xml->str, xml->len), ==, "read");
    (void)g_string_free(xml, TRUE);
}


/* A chain of bridges as long as the domain is large, listed from its end. */
static void
cmdqvTestLongChain(void)
{
    GString *xml = g_string_new("<domain><devices>");
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = NULL;
    guint i;

    for (i = 255; i > 0; i--)
        g_string_append_printf(xml, "<controller type='pci' index='%u' model='pcie-root-port'><address type='pci' bus='%u' "
                               "slot='1'/></controller>", i, i - 1);
    g_string_append(xml, "</devices></domain>");
    topology = cmdqvTestBounded(xml->str, xml->len, &error);
    g_assert_no_error(error);
    g_assert_cmpint(cmdqvTopologyGetBus(topology, 0)->root, ==, 255);
    (void)g_string_free(xml, TRUE);
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *path = g_strconcat("/hostilexml/text/", texts[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestText);
    }
    g_test_add_func("/hostilexml/nul", cmdqvTestNul);
    g_test_add_func("/hostilexml/mark", cmdqvTestMark);
    g_test_add_func("/hostilexml/laughs", cmdqvTestLaughs);
    g_test_add_func("/hostilexml/malformed", cmdqvTestMalformed);
    g_test_add_func("/hostilexml/ebcdic", cmdqvTestEbcdic);
    g_test_add_func("/hostilexml/deep-nesting", cmdqvTestDepth);
    g_test_add_func("/hostilexml/size", cmdqvTestSize);
    g_test_add_func("/hostilexml/megabyte-attribute", cmdqvTestAttribute);
    g_test_add_func("/hostilexml/many-lines", cmdqvTestManyLines);
    g_test_add_func("/hostilexml/many-devices", cmdqvTestManyDevices);
    g_test_add_func("/hostilexml/many-attributes", cmdqvTestManyAttributes);
    g_test_add_func("/hostilexml/long-chain", cmdqvTestLongChain);
    return g_test_run();
}
