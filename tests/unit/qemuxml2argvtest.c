/*
 * qemuxml2argvtest.c: domain XML and libvirt's command line for it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Of each case, qemuxml2argvdata/ holds NAME.xml as a client would write it,
 * NAME.args as libvirt 12.8 makes it of that (tests/goldens) and, where we
 * refuse the domain, NAME.err with our words.  Both texts have to give the
 * same model and the same verdict.  What we write for a domain with an SMMU on
 * a bus has to be in NAME.args, token by token and in that order, and nothing
 * of that part may be missing; NAME.keyval.args has it in keyval form.
 */

#include <string.h>

#include "cmdqvtest.h"
#include "conf/cmdqvdefaults.h"
#include "conf/cmdqvdomainxml.h"
#include "qemu/cmdqvargv.h"
#include "qemu/cmdqvrules.h"
#include "qemu/cmdqvwriter.h"

#define DATA "qemuxml2argvdata"

typedef enum {
    SOUND,
    REFUSED,
    NO_ARGS,    /* refused by us and by libvirt itself, which makes no command line of it */
    NOT_OURS,   /* refused by libvirt itself, and nothing that we have a word to say about */
} cmdqvTestVerdict;

typedef struct {
    const char *name;
    cmdqvTestVerdict verdict;
} cmdqvTestCase;

static const cmdqvTestCase cases[] = {
    { "one-vsmmu", SOUND },
    { "two-hostdevs", SOUND },
    { "two-hostdevs-turned", SOUND },
    { "hostdev-order-not-slot-order", SOUND },
    { "two-vsmmus", SOUND },
    { "two-vsmmus-four-hostdevs", SOUND },
    { "eight-vsmmus", SOUND },
    { "pcie-root", SOUND },
    { "pcie-root-and-expander", SOUND },
    { "switch", SOUND },
    { "pcie-to-pci-bridge", SOUND },
    { "multifunction", SOUND },
    { "multifunction-turned", SOUND },
    { "multifunction-root-ports", SOUND },
    { "interface", SOUND },
    { "interface-then-hostdev", SOUND },
    { "hostdev-then-interface", SOUND },
    { "interfaces-and-hostdevs", SOUND },
    { "interface-hostdev-not-iommufd", SOUND },
    { "iommufd-domain-wide", SOUND },
    { "iommufd-domain-wide-interface", SOUND },
    { "iommufd-domain-wide-hostdev-no", SOUND },
    { "iommufd-domain-wide-no-hostdev-yes", SOUND },
    { "cmdqv-off", SOUND },
    { "cmdqv-off-no-hostdev", SOUND },
    { "cmdqv-absent", SOUND },
    { "cmdqv-absent-no-hostdev", SOUND },
    { "cmdqv-on-and-off", SOUND },
    { "accel-off", NOT_OURS },
    { "plain-smmu", SOUND },
    { "plain-and-cmdqv", SOUND },
    { "no-smmu", SOUND },
    { "machine-wide", SOUND },
    { "machine-wide-hostdev", REFUSED },
    { "emulated-elsewhere", SOUND },
    { "emulated-behind", REFUSED },
    { "teaming-and-hostdev", SOUND },
    { "teaming-interface-and-hostdev", SOUND },
    { "mdev-and-hostdev", REFUSED },
    { "kubevirt", SOUND },
    { "all-properties", SOUND },
    { "numa-node", SOUND },
    { "user-aliases", SOUND },
    { "devices-turned", SOUND },
    { "devices-twice", SOUND },
    { "hostdev-without-mode", SOUND },
    { "index-gap", SOUND },
    { "index-absent", SOUND },
    { "index-partly-absent", SOUND },
    { "index-leading-zero", SOUND },
    { "x86-q35", SOUND },

    { "no-hostdev", REFUSED },
    { "no-hostdev-all-properties", REFUSED },
    { "no-hostdev-emulated", REFUSED },
    { "hostdev-other-root", REFUSED },
    { "hostdev-other-root-all-properties", REFUSED },
    { "hostdev-other-expander", REFUSED },
    { "pcie-root-hostdev-on-expander", REFUSED },
    { "hostdev-not-iommufd", REFUSED },
    { "hostdev-not-iommufd-all-properties", REFUSED },
    { "interface-not-iommufd", REFUSED },
    { "iommufd-domain-wide-no", REFUSED },
    { "iommufd-domain-wide-all-no", REFUSED },
    { "mdev-only", REFUSED },
    { "teaming-only", REFUSED },
    { "two-vsmmus-one-empty", REFUSED },
    { "two-vsmmus-both-empty", REFUSED },
    { "kubevirt-not-iommufd", REFUSED },
    { "cmdqv-without-accel", NO_ARGS },
    { "cmdqv-accel-off", NO_ARGS },
    { "cmdqv-without-pcibus", REFUSED },
    { "cmdqv-without-pcibus-all-properties", REFUSED },
    { "pcibus-root-port", REFUSED },
    { "pcibus-root-port-all-properties", REFUSED },
    { "pcibus-switch-port", REFUSED },
    { "pcibus-nothing", NO_ARGS },
    { "two-smmus-one-bus", REFUSED },
    { "two-smmus-one-bus-plain", REFUSED },
};


