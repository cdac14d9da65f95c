/*
 * domain_edit_test.c: domain XML, changed as libvirt would change it, byte for byte
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "testutils.h"
#include "conf/device_xml.h"
#include "conf/domain_edit.h"
#include "conf/native_question.h"
#include "conf/xml_read.h"
#include "util/error.h"

#define D(devices) "<domain><devices>" devices "</devices></domain>"
#define PORT(index, rest) "<controller type=\"pci\" index=\"" index "\" model=\"pcie-root-port\">" rest "</controller>"
#define FREE(index) "<controller type=\"pci\" index=\"" index "\" model=\"pcie-root-port\"/>"
#define OFF "<target hotplug=\"off\"/>"
#define SOURCE(bus) "<source><address domain=\"9\" bus=\"" bus "\"/></source>"
#define PCI(bus) "<source><address type=\"pci\" domain=\"9\" bus=\"" bus "\"/></source>"
#define HOSTDEV(bus) "<hostdev mode=\"subsystem\" type=\"pci\">" SOURCE(bus) "</hostdev>"

/* Domain, device and the domain with it; NULL: refused. */
static const struct {
    const char *name;
    const char *domain;
    const char *device;
    const char *result;
    int code;
    const char *message;
} adds[] = {
    { "empty", "<domain><devices/></domain>", "<x/>", D("<x/>"), 0, NULL },
    { "last", D("<a/><b/>"), "<x/>", D("<a/><b/><x/>"), 0, NULL },
    { "text-kept", "<domain>\n  <devices>\n    <a/>\n  </devices>\n</domain>", "<x/>",
      "<domain>\n  <devices>\n    <a/>\n  <x/></devices>\n</domain>", 0, NULL },
    { "content-kept", D(""), "<x y='1'>\n <z>t</z></x>", D("<x y=\"1\">\n <z>t</z></x>"), 0, NULL },
    { "comments", "<domain><!-- a --><devices><!-- b --></devices></domain>", "<!-- c --><x><!-- d --></x>",
      "<domain><!-- a --><devices><!-- b --><x><!-- d --></x></devices></domain>", 0, NULL },
    { "entities", "<domain><title>a&amp;b &lt;c&gt; &quot;d&apos; &#233;</title><devices/></domain>", "<x y='&quot;&amp;&lt;&#39;'/>",
      "<domain><title>a&amp;b &lt;c&gt; \"d' \xc3\xa9</title><devices><x y=\"&quot;&amp;&lt;'\"/></devices></domain>", 0, NULL },
    { "cdata", "<domain><title><![CDATA[a<b&c]]></title><devices/></domain>", "<x/>",
      "<domain><title><![CDATA[a<b&c]]></title><devices><x/></devices></domain>", 0, NULL },
    { "white-space-in-attributes", D("<a b='&#10;&#9;&#13;'/>"), "<x y='&#10;'/>",
      D("<a b=\"&#10;&#9;&#13;\"/><x y=\"&#10;\"/>"), 0, NULL },
    { "utf8", "<?xml version='1.0' encoding='UTF-8'?><domain><title>\xe2\x82\xac</title><devices/></domain>", "<x y='\xc3\xa9'/>",
      "<domain><title>\xe2\x82\xac</title><devices><x y=\"\xc3\xa9\"/></devices></domain>", 0, NULL },
    { "latin1", "<?xml version='1.0' encoding='ISO-8859-1'?><domain><title>&#233;</title><devices/></domain>", "<x/>",
      "<domain><title>\xc3\xa9</title><devices><x/></devices></domain>", 0, NULL },
    { "namespaces", "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><devices/><qemu:commandline>"
      "<qemu:arg value='-s'/></qemu:commandline></domain>", "<x/>",
      "<domain xmlns:qemu=\"http://libvirt.org/schemas/domain/qemu/1.0\"><devices><x/></devices><qemu:commandline>"
      "<qemu:arg value=\"-s\"/></qemu:commandline></domain>", 0, NULL },
    { "nova-metadata", "<domain><metadata><nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'><nova:name>a"
      "</nova:name></nova:instance></metadata><devices/></domain>", "<x/>", "<domain><metadata><nova:instance "
      "xmlns:nova=\"http://openstack.org/xmlns/libvirt/nova/1.1\"><nova:name>a</nova:name></nova:instance></metadata><devices><x/>"
      "</devices></domain>", 0, NULL },
    { "no-devices", "<domain/>", "<x/>", NULL, CMDQV_ERROR_INVALID, "the domain has no <devices>" },
    { "no-domain", "<devices/>", "<x/>", NULL, CMDQV_ERROR_MALFORMED, "the root element is <devices>, not <domain>" },
    { "malformed-device", D(""), "<x", NULL, CMDQV_ERROR_MALFORMED, NULL },
    { "two-devices", D(""), "<x/><y/>", NULL, CMDQV_ERROR_MALFORMED, NULL },
    { "malformed-domain", "<domain", "<x/>", NULL, CMDQV_ERROR_MALFORMED, NULL },
    { "entities-of-its-own", "<!DOCTYPE domain [<!ENTITY e 'x'>]><domain><devices>&e;</devices></domain>", "<x/>", NULL,
      CMDQV_ERROR_FORBIDDEN, "the XML has a DOCTYPE with declarations of its own, which is not accepted; remove it" },
};

