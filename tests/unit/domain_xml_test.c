/*
 * domain_xml_test.c: single elements, as the reader of domain XML reads them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * argv_write_test has whole domains, and the command lines that libvirt makes of them.
 */

#include <string.h>

#include "test_topology.h"
#include "testutils.h"
#include "conf/domain_xml.h"
#include "util/error.h"

#define BUSES \
    "<controller type='pci' index='0' model='pcie-root'/>" \
    "<controller type='pci' index='1' model='pcie-expander-bus'><address type='pci' bus='0x00' slot='0x11'/></controller>" \
    "<controller type='pci' index='2' model='pcie-root-port'><address type='pci' bus='0x01' slot='0x00'/></controller>" \
    "<controller type='pci' index='3' model='pcie-root-port'><address type='pci' bus='0x01' slot='0x01'/></controller>"
#define SMMU "<iommu model='smmuv3'><driver pciBus='1' accel='on' cmdqv='on'/></iommu>"
#define SMMU_TEXT "smmu pci.1 accel=on cmdqv=on ats=absent ril=absent ssidsize=absent oas=absent\n"
#define SOURCE "<driver iommufd='yes'/><source><address domain='9' bus='1' slot='0' function='0'/></source>"
#define AT(bus) "<address type='pci' bus='" bus "'/>"
#define HOSTDEV "<hostdev mode='subsystem' type='pci'>" SOURCE AT("2") "</hostdev>"
#define VFIO_TEXT "endpoint vfio on pci.2 behind pci.1 iommufd\n"