static bool
cmdqvTestHasArgs(const cmdqvTestCase *test)
{
    return test->verdict == SOUND || test->verdict == REFUSED;
}


static bool
cmdqvTestHasErr(const cmdqvTestCase *test)
{
    return test->verdict == REFUSED || test->verdict == NO_ARGS;
}


/* The command lines come from a machine without KVM for arm64; memory is not what most cases are about. */
static GHashTable *
cmdqvTestLevels(void)
{
    GHashTable *levels = g_hash_table_new(g_str_hash, g_str_equal);

    (void)g_hash_table_insert(levels, (gpointer)"accel-needs-kvm", GINT_TO_POINTER(CMDQV_RULE_OFF));
    (void)g_hash_table_insert(levels, (gpointer)"queues-want-hugepages", GINT_TO_POINTER(CMDQV_RULE_OFF));
    return levels;
}


static void
cmdqvTestVerdictOf(const cmdqvTestCase *test, const cmdqvTopology *topology)
{
    g_autoptr(GHashTable) levels = cmdqvTestLevels();
    const cmdqvRuleContext context = { levels, NULL, NULL, 0, false };
    g_autoptr(GPtrArray) findings = cmdqvRulesRun(topology, &context);
    g_autofree char *path = cmdqvTestDataPath(DATA, test->name, ".err");
    g_autofree char *summary = NULL;
    g_autofree char *line = NULL;

    summary = cmdqvRulesSummarize(topology->name, findings);
    if (summary)
        line = g_strconcat(summary, "\n", NULL);
    if (cmdqvTestHasErr(test))
        cmdqvTestAssertGolden(path, line ? line : "");
    else
        g_assert_cmpstr(line, ==, NULL);
}


static void
cmdqvTestArgs(const cmdqvTestCase *test, const cmdqvTopology *topology)
{
    g_autofree char *path = cmdqvTestDataPath(DATA, test->name, ".args");
    g_auto(GStrv) argv = cmdqvTestReadArgs(path);
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) process = cmdqvArgvRead((const char *const *)argv, &error);
    g_autofree char *fromXML = cmdqvTopologyDescribe(topology);
    g_autofree char *fromArgs = NULL;

    g_assert_no_error(error);
    if (!process)
        return;
    fromArgs = cmdqvTopologyDescribe(process);
    g_assert_cmpstr(fromArgs, ==, fromXML);
    g_assert_cmpstr(process->uuid, ==, topology->uuid);
}


/* Of a description, the SMMUs on a bus and the host's devices behind them. */
static char *
cmdqvTestDescribePart(const cmdqvTopology *topology)
{
    g_autofree char *text = cmdqvTopologyDescribe(topology);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *part = g_string_new(NULL);
    guint i;

    for (i = 0; lines[i]; i++) {
        if (*lines[i] && !g_str_has_suffix(lines[i], "behind none") && !strstr(lines[i], "behind none ") &&
            !g_str_has_prefix(lines[i], "endpoint emulated") && strcmp(lines[i], "smmu machine") != 0)
            g_string_append_printf(part, "%s\n", lines[i]);
    }
    return g_string_free(part, FALSE);
}


/* libvirt passes what it has opened by descriptor, where we name it. */
static char *
cmdqvTestWithoutSource(const char *value)
{
    g_autoptr(GRegex) descriptor = g_regex_new(",\"fd\":\"[0-9]+\"", 0, 0, NULL);
    g_autoptr(GRegex) host = g_regex_new("\"host\":\"[^\"]*\",(?=.*\"iommufd\":)", 0, 0, NULL);
    g_autofree char *rest = g_regex_replace_literal(descriptor, value, -1, 0, "", 0, NULL);

    return g_regex_replace_literal(host, rest, -1, 0, "", 0, NULL);
}


static void
cmdqvTestFindInArgs(char **ours, char **args)
{
    guint at = 0;
    guint i;

    for (i = 0; ours[i]; i++) {
        g_autofree char *own = cmdqvTestWithoutSource(ours[i]);
        bool found = false;

        while (args[at] && !found) {
            g_autofree char *theirs = cmdqvTestWithoutSource(args[at++]);

            found = strcmp(own, theirs) == 0;
        }
        if (!found)
            g_test_message("not in libvirt's, or not in that place: %s", own);
        g_assert_true(found);
    }
}


