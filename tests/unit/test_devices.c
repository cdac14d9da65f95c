/*
 * test_devices.c: topologies of a few devices
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test_devices.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "qemu/argv_read.h"


/**
 * cmdqvTestDomain:
 * @devices: the content of <devices>
 *
 * Returns: (transfer full): the domain "g1" with them
 */
cmdqvTopology *
cmdqvTestDomain(const char *devices)
{
    g_autofree char *xml = g_strdup_printf("<domain><name>g1</name><devices>%s</devices></domain>", devices);
    g_autoptr(GError) error = NULL;
    cmdqvTopology *topology = cmdqvDomainXMLRead(xml, strlen(xml), &error);

    g_assert_no_error(error);
    return topology;
}


/**
 * cmdqvTestProcess:
 * @devices: values of -device, each on a line of its own
 *
 * Returns: (transfer full): the QEMU with them
 */
cmdqvTopology *
cmdqvTestProcess(const char *devices)
{
    g_auto(GStrv) values = g_strsplit(devices, "\n", -1);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    cmdqvTopology *topology;
    guint i;

    g_ptr_array_add(argv, (char *)"qemu-system-aarch64");
    for (i = 0; values[i] && *values[i]; i++) {
        g_ptr_array_add(argv, (char *)"-device");
        g_ptr_array_add(argv, values[i]);
    }
    g_ptr_array_add(argv, NULL);
    topology = cmdqvArgvRead((const char *const *)argv->pdata, &error);
    g_assert_no_error(error);
    return topology;
}
