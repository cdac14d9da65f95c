/*
 * anchor_ports_test.c: ports that a guest must not be able to power off
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "testutils.h"
#include "conf/domain_edit.h"
#include "conf/domain_xml.h"
#include "conf/xml_edit.h"
#include "policy/anchor_ports.h"

#define CONTROLLER(index, model, rest) "<controller type='pci' index='" index "' model='" model "'>" rest "</controller>\n"
#define AT(bus) "<address type='pci' bus='" bus "' slot='0'/>"
#define AT_SLOT(bus, slot) "<address type='pci' bus='" bus "' slot='" slot "'/>"
#define OFF "<target hotplug='off'/>"
#define ROOT CONTROLLER("0", "pcie-root", "")
#define PXB(index, slot) CONTROLLER(index, "pcie-expander-bus", AT_SLOT("0", slot))
#define PORT(index, bus) CONTROLLER(index, "pcie-root-port", AT(bus))
#define SMMU(bus, attributes) "<iommu model='smmuv3'><driver pciBus='" bus "' accel='on'" attributes "/></iommu>\n"
#define ON " cmdqv='on'"
#define HOST(host) "<driver iommufd='yes'/><source><address type='pci' domain='9' bus='" host "'/></source>"
#define HOSTDEV(host, rest) "<hostdev mode='subsystem' type='pci'>" HOST(host) rest "</hostdev>\n"
#define INTERFACE(host, rest) "<interface type='hostdev'>" HOST(host) rest "</interface>\n"
#define PLAIN ROOT PXB("1", "1") PORT("2", "1")

/* <devices>, and the indexes that are to be pinned: on hosts that have, and that may have, CMDQV. */
static const struct {
    const char *name;
    const char *devices;
    const char *certain;    /* if the host certainly has CMDQV */
    const char *uncertain;
} cases[] = {
    { .name = "no-smmu", .devices = PLAIN HOSTDEV("1", AT("2")), .certain = "", .uncertain = "" },
    { .name = "port", .devices = PLAIN SMMU("1", ON) HOSTDEV("1", AT("2")), .certain = "2", .uncertain = "2" },
    { .name = "port-by-another-index", .devices = ROOT PXB("7", "1") PORT("33", "7") SMMU("7", ON) HOSTDEV("1", AT("33")),
      .certain = "33", .uncertain = "33" },
    { .name = "second-device-stays", .devices = PLAIN PORT("3", "1") SMMU("1", ON) HOSTDEV("1", AT("3")) HOSTDEV("2", AT("2")),
      .certain = "3", .uncertain = "3" },
    { .name = "order-of-the-text", .devices = PLAIN PORT("3", "1") SMMU("1", ON) HOSTDEV("2", AT("2")) HOSTDEV("1", AT("3")),
      .certain = "2", .uncertain = "2" },
    { .name = "switch",
      .devices = PLAIN CONTROLLER("3", "pcie-switch-upstream-port", AT("2"))
          CONTROLLER("4", "pcie-switch-downstream-port", AT("3")) SMMU("1", ON) HOSTDEV("1", AT("4")),
      .certain = "4 2", .uncertain = "4 2" },
    { .name = "switch-half-pinned",
      .devices = ROOT PXB("1", "1") CONTROLLER("2", "pcie-root-port", OFF AT("1"))
          CONTROLLER("3", "pcie-switch-upstream-port", AT("2")) CONTROLLER("4", "pcie-switch-downstream-port", AT("3"))
          SMMU("1", ON) HOSTDEV("1", AT("4")),
      .certain = "4", .uncertain = "4" },
    { .name = "already-pinned",
      .devices = ROOT PXB("1", "1") CONTROLLER("2", "pcie-root-port", OFF AT("1")) SMMU("1", ON) HOSTDEV("1", AT("2")),
      .certain = "", .uncertain = "" },
    { .name = "hotplug-on",
      .devices = ROOT PXB("1", "1") CONTROLLER("2", "pcie-root-port", "<target hotplug='on'/>" AT("1")) SMMU("1", ON)
          HOSTDEV("1", AT("2")),
      .certain = "2", .uncertain = "2" },
    { .name = "target-without-hotplug",
      .devices = ROOT PXB("1", "1") CONTROLLER("2", "pcie-root-port", "<target chassis='2' port='0x8'/>" AT("1")) SMMU("1", ON)
          HOSTDEV("1", AT("2")),
      .certain = "2", .uncertain = "2" },
    { .name = "anchor-on-pcie.0", .devices = ROOT SMMU("0", ON) HOSTDEV("1", AT_SLOT("0", "2")), .certain = "", .uncertain = "" },
    { .name = "anchor-on-the-expander", .devices = ROOT PXB("1", "1") SMMU("1", ON) HOSTDEV("1", AT_SLOT("1", "2")),
      .certain = "", .uncertain = "" },
    { .name = "port-on-pcie.0",
      .devices = ROOT CONTROLLER("1", "pcie-root-port", AT_SLOT("0", "1")) SMMU("0", ON) HOSTDEV("1", AT("1")), .certain = "1",
      .uncertain = "1" },
    { .name = "anchor-behind-a-bridge",
      .devices = PLAIN CONTROLLER("3", "pcie-to-pci-bridge", AT("2")) SMMU("1", ON) HOSTDEV("1", AT_SLOT("3", "1")),
      .certain = "2", .uncertain = "2" },
    { .name = "two-vsmmus",
      .devices = PLAIN PXB("3", "2") PORT("4", "3") SMMU("1", ON) SMMU("3", ON) HOSTDEV("1", AT("2")) HOSTDEV("2", AT("4")),
      .certain = "2 4", .uncertain = "2 4" },
    { .name = "two-vsmmus-turned",
      .devices = PLAIN PXB("3", "2") PORT("4", "3") SMMU("3", ON) SMMU("1", ON) HOSTDEV("1", AT("2")) HOSTDEV("2", AT("4")),
      .certain = "4 2", .uncertain = "4 2" },
    { .name = "one-of-two-vsmmus-is-plain",
      .devices = PLAIN PXB("3", "2") PORT("4", "3") SMMU("1", ON) "<iommu model='smmuv3'><driver pciBus='3'/></iommu>"
          HOSTDEV("1", AT("2")) HOSTDEV("2", AT("4")),
      .certain = "2", .uncertain = "2" },
    { .name = "auto", .devices = PLAIN SMMU("1", "") HOSTDEV("1", AT("2")), .certain = "2", .uncertain = "" },
    { .name = "auto-and-on",
      .devices = PLAIN PXB("3", "2") PORT("4", "3") SMMU("1", "") SMMU("3", ON) HOSTDEV("1", AT("2")) HOSTDEV("2", AT("4")),
      .certain = "2 4", .uncertain = "4" },
    { .name = "off", .devices = PLAIN SMMU("1", " cmdqv='off'") HOSTDEV("1", AT("2")), .certain = "", .uncertain = "" },
    { .name = "not-accelerated", .devices = PLAIN "<iommu model='smmuv3'><driver pciBus='1'/></iommu>" HOSTDEV("1", AT("2")),
      .certain = "", .uncertain = "" },
    { .name = "interface", .devices = PLAIN SMMU("1", ON) INTERFACE("1", AT("2")), .certain = "2", .uncertain = "2" },
    { .name = "interface-before-hostdev",
      .devices = PLAIN PORT("3", "1") SMMU("1", ON) HOSTDEV("1", AT("2")) INTERFACE("2", AT("3")), .certain = "3",
      .uncertain = "3" },
    { .name = "hostdev-elsewhere",
      .devices = PLAIN CONTROLLER("3", "pcie-root-port", AT_SLOT("0", "2")) SMMU("1", ON) HOSTDEV("1", AT("3")), .certain = "",
      .uncertain = "" },
    { .name = "no-address", .devices = PLAIN SMMU("1", ON) HOSTDEV("1", ""), .certain = "", .uncertain = "" },
    { .name = "no-address-of-the-first", .devices = PLAIN SMMU("1", ON) HOSTDEV("1", "") HOSTDEV("2", AT("2")), .certain = "2",
      .uncertain = "2" },
    { .name = "not-on-iommufd",
      .devices = PLAIN SMMU("1", ON) "<hostdev mode='subsystem' type='pci'><source><address domain='9' bus='1'/></source>" AT("2")
          "</hostdev>",
      .certain = "", .uncertain = "" },
    { .name = "held-back-for-failover",
      .devices = PLAIN PORT("3", "1") SMMU("1", ON) HOSTDEV("1", "<teaming type='transient' persistent='ua-n'/>" AT("2"))
          HOSTDEV("2", AT("3")),
      .certain = "3", .uncertain = "3" },
    { .name = "mdev",
      .devices = PLAIN SMMU("1", ON) "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><driver iommufd='yes'/><source>"
          "<address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dc'/></source>" AT("2") "</hostdev>",
      .certain = "", .uncertain = "" },
    { .name = "port-that-is-not-there", .devices = ROOT PXB("1", "1") SMMU("1", ON) HOSTDEV("1", AT("2")), .certain = "",
      .uncertain = "" },
    { .name = "ports-in-a-circle",
      .devices = ROOT PXB("1", "1") PORT("2", "3") PORT("3", "2") SMMU("1", ON) HOSTDEV("1", AT("2")), .certain = "",
      .uncertain = "" },
    { .name = "without-index",
      .devices = ROOT "<controller type='pci' model='pcie-expander-bus'>" AT_SLOT("0", "1") "</controller>"
          "<controller type='pci' model='pcie-root-port'>" AT("1") "</controller>" SMMU("1", ON) HOSTDEV("1", AT("2")),
      .certain = "2", .uncertain = "2" },
};


