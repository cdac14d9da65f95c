/*
 * log_test.c: the entries that the journal gets, field by field
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "testutils.h"
#include "util/log.h"

/* Every field of an entry, NAME=value. */
static GString *entries;
static guint count;
static GLogLevelFlags levels;


static GLogWriterOutput
cmdqvTestWriter(GLogLevelFlags level, const GLogField *fields, gsize n, gpointer data G_GNUC_UNUSED)
{
    gsize i;

    /* its place in the source is the compiler's business */
    for (i = 0; i < n; i++) {
        g_autofree char *value = fields[i].length < 0 ? g_strdup(fields[i].value)
                                                      : g_strndup(fields[i].value, (gsize)fields[i].length);

        if (!g_str_has_prefix(fields[i].key, "CODE_"))
            g_string_append_printf(entries, "%s=%s\n", fields[i].key, value);
    }
    levels |= level;
    count++;
    return G_LOG_WRITER_HANDLED;
}


static int
cmdqvTestCompare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}


/* Their order is GLib's business. */
static char *
cmdqvTestSort(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    qsort(lines, g_strv_length(lines), sizeof(*lines), cmdqvTestCompare);
    return g_strjoinv("\n", lines);
}


static void
cmdqvTestEntry(const char *expected)
{
    g_autofree char *actual = cmdqvTestSort(entries->str);
    g_autofree char *sorted = cmdqvTestSort(expected);

    g_assert_cmpuint(count, ==, 1);
    g_assert_cmpint(levels, ==, G_LOG_LEVEL_MESSAGE);
    g_assert_cmpstr(actual, ==, sorted);
    g_string_truncate(entries, 0);
    count = 0;
    levels = 0;
}


static void
cmdqvTestRefusal(void)
{
    const cmdqvLogEntry refusal = {
        "virDomainDetachDeviceFlags", "g1", "c7a5fdbd-edaf-9455-926a-d65c16db1809", "vSMMU 'iommu0' on bus 'pci.1'",
        "'hostdev0' (host 0009:01:00.0)", "keep-anchor", "user 0, process 1", "cannot: 100%s %n", "training", "gpu.large"
    };

    g_assert_cmpuint(cmdqvLogRefusalCount(), ==, 0);
    cmdqvLogRefusal(&refusal);
    g_assert_cmpuint(cmdqvLogRefusalCount(), ==, 1);
    cmdqvTestEntry("PRIORITY=5\nGLIB_DOMAIN=libvirt-cmdqv\n"
                   "CMDQV_CALL=virDomainDetachDeviceFlags\nCMDQV_DOMAIN=g1\nCMDQV_UUID=c7a5fdbd-edaf-9455-926a-d65c16db1809\n"
                   "CMDQV_VSMMU=vSMMU 'iommu0' on bus 'pci.1'\nCMDQV_DEVICE='hostdev0' (host 0009:01:00.0)\n"
                   "CMDQV_RULE=keep-anchor\nCMDQV_CLIENT=user 0, process 1\nCMDQV_INSTANCE=training\nCMDQV_FLAVOR=gpu.large\n"
                   "MESSAGE=refused virDomainDetachDeviceFlags (domain 'g1', uuid c7a5fdbd-edaf-9455-926a-d65c16db1809, rule "
                   "keep-anchor, client user 0, process 1): cannot: 100%s %n\n");
}


static void
cmdqvTestNothingKnown(void)
{
    const cmdqvLogEntry refusal = { .what = NULL };

    cmdqvLogRefusal(&refusal);
    cmdqvTestEntry("PRIORITY=5\nGLIB_DOMAIN=libvirt-cmdqv\nCMDQV_CALL=\nCMDQV_DOMAIN=\nCMDQV_UUID=\nCMDQV_VSMMU=\n"
                   "CMDQV_DEVICE=\nCMDQV_RULE=\nCMDQV_CLIENT=\n"
                   "MESSAGE=refused  (domain '', uuid , rule , client unknown): \n");
}


static void
cmdqvTestFailure(void)
{
    cmdqvLogFailure("domain '%s': %d%%", "g%s1", 7);
    cmdqvTestEntry("PRIORITY=5\nGLIB_DOMAIN=libvirt-cmdqv\nMESSAGE=domain 'g%s1': 7%\n");
}


