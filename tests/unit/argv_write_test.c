/*
 * argv_write_test.c: domain XML and libvirt's command line for it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Of each case, qemuxml2argvdata/ holds NAME.xml as a client would write it,
 * NAME.args as libvirt 12.8 makes it of that (tests/goldens), NAME.err with our
 * words if we refuse the domain, and NAME.warn with those that only warn.
 * Both texts have to give the same model.  Addresses that NAME.xml leaves out,
 * and parts that its own arguments add, are taken from NAME.args, as the daemon
 * takes them from libvirt.  Our arguments for a domain with an SMMU on a bus have
 * to be in NAME.args, token by token and in that order, and nothing of that part
 * may be missing; NAME.keyval.args has them in keyval form.
 *
 * Names tell the subject of a case if it shall not burden the others: host-* is
 * judged on the lab's host (tests/lab/fakehost.sh), hugepages* with the rule about
 * memory, *needs-kvm* and *without-kvm* with that about KVM.
 */

#include <string.h>

#include "test_topology.h"
#include "testutils.h"
#include "conf/domain_xml.h"
#include "conf/topology_defaults.h"
#include "policy/definition.h"
#include "policy/rule_table.h"
#include "policy/start_check.h"
#include "qemu/argv_read.h"
#include "qemu/argv_write.h"

#define DATA "qemuxml2argvdata"

/* Of these libvirt makes no command line, and we have nothing to say about them: it refuses them, or only starts them. */
static const char *const withoutArgs[] = { "expander-on-itself", "nova-viommu", "nova-viommu-hostdev", "vhost-scsi-elsewhere", NULL };

/** A case is NAME.xml; the files beside it are the expected results. */
typedef struct {
    char *name;
    bool hasArgs;
    bool isRefused;
    bool isWarned;
} cmdqvTestCase;


static void
cmdqvTestCaseFree(gpointer data)
{
    cmdqvTestCase *test = data;

    g_free(test->name);
    g_free(test);
}


static bool
cmdqvTestIsSound(const cmdqvTestCase *test)
{
    return test->hasArgs && !test->isRefused && !test->isWarned;
}


static bool
cmdqvTestHasFile(GHashTable *files, const char *name, const char *suffix)
{
    g_autofree char *file = g_strconcat(name, suffix, NULL);

    return g_hash_table_contains(files, file);
}


static GPtrArray *
cmdqvTestFindCases(void)
{
    g_autoptr(GHashTable) files = cmdqvTestListFolder(DATA);
    g_autoptr(GPtrArray) names = cmdqvTestFindNames(DATA, ".xml");
    GPtrArray *cases = g_ptr_array_new_with_free_func(cmdqvTestCaseFree);
    guint i;

    for (i = 0; i < names->len; i++) {
        cmdqvTestCase *test = g_new0(cmdqvTestCase, 1);

        test->name = g_strdup(g_ptr_array_index(names, i));
        test->hasArgs = cmdqvTestHasFile(files, test->name, ".args");
        test->isRefused = cmdqvTestHasFile(files, test->name, ".err");
        test->isWarned = cmdqvTestHasFile(files, test->name, ".warn");
        g_ptr_array_add(cases, test);
    }
    return cases;
}


/* Its SMMUs that have none. */
static const char *const withoutCmdqv[] = { "smmu3.0x0000000005000000", NULL };


/* The host that the addresses are of. */
static char *
cmdqvTestHostSmmu(const char *device, gpointer data G_GNUC_UNUSED)
{
    if (g_str_has_prefix(device, "0009:"))
        return g_strdup("smmu3.0x0000000016000000");
    if (g_str_has_prefix(device, "0000:c1:"))
        return g_strdup(withoutCmdqv[0]);
    return g_str_has_prefix(device, "0010:") ? g_strdup("smmu3.0x0000000012000000") : NULL;
}


/* The lab's (tests/lab/vfs.xml). */
static bool
cmdqvTestNetwork(const char *name, gpointer data G_GNUC_UNUSED)
{
    return strcmp(name, "vfs") == 0;
}


