/*
 * anchor.c: find the endpoint that anchors each vSMMU
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The first vfio-pci on iommufd that QEMU creates behind an accelerated
 * arm-smmuv3 makes the host allocate the viommu
 * (smmuv3_accel_set_iommu_device(), hw/arm/smmuv3-accel.c of QEMU), and with
 * CMDQV the guest's queues depend on it. The argv of the process says which
 * device was first: it has the devices of the start, in order, and no later
 * ones. If argv has no device behind the SMMU, the anchor is the first that was
 * hot-plugged there. libvirt lists devices in the order of hot-plug, because it
 * appends. Both sources survive a restart of the daemon, so the module need not
 * store anything.
 *
 * If the anchor is unknown, the result has all devices that may be it, and the
 * caller must keep them all.
 */

#include "qemu/anchor.h"

#include <string.h>

#include "util/text.h"

/* qemuAssignDeviceHostdevAlias(), src/qemu/qemu_alias.c of libvirt uses one above the highest number in use. */
#define CMDQV_ANCHOR_HOSTDEV_ALIAS_PREFIX "hostdev"

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
 * @source: source of an anchor
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
 * Returns: "on"; "auto" if QEMU decides; "off", also if the SMMU is not
 * accelerated
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
 * @how: which devices count
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

    /* libvirt may put a device without an address behind any of them */
    for (i = 0; i < counts->len; i++)
        g_array_index(counts, guint, i) += anywhere;
    return counts;
}


/*
 * For each SMMU the first device that QEMU creates behind it at start;
 * CMDQV_NONE if there is none.
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


/* A running domain from libvirt and from its process, with lookup tables, which hold an index plus one. */
typedef struct {
    const cmdqvTopology *live;
    const cmdqvTopology *process;
    GHashTable *buses;          /* name to bus of the process */
    GHashTable *aliases;        /* alias to endpoint of the live domain */
} cmdqvAnchorView;


/*
 * The SMMU of the endpoint's bus in the process. Hot-plug adds no PCI bus to a
 * virt machine, so argv has every bus of the live domain, by the same name.
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
    return endpoint->id && g_str_has_prefix(endpoint->id, CMDQV_ANCHOR_HOSTDEV_ALIAS_PREFIX) &&
        cmdqvTextToUnsigned(endpoint->id + strlen(CMDQV_ANCHOR_HOSTDEV_ALIAS_PREFIX), 10, G_MAXUINT, number);
}


/*
 * Chooses the first of several hot-plugged devices. libvirt keeps the order of
 * hot-plug among <hostdev> and among <interface>, also across a restart of the
 * daemon; between the two kinds, only the numbers in its own aliases show the
 * order.
 */
