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
#include "conf/domain_xml.h"
#include "conf/native_question.h"
#include "conf/xml_edit.h"
#include "util/error.h"

#define D(devices) "<domain><devices>" devices "</devices></domain>"
#define PORT(index, rest) "<controller type=\"pci\" index=\"" index "\" model=\"pcie-root-port\">" rest "</controller>"
#define FREE(index) "<controller type=\"pci\" index=\"" index "\" model=\"pcie-root-port\"/>"
#define OFF "<target hotplug=\"off\"/>"
#define SOURCE(bus) "<source><address domain=\"9\" bus=\"" bus "\"/></source>"
#define PCI(bus) "<source><address type=\"pci\" domain=\"9\" bus=\"" bus "\"/></source>"
#define HOSTDEV(bus) "<hostdev mode=\"subsystem\" type=\"pci\">" SOURCE(bus) "</hostdev>"

/* Domain, device and the domain with it; NULL: refused, or without a code not changed. */
static const struct {
    const char *name;
    const char *domain;
    const char *device;
    const char *result;
    int code;
    const char *message;
} adds[] = {
    { .name = "empty", .domain = "<domain><devices/></domain>", .device = "<x/>", .result = D("<x/>"), .code = -1, .message = NULL },
    { .name = "last", .domain = D("<a/><b/>"), .device = "<x/>", .result = D("<a/><b/><x/>"), .code = -1, .message = NULL },
    { .name = "text-kept", .domain = "<domain>\n  <devices>\n    <a/>\n  </devices>\n</domain>", .device = "<x/>",
      .result = "<domain>\n  <devices>\n    <a/>\n  <x/></devices>\n</domain>", .code = -1, .message = NULL },
    { .name = "content-kept", .domain = D(""), .device = "<x y='1'>\n <z>t</z></x>", .result = D("<x y=\"1\">\n <z>t</z></x>"),
      .code = -1, .message = NULL },
    { .name = "comments", .domain = "<domain><!-- a --><devices><!-- b --></devices></domain>",
      .device = "<!-- c --><x><!-- d --></x>",
      .result = "<domain><!-- a --><devices><!-- b --><x><!-- d --></x></devices></domain>", .code = -1, .message = NULL },
    { .name = "entities", .domain = "<domain><title>a&amp;b &lt;c&gt; &quot;d&apos; &#233;</title><devices/></domain>",
      .device = "<x y='&quot;&amp;&lt;&#39;'/>",
      .result = "<domain><title>a&amp;b &lt;c&gt; \"d' \xc3\xa9</title><devices><x y=\"&quot;&amp;&lt;'\"/></devices></domain>",
      .code = -1, .message = NULL },
    { .name = "cdata", .domain = "<domain><title><![CDATA[a<b&c]]></title><devices/></domain>", .device = "<x/>",
      .result = "<domain><title><![CDATA[a<b&c]]></title><devices><x/></devices></domain>", .code = -1, .message = NULL },
    { .name = "white-space-in-attributes", .domain = D("<a b='&#10;&#9;&#13;'/>"), .device = "<x y='&#10;'/>",
      .result = D("<a b=\"&#10;&#9;&#13;\"/><x y=\"&#10;\"/>"), .code = -1, .message = NULL },
    { .name = "utf8", .domain = "<?xml version='1.0' encoding='UTF-8'?><domain><title>\xe2\x82\xac</title><devices/></domain>",
      .device = "<x y='\xc3\xa9'/>", .result = "<domain><title>\xe2\x82\xac</title><devices><x y=\"\xc3\xa9\"/></devices></domain>",
      .code = -1, .message = NULL },
    { .name = "latin1", .domain = "<?xml version='1.0' encoding='ISO-8859-1'?><domain><title>&#233;</title><devices/></domain>",
      .device = "<x/>", .result = "<domain><title>\xc3\xa9</title><devices><x/></devices></domain>", .code = -1, .message = NULL },
    { .name = "namespaces", .domain = "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><devices/><qemu:commandline>"
        "<qemu:arg value='-s'/></qemu:commandline></domain>", .device = "<x/>",
      .result = "<domain xmlns:qemu=\"http://libvirt.org/schemas/domain/qemu/1.0\"><devices><x/></devices><qemu:commandline>"
        "<qemu:arg value=\"-s\"/></qemu:commandline></domain>", .code = -1, .message = NULL },
    { .name = "nova-metadata",
      .domain = "<domain><metadata><nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'><nova:name>a"
        "</nova:name></nova:instance></metadata><devices/></domain>", .device = "<x/>",
      .result = "<domain><metadata><nova:instance "
        "xmlns:nova=\"http://openstack.org/xmlns/libvirt/nova/1.1\"><nova:name>a</nova:name></nova:instance></metadata><devices><x/>"
        "</devices></domain>", .code = -1, .message = NULL },
    { .name = "no-devices", .domain = "<domain/>", .device = "<x/>", .result = NULL, .code = -1, .message = NULL },
    { .name = "no-domain", .domain = "<devices/>", .device = "<x/>", .result = NULL, .code = CMDQV_ERROR_MALFORMED,
      .message = "the root element is <devices>, not <domain>" },
    { .name = "malformed-device", .domain = D(""), .device = "<x", .result = NULL, .code = CMDQV_ERROR_MALFORMED, .message = NULL },
    { .name = "two-devices", .domain = D(""), .device = "<x/><y/>", .result = NULL, .code = CMDQV_ERROR_MALFORMED, .message = NULL },
    { .name = "malformed-domain", .domain = "<domain", .device = "<x/>", .result = NULL, .code = CMDQV_ERROR_MALFORMED,
      .message = NULL },
    { .name = "entities-of-its-own", .domain = "<!DOCTYPE domain [<!ENTITY e 'x'>]><domain><devices>&e;</devices></domain>",
      .device = "<x/>", .result = NULL, .code = CMDQV_ERROR_FORBIDDEN,
      .message = "the XML has a DOCTYPE with declarations of its own, which is not accepted; remove it" },
};