/* Domain, device that designates one, and the domain with it in that place; NULL without a code: it designates none. */
static const struct {
    const char *name;
    const char *domain;
    const char *device;
    const char *result;
    int code;
} replaces[] = {
    { "hostdev", "<domain>\n<devices>\n" HOSTDEV("1") "\n" HOSTDEV("2") "\n</devices>\n</domain>",
      "<hostdev type='pci' mode='subsystem' managed='yes'>" SOURCE("0x02") "</hostdev>",
      "<domain>\n<devices>\n" HOSTDEV("1") "\n<hostdev type=\"pci\" mode=\"subsystem\" managed=\"yes\">" SOURCE("0x02")
      "</hostdev>\n</devices>\n</domain>", -1 },
    { "interface", "<domain>\n<devices>\n<interface type='hostdev'>\n<mac address='52:54:00:00:00:01'/></interface>\n"
      "<interface type='hostdev'>\n<mac address='52:54:00:00:00:02'/></interface>\n</devices></domain>",
      "<interface type='user'><mac address='52:54:00:00:00:02'/><link state='down'/></interface>",
      "<domain>\n<devices>\n<interface type=\"hostdev\">\n<mac address=\"52:54:00:00:00:01\"/></interface>\n"
      "<interface type=\"user\"><mac address=\"52:54:00:00:00:02\"/><link state=\"down\"/></interface>\n</devices></domain>", -1 },
    { "emulated-without-address", "<domain>\n<devices>\n<interface type='user'>\n<mac address='52:54:00:00:00:01'/></interface>\n"
      "</devices></domain>", "<interface type='user'><mac address='52:54:00:00:00:01'/></interface>", NULL, -1 },
    { "text-kept", "<domain>\n<title>a&amp;b</title><!-- c -->\n<devices>\n" HOSTDEV("1") "\n</devices>\n</domain>", HOSTDEV("1"),
      "<domain>\n<title>a&amp;b</title><!-- c -->\n<devices>\n" HOSTDEV("1") "\n</devices>\n</domain>", -1 },
    { "not-there", "<domain>\n<devices>\n" HOSTDEV("1") "\n</devices></domain>", HOSTDEV("2"), NULL, -1 },
    { "kind-without-endpoint", "<domain>\n<devices>\n" HOSTDEV("1") "\n</devices></domain>", "<disk type='file'/>", NULL, -1 },
    { "no-devices", "<domain/>", HOSTDEV("1"), NULL, CMDQV_ERROR_INVALID },
    { "domain-that-means-nothing", "<domain>\n<devices>\n<controller type='pci' index='x'/></devices></domain>", HOSTDEV("1"), NULL,
      CMDQV_ERROR_INVALID },
    { "malformed-domain", "<domain", HOSTDEV("1"), NULL, CMDQV_ERROR_MALFORMED },
};