static void
cmdqvAnchorChooseFirst(cmdqvAnchor *anchor, const cmdqvTopology *live)
{
    const cmdqvEndpoint *first = &g_array_index(live->endpoints, cmdqvEndpoint, g_array_index(anchor->endpoints, guint, 0));
    unsigned int lowest = G_MAXUINT;
    bool sameElement = true;
    bool allNumbered = true;
    bool heldBack = false;
    guint chosen = 0;
    guint i;

    for (i = 0; i < anchor->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(live->endpoints, cmdqvEndpoint,
                                                       g_array_index(anchor->endpoints, guint, i));
        unsigned int number = 0;

        heldBack = heldBack || endpoint->failover;
        sameElement = sameElement && strcmp(endpoint->element, first->element) == 0;
        allNumbered = allNumbered && cmdqvAnchorAliasNumber(endpoint, &number);
        if (number < lowest) {
            lowest = number;
            chosen = i;
        }
    }

    /* QEMU creates it when the guest asks for it, and neither the XML nor argv says whether it did */
    if (heldBack) {
        anchor->source = CMDQV_ANCHOR_UNKNOWN;
        anchor->detail = g_strdup("a failover primary anchors only after the guest has asked for it");
        return;
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


/* A device without an id is one that libvirt does not know; the live side has it from the process (policy/running_domain.c). */
static int
cmdqvAnchorLiveOfNameless(const cmdqvAnchorView *view, const cmdqvEndpoint *cold)
{
    guint i;

    for (i = 0; i < view->live->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(view->live->endpoints, cmdqvEndpoint, i);

        if (!endpoint->id && endpoint->kind == cold->kind && endpoint->hasHost == cold->hasHost &&
            (!cold->hasHost || cmdqvPCIAddressEqual(&endpoint->host, &cold->host)))
            return (int)i;
    }
    return CMDQV_NONE;
}


/*
 * Whether addresses in the XML do not count, as QEMU got devices that libvirt does not
 * know: from arguments of the definition, or from an <emulator> that is a program
 * which adds some.
 */
static bool
cmdqvAnchorIsPastLibvirt(const cmdqvAnchorView *view, const cmdqvEndpoint *cold)
{
    return view->live->passthroughArgs || view->live->smmus->len != view->process->smmus->len ||
        (cold->busName && cmdqvTopologyFindBusName(view->live, cold->busName) == CMDQV_NONE);
}


/*
 * The same alias means the same device, unless libvirt has reused it for a
 * device behind another SMMU after the guest ejected the first.
 */
static int
cmdqvAnchorLiveOf(const cmdqvAnchorView *view, const cmdqvEndpoint *cold, guint smmu)
{
    int endpoint = cold->id ? GPOINTER_TO_INT(g_hash_table_lookup(view->aliases, cold->id)) - 1
                            : cmdqvAnchorLiveOfNameless(view, cold);

    if (endpoint == CMDQV_NONE || cmdqvAnchorIsPastLibvirt(view, cold))
        return endpoint;
    return cmdqvAnchorProcessSmmu(view, (guint)endpoint) == (int)smmu ? endpoint : CMDQV_NONE;
}


static void
cmdqvAnchorTrackCold(cmdqvAnchor *anchor, const cmdqvAnchorView *view, guint smmu, const cmdqvEndpoint *cold)
{
    int endpoint = cmdqvAnchorLiveOf(view, cold, smmu);
    g_autofree char *name = cmdqvTopologyNameEndpoint(cold);
    guint at = (guint)endpoint;

    anchor->source = CMDQV_ANCHOR_ARGV;
    if (endpoint != CMDQV_NONE)
        g_array_append_val(anchor->endpoints, at);
    else
        anchor->detail = g_strdup_printf("device %s anchored it and is no longer in the domain", name);
}


/* If no device was there at start, looks among those that were hot-plugged, failover primaries included. */
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
            (void)g_hash_table_insert(view->buses, (gpointer)bus->name, GUINT_TO_POINTER(i + 1));
    }
    for (i = 0; i < view->live->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(view->live->endpoints, cmdqvEndpoint, i);

        if (endpoint->id)
            (void)g_hash_table_insert(view->aliases, (gpointer)endpoint->id, GINT_TO_POINTER((int)i + 1));
    }

    for (i = 0; i < anchors->len; i++) {
        cmdqvAnchor *anchor = g_ptr_array_index(anchors, i);
        const cmdqvEndpoint *cold = cmdqvTopologyGetEndpoint(view->process, g_array_index(first, int, i));

        if (cold && anchor->source != CMDQV_ANCHOR_INACTIVE)
            cmdqvAnchorTrackCold(anchor, view, i, cold);
    }
    cmdqvAnchorTrackHotplugged(anchors, view);
}


/* Without a process: each host device that the live XML has there may be the anchor. */
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


/* Why the SMMU has no CMDQV; NULL if it has, or may have. */
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


/* Adds an entry for an SMMU that may be in the hidden part, at an unknown bus: each host device may be its anchor. */
static void
cmdqvAnchorAddHidden(GPtrArray *anchors, const cmdqvTopology *live, const cmdqvTopology *process)
{
    cmdqvAnchor *anchor = g_new0(cmdqvAnchor, 1);
    guint i;

    anchor->smmu.accel = anchor->smmu.cmdqv = CMDQV_SWITCH_ON;
    anchor->smmu.bus = CMDQV_NONE;
    anchor->source = CMDQV_ANCHOR_UNKNOWN;
    anchor->detail = g_strdup(g_array_index(process->hidden, cmdqvBadValue, 0).message);
    anchor->endpoints = g_array_new(FALSE, FALSE, sizeof(guint));
    for (i = 0; i < live->endpoints->len; i++) {
        if (g_array_index(live->endpoints, cmdqvEndpoint, i).kind == CMDQV_ENDPOINT_VFIO)
            g_array_append_val(anchor->endpoints, i);
    }
    g_ptr_array_add(anchors, anchor);
}