/* The command lines are of a machine without KVM for arm64; most cases are not about memory. */
static GHashTable *
cmdqvTestLevels(const char *name)
{
    GHashTable *levels = g_hash_table_new(g_str_hash, g_str_equal);

    if (!strstr(name, "needs-kvm") && !strstr(name, "without-kvm"))
        (void)g_hash_table_insert(levels, (gpointer)"accel-needs-kvm", GINT_TO_POINTER(CMDQV_RULE_OFF));
    if (!g_str_has_prefix(name, "hugepages"))
        (void)g_hash_table_insert(levels, (gpointer)"queues-want-hugepages", GINT_TO_POINTER(CMDQV_RULE_OFF));
    return levels;
}


/* @present: there is such a file. */
static void
cmdqvTestSaid(const cmdqvTestCase *test, const char *suffix, bool present, const char *said)
{
    g_autofree char *path = cmdqvTestDataPath(DATA, test->name, suffix);

    if (*said && !present)
        g_test_message("'%s': a rule says now: %s", test->name, said);
    if (*said)
        cmdqvTestAssertGolden(path, said);
    else if (present)
        cmdqvTestRemoveGolden(path);
}


static void
cmdqvTestVerdictOf(const cmdqvTestCase *test, const cmdqvDefinition *definition)
{
    g_autoptr(cmdqvVerdict) verdict = cmdqvDefinitionVerdict(definition, NULL);
    g_autofree char *summary = verdict ? cmdqvVerdictFormat(verdict) : NULL;
    g_autofree char *line = summary ? g_strconcat(summary, "\n", NULL) : g_strdup("");
    g_autoptr(GString) warnings = g_string_new(NULL);
    guint i;

    for (i = 0; i < definition->findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(definition->findings, i);

        if (finding->level == CMDQV_RULE_WARNING)
            g_string_append_printf(warnings, "domain '%s': %s\n", definition->name, finding->message);
    }
    cmdqvTestSaid(test, ".err", test->isRefused, line);
    cmdqvTestSaid(test, ".warn", test->isWarned, warnings->str);
}


/*
 * Without the emulated devices: libvirt decides the place of each among the others
 * in the order of creation, and that has no effect.  The network of these cases
 * gives a host device, which is created after all the others.
 */
static char *
cmdqvTestDescribe(const cmdqvTopology *topology)
{
    g_autofree char *text = cmdqvTestDescribeTopology(topology);
    g_autoptr(GRegex) emulated = g_regex_new("^endpoint emulated .*\n", G_REGEX_MULTILINE, 0, NULL);
    g_autoptr(GRegex) pooled = g_regex_new("^endpoint pooled (.*\n)((?:.*\n)*)", G_REGEX_MULTILINE, 0, NULL);
    g_autofree char *rest = g_regex_replace_literal(emulated, text, -1, 0, "", 0, NULL);

    return g_regex_replace(pooled, rest, -1, 0, "\\2endpoint vfio \\1", 0, NULL);
}


static guint
cmdqvTestCountEmulatedBehind(const cmdqvTopology *topology)
{
    g_autoptr(GPtrArray) findings = cmdqvRuleTableRun(topology, NULL, NULL);
    guint count = 0;
    guint i;

    for (i = 0; i < findings->len; i++)
        count += strcmp(((const cmdqvFinding *)g_ptr_array_index(findings, i))->rule->identifier, "accel-endpoint-emulated") == 0;
    return count;
}


static void
cmdqvTestArgs(const cmdqvTestCase *test, const cmdqvTopology *topology)
{
    g_autofree char *path = cmdqvTestDataPath(DATA, test->name, ".args");
    g_auto(GStrv) argv = cmdqvTestReadArgs(path);
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) process = cmdqvArgvRead((const char *const *)argv, &error);
    g_autofree char *fromXML = cmdqvTestDescribe(topology);
    g_autofree char *fromArgs = NULL;

    g_assert_no_error(error);
    if (!process)
        return;
    fromArgs = cmdqvTestDescribe(process);
    g_assert_cmpstr(fromArgs, ==, fromXML);
    g_assert_cmpuint(cmdqvTestCountEmulatedBehind(process), ==, cmdqvTestCountEmulatedBehind(topology));
    g_assert_cmpstr(process->uuid, ==, topology->uuid);
}


