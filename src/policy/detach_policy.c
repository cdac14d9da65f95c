/*
 * detach_policy.c: decide whether a device may be detached
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Model: input is a topology, its anchors and the request of a caller, all
 * const; output is a verdict. No libvirt call, no file, no clock, no global:
 * the caller reads all facts before, and applies the verdict.
 *
 * Trust: the live XML and the argv are true; the device XML is untrusted. It
 * designates the device that libvirt would find (conf/device_xml.c), and an
 * anchor counts as designated if libvirt could find several.
 *
 * Exceptions: any device that is no anchor may be detached, also behind a
 * vSMMU. In a definition no device is attached yet, so only the last candidate
 * must stay.
 */

#include "policy/detach_policy.h"

#include "policy/rules_device.h"
#include "qemu/anchor.h"


static cmdqvVerdict *
cmdqvDetachPolicyKeepAnchor(const char *domain, const cmdqvEndpoint *endpoint, const cmdqvAnchor *anchor)
{
    cmdqvVerdict *verdict = cmdqvVerdictNewOf(CMDQV_RULES_DEVICE_KEEP_ANCHOR, &anchor->smmu, anchor->busName, endpoint);

    if (anchor->source == CMDQV_ANCHOR_UNKNOWN)
        verdict->message = g_strdup_printf("cannot detach device %s from running domain '%s': it is behind %s, and which device "
                                           "anchors the CMDQV there is not known (%s); shut the domain down to remove it",
                                           verdict->device, domain, verdict->smmu, anchor->detail);
    else
        verdict->message = g_strdup_printf("cannot detach device %s from running domain '%s': it anchors the CMDQV of %s, "
                                           "and the guest would lose its command queues; shut the domain down to remove "
                                           "it", verdict->device, domain, verdict->smmu);
    return verdict;
}


/**
 * cmdqvDetachPolicyLive:
 * @domain: name of the domain
 * @live: its live XML
 * @anchors: (element-type cmdqvAnchor): from cmdqvAnchorTrackLive()
 * @device: the device to detach
 *
 * Returns: (transfer full): a refusal, NULL if it may be detached or does not
 * exist
 */
cmdqvVerdict *
cmdqvDetachPolicyLive(const char *domain, const cmdqvTopology *live, const GPtrArray *anchors, const cmdqvDevice *device)
{
    guint i;

    for (i = 0; i < live->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(live->endpoints, cmdqvEndpoint, i);
        const cmdqvAnchor *anchor;

        if (!cmdqvDeviceDesignates(device, endpoint, true))
            continue;
        anchor = cmdqvAnchorOf(anchors, i);
        if (anchor)
            return cmdqvDetachPolicyKeepAnchor(domain, endpoint, anchor);
    }
    return NULL;
}


/* Finds the device of another topology of the domain with the same host address. */
static int
cmdqvDetachPolicyFindHost(const cmdqvTopology *topology, const cmdqvEndpoint *endpoint)
{
    guint i;

    for (i = 0; endpoint->hasHost && i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *other = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (other->hasHost && cmdqvPCIAddressEqual(&other->host, &endpoint->host))
            return (int)i;
    }
    return CMDQV_NONE;
}


/* The first device that anchors a vSMMU, or may do so, CMDQV_NONE if none does. */
static int
cmdqvDetachPolicyFirstAnchor(const GPtrArray *anchors, const cmdqvAnchor **found)
{
    guint i;

    for (i = 0; i < anchors->len; i++) {
        *found = g_ptr_array_index(anchors, i);
        if ((*found)->endpoints->len > 0)
            return (int)g_array_index((*found)->endpoints, guint, 0);
    }
    return CMDQV_NONE;
}


/**
 * cmdqvDetachPolicyOneOfAll:
 * @domain: name of the domain
 * @live: its live XML
 * @anchors: (element-type cmdqvAnchor): from cmdqvAnchorTrackLive()
 * @definition: its inactive XML
 * @device: the device to detach from the running domain alone
 *
 * For a manager that detaches a device from the running domain alone, although
 * the definition has it, only in order to detach all of them, one by one, and
 * attaches none again if one of them is refused.
 *
 * Returns: (transfer full): a refusal, NULL if the domain has no anchor or the
 * definition has no such device
 */