/* Domain, device that designates one, and the domain with it in that place; NULL without a code: it designates none. */
static const struct {
    const char *name;
    const char *domain;
    const char *device;
    const char *result;
    int code;
} replaces[] = {
    { .name = "hostdev", .domain = "<domain>\n<devices>\n" HOSTDEV("1") "\n" HOSTDEV("2") "\n</devices>\n</domain>",
      .device = "<hostdev type='pci' mode='subsystem' managed='yes'>" SOURCE("0x02") "</hostdev>",
      .result = "<domain>\n<devices>\n" HOSTDEV("1") "\n<hostdev type=\"pci\" mode=\"subsystem\" managed=\"yes\">" SOURCE("0x02")
        "</hostdev>\n</devices>\n</domain>", .code = -1 },
    { .name = "interface",
      .domain = "<domain>\n<devices>\n<interface type='hostdev'>\n<mac address='52:54:00:00:00:01'/></interface>\n"
        "<interface type='hostdev'>\n<mac address='52:54:00:00:00:02'/></interface>\n</devices></domain>",
      .device = "<interface type='user'><mac address='52:54:00:00:00:02'/><link state='down'/></interface>",
      .result = "<domain>\n<devices>\n<interface type=\"hostdev\">\n<mac address=\"52:54:00:00:00:01\"/></interface>\n"
        "<interface type=\"user\"><mac address=\"52:54:00:00:00:02\"/><link state=\"down\"/></interface>\n</devices></domain>",
      .code = -1 },
    { .name = "emulated-without-address",
      .domain = "<domain>\n<devices>\n<interface type='user'>\n<mac address='52:54:00:00:00:01'/></interface>\n"
        "</devices></domain>", .device = "<interface type='user'><mac address='52:54:00:00:00:01'/></interface>", .result = NULL,
      .code = -1 },
    { .name = "text-kept",
      .domain = "<domain>\n<title>a&amp;b</title><!-- c -->\n<devices>\n" HOSTDEV("1") "\n</devices>\n</domain>",
      .device = HOSTDEV("1"),
      .result = "<domain>\n<title>a&amp;b</title><!-- c -->\n<devices>\n" HOSTDEV("1") "\n</devices>\n</domain>", .code = -1 },
    { .name = "not-there", .domain = "<domain>\n<devices>\n" HOSTDEV("1") "\n</devices></domain>", .device = HOSTDEV("2"),
      .result = NULL, .code = -1 },
    { .name = "kind-without-endpoint", .domain = "<domain>\n<devices>\n" HOSTDEV("1") "\n</devices></domain>",
      .device = "<disk type='file'/>", .result = NULL, .code = -1 },
    { .name = "no-devices", .domain = "<domain/>", .device = HOSTDEV("1"), .result = NULL, .code = -1 },
    { .name = "domain-that-means-nothing", .domain = "<domain>\n<devices>\n<controller type='pci' index='x'/></devices></domain>",
      .device = HOSTDEV("1"), .result = NULL, .code = -1 },
    { .name = "malformed-domain", .domain = "<domain", .device = HOSTDEV("1"), .result = NULL, .code = CMDQV_ERROR_MALFORMED },
};