static char *
cmdqvTestIndexes(const char *xml, bool certain)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) definition = cmdqvDomainXMLRead(xml, strlen(xml), &error);
    g_autoptr(GArray) indexes = NULL;
    GString *text = g_string_new(NULL);
    guint i;

    g_assert_no_error(error);
    indexes = cmdqvAnchorPortsIndexes(definition, certain);
    for (i = 0; i < indexes->len; i++)
        g_string_append_printf(text, "%s%d", i > 0 ? " " : "", g_array_index(indexes, int, i));
    return g_string_free(text, FALSE);
}


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autofree char *xml = g_strdup_printf("<domain><name>g1</name><devices>%s</devices></domain>", cases[i].devices);
    g_autofree char *certain = cmdqvTestIndexes(xml, true);
    g_autofree char *uncertain = cmdqvTestIndexes(xml, false);
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, strlen(xml), "domain", NULL);
    g_autoptr(cmdqvTopology) definition = cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), NULL);
    g_autoptr(GArray) indexes = cmdqvAnchorPortsIndexes(definition, true);
    g_autoptr(GError) error = NULL;
    g_autofree char *pinned = NULL;
    g_autofree char *again = NULL;

    g_assert_cmpstr(certain, ==, cases[i].certain);
    g_assert_cmpstr(uncertain, ==, cases[i].uncertain);

    /* a port that is pinned needs no pin */
    cmdqvDomainEditClosePorts(doc, definition, indexes);
    pinned = cmdqvXMLEditDump(doc, &error);
    g_assert_no_error(error);
    again = cmdqvTestIndexes(pinned, true);
    g_assert_cmpstr(again, ==, "");
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/pin/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    return g_test_run();
}
