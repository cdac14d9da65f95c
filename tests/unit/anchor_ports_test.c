/*
 * anchor_ports_test.c: ports that a guest must not be able to power off
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "testutils.h"
#include "conf/domain_edit.h"
#include "conf/domain_xml.h"
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
    { "no-smmu", PLAIN HOSTDEV("1", AT("2")), "", "" },
    { "port", PLAIN SMMU("1", ON) HOSTDEV("1", AT("2")), "2", "2" },
    { "port-by-another-index", ROOT PXB("7", "1") PORT("33", "7") SMMU("7", ON) HOSTDEV("1", AT("33")), "33", "33" },
    { "second-device-stays", PLAIN PORT("3", "1") SMMU("1", ON) HOSTDEV("1", AT("3")) HOSTDEV("2", AT("2")), "3", "3" },
    { "order-of-the-text", PLAIN PORT("3", "1") SMMU("1", ON) HOSTDEV("2", AT("2")) HOSTDEV("1", AT("3")), "2", "2" },
    { "switch", PLAIN CONTROLLER("3", "pcie-switch-upstream-port", AT("2")) CONTROLLER("4", "pcie-switch-downstream-port", AT("3"))
      SMMU("1", ON) HOSTDEV("1", AT("4")), "4 2", "4 2" },
    { "switch-half-pinned", ROOT PXB("1", "1") CONTROLLER("2", "pcie-root-port", OFF AT("1"))
      CONTROLLER("3", "pcie-switch-upstream-port", AT("2")) CONTROLLER("4", "pcie-switch-downstream-port", AT("3"))
      SMMU("1", ON) HOSTDEV("1", AT("4")), "4", "4" },
    { "already-pinned", ROOT PXB("1", "1") CONTROLLER("2", "pcie-root-port", OFF AT("1")) SMMU("1", ON) HOSTDEV("1", AT("2")), "", "" },
    { "hotplug-on", ROOT PXB("1", "1") CONTROLLER("2", "pcie-root-port", "<target hotplug='on'/>" AT("1")) SMMU("1", ON)
      HOSTDEV("1", AT("2")), "2", "2" },
    { "target-without-hotplug", ROOT PXB("1", "1") CONTROLLER("2", "pcie-root-port", "<target chassis='2' port='0x8'/>" AT("1"))
      SMMU("1", ON) HOSTDEV("1", AT("2")), "2", "2" },
    { "anchor-on-pcie.0", ROOT SMMU("0", ON) HOSTDEV("1", AT_SLOT("0", "2")), "", "" },
    { "anchor-on-the-expander", ROOT PXB("1", "1") SMMU("1", ON) HOSTDEV("1", AT_SLOT("1", "2")), "", "" },
    { "port-on-pcie.0", ROOT CONTROLLER("1", "pcie-root-port", AT_SLOT("0", "1")) SMMU("0", ON) HOSTDEV("1", AT("1")), "1", "1" },
    { "anchor-behind-a-bridge", PLAIN CONTROLLER("3", "pcie-to-pci-bridge", AT("2")) SMMU("1", ON)
      HOSTDEV("1", AT_SLOT("3", "1")), "2", "2" },
    { "two-vsmmus", PLAIN PXB("3", "2") PORT("4", "3") SMMU("1", ON) SMMU("3", ON) HOSTDEV("1", AT("2")) HOSTDEV("2", AT("4")),
      "2 4", "2 4" },
    { "two-vsmmus-turned", PLAIN PXB("3", "2") PORT("4", "3") SMMU("3", ON) SMMU("1", ON) HOSTDEV("1", AT("2"))
      HOSTDEV("2", AT("4")), "4 2", "4 2" },
    { "one-of-two-vsmmus-is-plain", PLAIN PXB("3", "2") PORT("4", "3") SMMU("1", ON)
      "<iommu model='smmuv3'><driver pciBus='3'/></iommu>" HOSTDEV("1", AT("2")) HOSTDEV("2", AT("4")), "2", "2" },
    { "auto", PLAIN SMMU("1", "") HOSTDEV("1", AT("2")), "2", "" },
    { "auto-and-on", PLAIN PXB("3", "2") PORT("4", "3") SMMU("1", "") SMMU("3", ON) HOSTDEV("1", AT("2")) HOSTDEV("2", AT("4")),
      "2 4", "4" },
    { "off", PLAIN SMMU("1", " cmdqv='off'") HOSTDEV("1", AT("2")), "", "" },
    { "not-accelerated", PLAIN "<iommu model='smmuv3'><driver pciBus='1'/></iommu>" HOSTDEV("1", AT("2")), "", "" },
    { "interface", PLAIN SMMU("1", ON) INTERFACE("1", AT("2")), "2", "2" },
    { "interface-before-hostdev", PLAIN PORT("3", "1") SMMU("1", ON) HOSTDEV("1", AT("2")) INTERFACE("2", AT("3")), "3", "3" },
    { "hostdev-elsewhere", PLAIN CONTROLLER("3", "pcie-root-port", AT_SLOT("0", "2")) SMMU("1", ON) HOSTDEV("1", AT("3")), "", "" },
    { "no-address", PLAIN SMMU("1", ON) HOSTDEV("1", ""), "", "" },
    { "no-address-of-the-first", PLAIN SMMU("1", ON) HOSTDEV("1", "") HOSTDEV("2", AT("2")), "2", "2" },
    { "not-on-iommufd", PLAIN SMMU("1", ON) "<hostdev mode='subsystem' type='pci'><source><address domain='9' bus='1'/></source>"
      AT("2") "</hostdev>", "", "" },
    { "held-back-for-failover", PLAIN PORT("3", "1") SMMU("1", ON) HOSTDEV("1", "<teaming type='transient' persistent='ua-n'/>"
      AT("2")) HOSTDEV("2", AT("3")), "3", "3" },
    { "mdev", PLAIN SMMU("1", ON) "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><driver iommufd='yes'/><source>"
      "<address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dc'/></source>" AT("2") "</hostdev>", "", "" },
    { "port-that-is-not-there", ROOT PXB("1", "1") SMMU("1", ON) HOSTDEV("1", AT("2")), "", "" },
    { "ports-in-a-circle", ROOT PXB("1", "1") PORT("2", "3") PORT("3", "2") SMMU("1", ON) HOSTDEV("1", AT("2")), "", "" },
    { "without-index", ROOT "<controller type='pci' model='pcie-expander-bus'>" AT_SLOT("0", "1") "</controller>"
      "<controller type='pci' model='pcie-root-port'>" AT("1") "</controller>" SMMU("1", ON) HOSTDEV("1", AT("2")), "2", "2" },
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
    g_autoptr(cmdqvTopology) definition = cmdqvDomainXMLRead(xml, strlen(xml), NULL);
    g_autoptr(GArray) indexes = cmdqvAnchorPortsIndexes(definition, true);
    g_autoptr(GError) error = NULL;
    g_autofree char *pinned = NULL;
    g_autofree char *again = NULL;

    g_assert_cmpstr(certain, ==, cases[i].certain);
    g_assert_cmpstr(uncertain, ==, cases[i].uncertain);

    /* a port that is pinned needs no pin */
    pinned = cmdqvDomainEditPin(xml, indexes, &error);
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
