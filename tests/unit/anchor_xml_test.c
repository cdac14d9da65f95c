/*
 * anchor_xml_test.c: anchors as XML, against the schema in docs/
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include <libxml/parser.h>
#include <libxml/relaxng.h>

#include "testutils.h"
#include "conf/xml_read.h"
#include "qemu/anchor.h"
#include "qemu/anchor_xml.h"

#define OPEN "<anchors xmlns='urn:libvirt-cmdqv:anchors:1'>\n"
#define CLOSE "</anchors>\n"

/* One SMMU and at most one anchor; NULL and 0 for absent parts. */
static const struct {
    const char *name;
    const char *id;
    const char *bus;
    cmdqvSwitch accel;
    cmdqvSwitch cmdqv;
    cmdqvAnchorSource source;
    const char *detail;
    guint endpoints;        /* of that alias */
    const char *alias;
    unsigned int host;      /* domain of the device's address on the host */
    unsigned int guest;     /* bus of its address in the guest */
    const char *xml;
} cases[] = {
    { .name = "argv", .id = "iommu0", .bus = "pci.1", .accel = CMDQV_SWITCH_ON, .cmdqv = CMDQV_SWITCH_ON,
      .source = CMDQV_ANCHOR_ARGV, .endpoints = 1, .alias = "hostdev0", .host = 9, .guest = 2,
      .xml = "  <vsmmu alias='iommu0' bus='pci.1' cmdqv='on' source='argv'>\n"
          "    <anchor alias='hostdev0' host='0009:00:00.0' guest='0000:02:00.0'/>\n  </vsmmu>\n" },
    { .name = "hotplug", .id = "iommu0", .bus = "pci.1", .accel = CMDQV_SWITCH_ON, .cmdqv = CMDQV_SWITCH_AUTO,
      .source = CMDQV_ANCHOR_HOTPLUG, .endpoints = 1, .alias = "hostdev0",
      .xml = "  <vsmmu alias='iommu0' bus='pci.1' cmdqv='auto' source='hotplug'>\n    <anchor alias='hostdev0'/>\n  </vsmmu>\n" },
    { .name = "definition", .bus = "pci.1", .accel = CMDQV_SWITCH_ON, .cmdqv = CMDQV_SWITCH_ABSENT,
      .source = CMDQV_ANCHOR_DEFINITION, .endpoints = 1, .host = 9,
      .xml = "  <vsmmu bus='pci.1' cmdqv='auto' source='definition'>\n    <anchor host='0009:00:00.0'/>\n  </vsmmu>\n" },
    { .name = "unknown", .id = "iommu0", .bus = "pci.1", .accel = CMDQV_SWITCH_ON, .cmdqv = CMDQV_SWITCH_ON,
      .source = CMDQV_ANCHOR_UNKNOWN, .detail = "why", .endpoints = 2, .alias = "hostdev0", .host = 9,
      .xml = "  <vsmmu alias='iommu0' bus='pci.1' cmdqv='on' source='unknown' detail='why'>\n"
          "    <anchor alias='hostdev0' host='0009:00:00.0'/>\n    <anchor alias='hostdev0' host='0009:00:00.0'/>\n  "
          "</vsmmu>\n" },
    { .name = "nobody", .id = "iommu0", .bus = "pci.1", .accel = CMDQV_SWITCH_ON, .cmdqv = CMDQV_SWITCH_ON,
      .source = CMDQV_ANCHOR_NOBODY, .xml = "  <vsmmu alias='iommu0' bus='pci.1' cmdqv='on' source='none'/>\n" },
    { .name = "inactive", .id = "iommu0", .bus = "pci.1", .accel = CMDQV_SWITCH_ON, .cmdqv = CMDQV_SWITCH_OFF,
      .source = CMDQV_ANCHOR_INACTIVE, .detail = "CMDQV is switched off",
      .xml = "  <vsmmu alias='iommu0' bus='pci.1' cmdqv='off' source='inactive' detail='CMDQV is switched off'/>\n" },
    { .name = "machine-wide", .accel = CMDQV_SWITCH_ABSENT, .cmdqv = CMDQV_SWITCH_ABSENT, .source = CMDQV_ANCHOR_INACTIVE,
      .xml = "  <vsmmu cmdqv='off' source='inactive'/>\n" },
    { .name = "large-domain", .accel = CMDQV_SWITCH_ON, .cmdqv = CMDQV_SWITCH_ON, .source = CMDQV_ANCHOR_ARGV, .endpoints = 1,
      .host = 0xffffffff, .guest = 0xff,
      .xml = "  <vsmmu cmdqv='on' source='argv'>\n    <anchor host='ffffffff:00:00.0' guest='0000:ff:00.0'/>\n  </vsmmu>\n" },
    { .name = "escaped", .id = "a'b", .bus = "<b>", .accel = CMDQV_SWITCH_ON, .cmdqv = CMDQV_SWITCH_ON,
      .source = CMDQV_ANCHOR_ARGV, .detail = "a&b \"c\"", .endpoints = 1, .alias = "]]>",
      .xml = "  <vsmmu alias='a&apos;b' bus='&lt;b&gt;' cmdqv='on' source='argv' detail='a&amp;b &quot;c&quot;'>\n"
          "    <anchor alias=']]&gt;'/>\n  </vsmmu>\n" },
    { .name = "utf8", .id = "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", .accel = CMDQV_SWITCH_ON, .cmdqv = CMDQV_SWITCH_ON,
      .source = CMDQV_ANCHOR_ARGV, .xml = "  <vsmmu alias='\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80' cmdqv='on' source='argv'/>\n" },
    { .name = "not-utf8", .id = "a\xff", .accel = CMDQV_SWITCH_ON, .cmdqv = CMDQV_SWITCH_ON, .source = CMDQV_ANCHOR_UNKNOWN,
      .detail = "'\xc3' on its command line",
      .xml = "  <vsmmu alias='a\xef\xbf\xbd' cmdqv='on' source='unknown' detail='&apos;\xef\xbf\xbd&apos; on its command line'/>\n" },
    { .name = "control-characters", .id = "a\x01" "b\x1f" "c\x7f", .accel = CMDQV_SWITCH_ON, .cmdqv = CMDQV_SWITCH_ON,
      .source = CMDQV_ANCHOR_UNKNOWN, .detail = "a\nb\tc\rd",
      .xml = "  <vsmmu alias='a b c&#x7f;' cmdqv='on' source='unknown' detail='a b c d'/>\n" },
    { .name = "empty", .id = "", .bus = "", .accel = CMDQV_SWITCH_ON, .cmdqv = CMDQV_SWITCH_ON, .source = CMDQV_ANCHOR_ARGV,
      .detail = "", .endpoints = 1, .alias = "",
      .xml = "  <vsmmu alias='' bus='' cmdqv='on' source='argv' detail=''>\n    <anchor alias=''/>\n  </vsmmu>\n" },
};


