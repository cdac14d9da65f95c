/*
 * device_xml_test.c: device XML, and which device of a domain it designates
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "testutils.h"
#include "conf/device_xml.h"
#include "conf/domain_xml.h"
#include "util/error.h"

#define NONE CMDQV_NONE

/*
 * The domain: 0 and 1 are interfaces, which are always first, 2 and 3 hostdevs,
 * 4 an mdev.  The emulated interface has no address and so is not in it.
 */
static const char *const domain =
    "<domain><devices>"
    "<controller type='pci' index='0' model='pcie-root'/>"
    "<hostdev mode='subsystem' type='pci'><source><address domain='0x0009' bus='0x0a' slot='0x1f' function='0x0'/></source>"
    "<alias name='hostdev2'/><address type='pci' bus='0' slot='3'/></hostdev>"
    "<hostdev mode='subsystem' type='pci'><source><address domain='0x0009' bus='0x0a' slot='0x1f' function='0x1'/></source>"
    "<alias name='ua-gpu'/><address type='pci' bus='0' slot='4'/></hostdev>"
    "<interface type='hostdev'><mac address='52:54:00:00:09:01'/><source><address type='pci' domain='0x0009' bus='0x03' "
    "slot='0x00' function='0x1'/></source><alias name='hostdev0'/><address type='pci' bus='0' slot='1'/></interface>"
    "<interface type='hostdev'><mac address='52:54:00:00:09:0a'/><source><address type='pci' domain='0x0009' bus='0x03' "
    "slot='0x00' function='0x2'/></source><alias name='hostdev1'/><address type='pci' bus='0' slot='2'/></interface>"
    "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dc'/>"
    "</source><alias name='hostdev4'/><address type='pci' bus='0' slot='5'/></hostdev>"
    "</devices></domain>";

#define SOURCE(domain, bus, slot, function) "<source><address domain='" domain "' bus='" bus "' slot='" slot \
    "' function='" function "'/></source>"
#define HOSTDEV(rest) "<hostdev mode='subsystem' type='pci'>" rest "</hostdev>"
/* the source has to be there and does not matter */
#define INTERFACE(rest) "<interface type='hostdev'><source><address type='pci' domain='9' bus='9' slot='9'/></source>" \
    rest "</interface>"
#define MAC(mac) "<mac address='" mac "'/>"

