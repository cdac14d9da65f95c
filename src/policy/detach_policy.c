/*
 * policy/detach_policy.c: may this device go
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Model: a topology, the anchors tracked in it and what a caller asks for go
 * in, const; a verdict comes out.  No libvirt call, no file, no clock, no
 * global: who calls has read everything, and whoever gets the verdict applies
 * it.
 *
 * Trust: the live XML and the argv are true; the device XML is a stranger's.
 * It designates what libvirt would take by it (conf/device_xml.c), and
 * where libvirt would hesitate between devices an anchor is among them.
 *
 * Exceptions: what is not an anchor may go, whatever it is behind.  In a
 * definition nothing is attached yet, so there only the last one has to stay.
 */

#include "policy/detach_policy.h"

#include "qemu/anchor.h"

#define CMDQV_RULE_KEEP_ANCHOR "keep-anchor"
#define CMDQV_RULE_KEEP_CANDIDATE "keep-candidate"


/**
 * cmdqvVerdictFree:
 * @verdict: (transfer full) (nullable): a refusal
 */
void
cmdqvVerdictFree(cmdqvVerdict *verdict)
{
    if (!verdict)
        return;

    g_free(verdict->domain);
    g_free(verdict->uuid);
    g_free(verdict->smmu);
    g_free(verdict->device);
    g_free(verdict->message);
    g_free(verdict);
}


/**
 * cmdqvPolicyDeviceName:
 * @endpoint: a device
 *
 * Returns: (transfer full): 'hostdev0' (host 0009:01:00.0), or as much of it as
 * is known
 */
char *
cmdqvPolicyDeviceName(const cmdqvEndpoint *endpoint)
{
    char host[CMDQV_PCI_ADDRESS_LEN];

    if (endpoint->neededBy)
        return g_strdup_printf("'%s' that libvirt adds for <%s>", endpoint->element, endpoint->neededBy);
    if (!endpoint->hasHost)
        return g_strdup_printf("'%s'", endpoint->id ? endpoint->id : endpoint->element);
    (void)cmdqvPCIAddressFormat(&endpoint->host, host);
    return endpoint->id ? g_strdup_printf("'%s' (host %s)", endpoint->id, host) : g_strdup_printf("(host %s)", host);
}


/**
 * cmdqvPolicySmmuName:
 * @smmu: an SMMU
 * @busName: (nullable): the bus that it is attached to
 *
 * Returns: (transfer full): vSMMU 'iommu0' on bus 'pci.1', or as much of it as
 * is known
 */
char *
cmdqvPolicySmmuName(const cmdqvSmmu *smmu, const char *busName)
{
    if (!busName)
        return smmu->id ? g_strdup_printf("vSMMU '%s'", smmu->id) : g_strdup("the vSMMU");
    return smmu->id ? g_strdup_printf("vSMMU '%s' on bus '%s'", smmu->id, busName)
                    : g_strdup_printf("the vSMMU on bus '%s'", busName);
}


static cmdqvVerdict *
cmdqvPolicyKeepAnchor(const char *domain, const cmdqvEndpoint *endpoint, const cmdqvAnchor *anchor)
{
    cmdqvVerdict *verdict = g_new0(cmdqvVerdict, 1);

    verdict->rule = CMDQV_RULE_KEEP_ANCHOR;
    verdict->smmu = cmdqvPolicySmmuName(&anchor->smmu, anchor->busName);
    verdict->device = cmdqvPolicyDeviceName(endpoint);
    if (anchor->source == CMDQV_ANCHOR_UNKNOWN)
        verdict->message = g_strdup_printf("cannot detach device %s from running domain '%s': it is behind %s, and which "
                                           "device anchors the CMDQV there cannot be told (%s); shut the domain down to "
                                           "remove it", verdict->device, domain, verdict->smmu, anchor->detail);
    else
        verdict->message = g_strdup_printf("cannot detach device %s from running domain '%s': it anchors the CMDQV of %s, "
                                           "and the guest would lose its command queues; shut the domain down to remove "
                                           "it", verdict->device, domain, verdict->smmu);
    return verdict;
}


/**
 * cmdqvPolicyDetachLive:
 * @domain: name of the domain
 * @live: its live XML
 * @anchors: (element-type cmdqvAnchor): from cmdqvAnchorTrackLive()
 * @device: the device that is to go
 *
 * Returns: (transfer full): a refusal, NULL if it may go or is not there
 */
cmdqvVerdict *
cmdqvPolicyDetachLive(const char *domain, const cmdqvTopology *live, const GPtrArray *anchors, const cmdqvDevice *device)
{
    guint i;

    for (i = 0; i < live->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(live->endpoints, cmdqvEndpoint, i);
        const cmdqvAnchor *anchor;

        if (!cmdqvDeviceDesignates(device, endpoint, true))
            continue;
        anchor = cmdqvAnchorOf(anchors, i);
        if (anchor)
            return cmdqvPolicyKeepAnchor(domain, endpoint, anchor);
    }
    return NULL;
}


static cmdqvVerdict *
cmdqvPolicyKeepCandidate(const char *domain, const cmdqvTopology *definition, const cmdqvSmmu *smmu, const char *device)
{
    const cmdqvBus *bus = cmdqvTopologyGetBus(definition, smmu->bus);
    cmdqvVerdict *verdict = g_new0(cmdqvVerdict, 1);

    verdict->rule = CMDQV_RULE_KEEP_CANDIDATE;
    verdict->smmu = cmdqvPolicySmmuName(smmu, bus ? bus->name : NULL);
    verdict->device = g_strdup(device);
    verdict->message = g_strdup_printf("cannot detach device %s from the definition of domain '%s': no PCI hostdev with "
                                       "iommufd would be left to anchor the CMDQV of %s; add another one behind it "
                                       "first, or remove cmdqv='on'", device, domain, verdict->smmu);
    return verdict;
}


