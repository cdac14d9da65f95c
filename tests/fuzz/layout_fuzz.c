/*
 * layout_fuzz.c: host devices, laid out in any domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The result can be read, and a result that keeps every rule stays as it is when
 * it is laid out again.
 *
 * Seeds: layoutdata:xml qemuxml2argvdata:xml
 */

#include "fuzz.h"
#include "conf/domain_xml.h"
#include "layout/layout.h"
#include "policy/rule_table.h"

static const char *const cmdqvFuzzDevices[] = { "0009:01:00.0", "0010:01:00.0", "0009:02:00.0", NULL };


/* Two SMMUs with CMDQV, on nodes 0 and 1; behind the first are GPUs that need a window. */
static bool
cmdqvFuzzAsk(const char *device, cmdqvDeviceNeedsPlace *place, gpointer data G_GNUC_UNUSED)
{
    bool isFirst = g_str_has_prefix(device, "0009:");

    *place = (cmdqvDeviceNeedsPlace){
        .smmu = isFirst ? "smmu3.a" : "smmu3.b",
        .mayHaveCmdqv = !g_str_has_prefix(device, "0000:"),
        .node = isFirst ? 0 : 1,
        .needs = { .window = isFirst ? G_GUINT64_CONSTANT(512) << 30 : 0, .cells = isFirst ? 8 : 0 },
    };
    return true;
}


static bool
cmdqvFuzzIsSound(const char *xml)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(xml, strlen(xml), &error);
    g_autoptr(GPtrArray) findings = topology ? cmdqvRuleTableRun(topology, NULL, NULL) : NULL;

    cmdqvFuzzCheck(topology != NULL, "the result can be read", xml, error ? error->message : NULL);
    return findings->len == 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *xml = cmdqvFuzzText(data, size);
    guint choice = g_str_hash(xml);
    cmdqvLayoutRequest request = {
        .hostdevs = choice & 1 ? cmdqvFuzzDevices + (choice >> 1) % 3 : NULL,
        .shape = (cmdqvLayoutShape)((choice >> 3) % CMDQV_LAYOUT_LAST),
        .sparePorts = (choice >> 5) % 4,
        .ask = cmdqvFuzzAsk,
        .knowsGrace = choice & 128,
    };
    g_autoptr(GError) error = NULL;
    g_autofree char *laid = NULL;
    g_autofree char *again = NULL;

    if (strlen(xml) != size)
        return 0;
    laid = cmdqvLayoutDomain(xml, &request, &error);
    cmdqvFuzzCheckError(laid != NULL, error);
    if (!laid || !cmdqvFuzzIsSound(laid))
        return 0;
    request.hostdevs = NULL;
    again = cmdqvLayoutDomain(laid, &request, &error);
    cmdqvFuzzCheck(g_strcmp0(laid, again) == 0, error ? error->message : "laid out again it stays as it is", laid, again);
    return 0;
}