/* A caller's XML, and the endpoint that it means: live, and in the definition. */
static const struct {
    const char *name;
    const char *xml;
    int live;
    int config;
} found[] = {
    { .name = "full",
      .xml = "<hostdev mode='subsystem' type='pci' managed='no'><driver name='vfio' iommufd='yes'/>"
          SOURCE("0x0009", "0x0a", "0x1f", "0x0") "<alias name='hostdev2'/><address type='pci' domain='0x0000' bus='0x00' "
          "slot='0x03' function='0x0'/></hostdev>",
      .live = 2, .config = 2 },
    { .name = "source-only", .xml = HOSTDEV(SOURCE("0x0009", "0x0a", "0x1f", "0x0")), .live = 2, .config = 2 },
    { .name = "second-function", .xml = HOSTDEV(SOURCE("0x0009", "0x0a", "0x1f", "0x1")), .live = 3, .config = 3 },
    { .name = "decimal", .xml = HOSTDEV(SOURCE("9", "10", "31", "0")), .live = 2, .config = 2 },
    { .name = "octal", .xml = HOSTDEV(SOURCE("011", "012", "037", "00")), .live = 2, .config = 2 },
    { .name = "hexadecimal-capitals", .xml = HOSTDEV(SOURCE("0X9", "0XA", "0X1F", "0X0")), .live = 2, .config = 2 },
    { .name = "leading-zeros", .xml = HOSTDEV(SOURCE("0x00000009", "0x000a", "0x0001f", "0x00")), .live = 2, .config = 2 },
    { .name = "without-mode", .xml = "<hostdev type='pci'>" SOURCE("9", "10", "31", "0") "</hostdev>", .live = 2, .config = 2 },
    { .name = "without-function", .xml = HOSTDEV("<source><address domain='9' bus='10' slot='31'/></source>"), .live = 2,
      .config = 2 },
    { .name = "without-domain", .xml = HOSTDEV("<source><address bus='0x0a' slot='0x1f'/></source>"), .live = NONE,
      .config = NONE },
    { .name = "wrong-guest-address", .xml = HOSTDEV(SOURCE("9", "10", "31", "0") "<address type='pci' bus='0' slot='30'/>"),
      .live = 2, .config = 2 },
    { .name = "wrong-alias", .xml = HOSTDEV(SOURCE("9", "10", "31", "0") "<alias name='hostdev9'/>"), .live = 2, .config = 2 },
    { .name = "alias-alone", .xml = HOSTDEV("<alias name='hostdev2'/>"), .live = NONE, .config = NONE },
    { .name = "interface-as-hostdev", .xml = HOSTDEV(SOURCE("9", "3", "0", "1")), .live = 0, .config = 0 },
    { .name = "other-host-device", .xml = HOSTDEV(SOURCE("9", "10", "30", "0")), .live = NONE, .config = NONE },
    { .name = "usb", .xml = "<hostdev mode='subsystem' type='usb'>" SOURCE("9", "10", "31", "0") "</hostdev>", .live = NONE,
      .config = NONE },
    { .name = "comment-and-declaration",
      .xml = "<?xml version='1.0'?><!-- x --><hostdev type='pci'>" SOURCE("9", "10", "31", "0") "</hostdev>", .live = 2,
      .config = 2 },


    { .name = "mac", .xml = INTERFACE(MAC("52:54:00:00:09:01")), .live = 0, .config = 0 },
    { .name = "mac-second", .xml = INTERFACE(MAC("52:54:00:00:09:0a")), .live = 1, .config = 1 },
    { .name = "mac-capitals", .xml = INTERFACE(MAC("52:54:00:00:09:0A")), .live = 1, .config = 1 },
    { .name = "mac-single-digits", .xml = INTERFACE(MAC("52:54:0:0:9:a")), .live = 1, .config = 1 },
    { .name = "mac-unknown", .xml = INTERFACE(MAC("52:54:00:00:09:99")), .live = NONE, .config = NONE },
    { .name = "mac-other-type", .xml = "<interface type='network'><source network='n'/>" MAC("52:54:00:00:09:01") "</interface>",
      .live = 0, .config = 0 },
    { .name = "mac-user-type", .xml = "<interface type='user'>" MAC("52:54:00:00:09:01") "</interface>", .live = 0, .config = 0 },
    { .name = "mac-and-address", .xml = INTERFACE(MAC("52:54:00:00:09:01") "<address type='pci' bus='0' slot='1'/>"), .live = 0,
      .config = 0 },
    { .name = "mac-and-wrong-address", .xml = INTERFACE(MAC("52:54:00:00:09:01") "<address type='pci' bus='0' slot='2'/>"),
      .live = NONE, .config = NONE },
    { .name = "interface-address", .xml = INTERFACE("<address type='pci' bus='0x0' slot='0x02' function='0x0'/>"), .live = 1,
      .config = 1 },
    { .name = "interface-alias", .xml = INTERFACE("<alias name='hostdev1'/>"), .live = 1, .config = 0 },
    { .name = "interface-anything", .xml = INTERFACE(""), .live = 0, .config = 0 },
    { .name = "mac-and-wrong-alias", .xml = INTERFACE(MAC("52:54:00:00:09:01") "<alias name='hostdev1'/>"), .live = NONE,
      .config = 0 },
    { .name = "mac-and-wrong-user-alias", .xml = INTERFACE(MAC("52:54:00:00:09:01") "<alias name='ua-x'/>"), .live = NONE,
      .config = 0 },


    { .name = "disk", .xml = "<disk type='file'><target dev='vda'/></disk>", .live = NONE, .config = NONE },
    { .name = "controller", .xml = "<controller type='pci' index='0' model='pcie-root'/>", .live = NONE, .config = NONE },
    { .name = "iommu", .xml = "<iommu model='smmuv3'><driver pciBus='1'/></iommu>", .live = NONE, .config = NONE },
    { .name = "namespace", .xml = "<x:hostdev xmlns:x='urn:x' type='pci'>" SOURCE("9", "10", "31", "0") "</x:hostdev>", .live = 2,
      .config = 2 },
    { .name = "namespace-of-a-child",
      .xml = "<hostdev type='pci' xmlns:x='urn:x'><x:source><address domain='9' bus='10' slot='31'/></x:source></hostdev>",
      .live = NONE, .config = NONE },
    { .name = "first-source", .xml = HOSTDEV(SOURCE("9", "10", "31", "0") SOURCE("9", "10", "31", "1")), .live = 2, .config = 2 },
    { .name = "first-mac", .xml = INTERFACE(MAC("52:54:00:00:09:01") MAC("52:54:00:00:09:0a")), .live = 0, .config = 0 },
};