/* Whichever the form, it reads back as what libvirt wrote. */
static void
cmdqvTestReadBack(char **ours, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvArgvRead((const char *const *)ours, &error);
    g_autofree char *part = topology ? cmdqvTestDescribePart(topology) : NULL;

    g_assert_no_error(error);
    g_assert_cmpstr(part, ==, expected);
}


static char *
cmdqvTestFormatKeyval(char **argv)
{
    GString *text = g_string_new(NULL);
    guint i;

    for (i = 0; argv[i] && argv[i + 1]; i += 2) {
        g_autofree char *quoted = strpbrk(argv[i + 1], " '\"$*\\") ? g_shell_quote(argv[i + 1]) : g_strdup(argv[i + 1]);

        g_string_append_printf(text, "%s %s%s\n", argv[i], quoted, argv[i + 2] ? " \\" : "");
    }
    return g_string_free(text, FALSE);
}


static void
cmdqvTestWrite(const cmdqvTestCase *test, const char *xml)
{
    g_autofree char *path = cmdqvTestDataPath(DATA, test->name, ".args");
    g_autofree char *keyvalPath = cmdqvTestDataPath(DATA, test->name, ".keyval.args");
    g_auto(GStrv) args = cmdqvTestReadArgs(path);
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(xml, strlen(xml), NULL);
    g_autoptr(cmdqvTopology) process = cmdqvArgvRead((const char *const *)args, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) arguments = NULL;
    g_autofree char *expected = cmdqvTestDescribePart(process);
    g_auto(GStrv) json = NULL;
    g_auto(GStrv) keyval = NULL;
    g_autofree char *keyvalText = NULL;

    cmdqvDefaultsFill(topology);
    arguments = cmdqvWriterArguments(topology, &cmdqvTargetUpstream, &error);
    g_assert_no_error(error);
    if (!arguments)
        return;

    json = cmdqvWriterFormat(arguments, CMDQV_FORM_JSON);
    keyval = cmdqvWriterFormat(arguments, CMDQV_FORM_KEYVAL);
    keyvalText = cmdqvTestFormatKeyval(keyval);
    cmdqvTestFindInArgs(json, args);
    cmdqvTestReadBack(json, expected);
    cmdqvTestReadBack(keyval, expected);
    if (arguments->len > 0)
        cmdqvTestAssertGolden(keyvalPath, keyvalText);
    else
        g_assert_false(g_file_test(keyvalPath, G_FILE_TEST_EXISTS));
}


static void
cmdqvTestRun(gconstpointer data)
{
    const cmdqvTestCase *test = data;
    g_autofree char *path = cmdqvTestDataPath(DATA, test->name, ".xml");
    g_autofree char *xml = cmdqvTestRead(path);
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(xml, strlen(xml), &error);

    g_assert_no_error(error);
    if (!topology)
        return;
    g_assert_cmpstr(topology->name, ==, test->name);
    g_assert_false(topology->unplaced);
    g_assert_true(cmdqvDomainXMLMayHaveSmmu(xml) || topology->smmus->len == 0);

    if (cmdqvTestHasArgs(test))
        cmdqvTestArgs(test, topology);
    if (test->verdict == SOUND)
        cmdqvTestWrite(test, xml);
    cmdqvTestVerdictOf(test, topology);
}


static void
cmdqvTestUse(GHashTable *files, const cmdqvTestCase *test, const char *suffix)
{
    g_autofree char *name = g_strconcat(test->name, suffix, NULL);

    (void)g_hash_table_remove(files, name);
}


static void
cmdqvTestLeftovers(gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GHashTable) files = cmdqvTestListFolder(DATA);
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        cmdqvTestUse(files, &cases[i], ".xml");
        if (cmdqvTestHasArgs(&cases[i]))
            cmdqvTestUse(files, &cases[i], ".args");
        if (cases[i].verdict == SOUND)
            cmdqvTestUse(files, &cases[i], ".keyval.args");
        if (cmdqvTestHasErr(&cases[i]))
            cmdqvTestUse(files, &cases[i], ".err");
    }
    cmdqvTestAssertNoLeftovers(files);
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/qemuxml2argv/", cases[i].name, NULL);

        g_test_add_data_func(path, &cases[i], cmdqvTestRun);
    }
    g_test_add_data_func("/qemuxml2argv/leftovers", NULL, cmdqvTestLeftovers);
    return g_test_run();
}