static cmdqvAnchor *
cmdqvTestAnchor(guint i, cmdqvTopology *topology)
{
    cmdqvAnchor *anchor = g_new0(cmdqvAnchor, 1);
    guint j;

    anchor->smmu.id = (char *)cases[i].id;
    anchor->smmu.accel = cases[i].accel;
    anchor->smmu.cmdqv = cases[i].cmdqv;
    anchor->busName = cases[i].bus;
    anchor->source = cases[i].source;
    anchor->detail = g_strdup(cases[i].detail);
    anchor->endpoints = g_array_new(FALSE, FALSE, sizeof(guint));
    for (j = 0; j < cases[i].endpoints; j++) {
        cmdqvEndpoint *endpoint = cmdqvTopologyAddEndpoint(topology, CMDQV_ENDPOINT_VFIO, "hostdev");
        guint at = topology->endpoints->len - 1;

        endpoint->id = cmdqvTopologyKeep(topology, cases[i].alias);
        endpoint->hasHost = cases[i].host > 0;
        endpoint->host.domain = cases[i].host;
        endpoint->hasGuest = cases[i].guest > 0;
        endpoint->guest.bus = cases[i].guest;
        g_array_append_val(anchor->endpoints, at);
    }
    return anchor;
}


/* Returns: the result of xmlRelaxNGValidateDoc(): 0 for valid */
static int
cmdqvTestValidate(const char *xml)
{
    g_autofree char *path = cmdqvTestDataPath("../docs", "anchors.rng", "");
    xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewParserCtxt(path);
    xmlRelaxNG *schema = xmlRelaxNGParse(parser);
    xmlRelaxNGValidCtxt *context = xmlRelaxNGNewValidCtxt(schema);
    g_autoptr(xmlDoc) doc = xmlReadMemory(xml, (int)strlen(xml), NULL, NULL, XML_PARSE_NOERROR | XML_PARSE_NONET);
    int result = doc ? xmlRelaxNGValidateDoc(context, doc) : -1;

    g_assert_nonnull(schema);
    xmlRelaxNGFreeValidCtxt(context);
    xmlRelaxNGFree(schema);
    xmlRelaxNGFreeParserCtxt(parser);
    return result;
}


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(cmdqvTopology) topology = cmdqvTopologyNew();
    g_autoptr(GPtrArray) anchors = g_ptr_array_new_with_free_func((GDestroyNotify)cmdqvAnchorFree);
    g_autofree char *expected = g_strconcat(OPEN, cases[i].xml, CLOSE, NULL);
    g_autofree char *xml = NULL;

    g_ptr_array_add(anchors, cmdqvTestAnchor(i, topology));
    xml = cmdqvAnchorXMLFormat(anchors, topology);
    g_assert_cmpstr(xml, ==, expected);
    g_assert_cmpint(cmdqvTestValidate(xml), ==, 0);
}