/* Domain, indexes, and the domain pinned. */
static const struct {
    const char *name;
    const char *domain;
    const char *indexes;
    const char *result;
} pins[] = {
    { "none", D(FREE("2")), "", D(FREE("2")) },
    { "one", D(FREE("2") FREE("3")), "2", D(PORT("2", OFF) FREE("3")) },
    { "two", D(FREE("2") FREE("3")), "3 2", D(PORT("2", OFF) PORT("3", OFF)) },
    { "turned", D(FREE("3") FREE("2")), "2", D(FREE("3") PORT("2", OFF)) },
    { "same-twice", D(FREE("2")), "2 2", D(PORT("2", OFF)) },
    { "not-there", D(FREE("2")), "7", D(FREE("2")) },
    { "not-22", D(FREE("22")), "2", D(FREE("22")) },
    { "target-kept", D(PORT("2", "<target chassis=\"2\" port=\"0x8\"/><address type=\"pci\" bus=\"1\"/>")), "2",
      D(PORT("2", "<target chassis=\"2\" port=\"0x8\" hotplug=\"off\"/><address type=\"pci\" bus=\"1\"/>")) },
    { "target-turned", D(PORT("2", "<target hotplug=\"on\" chassis=\"2\"/>")), "2",
      D(PORT("2", "<target hotplug=\"off\" chassis=\"2\"/>")) },
    { "pinned-already", D(PORT("2", OFF)), "2", D(PORT("2", OFF)) },
    { "first-target", D(PORT("2", "<target chassis=\"1\"/><target chassis=\"2\"/>")), "2",
      D(PORT("2", "<target chassis=\"1\" hotplug=\"off\"/><target chassis=\"2\"/>")) },
    { "target-of-another-namespace", D(PORT("2", "<x:target xmlns:x=\"urn:x\"/>")), "2",
      D(PORT("2", "<x:target xmlns:x=\"urn:x\"/>" OFF)) },
    { "index-with-zeros", D(FREE("02")), "2", D(PORT("02", OFF)) },
    { "no-pci-controller", D("<controller type=\"usb\" index=\"2\"/>" FREE("2")), "2",
      D("<controller type=\"usb\" index=\"2\"/>" PORT("2", OFF)) },
    { "without-index", D("<controller type=\"pci\" model=\"pcie-root\"/><controller type=\"pci\" model=\"pcie-expander-bus\"/>"
                         "<controller type=\"pci\" model=\"pcie-root-port\"/>"), "2",
      D("<controller type=\"pci\" model=\"pcie-root\"/><controller type=\"pci\" model=\"pcie-expander-bus\"/>"
        "<controller type=\"pci\" model=\"pcie-root-port\">" OFF "</controller>") },
    { "index-partly-absent", D(FREE("1") "<controller type=\"pci\" model=\"pcie-root-port\"/>" FREE("3")), "0",
      D(FREE("1") "<controller type=\"pci\" model=\"pcie-root-port\">" OFF "</controller>" FREE("3")) },
    { "two-parts", "<domain><devices>" FREE("1") "</devices><devices>" FREE("2") "</devices></domain>", "2 1",
      "<domain><devices>" PORT("1", OFF) "</devices><devices>" PORT("2", OFF) "</devices></domain>" },
    { "text-and-entities-kept", "<domain>\n  <title>&lt;a&gt; &amp; \"b'</title>\n  <description>\xc3\xa9 &#x20AC;</description>"
      "<devices>\n    " FREE("2") "\n  </devices><!-- 'c' -->\n</domain>", "2",
      "<domain>\n  <title>&lt;a&gt; &amp; \"b'</title>\n  <description>\xc3\xa9 \xe2\x82\xac</description>"
      "<devices>\n    " PORT("2", OFF) "\n  </devices><!-- 'c' -->\n</domain>" },
};

#define NINEP(number, rest) "<filesystem type=\"mount\" accessmode=\"passthrough\"><source dir=\"/\"/><target dir=\"cmdqv" \
    number "\"/>" rest "</filesystem>"
#define CONVENTIONAL(number, rest) "<filesystem type=\"mount\" accessmode=\"passthrough\" model=\"virtio-transitional\">" \
    "<source dir=\"/\"/><target dir=\"cmdqv" number "\"/>" rest "</filesystem>"
