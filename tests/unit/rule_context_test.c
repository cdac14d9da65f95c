/*
 * rule_context_test.c: the facts for the rules, and the rules that lack some
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "testutils.h"
#include "test_host_tree.h"
#include "conf/domain_xml.h"
#include "policy/rule_context.h"
#include "policy/rule_table.h"

#define CONTROLLERS "<controller type='pci' index='0' model='pcie-root'/>" \
    "<controller type='pci' index='1' model='pcie-expander-bus'><target busNr='128'/></controller>" \
    "<controller type='pci' index='2' model='pcie-root-port'><address type='pci' bus='1' slot='0'/></controller>"
#define SMMU "<iommu model='smmuv3'><driver pciBus='1' accel='on' cmdqv='on'/></iommu>"
#define PLAIN "<iommu model='smmuv3'/>"
#define HOSTDEV(host, more) "<hostdev mode='subsystem' type='pci'><driver iommufd='yes'/><source><address " host "/></source>" \
    "<address type='pci' bus='2' slot='0'/>" more "</hostdev>"
#define GPU "domain='0x0009' bus='0x01' slot='0' function='0'"
#define OTHER "domain='0x0077' bus='0x01' slot='0' function='0'"
#define NODESET "<acpi nodeset='1-8'/>"
#define NETWORK "<interface type='network'><source network='n'/><address type='pci' bus='0' slot='9'/></interface>"
#define DOMAIN(more, devices) "<domain type='kvm'><name>g1</name><os firmware='efi'/><features><acpi/></features>" \
    "<memoryBacking><hugepages/></memoryBacking>" more "<devices>" CONTROLLERS devices "<memballoon model='none'/></devices></domain>"
#define WIDE "<iommufd enabled='yes'/>"

#define OF_THE_HOST "one-host-smmu host-smmu-spread host-has-cmdqv"

typedef enum {
    ELSEWHERE,      /* another host */
    EMPTY,          /* without SMMUs and tables */
    GRACE,
} cmdqvTestHostKind;


static bool
cmdqvTestNetwork(const char *name, gpointer data G_GNUC_UNUSED)
{
    return strcmp(name, "vfs") == 0;
}


/* A definition, the host and the libvirt that get it, and the rules that could not tell. */
static const struct {
    const char *name;
    const char *xml;
    cmdqvTestHostKind host;
    cmdqvRuleContextLibvirt libvirt;
    const char *untold;
} cases[] = {
    { .name = "all-known", .xml = DOMAIN("", SMMU HOSTDEV(GPU, "")), .host = GRACE, .libvirt = { .version = 12008000 },
      .untold = "" },
    { .name = "nothing-known", .xml = DOMAIN("", SMMU HOSTDEV(GPU, "")), .host = ELSEWHERE, .libvirt = { .version = 0 },
      .untold = OF_THE_HOST " libvirt-drops-cmdqv" },
    { .name = "host-without-the-device", .xml = DOMAIN("", SMMU HOSTDEV(OTHER, "")), .host = GRACE,
      .libvirt = { .version = 12008000 }, .untold = OF_THE_HOST },
    { .name = "host-without-smmus", .xml = DOMAIN("", SMMU HOSTDEV(GPU, "")), .host = EMPTY, .libvirt = { .version = 12008000 },
      .untold = OF_THE_HOST },
    { .name = "nothing-asks-for-it", .xml = DOMAIN("", PLAIN), .host = ELSEWHERE, .libvirt = { .version = 0 }, .untold = "" },
    { .name = "nodeset", .xml = DOMAIN("", SMMU HOSTDEV(GPU, NODESET)), .host = GRACE, .libvirt = { .version = 0 },
      .untold = "libvirt-drops-cmdqv libvirt-drops-nodeset" },
    { .name = "nodeset-is-dropped", .xml = DOMAIN("", SMMU HOSTDEV(GPU, NODESET)), .host = GRACE,
      .libvirt = { .version = 11003000, .takesCmdqv = true }, .untold = "" },
    { .name = "iommufd-without-a-vsmmu", .xml = DOMAIN("", PLAIN HOSTDEV(GPU, "")), .host = GRACE, .libvirt = { .version = 0 },
      .untold = "libvirt-drops-iommufd" },
    { .name = "network", .xml = DOMAIN(WIDE, SMMU HOSTDEV(GPU, "") NETWORK), .host = GRACE,
      .libvirt = { .version = 12008000, .network = cmdqvTestNetwork }, .untold = "" },
    { .name = "network-unknown", .xml = DOMAIN(WIDE, SMMU HOSTDEV(GPU, "") NETWORK), .host = GRACE,
      .libvirt = { .version = 12008000 }, .untold = "network-of-hostdevs" },
    { .name = "network-on-an-older-libvirt", .xml = DOMAIN(WIDE, SMMU HOSTDEV(GPU, "") NETWORK), .host = GRACE,
      .libvirt = { .version = 12007000 }, .untold = "" },
    { .name = "network-behind-a-plain-smmu", .xml = DOMAIN("", PLAIN NETWORK), .host = GRACE, .libvirt = { .version = 12008000 },
      .untold = "plain-smmu-vfio" },
    { .name = "lowered-access-unknown", .xml = DOMAIN("", SMMU HOSTDEV(GPU, "")), .host = GRACE,
      .libvirt = { .version = 11003000, .takesCmdqv = true, .lowered = true },
      .untold = "libvirt-hides-devices libvirt-bars-devices" },
};