static void
cmdqvTestLoss(void)
{
    const cmdqvLogEntry loss = {
        "lost", "g1", "c7a5fdbd-edaf-9455-926a-d65c16db1809", "iommu0", "hostdev0, hostdev1", "r", NULL, "domain 'g1': 100%s", "training",
        "gpu.large"
    };
    const cmdqvLogEntry nothing = { .what = "lost" };

    cmdqvLogWarning(&loss);
    cmdqvTestEntry("PRIORITY=4\nGLIB_DOMAIN=libvirt-cmdqv\nCMDQV_EVENT=lost\nCMDQV_DOMAIN=g1\n"
                   "CMDQV_UUID=c7a5fdbd-edaf-9455-926a-d65c16db1809\nCMDQV_VSMMU=iommu0\nCMDQV_DEVICE=hostdev0, hostdev1\n"
                   "CMDQV_RULE=r\nCMDQV_INSTANCE=training\nCMDQV_FLAVOR=gpu.large\n"
                   "MESSAGE=domain 'g1': 100%s\n");
    cmdqvLogWarning(&nothing);
    cmdqvTestEntry("PRIORITY=4\nGLIB_DOMAIN=libvirt-cmdqv\nCMDQV_EVENT=lost\nCMDQV_DOMAIN=\nCMDQV_UUID=\nCMDQV_VSMMU=\n"
                   "CMDQV_DEVICE=\nMESSAGE=\n");       /* the name of an instance only with a rule */
}


/* However GLib is set, it does not end the process. */
static void
cmdqvTestNotFatal(void)
{
    const cmdqvLogEntry loss = { .what = "lost", .message = "x" };
    GLogLevelFlags old = g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);

    cmdqvLogWarning(&loss);
    cmdqvTestEntry("PRIORITY=4\nGLIB_DOMAIN=libvirt-cmdqv\nCMDQV_EVENT=lost\nCMDQV_DOMAIN=\nCMDQV_UUID=\nCMDQV_VSMMU=\n"
                   "CMDQV_DEVICE=\nMESSAGE=x\n");

    cmdqvLogFailure("x");
    cmdqvTestEntry("PRIORITY=5\nGLIB_DOMAIN=libvirt-cmdqv\nMESSAGE=x\n");
    (void)g_log_set_always_fatal(old);
}


/* The text that one of each leaves on standard error. */
static char *
cmdqvTestSayOneOfEach(void)
{
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "cmdqv-log-XXXXXX", NULL);
    char *text = NULL;
    int file = g_mkstemp(path);
    int old = dup(STDERR_FILENO);

    g_assert_cmpint(dup2(file, STDERR_FILENO), ==, STDERR_FILENO);
    cmdqvLogRefusal(&(cmdqvLogEntry){ .what = "virDomainDetachDevice", .domain = "g1", .message = "cannot: it\nanchors" });
    cmdqvLogWarning(&(cmdqvLogEntry){ .what = "lost", .message = "lost" });
    cmdqvLogFailure("domain '%s'", "g1");
    g_assert_cmpint(dup2(old, STDERR_FILENO), ==, STDERR_FILENO);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_unlink(path);
    close(file);
    close(old);
    return text;
}


/* Beside libvirt's log, if there is no journal: TIME: THREAD: LEVEL : FUNCTION:LINE : MESSAGE, as virt-launcher takes it apart. */
static void
cmdqvTestBesideLibvirt(void)
{
    static const char *const messages[] = {
        "refused virDomainDetachDevice (domain 'g1', uuid , rule , client unknown): cannot: it anchors", "lost", "domain 'g1'"
    };
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    gsize i;

    cmdqvLogToLibvirt();
    text = cmdqvTestSayOneOfEach();
    g_assert_cmpuint(count, ==, 0);
    lines = g_strsplit(text, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, G_N_ELEMENTS(messages) + 1);
    for (i = 0; i < G_N_ELEMENTS(messages); i++) {
        g_auto(GStrv) parts = g_strsplit(lines[i], ": ", 5);

        g_assert_cmpuint(g_strv_length(parts), ==, 5);
        g_assert_true(g_regex_match_simple("^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}\\.[0-9]{3}\\+0000$", parts[0], 0, 0));
        g_assert_true(g_regex_match_simple("^[0-9]+$", parts[1], 0, 0));
        g_assert_cmpstr(parts[2], ==, "warning ");
        g_assert_cmpstr(parts[3], ==, "libvirt-cmdqv:0 ");
        g_assert_cmpstr(parts[4], ==, messages[i]);
    }
}


int
main(int argc, char **argv)
{
    int status;

    cmdqvTestInit(&argc, &argv);
    entries = g_string_new(NULL);
    g_log_set_writer_func(cmdqvTestWriter, NULL, NULL);
    g_test_add_func("/log/refusal", cmdqvTestRefusal);
    g_test_add_func("/log/nothing-known", cmdqvTestNothingKnown);
    g_test_add_func("/log/failure", cmdqvTestFailure);
    g_test_add_func("/log/loss", cmdqvTestLoss);
    g_test_add_func("/log/not-fatal", cmdqvTestNotFatal);
    /* the last: it stays so */
    g_test_add_func("/log/beside-libvirt", cmdqvTestBesideLibvirt);
    status = g_test_run();
    g_string_free(entries, TRUE);
    return status;
}
