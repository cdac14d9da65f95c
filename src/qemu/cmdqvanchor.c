/*
 * cmdqvanchor.c: which endpoint anchors which vSMMU
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The first vfio-pci on iommufd that QEMU creates behind an accelerated
 * arm-smmuv3 makes the host allocate the viommu (smmuv3_accel_set_iommu_device(),
 * hw/arm/smmuv3-accel.c of QEMU), and with CMDQV the guest's queues hang on
 * it.  Who was first is written in the argv of the process: it names what was
 * there at start, in order, and nothing that came later.  Where argv has
 * nobody, the first device that was hot-plugged there is it, and the order of
 * hot-plug is the order in which libvirt lists the devices, because it
 * appends.  Both outlive the daemon, so nothing has to be remembered.
 *
 * What cannot be told is not guessed: the anchor is then any of several, and
 * whoever asks has to keep them all.
 */

#include "qemu/cmdqvanchor.h"

#include <string.h>

#include "util/cmdqvstring.h"

/* qemuAssignDeviceHostdevAlias(), src/qemu/qemu_alias.c of libvirt: one above the highest in use. */
#define CMDQV_HOSTDEV_ALIAS_PREFIX "hostdev"

static const char *const cmdqvAnchorSourceNames[] = {
    [CMDQV_ANCHOR_ARGV] = "argv",
    [CMDQV_ANCHOR_HOTPLUG] = "hotplug",
    [CMDQV_ANCHOR_DEFINITION] = "definition",
    [CMDQV_ANCHOR_UNKNOWN] = "unknown",
    [CMDQV_ANCHOR_NOBODY] = "none",
    [CMDQV_ANCHOR_INACTIVE] = "inactive",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvAnchorSourceNames) == CMDQV_ANCHOR_LAST);


const char *
cmdqvAnchorSourceToString(cmdqvAnchorSource source)
{
    return cmdqvAnchorSourceNames[source];
}


void
cmdqvAnchorFree(cmdqvAnchor *anchor)
{
    if (!anchor)
        return;

    g_array_unref(anchor->endpoints);
    g_free(anchor->detail);
    g_free(anchor);
}


static cmdqvAnchor *
cmdqvAnchorNew(const cmdqvTopology *topology, guint smmu)
{
    cmdqvAnchor *anchor = g_new0(cmdqvAnchor, 1);
    const cmdqvBus *bus;

    anchor->smmu = g_array_index(topology->smmus, cmdqvSmmu, smmu);
    bus = cmdqvTopologyGetBus(topology, anchor->smmu.bus);
    anchor->busName = bus ? bus->name : NULL;
    anchor->source = CMDQV_ANCHOR_NOBODY;
    anchor->endpoints = g_array_new(FALSE, FALSE, sizeof(guint));
    return anchor;
}


/* An endpoint that may yet turn out to be behind the SMMU and a hostdev. */
static bool
cmdqvAnchorIsPossible(const cmdqvTopology *topology, guint endpoint, guint smmu)
{
    const cmdqvEndpoint *device = &g_array_index(topology->endpoints, cmdqvEndpoint, endpoint);

    if (device->kind != CMDQV_ENDPOINT_POOLED && !cmdqvEndpointMayAnchor(device))
        return false;
    return !cmdqvTopologyIsPlaced(topology, endpoint) || cmdqvTopologyEndpointSmmu(topology, endpoint) == (int)smmu;
}


/**
 * cmdqvAnchorCandidates:
 * @topology: a definition, or a command line
 * @smmu: index of an SMMU
 * @how: how sure one has to be
 *
 * Returns: how many cold-plugged devices can anchor it
 */
guint
cmdqvAnchorCandidates(const cmdqvTopology *topology, guint smmu, cmdqvCandidates how)
{
    guint found = 0;
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *device = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (how == CMDQV_CANDIDATES_POSSIBLE)
            found += cmdqvAnchorIsPossible(topology, i, smmu);
        else
            found += cmdqvEndpointMayAnchor(device) && cmdqvTopologyEndpointSmmu(topology, i) == (int)smmu;
    }
    return found;
}