/* The content of <devices>, and the model that is read from it. */
static const struct {
    const char *name;
    const char *devices;
    const char *expected;
} described[] = {
    { .name = "empty", .devices = "", .expected = "" },
    { .name = "root-is-implied", .devices = "<hostdev type='pci'>" SOURCE "<address type='pci' slot='3'/></hostdev>",
      .expected = "endpoint vfio on pcie.0 behind none iommufd\n" },
    { .name = "plain", .devices = BUSES SMMU HOSTDEV, .expected = SMMU_TEXT VFIO_TEXT },
    { .name = "comments-and-text",
      .devices = BUSES "<!-- <iommu model='smmuv3'/> -->" SMMU "text" HOSTDEV "<?pi model='smmuv3'?>",
      .expected = SMMU_TEXT VFIO_TEXT },
    { .name = "other-iommu", .devices = BUSES "<iommu model='intel'/><iommu model='virtio'/><iommu/>" HOSTDEV,
      .expected = "endpoint vfio on pci.2 behind none iommufd\n" },
    { .name = "character-reference",
      .devices = BUSES "<iommu model='s&#109;m&#x75;v3'><driver pciBus='1' accel='o&#110;'/></iommu>",
      .expected = "smmu pci.1 accel=on cmdqv=absent ats=absent ril=absent ssidsize=absent oas=absent\n" },
    { .name = "namespace-is-another-element", .devices = BUSES "<x:iommu xmlns:x='urn:x' model='smmuv3'/>" HOSTDEV,
      .expected = "endpoint vfio on pci.2 behind none iommufd\n" },
    { .name = "default-namespace-is-another-element", .devices = BUSES "<iommu xmlns='urn:x' model='smmuv3'/>", .expected = "" },
    { .name = "first-driver-counts",
      .devices = BUSES "<iommu model='smmuv3'><driver pciBus='1' accel='on'/><driver cmdqv='on'/></iommu>",
      .expected = "smmu pci.1 accel=on cmdqv=absent ats=absent ril=absent ssidsize=absent oas=absent\n" },
    { .name = "no-driver", .devices = BUSES "<iommu model='smmuv3'/>", .expected = "smmu machine\n" },
    { .name = "numbers-as-libvirt-writes-them",
      .devices = BUSES "<iommu model='smmuv3'><driver pciBus='+01' accel='on' ssidsize=' 007' oas='+044'/></iommu>",
      .expected = "smmu pci.1 accel=on cmdqv=absent ats=absent ril=absent ssidsize=7 oas=44\n" },
    { .name = "blank-before-negative-bus", .devices = BUSES "<iommu model='smmuv3'><driver pciBus=' -2'/></iommu>",
      .expected = "smmu machine\n" },
    { .name = "negative-bus-is-none", .devices = BUSES "<iommu model='smmuv3'><driver pciBus='-1'/></iommu>",
      .expected = "smmu machine\n" },
    { .name = "all-properties",
      .devices = BUSES "<iommu model='smmuv3'><driver pciBus='1' accel='on' ats='on' ril='off' ssidsize='20' "
          "oas='48' cmdqv='off'/></iommu>",
      .expected = "smmu pci.1 accel=on cmdqv=off ats=on ril=off ssidsize=20 oas=48\n" },
    { .name = "space-before-number", .devices = BUSES "<iommu model='smmuv3'><driver pciBus=' 1'/></iommu>",
      .expected = "smmu pci.1 accel=absent cmdqv=absent ats=absent ril=absent ssidsize=absent oas=absent\n" },
    { .name = "decimal-octal-hexadecimal-bus",
      .devices = BUSES SMMU "<hostdev type='pci'>" SOURCE AT("2") "</hostdev><hostdev type='pci'>" SOURCE AT("02")
          "</hostdev><hostdev type='pci'>" SOURCE AT("0x2") "</hostdev>",
      .expected = SMMU_TEXT VFIO_TEXT VFIO_TEXT VFIO_TEXT },
    { .name = "interface-before-hostdev",
      .devices = BUSES SMMU HOSTDEV "<interface type='hostdev'>" SOURCE AT("3") "</interface>",
      .expected = SMMU_TEXT "endpoint vfio on pci.3 behind pci.1 iommufd\n" VFIO_TEXT },
    { .name = "network-interface",
      .devices = BUSES SMMU "<interface type='network'><driver iommufd='yes'/>" AT("2") "</interface>",
      .expected = SMMU_TEXT "endpoint pooled on pci.2 behind pci.1 iommufd\n" },
    { .name = "emulated-behind",
      .devices = BUSES SMMU "<interface type='bridge'>" AT("2") "</interface><disk type='file'>" AT("3") "</disk>",
      .expected = SMMU_TEXT "endpoint emulated on pci.2 behind pci.1\nendpoint emulated on pci.3 behind pci.1\n" },
    { .name = "emulated-elsewhere",
      .devices = BUSES SMMU "<rng model='virtio'>" AT("0") "</rng><interface type='user'/>"
          "<disk type='file'><address type='drive' bus='2'/></disk>",
      .expected = SMMU_TEXT },
    { .name = "other-hostdevs",
      .devices = BUSES SMMU "<hostdev mode='subsystem' type='usb'>" AT("2") "</hostdev><hostdev mode='capabilities' type='pci'>"
          SOURCE AT("2") "</hostdev><hostdev mode='subsystem' type='scsi'/>",
      .expected = SMMU_TEXT },
    { .name = "mdev",
      .devices = BUSES SMMU "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='x'/></source>" AT("2")
          "</hostdev>",
      .expected = SMMU_TEXT "endpoint mdev on pci.2 behind pci.1\n" },
    { .name = "failover",
      .devices = BUSES SMMU "<hostdev type='pci'>" SOURCE "<teaming type='transient' persistent='ua-n'/>" AT("2") "</hostdev>",
      .expected = SMMU_TEXT "endpoint vfio on pci.2 behind pci.1 iommufd failover\n" },
    { .name = "failover-persistent-side",
      .devices = BUSES SMMU "<hostdev type='pci'>" SOURCE "<teaming type='persistent'/>" AT("2") "</hostdev>",
      .expected = SMMU_TEXT VFIO_TEXT },
    { .name = "unplaced", .devices = BUSES SMMU "<hostdev type='pci'>" SOURCE "</hostdev>",
      .expected = SMMU_TEXT "endpoint vfio on unplaced behind none iommufd\n" },
    { .name = "address-that-says-nothing", .devices = BUSES SMMU "<hostdev type='pci'>" SOURCE "<address type='pci'/></hostdev>",
      .expected = SMMU_TEXT "endpoint vfio on unplaced behind none iommufd\n" },
    { .name = "bus-that-is-not-there", .devices = BUSES SMMU "<hostdev type='pci'>" SOURCE AT("9") "</hostdev>",
      .expected = SMMU_TEXT "endpoint vfio on unplaced behind none iommufd\n" },
    { .name = "first-of-two-addresses", .devices = BUSES SMMU "<hostdev type='pci'>" SOURCE AT("2") AT("3") "</hostdev>",
      .expected = SMMU_TEXT VFIO_TEXT },
    { .name = "bus-of-its-own",
      .devices = SMMU "<controller type='pci' index='1' model='pcie-root-port'>" AT("1") "</controller><hostdev type='pci'>"
          SOURCE AT("1") "</hostdev>",
      .expected = SMMU_TEXT "endpoint vfio on pci.1 behind none iommufd\n" },
    { .name = "loop-of-buses",
      .devices = SMMU "<controller type='pci' index='1' model='pcie-root-port'>" AT("2") "</controller>"
          "<controller type='pci' index='2' model='pcie-root-port'>" AT("3") "</controller>"
          "<controller type='pci' index='3' model='pcie-root-port'>" AT("1") "</controller>" HOSTDEV,
      .expected = SMMU_TEXT "endpoint vfio on pci.2 behind none iommufd\n" },
    { .name = "same-index-twice",
      .devices = BUSES "<controller type='pci' index='2' model='pcie-root-port'>" AT("0") "</controller>" SMMU HOSTDEV,
      .expected = SMMU_TEXT VFIO_TEXT },
    { .name = "controller-of-another-kind",
      .devices = "<controller type='usb' index='1'>" AT("1") "</controller>" BUSES SMMU HOSTDEV,
      .expected = SMMU_TEXT "endpoint emulated on pci.1 behind pci.1\n" VFIO_TEXT },
    { .name = "unknown-model",
      .devices = BUSES "<controller type='pci' index='4' model='new'>" AT("3") "</controller>" SMMU "<hostdev type='pci'>" SOURCE
          AT("4") "</hostdev>",
      .expected = SMMU_TEXT "endpoint vfio on pci.4 behind pci.1 iommufd\n" },
    { .name = "several-devices",
      .devices = BUSES HOSTDEV "</devices><devices>" SMMU "<interface type='hostdev'>" SOURCE AT("3") "</interface>",
      .expected = SMMU_TEXT "endpoint vfio on pci.3 behind pci.1 iommufd\n" VFIO_TEXT },
};

