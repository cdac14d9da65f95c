/*
 * qemu/anchor.c: which endpoint anchors which vSMMU
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

#include "qemu/anchor.h"

#include <string.h>

#include "util/text.h"

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


/**
 * cmdqvAnchorSourceToString:
 * @source: where an anchor was read
 *
 * Returns: (transfer none): its name, as in the XML and JSON of anchors
 */
const char *
cmdqvAnchorSourceToString(cmdqvAnchorSource source)
{
    return cmdqvAnchorSourceNames[source];
}


/**
 * cmdqvAnchorSetting:
 * @smmu: an SMMU
 *
 * Returns: "on"; "auto" where it is left to QEMU; "off", also where there can be
 * none for lack of acceleration
 */
const char *
cmdqvAnchorSetting(const cmdqvSmmu *smmu)
{
    if (smmu->accel != CMDQV_SWITCH_ON || smmu->cmdqv == CMDQV_SWITCH_OFF)
        return "off";
    return smmu->cmdqv == CMDQV_SWITCH_ON ? "on" : "auto";
}


/**
 * cmdqvAnchorFree:
 * @anchor: (transfer full) (nullable): an anchor
 */
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


/**
 * cmdqvAnchorCountCandidates:
 * @topology: a definition, or a command line
 * @how: how sure one has to be
 *
 * Returns: (transfer full) (element-type guint): for each SMMU, how many
 * cold-plugged devices can anchor it
 */
GArray *
cmdqvAnchorCountCandidates(const cmdqvTopology *topology, cmdqvCandidates how)
{
    GArray *counts = g_array_sized_new(FALSE, TRUE, sizeof(guint), topology->smmus->len);
    guint anywhere = 0;
    guint i;

    g_array_set_size(counts, topology->smmus->len);
    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *device = &g_array_index(topology->endpoints, cmdqvEndpoint, i);
        int smmu = cmdqvTopologyEndpointSmmu(topology, i);

        if (!cmdqvEndpointMayAnchor(device) &&
            (how == CMDQV_CANDIDATES_CERTAIN || device->kind != CMDQV_ENDPOINT_POOLED || !device->iommufd))
            continue;
        if (smmu != CMDQV_NONE)
            g_array_index(counts, guint, smmu)++;
        else if (how == CMDQV_CANDIDATES_POSSIBLE && !cmdqvTopologyIsPlaced(topology, i))
            anywhere++;
    }

    /* what libvirt has still to place may come to be behind any of them */
    for (i = 0; i < counts->len; i++)
        g_array_index(counts, guint, i) += anywhere;
    return counts;
}


/*
 * For each SMMU the first that QEMU creates behind it when it starts;
 * CMDQV_NONE if nobody is there.
 */
static GArray *
cmdqvAnchorFirstCold(const cmdqvTopology *process)
{
    GArray *first = g_array_sized_new(FALSE, TRUE, sizeof(int), process->smmus->len);
    const int nobody = CMDQV_NONE;
    guint i;

    for (i = 0; i < process->smmus->len; i++)
        g_array_append_val(first, nobody);
    for (i = 0; i < process->endpoints->len; i++) {
        int smmu = cmdqvTopologyEndpointSmmu(process, i);

        if (smmu != CMDQV_NONE && g_array_index(first, int, smmu) == CMDQV_NONE &&
            cmdqvEndpointMayAnchor(&g_array_index(process->endpoints, cmdqvEndpoint, i)))
            g_array_index(first, int, smmu) = (int)i;
    }
    return first;
}


/* A running domain from both sides, with what is looked up over and over; indexes are kept off by one. */
typedef struct {
    const cmdqvTopology *live;
    const cmdqvTopology *process;
    GHashTable *buses;          /* name to bus of the process */
    GHashTable *aliases;        /* alias to endpoint of the live domain */
} cmdqvAnchorView;


/*
 * Where the process has the endpoint's bus.  Hot-plug adds no PCI bus to a
 * virt machine, so every bus of the live domain is in argv, by the same name.
 */