/* A vSMMU of the definition that has somebody to anchor it, and has nobody in what libvirt would leave. */
static cmdqvVerdict *
cmdqvPolicyJudgeWithout(const char *domain, const cmdqvTopology *definition, const cmdqvTopology *without, const char *device)
{
    g_autoptr(GArray) before = cmdqvAnchorCountCandidates(definition, CMDQV_CANDIDATES_POSSIBLE);
    g_autoptr(GArray) after = cmdqvAnchorCountCandidates(without, CMDQV_CANDIDATES_POSSIBLE);
    guint i;

    for (i = 0; i < definition->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(definition->smmus, cmdqvSmmu, i);

        if (smmu->accel == CMDQV_SWITCH_ON && smmu->cmdqv == CMDQV_SWITCH_ON &&
            g_array_index(before, guint, i) > 0 && g_array_index(after, guint, i) == 0)
            return cmdqvPolicyKeepCandidate(domain, definition, smmu, device);
    }
    return NULL;
}


static cmdqvVerdict *
cmdqvPolicyDetachConfigBus(const char *domain, const cmdqvTopology *definition, guint bus)
{
    g_autoptr(cmdqvTopology) without = cmdqvTopologyCopy(definition);
    g_autofree char *name = g_strdup_printf("(PCI controller %d)", g_array_index(definition->buses, cmdqvBus, bus).index);

    cmdqvTopologyRemoveBus(without, bus);
    return cmdqvPolicyJudgeWithout(domain, definition, without, name);
}


static cmdqvVerdict *
cmdqvPolicyDetachConfigEndpoint(const char *domain, const cmdqvTopology *definition, guint endpoint)
{
    g_autoptr(cmdqvTopology) without = cmdqvTopologyCopy(definition);
    g_autofree char *name = cmdqvPolicyDeviceName(&g_array_index(definition->endpoints, cmdqvEndpoint, endpoint));

    cmdqvTopologyRemoveEndpoint(without, endpoint);
    return cmdqvPolicyJudgeWithout(domain, definition, without, name);
}


/**
 * cmdqvPolicyDetachConfig:
 * @domain: name of the domain
 * @definition: its inactive XML
 * @device: the device that is to go
 *
 * A definition that is unsound already is not kept from being changed: only
 * what this detach takes away counts.
 *
 * Returns: (transfer full): a refusal, NULL if it may go or is not there
 */
cmdqvVerdict *
cmdqvPolicyDetachConfig(const char *domain, const cmdqvTopology *definition, const cmdqvDevice *device)
{
    cmdqvVerdict *verdict = NULL;
    guint i;

    for (i = 0; i < definition->endpoints->len && !verdict; i++) {
        if (cmdqvDeviceDesignates(device, &g_array_index(definition->endpoints, cmdqvEndpoint, i), false))
            verdict = cmdqvPolicyDetachConfigEndpoint(domain, definition, i);
    }
    for (i = 0; i < definition->buses->len && !verdict; i++) {
        if (cmdqvDeviceDesignatesBus(device, &g_array_index(definition->buses, cmdqvBus, i)))
            verdict = cmdqvPolicyDetachConfigBus(domain, definition, i);
    }
    return verdict;
}


/* The device of the running domain that is the same one of the host. */
static int
cmdqvPolicyFindHost(const cmdqvTopology *live, const cmdqvEndpoint *endpoint)
{
    guint i;

    for (i = 0; endpoint->hasHost && i < live->endpoints->len; i++) {
        const cmdqvEndpoint *other = &g_array_index(live->endpoints, cmdqvEndpoint, i);

        if (other->hasHost && cmdqvPCIAddressEqual(&other->host, &endpoint->host))
            return (int)i;
    }
    return CMDQV_NONE;
}


/**
 * cmdqvPolicyDetachConfigOfAnchor:
 * @domain: name of the domain
 * @definition: its inactive XML
 * @live: its live XML
 * @anchors: (element-type cmdqvAnchor): from cmdqvAnchorTrackLive()
 * @device: the device that is to go from the definition alone
 *
 * For managers that detach from the definition first and from the running
 * domain second: the second would be refused, and their books be wrong.
 *
 * Returns: (transfer full): a refusal, NULL if the device anchors nothing now
 */
cmdqvVerdict *
cmdqvPolicyDetachConfigOfAnchor(const char *domain, const cmdqvTopology *definition, const cmdqvTopology *live,
                                const GPtrArray *anchors, const cmdqvDevice *device)
{
    const cmdqvAnchor *anchor = NULL;
    cmdqvVerdict *verdict;
    int running = CMDQV_NONE;
    guint i;

    for (i = 0; i < definition->endpoints->len && !anchor; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(definition->endpoints, cmdqvEndpoint, i);

        if (cmdqvDeviceDesignates(device, endpoint, false))
            running = cmdqvPolicyFindHost(live, endpoint);
        anchor = running == CMDQV_NONE ? NULL : cmdqvAnchorOf(anchors, (guint)running);
    }
    if (!anchor)
        return NULL;

    verdict = g_new0(cmdqvVerdict, 1);
    verdict->rule = CMDQV_RULE_KEEP_ANCHOR;
    verdict->smmu = cmdqvPolicySmmuName(&anchor->smmu, anchor->busName);
    verdict->device = cmdqvPolicyDeviceName(&g_array_index(live->endpoints, cmdqvEndpoint, running));
    verdict->message = g_strdup_printf("cannot detach device %s from the definition of domain '%s': in the running domain it "
                                       "anchors the CMDQV of %s and has to stay; shut the domain down to remove it",
                                       verdict->device, domain, verdict->smmu);
    return verdict;
}
