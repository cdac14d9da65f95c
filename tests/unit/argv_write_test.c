/*
 * argv_write_test.c: domain XML and libvirt's command line for it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Of each case, qemuxml2argvdata/ holds NAME.xml as a client would write it,
 * NAME.args as libvirt 12.8 makes it of that (tests/goldens), NAME.err with our
 * words where we refuse the domain, and NAME.warn with those that only warn.
 * Both texts have to give the same model.  Where an address that NAME.xml leaves
 * out ends, and what arguments of its own come to, is taken from NAME.args, as
 * the daemon takes it from libvirt.  What we write for a domain with an SMMU on
 * a bus has to be in NAME.args, token by token and in that order, and nothing
 * of that part may be missing; NAME.keyval.args has it in keyval form.
 *
 * Names say what a case is about that the others shall not be burdened with:
 * host-* is judged on the lab's host (tests/lab/fakehost.sh), hugepages* with
 * the rule about memory, *needs-kvm* and *without-kvm* with that about KVM.
 */

#include <string.h>

#include "testutils.h"
#include "conf/topology_defaults.h"
#include "conf/domain_xml.h"
#include "qemu/argv_read.h"
#include "policy/definition.h"
#include "policy/start_check.h"
#include "policy/rule_table.h"
#include "qemu/argv_write.h"

#define DATA "qemuxml2argvdata"

