/*
 * rulestest.c: is this definition sound, and if not, in which words
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whole domains with all their addresses are in qemuxml2argvtest.
 */

#include <string.h>

#include "cmdqvtest.h"
#include "conf/cmdqvdomainxml.h"
#include "qemu/cmdqvargv.h"
#include "qemu/cmdqvrules.h"

#define BUSES \
    "<controller type='pci' index='0' model='pcie-root'/>\n" \
    "<controller type='pci' index='1' model='pcie-expander-bus'/>\n" \
    "<controller type='pci' index='2' model='pcie-root-port'><address type='pci' bus='1'/></controller>\n" \
    "<controller type='pci' index='3' model='pcie-root-port'><address type='pci' bus='0' slot='1'/></controller>\n"
#define SMMU(attributes) "<iommu model='smmuv3'><driver " attributes "/></iommu>\n"
#define CMDQV SMMU("pciBus='1' accel='on' cmdqv='on'")
#define HOSTDEV(bus) "<hostdev type='pci'><driver iommufd='yes'/><source><address bus='1'/></source>" \
    "<address type='pci' bus='" bus "'/></hostdev>\n"

#define NO_ANCHOR(line, bus, hint) "cmdqv-needs-anchor " line " <iommu> in line " line ": cmdqv='on' needs a cold-plugged PCI " \
    "hostdev with iommufd='yes' behind bus '" bus "' to anchor its command queues, and there is none" hint "; place one " \
    "there, or remove cmdqv='on'\n"
#define NO_ACCEL(line) "cmdqv-needs-accel " line " <iommu> in line " line ": cmdqv='on' needs an accelerated SMMU; add " \
    "accel='on' to the same <driver>, or remove cmdqv='on'\n"

/* What stands in <devices>, line 1 being its first, and all findings: rule, line, message. */
static const struct {
    const char *name;
    const char *devices;
    const char *expected;
} cases[] = {
    { "sound", BUSES CMDQV HOSTDEV("2"), "" },
    { "nobody", BUSES CMDQV, NO_ANCHOR("5", "pci.1", "") },
    { "wrong-root", BUSES CMDQV HOSTDEV("3"),
      NO_ANCHOR("5", "pci.1", " (<hostdev> in line 6 does not count: it is on bus 'pci.3', not behind this SMMU)") },
    { "without-iommufd", BUSES CMDQV "\n<hostdev type='pci'><address type='pci' bus='2'/></hostdev>",
      NO_ANCHOR("5", "pci.1", " (<hostdev> in line 7 does not count: on bus 'pci.2' it lacks iommufd='yes')") },
    { "interface-without-iommufd", BUSES CMDQV "<interface type='hostdev'><driver iommufd='no'/><address type='pci' bus='2'/>"
      "</interface>",
      NO_ANCHOR("5", "pci.1", " (<interface> in line 6 does not count: on bus 'pci.2' it lacks iommufd='yes')") },
    { "mediated", BUSES CMDQV "<hostdev mode='subsystem' type='mdev'><address type='pci' bus='2'/></hostdev>",
      NO_ANCHOR("5", "pci.1", " (<hostdev> in line 6 does not count: on bus 'pci.2' it is a mediated device)") },
    { "held-back", BUSES CMDQV "<hostdev type='pci'><driver iommufd='yes'/><teaming type='transient'/><address type='pci' "
      "bus='2'/></hostdev>", NO_ANCHOR("5", "pci.1", " (<hostdev> in line 6 does not count: on bus 'pci.2' it is held back "
      "for failover (<teaming type='transient'>))") },
    { "no-accel", BUSES SMMU("pciBus='1' cmdqv='on'") HOSTDEV("2"), NO_ACCEL("5") },
    { "no-accel-and-nobody", BUSES SMMU("pciBus='1' cmdqv='on' accel='off'"), NO_ACCEL("5") NO_ANCHOR("5", "pci.1", "") },
    { "machine-wide", BUSES SMMU("accel='on' cmdqv='on'") HOSTDEV("2"),
      "cmdqv-needs-root 5 <iommu> in line 5: cmdqv='on' without pciBus makes the machine-wide SMMU, which has no CMDQV; add "
      "pciBus='N' with the index of a pcie-root or pcie-expander-bus controller\n" },
    { "no-such-bus", BUSES SMMU("pciBus='7' accel='on' cmdqv='on'") HOSTDEV("2"),
      "cmdqv-needs-root 5 <iommu> in line 5: pciBus='7' is the index of no PCI controller of the domain; give that of a "
      "pcie-root or pcie-expander-bus controller\n" },
    { "root-port", BUSES SMMU("pciBus='2' accel='on' cmdqv='on'") HOSTDEV("2"),
      "cmdqv-needs-root 5 <iommu> in line 5: bus 'pci.2' is a pcie-root-port and not the root of a PCIe tree; give pciBus the "
      "index of a pcie-root or pcie-expander-bus controller\n" },
    { "second-on-the-bus", BUSES CMDQV CMDQV HOSTDEV("2"),
      "smmu-needs-own-root 6 <iommu> in line 6: bus 'pci.1' has an SMMU already; give each SMMU a root of its own, or remove "
      "this one\n" },
    { "plain-before-it", BUSES SMMU("pciBus='1'") CMDQV HOSTDEV("2"),
      "smmu-needs-own-root 6 <iommu> in line 6: bus 'pci.1' has an SMMU already; give each SMMU a root of its own, or remove "
      "this one\n" },
    { "two-plain-ones-are-not-ours", BUSES SMMU("pciBus='1'") SMMU("pciBus='1'"), "" },
    { "off", BUSES SMMU("pciBus='1' accel='on' cmdqv='off'"), "" },
    { "absent", BUSES SMMU("pciBus='1' accel='on' ats='on' ril='on' ssidsize='0' oas='44'"), "" },
    { "nothing", "", "" },
    { "address-to-come", BUSES CMDQV "<hostdev type='pci'><driver iommufd='yes'/></hostdev>", "" },
    { "address-to-come-without-iommufd", BUSES CMDQV "<hostdev type='pci'/>",
      NO_ANCHOR("5", "pci.1", " (<hostdev> in line 6 does not count: it is on bus '', not behind this SMMU)") },
    { "network-to-be-asked", BUSES CMDQV "<interface type='network'><address type='pci' bus='2'/></interface>", "" },
    { "network-on-another-root", BUSES CMDQV "<interface type='network'><address type='pci' bus='3'/></interface>",
      NO_ANCHOR("5", "pci.1", "") },
};


