/*
 * argv_read_test.c: the argv of QEMU becomes a topology
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A case is NAME.args in qemuargvdata, written by hand; NAME.out beside it has
 * the model, or the error.  argv_write_test has the command lines that libvirt
 * writes.
 */

#include <string.h>

#include "test_topology.h"
#include "testutils.h"
#include "qemu/argv_read.h"
#include "util/error.h"

#define DATA "qemuargvdata"

/* Deeper than a parser that recurses has stack for. */
#define MANY 200000

static void
cmdqvTestRun(gconstpointer data)
{
    g_autofree char *args = cmdqvTestDataPath(DATA, data, ".args");
    g_autofree char *out = cmdqvTestDataPath(DATA, data, ".out");
    g_auto(GStrv) argv = cmdqvTestReadArgs(args);
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvArgvRead((const char *const *)argv, &error);
    g_autofree char *text = topology ? cmdqvTestDescribeTopology(topology) : g_strdup_printf("error: %s\n", error->message);

    g_assert_true(topology || g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_PROCESS));
    cmdqvTestAssertGolden(out, text);
}


static void
cmdqvTestLeftovers(gconstpointer data)
{
    const GPtrArray *names = data;
    g_autoptr(GHashTable) files = cmdqvTestListFolder(DATA);
    guint i;

    for (i = 0; i < names->len; i++) {
        g_autofree char *args = g_strconcat(g_ptr_array_index(names, i), ".args", NULL);
        g_autofree char *out = g_strconcat(g_ptr_array_index(names, i), ".out", NULL);

        (void)g_hash_table_remove(files, args);
        (void)g_hash_table_remove(files, out);
    }
    cmdqvTestAssertNoLeftovers(files, "command line (.args)");
}


static void
cmdqvTestOneDevice(const char *value, bool readable)
{
    const char *argv[] = { "qemu", "-device", value, NULL };
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvArgvRead(argv, &error);

    g_assert_cmpint(topology != NULL, ==, readable);
    g_assert_true(topology || g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_PROCESS));
    g_assert_true(topology || strlen(error->message) < 500);
}


static void
cmdqvTestNestedJson(gconstpointer data G_GNUC_UNUSED)
{
    GString *objects = g_string_new(NULL);
    GString *arrays = g_string_new("{\"driver\":");
    guint i;

    for (i = 0; i < MANY; i++) {
        g_string_append(objects, "{\"a\":");
        g_string_append_c(arrays, '[');
    }
    cmdqvTestOneDevice(objects->str, false);
    cmdqvTestOneDevice(arrays->str, false);
    (void)g_string_free(objects, TRUE);
    (void)g_string_free(arrays, TRUE);
}


static void
cmdqvTestLongValues(gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *commas = g_strnfill(MANY, ',');
    g_autofree char *letters = g_strnfill(MANY, 'x');
    g_autofree char *brackets = g_strnfill(MANY, '[');
    g_autofree char *keyval = g_strconcat("vfio-pci,id=", letters, ",bus=", letters, NULL);
    g_autofree char *json = g_strconcat("{\"driver\":\"vfio-pci\",\"id\":\"", brackets, "\"}", NULL);

    cmdqvTestOneDevice(keyval, true);
    /* a text with so many brackets is not parsed: it might have too many levels */
    cmdqvTestOneDevice(json, false);
    cmdqvTestOneDevice(letters, true);
    cmdqvTestOneDevice(commas, true);
}


/* Ids, host addresses and order, which the description leaves out. */
static void
cmdqvTestDetails(gconstpointer data G_GNUC_UNUSED)
{
    static const char *const argv[] = {
        "qemu-system-aarch64", "-uuid", "C7A5FDBD-edaf-9455-926a-d65c16db1809",
        "-device", "{\"driver\":\"vfio-pci\",\"id\":\"hostdev0\",\"host\":\"9:1:0.1\",\"bus\":\"pcie.0\"}",
        "-device", "arm-smmuv3,id=s,primary-bus=pcie.0,accel=on",
        "-device", "vfio-pci,id=a,host=ffff1234:ab:1f.7,iommufd=x",
        "-device", "vfio-pci,host=nonsense", NULL,
    };
    const cmdqvPCIAddress hosts[] = {
        { .domain = 0xffff1234, .bus = 0xab, .slot = 0x1f, .function = 7 },
        { .domain = 0, .bus = 0, .slot = 0, .function = 0 },
        { .domain = 9, .bus = 1, .slot = 0, .function = 1 },
    };
    const char *const ids[] = { "a", NULL, "hostdev0" };
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvArgvRead(argv, &error);
    guint i;

    g_assert_no_error(error);
    g_assert_cmpstr(topology->uuid, ==, "C7A5FDBD-edaf-9455-926a-d65c16db1809");
    g_assert_cmpstr(cmdqvTopologyGetSmmu(topology, 0)->id, ==, "s");
    g_assert_cmpuint(topology->endpoints->len, ==, 3);
    for (i = 0; i < 3; i++) {
        const cmdqvEndpoint *endpoint = cmdqvTopologyGetEndpoint(topology, (int)i);

        g_assert_cmpstr(endpoint->id, ==, ids[i]);
        g_assert_cmpint(endpoint->hasHost, ==, i != 1);
        g_assert_true(!endpoint->hasHost || cmdqvPCIAddressEqual(&endpoint->host, &hosts[i]));
    }
}


int
main(int argc, char **argv)
{
    g_autoptr(GPtrArray) names = NULL;
    guint i;

    cmdqvTestInit(&argc, &argv);
    names = cmdqvTestFindNames(DATA, ".args");
    for (i = 0; i < names->len; i++) {
        g_autofree char *path = g_strconcat("/qemuargv/", g_ptr_array_index(names, i), NULL);

        g_test_add_data_func(path, g_ptr_array_index(names, i), cmdqvTestRun);
    }
    g_test_add_data_func("/qemuargv/details", NULL, cmdqvTestDetails);
    g_test_add_data_func("/qemuargv/leftovers", names, cmdqvTestLeftovers);
    g_test_add_data_func("/qemuargv/long-values", NULL, cmdqvTestLongValues);
    g_test_add_data_func("/qemuargv/nested-json", NULL, cmdqvTestNestedJson);
    return g_test_run();
}
