/*
 * decision_bench.c: the time that a decision takes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Prints tables with the limit beside each number.  A slow machine is no
 * failure: the program fails only if a measured call has another result than expected.
 */

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libxml/parser.h>

#include "conf/domain_xml.h"
#include "policy/detach_policy.h"
#include "policy/rule_table.h"
#include "qemu/anchor.h"
#include "qemu/argv_read.h"

/* Each measurement is the best of so many rounds, each as long as that. */
#define ROUNDS 25
#define ROUND_US 5000.0

/* Bytes that the heap keeps. */
#define CMDQV_BENCH_HEAP (256 * 1024 * 1024)

typedef struct {
    char *xml;
    gsize len;
    char **argv;
    bool ok;        /* whether each piece of work had the expected result */
} cmdqvBenchInput;

typedef void (*cmdqvBenchWork)(cmdqvBenchInput *input);


static double
cmdqvBenchNow(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}


static double
cmdqvBenchRound(cmdqvBenchWork work, cmdqvBenchInput *input)
{
    double begin = cmdqvBenchNow();
    double took;
    guint times = 0;

    do {
        work(input);
        times++;
        took = cmdqvBenchNow() - begin;
    } while (took < ROUND_US);
    return took / times;
}


/* Microseconds for one piece of each work.  They take turns, so that a slow moment hits all of them. */
static void
cmdqvBenchMeasure(const cmdqvBenchWork *works, guint count, cmdqvBenchInput *input, double *best)
{
    guint turn;
    guint i;

    for (i = 0; i < count; i++)
        best[i] = G_MAXDOUBLE;
    for (turn = 0; turn < ROUNDS; turn++) {
        for (i = 0; i < count; i++)
            best[i] = MIN(best[i], cmdqvBenchRound(works[i], input));
    }
}


static void
cmdqvBenchParse(cmdqvBenchInput *input)
{
    xmlDoc *doc = xmlReadMemory(input->xml, (int)input->len, NULL, NULL, XML_PARSE_NONET);

    input->ok = input->ok && doc;
    xmlFreeDoc(doc);
}


static void
cmdqvBenchFastPath(cmdqvBenchInput *input)
{
    input->ok = input->ok && !cmdqvDomainXMLMayHaveSmmu(input->xml);
}


/* From the text of a valid domain to the verdict. */
static void
cmdqvBenchDefine(cmdqvBenchInput *input)
{
    g_autoptr(cmdqvTopology) topology = NULL;
    g_autoptr(GPtrArray) findings = NULL;

    topology = cmdqvDomainXMLMayHaveSmmu(input->xml) ? cmdqvDomainXMLRead(input->xml, input->len, NULL) : NULL;
    findings = topology ? cmdqvRuleTableRun(topology, NULL, NULL) : NULL;
    input->ok = input->ok && findings && findings->len == 0;
}


/* From the live XML and the argv to the verdict on a device that may be detached. */
static void
cmdqvBenchDetach(cmdqvBenchInput *input)
{
    g_autoptr(cmdqvTopology) live = cmdqvDomainXMLRead(input->xml, input->len, NULL);
    g_autoptr(cmdqvTopology) process = cmdqvArgvRead((const char *const *)input->argv, NULL);
    g_autoptr(GPtrArray) anchors = live && process ? cmdqvAnchorTrackLive(live, process, NULL, true) : NULL;
    g_autoptr(cmdqvDevice) device = cmdqvDeviceNewAlias("nobody");
    g_autoptr(cmdqvVerdict) verdict = anchors ? cmdqvDetachPolicyLive("g1", live, anchors, device) : NULL;

    input->ok = input->ok && anchors && anchors->len > 0 && !verdict;
}


/* A running domain: so many hostdevs, spread over so many vSMMUs with an expander bus each. */
static void
cmdqvBenchMake(cmdqvBenchInput *input, guint devices, guint smmus)
{
    GString *xml = g_string_new("<domain type='kvm'>\n  <name>g1</name>\n  <memoryBacking>\n    <hugepages/>\n  </memoryBacking>\n"
                                "  <os firmware='efi'>\n    <type arch='aarch64' machine='virt'>hvm</type>\n  </os>\n"
                                "  <features>\n    <acpi/>\n    <gic version='3'/>\n  </features>\n  <devices>\n"
                                "    <controller type='pci' index='0' model='pcie-root'/>\n");
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    guint i;

    g_ptr_array_add(argv, g_strdup("qemu-system-aarch64"));
    for (i = 1; i <= smmus; i++) {
        g_string_append_printf(xml, "    <controller type='pci' index='%u' model='pcie-expander-bus'>\n      <target busNr='%u'/>\n"
                               "      <alias name='pci.%u'/>\n      <address type='pci' domain='0x0000' bus='0x00' slot='0x%02x' "
                               "function='0x%u'/>\n    </controller>\n    <iommu model='smmuv3'>\n"
                               "      <driver pciBus='%u' accel='on' cmdqv='on'/>\n      <alias name='iommu%u'/>\n    </iommu>\n",
                               i, i, i, i / 8 + 1, i % 8, i, i - 1);
        g_ptr_array_add(argv, g_strdup("-device"));
        g_ptr_array_add(argv, g_strdup_printf("{\"driver\":\"pxb-pcie\",\"bus_nr\":%u,\"id\":\"pci.%u\",\"bus\":\"pcie.0\"}", i, i));
        g_ptr_array_add(argv, g_strdup("-device"));
        g_ptr_array_add(argv, g_strdup_printf("{\"driver\":\"arm-smmuv3\",\"primary-bus\":\"pci.%u\",\"id\":\"iommu%u\","
                                              "\"accel\":true,\"cmdqv\":\"on\"}", i, i - 1));
    }
    for (i = 0; i < devices; i++) {
        guint bus = i % smmus + 1;

        /* guest addresses have room for 256 buses, so slots of the expander buses are used as well */
        g_string_append_printf(xml, "    <hostdev mode='subsystem' type='pci' managed='no'>\n      <driver name='vfio' "
                               "iommufd='yes'/>\n      <source>\n        <address domain='0x%04x' bus='0x01' slot='0x00' "
                               "function='0x0'/>\n      </source>\n      <alias name='hostdev%u'/>\n      <address type='pci' "
                               "domain='0x0000' bus='0x%02x' slot='0x%02x' function='0x0'/>\n    </hostdev>\n", i, i, bus, i % 32);
        g_ptr_array_add(argv, g_strdup("-device"));
        g_ptr_array_add(argv, g_strdup_printf("{\"driver\":\"vfio-pci\",\"id\":\"hostdev%u\",\"iommufd\":\"iommufd0\",\"fd\":\"3\","
                                              "\"bus\":\"pci.%u\",\"addr\":\"0x%x\"}", i, bus, i % 32));
    }
    g_string_append(xml, "  </devices>\n</domain>\n");
    g_ptr_array_add(argv, NULL);

    input->len = xml->len;
    input->xml = g_string_free(xml, FALSE);
    input->argv = (char **)g_ptr_array_free(g_steal_pointer(&argv), FALSE);
    input->ok = true;
}


