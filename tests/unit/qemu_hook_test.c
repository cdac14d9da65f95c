/*
 * qemu_hook_test.c: the qemu hook, run as libvirt runs it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_spawn.h"
#include "testutils.h"
#include "conf/xml_read.h"
#include "host/cmdqv_support.h"
#include "policy/settings.h"
#include "qemu/libvirt_driver.h"

#define BUSES "<controller type='pci' index='0' model='pcie-root'/>" \
    "<controller type='pci' index='1' model='pcie-expander-bus'><address type='pci' bus='0' slot='1'/></controller>" \
    "<controller type='pci' index='2' model='pcie-root-port'><address type='pci' bus='1' slot='0'/></controller>"
#define SMMU "<iommu model='smmuv3'><driver pciBus='1' accel='on' cmdqv='on'/></iommu>"
#define HOSTDEV "<hostdev mode='subsystem' type='pci'><driver iommufd='yes'/><source><address type='pci' domain='9' bus='1'/>" \
    "</source><address type='pci' bus='2'/></hostdev>"
#define POOLED "<interface type='network'><source network='n'/><address type='pci' bus='2'/></interface>"
#define DOMAIN(devices, rest) "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>g1</name>" \
    "<os firmware='efi'/><features><acpi/></features><devices>" devices "</devices>" rest "</domain>\n"
#define SOUND DOMAIN(BUSES SMMU HOSTDEV, "")
#define BROKEN DOMAIN(BUSES SMMU, "")

#define NEEDS "cmdqv='on' needs a cold-plugged PCI hostdev with iommufd='yes' behind bus 'pci.1' to anchor its command queues, and " \
    "there is none; place one there, or remove this SMMU [cmdqv-needs-anchor]"
#define REFUSED(why) "libvirt-cmdqv: domain 'g1': " why "\n"
#define NO_ANCHOR REFUSED("<iommu> in line 1: " NEEDS)

/* Operation, definition, and the text on standard error; NULL: none, and the domain may start. */
static const struct {
    const char *name;
    const char *operation;
    const char *xml;
    const char *err;
} cases[] = {
    { .name = "prepare-sound", .operation = "prepare", .xml = SOUND, .err = NULL },
    { .name = "start-sound", .operation = "start", .xml = SOUND, .err = NULL },
    { .name = "migrate-sound", .operation = "migrate", .xml = SOUND, .err = NULL },
    { .name = "restore-sound", .operation = "restore", .xml = SOUND, .err = NULL },
    { .name = "prepare", .operation = "prepare", .xml = BROKEN, .err = NO_ANCHOR },
    { .name = "start", .operation = "start", .xml = BROKEN, .err = NO_ANCHOR },
    { .name = "migrate", .operation = "migrate", .xml = BROKEN, .err = NO_ANCHOR },
    { .name = "restore", .operation = "restore", .xml = BROKEN, .err = NO_ANCHOR },
    { .name = "started", .operation = "started", .xml = BROKEN, .err = NULL },
    { .name = "stopped", .operation = "stopped", .xml = BROKEN, .err = NULL },
    { .name = "release", .operation = "release", .xml = BROKEN, .err = NULL },
    { .name = "reconnect", .operation = "reconnect", .xml = BROKEN, .err = NULL },
    { .name = "attach", .operation = "attach", .xml = BROKEN, .err = NULL },
    { .name = "unknown", .operation = "teleport", .xml = BROKEN, .err = NULL },
    { .name = "no-operation", .operation = "", .xml = BROKEN, .err = NULL },
    { .name = "operation-in-capitals", .operation = "START", .xml = BROKEN, .err = NULL },
    { .name = "prepare-network", .operation = "prepare", .xml = DOMAIN(BUSES SMMU POOLED, ""),
      .err = REFUSED("<iommu> in line 1: cmdqv='on' needs a cold-plugged PCI hostdev with iommufd='yes' behind bus 'pci.1' to "
          "anchor its command queues, and there is none (<interface> in line 1 does not count: a device that a network gives is "
          "not on iommufd); place one there, or remove this SMMU [cmdqv-needs-anchor]") },
    { .name = "prepare-network-and-iommufd", .operation = "prepare", .xml = DOMAIN(BUSES SMMU POOLED, "<iommufd enabled='yes'/>"),
      .err = NULL },
    { .name = "start-network-gave-none", .operation = "start", .xml = DOMAIN(BUSES SMMU POOLED, ""),
      .err = REFUSED("<iommu> in line 1: " NEEDS " (and 1 more, see 'virt-cmdqv validate')") },
    { .name = "own-arguments", .operation = "prepare",
      .xml = DOMAIN(BUSES SMMU, "<qemu:commandline><qemu:arg value='-no-reboot'/></qemu:commandline>"),
      .err = REFUSED("<iommu> in line 1: " NEEDS) },
    { .name = "own-override", .operation = "start", .xml = DOMAIN(BUSES SMMU, "<qemu:override/>"),
      .err = REFUSED("<iommu> in line 1: " NEEDS) },
    { .name = "no-smmu", .operation = "prepare", .xml = DOMAIN(BUSES, ""), .err = NULL },
    { .name = "no-smmu-malformed", .operation = "prepare", .xml = "<domain", .err = NULL },
    { .name = "empty", .operation = "prepare", .xml = "", .err = REFUSED("the XML is not well-formed: line *") },
    { .name = "malformed", .operation = "prepare", .xml = "<domain>\n<iommu model='smmuv3'>",
      .err = REFUSED("the XML is not well-formed: line 2: *") },
    { .name = "malformed-stopped", .operation = "stopped", .xml = "<domain>\n<iommu model='smmuv3'>", .err = NULL },
    { .name = "other-root", .operation = "prepare", .xml = "<network>smmuv3</network>",
      .err = REFUSED("the root element is <network>, not <domain>") },
    { .name = "junk", .operation = "prepare", .xml = "smmuv3", .err = REFUSED("the XML is not well-formed: line 1: *") },
    { .name = "entities-alone", .operation = "prepare", .xml = "<!DOCTYPE domain [<!ENTITY a 'b'>]><domain>&a;</domain>",
      .err = NULL },
    { .name = "entities", .operation = "prepare",
      .xml = "<!DOCTYPE domain [<!ENTITY a 'v3'>]><domain><iommu model='smmu&a;'/></domain>",
      .err = REFUSED("the XML has a DOCTYPE with declarations of its own, which is not accepted; remove it") },
    { .name = "number-that-is-none", .operation = "prepare",
      .xml = DOMAIN("<iommu model='smmuv3'><driver pciBus='x&#10;y'/></iommu>", ""),
      .err = REFUSED("<iommu> in line 1: pciBus='x y' is no decimal number; give pciBus the index of a pcie-root or pcie-expander-bus "
          "controller [smmu-needs-root]") },
    { .name = "newline-in-an-alias", .operation = "start",
      .xml = DOMAIN("<controller type='pci' index='1' model='pcie-root-port'><alias name='a&#10;b'/>"
          "</controller><iommu model='smmuv3'><driver pciBus='1'/></iommu>", ""),
      .err = REFUSED("<iommu> in line 1: bus 'a b' is a pcie-root-port and not the root of a PCIe tree; give pciBus the index of "
          "a pcie-root or pcie-expander-bus controller [smmu-needs-root]") },
};