static int
cmdqvAnchorProcessSmmu(const cmdqvAnchorView *view, guint endpoint)
{
    const cmdqvTopology *process = view->process;
    const cmdqvBus *bus = cmdqvTopologyGetBus(view->live,
                                              g_array_index(view->live->endpoints, cmdqvEndpoint, endpoint).bus);
    guint at = bus && bus->name ? GPOINTER_TO_UINT(g_hash_table_lookup(view->buses, bus->name)) : 0;
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


/*
 * The same alias is the same device, unless libvirt has given it anew to one
 * that sits behind another SMMU, after a guest ejected the first.  Where the
 * definition moved devices past libvirt's back its addresses say nothing.
 */
static int
cmdqvAnchorLiveOf(const cmdqvAnchorView *view, const cmdqvEndpoint *cold, guint smmu)
{
    int endpoint = cold->id ? GPOINTER_TO_INT(g_hash_table_lookup(view->aliases, cold->id)) - 1 : CMDQV_NONE;

    if (endpoint == CMDQV_NONE || view->live->passthroughArgs)
        return endpoint;
    return cmdqvAnchorProcessSmmu(view, (guint)endpoint) == (int)smmu ? endpoint : CMDQV_NONE;
}


static void
cmdqvAnchorTrackCold(cmdqvAnchor *anchor, const cmdqvAnchorView *view, guint smmu, const cmdqvEndpoint *cold)
{
    int endpoint = cmdqvAnchorLiveOf(view, cold, smmu);
    guint at = (guint)endpoint;

    anchor->source = CMDQV_ANCHOR_ARGV;
    if (endpoint != CMDQV_NONE)
        g_array_append_val(anchor->endpoints, at);
    else
        anchor->detail = g_strdup_printf("device '%s' anchored it and is no longer in the domain", cold->id ? cold->id : "");
}


/* Where nobody was there at start, look among those that came later, failover primaries among them. */
static void
cmdqvAnchorTrackHotplugged(GPtrArray *anchors, const cmdqvAnchorView *view)
{
    guint i;

    for (i = 0; i < view->live->endpoints->len; i++) {
        int smmu = g_array_index(view->live->endpoints, cmdqvEndpoint, i).kind == CMDQV_ENDPOINT_VFIO
            ? cmdqvAnchorProcessSmmu(view, i) : CMDQV_NONE;
        cmdqvAnchor *anchor = smmu == CMDQV_NONE ? NULL : g_ptr_array_index(anchors, smmu);

        if (anchor && anchor->source == CMDQV_ANCHOR_NOBODY)
            g_array_append_val(anchor->endpoints, i);
    }

    for (i = 0; i < anchors->len; i++) {
        cmdqvAnchor *anchor = g_ptr_array_index(anchors, i);

        if (anchor->source != CMDQV_ANCHOR_NOBODY || anchor->endpoints->len == 0)
            continue;
        anchor->source = CMDQV_ANCHOR_HOTPLUG;
        cmdqvAnchorChooseFirst(anchor, view->live);
    }
}


static void
cmdqvAnchorTrackProcess(GPtrArray *anchors, const cmdqvAnchorView *view)
{
    g_autoptr(GArray) first = cmdqvAnchorFirstCold(view->process);
    guint i;

    for (i = 0; i < view->process->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(view->process->buses, cmdqvBus, i);

        if (bus->name)
            (void)g_hash_table_insert(view->buses, bus->name, GUINT_TO_POINTER(i + 1));
    }
    for (i = 0; i < view->live->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(view->live->endpoints, cmdqvEndpoint, i);

        if (endpoint->id)
            (void)g_hash_table_insert(view->aliases, endpoint->id, GINT_TO_POINTER((int)i + 1));
    }

    for (i = 0; i < anchors->len; i++) {
        cmdqvAnchor *anchor = g_ptr_array_index(anchors, i);
        const cmdqvEndpoint *cold = cmdqvTopologyGetEndpoint(view->process, g_array_index(first, int, i));

        if (cold && anchor->source != CMDQV_ANCHOR_INACTIVE)
            cmdqvAnchorTrackCold(anchor, view, i, cold);
    }
    cmdqvAnchorTrackHotplugged(anchors, view);
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
    g_autoptr(GHashTable) aliases = g_hash_table_new(g_str_hash, g_str_equal);
    const cmdqvAnchorView view = { live, process, buses, aliases };
    guint i;

    for (i = 0; i < truth->smmus->len; i++) {
        cmdqvAnchor *anchor = cmdqvAnchorAdd(anchors, truth, i, hostMayHaveCmdqv);

        if (!process && anchor->source != CMDQV_ANCHOR_INACTIVE)
            cmdqvAnchorTrackBlind(anchor, i, live, reason);
    }
    if (process)
        cmdqvAnchorTrackProcess(anchors, &view);
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
    g_autoptr(GArray) first = cmdqvAnchorFirstCold(definition);
    guint i;

    for (i = 0; i < definition->smmus->len; i++) {
        cmdqvAnchor *anchor = cmdqvAnchorAdd(anchors, definition, i, hostMayHaveCmdqv);
        guint at = (guint)g_array_index(first, int, i);

        if (anchor->source == CMDQV_ANCHOR_INACTIVE || g_array_index(first, int, i) == CMDQV_NONE)
            continue;
        anchor->source = CMDQV_ANCHOR_DEFINITION;
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