/* Of a description, the SMMUs on a bus and the host's devices behind them. */
static char *
cmdqvTestDescribePart(const cmdqvTopology *topology)
{
    g_autofree char *text = cmdqvTestDescribeTopology(topology);
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


/* libvirt passes a file that it has opened by descriptor; we name it. */
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


/* In each form, it reads back as libvirt's command line. */
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
    g_auto(cmdqvStartCheckLost) lost = { NULL, NULL, NULL };
    g_auto(GStrv) json = NULL;
    g_auto(GStrv) keyval = NULL;
    g_autofree char *keyvalText = NULL;

    g_assert_false(cmdqvStartCheckFind(topology, process, &lost));
    cmdqvTopologyDefaultsFill(topology);
    arguments = cmdqvArgvWriteArguments(topology, &cmdqvEmulatorCapsUpstream, &error);
    g_assert_no_error(error);
    if (!arguments)
        return;

    json = cmdqvArgvWriteFormat(arguments, CMDQV_ARGV_WRITE_FORM_JSON);
    keyval = cmdqvArgvWriteFormat(arguments, CMDQV_ARGV_WRITE_FORM_KEYVAL);
    keyvalText = cmdqvTestFormatKeyval(keyval);
    cmdqvTestFindInArgs(json, args);
    cmdqvTestReadBack(json, expected);
    cmdqvTestReadBack(keyval, expected);
    if (arguments->len > 0)
        cmdqvTestAssertGolden(keyvalPath, keyvalText);
    else
        g_assert_false(g_file_test(keyvalPath, G_FILE_TEST_EXISTS));
}


/* Without the help of libvirt and its networks: whether all is in its own text. */
static bool
cmdqvTestIsWhole(const char *xml)
{
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(xml, strlen(xml), NULL);
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        if (g_array_index(topology->endpoints, cmdqvEndpoint, i).kind == CMDQV_ENDPOINT_POOLED)
            return false;
    }
    return !topology->passthroughArgs && !topology->unplaced && !topology->unplacedEmulated;
}


/* NAME.args is of a domain that started; a domain for domxml-to-native has a filesystem in place of the network's device. */
static char *
cmdqvTestStandIn(const char *xml, const char *args)
{
    g_autoptr(GRegex) given = g_regex_new("\"vfio-pci\",\"host\":\"[^\"]*\",\"id\":\"[^\"]*\"", 0, 0, NULL);
    g_autoptr(GRegex) standIn = g_regex_new("<filesystem .*?<alias name=\"([^\"]*)\"", G_REGEX_DOTALL, 0, NULL);
    g_autoptr(GMatchInfo) found = NULL;
    g_autofree char *alias = g_regex_match(standIn, xml, 0, &found) ? g_match_info_fetch(found, 1) : NULL;
    g_autofree char *device = g_strdup_printf("\"virtio-9p-pci\",\"id\":\"%s\"", alias);

    return g_regex_replace_literal(given, args, -1, 0, alias ? device : "", 0, NULL);
}


/* The answer that libvirt would give the daemon. */
static char *
cmdqvTestToNative(const char *xml, gpointer data)
{
    const cmdqvTestCase *test = data;
    g_autofree char *path = cmdqvTestDataPath(DATA, test->name, ".args");
    g_autofree char *args = test->hasArgs ? cmdqvTestRead(path) : NULL;

    if (args && g_str_has_prefix(test->name, "network-"))
        return cmdqvTestStandIn(xml, args);
    return g_steal_pointer(&args);
}