static void
cmdqvTestHook(const char *operation, const char *xml, gssize len, cmdqvTestOutcome *outcome)
{
    const char *argv[] = { g_getenv("CMDQV_TEST_HOOK"), "g1", operation, "begin", "-", NULL };

    cmdqvTestSpawn(argv, xml, len, outcome);
}


/* One line on standard error or none, and never anything on standard output. */
static void
cmdqvTestSaid(const cmdqvTestOutcome *outcome, const char *expected)
{
    g_assert_cmpint(outcome->status, ==, expected ? 1 : 0);
    g_assert_cmpstr(outcome->out, ==, "");
    if (expected && strchr(expected, '*')) {
        g_test_message("%s", outcome->err);
        g_assert_true(g_pattern_match_simple(expected, outcome->err));
    } else {
        g_assert_cmpstr(outcome->err, ==, expected ? expected : "");
    }
    g_assert_true(*outcome->err == '\0' || strchr(outcome->err, '\n') == outcome->err + strlen(outcome->err) - 1);
}


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_auto(cmdqvTestOutcome) outcome = { .status = 0 };

    cmdqvTestHook(cases[i].operation, cases[i].xml, -1, &outcome);
    cmdqvTestSaid(&outcome, cases[i].err);
}


static void
cmdqvTestHuge(void)
{
    /* libxml2 has limits of its own for the text in one piece */
    g_autofree char *piece = g_strnfill(1024 * 1024 - strlen("<!---->"), ' ');
    g_autofree char *comment = g_strconcat("<!--", piece, "-->", NULL);
    g_autoptr(GString) text = g_string_new(SOUND);
    const char *huge;
    gsize i;
    g_auto(cmdqvTestOutcome) refused = { .status = 0 };
    g_auto(cmdqvTestOutcome) accepted = { .status = 0 };
    g_auto(cmdqvTestOutcome) unread = { .status = 0 };

    for (i = 0; i < CMDQV_XML_READ_MAX_BYTES / (1024 * 1024); i++)
        g_string_append(text, comment);
    huge = text->str;
    cmdqvTestHook("prepare", huge, -1, &refused);
    cmdqvTestSaid(&refused, REFUSED("cannot read 'the domain XML': it is larger than 16777216 bytes"));
    cmdqvTestHook("prepare", huge, CMDQV_XML_READ_MAX_BYTES - 1024 * 1024 + (gssize)strlen(SOUND), &accepted);
    cmdqvTestSaid(&accepted, NULL);
    /* it does not read a text that it does not need */
    cmdqvTestHook("stopped", huge, -1, &unread);
    cmdqvTestSaid(&unread, NULL);
}


