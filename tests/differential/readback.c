/*
 * readback.c: the vSMMUs of a domain, read from a command line
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *   readback <ARGV
 *
 * Standard input holds arguments, each ended by a NUL, as /proc/PID/cmdline
 * does.  The program reads them into the model, and prints its parts behind an SMMU:
 * a line for each SMMU on a bus, each controller below such a bus and each host
 * device there, in the order of creation.
 */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "qemu/argv_read.h"
#include "qemu/argv_split.h"
#include "util/file.h"

#define READBACK_MAX_BYTES (16 * 1024 * 1024)


static void
readbackSlot(const cmdqvSlot *slot)
{
    (void)printf(" slot %d.%d multifunction %s", slot->slot, slot->slot == CMDQV_NONE ? 0 : slot->function,
                 cmdqvSwitchToString(slot->multifunction));
}


static void
readbackSmmus(const cmdqvTopology *topology)
{
    guint i;
    guint j;

    for (i = 0; i < topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = cmdqvTopologyGetSmmu(topology, (int)i);

        if (!smmu->busName)
            continue;
        (void)printf("smmu %s on %s accel %s cmdqv %s", smmu->id, smmu->busName, cmdqvSwitchToString(smmu->accel),
                     cmdqvSwitchToString(smmu->cmdqv));
        for (j = 0; j < CMDQV_SMMU_ATTRIBUTE_LAST; j++)
            (void)printf(" %s", smmu->given[j] ? smmu->given[j] : "-");
        (void)printf("\n");
    }
}


static void
readbackBuses(const cmdqvTopology *topology)
{
    guint i;

    for (i = 0; i < topology->buses->len; i++) {
        const cmdqvBus *bus = cmdqvTopologyGetBus(topology, (int)i);

        if (bus->model == CMDQV_BUS_PCIE_ROOT || cmdqvTopologyBusSmmu(topology, (int)i) == CMDQV_NONE)
            continue;
        (void)printf("controller %s %s on %s chassis %d port %d bus_nr %d numa_node %d hotplug %s", bus->driver, bus->name,
                     bus->parentName ? bus->parentName : "the machine", bus->chassis, bus->port, bus->busNr, bus->numaNode,
                     cmdqvSwitchToString(bus->hotplug));
        readbackSlot(&bus->slot);
        (void)printf("\n");
    }
}


static void
readbackEndpoints(const cmdqvTopology *topology)
{
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = cmdqvTopologyGetEndpoint(topology, (int)i);
        const cmdqvSmmu *smmu = cmdqvTopologyGetSmmu(topology, cmdqvTopologyEndpointSmmu(topology, i));

        if (endpoint->kind != CMDQV_ENDPOINT_VFIO || !smmu)
            continue;
        (void)printf("device %s %s on %s behind %s iommufd %s%s", endpoint->element, endpoint->id, endpoint->busName, smmu->id,
                     endpoint->iommufdId ? endpoint->iommufdId : "-", endpoint->failover ? " failover" : "");
        readbackSlot(&endpoint->slot);
        (void)printf("\n");
    }
}


int
main(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = NULL;
    g_autofree char *data = NULL;
    g_auto(GStrv) argv = NULL;
    gsize len;

    if (cmdqvFileReadFd(STDIN_FILENO, "standard input", READBACK_MAX_BYTES, &data, &len, &error))
        argv = cmdqvArgvSplit(data, len, &error);
    topology = argv ? cmdqvArgvRead((const char *const *)argv, &error) : NULL;
    if (!topology) {
        (void)fprintf(stderr, "readback: %s\n", error->message);
        return EXIT_FAILURE;
    }
    readbackSmmus(topology);
    readbackBuses(topology);
    readbackEndpoints(topology);
    return EXIT_SUCCESS;
}