static void
cmdqvBenchClear(cmdqvBenchInput *input)
{
    g_clear_pointer(&input->xml, g_free);
    g_clear_pointer(&input->argv, g_strfreev);
}


static bool
cmdqvBenchDomain(const char *path)
{
    cmdqvBenchInput input = { .ok = true };
    cmdqvBenchInput without = { .ok = true };
    const cmdqvBenchWork works[] = { cmdqvBenchParse, cmdqvBenchDefine };
    const cmdqvBenchWork fastPath = cmdqvBenchFastPath;
    GString *text;
    double best[G_N_ELEMENTS(works)];
    double fast;
    bool ok;

    if (!g_file_get_contents(path, &input.xml, &input.len, NULL))
        return false;
    text = g_string_new(input.xml);
    (void)g_string_replace(text, "smmuv3", "virtio", 0);
    without.len = text->len;
    without.xml = g_string_free(text, FALSE);

    cmdqvBenchMeasure(works, G_N_ELEMENTS(works), &input, best);
    cmdqvBenchMeasure(&fastPath, 1, &without, &fast);

    (void)printf("a domain of 20 devices, %.1f KiB                             measured   aim\n", (double)input.len / 1024);
    (void)printf("  xmlReadMemory() alone                               %10.1f us\n", best[0]);
    (void)printf("  from the text to the verdict                        %10.1f us   < 150\n", best[1]);
    (void)printf("  ratio of the two                                    %10.2f      < 2\n", best[1] / best[0]);
    (void)printf("  the same without a vSMMU, for each KiB              %10.3f us   < 2\n\n",
                 fast / ((double)without.len / 1024));

    ok = input.ok && without.ok;
    cmdqvBenchClear(&input);
    cmdqvBenchClear(&without);
    return ok;
}


static bool
cmdqvBenchCurve(void)
{
    static const guint sizes[][2] = { { 16, 1 }, { 64, 1 }, { 256, 1 }, { 1024, 1 }, { 4096, 1 },
                                      { 64, 64 }, { 256, 64 }, { 1024, 64 }, { 4096, 64 } };
    bool ok = true;
    guint i;

    (void)printf("devices  vSMMUs  xmlReadMemory  define    ratio  each device  detach    each device\n");
    for (i = 0; i < G_N_ELEMENTS(sizes); i++) {
        const cmdqvBenchWork works[] = { cmdqvBenchParse, cmdqvBenchDefine, cmdqvBenchDetach };
        cmdqvBenchInput input;
        double best[G_N_ELEMENTS(works)];

        cmdqvBenchMake(&input, sizes[i][0], sizes[i][1]);
        cmdqvBenchMeasure(works, G_N_ELEMENTS(works), &input, best);
        (void)printf("%7u  %6u  %10.1f us  %6.0f us  %5.2f  %8.3f us  %6.0f us  %8.3f us\n", sizes[i][0], sizes[i][1], best[0],
                     best[1], best[1] / best[0], best[1] / sizes[i][0], best[2], best[2] / sizes[i][0]);
        ok = ok && input.ok;
        cmdqvBenchClear(&input);
    }
    return ok;
}


int
main(int argc, char **argv)
{
    bool ok;

    if (argc != 2) {
        (void)fprintf(stderr, "Usage: %s DOMAIN.xml\n", argc > 0 ? argv[0] : "decision_bench");
        return 2;
    }
#if defined(__SANITIZE_ADDRESS__)
    (void)printf("built with sanitizers: the times say nothing\n\n");
#endif
    /* As in a daemon, which always has memory in use above: without it each round would get its pages from the kernel anew. */
    (void)mallopt(M_MMAP_THRESHOLD, CMDQV_BENCH_HEAP);
    (void)mallopt(M_TRIM_THRESHOLD, CMDQV_BENCH_HEAP);
    ok = cmdqvBenchDomain(argv[1]);
    ok = cmdqvBenchCurve() && ok;
    if (!ok)
        (void)fprintf(stderr, "decision_bench: a verdict was not the one expected, or an input could not be read\n");
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