cmdqvVerdict *
cmdqvDetachPolicyOneOfAll(const char *domain, const cmdqvTopology *live, const GPtrArray *anchors, const cmdqvTopology *definition,
                          const cmdqvDevice *device)
{
    const cmdqvAnchor *anchor = NULL;
    int first = cmdqvDetachPolicyFirstAnchor(anchors, &anchor);
    guint i;

    for (i = 0; first != CMDQV_NONE && i < live->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(live->endpoints, cmdqvEndpoint, i);
        g_autofree char *stays = NULL;
        cmdqvVerdict *verdict;

        if (!cmdqvDeviceDesignates(device, endpoint, true) || cmdqvDetachPolicyFindHost(definition, endpoint) == CMDQV_NONE)
            continue;
        stays = cmdqvTopologyNameEndpoint(&g_array_index(live->endpoints, cmdqvEndpoint, first));
        verdict = cmdqvVerdictNewOf(CMDQV_RULES_DEVICE_KEEP_ANCHOR, &anchor->smmu, anchor->busName, endpoint);
        verdict->message = g_strdup_printf("cannot detach device %s from running domain '%s' alone: a suspend, a cold snapshot or a "
                                           "live migration would detach all, and device %s must stay: it anchors the CMDQV of %s; shut "
                                           "the instance down instead", verdict->device, domain, stays, verdict->smmu);
        return verdict;
    }
    return NULL;
}


/**
 * cmdqvDetachPolicyNoteLost:
 * @verdict: the refusal to detach a device from a running domain
 * @domain: name of the domain
 * @live: its live XML
 * @anchors: (element-type cmdqvAnchor): from cmdqvAnchorTrackLive()
 * @definition: its inactive XML
 * @device: the device
 *
 * For clients that have detached it from the definition first: adds to the
 * message that it is lost there, and how to put it back. A device that was
 * hot-plugged may never have been there.
 */
void
cmdqvDetachPolicyNoteLost(cmdqvVerdict *verdict, const char *domain, const cmdqvTopology *live, const GPtrArray *anchors,
                          const cmdqvTopology *definition, const cmdqvDevice *device)
{
    guint i;

    for (i = 0; i < live->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(live->endpoints, cmdqvEndpoint, i);
        const cmdqvAnchor *anchor = cmdqvAnchorOf(anchors, i);

        if (!endpoint->hasHost || !anchor || anchor->source != CMDQV_ANCHOR_ARGV || !cmdqvDeviceDesignates(device, endpoint, true) ||
            cmdqvDetachPolicyFindHost(definition, endpoint) != CMDQV_NONE)
            continue;
        cmdqvVerdictNote(verdict, "the definition of the domain has lost the device already: put its <%s> from 'virsh dumpxml %s' into a FILE, "
                         "and run 'virsh attach-device %s FILE --config'", endpoint->element, domain, domain);
        return;
    }
}


static cmdqvVerdict *
cmdqvDetachPolicyKeepCandidate(const char *domain, const cmdqvTopology *definition, const cmdqvSmmu *smmu, const char *device)
{
    const cmdqvBus *bus = cmdqvTopologyGetBus(definition, smmu->bus);
    cmdqvVerdict *verdict = cmdqvVerdictNewOf(CMDQV_RULES_DEVICE_KEEP_CANDIDATE, smmu, bus ? bus->name : NULL, NULL);

    verdict->device = g_strdup(device);
    verdict->message = g_strdup_printf("cannot detach device %s from the definition of domain '%s': no PCI hostdev with "
                                       "iommufd would be left to anchor the CMDQV of %s; add another one behind it "
                                       "first, or remove cmdqv='on'", device, domain, verdict->smmu);
    return verdict;
}


/* Refuses the change if a vSMMU has a candidate for an anchor before it, and none after it. */
static cmdqvVerdict *
cmdqvDetachPolicyJudgeWithout(const char *domain, const cmdqvTopology *definition, const cmdqvTopology *without, const char *device)
{
    g_autoptr(GArray) before = cmdqvAnchorCountCandidates(definition, CMDQV_CANDIDATES_POSSIBLE);
    g_autoptr(GArray) after = cmdqvAnchorCountCandidates(without, CMDQV_CANDIDATES_POSSIBLE);
    guint i;

    for (i = 0; i < definition->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(definition->smmus, cmdqvSmmu, i);

        if (smmu->accel == CMDQV_SWITCH_ON && smmu->cmdqv == CMDQV_SWITCH_ON &&
            g_array_index(before, guint, i) > 0 && g_array_index(after, guint, i) == 0)
            return cmdqvDetachPolicyKeepCandidate(domain, definition, smmu, device);
    }
    return NULL;
}