#define TEAMING "<teaming type=\"transient\" persistent=\"ua-n\"/>"
#define STANDIN(rest) "<hostdev mode=\"subsystem\" type=\"pci\" managed=\"no\">" rest "</hostdev>"
#define DRIVER "<driver iommufd=\"yes\"/>"
#define GUEST(bus) "<address type=\"pci\" bus=\"" bus "\"/>"

/* Domain, and the domain that libvirt is asked about in its place; NULL: it is not asked. */
static const struct {
    const char *name;
    const char *domain;
    const char *result;
} natives[] = {
    { "no-interfaces", D("<a/>" HOSTDEV("1") "<b/>"), D("<a/>" HOSTDEV("1") "<b/>") },
    { "emulated", D("<interface type='user'/>"), D(NINEP("0", "")) },
    { "emulated-virtio", D("<interface type='bridge'><model type='virtio'/></interface>"), D(NINEP("0", "")) },
    { "emulated-virtio-non-transitional", D("<interface type='user'><model type='virtio-non-transitional'/></interface>"),
      D(NINEP("0", "")) },
    { "emulated-address-kept", D("<interface type='user'>" GUEST("3") "<mac address='52:54:00:00:00:01'/></interface>"),
      D(NINEP("0", GUEST("3"))) },
    { "emulated-two", D("<interface type='user'>" GUEST("3") "</interface><a/><interface type='network'/>"),
      D("<a/>" NINEP("0", GUEST("3")) NINEP("1", "")) },
    { "emulated-behind-hostdev", D("<interface type='user'/>" HOSTDEV("1")), D(HOSTDEV("1") NINEP("0", "")) },
    { "hostdev", D("<interface type='hostdev'>" PCI("3") "</interface>"), D(STANDIN(PCI("3"))) },
    { "hostdev-address-kept", D("<interface type='hostdev' managed='yes'>" GUEST("2") PCI("3") DRIVER
      "<mac address='52:54:00:00:00:01'/><alias name='ua-n'/></interface>"), D(STANDIN(DRIVER PCI("3") GUEST("2") "<alias name=\"ua-n\"/>")) },
    { "hostdev-teaming-kept", D("<interface type='hostdev'>" PCI("3") TEAMING "</interface>"), D(STANDIN(PCI("3") TEAMING)) },
    { "hostdev-of-any-model", D("<interface type='hostdev'>" PCI("3") "<model type='e1000'/></interface>"), D(STANDIN(PCI("3"))) },
    { "hostdev-before-hostdevs", D(HOSTDEV("1") "<interface type='hostdev'>" PCI("3") "</interface>"),
      D(STANDIN(PCI("3")) HOSTDEV("1")) },
    { "hostdevs-in-order", D(HOSTDEV("1") "<interface type='hostdev'>" PCI("3") "</interface>" HOSTDEV("2")
                             "<interface type='hostdev'>" PCI("4") "</interface>"),
      D(STANDIN(PCI("3")) STANDIN(PCI("4")) HOSTDEV("1") HOSTDEV("2")) },
    { "hostdevs-in-order-alone", D("<interface type='hostdev'>" PCI("4") "</interface><a/><interface type='hostdev'>" PCI("3")
                                   "</interface>"), D("<a/>" STANDIN(PCI("4")) STANDIN(PCI("3"))) },
    { "mixed", D("<interface type='user'/><interface type='hostdev'>" PCI("3") "</interface>" HOSTDEV("1") "<interface type='user'/>"),
      D(STANDIN(PCI("3")) HOSTDEV("1") NINEP("0", "") NINEP("1", "")) },
    { "e1000", D("<interface type='user'><model type='e1000'/></interface>"), D(CONVENTIONAL("0", "")) },
    { "e1000e", D("<interface type='user'><model type='e1000e'/></interface>"), D(NINEP("0", "")) },
    { "rtl8139", D("<interface type='bridge'><model type='rtl8139'/>" GUEST("3") "</interface>"), D(CONVENTIONAL("0", GUEST("3"))) },
    { "emulated-virtio-transitional", D("<interface type='user'><model type='virtio-transitional'/></interface>"),
      D(CONVENTIONAL("0", "")) },
    { "e1000-behind-others", D("<interface type='user'/><interface type='hostdev'>" PCI("3")
                               "</interface><interface type='user'><model type='e1000'/></interface>"),
      D(NINEP("0", "") STANDIN(PCI("3")) CONVENTIONAL("1", "")) },
    { "unknown-model", D("<interface type='user'><model type='pcnet'/></interface>"), D(CONVENTIONAL("0", "")) },
    { "usb-net", D("<interface type='user'><model type='usb-net'/></interface>"), "<domain><devices/></domain>" },
    { "capitals", D("<interface type='user'><model type='VIRTIO'/></interface>"), D(NINEP("0", "")) },
    { "no-devices", "<domain/>", NULL },
    { "malformed", "<domain", NULL },
    { "text-kept", "<domain>\n <title>a &amp; &lt;b&gt;</title><devices>\n  <interface type='user'/>\n </devices></domain>",
      "<domain>\n <title>a &amp; &lt;b&gt;</title><devices>\n  \n " NINEP("0", "") "</devices></domain>" },
};