/**
 * cmdqvAnchorTrackLive:
 * @live: the live XML of a running domain
 * @process: the argv of its QEMU, NULL if that is unknown
 * @reason: why it is unknown
 * @hostMayHaveCmdqv: false if the host certainly has no CMDQV, so that
 *   QEMU's auto means off
 *
 * Returns: (transfer full) (element-type cmdqvAnchor): one for each SMMU, in
 * order, and one more if another SMMU may be in a part that cannot be read;
 * they borrow from the topologies
 */
GPtrArray *
cmdqvAnchorTrackLive(const cmdqvTopology *live, const cmdqvTopology *process, const char *reason, bool hostMayHaveCmdqv)
{
    const cmdqvTopology *truth = process ? process : live;
    g_autoptr(GPtrArray) anchors = g_ptr_array_new_with_free_func((GDestroyNotify)cmdqvAnchorFree);
    g_autoptr(GHashTable) buses = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) aliases = g_hash_table_new(g_str_hash, g_str_equal);
    const cmdqvAnchorView view = { .live = live, .process = process, .buses = buses, .aliases = aliases };
    guint i;

    for (i = 0; i < truth->smmus->len; i++) {
        cmdqvAnchor *anchor = cmdqvAnchorAdd(anchors, truth, i, hostMayHaveCmdqv);

        if (!process && anchor->source != CMDQV_ANCHOR_INACTIVE)
            cmdqvAnchorTrackBlind(anchor, i, live, reason);
    }
    if (process)
        cmdqvAnchorTrackProcess(anchors, &view);
    if (process && cmdqvTopologyMayHide(process))
        cmdqvAnchorAddHidden(anchors, live, process);
    return g_steal_pointer(&anchors);
}


/**
 * cmdqvAnchorTrackDefinition:
 * @definition: the inactive XML of a domain, addresses assigned
 * @hostMayHaveCmdqv: as in cmdqvAnchorTrackLive()
 *
 * Returns: (transfer full) (element-type cmdqvAnchor): the future anchor of
 * each SMMU when the domain starts; they borrow from @definition
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


static bool
cmdqvAnchorIsWithout(const cmdqvEndpoint *endpoint, cmdqvAnchorHostSmmuLookup hostSmmu, gpointer data, const char *const *withoutCmdqv)
{
    char address[CMDQV_PCI_ADDRESS_LEN];
    g_autofree char *name = endpoint->hasHost ? hostSmmu(cmdqvPCIAddressFormat(&endpoint->host, address), data) : NULL;

    return name && g_strv_contains(withoutCmdqv, name);
}


/**
 * cmdqvAnchorSettleHost:
 * @anchors: (element-type cmdqvAnchor): the anchors of a domain
 * @topology: the live XML or the definition that has their endpoints
 * @hostSmmu: returns the host SMMU of a device
 * @data: for @hostSmmu
 * @withoutCmdqv: the SMMUs of this host that certainly have no CMDQV
 *
 * If QEMU decides, the host SMMU of the first device decides: if that certainly
 * has no CMDQV, QEMU sets no blocker (seen with 11.1). If the first device is
 * one of several, all must be behind such an SMMU. A domain with arguments of
 * its own may give QEMU another device than its XML has.
 */
void
cmdqvAnchorSettleHost(GPtrArray *anchors, const cmdqvTopology *topology, cmdqvAnchorHostSmmuLookup hostSmmu, gpointer data,
                      const char *const *withoutCmdqv)
{
    guint i;
    guint j;

    for (i = 0; i < anchors->len && !topology->passthroughArgs; i++) {
        cmdqvAnchor *anchor = g_ptr_array_index(anchors, i);
        bool without = anchor->endpoints->len > 0 && anchor->smmu.cmdqv != CMDQV_SWITCH_ON;

        for (j = 0; without && j < anchor->endpoints->len; j++)
            without = cmdqvAnchorIsWithout(&g_array_index(topology->endpoints, cmdqvEndpoint, g_array_index(anchor->endpoints, guint, j)),
                                           hostSmmu, data, withoutCmdqv);
        if (!without)
            continue;
        g_array_set_size(anchor->endpoints, 0);
        anchor->source = CMDQV_ANCHOR_INACTIVE;
        g_free(anchor->detail);
        anchor->detail = g_strdup("CMDQV is left to QEMU and the host SMMU of the device has none");
    }
}


/**
 * cmdqvAnchorOf:
 * @anchors: (element-type cmdqvAnchor): the anchors of a domain
 * @endpoint: index of an endpoint of the same domain
 *
 * Returns: (transfer none): the entry whose anchor the endpoint is, or may be;
 * NULL if there is none
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
