/*
 * log_test.c: what goes to the journal, field by field
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

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

    /* where in the source it was written is the compiler's business */
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


/* In which order they come is GLib's business. */
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
    const cmdqvRefusal refusal = {
        "virDomainDetachDeviceFlags", "g1", "c7a5fdbd-edaf-9455-926a-d65c16db1809", "vSMMU 'iommu0' on bus 'pci.1'",
        "'hostdev0' (host 0009:01:00.0)", "keep-anchor", "user 0, process 1", "cannot: 100%s %n"
    };

    cmdqvLogRefusal(&refusal);
    cmdqvTestEntry("PRIORITY=5\nGLIB_DOMAIN=libvirt-cmdqv\n"
                   "CMDQV_CALL=virDomainDetachDeviceFlags\nCMDQV_DOMAIN=g1\nCMDQV_UUID=c7a5fdbd-edaf-9455-926a-d65c16db1809\n"
                   "CMDQV_VSMMU=vSMMU 'iommu0' on bus 'pci.1'\nCMDQV_DEVICE='hostdev0' (host 0009:01:00.0)\n"
                   "CMDQV_RULE=keep-anchor\nCMDQV_CLIENT=user 0, process 1\n"
                   "MESSAGE=refused virDomainDetachDeviceFlags (domain 'g1', uuid c7a5fdbd-edaf-9455-926a-d65c16db1809, rule "
                   "keep-anchor, client user 0, process 1): cannot: 100%s %n\n");
}


static void
cmdqvTestNothingKnown(void)
{
    const cmdqvRefusal refusal = { NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL };

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
    const cmdqvLoss loss = { "g1", "c7a5fdbd-edaf-9455-926a-d65c16db1809", "iommu0", "hostdev0, hostdev1", "domain 'g1': 100%s" };
    const cmdqvLoss nothing = { NULL, NULL, NULL, NULL, NULL };

    cmdqvLogLoss(&loss);
    cmdqvTestEntry("PRIORITY=4\nGLIB_DOMAIN=libvirt-cmdqv\nCMDQV_EVENT=lost\nCMDQV_DOMAIN=g1\n"
                   "CMDQV_UUID=c7a5fdbd-edaf-9455-926a-d65c16db1809\nCMDQV_VSMMU=iommu0\nCMDQV_DEVICE=hostdev0, hostdev1\n"
                   "MESSAGE=domain 'g1': 100%s\n");
    cmdqvLogLoss(&nothing);
    cmdqvTestEntry("PRIORITY=4\nGLIB_DOMAIN=libvirt-cmdqv\nCMDQV_EVENT=lost\nCMDQV_DOMAIN=\nCMDQV_UUID=\nCMDQV_VSMMU=\n"
                   "CMDQV_DEVICE=\nMESSAGE=\n");
}


/* However GLib is set, it does not end the process. */
static void
cmdqvTestNotFatal(void)
{
    const cmdqvLoss loss = { NULL, NULL, NULL, NULL, "x" };
    GLogLevelFlags old = g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);

    cmdqvLogLoss(&loss);
    cmdqvTestEntry("PRIORITY=4\nGLIB_DOMAIN=libvirt-cmdqv\nCMDQV_EVENT=lost\nCMDQV_DOMAIN=\nCMDQV_UUID=\nCMDQV_VSMMU=\n"
                   "CMDQV_DEVICE=\nMESSAGE=x\n");

    cmdqvLogFailure("x");
    cmdqvTestEntry("PRIORITY=5\nGLIB_DOMAIN=libvirt-cmdqv\nMESSAGE=x\n");
    (void)g_log_set_always_fatal(old);
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
    status = g_test_run();
    g_string_free(entries, TRUE);
    return status;
}