static void
cmdqvTestNul(void)
{
    static const char xml[] = "<domain>\0<iommu model='smmuv3'/></domain>";
    g_autofree char *behind = g_strconcat(SOUND, "x", NULL);
    gsize len = strlen(behind);
    g_auto(cmdqvTestOutcome) before = { .status = 0 };
    g_auto(cmdqvTestOutcome) after = { .status = 0 };

    cmdqvTestHook("prepare", xml, sizeof(xml) - 1, &before);
    cmdqvTestSaid(&before, REFUSED("the XML has a NUL byte in it"));
    behind[len - 1] = '\0';
    cmdqvTestHook("prepare", behind, (gssize)len, &after);
    cmdqvTestSaid(&after, REFUSED("the XML has a NUL byte in it"));
}


static void
cmdqvTestUsage(void)
{
    const char *const none[] = { g_getenv("CMDQV_TEST_HOOK"), NULL };
    const char *const one[] = { g_getenv("CMDQV_TEST_HOOK"), "g1", NULL };
    const char *const two[] = { g_getenv("CMDQV_TEST_HOOK"), "g1", "prepare", NULL };
    const char *const version[] = { g_getenv("CMDQV_TEST_HOOK"), "--version", NULL };
    const char *const domain[] = { g_getenv("CMDQV_TEST_HOOK"), "--version", "prepare", NULL };
    g_auto(cmdqvTestOutcome) nothing = { .status = 0 };
    g_auto(cmdqvTestOutcome) name = { .status = 0 };
    g_auto(cmdqvTestOutcome) enough = { .status = 0 };
    g_auto(cmdqvTestOutcome) said = { .status = 0 };
    g_auto(cmdqvTestOutcome) named = { .status = 0 };
    g_autofree char *usage = g_strdup_printf("Usage: %s DOMAIN OPERATION SUB-OPERATION EXTRA <DOMAIN-XML\n"
                                             "libvirt runs this as a hook; there is nothing to run by hand.\n", none[0]);

    cmdqvTestSpawn(none, "", 0, &nothing);
    g_assert_cmpint(nothing.status, ==, 2);
    g_assert_cmpstr(nothing.err, ==, usage);
    g_assert_cmpstr(nothing.out, ==, "");
    cmdqvTestSpawn(one, "", 0, &name);
    g_assert_cmpint(name.status, ==, 2);
    g_assert_cmpstr(name.err, ==, usage);
    cmdqvTestSpawn(two, BROKEN, -1, &enough);
    cmdqvTestSaid(&enough, NO_ANCHOR);
    cmdqvTestSpawn(version, "", 0, &said);
    g_assert_cmpint(said.status, ==, 0);
    g_assert_true(g_pattern_match_simple("*.*.*\n", said.out));
    g_assert_cmpstr(said.err, ==, "");
    cmdqvTestSpawn(domain, BROKEN, -1, &named);
    cmdqvTestSaid(&named, NO_ANCHOR);
}


/* Every start of every domain waits for it. */
static void
cmdqvTestTime(void)
{
    static const char *const inputs[] = { SOUND, BROKEN, DOMAIN(BUSES, "") };
    guint i;
    guint j;

    for (i = 0; i < G_N_ELEMENTS(inputs); i++) {
        double best = G_MAXDOUBLE;

        for (j = 0; j < 10; j++) {
            g_auto(cmdqvTestOutcome) outcome = { .status = 0 };

            cmdqvTestHook("start", inputs[i], -1, &outcome);
            best = MIN(best, outcome.seconds);
        }
        g_test_message("%.1f ms", best * 1e3);
        g_assert_cmpfloat(best, <, 0.2);
    }
}


/*
 * A hook has no options.  If the configuration of this machine sets rules, or its SMMUs have no CMDQV, a right hook says
 * other things than are written here.
 */
static bool
cmdqvTestMachineDecides(void)
{
    g_autoptr(cmdqvSettings) settings = cmdqvSettingsLoad(CMDQV_LIBVIRT_DRIVER_SETTINGS, NULL);

    return !settings || g_hash_table_size(settings->levels) > 0 || cmdqvSupportProbe("") == CMDQV_SUPPORT_WITHOUT;
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    if (!g_getenv("CMDQV_TEST_HOOK"))
        return 77;
    if (cmdqvTestMachineDecides()) {
        (void)printf("1..0 # SKIP this machine has rules of its own, or SMMUs without CMDQV\n");
        return 0;
    }
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/hook/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    g_test_add_func("/hook/huge", cmdqvTestHuge);
    g_test_add_func("/hook/nul", cmdqvTestNul);
    g_test_add_func("/hook/usage", cmdqvTestUsage);
    g_test_add_func("/hook/time", cmdqvTestTime);
    return g_test_run();
}
