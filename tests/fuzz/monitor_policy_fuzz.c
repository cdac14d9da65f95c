/*
 * monitor_policy_fuzz.c: a client's command for QEMU's monitor, QMP and HMP
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The verdict is the same if it is asked for again.  Each removal of the anchor
 * that plain readers of JSON and of words see is refused.
 *
 * Seeds: fuzz/corpus/monitor
 * Dictionary: monitor.dict
 */

#include <json-glib/json-glib.h>

#include "fuzz.h"
#include "conf/domain_xml.h"
#include "policy/monitor_policy.h"
#include "qemu/anchor.h"
#include "qemu/argv_read.h"

#define CMDQV_FUZZ_ANCHOR "hostdev0"

static const char *const cmdqvFuzzDomain =
    "<domain><name>g1</name><devices>"
    "<controller type='pci' index='1' model='pcie-expander-bus'><alias name='pci.1'/></controller>"
    "<controller type='pci' index='2' model='pcie-root-port'><alias name='pci.2'/><address type='pci' bus='1' slot='0'/></controller>"
    "<controller type='pci' index='3' model='pcie-root-port'><alias name='pci.3'/><address type='pci' bus='1' slot='1'/></controller>"
    "<iommu model='smmuv3'><driver pciBus='1' accel='on' cmdqv='on'/><alias name='iommu0'/></iommu>"
    "<hostdev mode='subsystem' type='pci'><driver iommufd='yes'/><source><address type='pci' domain='9' bus='1'/></source>"
    "<alias name='" CMDQV_FUZZ_ANCHOR "'/><address type='pci' bus='2'/></hostdev>"
    "<hostdev mode='subsystem' type='pci'><driver iommufd='yes'/><source><address type='pci' domain='9' bus='2'/></source>"
    "<alias name='hostdev1'/><address type='pci' bus='3'/></hostdev></devices></domain>";

static const char *const cmdqvFuzzArgv[] = {
    "qemu-system-aarch64", "-device", "pxb-pcie,id=pci.1", "-device", "pcie-root-port,id=pci.2,bus=pci.1",
    "-device", "pcie-root-port,id=pci.3,bus=pci.1", "-device", "arm-smmuv3,id=iommu0,primary-bus=pci.1,accel=on,cmdqv=on",
    "-device", "vfio-pci,id=" CMDQV_FUZZ_ANCHOR ",bus=pci.2,iommufd=iommufd0", "-device", "vfio-pci,id=hostdev1,bus=pci.3,iommufd=iommufd0",
    NULL,
};


static char *
cmdqvFuzzHostSmmu(const char *device G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
    return g_strdup("smmu3.a");
}


static const cmdqvRuleContext facts = { .hostSmmu = cmdqvFuzzHostSmmu };


static const cmdqvRunningDomain *
cmdqvFuzzLive(void)
{
    static cmdqvRunningDomain live;

    if (!live.topology) {
        live.topology = cmdqvDomainXMLRead(cmdqvFuzzDomain, strlen(cmdqvFuzzDomain), NULL);
        live.process = cmdqvArgvRead(cmdqvFuzzArgv, NULL);
        live.anchors = cmdqvAnchorTrackLive(live.topology, live.process, NULL, true);
    }
    return &live;
}


/* Returns true if it is refused. */
static bool
cmdqvFuzzJudge(const char *command, bool isHmp)
{
    g_autoptr(cmdqvVerdict) verdict = cmdqvMonitorPolicyJudge("g1", cmdqvFuzzLive(), command, isHmp, &facts);
    g_autoptr(cmdqvVerdict) again = cmdqvMonitorPolicyJudge("g1", cmdqvFuzzLive(), command, isHmp, &facts);
    g_autofree char *said = verdict ? cmdqvVerdictFormat(verdict) : NULL;
    g_autofree char *saidAgain = again ? cmdqvVerdictFormat(again) : NULL;

    cmdqvFuzzCheck(g_strcmp0(said, saidAgain) == 0, "the verdict stays", said, saidAgain);
    cmdqvFuzzCheck(!verdict || (said && !strchr(said, '\n')), "a refusal is one line", command, said);
    return verdict != NULL;
}


static const char *
cmdqvFuzzMember(JsonObject *object, const char *name)
{
    JsonNode *node = object ? json_object_get_member(object, name) : NULL;

    return node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
}


static bool
cmdqvFuzzQmpRemoves(const char *command)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonNode *root = json_parser_load_from_data(parser, command, -1, NULL) ? json_parser_get_root(parser) : NULL;
    JsonObject *object = root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
    JsonNode *arguments = object ? json_object_get_member(object, "arguments") : NULL;

    return arguments && JSON_NODE_HOLDS_OBJECT(arguments) && g_strcmp0(cmdqvFuzzMember(object, "execute"), "device_del") == 0 &&
        g_strcmp0(cmdqvFuzzMember(json_node_get_object(arguments), "id"), CMDQV_FUZZ_ANCHOR) == 0;
}


static bool
cmdqvFuzzHmpRemoves(const char *command)
{
    char verb[16] = "";
    char id[16] = "";

    return sscanf(command, "%15s %15s", verb, id) == 2 && strcmp(verb, "device_del") == 0 && strcmp(id, CMDQV_FUZZ_ANCHOR) == 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *command = cmdqvFuzzText(data, size);

    cmdqvFuzzCheck(cmdqvFuzzJudge(command, false) || !cmdqvFuzzQmpRemoves(command), "QMP keeps the anchor", command, NULL);
    cmdqvFuzzCheck(cmdqvFuzzJudge(command, true) || !cmdqvFuzzHmpRemoves(command), "HMP keeps the anchor", command, NULL);
    return 0;
}