static char *
cmdqvTestFindings(const cmdqvTopology *topology)
{
    g_autoptr(GPtrArray) findings = cmdqvRulesCheck(topology);
    GString *text = g_string_new(NULL);
    guint i;

    for (i = 0; i < findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(findings, i);

        g_assert_nonnull(cmdqvTopologyGetSmmu(topology, finding->smmu));
        g_string_append_printf(text, "%s %d %s\n", finding->rule->identifier, finding->line, finding->message);
    }
    return g_string_free(text, FALSE);
}


static cmdqvTopology *
cmdqvTestDomain(const char *devices)
{
    g_autofree char *xml = g_strdup_printf("<domain><name>g1</name><devices>%s</devices></domain>", devices);
    g_autoptr(GError) error = NULL;
    cmdqvTopology *topology = cmdqvDomainXMLRead(xml, strlen(xml), &error);

    g_assert_no_error(error);
    return topology;
}


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(cmdqvTopology) topology = cmdqvTestDomain(cases[i].devices);
    g_autofree char *text = cmdqvTestFindings(topology);

    g_assert_cmpstr(text, ==, cases[i].expected);
}


/* Of a command line there are no lines, but ids. */
static void
cmdqvTestArgv(gconstpointer data G_GNUC_UNUSED)
{
    static const char *const argv[] = {
        "qemu", "-device", "pxb-pcie,id=pxb", "-device", "arm-smmuv3,id=s0,primary-bus=pxb,accel=on,cmdqv=on",
        "-device", "vfio-pci,id=gpu", "-device", "arm-smmuv3,id=s1,primary-bus=nowhere,accel=on,cmdqv=on",
        "-device", "arm-smmuv3,accel=on,cmdqv=on", NULL,
    };
    g_autoptr(cmdqvTopology) topology = cmdqvArgvRead(argv, NULL);
    g_autofree char *text = cmdqvTestFindings(topology);

    g_assert_cmpstr(text, ==,
                    "cmdqv-needs-root -1 arm-smmuv3 's1': primary-bus 'nowhere' is no PCI bus of the machine\n"
                    "cmdqv-needs-root -1 arm-smmuv3 '': cmdqv='on' without pciBus makes the machine-wide SMMU, which has no "
                    "CMDQV; add pciBus='N' with the index of a pcie-root or pcie-expander-bus controller\n"
                    "cmdqv-needs-anchor -1 arm-smmuv3 's0': cmdqv='on' needs a cold-plugged PCI hostdev with iommufd='yes' "
                    "behind bus 'pxb' to anchor its command queues, and there is none (vfio-pci 'gpu' does not count: it is on "
                    "bus 'pcie.0', not behind this SMMU); place one there, or remove cmdqv='on'\n");
}