static void
cmdqvTestRun(gconstpointer data)
{
    const cmdqvTestCase *test = data;
    g_autofree char *path = cmdqvTestDataPath(DATA, test->name, ".xml");
    g_autofree char *xml = cmdqvTestRead(path);
    g_autoptr(GHashTable) levels = cmdqvTestLevels(test->name);
    const bool onHost = g_str_has_prefix(test->name, "host-");
    const cmdqvRuleContext context = {
        .levels = levels, .network = cmdqvTestNetwork, .hostSmmu = onHost ? cmdqvTestHostSmmu : NULL,
        .withoutCmdqv = onHost ? withoutCmdqv : NULL
    };
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_autoptr(GError) error = NULL;

    (void)cmdqvDefinitionJudge(xml, strlen(xml), cmdqvTestToNative, (gpointer)test, &context, &definition, &error);
    g_assert_no_error(error);
    if (!definition.findings)
        return;
    if (!definition.topology->uuid)
        cmdqvTestFail("'%s' has no <uuid>: give it one, or each command line will be another", path);
    if (g_strcmp0(definition.name, test->name) != 0)
        cmdqvTestFail("'%s': its <name> is '%s': write '%s'", path, definition.name, test->name);
    g_assert_true(cmdqvDomainXMLMayHaveSmmu(xml) || definition.topology->smmus->len == 0);

    /* a domain without an SMMU is not worth a question */
    if (test->hasArgs && !definition.topology->passthroughArgs && !definition.topology->unplaced)
        cmdqvTestArgs(test, definition.topology);
    if (cmdqvTestIsSound(test) && definition.findings->len == 0 && cmdqvTestIsWhole(xml))
        cmdqvTestWrite(test, xml);
    cmdqvTestVerdictOf(test, &definition);
    if (!test->hasArgs && !test->isRefused && !g_strv_contains(withoutArgs, test->name))
        cmdqvTestFail("'%s/%s.args' is not there: make it with tests/goldens %s; if libvirt makes none, add the case to withoutArgs "
                      "in argv_write_test.c", DATA, test->name, test->name);
}


/* tests/oracle has all cases in one daemon. */
static void
cmdqvTestUUIDs(gconstpointer data)
{
    const GPtrArray *cases = data;
    g_autoptr(GRegex) uuid = g_regex_new("<uuid>(.*?)</uuid>", 0, 0, NULL);
    g_autoptr(GHashTable) owners = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint i;

    for (i = 0; i < cases->len; i++) {
        const cmdqvTestCase *test = g_ptr_array_index(cases, i);
        g_autofree char *path = cmdqvTestDataPath(DATA, test->name, ".xml");
        g_autofree char *xml = cmdqvTestRead(path);
        g_autoptr(GMatchInfo) found = NULL;
        g_autofree char *own = g_regex_match(uuid, xml, 0, &found) ? g_match_info_fetch(found, 1) : g_strdup("none");
        const char *other = g_hash_table_lookup(owners, own);

        if (other)
            cmdqvTestFail("'%s' has the <uuid> of '%s.xml': give it one of its own, as uuidgen prints them", path, other);
        (void)g_hash_table_insert(owners, g_steal_pointer(&own), test->name);
    }
}


/* Files that belong to no case, or are not looked at. */
static void
cmdqvTestLeftovers(gconstpointer data)
{
    static const char *const suffixes[] = { ".xml", ".args", ".err", ".warn" };
    const GPtrArray *cases = data;
    g_autoptr(GHashTable) files = cmdqvTestListFolder(DATA);
    guint i;
    guint j;

    for (i = 0; i < cases->len; i++) {
        const cmdqvTestCase *test = g_ptr_array_index(cases, i);
        g_autofree char *keyval = g_strconcat(test->name, ".keyval.args", NULL);
        const bool isValid = cmdqvTestHasFile(files, test->name, ".args") && !cmdqvTestHasFile(files, test->name, ".err") &&
            !cmdqvTestHasFile(files, test->name, ".warn");

        for (j = 0; j < G_N_ELEMENTS(suffixes); j++) {
            g_autofree char *file = g_strconcat(test->name, suffixes[j], NULL);

            (void)g_hash_table_remove(files, file);
        }
        /* only a case without findings has this one */
        if (g_hash_table_remove(files, keyval) && !isValid) {
            g_autofree char *path = cmdqvTestDataPath(DATA, keyval, "");

            cmdqvTestRemoveGolden(path);
        }
    }
    cmdqvTestAssertNoLeftovers(files, "domain (.xml)");
}


int
main(int argc, char **argv)
{
    g_autoptr(GPtrArray) cases = NULL;
    guint i;

    cmdqvTestInit(&argc, &argv);
    cases = cmdqvTestFindCases();
    for (i = 0; i < cases->len; i++) {
        cmdqvTestCase *test = g_ptr_array_index(cases, i);
        g_autofree char *path = g_strconcat("/qemuxml2argv/", test->name, NULL);

        g_test_add_data_func(path, test, cmdqvTestRun);
    }
    g_test_add_data_func("/qemuxml2argv/uuids", cases, cmdqvTestUUIDs);
    g_test_add_data_func("/qemuxml2argv/leftovers", cases, cmdqvTestLeftovers);
    return g_test_run();
}