static void
cmdqvTestHostOf(cmdqvTestHostKind kind, cmdqvTestTree *tree, cmdqvRuleContextHost *host)
{
    cmdqvTestTreeInit(tree);
    if (kind == GRACE)
        cmdqvTestHostGrace(tree);
    cmdqvRuleContextHostRead(host, kind == ELSEWHERE ? NULL : tree->root);
}


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_auto(cmdqvTestTree) tree = { NULL };
    g_auto(cmdqvRuleContextHost) host = { .root = NULL };
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(cases[i].xml, strlen(cases[i].xml), &error);
    g_autoptr(GString) untold = g_string_new(NULL);
    g_autoptr(GPtrArray) findings = NULL;
    g_autoptr(GPtrArray) rules = NULL;
    cmdqvRuleContext context;
    guint j;

    g_assert_no_error(error);
    cmdqvTestHostOf(cases[i].host, &tree, &host);
    context = cmdqvRuleContextBuild(NULL, &host, &cases[i].libvirt);
    findings = cmdqvRuleTableRun(topology, &context, &rules);
    for (j = 0; j < rules->len; j++)
        g_string_append_printf(untold, "%s%s", j > 0 ? " " : "", ((const cmdqvRule *)g_ptr_array_index(rules, j))->identifier);
    g_assert_cmpstr(untold->str, ==, cases[i].untold);
}


/* A libvirt before CMDQV counts as one that has it only if it gets the definition lowered, or has it. */
static void
cmdqvTestVersions(void)
{
    static const struct {
        cmdqvRuleContextLibvirt libvirt;
        unsigned long counts;
    } versions[] = {
        { .libvirt = { .version = 0 }, .counts = 0 },
        { .libvirt = { .version = 0, .takesCmdqv = true }, .counts = 0 },
        { .libvirt = { .version = 11003000 }, .counts = 11003000 },
        { .libvirt = { .version = 11003000, .takesCmdqv = true }, .counts = CMDQV_RULE_LIBVIRT_WITH_CMDQV },
        { .libvirt = { .version = 12010000 }, .counts = 12010000 },
        { .libvirt = { .version = 12010000, .takesCmdqv = true }, .counts = 12010000 },
    };
    g_auto(cmdqvRuleContextHost) host = { .root = NULL };
    guint i;

    cmdqvRuleContextHostRead(&host, NULL);
    for (i = 0; i < G_N_ELEMENTS(versions); i++) {
        cmdqvRuleContext context = cmdqvRuleContextBuild(NULL, &host, &versions[i].libvirt);

        g_assert_cmpuint(context.libvirtVersion, ==, versions[i].counts);
        g_assert_cmpuint(context.ownVersion, ==, versions[i].libvirt.version);
        g_assert_null(context.hostSmmu);
    }
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/rule-context/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    g_test_add_func("/rule-context/versions", cmdqvTestVersions);
    return g_test_run();
}
