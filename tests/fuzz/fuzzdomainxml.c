/*
 * fuzzdomainxml.c: domain XML from a stranger, read and judged
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "cmdqvfuzz.h"
#include "conf/domain_xml.h"
#include "qemu/anchor.h"
#include "policy/rule_table.h"



int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *xml = cmdqvFuzzText(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(xml, size, &error);
    g_autoptr(GPtrArray) findings = NULL;
    g_autoptr(GPtrArray) anchors = NULL;
    g_autofree char *text = NULL;

    if (!topology != (error != NULL))
        abort();
    if (!topology)
        return 0;

    /* what has an SMMU must never be passed over unread */
    if (topology->smmus->len > 0 && !cmdqvDomainXMLMayHaveSmmu(xml))
        abort();
    findings = cmdqvRulesCheck(topology);
    if (findings->len > 0)
        text = cmdqvRulesSummarize(topology->name, findings);
    else
        text = cmdqvTopologyDescribe(topology);
    anchors = cmdqvAnchorTrackDefinition(topology, true);
    return 0;
}