/* The first that QEMU created behind the SMMU when it started; CMDQV_NONE if nobody was there. */
static int
cmdqvAnchorFirstCold(const cmdqvTopology *process, guint smmu)
{
    guint i;

    for (i = 0; i < process->endpoints->len; i++) {
        if (cmdqvEndpointMayAnchor(&g_array_index(process->endpoints, cmdqvEndpoint, i)) &&
            cmdqvTopologyEndpointSmmu(process, i) == (int)smmu)
            return (int)i;
    }
    return CMDQV_NONE;
}


/*
 * Where the process has the endpoint's bus.  Hot-plug adds no PCI bus to a
 * virt machine, so every bus of the live domain is in argv, by the same name.
 */
static int
cmdqvAnchorProcessSmmu(const cmdqvTopology *live, guint endpoint, const cmdqvTopology *process, GHashTable *buses)
{
    const cmdqvBus *bus = cmdqvTopologyGetBus(live, g_array_index(live->endpoints, cmdqvEndpoint, endpoint).bus);
    guint at = bus && bus->name ? GPOINTER_TO_UINT(g_hash_table_lookup(buses, bus->name)) : 0;
    const cmdqvBus *root = at ? cmdqvTopologyGetBus(process, g_array_index(process->buses, cmdqvBus, at - 1).root) : NULL;

    return root ? root->smmu : CMDQV_NONE;
}


static bool
cmdqvAnchorAliasNumber(const cmdqvEndpoint *endpoint, unsigned int *number)
{
    return endpoint->id && g_str_has_prefix(endpoint->id, CMDQV_HOSTDEV_ALIAS_PREFIX) &&
        cmdqvStringToUint(endpoint->id + strlen(CMDQV_HOSTDEV_ALIAS_PREFIX), 10, G_MAXUINT, number);
}


/*
 * Of several that came by hot-plug, who came first.  Within <hostdev> and
 * within <interface> libvirt keeps the order of arrival, across a restart of
 * the daemon too; between the two kinds only its own aliases tell.
 */
static void
cmdqvAnchorChooseFirst(cmdqvAnchor *anchor, const cmdqvTopology *live)
{
    const cmdqvEndpoint *first = &g_array_index(live->endpoints, cmdqvEndpoint, g_array_index(anchor->endpoints, guint, 0));
    unsigned int lowest = G_MAXUINT;
    bool sameElement = true;
    bool allNumbered = true;
    guint chosen = 0;
    guint i;

    for (i = 0; i < anchor->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(live->endpoints, cmdqvEndpoint,
                                                       g_array_index(anchor->endpoints, guint, i));
        unsigned int number = 0;

        sameElement = sameElement && strcmp(endpoint->element, first->element) == 0;
        allNumbered = allNumbered && cmdqvAnchorAliasNumber(endpoint, &number);
        if (number < lowest) {
            lowest = number;
            chosen = i;
        }
    }

    if (!sameElement && !allNumbered) {
        anchor->source = CMDQV_ANCHOR_UNKNOWN;
        anchor->detail = g_strdup("several devices were hot-plugged and the order is not known");
        return;
    }

    chosen = g_array_index(anchor->endpoints, guint, sameElement ? 0 : chosen);
    g_array_set_size(anchor->endpoints, 0);
    g_array_append_val(anchor->endpoints, chosen);
}


/* Nobody was there at start: look among those that came later, failover primaries among them. */
static void
cmdqvAnchorTrackHotplugged(cmdqvAnchor *anchor, guint smmu, const cmdqvTopology *live, const cmdqvTopology *process,
                           GHashTable *buses)
{
    guint i;

    for (i = 0; i < live->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(live->endpoints, cmdqvEndpoint, i);

        if (endpoint->kind == CMDQV_ENDPOINT_VFIO && cmdqvAnchorProcessSmmu(live, i, process, buses) == (int)smmu)
            g_array_append_val(anchor->endpoints, i);
    }
    if (anchor->endpoints->len == 0)
        return;

    anchor->source = CMDQV_ANCHOR_HOTPLUG;
    cmdqvAnchorChooseFirst(anchor, live);
}