/* The content of <devices>, and the error in it. */
static const struct {
    const char *name;
    const char *devices;
    const char *message;
} invalid[] = {
    { .name = "index", .devices = "<controller type='pci' index='x'/>",
      .message = "<controller> in line 1: index='x' is not a decimal number from 0 to 255; write one" },
    { .name = "index-hexadecimal", .devices = "<controller type='pci' index='0x2'/>",
      .message = "<controller> in line 1: index='0x2' is not a decimal number from 0 to 255; write one" },
    { .name = "index-too-large", .devices = "<controller type='pci' index='2147483648'/>",
      .message = "<controller> in line 1: index='2147483648' is not a decimal number from 0 to 255; write one" },
    { .name = "iommufd", .devices = "<hostdev type='pci'><driver iommufd='on'/></hostdev>",
      .message = "<driver> in line 1: iommufd='on' is neither 'yes' nor 'no'; write one of them, or leave it out" },
    { .name = "guest-bus", .devices = "<hostdev type='pci'><address type='pci' bus='256'/></hostdev>",
      .message = "<address> in line 1: bus='256' is not a number from 0 to 255; write one" },
    { .name = "guest-slot", .devices = "<hostdev type='pci'><address type='pci' slot='0x20'/></hostdev>",
      .message = "<address> in line 1: slot='0x20' is not a number from 0 to 31; write one" },
    { .name = "host-function", .devices = "<hostdev type='pci'><source><address function='8'/></source></hostdev>",
      .message = "<address> in line 1: function='8' is not a number from 0 to 7; write one" },
    { .name = "mac", .devices = "<interface type='hostdev'><mac address='52:54:00'/></interface>",
      .message = "<mac> in line 1: address='52:54:00' is not a MAC address; write one such as 52:54:00:12:34:56, or leave <mac> "
          "out" },
    { .name = "several-parts",
      .devices = "<hostdev type='pci'><address type='pci' domain='-1' bus='x' slot='32' function='9'/></hostdev>",
      .message = "<address> in line 1: domain='-1' is not a number from 0 to 4294967295, and bus='x' is not a number from 0 to "
          "255, and slot='32' is not a number from 0 to 31, and function='9' is not a number from 0 to 7; write one" },
    { .name = "first-of-several",
      .devices = "<controller type='pci' index='x'/>\n<hostdev type='pci'><driver iommufd='on'/></hostdev>",
      .message = "<controller> in line 1: index='x' is not a decimal number from 0 to 255; write one" },
};


static cmdqvTopology *
cmdqvTestReadDevices(const char *devices, GError **error)
{
    g_autofree char *xml = g_strdup_printf("<domain><name>d</name><devices>%s</devices></domain>", devices);

    return cmdqvDomainXMLRead(xml, strlen(xml), error);
}


static void
cmdqvTestDescribed(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvTestReadDevices(described[i].devices, &error);
    g_autofree char *text = topology ? cmdqvTestDescribeTopology(topology) : NULL;

    g_assert_no_error(error);
    g_assert_cmpstr(text, ==, described[i].expected);
}


static void
cmdqvTestInvalid(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvTestReadDevices(invalid[i].devices, &error);

    g_assert_null(topology);
    g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID);
    g_assert_cmpstr(error ? error->message : NULL, ==, invalid[i].message);
}