static void
cmdqvTestAdd(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(GError) error = NULL;
    g_autofree char *result = NULL;
    bool ok = cmdqvDomainEditAddDevice(adds[i].domain, adds[i].device, &result, &error);

    g_assert_true(ok == (adds[i].result != NULL));
    g_assert_cmpstr(result, ==, adds[i].result);
    if (adds[i].result)
        g_assert_no_error(error);
    else
        g_assert_error(error, CMDQV_ERROR, adds[i].code);
    if (adds[i].message)
        g_assert_cmpstr(error ? error->message : NULL, ==, adds[i].message);
}


static void
cmdqvTestReplace(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(cmdqvDevice) designation = cmdqvDeviceXMLRead(replaces[i].device, strlen(replaces[i].device), NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *result = NULL;
    bool ok = cmdqvDomainEditReplaceDevice(replaces[i].domain, designation, replaces[i].device, &result, &error);

    g_assert_true(ok == (replaces[i].code < 0));
    g_assert_cmpstr(result, ==, replaces[i].result);
    if (replaces[i].code < 0)
        g_assert_no_error(error);
    else
        g_assert_error(error, CMDQV_ERROR, replaces[i].code);
}


static GArray *
cmdqvTestIndexes(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    GArray *indexes = g_array_new(FALSE, FALSE, sizeof(int));
    guint i;

    for (i = 0; words[i] && *words[i]; i++) {
        int number = atoi(words[i]);

        g_array_append_val(indexes, number);
    }
    return indexes;
}


static void
cmdqvTestPin(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(GArray) indexes = cmdqvTestIndexes(pins[i].indexes);
    g_autoptr(GError) error = NULL;
    g_autofree char *result = cmdqvDomainEditPin(pins[i].domain, indexes, &error);
    g_autofree char *again = result ? cmdqvDomainEditPin(result, indexes, &error) : NULL;

    g_assert_no_error(error);
    g_assert_cmpstr(result, ==, pins[i].result);
    g_assert_cmpstr(again, ==, pins[i].result);
}


static void
cmdqvTestPinRefused(void)
{
    g_autoptr(GArray) indexes = cmdqvTestIndexes("2");
    g_autoptr(GError) none = NULL;
    g_autoptr(GError) malformed = NULL;

    g_assert_null(cmdqvDomainEditPin("<domain/>", indexes, &none));
    g_assert_error(none, CMDQV_ERROR, CMDQV_ERROR_INVALID);
    g_assert_null(cmdqvDomainEditPin("<domain><devices>", indexes, &malformed));
    g_assert_error(malformed, CMDQV_ERROR, CMDQV_ERROR_MALFORMED);
}


static void
cmdqvTestNative(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autofree char *result = cmdqvNativeQuestion(natives[i].domain);
    g_autofree char *again = result ? cmdqvNativeQuestion(result) : NULL;

    g_assert_cmpstr(result, ==, natives[i].result);
    g_assert_cmpstr(again, ==, natives[i].result);
}


/* The real domains: nothing but controllers changes by a pin, and nothing at all by no pin. */
static void
cmdqvTestGolden(void)
{
    g_autoptr(GHashTable) files = cmdqvTestListFolder("qemuxml2argvdata");
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, files);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        g_autofree char *path = cmdqvTestDataPath("qemuxml2argvdata", name, "");
        g_autofree char *xml = g_str_has_suffix(name, ".xml") ? cmdqvTestRead(path) : NULL;
        g_autoptr(GArray) indexes = cmdqvTestIndexes("");
        g_autofree char *once = xml ? cmdqvDomainEditPin(xml, indexes, NULL) : NULL;
        g_autoptr(xmlDoc) before = xml ? cmdqvXMLReadParse(xml, strlen(xml), "domain", NULL) : NULL;
        g_autoptr(xmlDoc) after = once ? cmdqvXMLReadParse(once, strlen(once), "domain", NULL) : NULL;
        xmlChar *one = NULL;
        xmlChar *other = NULL;
        int len;

        /* a definition with an invalid value is not changed */
        if (!xml || g_str_has_prefix(name, "bad-"))
            continue;
        g_test_message("%s", (const char *)name);
        g_assert_nonnull(after);
        xmlDocDumpMemory(before, &one, &len);
        xmlDocDumpMemory(after, &other, &len);
        g_assert_cmpstr((const char *)one, ==, (const char *)other);
        xmlFree(one);
        xmlFree(other);
    }
}


