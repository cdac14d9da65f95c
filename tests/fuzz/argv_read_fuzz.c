/*
 * argv_read_fuzz.c: the command line of any process, split, read and judged
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The input is the content of /proc/PID/cmdline.
 *
 * Seeds: fuzz/corpus/argv
 * Dictionary: argv.dict
 */

#include "fuzz.h"
#include "test_topology.h"
#include "policy/rule_table.h"
#include "qemu/anchor.h"
#include "qemu/argv_read.h"
#include "qemu/argv_split.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) argv = cmdqvArgvSplit((const char *)data, size, &error);
    g_autoptr(cmdqvTopology) topology = argv ? cmdqvArgvRead((const char *const *)argv, &error) : NULL;
    g_autoptr(GPtrArray) findings = NULL;
    g_autoptr(GPtrArray) anchors = NULL;
    g_autofree char *text = NULL;

    if (!topology != (error != NULL))
        abort();
    if (!topology)
        return 0;
    findings = cmdqvRuleTableRun(topology, NULL, NULL);
    anchors = cmdqvAnchorTrackLive(topology, topology, NULL, true);
    text = cmdqvTestDescribeTopology(topology);
    return 0;
}