/* Domain, indexes, and the domain pinned. */
static const struct {
    const char *name;
    const char *domain;
    const char *indexes;
    const char *result;
} pins[] = {
    { .name = "none", .domain = D(FREE("2")), .indexes = "", .result = D(FREE("2")) },
    { .name = "one", .domain = D(FREE("2") FREE("3")), .indexes = "2", .result = D(PORT("2", OFF) FREE("3")) },
    { .name = "two", .domain = D(FREE("2") FREE("3")), .indexes = "3 2", .result = D(PORT("2", OFF) PORT("3", OFF)) },
    { .name = "turned", .domain = D(FREE("3") FREE("2")), .indexes = "2", .result = D(FREE("3") PORT("2", OFF)) },
    { .name = "same-twice", .domain = D(FREE("2")), .indexes = "2 2", .result = D(PORT("2", OFF)) },
    { .name = "not-there", .domain = D(FREE("2")), .indexes = "7", .result = D(FREE("2")) },
    { .name = "not-22", .domain = D(FREE("22")), .indexes = "2", .result = D(FREE("22")) },
    { .name = "target-kept", .domain = D(PORT("2", "<target chassis=\"2\" port=\"0x8\"/><address type=\"pci\" bus=\"1\"/>")),
      .indexes = "2",
      .result = D(PORT("2", "<target chassis=\"2\" port=\"0x8\" hotplug=\"off\"/><address type=\"pci\" bus=\"1\"/>")) },
    { .name = "target-turned", .domain = D(PORT("2", "<target hotplug=\"on\" chassis=\"2\"/>")), .indexes = "2",
      .result = D(PORT("2", "<target hotplug=\"off\" chassis=\"2\"/>")) },
    { .name = "pinned-already", .domain = D(PORT("2", OFF)), .indexes = "2", .result = D(PORT("2", OFF)) },
    { .name = "first-target", .domain = D(PORT("2", "<target chassis=\"1\"/><target chassis=\"2\"/>")), .indexes = "2",
      .result = D(PORT("2", "<target chassis=\"1\" hotplug=\"off\"/><target chassis=\"2\"/>")) },
    { .name = "target-of-another-namespace", .domain = D(PORT("2", "<x:target xmlns:x=\"urn:x\"/>")), .indexes = "2",
      .result = D(PORT("2", "<x:target xmlns:x=\"urn:x\"/>" OFF)) },
    { .name = "index-with-zeros", .domain = D(FREE("02")), .indexes = "2", .result = D(PORT("02", OFF)) },
    { .name = "no-pci-controller", .domain = D("<controller type=\"usb\" index=\"2\"/>" FREE("2")), .indexes = "2",
      .result = D("<controller type=\"usb\" index=\"2\"/>" PORT("2", OFF)) },
    { .name = "without-index",
      .domain = D("<controller type=\"pci\" model=\"pcie-root\"/><controller type=\"pci\" model=\"pcie-expander-bus\"/>"
        "<controller type=\"pci\" model=\"pcie-root-port\"/>"), .indexes = "2",
      .result = D("<controller type=\"pci\" model=\"pcie-root\"/><controller type=\"pci\" model=\"pcie-expander-bus\"/>"
        "<controller type=\"pci\" model=\"pcie-root-port\">" OFF "</controller>") },
    { .name = "index-partly-absent", .domain = D(FREE("1") "<controller type=\"pci\" model=\"pcie-root-port\"/>" FREE("3")),
      .indexes = "0", .result = D(FREE("1") "<controller type=\"pci\" model=\"pcie-root-port\">" OFF "</controller>" FREE("3")) },
    { .name = "two-parts", .domain = "<domain><devices>" FREE("1") "</devices><devices>" FREE("2") "</devices></domain>",
      .indexes = "2 1", .result = "<domain><devices>" PORT("1", OFF) "</devices><devices>" PORT("2", OFF) "</devices></domain>" },
    { .name = "text-and-entities-kept",
      .domain = "<domain>\n  <title>&lt;a&gt; &amp; \"b'</title>\n  <description>\xc3\xa9 &#x20AC;</description>"
        "<devices>\n    " FREE("2") "\n  </devices><!-- 'c' -->\n</domain>", .indexes = "2",
      .result = "<domain>\n  <title>&lt;a&gt; &amp; \"b'</title>\n  <description>\xc3\xa9 \xe2\x82\xac</description>"
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
    { .name = "no-interfaces", .domain = D("<a/>" HOSTDEV("1") "<b/>"), .result = D("<a/>" HOSTDEV("1") "<b/>") },
    { .name = "emulated", .domain = D("<interface type='user'/>"), .result = D(NINEP("0", "")) },
    { .name = "emulated-virtio", .domain = D("<interface type='bridge'><model type='virtio'/></interface>"),
      .result = D(NINEP("0", "")) },
    { .name = "emulated-virtio-non-transitional",
      .domain = D("<interface type='user'><model type='virtio-non-transitional'/></interface>"), .result = D(NINEP("0", "")) },
    { .name = "emulated-address-kept",
      .domain = D("<interface type='user'>" GUEST("3") "<mac address='52:54:00:00:00:01'/></interface>"),
      .result = D(NINEP("0", GUEST("3"))) },
    { .name = "emulated-two", .domain = D("<interface type='user'>" GUEST("3") "</interface><a/><interface type='network'/>"),
      .result = D("<a/>" NINEP("0", GUEST("3")) NINEP("1", "")) },
    { .name = "emulated-behind-hostdev", .domain = D("<interface type='user'/>" HOSTDEV("1")),
      .result = D(HOSTDEV("1") NINEP("0", "")) },
    { .name = "hostdev", .domain = D("<interface type='hostdev'>" PCI("3") "</interface>"), .result = D(STANDIN(PCI("3"))) },
    { .name = "hostdev-address-kept", .domain = D("<interface type='hostdev' managed='yes'>" GUEST("2") PCI("3") DRIVER
        "<mac address='52:54:00:00:00:01'/><alias name='ua-n'/></interface>"),
      .result = D(STANDIN(DRIVER PCI("3") GUEST("2") "<alias name=\"ua-n\"/>")) },
    { .name = "hostdev-teaming-kept", .domain = D("<interface type='hostdev'>" PCI("3") TEAMING "</interface>"),
      .result = D(STANDIN(PCI("3") TEAMING)) },
    { .name = "hostdev-of-any-model", .domain = D("<interface type='hostdev'>" PCI("3") "<model type='e1000'/></interface>"),
      .result = D(STANDIN(PCI("3"))) },
    { .name = "hostdev-before-hostdevs", .domain = D(HOSTDEV("1") "<interface type='hostdev'>" PCI("3") "</interface>"),
      .result = D(STANDIN(PCI("3")) HOSTDEV("1")) },
    { .name = "hostdevs-in-order", .domain = D(HOSTDEV("1") "<interface type='hostdev'>" PCI("3") "</interface>" HOSTDEV("2")
        "<interface type='hostdev'>" PCI("4") "</interface>"),
      .result = D(STANDIN(PCI("3")) STANDIN(PCI("4")) HOSTDEV("1") HOSTDEV("2")) },
    { .name = "hostdevs-in-order-alone",
      .domain = D("<interface type='hostdev'>" PCI("4") "</interface><a/><interface type='hostdev'>" PCI("3")
        "</interface>"), .result = D("<a/>" STANDIN(PCI("4")) STANDIN(PCI("3"))) },
    { .name = "mixed",
      .domain = D("<interface type='user'/><interface type='hostdev'>" PCI("3") "</interface>" HOSTDEV("1") "<interface type='user'/>"),
      .result = D(STANDIN(PCI("3")) HOSTDEV("1") NINEP("0", "") NINEP("1", "")) },
    { .name = "e1000", .domain = D("<interface type='user'><model type='e1000'/></interface>"), .result = D(CONVENTIONAL("0", "")) },
    { .name = "e1000e", .domain = D("<interface type='user'><model type='e1000e'/></interface>"), .result = D(NINEP("0", "")) },
    { .name = "rtl8139", .domain = D("<interface type='bridge'><model type='rtl8139'/>" GUEST("3") "</interface>"),
      .result = D(CONVENTIONAL("0", GUEST("3"))) },
    { .name = "emulated-virtio-transitional", .domain = D("<interface type='user'><model type='virtio-transitional'/></interface>"),
      .result = D(CONVENTIONAL("0", "")) },
    { .name = "e1000-behind-others", .domain = D("<interface type='user'/><interface type='hostdev'>" PCI("3")
        "</interface><interface type='user'><model type='e1000'/></interface>"),
      .result = D(NINEP("0", "") STANDIN(PCI("3")) CONVENTIONAL("1", "")) },
    { .name = "unknown-model", .domain = D("<interface type='user'><model type='pcnet'/></interface>"),
      .result = D(CONVENTIONAL("0", "")) },
    { .name = "usb-net", .domain = D("<interface type='user'><model type='usb-net'/></interface>"),
      .result = "<domain><devices/></domain>" },
    { .name = "capitals", .domain = D("<interface type='user'><model type='VIRTIO'/></interface>"), .result = D(NINEP("0", "")) },
    { .name = "no-devices", .domain = "<domain/>", .result = NULL },
    { .name = "malformed", .domain = "<domain", .result = NULL },
    { .name = "text-kept",
      .domain = "<domain>\n <title>a &amp; &lt;b&gt;</title><devices>\n  <interface type='user'/>\n </devices></domain>",
      .result = "<domain>\n <title>a &amp; &lt;b&gt;</title><devices>\n  \n " NINEP("0", "") "</devices></domain>" },
};


/* Domain, and the domain that libvirt is asked to read in its place. */
static const struct {
    const char *name;
    const char *domain;
    const char *result;
} reads[] = {
    { .name = "emulated", .domain = D("<interface type=\"user\"/><a/>"), .result = D("<interface type=\"user\"/><a/>") },
    { .name = "mixed", .domain = D("<interface type=\"user\"/><interface type='hostdev'>" PCI("3") "</interface>" HOSTDEV("1")),
      .result = D("<interface type=\"user\"/>" STANDIN(PCI("3")) HOSTDEV("1")) },
    { .name = "hostdev-in-other-devices", .domain = "<domain><devices/><devices><interface type='hostdev'>" PCI("3") "</interface></devices></domain>",
      .result = "<domain><devices>" STANDIN(PCI("3")) "</devices><devices/></domain>" },
    { .name = "network", .domain = D("<interface type=\"network\"/>"),
      .result = D("<interface type=\"network\"><model type=\"virtio\"/></interface>") },
    { .name = "network-with-model", .domain = D("<interface type=\"network\"><model type=\"e1000e\"/></interface>"),
      .result = D("<interface type=\"network\"><model type=\"e1000e\"/></interface>") },
    { .name = "network-with-half-a-model", .domain = D("<interface type=\"network\"><model/></interface>"),
      .result = D("<interface type=\"network\"><model type=\"virtio\"/></interface>") },
    { .name = "no-devices", .domain = "<domain/>", .result = "<domain/>" },
    { .name = "fatal", .domain = "<domain><vcpu>4294967295</vcpu></domain>", .result = NULL },
};


/* The domain after an edit by a device; NULL if the edit changes nothing, or a text cannot be read. */
static char *
cmdqvTestEdit(const char *domain, cmdqvDevice *device, bool (*edit)(xmlDoc *domain, const cmdqvDevice *device), GError **error)
{
    g_autoptr(cmdqvDevice) own = device;
    g_autoptr(xmlDoc) doc = device ? cmdqvXMLReadParse(domain, strlen(domain), "domain", error) : NULL;

    return doc && edit(doc, own) ? cmdqvXMLEditDump(doc, error) : NULL;
}


static cmdqvDevice *
cmdqvTestDevice(const char *xml, GError **error)
{
    return cmdqvDeviceXMLParse(xml, strlen(xml), error);
}


static void
cmdqvTestAdd(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(GError) error = NULL;
    g_autofree char *result = cmdqvTestEdit(adds[i].domain, cmdqvTestDevice(adds[i].device, &error), cmdqvDomainEditAddDevice, &error);

    g_assert_cmpstr(result, ==, adds[i].result);
    if (adds[i].code < 0)
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
    g_autoptr(GError) error = NULL;
    g_autofree char *result = cmdqvTestEdit(replaces[i].domain, cmdqvDeviceXMLRead(replaces[i].device, strlen(replaces[i].device), NULL),
                                            cmdqvDomainEditReplaceDevice, &error);

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


/* A domain with closed ports; NULL if it cannot be read. */
static char *
cmdqvTestClose(const char *domain, const GArray *indexes)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(domain, strlen(domain), "domain", NULL);
    g_autoptr(cmdqvTopology) topology = doc ? cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), NULL) : NULL;

    if (!topology)
        return NULL;
    cmdqvDomainEditClosePorts(doc, topology, indexes);
    return cmdqvXMLEditDump(doc, NULL);
}