static cmdqvVerdict *
cmdqvDetachPolicyConfigBus(const char *domain, const cmdqvTopology *definition, guint bus)
{
    g_autoptr(cmdqvTopology) without = cmdqvTopologyCopy(definition);
    g_autofree char *name = g_strdup_printf("(PCI controller %d)", g_array_index(definition->buses, cmdqvBus, bus).index);

    cmdqvTopologyRemoveBus(without, bus);
    return cmdqvDetachPolicyJudgeWithout(domain, definition, without, name);
}


static cmdqvVerdict *
cmdqvDetachPolicyConfigEndpoint(const char *domain, const cmdqvTopology *definition, guint endpoint)
{
    g_autoptr(cmdqvTopology) without = cmdqvTopologyCopy(definition);
    g_autofree char *name = cmdqvTopologyNameEndpoint(&g_array_index(definition->endpoints, cmdqvEndpoint, endpoint));

    cmdqvTopologyRemoveEndpoint(without, endpoint);
    return cmdqvDetachPolicyJudgeWithout(domain, definition, without, name);
}


/**
 * cmdqvDetachPolicyConfig:
 * @domain: name of the domain
 * @definition: its inactive XML
 * @device: the device to detach
 *
 * A definition that breaks rules already may be changed: only the effect of
 * this detach counts.
 *
 * Returns: (transfer full): a refusal, NULL if it may be detached or does not
 * exist
 */
cmdqvVerdict *
cmdqvDetachPolicyConfig(const char *domain, const cmdqvTopology *definition, const cmdqvDevice *device)
{
    cmdqvVerdict *verdict = NULL;
    guint i;

    for (i = 0; i < definition->endpoints->len && !verdict; i++) {
        if (cmdqvDeviceDesignates(device, &g_array_index(definition->endpoints, cmdqvEndpoint, i), false))
            verdict = cmdqvDetachPolicyConfigEndpoint(domain, definition, i);
    }
    for (i = 0; i < definition->buses->len && !verdict; i++) {
        if (cmdqvDeviceDesignatesBus(device, &g_array_index(definition->buses, cmdqvBus, i)))
            verdict = cmdqvDetachPolicyConfigBus(domain, definition, i);
    }
    return verdict;
}


/**
 * cmdqvDetachPolicyConfigOfAnchor:
 * @domain: name of the domain
 * @definition: its inactive XML
 * @live: its live XML
 * @anchors: (element-type cmdqvAnchor): from cmdqvAnchorTrackLive()
 * @device: the device to detach from the definition alone
 *
 * For managers that detach from the definition first and from the running
 * domain second: a refusal of the second would leave them with a wrong record.
 *
 * Returns: (transfer full): a refusal, NULL if the device anchors nothing now
 */
cmdqvVerdict *
cmdqvDetachPolicyConfigOfAnchor(const char *domain, const cmdqvTopology *definition, const cmdqvTopology *live,
                                const GPtrArray *anchors, const cmdqvDevice *device)
{
    const cmdqvAnchor *anchor = NULL;
    cmdqvVerdict *verdict;
    int running = CMDQV_NONE;
    guint i;

    for (i = 0; i < definition->endpoints->len && !anchor; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(definition->endpoints, cmdqvEndpoint, i);

        if (cmdqvDeviceDesignates(device, endpoint, false))
            running = cmdqvDetachPolicyFindHost(live, endpoint);
        anchor = running == CMDQV_NONE ? NULL : cmdqvAnchorOf(anchors, (guint)running);
    }
    if (!anchor)
        return NULL;

    verdict = cmdqvVerdictNewOf(CMDQV_RULES_DEVICE_KEEP_ANCHOR, &anchor->smmu, anchor->busName,
                                &g_array_index(live->endpoints, cmdqvEndpoint, running));
    verdict->message = g_strdup_printf("cannot detach device %s from the definition of domain '%s': in the running domain it anchors "
                                       "the CMDQV of %s and must stay; shut the domain down to remove it",
                                       verdict->device, domain, verdict->smmu);
    return verdict;
}