typedef enum {
    SOUND,
    WARNED,     /* sound, and something is said */
    REFUSED,
    AT_START,   /* nothing is said; libvirt makes a command line of it only on a host with that SCSI target */
    NO_LAB,     /* refused by us, and the same */
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
    { "accel-off", NO_ARGS },
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

    { "accel-without-pcibus", REFUSED },
    { "pcibus-negative", REFUSED },
    { "attribute-ssidsize-in-capitals", REFUSED },
    { "attribute-identifier", REFUSED },
    { "attribute-pasid", REFUSED },
    { "attribute-tegra241-cmdqv", REFUSED },
    { "attribute-on-iommu", REFUSED },
    { "ssidsize-largest", SOUND },
    { "ssidsize-too-large", REFUSED },
    { "ssidsize-too-large-no-hostdev", REFUSED },
    { "oas-44", SOUND },
    { "oas-48", SOUND },
    { "oas-45", REFUSED },
    { "oas-52-no-hostdev", REFUSED },
    { "ats-without-accel", NO_ARGS },
    { "ril-without-accel", NO_ARGS },
    { "ssidsize-without-accel", NO_ARGS },
    { "oas-without-accel", NO_ARGS },
    { "accel-no-hostdev", REFUSED },
    { "accel-no-hostdev-three-given", REFUSED },
    { "accel-hostdev-other-root", REFUSED },
    { "machine-11.1-no-hostdev", REFUSED },
    { "machine-11.0-no-hostdev", SOUND },
    { "machine-11.0-cmdqv-no-hostdev", REFUSED },
    { "machine-10.2-cmdqv", SOUND },
    { "machine-not-given", SOUND },
    { "acpi-absent", REFUSED },
    { "acpi-absent-plain-smmu", SOUND },
    { "firmware-and-acpi-absent", REFUSED },
    { "firmware-and-acpi-absent-plain-smmu", SOUND },
    { "accel-needs-kvm", REFUSED },
    { "accel-without-kvm-all-properties", REFUSED },
    { "plain-smmu-without-kvm", SOUND },
    { "plain-smmu-hostdev", REFUSED },
    { "plain-smmu-hostdev-iommufd", REFUSED },
    { "plain-smmu-interface", REFUSED },
    { "plain-smmu-hostdev-elsewhere", SOUND },
    { "plain-smmu-emulated", SOUND },
    { "plain-and-cmdqv-hostdevs-behind-both", REFUSED },
    { "machine-wide-hostdev-on-expander", REFUSED },
    { "machine-wide-and-cmdqv", REFUSED },
    { "second-hostdev-not-iommufd", REFUSED },
    { "cmdqv-off-hostdev-not-iommufd", REFUSED },
    { "hostdev-not-iommufd-elsewhere", SOUND },
    { "disk-behind", REFUSED },
    { "rng-behind", REFUSED },
    { "video-behind", REFUSED },
    { "usb-controller-behind", REFUSED },
    { "balloon-behind", REFUSED },
    { "balloon-elsewhere", SOUND },
    { "mdev-elsewhere", SOUND },
    { "teaming-persistent-behind", REFUSED },
    { "teaming-only-all-properties", REFUSED },
    { "interface-other-root", REFUSED },
    { "interface-all-properties", SOUND },
    { "pcie-root-emulated", REFUSED },
    { "pcie-root-emulated-on-expander", SOUND },
    { "pcie-root-two-hostdevs", SOUND },
    { "pcie-root-no-hostdev", REFUSED },
    { "expander-unused", SOUND },
    { "expander-on-itself", NOT_OURS },
    { "port-without-hotplug", SOUND },
    { "switch-two-hostdevs", SOUND },
    { "switch-emulated", REFUSED },
    { "switch-other-root", REFUSED },
    { "switch-below-switch", SOUND },
    { "bridge-emulated", REFUSED },
    { "multifunction-second-not-iommufd", REFUSED },
    { "multifunction-emulated", REFUSED },
    { "three-vsmmus", SOUND },
    { "eight-vsmmus-one-empty", REFUSED },
    { "eight-vsmmus-all-properties", SOUND },
    { "two-vsmmus-hostdevs-behind-first", REFUSED },
    { "accel-twice-one-without-hostdev", REFUSED },
    { "placed-hostdev-behind", SOUND },
    { "placed-hostdev-elsewhere", REFUSED },
    { "placed-emulated-behind", REFUSED },
    { "placed-emulated-elsewhere", SOUND },
    { "placed-scsi-controller-behind", REFUSED },
    { "placed-video-behind", REFUSED },
    { "placed-channel-controller-behind", REFUSED },
    { "placed-balloon", SOUND },
    { "placed-on-pcie-root", REFUSED },
    { "placed-nvme-controller-behind", REFUSED },
    { "placed-pstore-behind", REFUSED },
    { "placed-beside-hostdev-on-bridge", REFUSED },
    { "placed-two-behind", REFUSED },
    { "placed-balloon-behind", REFUSED },
    { "placed-stale-aliases", SOUND },
    { "property-numbers-with-signs", SOUND },
    { "property-zero-led-no-hostdev", SOUND },
    { "property-negative", REFUSED },
    { "cmdqv-auto", NO_ARGS },
    { "cmdqv-and-oas-bad", NO_ARGS },
    { "pcibus-name", NO_ARGS },
    { "pcibus-negative-after-blank", REFUSED },
    { "unassigned-only", REFUSED },
    { "unassigned-only-all-properties", REFUSED },
    { "unassigned-beside-hostdev", SOUND },
    { "unassigned-first", SOUND },
    { "vhost-scsi-behind", NO_LAB },
    { "vhost-scsi-elsewhere", AT_START },
    { "firmware-efi", SOUND },
    { "loader-of-no-file", NO_ARGS },
    { "placed-e1000-behind", REFUSED },
    { "placed-e1000-on-bridge-elsewhere", SOUND },
    { "bad-index", NO_ARGS },
    { "bad-index-of-port", NO_ARGS },
    { "bad-address", NO_ARGS },
    { "bad-address-of-port", NO_ARGS },
    { "bad-address-on-host", NO_ARGS },
    { "bad-address-of-emulated", NO_ARGS },
    { "bad-iommufd", NO_ARGS },
    { "bad-iommufd-domain-wide", NO_ARGS },
    { "bad-iommufd-with-arguments", NO_ARGS },
    { "bad-mac", NO_ARGS },
    { "bad-values", NO_ARGS },
    { "bad-value-no-smmu", NO_ARGS },
    { "parts-twice", SOUND },
    { "index-not-there", REFUSED },
    { "plain-smmu-mdev", REFUSED },
    { "virtio-iommu-before", REFUSED },
    { "virtio-iommu-behind-it", SOUND },
    { "virtio-iommu-machine-wide", REFUSED },
    { "hostdevs-first", SOUND },
    { "addresses-octal", SOUND },
    { "arguments-bypass-iommu", REFUSED },
    { "arguments-stage-nested", REFUSED },
    { "arguments-two-iommufds", REFUSED },
    { "arguments-only-migratable", REFUSED },
    { "arguments-that-change-nothing", SOUND },
    { "arguments-smmu-before-its-bus", REFUSED },
    { "arguments-hostdev-before-its-bus", REFUSED },
    { "arguments-hostdev-after-its-bus", SOUND },
    { "host-two-smmus-behind-one", REFUSED },
    { "host-two-smmus-behind-two", SOUND },
    { "host-smmu-behind-two", WARNED },
    { "host-smmu-behind-one", SOUND },
    { "host-smmu-without-cmdqv", REFUSED },
    { "host-smmu-without-cmdqv-not-asked-for", SOUND },
    { "hugepages-absent", WARNED },
    { "hugepages-absent-cmdqv-off", SOUND },
    { "hugepages", SOUND },
    { "network-behind", REFUSED },
    { "network-beside-hostdev", SOUND },
    { "network-unplaced", REFUSED },
    { "network-elsewhere", REFUSED },
    { "network-behind-plain-smmu", REFUSED },
    { "network-beside-plain-smmu", SOUND },
    { "kubevirt-one-gpu", SOUND },
    { "kubevirt-four-gpus", SOUND },
    { "kubevirt-no-gpu", REFUSED },
    { "kubevirt-ssidsize", REFUSED },
    { "nova-hostdev", SOUND },
    { "nova-viommu", NOT_OURS },
    { "nova-viommu-hostdev", NOT_OURS },
    { "virt-install", SOUND },
    { "virt-install-not-iommufd", REFUSED },
    { "opennebula", SOUND },
    { "opennebula-two-gpus", SOUND },
    { "opennebula-no-gpu", REFUSED },
};