static void
cmdqvTestAll(void)
{
    g_autoptr(cmdqvTopology) topology = cmdqvTopologyNew();
    g_autoptr(GPtrArray) anchors = g_ptr_array_new_with_free_func((GDestroyNotify)cmdqvAnchorFree);
    g_autoptr(GString) expected = g_string_new(OPEN);
    g_autofree char *xml = NULL;
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_ptr_array_add(anchors, cmdqvTestAnchor(i, topology));
        g_string_append(expected, cases[i].xml);
    }
    g_string_append(expected, CLOSE);
    xml = cmdqvAnchorXMLFormat(anchors, topology);
    g_assert_cmpstr(xml, ==, expected->str);
    g_assert_cmpint(cmdqvTestValidate(xml), ==, 0);
}


static void
cmdqvTestEmpty(void)
{
    g_autoptr(GPtrArray) anchors = g_ptr_array_new();
    g_autofree char *none = cmdqvAnchorXMLFormat(NULL, NULL);
    g_autofree char *empty = cmdqvAnchorXMLFormat(anchors, NULL);

    g_assert_cmpstr(none, ==, OPEN CLOSE);
    g_assert_cmpstr(empty, ==, OPEN CLOSE);
    g_assert_cmpint(cmdqvTestValidate(none), ==, 0);
}


/* A schema that takes everything proves nothing. */
static void
cmdqvTestSchema(void)
{
    static const char *const invalid[] = {
        "<anchors/>",
        OPEN "<vsmmu/>" CLOSE,
        OPEN "<vsmmu cmdqv='on'/>" CLOSE,
        OPEN "<vsmmu source='argv'/>" CLOSE,
        OPEN "<vsmmu cmdqv='yes' source='argv'/>" CLOSE,
        OPEN "<vsmmu cmdqv='on' source='guess'/>" CLOSE,
        OPEN "<vsmmu cmdqv='on' source='argv' x=''/>" CLOSE,
        OPEN "<vsmmu cmdqv='on' source='argv'>x</vsmmu>" CLOSE,
        OPEN "<vsmmu cmdqv='on' source='argv'><anchor host='9:1:0.0'/></vsmmu>" CLOSE,
        OPEN "<vsmmu cmdqv='on' source='argv'><anchor host='0009:01:00.8'/></vsmmu>" CLOSE,
        OPEN "<vsmmu cmdqv='on' source='argv'><anchor host='0009:AB:00.0'/></vsmmu>" CLOSE,
        OPEN "<anchor/>" CLOSE,
        OPEN "<vsmmu xmlns='' cmdqv='on' source='argv'/>" CLOSE,
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(invalid); i++) {
        g_test_message("%s", invalid[i]);
        g_assert_cmpint(cmdqvTestValidate(invalid[i]), >, 0);
    }
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    xmlSetGenericErrorFunc(NULL, NULL);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/anchorxml/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    g_test_add_func("/anchorxml/all", cmdqvTestAll);
    g_test_add_func("/anchorxml/empty-list", cmdqvTestEmpty);
    g_test_add_func("/anchorxml/schema", cmdqvTestSchema);
    return g_test_run();
}