static void
cmdqvTestSummary(gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(cmdqvTopology) one = cmdqvTestDomain(BUSES SMMU("pciBus='1' cmdqv='on'") HOSTDEV("2"));
    g_autoptr(cmdqvTopology) three = cmdqvTestDomain(BUSES SMMU("pciBus='1' cmdqv='on'") SMMU("accel='on' cmdqv='on'"));
    g_autoptr(GPtrArray) single = cmdqvRulesCheck(one);
    g_autoptr(GPtrArray) several = cmdqvRulesCheck(three);
    g_autofree char *first = cmdqvRulesSummarize("g1", single);
    g_autofree char *second = cmdqvRulesSummarize(NULL, several);

    g_assert_cmpstr(first, ==, "domain 'g1': <iommu> in line 5: cmdqv='on' needs an accelerated SMMU; add accel='on' to the same "
                    "<driver>, or remove cmdqv='on'");
    g_assert_cmpstr(second, ==, "domain '': <iommu> in line 5: cmdqv='on' needs an accelerated SMMU; add accel='on' to the same "
                    "<driver>, or remove cmdqv='on' (and 2 more, see 'virt-cmdqv validate')");
}


static void
cmdqvTestCollect(const cmdqvRule *rule, gpointer data)
{
    GHashTable *seen = data;

    g_assert_true(g_hash_table_add(seen, (gpointer)rule->identifier));
    g_assert_true(g_regex_match_simple("^[a-z]+(-[a-z]+)+$", rule->identifier, 0, 0));
    g_assert_nonnull(rule->summary);
    g_assert_true(rule->check != NULL);
}


/* Each rule of the table has a case above that breaks it. */
static void
cmdqvTestTable(gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTableIter iter;
    gpointer identifier;
    guint i;

    cmdqvRulesForeach(cmdqvTestCollect, seen);
    g_hash_table_iter_init(&iter, seen);
    while (g_hash_table_iter_next(&iter, &identifier, NULL)) {
        g_autofree char *prefix = g_strconcat(identifier, " ", NULL);
        bool used = false;

        for (i = 0; i < G_N_ELEMENTS(cases); i++)
            used = used || g_str_has_prefix(cases[i].expected, prefix);
        g_test_message("%s", (const char *)identifier);
        g_assert_true(used);
    }
}


static void
cmdqvTestNeedPlacement(gconstpointer data G_GNUC_UNUSED)
{
    static const struct {
        const char *devices;
        bool needed;
    } placements[] = {
        { BUSES CMDQV HOSTDEV("2"), false },
        { BUSES CMDQV, false },
        { BUSES CMDQV "<hostdev type='pci'><driver iommufd='yes'/></hostdev>", true },
        { BUSES CMDQV HOSTDEV("2") "<hostdev type='pci'><driver iommufd='yes'/></hostdev>", false },
        { BUSES SMMU("pciBus='1' accel='on'") "<hostdev type='pci'><driver iommufd='yes'/></hostdev>", false },
        { BUSES "<hostdev type='pci'><driver iommufd='yes'/></hostdev>", false },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(placements); i++) {
        g_autoptr(cmdqvTopology) topology = cmdqvTestDomain(placements[i].devices);

        g_test_message("%u", i);
        g_assert_cmpint(cmdqvRulesNeedPlacement(topology), ==, placements[i].needed);
    }
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/rules/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    g_test_add_data_func("/rules/argv", NULL, cmdqvTestArgv);
    g_test_add_data_func("/rules/summary", NULL, cmdqvTestSummary);
    g_test_add_data_func("/rules/table", NULL, cmdqvTestTable);
    g_test_add_data_func("/rules/need-placement", NULL, cmdqvTestNeedPlacement);
    return g_test_run();
}
