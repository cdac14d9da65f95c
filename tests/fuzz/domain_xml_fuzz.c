/*
 * domain_xml_fuzz.c: a client's domain XML, read and judged
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A domain that has an SMMU is never passed over unread.  The anchors are told in
 * XML that can be read.  QEMU's arguments, in either form, are read back as the same.
 *
 * Seeds: fuzz/corpus/domain-xml qemuxml2argvdata:xml
 */

#include "fuzz.h"
#include "test_topology.h"
#include "conf/domain_xml.h"
#include "conf/topology_defaults.h"
#include "layout/nova_request.h"
#include "policy/rule_table.h"
#include "qemu/anchor.h"
#include "qemu/anchor_xml.h"
#include "qemu/argv_read.h"
#include "qemu/argv_write.h"


/* The model that is read from QEMU's command line; NULL if QEMU gets no argument. */
static char *
cmdqvFuzzReadBack(const cmdqvTopology *topology, cmdqvArgvWriteForm form)
{
    g_autoptr(GPtrArray) arguments = cmdqvArgvWriteArguments(topology, &cmdqvEmulatorCapsUpstream, NULL);
    g_auto(GStrv) formatted = arguments ? cmdqvArgvWriteFormat(arguments, form) : NULL;
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) read = NULL;
    guint i;

    if (!formatted)
        return NULL;
    g_ptr_array_add(argv, (gpointer)"qemu-system-aarch64");
    for (i = 0; formatted[i]; i++)
        g_ptr_array_add(argv, formatted[i]);
    g_ptr_array_add(argv, NULL);
    read = cmdqvArgvRead((const char *const *)argv->pdata, &error);
    cmdqvFuzzCheckError(read != NULL, error);
    return read ? cmdqvTestDescribeTopology(read) : NULL;
}


static void
cmdqvFuzzAnchors(const cmdqvTopology *topology)
{
    g_autoptr(GPtrArray) anchors = cmdqvAnchorTrackDefinition(topology, true);
    g_autofree char *xml = cmdqvAnchorXMLFormat(anchors, topology);
    g_autofree char *read = cmdqvFuzzFormat(xml);

    cmdqvFuzzCheck(read != NULL, "anchors are told in XML", xml, NULL);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *xml = cmdqvFuzzText(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) novaError = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(xml, size, &error);
    g_autoptr(GPtrArray) findings = NULL;
    g_autoptr(cmdqvVerdict) verdict = NULL;
    g_autofree char *text = NULL;
    g_autofree char *json = NULL;
    g_autofree char *keyval = NULL;
    g_auto(cmdqvNovaRequest) request = { .asks = false };

    cmdqvFuzzCheckError(topology != NULL, error);
    cmdqvFuzzCheckError(cmdqvNovaRequestRead(xml, &request, &novaError), novaError);
    if (!topology)
        return 0;

    cmdqvFuzzCheck(topology->smmus->len == 0 || cmdqvDomainXMLMayHaveSmmu(xml), "the quick look finds the SMMU", xml, NULL);
    findings = cmdqvRuleTableRun(topology, NULL, NULL);
    verdict = cmdqvRuleTableVerdict(topology, findings);
    if (verdict)
        text = cmdqvVerdictFormat(verdict);
    else
        text = cmdqvTestDescribeTopology(topology);
    cmdqvFuzzAnchors(topology);

    cmdqvTopologyDefaultsFill(topology);
    if (findings->len > 0)
        return 0;
    json = cmdqvFuzzReadBack(topology, CMDQV_ARGV_WRITE_FORM_JSON);
    keyval = cmdqvFuzzReadBack(topology, CMDQV_ARGV_WRITE_FORM_KEYVAL);
    cmdqvFuzzCheck(g_strcmp0(json, keyval) == 0, "both forms say the same", json, keyval);
    return 0;
}