static void
cmdqvTestPin(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(GArray) indexes = cmdqvTestIndexes(pins[i].indexes);
    g_autofree char *result = cmdqvTestClose(pins[i].domain, indexes);
    g_autofree char *again = result ? cmdqvTestClose(result, indexes) : NULL;

    g_assert_cmpstr(result, ==, pins[i].result);
    g_assert_cmpstr(again, ==, pins[i].result);
}


/* Each new element is in a line of its own, behind the end of the domain, in the order of its text. */
static void
cmdqvTestLines(void)
{
    static const char domain[] = "<domain>\n<devices>\n<a/>\n" HOSTDEV("1") "\n</devices>\n</domain>";
    static const char added[] = "\n\n<x>\n<y/>\n</x>";
    static const char replacing[] = "<hostdev mode='subsystem' type='pci'>" SOURCE("1") "\n</hostdev>";
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(domain, strlen(domain), "domain", NULL);
    g_autoptr(cmdqvDevice) device = cmdqvDeviceXMLParse(added, strlen(added), NULL);
    g_autoptr(cmdqvDevice) other = cmdqvDeviceXMLRead(replacing, strlen(replacing), NULL);
    const xmlNode *devices = cmdqvXMLReadChild(xmlDocGetRootElement(doc), "devices");

    g_assert_true(cmdqvDomainEditAddDevice(doc, device));
    g_assert_cmpint(cmdqvXMLReadLine(cmdqvXMLReadChild(devices, "a")), ==, 3);
    g_assert_cmpint(cmdqvXMLReadLine(cmdqvXMLReadChild(devices, "x")), ==, 6 + 3);
    g_assert_cmpint(cmdqvXMLReadLine(cmdqvXMLReadChild(cmdqvXMLReadChild(devices, "x"), "y")), ==, 6 + 4);
    g_assert_true(cmdqvDomainEditReplaceDevice(doc, other));
    g_assert_cmpint(cmdqvXMLReadLine(cmdqvXMLReadChild(devices, "hostdev")), ==, 6 + 1);
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


static void
cmdqvTestToRead(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(reads[i].domain, strlen(reads[i].domain), "domain", NULL);
    g_autofree char *result = cmdqvNativeQuestionToRead(doc);

    g_assert_cmpstr(result, ==, reads[i].result);
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
        g_autofree char *once = xml ? cmdqvTestClose(xml, indexes) : NULL;
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
    { .name = "same", .domain = D("<a/>" IOMMU(GIVEN) "<b/>"), .device = IOMMU(GIVEN), .result = D("<a/><b/>") },
    { .name = "line", .domain = "<domain><devices>\n  <a/>\n  " IOMMU(GIVEN) "\n</devices></domain>", .device = IOMMU(GIVEN),
      .result = "<domain><devices>\n  <a/>\n</devices></domain>" },
    { .name = "number", .domain = D(IOMMU(GIVEN)), .device = IOMMU("pciBus=' 1' accel='on' cmdqv='on' ssidsize='+020' oas='-1'"),
      .result = "<domain><devices/></domain>" },
    { .name = "alias", .domain = D(IOMMU(GIVEN)), .device = "<iommu model='smmuv3'><alias name='ua-x'/><driver " GIVEN "/></iommu>",
      .result = "<domain><devices/></domain>" },
    { .name = "second", .domain = D(IOMMU("pciBus=\"2\"") IOMMU(GIVEN)), .device = IOMMU(GIVEN), .result = D(IOMMU("pciBus=\"2\"")) },
    { .name = "first", .domain = D(IOMMU(GIVEN) IOMMU(GIVEN)), .device = IOMMU(GIVEN), .result = D(IOMMU(GIVEN)) },
    { .name = "other-bus", .domain = D(IOMMU(GIVEN)), .device = IOMMU("pciBus='2' accel='on' cmdqv='on' ssidsize='20'"),
      .result = NULL },
    { .name = "less", .domain = D(IOMMU(GIVEN)), .device = IOMMU("pciBus='1' accel='on' cmdqv='on'"), .result = NULL },
    { .name = "more", .domain = D(IOMMU(GIVEN)), .device = IOMMU(GIVEN " ats='on'"), .result = NULL },
    { .name = "other-word", .domain = D(IOMMU(GIVEN)), .device = IOMMU("pciBus='1' accel='on' cmdqv='off' ssidsize='20'"),
      .result = NULL },
    { .name = "no-driver", .domain = D(IOMMU(GIVEN)), .device = "<iommu model='smmuv3'/>", .result = NULL },
    { .name = "other-model", .domain = D(IOMMU(GIVEN)), .device = "<iommu model='intel'><driver " GIVEN "/></iommu>", .result = NULL },
    { .name = "none", .domain = D("<a/>"), .device = IOMMU(GIVEN), .result = NULL },
};


static void
cmdqvTestRemove(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(GError) error = NULL;
    g_autofree char *result = cmdqvTestEdit(removals[i].domain, cmdqvTestDevice(removals[i].device, &error), cmdqvDomainEditRemoveDevice, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(result, ==, removals[i].result);
}


static void
cmdqvTestRemoveAlias(void)
{
    static const char named[] = "<alias name=\"ua-x\"/>";
    g_autofree char *domain = g_strdup_printf("<domain><devices><disk>%s</disk><iommu model=\"smmuv3\">%s</iommu></devices></domain>",
                                              named, named);
    g_autofree char *without = cmdqvTestEdit(domain, cmdqvDeviceNewAlias("ua-x"), cmdqvDomainEditRemoveDevice, NULL);
    g_autofree char *port = cmdqvTestEdit(D(PORT("2", "<alias name=\"ua-x\"/>") FREE("3")), cmdqvDeviceNewAlias("ua-x"),
                                          cmdqvDomainEditRemoveDevice, NULL);
    g_autofree char *other = cmdqvTestEdit(domain, cmdqvDeviceNewAlias("ua-y"), cmdqvDomainEditRemoveDevice, NULL);

    g_assert_cmpstr(without, ==, "<domain><devices><disk><alias name=\"ua-x\"/></disk></devices></domain>");
    g_assert_cmpstr(port, ==, D(FREE("3")));
    g_assert_null(other);
}


static char *
cmdqvTestOutlineOf(const char *domain)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(domain, strlen(domain), NULL, NULL);

    return cmdqvDomainEditOutline(doc);
}


/* The domain for a libvirt that reads before it asks for rights, and cannot read the original. */
static void
cmdqvTestOutline(void)
{
    g_autofree char *whole = cmdqvTestOutlineOf(
        "<domain type=\"kvm\"><name>g1</name><uuid>u</uuid><title>t</title><memory unit=\"MiB\">64</memory>"
        "<os firmware=\"efi\"><type arch=\"aarch64\" machine=\"virt\">hvm</type><boot dev=\"hd\"/></os><cpu/>"
        "<devices><emulator>/q</emulator><iommu model=\"smmuv3\"/><iommu model=\"smmuv3\"/></devices></domain>");
    g_autofree char *bare = cmdqvTestOutlineOf("<domain><name>g1</name><memory>1</memory></domain>");
    g_autofree char *cells = cmdqvTestOutlineOf(
        "<domain><name>g1</name><vcpu>2</vcpu><cpu><numa><cell id='0' cpus='0-1' memory='1'/></numa></cpu></domain>");

    g_assert_cmpstr(whole, ==,
                    "<domain type='kvm'><name>g1</name><uuid>u</uuid><memory unit='MiB'>64</memory>"
                    "<os><type arch='aarch64' machine='virt'>hvm</type></os><devices><emulator>/q</emulator></devices></domain>\n");
    g_assert_cmpstr(bare, ==, "<domain><name>g1</name><memory>1</memory><devices/></domain>\n");
    g_assert_cmpstr(cells, ==, "<domain><name>g1</name><memory>1024</memory><devices/></domain>\n");
    g_assert_null(cmdqvTestOutlineOf("<domain><name>g1</name></domain>"));
    g_assert_null(cmdqvTestOutlineOf("<domain"));
    g_assert_null(cmdqvTestOutlineOf("<domainsnapshot/>"));
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
    ADD_ALL("read", reads, cmdqvTestToRead)
    ADD_ALL("remove", removals, cmdqvTestRemove)
    g_test_add_func("/domainedit/remove-alias", cmdqvTestRemoveAlias);
    g_test_add_func("/domainedit/outline", cmdqvTestOutline);
    g_test_add_func("/domainedit/lines", cmdqvTestLines);
    g_test_add_func("/domainedit/golden", cmdqvTestGolden);
    return g_test_run();
}
