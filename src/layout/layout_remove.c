/*
 * layout_remove.c: remove the unused parts of a layout
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A free port behind a vSMMU would get the next device without an address. Such
 * a port is removed from a definition, and a vSMMU without any device with its
 * expander. libvirt adds a port of the root complex for each missing index
 * (qemuDomainPCIAddressSetCreate(), src/qemu/qemu_domain_address.c), so the next
 * device has a port, and no other address changes.
 */

#include "layout/layout.h"

#include "conf/xml_edit.h"


/* Whether a bus of an accelerated vSMMU has no device: the expander with all of its ports, or one port. */
static bool
cmdqvLayoutRemoveIsUnused(const cmdqvTopology *topology, int bus)
{
    const cmdqvSmmu *smmu = cmdqvTopologyGetSmmu(topology, cmdqvTopologyBusSmmu(topology, bus));
    const cmdqvBus *self = cmdqvTopologyGetBus(topology, bus);
    guint i;

    if (!smmu || smmu->accel != CMDQV_SWITCH_ON || smmu->busIndex == CMDQV_NONE)
        return false;
    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvBus *on = cmdqvTopologyGetBus(topology, g_array_index(topology->endpoints, cmdqvEndpoint, i).bus);

        if (on && (on == self || on->parent == bus))
            return false;
    }
    for (i = 0; i < topology->buses->len && self->model == CMDQV_BUS_ROOT_PORT; i++) {
        if (g_array_index(topology->buses, cmdqvBus, i).parent == bus)
            return false;
    }
    return self->model == CMDQV_BUS_ROOT_PORT || self->model == CMDQV_BUS_PCIE_EXPANDER;
}


/**
 * cmdqvLayoutRemoveUnused:
 * @doc: a definition of libvirt's, with all addresses; changed
 * @topology: the definition, read
 *
 * Returns: true if it has removed something
 */
bool
cmdqvLayoutRemoveUnused(xmlDoc *doc, const cmdqvTopology *topology)
{
    xmlNode *node = cmdqvXMLEditNextElement(cmdqvXMLReadChild(xmlDocGetRootElement(doc), "devices"), NULL);
    bool changed = false;
    guint place = 0;
    int number = 0;

    while (node) {
        xmlNode *next = cmdqvXMLEditNextElement(node->parent, node);
        int bus = CMDQV_NONE;

        if (cmdqvXMLReadIsPCIController(node)) {
            bus = cmdqvTopologyFindBusPlace(topology, place++);
        } else if (cmdqvXMLReadIsOf(node, "iommu", "model", "smmuv3")) {
            const cmdqvSmmu *smmu = cmdqvTopologyGetSmmu(topology, number++);

            bus = smmu ? smmu->bus : CMDQV_NONE;
        }
        if (bus != CMDQV_NONE && cmdqvLayoutRemoveIsUnused(topology, bus)) {
            cmdqvXMLEditRemoveLine(node);
            changed = true;
        }
        node = next;
    }
    return changed;
}