#define IOMMU(attributes) "<iommu model=\"smmuv3\"><driver " attributes "/></iommu>"
#define GIVEN "pciBus=\"1\" accel=\"on\" cmdqv=\"on\" ssidsize=\"20\""

/* Domain, an SMMU and the domain without it; NULL: there is none that libvirt would take for it. */
static const struct {
    const char *name;
    const char *domain;
    const char *device;
    const char *result;
} removals[] = {
    { "same", D("<a/>" IOMMU(GIVEN) "<b/>"), IOMMU(GIVEN), D("<a/><b/>") },
    { "line", "<domain><devices>\n  <a/>\n  " IOMMU(GIVEN) "\n</devices></domain>", IOMMU(GIVEN), "<domain><devices>\n  <a/>\n</devices></domain>" },
    { "number", D(IOMMU(GIVEN)), IOMMU("pciBus=' 1' accel='on' cmdqv='on' ssidsize='+020' oas='-1'"), "<domain><devices/></domain>" },
    { "alias", D(IOMMU(GIVEN)), "<iommu model='smmuv3'><alias name='ua-x'/><driver " GIVEN "/></iommu>", "<domain><devices/></domain>" },
    { "second", D(IOMMU("pciBus=\"2\"") IOMMU(GIVEN)), IOMMU(GIVEN), D(IOMMU("pciBus=\"2\"")) },
    { "first", D(IOMMU(GIVEN) IOMMU(GIVEN)), IOMMU(GIVEN), D(IOMMU(GIVEN)) },
    { "other-bus", D(IOMMU(GIVEN)), IOMMU("pciBus='2' accel='on' cmdqv='on' ssidsize='20'"), NULL },
    { "less", D(IOMMU(GIVEN)), IOMMU("pciBus='1' accel='on' cmdqv='on'"), NULL },
    { "more", D(IOMMU(GIVEN)), IOMMU(GIVEN " ats='on'"), NULL },
    { "other-word", D(IOMMU(GIVEN)), IOMMU("pciBus='1' accel='on' cmdqv='off' ssidsize='20'"), NULL },
    { "no-driver", D(IOMMU(GIVEN)), "<iommu model='smmuv3'/>", NULL },
    { "other-model", D(IOMMU(GIVEN)), "<iommu model='intel'><driver " GIVEN "/></iommu>", NULL },
    { "none", D("<a/>"), IOMMU(GIVEN), NULL },
};


static void
cmdqvTestRemove(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(GError) error = NULL;
    g_autofree char *result = NULL;
    bool ok = cmdqvDomainEditRemoveSmmu(removals[i].domain, removals[i].device, &result, &error);

    g_assert_no_error(error);
    g_assert_true(ok);
    g_assert_cmpstr(result, ==, removals[i].result);
}


