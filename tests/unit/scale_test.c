/*
 * scale_test.c: the cost of everything grows with the text and not faster
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "testutils.h"
#include "conf/domain_xml.h"
#include "conf/xml_edit.h"
#include "conf/xml_read.h"
#include "policy/detach_policy.h"
#include "policy/rule_table.h"
#include "qemu/anchor.h"
#include "qemu/argv_read.h"
#include "qemu/json_read.h"

#define SMALL 300
#define FACTOR 16


/* A domain of @n hostdevs on @n root ports of one expander bus, with one SMMU, or with @n on an expander bus each. */
static char *
cmdqvTestXML(guint n, bool manySmmus)
{
    GString *xml = g_string_new("<domain><name>g1</name><devices>");
    guint i;

    g_string_append(xml, "<controller type='pci' index='0' model='pcie-root'/>"
                    "<controller type='pci' index='1' model='pcie-expander-bus'/>"
                    "<iommu model='smmuv3'><driver pciBus='1' accel='on' cmdqv='on'/><alias name='iommu'/></iommu>");
    for (i = 0; i < n; i++)
        g_string_append_printf(xml, "<controller type='pci' index='%u' model='pcie-root-port'><address type='pci' bus='1' "
                               "slot='%u'/></controller>", (i + 2) % 256, i % 32);
    for (i = 0; i < n; i++)
        g_string_append_printf(xml, "<hostdev type='pci'><driver iommufd='no'/><source><address domain='%u'/></source>"
                               "<alias name='hostdev%u'/><address type='pci' bus='%u'/></hostdev>", i, i, (i + 2) % 256);
    for (i = 0; manySmmus && i < n; i++)
        g_string_append_printf(xml, "<controller type='pci' index='%u' model='pcie-expander-bus'/><iommu model='smmuv3'>"
                               "<driver pciBus='%u' accel='on' cmdqv='on'/></iommu>", (n + i + 2) % 256, (n + i + 2) % 256);
    g_string_append(xml, "</devices></domain>");
    return g_string_free(xml, FALSE);
}


static char **
cmdqvTestArgv(guint n)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    guint i;

    g_ptr_array_add(argv, g_strdup("qemu"));
    g_ptr_array_add(argv, g_strdup("-device"));
    g_ptr_array_add(argv, g_strdup("arm-smmuv3,primary-bus=pcie.0,accel=on,cmdqv=on"));
    for (i = 0; i < n; i++) {
        g_ptr_array_add(argv, g_strdup("-device"));
        g_ptr_array_add(argv, g_strdup_printf("{\"driver\":\"pcie-root-port\",\"id\":\"p%u\"}", i));
        g_ptr_array_add(argv, g_strdup("-device"));
        g_ptr_array_add(argv, g_strdup_printf("vfio-pci,id=hostdev%u,bus=p%u,host=9:%x:%x.0", i, i, i / 32 % 256, i % 32));
    }
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&argv), FALSE);
}


static void
cmdqvTestReadXML(gconstpointer xml)
{
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(xml, strlen(xml), NULL);

    g_assert_nonnull(topology);
}


static void
cmdqvTestReadArgv(gconstpointer argv)
{
    g_autoptr(cmdqvTopology) topology = cmdqvArgvRead((const char *const *)argv, NULL);

    g_assert_nonnull(topology);
}


static void
cmdqvTestRules(gconstpointer topology)
{
    g_autoptr(GPtrArray) findings = cmdqvRuleTableRun(topology, NULL, NULL);

    g_assert_cmpuint(findings->len, >, 0);
}


static void
cmdqvTestDetach(gconstpointer topology)
{
    g_autoptr(GPtrArray) anchors = cmdqvAnchorTrackLive(topology, topology, NULL, true);
    g_autoptr(cmdqvDevice) device = cmdqvDeviceNewAlias("nobody");
    g_autoptr(cmdqvVerdict) live = cmdqvDetachPolicyLive("g1", topology, anchors, device);
    g_autoptr(cmdqvVerdict) config = cmdqvDetachPolicyConfig("g1", topology, device);

    g_assert_null(live);
    g_assert_null(config);
}


static void
cmdqvTestXMLReader(void)
{
    g_autofree char *small = cmdqvTestXML(SMALL, false);
    g_autofree char *large = cmdqvTestXML(SMALL * FACTOR, false);

    cmdqvTestAssertLinear(cmdqvTestReadXML, small, large, FACTOR);
}


static void
cmdqvTestArgvReader(void)
{
    g_auto(GStrv) small = cmdqvTestArgv(SMALL);
    g_auto(GStrv) large = cmdqvTestArgv(SMALL * FACTOR);

    cmdqvTestAssertLinear(cmdqvTestReadArgv, small, large, FACTOR);
}