static bool
cmdqvTestHasArgs(const cmdqvTestCase *test)
{
    return test->verdict == SOUND || test->verdict == WARNED || test->verdict == REFUSED;
}


static bool
cmdqvTestHasErr(const cmdqvTestCase *test)
{
    return test->verdict == REFUSED || test->verdict == NO_LAB || test->verdict == NO_ARGS;
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


/* The command lines come from a machine without KVM for arm64; memory is not what most cases are about. */
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


static void
cmdqvTestSaid(const cmdqvTestCase *test, const char *suffix, bool expected, const char *said)
{
    g_autofree char *path = cmdqvTestDataPath(DATA, test->name, suffix);

    if (expected)
        cmdqvTestAssertGolden(path, said);
    else
        g_assert_cmpstr(said, ==, "");
}


static void
cmdqvTestVerdictOf(const cmdqvTestCase *test, const cmdqvDefinition *definition)
{
    g_autofree char *summary = cmdqvRulesSummarize(definition->name, definition->findings);
    g_autofree char *line = summary ? g_strconcat(summary, "\n", NULL) : g_strdup("");
    g_autoptr(GString) warnings = g_string_new(NULL);
    guint i;

    for (i = 0; i < definition->findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(definition->findings, i);

        if (finding->level == CMDQV_RULE_WARNING)
            g_string_append_printf(warnings, "domain '%s': %s\n", definition->name, finding->message);
    }
    cmdqvTestSaid(test, ".err", cmdqvTestHasErr(test), line);
    cmdqvTestSaid(test, ".warn", test->verdict == WARNED, warnings->str);
}


/*
 * Without the emulated devices: where among the others each is created is
 * libvirt's taste, and means nothing.  The network of these cases gives a device
 * of the host, which is created after all the others.
 */
static char *
cmdqvTestDescribe(const cmdqvTopology *topology)
{
    g_autofree char *text = cmdqvTopologyDescribe(topology);
    g_autoptr(GRegex) emulated = g_regex_new("^endpoint emulated .*\n", G_REGEX_MULTILINE, 0, NULL);
    g_autoptr(GRegex) pooled = g_regex_new("^endpoint pooled (.*\n)((?:.*\n)*)", G_REGEX_MULTILINE, 0, NULL);
    g_autofree char *rest = g_regex_replace_literal(emulated, text, -1, 0, "", 0, NULL);

    return g_regex_replace(pooled, rest, -1, 0, "\\2endpoint vfio \\1", 0, NULL);
}


static guint
cmdqvTestCountEmulatedBehind(const cmdqvTopology *topology)
{
    g_autoptr(GPtrArray) findings = cmdqvRulesRun(topology, NULL);
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
    g_auto(cmdqvLost) lost = { NULL, NULL, NULL };
    g_auto(GStrv) json = NULL;
    g_auto(GStrv) keyval = NULL;
    g_autofree char *keyvalText = NULL;

    g_assert_false(cmdqvLostFind(topology, process, &lost));
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


/* NAME.args is of a domain that started; asked before, libvirt is shown what stands in for what a network gives. */
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


/* What the daemon would be told by libvirt. */
static char *
cmdqvTestToNative(const char *xml, gpointer data)
{
    const cmdqvTestCase *test = data;
    g_autofree char *path = cmdqvTestDataPath(DATA, test->name, ".args");
    g_autofree char *args = cmdqvTestHasArgs(test) ? cmdqvTestRead(path) : NULL;

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
    g_assert_cmpstr(definition.name, ==, test->name);
    g_assert_true(cmdqvDomainXMLMayHaveSmmu(xml) || definition.topology->smmus->len == 0);

    /* a domain without an SMMU is not worth a question */
    if (cmdqvTestHasArgs(test) && !definition.topology->passthroughArgs && !definition.topology->unplaced)
        cmdqvTestArgs(test, definition.topology);
    if (test->verdict == SOUND && cmdqvTestIsWhole(xml))
        cmdqvTestWrite(test, xml);
    cmdqvTestVerdictOf(test, &definition);
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
        if (cases[i].verdict == WARNED)
            cmdqvTestUse(files, &cases[i], ".warn");
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