/* Everything of the domain itself, and the lines that things are in. */
static void
cmdqvTestDomain(void)
{
    const char *xml = "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
        "  <name>a &amp; &lt;b&gt;</name><name>second</name>\n"
        "  <uuid>\n  c7a5fdbd-edaf-9455-926a-d65c16db1809 </uuid>\n"
        "  <iommufd enabled='yes'/>\n"
        "  <devices>\n" BUSES "\n" SMMU "\n"
        "<interface type='hostdev'><mac address='52:54:0:00:9:1'/><source><address bus='010' slot='0x1f' function='7'/></source>"
        "<alias name='hostdev1'/>" AT("3") "</interface>\n"
        "  </devices>\n"
        "  <qemu:commandline><qemu:arg value='-S'/></qemu:commandline>\n"
        "</domain>\n";
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(xml, strlen(xml), &error);
    const guint8 mac[6] = { 0x52, 0x54, 0, 0, 9, 1 };
    const cmdqvPCIAddress host = { 0, 8, 31, 7 };
    const cmdqvEndpoint *endpoint;

    g_assert_no_error(error);
    g_assert_cmpstr(topology->name, ==, "a & <b>");
    g_assert_cmpstr(topology->uuid, ==, "c7a5fdbd-edaf-9455-926a-d65c16db1809");
    g_assert_true(topology->passthroughArgs);
    g_assert_false(topology->unplaced);
    g_assert_cmpint(cmdqvTopologyGetSmmu(topology, 0)->line, ==, 8);

    endpoint = cmdqvTopologyGetEndpoint(topology, 0);
    g_assert_cmpstr(endpoint->id, ==, "hostdev1");
    g_assert_cmpstr(endpoint->element, ==, "interface");
    g_assert_true(endpoint->iommufd);
    g_assert_true(endpoint->hasMac);
    g_assert_cmpmem(endpoint->mac, 6, mac, 6);
    g_assert_true(endpoint->hasHost);
    g_assert_true(cmdqvPCIAddressEqual(&endpoint->host, &host));
    g_assert_cmpint(endpoint->line, ==, 9);
}


/* As libvirt: the name of the root has to be right, its namespace does not matter. */
static void
cmdqvTestNamespaceOfRoot(void)
{
    const char *xml = "<x:domain xmlns:x='urn:x'><name>d</name><devices>" BUSES SMMU HOSTDEV "</devices></x:domain>";
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(xml, strlen(xml), &error);
    g_autofree char *text = topology ? cmdqvTestDescribeTopology(topology) : NULL;

    g_assert_no_error(error);
    g_assert_cmpstr(text, ==, SMMU_TEXT VFIO_TEXT);
}


static void
cmdqvTestAlias(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvTestReadDevices(
        "<controller type='pci' index='0' model='pcie-root'><alias name='pcie.0'/></controller>"
        "<controller type='pci' index='1' model='pcie-expander-bus'><alias name='ua-pxb'/></controller>"
        "<iommu model='smmuv3'><driver pciBus='1'/><alias name='iommu0'/></iommu>", &error);

    g_assert_no_error(error);
    g_assert_cmpstr(cmdqvTopologyGetSmmu(topology, 0)->id, ==, "iommu0");
    g_assert_cmpstr(cmdqvTopologyGetBus(topology, 1)->name, ==, "ua-pxb");
    g_assert_cmpint(cmdqvTopologyFindBusName(topology, "ua-pxb"), ==, 1);
    g_assert_cmpint(cmdqvTopologyFindBusName(topology, "pci.1"), ==, CMDQV_NONE);
}


/* Those that libvirt keeps in a definition. */
static void
cmdqvTestUsersAlias(void)
{
    g_assert_true(cmdqvAliasIsUsers("ua-"));
    g_assert_true(cmdqvAliasIsUsers("ua-My_gpu-0"));
    g_assert_false(cmdqvAliasIsUsers("ua-my.gpu"));
    g_assert_false(cmdqvAliasIsUsers("ua-a,b"));
    g_assert_false(cmdqvAliasIsUsers("ua-a b"));
    g_assert_false(cmdqvAliasIsUsers("ua"));
    g_assert_false(cmdqvAliasIsUsers("hostdev0"));
    g_assert_false(cmdqvAliasIsUsers(""));
    g_assert_false(cmdqvAliasIsUsers(NULL));
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(described); i++) {
        g_autofree char *path = g_strconcat("/domainxml/described/", described[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestDescribed);
    }
    for (i = 0; i < G_N_ELEMENTS(invalid); i++) {
        g_autofree char *path = g_strconcat("/domainxml/invalid/", invalid[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestInvalid);
    }
    g_test_add_func("/domainxml/domain", cmdqvTestDomain);
    g_test_add_func("/domainxml/namespace-of-root", cmdqvTestNamespaceOfRoot);
    g_test_add_func("/domainxml/alias", cmdqvTestAlias);
    g_test_add_func("/domainxml/users-alias", cmdqvTestUsersAlias);
    return g_test_run();
}