static void
cmdqvTestTopologies(void (*work)(gconstpointer input), bool manySmmus)
{
    g_autofree char *smallXML = cmdqvTestXML(SMALL, manySmmus);
    g_autofree char *largeXML = cmdqvTestXML(SMALL * FACTOR, manySmmus);
    g_autoptr(cmdqvTopology) small = cmdqvDomainXMLRead(smallXML, strlen(smallXML), NULL);
    g_autoptr(cmdqvTopology) large = cmdqvDomainXMLRead(largeXML, strlen(largeXML), NULL);

    cmdqvTestAssertLinear(work, small, large, FACTOR);
}


static void
cmdqvTestRulesOneSmmu(void)
{
    cmdqvTestTopologies(cmdqvTestRules, false);
}


static void
cmdqvTestRulesManySmmus(void)
{
    cmdqvTestTopologies(cmdqvTestRules, true);
}


static void
cmdqvTestDetachOneSmmu(void)
{
    cmdqvTestTopologies(cmdqvTestDetach, false);
}


static void
cmdqvTestDetachManySmmus(void)
{
    cmdqvTestTopologies(cmdqvTestDetach, true);
}


/* Each SMMU has a value and an attribute that libvirt does not know. */
static cmdqvTopology *
cmdqvTestUnknown(guint n)
{
    g_autofree char *known = cmdqvTestXML(n, true);
    g_auto(GStrv) parts = g_strsplit(known, "cmdqv='on'", -1);
    g_autofree char *xml = g_strjoinv("cmdqv='maybe' other='1'", parts);

    return cmdqvDomainXMLRead(xml, strlen(xml), NULL);
}


static void
cmdqvTestRulesUnknown(void)
{
    g_autoptr(cmdqvTopology) small = cmdqvTestUnknown(SMALL);
    g_autoptr(cmdqvTopology) large = cmdqvTestUnknown(SMALL * FACTOR);

    cmdqvTestAssertLinear(cmdqvTestRules, small, large, FACTOR);
}


/* @n times @text, between @before and @after. */
static char *
cmdqvTestRepeat(const char *before, const char *text, guint n, const char *after)
{
    GString *all = g_string_new(before);

    while (n-- > 0)
        g_string_append(all, text);
    g_string_append(all, after);
    return g_string_free(all, FALSE);
}


static void
cmdqvTestReadJson(gconstpointer text)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonNode *root = cmdqvJsonReadParse(parser, text, NULL);

    g_assert_true(cmdqvJsonReadIsPlain(text, root));
}


static void
cmdqvTestWriteXML(gconstpointer xml)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, strlen(xml), "domain", NULL);
    g_autofree char *text = cmdqvXMLEditFormat(doc, NULL);

    g_assert_nonnull(text);
}


/* Texts of a megabyte whose characters are looked at one by one: a look that measures the rest takes the square. */
static void
cmdqvTestTexts(void)
{
    static const struct {
        void (*work)(gconstpointer input);
        const char *before;
        const char *text;
        const char *after;
    } texts[] = {
        { .work = cmdqvTestReadJson, .before = "{\"a\":\"", .text = "12345678", .after = "\"}" },
        { .work = cmdqvTestReadJson, .before = "[true", .text = ", null", .after = "]" },
        { .work = cmdqvTestWriteXML, .before = "<domain>", .text = "12345678", .after = "</domain>" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *small = cmdqvTestRepeat(texts[i].before, texts[i].text, 8192, texts[i].after);
        g_autofree char *large = cmdqvTestRepeat(texts[i].before, texts[i].text, 8192 * FACTOR, texts[i].after);

        cmdqvTestAssertLinear(texts[i].work, small, large, FACTOR);
    }
}


int
main(int argc, char **argv)
{
    cmdqvTestInit(&argc, &argv);
    g_test_add_func("/scale/xml", cmdqvTestXMLReader);
    g_test_add_func("/scale/argv", cmdqvTestArgvReader);
    g_test_add_func("/scale/rules/one-smmu", cmdqvTestRulesOneSmmu);
    g_test_add_func("/scale/rules/many-smmus", cmdqvTestRulesManySmmus);
    g_test_add_func("/scale/rules/unknown", cmdqvTestRulesUnknown);
    g_test_add_func("/scale/detach/one-smmu", cmdqvTestDetachOneSmmu);
    g_test_add_func("/scale/detach/many-smmus", cmdqvTestDetachManySmmus);
    g_test_add_func("/scale/texts", cmdqvTestTexts);
    return g_test_run();
}