static void
cmdqvTestRemoveAlias(void)
{
    static const char named[] = "<alias name=\"ua-x\"/>";
    g_autofree char *domain = g_strdup_printf("<domain><devices><disk>%s</disk><iommu model=\"smmuv3\">%s</iommu></devices></domain>",
                                              named, named);
    g_autofree char *without = NULL;
    g_autofree char *port = NULL;
    char *other = domain;
    g_autoptr(GError) error = NULL;

    g_assert_true(cmdqvDomainEditRemoveAlias(domain, "ua-x", &without, NULL));
    g_assert_true(cmdqvDomainEditRemoveAlias(D(PORT("2", "<alias name=\"ua-x\"/>") FREE("3")), "ua-x", &port, NULL));
    g_assert_true(cmdqvDomainEditRemoveAlias(domain, "ua-y", &other, NULL));
    g_assert_cmpstr(without, ==, "<domain><devices><disk><alias name=\"ua-x\"/></disk></devices></domain>");
    g_assert_cmpstr(port, ==, D(FREE("3")));
    g_assert_null(other);
    g_assert_false(cmdqvDomainEditRemoveAlias("<domain", "ua-x", &other, &error));
    g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_MALFORMED);
    g_clear_error(&error);
    g_assert_false(cmdqvDomainEditRemoveSmmu(D(""), "<iommu", &other, &error));
    g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_MALFORMED);
}


/* The domain for a libvirt that reads before it asks for rights, and cannot read the original. */
static void
cmdqvTestOutline(void)
{
    g_autofree char *whole = cmdqvDomainEditOutline(
        "<domain type=\"kvm\"><name>g1</name><uuid>u</uuid><title>t</title><memory unit=\"MiB\">64</memory>"
        "<os firmware=\"efi\"><type arch=\"aarch64\" machine=\"virt\">hvm</type><boot dev=\"hd\"/></os><cpu/>"
        "<devices><emulator>/q</emulator><iommu model=\"smmuv3\"/><iommu model=\"smmuv3\"/></devices></domain>");
    g_autofree char *bare = cmdqvDomainEditOutline("<domain><name>g1</name><memory>1</memory></domain>");
    g_autofree char *cells = cmdqvDomainEditOutline(
        "<domain><name>g1</name><vcpu>2</vcpu><cpu><numa><cell id='0' cpus='0-1' memory='1'/></numa></cpu></domain>");

    g_assert_cmpstr(whole, ==,
                    "<domain type='kvm'><name>g1</name><uuid>u</uuid><memory unit='MiB'>64</memory>"
                    "<os><type arch='aarch64' machine='virt'>hvm</type></os><devices><emulator>/q</emulator></devices></domain>\n");
    g_assert_cmpstr(bare, ==, "<domain><name>g1</name><memory>1</memory><devices/></domain>\n");
    g_assert_cmpstr(cells, ==, "<domain><name>g1</name><memory>1024</memory><devices/></domain>\n");
    g_assert_null(cmdqvDomainEditOutline("<domain><name>g1</name></domain>"));
    g_assert_null(cmdqvDomainEditOutline("<domain"));
    g_assert_null(cmdqvDomainEditOutline("<domainsnapshot/>"));
}


#define ADD_ALL(kind, table, function) \
    for (i = 0; i < G_N_ELEMENTS(table); i++) { \
        g_autofree char *path = g_strconcat("/domainedit/" kind "/", table[i].name, NULL); \
        g_test_add_data_func(path, GUINT_TO_POINTER(i), function); \
    }

int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    ADD_ALL("add", adds, cmdqvTestAdd)
    ADD_ALL("replace", replaces, cmdqvTestReplace)
    ADD_ALL("pin", pins, cmdqvTestPin)
    ADD_ALL("native", natives, cmdqvTestNative)
    ADD_ALL("remove", removals, cmdqvTestRemove)
    g_test_add_func("/domainedit/remove-alias", cmdqvTestRemoveAlias);
    g_test_add_func("/domainedit/outline", cmdqvTestOutline);
    g_test_add_func("/domainedit/pin-refused", cmdqvTestPinRefused);
    g_test_add_func("/domainedit/golden", cmdqvTestGolden);
    return g_test_run();
}