static const struct {
    const char *alias;
    int live;
} aliases[] = {
    { .alias = "hostdev2", .live = 2 },
    { .alias = "hostdev0", .live = 0 },
    { .alias = "ua-gpu", .live = 3 },
    { .alias = "hostdev4", .live = 4 },
    { .alias = "hostdev", .live = NONE },
    { .alias = "hostdev22", .live = NONE },
    { .alias = "HOSTDEV2", .live = NONE },
    { .alias = "", .live = NONE },
};

static const struct {
    const char *name;
    const char *xml;
    cmdqvErrorCode code;
} refused[] = {
    { .name = "empty", .xml = "", .code = CMDQV_ERROR_MALFORMED },
    { .name = "words", .xml = "hostdev0", .code = CMDQV_ERROR_MALFORMED },
    { .name = "cut-off", .xml = "<hostdev", .code = CMDQV_ERROR_MALFORMED },
    { .name = "entity", .xml = "<!DOCTYPE hostdev [<!ENTITY b '10'>]>" HOSTDEV(SOURCE("9", "&b;", "31", "0")),
      .code = CMDQV_ERROR_FORBIDDEN },
    { .name = "encoding", .xml = "<?xml version='1.0' encoding='UTF-7'?><hostdev/>", .code = CMDQV_ERROR_FORBIDDEN },
    { .name = "host-bus", .xml = HOSTDEV(SOURCE("9", "256", "31", "0")), .code = CMDQV_ERROR_INVALID },
    { .name = "host-word", .xml = HOSTDEV(SOURCE("nine", "10", "31", "0")), .code = CMDQV_ERROR_INVALID },
    { .name = "host-negative", .xml = HOSTDEV(SOURCE("-1", "10", "31", "0")), .code = CMDQV_ERROR_INVALID },
    { .name = "mac", .xml = INTERFACE(MAC("52:54:00:00:09:01:02")), .code = CMDQV_ERROR_INVALID },
    { .name = "mac-words", .xml = INTERFACE(MAC("a:b:c:d:e:g")), .code = CMDQV_ERROR_INVALID },
    { .name = "mac-sign", .xml = INTERFACE(MAC("52:54:00:00:09:+1")), .code = CMDQV_ERROR_INVALID },
    { .name = "index", .xml = "<controller type='pci' index='0x1'/>", .code = CMDQV_ERROR_INVALID },
};


static void
cmdqvTestFound(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(domain, strlen(domain), &error);
    g_autoptr(cmdqvDevice) device = cmdqvDeviceXMLRead(found[i].xml, strlen(found[i].xml), &error);

    g_assert_no_error(error);
    if (!device)
        return;
    g_assert_cmpint(cmdqvDeviceFind(device, topology, true), ==, found[i].live);
    g_assert_cmpint(cmdqvDeviceFind(device, topology, false), ==, found[i].config);
}


static void
cmdqvTestAlias(gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(domain, strlen(domain), &error);
    guint i;

    g_assert_no_error(error);
    for (i = 0; i < G_N_ELEMENTS(aliases); i++) {
        g_autoptr(cmdqvDevice) device = cmdqvDeviceNewAlias(aliases[i].alias);

        g_test_message("'%s'", aliases[i].alias);
        g_assert_cmpint(cmdqvDeviceFind(device, topology, true), ==, aliases[i].live);
    }
}


static void
cmdqvTestRefused(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvDevice) device = cmdqvDeviceXMLRead(refused[i].xml, strlen(refused[i].xml), &error);

    g_assert_null(device);
    g_assert_error(error, CMDQV_ERROR, (int)refused[i].code);
}


static void
cmdqvTestIndex(gconstpointer data G_GNUC_UNUSED)
{
    const char *controller = "<controller type='pci' index='012' model='pcie-root-port'/>";
    const char *iommu = "<iommu model='smmuv3'><driver pciBus='3'/></iommu>";
    g_autoptr(cmdqvDevice) first = cmdqvDeviceXMLRead(controller, strlen(controller), NULL);
    g_autoptr(cmdqvDevice) second = cmdqvDeviceXMLRead(iommu, strlen(iommu), NULL);

    g_assert_cmpint(first->kind, ==, CMDQV_DEVICE_CONTROLLER);
    g_assert_cmpint(first->index, ==, 12);
    g_assert_cmpint(second->kind, ==, CMDQV_DEVICE_IOMMU);
    g_assert_cmpint(second->index, ==, 3);
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(found); i++) {
        g_autofree char *path = g_strconcat("/devicexml/found/", found[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestFound);
    }
    for (i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autofree char *path = g_strconcat("/devicexml/refused/", refused[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRefused);
    }
    g_test_add_data_func("/devicexml/alias", NULL, cmdqvTestAlias);
    g_test_add_data_func("/devicexml/index", NULL, cmdqvTestIndex);
    return g_test_run();
}