/*
 * The same alias is the same device, unless libvirt has given it anew to one
 * that sits behind another SMMU, after a guest ejected the first.  Where the
 * definition moved devices past libvirt's back its addresses say nothing.
 */
static int
cmdqvAnchorLiveOf(const cmdqvTopology *live, const cmdqvEndpoint *cold, guint smmu, const cmdqvTopology *process,
                  GHashTable *buses)
{
    int endpoint = cold->id ? cmdqvTopologyFindEndpointId(live, cold->id) : CMDQV_NONE;

    if (endpoint == CMDQV_NONE || live->passthroughArgs)
        return endpoint;
    return cmdqvAnchorProcessSmmu(live, (guint)endpoint, process, buses) == (int)smmu ? endpoint : CMDQV_NONE;
}


static void
cmdqvAnchorTrackOne(cmdqvAnchor *anchor, guint smmu, const cmdqvTopology *live, const cmdqvTopology *process,
                    GHashTable *buses)
{
    int cold = cmdqvAnchorFirstCold(process, smmu);
    const cmdqvEndpoint *device = cmdqvTopologyGetEndpoint(process, cold);
    int endpoint;
    guint at;

    if (!device) {
        cmdqvAnchorTrackHotplugged(anchor, smmu, live, process, buses);
        return;
    }

    anchor->source = CMDQV_ANCHOR_ARGV;
    endpoint = cmdqvAnchorLiveOf(live, device, smmu, process, buses);
    if (endpoint == CMDQV_NONE) {
        anchor->detail = g_strdup_printf("device '%s' anchored it and is no longer in the domain",
                                         device->id ? device->id : "");
        return;
    }
    at = (guint)endpoint;
    g_array_append_val(anchor->endpoints, at);
}


/* No process to ask: every device of the host that the live XML shows there may be it. */
static void
cmdqvAnchorTrackBlind(cmdqvAnchor *anchor, guint smmu, const cmdqvTopology *live, const char *reason)
{
    guint i;

    anchor->source = CMDQV_ANCHOR_UNKNOWN;
    anchor->detail = g_strdup(reason);
    for (i = 0; i < live->endpoints->len; i++) {
        if (g_array_index(live->endpoints, cmdqvEndpoint, i).kind == CMDQV_ENDPOINT_VFIO &&
            (live->passthroughArgs || cmdqvTopologyEndpointSmmu(live, i) == (int)smmu))
            g_array_append_val(anchor->endpoints, i);
    }
}


/* Why the SMMU has no CMDQV; NULL where it has, or may have. */
static const char *
cmdqvAnchorWhyInactive(const cmdqvSmmu *smmu, bool hostMayHaveCmdqv)
{
    if (smmu->accel != CMDQV_SWITCH_ON)
        return "the SMMU is not accelerated";
    if (smmu->cmdqv == CMDQV_SWITCH_OFF)
        return "CMDQV is switched off";
    if (smmu->cmdqv != CMDQV_SWITCH_ON && !hostMayHaveCmdqv)
        return "CMDQV is left to QEMU and the host has none";
    return NULL;
}


/* Adds the entry of an SMMU to @anchors. */
static cmdqvAnchor *
cmdqvAnchorAdd(GPtrArray *anchors, const cmdqvTopology *topology, guint smmu, bool hostMayHaveCmdqv)
{
    cmdqvAnchor *anchor = cmdqvAnchorNew(topology, smmu);
    const char *inactive = cmdqvAnchorWhyInactive(&anchor->smmu, hostMayHaveCmdqv);

    g_ptr_array_add(anchors, anchor);
    if (inactive) {
        anchor->source = CMDQV_ANCHOR_INACTIVE;
        anchor->detail = g_strdup(inactive);
    }
    return anchor;
}


