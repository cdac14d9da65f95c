/*
 * test_topology.c: write a topology as text, and lower a text
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test_topology.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "conf/xml_edit.h"
#include "lowering/lift.h"
#include "lowering/lower.h"

static const char *const kinds[] = {
    [CMDQV_ENDPOINT_VFIO] = "vfio",
    [CMDQV_ENDPOINT_MDEV] = "mdev",
    [CMDQV_ENDPOINT_POOLED] = "pooled",
    [CMDQV_ENDPOINT_EMULATED] = "emulated",
};
G_STATIC_ASSERT(G_N_ELEMENTS(kinds) == CMDQV_ENDPOINT_LAST);


/**
 * cmdqvTestDescribeTopology:
 * @topology: a resolved topology
 *
 * Writes the facts that both readers must agree on, one line for each SMMU with its bus
 * and properties, and for each endpoint behind it in the order of creation.
 * Leaves out aliases, lines and host addresses, which only one reader knows.
 *
 * Returns: (transfer full): the text
 */
char *
cmdqvTestDescribeTopology(const cmdqvTopology *topology)
{
    GString *text = g_string_new(NULL);
    guint i;
    guint j;

    for (i = 0; i < topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);
        const cmdqvBus *bus = cmdqvTopologyGetBus(topology, smmu->bus);

        /* the machine-wide SMMU is an option of the machine, and libvirt does not pass on its attributes */
        if (smmu->busIndex == CMDQV_NONE && !smmu->busName) {
            g_string_append(text, "smmu machine\n");
            continue;
        }
        g_string_append_printf(text, "smmu %s accel=%s cmdqv=%s", bus ? bus->name : "nowhere", cmdqvSwitchToString(smmu->accel),
                               cmdqvSwitchToString(smmu->cmdqv));
        for (j = 0; j < CMDQV_SMMU_ATTRIBUTE_LAST; j++) {
            if (cmdqvSmmuAttributeRows[j].isDerived)
                g_string_append_printf(text, " %s=%s", cmdqvSmmuAttributeRows[j].name, smmu->given[j] ? smmu->given[j] : "absent");
        }
        g_string_append_c(text, '\n');
    }

    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);
        const cmdqvSmmu *smmu = cmdqvTopologyGetSmmu(topology, cmdqvTopologyEndpointSmmu(topology, i));
        const cmdqvBus *bus = cmdqvTopologyGetBus(topology, endpoint->bus);

        if (!smmu && endpoint->kind == CMDQV_ENDPOINT_EMULATED)
            continue;
        g_string_append_printf(text, "endpoint %s on %s behind %s%s%s\n", kinds[endpoint->kind],
                               bus ? bus->name : "unplaced",
                               smmu ? cmdqvTopologyGetBus(topology, smmu->bus)->name : "none",
                               endpoint->iommufd ? " iommufd" : "", endpoint->failover ? " failover" : "");
    }
    return g_string_free(text, FALSE);
}


/**
 * cmdqvTestLowerText:
 * @xml: domain XML, or a snapshot's with domains in it
 * @target: the capabilities of its emulator
 * @lowered: (out) (nullable): the XML for a libvirt without CMDQV; NULL if it
 *   needs no change
 * @error: if it cannot be read or lowered
 *
 * Lifts a lowered domain first, so that nothing is lowered twice.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvTestLowerText(const char *xml, const cmdqvEmulatorCaps *target, char **lowered, GError **error)
{
    g_autoptr(xmlDoc) doc = NULL;
    g_autofree char *text = NULL;
    bool changed = false;

    if (cmdqvDomainXMLMayHaveSmmu(xml)) {
        doc = cmdqvLiftParse(xml, strlen(xml), NULL, &changed, error);
        if (!doc || !cmdqvLowerDoc(doc, target, &changed, error))
            return false;
    }
    if (changed) {
        text = cmdqvXMLEditFormat(doc, error);
        if (!text)
            return false;
    }
    *lowered = g_steal_pointer(&text);
    return true;
}