/**
 * cmdqvAnchorTrackLive:
 * @live: the live XML of a running domain
 * @process: the argv of its QEMU, NULL where that cannot be told
 * @reason: why it cannot
 * @hostMayHaveCmdqv: false where the host certainly has no CMDQV, so that
 *   QEMU's auto means off
 *
 * Returns: (transfer full) (element-type cmdqvAnchor): one for each SMMU, in
 * order; they borrow from the topologies
 */
GPtrArray *
cmdqvAnchorTrackLive(const cmdqvTopology *live, const cmdqvTopology *process, const char *reason, bool hostMayHaveCmdqv)
{
    const cmdqvTopology *truth = process ? process : live;
    g_autoptr(GPtrArray) anchors = g_ptr_array_new_with_free_func((GDestroyNotify)cmdqvAnchorFree);
    g_autoptr(GHashTable) buses = g_hash_table_new(g_str_hash, g_str_equal);
    guint i;

    for (i = 0; i < truth->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(truth->buses, cmdqvBus, i);

        if (bus->name)
            (void)g_hash_table_insert(buses, bus->name, GUINT_TO_POINTER(i + 1));
    }

    for (i = 0; i < truth->smmus->len; i++) {
        cmdqvAnchor *anchor = cmdqvAnchorAdd(anchors, truth, i, hostMayHaveCmdqv);

        if (anchor->source == CMDQV_ANCHOR_INACTIVE)
            continue;
        if (process)
            cmdqvAnchorTrackOne(anchor, i, live, process, buses);
        else
            cmdqvAnchorTrackBlind(anchor, i, live, reason);
    }
    return g_steal_pointer(&anchors);
}


/**
 * cmdqvAnchorTrackDefinition:
 * @definition: the inactive XML of a domain, addresses assigned
 * @hostMayHaveCmdqv: as in cmdqvAnchorTrackLive()
 *
 * Returns: (transfer full) (element-type cmdqvAnchor): what will anchor each SMMU
 * when the domain starts; they borrow from @definition
 */
GPtrArray *
cmdqvAnchorTrackDefinition(const cmdqvTopology *definition, bool hostMayHaveCmdqv)
{
    g_autoptr(GPtrArray) anchors = g_ptr_array_new_with_free_func((GDestroyNotify)cmdqvAnchorFree);
    guint i;

    for (i = 0; i < definition->smmus->len; i++) {
        cmdqvAnchor *anchor = cmdqvAnchorAdd(anchors, definition, i, hostMayHaveCmdqv);
        int first = cmdqvAnchorFirstCold(definition, i);
        guint at;

        if (anchor->source == CMDQV_ANCHOR_INACTIVE || first == CMDQV_NONE)
            continue;
        anchor->source = CMDQV_ANCHOR_DEFINITION;
        at = (guint)first;
        g_array_append_val(anchor->endpoints, at);
    }
    return g_steal_pointer(&anchors);
}


/**
 * cmdqvAnchorOf:
 * @anchors: (element-type cmdqvAnchor): the anchors of a domain
 * @endpoint: index of an endpoint of the same domain
 *
 * Returns: (transfer none): the entry in which the endpoint is, or may be, the
 * anchor; NULL if it is none
 */
const cmdqvAnchor *
cmdqvAnchorOf(const GPtrArray *anchors, guint endpoint)
{
    guint i;
    guint j;

    for (i = 0; i < anchors->len; i++) {
        const cmdqvAnchor *anchor = g_ptr_array_index(anchors, i);

        for (j = 0; j < anchor->endpoints->len; j++) {
            if (g_array_index(anchor->endpoints, guint, j) == endpoint)
                return anchor;
        }
    }
    return NULL;
}
